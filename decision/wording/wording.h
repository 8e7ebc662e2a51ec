// A rule as a person reads it: what must hold of an offering, or what is measured and worth
// how many points of 100; when the rule applies, and what happens where something is not
// said. Together with the weights, what is written here is all that a score is made of.
// Pure; thread-safe.
//
// Lines come in order, two blanks per level in front; both languages have as many.
#ifndef APLOMB_DECISION_WORDING_WORDING_H_
#define APLOMB_DECISION_WORDING_WORDING_H_

#include <vector>

#include "absl/strings/string_view.h"

#include "aplomb/catalog/v1/rulebook.pb.h"
#include "aplomb/type/common.pb.h"

namespace aplomb::wording {

// `rulebook` is the one that the rule is part of, and compiles.
std::vector<type::LocalizedText> WordingOf(const catalog::v1::Constraint& constraint,
                                           const catalog::v1::Rulebook& rulebook);
std::vector<type::LocalizedText> WordingOf(const catalog::v1::Criterion& criterion,
                                           const catalog::v1::Rulebook& rulebook);

// How points become a score, bands and lists: what holds for all rules, and the numbers of the
// rulebook behind it.
std::vector<type::LocalizedText> WordingOfScore(const catalog::v1::Rulebook& rulebook);

// What a need asks for besides: "offering.coverage.regions", "features", "cost.tco36" in words.
type::LocalizedText MinimumFactText(absl::string_view name);

}  // namespace aplomb::wording

#endif  // APLOMB_DECISION_WORDING_WORDING_H_
