// Counterfactuals: each answer ranked anew in the whole table, and "no fewer" against trying
// everything.
#include "decision/explain/counterfactual.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <utility>
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

// A weak order of the groups under one of the methods, which the firm of a world states.
WeightOrder OrderNumber(uint64_t seed, uint64_t i) {
  Dice dice(seed * 777'767 + i);
  WeightOrder order{.method = static_cast<engine::WeightMethod>(dice.Between(1, 3))};
  const int64_t tiers = dice.Between(1, 6);
  std::set<uint8_t> used;
  for (uint8_t& tier : order.tier_of_group) {
    tier = static_cast<uint8_t>(dice.Between(0, tiers - 1));
    used.insert(tier);
  }
  for (uint8_t& tier : order.tier_of_group) {
    tier = static_cast<uint8_t>(std::distance(used.begin(), used.find(tier)));
  }
  return order;
}

struct Asked {
  World world;
  WeightOrder order;
  Ranking ranking = {};
  std::vector<uint32_t> rows = {};  // its candidates
};

std::vector<uint32_t> RowsOf(const Ranking& ranking) {
  std::vector<uint32_t> rows;
  for (const auto& o : ranking.ranked) rows.push_back(o.row);
  for (const auto& o : ranking.to_confirm) rows.push_back(o.row);
  for (const auto& o : ranking.excluded) rows.push_back(o.row);
  std::sort(rows.begin(), rows.end());
  return rows;
}

Asked AskedNumber(uint64_t seed, uint64_t i) {
  Asked asked{.world = WorldNumber(seed, i), .order = OrderNumber(seed, i)};
  asked.world.request.group_shares =
      engine::GroupShares(asked.order.method, asked.order.tier_of_group);
  asked.ranking = RankWorld(asked.world);
  asked.rows = RowsOf(asked.ranking);
  return asked;
}

// ---------------------------------------------------------------- every answer holds

struct Tally {
  uint64_t already = 0, one = 0, two = 0, three = 0, impossible = 0, undecided = 0;
  uint64_t undecided_tame = 0;  // of these in worlds where a lower price is never worse
  void Add(const Counterfactual& c, bool tame) {
    undecided_tame += tame && c.found == Found::kUndecided;
    already += c.found == Found::kAlready;
    impossible += c.found == Found::kImpossible;
    undecided += c.found == Found::kUndecided;
    if (c.found != Found::kChanges) return;
    one += c.changes.size() == 1;
    two += c.changes.size() == 2;
    three += c.changes.size() == 3;
  }
};

void ExpectHolds(const Asked& asked, uint32_t row, Goal goal, const Counterfactual& c) {
  const World& w = asked.world;
  const Ranking& ranking = asked.ranking;
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
      ASSERT_NE(c.limit, Limit::kNone) << "nothing stays undecided but for a limit that has a name";
      return;
    case Found::kChanges:
      break;
  }
  ASSERT_EQ(c.at_least, c.changes.size());
  const bool of_weights = c.changes.front().kind == Change::Kind::kGroupMove;
  const Ranking after =
      of_weights ? RankWithOrder(Of(w), c.order) : RankAfter(Of(w), row, c.changes);
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
  if (of_weights) return;
  ASSERT_EQ(size, c.size);
  // None of them is idle: without any one the goal is missed (else fewer would do).
  for (size_t i = 0; i < c.changes.size(); ++i) {
    std::vector<Change> fewer = c.changes;
    fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(i));
    ASSERT_FALSE(Reaches(RankAfter(Of(w), row, fewer), row, goal)) << "change " << i;
  }
}

using Finder = Counterfactual (*)(const Asked&, uint32_t, Goal);

Counterfactual OfOffering(const Asked& a, uint32_t row, Goal goal) {
  return FindOfferingChanges(Of(a.world), a.ranking, WorldShapes(), row, goal);
}
Counterfactual OfFirm(const Asked& a, uint32_t row, Goal goal) {
  return FindFirmChanges(Of(a.world), a.ranking, WorldShapes(), row, goal);
}
Counterfactual OfWeights(const Asked& a, uint32_t row, Goal goal) {
  return FindWeightChanges(Of(a.world), a.ranking, a.order, row, goal);
}

// So many worlds with a candidate; others say nothing and do not count.
Tally ExpectAllHold(Finder find, uint64_t seed) {
  Tally tally;
  uint64_t worlds = 0, empty = 0;
  for (uint64_t i = 0; worlds < kWorlds; ++i) {
    const Asked asked = AskedNumber(seed, i);
    if (asked.rows.empty()) {
      ++empty;
      continue;
    }
    ++worlds;
    const uint32_t row = asked.rows[i % asked.rows.size()];
    const Goal goal = i % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    const Counterfactual c = find(asked, row, goal);
    ExpectHolds(asked, row, goal, c);
    if (testing::Test::HasFatalFailure()) return tally;
    tally.Add(c, i % 2 == 1);
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds (" << empty
            << " without candidates left out): already " << tally.already << ", one change "
            << tally.one << ", two " << tally.two << ", three " << tally.three << ", impossible "
            << tally.impossible << ", undecided " << tally.undecided << "\n";
  return tally;
}

TEST(OfferingChanges, OfTenThousandWorldsHoldInTheEngine) {
  const Tally tally = ExpectAllHold(OfOffering, engine::TestSeed());
  EXPECT_GT(tally.one, 1'000u);
  EXPECT_GT(tally.two, 200u);
  EXPECT_GT(tally.three, 50u);
  EXPECT_GT(tally.impossible, 200u);
  // Wild rules may make a dearer offering the better one; then prices are tried one by one, and
  // some searches end at their limit, which the answer names.
  EXPECT_EQ(tally.undecided_tame, 0u);
  EXPECT_LT(tally.undecided, kWorlds / 100);
}

TEST(FirmChanges, OfTenThousandWorldsHoldInTheEngine) {
  const Tally tally = ExpectAllHold(OfFirm, engine::TestSeed());
  EXPECT_GT(tally.one, 500u);
  EXPECT_GT(tally.two, 10u);
  EXPECT_GT(tally.impossible, 200u);
  EXPECT_EQ(tally.undecided, 0u);
}

TEST(WeightChanges, OfTenThousandWorldsHoldInTheEngine) {
  const Tally tally = ExpectAllHold(OfWeights, engine::TestSeed());
  EXPECT_GT(tally.one, 100u);
  EXPECT_GT(tally.two, 10u);
  EXPECT_GT(tally.impossible, 1'000u);
  EXPECT_EQ(tally.undecided, 0u);
}

// ---------------------------------------------------------------- no fewer would do

// Everything that one fact of the offering could say, whatever the rules; prices at each
// twentieth.
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
  for (size_t i = 0; i < w.table.tariffs[row].components.size(); ++i) {
    const engine::PriceComponent& c = w.table.tariffs[row].components[i];
    const std::vector<std::pair<PricePart, int64_t>> prices = {
        {PricePart::kAmount, c.amount_micros},
        {PricePart::kRate, c.rate_bp},
        {PricePart::kPerTransaction, c.per_transaction_micros},
        {PricePart::kMinimum, c.monthly_minimum_micros},
        {PricePart::kTiers, c.tiers.empty() ? 0 : 10'000}};
    for (const auto& [part, price] : prices) {
      int64_t last = price;
      for (int64_t step = 1; step <= 20; ++step) {
        int64_t to = price - price * step / 20;
        // Prices from a euro on are whole cents.
        const bool in_cents =
            part != PricePart::kRate && part != PricePart::kTiers && price >= 1'000'000;
        if (in_cents) to = (to + 9'999) / 10'000 * 10'000;
        if (to >= last) continue;
        last = to;
        all.push_back({.kind = Change::Kind::kPrice,
                       .slot = static_cast<uint16_t>(i),
                       .price = part,
                       .from = price,
                       .to = to});
      }
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
  return a.kind == b.kind && a.slot == b.slot && a.feature == b.feature && a.price == b.price;
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

// A change of one number goes no further than it must: a price not by a cent.
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
      const bool in_cents = price && change.price != PricePart::kRate &&
                            change.price != PricePart::kTiers && change.from >= 1'000'000;
      if (in_cents) {
        ASSERT_EQ(change.to % 10'000, 0) << change.to;
      }
      change.to += price ? (in_cents ? 10'000 : 1) : change.to > change.from ? -1 : 1;
      if (change.to == change.from || (price && change.to > change.from)) continue;
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
      ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {change}), row, Goal::kFirstBand));
      (price ? prices : numbers) += 1;
    }
  }
  std::cout << "seed " << seed << ": " << numbers << " numbers and " << prices
            << " prices moved back by one\n";
  EXPECT_GT(numbers, 50u);
  EXPECT_GT(prices, 100u);
}

// ---------------------------------------------------------------- all of it, in small worlds

// A world in which everything that can be changed can be tried: facts with at most 16 values, two
// features, one price of a few euros, nothing that is too weakly supported.
World SmallWorld(uint64_t seed, uint64_t i) {
  World w = WorldNumber(seed, 2 * i + 1);  // tame: a lower price is never worse
  Dice dice(seed + 99 * i);
  for (size_t slot = 0; slot < w.table.columns.size(); ++slot) {
    for (uint32_t row = 0; row < w.table.row_count; ++row) {
      engine::Column& column = w.table.columns[slot];
      if (column.evidence[row] != Evidence::kNone) column.evidence[row] = Evidence::kChecked;
      if (slot == 2) column.values[row] = std::clamp<int64_t>(column.values[row], -5, 10);
    }
  }
  for (engine::Tariff& tariff : w.table.tariffs) {
    tariff.evidence = Evidence::kChecked;
    tariff.components = {{.amount_micros = dice.Between(100, 250) * 10'000}};
  }
  w.request.must_features &= 3u;
  w.request.nice_features &= 3u;
  w.request.target_micros = dice.Between(20, 200) * 1'000'000;
  return w;
}

// How large a change is, by docs/explaining.md.
int64_t SizeByHand(const World& w, uint32_t row, const Change& change) {
  switch (change.kind) {
    case Change::Kind::kOfferingFact: {
      const engine::Column& column = w.table.columns[change.slot];
      if (column.evidence[row] == Evidence::kNone) return 1;
      if (change.slot == 1) return __builtin_popcountll(column.values[row] ^ change.to);
      return change.slot == 2 ? std::abs(column.values[row] - change.to) : 1;
    }
    case Change::Kind::kPrice:
      return ((change.from - change.to) * 20 + change.from - 1) / change.from;
    case Change::Kind::kFirmFact: {
      const int64_t from = w.request.facts[change.slot].value;
      if (change.slot == 1) return __builtin_popcountll(from ^ change.to);
      return change.slot >= 2 ? std::abs(from - change.to) : 1;
    }
    default:
      return 1;
  }
}

// The least size of all sets of `count` changes of different facts that reach the goal; kNever.
constexpr int64_t kNever = 1'000'000;
int64_t LeastOfAll(const World& w, uint32_t row, Goal goal, const std::vector<Change>& all,
                   uint32_t count, uint64_t& tried) {
  std::vector<int64_t> sizes;
  for (const Change& change : all) sizes.push_back(SizeByHand(w, row, change));
  int64_t least = kNever;
  std::vector<Change> set;
  const std::function<void(size_t, int64_t)> choose = [&](size_t from, int64_t size) {
    if (set.size() == count) {
      ++tried;
      if (Reaches(RankAfter(Of(w), row, set), row, goal)) least = std::min(least, size);
      return;
    }
    for (size_t i = from; i < all.size(); ++i) {
      // One of as small a size is no smaller.
      if (size + sizes[i] >= least) continue;
      if (std::any_of(set.begin(), set.end(),
                      [&](const Change& other) { return SameFact(other, all[i]); })) {
        continue;
      }
      set.push_back(all[i]);
      choose(i + 1, size + sizes[i]);
      set.pop_back();
    }
  };
  choose(0, 0);
  return least;
}

// The fewest changes and the least size are those of trying every set there is; "impossible" is
// said only where none of them does.
void ExpectLeast(const World& w, uint32_t row, Goal goal, const Counterfactual& c,
                 const std::vector<Change>& all, uint64_t& tried) {
  ASSERT_NE(c.found, Found::kUndecided);
  if (c.found == Found::kAlready) return;
  const uint32_t until = std::min(c.at_least, kMaxChanges);
  for (uint32_t count = 1; count <= until; ++count) {
    const int64_t least = LeastOfAll(w, row, goal, all, count, tried);
    if (count < c.at_least) {
      ASSERT_EQ(least, kNever) << count << " changes do";
    } else {
      ASSERT_EQ(least, c.size) << count << " changes";
    }
  }
}

// Prices at each cent where they are few enough to be tried, else at each twentieth.
std::vector<Change> WithCents(std::vector<Change> all, const World& w, uint32_t row) {
  std::erase_if(all, [](const Change& c) { return c.kind == Change::Kind::kPrice; });
  const int64_t price = w.table.tariffs[row].components[0].amount_micros;
  for (int64_t to = 0; to < price; to += 10'000) {
    all.push_back({.kind = Change::Kind::kPrice, .from = price, .to = to});
  }
  return all;
}

TEST(OfferingChanges, OfSmallWorldsAreTheLeastOfAllSets) {
  const uint64_t seed = engine::TestSeed();
  const FactShapes shapes = SmallShapes();
  uint64_t worlds = 0, tried = 0, cents = 0, triples = 0, impossible = 0;
  std::array<uint64_t, kMaxChanges + 1> by_count = {};
  for (uint64_t i = 0; worlds < 2'000; ++i) {
    const World w = SmallWorld(seed, i);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i % rows.size()];
    const Goal goal = i % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    const Counterfactual c = FindOfferingChanges(Of(w), ranking, shapes, row, goal);
    // Triples of everything are some ten thousand rankings: every tenth world that asks for them.
    if (c.found != Found::kAlready && c.at_least >= 3 && triples++ % 10 != 0) continue;
    ++worlds;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    const std::vector<Change> all = EveryChange(w, shapes, row);
    ExpectLeast(w, row, goal, c, c.at_least < 2 ? WithCents(all, w, row) : all, tried);
    if (HasFatalFailure()) return;
    impossible += c.found == Found::kImpossible;
    if (c.found != Found::kChanges) continue;
    ASSERT_TRUE(c.smallest);
    ++by_count[c.changes.size()];
    // One price alone: the least cut of all cents.
    if (c.changes.size() != 1 || c.changes[0].kind != Change::Kind::kPrice) continue;
    ++cents;
    for (Change dearer = c.changes[0]; (dearer.to += 10'000) < dearer.from;) {
      ASSERT_FALSE(Reaches(RankAfter(Of(w), row, {dearer}), row, goal)) << dearer.to;
    }
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds: one " << by_count[1] << ", two "
            << by_count[2] << ", three " << by_count[3] << ", impossible " << impossible << ", "
            << tried << " sets ranked, " << cents << " prices to the cent\n";
  EXPECT_GT(by_count[1], 300u);
  EXPECT_GT(by_count[2], 50u);
  EXPECT_GT(cents, 50u);
  EXPECT_GT(impossible, 10u);
}

// ---------------------------------------------------------------- every order of priorities

using Tiers = std::array<uint8_t, engine::kGroupCount>;

// Every weak order, made by putting one group after another into or between the tiers.
std::vector<Tiers> EveryOrder() {
  std::vector<std::vector<std::vector<uint8_t>>> orders = {{}};
  for (uint8_t g = 0; g < engine::kGroupCount; ++g) {
    std::vector<std::vector<std::vector<uint8_t>>> longer;
    for (const auto& order : orders) {
      for (size_t t = 0; t <= order.size(); ++t) {
        auto alone = order;
        alone.insert(alone.begin() + static_cast<ptrdiff_t>(t), {g});
        longer.push_back(std::move(alone));
        if (t == order.size()) continue;
        auto beside = order;
        beside[t].push_back(g);
        longer.push_back(std::move(beside));
      }
    }
    orders = std::move(longer);
  }
  std::vector<Tiers> all;
  for (const auto& order : orders) {
    Tiers tiers = {};
    for (size_t t = 0; t < order.size(); ++t) {
      for (const uint8_t g : order[t]) tiers[g] = static_cast<uint8_t>(t);
    }
    all.push_back(tiers);
  }
  return all;
}

// Every order that moving one group to any place gives.
std::vector<Tiers> AfterOneMove(const Tiers& tiers) {
  std::vector<Tiers> after;
  for (size_t g = 0; g < engine::kGroupCount; ++g) {
    // Between the tiers there is room for one more.
    for (int place = -1; place <= 2 * int{engine::kGroupCount}; ++place) {
      std::array<int, engine::kGroupCount> spread = {};
      for (size_t h = 0; h < engine::kGroupCount; ++h) spread[h] = 2 * tiers[h];
      spread[g] = place;
      const std::set<int> used(spread.begin(), spread.end());
      Tiers moved = {};
      for (size_t h = 0; h < engine::kGroupCount; ++h) {
        moved[h] = static_cast<uint8_t>(std::distance(used.begin(), used.find(spread[h])));
      }
      after.push_back(moved);
    }
  }
  return after;
}

std::map<Tiers, uint32_t> MovesFrom(const Tiers& stated) {
  std::map<Tiers, uint32_t> moves = {{stated, 0}};
  std::vector<Tiers> level = {stated};
  for (uint32_t count = 1; !level.empty(); ++count) {
    std::vector<Tiers> next;
    for (const Tiers& tiers : level) {
      for (const Tiers& moved : AfterOneMove(tiers)) {
        if (moves.emplace(moved, count).second) next.push_back(moved);
      }
    }
    level = std::move(next);
  }
  return moves;
}

TEST(WeightChanges, GroupsMovedAreTheFewestMovesOfOneGroup) {
  const std::vector<Tiers> all = EveryOrder();
  ASSERT_EQ(all.size(), 4'683u);  // the ordered Bell number of six
  for (const Tiers& stated :
       {Tiers{0, 1, 2, 3, 4, 5}, Tiers{0, 0, 0, 0, 0, 0}, Tiers{2, 0, 1, 0, 3, 1}}) {
    const std::map<Tiers, uint32_t> moves = MovesFrom(stated);
    ASSERT_EQ(moves.size(), all.size());
    for (const auto& [tiers, count] : moves) {
      ASSERT_EQ(GroupsMoved({.tier_of_group = stated}, {.tier_of_group = tiers}), count);
    }
  }
}

// Each order that a request can state is ranked by the engine.
TEST(WeightChanges, AreTheFewestAndLeastOfAllOrders) {
  const uint64_t seed = engine::TestSeed();
  const std::vector<Tiers> all = EveryOrder();
  uint64_t worlds = 0, tried = 0, impossible = 0;
  std::array<uint64_t, kMaxChanges + 1> by_count = {};
  for (uint64_t i = 0; worlds < 150; ++i) {
    const Asked asked = AskedNumber(seed ^ 0xacc, i);
    if (asked.ranking.ranked.size() < 2) continue;
    const uint32_t row = asked.ranking.ranked.back().row;
    const Goal goal = worlds % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    if (Reaches(asked.ranking, row, goal)) continue;
    ++worlds;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    const bool equal = asked.order.method == engine::WeightMethod::kEqual;
    const WeightOrder stated = {
        .method = equal ? engine::WeightMethod::kRankOrderCentroid : asked.order.method,
        .tier_of_group = equal ? Tiers{} : asked.order.tier_of_group};
    const std::array<int64_t, 6> now = engine::GroupShares(stated.method, stated.tier_of_group);
    const int64_t whole = std::accumulate(now.begin(), now.end(), int64_t{0});
    std::pair<uint32_t, int64_t> least = {kMaxChanges + 1, 0};
    for (const Tiers& tiers : all) {
      const WeightOrder order = {.method = stated.method, .tier_of_group = tiers};
      const uint32_t moved = GroupsMoved(stated, order);
      if (moved == 0 || moved > kMaxChanges) continue;
      const std::array<int64_t, 6> then = engine::GroupShares(order.method, tiers);
      int64_t both_ways = 0;
      for (size_t g = 0; g < 6; ++g) both_ways += std::abs(then[g] - now[g]);
      const std::pair<uint32_t, int64_t> cost = {
          moved, (both_ways * 10'000 + 2 * whole - 1) / (2 * whole)};
      if (cost >= least) continue;
      ++tried;
      if (Reaches(RankWithOrder(Of(asked.world), order), row, goal)) least = cost;
    }
    const Counterfactual c =
        FindWeightChanges(Of(asked.world), asked.ranking, asked.order, row, goal);
    ASSERT_EQ(c.at_least, least.first);
    impossible += c.found == Found::kImpossible;
    if (c.found != Found::kChanges) continue;
    ++by_count[c.changes.size()];
    ASSERT_EQ(c.size, least.second);
    ASSERT_EQ(GroupsMoved(stated, c.order), c.changes.size());
    for (const Change& change : c.changes) {
      ASSERT_EQ(change.from, stated.tier_of_group[change.group]);
      ASSERT_EQ(change.to, c.order.tier_of_group[change.group]);
    }
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds: one move " << by_count[1] << ", two "
            << by_count[2] << ", three " << by_count[3] << ", impossible " << impossible << "; "
            << tried << " orders ranked\n";
  EXPECT_GT(by_count[1], 10u);
  EXPECT_GT(impossible, 10u);
  EXPECT_GT(tried, 100'000u);
}

TEST(WeightChangesDeathTest, AnOrderThatIsNotTheRequestsIsABug) {
  const Asked asked = AskedNumber(1, 1);
  World w = asked.world;
  w.request.group_shares = {600, 1, 1, 1, 1, 1};
  const Ranking ranking = RankWorld(w);
  const uint32_t row = w.table.row_count;  // none: it does not stand where it is asked to
  EXPECT_DEATH(FindWeightChanges(Of(w), ranking, asked.order, row, Goal::kFirstBand),
               "the stated order is that of the request");
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

TEST(FirmChanges, OfSmallWorldsAreTheLeastOfAllSets) {
  const uint64_t seed = engine::TestSeed();
  const FactShapes shapes = WorldShapes();
  uint64_t worlds = 0, tried = 0, triples = 0, impossible = 0;
  std::array<uint64_t, kMaxChanges + 1> by_count = {};
  for (uint64_t i = 0; worlds < 1'000; ++i) {
    World w = WorldNumber(seed ^ 0xf12, i);
    w.request.facts[2].value = std::clamp<int64_t>(w.request.facts[2].value, -5, 10);
    const Ranking ranking = RankWorld(w);
    const std::vector<uint32_t> rows = RowsOf(ranking);
    if (rows.empty()) continue;
    const uint32_t row = rows[i % rows.size()];
    const Goal goal = i % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    const Counterfactual c = FindFirmChanges(Of(w), ranking, shapes, row, goal);
    if (c.found != Found::kAlready && c.at_least >= 3 && triples++ % 20 != 0) continue;
    ++worlds;
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", row " << row);
    ExpectLeast(w, row, goal, c, EveryFirmChange(w, shapes), tried);
    if (HasFatalFailure()) return;
    impossible += c.found == Found::kImpossible;
    if (c.found == Found::kChanges) ++by_count[c.changes.size()];
  }
  std::cout << "seed " << seed << ", " << worlds << " worlds: one " << by_count[1] << ", two "
            << by_count[2] << ", three " << by_count[3] << ", impossible " << impossible << ", "
            << tried << " sets ranked\n";
  EXPECT_GT(by_count[1], 50u);
  EXPECT_GT(impossible, 10u);
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
  const WeightOrder order = {.tier_of_group = {0, 1, 2, 3, 4, 5}};
  w.request.group_shares = engine::GroupShares(order.method, order.tier_of_group);
  const Counterfactual c = FindWeightChanges(Of(w), RankWorld(w), order, 1, Goal::kFirstBand);
  EXPECT_EQ(c.found, Found::kImpossible);
}

// ---------------------------------------------------------------- what counts as a ranking

// Lists of fewer than three ownership groups: an answer counts the groups after its changes; what
// was refused for that gives way to another answer or to none; and being ranked at all needs no
// rank.
TEST(Terms, CountTheGroupsAfterTheChanges) {
  struct Side {
    const char* name;
    Counterfactual (*find)(const Asked&, uint32_t, Goal, const Terms&);
  };
  const std::array<Side, 3> sides = {
      {{"offering",
        [](const Asked& a, uint32_t row, Goal goal, const Terms& terms) {
          return FindOfferingChanges(Of(a.world), a.ranking, WorldShapes(), row, goal, terms);
        }},
       {"firm",
        [](const Asked& a, uint32_t row, Goal goal, const Terms& terms) {
          return FindFirmChanges(Of(a.world), a.ranking, WorldShapes(), row, goal, terms);
        }},
       {"weights", [](const Asked& a, uint32_t row, Goal goal, const Terms& terms) {
          return FindWeightChanges(Of(a.world), a.ranking, a.order, row, goal, terms);
        }}}};
  const Terms three = {.min_groups = 3};
  std::map<std::string, uint64_t> refused, elsewhere, qualifies;
  const uint64_t seed = engine::TestSeed();
  uint64_t worlds = 0;
  for (uint64_t i = 0; worlds < kWorlds; ++i) {
    const Asked asked = AskedNumber(seed, i);
    if (asked.rows.empty()) continue;
    ++worlds;
    const uint32_t row = asked.rows[i % asked.rows.size()];
    const Goal goal = i % 3 == 0 ? Goal::kTopThree : Goal::kFirstBand;
    for (const Side& side : sides) {
      SCOPED_TRACE(testing::Message()
                   << "seed " << seed << ", world " << i << ", row " << row << ", " << side.name);
      const auto after = [&](const Counterfactual& c) {
        if (c.found == Found::kAlready) return asked.ranking;
        return c.changes.front().kind == Change::Kind::kGroupMove
                   ? RankWithOrder(Of(asked.world), c.order)
                   : RankAfter(Of(asked.world), row, c.changes);
      };
      const auto done = [](const Counterfactual& c) {
        return c.found == Found::kAlready || c.found == Found::kChanges;
      };
      const Counterfactual any = side.find(asked, row, goal, {});
      const Counterfactual strict = side.find(asked, row, goal, three);
      const Counterfactual ranked = side.find(asked, row, goal, {.any_place = true});
      if (done(any)) {
        ASSERT_EQ(any.groups, after(any).ranked_group_count);
        ASSERT_NE(ranked.found, Found::kImpossible) << "what has a place is ranked";
        if (any.groups >= 3) {
          ASSERT_NE(strict.found, Found::kImpossible);
        } else {
          ++(done(strict) ? elsewhere : refused)[side.name];
        }
      }
      if (done(strict)) {
        ASSERT_TRUE(Reaches(after(strict), row, goal));
        ASSERT_GE(after(strict).ranked_group_count, 3u);
        if (any.found != Found::kUndecided) {
          ASSERT_GE(strict.at_least, any.at_least) << "the terms make nothing easier";
        }
      }
      if (done(ranked)) {
        const Ranking then = after(ranked);
        ASSERT_TRUE(std::any_of(then.ranked.begin(), then.ranked.end(),
                                [&](const auto& offering) { return offering.row == row; }));
        ASSERT_EQ(ranked.groups, then.ranked_group_count);
        if (any.found != Found::kUndecided) {
          ASSERT_LE(ranked.at_least, any.at_least) << "any place is no harder than that one";
        }
        ++qualifies[side.name];
      }
    }
  }
  for (const Side& side : sides) {
    std::cout << "seed " << seed << ", " << worlds << " worlds, " << side.name << ": refused "
              << refused[side.name] << ", by other changes " << elsewhere[side.name]
              << ", can be ranked " << qualifies[side.name] << "\n";
    EXPECT_GT(refused[side.name], 20u) << side.name;
    EXPECT_GT(qualifies[side.name], 100u) << side.name;
  }
  EXPECT_GT(elsewhere["firm"], 0u) << "the search goes on";
}

}  // namespace
}  // namespace aplomb::explain
