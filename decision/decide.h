// The decision: from a firm, a catalogue and a rulebook to a record. No gRPC, no
// disk, no clock; pure. Start here.
#ifndef APLOMB_DECISION_DECIDE_H_
#define APLOMB_DECISION_DECIDE_H_

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
DecisionRecord Decide(const DecisionInput& input, const DecisionContext& context,
                      const TieSubject& tie_subject);

// SHA-256 of the canonical encoding of profile, needs and weights.
base::Digest RequestDigest(const DecisionInput& input);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_DECIDE_H_
