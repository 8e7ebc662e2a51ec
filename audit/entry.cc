#include "audit/entry.h"

#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr size_t kHeaderBytesMax =
    4 + 1 + 8 + 8 + 32 + 1 + 8 + kMaxTiers * (1 + 2 + 32) + 2 + 32 + 4;
static_assert(kHeaderBytesMax + kMaxChunkBytes <= kMaxEntryBytes,
              "a body that is not chunked fits into its entry");
static_assert(kMaxChunks <= std::numeric_limits<uint16_t>::max());

absl::StatusOr<int64_t> ReadNonNegative(base::ByteReader& reader, absl::string_view what) {
  const size_t offset = reader.offset();
  ASSIGN_OR_RETURN(const uint64_t value, reader.U64());
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::InvalidArgumentError(
        absl::StrCat("offset ", offset, ": ", what, " above 2^63 - 1"));
  }
  return static_cast<int64_t>(value);
}

}  // namespace

bool IsKnownEntryType(uint8_t number) { return number >= 1 && number <= 19; }

std::string EntryTypeName(EntryType type) {
  switch (type) {
    case EntryType::kMember:
      return "MEMBER";
    case EntryType::kOffering:
      return "OFFERING";
    case EntryType::kRulebook:
      return "RULEBOOK";
    case EntryType::kLawTable:
      return "LAW_TABLE";
    case EntryType::kRateTable:
      return "RATE_TABLE";
    case EntryType::kEngagement:
      return "ENGAGEMENT";
    case EntryType::kDecision:
      return "DECISION";
    case EntryType::kPreview:
      return "PREVIEW";
    case EntryType::kEpoch:
      return "EPOCH";
    case EntryType::kChunk:
      return "CHUNK";
    case EntryType::kProposal:
      return "PROPOSAL";
    case EntryType::kReview:
      return "REVIEW";
    case EntryType::kContest:
      return "CONTEST";
    case EntryType::kErasure:
      return "ERASURE";
    case EntryType::kEpochClose:
      return "EPOCH_CLOSE";
    case EntryType::kChoice:
      return "CHOICE";
    case EntryType::kNote:
      return "NOTE";
    case EntryType::kKey:
      return "KEY";
    case EntryType::kCharter:
      return "CHARTER";
  }
  return absl::StrCat("TYPE_", static_cast<int>(type));
}

std::string EncodeEntry(const Entry& entry) {
  CHECK(IsKnownEntryType(static_cast<uint8_t>(entry.type))) << "an entry of no known type";
  CHECK(entry.time_us >= 0 && entry.prev_size >= 0) << "times and sizes are not negative";
  CHECK(!entry.tiers.empty() || entry.key_slot == 0) << "keys are taken for tiers";
  CHECK_LE(entry.tiers.size(), kMaxTiers) << "checked when the entry was appended";
  CHECK_LE(entry.chunk_count, kMaxChunks) << "checked when the entry was appended";
  CHECK_LE(entry.body.size(), kMaxChunkBytes) << "a larger body is chunked";
  CHECK(entry.chunk_count == 0 || entry.body.empty()) << "a chunked body stands in its chunks";
  base::ByteWriter writer;
  writer.Raw(kEntryMagic);
  writer.U8(static_cast<uint8_t>(entry.type));
  writer.U64(static_cast<uint64_t>(entry.time_us));
  writer.U64(static_cast<uint64_t>(entry.prev_size));
  writer.Digest(entry.prev_root);
  writer.U8(static_cast<uint8_t>(entry.tiers.size()));
  if (!entry.tiers.empty()) writer.U64(entry.key_slot);
  int previous_tier = -1;
  for (const TierCommitment& tier : entry.tiers) {
    CHECK_GT(tier.tier, previous_tier) << "tiers are in order";
    CHECK(tier.section_count > 0 && tier.section_count <= kMaxSectionsOfTier)
        << "checked when the entry was appended";
    previous_tier = tier.tier;
    writer.U8(tier.tier);
    writer.U16(tier.section_count);
    writer.Digest(tier.root);
  }
  writer.U16(entry.chunk_count);
  if (entry.chunk_count > 0) writer.Digest(entry.body_digest);
  writer.Bytes(entry.body);
  return std::move(writer).Take();
}

absl::StatusOr<Entry> DecodeEntry(absl::string_view bytes) {
  if (bytes.size() > kMaxEntryBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("an entry of ", bytes.size(), " bytes; allowed are ", kMaxEntryBytes));
  }
  base::ByteReader reader(bytes);
  Entry entry;
  ASSIGN_OR_RETURN(const absl::string_view magic, reader.Raw(kEntryMagic.size()));
  if (magic != kEntryMagic) {
    return absl::InvalidArgumentError(
        absl::StrCat("offset 0: an entry begins with \"", kEntryMagic, "\""));
  }
  ASSIGN_OR_RETURN(const uint8_t type, reader.U8());
  if (!IsKnownEntryType(type)) {
    return absl::InvalidArgumentError(absl::StrCat("offset 4: unknown entry type ", type));
  }
  entry.type = static_cast<EntryType>(type);
  ASSIGN_OR_RETURN(entry.time_us, ReadNonNegative(reader, "time"));
  ASSIGN_OR_RETURN(entry.prev_size, ReadNonNegative(reader, "size"));
  ASSIGN_OR_RETURN(entry.prev_root, reader.Digest());
  ASSIGN_OR_RETURN(const uint8_t tier_count, reader.U8());
  if (tier_count > kMaxTiers) {
    return absl::InvalidArgumentError(absl::StrCat("offset ", reader.offset() - 1, ": ", tier_count,
                                                   " tiers; allowed are ", kMaxTiers));
  }
  if (tier_count > 0) {
    ASSIGN_OR_RETURN(entry.key_slot, reader.U64());
  }
  int previous_tier = -1;
  for (uint8_t i = 0; i < tier_count; ++i) {
    TierCommitment tier;
    ASSIGN_OR_RETURN(tier.tier, reader.U8());
    if (tier.tier <= previous_tier) {
      return absl::InvalidArgumentError(
          absl::StrCat("offset ", reader.offset() - 1, ": tiers are not strictly ascending"));
    }
    previous_tier = tier.tier;
    ASSIGN_OR_RETURN(tier.section_count, reader.U16());
    if (tier.section_count == 0 || tier.section_count > kMaxSectionsOfTier) {
      return absl::InvalidArgumentError(
          absl::StrCat("offset ", reader.offset() - 2, ": ", tier.section_count,
                       " sections; allowed are 1 to ", kMaxSectionsOfTier));
    }
    ASSIGN_OR_RETURN(tier.root, reader.Digest());
    entry.tiers.push_back(tier);
  }
  ASSIGN_OR_RETURN(entry.chunk_count, reader.U16());
  if (entry.chunk_count > kMaxChunks) {
    return absl::InvalidArgumentError(absl::StrCat("offset ", reader.offset() - 2, ": ",
                                                   entry.chunk_count, " chunks; allowed are ",
                                                   kMaxChunks));
  }
  if (entry.chunk_count > 0) {
    ASSIGN_OR_RETURN(entry.body_digest, reader.Digest());
  }
  ASSIGN_OR_RETURN(const absl::string_view body,
                   reader.Bytes(entry.chunk_count > 0 ? 0 : kMaxChunkBytes));
  entry.body = std::string(body);
  RETURN_IF_ERROR(reader.ExpectEnd());
  return entry;
}

base::Digest LeafHash(absl::string_view entry_bytes) {
  base::Sha256Hasher hasher;
  hasher.Update(absl::string_view("\0", 1));
  hasher.Update(entry_bytes);
  return hasher.Finish();
}

const TierCommitment* LoggedEntry::FindTier(uint8_t tier) const {
  for (const TierCommitment& commitment : tiers) {
    if (commitment.tier == tier) return &commitment;
  }
  return nullptr;
}

}  // namespace aplomb::audit
