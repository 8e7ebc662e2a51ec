// Weights from orders, sums of published examples, and the anchors that keep an irrelevant
// offering from turning an order round.
#include "engine/weights.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <string>

#include "engine/rank.h"
#include "gtest/gtest.h"
#include "tests/engine/naive_ranker.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

// ---------------------------------------------------------------- weights by place

struct GoldenWeights {
  WeightMethod method;
  std::vector<int32_t> bp;
};

// Centroids and rank sums in basis points by largest remainder on exact fractions. The two rows
// named "trap" come out otherwise where doubles decide between equal remainders.
constexpr auto kRoc = WeightMethod::kRankOrderCentroid;
constexpr auto kSum = WeightMethod::kRankSum;
const std::vector<GoldenWeights>& Golden() {
  static const auto& golden = *new std::vector<GoldenWeights>{
      {kRoc, {10'000}},
      {kRoc, {7500, 2500}},
      {kRoc, {6111, 2778, 1111}},
      {kRoc, {5209, 2708, 1458, 625}},  // trap: not 5208 2708 1459 625
      {kRoc, {4567, 2567, 1566, 900, 400}},
      {kRoc, {4083, 2417, 1583, 1028, 611, 278}},
      {kRoc, {3704, 2276, 1561, 1085, 728, 442, 204}},
      {kRoc, {3398, 2147, 1522, 1106, 793, 543, 335, 156}},  // trap
      {kRoc, {3143, 2032, 1477, 1106, 829, 606, 421, 262, 124}},
      {kRoc, {2929, 1929, 1429, 1096, 846, 645, 479, 336, 211, 100}},
      {kSum, {6667, 3333}},
      {kSum, {5000, 3333, 1667}},
      {kSum, {4000, 3000, 2000, 1000}},
      {kSum, {3333, 2667, 2000, 1333, 667}},
      {kSum, {2857, 2381, 1905, 1429, 952, 476}},
      {WeightMethod::kEqual, {3334, 3333, 3333}},
      {WeightMethod::kEqual, {1667, 1667, 1667, 1667, 1666, 1666}},
  };
  return golden;
}

TEST(PlaceShares, GiveTheGoldenBasisPoints) {
  for (const GoldenWeights& g : Golden()) {
    const auto n = static_cast<uint32_t>(g.bp.size());
    EXPECT_EQ(LargestRemainder(PlaceShares(g.method, n), kWeightSum), g.bp)
        << "method " << static_cast<int>(g.method) << ", n = " << n;
  }
}

TEST(PlaceShares, OfTheTrapsHaveEqualRemaindersOnlyExactly) {
  // n = 4: (25 13 7 3) / 48 of 10,000 leaves 1/3, 1/3, 1/3, 0: the tie goes to the first place.
  EXPECT_EQ(PlaceShares(kRoc, 4), (std::vector<int64_t>{25, 13, 7, 3}));
  EXPECT_EQ((std::vector<int64_t>{250'000 % 48, 130'000 % 48, 70'000 % 48}),
            (std::vector<int64_t>{16, 16, 16}));
}

TEST(PlaceShares, FallFromPlaceToPlaceUpToTwenty) {
  for (uint32_t n = 1; n <= 20; ++n) {
    for (const WeightMethod method : {kRoc, kSum, WeightMethod::kEqual}) {
      const std::vector<int64_t> shares = PlaceShares(method, n);
      ASSERT_EQ(shares.size(), n);
      EXPECT_TRUE(std::is_sorted(shares.rbegin(), shares.rend()));
      EXPECT_GT(shares.back(), 0);
    }
  }
}

TEST(PlaceSharesDeathTest, RefuseNoPlaceAndMoreThanTwenty) {
  EXPECT_DEATH(PlaceShares(kRoc, 0), "number of places");
  EXPECT_DEATH(PlaceShares(kRoc, 21), "number of places");
}

// ---------------------------------------------------------------- groups

std::vector<int32_t> GroupBp(WeightMethod method, const std::array<uint8_t, kGroupCount>& tiers) {
  return LargestRemainder(GroupShares(method, tiers), kWeightSum);
}

TEST(GroupShares, FollowTheOrder) {
  EXPECT_EQ(GroupBp(kRoc, {0, 1, 2, 3, 4, 5}),
            (std::vector<int32_t>{4083, 2417, 1583, 1028, 611, 278}));
  EXPECT_EQ(GroupBp(kRoc, {5, 4, 3, 2, 1, 0}),
            (std::vector<int32_t>{278, 611, 1028, 1583, 2417, 4083}));
  EXPECT_EQ(GroupBp(kSum, {0, 1, 2, 4, 3, 5}),
            (std::vector<int32_t>{2857, 2381, 1905, 952, 1429, 476}));
}

TEST(GroupShares, OfOneTierAreTheAverageOfThePlacesItFills) {
  // (147 + 87) / 2 = 117 of 360 each for places 1 and 2 of six; the others as without the tie.
  EXPECT_EQ(GroupBp(kRoc, {0, 0, 1, 2, 3, 4}),
            (std::vector<int32_t>{3250, 3250, 1583, 1028, 611, 278}));
  EXPECT_EQ(GroupBp(kRoc, {0, 0, 0, 0, 0, 0}),
            (std::vector<int32_t>{1667, 1667, 1667, 1667, 1666, 1666}));
  EXPECT_EQ(GroupBp(kSum, {1, 0, 1, 1, 1, 1}),
            (std::vector<int32_t>{1429, 2857, 1429, 1429, 1428, 1428}));
}

TEST(GroupSharesDeathTest, RefuseTiersWithAHole) {
  EXPECT_DEATH(GroupShares(kRoc, {0, 2, 2, 2, 2, 2}), "tiers are dense");
}

// ---------------------------------------------------------------- largest remainder

TEST(LargestRemainder, SumsUpAndStaysWithinOneOfTheQuota) {
  Dice dice(TestSeed());
  for (int i = 0; i < 2'000; ++i) {
    std::vector<int64_t> shares;
    const int64_t most = dice.Pick<int64_t>({3, 1'000, int64_t{1} << 55});
    for (int64_t n = dice.Between(1, 64); n > 0; --n) shares.push_back(dice.Between(0, most));
    shares[0] += 1;
    const auto total = static_cast<int32_t>(dice.Between(0, 20'000));
    const std::vector<int32_t> parts = LargestRemainder(shares, total);
    EXPECT_EQ(parts, NaiveShareOut(shares, total));
    EXPECT_EQ(std::accumulate(parts.begin(), parts.end(), int64_t{0}), total);
    const long double sum = std::accumulate(shares.begin(), shares.end(), 0.0L);
    for (size_t k = 0; k < parts.size(); ++k) {
      const long double quota = static_cast<long double>(shares[k]) * total / sum;
      EXPECT_LT(std::abs(static_cast<double>(parts[k] - quota)), 1.000001);
      for (size_t j = 0; j < k; ++j) {  // a greater share never gets less; equals: lower index
        EXPECT_TRUE(shares[j] < shares[k] || parts[j] >= parts[k]);
      }
    }
  }
}

TEST(CriterionWeights, SplitAGroupEquallyAndShareOutWhatNobodyTakes) {
  const std::array<int64_t, kGroupCount> shares = {50, 30, 20, 7, 7, 7};
  EXPECT_EQ(CriterionWeights(shares, {}), std::vector<int32_t>{});
  EXPECT_EQ(CriterionWeights(shares, {0}), std::vector<int32_t>{10'000});
  // Groups 3 to 5 have no criterion: 50 + 30 + 20 is the whole.
  EXPECT_EQ(CriterionWeights(shares, {0, 0, 1, 2}), (std::vector<int32_t>{2500, 2500, 3000, 2000}));
  // Rounded once, at the end: 30 % over three and 20 % over three; both remainders are 2/3 or 0.
  EXPECT_EQ(CriterionWeights(shares, {0, 1, 2, 2, 2}),
            (std::vector<int32_t>{5000, 3000, 667, 667, 666}));
  // The order of criteria is not the order of groups.
  EXPECT_EQ(CriterionWeights(shares, {2, 0, 2, 1}), (std::vector<int32_t>{1000, 5000, 1000, 3000}));
}

TEST(CriterionWeights, SplitAGroupByParts) {
  const std::array<int64_t, kGroupCount> shares = {1, 1, 0, 0, 0, 0};
  // 3 of 7 and 1 of 7 of a half: 2142.86 and 714.29; the remainder goes to the greatest.
  EXPECT_EQ(CriterionWeights(shares, {0, 1, 1, 1, 1, 1}, {7, 3, 1, 1, 1, 1}),
            (std::vector<int32_t>{5000, 2143, 715, 714, 714, 714}));
  // Whatever the parts, a criterion that is alone has its whole group.
  EXPECT_EQ(CriterionWeights(shares, {0, 1}, {20, 1}), (std::vector<int32_t>{5000, 5000}));
  // Equal parts are no parts.
  EXPECT_EQ(CriterionWeights(shares, {0, 0, 1}, {4, 4, 9}), CriterionWeights(shares, {0, 0, 1}));
}

TEST(CriterionWeights, OfPartsHoldAtTheBounds) {
  // The greatest shares, parts that have nothing in common, as many criteria as there may be.
  const std::array<int64_t, kGroupCount> shares = {kMaxGroupShare, kMaxGroupShare, kMaxGroupShare,
                                                   kMaxGroupShare, kMaxGroupShare, kMaxGroupShare};
  std::vector<uint8_t> groups;
  std::vector<uint8_t> parts;
  for (uint32_t i = 0; i < kMaxCriteria; ++i) {
    groups.push_back(static_cast<uint8_t>(i % kGroupCount));
    parts.push_back(static_cast<uint8_t>(kMaxPartsInGroup - i % 7));
  }
  const std::vector<int32_t> weights = CriterionWeights(shares, groups, parts);
  std::array<int32_t, kGroupCount> sums = {};
  for (size_t i = 0; i < groups.size(); ++i) sums[groups[i]] += weights[i];
  EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0), kWeightSum);
  for (const int32_t sum : sums) EXPECT_NEAR(sum, kWeightSum / 6, 11);
}

TEST(CriterionWeights, HoldAtTheBounds) {
  std::array<int64_t, kGroupCount> shares;
  shares.fill(kMaxGroupShare);
  std::vector<uint8_t> groups;  // counts 7, 9, 10, 11, 13, 14: 64 criteria, lcm 90,090
  const std::array<int, kGroupCount> counts = {7, 9, 10, 11, 13, 14};
  for (uint8_t g = 0; g < kGroupCount; ++g) {
    groups.insert(groups.end(), static_cast<size_t>(counts[g]), g);
  }
  ASSERT_EQ(groups.size(), kMaxCriteria);
  const std::vector<int32_t> weights = CriterionWeights(shares, groups);
  EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0), kWeightSum);
  for (size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(weights[i], 10'000 / 6 / counts[groups[i]], 1);
}

// ---------------------------------------------------------------- value functions

struct ValueCase {
  const char* name;
  int64_t x;
  int32_t value;
};

TEST(ValueOf, IsLinearBetweenAnchorsAndRoundsDown) {
  const Criterion cost{.breakpoints = {{25, 10'000}, {50, 8'500}, {100, 5'000}, {200, 0}}};
  const std::vector<ValueCase> cases = {
      {"before the first anchor", -7, 10'000},
      {"at the first", 25, 10'000},
      {"between", 30, 9'700},
      {"at an inner one", 50, 8'500},
      {"a fraction", 51, 8'430},
      {"just before the last", 199, 50},
      {"at the last", 200, 0},
      {"after it", kUnlimited, 0},
  };
  for (const ValueCase& c : cases) EXPECT_EQ(ValueOf(cost, c.x), c.value) << c.name;
}

TEST(ValueOf, RoundsTowardMinusInfinityOnTheWayDownToo) {
  const Criterion falling{.breakpoints = {{0, 10}, {3, 0}}};
  EXPECT_EQ(ValueOf(falling, 1), 6);  // 10 - 3.33 = 6.67
  EXPECT_EQ(ValueOf(falling, 2), 3);
  const Criterion rising{.breakpoints = {{-3, 0}, {0, 10}}};
  EXPECT_EQ(ValueOf(rising, -2), 3);
  EXPECT_EQ(ValueOf(rising, -1), 6);
}

TEST(ValueOf, StaysExactAtTheEndsOf64Bits) {
  const Criterion wide{.breakpoints = {{-kUnlimited - 1, 0}, {kUnlimited, 10'000}}};
  EXPECT_EQ(ValueOf(wide, 0), 5'000);
  EXPECT_EQ(ValueOf(wide, -1), 4'999);
  EXPECT_EQ(ValueOf(wide, kUnlimited - 1), 9'999);
}

// ---------------------------------------------------------------- published examples

// Offerings by one fact per criterion, ranked by the engine with anchors that are given, not taken
// from the offerings present. The rows of the result are those of `matrix`, bands are of one unit.
Ranking RankMatrix(const std::vector<std::vector<int64_t>>& matrix,
                   const std::vector<std::vector<Breakpoint>>& anchors,
                   const std::vector<uint8_t>& groups,
                   const std::array<int64_t, kGroupCount>& shares) {
  const auto rows = static_cast<uint32_t>(matrix.size());
  const auto columns = static_cast<uint32_t>(anchors.size());
  World w = EmptyWorld(rows, columns, 0);
  w.request.group_shares = shares;
  w.rules.band_width = 1;
  w.rules.needs[0][0].criteria = ~uint64_t{0};
  for (uint16_t c = 0; c < columns; ++c) {
    w.rules.measures.push_back({.kind = MeasureKind::kFact, .first = {.slot = c}});
    w.rules.criteria.push_back({.group = groups[c], .measure = c, .breakpoints = anchors[c]});
    for (uint32_t row = 0; row < rows; ++row) {
      w.table.columns[c].values[row] = matrix[row][c];
      w.table.columns[c].evidence[row] = Evidence::kDeclared;
    }
  }
  return RankWorld(w);
}

struct Published {
  const char* source;
  std::vector<std::vector<int64_t>> values;  // normalised as published, in 10,000ths
  // The published weights, said in the engine's terms: the group of each criterion, and the shares
  // of the groups, which their criteria split equally.
  std::vector<uint8_t> groups;
  std::array<int64_t, kGroupCount> shares;
  std::vector<int32_t> weights_bp;  // what the engine must make of them
  std::vector<int> places;
  std::vector<double> scores;
};

// Hydropower on the Drina: profit, cost, energy, peak energy, homes, area, villages, environment.
const std::vector<std::vector<int64_t>> kDrina = {
    {0, 10000, 0, 1219, 3222, 3505, 3333, 3322},
    {7437, 3141, 6205, 7188, 0, 0, 0, 0},
    {6057, 358, 6356, 4094, 10000, 9966, 10000, 10000},
    {10000, 0, 10000, 10000, 4259, 2680, 2778, 6478},
    {6341, 6365, 7019, 4677, 7889, 8797, 7778, 8738},
    {967, 9886, 1681, 0, 10000, 10000, 10000, 9801},
};

// Matrices normalised as in the publication and rounded to 10,000ths.
const std::vector<Published>& PublishedExamples() {
  static const auto& examples = *new std::vector<Published>{
      {"Kracka, Brauers, Zavadskas (2010), Ranking heating losses in a building by applying the "
       "MULTIMOORA, Inzinerine Ekonomika 21(4); scores of the weighted sum as in scikit-criteria",
       {{1746, 701, 1297, 2, 2552, 1494, 636},
        {1524, 3998, 2349, 9926, 372, 1884, 4155},
        {1577, 1781, 1804, 23, 886, 1827, 1789},
        {1947, 443, 1067, 1, 3910, 1259, 361},
        {1637, 1127, 1619, 6, 1479, 1684, 1091},
        {1568, 1950, 1863, 42, 802, 1852, 1969}},
       {0, 0, 0, 0, 0, 0, 0},
       {1},
       {1429, 1429, 1429, 1429, 1428, 1428, 1428},
       {6, 1, 3, 4, 5, 2},
       {0.12040, 0.34582, 0.13838, 0.12841, 0.12346, 0.14352}},
      {"Simple additive weighting, choice of personnel, 5 by 7, as in the tests of JMcDM",
       {{5714, 10000, 5000, 4000, 4000, 4000, 2857},
        {5714, 5714, 10000, 8000, 8000, 6000, 10000},
        {10000, 8571, 6667, 4000, 10000, 10000, 4286},
        {4286, 2857, 8333, 6000, 6000, 4000, 7143},
        {5714, 2857, 3333, 10000, 10000, 6000, 8571}},
       {0, 1, 1, 2, 3, 4, 5},
       {2830, 3240, 700, 850, 1620, 760},
       {2830, 1620, 1620, 700, 850, 1620, 760},
       {4, 2, 1, 5, 3},
       {0.553228, 0.713485, 0.837428, 0.514657, 0.579342}},
      {"Simple additive weighting, 4 by 4 with one criterion to minimise, as in the tests of JMcDM",
       {{10000, 8333, 2857, 6061},
        {8400, 10000, 3333, 7273},
        {7600, 6795, 4000, 10000},
        {8800, 3205, 10000, 9394}},
       {0, 1, 2, 3},
       {1, 1, 1, 1},
       {2500, 2500, 2500, 2500},
       {4, 2, 3, 1},
       {0.681277, 0.725151, 0.709871, 0.784976}},
      {"Opricovic, Tzeng (2007), Extended VIKOR method in comparison with outranking methods, EJOR "
       "178(2): 1 - S, equal weights",
       kDrina,
       {0, 1, 2, 3, 4, 5, 4, 5},
       {1, 1, 1, 1, 2, 2},
       {1250, 1250, 1250, 1250, 1250, 1250, 1250, 1250},
       {5, 6, 2, 4, 1, 3},
       {0.308, 0.300, 0.710, 0.577, 0.720, 0.654}},
      {"the same: economy first",
       kDrina,
       {0, 0, 0, 0, 1, 1, 1, 1},
       {2, 1},
       {1667, 1667, 1667, 1667, 833, 833, 833, 833},
       {6, 5, 3, 2, 1, 4},
       {0.299, 0.400, 0.614, 0.635, 0.683, 0.541}},
      {"the same: people and nature first",
       kDrina,
       {0, 0, 0, 0, 1, 1, 1, 1},
       {1, 2},
       {833, 833, 833, 833, 1667, 1667, 1667, 1667},
       {5, 6, 1, 4, 3, 2},
       {0.317, 0.200, 0.807, 0.520, 0.757, 0.768}},
      {"the same: people and nature by far",
       kDrina,
       {0, 0, 0, 0, 1, 1, 1, 1},
       {2380, 7620},
       {595, 595, 595, 595, 1905, 1905, 1905, 1905},
       {5, 6, 1, 4, 3, 2},
       {0.322, 0.143, 0.862, 0.487, 0.778, 0.833}},
      {"Chakraborty, Zavadskas, Antucheviciene (2015), Applications of WASPAS method, Economic "
       "Computation and Economic Cybernetics Studies and Research 49(1), example 2 with lambda = "
       "1, which is the weighted sum",
       {{8370, 8389, 10000, 8594},
        {8178, 9192, 10000, 7031},
        {8309, 8921, 10000, 7812},
        {9316, 10000, 10000, 9062},
        {8668, 8680, 10000, 8125},
        {8968, 6139, 7500, 8750},
        {9316, 6061, 7500, 9062},
        {10000, 7300, 7500, 8750},
        {9560, 6939, 7500, 10000},
        {9486, 6468, 7500, 9375}},
       {0, 1, 2, 3},
       {467, 160, 95, 278},
       {4670, 1600, 950, 2780},
       {6, 10, 8, 1, 5, 9, 7, 3, 2, 4},
       {0.8590, 0.8194, 0.8430, 0.9420, 0.8645, 0.8315, 0.8552, 0.8983, 0.9067, 0.8784}},
  };
  return examples;
}

TEST(Rank, GivesThePublishedOrderOfPublishedMatrices) {
  const std::vector<Breakpoint> as_published = {{0, 0}, {10'000, 10'000}};
  for (const Published& e : PublishedExamples()) {
    SCOPED_TRACE(e.source);
    const size_t columns = e.weights_bp.size();
    const Ranking ranking = RankMatrix(
        e.values, std::vector<std::vector<Breakpoint>>(columns, as_published), e.groups, e.shares);
    std::vector<int32_t> weights;
    for (const ActiveCriterion& c : ranking.criteria) weights.push_back(c.weight_bp);
    EXPECT_EQ(weights, e.weights_bp);
    ASSERT_EQ(ranking.ranked.size(), e.values.size());
    std::vector<int> places(e.values.size());
    std::vector<double> scores(e.values.size());
    for (size_t i = 0; i < ranking.ranked.size(); ++i) {
      const RankedOffering& o = ranking.ranked[i];
      places[o.row] = static_cast<int>(i) + 1;
      scores[o.row] = static_cast<double>(o.score) / kScoreMax;
    }
    EXPECT_EQ(places, e.places);
    for (size_t i = 0; i < scores.size(); ++i) EXPECT_NEAR(scores[i], e.scores[i], 6e-4) << i;
  }
}

// ---------------------------------------------------------------- irrelevant alternatives

// The numbers of `present`, best first.
std::vector<size_t> RankByAnchors(const std::vector<std::vector<int64_t>>& matrix,
                                  const std::vector<std::vector<Breakpoint>>& anchors,
                                  const std::vector<uint8_t>& groups,
                                  const std::array<int64_t, kGroupCount>& shares,
                                  const std::vector<size_t>& present) {
  std::vector<std::vector<int64_t>> rows;
  for (const size_t i : present) rows.push_back(matrix[i]);
  std::vector<size_t> order;
  for (const RankedOffering& o : RankMatrix(rows, anchors, groups, shares).ranked) {
    order.push_back(present[o.row]);
  }
  return order;
}

std::vector<size_t> OrderByScore(const std::vector<double>& scores) {
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  return order;
}

std::vector<size_t> Without(std::vector<size_t> order, size_t removed) {
  order.erase(std::find(order.begin(), order.end(), removed));
  return order;
}

// Price (less is better) and quality of four offers, weighed equally.
const std::vector<std::vector<int64_t>> kOffers = {{30, 70}, {60, 90}, {90, 60}, {10, 0}};

std::vector<double> MinMaxScores(size_t count) {
  std::vector<double> scores(count);
  for (size_t c = 0; c < 2; ++c) {
    int64_t low = kOffers[0][c], high = low;
    for (size_t i = 0; i < count; ++i) {
      low = std::min(low, kOffers[i][c]);
      high = std::max(high, kOffers[i][c]);
    }
    for (size_t i = 0; i < count; ++i) {
      const double share =
          static_cast<double>(kOffers[i][c] - low) / static_cast<double>(high - low);
      scores[i] += (c == 0 ? 1 - share : share) / 2;
    }
  }
  return scores;
}

TEST(IrrelevantAlternatives, TurnMinMaxRoundButNotFixedAnchors) {
  // With min and max taken from the offers, B leads A until D, the worst of all, is added.
  EXPECT_NEAR(MinMaxScores(3)[0], 0.667, 5e-4);
  EXPECT_NEAR(MinMaxScores(3)[1], 0.750, 5e-4);
  EXPECT_NEAR(MinMaxScores(4)[0], 0.764, 5e-4);
  EXPECT_NEAR(MinMaxScores(4)[1], 0.688, 5e-4);

  const auto rank = [](const std::vector<size_t>& present) {
    return RankByAnchors(kOffers, {{{0, 10'000}, {100, 0}}, {{0, 0}, {100, 10'000}}}, {0, 1},
                         {1, 1, 1, 1, 1, 1}, present);
  };
  const std::vector<size_t> all = rank({0, 1, 2, 3});
  for (size_t removed = 0; removed < 4; ++removed) {
    EXPECT_EQ(rank(Without({0, 1, 2, 3}, removed)), Without(all, removed));
  }
}

// Thierry's choice of a car: Bouyssou, Marchant, Pirlot, Tsoukias, Vincke (2006), Evaluation and
// Decision Models with Multiple Criteria; experiment of Bigaret, Hodgett, Meyer, Mironova, Olteanu
// (2017), EURO J. Decision Processes 5. Cost in EUR; acceleration and pick-up in tenths of a
// second (less is better); brakes and road-hold in hundredths. a01 to a14.
const std::vector<std::vector<int64_t>> kCars = {
    {18342, 307, 372, 233, 300}, {15335, 302, 416, 200, 250}, {16973, 290, 349, 266, 250},
    {15460, 304, 358, 166, 150}, {15131, 297, 356, 166, 175}, {13841, 308, 365, 133, 200},
    {18971, 280, 356, 233, 200}, {18319, 289, 353, 166, 200}, {19800, 294, 347, 200, 175},
    {16966, 300, 377, 233, 325}, {17537, 283, 348, 233, 275}, {15980, 296, 353, 233, 275},
    {17219, 302, 369, 166, 125}, {21334, 289, 367, 200, 225},
};
constexpr size_t kA03 = 2, kA10 = 9, kA11 = 10;

// Each column divided by the greatest of those present, weights -1 -2 -1 1/2 1/2.
std::vector<size_t> RankByShareOfMax(const std::vector<size_t>& present) {
  const std::array<double, 5> weights = {-1, -2, -1, 0.5, 0.5};
  std::vector<double> scores(present.size());
  for (size_t c = 0; c < 5; ++c) {
    int64_t most = 0;
    for (const size_t car : present) most = std::max(most, kCars[car][c]);
    for (size_t i = 0; i < present.size(); ++i) {
      scores[i] +=
          weights[c] * static_cast<double>(kCars[present[i]][c]) / static_cast<double>(most);
    }
  }
  std::vector<size_t> order;
  for (const size_t i : OrderByScore(scores)) order.push_back(present[i]);
  return order;
}

std::vector<size_t> RankCars(const std::vector<size_t>& present) {
  return RankByAnchors(kCars,
                       {{{12'000, 10'000}, {22'000, 0}},
                        {{270, 10'000}, {320, 0}},
                        {{340, 10'000}, {420, 0}},
                        {{100, 0}, {300, 10'000}},
                        {{100, 0}, {350, 10'000}}},
                       {0, 1, 2, 3, 4}, {2, 4, 2, 1, 1, 1}, present);
}

TEST(IrrelevantAlternatives, NeverReverseTwoOfThierrysCars) {
  std::vector<size_t> all(kCars.size());
  std::iota(all.begin(), all.end(), size_t{0});
  // Contrast: shares of the greatest value turn a11 and a03 round when a10 comes in.
  EXPECT_EQ(RankByShareOfMax(Without(all, kA10))[0], kA11);
  EXPECT_EQ(RankByShareOfMax(Without(all, kA10))[1], kA03);
  EXPECT_EQ(RankByShareOfMax(all)[0], kA03);
  EXPECT_EQ(RankByShareOfMax(all)[1], kA11);

  const std::vector<size_t> order = RankCars(all);
  for (uint32_t subset = 1; subset < (1u << kCars.size()); subset += 7) {  // each 7th of 16,383
    std::vector<size_t> present, expected;
    for (const size_t car : all) {
      if (((subset >> car) & 1u) != 0) present.push_back(car);
    }
    for (const size_t car : order) {
      if (((subset >> car) & 1u) != 0) expected.push_back(car);
    }
    ASSERT_EQ(RankCars(present), expected) << "subset " << subset;
  }
}

// ---------------------------------------------------------------- the order of equals

class FixedKeys : public TieBreaker {
 public:
  FixedKeys(std::vector<uint8_t> groups, std::vector<uint8_t> offers)
      : groups_(std::move(groups)), offers_(std::move(offers)) {}
  Key GroupKey(uint32_t group) const override { return Key{groups_[group]}; }
  Key OfferKey(uint32_t row) const override { return Key{offers_[row]}; }

 private:
  std::vector<uint8_t> groups_;
  std::vector<uint8_t> offers_;
};

TEST(DrawOrder, PlacesOneOfEachGroupInEachRound) {
  // Group 0 has five variants, group 1 one, group 2 two; the lot says 2, 0, 1.
  const std::vector<uint32_t> groups = {0, 0, 0, 0, 0, 1, 2, 2};
  const FixedKeys keys({20, 30, 10}, {5, 3, 9, 1, 7, 2, 8, 4});
  std::vector<uint32_t> rows = {0, 1, 2, 3, 4, 5, 6, 7};
  DrawOrder(groups, keys, rows);
  EXPECT_EQ(rows, (std::vector<uint32_t>{7, 3, 5, 6, 1, 0, 4, 2}));
}

TEST(DrawOrder, DoesNotKnowTheOrderItIsGiven) {
  const std::vector<uint32_t> groups = {0, 0, 1, 1, 2};
  const FixedKeys keys({2, 1, 3}, {4, 2, 5, 1, 3});
  std::vector<uint32_t> rows = {0, 1, 2, 3, 4};
  do {
    std::vector<uint32_t> drawn = rows;
    DrawOrder(groups, keys, drawn);
    ASSERT_EQ(drawn, (std::vector<uint32_t>{3, 1, 4, 2, 0}));
  } while (std::next_permutation(rows.begin(), rows.end()));
}

TEST(DrawOrder, ComparesKeysFromTheirFirstByteToTheirLast) {
  class LastByte : public TieBreaker {
   public:
    Key GroupKey(uint32_t group) const override {
      Key key = {};
      key[31] = static_cast<uint8_t>(255 - group);
      return key;
    }
    Key OfferKey(uint32_t row) const override { return GroupKey(row); }
  };
  std::vector<uint32_t> rows = {0, 1, 2};
  DrawOrder({0, 1, 2}, LastByte(), rows);
  EXPECT_EQ(rows, (std::vector<uint32_t>{2, 1, 0}));
}

}  // namespace
}  // namespace aplomb::engine
