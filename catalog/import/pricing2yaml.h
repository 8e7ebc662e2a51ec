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

#include "absl/strings/string_view.h"
#include "base/issue.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/report.h"

namespace aplomb::catalog {

// Adds members and offerings to `context`. A file that cannot be read at all gives issues and a
// report without records.
ImportReport ImportPricing2Yaml(absl::string_view file, absl::string_view bytes,
                                const Mapping& mapping, ImportContext* context,
                                base::Issues* issues);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_PRICING2YAML_H_
