#include "service/paging.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/status.h"
#include "service/errors.h"

namespace aplomb::service {
namespace {

// Token: base64url of u8 version, 16 bytes of digest, i64 revision, u32-prefixed place.
constexpr uint8_t kTokenVersion = 1;
constexpr size_t kDigestPrefix = 16;

std::string DigestPrefix(const PagePlace& place, const std::vector<std::string>& arguments) {
  base::ByteWriter writer;
  writer.Bytes("aplomb/page/v1");
  writer.Count(arguments.size());
  for (const std::string& argument : arguments) writer.Bytes(argument);
  writer.I64(place.revision);
  writer.Bytes(place.after);
  const base::Digest digest = base::Sha256(writer.view());
  return std::string(base::DigestView(digest).substr(0, kDigestPrefix));
}

absl::StatusOr<std::pair<std::string, PagePlace>> Read(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
  if (version != kTokenVersion) return absl::InvalidArgumentError("version");
  ASSIGN_OR_RETURN(const absl::string_view digest, reader.Raw(kDigestPrefix));
  PagePlace place;
  ASSIGN_OR_RETURN(place.revision, reader.I64());
  ASSIGN_OR_RETURN(const absl::string_view after, reader.Bytes(kPageTokenSizeMax));
  place.after = std::string(after);
  RETURN_IF_ERROR(reader.ExpectEnd());
  return std::make_pair(std::string(digest), std::move(place));
}

}  // namespace

int32_t PageSize(int32_t asked, std::vector<base::Issue>& issues) {
  if (asked < 0) {
    issues.push_back({"page_size", "OUT_OF_RANGE",
                      absl::StrCat("page_size vaut ", asked, " ; attendu : 0 à ", kPageSizeMax,
                                   " (0 : ", kPageSizeDefault, ")."),
                      absl::StrCat("page_size is ", asked, "; expected: 0 to ", kPageSizeMax,
                                   " (0: ", kPageSizeDefault, ").")});
  }
  if (asked <= 0) return kPageSizeDefault;
  return std::min(asked, kPageSizeMax);
}

std::string EncodePageToken(const PagePlace& place, const std::vector<std::string>& arguments) {
  base::ByteWriter writer;
  writer.U8(kTokenVersion);
  writer.Raw(DigestPrefix(place, arguments));
  writer.I64(place.revision);
  writer.Bytes(place.after);
  return absl::WebSafeBase64Escape(writer.view());
}

absl::StatusOr<PagePlace> DecodePageToken(absl::string_view token,
                                          const std::vector<std::string>& arguments) {
  if (token.empty()) return PagePlace{};
  std::string bytes;
  if (token.size() <= kPageTokenSizeMax && absl::WebSafeBase64Unescape(token, &bytes)) {
    const auto read = Read(bytes);
    if (read.ok() && read->first == DigestPrefix(read->second, arguments) &&
        EncodePageToken(read->second, arguments) == token) {
      return read->second;
    }
  }
  return MakeError(Reason::kPageTokenInvalid,
                   "page_token was not given for this list with these arguments: send the same "
                   "request as before, or start again without a token.");
}

}  // namespace aplomb::service
