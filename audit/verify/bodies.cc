#include "audit/verify/bodies.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"

namespace aplomb::verify {
namespace {

constexpr size_t kNameSizeMax = 255;
constexpr size_t kTextSizeMax = 255;
constexpr size_t kRankingsMax = 200;
constexpr size_t kPlaceSize = 16 + 4 + 8;
constexpr size_t kErasedTiersMax = 1000;
constexpr size_t kSignatureSize = 64;
constexpr size_t kNoteReasonSizeMax = 500;
constexpr uint8_t kNoteRestored = 1;
constexpr uint8_t kBodyVersion = 1;

absl::Status ReadVersion(base::ByteReader& reader) {
  ASSIGN_OR_RETURN(const uint8_t version, reader.U8());
  if (version == kBodyVersion) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("offset 0: a body of version ", version, "; known is ", kBodyVersion));
}

absl::Status CheckEpoch(uint8_t kind, absl::string_view label) {
  if ((kind == 1 && label.size() == 10) || (kind == 2 && label.size() == 4)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("an epoch is a day (1, YYYY-MM-DD) or a year (2, YYYY)");
}

absl::Status ReadText(base::ByteReader& reader, std::string& text) {
  ASSIGN_OR_RETURN(const absl::string_view bytes, reader.Bytes(kTextSizeMax));
  text = std::string(bytes);
  return absl::OkStatus();
}

absl::StatusOr<int32_t> ReadI32(base::ByteReader& reader) {
  ASSIGN_OR_RETURN(const uint32_t value, reader.U32());
  return static_cast<int32_t>(value);
}

absl::Status ReadUid(base::ByteReader& reader, std::array<uint8_t, 16>& uid) {
  ASSIGN_OR_RETURN(const absl::string_view bytes, reader.Raw(uid.size()));
  std::transform(bytes.begin(), bytes.end(), uid.begin(),
                 [](char c) { return static_cast<uint8_t>(c); });
  return absl::OkStatus();
}

absl::StatusOr<DecisionBody::Ranking> ReadRanking(base::ByteReader& reader) {
  DecisionBody::Ranking ranking;
  RETURN_IF_ERROR(ReadText(reader, ranking.need));
  const size_t offset = reader.offset();
  ASSIGN_OR_RETURN(ranking.mode, reader.U8());
  if (ranking.mode < 1 || ranking.mode > 2) {
    return absl::InvalidArgumentError(absl::StrCat("offset ", offset, ": no such mode"));
  }
  ASSIGN_OR_RETURN(ranking.ranked, reader.U32());
  ASSIGN_OR_RETURN(ranking.to_confirm, reader.U32());
  ASSIGN_OR_RETURN(ranking.excluded, reader.U32());
  ASSIGN_OR_RETURN(const size_t count, reader.Count(kPublicPlacesMax, kPlaceSize));
  for (size_t i = 0; i < count; ++i) {
    DecisionBody::Place place;
    RETURN_IF_ERROR(ReadUid(reader, place.offering));
    ASSIGN_OR_RETURN(place.rank, reader.U32());
    ASSIGN_OR_RETURN(place.score, reader.I64());
    ranking.places.push_back(place);
  }
  return ranking;
}

}  // namespace

absl::StatusOr<CatalogueBody> ReadCatalogueBody(absl::string_view body) {
  base::ByteReader reader(body);
  CatalogueBody read;
  ASSIGN_OR_RETURN(read.name, reader.Bytes(kNameSizeMax));
  ASSIGN_OR_RETURN(read.message, reader.Raw(reader.remaining()));
  if (read.name.empty()) return absl::InvalidArgumentError("offset 0: the name is empty");
  return read;
}

absl::StatusOr<EpochBody> ReadEpochBody(absl::string_view body) {
  base::ByteReader reader(body);
  EpochBody epoch;
  ASSIGN_OR_RETURN(epoch.kind, reader.U8());
  RETURN_IF_ERROR(ReadText(reader, epoch.label));
  ASSIGN_OR_RETURN(epoch.commitment, reader.Digest());
  RETURN_IF_ERROR(reader.ExpectEnd());
  RETURN_IF_ERROR(CheckEpoch(epoch.kind, epoch.label));
  return epoch;
}

absl::StatusOr<EpochCloseBody> ReadEpochCloseBody(absl::string_view body) {
  base::ByteReader reader(body);
  EpochCloseBody close;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(close.kind, reader.U8());
  RETURN_IF_ERROR(ReadText(reader, close.label));
  RETURN_IF_ERROR(CheckEpoch(close.kind, close.label));
  ASSIGN_OR_RETURN(close.epoch_index, reader.I64());
  if (close.kind == 1) {
    ASSIGN_OR_RETURN(close.secret, reader.Digest());
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return close;
}

absl::StatusOr<ErasureBody> ReadErasureBody(absl::string_view body) {
  base::ByteReader reader(body);
  ErasureBody erasure;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(erasure.ground, reader.U8());
  if (erasure.ground < 1 || erasure.ground > 3) {
    return absl::InvalidArgumentError("offset 1: a ground is 1, 2 or 3");
  }
  ASSIGN_OR_RETURN(const size_t count, reader.Count(kErasedTiersMax, 9));
  if (count == 0) return absl::InvalidArgumentError("offset 2: it erases nothing");
  for (size_t i = 0; i < count; ++i) {
    ErasureBody::Tier tier;
    ASSIGN_OR_RETURN(tier.index, reader.U64());
    ASSIGN_OR_RETURN(tier.tier, reader.U8());
    if (i > 0 && std::pair(tier.index, tier.tier) <=
                     std::pair(erasure.tiers.back().index, erasure.tiers.back().tier)) {
      return absl::InvalidArgumentError(
          absl::StrCat("offset ", reader.offset() - 9, ": not strictly ascending"));
    }
    erasure.tiers.push_back(tier);
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return erasure;
}

absl::StatusOr<EngagementBody> ReadEngagementBody(absl::string_view body) {
  base::ByteReader reader(body);
  EngagementBody engagement;
  RETURN_IF_ERROR(ReadVersion(reader));
  RETURN_IF_ERROR(ReadText(reader, engagement.id));
  RETURN_IF_ERROR(ReadText(reader, engagement.owner));
  RETURN_IF_ERROR(ReadText(reader, engagement.tie_epoch));
  ASSIGN_OR_RETURN(engagement.subject, reader.Digest());
  ASSIGN_OR_RETURN(engagement.subject_is_nonce, reader.Bool());
  ASSIGN_OR_RETURN(engagement.nonce_drawn_by_server, reader.Bool());
  RETURN_IF_ERROR(reader.ExpectEnd());
  return engagement;
}

absl::StatusOr<DecisionBody> ReadDecisionBody(absl::string_view body) {
  base::ByteReader reader(body);
  DecisionBody decision;
  RETURN_IF_ERROR(ReadVersion(reader));
  RETURN_IF_ERROR(ReadText(reader, decision.engagement));
  RETURN_IF_ERROR(ReadText(reader, decision.recommendation));
  ASSIGN_OR_RETURN(decision.day, ReadI32(reader));
  ASSIGN_OR_RETURN(decision.catalogue_revision, reader.I64());
  ASSIGN_OR_RETURN(decision.rulebook_revision, reader.I64());
  ASSIGN_OR_RETURN(decision.rulebook, reader.Digest());
  ASSIGN_OR_RETURN(decision.catalogue, reader.Digest());
  ASSIGN_OR_RETURN(decision.result, reader.Digest());
  ASSIGN_OR_RETURN(decision.recommendations, ReadI32(reader));
  ASSIGN_OR_RETURN(decision.previews, ReadI32(reader));
  ASSIGN_OR_RETURN(const size_t count, reader.Count(kRankingsMax));
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(DecisionBody::Ranking ranking, ReadRanking(reader));
    decision.rankings.push_back(std::move(ranking));
  }
  RETURN_IF_ERROR(reader.ExpectEnd());
  return decision;
}

absl::StatusOr<ChoiceBody> ReadChoiceBody(absl::string_view body) {
  base::ByteReader reader(body);
  ChoiceBody choice;
  RETURN_IF_ERROR(ReadVersion(reader));
  RETURN_IF_ERROR(ReadText(reader, choice.engagement));
  RETURN_IF_ERROR(ReadText(reader, choice.recommendation));
  ASSIGN_OR_RETURN(choice.index, reader.U64());
  RETURN_IF_ERROR(ReadText(reader, choice.need));
  ASSIGN_OR_RETURN(choice.kind, reader.U8());
  RETURN_IF_ERROR(ReadUid(reader, choice.offering));
  RETURN_IF_ERROR(reader.ExpectEnd());
  const bool named = choice.offering != std::array<uint8_t, 16>{};
  if (choice.kind < 1 || choice.kind > 3 || named != (choice.kind == 1)) {
    return absl::InvalidArgumentError(
        "a choice is an offering (1), none (2) or what there was (3)");
  }
  return choice;
}

absl::StatusOr<KeyBody> ReadKeyBody(absl::string_view body) {
  base::ByteReader reader(body);
  KeyBody key;
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(key.kind, reader.U8());
  if (key.kind < 1 || key.kind > 2) {
    return absl::InvalidArgumentError(absl::StrCat("offset 1: unknown kind ", key.kind));
  }
  for (std::array<uint8_t, 32>* const one : {&key.old_key, &key.new_key}) {
    ASSIGN_OR_RETURN(const absl::string_view bytes, reader.Raw(one->size()));
    std::transform(bytes.begin(), bytes.end(), one->begin(),
                   [](char c) { return static_cast<uint8_t>(c); });
  }
  if (key.kind == 1) {
    ASSIGN_OR_RETURN(key.old_signature, reader.Raw(kSignatureSize));
  }
  ASSIGN_OR_RETURN(key.new_signature, reader.Raw(kSignatureSize));
  RETURN_IF_ERROR(reader.ExpectEnd());
  return key;
}

absl::Status CheckNoteBody(absl::string_view body) {
  base::ByteReader reader(body);
  RETURN_IF_ERROR(ReadVersion(reader));
  ASSIGN_OR_RETURN(const uint8_t kind, reader.U8());
  if (kind != kNoteRestored) return absl::OkStatus();
  ASSIGN_OR_RETURN(const int64_t restored, reader.I64());
  ASSIGN_OR_RETURN(const int64_t known, reader.I64());
  if (restored < 0 || known < -1) {
    return absl::InvalidArgumentError("offset 2: a number of entries is negative");
  }
  RETURN_IF_ERROR(reader.Bytes(kNoteReasonSizeMax).status());
  return reader.ExpectEnd();
}

std::string KeyMessage(const KeyBody& key, absl::string_view origin) {
  base::ByteWriter writer;
  writer.Raw("aplomb/key/v1");
  writer.U8(0);
  writer.U8(key.kind);
  for (const std::array<uint8_t, 32>* const one : {&key.old_key, &key.new_key}) {
    for (const uint8_t byte : *one) writer.U8(byte);
  }
  writer.Raw(origin);
  return std::move(writer).Take();
}

base::Digest EpochCommitment(uint8_t kind, absl::string_view label, const base::Digest& secret) {
  std::string bytes("aplomb/epoch/v1\0", 16);
  bytes.push_back(static_cast<char>(kind));
  absl::StrAppend(&bytes, label, absl::string_view("\0", 1), base::DigestView(secret));
  return base::Sha256(bytes);
}

}  // namespace aplomb::verify
