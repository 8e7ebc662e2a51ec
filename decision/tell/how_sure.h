// How sure a result is: other weights, what is unknown, what to ask next. Pure;
// thread-safe.
#ifndef APLOMB_DECISION_TELL_HOW_SURE_H_
#define APLOMB_DECISION_TELL_HOW_SURE_H_

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/explanation.pb.h"
#include "decision/tell/case.h"

namespace aplomb::tell {

// `need_id` empty: every need of the case.
advisor::v1::StabilityExplanation TellStability(const Case& opened, absl::string_view need_id);
advisor::v1::UnknownsExplanation TellUnknowns(const Case& opened, absl::string_view need_id);

}  // namespace aplomb::tell

#endif  // APLOMB_DECISION_TELL_HOW_SURE_H_
