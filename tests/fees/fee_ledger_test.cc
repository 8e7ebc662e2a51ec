#include "cli/fees/fee_ledger.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::fees {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(FeeLedger, ReadsWhatItWrites) {
  ASSERT_OK_AND_ASSIGN(const base::DayNumber day, base::ParseDay("2026-03-01"));
  const Payment payment{.day = day, .member = "acme-2", .cents = -50'000};
  EXPECT_EQ(WriteLine(payment), "2026-03-01 acme-2 -50000\n");
  EXPECT_THAT(ReadLedger("# fees\n\n" + WriteLine(payment)),
              testing::IsOkAndHolds(ElementsAre(payment)));
}

TEST(FeeLedger, TellsEveryBadLine) {
  const auto read = ReadLedger(
      "2026-02-30 a 1\n2026-01-01 a 1\n2026-01-01 A 1\n2026-01-01 a 0\n2026-01-01 a 1.5\nx\n"
      "2026-01-01 a 100000001\n");
  for (const char* line : {"line 1:", "line 3:", "line 4:", "line 5:", "line 6:", "line 7:"}) {
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(line));
  }
  EXPECT_THAT(std::string(read.status().message()), ::testing::Not(HasSubstr("line 2:")));
}

TEST(FeeLedger, AddsUpAYear) {
  ASSERT_OK_AND_ASSIGN(
      const auto payments,
      ReadLedger("2025-12-31 a 9\n2026-01-01 a 50000\n2026-05-01 b 300000\n2026-06-01 a -100\n"));
  EXPECT_THAT(YearlyFees(payments, 2026), ElementsAre(Pair("a", 49'900), Pair("b", 300'000)));
}

}  // namespace
}  // namespace aplomb::fees
