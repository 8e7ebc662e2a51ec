#include "base/status.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace aplomb::base {
namespace {

using ::aplomb::testing::IsOk;
using ::aplomb::testing::IsOkAndHolds;
using ::aplomb::testing::StatusIs;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<int> Half(int n) {
  if (n % 2 != 0) return absl::InvalidArgumentError("odd");
  return n / 2;
}

absl::StatusOr<int> Quarter(int n) {
  ASSIGN_OR_RETURN(const int half, Half(n));
  ASSIGN_OR_RETURN(int quarter, Half(half));
  return quarter;
}

absl::Status CheckEven(int n, bool* reached) {
  RETURN_IF_ERROR(Half(n).status());
  *reached = true;
  return absl::OkStatus();
}

TEST(StatusTest, AssignOrReturnAssignsTheValue) { EXPECT_THAT(Quarter(12), IsOkAndHolds(3)); }

TEST(StatusTest, AssignOrReturnReturnsTheFirstError) {
  EXPECT_THAT(Quarter(7), StatusIs(absl::StatusCode::kInvalidArgument, "odd"));
  EXPECT_THAT(Quarter(6), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("od")));
}

TEST(StatusTest, AssignOrReturnMovesWhatCannotBeCopied) {
  const auto make = []() -> absl::StatusOr<std::unique_ptr<int>> {
    return std::make_unique<int>(4);
  };
  const auto use = [&]() -> absl::StatusOr<int> {
    ASSIGN_OR_RETURN(const std::unique_ptr<int> four, make());
    return *four;
  };
  EXPECT_THAT(use(), IsOkAndHolds(4));
}

TEST(StatusTest, ReturnIfErrorGoesOnAfterOkOnly) {
  bool reached = false;
  EXPECT_THAT(CheckEven(3, &reached), Not(IsOk()));
  EXPECT_FALSE(reached);
  EXPECT_OK(CheckEven(4, &reached));
  EXPECT_TRUE(reached);
}

TEST(StatusTest, AnnotateKeepsCodeAndPayload) {
  absl::Status status = absl::NotFoundError("no row");
  status.SetPayload("type.example/x", absl::Cord("bytes"));
  const absl::Status annotated = Annotate(status, "offering 7");
  EXPECT_THAT(annotated, StatusIs(absl::StatusCode::kNotFound, "offering 7: no row"));
  EXPECT_EQ(annotated.GetPayload("type.example/x"), absl::Cord("bytes"));
  EXPECT_OK(Annotate(absl::OkStatus(), "anything"));
}

TEST(MatchersTest, MatchersTellOkFromError) {
  EXPECT_THAT(Half(3), Not(IsOkAndHolds(1)));
  EXPECT_THAT(Half(4), Not(IsOkAndHolds(Gt(2))));
  EXPECT_THAT(Half(4), Not(StatusIs(absl::StatusCode::kInvalidArgument)));
  EXPECT_THAT(Half(3), Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(Half(3), Not(StatusIs(absl::StatusCode::kInvalidArgument, "even")));
}

TEST(MatchersTest, AssertOkAndAssignEndsTheTestAtAnError) {
  ASSERT_OK_AND_ASSIGN(const int two, Half(4));
  EXPECT_EQ(two, 2);
  EXPECT_FATAL_FAILURE(
      {
        ASSERT_OK_AND_ASSIGN(const int none, Half(5));
        static_cast<void>(none);
      },
      "odd");
}

}  // namespace
}  // namespace aplomb::base
