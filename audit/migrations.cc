#include "audit/migrations.h"

#include "base/bytes.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr size_t kPeriodsMax = 1000;
constexpr size_t kPeriodSize = sizeof(uint32_t) + sizeof(int64_t);

// 3: the database tells which versions it has had.
absl::Status FromVersion2(int64_t entry_count, Overlay& overlay) {
  overlay.Put(kMetaFamily, kFormatHistoryKey,
              EncodeFormatHistory(
                  {{.version = 2, .first_entry = 0}, {.version = 3, .first_entry = entry_count}}));
  return absl::OkStatus();
}

constexpr FormatVersion kVersions[] = {
    {1, "entries and effects in one write; no signed heads", nullptr},
    {2, "tree hashes and a signed head with each write, sections sealed under keys of their own",
     nullptr},
    {3, "the database tells which versions it has had (`meta`, `history`)", &FromVersion2},
};
static_assert(kVersions[sizeof(kVersions) / sizeof(kVersions[0]) - 1].version == kFormatVersion);

}  // namespace

absl::Span<const FormatVersion> FormatVersions() { return kVersions; }

std::string EncodeFormatHistory(const std::vector<FormatPeriod>& history) {
  base::ByteWriter writer;
  for (const FormatPeriod& period : history) {
    writer.U32(period.version);
    writer.I64(period.first_entry);
  }
  return std::move(writer).Take();
}

absl::StatusOr<std::vector<FormatPeriod>> DecodeFormatHistory(absl::string_view bytes) {
  if (bytes.size() > kPeriodsMax * kPeriodSize) {
    return absl::InvalidArgumentError("more versions than a database can have had");
  }
  base::ByteReader reader(bytes);
  std::vector<FormatPeriod> history;
  while (!reader.AtEnd()) {
    FormatPeriod& period = history.emplace_back();
    ASSIGN_OR_RETURN(period.version, reader.U32());
    ASSIGN_OR_RETURN(period.first_entry, reader.I64());
  }
  return history;
}

}  // namespace aplomb::audit
