#include "catalog/proposals/working_days.h"

#include "base/check.h"

namespace aplomb::proposals {
namespace {

base::DayNumber Day(int32_t year, int32_t month, int32_t day) {
  const auto number = base::ToDayNumber({.year = year, .month = month, .day = day});
  CHECK_OK(number) << "a day of the calendar";
  return *number;
}

}  // namespace

base::DayNumber EasterSunday(int32_t year) {
  const int32_t a = year % 19;
  const int32_t b = year / 100;
  const int32_t c = year % 100;
  const int32_t d = b / 4;
  const int32_t e = b % 4;
  const int32_t f = (b + 8) / 25;
  const int32_t g = (b - f + 1) / 3;
  const int32_t h = (19 * a + b - d - g + 15) % 30;
  const int32_t i = c / 4;
  const int32_t k = c % 4;
  const int32_t l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int32_t m = (a + 11 * h + 22 * l) / 451;
  const int32_t n = h + l - 7 * m + 114;
  return Day(year, n / 31, n % 31 + 1);
}

bool IsWorkingDay(base::DayNumber day) {
  // 1970-01-01, day 0, was a Thursday; 0 is Monday.
  const int32_t weekday = ((day + 3) % 7 + 7) % 7;
  if (weekday >= 5) return false;
  const base::CivilDay civil = base::FromDayNumber(day);
  constexpr base::CivilDay kFixed[] = {
      {.year = 0, .month = 1, .day = 1},   {.year = 0, .month = 5, .day = 1},
      {.year = 0, .month = 5, .day = 8},   {.year = 0, .month = 7, .day = 14},
      {.year = 0, .month = 8, .day = 15},  {.year = 0, .month = 11, .day = 1},
      {.year = 0, .month = 11, .day = 11}, {.year = 0, .month = 12, .day = 25}};
  for (const base::CivilDay& holiday : kFixed) {
    if (civil.month == holiday.month && civil.day == holiday.day) return false;
  }
  const base::DayNumber easter = EasterSunday(civil.year);
  // Easter Monday, Ascension Day, Whit Monday.
  return day != easter + 1 && day != easter + 39 && day != easter + 50;
}

base::DayNumber AddWorkingDays(base::DayNumber day, int32_t count) {
  for (; count > 0; --count) {
    do ++day;
    while (!IsWorkingDay(day));
  }
  return day;
}

int32_t WorkingDaysBetween(base::DayNumber from, base::DayNumber to) {
  // Nobody waits longer than this; a clock set far ahead must not keep us counting.
  constexpr int32_t kDaysMax = 20 * 366;
  if (to > from + kDaysMax) to = from + kDaysMax;
  int32_t count = 0;
  for (base::DayNumber day = from + 1; day <= to; ++day) count += IsWorkingDay(day) ? 1 : 0;
  return count;
}

}  // namespace aplomb::proposals
