// What an entry commits to without showing it: NL-COMMIT v1. The *sections* of a tier are a list of
// byte strings (a result, a profile, one field of it). Each has a salt of its own, derived from the
// key K of the entry and tier; the entry holds the root over the salted hashes; the bytes lie
// beside the log, encrypted under K. Who holds K can open all of a tier; who is given one section's
// bytes, salt and proof can check that one and learns nothing of the others; and when K is
// destroyed, nobody can open or guess anything any more while the log stays as it was.
//
//   salt_i = HMAC-SHA256(K, "nlog/salt/v1" || u16 i)
//   S_i    = SHA-256(00 || "nlog/section/v1" || 00 || entry id[16] || u16 i || salt_i || value_i)
//   root   = Merkle tree hash (RFC 6962, 2.1) over S_0 ... S_(m-1) as its leaf hashes
//   sealed = AES-256-GCM(HMAC-SHA256(K, "nlog/enc/v1"), nonce 0, values, aad = entry id)
//
// K is drawn for one entry and tier and never used again, which makes the fixed nonce safe. Pure
// functions of values; thread-safe. Integers are big-endian.
#ifndef APLOMB_AUDIT_SECTIONS_H_
#define APLOMB_AUDIT_SECTIONS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/tlog/tree.h"
#include "base/digest.h"

namespace aplomb::audit {

// Longest bytes of one section.
inline constexpr size_t kMaxSectionBytes = size_t{1} << 20;
// Sections of one tier, at least 1.
inline constexpr size_t kMaxSectionsOfTier = 1024;
// Of one tier together.
inline constexpr size_t kMaxTierBytes = size_t{2} << 20;

// Names an entry among all of one log: of the slot whose keys it took, 8 zero bytes and the slot.
using EntryId = std::array<uint8_t, 16>;
EntryId EntryIdOfSlot(uint64_t slot);

// K of one entry and tier.
using PayloadKey = base::Digest;

base::Digest SectionSalt(const PayloadKey& key, uint16_t number);
// S_i.
base::Digest SectionHash(const EntryId& id, uint16_t number, const base::Digest& salt,
                         absl::string_view value);
// The root that stands in the entry. `values` has 1 to kMaxSectionsOfTier (CHECK).
base::Digest CommitSections(const PayloadKey& key, const EntryId& id,
                            absl::Span<const std::string> values);

// The bytes that are kept. The same limits.
std::string SealSections(const PayloadKey& key, const EntryId& id,
                         absl::Span<const std::string> values);
// The inverse. DataLoss if `sealed` was not sealed with this key for this entry.
absl::StatusOr<std::vector<std::string>> OpenSections(const PayloadKey& key, const EntryId& id,
                                                      absl::string_view sealed);

// One section shown to somebody who has the entry.
struct Disclosure {
  EntryId entry_id = {};
  uint8_t tier = 0;
  uint16_t number = 0;  // its place, from 0
  uint16_t count = 0;   // sections of the tier
  base::Digest salt = {};
  std::vector<tlog::Hash> proof = {};  // from S_number to the root
  std::string value = {};

  friend bool operator==(const Disclosure&, const Disclosure&) = default;
};

// InvalidArgument if there is no section `number`.
absl::StatusOr<Disclosure> Disclose(const PayloadKey& key, const EntryId& id, uint8_t tier,
                                    absl::Span<const std::string> values, uint16_t number);
// OK iff `disclosure` is a section of the tier whose root and count these are.
absl::Status CheckDisclosure(const Disclosure& disclosure, const base::Digest& root,
                             uint16_t count);

// "APD1", the fields in their order, proof and value with their counts. Decode is the strict
// inverse.
std::string EncodeDisclosure(const Disclosure& disclosure);
absl::StatusOr<Disclosure> DecodeDisclosure(absl::string_view bytes);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_SECTIONS_H_
