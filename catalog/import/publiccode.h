// Importer of publiccode.yml (versions 0.2 to 0.4, https://yml.publiccode.tools): one piece of free
// software as its public authors describe it. It becomes one offering that the firm runs itself;
// its licence costs nothing. Needs come from its categories.
#ifndef APLOMB_CATALOG_IMPORT_PUBLICCODE_H_
#define APLOMB_CATALOG_IMPORT_PUBLICCODE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/civil_day.h"
#include "base/issue.h"
#include "catalog/import/importer.h"
#include "catalog/import/report.h"

namespace aplomb::catalog {

// publiccode category → need ids, as the needs of the rulebook name them.
using CategoryNeeds = std::map<std::string, std::vector<std::string>>;

ImportReport ImportPublicCode(absl::string_view file, absl::string_view bytes,
                              const CategoryNeeds& category_needs, base::DayNumber read_on,
                              ImportContext* context, base::Issues* issues);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_PUBLICCODE_H_
