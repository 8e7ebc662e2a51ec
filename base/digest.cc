#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

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

// As RFC 2104 defines it: HMAC() of OpenSSL 3 looks its implementation up again at each call, which
// takes longer than the hashing.
Digest HmacSha256(absl::string_view key, absl::string_view message) {
  constexpr size_t kBlock = 64;
  std::array<char, kBlock> pad = {};
  if (key.size() > kBlock) {
    const Digest digest = Sha256(key);
    std::copy(digest.begin(), digest.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  const auto mask = [&pad](unsigned char with) {
    for (char& c : pad) c = static_cast<char>(static_cast<unsigned char>(c) ^ with);
    return absl::string_view(pad.data(), pad.size());
  };
  thread_local Sha256Hasher hasher;
  hasher.Update(mask(0x36));
  hasher.Update(message);
  const Digest inner = hasher.Finish();
  hasher.Update(mask(0x36 ^ 0x5c));
  hasher.Update(DigestView(inner));
  const Digest digest = hasher.Finish();
  OPENSSL_cleanse(pad.data(), pad.size());
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
