// The path of a firm, read off a recommendation: duties of law apart, at most three
// steps in an order that respects what needs what, keeping and buying nothing among
// the answers, and what several needs cost together. It shows no ranking that the
// recommendation does not hold. Pure; thread-safe. Names are left to the service.
#ifndef APLOMB_DECISION_PLAN_PLAN_H_
#define APLOMB_DECISION_PLAN_PLAN_H_

#include "aplomb/advisor/v1/explanation.pb.h"
#include "aplomb/advisor/v1/recommendation.pb.h"
#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"

namespace aplomb::plan {

inline constexpr int kMaxSteps = 3;
inline constexpr int kMaxBundles = 5;
// A stage counts as reached from this share of its needs on.
inline constexpr int kStageReachedPercent = 60;

// `shown` has everything in it, and was made from `snapshot` and `rulebook`.
advisor::v1::Plan MakePlan(const advisor::v1::Recommendation& shown,
                           const catalog::Snapshot& snapshot,
                           const decision::CompiledRulebook& rulebook);

}  // namespace aplomb::plan

#endif  // APLOMB_DECISION_PLAN_PLAN_H_
