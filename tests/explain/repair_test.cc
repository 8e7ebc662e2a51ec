// Repairs: against trying every set of wishes.
#include "decision/explain/repair.h"

#include <algorithm>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "tests/explain/explain_worlds.h"

namespace aplomb::explain {
namespace {

using engine::Dice;
using engine::Ranking;
using engine::RankWorld;
using engine::World;

std::set<uint32_t> RankedWith(World w, const std::vector<Wish>& wishes, uint32_t set) {
  engine::NeedRules& need = w.rules.needs[0][static_cast<size_t>(w.mode) - 1];
  for (size_t i = 0; i < wishes.size(); ++i) {
    if (((set >> i) & 1u) == 0) continue;
    if (wishes[i].kind == Wish::Kind::kConstraint) {
      need.constraints &= ~(uint64_t{1} << wishes[i].constraint);
    } else {
      w.request.must_features &= ~(1u << wishes[i].feature);
      w.request.nice_features |= 1u << wishes[i].feature;
    }
  }
  std::set<uint32_t> rows;
  for (const auto& o : RankWorld(w).ranked) rows.insert(o.row);
  return rows;
}

struct Expected {
  uint32_t set = 0;
  std::set<uint32_t> regained;
};

// All minimal sets of up to kMaxRelaxed wishes, ordered as promised.
std::vector<Expected> EverySet(const World& w, const std::vector<Wish>& wishes) {
  std::vector<Expected> found;
  for (uint32_t size = 1; size <= kMaxRelaxed; ++size) {
    for (uint32_t set = 0; set < (1u << wishes.size()); ++set) {
      if (__builtin_popcount(set) != static_cast<int>(size)) continue;
      const bool minimal = std::none_of(found.begin(), found.end(),
                                        [&](const Expected& e) { return (e.set & set) == e.set; });
      if (!minimal) continue;
      Expected expected{.set = set, .regained = RankedWith(w, wishes, set)};
      if (!expected.regained.empty()) found.push_back(std::move(expected));
    }
  }
  const auto places = [](uint32_t set) {
    std::vector<int> p;
    for (int i = 0; i < 32; ++i) {
      if (((set >> i) & 1u) != 0) p.push_back(i);
    }
    return p;
  };
  std::sort(found.begin(), found.end(), [&](const Expected& a, const Expected& b) {
    const std::vector<int> pa = places(a.set), pb = places(b.set);
    if (pa[0] != pb[0]) return pa[0] > pb[0];
    if (a.regained.size() != b.regained.size()) return a.regained.size() > b.regained.size();
    if (pa.size() != pb.size()) return pa.size() < pb.size();
    return pa > pb;
  });
  return found;
}

uint32_t SetOf(const std::vector<Wish>& wishes, const std::vector<Wish>& relaxed) {
  uint32_t set = 0;
  for (const Wish& r : relaxed) {
    for (size_t i = 0; i < wishes.size(); ++i) {
      if (wishes[i].kind == r.kind && wishes[i].feature == r.feature &&
          wishes[i].constraint == r.constraint) {
        set |= 1u << i;
      }
    }
  }
  return set;
}

TEST(Repairs, OfTenThousandWorldsAreTheMinimalSets) {
  const uint64_t seed = engine::TestSeed();
  uint64_t worlds = 0, repaired = 0, several = 0, large = 0, mandatory_kept = 0;
  for (uint64_t i = 0; worlds < 10'000; ++i) {
    World w = WorldNumber(seed, i);
    Dice dice(seed + i);
    if (w.request.must_features == 0) {
      w.request.must_features = static_cast<uint32_t>(dice.Between(1, 31));
      w.request.nice_features &= ~w.request.must_features;
    }
    const Ranking ranking = RankWorld(w);
    if (!ranking.ranked.empty()) continue;
    ++worlds;
    const uint64_t mandatory = dice.OneIn(3) ? dice.Bits() & 7u : 0;
    const std::vector<Wish> wishes =
        UsualWishes(Of(w), mandatory, {static_cast<uint8_t>(dice.Between(0, 4))}, {2});
    for (const Wish& wish : wishes) {
      ASSERT_TRUE(wish.kind == Wish::Kind::kMustFeature ||
                  ((mandatory >> wish.constraint) & 1) == 0);
    }
    const Repairs repairs = FindRepairs(Of(w), ranking, wishes);
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    ASSERT_TRUE(repairs.complete);
    std::vector<Expected> expected = EverySet(w, wishes);
    if (expected.empty()) {
      // One larger set, or none where all of them together do not help.
      const uint32_t all = (1u << wishes.size()) - 1;
      ASSERT_LE(repairs.repairs.size(), 1u);
      if (!repairs.repairs.empty()) {
        ++large;
        const uint32_t set = SetOf(wishes, repairs.repairs[0].relaxed);
        ASSERT_FALSE(RankedWith(w, wishes, set).empty());
        for (size_t k = 0; k < wishes.size(); ++k) {
          if (((set >> k) & 1u) == 0) continue;
          ASSERT_TRUE(RankedWith(w, wishes, set & ~(1u << k)).empty());
        }
      } else {
        ASSERT_TRUE(RankedWith(w, wishes, all).empty());
      }
      mandatory_kept += mandatory != 0;
      continue;
    }
    ++repaired;
    several += expected.size() > 1;
    if (expected.size() > kMaxRepairs) expected.resize(kMaxRepairs);
    ASSERT_EQ(repairs.repairs.size(), expected.size());
    for (size_t k = 0; k < expected.size(); ++k) {
      const Repair& repair = repairs.repairs[k];
      ASSERT_EQ(SetOf(wishes, repair.relaxed), expected[k].set) << k;
      ASSERT_EQ(std::set<uint32_t>(repair.regained.begin(), repair.regained.end()),
                expected[k].regained);
      ASSERT_TRUE(std::is_sorted(repair.regained.begin(), repair.regained.end()));
    }
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds: repaired " << repaired
            << ", in several ways " << several << ", only by more " << large << "\n";
  EXPECT_GT(repaired, 2'000u);
  EXPECT_GT(several, 500u);
  EXPECT_GT(mandatory_kept, 100u);
}

TEST(Repairs, WhereSomethingIsRankedThereIsNothingToRepair) {
  const World w = engine::EmptyWorld(2, 0, 0);
  const Repairs repairs = FindRepairs(Of(w), RankWorld(w), {});
  EXPECT_TRUE(repairs.repairs.empty());
  EXPECT_TRUE(repairs.complete);
}

// Five constraints that all fail: no four of them help, so the set of five is told.
TEST(Repairs, TellALargerSetWhereNoSmallOneHelps) {
  World w = engine::EmptyWorld(1, 0, 0);
  w.rules.conditions = {{.form = engine::ConditionForm::kAny}};  // never
  std::vector<Wish> wishes;
  for (uint8_t c = 0; c < 6; ++c) {
    w.rules.constraints.push_back({.satisfied_when = 0});
    if (c < 5) wishes.push_back({.constraint = c});
  }
  w.rules.needs[0][0].constraints = 0x1F;
  const Repairs repairs = FindRepairs(Of(w), RankWorld(w), wishes);
  ASSERT_EQ(repairs.repairs.size(), 1u);
  EXPECT_EQ(repairs.repairs[0].relaxed.size(), 5u);
  EXPECT_EQ(repairs.repairs[0].regained, std::vector<uint32_t>{0});
  // With a sixth that is no wish, nothing helps.
  w.rules.needs[0][0].constraints = 0x3F;
  EXPECT_TRUE(FindRepairs(Of(w), RankWorld(w), wishes).repairs.empty());
}

TEST(UsualWishes, AreFeaturesInTheirOrderThenConstraintsButNoneOfLaw) {
  World w = engine::EmptyWorld(1, 0, 0);
  w.rules.conditions = {{.form = engine::ConditionForm::kAll}};
  for (int c = 0; c < 4; ++c) w.rules.constraints.push_back({.satisfied_when = 0});
  w.rules.needs[0][0].constraints = 0xF;
  w.request.must_features = 0b1011;
  const std::vector<Wish> wishes = UsualWishes(Of(w), 0b0010, {3, 0}, {3, 1});
  ASSERT_EQ(wishes.size(), 6u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(wishes[i].kind, Wish::Kind::kMustFeature);
  EXPECT_EQ(wishes[0].feature, 3);
  EXPECT_EQ(wishes[1].feature, 0);
  EXPECT_EQ(wishes[2].feature, 1);
  EXPECT_EQ(wishes[3].constraint, 3);
  EXPECT_EQ(wishes[4].constraint, 0);
  EXPECT_EQ(wishes[5].constraint, 2);
}

}  // namespace
}  // namespace aplomb::explain
