// Worlds of which something is not told, and answers to it at random: whatever can still be said is
// said.
#ifndef APLOMB_TESTS_EXPLAIN_ANSWERS_H_
#define APLOMB_TESTS_EXPLAIN_ANSWERS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "decision/explain/unknowns.h"
#include "engine/sector.h"
#include "gtest/gtest.h"
#include "tests/explain/explain_worlds.h"

namespace aplomb::explain {

using engine::Dice;
using engine::Evidence;
using engine::FeatureMasks;
using engine::Ranking;
using engine::RankWorld;
using engine::World;

using Bands = std::vector<std::vector<uint32_t>>;

// Answers everything with chance `one_in`: untold facts, weak support, features, tariffs.
inline void AnswerOfferings(Dice& dice, int64_t one_in, World& w) {
  static const std::vector<int64_t> kTrades = {engine::kGenericSector, 0, (1 << 14) | 9,
                                               (3 << 14) | 5610};
  for (size_t slot = 0; slot < w.table.columns.size(); ++slot) {
    auto& column = w.table.columns[slot];
    for (uint32_t row = 0; row < w.table.row_count; ++row) {
      if (!dice.OneIn(one_in)) continue;
      if (column.evidence[row] == Evidence::kNone) {
        column.values[row] = slot == 5   ? dice.Pick(kTrades)
                             : slot == 2 ? dice.Between(-5, 20)
                             : slot <= 1 ? dice.Between(0, slot == 0 ? 3 : 15)
                                         : dice.Pick<int64_t>({0, 9, 10, 300, engine::kUnlimited});
      }
      column.evidence[row] = static_cast<Evidence>(
          dice.Between(std::max<int64_t>(1, static_cast<int64_t>(column.evidence[row])), 4));
    }
  }
  for (FeatureMasks& f : w.table.candidates[0].features) {
    for (uint32_t bit = 0; bit < 5; ++bit) {
      const uint32_t known = f.full | f.partial | f.option_paid | f.none;
      if (((known >> bit) & 1u) != 0 || !dice.OneIn(one_in)) continue;
      *dice.Pick<uint32_t*>({&f.full, &f.partial, &f.option_paid, &f.none}) |= 1u << bit;
    }
  }
  for (auto& tariff : w.table.tariffs) {
    if (!dice.OneIn(one_in)) continue;
    if (tariff.evidence == Evidence::kNone) tariff = engine::RandomTariff(dice);
    tariff.evidence = static_cast<Evidence>(dice.Between(static_cast<int64_t>(tariff.evidence), 4));
  }
}

inline void AnswerFirm(Dice& dice, const OpenAnswers& open, World& w) {
  for (size_t slot = 0; slot < w.request.facts.size(); ++slot) {
    auto& fact = w.request.facts[slot];
    if (fact.known || dice.OneIn(3)) continue;
    static const std::vector<int64_t> kTrade = {(int64_t{9} << 32) | (56 << 16) | 5610,
                                                int64_t{3} << 32};
    fact.known = true;
    fact.value = slot == 4   ? dice.Pick(kTrade)
                 : slot == 2 ? dice.Between(-5, 10)
                             : dice.Between(0, slot == 0   ? 3
                                               : slot == 1 ? 15
                                                           : 4);
  }
  for (uint8_t metric = 1; metric < engine::kMetricCount; ++metric) {
    if (((open.metrics >> metric) & 1u) == 0 || dice.OneIn(3)) continue;
    w.request.usage[metric] = dice.Between(0, dice.Pick<int64_t>({3, 300, 5'000'000'000}));
    w.request.usage_told[metric] |= ((open.capacity_metrics >> metric) & 1u) != 0;
  }
  if (open.target && dice.OneIn(2)) w.request.target_micros = dice.Between(1, 10'000'000'000);
}

inline const engine::RankedOffering* FindRanked(const Ranking& ranking, uint32_t row) {
  for (const auto& o : ranking.ranked) {
    if (o.row == row) return &o;
  }
  return nullptr;
}

inline void ExpectWithin(const Unknowns& unknowns, const Ranking& after) {
  for (const ScoreInterval& interval : unknowns.intervals) {
    const auto* offering = FindRanked(after, interval.row);
    if (offering == nullptr) {
      ASSERT_TRUE(interval.may_be_unranked) << "row " << interval.row;
      continue;
    }
    ASSERT_TRUE(interval.may_be_ranked) << "row " << interval.row;
    ASSERT_LE(interval.low, offering->score) << "row " << interval.row;
    ASSERT_GE(interval.high, offering->score) << "row " << interval.row;
  }
}

// Knows most: so that something can be settled.
inline World MostlyKnown(uint64_t seed, uint64_t i) {
  World w = WorldNumber(seed, i);
  Dice dice(seed + 77 * i);
  if (i % 3 != 0) AnswerOfferings(dice, 1, w);
  for (auto& fact : w.request.facts) fact.known |= i % 3 == 1 || dice.OneIn(2);
  // Facts beyond their shape, and answers that no shape allows, would be outside of what is asked.
  w.request.facts[2].value = std::clamp<int64_t>(w.request.facts[2].value, -5, 10);
  return w;
}

// Which silences of the firm are open questions in world `i`.
inline OpenAnswers OpenNumber(Dice& dice) {
  OpenAnswers open;
  if (dice.OneIn(3)) {
    open.metrics = static_cast<uint32_t>(dice.Bits() & dice.Bits()) & 0xFF'FFFE;
    open.capacity_metrics = open.metrics & static_cast<uint32_t>(dice.Bits());
  }
  open.target = dice.OneIn(5);
  return open;
}

// What became of the claims about some worlds.
struct Claims {
  uint64_t worlds = 0;    // with a candidate, and with something that is not told
  uint64_t settled = 0;   // so claimed, and kept in every re-execution
  uint64_t for_firm = 0;  // the same of the firm's answers
  uint64_t changed = 0;   // worlds whose leading bands some answers changed
  uint64_t rerun = 0;     // rankings of the engine with answers
};

// Claims about world `i`, each ranked anew with twelve sets of answers.
inline void CheckClaims(uint64_t seed, uint64_t i, Claims& claims) {
  const World w = MostlyKnown(seed, i);
  Dice dice(seed * 31 + i);
  const OpenAnswers open = OpenNumber(dice);
  const Ranking ranking = RankWorld(w);
  if (ranking.ranked.empty() && ranking.to_confirm.empty() && ranking.excluded.empty()) return;
  const Bands bands = LeadingBands(ranking);
  const Unknowns unknowns = ExamineUnknowns(Of(w), ranking, WorldShapes(), open);
  ASSERT_TRUE(unknowns.settled_for_firm || !unknowns.settled);
  ExpectWithin(unknowns, ranking);
  bool moved = false, answered_something = false;
  for (int k = 0; k < 12; ++k) {
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i << ", answers " << k);
    World answered = w;
    AnswerFirm(dice, open, answered);
    const Ranking of_firm = RankWorld(answered);
    if (unknowns.settled_for_firm) {
      ASSERT_EQ(LeadingBands(of_firm), bands);
    }
    AnswerOfferings(dice, dice.Between(1, 3), answered);
    const Ranking after = RankWorld(answered);
    if (unknowns.settled) {
      ASSERT_EQ(LeadingBands(after), bands);
    }
    ExpectWithin(unknowns, after);
    if (testing::Test::HasFatalFailure()) return;
    moved |= LeadingBands(after) != bands;
    claims.rerun += 2;
    for (size_t slot = 0; slot < w.table.columns.size(); ++slot) {
      answered_something |= answered.table.columns[slot].evidence != w.table.columns[slot].evidence;
    }
    for (size_t slot = 0; slot < w.request.facts.size(); ++slot) {
      answered_something |= answered.request.facts[slot].known != w.request.facts[slot].known;
    }
  }
  // Where nothing was open, nothing was claimed.
  if (!answered_something) return;
  ++claims.worlds;
  claims.settled += unknowns.settled;
  claims.for_firm += unknowns.settled_for_firm;
  claims.changed += moved;
}

}  // namespace aplomb::explain

#endif  // APLOMB_TESTS_EXPLAIN_ANSWERS_H_
