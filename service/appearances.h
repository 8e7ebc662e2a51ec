// For how many firms an offering was ranked, shown, left to be confirmed or excluded, told so that
// nothing about fewer than kFirmsMin firms is told or can be computed (docs/members.md, "What is
// withheld"). Pure functions; thread-safe.
//
// What makes subtraction useless:
// - each firm is counted once, under the best that became of the offering for it, so that figures
// do
//   not overlap but for one (shown, of ranked);
// - outcomes of too few firms are withheld together, and others with them until what is withheld is
//   enough firms: the total less what is told is then no figure about few;
// - the firms that a table is about are given by need and quarter alone, never by the offering:
//   tables of two offerings, or of one before and after a change, have the same total;
// - a quarter is told when it is over and never changes: two answers of two days have no
// difference;
// - figures are rounded down, so that two offerings that differ in one fact do not tell how many
//   firms that fact is about.
#ifndef APLOMB_SERVICE_APPEARANCES_H_
#define APLOMB_SERVICE_APPEARANCES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/civil_day.h"

namespace aplomb::service {

// Firms below which a figure is not told.
inline constexpr int kFirmsMin = 10;
// Figures are rounded down to multiples of it.
inline constexpr int kFigureStep = 10;
static_assert(kFigureStep <= kFirmsMin, "else a figure about enough firms could be told as 0");
// Quarters that are looked at, the newest.
inline constexpr int kQuartersMax = 8;

// Outcomes that are no rule's.
inline constexpr absl::string_view kRanked = "RANKED";
inline constexpr absl::string_view kShown = "SHOWN";
inline constexpr absl::string_view kToConfirm = "TO_CONFIRM";
inline constexpr absl::string_view kNotListed = "NOT_LISTED";

// What became of an offering in one recommendation for one need.
struct Outcome {
  std::string firm;  // pseudonym
  // kShown; kRanked for a lower place; kToConfirm; kNotListed; or the code of a rule.
  std::string code;
};

struct Figures {
  enum class Withheld { kNothing, kSomeOutcomes, kFewFirms };

  int firms = 0;
  // kRanked (those shown included), kShown, kToConfirm, rules by code, kNotListed: so many or more.
  std::vector<std::pair<std::string, int>> counts;
  Withheld withheld = Withheld::kNothing;
};

// `firms_min` and `step` are kFirmsMin and kFigureStep but in tests, which need smaller worlds.
Figures CountOutcomes(const std::vector<Outcome>& outcomes, int firms_min = kFirmsMin,
                      int step = kFigureStep);

// The first day of the quarter of `day`.
base::DayNumber QuarterOf(base::DayNumber day);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_APPEARANCES_H_
