// Why an offering stands where it stands, and how a field of candidates became a
// ranking. Nothing is computed anew: both are read off the trace of the ranking, so
// they cannot differ from it. Pure; thread-safe.
#ifndef APLOMB_DECISION_EXPLAIN_WHY_NOT_H_
#define APLOMB_DECISION_EXPLAIN_WHY_NOT_H_

#include <cstdint>
#include <vector>

#include "decision/explain/inquiry.h"
#include "engine/rank.h"

namespace aplomb::explain {

// A rule that an offering does not meet, or does not say that it meets.
struct FailedRule {
  engine::Finding finding = {};
  bool mandatory = false;  // law or safety; a minimum fact is not
};

// One criterion of the offering against the same of the first.
struct Loss {
  uint8_t criterion = 0;
  engine::MeasureState state = engine::MeasureState::kKnown;  // of the offering's value
  int64_t x = 0;                                              // 0 unless kKnown
  int64_t first_x = 0;
  int32_t value = 0;
  int32_t first_value = 0;
  int32_t weight_bp = 0;
  int64_t loss = 0;  // weight * (first's value - value); below 0: a gain
};

// How many of the candidates one rule kept from a rank.
struct FunnelStep {
  uint8_t constraint = 0;    // ordinal, or engine::Finding::kMinimumFact
  uint8_t minimum_fact = 0;  // place in NeedRules::minimum_facts
  uint32_t failed = 0;       // offerings with a finding of this rule
  uint32_t first = 0;        // of these, those that no earlier step had stopped
  uint32_t alone = 0;        // of these, those that nothing else stops
};

// candidates == excluded + to_confirm + ranked, and the `first` of all steps sum to
// excluded + to_confirm.
struct Funnel {
  uint32_t candidates = 0;
  uint32_t excluded = 0;
  uint32_t to_confirm = 0;
  uint32_t ranked = 0;
  std::vector<FunnelStep> steps =
      {};  // constraints by ordinal, then minimum facts; only failed > 0
};

struct WhyNot {
  Standing standing = Standing::kNotCandidate;
  bool serves_need = false;  // kNotCandidate: true where it serves the need in the other mode

  // kExcluded, kToConfirm: every finding, in the engine's order. Removing all of them
  // would rank the offering.
  std::vector<FailedRule> failed = {};

  // kRanked. The first is the offering that the ranking shows first; `gap` is its
  // score less this one's (below 0 where both are of one band and the lot put the
  // lesser first). The losses, one for each criterion weighed, sum to the gap exactly;
  // largest first, equal ones by ordinal.
  int32_t rank = 0;
  int64_t band = 0;
  int64_t score = 0;
  bool close_to_next_band = false;
  uint32_t offerings_above = 0;  // in better bands
  uint32_t first_row = 0;
  int64_t first_band = 0;
  int64_t gap = 0;
  std::vector<Loss> losses = {};

  Funnel funnel = {};
};

// `ranking` is engine::Rank's of `inquiry`; `row` is any row of the table (CHECK).
// `mandatory_constraints` is a mask over ordinals: Constraint.mandatory of the rulebook.
WhyNot ExplainWhyNot(const Inquiry& inquiry, const engine::Ranking& ranking,
                     uint64_t mandatory_constraints, uint32_t row);

Funnel MakeFunnel(const engine::Ranking& ranking);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_WHY_NOT_H_
