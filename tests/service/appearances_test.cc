// What a member is told of how often its offerings came up: that no figure is about too few firms,
// and that none follows from others, by trying all small worlds.
#include "service/appearances.h"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using Withheld = Figures::Withheld;

// `firms` firms more, each with one recommendation.
void Add(std::vector<Outcome>& outcomes, int firms, const std::string& code) {
  for (int i = 0; i < firms; ++i) {
    outcomes.push_back({.firm = absl::StrCat("f", outcomes.size()), .code = code});
  }
}

TEST(Figures, NineFirmsAreToldNothing) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 9, "SHOWN");
  const Figures figures = CountOutcomes(outcomes);
  EXPECT_EQ(figures.withheld, Withheld::kFewFirms);
  EXPECT_EQ(figures.firms, 0);
  EXPECT_THAT(figures.counts, IsEmpty());
}

TEST(Figures, OneFirmAskingFiftyTimesIsOneFirm) {
  EXPECT_EQ(CountOutcomes(std::vector<Outcome>(50, Outcome{"f", "SHOWN"})).withheld,
            Withheld::kFewFirms);
}

TEST(Figures, ShownIsPartOfRankedAndAllIsRoundedDown) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 14, "SHOWN");
  Add(outcomes, 25, "RANKED");
  Add(outcomes, 19, "H05");
  const Figures figures = CountOutcomes(outcomes);
  EXPECT_EQ(figures.withheld, Withheld::kNothing);
  EXPECT_EQ(figures.firms, 50);
  EXPECT_THAT(figures.counts, ElementsAre(Pair("RANKED", 30), Pair("SHOWN", 10), Pair("H05", 10)));
}

TEST(Figures, AFewFirstPlacesAreToldAsRankedOnly) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 9, "SHOWN");
  Add(outcomes, 25, "RANKED");
  const Figures figures = CountOutcomes(outcomes);
  EXPECT_EQ(figures.withheld, Withheld::kSomeOutcomes);
  EXPECT_THAT(figures.counts, ElementsAre(Pair("RANKED", 30)));
}

TEST(Figures, WhatIsAboutNineTakesTheSmallestOfTheOthersAlong) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 9, "H01");
  Add(outcomes, 11, "H02");
  Add(outcomes, 40, "RANKED");
  const Figures figures = CountOutcomes(outcomes);
  EXPECT_EQ(figures.withheld, Withheld::kSomeOutcomes);
  EXPECT_EQ(figures.firms, 60);
  EXPECT_THAT(figures.counts, ElementsAre(Pair("RANKED", 40)));
}

TEST(Figures, TooFewTwiceAreEnoughTogether) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 5, "H01");
  Add(outcomes, 5, "H02");
  Add(outcomes, 11, "H03");
  EXPECT_THAT(CountOutcomes(outcomes).counts, ElementsAre(Pair("H03", 10)));
}

TEST(Quarters, BeginInJanuaryAprilJulyAndOctober) {
  for (const auto& [day, first] :
       std::map<std::string, std::string>{{"2026-01-01", "2026-01-01"},
                                          {"2026-03-31", "2026-01-01"},
                                          {"2026-04-01", "2026-04-01"},
                                          {"2026-12-31", "2026-10-01"}}) {
    EXPECT_EQ(base::FormatDay(QuarterOf(base::ParseDay(day).value())), first) << day;
  }
}

TEST(Figures, AFirmIsCountedOnceUnderTheBestThatBecameOfIt) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 30, "H05");
  for (int i = 0; i < 20; ++i) {
    outcomes.push_back({.firm = absl::StrCat("f", i), .code = i < 10 ? "H01" : "RANKED"});
  }
  const Figures figures = CountOutcomes(outcomes);
  EXPECT_EQ(figures.firms, 30);
  EXPECT_THAT(figures.counts, ElementsAre(Pair("RANKED", 10), Pair("H01", 10), Pair("H05", 10)));
}

TEST(Figures, FirstPlacesAreNotToldWhereTheRestIsTooFew) {
  std::vector<Outcome> outcomes;
  Add(outcomes, 12, "SHOWN");
  Add(outcomes, 9, "RANKED");
  const Figures figures = CountOutcomes(outcomes);
  EXPECT_EQ(figures.withheld, Withheld::kSomeOutcomes);
  EXPECT_THAT(figures.counts, ElementsAre(Pair("RANKED", 20)));
}

// ---- All small worlds. Whoever reads an answer knows how it is made, and how many firms asked (as
// far as the public log tells), and can try every world that gives it. Where all of them agree on
// how many firms have some outcomes, that number is known: then it must be none, or enough.

// How many firms have each combination of outcomes of the offerings that a member asks about.
using World = std::vector<int>;

std::string TextOf(const Figures& figures) {
  std::string text = absl::StrCat(static_cast<int>(figures.withheld), " ", figures.firms);
  for (const auto& [code, count] : figures.counts) absl::StrAppend(&text, " ", code, count);
  return text;
}

using Tables = std::vector<std::vector<Outcome>>;  // by offering
using Tell = std::function<std::string(const Tables&)>;

// What is told, by firms_min and step.
Tell Told(int firms_min, int step) {
  return [firms_min, step](const Tables& tables) {
    std::string text = absl::StrCat(tables[0].size());
    for (const std::vector<Outcome>& of_offering : tables) {
      absl::StrAppend(&text, " | ", TextOf(CountOutcomes(of_offering, firms_min, step)));
    }
    return text;
  };
}

struct Known {
  int count = -1;
  bool agreed = true;
};

// Names the answers that give a number of 1 to firms_min - 1 firms away: of a cell, which is a
// subset of the combinations, but not all of them.
std::vector<std::string> GivenAway(const std::vector<std::vector<std::string>>& combinations,
                                   int firms_max, int firms_min, const Tell& tell) {
  const size_t cells = size_t{1} << combinations.size();
  std::map<std::string, std::vector<Known>> by_answer;
  World world(combinations.size());
  const auto look = [&] {
    Tables tables(combinations[0].size());
    int firm = 0;
    for (size_t place = 0; place < world.size(); ++place) {
      for (int i = 0; i < world[place]; ++i, ++firm) {
        for (size_t o = 0; o < tables.size(); ++o) {
          tables[o].push_back({.firm = absl::StrCat(firm), .code = combinations[place][o]});
        }
      }
    }
    std::vector<Known>& known = by_answer[tell(tables)];
    known.resize(cells);
    for (size_t cell = 1; cell < cells; ++cell) {
      int sum = 0;
      for (size_t place = 0; place < world.size(); ++place) {
        if ((cell >> place & 1) != 0) sum += world[place];
      }
      if (known[cell].count < 0) known[cell].count = sum;
      known[cell].agreed = known[cell].agreed && known[cell].count == sum;
    }
  };
  const std::function<void(size_t, int)> fill = [&](size_t place, int left) {
    if (place == world.size()) return look();
    for (int count = 0; count <= left; ++count) {
      world[place] = count;
      fill(place + 1, left - count);
    }
    world[place] = 0;
  };
  fill(0, firms_max);
  std::vector<std::string> given_away;
  for (const auto& [answer, known] : by_answer) {
    for (size_t cell = 1; cell < cells - 1; ++cell) {
      const Known& one = known[cell];
      if (one.agreed && one.count > 0 && one.count < firms_min) {
        given_away.push_back(absl::StrCat(answer, ": cell ", cell, " is ", one.count));
      }
    }
  }
  EXPECT_GT(by_answer.size(), 10u) << "worlds that all look alike would prove nothing";
  return given_away;
}

// With floors from three on: with one of two, what is withheld could be one firm's only. Without
// rounding it is easier to solve.
TEST(SmallWorlds, NoFigureAboutTooFewFollowsFromATable) {
  const std::vector<std::vector<std::string>> codes = {
      {"SHOWN"}, {"RANKED"}, {"TO_CONFIRM"}, {"H01"}, {"H02"}, {"H03"}, {"NOT_LISTED"}};
  EXPECT_THAT(GivenAway(codes, 14, 3, Told(3, 3)), IsEmpty());
}

// What the search can find: figures left out one by one, as if none could be computed.
TEST(SmallWorlds, TheSearchSolvesATableThatOnlyLeavesOutWhatIsSmall) {
  const auto naive = [](const Tables& tables) {
    std::map<std::string, int> counts;
    for (const Outcome& one : tables[0]) ++counts[one.code];
    std::string text = absl::StrCat(tables[0].size());
    for (const auto& [code, count] : counts) {
      absl::StrAppend(&text, " ", code, count < 3 ? "?" : absl::StrCat(count));
    }
    return text;
  };
  EXPECT_FALSE(GivenAway({{"RANKED"}, {"H01"}, {"H02"}}, 8, 3, naive).empty());
}

// Two offerings of one member, the second of which is ranked wherever the first one is and in some
// more: the difference is what few firms are like.
TEST(SmallWorlds, NorFromTheTablesOfTwoOfferingsThatDifferInOneFact) {
  const std::vector<std::vector<std::string>> nested = {
      {"RANKED", "RANKED"}, {"H01", "RANKED"}, {"H01", "H01"}};
  for (const int firms_min : {3, 4, 5}) {
    EXPECT_THAT(GivenAway(nested, 6 * firms_min, firms_min, Told(firms_min, firms_min)), IsEmpty());
    EXPECT_FALSE(GivenAway(nested, 6 * firms_min, firms_min, Told(firms_min, 1)).empty())
        << "this is what rounding is for";
  }
}

// Nor where they differ in three rules and a need is met by nobody.
TEST(SmallWorlds, NorFromThreeOfferings) {
  const std::vector<std::vector<std::string>> nested = {{"RANKED", "RANKED", "RANKED"},
                                                        {"H01", "RANKED", "RANKED"},
                                                        {"H01", "H02", "RANKED"},
                                                        {"H01", "H02", "NOT_LISTED"}};
  EXPECT_THAT(GivenAway(nested, 15, 3, Told(3, 3)), IsEmpty());
}

}  // namespace
}  // namespace aplomb::service
