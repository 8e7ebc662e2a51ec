// What would have to change, and what to give up where nothing qualifies. Pure;
// thread-safe. What is told of is the one offering asked about, or a set without an
// order: never another ranking.
#ifndef APLOMB_DECISION_TELL_WHAT_IF_H_
#define APLOMB_DECISION_TELL_WHAT_IF_H_

#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/explanation.pb.h"
#include "decision/tell/case.h"

namespace aplomb::tell {

inline constexpr int kRegainedShown = 10;  // offerings of one repair

// `need_id` empty: every need of the case. `goal` and `side` are not UNSPECIFIED.
advisor::v1::CounterfactualExplanation TellCounterfactuals(
    const Case& opened, const std::string& offering,
    advisor::v1::CounterfactualExplanation::Goal goal,
    advisor::v1::CounterfactualExplanation::Side side, absl::string_view need_id);

// Names of members are left to the service.
advisor::v1::RepairsExplanation TellRepairs(const Case& opened, absl::string_view need_id);

}  // namespace aplomb::tell

#endif  // APLOMB_DECISION_TELL_WHAT_IF_H_
