#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "audit/witness_client.h"
#include "base/check.h"
#include "curl/curl.h"

namespace aplomb::audit {
namespace {

struct FreeCurl {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};

struct FreeHeaders {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

size_t Receive(char* bytes, size_t size, size_t count, void* user) {
  std::string& body = *static_cast<std::string*>(user);
  if (body.size() + size * count > kMaxWitnessAnswerBytes) return 0;  // ends the transfer
  body.append(bytes, size * count);
  return size * count;
}

// `body` null: GET.
absl::StatusOr<HttpAnswer> Ask(const std::string& url, const std::string* body,
                               absl::Duration timeout) {
  static const CURLcode initialized = curl_global_init(CURL_GLOBAL_DEFAULT);
  CHECK(initialized == CURLE_OK) << "libcurl does not start";
  const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
  CHECK(curl != nullptr) << "out of memory";
  const std::unique_ptr<curl_slist, FreeHeaders> headers(
      curl_slist_append(nullptr, "Content-Type: text/plain"));
  HttpAnswer answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);  // threads
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(timeout)));
  if (body != nullptr) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
  }
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return absl::UnavailableError(absl::StrCat(url, ": ", curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  return answer;
}

}  // namespace

absl::StatusOr<HttpAnswer> HttpPost(const std::string& url, const std::string& body,
                                    absl::Duration timeout) {
  return Ask(url, &body, timeout);
}

absl::StatusOr<HttpAnswer> HttpGet(const std::string& url, absl::Duration timeout) {
  return Ask(url, nullptr, timeout);
}

}  // namespace aplomb::audit
