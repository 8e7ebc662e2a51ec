// `recommend` and `show` against a server: what is asked for in error leaves nothing behind, and
// what an exclusion leans on in law is told by title and article.
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/dataset.h"
#include "tests/service/running_server.h"

namespace aplomb::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Outcome {
  int exit_code = -1;
  std::string printed;
  std::string errors;
};

class RecommendTest : public ::testing::Test {
 protected:
  RecommendTest() {
    ::aplomb::testing::WriteFileOrFail(dir_.Path("token"), service::TokenOf("marie"));
  }

  Outcome Ask(const std::string& profile, Language language = Language::kFrench) {
    ::aplomb::testing::WriteFileOrFail(dir_.Path("profile.yaml"), profile);
    RecommendOptions options;
    options.server.server = absl::StrCat("127.0.0.1:", server_.server().port());
    options.server.token_file = dir_.Path("token");
    options.profile = dir_.Path("profile.yaml");
    options.as_of = "2026-06-01";
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.exit_code = Recommend({.language = language}, options);
    outcome.printed = ::testing::internal::GetCapturedStdout();
    outcome.errors = ::testing::internal::GetCapturedStderr();
    return outcome;
  }
  int64_t EntryCount() { return server_.server().dataset().database().entry_count(); }

  const ::aplomb::testing::TempDir dir_;
  service::RunningServer server_;
};

constexpr char kValid[] =
    "profile:\n"
    "  department_code: \"69\"\n"
    "  staff_count: 4\n"
    "needs:\n"
    "  - {need_id: WEBSITE}\n";

TEST_F(RecommendTest, AllMistakesAreToldAtOnceAndNoEngagementIsLeftBehind) {
  const int64_t before = EntryCount();
  // One that opening an engagement finds, and two that asking finds.
  const std::string wrong =
      "profile:\n"
      "  siren: \"123456789\"\n"
      "  department_code: \"99\"\n"
      "needs:\n"
      "  - {need_id: WEBSITE}\n"
      "  - {need_id: NOWHERE}\n";
  const Outcome french = Ask(wrong);
  EXPECT_EQ(french.exit_code, kInvalidInput) << french.errors;
  EXPECT_THAT(french.errors, AllOf(HasSubstr("profile.siren"), HasSubstr("profile.department_code"),
                                   HasSubstr("needs[1]")));
  EXPECT_EQ(french.printed, "");
  const Outcome english = Ask(wrong, Language::kEnglish);
  EXPECT_EQ(english.exit_code, kInvalidInput);
  EXPECT_NE(english.errors, french.errors);
  EXPECT_EQ(EntryCount(), before) << "an entry was logged";
}

TEST_F(RecommendTest, AValidRequestOpensOneEngagement) {
  const int64_t before = EntryCount();
  const Outcome asked = Ask(kValid);
  EXPECT_EQ(asked.exit_code, kDone) << asked.errors;
  EXPECT_THAT(asked.printed, HasSubstr("WEBSITE"));
  const int64_t entries = EntryCount() - before;
  const Outcome again = Ask(kValid);
  EXPECT_EQ(again.exit_code, kDone) << again.errors;
  // The first request of a day also opens its epoch.
  EXPECT_EQ(EntryCount() - before - entries, 2) << "an engagement and a recommendation";
}

TEST_F(RecommendTest, AProfileThatIsNotOneIsRefusedInTheReadersLanguage) {
  const int64_t before = EntryCount();
  const std::string unknown_field = "profile: {shoe_size: 43}\nneeds: []\n";
  const Outcome french = Ask(unknown_field);
  EXPECT_EQ(french.exit_code, kInvalidInput);
  EXPECT_THAT(french.errors, AllOf(HasSubstr("le profil a des erreurs"), HasSubstr("shoe_size")));
  const Outcome english = Ask(unknown_field, Language::kEnglish);
  EXPECT_THAT(english.errors,
              AllOf(HasSubstr("the profile has errors"), Not(HasSubstr("le profil"))));
  EXPECT_EQ(EntryCount(), before);
}

}  // namespace
}  // namespace aplomb::cli
