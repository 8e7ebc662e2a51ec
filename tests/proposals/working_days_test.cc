#include "catalog/proposals/working_days.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::proposals {
namespace {

base::DayNumber Day(const char* text) {
  const auto day = base::ParseDay(text);
  EXPECT_TRUE(day.ok()) << text;
  return day.value_or(0);
}

// Dates as the Bureau des longitudes publishes them.
TEST(WorkingDays, EasterIsThatOfTheAlmanac) {
  for (const char* text : {"2000-04-23", "2008-03-23", "2011-04-24", "2019-04-21", "2024-03-31",
                           "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2285-03-22"}) {
    const base::DayNumber day = Day(text);
    EXPECT_EQ(base::FormatDay(EasterSunday(base::FromDayNumber(day).year)), text);
  }
}

TEST(WorkingDays, ElevenHolidaysOfAYear) {
  // 2026, those that fall on Monday to Friday.
  for (const char* text : {"2026-01-01", "2026-04-06", "2026-05-01", "2026-05-08", "2026-05-14",
                           "2026-05-25", "2026-07-14", "2026-11-11", "2026-12-25"}) {
    EXPECT_FALSE(IsWorkingDay(Day(text))) << text;
  }
  int count = 0;
  for (base::DayNumber day = Day("2026-01-01"); day <= Day("2026-12-31"); ++day) {
    count += IsWorkingDay(day) ? 1 : 0;
  }
  // 261 days from Monday to Friday, less the nine above (15 August and 1 November are on a
  // weekend).
  EXPECT_EQ(count, 252);
}

TEST(WorkingDays, DaysAreCountedFromTheNextOne) {
  struct Case {
    const char* from;
    int32_t count;
    const char* to;
  };
  for (const Case& row : {Case{"2026-11-23", 2, "2026-11-25"}, Case{"2026-11-20", 1, "2026-11-23"},
                          Case{"2026-11-21", 1, "2026-11-23"}, Case{"2026-05-07", 1, "2026-05-11"},
                          Case{"2026-12-24", 2, "2026-12-29"}, Case{"2026-11-23", 15, "2026-12-14"},
                          Case{"2026-11-23", 0, "2026-11-23"}}) {
    EXPECT_EQ(base::FormatDay(AddWorkingDays(Day(row.from), row.count)), row.to) << row.from;
    EXPECT_EQ(WorkingDaysBetween(Day(row.from), Day(row.to)), row.count) << row.from;
  }
}

TEST(WorkingDays, AClockSetBackOrFarAheadDoesNoHarm) {
  EXPECT_EQ(WorkingDaysBetween(Day("2026-11-23"), Day("2026-11-20")), 0);
  EXPECT_LT(WorkingDaysBetween(Day("2026-11-23"), Day("2999-12-31")), 20 * 366);
}

}  // namespace
}  // namespace aplomb::proposals
