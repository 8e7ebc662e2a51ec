// Why, why not, and two side by side, in words. Pure; thread-safe.
#ifndef APLOMB_DECISION_TELL_WHY_H_
#define APLOMB_DECISION_TELL_WHY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/explanation.pb.h"
#include "decision/tell/case.h"

namespace aplomb::tell {

// Why `offering`, any of the catalogue, stands where it stands. `need_id` empty: for
// every need of the case.
advisor::v1::WhyNotExplanation TellWhyNot(const Case& opened, const std::string& offering,
                                          absl::string_view need_id);

advisor::v1::ComparisonExplanation TellComparison(const Case& opened, const std::string& a,
                                                  const std::string& b, absl::string_view need_id);

}  // namespace aplomb::tell

#endif  // APLOMB_DECISION_TELL_WHY_H_
