// What is not known, and what it can still change: score intervals, whether the top
// three are settled, and which questions to ask next. Pure; thread-safe.
//
// "settled" is said only when interval bounds prove it; "ask this" only when two
// answers were ranked and gave other top threes. Between the two lies what is neither:
// not proven settled, and no single answer known to matter.
#ifndef APLOMB_DECISION_EXPLAIN_UNKNOWNS_H_
#define APLOMB_DECISION_EXPLAIN_UNKNOWNS_H_

#include <cstdint>
#include <vector>

#include "decision/explain/inquiry.h"
#include "engine/rank.h"

namespace aplomb::explain {

inline constexpr uint32_t kMaxQuestions = 5;
inline constexpr uint32_t kMaxAnswersTried = 64;         // of one question
inline constexpr uint32_t kMaxAnswerCombinations = 128;  // of the questions that are enumerated
inline constexpr uint32_t kMaxOpenRules = 8;             // criteria that may or may not be weighed

// Which silences of the firm count as questions that are still open. Facts of the
// request that are not known always do. An answer may move more than its fact (the
// number of employees moves usages and reference costs that were assumed by size):
// who knows that opens those too, else "settled" is said of the fact alone.
struct OpenAnswers {
  uint32_t metrics = 0;           // mask of usage metrics that were assumed, not told
  uint32_t capacity_metrics = 0;  // of these, those whose answer counts for headrooms
  uint32_t present_metrics = 0;   // those of which every firm has at least one: never answered "0"
  bool target = false;            // the target is the need's reference cost, not the firm's
};

// What the score of an offering can become. Half-open nowhere: both ends included.
struct ScoreInterval {
  uint32_t row = 0;
  Standing standing = Standing::kRanked;  // now
  int64_t low = 0;  // over all answers with which it is ranked; 0 where it cannot be
  int64_t high = 0;
  bool may_be_ranked = false;
  bool may_be_unranked = false;  // excluded or to confirm
};

// A question to the firm that can change the top three.
struct Question {
  enum class Kind : uint8_t { kFact = 1, kUsage = 2 };
  Kind kind = Kind::kFact;
  uint16_t slot = 0;           // kFact
  uint8_t metric = 0;          // kUsage
  uint32_t leaders_moved = 0;  // offerings that enter, leave or change places among the leading
                               // bands over the answers tried, each counted once
  uint32_t outcomes = 0;       // different leading bands over the answers tried, at least 2
  // Two answers with other top threes, other questions left open: the proof.
  int64_t answer_a = 0;
  int64_t answer_b = 0;
  bool a_is_silence = false;  // answer_a is leaving it unanswered
};

struct Unknowns {
  std::vector<ScoreInterval> intervals = {};  // all candidates of the mode, by row
  // True: whatever the firm still answers and whatever offerings still declare, the
  // leading bands hold the same offerings in the same order. A proof.
  bool settled = false;
  // The same for the firm's answers alone, offerings saying no more than now.
  bool settled_for_firm = false;
  // At most kMaxQuestions: most leaders moved first, then most outcomes, then facts by slot,
  // then usages.
  std::vector<Question> next_questions = {};
};

// `ranking` is engine::Rank's of the inquiry. `shapes` bounds the answers.
Unknowns ExamineUnknowns(const Inquiry& inquiry, const engine::Ranking& ranking,
                         const FactShapes& shapes, const OpenAnswers& open);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_UNKNOWNS_H_
