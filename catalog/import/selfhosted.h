// Importer of the self-hosted software list (https://github.com/awesome-selfhosted/
// awesome-selfhosted-data) in its merged form: {software, tags, platforms, licenses,
// licenses_nonfree}.
//
// Each piece of software becomes one offering that the firm runs itself; its licence costs nothing
// if all its licences are free (what running it costs is the rulebook's to add). Needs come from
// the mapping, by product or by tag. Languages the list calls platforms (PHP, Docker) say nothing
// about where the software is used and stay out.
//
// Maturity: a release whose version begins with 1 or more (Semantic Versioning 2.0.0, item 4, or a
// year) is STABLE, one that begins with 0 or names itself alpha, beta or rc is BETA; without a
// release it is unknown.
#ifndef APLOMB_CATALOG_IMPORT_SELFHOSTED_H_
#define APLOMB_CATALOG_IMPORT_SELFHOSTED_H_

#include "absl/strings/string_view.h"
#include "base/civil_day.h"
#include "base/issue.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/report.h"

namespace aplomb::catalog {

// `read_on`: day of the list, which says itself nowhere how old it is. A free licence is a price of
// zero; how openly other fees are published the list does not say.
ImportReport ImportSelfHosted(absl::string_view file, absl::string_view bytes,
                              const Mapping& mapping, base::DayNumber read_on,
                              ImportContext* context, base::Issues* issues);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_SELFHOSTED_H_
