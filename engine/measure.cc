#include "engine/measure.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/bits.h"
#include "absl/numeric/int128.h"
#include "base/check.h"
#include "engine/sector.h"

namespace aplomb::engine {
namespace {

using absl::int128;

constexpr int64_t kMaxInt = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinInt = std::numeric_limits<int64_t>::min();
constexpr int64_t kBasisPoints = 10'000;
constexpr uint32_t kLastYear = 2;

int64_t Clamp(int128 x) { return static_cast<int64_t>(std::clamp<int128>(x, kMinInt, kMaxInt)); }

// Rounds toward minus infinity; d > 0.
int128 FloorDiv(int128 n, int128 d) {
  const int128 q = n / d;
  return n % d < 0 ? q - 1 : q;
}

Measured Known(int64_t x, Evidence evidence = Evidence::kChecked) {
  return {.state = MeasureState::kKnown, .x = x, .evidence = evidence};
}

Measured Unknown(MeasureState state) { return {.state = state}; }

// Of two reasons the one that says more: the firm's silence, then no fact, then a weak fact.
MeasureState Stronger(MeasureState a, MeasureState b) {
  for (const MeasureState s : {MeasureState::kFirmUnknown, MeasureState::kNotDeclared}) {
    if (a == s || b == s) return s;
  }
  return a == MeasureState::kKnown ? b : a;
}

// The truth of a condition with the reason of an unknown and the facts behind it.
struct Verdict {
  Truth truth = Truth::kTrue;
  MeasureState state = MeasureState::kKnown;  // kKnown iff kTrue or kFalse
  Evidence evidence = Evidence::kChecked;     // weakest behind the comparisons decided
};

Verdict Decided(bool truth, Evidence evidence) {
  return {.truth = truth ? Truth::kTrue : Truth::kFalse, .evidence = evidence};
}

Verdict Undecided(MeasureState state, Evidence evidence) {
  const Truth truth = state == MeasureState::kFirmUnknown ? Truth::kFirmUnknown : Truth::kUnknown;
  return {.truth = truth, .state = state, .evidence = evidence};
}

int64_t SectorFit(int64_t sectors, const Activity& firm) {
  if ((sectors & kGenericSector) != 0) return 1;
  int64_t best = 0;
  for (uint32_t i = 0; i < kMaxSectors; ++i) {
    const Sector sector = UnpackSector(sectors, i);
    if (sector.code == 0) continue;
    if (sector.level == SectorLevel::kClass && sector.code == firm.class_code) return 4;
    if (sector.level == SectorLevel::kDivision && sector.code == firm.division) {
      best = std::max<int64_t>(best, 3);
    }
    if (sector.level == SectorLevel::kSection && sector.code == firm.section) {
      best = std::max<int64_t>(best, 2);
    }
  }
  return best;
}

int64_t SizeDistance(int64_t staff_min, int64_t staff_max, int64_t firm_class) {
  const auto low = static_cast<int64_t>(SizeClassOf(std::min(staff_min, staff_max)));
  const auto high = static_cast<int64_t>(SizeClassOf(std::max(staff_min, staff_max)));
  constexpr int64_t kMostClasses = 3;
  if (high - low + 1 > kMostClasses) return 1;
  return std::max<int64_t>({0, low - firm_class, firm_class - high});
}

int64_t CostFigureOf(const Cost& cost, CostFigure figure) {
  switch (figure) {
    case CostFigure::kTco36:
      return cost.tco36_micros;
    case CostFigure::kFirstYear:
      return cost.first_year_micros;
    case CostFigure::kDoubleUsageRise:
      return cost.double_usage_rise_micros;
    case CostFigure::kCashOut90Days:
      return cost.cash_out_90_days_micros;
  }
  return 0;
}

// Evaluates for one offering, or for the firm alone where `subject` is null.
class Evaluator {
 public:
  Evaluator(const Rules& rules, const Request& request, const Subject* subject)
      : rules_(rules), request_(request), subject_(subject) {}

  Measured Measure(MeasureId id, Evidence least) const {
    const engine::Measure& m = rules_.measures[id];
    switch (m.kind) {
      case MeasureKind::kFact:
        return Fact(m.first, least);
      case MeasureKind::kConstant:
        return Known(m.constant);
      case MeasureKind::kLadder:
        return Ladder(m, least);
      case MeasureKind::kFirstMatch:
        return FirstMatch(m, least);
      case MeasureKind::kFeatureCoverage:
        return m.scope_must ? MustCoverage() : WishCoverage();
      case MeasureKind::kSetCoverage:
        return SetCoverage(m, least);
      case MeasureKind::kSizeDistance:
        return SizeDistanceOf(m, least);
      case MeasureKind::kSectorFit:
        return SectorFitOf(m, least);
      case MeasureKind::kDifference:
        return Difference(m, least);
      case MeasureKind::kHeadroom:
        return Headroom(m, least);
      case MeasureKind::kCost:
        return CostOf(m, least);
    }
    return Unknown(MeasureState::kNotDeclared);
  }

  Verdict Decide(ConditionId id, Evidence least) const {
    const Condition& c = rules_.conditions[id];
    switch (c.form) {
      case ConditionForm::kAll:
        return Combine(c, least, Truth::kFalse);
      case ConditionForm::kAny:
        return Combine(c, least, Truth::kTrue);
      case ConditionForm::kNot:
        return Negate(Decide(c.children[0], least));
      case ConditionForm::kComparison:
        return Comparison(c, least);
    }
    return Undecided(MeasureState::kNotDeclared, Evidence::kChecked);
  }

 private:
  const Subject& subject() const {
    CHECK(subject_ != nullptr) << "the compiler lets such a condition read the request only";
    return *subject_;
  }

  Measured Fact(const FactRef& ref, Evidence least) const {
    if (ref.side == FactRef::Side::kRequest) {
      const RequestFact& fact = request_.facts[ref.slot];
      return fact.known ? Known(fact.value) : Unknown(MeasureState::kFirmUnknown);
    }
    return OfferingFact(ref.slot, least);
  }

  Measured OfferingFact(uint16_t slot, Evidence least) const {
    const Column& column = subject().table.columns[slot];
    const Evidence evidence = column.evidence[subject().row];
    if (evidence == Evidence::kNone) return Unknown(MeasureState::kNotDeclared);
    if (evidence < least) return Unknown(MeasureState::kNotDocumented);
    return Known(column.values[subject().row], evidence);
  }

  // Adds the points of what holds. Unknown steps do not take away from what is shown.
  Measured Ladder(const engine::Measure& m, Evidence least) const {
    int64_t points = 0;
    MeasureState unknown = MeasureState::kKnown;
    Evidence of_held = Evidence::kChecked;
    Evidence of_all = Evidence::kChecked;
    for (const MeasureStep& step : m.steps) {
      const Verdict v = Decide(step.when, least);
      if (v.truth == Truth::kFirmUnknown) return Unknown(MeasureState::kFirmUnknown);
      unknown = Stronger(unknown, v.state);
      of_all = std::min(of_all, v.evidence);
      if (v.truth != Truth::kTrue) continue;
      points += step.amount;
      of_held = std::min(of_held, v.evidence);
    }
    if (points != 0) return Known(points, of_held);
    if (unknown != MeasureState::kKnown) return Unknown(unknown);
    return Known(0, of_all);
  }

  Measured FirstMatch(const engine::Measure& m, Evidence least) const {
    MeasureState unknown = MeasureState::kKnown;
    Evidence of_all = Evidence::kChecked;
    for (const MeasureStep& step : m.steps) {
      const Verdict v = Decide(step.when, least);
      if (v.truth == Truth::kFirmUnknown) return Unknown(MeasureState::kFirmUnknown);
      if (v.truth == Truth::kTrue) return Known(step.amount, v.evidence);
      unknown = Stronger(unknown, v.state);
      of_all = std::min(of_all, v.evidence);
    }
    if (unknown != MeasureState::kKnown) return Unknown(unknown);
    return Known(m.constant, of_all);
  }

  // A must that is known to be missing decides; else one that is unknown leaves all open. So an
  // offering which says nine of ten is not worse placed than one which says nothing.
  Measured MustCoverage() const {
    const uint32_t wanted = request_.must_features;
    if (wanted == 0) return Unknown(MeasureState::kFirmUnknown);
    const FeatureMasks& f = subject().features;
    const uint32_t had = wanted & (f.full | f.option_paid);
    const uint32_t missing = wanted & (f.partial | f.none);
    if (missing == 0 && had != wanted) return Unknown(MeasureState::kNotDeclared);
    return Known(kBasisPoints * absl::popcount(had) / absl::popcount(wanted));
  }

  Measured WishCoverage() const {
    const uint32_t wanted = request_.nice_features;
    if (wanted == 0) return Unknown(MeasureState::kFirmUnknown);
    const FeatureMasks& f = subject().features;
    if ((wanted & (f.full | f.partial | f.option_paid | f.none)) == 0) {
      return Unknown(MeasureState::kNotDeclared);
    }
    const int halves = 2 * absl::popcount(wanted & f.full) + absl::popcount(wanted & f.partial);
    return Known(kBasisPoints * halves / 2 / absl::popcount(wanted));
  }

  Measured SetCoverage(const engine::Measure& m, Evidence least) const {
    const Measured firm = Fact(m.second, least);
    if (firm.state != MeasureState::kKnown || firm.x == 0) {
      return Unknown(MeasureState::kFirmUnknown);
    }
    const Measured offering = Fact(m.first, least);
    if (offering.state != MeasureState::kKnown) return offering;
    const auto wanted = static_cast<uint64_t>(firm.x);
    const auto had = wanted & static_cast<uint64_t>(offering.x);
    return Known(kBasisPoints * absl::popcount(had) / absl::popcount(wanted), offering.evidence);
  }

  Measured SizeDistanceOf(const engine::Measure& m, Evidence least) const {
    const Measured staff_min = Fact(m.first, least);
    const Measured staff_max = Fact(m.second, least);
    const Measured firm = Fact(m.third, least);
    const MeasureState state = Stronger(firm.state, Stronger(staff_min.state, staff_max.state));
    if (state != MeasureState::kKnown) return Unknown(state);
    return Known(SizeDistance(staff_min.x, staff_max.x, firm.x),
                 std::min(staff_min.evidence, staff_max.evidence));
  }

  Measured SectorFitOf(const engine::Measure& m, Evidence least) const {
    const Measured sectors = Fact(m.first, least);
    const Measured firm = Fact(m.second, least);
    const MeasureState state = Stronger(firm.state, sectors.state);
    if (state != MeasureState::kKnown) return Unknown(state);
    return Known(SectorFit(sectors.x, UnpackActivity(firm.x)), sectors.evidence);
  }

  Measured Difference(const engine::Measure& m, Evidence least) const {
    const Measured first = Fact(m.first, least);
    const Measured second = Fact(m.second, least);
    const MeasureState state = Stronger(first.state, second.state);
    if (state != MeasureState::kKnown) return Unknown(state);
    const Evidence evidence = std::min(first.evidence, second.evidence);
    if (first.x == kUnlimited) return Known(kUnlimited, evidence);
    return Known(Clamp(int128(first.x) - second.x), evidence);
  }

  Measured Headroom(const engine::Measure& m, Evidence least) const {
    Measured result = Known(kHeadroomMax);
    MeasureState state = MeasureState::kKnown;
    bool told = false;
    for (const LimitRef& limit : m.limits) {
      if (!request_.usage_told[limit.metric]) continue;
      told = true;
      const Measured fact = OfferingFact(limit.slot, least);
      state = Stronger(state, fact.state);
      if (fact.state != MeasureState::kKnown) continue;
      result.evidence = std::min(result.evidence, fact.evidence);
      const int64_t usage = UsageInYear(request_, limit.metric, kLastYear);
      if (fact.x == kUnlimited || usage == 0) continue;
      // Limits are not negative; std::clamp keeps the cast defined all the same.
      const int128 percent = int128(fact.x) * 100 / usage;
      result.x = static_cast<int64_t>(std::clamp<int128>(percent, 0, result.x));
    }
    if (!told) return Unknown(MeasureState::kFirmUnknown);
    return state == MeasureState::kKnown ? result : Unknown(state);
  }

  Measured CostOf(const engine::Measure& m, Evidence least) const {
    const Cost& cost = subject().cost;
    if (!cost.known) return Unknown(MeasureState::kNotDeclared);
    if (cost.evidence < least) return Unknown(MeasureState::kNotDocumented);
    const int64_t figure = CostFigureOf(cost, m.figure);
    if (!m.relative) return Known(figure, cost.evidence);
    const int128 target = std::max<int64_t>(request_.target_micros, 1);
    return Known(Clamp((int128(figure) * m.scale + target - 1) / target), cost.evidence);
  }

  Verdict Comparison(const Condition& c, Evidence least) const {
    const Measured left = Measure(c.left, std::max(least, c.least_evidence));
    const Measured right = Measure(c.right, least);
    const MeasureState state = Stronger(left.state, right.state);
    if (state != MeasureState::kKnown) return Undecided(state, Evidence::kChecked);
    return Decided(Compare(c.op, left.x, right.x), std::min(left.evidence, right.evidence));
  }

  // Kleene's "all" (decided by a kFalse) or "any" (by a kTrue). All children are read, so that
  // neither evidence nor reason hangs on the order in which they are written.
  Verdict Combine(const Condition& c, Evidence least, Truth decisive) const {
    bool decided = false;
    MeasureState unknown = MeasureState::kKnown;
    Evidence evidence = Evidence::kChecked;
    for (const ConditionId child : c.children) {
      const Verdict v = Decide(child, least);
      decided |= v.truth == decisive;
      unknown = Stronger(unknown, v.state);
      evidence = std::min(evidence, v.evidence);
    }
    if (decided) return Decided(decisive == Truth::kTrue, evidence);
    if (unknown != MeasureState::kKnown) return Undecided(unknown, evidence);
    return Decided(decisive != Truth::kTrue, evidence);
  }

  static Verdict Negate(Verdict v) {
    if (v.truth == Truth::kTrue || v.truth == Truth::kFalse) {
      v.truth = v.truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    return v;
  }

  const Rules& rules_;
  const Request& request_;
  const Subject* subject_;
};

// Walks what a rule reads of the firm.
class FirmReader {
 public:
  FirmReader(const Rules& rules, const Request& request) : rules_(rules), request_(request) {}

  void ReadMeasure(MeasureId id) {
    if (id == kNoId) return;
    const Measure& m = rules_.measures[id];
    switch (m.kind) {
      case MeasureKind::kConstant:
      case MeasureKind::kCost:
        return;
      case MeasureKind::kLadder:
      case MeasureKind::kFirstMatch:
        for (const MeasureStep& step : m.steps) ReadCondition(step.when);
        return;
      case MeasureKind::kFeatureCoverage:
        if ((m.scope_must ? request_.must_features : request_.nice_features) == 0) {
          Note(FirmSide::kNotAsked);
        }
        return;
      case MeasureKind::kHeadroom:
        if (std::none_of(m.limits.begin(), m.limits.end(), [&](const LimitRef& limit) {
              return request_.usage_told[limit.metric];
            })) {
          Note(FirmSide::kNotSaid);
        }
        return;
      case MeasureKind::kSetCoverage:
        ReadFact(m.first);
        ReadFact(m.second);
        if (IsEmptySet(m.second)) Note(FirmSide::kNotAsked);
        return;
      case MeasureKind::kFact:
        ReadFact(m.first);
        return;
      case MeasureKind::kSizeDistance:
        ReadFact(m.third);
        [[fallthrough]];
      case MeasureKind::kSectorFit:
      case MeasureKind::kDifference:
        ReadFact(m.first);
        ReadFact(m.second);
        return;
    }
  }

  void ReadCondition(ConditionId id) {
    if (id == kNoId) return;
    const Condition& c = rules_.conditions[id];
    if (c.form == ConditionForm::kComparison) {
      ReadMeasure(c.left);
      ReadMeasure(c.right);
      return;
    }
    for (const ConditionId child : c.children) ReadCondition(child);
  }

  FirmSide side() const { return side_; }

  std::vector<uint16_t> UnknownSlots() && {
    std::sort(unknown_.begin(), unknown_.end());
    unknown_.erase(std::unique(unknown_.begin(), unknown_.end()), unknown_.end());
    return std::move(unknown_);
  }

 private:
  void Note(FirmSide side) { side_ = std::max(side_, side); }

  void ReadFact(const FactRef& ref) {
    if (ref.side != FactRef::Side::kRequest || request_.facts[ref.slot].known) return;
    Note(FirmSide::kNotSaid);
    unknown_.push_back(ref.slot);
  }

  bool IsEmptySet(const FactRef& ref) const {
    return ref.side == FactRef::Side::kRequest && request_.facts[ref.slot].known &&
           request_.facts[ref.slot].value == 0;
  }

  const Rules& rules_;
  const Request& request_;
  FirmSide side_ = FirmSide::kSaid;
  std::vector<uint16_t> unknown_;
};

}  // namespace

Measured Evaluate(const Subject& subject, MeasureId measure, Evidence least_evidence) {
  return Evaluator(subject.rules, subject.request, &subject).Measure(measure, least_evidence);
}

Truth Holds(const Subject& subject, ConditionId condition) {
  return Evaluator(subject.rules, subject.request, &subject)
      .Decide(condition, Evidence::kDeclared)
      .truth;
}

Truth HoldsForRequest(const Rules& rules, const Request& request, ConditionId condition) {
  return Evaluator(rules, request, nullptr).Decide(condition, Evidence::kDeclared).truth;
}

FirmSide FirmSideOf(const Rules& rules, const Request& request, MeasureId measure,
                    ConditionId condition) {
  FirmReader reader(rules, request);
  reader.ReadMeasure(measure);
  reader.ReadCondition(condition);
  return reader.side();
}

std::vector<uint16_t> UnknownRequestSlots(const Rules& rules, const Request& request,
                                          MeasureId measure, ConditionId condition) {
  FirmReader reader(rules, request);
  reader.ReadMeasure(measure);
  reader.ReadCondition(condition);
  return std::move(reader).UnknownSlots();
}

ConditionId DecidingComparison(const Subject& subject, ConditionId condition) {
  Truth truth = Holds(subject, condition);
  while (true) {
    const Condition& c = subject.rules.conditions[condition];
    if (c.form == ConditionForm::kComparison) return condition;
    if (c.form == ConditionForm::kNot) {
      condition = c.children[0];
      truth = Holds(subject, condition);
      continue;
    }
    const auto child = std::find_if(c.children.begin(), c.children.end(),
                                    [&](ConditionId id) { return Holds(subject, id) == truth; });
    if (child == c.children.end()) return kNoId;  // "all" or "any" of nothing
    condition = *child;
  }
}

int32_t ValueOf(const Criterion& criterion, int64_t x) {
  const std::vector<Breakpoint>& points = criterion.breakpoints;
  if (points.empty()) return 0;
  if (x <= points.front().x) return points.front().value;
  for (size_t i = 1; i < points.size(); ++i) {
    if (x > points[i].x) continue;
    const Breakpoint& a = points[i - 1];
    const Breakpoint& b = points[i];
    // Within 2^32 of each other, as nearly all are, no product leaves 64 bits.
    const uint64_t distance = static_cast<uint64_t>(b.x) - static_cast<uint64_t>(a.x);
    if (distance < uint64_t{1} << 32) {
      const int64_t rise = (int64_t{b.value} - a.value) * (x - a.x);
      const auto width = static_cast<int64_t>(distance);
      const int64_t quotient = rise / width;
      return a.value + static_cast<int32_t>(quotient - (rise % width < 0 ? 1 : 0));
    }
    // 128 bits: the distance of two x may be as much as 2^64.
    const int128 rise = (int128(b.value) - a.value) * (int128(x) - a.x);
    return a.value + static_cast<int32_t>(FloorDiv(rise, int128(b.x) - a.x));
  }
  return points.back().value;
}

bool Compare(Operator op, int64_t left, int64_t right) {
  switch (op) {
    case Operator::kEq:
      return left == right;
    case Operator::kNe:
      return left != right;
    case Operator::kLt:
      return left < right;
    case Operator::kLe:
      return left <= right;
    case Operator::kGt:
      return left > right;
    case Operator::kGe:
      return left >= right;
    case Operator::kContainsAll:
      return (left & right) == right;
    case Operator::kIntersects:
      return (left & right) != 0;
  }
  return false;
}

uint32_t SizeClassOf(int64_t staff) {
  if (staff <= 0) return 0;
  if (staff <= 9) return 1;
  if (staff <= 49) return 2;
  return staff <= 249 ? 3 : 4;
}

}  // namespace aplomb::engine
