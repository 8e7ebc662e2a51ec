#include "audit/tie_secrets.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/bytes.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr size_t kLabelSizeMax = 10;

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

}  // namespace

std::string EncodeEpochCommitment(const EpochCommitment& commitment) {
  base::ByteWriter writer;
  writer.U8(static_cast<uint8_t>(commitment.kind));
  writer.Bytes(commitment.label);
  writer.Digest(commitment.commitment);
  return std::move(writer).Take();
}

absl::StatusOr<EpochCommitment> DecodeEpochCommitment(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  EpochCommitment commitment;
  ASSIGN_OR_RETURN(const uint8_t kind, reader.U8());
  if (kind != 1 && kind != 2) {
    return absl::InvalidArgumentError(absl::StrCat("offset 0: unknown kind of epoch ", kind));
  }
  commitment.kind = static_cast<EpochCommitment::Kind>(kind);
  ASSIGN_OR_RETURN(const absl::string_view label, reader.Bytes(kLabelSizeMax));
  commitment.label = std::string(label);
  ASSIGN_OR_RETURN(commitment.commitment, reader.Digest());
  RETURN_IF_ERROR(reader.ExpectEnd());
  return commitment;
}

base::Digest CommitSecret(EpochCommitment::Kind kind, absl::string_view label,
                          const base::Digest& secret) {
  base::Sha256Hasher hasher;
  hasher.Update(absl::string_view("aplomb/epoch/v1\0", 16));
  const char kind_byte = static_cast<char>(kind);
  hasher.Update(absl::string_view(&kind_byte, 1));
  hasher.Update(label);
  hasher.Update(absl::string_view("\0", 1));
  hasher.Update(base::DigestView(secret));
  return hasher.Finish();
}

absl::StatusOr<TieSecrets> EnsureEpoch(StageContext& context, base::DayNumber day,
                                       base::Random* random) {
  const Labels labels = LabelsOf(day);
  TieSecrets secrets{.epoch = labels.day};
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
