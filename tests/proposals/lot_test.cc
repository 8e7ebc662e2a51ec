#include "catalog/proposals/lot.h"

#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::DrawnReviewer;
using ::testing::ElementsAreArray;

std::vector<std::string> Names(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(absl::StrCat("reviewers/r", i));
  return names;
}

TEST(Lot, TheOrderDoesNotDependOnTheOrderOfTheRoster) {
  const base::Digest secret = base::Sha256("secret");
  std::vector<std::string> names = Names(8);
  const auto order = DrawOrder(secret, "uid", 1, names);
  EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(order));
  std::mt19937 shuffle(7);
  for (int i = 0; i < 50; ++i) {
    std::shuffle(names.begin(), names.end(), shuffle);
    EXPECT_THAT(DrawOrder(secret, "uid", 1, names), ElementsAreArray(order));
  }
}

// Taking out one who is recused moves nobody else.
TEST(Lot, RecusingOneKeepsTheOrderOfTheOthers) {
  const base::Digest secret = base::Sha256("secret");
  const auto order = DrawOrder(secret, "uid", 1, Names(8));
  for (const std::string& recused : order) {
    std::vector<std::string> rest = Names(8);
    rest.erase(std::find(rest.begin(), rest.end(), recused));
    std::vector<std::string> expected = order;
    expected.erase(std::find(expected.begin(), expected.end(), recused));
    EXPECT_EQ(DrawOrder(secret, "uid", 1, rest), expected);
  }
}

TEST(Lot, EachIsFirstAboutAsOftenAsAnyOther) {
  const base::Digest secret = base::Sha256("secret");
  std::map<std::string, int> first;
  int sampled = 0;
  for (int i = 0; i < 6000; ++i) {
    ++first[DrawOrder(secret, absl::StrCat("uid", i), 1, Names(6))[0]];
    sampled += DrawSample(secret, absl::StrCat("uid", i), 1) ? 1 : 0;
  }
  // Mean 1000, standard deviation 29; and 1200 with 31.
  for (const auto& [name, count] : first) EXPECT_NEAR(count, 1000, 150) << name;
  EXPECT_NEAR(sampled, 1200, 160);
}

TEST(Lot, AnotherSubmissionIsAnotherDraw) {
  const base::Digest secret = base::Sha256("secret");
  int same = 0;
  for (int i = 0; i < 200; ++i) {
    const std::string uid = absl::StrCat("uid", i);
    same += DrawOrder(secret, uid, 1, Names(6)) == DrawOrder(secret, uid, 2, Names(6)) ? 1 : 0;
  }
  EXPECT_LT(same, 5);
}

// All verdicts of up to three reviewers, against the rule told another way.
TEST(Count, TwoThatAgreeDecideAndThreeThatDifferReturn) {
  const DrawnReviewer::Verdict all[] = {DrawnReviewer::VERDICT_UNSPECIFIED, DrawnReviewer::APPROVE,
                                        DrawnReviewer::RETURN, DrawnReviewer::REJECT};
  const std::map<DrawnReviewer::Verdict, Outcome> outcome = {
      {DrawnReviewer::APPROVE, Outcome::kApproved},
      {DrawnReviewer::RETURN, Outcome::kReturned},
      {DrawnReviewer::REJECT, Outcome::kRejected}};
  for (const auto a : all) {
    EXPECT_EQ(Count({a}, true), a == 0 ? Outcome::kOpen : outcome.at(a));
    for (const auto b : all) {
      const Outcome two = a == 0 || b == 0 ? Outcome::kOpen
                          : a == b         ? outcome.at(a)
                                           : Outcome::kDisagree;
      EXPECT_EQ(Count({a, b}, false), two);
      if (two != Outcome::kDisagree) continue;
      for (const auto c : all) {
        const Outcome three = c == 0             ? Outcome::kOpen
                              : c == a || c == b ? outcome.at(c)
                                                 : Outcome::kReturned;
        EXPECT_EQ(Count({a, b, c}, false), three);
      }
    }
  }
}

TEST(IsRecused, ByMembershipOrInterestInTheGroup) {
  catalog::v1::ReviewerRecord reviewer;
  const std::vector<std::string> group = {"members/a", "members/b"};
  EXPECT_FALSE(IsRecused(reviewer, group));
  reviewer.set_member("members/c");
  reviewer.add_interests("members/d");
  EXPECT_FALSE(IsRecused(reviewer, group));
  reviewer.add_interests("members/b");
  EXPECT_TRUE(IsRecused(reviewer, group));
  reviewer.clear_interests();
  reviewer.set_member("members/a");
  EXPECT_TRUE(IsRecused(reviewer, group));
}

}  // namespace
}  // namespace aplomb::proposals
