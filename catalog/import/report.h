// The account of an import: what became of each record of a source. Nothing is dropped in silence:
// the counts sum to the number of records read.
#ifndef APLOMB_CATALOG_IMPORT_REPORT_H_
#define APLOMB_CATALOG_IMPORT_REPORT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace aplomb::catalog {

enum class ImportOutcome {
  kImported,  // taken over, and enough is known to be ranked by price, place and features
  kPartial,   // taken over; what stayed unknown is named
  kRefused,   // not taken over; the reason is named
};
absl::string_view ImportOutcomeName(ImportOutcome outcome);

struct ImportRecord {
  std::string key;  // what the source calls it, "Box 2024-07-16"
  ImportOutcome outcome = ImportOutcome::kRefused;
  // Stable word: HISTORY, NO_MAPPING, NO_NEED, INVALID_RECORD, … ; "OK" where there is nothing to
  // say.
  std::string reason;
  std::string text_fr;
  std::string text_en;
  // Fields of the offerings that stayed unknown, "pricing", sorted.
  std::vector<std::string> unknown;
  // Names of the offerings made of it.
  std::vector<std::string> offerings;
};

struct ImportReport {
  std::string source;  // name of the file
  std::vector<ImportRecord> records;

  size_t Count(ImportOutcome outcome) const;
  // The counts, then every record, wrapped; `language` is "fr" or "en".
  std::string ToTable(absl::string_view language) const;
  // The counts, then what became of the records, reason by reason: how many, which fields are
  // missing, the first of them by name. As many records as were read.
  std::string ToSummary(absl::string_view language) const;
  // {"source", "read", "imported", "partial", "refused", "records": […]}, for machines.
  std::string ToJson() const;
};

// All sources: the totals, each source (every record of it if `all`), the totals again. No line is
// longer than 100 columns.
std::string PrintReports(const std::vector<ImportReport>& reports, absl::string_view language,
                         bool all);

// Whether an offering cannot be ranked while this field is unknown: price, region, every feature of
// a need.
bool IsMissedForRanking(absl::string_view field);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_REPORT_H_
