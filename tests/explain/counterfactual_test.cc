// Counterfactuals: each answer ranked anew in the whole table, and "no fewer" against trying
// everything.
#include "decision/explain/counterfactual.h"

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "tests/explain/explain_worlds.h"

namespace aplomb::explain {
namespace {

using engine::Dice;
using engine::Evidence;
using engine::Ranking;
using engine::RankWorld;
using engine::World;

constexpr uint64_t kWorlds = 10'000;

std::vector<uint32_t> RowsOf(const Ranking& ranking) {
  std::vector<uint32_t> rows;
  for (const auto& o : ranking.ranked) rows.push_back(o.row);
  for (const auto& o : ranking.to_confirm) rows.push_back(o.row);
  for (const auto& o : ranking.excluded) rows.push_back(o.row);
  std::sort(rows.begin(), rows.end());
  return rows;
}

// ---------------------------------------------------------------- every answer holds

struct Tally {
  uint64_t already = 0, one = 0, two = 0, three = 0, impossible = 0, undecided = 0;
  void Add(const Counterfactual& c) {
    already += c.found == Found::kAlready;
    impossible += c.found == Found::kImpossible;
    undecided += c.found == Found::kUndecided;
    if (c.found != Found::kChanges) return;
    one += c.changes.size() == 1;
    two += c.changes.size() == 2;
    three += c.changes.size() == 3;
  }
};

void ExpectHolds(const World& w, const Ranking& ranking, uint32_t row, Goal goal,
                 const Counterfactual& c) {
  ASSERT_EQ(c.found == Found::kAlready, Reaches(ranking, row, goal));
  switch (c.found) {
    case Found::kAlready:
      ASSERT_EQ(c.at_least, 0u);
      ASSERT_TRUE(c.changes.empty());
      return;
    case Found::kImpossible:
      ASSERT_EQ(c.at_least, kMaxChanges + 1);
      ASSERT_TRUE(c.changes.empty());
      return;
    case Found::kUndecided:
      ASSERT_TRUE(c.changes.empty());
      ASSERT_GE(c.at_least, 1u);
      return;
    case Found::kChanges:
      break;
  }
  ASSERT_EQ(c.at_least, c.changes.size());
  const Ranking after = RankAfter(Of(w), row, c.changes);
  ASSERT_TRUE(Reaches(after, row, goal));
  for (const auto& offering : after.ranked) {
    if (offering.row != row) continue;
    ASSERT_EQ(offering.rank, c.rank);
    ASSERT_EQ(offering.score, c.score);
  }
  int64_t size = 0;
  for (const Change& change : c.changes) {
    ASSERT_GE(change.size, 1);
    size += change.size;
  }
  ASSERT_EQ(size, c.size);
  // None of them is idle: without any one the goal is missed (else fewer would do).
  for (size_t i = 0; i < c.changes.size(); ++i) {
    if (c.changes[i].kind == Change::Kind::kGroupSwap) break;  // swaps build on each other
    std::vector<Change> fewer = c.changes;
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
    ASSERT_FALSE(Reaches(RankAfter(Of(w), row, fewer), row, goal)) << "change " << i;
  }
}

using Finder = Counterfactual (*)(const World&, const Ranking&, uint32_t, Goal);

Counterfactual OfOffering(const World& w, const Ranking& ranking, uint32_t row, Goal goal) {
  return FindOfferingChanges(Of(w), ranking, WorldShapes(), row, goal);
}
Counterfactual OfFirm(const World& w, const Ranking& ranking, uint32_t row, Goal goal) {
  return FindFirmChanges(Of(w), ranking, WorldShapes(), row, goal);
}
Counterfactual OfWeights(const World& w, const Ranking& ranking, uint32_t row, Goal goal) {
  return FindWeightChanges(Of(w), ranking, row, goal);
}

Tally ExpectAllHold(Finder find, uint64_t seed) {
  Tally tally;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i % rows.size()];
    const Goal goal = i % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    const Counterfactual c = find(w, ranking, row, goal);
    ExpectHolds(w, ranking, row, goal, c);
    if (testing::Test::HasFatalFailure()) return tally;
    tally.Add(c);
  }
  std::cout << "seed " << seed << ", " << kWorlds << " worlds: already " << tally.already
            << ", one change " << tally.one << ", two " << tally.two << ", three " << tally.three
            << ", impossible " << tally.impossible << ", undecided " << tally.undecided << "\n";
  return tally;
}

TEST(OfferingChanges, OfTenThousandWorldsHoldInTheEngine) {
  const Tally tally = ExpectAllHold(OfOffering, engine::TestSeed());
  EXPECT_GT(tally.one, 1'000u);
  EXPECT_GT(tally.two, 200u);
  EXPECT_GT(tally.three, 50u);
  EXPECT_GT(tally.impossible, 200u);
  EXPECT_LT(tally.undecided, kWorlds / 100);
}

TEST(FirmChanges, OfTenThousandWorldsHoldInTheEngine) {
  const Tally tally = ExpectAllHold(OfFirm, engine::TestSeed());
  EXPECT_GT(tally.one, 500u);
  EXPECT_GT(tally.two, 10u);
  EXPECT_GT(tally.impossible, 200u);
}

TEST(WeightChanges, OfTenThousandWorldsHoldInTheEngine) {
  const Tally tally = ExpectAllHold(OfWeights, engine::TestSeed());
  EXPECT_GT(tally.one, 100u);
  EXPECT_GT(tally.two, 10u);
  EXPECT_GT(tally.impossible, 1'000u);
}

// ---------------------------------------------------------------- no fewer would do

// Everything that one fact of the offering could say, whatever the rules; prices by whole percent.
std::vector<Change> EveryChange(const World& w, const FactShapes& shapes, uint32_t row) {
  std::vector<Change> all;
  for (uint16_t slot = 0; slot < shapes.offering.size(); ++slot) {
    const FactShape& shape = shapes.offering[slot];
    std::vector<int64_t> values = shape.codes;
    if (shape.kind == FactShape::Kind::kSet) {
      for (int64_t x = 0; x <= shape.mask; ++x) values.push_back(x);
    } else if (shape.kind == FactShape::Kind::kNumber) {
      for (int64_t x = shape.low; x <= shape.high; ++x) values.push_back(x);
    }
    for (const int64_t x : values) {
      all.push_back({.kind = Change::Kind::kOfferingFact,
                     .slot = slot,
                     .to = x,
                     .evidence = Evidence::kChecked});
    }
    // What it says already, better supported.
    const auto& column = w.table.columns[slot];
    if (shape.kind != FactShape::Kind::kFixed && column.evidence[row] != Evidence::kNone) {
      all.push_back({.kind = Change::Kind::kOfferingFact,
                     .slot = slot,
                     .to = column.values[row],
                     .evidence = Evidence::kChecked});
    }
  }
  const uint32_t wanted = w.request.must_features | w.request.nice_features;
  for (uint8_t f = 0; f < 32; ++f) {
    if (((wanted >> f) & 1u) == 0) continue;
    all.push_back(
        {.kind = Change::Kind::kFeature, .feature = f, .to_feature = FeatureState::kFull});
  }
  if (w.table.tariffs[row].evidence != Evidence::kNone) {
    for (int64_t percent = 5; percent <= 100; percent += 5) {
      all.push_back({.kind = Change::Kind::kPrice, .to = percent});
    }
  }
  return all;
}

// Facts whose whole range is tried; the others are fixed, for both.
FactShapes SmallShapes() {
  FactShapes shapes = WorldShapes();
  for (const size_t slot : {3, 4, 5, 6}) shapes.offering[slot] = {};
  return shapes;
}

bool SameFact(const Change& a, const Change& b) {
  return a.kind == b.kind && a.slot == b.slot && a.feature == b.feature;
}

TEST(OfferingChanges, NoFewerThanSaidReachTheGoal) {
  const uint64_t seed = engine::TestSeed();
  const FactShapes shapes = SmallShapes();
  uint64_t singles = 0, pairs = 0, one = 0, more = 0;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    const World w = WorldNumber(seed ^ 0x5eed, i);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i % rows.size()];
    const Goal goal = i % 2 == 0 ? Goal::kFirstBand : Goal::kTopThree;
    const Counterfactual c = FindOfferingChanges(Of(w), ranking, shapes, row, goal);
    if (c.at_least < 2) {
      one += c.at_least == 1;
      continue;
    }
    ++more;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    const std::vector<Change> all = EveryChange(w, shapes, row);
    const bool in_pairs = c.at_least >= 3 && i % 50 == 0;
    for (size_t a = 0; a < all.size(); ++a) {
      ++singles;
      ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {all[a]}), row, goal))
          << "kind " << int(all[a].kind) << " slot " << all[a].slot << " to " << all[a].to;
      for (size_t b = a + 1; in_pairs && b < all.size(); ++b) {
        if (SameFact(all[a], all[b])) continue;
        ++pairs;
        ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {all[a], all[b]}), row, goal))
            << "kinds " << int(all[a].kind) << " " << int(all[b].kind);
      }
    }
  }
  std::cout << "seed " << seed << ": one " << one << ", more " << more << ", singles tried "
            << singles << ", pairs tried " << pairs << "\n";
  EXPECT_GT(more, 1'000u);
  EXPECT_GT(pairs, 20'000u);
}

// Long ranges are not tried whole by the search: thresholds and breakpoints must do. In tame worlds
// no two criteria pull one number in opposite directions, so nothing may be overlooked.
TEST(OfferingChanges, NoValueOfALongRangeIsOverlooked) {
  const uint64_t seed = engine::TestSeed();
  FactShapes shapes = WorldShapes();
  shapes.offering[2] = {.kind = FactShape::Kind::kNumber, .low = -100, .high = 100};
  uint64_t tried = 0;
  for (uint64_t i = 1; i < kWorlds; i += 10) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i % rows.size()];
    if (FindOfferingChanges(Of(w), ranking, shapes, row, Goal::kFirstBand).at_least < 2) continue;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    for (const uint16_t slot : std::vector<uint16_t>{2, 3, 4, 6}) {
      for (int64_t x = slot == 2 ? -100 : 0; x <= (slot == 2 ? 100 : 300); ++x) {
        ++tried;
        ASSERT_FALSE(Reaches(RankAfter(Of(w), row,
                                       {{.kind = Change::Kind::kOfferingFact,
                                         .slot = slot,
                                         .to = x,
                                         .evidence = Evidence::kChecked}}),
                             row, Goal::kFirstBand))
            << "slot " << slot << " to " << x;
      }
    }
  }
  EXPECT_GT(tried, 100'000u);
}

// A change of one number goes no further than it must.
TEST(OfferingChanges, OneNumberMovesNoFurtherThanNeeded) {
  const uint64_t seed = engine::TestSeed();
  uint64_t numbers = 0, prices = 0;
  for (uint64_t i = 1; i < kWorlds; i += 2) {  // tame worlds
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    for (const uint32_t row : RowsOf(ranking)) {
      const Counterfactual c =
          FindOfferingChanges(Of(w), ranking, WorldShapes(), row, Goal::kFirstBand);
      if (c.found != Found::kChanges || c.changes.size() != 1) continue;
      Change change = c.changes.front();
      const bool price = change.kind == Change::Kind::kPrice;
      if (!price && (change.kind != Change::Kind::kOfferingFact || !change.from_known ||
                     change.from == change.to || change.slot < 2 || change.slot == 5 ||
                     change.to == engine::kUnlimited || change.from == engine::kUnlimited)) {
        continue;
      }
      change.to += price || change.to > change.from ? -1 : 1;
      if (change.to == change.from) continue;
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
      ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {change}), row, Goal::kFirstBand));
      (price ? prices : numbers) += 1;
    }
  }
  EXPECT_GT(numbers, 50u);
  EXPECT_GT(prices, 100u);
}

TEST(WeightChanges, NoFewerOrSmallerSwapsReachTheGoal) {
  const uint64_t seed = engine::TestSeed();
  uint64_t sequences = 0;
  for (uint64_t i = 0; i < 600; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    if (ranking.ranked.size() < 2) continue;
    const uint32_t row = ranking.ranked.back().row;
    const Counterfactual c = FindWeightChanges(Of(w), ranking, row, Goal::kFirstBand);
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    const auto swap = [](uint8_t a, uint8_t b) {
      return Change{.kind = Change::Kind::kGroupSwap, .group_a = a, .group_b = b};
    };
    int64_t total = 0;
    for (const int64_t share : w.request.group_shares) total += share;
    for (uint8_t a = 0; a < 6; ++a) {
      for (uint8_t b = a + 1; b < 6; ++b) {
        const bool does = Reaches(RankAfter(Of(w), row, {swap(a, b)}), row, Goal::kFirstBand);
        ++sequences;
        if (does) {
          ASSERT_LE(c.at_least, 1u);
          const int64_t moved = 2 * std::abs(w.request.group_shares[a] - w.request.group_shares[b]);
          if (c.at_least == 1) {
            ASSERT_LE(c.size, (moved * 10'000 + total - 1) / total);
          }
        }
        if (c.at_least < 3) continue;
        for (uint8_t p = 0; p < 6; ++p) {
          for (uint8_t q = p + 1; q < 6; ++q) {
            ++sequences;
            ASSERT_FALSE(
                Reaches(RankAfter(Of(w), row, {swap(a, b), swap(p, q)}), row, Goal::kFirstBand));
          }
        }
      }
    }
  }
  EXPECT_GT(sequences, 10'000u);
}

TEST(FirmChanges, NoSingleChangeIsOverlooked) {
  const uint64_t seed = engine::TestSeed();
  const FactShapes shapes = WorldShapes();
  uint64_t tried = 0;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i % rows.size()];
    const Counterfactual c = FindFirmChanges(Of(w), ranking, shapes, row, Goal::kFirstBand);
    if (c.at_least < 2) continue;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    const auto fails = [&](const Change& change) {
      ++tried;
      return !Reaches(RankAfter(Of(w), row, {change}), row, Goal::kFirstBand);
    };
    for (const uint16_t slot : std::vector<uint16_t>{0, 1, 2, 3}) {
      if (!w.request.facts[slot].known) continue;
      const FactShape& shape = shapes.request[slot];
      const int64_t high = slot == 0 ? 3 : slot == 1 ? shape.mask : shape.high;
      for (int64_t x = shape.low; x <= high; ++x) {
        ASSERT_TRUE(fails({.kind = Change::Kind::kFirmFact, .slot = slot, .to = x}))
            << slot << " to " << x;
      }
    }
    for (uint8_t f = 0; f < 5; ++f) {
      if (((w.request.must_features >> f) & 1u) == 0) continue;
      ASSERT_TRUE(fails({.kind = Change::Kind::kMustFeature, .feature = f}));
    }
  }
  EXPECT_GT(tried, 10'000u);
}

// Every change that the firm could make, of facts with short ranges.
std::vector<Change> EveryFirmChange(const World& w, const FactShapes& shapes) {
  std::vector<Change> all;
  for (const uint16_t slot : std::vector<uint16_t>{0, 1, 2, 3}) {
    if (!w.request.facts[slot].known) continue;
    const FactShape& shape = shapes.request[slot];
    const int64_t high = slot == 0 ? 3 : slot == 1 ? shape.mask : shape.high;
    for (int64_t x = shape.low; x <= high; ++x) {
      if (x == w.request.facts[slot].value) continue;
      all.push_back({.kind = Change::Kind::kFirmFact, .slot = slot, .to = x});
    }
  }
  for (uint8_t f = 0; f < engine::kMaxFeaturesPerNeed; ++f) {
    if (((w.request.must_features >> f) & 1u) == 0) continue;
    all.push_back({.kind = Change::Kind::kMustFeature, .feature = f});
  }
  return all;
}

// Neither "so many are too few" nor "impossible" is said of anything that two or three changes at
// once would do: each set of them is ranked by the engine, whole ranges of values included.
TEST(FirmChanges, NoPairAndNoTripleIsOverlooked) {
  const uint64_t seed = engine::TestSeed();
  const FactShapes shapes = WorldShapes();
  uint64_t worlds = 0, impossible = 0, pairs = 0, triples = 0;
  for (uint64_t i = 0; i < kWorlds; i += 25) {
    const World w = WorldNumber(seed ^ 0xf1a5, i + i / 25 % 2);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i / 25 % rows.size()];
    const Goal goal = i % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    const Counterfactual c = FindFirmChanges(Of(w), ranking, shapes, row, goal);
    if (c.at_least < 3) continue;
    ++worlds;
    const bool in_triples = c.found == Found::kImpossible;
    impossible += in_triples;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    const std::vector<Change> all = EveryFirmChange(w, shapes);
    for (size_t a = 0; a < all.size(); ++a) {
      for (size_t b = a + 1; b < all.size(); ++b) {
        if (SameFact(all[a], all[b])) continue;
        ++pairs;
        ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {all[a], all[b]}), row, goal));
        for (size_t d = b + 1; in_triples && d < all.size(); ++d) {
          if (SameFact(all[b], all[d]) || (a + b + d) % 5 != 0) continue;
          ++triples;
          ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {all[a], all[b], all[d]}), row, goal));
        }
      }
    }
  }
  std::cout << "seed " << seed << ": " << worlds << " worlds, " << impossible << " impossible, "
            << pairs << " pairs and " << triples << " triples tried\n";
  EXPECT_GT(worlds, 50u);
  EXPECT_GT(pairs, 10'000u);
  EXPECT_GT(triples, 10'000u);
}

// ---------------------------------------------------------------- told by hand

// One graded fact, 0 to 100, worth 100 a point; two offerings.
World Ruler(int64_t first, int64_t second) {
  World w = engine::EmptyWorld(2, 1, 0);
  w.rules.measures = {{.kind = engine::MeasureKind::kFact, .first = {.slot = 0}}};
  w.rules.criteria = {{.measure = 0, .breakpoints = {{0, 0}, {100, 10'000}}}};
  w.rules.needs[0][0].criteria = 1;
  w.table.columns[0].values = {first, second};
  w.table.columns[0].evidence = {Evidence::kChecked, Evidence::kChecked};
  return w;
}

const FactShapes kRulerShapes = {
    .offering = {{.kind = FactShape::Kind::kNumber, .low = 0, .high = 1'000}}};

TEST(OfferingChanges, FindTheExactNumberBetweenBreakpoints) {
  const World w = Ruler(70, 20);
  const Counterfactual c =
      FindOfferingChanges(Of(w), RankWorld(w), kRulerShapes, 1, Goal::kFirstBand);
  ASSERT_EQ(c.found, Found::kChanges);
  ASSERT_EQ(c.changes.size(), 1u);
  EXPECT_EQ(c.changes[0].from, 20);
  EXPECT_EQ(c.changes[0].to, 70);
  EXPECT_EQ(c.rank, 1);
  EXPECT_EQ(c.score, 70'000'000);
}

TEST(OfferingChanges, NothingHasToChangeForTheFirst) {
  const World w = Ruler(70, 20);
  const Counterfactual c =
      FindOfferingChanges(Of(w), RankWorld(w), kRulerShapes, 0, Goal::kFirstBand);
  EXPECT_EQ(c.found, Found::kAlready);
  EXPECT_EQ(c.at_least, 0u);
}

TEST(OfferingChanges, AreImpossibleWhereNoFactMayChange) {
  const World w = Ruler(70, 20);
  const Counterfactual c =
      FindOfferingChanges(Of(w), RankWorld(w), {.offering = {{}}}, 1, Goal::kFirstBand);
  EXPECT_EQ(c.found, Found::kImpossible);
  EXPECT_EQ(c.at_least, kMaxChanges + 1);
}

TEST(OfferingChanges, AnUntoldFactIsToldNoBetterThanNeeded) {
  World w = Ruler(70, 20);
  w.rules.criteria[0].breakpoints = {{0, 0}, {50, 5'000}, {80, 8'000}, {100, 10'000}};
  w.table.columns[0].evidence[1] = Evidence::kNone;
  const Counterfactual c =
      FindOfferingChanges(Of(w), RankWorld(w), kRulerShapes, 1, Goal::kFirstBand);
  ASSERT_EQ(c.found, Found::kChanges);
  EXPECT_FALSE(c.changes[0].from_known);
  EXPECT_EQ(c.changes[0].to, 80);
  EXPECT_EQ(c.size, 1);
}

// ---------------------------------------------------------------- thresholds of each kind of rule

struct ThresholdCase {
  const char* name;
  // A constraint over fact 0 (measure 0), the firm's fact 0 (measure 1) and 500 (measure 2).
  engine::Condition satisfied_when;
  int64_t has;
  int64_t firm;
  int64_t to;
};

class ThresholdOf : public testing::TestWithParam<ThresholdCase> {};

TEST_P(ThresholdOf, IsFoundInALongRange) {
  World w = engine::EmptyWorld(1, 1, 1);
  w.rules.measures = {
      {.kind = engine::MeasureKind::kFact, .first = {.slot = 0}},
      {.kind = engine::MeasureKind::kFact, .first = {engine::FactRef::Side::kRequest, 0}},
      {.kind = engine::MeasureKind::kConstant, .constant = 500}};
  w.rules.conditions = {GetParam().satisfied_when,
                        {.form = engine::ConditionForm::kNot, .children = {0}}};
  w.rules.constraints = {{.satisfied_when = 0}};
  w.rules.needs[0][0].constraints = 1;
  w.table.columns[0] = {.values = {GetParam().has}, .evidence = {Evidence::kChecked}};
  w.request.facts[0] = {.value = GetParam().firm, .known = true};
  const FactShapes shapes = {
      .offering = {{.kind = FactShape::Kind::kNumber, .low = -9'999, .high = 9'999}},
      .request = {{}}};
  const Counterfactual c = FindOfferingChanges(Of(w), RankWorld(w), shapes, 0, Goal::kFirstBand);
  ASSERT_EQ(c.found, Found::kChanges);
  ASSERT_EQ(c.changes.size(), 1u);
  EXPECT_EQ(c.changes[0].to, GetParam().to);
}

engine::Condition Where(engine::MeasureId left, engine::Operator op, engine::MeasureId right) {
  return {.form = engine::ConditionForm::kComparison, .left = left, .right = right, .op = op};
}

INSTANTIATE_TEST_SUITE_P(
    Table, ThresholdOf,
    testing::Values(ThresholdCase{"AtLeast", Where(0, engine::Operator::kGe, 2), 7, 0, 500},
                    ThresholdCase{"Above", Where(0, engine::Operator::kGt, 2), 7, 0, 501},
                    ThresholdCase{"AtMost", Where(0, engine::Operator::kLe, 2), 777, 0, 500},
                    ThresholdCase{"Below", Where(0, engine::Operator::kLt, 2), 777, 0, 499},
                    ThresholdCase{"Exactly", Where(0, engine::Operator::kEq, 2), 777, 0, 500},
                    ThresholdCase{"AnythingElse", Where(0, engine::Operator::kNe, 2), 500, 0, 499},
                    ThresholdCase{"AsTheFirmSays", Where(0, engine::Operator::kGe, 1), 7, 321, 321},
                    // The fact on the right.
                    ThresholdCase{"RightAtLeast", Where(2, engine::Operator::kLe, 0), 7, 0, 500},
                    ThresholdCase{"RightAbove", Where(1, engine::Operator::kLt, 0), 7, 42, 43}),
    [](const auto& row) { return std::string(row.param.name); });

// A finite limit that does is told, not "unlimited".
TEST(OfferingChanges, RaiseALimitNoFurtherThanTheHeadroomNeeds) {
  World w = engine::EmptyWorld(2, 1, 0);
  w.rules.measures = {{.kind = engine::MeasureKind::kHeadroom, .limits = {{0, 4}}}};
  w.rules.criteria = {{.measure = 0, .breakpoints = {{100, 4'000}, {200, 8'000}, {300, 10'000}}}};
  w.rules.needs[0][0].criteria = 1;
  w.table.columns[0].values = {500, 250};
  w.table.columns[0].evidence = {Evidence::kChecked, Evidence::kChecked};
  w.request.usage[4] = 250;
  w.request.usage_told[4] = true;
  const FactShapes shapes = {
      .offering = {{.kind = FactShape::Kind::kLimit, .low = 0, .high = 1'000'000}}};
  const Counterfactual c = FindOfferingChanges(Of(w), RankWorld(w), shapes, 1, Goal::kFirstBand);
  ASSERT_EQ(c.found, Found::kChanges);
  EXPECT_EQ(c.changes[0].to, 500);
}

TEST(WeightChanges, CannotRankWhatIsExcluded) {
  World w = Ruler(70, 20);
  w.table.columns[0].evidence[1] = Evidence::kNone;
  w.rules.needs[0][0].minimum_facts = {{.slot = 0}};
  const Counterfactual c = FindWeightChanges(Of(w), RankWorld(w), 1, Goal::kFirstBand);
  EXPECT_EQ(c.found, Found::kImpossible);
}

}  // namespace
}  // namespace aplomb::explain
