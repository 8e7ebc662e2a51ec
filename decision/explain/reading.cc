#include "decision/explain/reading.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "absl/numeric/bits.h"
#include "absl/numeric/int128.h"
#include "engine/cost.h"
#include "engine/sector.h"

namespace aplomb::explain {
namespace {

using absl::int128;
using engine::ConditionForm;
using engine::ConditionId;
using engine::Evidence;
using engine::FactRef;
using engine::kNoId;
using engine::Measure;
using engine::MeasureId;
using engine::MeasureKind;
using engine::Operator;
using engine::Rules;
using engine::Subject;

bool HasBit(uint64_t mask, uint32_t i) { return ((mask >> i) & 1u) != 0; }

void ReadFact(const FactRef& ref, Evidence least, Reads& reads) {
  if (ref.side == FactRef::Side::kRequest) {
    reads.request.insert(ref.slot);
    return;
  }
  Evidence& asked = reads.offering[ref.slot];
  asked = std::max(asked, std::max(least, Evidence::kDeclared));
}

int64_t Cut(int128 x) {
  return static_cast<int64_t>(std::clamp<int128>(x, std::numeric_limits<int64_t>::min(),
                                                 std::numeric_limits<int64_t>::max()));
}

bool IsAboutSets(Operator op) {
  return op == Operator::kContainsAll || op == Operator::kIntersects;
}

// Adds what facts must be for a measure to reach points.
class ThresholdFinder {
 public:
  ThresholdFinder(const Subject& subject, Thresholds& thresholds)
      : subject_(subject), thresholds_(thresholds) {}

  void Reach(MeasureId id, const std::vector<int64_t>& points, Evidence least) {
    const Measure& m = subject_.rules.measures[id];
    switch (m.kind) {
      case MeasureKind::kFact:
        for (const int64_t x : points) Add(m.first, x);
        return;
      case MeasureKind::kLadder:
      case MeasureKind::kFirstMatch:
        for (const engine::MeasureStep& step : m.steps) Turn(step.when, least);
        return;
      case MeasureKind::kSetCoverage:
        return CoverSet(m);
      case MeasureKind::kSizeDistance:
        // First and last numbers of employees of the size classes.
        for (const int64_t staff : {0, 1, 10, 50, 250}) Add(m.first, staff);
        for (const int64_t staff : {0, 9, 49, 249, 250}) Add(m.second, staff);
        for (uint32_t size = 0; size < engine::kSizeClassCount; ++size) Add(m.third, size);
        return;
      case MeasureKind::kSectorFit:
        return FitSector(m);
      case MeasureKind::kDifference:
        for (const int64_t x : points) {
          if (const auto second = ValueOf(m.second)) Add(m.first, Cut(int128(x) + *second));
          if (const auto first = ValueOf(m.first)) Add(m.second, Cut(int128(*first) - x));
        }
        return;
      case MeasureKind::kHeadroom:
        return Headroom(m, points);
      case MeasureKind::kConstant:
      case MeasureKind::kFeatureCoverage:  // features and prices are levers of their own
      case MeasureKind::kCost:
        return;
    }
  }

  void Turn(ConditionId id, Evidence least) {
    const engine::Condition& c = subject_.rules.conditions[id];
    if (c.form != ConditionForm::kComparison) {
      for (const ConditionId child : c.children) Turn(child, least);
      return;
    }
    const Evidence left_least = std::max(least, c.least_evidence);
    const engine::Measured left = Evaluate(subject_, c.left, left_least);
    const engine::Measured right = Evaluate(subject_, c.right, least);
    const bool left_known = left.state == engine::MeasureState::kKnown;
    const bool right_known = right.state == engine::MeasureState::kKnown;
    if (IsAboutSets(c.op)) {
      if (right_known) AddSets(c.left, right.x, true);
      if (left_known) AddSets(c.right, left.x, false);
      return;
    }
    if (right_known) Reach(c.left, Around(right.x), left_least);
    if (left_known) Reach(c.right, Around(left.x), least);
  }

 private:
  std::optional<int64_t> ValueOf(const FactRef& ref) const {
    if (ref.side == FactRef::Side::kRequest) {
      const engine::RequestFact& fact = subject_.request.facts[ref.slot];
      return fact.known ? std::optional<int64_t>(fact.value) : std::nullopt;
    }
    const engine::Column& column = subject_.table.columns[ref.slot];
    if (column.evidence[subject_.row] == Evidence::kNone) return std::nullopt;
    return column.values[subject_.row];
  }

  void Add(const FactRef& ref, int64_t value) {
    auto& side = ref.side == FactRef::Side::kRequest ? thresholds_.request : thresholds_.offering;
    side[ref.slot].insert(value);
  }

  static std::vector<int64_t> Around(int64_t x) {
    std::vector<int64_t> points = {x};
    if (x > std::numeric_limits<int64_t>::min()) points.push_back(x - 1);
    if (x < std::numeric_limits<int64_t>::max()) points.push_back(x + 1);
    return points;
  }

  // The set of a fact with all of the other, with one of it, with none; for the right side: only
  // what the left has.
  void AddSets(MeasureId id, int64_t other, bool is_left) {
    const Measure& m = subject_.rules.measures[id];
    if (m.kind == MeasureKind::kLadder || m.kind == MeasureKind::kFirstMatch) {
      return Reach(id, {}, Evidence::kDeclared);
    }
    if (m.kind != MeasureKind::kFact) return;
    const int64_t own = ValueOf(m.first).value_or(0);
    Add(m.first, own | other);
    Add(m.first, own & ~other);
    if (!is_left) Add(m.first, own & other);
    for (uint32_t bit = 0; bit < 63; ++bit) {
      if (HasBit(static_cast<uint64_t>(other), bit)) Add(m.first, own | (int64_t{1} << bit));
    }
  }

  // Coverage counts: the missing ones are added one after another.
  void CoverSet(const Measure& m) {
    const int64_t wanted = ValueOf(m.second).value_or(0);
    int64_t set = ValueOf(m.first).value_or(0);
    if (wanted != 0) {
      Add(m.first, set);
      for (uint32_t bit = 0; bit < 63; ++bit) {
        const int64_t one = int64_t{1} << bit;
        if ((wanted & one) == 0 || (set & one) != 0) continue;
        set |= one;
        Add(m.first, set);
      }
    }
    if (const auto had = ValueOf(m.first)) {
      Add(m.second, wanted & *had);
      Add(m.second, wanted | *had);
    }
  }

  void FitSector(const Measure& m) {
    const auto packed = ValueOf(m.second);
    if (!packed.has_value()) return;
    const engine::Activity firm = engine::UnpackActivity(*packed);
    Add(m.first, engine::kGenericSector);
    const auto add = [&](engine::SectorLevel level, uint16_t code) {
      if (code != 0) Add(m.first, engine::PackSectors({engine::Sector{level, code}}));
    };
    add(engine::SectorLevel::kSection, firm.section);
    add(engine::SectorLevel::kDivision, firm.division);
    add(engine::SectorLevel::kClass, firm.class_code);
  }

  void Headroom(const Measure& m, const std::vector<int64_t>& points) {
    constexpr uint32_t kLastYear = 2;
    for (const engine::LimitRef& limit : m.limits) {
      if (!subject_.request.usage_told[limit.metric]) continue;
      const int64_t usage = engine::UsageInYear(subject_.request, limit.metric, kLastYear);
      const FactRef ref = {.side = FactRef::Side::kOffering, .slot = limit.slot};
      Add(ref, engine::kUnlimited);
      for (const int64_t percent : points) {
        if (percent < 0) continue;
        Add(ref, Cut((int128(usage) * percent + 99) / 100));
      }
    }
  }

  const Subject& subject_;
  Thresholds& thresholds_;
};

}  // namespace

void ReadMeasure(const Rules& rules, MeasureId id, Evidence least, Reads& reads) {
  if (id == kNoId) return;
  const Measure& m = rules.measures[id];
  switch (m.kind) {
    case MeasureKind::kConstant:
      return;
    case MeasureKind::kCost:
      reads.cost = true;
      reads.cost_evidence = std::max(reads.cost_evidence, least);
      return;
    case MeasureKind::kLadder:
    case MeasureKind::kFirstMatch:
      for (const engine::MeasureStep& step : m.steps) {
        ReadCondition(rules, step.when, least, reads);
      }
      return;
    case MeasureKind::kFeatureCoverage:
      (m.scope_must ? reads.must_features : reads.nice_features) = true;
      return;
    case MeasureKind::kHeadroom:
      for (const engine::LimitRef& limit : m.limits) {
        ReadFact({.side = FactRef::Side::kOffering, .slot = limit.slot}, least, reads);
        reads.metrics |= 1u << limit.metric;
      }
      return;
    case MeasureKind::kFact:
      return ReadFact(m.first, least, reads);
    case MeasureKind::kSizeDistance:
      ReadFact(m.third, least, reads);
      [[fallthrough]];
    case MeasureKind::kSetCoverage:
    case MeasureKind::kSectorFit:
    case MeasureKind::kDifference:
      ReadFact(m.first, least, reads);
      ReadFact(m.second, least, reads);
      return;
  }
}

void ReadCondition(const Rules& rules, ConditionId id, Evidence least, Reads& reads) {
  if (id == kNoId) return;
  const engine::Condition& c = rules.conditions[id];
  if (c.form == ConditionForm::kComparison) {
    ReadMeasure(rules, c.left, std::max(least, c.least_evidence), reads);
    ReadMeasure(rules, c.right, least, reads);
    return;
  }
  for (const ConditionId child : c.children) ReadCondition(rules, child, least, reads);
}

Reads ReadsOf(const Rules& rules, const engine::Criterion& criterion) {
  Reads reads;
  ReadMeasure(rules, criterion.measure, criterion.least_evidence, reads);
  ReadCondition(rules, criterion.applies_when, Evidence::kDeclared, reads);
  return reads;
}

Reads ReadsOf(const Rules& rules, const engine::Constraint& constraint) {
  Reads reads;
  ReadCondition(rules, constraint.satisfied_when, Evidence::kDeclared, reads);
  ReadCondition(rules, constraint.applies_when, Evidence::kDeclared, reads);
  return reads;
}

uint32_t MetricsOf(const engine::Request& request) {
  uint32_t metrics = 0;
  for (const engine::AddedCost& added : request.added_costs) metrics |= 1u << added.metric;
  return metrics & ~1u;
}

uint32_t MetricsOf(const engine::Tariff& tariff) {
  uint32_t metrics = 0;
  for (const engine::PriceComponent& c : tariff.components) {
    metrics |= 1u << c.metric;
    if (c.model == engine::PriceModel::kPerUser) metrics |= 1u << 1;
    // The fee of each order.
    if (c.model == engine::PriceModel::kCommission) metrics |= 1u << 4;
  }
  return metrics & ~1u;
}

void AddThresholds(const Subject& subject, const engine::Criterion& criterion,
                   Thresholds& thresholds) {
  std::vector<int64_t> points;
  for (const engine::Breakpoint& point : criterion.breakpoints) points.push_back(point.x);
  ThresholdFinder(subject, thresholds).Reach(criterion.measure, points, criterion.least_evidence);
}

void AddThresholds(const Subject& subject, ConditionId condition, Evidence least,
                   Thresholds& thresholds) {
  ThresholdFinder(subject, thresholds).Turn(condition, least);
}

const engine::NeedRules& NeedRulesOf(const Inquiry& inquiry) {
  return inquiry.rules.needs[inquiry.request.need][static_cast<size_t>(inquiry.mode) - 1];
}

std::vector<uint8_t> AppliedConstraints(const Inquiry& inquiry) {
  std::vector<uint8_t> applied;
  const uint64_t mask = NeedRulesOf(inquiry).constraints;
  for (uint32_t i = 0; i < inquiry.rules.constraints.size(); ++i) {
    if (!HasBit(mask, i)) continue;
    const engine::Constraint& c = inquiry.rules.constraints[i];
    if (c.applies_when != kNoId &&
        engine::HoldsForRequest(inquiry.rules, inquiry.request, c.applies_when) !=
            engine::Truth::kTrue) {
      continue;
    }
    if (engine::FirmSideOf(inquiry.rules, inquiry.request, kNoId, c.satisfied_when) !=
        engine::FirmSide::kSaid) {
      continue;
    }
    applied.push_back(static_cast<uint8_t>(i));
  }
  return applied;
}

std::vector<CandidateRow> CandidateRows(const Inquiry& inquiry) {
  const engine::NeedCandidates& all = inquiry.table.candidates[inquiry.request.need];
  std::vector<CandidateRow> rows;
  for (size_t i = 0; i < all.rows.size(); ++i) {
    if (inquiry.table.modes[all.rows[i]] != inquiry.mode) continue;
    rows.push_back({.row = all.rows[i], .features = all.features[i]});
  }
  return rows;
}

}  // namespace aplomb::explain
