// The ranking: against the naive ranker, and what it promises to everybody.
#include "engine/rank.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/weights.h"
#include "gtest/gtest.h"
#include "tests/engine/naive_ranker.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

// ---------------------------------------------------------------- the oracle

TEST(RankOracle, TenThousandRandomWorldsAgreeByteForByte) {
  const uint64_t seed = TestSeed();
  uint64_t ranked = 0, to_confirm = 0, excluded = 0, contributions = 0, unchecked = 0, shared = 0;
  for (uint64_t i = 0; i < 10'000; ++i) {
    Dice dice(seed * 1'000'003 + i);
    const World w = i % 4 == 3 ? TameWorld(dice) : WildWorld(dice);
    const Ranking ranking = RankWorld(w);
    ASSERT_TRUE(Encode(ranking, w) == Encode(NaiveRank(w), w))
        << "seed " << seed << ", world " << i;
    ranked += ranking.ranked.size();
    to_confirm += ranking.to_confirm.size();
    excluded += ranking.excluded.size();
    unchecked += ranking.unchecked.size();
    contributions += ranking.ranked.size() * ranking.criteria.size();
    for (size_t k = 1; k < ranking.ranked.size(); ++k) {
      shared += ranking.ranked[k].rank == ranking.ranked[k - 1].rank;
    }
  }
  // The worlds are not trivial.
  EXPECT_GT(ranked, 10'000u);
  EXPECT_GT(to_confirm, 1'000u);
  EXPECT_GT(excluded, 1'000u);
  EXPECT_GT(unchecked, 500u);
  EXPECT_GT(contributions, 10'000u);
  EXPECT_GT(shared, 1'000u);
}

// Up to three rules out of six, up to three offerings, each fact unknown, 0 or 1.
World SmallWorld(uint32_t rules, uint32_t rows, uint32_t facts, int firm) {
  World w = EmptyWorld(rows, 2, 1);
  for (uint32_t row = 0; row < rows; ++row) {
    w.table.groups[row] = row / 2;  // the first two are of one group
    for (uint16_t slot = 0; slot < 2; ++slot, facts /= 3) {
      w.table.columns[slot].values[row] = facts % 3 == 2;
      w.table.columns[slot].evidence[row] =
          facts % 3 == 0 ? Evidence::kNone : static_cast<Evidence>(slot + 1);
    }
  }
  w.request.facts[0] = {.value = firm == 2, .known = firm != 0};
  Rules& r = w.rules;
  r.band_width = 30'000'000;
  for (uint16_t slot = 0; slot < 2; ++slot) {
    r.measures.push_back({.kind = MeasureKind::kFact, .first = {.slot = slot}});
  }
  r.measures.push_back(
      {.kind = MeasureKind::kFact, .first = {.side = FactRef::Side::kRequest, .slot = 0}});
  r.measures.push_back({.kind = MeasureKind::kConstant, .constant = 1});
  for (uint16_t m = 0; m < 3; ++m) {  // conditions 0 to 2: fact is 1
    r.conditions.push_back({.form = ConditionForm::kComparison, .left = m, .right = 3});
  }
  r.conditions.push_back({.form = ConditionForm::kNot, .children = {1}});
  r.conditions.push_back({.form = ConditionForm::kAny, .children = {3, 2}});
  r.measures.push_back({.kind = MeasureKind::kLadder, .steps = {{0, 1}, {4, 2}}});
  const std::vector<Breakpoint> rising = {{0, 1'000}, {2, 10'000}};
  uint32_t left = rules;
  const auto chosen = [&] { return std::exchange(left, left / 2) % 2 == 1; };
  if (chosen()) r.criteria.push_back({.group = 0, .measure = 0, .breakpoints = rising});
  if (chosen()) r.criteria.push_back({.group = 1, .measure = 4, .breakpoints = rising});
  if (chosen()) {
    r.criteria.push_back({.group = 1,
                          .measure = 1,
                          .applies_when = 2,
                          .least_evidence = Evidence::kDocumented,
                          .breakpoints = rising});
  }
  if (chosen()) r.constraints.push_back({.satisfied_when = 4});
  if (chosen()) {
    r.constraints.push_back({.applies_when = 2, .satisfied_when = 0, .exclude_when_unknown = true});
  }
  if (chosen()) r.needs[0][0].minimum_facts = {{.slot = 1}};
  r.needs[0][0].criteria = r.needs[0][0].constraints = ~uint64_t{0};
  return w;
}

TEST(RankOracle, AllSmallWorldsAgree) {
  uint64_t worlds = 0;
  for (uint32_t rules = 0; rules < 64; ++rules) {
    if (__builtin_popcount(rules) > 3) continue;
    uint32_t facts_end = 1;
    for (uint32_t rows = 1; rows <= 3; ++rows) {
      facts_end *= 9;
      for (uint32_t facts = 0; facts < facts_end; ++facts) {
        for (int firm = 0; firm < 3; ++firm, ++worlds) {
          const World w = SmallWorld(rules, rows, facts, firm);
          ASSERT_TRUE(Encode(RankWorld(w), w) == Encode(NaiveRank(w), w))
              << "rules " << rules << ", rows " << rows << ", facts " << facts << ", firm " << firm;
        }
      }
    }
  }
  EXPECT_EQ(worlds, 42u * (9 + 81 + 729) * 3);
}

// ---------------------------------------------------------------- promises

// What a ranking says about one offering, by its row.
struct Said {
  enum Place { kRanked, kToConfirm, kExcluded } place = kRanked;
  RankedOffering ranked = {};
};

std::map<uint32_t, Said> ByRow(const Ranking& ranking) {
  std::map<uint32_t, Said> said;
  for (const auto& o : ranking.ranked) said[o.row] = {Said::kRanked, o};
  for (const auto& o : ranking.to_confirm) said[o.row] = {Said::kToConfirm};
  for (const auto& o : ranking.excluded) said[o.row] = {Said::kExcluded};
  return said;
}

constexpr uint64_t kWorlds = 2'000;

// Calls check(world, dice) with wild or tame worlds; a failure names seed and world.
template <typename Check>
void InWorlds(World (*make)(Dice&), Check check) {
  const uint64_t seed = TestSeed();
  for (uint64_t i = 0; i < kWorlds && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", world " + std::to_string(i));
    Dice dice(seed * 3'000'017 + i);
    const World w = make(dice);
    check(w, dice);
  }
}

void RemoveCandidate(World& w, size_t i) {
  NeedCandidates& c = w.table.candidates[0];
  c.rows.erase(c.rows.begin() + static_cast<ptrdiff_t>(i));
  c.features.erase(c.features.begin() + static_cast<ptrdiff_t>(i));
}

TEST(Rank, AccountsForEveryCandidateAndEveryPoint) {
  InWorlds(WildWorld, [](const World& w, Dice&) {
    const Ranking r = RankWorld(w);
    size_t candidates = 0;
    for (const uint32_t row : w.table.candidates[0].rows)
      candidates += w.table.modes[row] == w.mode;
    EXPECT_EQ(r.ranked.size() + r.to_confirm.size() + r.excluded.size(), candidates);
    EXPECT_EQ(ByRow(r).size(), candidates) << "each once";
    EXPECT_EQ(r.criteria.size() + r.dropped.size(), w.rules.criteria.size());

    int64_t weights = 0;
    for (const ActiveCriterion& c : r.criteria) weights += c.weight_bp;
    EXPECT_EQ(weights, r.criteria.empty() ? 0 : kWeightSum);
    int32_t rank = 0;
    int64_t band = kScoreMax + 1;
    std::set<uint32_t> groups;
    for (const RankedOffering& o : r.ranked) {
      int64_t sum = 0;
      ASSERT_EQ(o.contributions.size(), r.criteria.size());
      for (size_t i = 0; i < r.criteria.size(); ++i) {
        const Contribution& c = o.contributions[i];
        EXPECT_EQ(c.criterion, r.criteria[i].criterion);
        EXPECT_EQ(c.weight_bp, r.criteria[i].weight_bp);
        EXPECT_EQ(c.contribution, int64_t{c.value} * c.weight_bp);
        EXPECT_NE(c.state, MeasureState::kFirmUnknown) << "such a criterion is dropped for all";
        sum += c.contribution;
      }
      EXPECT_EQ(o.score, sum);
      EXPECT_EQ(o.band, o.score / w.rules.band_width);
      EXPECT_LE(o.score, kScoreMax);
      EXPECT_LE(o.band, band);
      rank += o.band < band;
      band = o.band;
      EXPECT_EQ(o.rank, rank) << "dense";
      groups.insert(w.table.groups[o.row]);
    }
    EXPECT_EQ(r.ranked_group_count, groups.size());
    for (const auto* list : {&r.to_confirm, &r.excluded}) {
      for (const UnrankedOffering& o : *list) EXPECT_FALSE(o.findings.empty());
    }
  });
}

TEST(Rank, DoesNotKnowTheNumbersOfRowsAndGroups) {
  InWorlds(WildWorld, [](const World& w, Dice& dice) {
    const World renumbered = Renumbered(w, dice);
    EXPECT_TRUE(Encode(RankWorld(w), w) == Encode(RankWorld(renumbered), renumbered));
  });
}

// The score of others never moves. Their order does not move either, but for one thing that the
// draw by groups is there for: the other offerings of the same ownership group may move a round.
TEST(Rank, KeepsOthersWhereTheyAreWhenAnOfferingComesGoesOrChanges) {
  InWorlds(WildWorld, [](const World& w, Dice& dice) {
    const size_t count = w.table.candidates[0].rows.size();
    const auto i = static_cast<size_t>(dice.Between(0, static_cast<int64_t>(count) - 1));
    const uint32_t row = w.table.candidates[0].rows[i];
    const uint32_t group = w.table.groups[row];
    World other = w;
    if (dice.OneIn(2)) {
      RemoveCandidate(other, i);  // read backwards: an offering comes
    } else {
      other.table.tariffs[row] = RandomTariff(dice);
      other.table.columns[0].values[row] = dice.Between(0, 3);
      other.table.columns[1].evidence[row] = Evidence::kChecked;
      other.table.candidates[0].features[i] = {.full = 31};
    }
    const Ranking before = RankWorld(w), after = RankWorld(other);
    const auto others = [&](const auto& list, bool same_group) {
      std::vector<std::vector<int64_t>> order;
      for (const auto& o : list) {
        if (o.row == row || (w.table.groups[o.row] == group) != same_group) continue;
        order.push_back({o.row});
        if constexpr (requires { o.score; }) {
          order.push_back({o.score, o.band, o.close_to_next_band});
          for (const Contribution& c : o.contributions)
            order.push_back({c.x, c.value, c.weight_bp});
        }
      }
      return order;
    };
    for (const bool same_group : {false, true}) {
      EXPECT_EQ(others(before.ranked, same_group), others(after.ranked, same_group));
      EXPECT_EQ(others(before.to_confirm, same_group), others(after.to_confirm, same_group));
      EXPECT_EQ(others(before.excluded, same_group), others(after.excluded, same_group));
    }
  });
}

TEST(Rank, ADearerTariffNeverScoresMore) {
  uint64_t compared = 0;
  InWorlds(TameWorld, [&](const World& w, Dice& dice) {
    const auto before = ByRow(RankWorld(w));
    for (const auto& [row, was] : before) {
      for (size_t k = 0; k < w.table.tariffs[row].components.size(); ++k) {
        for (const PriceRise& rise : PriceRises()) {
          if (was.place != Said::kRanked && !dice.OneIn(9)) continue;
          World dearer = w;
          rise.make(dearer.table.tariffs[row].components[k],
                    dice.Pick<int64_t>({1, dice.Between(1, 9'000'000), 900'000'000}));
          const Said is = ByRow(RankWorld(dearer)).at(row);
          if (is.place != Said::kRanked) continue;
          EXPECT_EQ(was.place, Said::kRanked) << rise.name;
          EXPECT_LE(is.ranked.score, was.ranked.score) << rise.name;
          compared += is.ranked.score < was.ranked.score;
        }
      }
    }
  });
  EXPECT_GT(compared, 300u) << "enough rises must have been felt";
}

TEST(Rank, HidingAFactNeverPays) {
  uint64_t compared = 0;
  InWorlds(TameWorld, [&](const World& w, Dice& dice) {
    const auto before = ByRow(RankWorld(w));
    const NeedCandidates& candidates = w.table.candidates[0];
    for (size_t i = 0; i < candidates.rows.size(); ++i) {
      const uint32_t row = candidates.rows[i];
      if (w.table.modes[row] != w.mode) continue;
      World hidden = w;
      const auto slot =
          static_cast<size_t>(dice.Between(0, static_cast<int64_t>(w.table.columns.size()) + 4));
      if (slot < w.table.columns.size()) {
        Evidence& evidence = hidden.table.columns[slot].evidence[row];
        evidence = dice.OneIn(2) ? Evidence::kNone : std::min(evidence, Evidence::kDeclared);
      } else if (slot == w.table.columns.size()) {
        hidden.table.tariffs[row].evidence = Evidence::kNone;
      } else {
        FeatureMasks& f = hidden.table.candidates[0].features[i];
        const uint32_t keep = ~(1u << dice.Between(0, 4));
        f = {f.full & keep, f.partial & keep, f.option_paid & keep, f.none & keep};
      }
      const Said is = ByRow(RankWorld(hidden)).at(row);
      if (is.place != Said::kRanked) continue;
      EXPECT_EQ(before.at(row).place, Said::kRanked) << "slot " << slot;
      EXPECT_LE(is.ranked.score, before.at(row).ranked.score) << "slot " << slot;
      compared += is.ranked.score < before.at(row).ranked.score;
    }
  });
  EXPECT_GT(compared, 100u);
}

TEST(Rank, AsGoodEverywhereIsNeverBehind) {
  uint64_t compared = 0;
  InWorlds(TameWorld, [&](const World& w, Dice&) {
    const Ranking r = RankWorld(w);
    for (const RankedOffering& a : r.ranked) {
      for (const RankedOffering& b : r.ranked) {
        bool dominates = a.row != b.row;
        for (size_t i = 0; i < r.criteria.size(); ++i) {
          dominates &= a.contributions[i].value >= b.contributions[i].value;
        }
        if (!dominates) continue;
        ++compared;
        EXPECT_GE(a.band, b.band);
        EXPECT_LE(a.rank, b.rank);
      }
    }
  });
  EXPECT_GT(compared, 100u);
}

TEST(Rank, RelaxingAConstraintNeverRemovesAnOffering) {
  uint64_t gained = 0;
  InWorlds(WildWorld, [&](const World& w, Dice& dice) {
    World relaxed = w;
    NeedRules& need = relaxed.rules.needs[0][static_cast<size_t>(w.mode) - 1];
    need.constraints &= dice.Bits();
    const auto after = ByRow(RankWorld(relaxed));
    for (const auto& [row, was] : ByRow(RankWorld(w))) {
      EXPECT_LE(after.at(row).place, was.place) << "places from the best";
      gained += after.at(row).place < was.place;
      EXPECT_TRUE(was.place != Said::kRanked || after.at(row).ranked.score == was.ranked.score);
    }
  });
  EXPECT_GT(gained, 100u);
}

TEST(Rank, ChoosesCriteriaByTheRequestAlone) {
  InWorlds(WildWorld, [](const World& w, Dice& dice) {
    World other = WildWorld(dice);  // other offerings, same rules and request
    other.rules = w.rules;
    other.request = w.request;
    other.mode = w.mode;
    Ranking a = RankWorld(w), b = RankWorld(other);
    for (Ranking* r : {&a, &b}) {
      r->ranked.clear(), r->to_confirm.clear(), r->excluded.clear(), r->ranked_group_count = 0;
    }
    EXPECT_TRUE(Encode(a, w) == Encode(b, w));
  });
}

// ---------------------------------------------------------------- single points

// One criterion that is worth 10,000 * fact / 1,000,000, so that a fact is a score over 100.
World ScoreWorld(const std::vector<int64_t>& facts, int64_t band_width) {
  World w = EmptyWorld(static_cast<uint32_t>(facts.size()), 1, 0);
  w.table.columns[0].values = facts;
  w.table.columns[0].evidence.assign(facts.size(), Evidence::kDeclared);
  w.rules.measures.push_back({.kind = MeasureKind::kFact});
  w.rules.criteria.push_back({.measure = 0, .breakpoints = {{0, 0}, {10'000, 10'000}}});
  w.rules.needs[0][0].criteria = 1;
  w.rules.band_width = band_width;
  return w;
}

TEST(Rank, MarksScoresCloseToAnEdgeOfTheirBand) {
  // Scores are 10,000 times the fact; bands of 1,000,000; the step is 10,000.
  struct Row {
    int64_t fact;
    int64_t band;
    bool close;
  };
  const std::vector<Row> rows = {{0, 0, false},   {99, 0, false},     {100, 1, true},
                                 {101, 1, false}, {150, 1, false},    {199, 1, false},
                                 {200, 2, true},  {9'999, 99, false}, {10'000, 100, true}};
  for (const Row& row : rows) {
    const World w = ScoreWorld({row.fact}, 1'000'000);
    const Ranking r = RankWorld(w);
    EXPECT_EQ(r.ranked[0].band, row.band) << row.fact;
    EXPECT_EQ(r.ranked[0].close_to_next_band, row.close) << row.fact;
  }
  EXPECT_TRUE(RankWorld(ScoreWorld({199}, 2'000'000)).ranked[0].close_to_next_band)
      << "1,990,000 is less than 20,000 below 2,000,000";
  EXPECT_EQ(EdgeStep(1), 1);
  EXPECT_EQ(EdgeStep(99), 1);
  EXPECT_EQ(EdgeStep(1'000'000), 10'000);
}

TEST(Rank, GivesOneRankToABandAndNoGap) {
  const World w = ScoreWorld({900, 950, 100, 500, 550, 0}, 1'000'000);
  std::vector<int32_t> ranks;
  for (const RankedOffering& o : RankWorld(w).ranked) ranks.push_back(o.rank);
  EXPECT_EQ(ranks, (std::vector<int32_t>{1, 1, 2, 2, 3, 4}));
  const World wide = ScoreWorld({900, 950, 100, 500, 550, 0}, 5'000'000);
  ranks.clear();
  std::vector<uint32_t> rows;
  for (const RankedOffering& o : RankWorld(wide).ranked) {
    ranks.push_back(o.rank);
    rows.push_back(o.row);
  }
  EXPECT_EQ(ranks, (std::vector<int32_t>{1, 1, 1, 1, 2, 2}));
  EXPECT_EQ(rows, (std::vector<uint32_t>{0, 1, 3, 4, 2, 5})) << "drawn, not sorted by score";
}

TEST(Rank, WithoutCriteriaAllAreEquals) {
  World w = ScoreWorld({1, 2, 3}, 1'000'000);
  w.rules.needs[0][0].criteria = 0;
  const Ranking r = RankWorld(w);
  EXPECT_TRUE(r.criteria.empty());
  ASSERT_EQ(r.dropped.size(), 1u);
  EXPECT_EQ(r.dropped[0].reason, DropReason::kInapplicable);
  ASSERT_EQ(r.ranked.size(), 3u);
  for (const RankedOffering& o : r.ranked) EXPECT_EQ(o.rank, 1);
}

TEST(Rank, KeepsTheDeliveryModesApart) {
  World w = ScoreWorld({1, 2, 3}, 1'000'000);
  w.rules.needs[0][1] = w.rules.needs[0][0];
  w.table.modes[1] = DeliveryMode::kHaveItDone;
  EXPECT_EQ(RankWorld(w).ranked.size(), 2u);
  w.mode = DeliveryMode::kHaveItDone;
  const Ranking done = RankWorld(w);
  ASSERT_EQ(done.ranked.size(), 1u);
  EXPECT_EQ(done.ranked[0].row, 1u);
}

TEST(Rank, OfNothingIsEmpty) {
  const World w = ScoreWorld({}, 1'000'000);
  const Ranking r = RankWorld(w);
  EXPECT_TRUE(r.ranked.empty() && r.to_confirm.empty() && r.excluded.empty());
  EXPECT_EQ(r.criteria.size(), 1u) << "the criteria are the request's";
}

// ---------------------------------------------------------------- docs/engine.md

constexpr int64_t kEuro = 1'000'000;

// Offerings A to E of the worked example. Column 0: days; 1 to 5: hygiene. Feature 0 is the must,
// 1 to 3 are the wishes.
World DocumentedWorld() {
  constexpr auto kSaid = Evidence::kDocumented;
  World w = EmptyWorld(5, 6, 0);
  const auto say = [&](uint32_t row, uint16_t slot, int64_t value) {
    w.table.columns[slot].values[row] = value;
    w.table.columns[slot].evidence[row] = kSaid;
  };
  const Tariff of_a = {.evidence = kSaid,
                       .components = {{.model = PriceModel::kFlat, .amount_micros = 29 * kEuro},
                                      {.model = PriceModel::kCommission,
                                       .metric = 5,
                                       .rate_bp = 150,
                                       .per_transaction_micros = kEuro / 4},
                                      {.model = PriceModel::kSetup, .amount_micros = 500 * kEuro}}};
  for (uint32_t row = 0; row < 5; ++row) {
    w.table.tariffs[row] = of_a;
    w.table.candidates[0].features[row] = {.full = 0b0011, .partial = 0b0100};
    say(row, 0, 20);
    say(row, 1, 1);
    say(row, 3, 1);
  }
  w.table.tariffs[1].components = {{.model = PriceModel::kFlat, .amount_micros = 59 * kEuro}};
  w.table.candidates[0].features[1] = {.full = 0b0011, .none = 0b1100};
  w.table.columns[0].evidence[1] = Evidence::kNone;
  for (uint16_t slot = 1; slot <= 5; ++slot) say(1, slot, 0);
  say(2, 0, 21);
  w.table.candidates[0].features[3] = {.full = 0b0010, .partial = 0b0100, .none = 0b0001};
  w.table.tariffs[4].evidence = Evidence::kNone;
  std::swap(w.group_keys[0], w.group_keys[2]);  // the lot puts C before A

  Request& q = w.request;
  q.usage[4] = 60;
  q.usage[5] = 4'000 * kEuro;
  q.target_micros = 6'000 * kEuro;
  q.must_features = 0b0001;
  q.nice_features = 0b1110;
  // Groups G1 fit, G2 cost, G3 ease, G4 freedom, G5 trust, G6 lasting.
  q.group_shares = GroupShares(WeightMethod::kRankOrderCentroid, {0, 1, 2, 4, 3, 5});

  Rules& r = w.rules;
  r.measures = {{.kind = MeasureKind::kFeatureCoverage},
                {.kind = MeasureKind::kCost, .relative = true},
                {.kind = MeasureKind::kFact, .first = {.slot = 0}},
                {.kind = MeasureKind::kLadder},
                {.kind = MeasureKind::kFeatureCoverage, .scope_must = true},
                {.kind = MeasureKind::kConstant, .constant = 10'000},
                {.kind = MeasureKind::kConstant, .constant = 1}};
  const std::array<int64_t, 5> points = {2'500, 1'500, 1'500, 2'500, 2'000};
  for (uint16_t step = 0; step < 5; ++step) {
    r.measures.push_back(
        {.kind = MeasureKind::kFact, .first = {.slot = static_cast<uint16_t>(step + 1)}});
    r.conditions.push_back(
        {.form = ConditionForm::kComparison, .left = static_cast<MeasureId>(7 + step), .right = 6});
    r.measures[3].steps.push_back({step, points[step]});
  }
  r.conditions.push_back(
      {.form = ConditionForm::kComparison, .left = 4, .right = 5, .op = Operator::kGe});
  const std::vector<Breakpoint> share = {{0, 0}, {10'000, 10'000}};
  r.criteria = {{.group = 0, .measure = 0, .breakpoints = share},
                {.group = 1,
                 .measure = 1,
                 .breakpoints = {{25, 10'000}, {50, 8'500}, {100, 5'000}, {150, 1'500}, {200, 0}}},
                {.group = 2,
                 .measure = 2,
                 .breakpoints = {{1, 10'000}, {7, 8'500}, {30, 6'000}, {90, 2'000}, {180, 0}}},
                {.group = 4, .measure = 3, .breakpoints = share},
                {.group = 3, .measure = 2, .breakpoints = share},
                {.group = 5, .measure = 2, .breakpoints = share}};
  r.constraints = {{.satisfied_when = 5}};
  r.needs[0][0] = {
      .criteria = 0b1111, .constraints = 1, .minimum_facts = {{.kind = MinimumFact::Kind::kCost}}};
  return w;
}

// 57881028 as "57,881,028".
std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

// Micros as "4,244.00"; whole cents.
std::string Euros(int64_t micros) {
  const int64_t cents = micros / 10'000;
  const std::string rest = std::to_string(cents % 100);
  return Grouped(cents / 100) + (rest.size() == 1 ? ".0" : ".") + rest;
}

TEST(RankDocument, WorkedExampleOfEngineMd) {
  std::ifstream file("docs/engine.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const size_t from = page.find("## One example, whole"), to = page.find("## Measures");
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  const std::string example = page.substr(from, to - from);
  const auto says = [&](const std::string& text) {
    EXPECT_NE(example.find(text), std::string::npos) << "docs/engine.md lacks: " << text;
  };

  const World w = DocumentedWorld();
  const Ranking ranking = RankWorld(w);
  ASSERT_TRUE(Encode(ranking, w) == Encode(NaiveRank(w), w));
  auto said = ByRow(ranking);

  const std::array<int64_t, kGroupCount> shares = {147, 87, 57, 22, 37, 10};
  for (size_t g = 0; g < kGroupCount; ++g) EXPECT_EQ(w.request.group_shares[g], shares[g] * 60);
  says("147, 87, 57, 37, 22 and 10 over 360");
  says("147 + 87 + 57 + 37 = 328");
  const std::array<int32_t, 4> weights = {4'482, 2'652, 1'738, 1'128};
  const std::array<int64_t, 4> group_of = {147, 87, 57, 37};
  ASSERT_EQ(ranking.criteria.size(), weights.size());
  int64_t given = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(ranking.criteria[i].weight_bp, weights[i]);
    const int64_t thousandths = 10'000'000 * group_of[i] / 328;
    std::string remainder = std::to_string(1'000 + thousandths % 1'000);
    remainder[0] = '.';
    says("| " + Grouped(thousandths / 1'000) + " | " + remainder + " | " + Grouped(weights[i]) +
         " |");
    given += thousandths / 1'000;
  }
  says(Grouped(given) + " are given");

  const RankedOffering& a = said[0].ranked;
  const RankedOffering& b = said[1].ranked;
  const RankedOffering& c = said[2].ranked;
  const std::array<int64_t, 3> lines = {1'044 * kEuro, 2'700 * kEuro, 500 * kEuro};
  ASSERT_EQ(a.cost.lines.size(), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(a.cost.lines[i].tco36_micros, lines[i]);
    says("| " + Euros(lines[i]) + " |");
  }
  EXPECT_EQ(a.cost.tco36_micros, 4'244 * kEuro);
  says("| all-in | | " + Euros(a.cost.tco36_micros) + " |");
  says("The first year costs " + Euros(a.cost.first_year_micros) + ", the first three months " +
       Euros(a.cost.cash_out_90_days_micros) + ", as much usage again " +
       Euros(a.cost.double_usage_rise_micros));
  says(Euros(b.cost.tco36_micros) + ", " + std::to_string(b.contributions[1].x) + " % of the");
  says("70.73 %, rounded up: " + std::to_string(a.contributions[1].x));
  EXPECT_EQ(a.cost.tco36_micros * 100 / 6'000 / (kEuro / 100), 7'073);

  for (const Contribution& part : a.contributions) {
    says("| " + Grouped(part.value) + " | " + Grouped(part.weight_bp) + " | " +
         Grouped(part.contribution) + " |");
    says("| " + Grouped(part.x) + " |");
  }
  says("8,500 - 2,500 * 13 / 23 = 8,500 - 1,413.04");
  EXPECT_EQ(2'500 * 13 * 100 / 23, 141'304);
  says("60.00 of sales, 15.00 of orders | " + Euros(a.cost.lines[1].tco36_micros / 36));
  EXPECT_EQ(4'000 * 150 / 10'000, 60);
  EXPECT_EQ(60 * 25 / 100, 15);
  says("**" + Grouped(a.score) + "**");
  EXPECT_EQ(a.score, 57'881'028);
  EXPECT_EQ(a.band, 57);
  EXPECT_FALSE(a.close_to_next_band);
  says("band 57 and is shown as 57.88");

  says(Grouped(b.contributions[0].value) + ", so " + Grouped(b.contributions[0].contribution));
  says(Grouped(b.contributions[1].value) + ", so\n  " + Grouped(b.contributions[1].contribution));
  EXPECT_EQ(b.contributions[2].state, MeasureState::kNotDeclared);
  EXPECT_EQ(b.contributions[3].state, MeasureState::kKnown);
  EXPECT_EQ(b.contributions[2].contribution + b.contributions[3].contribution, 0);
  says(Grouped(b.score) + ", band " + std::to_string(b.band));
  says("up to " + Grouped(int64_t{kValueMax} * b.contributions[2].weight_bp));
  says(Grouped(c.contributions[2].value) + ", so " + Grouped(c.contributions[2].contribution));
  says(Grouped(c.score) + ", band " + std::to_string(c.band));

  ASSERT_EQ(ranking.ranked.size(), 3u);
  EXPECT_EQ(ranking.ranked[0].row, 2u) << "the lot, not the score";
  EXPECT_EQ(ranking.ranked[1].row, 0u);
  EXPECT_EQ((std::vector<int32_t>{a.rank, b.rank, c.rank}), (std::vector<int32_t>{1, 2, 1}));

  ASSERT_EQ(ranking.excluded.size(), 1u);
  EXPECT_EQ(ranking.excluded[0].row, 3u);
  const Finding& finding = ranking.excluded[0].findings[0];
  says("observed " + Grouped(finding.observed) + ", required " + Grouped(finding.required));
  EXPECT_EQ(finding.truth, Truth::kFalse);
  ASSERT_EQ(ranking.to_confirm.size(), 1u);
  EXPECT_EQ(ranking.to_confirm[0].row, 4u);
  EXPECT_EQ(ranking.to_confirm[0].findings[0].constraint, Finding::kMinimumFact);
}

}  // namespace
}  // namespace aplomb::engine
