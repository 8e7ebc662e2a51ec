// Evaluates measures and conditions for one offering. Every function is pure.
//
// Exact meaning of the measures, x for "the offering does not say":
//   kFact           value of the fact; x where unknown or below the least evidence
//   kLadder         sum of the points of the steps whose condition is true; x where the sum is 0
//                   and a condition is unknown through the offering
//   kFirstMatch     result of the first case whose condition is true; cases that are unknown are
//                   passed over; where none is true, x if a case was unknown, else `constant`
//   kFeatureCoverage must: share of must-haves at FULL or OPTION_PAID, x where none is known to be
//                   missing and one is unknown; wish: FULL 1, PARTIAL 1/2, x where every wanted
//                   feature is unknown; both rounded down to basis points
//   kSetCoverage    |offering ∩ firm| / |firm| in basis points, rounded down
//   kSizeDistance   classes between the firm's class (numbered as by SizeClassOf) and the nearest
//                   class of the audience; an audience spanning more than three classes is
//                   GENERIC: 1; x where either end of the audience is unknown
//   kSectorFit      4 made for the firm's class, 3 for its division, 2 for its section, 1 for any
//                   trade, 0 none of these; the best of the trades stated. Made for a sister class
//                   is made for another trade: 0
//   kDifference     first - second, cut at the ends of 64 bits; unlimited less anything is
//   unlimited kHeadroom       min over limits whose usage was told of 100 * limit / usage at month
//   36,
//                   rounded down, capped at kHeadroomMax (no limit or no usage: the cap); x where
//                   one is unknown
//   kCost           figure, or scale * figure / target rounded up
//
// Least evidence: a fact below it is kNotDocumented. A condition inside a ladder or a decision
// table asks for its own least evidence or the criterion's, whichever is more. Features carry no
// evidence of their own.
#ifndef APLOMB_ENGINE_MEASURE_H_
#define APLOMB_ENGINE_MEASURE_H_

#include <cstdint>
#include <vector>

#include "engine/cost.h"
#include "engine/fact_table.h"
#include "engine/rules.h"

namespace aplomb::engine {

inline constexpr int64_t kHeadroomMax = 100'000;  // percent

// How a measure stands. Where both sides are silent, the firm's silence wins: it
// takes the rule out for all alike.
enum class MeasureState : uint8_t {
  kKnown = 1,
  kNotDeclared = 2,    // the offering does not say
  kNotDocumented = 3,  // it says, with less evidence than asked
  kFirmUnknown = 4,    // the firm does not say
};

struct Measured {
  MeasureState state = MeasureState::kKnown;
  int64_t x = 0;  // meaningless unless kKnown
  // Weakest of the offering's facts used; kChecked where there are none. Of a ladder: of the steps
  // that hold (all, if none does); of a decision table: of the case that holds (all, if none does).
  // Of a condition: of all its comparisons that are true or false.
  Evidence evidence = Evidence::kChecked;
};

// kUnknown: the offering does not say; kFirmUnknown: the firm does not.
enum class Truth : uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2, kFirmUnknown = 3 };

// What one evaluation reads. `features` are the row's masks for the request's need.
struct Subject {
  const Rules& rules;
  const FactTable& table;
  const Request& request;
  const FeatureMasks& features;
  const Cost& cost;
  uint32_t row = 0;
};

Measured Evaluate(const Subject& subject, MeasureId measure, Evidence least_evidence);
Truth Holds(const Subject& subject, ConditionId condition);

// The truth of a condition that reads request facts and constants only (the compiler has seen to
// it): kTrue, kFalse or kFirmUnknown.
Truth HoldsForRequest(const Rules& rules, const Request& request, ConditionId condition);

// How the firm stands to a rule: what it has said decides, and nothing about any offering, so that
// a rule is left out for all offerings or for none.
enum class FirmSide : uint8_t {
  kSaid = 0,
  kNotAsked = 1,  // it wants nothing of the kind: no wanted feature, an empty set
  kNotSaid = 2,   // something that the rule reads is unknown; no usage told for a headroom
};
FirmSide FirmSideOf(const Rules& rules, const Request& request, MeasureId measure,
                    ConditionId condition);

// The comparison to report for a condition: down from it, always into the first child with the
// truth of its parent (under a negation, with the opposite one). kNoId if there is none.
ConditionId DecidingComparison(const Subject& subject, ConditionId condition);

// Request slots that a measure or condition reads and the request does not know, ascending.
std::vector<uint16_t> UnknownRequestSlots(const Rules& rules, const Request& request,
                                          MeasureId measure, ConditionId condition);

// Piecewise linear through the breakpoints, clamped outside, divisions rounded toward minus
// infinity. Result within 0 to kValueMax.
int32_t ValueOf(const Criterion& criterion, int64_t x);

// Whether `left` and `right` stand to each other as the operator says.
bool Compare(Operator op, int64_t left, int64_t right);

// Size class of a number of employees: 0 solo, 1 micro (1-9), 2 small (10-49), 3 medium (50-249),
// 4 large.
uint32_t SizeClassOf(int64_t staff);

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_MEASURE_H_
