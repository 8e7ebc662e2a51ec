// The secrets by which equals are put in order: one of 32 random bytes per day (Europe/Paris), and
// one key per year by which a firm's number becomes the subject of a draw. A commitment to each is
// in the log before, or in the same batch as, its first use; the operator cannot choose it after it
// has seen whom it would favour.
//
// The secrets themselves stand in the family `tie_secret`, not in the log: they do not follow from
// the entries, a Rebuild copies them, and losing them means that old draws cannot be replayed.
#ifndef APLOMB_AUDIT_TIE_SECRETS_H_
#define APLOMB_AUDIT_TIE_SECRETS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/sequencer.h"
#include "base/civil_day.h"
#include "base/digest.h"
#include "base/random.h"

namespace aplomb::audit {

// The secrets of a day.
struct TieSecrets {
  std::string epoch = {};         // "2026-03-01"
  base::Digest secret = {};       // of that day
  base::Digest subject_key = {};  // of that year
};

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

// Inside a command: draws the secrets of `day` and its year if they are not there yet, and appends
// their EPOCH entries. Call it before the command appends its own entry.
absl::StatusOr<TieSecrets> EnsureEpoch(StageContext& context, base::DayNumber day,
                                       base::Random* random);

// The same as a command of its own; waits. For warming up, and where a secret is needed before an
// entry is written.
absl::StatusOr<TieSecrets> EnsureEpoch(Sequencer& sequencer, const Database& database,
                                       base::DayNumber day, base::Random* random);

// The secrets of `day`; NotFound (TIE_SECRET_NOT_FOUND) if they were never drawn. One look-up in
// the database; thread-safe.
absl::StatusOr<TieSecrets> ReadTieSecrets(const Database& database, base::DayNumber day);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_TIE_SECRETS_H_
