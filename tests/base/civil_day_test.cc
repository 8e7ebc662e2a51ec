#include "base/civil_day.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::HasSubstr;

TEST(CivilDayTest, EveryDayWithinTheLimitsAgreesWithAbseil) {
  const absl::CivilDay epoch(1970, 1, 1);
  DayNumber expected = static_cast<DayNumber>(absl::CivilDay(kYearMin, 1, 1) - epoch);
  for (absl::CivilDay day(kYearMin, 1, 1); day <= absl::CivilDay(kYearMax, 12, 31); ++day) {
    const CivilDay ours = {
        .year = static_cast<int32_t>(day.year()), .month = day.month(), .day = day.day()};
    ASSERT_EQ(*ToDayNumber(ours), expected) << day;
    ASSERT_EQ(FromDayNumber(expected), ours) << day;
    ++expected;
  }
}

TEST(CivilDayTest, TheExtremeNumbersHaveADay) {
  // 2^31 days are 5,879,610 years and some months.
  EXPECT_EQ(FromDayNumber(std::numeric_limits<DayNumber>::max()),
            (CivilDay{.year = 5881580, .month = 7, .day = 11}));
  EXPECT_EQ(FromDayNumber(std::numeric_limits<DayNumber>::min()),
            (CivilDay{.year = -5877641, .month = 6, .day = 23}));
}

struct DayCase {
  const char* name;
  const char* text;
  // The number, or the error's message.
  DayNumber number;
  const char* error;
};

class ParseDayTest : public ::testing::TestWithParam<DayCase> {};

TEST_P(ParseDayTest, Parses) {
  const DayCase& c = GetParam();
  if (c.error == nullptr) {
    EXPECT_THAT(ParseDay(c.text), IsOkAndHolds(c.number));
    EXPECT_EQ(FormatDay(c.number), c.text);
  } else {
    EXPECT_THAT(ParseDay(c.text), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.error)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Days, ParseDayTest,
    ::testing::Values(
        DayCase{"Epoch", "1970-01-01", 0, nullptr}, DayCase{"DayBefore", "1969-12-31", -1, nullptr},
        DayCase{"LeapDay", "2024-02-29", 19782, nullptr},
        DayCase{"LeapDayOf400", "2000-02-29", 11016, nullptr},
        DayCase{"FirstYear", "1800-01-01", -62091, nullptr},
        DayCase{"LastYear", "2999-12-31", 376199, nullptr},
        // No such day.
        DayCase{"NoLeapYear", "2023-02-29", 0, "day 29 is not within 1 to 28"},
        DayCase{"NoLeapCentury", "1900-02-29", 0, "day 29 is not within 1 to 28"},
        DayCase{"DayZero", "2024-01-00", 0, "day 0"}, DayCase{"June31", "2024-06-31", 0, "1 to 30"},
        DayCase{"MonthZero", "2024-00-10", 0, "month 0"},
        DayCase{"Month13", "2024-13-10", 0, "month 13"},
        DayCase{"TooEarly", "1799-12-31", 0, "year 1799"},
        DayCase{"TooLate", "3000-01-01", 0, "year 3000"},
        // Another form.
        DayCase{"Empty", "", 0, "YYYY-MM-DD"}, DayCase{"NoZero", "2024-1-01", 0, "YYYY-MM-DD"},
        DayCase{"Slashes", "2024/01/01", 0, "YYYY-MM-DD"},
        DayCase{"French", "01-01-2024", 0, "YYYY-MM-DD"},
        DayCase{"Space", " 2024-01-01", 0, "YYYY-MM-DD"},
        DayCase{"Time", "2024-01-01T00", 0, "YYYY-MM-DD"},
        DayCase{"Sign", "+024-01-01", 0, "YYYY-MM-DD"},
        DayCase{"NotAscii", "２24-01-1", 0, "YYYY-MM-DD"}),
    [](const auto& param_info) { return param_info.param.name; });

struct ParisCase {
  const char* name;
  const char* utc;
  const char* day;
};

class ParisDayTest : public ::testing::TestWithParam<ParisCase> {};

TEST_P(ParisDayTest, IsTheDayInParis) {
  absl::Time time;
  std::string error;
  ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, GetParam().utc, &time, &error)) << error;
  EXPECT_EQ(FormatDay(ParisDay(time)), GetParam().day);
}

INSTANTIATE_TEST_SUITE_P(
    Days, ParisDayTest,
    ::testing::Values(
        // Winter, UTC+1: midnight is 23:00 UTC.
        ParisCase{"WinterBefore", "2024-01-15T22:59:59Z", "2024-01-15"},
        ParisCase{"WinterAfter", "2024-01-15T23:00:00Z", "2024-01-16"},
        // Summer, UTC+2: midnight is 22:00 UTC.
        ParisCase{"SummerBefore", "2024-07-15T21:59:59Z", "2024-07-15"},
        ParisCase{"SummerAfter", "2024-07-15T22:00:00Z", "2024-07-16"},
        // 31 March 2024 was the last Sunday: that evening is summer, the evening before is winter.
        ParisCase{"EveOfSummer", "2024-03-30T22:30:00Z", "2024-03-30"},
        ParisCase{"FirstOfSummer", "2024-03-31T22:30:00Z", "2024-04-01"},
        // 27 October 2024 was the last Sunday.
        ParisCase{"EveOfWinter", "2024-10-26T22:30:00Z", "2024-10-27"},
        ParisCase{"FirstOfWinter", "2024-10-27T22:30:00Z", "2024-10-27"},
        ParisCase{"NewYear", "2024-12-31T23:00:00Z", "2025-01-01"},
        // Outside the limits: the nearest day inside.
        ParisCase{"LongAgo", "1492-10-12T00:00:00Z", "1800-01-01"},
        ParisCase{"FarAway", "4000-01-01T00:00:00Z", "2999-12-31"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(ParisDayTest, InfiniteTimesAreCut) {
  EXPECT_EQ(FormatDay(ParisDay(absl::InfinitePast())), "1800-01-01");
  EXPECT_EQ(FormatDay(ParisDay(absl::InfiniteFuture())), "2999-12-31");
}

TEST(ParisDayTest, AgreesWithTheZoneDatabase) {
  absl::TimeZone paris;
  if (!absl::LoadTimeZone("Europe/Paris", &paris)) GTEST_SKIP() << "no zone database here";
  // Half past each hour of the years since the rule is in force.
  const absl::Time end = absl::FromCivil(absl::CivilYear(2037), absl::UTCTimeZone());
  for (absl::Time time = absl::FromCivil(absl::CivilSecond(1996, 1, 1, 0, 30), absl::UTCTimeZone());
       time < end; time += absl::Hours(1)) {
    const absl::CivilDay expected = absl::ToCivilDay(time, paris);
    ASSERT_EQ(ParisDay(time), expected - absl::CivilDay(1970, 1, 1)) << time;
  }
}

TEST(AddMonthsTest, CutsTheDayToTheMonth) {
  const auto add = [](const char* day, int32_t months) {
    return FormatDay(AddMonths(*ParseDay(day), months));
  };
  EXPECT_EQ(add("2024-01-31", 0), "2024-01-31");
  EXPECT_EQ(add("2024-01-31", 1), "2024-02-29");
  EXPECT_EQ(add("2023-01-31", 1), "2023-02-28");
  EXPECT_EQ(add("2024-01-15", 36), "2027-01-15");
  EXPECT_EQ(add("2024-01-15", -1), "2023-12-15");
  EXPECT_EQ(add("2024-12-31", 2), "2025-02-28");
  EXPECT_EQ(add("2024-02-29", -48), "2020-02-29");
  EXPECT_EQ(add("2990-06-15", std::numeric_limits<int32_t>::max()), "2999-12-15");
  EXPECT_EQ(add("2024-06-15", std::numeric_limits<int32_t>::min()), "1800-01-15");
}

}  // namespace
}  // namespace aplomb::base
