// A rulebook as the engine reads it: numbers and small trees, made by
// decision/rulebook_compiler from the published text. Values without identity;
// immutable once built; safe to read from any thread.
//
// Truth has three values (Kleene). Whose silence made something unknown is kept
// apart: what the *offering* does not say counts against it, what the *firm* does
// not say takes the rule out for all offerings alike.
#ifndef APLOMB_ENGINE_RULES_H_
#define APLOMB_ENGINE_RULES_H_

#include <array>
#include <cstdint>
#include <vector>

#include "engine/fact_table.h"

namespace aplomb::engine {

inline constexpr int32_t kValueMax = 10'000;       // best value of a criterion
inline constexpr int32_t kWeightSum = 10'000;      // weights of a request, basis points
inline constexpr int64_t kScoreMax = 100'000'000;  // kValueMax * kWeightSum
inline constexpr uint32_t kGroupCount = 6;         // groups of criteria
inline constexpr uint32_t kMaxCriteria = 64;
inline constexpr uint32_t kMaxConstraints = 64;
inline constexpr uint32_t kMaxBreakpoints = 20;
inline constexpr uint32_t kMaxPartsInGroup = 20;
inline constexpr uint32_t kMaxConditionDepth = 8;
inline constexpr uint32_t kSizeClassCount = 5;  // solo, micro, small, medium, large
static_assert(int64_t{kValueMax} * kWeightSum == kScoreMax);

// A fact of one side. Slots index FactTable::columns or Request::facts.
struct FactRef {
  enum class Side : uint8_t { kOffering, kRequest };
  Side side = Side::kOffering;
  uint16_t slot = 0;
};

using MeasureId = uint16_t;    // index into Rules::measures
using ConditionId = uint16_t;  // index into Rules::conditions
inline constexpr uint16_t kNoId = 0xFFFF;

enum class MeasureKind : uint8_t {
  kFact = 1,             // `first`
  kConstant = 2,         // `constant`
  kLadder = 3,           // `steps`
  kFirstMatch = 4,       // `steps`, `constant` otherwise
  kFeatureCoverage = 5,  // `scope_must`
  kSetCoverage = 6,      // `first` offering set, `second` request set
  kSizeDistance = 7,     // `first` staff_min, `second` staff_max, `third` request size class
  kSectorFit = 8,        // `first` packed sectors, `second` request packed activity
  kDifference = 9,       // `first` - `second`
  kHeadroom = 10,        // `limits`
  kCost = 11,            // `figure`, `relative`, `scale`
};

enum class CostFigure : uint8_t {
  kTco36 = 1,
  kFirstYear = 2,
  kDoubleUsageRise = 3,
  kCashOut90Days = 4,
};

// One step of a ladder (points) or one case of a decision table (result).
struct MeasureStep {
  ConditionId when = kNoId;
  int64_t amount = 0;
};

// A limit of the offering and the metric that it bounds.
struct LimitRef {
  uint16_t slot = 0;
  uint8_t metric = 0;
};

// A number about an offering in view of a request. Exact meaning of each kind:
// engine/measure.h.
struct Measure {
  MeasureKind kind = MeasureKind::kConstant;
  FactRef first = {};
  FactRef second = {};
  FactRef third = {};
  int64_t constant = 0;
  bool scope_must = false;
  CostFigure figure = CostFigure::kTco36;
  bool relative = false;  // to the request's target
  int64_t scale = 100;    // 100 percent, 10,000 basis points
  std::vector<MeasureStep> steps = {};
  std::vector<LimitRef> limits = {};
};

enum class Operator : uint8_t {
  kEq = 1,
  kNe = 2,
  kLt = 3,
  kLe = 4,
  kGt = 5,
  kGe = 6,
  kContainsAll = 7,
  kIntersects = 8,
};

enum class ConditionForm : uint8_t { kAll = 1, kAny = 2, kNot = 3, kComparison = 4 };

// A statement that is true, false or unknown.
struct Condition {
  ConditionForm form = ConditionForm::kAll;
  std::vector<ConditionId> children = {};  // kAll, kAny, kNot
  MeasureId left = kNoId;                  // kComparison
  MeasureId right = kNoId;
  Operator op = Operator::kEq;
  Evidence least_evidence = Evidence::kDeclared;  // of the offering's facts on the left
};

struct Breakpoint {
  int64_t x = 0;
  int32_t value = 0;  // 0 to kValueMax
};

// A graded criterion. Its ordinal, the place in Rules::criteria, follows the
// order of criterion ids: remainders of weights go to the lower ordinal first.
struct Criterion {
  uint8_t group = 0;           // 0 to kGroupCount - 1
  uint8_t parts_in_group = 1;  // of its group's weight, 1 to kMaxPartsInGroup
  MeasureId measure = kNoId;
  ConditionId applies_when = kNoId;  // kNoId: always
  Evidence least_evidence = Evidence::kDeclared;
  std::vector<Breakpoint> breakpoints = {};  // x strictly increasing
};

// A hard constraint.
struct Constraint {
  ConditionId applies_when = kNoId;  // kNoId: always; reads request facts only
  ConditionId satisfied_when = kNoId;
  MeasureId observed = kNoId;  // kNoId: left side of the first comparison not satisfied
  bool exclude_when_unknown = false;
};

// A fact without which an offering is "to confirm", not ranked.
struct MinimumFact {
  enum class Kind : uint8_t { kFact, kCost, kFeatures };
  Kind kind = Kind::kFact;
  uint16_t slot = 0;  // kFact: column of the offering
};

// What applies to one need in one delivery mode; bit i is ordinal i.
struct NeedRules {
  uint64_t criteria = 0;
  uint64_t constraints = 0;
  std::vector<MinimumFact> minimum_facts = {};
};

// A whole rulebook.
struct Rules {
  std::vector<Measure> measures = {};
  std::vector<Condition> conditions = {};
  std::vector<Criterion> criteria = {};
  std::vector<Constraint> constraints = {};
  // By need ordinal, then delivery mode less one.
  std::vector<std::array<NeedRules, 2>> needs = {};
  int64_t band_width = 1'000'000;
  uint16_t offering_slots = 0;  // columns that a FactTable must have
  uint16_t request_slots = 0;   // facts that a Request must have
};

// One fact of a request.
struct RequestFact {
  int64_t value = 0;
  bool known = false;
};

// A cost that an offering carries unless it serves one of some needs: what a
// hard prerequisite or a kind of offering asks for besides.
struct AddedCost {
  uint64_t unless_needs = 0;  // mask; an offering that serves one of them brings it itself
  uint8_t only_kind = 0;      // 0: any kind
  uint8_t need = 0;           // ordinal of the need priced
  int64_t one_off_micros = 0;
  int64_t monthly_micros = 0;
  // What hangs on usage each month: a commission of `rate_bp` on a metric of money. It grows with
  // the usage, and doubles with it.
  int32_t rate_bp = 0;  // 0 to kWeightSum
  uint8_t metric = 0;
};

// A firm's request for one need, in numbers.
struct Request {
  uint8_t need = 0;                                // ordinal
  std::vector<RequestFact> facts = {};             // by slot, Rules::request_slots of them
  uint32_t must_features = 0;                      // mask over the need's ordinals
  uint32_t nice_features = 0;                      // disjoint from `must_features`
  std::array<int64_t, kMetricCount> usage = {};    // told or assumed, first year
  std::array<bool, kMetricCount> usage_told = {};  // told by the firm
  int32_t yearly_growth_bp = 0;                    // kMinGrowthBp to kMaxGrowthBp
  int64_t target_micros = 0;                       // all-in target over 36 months, at least 1
  std::vector<AddedCost> added_costs = {};         // without what the firm has already
  // Weight of each group as an exact fraction of the sum; engine/weights.h makes them.
  std::array<int64_t, kGroupCount> group_shares = {};
};

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_RULES_H_
