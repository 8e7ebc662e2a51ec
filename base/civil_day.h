// Days as numbers: what decisions are made of. Pure functions.
#ifndef APLOMB_BASE_CIVIL_DAY_H_
#define APLOMB_BASE_CIVIL_DAY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace aplomb::base {

// Days since 1970-01-01 of the proleptic Gregorian calendar; that day is 0.
using DayNumber = int32_t;

struct CivilDay {
  int32_t year = 1970;
  int32_t month = 1;  // 1 to 12
  int32_t day = 1;    // 1 to 31

  friend bool operator==(const CivilDay&, const CivilDay&) = default;
};

// Years that a day may have. Firms older than that have existed since then, for our rules.
inline constexpr int32_t kYearMin = 1800;
inline constexpr int32_t kYearMax = 2999;

// True if the day exists in the calendar and its year is within the limits.
bool IsValid(const CivilDay& day);

// InvalidArgument unless IsValid(day); the message names what is wrong.
absl::StatusOr<DayNumber> ToDayNumber(const CivilDay& day);
// The inverse. Any number is accepted.
CivilDay FromDayNumber(DayNumber number);

// "2024-02-29". Exactly this form (ISO 8601 calendar date); InvalidArgument for any other or for a
// day that does not exist.
absl::StatusOr<DayNumber> ParseDay(absl::string_view text);
std::string FormatDay(DayNumber number);

// The day it is in Paris at `time`, by the rule of directive 2000/84/EC (and, in this form, in use
// since 1996): UTC+1, and UTC+2 from the last Sunday of March 01:00 UTC to the last Sunday of
// October 01:00 UTC. Written down here rather than read from the zone database, which a bare
// machine may lack and whose versions differ: a decision must come out the same everywhere. Earlier
// years use the same rule. Times outside the limits of the years give the nearest day inside.
DayNumber ParisDay(absl::Time time);

// The day `months` months later (or earlier, if negative), with the day of the month cut to the
// length of that month: one month after 31 January is 28 or 29 February. Years are cut to the
// limits.
DayNumber AddMonths(DayNumber number, int32_t months);

}  // namespace aplomb::base

#endif  // APLOMB_BASE_CIVIL_DAY_H_
