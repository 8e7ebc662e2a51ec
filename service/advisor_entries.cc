#include "service/advisor_entries.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "audit/sections.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace aplomb::service {
namespace {

constexpr uint8_t kVersion = 1;
constexpr size_t kIdSizeMax = 63;
constexpr size_t kOwnerSizeMax = 80;
constexpr size_t kShortTextSizeMax = 512;
constexpr size_t kRankingsMax = 2 * 100;
constexpr size_t kPlaceSize = 16 + 4 + 8;

absl::Status ReadVersion(base::ByteReader& reader) {
  ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
  if (version == kVersion) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("version ", version, "; this build reads ", kVersion));
}

absl::StatusOr<std::string> ReadText(base::ByteReader& reader, size_t size_max) {
  ASSIGN_OR_RETURN(const absl::string_view text, reader.Bytes(size_max));
  return std::string(text);
}

absl::StatusOr<int32_t> ReadI32(base::ByteReader& reader) {
  ASSIGN_OR_RETURN(const uint32_t value, reader.U32());
  return static_cast<int32_t>(value);
}

void WriteI32(base::ByteWriter& writer, int32_t value) { writer.U32(static_cast<uint32_t>(value)); }

void WriteEngagementBody(base::ByteWriter& writer, const EngagementBody& body) {
  writer.U8(kVersion);
  writer.Bytes(body.engagement_id);
  writer.Bytes(body.owner);
  writer.Bytes(body.tie_epoch);
  writer.Digest(body.subject);
  writer.Bool(body.subject_is_nonce);
  writer.Bool(body.nonce_drawn_by_server);
}

absl::StatusOr<EngagementBody> ReadEngagementBody(base::ByteReader& reader) {
  EngagementBody body;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(body.engagement_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.owner, ReadText(reader, kOwnerSizeMax));
  ASSIGN_OR_RETURN(body.tie_epoch, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.subject, reader.Digest());
  ASSIGN_OR_RETURN(body.subject_is_nonce, reader.Bool());
  ASSIGN_OR_RETURN(body.nonce_drawn_by_server, reader.Bool());
  return body;
}

absl::StatusOr<PublicRanking> ReadRanking(base::ByteReader& reader) {
  PublicRanking ranking;
  ASSIGN_OR_RETURN(ranking.need_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(ranking.mode, reader.U8());
  ASSIGN_OR_RETURN(ranking.ranked_count, reader.U32());
  ASSIGN_OR_RETURN(ranking.to_confirm_count, reader.U32());
  ASSIGN_OR_RETURN(ranking.excluded_count, reader.U32());
  ASSIGN_OR_RETURN(const size_t count, reader.Count(PublicRanking::kPlacesMax, kPlaceSize));
  for (size_t i = 0; i < count; ++i) {
    PublicRanking::Place place;
    ASSIGN_OR_RETURN(const absl::string_view uid, reader.Raw(place.offering.size()));
    for (size_t k = 0; k < uid.size(); ++k) place.offering[k] = static_cast<uint8_t>(uid[k]);
    ASSIGN_OR_RETURN(place.rank, ReadI32(reader));
    ASSIGN_OR_RETURN(place.score, reader.I64());
    ranking.places.push_back(place);
  }
  return ranking;
}

std::string EncodeEngagementState(const EngagementState& state) {
  base::ByteWriter writer;
  writer.I64(state.entry_index);
  WriteI32(writer, state.recommendation_count);
  WriteI32(writer, state.preview_count);
  WriteEngagementBody(writer, state.body);
  return std::move(writer).Take();
}

std::string EncodeSubjectState(const SubjectState& state) {
  base::ByteWriter writer;
  WriteI32(writer, state.engagement_count);
  WriteI32(writer, state.recommendation_count);
  WriteI32(writer, state.preview_count);
  return std::move(writer).Take();
}

// The counts of a firm, zero where it is new.
absl::StatusOr<SubjectState> ReadSubject(const audit::Overlay& overlay,
                                         const base::Digest& subject) {
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                   overlay.Get(kEngagementFamily, SubjectKey(subject)));
  if (!bytes.has_value()) return SubjectState{};
  return DecodeSubjectState(*bytes);
}

absl::Status ProjectEngagement(const audit::LoggedEntry& entry, audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(EngagementBody body, DecodeEngagementBody(entry.body));
  ASSIGN_OR_RETURN(SubjectState subject, ReadSubject(overlay, body.subject));
  ++subject.engagement_count;
  overlay.Put(kEngagementFamily, SubjectKey(body.subject), EncodeSubjectState(subject));
  const std::string place = audit::IndexKey(entry.index);
  overlay.Put(kEngagementFamily, EngagementsOfOwnerPrefix(body.owner) + place, body.engagement_id);
  overlay.Put(kEngagementFamily, AllEngagementsPrefix() + place, body.engagement_id);
  const std::string key = EngagementKey(body.engagement_id);
  overlay.Put(kEngagementFamily, key,
              EncodeEngagementState({.entry_index = entry.index,
                                     .recommendation_count = 0,
                                     .preview_count = 0,
                                     .body = std::move(body)}));
  return absl::OkStatus();
}

absl::Status ProjectDecision(const audit::LoggedEntry& entry, audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const DecisionBody body, DecodeDecisionBody(entry.body));
  const std::string key = EngagementKey(body.engagement_id);
  ASSIGN_OR_RETURN(const std::optional<std::string> bytes, overlay.Get(kEngagementFamily, key));
  if (!bytes.has_value()) {
    return absl::InternalError(
        absl::StrCat("entry ", entry.index, ": no engagement ", body.engagement_id));
  }
  ASSIGN_OR_RETURN(EngagementState state, DecodeEngagementState(*bytes));
  ASSIGN_OR_RETURN(SubjectState subject, ReadSubject(overlay, state.body.subject));
  const int32_t preview = entry.type == audit::EntryType::kPreview ? 1 : 0;
  ++state.recommendation_count;
  state.preview_count += preview;
  ++subject.recommendation_count;
  subject.preview_count += preview;
  if (state.recommendation_count != body.recommendation_count ||
      state.preview_count != body.preview_count) {
    return absl::InternalError(absl::StrCat("entry ", entry.index, ": counts do not go on"));
  }
  overlay.Put(kEngagementFamily, key, EncodeEngagementState(state));
  overlay.Put(kEngagementFamily, SubjectKey(state.body.subject), EncodeSubjectState(subject));
  const std::string place = audit::IndexKey(entry.index);
  overlay.Put(kRecommendationFamily, RecommendationKey(body.engagement_id, body.recommendation_id),
              place);
  overlay.Put(kRecommendationFamily, RecommendationsPrefix(body.engagement_id) + place,
              body.recommendation_id);
  return absl::OkStatus();
}

absl::Status ProjectChoice(const audit::LoggedEntry& entry, audit::Overlay& overlay) {
  ASSIGN_OR_RETURN(const ChoiceBody body, DecodeChoiceBody(entry.body));
  ASSIGN_OR_RETURN(const std::optional<std::string> place,
                   overlay.Get(kRecommendationFamily,
                               RecommendationKey(body.engagement_id, body.recommendation_id)));
  if (place != audit::IndexKey(body.recommendation_index)) {
    return absl::InternalError(
        absl::StrCat("entry ", entry.index, ": no recommendation ", body.recommendation_id));
  }
  overlay.Put(kRecommendationFamily,
              absl::StrCat("c", body.engagement_id, "/", body.recommendation_id, "/", body.need_id),
              audit::IndexKey(entry.index));
  return absl::OkStatus();
}

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The value of a field that is not a message, as TextFormat prints it (which takes a printer for
// each value, and there are two dozen in a request); `index` is -1 unless it is repeated.
std::string ValueText(const Message& message, const FieldDescriptor& field, int index) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool single = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return (single ? reflection.GetBool(message, &field)
                     : reflection.GetRepeatedBool(message, &field, index))
                 ? "true"
                 : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(single ? reflection.GetInt32(message, &field)
                                 : reflection.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(single ? reflection.GetInt64(message, &field)
                                 : reflection.GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = single ? reflection.GetEnumValue(message, &field)
                                : reflection.GetRepeatedEnumValue(message, &field, index);
      const auto* value = field.enum_type()->FindValueByNumber(number);
      return value != nullptr ? value->name() : absl::StrCat(number);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      const std::string& text =
          single ? reflection.GetStringReference(message, &field, &scratch)
                 : reflection.GetRepeatedStringReference(message, &field, index, &scratch);
      return absl::StrCat("\"", absl::CEscape(text), "\"");
    }
    default:
      break;
  }
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

void AppendFields(const Message& message, const std::string& prefix,
                  std::vector<std::string>& sections) {
  std::vector<const FieldDescriptor*> fields;  // those with a value, in the order of their numbers
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const bool repeated = field->is_repeated();
    const int count = repeated ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < count && sections.size() < audit::kMaxSectionsOfTier; ++i) {
      const std::string path =
          absl::StrCat(prefix, field->name(), repeated ? absl::StrCat("[", i, "]") : "");
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        sections.push_back(absl::StrCat(path, "=", ValueText(message, *field, repeated ? i : -1)));
        continue;
      }
      const Message& inner = repeated
                                 ? message.GetReflection()->GetRepeatedMessage(message, field, i)
                                 : message.GetReflection()->GetMessage(message, field);
      AppendFields(inner, absl::StrCat(path, "."), sections);
    }
  }
}

}  // namespace

base::Digest PublicResultDigest(const decision::DecisionRecord& record) {
  return PublicResultDigest(record, decision::EncodeRecord(record));
}

base::Digest PublicResultDigest(const decision::DecisionRecord& record, absl::string_view encoded) {
  // It stands before everything that could hold the same 32 bytes; the record has no other one.
  const absl::string_view digest = base::DigestView(record.request_digest);
  const size_t place = encoded.find(digest);
  CHECK(place != absl::string_view::npos) << "a record holds the digest of its request";
  const base::Digest zero = {};
  base::Sha256Hasher hasher;
  hasher.Update(encoded.substr(0, place));
  hasher.Update(base::DigestView(zero));
  hasher.Update(encoded.substr(place + digest.size()));
  return hasher.Finish();
}

std::vector<PublicRanking> PublicRankings(const decision::DecisionRecord& record) {
  std::vector<PublicRanking> rankings;
  for (const decision::RecordedNeed& need : record.needs) {
    for (const decision::RecordedRanking& recorded : need.rankings) {
      PublicRanking ranking;
      ranking.need_id = need.need_id;
      ranking.mode = static_cast<uint8_t>(recorded.mode);
      ranking.ranked_count = static_cast<uint32_t>(recorded.ranked.size());
      ranking.to_confirm_count = static_cast<uint32_t>(recorded.to_confirm.size());
      ranking.excluded_count = static_cast<uint32_t>(recorded.excluded.size());
      const size_t count = std::min(recorded.ranked.size(), PublicRanking::kPlacesMax);
      for (size_t i = 0; i < count; ++i) {
        const decision::RecordedRanked& ranked = recorded.ranked[i];
        ranking.places.push_back(
            {.offering = ranked.offering, .rank = ranked.rank, .score = ranked.score});
      }
      rankings.push_back(std::move(ranking));
    }
  }
  return rankings;
}

void AppendFieldSections(const advisor::v1::Recommendation& asked,
                         std::vector<std::string>& sections) {
  AppendFields(asked, "", sections);
}

std::string EncodeEngagementBody(const EngagementBody& body) {
  base::ByteWriter writer;
  WriteEngagementBody(writer, body);
  return std::move(writer).Take();
}

absl::StatusOr<EngagementBody> DecodeEngagementBody(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ASSIGN_OR_RETURN(EngagementBody body, ReadEngagementBody(reader));
  RETURN_IF_ERROR(reader.ExpectEnd());
  return body;
}

std::string EncodeEngagementSecrets(const EngagementSecrets& secrets) {
  base::ByteWriter writer;
  writer.U8(kVersion);
  writer.Bytes(secrets.siren);
  writer.Bytes(secrets.client_nonce);
  writer.Bytes(secrets.chamber);
  return std::move(writer).Take();
}

absl::StatusOr<EngagementSecrets> DecodeEngagementSecrets(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  EngagementSecrets secrets;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(secrets.siren, ReadText(reader, kShortTextSizeMax));
  ASSIGN_OR_RETURN(secrets.client_nonce, ReadText(reader, kShortTextSizeMax));
  ASSIGN_OR_RETURN(secrets.chamber, ReadText(reader, kShortTextSizeMax));
  RETURN_IF_ERROR(reader.ExpectEnd());
  return secrets;
}

std::string EncodeDecisionBody(const DecisionBody& body) {
  base::ByteWriter writer;
  writer.U8(kVersion);
  writer.Bytes(body.engagement_id);
  writer.Bytes(body.recommendation_id);
  WriteI32(writer, body.as_of_day);
  writer.I64(body.catalog_revision);
  writer.I64(body.rulebook_revision);
  writer.Digest(body.rulebook_digest);
  writer.Digest(body.catalog_digest);
  writer.Digest(body.result_digest);
  WriteI32(writer, body.recommendation_count);
  WriteI32(writer, body.preview_count);
  writer.Count(body.rankings.size());
  for (const PublicRanking& ranking : body.rankings) {
    writer.Bytes(ranking.need_id);
    writer.U8(ranking.mode);
    writer.U32(ranking.ranked_count);
    writer.U32(ranking.to_confirm_count);
    writer.U32(ranking.excluded_count);
    writer.Count(ranking.places.size());
    for (const PublicRanking::Place& place : ranking.places) {
      writer.Raw(absl::string_view(reinterpret_cast<const char*>(place.offering.data()),
                                   place.offering.size()));
      WriteI32(writer, place.rank);
      writer.I64(place.score);
    }
  }
  return std::move(writer).Take();
}

absl::StatusOr<DecisionBody> DecodeDecisionBody(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  DecisionBody body;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(body.engagement_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.recommendation_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.as_of_day, ReadI32(reader));
  ASSIGN_OR_RETURN(body.catalog_revision, reader.I64());
  ASSIGN_OR_RETURN(body.rulebook_revision, reader.I64());
  ASSIGN_OR_RETURN(body.rulebook_digest, reader.Digest());
  ASSIGN_OR_RETURN(body.catalog_digest, reader.Digest());
  ASSIGN_OR_RETURN(body.result_digest, reader.Digest());
  ASSIGN_OR_RETURN(body.recommendation_count, ReadI32(reader));
  ASSIGN_OR_RETURN(body.preview_count, ReadI32(reader));
  ASSIGN_OR_RETURN(const size_t count, reader.Count(kRankingsMax));
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(PublicRanking ranking, ReadRanking(reader));
    body.rankings.push_back(std::move(ranking));
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return body;
}

std::string EncodeChoiceBody(const ChoiceBody& body) {
  base::ByteWriter writer;
  writer.U8(kVersion);
  writer.Bytes(body.engagement_id);
  writer.Bytes(body.recommendation_id);
  writer.I64(body.recommendation_index);
  writer.Bytes(body.need_id);
  writer.U8(body.outcome);
  writer.Raw(
      absl::string_view(reinterpret_cast<const char*>(body.offering.data()), body.offering.size()));
  return std::move(writer).Take();
}

absl::StatusOr<ChoiceBody> DecodeChoiceBody(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  ChoiceBody body;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(body.engagement_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.recommendation_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.recommendation_index, reader.I64());
  ASSIGN_OR_RETURN(body.need_id, ReadText(reader, kIdSizeMax));
  ASSIGN_OR_RETURN(body.outcome, reader.U8());
  ASSIGN_OR_RETURN(const absl::string_view uid, reader.Raw(body.offering.size()));
  for (size_t k = 0; k < uid.size(); ++k) body.offering[k] = static_cast<uint8_t>(uid[k]);
  RETURN_IF_ERROR(reader.ExpectEnd());
  const bool has_offering = body.offering != std::array<uint8_t, 16>{};
  if (body.recommendation_index < 0 || body.outcome < 1 || body.outcome > 3 ||
      has_offering != (body.outcome == 1)) {
    return absl::InvalidArgumentError("a choice with an unknown outcome or place");
  }
  return body;
}

absl::StatusOr<EngagementState> DecodeEngagementState(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  EngagementState state;
  ASSIGN_OR_RETURN(state.entry_index, reader.I64());
  ASSIGN_OR_RETURN(state.recommendation_count, ReadI32(reader));
  ASSIGN_OR_RETURN(state.preview_count, ReadI32(reader));
  ASSIGN_OR_RETURN(state.body, ReadEngagementBody(reader));
  RETURN_IF_ERROR(reader.ExpectEnd());
  return state;
}

absl::StatusOr<SubjectState> DecodeSubjectState(absl::string_view bytes) {
  base::ByteReader reader(bytes);
  SubjectState state;
  ASSIGN_OR_RETURN(state.engagement_count, ReadI32(reader));
  ASSIGN_OR_RETURN(state.recommendation_count, ReadI32(reader));
  ASSIGN_OR_RETURN(state.preview_count, ReadI32(reader));
  RETURN_IF_ERROR(reader.ExpectEnd());
  return state;
}

std::string EngagementKey(absl::string_view engagement_id) {
  return absl::StrCat("n", engagement_id);
}

std::string EngagementsOfOwnerPrefix(absl::string_view owner) {
  return absl::StrCat("o", owner, absl::string_view("\0", 1));
}

std::string AllEngagementsPrefix() { return "a"; }

std::string SubjectKey(const base::Digest& subject) {
  return absl::StrCat("s", base::DigestView(subject));
}

std::string RecommendationKey(absl::string_view engagement_id,
                              absl::string_view recommendation_id) {
  return absl::StrCat("n", engagement_id, "/", recommendation_id);
}

std::string RecommendationsPrefix(absl::string_view engagement_id) {
  return absl::StrCat("l", engagement_id, absl::string_view("\0", 1));
}

audit::Projection AdvisorProjection() {
  return {.types = {audit::EntryType::kEngagement, audit::EntryType::kDecision,
                    audit::EntryType::kPreview, audit::EntryType::kChoice},
          .column_families = {{.name = std::string(kEngagementFamily), .not_derived = false},
                              {.name = std::string(kRecommendationFamily), .not_derived = false}},
          .project = [](const audit::LoggedEntry& entry, audit::Overlay& overlay) {
            switch (entry.type) {
              case audit::EntryType::kEngagement:
                return ProjectEngagement(entry, overlay);
              case audit::EntryType::kChoice:
                return ProjectChoice(entry, overlay);
              default:
                return ProjectDecision(entry, overlay);
            }
          }};
}

}  // namespace aplomb::service
