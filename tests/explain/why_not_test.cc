// Why not, comparison, practically equal: the trace read back, against the naive ranker's.
#include "decision/explain/why_not.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <set>
#include <vector>

#include "decision/explain/compare.h"
#include "decision/explain/equal_groups.h"
#include "gtest/gtest.h"
#include "tests/engine/naive_ranker.h"
#include "tests/engine/random_world.h"

namespace aplomb::explain {
namespace {

using engine::Dice;
using engine::Finding;
using engine::NaiveRank;
using engine::Ranking;
using engine::RankWorld;
using engine::World;

constexpr uint64_t kWorlds = 10'000;

Inquiry Of(const World& w) { return {w.rules, w.table, w.request, w.mode}; }

World WorldNumber(uint64_t seed, uint64_t i) {
  Dice dice(seed * 1'000'003 + i);
  return i % 2 == 1 ? engine::TameWorld(dice) : engine::WildWorld(dice);
}

// Worlds without any say nothing and do not count.
bool HasCandidates(const Ranking& ranking) {
  return !ranking.ranked.empty() || !ranking.to_confirm.empty() || !ranking.excluded.empty();
}

template <typename Item>
const Item* Find(const std::vector<Item>& items, uint32_t row) {
  for (const Item& item : items) {
    if (item.row == row) return &item;
  }
  return nullptr;
}

// ---------------------------------------------------------------- why not

TEST(WhyNot, OfEveryRowOfTenThousandWorldsSaysWhatTheNaiveRankerFound) {
  const uint64_t seed = engine::TestSeed();
  uint64_t standings[5] = {}, worlds = 0;
  for (uint64_t i = 0; worlds < kWorlds; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    if (!HasCandidates(ranking)) continue;
    ++worlds;
    const Ranking naive = NaiveRank(w);
    const uint64_t mandatory = 0x5;
    for (uint32_t row = 0; row < w.table.row_count; ++row) {
      const WhyNot why = ExplainWhyNot(Of(w), ranking, mandatory, row);
      ++standings[static_cast<size_t>(why.standing)];
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
      const auto* excluded = Find(naive.excluded, row);
      const auto* open = Find(naive.to_confirm, row);
      if (const auto* unranked = excluded != nullptr ? excluded : open) {
        ASSERT_EQ(why.standing, excluded != nullptr ? Standing::kExcluded : Standing::kToConfirm);
        ASSERT_EQ(why.failed.size(), unranked->findings.size());
        ASSERT_FALSE(why.failed.empty());
        for (size_t f = 0; f < why.failed.size(); ++f) {
          const Finding& expected = unranked->findings[f];
          const Finding& got = why.failed[f].finding;
          ASSERT_EQ(got.constraint, expected.constraint);
          ASSERT_EQ(got.minimum_fact, expected.minimum_fact);
          ASSERT_EQ(got.observed_known, expected.observed_known);
          ASSERT_EQ(got.observed, expected.observed);
          ASSERT_EQ(got.required_known, expected.required_known);
          ASSERT_EQ(got.required, expected.required);
          ASSERT_EQ(why.failed[f].mandatory, expected.constraint == 0 || expected.constraint == 2);
        }
      } else if (const auto* ranked = Find(naive.ranked, row)) {
        ASSERT_EQ(why.standing, Standing::kRanked);
        ASSERT_EQ(why.rank, ranked->rank);
        ASSERT_EQ(why.score, ranked->score);
        ASSERT_EQ(why.first_row, naive.ranked.front().row);
        ASSERT_EQ(why.gap, naive.ranked.front().score - ranked->score);
        std::set<uint32_t> above;
        for (const auto& other : naive.ranked) {
          if (other.rank < ranked->rank) above.insert(other.row);
        }
        ASSERT_EQ(why.offerings_above, above.size());
        ASSERT_EQ(why.losses.size(), naive.criteria.size());
        int64_t sum = 0;
        std::set<uint8_t> criteria;
        for (size_t k = 0; k < why.losses.size(); ++k) {
          const Loss& loss = why.losses[k];
          sum += loss.loss;
          criteria.insert(loss.criterion);
          ASSERT_EQ(loss.loss, int64_t{loss.weight_bp} * (int64_t{loss.first_value} - loss.value));
          if (k > 0) {
            ASSERT_GE(why.losses[k - 1].loss, loss.loss);
          }
        }
        ASSERT_EQ(sum, why.gap);
        ASSERT_EQ(criteria.size(), naive.criteria.size());
      } else {
        ASSERT_EQ(why.standing, Standing::kNotCandidate);
        ASSERT_TRUE(why.serves_need);  // random worlds: all serve, some in the other mode
        ASSERT_NE(w.table.modes[row], w.mode);
      }
    }
  }
  for (size_t s = 1; s < 5; ++s) EXPECT_GT(standings[s], 1'000u) << "standing " << s;
  std::cout << "seed " << seed << ", " << worlds << " worlds with candidates: ranked "
            << standings[static_cast<size_t>(Standing::kRanked)] << ", excluded "
            << standings[static_cast<size_t>(Standing::kExcluded)] << ", to confirm "
            << standings[static_cast<size_t>(Standing::kToConfirm)] << "\n";
}

TEST(WhyNot, WhatDoesNotServeTheNeedIsNoCandidate) {
  World w = engine::EmptyWorld(2, 0, 0);
  w.table.candidates[0].rows = {1};
  w.table.candidates[0].features.resize(1);
  const Ranking ranking = RankWorld(w);
  const WhyNot why = ExplainWhyNot(Of(w), ranking, 0, 0);
  EXPECT_EQ(why.standing, Standing::kNotCandidate);
  EXPECT_FALSE(why.serves_need);
  EXPECT_EQ(ExplainWhyNot(Of(w), ranking, 0, 1).standing, Standing::kRanked);
}

TEST(WhyNotDeathTest, ARowOutsideTheTableIsABug) {
  const World w = engine::EmptyWorld(2, 0, 0);
  EXPECT_DEATH(ExplainWhyNot(Of(w), RankWorld(w), 0, 2), "a row of the table");
}

// The mandated order "stopped first by" is recounted by walking the rules one after another.
TEST(Funnel, CountsEachStepAsWalkingTheRulesDoes) {
  const uint64_t seed = engine::TestSeed();
  uint64_t alone = 0, later = 0, worlds = 0;
  for (uint64_t i = 0; worlds < kWorlds; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking naive = NaiveRank(w);
    if (!HasCandidates(naive)) continue;
    ++worlds;
    const Funnel funnel = MakeFunnel(RankWorld(w));
    std::vector<std::set<int>> stopped;  // by offering: constraint, or 1,000 + minimum fact
    for (const auto* list : {&naive.excluded, &naive.to_confirm}) {
      for (const auto& offering : *list) {
        std::set<int> rules;
        for (const Finding& f : offering.findings) {
          rules.insert(f.constraint == Finding::kMinimumFact ? 1'000 + f.minimum_fact
                                                             : f.constraint);
        }
        stopped.push_back(rules);
      }
    }
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    ASSERT_EQ(funnel.excluded, naive.excluded.size());
    ASSERT_EQ(funnel.to_confirm, naive.to_confirm.size());
    ASSERT_EQ(funnel.ranked, naive.ranked.size());
    ASSERT_EQ(funnel.candidates, funnel.excluded + funnel.to_confirm + funnel.ranked);
    std::vector<bool> gone(stopped.size());
    size_t next = 0;
    for (int rule = 0; rule < 1'000 + 256; ++rule) {
      uint32_t failed = 0, first = 0, only = 0;
      for (size_t k = 0; k < stopped.size(); ++k) {
        if (stopped[k].count(rule) == 0) continue;
        ++failed;
        first += !gone[k];
        gone[k] = true;
        only += stopped[k].size() == 1;
      }
      if (failed == 0) continue;
      ASSERT_LT(next, funnel.steps.size());
      const FunnelStep& step = funnel.steps[next++];
      ASSERT_EQ(
          step.constraint == Finding::kMinimumFact ? 1'000 + step.minimum_fact : step.constraint,
          rule);
      ASSERT_EQ(step.failed, failed);
      ASSERT_EQ(step.first, first);
      ASSERT_EQ(step.alone, only);
      alone += only;
      later += failed - first;
    }
    ASSERT_EQ(next, funnel.steps.size());
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds with candidates\n";
  EXPECT_GT(alone, 1'000u);
  EXPECT_GT(later, 1'000u);
}

// ---------------------------------------------------------------- comparison

TEST(Compare, EveryConIsCoveredAndTheRestIsTheGap) {
  const uint64_t seed = engine::TestSeed();
  uint64_t cons = 0, split = 0, worlds = 0;
  for (uint64_t i = 0; worlds < kWorlds; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    if (ranking.ranked.size() < 2) continue;
    ++worlds;
    for (size_t k = 1; k < ranking.ranked.size(); ++k) {
      const auto& a = ranking.ranked[k - 1];
      const auto& b = ranking.ranked[k];
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", pair " << k);
      const Comparison c = CompareOfferings(a, b);
      ASSERT_EQ(c.better_is_a, a.score >= b.score);
      ASSERT_EQ(c.same_band, a.band == b.band);
      const int64_t sign = c.better_is_a ? 1 : -1;
      std::map<uint8_t, int64_t> balance;  // of the better one
      int64_t gap = 0;
      for (const Difference& d : c.differences) {
        gap += d.difference;
        balance[d.criterion] = sign * d.difference;
        ASSERT_EQ(d.difference, int64_t{d.weight_bp} * (int64_t{d.value_a} - d.value_b));
      }
      ASSERT_EQ(gap, a.score - b.score);
      ASSERT_EQ(c.gap, gap);
      int64_t previous = engine::kScoreMax;
      for (const CoveredCon& con : c.cons) {
        ASSERT_EQ(balance[con.criterion], -con.amount);
        ASSERT_GT(con.amount, 0);
        ASSERT_LE(con.amount, previous);  // largest first
        previous = con.amount;
        ASSERT_EQ(con.uncovered, 0);  // the better one's pros reach
        int64_t covered = 0;
        for (const Cover& cover : con.covers) {
          ASSERT_GT(cover.amount, 0);
          covered += cover.amount;
          balance[cover.criterion] -= cover.amount;
          ASSERT_GE(balance[cover.criterion], 0) << "a pro is used up once";
        }
        ASSERT_EQ(covered, con.amount);
        balance[con.criterion] = 0;
        ++cons;
        split += con.covers.size() > 1;
      }
      int64_t left = 0;
      for (const Cover& cover : c.left_over) {
        ASSERT_EQ(cover.amount, balance[cover.criterion]);
        balance[cover.criterion] = 0;
        left += cover.amount;
      }
      ASSERT_EQ(left, sign * c.gap);
      for (const auto& [criterion, rest] : balance) ASSERT_EQ(rest, 0);

      // The other way round: the same, mirrored.
      const Comparison mirrored = CompareOfferings(b, a);
      ASSERT_EQ(mirrored.gap, -c.gap);
      if (c.gap != 0) {
        ASSERT_EQ(mirrored.cons.size(), c.cons.size());
        for (size_t n = 0; n < c.cons.size(); ++n) {
          ASSERT_EQ(mirrored.cons[n].criterion, c.cons[n].criterion);
          ASSERT_EQ(mirrored.cons[n].amount, c.cons[n].amount);
        }
      }
    }
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds with two or more ranked\n";
  EXPECT_GT(cons, 1'000u);
  EXPECT_GT(split, 100u);
}

engine::RankedOffering Offering(const std::vector<std::pair<int32_t, int32_t>>& value_weight) {
  engine::RankedOffering offering;
  for (size_t i = 0; i < value_weight.size(); ++i) {
    const auto [value, weight] = value_weight[i];
    offering.contributions.push_back({.criterion = static_cast<uint8_t>(i),
                                      .value = value,
                                      .weight_bp = weight,
                                      .contribution = int64_t{value} * weight});
    offering.score += offering.contributions.back().contribution;
  }
  return offering;
}

std::vector<int> Criteria(const std::vector<Reason>& reasons) {
  std::vector<int> criteria;
  for (const Reason& reason : reasons) criteria.push_back(reason.criterion);
  return criteria;
}

using testing::Test;
using Told = std::vector<int>;

struct ReasonsCase {
  const char* name;
  std::vector<std::pair<int32_t, int32_t>> value_weight;
  Told in_favour;
  Told against;
};

class StrongestReasonsOf : public testing::TestWithParam<ReasonsCase> {};

TEST_P(StrongestReasonsOf, Offering) {
  const Reasons reasons = StrongestReasons(Offering(GetParam().value_weight));
  EXPECT_EQ(Criteria(reasons.in_favour), GetParam().in_favour);
  EXPECT_EQ(Criteria(reasons.against), GetParam().against);
}

INSTANTIATE_TEST_SUITE_P(
    Table, StrongestReasonsOf,
    testing::Values(ReasonsCase{"TwoOfEach",
                                {{9'000, 2'500}, {1'000, 2'500}, {8'000, 2'500}, {2'000, 2'500}},
                                {0, 2},
                                {1, 3}},
                    // By weight times value, not by value.
                    ReasonsCase{"WeightCounts",
                                {{10'000, 1'000}, {6'000, 4'000}, {0, 1'000}, {4'000, 4'000}},
                                {1, 0},
                                {3, 2}},
                    // A heavy criterion of middling value stands on one side only.
                    ReasonsCase{"OnceOnly", {{5'000, 9'000}, {0, 500}, {10'000, 500}}, {0, 2}, {1}},
                    ReasonsCase{"AllGoodStillHasSomethingAgainst",
                                {{9'000, 4'000}, {8'000, 3'000}, {7'000, 3'000}},
                                {0, 1},
                                {2}},
                    ReasonsCase{"EqualAmountsByOrdinal",
                                {{7'000, 2'500}, {7'000, 2'500}, {7'000, 2'500}, {7'000, 2'500}},
                                {0, 1},
                                {2, 3}},
                    ReasonsCase{"PerfectHasNothingAgainst", {{10'000, 10'000}}, {0}, {}},
                    ReasonsCase{"NothingHasNothingFor", {{0, 10'000}}, {}, {0}},
                    ReasonsCase{"NoCriterion", {}, {}, {}}),
    [](const auto& row) { return std::string(row.param.name); });

// ---------------------------------------------------------------- practically equal

struct EqualCase {
  const char* name;
  std::vector<int64_t> scores;  // band width 1,000, edge step 10
  std::vector<EqualGroup> groups;
};

class PracticallyEqualIn : public testing::TestWithParam<EqualCase> {};

TEST_P(PracticallyEqualIn, Ranking) {
  Ranking ranking;
  std::vector<uint32_t> rows(GetParam().scores.size());
  for (uint32_t row = 0; row < rows.size(); ++row) {
    const int64_t score = GetParam().scores[row];
    const bool same = row > 0 && ranking.ranked.back().band == score / 1'000;
    const int32_t rank = row == 0 ? 1 : ranking.ranked.back().rank + (same ? 0 : 1);
    ranking.ranked.push_back({.row = row, .score = score, .band = score / 1'000, .rank = rank});
  }
  const std::vector<EqualGroup> groups = PracticallyEqual(ranking, 1'000);
  ASSERT_EQ(groups.size(), GetParam().groups.size());
  for (size_t i = 0; i < groups.size(); ++i) {
    EXPECT_EQ(groups[i].rank, static_cast<int32_t>(i) + 1);
    EXPECT_EQ(groups[i].rows, GetParam().groups[i].rows);
    EXPECT_EQ(groups[i].hardly_better, GetParam().groups[i].hardly_better) << i;
    EXPECT_EQ(groups[i].hardly_lower, GetParam().groups[i].hardly_lower) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, PracticallyEqualIn,
    testing::Values(
        EqualCase{"OneBand", {5'900, 5'100}, {{.rows = {0, 1}}}},
        EqualCase{"AcrossTheEdge",
                  {6'009, 5'990},
                  {{.rows = {0}, .hardly_lower = {1}}, {.rows = {1}, .hardly_better = {0}}}},
        // One side a unit too far.
        EqualCase{"AboveTooFar", {6'010, 5'990}, {{.rows = {0}}, {.rows = {1}}}},
        EqualCase{"BelowTooFar", {6'009, 5'989}, {{.rows = {0}}, {.rows = {1}}}},
        // The edge of a band between which and the next there is an empty one.
        EqualCase{"BandsApart", {7'000, 5'999}, {{.rows = {0}}, {.rows = {1}}}},
        EqualCase{"OnlyTheNear",
                  {6'500, 6'000, 5'999, 5'100},
                  {{.rows = {0, 1}, .hardly_lower = {2}}, {.rows = {2, 3}, .hardly_better = {1}}}},
        EqualCase{"None", {}, {}}),
    [](const auto& row) { return std::string(row.param.name); });

// Whoever is named across an edge is one whom the engine marks as close to it.
TEST(PracticallyEqual, NamesOnlyThoseThatTheRankingMarks) {
  const uint64_t seed = engine::TestSeed();
  uint64_t named = 0;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    World w = WorldNumber(seed, i);
    // An edge where the first one stands, so that others come to stand close to it.
    const Ranking before = RankWorld(w);
    if (!before.ranked.empty()) {
      w.rules.band_width = std::max<int64_t>(1, before.ranked.front().score);
    }
    const Ranking ranking = RankWorld(w);
    size_t rows = 0;
    for (const EqualGroup& group : PracticallyEqual(ranking, w.rules.band_width)) {
      rows += group.rows.size();
      for (const auto* across : {&group.hardly_better, &group.hardly_lower}) {
        for (const uint32_t row : *across) {
          const auto* offering = Find(ranking.ranked, row);
          ASSERT_NE(offering, nullptr);
          ASSERT_EQ(std::abs(offering->rank - group.rank), 1);
          // A row exactly EdgeStep below the edge is named, though the mark ends just before it.
          const int64_t below = w.rules.band_width - offering->score % w.rules.band_width;
          ASSERT_TRUE(offering->close_to_next_band ||
                      below == engine::EdgeStep(w.rules.band_width));
          ++named;
        }
      }
    }
    ASSERT_EQ(rows, ranking.ranked.size());
  }
  EXPECT_GT(named, 10u);
}

}  // namespace
}  // namespace aplomb::explain
