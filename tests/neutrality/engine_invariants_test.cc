// What the engine promises of every ranking (docs/neutrality.md), tried on worlds made at random
// and on examples that turned other engines round. A failure names seed and world; APLOMB_SEED sets
// the seed.

#include <algorithm>
#include <array>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "base/digest.h"
#include "decision/tie.h"
#include "engine/rank.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {
namespace {

struct Said {
  enum Place { kRanked, kToConfirm, kExcluded } place = kRanked;  // from the best
  RankedOffering ranked = {};
};

std::map<uint32_t, Said> ByRow(const Ranking& ranking) {
  std::map<uint32_t, Said> said;
  for (const auto& o : ranking.ranked) said[o.row] = {Said::kRanked, o};
  for (const auto& o : ranking.to_confirm) said[o.row] = {Said::kToConfirm, {}};
  for (const auto& o : ranking.excluded) said[o.row] = {Said::kExcluded, {}};
  return said;
}

template <typename Check>
void InWorlds(uint64_t count, World (*make)(Dice&), Check check) {
  const uint64_t seed = TestSeed();
  for (uint64_t i = 0; i < count && !testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed) + ", world " + std::to_string(i));
    Dice dice(seed * 5'000'011 + i);
    const World w = make(dice);
    check(w, dice);
  }
}

void RemoveCandidate(World& w, size_t i) {
  NeedCandidates& c = w.table.candidates[0];
  c.rows.erase(c.rows.begin() + static_cast<ptrdiff_t>(i));
  c.features.erase(c.features.begin() + static_cast<ptrdiff_t>(i));
}

// Everything said of the offerings other than `row`, of its group or of all others, in order.
template <typename List>
std::vector<std::vector<int64_t>> Others(const List& list, const World& w, uint32_t row,
                                         bool same_group) {
  std::vector<std::vector<int64_t>> others;
  for (const auto& o : list) {
    if (o.row == row || (w.table.groups[o.row] == w.table.groups[row]) != same_group) continue;
    others.push_back({o.row});
    if constexpr (requires { o.score; }) {
      others.push_back({o.score, o.band, o.close_to_next_band});
      for (const Contribution& c : o.contributions) others.push_back({c.x, c.value, c.weight_bp});
    } else {
      for (const Finding& f : o.findings) {
        others.push_back({f.constraint, f.minimum_fact, f.observed, f.required});
      }
    }
  }
  return others;
}

TEST(Neutrality, NI03_InputOrderDoesNotMatter) {
  InWorlds(4'000, WildWorld, [](const World& w, Dice& dice) {
    const World renumbered = Renumbered(w, dice);
    EXPECT_TRUE(Encode(RankWorld(w), w) == Encode(RankWorld(renumbered), renumbered));
  });
}

// Scores and bands of all others, and the order of the offerings of other groups, and the order
// within the group: nothing moves when an offering comes, goes or changes. (What can move is the
// round in which the group's other offerings are placed: docs/engine.md, "Order of equals".)
TEST(Neutrality, NI05_IndependenceOfIrrelevantOfferings) {
  uint64_t compared = 0;
  InWorlds(20'000, WildWorld, [&](const World& w, Dice& dice) {
    const size_t count = w.table.candidates[0].rows.size();
    const auto i = static_cast<size_t>(dice.Between(0, static_cast<int64_t>(count) - 1));
    const uint32_t row = w.table.candidates[0].rows[i];
    World other = w;
    switch (dice.Between(0, 2)) {
      case 0:
        RemoveCandidate(other, i);  // read backwards: it comes
        break;
      case 1:
        other.table.tariffs[row] = RandomTariff(dice);
        other.table.candidates[0].features[i] = {.full = 31};
        break;
      default:
        for (Column& column : other.table.columns) {
          column.values[row] = dice.Between(0, 3);
          column.evidence[row] = static_cast<Evidence>(dice.Between(0, 4));
        }
    }
    const Ranking a = RankWorld(w), b = RankWorld(other);
    for (const bool same_group : {false, true}) {
      EXPECT_EQ(Others(a.ranked, w, row, same_group), Others(b.ranked, w, row, same_group));
      EXPECT_EQ(Others(a.to_confirm, w, row, same_group), Others(b.to_confirm, w, row, same_group));
      EXPECT_EQ(Others(a.excluded, w, row, same_group), Others(b.excluded, w, row, same_group));
    }
    compared += a.ranked.size() + a.to_confirm.size() + a.excluded.size();
  });
  EXPECT_GT(compared, 20'000u);
  std::cout << "20000 worlds, " << compared << " offerings compared\n";
}

// One criterion for each column, through fixed anchors, weights by group.
World AnchoredWorld(const std::vector<std::vector<int64_t>>& offers,
                    const std::vector<std::vector<Breakpoint>>& anchors,
                    const std::vector<uint8_t>& groups,
                    const std::array<int64_t, kGroupCount>& shares,
                    const std::vector<size_t>& present) {
  World w =
      EmptyWorld(static_cast<uint32_t>(offers.size()), static_cast<uint32_t>(anchors.size()), 0);
  for (size_t c = 0; c < anchors.size(); ++c) {
    for (size_t o = 0; o < offers.size(); ++o) {
      w.table.columns[c].values[o] = offers[o][c];
      w.table.columns[c].evidence[o] = Evidence::kDeclared;
    }
    w.rules.measures.push_back(
        {.kind = MeasureKind::kFact,
         .first = {.side = FactRef::Side::kOffering, .slot = static_cast<uint16_t>(c)}});
    w.rules.criteria.push_back(
        {.group = groups[c], .measure = static_cast<MeasureId>(c), .breakpoints = anchors[c]});
    w.rules.needs[0][0].criteria |= uint64_t{1} << c;
  }
  w.rules.band_width = 1;
  w.request.group_shares = shares;
  for (size_t i = offers.size(); i-- > 0;) {
    if (std::find(present.begin(), present.end(), i) == present.end()) RemoveCandidate(w, i);
  }
  return w;
}

std::vector<uint32_t> OrderIn(const World& w) {
  std::vector<uint32_t> order;
  for (const RankedOffering& o : RankWorld(w).ranked) order.push_back(o.row);
  return order;
}

// Every subset keeps the order that all have together.
void ExpectNoReversal(const std::vector<std::vector<int64_t>>& offers,
                      const std::vector<std::vector<Breakpoint>>& anchors,
                      const std::vector<uint8_t>& groups,
                      const std::array<int64_t, kGroupCount>& shares, uint32_t step) {
  std::vector<size_t> all(offers.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const std::vector<uint32_t> order = OrderIn(AnchoredWorld(offers, anchors, groups, shares, all));
  ASSERT_EQ(order.size(), offers.size());
  for (uint32_t subset = 1; subset < (1u << offers.size()); subset += step) {
    std::vector<size_t> present;
    std::vector<uint32_t> expected;
    for (const size_t o : all) {
      if ((subset >> o & 1u) != 0) present.push_back(o);
    }
    for (const uint32_t o : order) {
      if ((subset >> o & 1u) != 0) expected.push_back(o);
    }
    ASSERT_EQ(OrderIn(AnchoredWorld(offers, anchors, groups, shares, present)), expected)
        << "subset " << subset;
  }
}

// Price and quality of four offers: by min-max, B leads A until D, the worst of all, comes in.
TEST(Neutrality, NI05_MinMaxDecoysDoNotReverse) {
  const std::vector<std::vector<int64_t>> offers = {{30, 70}, {60, 90}, {90, 60}, {10, 0}};
  const auto min_max = [&](size_t count, size_t offer) {
    double score = 0;
    for (size_t c = 0; c < 2; ++c) {
      int64_t low = offers[0][c], high = low;
      for (size_t i = 0; i < count; ++i) {
        low = std::min(low, offers[i][c]);
        high = std::max(high, offers[i][c]);
      }
      const double share =
          static_cast<double>(offers[offer][c] - low) / static_cast<double>(high - low);
      score += (c == 0 ? 1 - share : share) / 2;
    }
    return score;
  };
  EXPECT_GT(min_max(3, 1), min_max(3, 0));  // the trap is one
  EXPECT_LT(min_max(4, 1), min_max(4, 0));
  ExpectNoReversal(offers, {{{0, 10'000}, {100, 0}}, {{0, 0}, {100, 10'000}}}, {0, 1},
                   {1, 1, 1, 1, 1, 1}, 1);
}

// The cars of Bouyssou, Marchant, Pirlot, Tsoukias, Vincke (2006), Evaluation and Decision Models
// with Multiple Criteria: cost, acceleration, pick-up, brakes, road-hold. By shares of the greatest
// value present, a11 and a03 change places when a10 comes in.
TEST(Neutrality, NI05_ThierrysCarsDoNotReverse) {
  const std::vector<std::vector<int64_t>> cars = {
      {18342, 307, 372, 233, 300}, {15335, 302, 416, 200, 250}, {16973, 290, 349, 266, 250},
      {15460, 304, 358, 166, 150}, {15131, 297, 356, 166, 175}, {13841, 308, 365, 133, 200},
      {18971, 280, 356, 233, 200}, {18319, 289, 353, 166, 200}, {19800, 294, 347, 200, 175},
      {16966, 300, 377, 233, 325}, {17537, 283, 348, 233, 275}, {15980, 296, 353, 233, 275},
      {17219, 302, 369, 166, 125}, {21334, 289, 367, 200, 225}};
  ExpectNoReversal(cars,
                   {{{12'000, 10'000}, {22'000, 0}},
                    {{270, 10'000}, {320, 0}},
                    {{340, 10'000}, {420, 0}},
                    {{100, 0}, {300, 10'000}},
                    {{100, 0}, {350, 10'000}}},
                   {0, 1, 2, 3, 4}, {2, 4, 2, 1, 1, 1}, 7);
}

TEST(Neutrality, NI06_NoPriceComponentRaisesAScore) {
  std::map<std::string, uint64_t> felt;
  InWorlds(1'500, TameWorld, [&](const World& w, Dice& dice) {
    for (const auto& [row, was] : ByRow(RankWorld(w))) {
      for (size_t k = 0; k < w.table.tariffs[row].components.size(); ++k) {
        for (const PriceRise& rise : PriceRises()) {
          if (was.place != Said::kRanked && !dice.OneIn(9)) continue;
          World dearer = w;
          rise.make(dearer.table.tariffs[row].components[k],
                    dice.Pick<int64_t>({1, dice.Between(1, 9'000'000), 900'000'000}));
          const Said is = ByRow(RankWorld(dearer)).at(row);
          EXPECT_GE(is.place, was.place) << rise.name << " opened a better list";
          if (is.place != Said::kRanked || was.place != Said::kRanked) continue;
          EXPECT_LE(is.ranked.score, was.ranked.score) << rise.name;
          felt[rise.name] += is.ranked.score < was.ranked.score;
        }
      }
    }
  });
  for (const PriceRise& rise : PriceRises()) EXPECT_GT(felt[rise.name], 0u) << rise.name;
}

TEST(Neutrality, NI07_Dominance) {
  uint64_t compared = 0;
  InWorlds(3'000, WildWorld, [&](const World& w, Dice&) {
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
  EXPECT_GT(compared, 1'000u);
}

TEST(Neutrality, NI08_HidingAFactNeverPays) {
  uint64_t compared = 0;
  InWorlds(3'000, TameWorld, [&](const World& w, Dice& dice) {
    const auto before = ByRow(RankWorld(w));
    const NeedCandidates& candidates = w.table.candidates[0];
    for (size_t i = 0; i < candidates.rows.size(); ++i) {
      const uint32_t row = candidates.rows[i];
      if (w.table.modes[row] != w.mode) continue;
      World hidden = w;
      const auto slots = static_cast<int64_t>(w.table.columns.size());
      const auto slot = static_cast<size_t>(dice.Between(0, slots + 4));
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
      EXPECT_EQ(before.at(row).place, Said::kRanked) << "a place that the truth would not give";
      EXPECT_LE(is.ranked.score, before.at(row).ranked.score) << "slot " << slot;
      compared += is.ranked.score < before.at(row).ranked.score;
    }
  });
  EXPECT_GT(compared, 200u);
}

TEST(Neutrality, NI12_AnOfferingAppearsOnce) {
  InWorlds(3'000, WildWorld, [](const World& w, Dice&) {
    const Ranking r = RankWorld(w);
    std::set<uint32_t> rows;
    size_t candidates = 0;
    for (const uint32_t row : w.table.candidates[0].rows) {
      candidates += w.table.modes[row] == w.mode;
    }
    for (const auto& o : r.ranked) EXPECT_TRUE(rows.insert(o.row).second);
    for (const auto& o : r.to_confirm) EXPECT_TRUE(rows.insert(o.row).second);
    for (const auto& o : r.excluded) EXPECT_TRUE(rows.insert(o.row).second);
    EXPECT_EQ(rows.size(), candidates);
  });
}

TEST(Neutrality, NI13_TheAllInPriceIsTheSumOfItsLines) {
  uint64_t priced = 0;
  InWorlds(3'000, WildWorld, [&](const World& w, Dice& dice) {
    for (const RankedOffering& o : RankWorld(w).ranked) {
      if (!o.cost.known) continue;
      int64_t sum = 0;
      for (const CostLine& line : o.cost.lines) sum += line.tco36_micros;
      EXPECT_EQ(sum, o.cost.tco36_micros);
      ++priced;
      // A promotion of less than twelve months changes nothing.
      World promoted = w;
      for (PriceComponent& c : promoted.table.tariffs[o.row].components) {
        if (c.promotion_until_month >= 12) continue;
        c.promotion_until_month = static_cast<int32_t>(dice.Between(0, 11));
        c.promotion_micros = 1;
      }
      EXPECT_EQ(ComputeCost(promoted.table, o.row, w.request).tco36_micros, o.cost.tco36_micros);
    }
  });
  EXPECT_GT(priced, 1'000u);
}

TEST(Neutrality, NI14_TheCriteriaAreTheSameForAll) {
  uint64_t criteria = 0;
  InWorlds(3'000, WildWorld, [&](const World& w, Dice& dice) {
    World other = WildWorld(dice);  // other offerings, same rules and request
    other.rules = w.rules;
    other.request = w.request;
    other.mode = w.mode;
    Ranking a = RankWorld(w), b = RankWorld(other);
    for (const Ranking* r : {&a, &b}) {
      for (const RankedOffering& o : r->ranked) {
        ASSERT_EQ(o.contributions.size(), r->criteria.size());
        for (size_t i = 0; i < r->criteria.size(); ++i) {
          EXPECT_EQ(o.contributions[i].criterion, r->criteria[i].criterion);
          EXPECT_EQ(o.contributions[i].weight_bp, r->criteria[i].weight_bp);
        }
      }
    }
    criteria += a.criteria.size();
    for (Ranking* r : {&a, &b}) {
      r->ranked.clear(), r->to_confirm.clear(), r->excluded.clear(), r->ranked_group_count = 0;
    }
    EXPECT_TRUE(Encode(a, w) == Encode(b, w));
  });
  EXPECT_GT(criteria, 1'000u);
}

// The reasons given are all there are: without the rules that they name, the offering is ranked.
TEST(Neutrality, NI15_WithoutItsReasonsAnExcludedOfferingIsRanked) {
  uint64_t freed = 0;
  InWorlds(3'000, WildWorld, [&](const World& w, Dice&) {
    const Ranking r = RankWorld(w);
    for (const auto* list : {&r.to_confirm, &r.excluded}) {
      for (const UnrankedOffering& o : *list) {
        ASSERT_FALSE(o.findings.empty());
        World relaxed = w;
        NeedRules& need = relaxed.rules.needs[0][static_cast<size_t>(w.mode) - 1];
        std::set<size_t, std::greater<>> facts;
        for (const Finding& f : o.findings) {
          if (f.constraint == Finding::kMinimumFact) {
            facts.insert(f.minimum_fact);
          } else {
            need.constraints &= ~(uint64_t{1} << f.constraint);
          }
        }
        for (const size_t place : facts) {
          need.minimum_facts.erase(need.minimum_facts.begin() + static_cast<ptrdiff_t>(place));
        }
        EXPECT_EQ(ByRow(RankWorld(relaxed)).at(o.row).place, Said::kRanked);
        ++freed;
      }
    }
  });
  EXPECT_GT(freed, 1'000u);
}

TEST(Neutrality, NI16_RelaxingAConstraintNeverRemovesAnOffering) {
  uint64_t gained = 0;
  InWorlds(3'000, WildWorld, [&](const World& w, Dice& dice) {
    World relaxed = w;
    relaxed.rules.needs[0][static_cast<size_t>(w.mode) - 1].constraints &= dice.Bits();
    const auto after = ByRow(RankWorld(relaxed));
    for (const auto& [row, was] : ByRow(RankWorld(w))) {
      EXPECT_LE(after.at(row).place, was.place);
      gained += after.at(row).place < was.place;
      if (was.place == Said::kRanked) {
        EXPECT_EQ(after.at(row).ranked.score, was.ranked.score);
      }
    }
  });
  EXPECT_GT(gained, 200u);
}

TEST(Neutrality, NI17_TheContributionsAreTheScore) {
  uint64_t summed = 0;
  InWorlds(3'000, WildWorld, [&](const World& w, Dice&) {
    for (const RankedOffering& o : RankWorld(w).ranked) {
      int64_t sum = 0;
      for (const Contribution& c : o.contributions) {
        EXPECT_EQ(c.contribution, int64_t{c.value} * c.weight_bp);
        sum += c.contribution;
      }
      EXPECT_EQ(sum, o.score);
      summed += o.contributions.size();
    }
  });
  EXPECT_GT(summed, 5'000u);
}

// --- Ties
// -----------------------------------------------------------------------------------------

// Five groups with 5, 1, 2, 1 and 1 offerings, all equals; UUIDs that look alike.
decision::BlindCatalog Equals() {
  decision::BlindCatalog blind;
  const std::vector<uint32_t> groups = {0, 0, 0, 0, 0, 1, 2, 2, 3, 4};
  for (uint32_t row = 0; row < groups.size(); ++row) {
    decision::Uid uid = {};
    uid[15] = static_cast<uint8_t>(row + 1);
    blind.offering_uids.push_back(uid);
  }
  for (uint8_t g = 0; g < 5; ++g) {
    decision::Uid uid = {};
    uid[0] = g;
    blind.group_uids.push_back(uid);
  }
  blind.table.groups = groups;
  blind.table.row_count = static_cast<uint32_t>(groups.size());
  blind.table.group_count = 5;
  return blind;
}

decision::TieSubject SubjectOf(int engagement) {
  return {.epoch_secret = base::Sha256("day " + std::to_string(engagement / 200)),
          .subject = base::Sha256("firm " + std::to_string(engagement))};
}

std::vector<uint32_t> Drawn(const decision::BlindCatalog& blind,
                            const decision::TieSubject& subject, const std::string& need,
                            std::vector<uint32_t> rows) {
  const decision::HmacTieBreaker keys(decision::TieSeed(subject, need), blind);
  DrawOrder(blind.table.groups, keys, rows);
  return rows;
}

// Chi-square over 10,000 engagements: each group in each of the first five places. A group with
// five variants is not placed more often. 16 degrees of freedom: 39.25 is exceeded once in a
// thousand.
TEST(Neutrality, NI09_EqualsAreDrawnUniformlyByGroup) {
  const decision::BlindCatalog blind = Equals();
  std::vector<uint32_t> rows(blind.table.row_count);
  std::iota(rows.begin(), rows.end(), 0u);
  constexpr int kEngagements = 10'000;
  std::array<std::array<int, 5>, 5> seen = {};
  std::array<int, 5> variants = {};
  for (int e = 0; e < kEngagements; ++e) {
    const std::vector<uint32_t> order = Drawn(blind, SubjectOf(e), "ECOMMERCE", rows);
    for (size_t place = 0; place < 5; ++place) {
      ++seen[blind.table.groups[order[place]]][place];
      if (blind.table.groups[order[place]] == 0) ++variants[order[place]];
    }
  }
  double places = 0;
  for (const auto& group : seen) {
    for (const int count : group) {
      const double expected = kEngagements / 5.0;
      places += (count - expected) * (count - expected) / expected;
    }
  }
  // The cells of one draw hang together (each group stands once, each place is taken once): 4/5 of
  // the sum is distributed as chi-square.
  places *= 4.0 / 5.0;
  EXPECT_LT(places, 39.25) << "places of groups";
  // Which of the five variants stands for its group: 4 degrees of freedom.
  double within = 0;
  for (const int count : variants) {
    const double expected = kEngagements / 5.0;
    within += (count - expected) * (count - expected) / expected;
  }
  EXPECT_LT(within, 18.47) << "variants of one group";
  std::cout << "chi-square " << places << " (16 degrees), " << within << " (4 degrees)\n";
}

TEST(Neutrality, NI09_AskingAgainCannotDrawAgain) {
  const decision::BlindCatalog blind = Equals();
  decision::BlindCatalog later = blind;  // another day, another tariff, other facts
  later.as_of_day = 42;
  later.table.columns.push_back({.values = {1}, .evidence = {Evidence::kChecked}});
  later.names.assign(10, "members/renamed/offerings/renamed");
  std::vector<uint32_t> rows(10);
  std::iota(rows.begin(), rows.end(), 0u);
  std::set<std::vector<uint32_t>> orders;
  for (int e = 0; e < 200; ++e) {
    const auto order = Drawn(blind, SubjectOf(e), "ECOMMERCE", rows);
    std::vector<uint32_t> reversed(rows.rbegin(), rows.rend());
    EXPECT_EQ(Drawn(later, SubjectOf(e), "ECOMMERCE", reversed), order);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 190u) << "engagements have orders of their own";
}

TEST(Neutrality, NI09_AnIrrelevantOfferingDoesNotMoveOtherGroups) {
  const decision::BlindCatalog blind = Equals();
  for (int e = 0; e < 500; ++e) {
    std::vector<uint32_t> rows(10);
    std::iota(rows.begin(), rows.end(), 0u);
    const auto all = Drawn(blind, SubjectOf(e), "CRM", rows);
    for (uint32_t gone = 0; gone < 10; ++gone) {
      std::vector<uint32_t> fewer = rows;
      fewer.erase(fewer.begin() + gone);
      const auto keep_others = [&](std::vector<uint32_t> order) {
        std::erase_if(order, [&](uint32_t row) {
          return blind.table.groups[row] == blind.table.groups[gone];
        });
        return order;
      };
      ASSERT_EQ(keep_others(Drawn(blind, SubjectOf(e), "CRM", fewer)), keep_others(all));
    }
  }
}

}  // namespace
}  // namespace aplomb::engine
