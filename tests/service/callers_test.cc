#include "service/callers.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/random.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/errors.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using ::aplomb::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kToken[] = "a-token-of-marie-with-40-characters-abcd";
constexpr char kOtherToken[] = "a-token-of-jean-with-40-characters-abcde";

std::string TwoLines() {
  return absl::StrCat("# who may call\n\n", TokenLine({Role::kAdvisor, "marie"}, kToken),
                      TokenLine({Role::kAuditor, "jean"}, kOtherToken));
}

TEST(TokenTable, FindsTheCallerOfAToken) {
  ASSERT_OK_AND_ASSIGN(const auto table, TokenTable::Parse(TwoLines()));
  EXPECT_EQ(table->size(), 2u);
  ASSERT_OK_AND_ASSIGN(const Caller marie,
                       table->Identify({{absl::StrCat("Bearer ", kToken)}, {}}));
  EXPECT_EQ(marie, (Caller{Role::kAdvisor, "marie"}));
  EXPECT_EQ(marie.Id(), "ADVISOR/marie");
  ASSERT_OK_AND_ASSIGN(const Caller jean,
                       table->Identify({{absl::StrCat("bearer  ", kOtherToken)}, {}}));
  EXPECT_EQ(jean, (Caller{Role::kAuditor, "jean"}));
}

TEST(TokenTable, WithoutCredentialsTheTokenIsMissing) {
  ASSERT_OK_AND_ASSIGN(const auto table, TokenTable::Parse(TwoLines()));
  const auto caller = table->Identify({});
  EXPECT_EQ(ReasonWord(caller.status()), "TOKEN_MISSING");
  EXPECT_EQ(caller.status().code(), absl::StatusCode::kUnauthenticated);
}

struct BadCredentials {
  const char* name;
  std::vector<std::string> authorization;
};
class UnknownTokens : public ::testing::TestWithParam<BadCredentials> {};

TEST_P(UnknownTokens, AreRefusedWithoutBeingRepeated) {
  ASSERT_OK_AND_ASSIGN(const auto table, TokenTable::Parse(TwoLines()));
  const auto caller = table->Identify({GetParam().authorization, {}});
  EXPECT_EQ(ReasonWord(caller.status()), "TOKEN_UNKNOWN");
  EXPECT_THAT(SerializeDetails(caller.status()), Not(HasSubstr("characters")));
}

INSTANTIATE_TEST_SUITE_P(
    All, UnknownTokens,
    ::testing::Values(
        BadCredentials{"Empty", {""}}, BadCredentials{"OnlyTheScheme", {"Bearer "}},
        BadCredentials{"AnotherScheme", {absl::StrCat("Basic ", kToken)}},
        BadCredentials{"NoScheme", {kToken}},
        BadCredentials{"OneCharacterLess", {absl::StrCat("Bearer ", kToken).substr(0, 46)}},
        BadCredentials{"OneCharacterMore", {absl::StrCat("Bearer ", kToken, "x")}},
        BadCredentials{"Short", {"Bearer abc"}},
        BadCredentials{"Enormous", {absl::StrCat("Bearer ", std::string(9000, 'a'))}},
        BadCredentials{"Two",
                       {absl::StrCat("Bearer ", kToken), absl::StrCat("Bearer ", kOtherToken)}}),
    [](const auto& row) { return std::string(row.param.name); });

struct BadFile {
  const char* name;
  std::string text;
  const char* problem;
};
class BadTokenFiles : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadTokenFiles, AreRefusedWithTheLine) {
  EXPECT_THAT(TokenTable::Parse(GetParam().text),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().problem)));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadTokenFiles,
    ::testing::Values(BadFile{"TwoWords", "ADVISOR marie\n", "line 1: 2 words"},
                      BadFile{"UnknownRole", "# x\nBOSS marie 00\n", "line 2: the role"},
                      BadFile{"LowerCaseRole", "advisor marie 00\n", "line 1: the role"},
                      BadFile{"BadSubject", "ADVISOR Marie 00\n", "line 1: the subject"},
                      BadFile{"NotADigest", "ADVISOR marie 00\n", "line 1: the third word"},
                      BadFile{"TwiceTheToken",
                              TokenLine({Role::kAdvisor, "a"}, kToken) +
                                  TokenLine({Role::kAdvisor, "b"}, kToken),
                              "line 2: the token is listed twice"},
                      BadFile{"AllAtOnce", "X\nADVISOR marie 00\n",
                              "line 1: 1 words; a line has a role, a "
                              "subject and a SHA-256; line 2:"}),
    [](const auto& row) { return std::string(row.param.name); });

// Somebody may write the token where its digest belongs.
TEST(TokenTable, DoesNotRepeatWhatStandsInALine) {
  const auto table = TokenTable::Parse(absl::StrCat("ADVISOR marie ", kToken));
  ASSERT_FALSE(table.ok());
  EXPECT_THAT(std::string(table.status().message()), Not(HasSubstr("token-of-marie")));
}

TEST(TokenTable, SaysWhichFileIsMissing) {
  EXPECT_THAT(TokenTable::ReadFile("/nowhere/tokens"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere/tokens")));
}

TEST(Tokens, AreLongAndDiffer) {
  base::Random& random = *base::SystemRandom::Get();
  const std::string a = DrawToken(random);
  EXPECT_GE(a.size(), kTokenSizeMin);
  EXPECT_LE(a.size(), kTokenSizeMax);
  EXPECT_NE(a, DrawToken(random));
}

TEST(Roles, HaveWords) {
  for (const Role role :
       {Role::kAdvisor, Role::kMember, Role::kReviewer, Role::kOperator, Role::kAuditor}) {
    EXPECT_EQ(ParseRole(RoleWord(role)), role);
  }
  EXPECT_EQ(ParseRole("nobody"), std::nullopt);
}

}  // namespace
}  // namespace aplomb::service
