#include "base/check.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace aplomb::base {
namespace {

enum class Color : uint8_t { kRed = 1, kBlue = 2 };

TEST(CheckTest, WhatHoldsGoesOnAndDoesNotEvaluateTheReason) {
  int evaluated = 0;
  const auto reason = [&] { return ++evaluated; };
  CHECK(true) << reason();
  CHECK_EQ(1, 1) << reason();
  CHECK_OK(absl::OkStatus()) << reason();
  CHECK_OK(absl::StatusOr<int>(3)) << reason();
  EXPECT_EQ(evaluated, 0);
}

TEST(CheckTest, OperandsAreEvaluatedOnce) {
  int calls = 0;
  const auto next = [&] { return ++calls; };
  CHECK(next() == 1);
  CHECK_LT(next(), 3);
  EXPECT_EQ(calls, 2);
}

TEST(CheckTest, IntegersOfDifferentSignednessCompareByValue) {
  CHECK_EQ(std::vector<int>(3).size(), 3);
  CHECK_LT(-1, uint64_t{0});
  CHECK_NE(int64_t{-1}, ~uint64_t{0});
  CHECK_EQ(Color::kRed, Color::kRed);
  CHECK_EQ(std::string("a"), "a");
}

TEST(CheckTest, StandsAloneInABranch) {
  bool other = false;
  if (other)
    CHECK_EQ(1, 1);
  else
    other = true;
  EXPECT_TRUE(other);
  if (!other)
    CHECK(true);
  else
    other = false;
  EXPECT_FALSE(other);
}

class CheckDeathTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(CheckDeathTest, SaysWhereWhatAndWhy) {
  EXPECT_DEATH(CHECK(1 > 2) << "reason " << 7,
               "check_test.cc:[0-9]+: CHECK failed: 1 > 2 reason 7");
  EXPECT_DEATH(CHECK_EQ(2 + 2, 5) << "sums", "2 \\+ 2 == 5 \\(4 vs. 5\\) sums");
  EXPECT_DEATH(CHECK_GE(-1, 0u), "-1 >= 0u \\(-1 vs. 0\\)");
  EXPECT_DEATH(CHECK_NE(Color::kBlue, Color::kBlue), "\\(2 vs. 2\\)");
  EXPECT_DEATH(CHECK_LT(uint8_t{65}, uint8_t{65}), "\\(65 vs. 65\\)");
  EXPECT_DEATH(CHECK_GT(1, 1), "1 > 1");
  EXPECT_DEATH(CHECK_LE(2, 1), "2 <= 1");
  EXPECT_DEATH(CHECK_EQ(std::vector<int>{1}, std::vector<int>{}), "value of [0-9]+ bytes");
  EXPECT_DEATH(CHECK_OK(absl::NotFoundError("gone")), "is OK \\(NOT_FOUND: gone\\)");
  EXPECT_DEATH(CHECK_OK(absl::StatusOr<int>(absl::AbortedError("race"))), "ABORTED: race");
}

}  // namespace
}  // namespace aplomb::base
