// Entries that the log itself writes and reads: which secrets are committed and revealed, and which
// sections were erased. Their bodies stand in docs/log_format.md. Effects:
//
//   epoch    label                  -> u64 index of EPOCH, u64 index of EPOCH_CLOSE or 2^63 - 1
//   erased   u64 index, u8 tier     -> u64 index of ERASURE
#ifndef APLOMB_AUDIT_OWN_ENTRIES_H_
#define APLOMB_AUDIT_OWN_ENTRIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/entry.h"
#include "base/digest.h"

namespace aplomb::audit {

// The body of an EPOCH entry.
struct EpochCommitment {
  enum class Kind : uint8_t { kDay = 1, kYear = 2 };
  Kind kind = Kind::kDay;
  std::string label = {};  // "2026-03-01" or "2026"
  base::Digest commitment = {};

  friend bool operator==(const EpochCommitment&, const EpochCommitment&) = default;
};

std::string EncodeEpochCommitment(const EpochCommitment& commitment);
absl::StatusOr<EpochCommitment> DecodeEpochCommitment(absl::string_view bytes);

// SHA-256("aplomb/epoch/v1" 0x00 || kind || label || 0x00 || secret).
base::Digest CommitSecret(EpochCommitment::Kind kind, absl::string_view label,
                          const base::Digest& secret);

// The body of an EPOCH_CLOSE entry. The secret of a day is public from then on. The subject key of
// a year is not: with it anyone could try all firms' numbers and learn whom each engagement was
// for. It is section 0 of the tier for auditors of this entry.
struct EpochClosing {
  EpochCommitment::Kind kind = EpochCommitment::Kind::kDay;
  std::string label = {};
  int64_t epoch_index = 0;                  // of the EPOCH entry
  std::optional<base::Digest> secret = {};  // of a day, and only then

  friend bool operator==(const EpochClosing&, const EpochClosing&) = default;
};

std::string EncodeEpochClosing(const EpochClosing& closing);
absl::StatusOr<EpochClosing> DecodeEpochClosing(absl::string_view bytes);

// Why sections are erased.
enum class ErasureGround : uint8_t {
  kRequest = 1,    // the person concerned asked (GDPR, art. 17)
  kRetention = 2,  // the time for which they are kept is over
  kAuthority = 3,  // a court or an authority ordered it
};

struct ErasedTier {
  int64_t index = 0;
  uint8_t tier = 0;

  friend bool operator==(const ErasedTier&, const ErasedTier&) = default;
  friend auto operator<=>(const ErasedTier&, const ErasedTier&) = default;
};

inline constexpr size_t kMaxErasedTiers = 1000;

// The body of an ERASURE entry.
struct Erasure {
  ErasureGround ground = ErasureGround::kRequest;
  std::vector<ErasedTier> tiers = {};  // 1 to kMaxErasedTiers, ascending, none twice

  friend bool operator==(const Erasure&, const Erasure&) = default;
};

std::string EncodeErasure(const Erasure& erasure);
absl::StatusOr<Erasure> DecodeErasure(absl::string_view bytes);

// Project for the types of IsOwnType (audit/sequencer.h).
absl::Status ProjectOwnEntry(const LoggedEntry& entry, Overlay& overlay);

// The epochs of the family `epoch`.
struct EpochState {
  std::string label = {};
  int64_t epoch_index = 0;
  std::optional<int64_t> close_index = {};
};
absl::StatusOr<EpochState> DecodeEpochState(absl::string_view label, absl::string_view value);

// The ERASURE entry of a tier, or nothing.
absl::StatusOr<std::optional<int64_t>> FindErasure(const Database& database, int64_t index,
                                                   uint8_t tier);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_OWN_ENTRIES_H_
