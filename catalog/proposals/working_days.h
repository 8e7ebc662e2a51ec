// Working days of France, computed: Monday to Friday but for the eleven holidays of article L3133-1
// of the Code du travail (those of Alsace and Moselle alone are not among them). Pure functions.
#ifndef APLOMB_CATALOG_PROPOSALS_WORKING_DAYS_H_
#define APLOMB_CATALOG_PROPOSALS_WORKING_DAYS_H_

#include <cstdint>

#include "base/civil_day.h"

namespace aplomb::proposals {

// Days that people wait for, at most.
inline constexpr int32_t kReviewDays = 10;
inline constexpr int32_t kAcknowledgeDays = 2;
inline constexpr int32_t kAnswerDays = 15;
// Calendar days of notice before a membership ends.
inline constexpr int32_t kNoticeDays = 30;

// Easter Sunday of the Gregorian calendar (Meeus, "Astronomical Algorithms", chapter 8).
base::DayNumber EasterSunday(int32_t year);
bool IsWorkingDay(base::DayNumber day);
// The `count`-th working day after `day`; `day` itself where `count` is 0 or less.
base::DayNumber AddWorkingDays(base::DayNumber day, int32_t count);
// Working days after `from`, up to and including `to`; 0 where `to` is not later (a clock that was
// set back costs nobody a day).
int32_t WorkingDaysBetween(base::DayNumber from, base::DayNumber to);

}  // namespace aplomb::proposals

#endif  // APLOMB_CATALOG_PROPOSALS_WORKING_DAYS_H_
