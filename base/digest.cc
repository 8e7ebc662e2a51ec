#include "base/digest.h"

// OpenSSL 3 deprecates the functions of one algorithm in favour of EVP, which takes up to twice as
// long for a message of a block or two, of which each decision hashes a hundred, and whose contexts
// cannot be copied without memory. They compute the same, with the same instructions.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace aplomb::base {
namespace {

constexpr size_t kBlockSize = 64;

const uint8_t* Data(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

template <typename State>
SHA256_CTX* Context(State& state) {
  static_assert(sizeof(State) == sizeof(SHA256_CTX) && alignof(State) == alignof(SHA256_CTX));
  return reinterpret_cast<SHA256_CTX*>(state.data());
}

}  // namespace

Digest Sha256(absl::string_view bytes) {
  Sha256Hasher hasher;
  hasher.Update(bytes);
  return hasher.Finish();
}

Digest Sha256(absl::Span<const uint8_t> bytes) {
  return Sha256(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

Digest HmacSha256(absl::string_view key, absl::string_view message) {
  return HmacSha256Key(key).Of(message);
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

Sha256Hasher::Sha256Hasher() { SHA256_Init(Context(state_)); }

void Sha256Hasher::Update(absl::string_view bytes) {
  CHECK_EQ(SHA256_Update(Context(state_), bytes.data(), bytes.size()), 1) << "it never fails";
}

Digest Sha256Hasher::Finish() {
  Digest digest;
  CHECK_EQ(SHA256_Final(digest.data(), Context(state_)), 1) << "it never fails";
  SHA256_Init(Context(state_));
  return digest;
}

// As RFC 2104 defines it.
HmacSha256Key::HmacSha256Key(absl::string_view key) {
  std::array<char, kBlockSize> pad = {};
  if (key.size() > kBlockSize) {
    const Digest digest = Sha256(key);
    std::copy(digest.begin(), digest.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  const auto mask = [&pad](unsigned char with) {
    for (char& c : pad) c = static_cast<char>(static_cast<unsigned char>(c) ^ with);
    return absl::string_view(pad.data(), pad.size());
  };
  inner_.Update(mask(0x36));
  outer_.Update(mask(0x36 ^ 0x5c));
  OPENSSL_cleanse(pad.data(), pad.size());
}

HmacSha256Key::~HmacSha256Key() {
  OPENSSL_cleanse(inner_.state_.data(), sizeof(inner_.state_));
  OPENSSL_cleanse(outer_.state_.data(), sizeof(outer_.state_));
}

Digest HmacSha256Key::Of(absl::string_view message) const {
  Sha256Hasher inner = inner_;
  inner.Update(message);
  const Digest hashed = inner.Finish();
  Sha256Hasher outer = outer_;
  outer.Update(DigestView(hashed));
  return outer.Finish();
}

}  // namespace aplomb::base
