#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace aplomb::base {
namespace {

// Fetched once: EVP_sha256() looks the implementation up again at each use.
const EVP_MD* Sha256Algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(algorithm != nullptr) << "libcrypto has no SHA-256";
  return algorithm;
}

const uint8_t* Data(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

}  // namespace

Digest Sha256(absl::string_view bytes) {
  Digest digest;
  CHECK_EQ(
      EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, Sha256Algorithm(), nullptr), 1)
      << "hashing memory fails only without memory";
  return digest;
}

Digest Sha256(absl::Span<const uint8_t> bytes) {
  return Sha256(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Digest HmacSha256(absl::string_view key, absl::string_view message) {
  // A null key means "the key of the last call" to HMAC(); an empty view may hold null.
  static constexpr char kEmpty[] = "";
  const char* key_data = key.empty() ? kEmpty : key.data();
  CHECK_LE(key.size(), 1u << 20) << "keys are short; HMAC() takes an int";
  Digest digest;
  unsigned int size = 0;
  const uint8_t* result = HMAC(Sha256Algorithm(), key_data, static_cast<int>(key.size()),
                               Data(message), message.size(), digest.data(), &size);
  CHECK(result != nullptr && size == kDigestSize) << "HMAC fails only without memory";
  return digest;
}

Digest HmacSha256(const Digest& key, absl::string_view message) {
  return HmacSha256(DigestView(key), message);
}

absl::string_view DigestView(const Digest& digest) {
  return absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size());
}

absl::StatusOr<Digest> DigestFromBytes(absl::string_view bytes) {
  if (bytes.size() != kDigestSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("a SHA-256 digest has ", kDigestSize, " bytes, not ", bytes.size()));
  }
  Digest digest;
  std::copy_n(Data(bytes), kDigestSize, digest.begin());
  return digest;
}

bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void Sha256Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256Hasher::Sha256Hasher() : context_(EVP_MD_CTX_new()) {
  CHECK(context_ != nullptr) << "out of memory";
  CHECK_EQ(EVP_DigestInit_ex(context_.get(), Sha256Algorithm(), nullptr), 1) << "SHA-256 is there";
}

Sha256Hasher::~Sha256Hasher() = default;

void Sha256Hasher::Update(absl::string_view bytes) {
  CHECK_EQ(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()), 1)
      << "the context is initialized";
}

Digest Sha256Hasher::Finish() {
  Digest digest;
  CHECK_EQ(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr), 1)
      << "the context is initialized";
  CHECK_EQ(EVP_DigestInit_ex(context_.get(), Sha256Algorithm(), nullptr), 1) << "SHA-256 is there";
  return digest;
}

}  // namespace aplomb::base
