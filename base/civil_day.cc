#include "base/civil_day.h"

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/check.h"

namespace aplomb::base {
namespace {

constexpr int64_t kSecondsPerDay = 86400;

bool IsLeapYear(int32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int32_t DaysInMonth(int32_t year, int32_t month) {
  static constexpr std::array<int32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<size_t>(month - 1)] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years, years that
// begin in March. `month` and `day` must exist; `year` is any that fits.
int32_t DaysFromCivil(int32_t year, int32_t month, int32_t day) {
  if (month <= 2) --year;
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const int32_t year_of_era = year - era * 400;
  const int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// 0 is Sunday. 1970-01-01 was a Thursday.
int32_t Weekday(DayNumber number) { return ((number % 7) + 7 + 4) % 7; }

// Seconds since 1970 at 01:00 UTC of the last Sunday of the month.
int64_t ChangeOfClocks(int32_t year, int32_t month) {
  const DayNumber last = DaysFromCivil(year, month, DaysInMonth(year, month));
  return int64_t{last - Weekday(last)} * kSecondsPerDay + 3600;
}

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

bool IsValid(const CivilDay& day) {
  return day.year >= kYearMin && day.year <= kYearMax && day.month >= 1 && day.month <= 12 &&
         day.day >= 1 && day.day <= DaysInMonth(day.year, day.month);
}

absl::StatusOr<DayNumber> ToDayNumber(const CivilDay& day) {
  if (day.year < kYearMin || day.year > kYearMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("year ", day.year, " is not within ", kYearMin, " to ", kYearMax));
  }
  if (day.month < 1 || day.month > 12) {
    return absl::InvalidArgumentError(absl::StrCat("month ", day.month, " is not within 1 to 12"));
  }
  if (!IsValid(day)) {
    return absl::InvalidArgumentError(absl::StrCat("day ", day.day, " is not within 1 to ",
                                                   DaysInMonth(day.year, day.month), " of month ",
                                                   day.year, "-", day.month));
  }
  return DaysFromCivil(day.year, day.month, day.day);
}

CivilDay FromDayNumber(DayNumber number) {
  // 64 bits: adding the offset to the largest number would not fit in 32.
  const int64_t shifted = int64_t{number} + 719468;
  const int64_t era = FloorDivide(shifted, 146097);
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  return {.year = static_cast<int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)),
          .month = static_cast<int32_t>(month),
          .day = static_cast<int32_t>(day_of_year - (153 * shifted_month + 2) / 5 + 1)};
}

absl::StatusOr<DayNumber> ParseDay(absl::string_view text) {
  bool well_formed = text.size() == 10;
  for (size_t i = 0; well_formed && i < text.size(); ++i) {
    well_formed = (i == 4 || i == 7) ? text[i] == '-'
                                     : absl::ascii_isdigit(static_cast<unsigned char>(text[i]));
  }
  if (!well_formed) {
    return absl::InvalidArgumentError("a day is written as YYYY-MM-DD, for example 2024-02-29");
  }
  const auto number = [text](size_t begin, size_t size) {
    int32_t value = 0;
    for (const char c : text.substr(begin, size)) value = value * 10 + (c - '0');
    return value;
  };
  return ToDayNumber({.year = number(0, 4), .month = number(5, 2), .day = number(8, 2)});
}

std::string FormatDay(DayNumber number) {
  const CivilDay day = FromDayNumber(number);
  return absl::StrFormat("%04d-%02d-%02d", day.year, day.month, day.day);
}

DayNumber ParisDay(absl::Time time) {
  static const int64_t first = int64_t{DaysFromCivil(kYearMin, 1, 1)} * kSecondsPerDay;
  static const int64_t last = int64_t{DaysFromCivil(kYearMax, 12, 31)} * kSecondsPerDay;
  const int64_t seconds = std::clamp(absl::ToUnixSeconds(time), first, last);
  const int32_t year =
      FromDayNumber(static_cast<DayNumber>(FloorDivide(seconds, kSecondsPerDay))).year;
  const bool summer = seconds >= ChangeOfClocks(year, 3) && seconds < ChangeOfClocks(year, 10);
  return static_cast<DayNumber>(FloorDivide(seconds + (summer ? 7200 : 3600), kSecondsPerDay));
}

DayNumber AddMonths(DayNumber number, int32_t months) {
  const CivilDay day = FromDayNumber(number);
  const int64_t first_month = int64_t{kYearMin} * 12;
  const int64_t last_month = int64_t{kYearMax} * 12 + 11;
  const int64_t month_index =
      std::clamp(int64_t{day.year} * 12 + day.month - 1 + months, first_month, last_month);
  const auto year = static_cast<int32_t>(month_index / 12);
  const auto month = static_cast<int32_t>(month_index % 12) + 1;
  return DaysFromCivil(year, month, std::min(day.day, DaysInMonth(year, month)));
}

}  // namespace aplomb::base
