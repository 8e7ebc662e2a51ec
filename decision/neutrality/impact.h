// What a change of the rules, or of a catalogue, would do to the answers of
// reference firms: whose first three change, who wins, who loses, and the largest
// move. For committees before a rulebook revision is activated, and for a member
// before an offering is changed. Pure; thread-safe.
#ifndef APLOMB_DECISION_NEUTRALITY_IMPACT_H_
#define APLOMB_DECISION_NEUTRALITY_IMPACT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/neutrality/prove.h"

namespace aplomb::decision {

inline constexpr int32_t kNoPlace = 0;  // not ranked
inline constexpr size_t kTopPlaces = 3;

// One side of a comparison.
struct ImpactSide {
  const catalog::Snapshot& snapshot;
  const CompiledRulebook& rulebook;
};

// How one offering moved in one ranking.
struct Move {
  std::string input_id = {};
  std::string need_id = {};
  engine::DeliveryMode mode = engine::DeliveryMode::kDoItYourself;
  Uid offering = {};
  std::string name = {};    // resource name; of the largest move only
  int32_t from = kNoPlace;  // place in the list, from 1
  int32_t to = kNoPlace;
  int64_t score_from = 0;
  int64_t score_to = 0;
};

// An offering over all rankings.
struct OfferingImpact {
  Uid offering = {};
  std::string name = {};  // resource name, new if there is one
  int64_t better = 0;     // rankings in which it stands further up, or is ranked at all now
  int64_t worse = 0;
  int64_t places =
      0;  // gained, in sum; lost below 0 (not ranked counts as the place after the last)
};

struct ImpactReport {
  int64_t inputs = 0;
  int64_t inputs_changed =
      0;  // with another first three (or another order of them) in some ranking
  int64_t inputs_refused = 0;  // valid before, and not valid any more; not compared
  int64_t rankings = 0;
  int64_t top_changed = 0;      // rankings whose first three are others, or in another order
  int64_t top_set_changed = 0;  // of these: others
  int64_t rankings_gone = 0;    // on one side only
  int64_t scores_changed = 0;   // of offerings ranked on both sides
  std::vector<OfferingImpact> winners = {};  // most places gained first, then by UUID
  std::vector<OfferingImpact> losers = {};   // most places lost first
  Move largest = {};                         // the move over most places; from == to: none
};

// Decides all inputs on both sides, on the same day and with the same lots. Inputs
// must be valid for `before`.
ImpactReport PreviewImpact(const ImpactSide& before, const ImpactSide& after,
                           absl::Span<const ProofInput> inputs, int32_t as_of_day);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_NEUTRALITY_IMPACT_H_
