#include "service/paging.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
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

// A page of texts; which message the items are brings nothing to the rules.
class PageTest : public ::testing::Test {
 protected:
  Page<google::protobuf::StringValue> MakePage(int32_t size) {
    return {size, 7, kArguments, &items_, &token_};
  }
  static google::protobuf::StringValue Text(size_t size) {
    google::protobuf::StringValue text;
    text.set_value(std::string(size, 'x'));
    return text;
  }
  // The key that the next page begins behind; "none" without a token.
  std::string Next() const {
    if (token_.empty()) return "none";
    const auto place = DecodePageToken(token_, kArguments);
    EXPECT_TRUE(place.ok()) << place.status();
    EXPECT_EQ(place->revision, 7);
    return place->after;
  }

  google::protobuf::RepeatedPtrField<google::protobuf::StringValue> items_;
  std::string token_;
};

TEST_F(PageTest, IsFullAtItsSizeAndGoesOnBehindTheLastItem) {
  auto page = MakePage(2);
  EXPECT_TRUE(page.Add("a", Text(1)));
  EXPECT_TRUE(page.Add("b", Text(1)));
  EXPECT_EQ(Next(), "none") << "nothing says that there is more";
  EXPECT_FALSE(page.Add("c", Text(1)));
  EXPECT_EQ(items_.size(), 2);
  EXPECT_EQ(Next(), "b");
}

TEST_F(PageTest, IsFullInBytesButAlwaysHoldsOneItem) {
  auto page = MakePage(50);
  EXPECT_TRUE(page.Add("a", Text(3 * kPageBytesMax)));
  EXPECT_FALSE(page.Add("b", Text(1)));
  EXPECT_EQ(items_.size(), 1);
  EXPECT_EQ(Next(), "a");
}

TEST_F(PageTest, EndsBeforeTheItemThatWouldBeTooMuch) {
  auto page = MakePage(50);
  EXPECT_TRUE(page.Add("a", Text(kPageBytesMax / 2)));
  EXPECT_TRUE(page.Add("b", Text(kPageBytesMax / 4)));
  EXPECT_FALSE(page.Add("c", Text(kPageBytesMax / 2)));
  EXPECT_EQ(Next(), "b");
}

TEST_F(PageTest, GoesOnBehindWhatWasPassed) {
  auto page = MakePage(50);
  EXPECT_TRUE(page.Add("a", Text(1)));
  page.Pass("b");
  page.GoOn();
  EXPECT_EQ(items_.size(), 1);
  EXPECT_EQ(Next(), "b");
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
