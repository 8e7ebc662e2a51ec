// What a template says where only the member can: an entry that still says so is not ready. Pure
// functions; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_PLACEHOLDERS_H_
#define APLOMB_CATALOG_PROPOSALS_PLACEHOLDERS_H_

#include "aplomb/catalog/v1/offering.pb.h"
#include "base/issue.h"

namespace aplomb::proposals {

// Adds a PLACEHOLDER for each text of WriteTemplate (entry_file.h) that nobody has changed: title,
// short description (in either language), address, and the id, unless the offering is `published`
// under it already, for an id does not change.
void CheckPlaceholders(const catalog::v1::Offering& offering, bool published, base::Issues* issues);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_PLACEHOLDERS_H_
