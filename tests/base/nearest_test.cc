#include "base/nearest.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::base {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(EditDistanceTest, CountsWhatLeadsFromOneToTheOther) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  // The usual example of textbooks: two letters changed, one put in.
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("same", "same"), 0u);
}

TEST(NearestTest, PutsTheNearestFirstAndEqualsInTheOrderGiven) {
  EXPECT_THAT(Nearest("WEBSIT", {"POS", "WEBSITE", "CRM", "website"}, 3),
              ElementsAre("WEBSITE", "website", "POS"));
  EXPECT_THAT(Nearest("x", {}, 3), IsEmpty());
}

TEST(MeantTest, NamesOnlyWhatIsLikeTheWord) {
  const std::vector<std::string> names = {"recommend", "receipt", "rulebook", "serve"};
  EXPECT_THAT(Meant("recommand", names, 3), ElementsAre("recommend"));
  EXPECT_THAT(Meant("RECOMMEND", names, 3), ElementsAre("recommend"));
  EXPECT_THAT(Meant("rec", names, 3), ElementsAre("receipt", "recommend"));
  EXPECT_THAT(Meant("bogus", names, 3), IsEmpty());
}

}  // namespace
}  // namespace aplomb::base
