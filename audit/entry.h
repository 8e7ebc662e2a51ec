// Entries of the log: what is stored, and what the hash tree hashes, byte for byte. The format
// is written down in docs/storage.md, with an example in hexadecimal. Pure functions of values;
// thread-safe.
//
// A *stored* entry (`Entry`) is at most 65,535 bytes, so that it can be served in the bundles of
// C2SP tlog-tiles, which have 16-bit lengths. A larger body goes ahead of its entry, in pieces, as
// entries of type kChunk; a *logged* entry (`LoggedEntry`) is what an author wrote, put together
// again.
//
// What is personal does not stand in an entry: an entry holds a commitment to each *section*, whose
// bytes are kept apart and can be erased without touching the log (audit/sections.h).
#ifndef APLOMB_AUDIT_ENTRY_H_
#define APLOMB_AUDIT_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/sections.h"
#include "base/digest.h"

namespace aplomb::audit {

// Committed numbers: never changed, never used again for anything else.
enum class EntryType : uint8_t {
  kMember = 1,      // a member's state
  kOffering = 2,    // an offering's state
  kRulebook = 3,    // a revision of a rulebook
  kLawTable = 4,    // the table of legal bases
  kRateTable = 5,   // the table of exchange rates
  kEngagement = 6,  // a firm's file with an advisor was opened
  kDecision = 7,    // a recommendation
  kPreview = 8,     // a ranking shown without being one
  kEpoch = 9,       // commitment to a secret (audit/tie_secrets.h)
  kChunk = 10,      // a piece of the body of the entry that follows
  kProposal = 11,   // a member proposes a change (digest only)
  kReview = 12,     // what a reviewer decided about a proposal, and why
  kContest = 13,    // a member contests a fact, an exclusion or a rank
  kErasure = 14,    // keys of sections were destroyed (audit/erasure.h)
  kEpochClose = 15,  // reveals a secret (audit/tie_secrets.h)
  kChoice = 16,     // which offering was chosen after a recommendation
  kNote = 17,       // a remark of the operator
  kKey = 18,        // a change of the log's key
  kCharter = 19,    // the text of the charter
};

// True for the numbers above.
bool IsKnownEntryType(uint8_t number);
// "MEMBER"; "TYPE_77" for an unknown number.
std::string EntryTypeName(EntryType type);

inline constexpr absl::string_view kEntryMagic = "APE1";
// Longest stored entry: the 16-bit length of a tile bundle.
inline constexpr size_t kMaxEntryBytes = 65'535;
// Longest body that stands in its own entry, and length of every chunk but the last.
inline constexpr size_t kMaxChunkBytes = 60'000;
inline constexpr size_t kMaxChunks = 64;
// Longest body of a logged entry: a rulebook has some 400,000 bytes.
inline constexpr size_t kMaxBodyBytes = kMaxChunkBytes * kMaxChunks;
inline constexpr size_t kMaxTiers = 4;

// What an entry commits to of one tier, without showing it (audit/sections.h).
struct TierCommitment {
  uint8_t tier = 0;  // who may read it: 1 auditors, 2 the firm and its advisor
  uint16_t section_count = 0;
  base::Digest root = {};

  friend bool operator==(const TierCommitment&, const TierCommitment&) = default;
};

// One entry as stored.
struct Entry {
  EntryType type = EntryType::kMember;
  int64_t time_us = 0;    // since 1970-01-01 UTC; never less than in the entry before
  int64_t prev_size = 0;  // the author saw the state after the first `prev_size` entries
  base::Digest prev_root = {};  // root of the tree over those: the entry is not older than they are
  // By tier, strictly ascending; at most kMaxTiers, each of at least one section.
  std::vector<TierCommitment> tiers = {};
  uint64_t key_slot = 0;  // whose keys open the tiers (audit/key_store.h); 0 if there are none
  // How many kChunk entries right before this one hold the body; then `body` is empty.
  uint16_t chunk_count = 0;
  base::Digest body_digest = {};  // SHA-256 of the whole body; stored only if chunk_count > 0
  std::string body = {};

  friend bool operator==(const Entry&, const Entry&) = default;
};

// The bytes of `entry`. CHECKs the limits above, times and sizes not negative: what we write has
// been checked before.
std::string EncodeEntry(const Entry& entry);

// The inverse: DecodeEntry(EncodeEntry(e)) == e, and EncodeEntry(*DecodeEntry(b)) == b for every b
// that is accepted. InvalidArgument, with the place, for anything else: trailing bytes, unknown
// magic or type, a limit exceeded, tiers out of order.
absl::StatusOr<Entry> DecodeEntry(absl::string_view bytes);

// RFC 6962, 2.1: SHA-256(0x00 || bytes).
base::Digest LeafHash(absl::string_view entry_bytes);

// What is kept apart from the entry that commits to it.
struct TierSections {
  uint8_t tier = 0;
  std::vector<std::string> values = {};  // 1 to kMaxSectionsOfTier

  friend bool operator==(const TierSections&, const TierSections&) = default;
};

// An entry as its author wrote it.
struct LoggedEntry {
  int64_t index = 0;  // of the entry itself; its chunks stand before it
  EntryType type = EntryType::kMember;
  int64_t time_us = 0;
  int64_t prev_size = 0;
  base::Digest prev_root = {};
  std::string body = {};
  std::vector<TierCommitment> tiers = {};
  uint64_t key_slot = 0;

  // The commitment to `tier`, or null.
  const TierCommitment* FindTier(uint8_t tier) const;

  friend bool operator==(const LoggedEntry&, const LoggedEntry&) = default;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_ENTRY_H_
