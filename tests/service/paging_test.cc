#include "service/paging.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/errors.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

using ::aplomb::testing::IsOkAndHolds;

const std::vector<std::string> kArguments = {"List", "members/-", "WEBSITE"};

TEST(PageTokens, BringBackThePlace) {
  for (const PagePlace& place :
       {PagePlace{.after = "members/a", .revision = 7}, PagePlace{.after = "", .revision = 0},
        PagePlace{.after = std::string("\0\xff", 2), .revision = -1}}) {
    EXPECT_THAT(DecodePageToken(EncodePageToken(place, kArguments), kArguments),
                IsOkAndHolds(place));
  }
}

TEST(PageTokens, AreUrlSafe) {
  const std::string token =
      EncodePageToken({.after = std::string(60, '\xfb'), .revision = 1}, kArguments);
  EXPECT_THAT(token, ::testing::MatchesRegex("[A-Za-z0-9_-]+=*"));
}

TEST(PageTokens, NoTokenIsTheBeginning) {
  EXPECT_THAT(DecodePageToken("", kArguments), IsOkAndHolds(PagePlace{}));
}

TEST(PageTokens, OfOtherArgumentsAreRefused) {
  const std::string token = EncodePageToken({.after = "members/a", .revision = 7}, kArguments);
  for (const std::vector<std::string>& other :
       {std::vector<std::string>{"List", "members/-", "BOOKKEEPING"},
        {"List", "members/b", "WEBSITE"},
        {"Other", "members/-", "WEBSITE"},
        {"List", "members/-"},
        {"Listmembers/-", "WEBSITE"}}) {
    EXPECT_EQ(ReasonWord(DecodePageToken(token, other).status()), "PAGE_TOKEN_INVALID");
  }
}

TEST(PageTokens, EachChangedBitIsRefused) {
  const std::string token = EncodePageToken({.after = "members/a", .revision = 7}, kArguments);
  std::string bytes;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(token, &bytes));
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string changed = bytes;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(DecodePageToken(absl::WebSafeBase64Escape(changed), kArguments).ok()) << bit;
  }
  for (size_t size = 1; size < token.size(); ++size) {
    EXPECT_FALSE(DecodePageToken(token.substr(0, size), kArguments).ok()) << size;
  }
  EXPECT_FALSE(DecodePageToken(token + "A", kArguments).ok());
  EXPECT_FALSE(DecodePageToken(std::string(100'000, 'A'), kArguments).ok());
}

TEST(PageSizes, HaveADefaultAndAMaximum) {
  std::vector<base::Issue> issues;
  EXPECT_EQ(PageSize(0, issues), 50);
  EXPECT_EQ(PageSize(7, issues), 7);
  EXPECT_EQ(PageSize(1000, issues), 1000);
  EXPECT_EQ(PageSize(1001, issues), 1000);
  EXPECT_EQ(PageSize(INT32_MAX, issues), 1000);
  EXPECT_TRUE(issues.empty());
  PageSize(-1, issues);
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].field, "page_size");
}

}  // namespace
}  // namespace aplomb::service
