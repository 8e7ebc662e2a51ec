// The secrets by which equals are put in order: one of 32 random bytes per day (Europe/Paris), and
// one key per year by which a firm's number becomes the subject of a draw. A commitment to each is
// in the log before, or in the same batch as, its first use; the operator cannot choose it after it
// has seen whom it would favour.
//
// The secrets themselves stand in the family `tie_secret`, not in the log: they do not follow from
// the entries, and a Rebuild copies them. Once its day is over, the first command of a later day
// reveals a secret in an EPOCH_CLOSE entry.
#ifndef APLOMB_AUDIT_TIE_SECRETS_H_
#define APLOMB_AUDIT_TIE_SECRETS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "audit/database.h"
#include "audit/own_entries.h"
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

// Inside a command: appends an EPOCH_CLOSE entry for each day before `today` and each year before
// its year whose secret was committed and not yet closed: from then on everybody can check the
// draws of that day. A secret that was lost cannot be shown; its epoch stays open, which auditors
// see. Returns how many were closed.
absl::StatusOr<int> CloseEpochs(StageContext& context, base::DayNumber today);

// Inside a command: draws the secrets of `day` and its year if they are not there yet, appends
// their EPOCH entries, and closes those that are over (CloseEpochs). `day` is today. Call it before
// the command appends its own entry.
absl::StatusOr<TieSecrets> EnsureEpoch(StageContext& context, base::DayNumber day,
                                       base::Random* random);

// The same as a command of its own, where there is anything to do; waits. For warming up and as the
// tick of a server that has no other commands.
absl::StatusOr<TieSecrets> EnsureEpoch(Sequencer& sequencer, const Database& database,
                                       base::DayNumber day, base::Random* random);

// The secrets of `day`; NotFound (TIE_SECRET_NOT_FOUND) if they were never drawn. One look-up in
// the database; thread-safe.
absl::StatusOr<TieSecrets> ReadTieSecrets(const Database& database, base::DayNumber day);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_TIE_SECRETS_H_
