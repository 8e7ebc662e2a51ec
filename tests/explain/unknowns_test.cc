// Unknowns: whatever can still be said is said, and nothing claimed may break.
#include "decision/explain/unknowns.h"

#include <algorithm>
#include <set>
#include <vector>

#include "engine/sector.h"
#include "gtest/gtest.h"
#include "tests/explain/explain_worlds.h"

namespace aplomb::explain {
namespace {

using engine::Dice;
using engine::Evidence;
using engine::FeatureMasks;
using engine::Ranking;
using engine::RankWorld;
using engine::World;

constexpr uint64_t kWorlds = 10'000;

using Bands = std::vector<std::vector<uint32_t>>;

// Answers everything with chance `one_in`: untold facts, weak support, features, tariffs.
void AnswerOfferings(Dice& dice, int64_t one_in, World& w) {
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

void AnswerFirm(Dice& dice, const OpenAnswers& open, World& w) {
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

const engine::RankedOffering* FindRanked(const Ranking& ranking, uint32_t row) {
  for (const auto& o : ranking.ranked) {
    if (o.row == row) return &o;
  }
  return nullptr;
}

void ExpectWithin(const Unknowns& unknowns, const Ranking& after) {
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
World MostlyKnown(uint64_t seed, uint64_t i) {
  World w = WorldNumber(seed, i);
  Dice dice(seed + 77 * i);
  if (i % 3 != 0) AnswerOfferings(dice, 1, w);
  for (auto& fact : w.request.facts) fact.known |= i % 3 == 1 || dice.OneIn(2);
  // Facts beyond their shape, and answers that no shape allows, would be outside of what is asked.
  w.request.facts[2].value = std::clamp<int64_t>(w.request.facts[2].value, -5, 10);
  return w;
}

TEST(Unknowns, NoAnswerBreaksWhatIsClaimed) {
  const uint64_t seed = engine::TestSeed();
  uint64_t settled = 0, for_firm = 0, open_worlds = 0, changed = 0;
  for (uint64_t i = 0; i < kWorlds; ++i) {
    const World w = MostlyKnown(seed, i);
    Dice dice(seed * 31 + i);
    OpenAnswers open;
    if (dice.OneIn(3)) {
      open.metrics = static_cast<uint32_t>(dice.Bits() & dice.Bits()) & 0xFF'FFFE;
      open.capacity_metrics = open.metrics & static_cast<uint32_t>(dice.Bits());
    }
    open.target = dice.OneIn(5);
    const Ranking ranking = RankWorld(w);
    const Bands bands = LeadingBands(ranking);
    const Unknowns unknowns = ExamineUnknowns(Of(w), ranking, WorldShapes(), open);
    settled += unknowns.settled;
    for_firm += unknowns.settled_for_firm;
    ASSERT_TRUE(unknowns.settled_for_firm || !unknowns.settled);
    ExpectWithin(unknowns, ranking);
    bool moved = false;
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
      if (HasFatalFailure()) return;
      moved |= LeadingBands(after) != bands;
    }
    ++open_worlds;
    changed += moved;
  }
  std::cout << "seed " << seed << ", " << kWorlds << " worlds: settled " << settled
            << ", settled for the firm " << for_firm << ", changed " << changed << " of "
            << open_worlds << "\n";
  EXPECT_GT(settled, 500u);
  EXPECT_GT(for_firm, settled);
  EXPECT_GT(changed, 1'000u);
}

// ---------------------------------------------------------------- every answer of small worlds

// Calls `seen` for every completion: each untold cell of the first three columns, and each untold
// fact of the firm, stays untold or takes each value.
template <typename Seen>
void EachCompletion(World& w, bool offerings, const Seen& seen, size_t cell = 0, size_t fact = 0) {
  const size_t cells = offerings ? 3 * w.table.row_count : 0;
  for (; cell < cells; ++cell) {
    auto& column = w.table.columns[cell / w.table.row_count];
    const size_t row = cell % w.table.row_count;
    if (column.evidence[row] != Evidence::kNone) continue;
    EachCompletion(w, offerings, seen, cell + 1, fact);
    const size_t slot = cell / w.table.row_count;
    for (int64_t x = 0; x <= (slot == 1 ? 7 : 3); ++x) {
      column.values[row] = x;
      column.evidence[row] = Evidence::kChecked;
      EachCompletion(w, offerings, seen, cell + 1, fact);
    }
    column.evidence[row] = Evidence::kNone;
    return;
  }
  for (; fact < w.request.facts.size(); ++fact) {
    if (w.request.facts[fact].known) continue;
    EachCompletion(w, offerings, seen, cell, fact + 1);
    const int64_t high = fact == 1 ? 15 : fact == 2 ? 10 : fact == 3 ? 4 : 3;
    for (int64_t x = fact == 2 ? -5 : 0; x <= high; ++x) {
      w.request.facts[fact] = {.value = x, .known = true};
      EachCompletion(w, offerings, seen, cell, fact + 1);
    }
    w.request.facts[fact] = {};
    return;
  }
  seen(static_cast<const World&>(w));
}

// A world with at most two untold cells and two untold facts.
World SmallWorld(uint64_t seed, uint64_t i) {
  World w = WorldNumber(seed, i);
  Dice dice(seed * 13 + i);
  AnswerOfferings(dice, 1, w);
  for (auto& column : w.table.columns) {
    for (Evidence& evidence : column.evidence) evidence = Evidence::kChecked;
  }
  for (auto& fact : w.request.facts) fact.known = true;
  w.request.facts[2].value = std::clamp<int64_t>(w.request.facts[2].value, -5, 10);
  for (int64_t n = dice.Between(0, 2); n > 0; --n) {
    w.table.columns[static_cast<size_t>(dice.Between(0, 2))]
        .evidence[static_cast<size_t>(dice.Between(0, w.table.row_count - 1))] = Evidence::kNone;
  }
  for (int64_t n = dice.Between(0, 2); n > 0; --n) {
    w.request.facts[static_cast<size_t>(dice.Between(0, 3))] = {};
  }
  return w;
}

TEST(Unknowns, OfSmallWorldsAreRightForEveryAnswer) {
  const uint64_t seed = engine::TestSeed();
  uint64_t completions = 0, settled = 0, open = 0, provable = 0, questions = 0;
  for (uint64_t i = 0; i < 1'500; ++i) {
    const World w = SmallWorld(seed, i);
    const Ranking ranking = RankWorld(w);
    const Bands bands = LeadingBands(ranking);
    const Unknowns unknowns = ExamineUnknowns(Of(w), ranking, WorldShapes(), {});
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    bool same = true, same_for_firm = true;
    World changing = w;
    EachCompletion(changing, true, [&](const World& completed) {
      ++completions;
      const Ranking after = RankWorld(completed);
      same &= LeadingBands(after) == bands;
      ExpectWithin(unknowns, after);
    });
    EachCompletion(changing, false, [&](const World& completed) {
      same_for_firm &= LeadingBands(RankWorld(completed)) == bands;
    });
    if (HasFatalFailure()) return;
    // Never settled wrongly.
    ASSERT_TRUE(same || !unknowns.settled);
    ASSERT_TRUE(same_for_firm || !unknowns.settled_for_firm);
    settled += unknowns.settled;
    provable += same;
    open += !same;
    // Never a question that changes nothing; and none at all where nothing can change.
    for (const Question& question : unknowns.next_questions) {
      ++questions;
      ASSERT_FALSE(same_for_firm);
      ASSERT_EQ(question.kind, Question::Kind::kFact);
      std::set<Bands> outcomes = {bands};
      World asked = w;
      const auto answer = [&](int64_t x) {
        asked.request.facts[question.slot] = {.value = x, .known = true};
        return LeadingBands(RankWorld(asked));
      };
      const Bands b = answer(question.answer_b);
      const Bands a = question.a_is_silence ? bands : answer(question.answer_a);
      ASSERT_NE(a, b);
      ASSERT_GE(question.outcomes, 2u);
      ASSERT_GE(question.leaders_moved, 1u);
    }
    ASSERT_LE(unknowns.next_questions.size(), kMaxQuestions);
    // A single open question of few answers that matters is found.
    std::vector<uint16_t> silent;
    for (uint16_t slot = 0; slot < 4; ++slot) {
      if (!w.request.facts[slot].known) silent.push_back(slot);
    }
    if (silent.size() == 1 && !same_for_firm) {
      ASSERT_EQ(unknowns.next_questions.size(), 1u);
    }
  }
  std::cout << "seed " << seed << ": " << completions << " completions; settled " << settled
            << " of " << provable << " that cannot change, " << open << " can\n";
  EXPECT_GT(settled, 200u);
  EXPECT_GT(open, 200u);
  EXPECT_GT(questions, 100u);
}

TEST(Unknowns, WithNothingUnknownAllIsSettledAndExact) {
  const uint64_t seed = engine::TestSeed();
  for (uint64_t i = 0; i < 1'000; ++i) {
    World w = WorldNumber(seed, i);
    Dice dice(seed + i);
    AnswerOfferings(dice, 1, w);
    for (auto& column : w.table.columns) {
      for (Evidence& evidence : column.evidence) evidence = Evidence::kChecked;
    }
    for (auto& tariff : w.table.tariffs) tariff.evidence = Evidence::kChecked;
    for (auto& fact : w.request.facts) fact.known = true;
    const Ranking ranking = RankWorld(w);
    const Unknowns unknowns = ExamineUnknowns(Of(w), ranking, WorldShapes(), {});
    ASSERT_TRUE(unknowns.settled) << "seed " << seed << ", world " << i;
    ASSERT_TRUE(unknowns.next_questions.empty());
    for (const ScoreInterval& interval : unknowns.intervals) {
      const auto* offering = FindRanked(ranking, interval.row);
      ASSERT_EQ(interval.may_be_ranked, offering != nullptr);
      ASSERT_EQ(interval.may_be_unranked, offering == nullptr);
      if (offering == nullptr) continue;
      ASSERT_EQ(interval.low, offering->score);
      ASSERT_EQ(interval.high, offering->score);
    }
  }
}

}  // namespace
}  // namespace aplomb::explain
