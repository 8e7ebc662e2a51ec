#include "audit/tie_secrets.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr size_t kDayLabelSize = 10;  // "2026-03-01"; of a year, 4
constexpr uint8_t kAuditorsTier = 1;

struct Labels {
  std::string day;
  std::string year;
};

Labels LabelsOf(base::DayNumber day) {
  std::string label = base::FormatDay(day);
  std::string year = label.substr(0, 4);
  return {.day = std::move(label), .year = std::move(year)};
}

absl::StatusOr<base::Digest> Parse(absl::string_view label,
                                   const std::optional<std::string>& value) {
  if (!value.has_value()) {
    return base::ReasonedError(
        absl::StatusCode::kNotFound, "TIE_SECRET_NOT_FOUND",
        absl::StrCat("No secret was drawn for ", label, "; an engagement draws it when it opens."));
  }
  const absl::StatusOr<base::Digest> secret = base::DigestFromBytes(*value);
  if (!secret.ok()) {
    return base::ReasonedError(absl::StatusCode::kDataLoss, "DATABASE_DAMAGED",
                               absl::StrCat("The secret of ", label, " is damaged."));
  }
  return secret;
}

absl::StatusOr<base::Digest> Ensure(StageContext& context, EpochCommitment::Kind kind,
                                    const std::string& label, base::Random* random) {
  ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                   context.state().Get(kTieSecretFamily, label));
  if (stored.has_value()) return Parse(label, stored);
  base::Digest secret;
  random->Fill(absl::MakeSpan(secret));
  RETURN_IF_ERROR(
      context
          .Append(
              EntryType::kEpoch,
              EncodeEpochCommitment(
                  {.kind = kind, .label = label, .commitment = CommitSecret(kind, label, secret)}))
          .status());
  context.PutNotDerived(kTieSecretFamily, label, base::DigestView(secret));
  return secret;
}

// One EPOCH_CLOSE entry.
absl::Status Close(StageContext& context, const EpochState& state, const base::Digest& secret) {
  const bool is_day = state.label.size() == kDayLabelSize;
  EpochClosing closing{
      .kind = is_day ? EpochCommitment::Kind::kDay : EpochCommitment::Kind::kYear,
      .label = state.label,
      .epoch_index = state.epoch_index};
  std::vector<TierSections> tiers;
  if (is_day) {
    closing.secret = secret;
  } else {
    tiers.push_back({.tier = kAuditorsTier, .values = {std::string(base::DigestView(secret))}});
  }
  return context.Append(EntryType::kEpochClose, EncodeEpochClosing(closing), tiers).status();
}

}  // namespace

absl::StatusOr<int> CloseEpochs(StageContext& context, base::DayNumber today) {
  const Labels now = LabelsOf(today);
  std::vector<EpochState> over;
  absl::Status garbled;
  RETURN_IF_ERROR(context.state().Scan(
      kEpochFamily, "", "", [&](absl::string_view label, absl::string_view value) {
        const absl::StatusOr<EpochState> state = DecodeEpochState(label, value);
        if (!state.ok()) {
          garbled = state.status();
          return false;
        }
        const std::string& current = label.size() == kDayLabelSize ? now.day : now.year;
        if (!state->close_index.has_value() && label < current) over.push_back(*state);
        return true;
      }));
  RETURN_IF_ERROR(garbled);
  int closed = 0;
  for (const EpochState& state : over) {
    ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                     context.state().Get(kTieSecretFamily, state.label));
    if (!stored.has_value()) continue;
    ASSIGN_OR_RETURN(const base::Digest secret, Parse(state.label, stored));
    RETURN_IF_ERROR(Close(context, state, secret));
    ++closed;
  }
  return closed;
}

absl::StatusOr<TieSecrets> EnsureEpoch(StageContext& context, base::DayNumber day,
                                       base::Random* random) {
  const Labels labels = LabelsOf(day);
  TieSecrets secrets{.epoch = labels.day};
  ASSIGN_OR_RETURN(const std::optional<std::string> known,
                   context.state().Get(kTieSecretFamily, labels.day));
  if (!known.has_value()) {  // the first command of the day
    RETURN_IF_ERROR(CloseEpochs(context, day).status());
  }
  ASSIGN_OR_RETURN(secrets.subject_key,
                   Ensure(context, EpochCommitment::Kind::kYear, labels.year, random));
  ASSIGN_OR_RETURN(secrets.secret,
                   Ensure(context, EpochCommitment::Kind::kDay, labels.day, random));
  return secrets;
}

absl::StatusOr<TieSecrets> EnsureEpoch(Sequencer& sequencer, const Database& database,
                                       base::DayNumber day, base::Random* random) {
  absl::StatusOr<TieSecrets> stored = ReadTieSecrets(database, day);
  if (stored.ok() || !absl::IsNotFound(stored.status())) return stored;
  RETURN_IF_ERROR(sequencer
                      .SubmitAndWait([day, random](StageContext& context) {
                        return EnsureEpoch(context, day, random).status();
                      })
                      .status());
  return ReadTieSecrets(database, day);
}

absl::StatusOr<TieSecrets> ReadTieSecrets(const Database& database, base::DayNumber day) {
  const Labels labels = LabelsOf(day);
  TieSecrets secrets{.epoch = labels.day};
  ASSIGN_OR_RETURN(const std::optional<std::string> year,
                   database.Get(kTieSecretFamily, labels.year));
  ASSIGN_OR_RETURN(secrets.subject_key, Parse(labels.year, year));
  ASSIGN_OR_RETURN(const std::optional<std::string> secret,
                   database.Get(kTieSecretFamily, labels.day));
  ASSIGN_OR_RETURN(secrets.secret, Parse(labels.day, secret));
  return secrets;
}

}  // namespace aplomb::audit
