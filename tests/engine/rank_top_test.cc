// With an index the engine says the same, and for the same work it asks for no more memory.
#include "engine/rank_top.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/engine/allocation_counter.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

Ranking RankIndexed(const World& w, Workspace& workspace) {
  return Rank(w.rules, w.table, BuildRankIndex(w.rules, w.table), w.request, w.mode,
              WorldTieBreaker(w), workspace);
}

// What RankTop must say of a ranking.
Ranking Prefix(Ranking ranking, size_t k) {
  if (ranking.ranked.size() > k) ranking.ranked.resize(k);
  ranking.to_confirm.clear();
  ranking.excluded.clear();
  return ranking;
}

Ranking AsRanking(const TopRanking& top) {
  return {.mode = top.mode,
          .criteria = top.criteria,
          .dropped = top.dropped,
          .unchecked = top.unchecked,
          .ranked = top.ranked,
          .ranked_group_count = top.ranked_group_count};
}

// Compares all three for one world; one workspace and one result for all worlds, so that what an
// earlier call left there would show.
void ExpectAllAgree(const World& w, Dice& dice, Workspace& workspace, TopRanking& top) {
  const Ranking exact = RankWorld(w);
  ASSERT_TRUE(Encode(RankIndexed(w, workspace), w) == Encode(exact, w)) << "Rank with an index";
  const RankIndex index = BuildRankIndex(w.rules, w.table);
  CostColumns costs;
  ComputeCosts(w.table, index, w.request, w.mode, costs);
  const auto k = static_cast<uint32_t>(dice.Between(1, 12));
  for (const CostColumns* given : {static_cast<const CostColumns*>(nullptr),
                                   static_cast<const CostColumns*>(&costs)}) {
    RankTop(w.rules, w.table, index, w.request, w.mode, WorldTieBreaker(w), k, given, workspace,
            top);
    ASSERT_TRUE(Encode(AsRanking(top), w) == Encode(Prefix(exact, k), w)) << "the first " << k;
    ASSERT_EQ(top.ranked_count, exact.ranked.size());
    ASSERT_EQ(top.to_confirm_count, exact.to_confirm.size());
    ASSERT_EQ(top.excluded_count, exact.excluded.size());
  }
}

TEST(RankTop, TenThousandRandomWorldsAgreeByteForByte) {
  Dice dice(TestSeed());
  Workspace workspace;
  TopRanking top;
  for (int i = 0; i < 10'000; ++i) {
    SCOPED_TRACE(i);
    const World w = i % 2 == 0 ? WildWorld(dice) : TameWorld(dice);
    ExpectAllAgree(w, dice, workspace, top);
    if (HasFatalFailure()) return;
  }
}

// The same offerings over and over, facts exchanged among them: more than one block, more classes
// than fit a byte, bands with many in them.
World LargeWorld(Dice& dice, uint32_t rows, bool wide) {
  World w = TameWorld(dice);
  const uint32_t first = w.table.row_count;
  for (Column& column : w.table.columns) {
    for (uint32_t row = first; row < rows; ++row) {
      const auto from = static_cast<size_t>(dice.Between(0, first - 1));
      const bool number = wide && dice.OneIn(2);
      column.values.push_back(number ? dice.Between(0, 100'000) : column.values[from]);
      column.evidence.push_back(number ? Evidence::kChecked : column.evidence[from]);
    }
  }
  for (uint32_t row = first; row < rows; ++row) {
    const auto from = static_cast<size_t>(dice.Between(0, first - 1));
    w.table.modes.push_back(w.table.modes[from]);
    w.table.kinds.push_back(w.table.kinds[from]);
    w.table.groups.push_back(static_cast<uint32_t>(dice.Between(0, rows / 3)));
    w.table.needs.push_back(w.table.needs[from]);
    w.table.tariffs.push_back(w.table.tariffs[from]);
    const FeatureMasks features = w.table.candidates[0].features[from];
    w.table.candidates[0].rows.push_back(row);
    w.table.candidates[0].features.push_back(features);
    w.offer_keys.push_back(RandomKey(dice));
  }
  w.table.row_count = rows;
  w.table.group_count = rows;
  w.group_keys.clear();
  for (uint32_t group = 0; group < rows; ++group) w.group_keys.push_back(RandomKey(dice));
  return w;
}

TEST(RankTop, LargeWorldsAgree) {
  Dice dice(TestSeed());
  Workspace workspace;
  TopRanking top;
  for (int i = 0; i < 12; ++i) {
    SCOPED_TRACE(i);
    const World w = LargeWorld(dice, 2'500, i % 2 == 0);
    ExpectAllAgree(w, dice, workspace, top);
    if (HasFatalFailure()) return;
  }
}

// 100 times a cent is one more than a multiple of these targets: the quotient that is rounded up
// is whole, where an estimate of it by multiplication falls one short.
TEST(RankTop, DividesByTheTargetExactly) {
  Dice dice(TestSeed());
  Workspace workspace;
  TopRanking top;
  for (const int64_t target : {999'999, 333'333, 111'111, 37'037, 9'009, 999, 407, 351}) {
    SCOPED_TRACE(target);
    World w = EmptyWorld(1, 1, 0);
    w.table.tariffs[0].components = {{.model = PriceModel::kSetup, .amount_micros = 10'000}};
    w.request.target_micros = target;
    w.rules.measures = {{.kind = MeasureKind::kCost, .relative = true, .scale = 100},
                        {.kind = MeasureKind::kConstant, .constant = (999'999 / target) + 1}};
    w.rules.criteria = {{.measure = 0, .breakpoints = {{0, 10'000}, {4'000, 0}}}};
    w.rules.conditions = {{.form = ConditionForm::kComparison, .right = 1, .op = Operator::kGe}};
    w.rules.conditions[0].left = 0;
    w.rules.constraints = {{.satisfied_when = 0}};
    w.rules.needs[0][0] = {.criteria = 1, .constraints = 1};
    ASSERT_EQ(RankWorld(w).ranked.size(), 1u) << "the quotient is the one expected";
    ExpectAllAgree(w, dice, workspace, top);
    if (HasFatalFailure()) return;
  }
}

TEST(RankTop, AllocatesNothingAfterTheFirstCall) {
  Dice dice(TestSeed());
  for (int i = 0; i < 20; ++i) {
    World w = LargeWorld(dice, 1'500, i % 2 == 0);
    // Silence of the firm is told in lists, which take memory.
    for (RequestFact& fact : w.request.facts) fact.known = true;
    w.request.usage_told.fill(true);
    const RankIndex index = BuildRankIndex(w.rules, w.table);
    const WorldTieBreaker tie_breaker(w);
    Workspace workspace;
    TopRanking top;
    const auto rank = [&] {
      RankTop(w.rules, w.table, index, w.request, w.mode, tie_breaker, 10, nullptr, workspace, top);
    };
    rank();
    const int64_t before = AllocationCount();
    ASSERT_GT(before, 0) << "the counter counts";
    rank();
    EXPECT_EQ(AllocationCount() - before, 0) << "world " << i;
  }
}

TEST(RankIndex, IsSmallBesideTheFacts) {
  Dice dice(TestSeed());
  const World w = LargeWorld(dice, 2'500, false);
  const RankIndex index = BuildRankIndex(w.rules, w.table);
  EXPECT_EQ(index.row_count, 2'500u);
  EXPECT_LT(index.MemorySize(), size_t{2'500} * 64);
}

TEST(RankIndexDeathTest, RefusesAnotherTable) {
  Dice dice(TestSeed());
  const World w = LargeWorld(dice, 50, false);
  World other = w;
  const RankIndex index = BuildRankIndex(w.rules, w.table);
  ++other.table.row_count;
  Workspace workspace;
  EXPECT_DEATH(Rank(w.rules, other.table, index, w.request, w.mode, WorldTieBreaker(w), workspace),
               "the index is of another table");
}

}  // namespace
}  // namespace aplomb::engine
