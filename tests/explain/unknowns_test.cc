// Unknowns: whatever can still be said is said, and nothing claimed may break.
#include "decision/explain/unknowns.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "tests/explain/answers.h"

namespace aplomb::explain {
namespace {

// Two thousand worlds; claims_test.cc goes on until ten thousand claims were kept.
TEST(Unknowns, NoAnswerBreaksWhatIsClaimed) {
  const uint64_t seed = engine::TestSeed();
  Claims claims;
  for (uint64_t i = 0; claims.worlds < 2'000; ++i) {
    CheckClaims(seed, i, claims);
    if (HasFatalFailure()) return;
  }
  std::cout << "seed " << seed << ", " << claims.worlds << " worlds: settled " << claims.settled
            << ", settled for the firm " << claims.for_firm << ", changed " << claims.changed
            << "; " << claims.rerun << " rankings\n";
  EXPECT_GT(claims.settled, 50u);
  EXPECT_GT(claims.for_firm, claims.settled);
  EXPECT_GT(claims.changed, 200u);
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

// Usages of which every firm has at least one: every value from 1 to beyond the largest answer
// tried is ranked. A question that only "0" would bring about is not asked, and "0" is no answer.
TEST(Unknowns, AskNothingThatOnlyAnImpossibleFirmWouldAnswer) {
  const uint64_t seed = engine::TestSeed();
  uint64_t asked = 0, only_of_none = 0;
  for (uint64_t i = 0; i < 1'500; ++i) {
    World w = SmallWorld(seed, i);
    Dice dice(seed * 17 + i);
    OpenAnswers open;
    for (int n = 0; n < 3; ++n) {
      const auto metric = static_cast<uint8_t>(dice.Between(1, engine::kMetricCount - 1));
      open.metrics |= uint32_t{1} << metric;
      w.request.usage[metric] = dice.Between(0, 4);
    }
    open.capacity_metrics = open.metrics & static_cast<uint32_t>(dice.Bits());
    const Ranking ranking = RankWorld(w);
    const Bands bands = LeadingBands(ranking);
    SCOPED_TRACE(testing::Message() << "seed " << seed << ", world " << i);
    const auto with = [&](uint8_t metric, int64_t value) {
      World answered = w;
      answered.request.usage_told[metric] |= ((open.capacity_metrics >> metric) & 1u) != 0;
      answered.request.usage[metric] = value;
      return LeadingBands(RankWorld(answered));
    };
    const auto usages_asked = [&](const OpenAnswers& of) {
      std::vector<Question> usages;
      for (const Question& question :
           ExamineUnknowns(Of(w), ranking, WorldShapes(), of).next_questions) {
        if (question.kind == Question::Kind::kUsage) usages.push_back(question);
      }
      return usages;
    };
    const size_t with_none = usages_asked(open).size();
    open.present_metrics = open.metrics;
    const std::vector<Question> questions = usages_asked(open);
    only_of_none += questions.size() < with_none;
    for (const Question& question : questions) {
      ++asked;
      ASSERT_GE(question.answer_b, 1);
      ASSERT_TRUE(question.a_is_silence || question.answer_a >= 1);
      bool changes = false;
      for (int64_t x = 1; x <= 80 && !changes; ++x) changes = with(question.metric, x) != bands;
      ASSERT_TRUE(changes);
      const Bands a = question.a_is_silence ? bands : with(question.metric, question.answer_a);
      ASSERT_NE(a, with(question.metric, question.answer_b));
    }
  }
  std::cout << "seed " << seed << ": " << asked << " questions of usage; " << only_of_none
            << " worlds with one not asked, which only \"0\" would have brought about\n";
  EXPECT_GT(asked, 20u);
  EXPECT_GT(only_of_none, 0u);
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
