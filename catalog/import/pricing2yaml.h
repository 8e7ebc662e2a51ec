// Importer of Pricing2Yaml (syntax version 2.1, https://sphere.score.us.es): tariffs of software
// as a service with plans, add-ons, features and usage limits, as single YAML files or as a JSON
// list of them.
//
// Of the pricings of one product the newest is taken, the others are history. Each plan becomes an
// offering. A price that is no number ("Contact sales") is unknown, never zero; a price per
// something that the mapping does not explain is unknown too. Amounts keep their currency.
// `createdAt` is the day on which the tariff was read. Features and limits come through the mapping
// only.
#ifndef APLOMB_CATALOG_IMPORT_PRICING2YAML_H_
#define APLOMB_CATALOG_IMPORT_PRICING2YAML_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/civil_day.h"
#include "base/issue.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/report.h"

namespace aplomb::catalog {

// A reviewer's statement that the prices taken over were read again at their sources, and hold.
// Nobody else makes an old price younger.
struct PricesRead {
  base::DayNumber day = 0;
  std::string reviewer;  // who says so, at most 80 characters
};

// Adds members and offerings to `context`. A file that cannot be read at all gives issues and a
// report without records. With `read_again`, tariffs older than that day carry it, and both days
// and the reviewer stand in the claim on the price and on each line of the tariff.
ImportReport ImportPricing2Yaml(absl::string_view file, absl::string_view bytes,
                                const Mapping& mapping, ImportContext* context,
                                base::Issues* issues,
                                const std::optional<PricesRead>& read_again = std::nullopt);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_PRICING2YAML_H_
