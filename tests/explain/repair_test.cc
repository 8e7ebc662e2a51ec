// Repairs: against trying every set of wishes.
#include "decision/explain/repair.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/explain/explain_worlds.h"

namespace aplomb::explain {
namespace {

using engine::Dice;
using engine::Ranking;
using engine::RankWorld;
using engine::World;

// By the letter: what a measure reads of the firm.
bool ReadsFirm(const engine::Measure& m, const World& w);

bool ReadsFirm(engine::ConditionId id, const World& w) {
  const engine::Condition& c = w.rules.conditions[id];
  if (c.form == engine::ConditionForm::kComparison) {
    return ReadsFirm(w.rules.measures[c.left], w) || ReadsFirm(w.rules.measures[c.right], w);
  }
  return std::any_of(c.children.begin(), c.children.end(),
                     [&](engine::ConditionId child) { return ReadsFirm(child, w); });
}

bool ReadsFirm(const engine::Measure& m, const World& w) {
  const auto is_firms = [](const engine::FactRef& ref) {
    return ref.side == engine::FactRef::Side::kRequest;
  };
  using engine::MeasureKind;
  switch (m.kind) {
    case MeasureKind::kConstant:
    case MeasureKind::kCost:
      return false;
    case MeasureKind::kFact:
      return is_firms(m.first);
    case MeasureKind::kSetCoverage:
    case MeasureKind::kSectorFit:
    case MeasureKind::kDifference:
      return is_firms(m.first) || is_firms(m.second);
    case MeasureKind::kSizeDistance:
      return is_firms(m.first) || is_firms(m.second) || is_firms(m.third);
    case MeasureKind::kHeadroom:
      return std::any_of(m.limits.begin(), m.limits.end(),
                         [](const engine::LimitRef& limit) { return limit.metric != 0; });
    case MeasureKind::kFeatureCoverage:
      return true;
    case MeasureKind::kLadder:
    case MeasureKind::kFirstMatch:
      return std::any_of(m.steps.begin(), m.steps.end(),
                         [&](const engine::MeasureStep& step) { return ReadsFirm(step.when, w); });
  }
  return false;
}

// The condition with every comparison with what the firm says taken as met.
engine::ConditionId TakenAsMet(engine::ConditionId id, bool met, World& w) {
  engine::Condition c = w.rules.conditions[id];
  if (c.form == engine::ConditionForm::kComparison) {
    if (!ReadsFirm(id, w)) return id;
    // "All of nothing" is true, "any of nothing" is false.
    c = {.form = met ? engine::ConditionForm::kAll : engine::ConditionForm::kAny};
  } else {
    const bool child = met != (c.form == engine::ConditionForm::kNot);
    for (engine::ConditionId& one : c.children) one = TakenAsMet(one, child, w);
  }
  w.rules.conditions.push_back(c);
  return static_cast<engine::ConditionId>(w.rules.conditions.size() - 1);
}

std::set<uint32_t> RankedWith(World w, const std::vector<Wish>& wishes, uint32_t set) {
  for (size_t i = 0; i < wishes.size(); ++i) {
    if (((set >> i) & 1u) == 0) continue;
    if (wishes[i].kind == Wish::Kind::kConstraint) {
      engine::Constraint& constraint = w.rules.constraints[wishes[i].constraint];
      constraint.satisfied_when = TakenAsMet(constraint.satisfied_when, true, w);
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
        UsualWishes(Of(w), mandatory, {static_cast<uint8_t>(dice.Between(0, 4))});
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

// A world of one offering and constraints "the firm's fact 0 is 1", which is not so.
World Demanding(uint8_t constraints) {
  World w = engine::EmptyWorld(1, 1, 1);
  w.rules.measures = {
      {.kind = engine::MeasureKind::kFact, .first = {engine::FactRef::Side::kRequest, 0}},
      {.kind = engine::MeasureKind::kConstant, .constant = 1},
      {.kind = engine::MeasureKind::kFact, .first = {.slot = 0}}};
  w.rules.conditions = {{.form = engine::ConditionForm::kComparison, .left = 0, .right = 1}};
  w.request.facts[0] = {.value = 0, .known = true};
  w.table.columns[0] = {.values = {0}, .evidence = {engine::Evidence::kChecked}};
  for (uint8_t c = 0; c < constraints; ++c) w.rules.constraints.push_back({.satisfied_when = 0});
  w.rules.needs[0][0].constraints = (uint64_t{1} << constraints) - 1;
  return w;
}

// Five constraints that all fail: no four of them help, so the set of five is told.
TEST(Repairs, TellALargerSetWhereNoSmallOneHelps) {
  World w = Demanding(6);
  std::vector<Wish> wishes;
  for (uint8_t c = 0; c < 5; ++c) wishes.push_back({.constraint = c});
  w.rules.needs[0][0].constraints = 0x1F;
  const Repairs repairs = FindRepairs(Of(w), RankWorld(w), wishes);
  ASSERT_EQ(repairs.repairs.size(), 1u);
  EXPECT_EQ(repairs.repairs[0].relaxed.size(), 5u);
  EXPECT_EQ(repairs.repairs[0].regained, std::vector<uint32_t>{0});
  // With a sixth that is no wish, nothing helps.
  w.rules.needs[0][0].constraints = 0x3F;
  EXPECT_TRUE(FindRepairs(Of(w), RankWorld(w), wishes).repairs.empty());
}

// "Published, and no trial version unless the firm accepts one": giving up the second does not
// bring back what is not published.
TEST(Repairs, NeverGiveUpWhatIsAskedOfTheOfferingAlone) {
  World w = Demanding(1);
  w.rules.conditions.push_back(
      {.form = engine::ConditionForm::kComparison, .left = 2, .right = 1});  // the offering's is 1
  w.rules.conditions.push_back({.form = engine::ConditionForm::kAll, .children = {0, 1}});
  w.rules.constraints[0].satisfied_when = 2;
  const std::vector<Wish> wishes = UsualWishes(Of(w), 0, {});
  ASSERT_EQ(wishes.size(), 1u);
  EXPECT_TRUE(FindRepairs(Of(w), RankWorld(w), wishes).repairs.empty());
  w.table.columns[0].values[0] = 1;
  EXPECT_EQ(FindRepairs(Of(w), RankWorld(w), wishes).repairs.size(), 1u);
}

TEST(UsualWishes, AreFeaturesInTheirOrderThenConstraintsButNoneOfLaw) {
  World w = Demanding(4);
  w.request.must_features = 0b1011;
  const std::vector<Wish> wishes = UsualWishes(Of(w), 0b0010, {3, 0});
  ASSERT_EQ(wishes.size(), 6u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(wishes[i].kind, Wish::Kind::kMustFeature);
  EXPECT_EQ(wishes[0].feature, 3);
  EXPECT_EQ(wishes[1].feature, 0);
  EXPECT_EQ(wishes[2].feature, 1);
  EXPECT_EQ(wishes[3].constraint, 0);
  EXPECT_EQ(wishes[4].constraint, 2);
  EXPECT_EQ(wishes[5].constraint, 3);
}

// What is asked of an offering whatever the firm says is no wish of the firm's.
TEST(UsualWishes, HaveNoConstraintThatTheFirmHasNoPartIn) {
  World w = Demanding(2);
  w.rules.conditions.push_back({.form = engine::ConditionForm::kComparison, .left = 2, .right = 1});
  w.rules.constraints[0].satisfied_when = 1;
  const std::vector<Wish> wishes = UsualWishes(Of(w), 0, {});
  ASSERT_EQ(wishes.size(), 1u);
  EXPECT_EQ(wishes[0].constraint, 1);
}

// The firm's order of priorities is the order of its wishes: a wish shares the importance of the
// group whose criteria read what it reads.
TEST(UsualWishes, StandInTheFirmsOrderOfPriorities) {
  World w = Demanding(2);
  // Features in group 0; the cost in group 1; the offering's fact 0 in group 2.
  w.rules.measures.push_back({.kind = engine::MeasureKind::kFeatureCoverage, .scope_must = true});
  w.rules.measures.push_back({.kind = engine::MeasureKind::kCost});
  const std::vector<engine::Breakpoint> points = {{0, 0}, {1, 10'000}};
  w.rules.criteria = {{.group = 0, .measure = 3, .breakpoints = points},
                      {.group = 1, .measure = 4, .breakpoints = points},
                      {.group = 2, .measure = 2, .breakpoints = points}};
  w.rules.needs[0][0].criteria = 7;
  // Constraint 0: the cost is what the firm says. Constraint 1: fact 0 is.
  w.rules.conditions = {{.form = engine::ConditionForm::kComparison, .left = 4, .right = 0},
                        {.form = engine::ConditionForm::kComparison, .left = 2, .right = 0}};
  w.rules.constraints[0].satisfied_when = 0;
  w.rules.constraints[1].satisfied_when = 1;
  w.request.must_features = 1;
  const auto order = [&](std::array<int64_t, 6> shares) {
    w.request.group_shares = shares;
    std::string text;
    for (const Wish& wish : UsualWishes(Of(w), 0, {})) {
      text +=
          wish.kind == Wish::Kind::kMustFeature ? 'f' : static_cast<char>('0' + wish.constraint);
    }
    return text;
  };
  EXPECT_EQ(order({6, 5, 4, 3, 2, 1}), "f01");
  EXPECT_EQ(order({4, 6, 5, 3, 2, 1}), "01f");
  EXPECT_EQ(order({4, 5, 6, 3, 2, 1}), "10f");
  EXPECT_EQ(order({1, 1, 1, 1, 1, 1}), "f01");
  // Least important first: that one is given up before the others.
  EXPECT_EQ(GroupOf(Of(w), {.kind = Wish::Kind::kConstraint, .constraint = 0}), 1);
}

}  // namespace
}  // namespace aplomb::explain
