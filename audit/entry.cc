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

constexpr size_t kHeaderBytesMax = 4 + 1 + 8 + 8 + 1 + kMaxSections * (1 + 32) + 2 + 32 + 4;
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

bool IsKnownEntryType(uint8_t number) { return number >= 1 && number <= 10; }

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
  }
  return absl::StrCat("TYPE_", static_cast<int>(type));
}

std::string EncodeEntry(const Entry& entry) {
  CHECK(IsKnownEntryType(static_cast<uint8_t>(entry.type))) << "an entry of no known type";
  CHECK(entry.time_us >= 0 && entry.prev_size >= 0) << "times and sizes are not negative";
  CHECK_LE(entry.sections.size(), kMaxSections) << "checked when the entry was appended";
  CHECK_LE(entry.chunk_count, kMaxChunks) << "checked when the entry was appended";
  CHECK_LE(entry.body.size(), kMaxChunkBytes) << "a larger body is chunked";
  CHECK(entry.chunk_count == 0 || entry.body.empty()) << "a chunked body stands in its chunks";
  base::ByteWriter writer;
  writer.Raw(kEntryMagic);
  writer.U8(static_cast<uint8_t>(entry.type));
  writer.U64(static_cast<uint64_t>(entry.time_us));
  writer.U64(static_cast<uint64_t>(entry.prev_size));
  writer.U8(static_cast<uint8_t>(entry.sections.size()));
  int previous_tier = -1;
  for (const SectionCommitment& section : entry.sections) {
    CHECK_GT(section.tier, previous_tier) << "sections stand in the order of their tiers";
    previous_tier = section.tier;
    writer.U8(section.tier);
    writer.Digest(section.commitment);
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
  ASSIGN_OR_RETURN(const uint8_t section_count, reader.U8());
  if (section_count > kMaxSections) {
    return absl::InvalidArgumentError(absl::StrCat("offset ", reader.offset() - 1, ": ",
                                                   section_count, " sections; allowed are ",
                                                   kMaxSections));
  }
  int previous_tier = -1;
  for (uint8_t i = 0; i < section_count; ++i) {
    SectionCommitment section;
    ASSIGN_OR_RETURN(section.tier, reader.U8());
    if (section.tier <= previous_tier) {
      return absl::InvalidArgumentError(
          absl::StrCat("offset ", reader.offset() - 1, ": tiers are not strictly ascending"));
    }
    previous_tier = section.tier;
    ASSIGN_OR_RETURN(section.commitment, reader.Digest());
    entry.sections.push_back(section);
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

base::Digest CommitSection(const base::Digest& salt, absl::string_view bytes) {
  base::Sha256Hasher hasher;
  hasher.Update(absl::string_view("aplomb/section/v1\0", 18));
  hasher.Update(base::DigestView(salt));
  hasher.Update(bytes);
  return hasher.Finish();
}

}  // namespace aplomb::audit
