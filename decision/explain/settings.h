// The candidate values of a fact as changes. Inner header.
#ifndef APLOMB_DECISION_EXPLAIN_SETTINGS_H_
#define APLOMB_DECISION_EXPLAIN_SETTINGS_H_

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "decision/explain/counterfactual.h"
#include "decision/explain/inquiry.h"

namespace aplomb::explain {

// A number with at most this many values is tried at each of them.
inline constexpr int64_t kFewNumbers = 16;
// A set with at most this many members is tried in each of its subsets.
inline constexpr int kFewMembers = 4;

// What a fact of that shape may say: all of it where it is short, else those of `points` that
// it can be (cut to its bounds). Ascending.
std::vector<int64_t> CandidateValues(const FactShape& shape, const std::set<int64_t>& points);

// The changes of a fact that says `value` (or nothing) with evidence `has`, to each candidate
// value with evidence of at least `asked`. `prototype` has kind and slot. By rising size.
std::vector<Change> FactSettings(const FactShape& shape, bool known, int64_t value,
                                 const std::set<int64_t>& points, engine::Evidence has,
                                 engine::Evidence asked, const Change& prototype);

// Whether `row` stands where the goal asks, in a list that the terms let count.
bool ReachesOn(const Terms& terms, const engine::Ranking& ranking, uint32_t row, Goal goal);

// The answer where nothing has to change.
std::optional<Counterfactual> Already(const engine::Ranking& ranking, uint32_t row, Goal goal,
                                      const Terms& terms);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_SETTINGS_H_
