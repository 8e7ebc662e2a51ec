// The decision: from a firm, a catalogue and a rulebook to a record. No gRPC, no
// disk, no clock; pure. Start here.
#ifndef APLOMB_DECISION_DECIDE_H_
#define APLOMB_DECISION_DECIDE_H_

#include <vector>

#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/compiled_rulebook.h"
#include "decision/record.h"
#include "decision/request.h"
#include "decision/tie.h"

namespace aplomb::decision {

// What a decision is made from. `blind` was made by Blindfold from `snapshot` and
// `rulebook` for the input's day (it is cached: building it costs milliseconds).
struct DecisionContext {
  const catalog::Snapshot& snapshot;
  const CompiledRulebook& rulebook;
  int64_t rulebook_revision = 0;
  const BlindCatalog& blind;
};

// Decides. `input` must be valid (ValidateInput). Thread-safe.
// `compiled`, if given, gets what CompileRequest made of the input.
DecisionRecord Decide(const DecisionInput& input, const DecisionContext& context,
                      const TieSubject& tie_subject, std::vector<CompiledNeed>* compiled = nullptr);

// What changing costs, leaving the present tool included where it is told; -1 where nothing is
// ranked at a known cost.
struct ChangeCosts {
  int64_t best_micros = -1;      // the cheapest of the best bands of both modes
  int64_t cheapest_micros = -1;  // the cheapest of all that is ranked
  int32_t cheapest_rank = 0;     // its rank in its mode
};
ChangeCosts ChangeCostsOf(const std::vector<RecordedRanking>& rankings,
                          const type::ExistingTool& tool);

// SHA-256 of the canonical encoding of profile, needs and weights.
base::Digest RequestDigest(const DecisionInput& input);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_DECIDE_H_
