// Versions of what stands on the disk, and how a database of an older version becomes one of the
// next. Each step is one atomic, synced write: a process that is killed meanwhile leaves the old
// version whole. docs/storage.md, "Versions", prints the table, and a test compares.
#ifndef APLOMB_AUDIT_MIGRATIONS_H_
#define APLOMB_AUDIT_MIGRATIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "audit/database.h"

namespace aplomb::audit {

struct FormatVersion {
  uint32_t version = 0;
  absl::string_view what = {};  // what is new in it
  // Writes what makes a database of the version before one of this; the number of the version is
  // written with it. Null: such a database cannot be read any more. `entry_count`: its entries.
  absl::Status (*migrate)(int64_t entry_count, Overlay& overlay) = nullptr;
};

// All versions ever, oldest first; the last is kFormatVersion.
absl::Span<const FormatVersion> FormatVersions();

// Key of the family `meta` under which a database tells which versions it has had.
inline constexpr absl::string_view kFormatHistoryKey = "history";

// One version that a database has had.
struct FormatPeriod {
  uint32_t version = 0;
  int64_t first_entry = 0;  // the number of entries when it got that version

  friend bool operator==(const FormatPeriod&, const FormatPeriod&) = default;
};
std::string EncodeFormatHistory(const std::vector<FormatPeriod>& history);
absl::StatusOr<std::vector<FormatPeriod>> DecodeFormatHistory(absl::string_view bytes);

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_MIGRATIONS_H_
