// From a firm's profile to the engine's request: validation with all violations
// at once, derived facts, assumptions, targets.
#ifndef APLOMB_DECISION_REQUEST_H_
#define APLOMB_DECISION_REQUEST_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/need.pb.h"
#include "aplomb/type/profile.pb.h"
#include "base/issue.h"
#include "decision/compiled_rulebook.h"
#include "engine/rules.h"

namespace aplomb::decision {

inline constexpr int kMaxNeedsPerRequest = 45;

// What is asked. Refers to messages that must outlive it.
struct DecisionInput {
  const type::FirmProfile& profile;
  const std::vector<type::NeedRequest>& needs;
  const type::WeightChoice& weights;  // empty: the rulebook's default
  int32_t as_of_day = 0;              // days since 1970-01-01
};

// All violations of the input against the rulebook; empty where it is valid.
// Field paths as in the API, e.g. "recommendation.profile.siren".
std::vector<base::Issue> ValidateInput(const DecisionInput& input,
                                       const CompiledRulebook& rulebook);

enum class TargetSource : uint8_t { kFirmTarget = 1, kFirmBudget = 2, kReferenceCost = 3 };

struct AssumedUsage {
  uint8_t metric = 0;
  int64_t value = 0;
};

// One need of a request, ready for both delivery modes.
struct CompiledNeed {
  uint8_t need = 0;                         // ordinal
  std::array<engine::Request, 2> requests;  // by mode less one
  std::array<TargetSource, 2> target_sources = {TargetSource::kReferenceCost,
                                                TargetSource::kReferenceCost};
  std::vector<AssumedUsage> assumed_usages;  // by metric
  bool usual_features_assumed = false;
  bool size_assumed = false;               // staff unknown: MICRO taken for costs
  bool ui_language_assumed = false;        // French
  std::vector<uint8_t> prerequisites_met;  // by place in the need's prerequisites: 1 where met
};

// Compiles a valid input, one entry per need in the order asked. CHECKs what
// ValidateInput promises. No rates are needed: a firm's amounts are in euros.
std::vector<CompiledNeed> CompileRequest(const DecisionInput& input,
                                         const CompiledRulebook& rulebook);

// True where the tool serves the need: by its need, or by its class.
bool ToolMeets(const type::ExistingTool& tool, const catalog::v1::Need& need);

// The size class whose reference costs count for a firm: 0 solo, 1 micro, 2 small, 3 medium. Medium
// where the firm is larger, micro where its staff is not known.
uint32_t CostClassOf(const type::FirmProfile& profile);

// The reference cost of a need for a size class and a mode, that of DO_IT_YOURSELF where the mode
// has none of its own, or null.
const catalog::v1::ReferenceCost* FindReferenceCost(const catalog::v1::Need& need,
                                                    uint32_t cost_class, engine::DeliveryMode mode);
// One-off plus 36 months of it, with what hangs on usage at the usage of `request` and its growth,
// micros of EUR; 0 where there is none.
int64_t ReferenceCostOver36Months(const catalog::v1::Need& need, uint32_t cost_class,
                                  engine::DeliveryMode mode, const engine::Request& request);

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_REQUEST_H_
