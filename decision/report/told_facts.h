// What a firm told of itself, in words: every field of its profile that has no row
// of its own in the report (volumes, tools, budget, trade and the like have one).
// Pure; thread-safe.
#ifndef APLOMB_DECISION_REPORT_TOLD_FACTS_H_
#define APLOMB_DECISION_REPORT_TOLD_FACTS_H_

#include <string>
#include <vector>

#include "aplomb/catalog/v1/rulebook.pb.h"
#include "aplomb/type/profile.pb.h"
#include "decision/phrases.h"

namespace aplomb::report {

struct ToldFact {
  std::string label;
  std::string value;
};

// In the order of the profile; a "no" was told as much as a "yes". Not escaped. `rules` has the
// titles of needs.
std::vector<ToldFact> ToldFacts(const type::FirmProfile& profile,
                                const catalog::v1::Rulebook& rules, decision::Language language);

}  // namespace aplomb::report

#endif  // APLOMB_DECISION_REPORT_TOLD_FACTS_H_
