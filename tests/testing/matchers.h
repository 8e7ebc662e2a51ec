// Matchers for absl::Status and absl::StatusOr, which the packaged Abseil lacks. Their names are
// those of newer Abseil.
//
//   EXPECT_THAT(Parse("x"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("digit")));
//   EXPECT_THAT(Parse("7"), IsOkAndHolds(7));
//   ASSERT_OK_AND_ASSIGN(const Entry entry, Load(path));
#ifndef APLOMB_TESTS_TESTING_MATCHERS_H_
#define APLOMB_TESTS_TESTING_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::testing {
namespace internal {

inline const absl::Status& GetStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

// A matcher of the value inside a StatusOr.
template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename StatusOr>
  operator ::testing::Matcher<StatusOr>() const {  // NOLINT(google-explicit-constructor)
    return ::testing::MakeMatcher(new Impl<StatusOr>(inner_));
  }

 private:
  template <typename StatusOr>
  class Impl : public ::testing::MatcherInterface<StatusOr> {
   public:
    using Value = typename std::remove_cvref_t<StatusOr>::value_type;

    explicit Impl(const Inner& inner) : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}

    void DescribeTo(std::ostream* out) const override {
      *out << "is OK and has a value that ";
      inner_.DescribeTo(out);
    }
    void DescribeNegationTo(std::ostream* out) const override {
      *out << "is not OK or has a value that ";
      inner_.DescribeNegationTo(out);
    }
    bool MatchAndExplain(StatusOr actual, ::testing::MatchResultListener* listener) const override {
      if (!actual.ok()) {
        *listener << "which is " << actual.status().ToString();
        return false;
      }
      *listener << "which has the value " << ::testing::PrintToString(*actual) << " ";
      return inner_.MatchAndExplain(*actual, listener);
    }

   private:
    const ::testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};

}  // namespace internal

// The status (of a StatusOr, its status) is OK.
MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << "which is " << internal::GetStatus(arg).ToString();
  return internal::GetStatus(arg).ok();
}

// The code is `code`.
MATCHER_P(StatusIs, code,
          std::string(negation ? "does not have" : "has") + " the code " +
              absl::StatusCodeToString(code)) {
  *result_listener << "which is " << internal::GetStatus(arg).ToString();
  return internal::GetStatus(arg).code() == code;
}

// The code is `code` and the message matches `message`.
MATCHER_P2(StatusIs, code, message,
           std::string(negation ? "does not have" : "has") + " the code " +
               absl::StatusCodeToString(code) + " and a message that " +
               ::testing::DescribeMatcher<std::string>(message, negation)) {
  const absl::Status& status = internal::GetStatus(arg);
  *result_listener << "which is " << status.ToString();
  return status.code() == code && ::testing::Matches(message)(std::string(status.message()));
}

// The StatusOr has a value, which matches `inner` (a value or a matcher).
template <typename Inner>
internal::IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return internal::IsOkAndHoldsMatcher<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

}  // namespace aplomb::testing

#define ASSERT_OK(...) ASSERT_THAT((__VA_ARGS__), ::aplomb::testing::IsOk())
#define EXPECT_OK(...) EXPECT_THAT((__VA_ARGS__), ::aplomb::testing::IsOk())

#define APLOMB_TESTING_CONCAT_INNER(a, b) a##b
#define APLOMB_TESTING_CONCAT(a, b) APLOMB_TESTING_CONCAT_INNER(a, b)

// Evaluates the StatusOr `...`; assigns its value to `lhs`, or ends the test with its status.
#define ASSERT_OK_AND_ASSIGN(lhs, ...) \
  APLOMB_ASSERT_OK_AND_ASSIGN(APLOMB_TESTING_CONCAT(aplomb_status_or_, __LINE__), lhs, __VA_ARGS__)

#define APLOMB_ASSERT_OK_AND_ASSIGN(status_or, lhs, ...)                     \
  auto status_or = (__VA_ARGS__);                                            \
  ASSERT_TRUE(status_or.ok()) << #__VA_ARGS__ << ": " << status_or.status(); \
  lhs = *std::move(status_or)

#endif  // APLOMB_TESTS_TESTING_MATCHERS_H_
