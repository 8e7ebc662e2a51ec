// The need stated, criterion by criterion: what the firm asked for, or told of itself,
// that a criterion compares offerings with. The same for all offerings of a ranking.
// Pure; thread-safe.
#ifndef APLOMB_DECISION_ASKED_H_
#define APLOMB_DECISION_ASKED_H_

#include <cstdint>

#include "aplomb/type/common.pb.h"
#include "decision/compiled_rulebook.h"
#include "decision/request.h"
#include "engine/rules.h"

namespace aplomb::decision {

struct AskedFrom {
  const CompiledRulebook& rulebook;
  const engine::Request& request;  // of the need, in the mode
  bool usual_features_assumed = false;
  TargetSource target_source = TargetSource::kReferenceCost;
};

// In words, without a full stop: "souhaité : Devis en ligne", "commandes par mois : 60"; where the
// criterion compares with nothing of the firm's, what it values in any offering. `criterion` is an
// ordinal of the rulebook.
type::LocalizedText AskedText(const AskedFrom& from, uint8_t criterion);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_ASKED_H_
