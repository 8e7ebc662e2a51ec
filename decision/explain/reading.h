// What rules read: the facts behind a measure or a condition, and the values of a fact
// at which a rule can change its mind. Inner header.
#ifndef APLOMB_DECISION_EXPLAIN_READING_H_
#define APLOMB_DECISION_EXPLAIN_READING_H_

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "decision/explain/inquiry.h"
#include "engine/measure.h"
#include "engine/rules.h"

namespace aplomb::explain {

// Everything that some rules read.
struct Reads {
  std::map<uint16_t, engine::Evidence> offering = {};  // slot to the most evidence asked for
  std::set<uint16_t> request = {};
  bool must_features = false;
  bool nice_features = false;
  bool cost = false;
  engine::Evidence cost_evidence = engine::Evidence::kNone;  // the most asked of the tariff
  uint32_t metrics = 0;                                      // of headrooms
};

void ReadMeasure(const engine::Rules& rules, engine::MeasureId id, engine::Evidence least,
                 Reads& reads);
void ReadCondition(const engine::Rules& rules, engine::ConditionId id, engine::Evidence least,
                   Reads& reads);
Reads ReadsOf(const engine::Rules& rules, const engine::Criterion& criterion);
Reads ReadsOf(const engine::Rules& rules, const engine::Constraint& constraint);

// Metrics on which the bill of a tariff hangs.
uint32_t MetricsOf(const engine::Tariff& tariff);
// The same of what is added to the cost of offerings that lack it; whether one does is not looked
// at.
uint32_t MetricsOf(const engine::Request& request);

// Values of facts at which a rule about one offering can change.
struct Thresholds {
  std::map<uint16_t, std::set<int64_t>> offering = {};
  std::map<uint16_t, std::set<int64_t>> request = {};
};

// Adds the thresholds of a criterion (at its breakpoints) or of a condition (at either side of
// each comparison), the other side of a comparison being as it is for the subject now.
void AddThresholds(const engine::Subject& subject, const engine::Criterion& criterion,
                   Thresholds& thresholds);
void AddThresholds(const engine::Subject& subject, engine::ConditionId condition,
                   engine::Evidence least, Thresholds& thresholds);

// The constraints of the need that are applied: the firm has said what they read, and
// they are asked for. Those of engine::Rank (its findings prove it in the tests).
std::vector<uint8_t> AppliedConstraints(const Inquiry& inquiry);

const engine::NeedRules& NeedRulesOf(const Inquiry& inquiry);

// The rows that the ranking places: those that serve the need in the mode, with their features.
struct CandidateRow {
  uint32_t row = 0;
  engine::FeatureMasks features = {};
};
std::vector<CandidateRow> CandidateRows(const Inquiry& inquiry);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_READING_H_
