// A rulebook ready to be used: the engine's numbers, and what is needed to turn
// the engine's results back into words. Made by rulebook_compiler; immutable;
// shared between threads.
#ifndef APLOMB_DECISION_COMPILED_RULEBOOK_H_
#define APLOMB_DECISION_COMPILED_RULEBOOK_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "aplomb/catalog/v1/rulebook.pb.h"
#include "base/digest.h"
#include "decision/fact_registry.h"
#include "engine/rules.h"

namespace aplomb::decision {

// What is said where a comparison is the one that is reported.
struct ComparisonText {
  type::LocalizedText sentence;
  type::LocalizedText remedy;
};

struct CompiledRulebook {
  catalog::v1::Rulebook source;   // needs sorted by need_id, criteria and constraints by id
  base::Digest digest;            // of the registered bytes
  engine::Rules rules;            // ordinals = places in the sorted `source`

  // Ordinals by id.
  std::map<std::string, uint8_t, std::less<>> need_ordinals;
  std::map<std::string, uint8_t, std::less<>> criterion_ordinals;
  std::map<std::string, uint8_t, std::less<>> constraint_ordinals;
  // Features of each need: id to committed ordinal (bit of the masks).
  std::vector<std::map<std::string, uint8_t, std::less<>>> feature_ordinals;

  // By comparison of a constraint that has a sentence of its own.
  std::map<engine::ConditionId, ComparisonText> comparison_texts;

  // What each slot holds; the facts that the rules read and no others.
  std::vector<const FactInfo*> offering_slots;
  std::vector<const FactInfo*> request_slots;

  // Constraint of a need and mode that are declared inapplicable, for the record: by need ordinal,
  // mode less one.
  std::vector<std::array<uint64_t, 2>> inapplicable_criteria;
  std::vector<std::array<uint64_t, 2>> inapplicable_constraints;

  // Usage assumed for a metric where neither the firm nor the need says: by metric, size class
  // 0 to 3. The compiler has seen to it that each metric has one.
  std::array<std::array<int64_t, 4>, engine::kMetricCount> fallback_usage = {};
};

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_COMPILED_RULEBOOK_H_
