// What a claim must have when it is handed in, beyond its form, and what only a reviewer can write.
// Claims that stand as they are published were accepted once and are not asked for more. Pure
// functions; thread-safe.
#ifndef APLOMB_CATALOG_PROPOSALS_CLAIM_CHECKS_H_
#define APLOMB_CATALOG_PROPOSALS_CLAIM_CHECKS_H_

#include <string>
#include <vector>

#include "aplomb/catalog/v1/offering.pb.h"
#include "base/civil_day.h"
#include "base/issue.h"

namespace aplomb::proposals {

// Of one verdict.
inline constexpr int kCheckedFieldsMax = 50;

// Adds an issue for each claim that rests on a day after `today` (OUT_OF_RANGE), is DOCUMENTED
// without the hash of the document (MISSING), or CHECKED (REVIEWERS_ONLY). The last two do not hold
// of what `published` has in the same words; it may be null. A CHECKED claim stands only as long as
// what it is about is as it was checked.
void CheckClaims(const catalog::v1::Offering& offering, const catalog::v1::Offering* published,
                 base::DayNumber today, base::Issues* issues);

// What a reviewer says to have checked: paths of facts, none twice, at most kCheckedFieldsMax, each
// of which `offering` has. Adds issues with "checked_fields[i]".
void CheckCheckedFields(const std::vector<std::string>& fields,
                        const catalog::v1::Offering& offering, std::vector<base::Issue>& issues);

// Gives each of `fields` a claim CHECKED of `today`: the claim about it where there is one, which
// keeps its document and its last day, else a new one.
void AddChecked(const std::vector<std::string>& fields, base::DayNumber today,
                catalog::v1::Offering& offering);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_CLAIM_CHECKS_H_
