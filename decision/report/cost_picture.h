// Costs over 36 months as bars by component. Pure.
#ifndef APLOMB_DECISION_REPORT_COST_PICTURE_H_
#define APLOMB_DECISION_REPORT_COST_PICTURE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "decision/phrases.h"

namespace aplomb::report {

inline constexpr size_t kMaxBars = 8;

// What a line of a cost is.
enum class CostPart : uint8_t { kSubscription, kUsage, kOneOff, kAdded };
inline constexpr size_t kCostParts = 4;
CostPart PartOf(const advisor::v1::CostLine& line);
type::LocalizedText PartTitle(CostPart part);
// For the head of a column.
type::LocalizedText PartShortTitle(CostPart part);
absl::string_view PartColour(CostPart part);
// Micros of each part; they sum to the cost over 36 months.
std::array<int64_t, kCostParts> PartsOf(const advisor::v1::Cost& cost);

// An SVG of one bar per offering, in the order given, to one scale; a line marks the target.
// At most kMaxBars are drawn. Empty for none.
std::string CostPicture(const std::vector<const advisor::v1::RankedOffering*>& offerings,
                        int64_t target_micros, decision::Language language);

}  // namespace aplomb::report

#endif  // APLOMB_DECISION_REPORT_COST_PICTURE_H_
