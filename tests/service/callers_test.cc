#include "service/callers.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
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

// A file of tokens on the disk, a clock that the test moves, and what is logged.
class TokenFileTest : public ::testing::Test {
 protected:
  // As `aplomb token` does: a whole new file takes the place of the old one.
  void Replace(const std::string& text) {
    testing::WriteFileOrFail(path_ + ".new", text);
    std::filesystem::rename(path_ + ".new", path_);
  }
  std::unique_ptr<TokenFile> Open() {
    auto opened = TokenFile::Open(path_, &clock_, &logger_);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  // "ADVISOR/marie", or the reason of the refusal.
  static std::string Who(const TokenFile& file, absl::string_view token) {
    const auto caller = file.Identify({{absl::StrCat("Bearer ", token)}, {}});
    return caller.ok() ? caller->Id() : ReasonWord(caller.status());
  }
  void LookAgain() { clock_.Advance(kTokenFileCheckInterval); }
  size_t Logged(absl::string_view event) const {
    return static_cast<size_t>(
        std::count_if(log_.begin(), log_.end(), [event](const std::string& line) {
          return line.find(std::string(event)) != std::string::npos;
        }));
  }

  const testing::TempDir dir_;
  const std::string path_ = dir_.Path("tokens");
  const std::string marie_ = TokenLine({Role::kAdvisor, "marie"}, kToken);
  const std::string jean_ = TokenLine({Role::kAuditor, "jean"}, kOtherToken);
  std::vector<std::string> log_;
  base::FakeClock clock_{absl::UnixEpoch()};
  base::Logger logger_{&clock_,
                       [this](absl::string_view line) { log_.push_back(std::string(line)); }};
};

TEST_F(TokenFileTest, NewTokensCountAndOldOnesEndWithoutARestart) {
  Replace(marie_);
  const auto file = Open();
  EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
  Replace(jean_);
  // Not looked at yet.
  EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
  EXPECT_EQ(Who(*file, kOtherToken), "TOKEN_UNKNOWN");
  LookAgain();
  EXPECT_EQ(Who(*file, kOtherToken), "AUDITOR/jean");
  EXPECT_EQ(Who(*file, kToken), "TOKEN_UNKNOWN");
  EXPECT_EQ(Logged("token_file_read"), 1u);
}

TEST_F(TokenFileTest, AFileThatStaysIsNotReadAgain) {
  Replace(marie_);
  const auto file = Open();
  for (int i = 0; i < 5; ++i) {
    LookAgain();
    EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
  }
  EXPECT_TRUE(log_.empty());
}

TEST_F(TokenFileTest, AWrongFileChangesNothingAndIsLoggedOnceWithoutATokenOfIt) {
  Replace(marie_);
  const auto file = Open();
  Replace(absl::StrCat(jean_, "ADVISOR eve ", kOtherToken, "\n"));
  for (int i = 0; i < 3; ++i) {
    LookAgain();
    EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
    EXPECT_EQ(Who(*file, kOtherToken), "TOKEN_UNKNOWN");
  }
  EXPECT_EQ(Logged("token_file_refused"), 1u);
  EXPECT_EQ(Logged("line 2"), 1u);
  EXPECT_EQ(Logged(kOtherToken), 0u);
  Replace(marie_ + jean_);
  LookAgain();
  EXPECT_EQ(Who(*file, kOtherToken), "AUDITOR/jean");
}

TEST_F(TokenFileTest, AFileThatIsGoneChangesNothingUntilItIsBack) {
  Replace(marie_);
  const auto file = Open();
  std::filesystem::remove(path_);
  LookAgain();
  EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
  LookAgain();
  EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
  EXPECT_EQ(Logged("token_file_refused"), 1u);
  Replace(jean_);
  LookAgain();
  EXPECT_EQ(Who(*file, kToken), "TOKEN_UNKNOWN");
}

TEST_F(TokenFileTest, AWrongFileIsRefusedAtTheStart) {
  Replace("ADVISOR marie\n");
  EXPECT_THAT(TokenFile::Open(path_, &clock_, &logger_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("line 1")));
}

TEST_F(TokenFileTest, ManyCallersAtOnceSeeOneOfTheStates) {
  Replace(marie_);
  const auto file = Open();
  std::atomic<bool> stop = false;
  std::atomic<int> strange = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        const std::string who = Who(*file, kToken);
        if (who != "ADVISOR/marie" && who != "TOKEN_UNKNOWN") ++strange;
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    Replace(i % 2 == 0 ? jean_ : marie_);
    LookAgain();
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(strange, 0);
  LookAgain();
  EXPECT_EQ(Who(*file, kToken), "ADVISOR/marie");
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
