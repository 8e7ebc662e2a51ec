// `recommend` and `show` against a server: what is asked for in error leaves nothing behind, and
// what an exclusion leans on in law is told by title and article.
#include <functional>
#include <string>
#include <vector>

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
using ::testing::ContainsRegex;
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
    options.profile = dir_.Path("profile.yaml");
    options.as_of = as_of_;
    options.needs = needs_;
    return Run([&options, language](const ServerOptions& server) {
      options.server = server;
      return Recommend({.language = language}, options);
    });
  }
  Outcome Run(const std::function<int(const ServerOptions&)>& command) {
    ServerOptions server;
    server.server =
        no_server_ ? "127.0.0.1:1" : absl::StrCat("127.0.0.1:", server_.server().port());
    server.token_file = dir_.Path("token");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.exit_code = command(server);
    outcome.printed = ::testing::internal::GetCapturedStdout();
    outcome.errors = ::testing::internal::GetCapturedStderr();
    return outcome;
  }
  int64_t EntryCount() { return server_.server().dataset().database().entry_count(); }

  std::string as_of_ = "2026-06-01";
  std::vector<std::string> needs_;
  bool no_server_ = false;
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
  // The paths of the file with the line and the column of each, the count, one form of line.
  EXPECT_THAT(
      french.errors,
      AllOf(HasSubstr("BAD_REQUEST : la demande a 3 erreurs\n"),
            ContainsRegex("\n  profile\\.siren : [^ ]*profile\\.yaml:2:10 : .*\\(INVALID_SIREN\\)"),
            ContainsRegex("\n  profile\\.department_code : [^ ]*:3:20 : "),
            ContainsRegex("\n  needs\\[1\\]\\.need_id : [^ ]*:6:15 : .*NOWHERE")));
  EXPECT_EQ(french.printed, "");
  const Outcome english = Ask(wrong, Language::kEnglish);
  EXPECT_EQ(english.exit_code, kInvalidInput);
  EXPECT_THAT(
      english.errors,
      AllOf(HasSubstr("BAD_REQUEST: the request has 3 errors\n"),
            ContainsRegex("\n  profile\\.siren: [^ ]*profile\\.yaml:2:10: .*\\(INVALID_SIREN\\)"),
            Not(HasSubstr("attendus"))));
  EXPECT_EQ(EntryCount(), before) << "an entry was logged";
}

// What cannot be read does not keep the rest from being looked at.
TEST_F(RecommendTest, WhatCannotBeReadIsToldTogetherWithWhatIsWrong) {
  const std::string wrong =
      "profile:\n"
      "  siren: \"123456789\"\n"
      "  turnover: many EUR\n"
      "  activity: {nomenclature: NAF_REV2, code: \"99.99Z\"}\n"
      "  balance_total: 9000000000000.00 EUR\n"
      "  payment_methods: [CASHH, PAYMENT_METHOD_UNSPECIFIED]\n"
      "  ui_languages: [fr, xx]\n"
      "  budget: {monthly_max: -50.00 EUR}\n"
      "needs:\n"
      "  - {need_id: WEBSITE}\n"
      "  - {need_id: WEBSITE}\n"
      "  - {need_id: NOWHERE}\n";
  const Outcome asked = Ask(wrong);
  EXPECT_EQ(asked.exit_code, kInvalidInput);
  EXPECT_THAT(
      asked.errors,
      AllOf(HasSubstr("PROFILE_INVALID : le profil a 10 erreurs"),
            ContainsRegex("\n  profile\\.turnover : [^ ]*:3:13 : .*NOT_AN_AMOUNT"),
            ContainsRegex("\n  profile\\.balance_total : [^ ]*:5:18 : .*OUT_OF_RANGE"),
            ContainsRegex("\n  profile\\.siren : [^ ]*:2:10 : .*INVALID_SIREN"),
            ContainsRegex("\n  profile\\.activity\\.code : [^ ]*:4:44 : .*INVALID_NAF"),
            ContainsRegex("\n  profile\\.ui_languages\\[1\\] : [^ ]*:7:22 : .*UNKNOWN_LANG"),
            ContainsRegex("\n  profile\\.budget\\.monthly_max : [^ ]*:8:25 : Montant -50,00"),
            ContainsRegex("\n  needs\\[1\\]\\.need_id : [^ ]*:11:15 : .*DUPLICATE"),
            ContainsRegex("\n  needs\\[2\\]\\.need_id : [^ ]*:12:15 : .*UNKNOWN_NEED")));
  // Of an amount that could not be read nothing else is said.
  EXPECT_THAT(asked.errors, Not(HasSubstr("CURRENCY_NOT_EUR")));
  // Without a server the half that can be told is told, and that it is one half.
  no_server_ = true;
  const Outcome alone = Ask(wrong);
  EXPECT_EQ(alone.exit_code, kInvalidInput);
  EXPECT_THAT(alone.errors, AllOf(HasSubstr("profile.turnover"), HasSubstr("le profil a 4 erreurs"),
                                  HasSubstr("Le reste n'a pas été vérifié : aucun serveur")));
}

TEST_F(RecommendTest, WhatOptionsSayIsToldByTheirNames) {
  needs_ = {"A / B", "website"};
  as_of_ = "2020-02-30";
  const Outcome french = Ask(kValid);
  EXPECT_EQ(french.exit_code, kInvalidInput);
  EXPECT_THAT(french.errors, AllOf(HasSubstr("BAD_REQUEST : la demande a 2 erreurs"),
                                   HasSubstr("\n  --as-of : \"2020-02-30\" ; "),
                                   HasSubstr("\n  --need : Besoin « A / B » inconnu"),
                                   Not(HasSubstr("rulebook"))));
  const Outcome english = Ask(kValid, Language::kEnglish);
  EXPECT_THAT(english.errors, AllOf(HasSubstr("\n  --as-of: \"2020-02-30\"; "),
                                    HasSubstr("\n  --need: Need \"A / B\" is not in the rulebook"),
                                    Not(HasSubstr("inconnu"))));
  as_of_ = "2001-01-01";
  needs_ = {};
  const Outcome early = Ask(kValid);
  EXPECT_EQ(early.exit_code, kInvalidInput);
  EXPECT_THAT(
      early.errors,
      HasSubstr("REVISION_UNAVAILABLE : Aucun jeu de règles du catalogue n'est en vigueur le "
                "2001-01-01.\n"));
}

TEST_F(RecommendTest, ANeedThatIsNotThereIsNoEmptyList) {
  const Outcome list = Run([this](const ServerOptions& server) {
    return Offerings({.language = Language::kFrench}, server, "websit", "");
  });
  EXPECT_EQ(list.exit_code, kInvalidInput);
  EXPECT_THAT(list.errors, AllOf(HasSubstr("--need : Besoin « WEBSIT » inconnu"),
                                 HasSubstr("WEBSITE"), HasSubstr("(UNKNOWN_NEED)")));
  const Outcome one = Run([this](const ServerOptions& server) {
    return Needs({.language = Language::kEnglish}, server, "websit");
  });
  EXPECT_EQ(one.exit_code, kNotFound);
  EXPECT_THAT(one.errors, HasSubstr("UNKNOWN_NEED: there is no need \"websit\"; near: WEBSITE"));
}

// What the server says of a name is told in French, its English sentence left out.
TEST_F(RecommendTest, ErrorsOfTheServerHaveTheirFrench) {
  const Outcome none = Run([this](const ServerOptions& server) {
    return Offerings({.language = Language::kFrench}, server, "", "members/none/offerings/none");
  });
  EXPECT_EQ(none.exit_code, kNotFound);
  EXPECT_THAT(none.errors, AllOf(HasSubstr("(nom : members/none/offerings/none ; nature : offre)"),
                                 Not(HasSubstr("There is"))));
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
  EXPECT_THAT(french.errors, AllOf(HasSubstr("PROFILE_INVALID : le profil a 2 erreurs"),
                                   HasSubstr("shoe_size"), HasSubstr("(MISSING)")));
  const Outcome english = Ask(unknown_field, Language::kEnglish);
  EXPECT_THAT(english.errors,
              AllOf(HasSubstr("the profile has 2 errors"), Not(HasSubstr("le profil"))));
  EXPECT_EQ(EntryCount(), before);
}

}  // namespace
}  // namespace aplomb::cli
