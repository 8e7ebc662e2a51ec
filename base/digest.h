// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104). Thread-safe functions of their arguments.
#ifndef APLOMB_BASE_DIGEST_H_
#define APLOMB_BASE_DIGEST_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace aplomb::base {

inline constexpr size_t kDigestSize = 32;
using Digest = std::array<uint8_t, kDigestSize>;

Digest Sha256(absl::string_view bytes);
Digest Sha256(absl::Span<const uint8_t> bytes);

// `key` may have any length; keys longer than 64 bytes are hashed first, as the RFC says.
Digest HmacSha256(absl::string_view key, absl::string_view message);
Digest HmacSha256(const Digest& key, absl::string_view message);

// The bytes of `digest` as a view; valid as long as `digest`.
absl::string_view DigestView(const Digest& digest);
// InvalidArgument unless `bytes` has exactly 32 bytes.
absl::StatusOr<Digest> DigestFromBytes(absl::string_view bytes);

// Compares in a time that depends on the sizes only. For secrets and what is derived from them.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

// SHA-256 of pieces, for what is not in memory in one piece. Not thread-safe.
class Sha256Hasher {
 public:
  Sha256Hasher();

  void Update(absl::string_view bytes);
  // The digest of everything since construction or the last Finish; begins anew.
  Digest Finish();

 private:
  friend class HmacSha256Key;
  // OpenSSL's SHA256_CTX; its headers stay out of ours.
  static constexpr size_t kStateWords = 28;
  std::array<uint32_t, kStateWords> state_;
};

// A key under which many messages are authenticated: its two blocks are hashed once. Wiped when it
// goes. Thread-safe.
class HmacSha256Key {
 public:
  explicit HmacSha256Key(absl::string_view key);
  explicit HmacSha256Key(const Digest& key) : HmacSha256Key(DigestView(key)) {}
  HmacSha256Key(const HmacSha256Key&) = delete;
  HmacSha256Key& operator=(const HmacSha256Key&) = delete;
  ~HmacSha256Key();

  // HmacSha256(key, message).
  Digest Of(absl::string_view message) const;

 private:
  Sha256Hasher inner_;  // each after one block
  Sha256Hasher outer_;
};

}  // namespace aplomb::base

#endif  // APLOMB_BASE_DIGEST_H_
