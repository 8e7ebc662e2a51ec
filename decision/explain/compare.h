// Two offerings side by side, and the strongest reasons for and against one. Exact
// differences of exact contributions; reads the trace of a ranking. Pure; thread-safe.
#ifndef APLOMB_DECISION_EXPLAIN_COMPARE_H_
#define APLOMB_DECISION_EXPLAIN_COMPARE_H_

#include <cstdint>
#include <vector>

#include "engine/rank.h"

namespace aplomb::explain {

// a's contribution less b's.
struct Difference {
  uint8_t criterion = 0;
  int32_t weight_bp = 0;
  int32_t value_a = 0;
  int32_t value_b = 0;
  int64_t difference = 0;  // weight_bp * (value_a - value_b)
};

// A part of a pro set against a con. Above 0.
struct Cover {
  uint8_t criterion = 0;  // the pro's
  int64_t amount = 0;
};

// A criterion that speaks against the better one, and the pros that outweigh it.
struct CoveredCon {
  uint8_t criterion = 0;
  int64_t amount = 0;              // what it costs, above 0
  std::vector<Cover> covers = {};  // in the order in which pros are used up
  int64_t uncovered = 0;           // amount less the covers; above 0 only where nothing is left
};

// `better` is the one of the higher score, `a` where they are equal. Each con of the
// better one, largest first, is set against its pros, largest first, each pro as far as
// it reaches (docs/explaining.md). Because the better one's pros sum to at least its
// cons, every con is covered wholly. `left_over` is what is left of the pros: the gap.
struct Comparison {
  std::vector<Difference> differences = {};  // by criterion ordinal
  int64_t gap = 0;                           // score of a less score of b: sum of the differences
  bool better_is_a = true;
  bool same_band = false;  // then neither is recommended before the other
  std::vector<CoveredCon> cons = {};
  std::vector<Cover> left_over = {};
};

// Both of one ranking (CHECK: equal criteria and weights).
Comparison CompareOfferings(const engine::RankedOffering& a, const engine::RankedOffering& b);

// A reason and what it weighs.
struct Reason {
  uint8_t criterion = 0;
  int32_t value = 0;
  int32_t weight_bp = 0;
  int64_t amount = 0;  // for: the contribution; against: weight_bp * (10,000 - value)
};

inline constexpr uint32_t kStrongestReasons = 2;

// At most kStrongestReasons each, largest amount first, equal ones by ordinal; reasons
// of amount 0 are none. Reasons for come from the criteria of value 5,000 or more and
// reasons against from the others first; only where these give fewer than two are the
// rest taken (so a criterion is told once, on the side where it belongs).
struct Reasons {
  std::vector<Reason> in_favour = {};
  std::vector<Reason> against = {};
};
Reasons StrongestReasons(const std::vector<engine::Contribution>& contributions);
inline Reasons StrongestReasons(const engine::RankedOffering& offering) {
  return StrongestReasons(offering.contributions);
}

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_COMPARE_H_
