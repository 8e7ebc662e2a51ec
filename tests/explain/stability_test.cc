// Stability: against fractions added up term by term, and the draws against their distribution.
#include "decision/explain/stability.h"

#include <algorithm>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "absl/numeric/int128.h"
#include "decision/explain/equal_groups.h"
#include "engine/weights.h"
#include "gtest/gtest.h"
#include "tests/engine/random_world.h"

namespace aplomb::explain {
namespace {

using absl::int128;
using engine::Dice;
using engine::kGroupCount;
using engine::Ranking;
using engine::World;

using Shares = std::array<int64_t, kGroupCount>;

// ---------------------------------------------------------------- the draws

TEST(Draws, SumFitTheOrderAndAreNeverNegative) {
  const Shares stated = {5, 9, 9, 1, 3, 1};
  for (uint32_t draw = 0; draw < kStabilityDraws; ++draw) {
    const Shares shares = DrawShares(stated, draw);
    ASSERT_EQ(std::accumulate(shares.begin(), shares.end(), int64_t{0}), kDrawTotal);
    for (size_t a = 0; a < kGroupCount; ++a) {
      ASSERT_GE(shares[a], 0);
      for (size_t b = 0; b < kGroupCount; ++b) {
        if (stated[a] > stated[b]) {
          ASSERT_GE(shares[a], shares[b]) << "draw " << draw;
        }
      }
    }
  }
}

// The mean of the uniform distribution over the simplex sorted to an order is the rank-order
// centroid. The standard deviation of one share is below 0.13, so that of a mean of 4,096 is below
// 20 basis points; 60 is three of them.
TEST(Draws, TheirMeanIsTheRankOrderCentroid) {
  const Shares stated = {6, 5, 4, 3, 2, 1};
  const std::vector<int64_t> places =
      engine::PlaceShares(engine::WeightMethod::kRankOrderCentroid, kGroupCount);
  const int64_t sum = std::accumulate(places.begin(), places.end(), int64_t{0});
  Shares total = {};
  for (uint32_t draw = 0; draw < kStabilityDraws; ++draw) {
    const Shares shares = DrawShares(stated, draw);
    for (size_t g = 0; g < kGroupCount; ++g) total[g] += shares[g];
  }
  for (size_t g = 0; g < kGroupCount; ++g) {
    const int64_t mean_bp = total[g] * 10'000 / (kDrawTotal * kStabilityDraws);
    EXPECT_NEAR(static_cast<int>(mean_bp), static_cast<int>(places[g] * 10'000 / sum), 60) << g;
  }
}

// More than the mean: the largest share of six uniform parts exceeds x with probability
// sum over k of (-1)^(k+1) C(6,k) (1 - k x)^5 where k x < 1. At x = 1/2: 6 / 32 = 18.75 %.
TEST(Draws, TheLargestShareIsAboveAHalfAsOftenAsItShouldBe) {
  const Shares stated = {6, 5, 4, 3, 2, 1};
  uint32_t above = 0;
  for (uint32_t draw = 0; draw < kStabilityDraws; ++draw) {
    above += DrawShares(stated, draw)[0] * 2 > kDrawTotal;
  }
  EXPECT_NEAR(above, kStabilityDraws * 6 / 32, 75);  // three standard deviations of 25
}

TEST(Draws, AmongEqualsEveryOrderIsAsLikely) {
  const Shares stated = {1, 1, 1, 0, 0, 0};
  std::map<std::vector<int>, uint32_t> orders;
  for (uint32_t draw = 0; draw < kStabilityDraws; ++draw) {
    const Shares shares = DrawShares(stated, draw);
    std::vector<int> order = {0, 1, 2};
    std::sort(order.begin(), order.end(),
              [&](int a, int b) { return shares[size_t(a)] > shares[size_t(b)]; });
    ++orders[order];
  }
  ASSERT_EQ(orders.size(), 6u);
  for (const auto& [order, count] : orders) EXPECT_NEAR(count, kStabilityDraws / 6, 75);
}

TEST(Draws, AreTheSameOnEveryMachine) {
  const Shares shares = DrawShares({6, 5, 4, 3, 2, 1}, 7);
  const Shares again = DrawShares({6, 5, 4, 3, 2, 1}, 7);
  EXPECT_EQ(shares, again);
  EXPECT_EQ(shares, (Shares{473151, 420618, 61656, 58616, 24198, 10337}));
}

// ---------------------------------------------------------------- acceptability

// Band of an offering under exact shares, one fraction per criterion: its parts of its group's.
int64_t NaiveBand(const World& w, const engine::RankedOffering& offering, const Shares& shares) {
  std::map<uint8_t, int64_t> parts;
  for (const auto& c : offering.contributions) {
    parts[w.rules.criteria[c.criterion].group] += w.rules.criteria[c.criterion].parts_in_group;
  }
  int128 sum = 0;
  for (const auto& [group, n] : parts) sum += shares[group];
  const bool all_zero = sum == 0;
  if (all_zero) sum = static_cast<int64_t>(parts.size());
  int128 common = 1;
  for (const auto& [group, n] : parts) common *= n;
  int128 numerator = 0;
  for (const auto& c : offering.contributions) {
    const engine::Criterion& criterion = w.rules.criteria[c.criterion];
    numerator += int128(all_zero ? 1 : shares[criterion.group]) * c.value *
                 criterion.parts_in_group * (common / parts[criterion.group]);
  }
  return static_cast<int64_t>(numerator * 10'000 / (sum * common * w.rules.band_width));
}

struct Counts {
  std::map<uint32_t, uint32_t> first, top;
  uint32_t first_holds = 0;
};

std::set<uint32_t> FirstRows(const World& w, const Ranking& ranking, const Shares& shares) {
  std::map<int64_t, std::set<uint32_t>> bands;
  for (const auto& o : ranking.ranked) bands[NaiveBand(w, o, shares)].insert(o.row);
  return bands.rbegin()->second;
}

Counts NaiveCounts(const World& w, const Ranking& ranking) {
  Counts counts;
  for (uint32_t draw = 0; draw < kStabilityDraws; ++draw) {
    const Shares shares = DrawShares(w.request.group_shares, draw);
    std::map<uint32_t, int64_t> band;
    for (const auto& o : ranking.ranked) band[o.row] = NaiveBand(w, o, shares);
    bool holds = false;
    for (const auto& o : ranking.ranked) {
      int above = 0;
      for (const auto& [row, other] : band) above += other > band[o.row];
      counts.top[o.row] += above < 3;
      counts.first[o.row] += above == 0;
      holds |= above == 0 && o.rank == 1;
    }
    counts.first_holds += holds;
  }
  return counts;
}

World WorldNumber(uint64_t seed, uint64_t i) {
  Dice dice(seed * 1'000'003 + i);
  return i % 2 == 1 ? engine::TameWorld(dice) : engine::WildWorld(dice);
}

TEST(Stability, CountsAsAddingFractionsDoes) {
  const uint64_t seed = engine::TestSeed();
  uint64_t worlds = 0, between = 0;
  for (uint64_t i = 0; worlds < 60; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    if (ranking.ranked.size() < 2 || ranking.criteria.empty()) continue;
    ++worlds;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    const Stability stability = MeasureStability(w.rules, w.request.group_shares, ranking);
    const Counts counts = NaiveCounts(w, ranking);
    ASSERT_EQ(stability.offerings.size(), ranking.ranked.size());
    for (size_t k = 0; k < ranking.ranked.size(); ++k) {
      const Acceptability& a = stability.offerings[k];
      ASSERT_EQ(a.row, ranking.ranked[k].row);
      ASSERT_EQ(a.first_band_draws, counts.first.at(a.row));
      ASSERT_EQ(a.top_three_draws, counts.top.at(a.row));
      ASSERT_EQ(a.label, LabelOf(a.first_band_draws, kStabilityDraws));
      between += a.first_band_draws > 0 && a.first_band_draws < kStabilityDraws;
    }
    ASSERT_EQ(stability.first_holds_draws, counts.first_holds);
  }
  EXPECT_GT(between, 20u);
}

// A result is solid only where the weights leave the first band in place and nobody of the next one
// is hardly apart from it.
TEST(Stability, NeverCallsANearTieSolid) {
  const uint64_t seed = engine::TestSeed();
  uint64_t near = 0, lowered = 0, solid = 0;
  for (uint64_t i = 0; i < 3'000; ++i) {
    World w = WorldNumber(seed, i);
    const Ranking before = RankWorld(w);
    if (before.ranked.size() < 2 || before.criteria.empty()) continue;
    // An edge where the first one stands, so that the next ones come to stand close to it.
    if (i % 2 == 0) w.rules.band_width = std::max<int64_t>(1, before.ranked.front().score);
    const Ranking ranking = RankWorld(w);
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    const Stability s = MeasureStability(w.rules, w.request.group_shares, ranking);
    uint32_t hardly_below = 0;
    for (const engine::RankedOffering& lower : ranking.ranked) {
      if (lower.rank != 2) continue;
      hardly_below += std::any_of(
          ranking.ranked.begin(), ranking.ranked.end(), [&](const engine::RankedOffering& upper) {
            return upper.rank == 1 && HardlyApart(upper.score, lower.score, w.rules.band_width);
          });
    }
    ASSERT_EQ(s.hardly_below_first, hardly_below);
    const StabilityLabel of_draws = LabelOf(s.first_holds_draws, kStabilityDraws);
    if (hardly_below == 0) {
      ASSERT_EQ(s.label, of_draws);
    } else {
      ASSERT_EQ(s.label,
                of_draws == StabilityLabel::kSolid ? StabilityLabel::kToDiscuss : of_draws);
      lowered += of_draws == StabilityLabel::kSolid;
    }
    near += hardly_below > 0;
    solid += s.label == StabilityLabel::kSolid;
  }
  std::cout << "near ties " << near << ", not called solid for that " << lowered << ", solid "
            << solid << "\n";
  EXPECT_GT(lowered, 5u);
  EXPECT_GT(solid, 100u);
}

// Under the stated weights stability's scores are the engine's, but for the rounding of weights to
// basis points: a criterion that weighs three parts of its group counts three times here too.
TEST(Stability, WeighsAsTheEngineDoes) {
  const uint64_t seed = engine::TestSeed();
  uint64_t offerings = 0, uneven = 0;
  for (uint64_t i = 0; i < 2'000; ++i) {
    World w = WorldNumber(seed, i);
    w.rules.band_width = 1'000'000;
    const Ranking ranking = RankWorld(w);
    if (ranking.criteria.empty()) continue;
    bool parts = false;
    for (const auto& c : ranking.criteria)
      parts |= w.rules.criteria[c.criterion].parts_in_group > 1;
    for (const auto& o : ranking.ranked) {
      ++offerings;
      uneven += parts;
      // NaiveBand is what the draws are counted by (CountsAsAddingFractionsDoes).
      const int64_t slack = static_cast<int64_t>(o.contributions.size()) * 10'000;
      const int64_t band = NaiveBand(w, o, w.request.group_shares);
      ASSERT_LE(band, (o.score + slack) / w.rules.band_width) << "world " << i;
      ASSERT_GE(band, std::max<int64_t>(0, o.score - slack) / w.rules.band_width) << "world " << i;
    }
  }
  EXPECT_GT(offerings, 2'000u);
  EXPECT_GT(uneven, 1'000u);
}

// Parts whose sums have a least common multiple beyond 64 bits' reach: six primes, whose product is
// above 10^11.
TEST(Stability, OfOddPartsIsCountedInWiderNumbers) {
  World w = engine::EmptyWorld(4, 1, 0);
  w.rules.measures = {{.kind = engine::MeasureKind::kFact, .first = {.slot = 0}}};
  w.rules.band_width = 100'000;
  Dice dice(engine::TestSeed());
  const std::array<int, kGroupCount> sums = {59, 61, 67, 71, 73, 79};
  for (uint8_t g = 0; g < kGroupCount; ++g) {
    for (int left = sums[g]; left > 0;) {
      const int part = std::min(left, 20);
      left -= part;
      const auto value = [&] { return static_cast<int32_t>(dice.Between(0, 10'000)); };
      w.rules.criteria.push_back(
          {.group = g,
           .parts_in_group = static_cast<uint8_t>(part),
           .measure = 0,
           .breakpoints = {{0, value()}, {1, value()}, {2, value()}, {3, value()}}});
    }
  }
  w.rules.needs[0][0].criteria = (uint64_t{1} << w.rules.criteria.size()) - 1;
  w.request.group_shares = {6, 5, 4, 3, 2, 1};
  for (uint32_t row = 0; row < 4; ++row) {
    w.table.columns[0].values[row] = row;
    w.table.columns[0].evidence[row] = engine::Evidence::kChecked;
  }
  const Ranking ranking = RankWorld(w);
  ASSERT_EQ(ranking.ranked.size(), 4u);
  const Stability stability = MeasureStability(w.rules, w.request.group_shares, ranking);
  const Counts counts = NaiveCounts(w, ranking);
  for (const Acceptability& a : stability.offerings) {
    EXPECT_EQ(a.first_band_draws, counts.first.at(a.row));
    EXPECT_EQ(a.top_three_draws, counts.top.at(a.row));
  }
  EXPECT_EQ(stability.first_holds_draws, counts.first_holds);
}

// The search against trying every shift between every pair of groups.
TEST(Stability, TheSmallestShiftIsTheSmallest) {
  const uint64_t seed = engine::TestSeed();
  uint64_t worlds = 0, found = 0, apart = 0;
  for (uint64_t i = 0; worlds < 60; ++i) {
    World w = WorldNumber(seed, i);
    // Shares of a million, so that one part of it is exact on both sides.
    w.request.group_shares = {300'000, 250'000, 200'000, 130'000, 80'000, 40'000};
    Dice dice(seed + i);
    for (size_t g = 5; g > 0; --g) {
      std::swap(w.request.group_shares[g],
                w.request.group_shares[static_cast<size_t>(dice.Between(0, int64_t(g)))]);
    }
    const Ranking ranking = RankWorld(w);
    std::set<uint8_t> used;
    for (const auto& c : ranking.criteria) used.insert(w.rules.criteria[c.criterion].group);
    if (ranking.ranked.size() < 3 || used.size() < 2) continue;
    ++worlds;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    const Stability stability = MeasureStability(w.rules, w.request.group_shares, ranking);

    std::vector<int64_t> in_use(kGroupCount);
    std::vector<uint8_t> order(used.begin(), used.end());
    for (const uint8_t g : used) in_use[g] = w.request.group_shares[g];
    const std::vector<int32_t> parts = engine::LargestRemainder(in_use, 1'000'000);
    std::sort(order.begin(), order.end(), [&](uint8_t a, uint8_t b) {
      return w.request.group_shares[a] > w.request.group_shares[b];
    });
    Shares shares = {};
    std::copy(parts.begin(), parts.end(), shares.begin());
    const std::set<uint32_t> stated = FirstRows(w, ranking, shares);
    std::optional<WeightShift> expected;
    for (int64_t bp = 1; bp <= 10'000 && !expected.has_value(); ++bp) {
      for (size_t pair = 0; pair < order.size() * order.size() && !expected.has_value(); ++pair) {
        const size_t a = pair / order.size();
        const size_t b = pair % order.size();
        for (const bool down : {true, false}) {
          if (a >= b) break;
          const uint8_t from = down ? order[a] : order[b];
          const uint8_t to = down ? order[b] : order[a];
          Shares moved = shares;
          moved[from] -= bp * 100;
          moved[to] += bp * 100;
          if (moved[from] < 0) continue;
          const std::set<uint32_t> first = FirstRows(w, ranking, moved);
          if (first == stated) continue;
          expected = WeightShift{.from_group = from,
                                 .to_group = to,
                                 .moved_bp = static_cast<int32_t>(bp),
                                 .l1_bp = static_cast<int32_t>(2 * bp),
                                 .first_rows = {first.begin(), first.end()}};
          break;
        }
      }
    }
    ASSERT_EQ(stability.smallest_shift.has_value(), expected.has_value());
    if (!expected.has_value()) continue;
    ++found;
    const auto place = [&](uint8_t g) { return std::find(order.begin(), order.end(), g); };
    apart += std::abs(place(expected->from_group) - place(expected->to_group)) > 1;
    EXPECT_EQ(stability.smallest_shift->from_group, expected->from_group);
    EXPECT_EQ(stability.smallest_shift->to_group, expected->to_group);
    EXPECT_EQ(stability.smallest_shift->moved_bp, expected->moved_bp);
    EXPECT_EQ(stability.smallest_shift->l1_bp, expected->l1_bp);
    EXPECT_EQ(stability.smallest_shift->first_rows, expected->first_rows);
  }
  EXPECT_GT(found, 20u);
  EXPECT_GT(apart, 5u) << "groups that are no neighbours in the order are tried as well";
}

// Of all worlds in which something is ranked: the draws keep their bounds (counting them by hand
// would be too slow), and the smallest shift does what is said of it, one basis point less does
// not.
TEST(Stability, OfTenThousandWorldsHolds) {
  const uint64_t seed = engine::TestSeed();
  uint64_t worlds = 0, shifts = 0;
  for (uint64_t i = 0; worlds < 10'000; ++i) {
    const World w = WorldNumber(seed, i);
    const Ranking ranking = RankWorld(w);
    if (ranking.ranked.empty()) continue;
    const Stability s = MeasureStability(w.rules, w.request.group_shares, ranking);
    ++worlds;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    if (s.smallest_shift.has_value()) {
      ++shifts;
      std::vector<int64_t> in_use(kGroupCount);
      for (const auto& c : ranking.criteria) {
        const uint8_t g = w.rules.criteria[c.criterion].group;
        in_use[g] = w.request.group_shares[g];
      }
      const std::vector<int32_t> parts = engine::LargestRemainder(in_use, 1'000'000);
      const auto first_after = [&](int64_t bp) {
        Shares shares = {};
        std::copy(parts.begin(), parts.end(), shares.begin());
        shares[s.smallest_shift->from_group] -= bp * 100;
        shares[s.smallest_shift->to_group] += bp * 100;
        return FirstRows(w, ranking, shares);
      };
      const std::vector<uint32_t>& rows = s.smallest_shift->first_rows;
      const std::set<uint32_t> told(rows.begin(), rows.end());
      ASSERT_EQ(first_after(s.smallest_shift->moved_bp), told);
      ASSERT_NE(first_after(0), told);
      ASSERT_EQ(first_after(s.smallest_shift->moved_bp - 1), first_after(0));
    }
    uint64_t first = 0, top = 0;
    for (const Acceptability& a : s.offerings) {
      ASSERT_LE(a.first_band_draws, a.top_three_draws);
      ASSERT_LE(a.top_three_draws, kStabilityDraws);
      first += a.first_band_draws;
      top += a.top_three_draws;
    }
    ASSERT_GE(first, kStabilityDraws);
    ASSERT_GE(top, kStabilityDraws * std::min<uint64_t>(3, ranking.ranked.size()));
  }
  EXPECT_GT(shifts, 1'000u);
  std::cout << "seed " << seed << ", " << worlds << " worlds, " << shifts << " smallest shifts\n";
}

struct LabelCase {
  const char* name;
  uint32_t draws;
  StabilityLabel label;
};

class LabelIs : public testing::TestWithParam<LabelCase> {};
TEST_P(LabelIs, ForThatManyDraws) { EXPECT_EQ(LabelOf(GetParam().draws, 1'000), GetParam().label); }
INSTANTIATE_TEST_SUITE_P(Table, LabelIs,
                         testing::Values(LabelCase{"All", 1'000, StabilityLabel::kSolid},
                                         LabelCase{"Eighty", 800, StabilityLabel::kSolid},
                                         LabelCase{"Below80", 799, StabilityLabel::kToDiscuss},
                                         LabelCase{"Fifty", 500, StabilityLabel::kToDiscuss},
                                         LabelCase{"Below50", 499, StabilityLabel::kVerySensitive},
                                         LabelCase{"None", 0, StabilityLabel::kVerySensitive}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Stability, OfNothingRankedIsEmpty) {
  const World w = engine::EmptyWorld(1, 0, 0);
  const Stability s = MeasureStability(w.rules, w.request.group_shares, Ranking{});
  EXPECT_TRUE(s.offerings.empty());
  EXPECT_FALSE(s.smallest_shift.has_value());
  EXPECT_EQ(s.label, StabilityLabel::kVerySensitive);
}

TEST(Stability, WithNothingToWeighAllAreEqual) {
  const World w = engine::EmptyWorld(3, 0, 0);
  const Stability s = MeasureStability(w.rules, w.request.group_shares, RankWorld(w));
  ASSERT_EQ(s.offerings.size(), 3u);
  for (const Acceptability& a : s.offerings) EXPECT_EQ(a.first_band_draws, kStabilityDraws);
  EXPECT_EQ(s.label, StabilityLabel::kSolid);
}

}  // namespace
}  // namespace aplomb::explain
