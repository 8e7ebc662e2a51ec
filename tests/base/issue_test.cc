#include "base/issue.h"

#include <cstddef>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::base {
namespace {

using ::testing::ElementsAre;

const Issue kNegative = {.field = "price",
                         .reason = "PRICE_NEGATIVE",
                         .text_fr = "Le prix est négatif.",
                         .text_en = "The price is negative."};

TEST(IssueTest, FieldsAreJoinedAsPaths) {
  EXPECT_EQ(JoinField("", ""), "");
  EXPECT_EQ(JoinField("offering", ""), "offering");
  EXPECT_EQ(JoinField("", "price"), "price");
  EXPECT_EQ(JoinField("offering", "price"), "offering.price");
  EXPECT_EQ(JoinField("offerings", "[3].price"), "offerings[3].price");
}

TEST(IssueTest, IssuesOfAPartGetItsPath) {
  Issues part;
  part.Add(kNegative);
  Issues whole;
  EXPECT_TRUE(whole.empty());
  whole.AddAll("offerings[3]", part);
  Issue expected = kNegative;
  expected.field = "offerings[3].price";
  EXPECT_THAT(whole.list(), ElementsAre(expected));
  EXPECT_EQ(whole.ToString(), "offerings[3].price: The price is negative. (PRICE_NEGATIVE)\n");
}

TEST(IssueTest, IssuesAboveTheLimitAreCounted) {
  Issues many;
  for (size_t i = 0; i < Issues::kIssuesMax + 2; ++i) many.Add(kNegative);
  EXPECT_EQ(many.list().size(), Issues::kIssuesMax);
  EXPECT_EQ(many.dropped_count(), 2u);
  Issues more;
  more.Add(kNegative);
  more.AddAll("x", many);
  EXPECT_EQ(more.list().size(), Issues::kIssuesMax);
  EXPECT_EQ(more.dropped_count(), 3u);
  EXPECT_THAT(more.ToString(), ::testing::EndsWith("and 3 more\n"));
}

}  // namespace
}  // namespace aplomb::base
