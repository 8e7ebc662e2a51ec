#include "tests/engine/naive_ranker.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"

namespace aplomb::engine {
namespace {

using Wide = absl::int128;

// ---------------------------------------------------------------- cost, month by month

// All bills of a line are whole numbers over this: the unit count, basis points of a commission,
// halves of a volume tariff.
Wide LineDenominator(const PriceComponent& c) {
  return Wide(std::max<int64_t>(c.unit_count, 1)) * 20'000;
}

int64_t UsageInMonth(const Request& q, uint8_t metric, int month) {
  Wide usage = q.usage[metric];
  for (int step = 13; step <= month; step += 12) {
    usage = (usage * (10'000 + q.yearly_growth_bp) * 2 + 10'000) / 20'000;
  }
  return static_cast<int64_t>(usage);
}

// Without minimum, over LineDenominator.
Wide PlainBill(const PriceComponent& c, Wide amount, int64_t units, int64_t orders) {
  const Wide d = LineDenominator(c);
  switch (c.model) {
    case PriceModel::kPerUser:
      return d * amount * std::max(units, c.min_units);
    case PriceModel::kTiered: {
      Wide sum = c.tiers[0].flat_micros;  // always entered
      int64_t below = 0;
      for (size_t i = 0; i < c.tiers.size() && units > below; ++i) {
        sum += Wide(std::min(units, c.tiers[i].up_to) - below) * c.tiers[i].unit_micros;
        if (i > 0) sum += c.tiers[i].flat_micros;
        below = c.tiers[i].up_to;
      }
      return d * sum;
    }
    case PriceModel::kVolume: {
      std::map<int64_t, const PriceTier*> by_end;
      for (const PriceTier& tier : c.tiers) by_end[tier.up_to] = &tier;
      const PriceTier& tier = *by_end.lower_bound(units)->second;
      return d * (Wide(tier.unit_micros) * units + tier.flat_micros);
    }
    case PriceModel::kUsage:
      return d / c.unit_count * std::max<int64_t>(0, units - c.included) * amount;
    case PriceModel::kCommission:
      return d / 10'000 * units * c.rate_bp + d * orders * c.per_transaction_micros;
    default:
      return d * amount;
  }
}

bool IsDue(const PriceComponent& c, int month) {
  const std::set<PriceModel> once = {PriceModel::kSetup, PriceModel::kMigration,
                                     PriceModel::kTraining, PriceModel::kHardware};
  if (c.model == PriceModel::kExit) return month == 36;
  if (c.model == PriceModel::kUsage || c.model == PriceModel::kCommission) return true;
  if (once.count(c.model) > 0) return month == 1;
  if (c.model == PriceModel::kYearlyFee) return month % 12 == 1;
  if (c.period == BillingPeriod::kYear) return month % 12 == 1;
  if (c.period == BillingPeriod::kOneOff) return month == 1;
  return true;
}

bool IsPaidOnce(const PriceComponent& c) { return IsDue(c, 1) + IsDue(c, 2) + IsDue(c, 13) <= 1; }

struct Bills {
  Wide normal = 0;
  Wide extra = 0;
};

// One month's bill over LineDenominator * 10^8.
Bills BillOfMonth(const PriceComponent& c, const Request& q, int month) {
  if (!IsDue(c, month)) return {};
  const bool promoted =
      !IsPaidOnce(c) && c.promotion_until_month >= 12 && month <= c.promotion_until_month;
  const Wide amount = promoted ? c.promotion_micros : c.amount_micros;
  const uint8_t metric = c.model == PriceModel::kPerUser ? 1 : c.metric;
  const int64_t units = UsageInMonth(q, metric, month);
  const int64_t orders = UsageInMonth(q, 4, month);
  const bool doubles = metric != 1 && metric != 2 && metric != 20;
  const int64_t more_units = doubles ? 2 * units : units;

  Bills bills;
  bills.normal = PlainBill(c, amount, units, orders);
  bills.extra = PlainBill(c, amount, more_units, 2 * orders) - bills.normal;
  if (c.model == PriceModel::kVolume) {
    bills.extra = more_units > units ? PlainBill(c, amount, more_units, 0) / 2 : 0;
  }
  if (c.model == PriceModel::kPerUser) bills.extra = 0;
  if (c.model == PriceModel::kUsage || c.model == PriceModel::kCommission) {
    bills.normal = std::max(bills.normal, LineDenominator(c) * c.monthly_minimum_micros);
  }
  for (int rise = 0; rise < 2; ++rise) {
    const Wide factor = month > 12 * (rise + 1) ? 10'000 + c.indexation_bp : 10'000;
    bills.normal *= factor;
    bills.extra *= factor;
  }
  return bills;
}

int64_t HalfUpToCent(Wide sum, Wide denominator) {
  const Wide cent = denominator * 10'000;
  return static_cast<int64_t>((2 * sum + cent) / (2 * cent) * 10'000);
}

}  // namespace

Cost NaiveCost(const FactTable& table, uint32_t row, const Request& q) {
  Cost cost;
  if (table.tariffs[row].evidence == Evidence::kNone) return cost;
  cost.known = true;
  cost.evidence = table.tariffs[row].evidence;
  int16_t place = 0;
  for (const PriceComponent& c : table.tariffs[row].components) {
    bool counts = c.options.empty();
    for (const FeatureRef& f : c.options) {
      if (f.need == q.need && (q.must_features & (1u << f.feature)) != 0) counts = true;
    }
    std::map<int, Wide> sum;  // by last month
    Wide extra = 0;
    for (int month = 1; counts && month <= 36; ++month) {
      const Bills bills = BillOfMonth(c, q, month);
      extra += bills.extra;
      for (const int last : {3, 12, 36}) sum[last] += month <= last ? bills.normal : Wide(0);
    }
    const Wide denominator = LineDenominator(c) * 100'000'000;
    cost.lines.push_back(
        {.component = place++, .tco36_micros = HalfUpToCent(sum[36], denominator)});
    cost.tco36_micros += cost.lines.back().tco36_micros;
    cost.first_year_micros += HalfUpToCent(sum[12], denominator);
    cost.cash_out_90_days_micros += HalfUpToCent(sum[3], denominator);
    cost.double_usage_rise_micros += HalfUpToCent(extra, denominator);
  }
  for (const AddedCost& a : q.added_costs) {
    if ((a.unless_needs & table.needs[row]) != 0) continue;
    if (a.only_kind != 0 && a.only_kind != table.kinds[row]) continue;
    const auto over = [&](int months) {
      return HalfUpToCent(Wide(a.one_off_micros) + Wide(a.monthly_micros) * months, 1);
    };
    // What hangs on usage is a commission line of its own, rounded by itself.
    const PriceComponent commission = {
        .model = PriceModel::kCommission, .metric = a.metric, .rate_bp = a.rate_bp};
    std::map<int, Wide> sum;
    Wide extra = 0;
    for (int month = 1; a.rate_bp != 0 && month <= 36; ++month) {
      const Bills bills = BillOfMonth(commission, q, month);
      extra += bills.extra;
      for (const int last : {3, 12, 36}) sum[last] += month <= last ? bills.normal : Wide(0);
    }
    const Wide denominator = LineDenominator(commission) * 100'000'000;
    const auto all = [&](int months) {
      return over(months) + HalfUpToCent(sum[months], denominator);
    };
    cost.lines.push_back({.component = -1, .added_need = a.need, .tco36_micros = all(36)});
    cost.tco36_micros += all(36);
    cost.first_year_micros += all(12);
    cost.cash_out_90_days_micros += all(3);
    cost.double_usage_rise_micros += HalfUpToCent(extra, denominator);
  }
  return cost;
}

std::vector<int32_t> NaiveShareOut(const std::vector<int64_t>& parts, int32_t total) {
  const Wide sum = std::accumulate(parts.begin(), parts.end(), Wide(0));
  std::vector<int32_t> shares;
  std::multimap<Wide, size_t, std::greater<>> by_remainder;  // equal ones stay in order
  int32_t left = total;
  for (size_t i = 0; i < parts.size(); ++i) {
    shares.push_back(static_cast<int32_t>(Wide(parts[i]) * total / sum));
    by_remainder.emplace(Wide(parts[i]) * total - Wide(shares[i]) * sum, i);
    left -= shares[i];
  }
  for (auto it = by_remainder.begin(); left > 0; ++it, --left) ++shares[it->second];
  return shares;
}

namespace {

// ---------------------------------------------------------------- measures

// Who is silent: nobody, the offering with a weak fact, the offering, the firm. The highest wins.
enum Silence { kNobody, kWeak, kOffering, kFirm };

struct Answer {
  Silence silence = kNobody;
  Wide x = 0;  // of a condition: 1 true, 0 false
  std::set<Evidence> facts = {};

  Evidence weakest() const { return facts.empty() ? Evidence::kChecked : *facts.begin(); }
};

class Naive {
 public:
  Naive(const World& w, uint32_t row, FeatureMasks masks) : w_(w), row_(row), masks_(masks) {
    if (row < w.table.row_count) cost = NaiveCost(w.table, row, w.request);
  }

  Answer Look(MeasureId id, Evidence least) const;
  Answer Test(ConditionId id, Evidence least) const;
  MeasureState StateOf(const Answer& a) const {
    const std::map<Silence, MeasureState> states = {{kNobody, MeasureState::kKnown},
                                                    {kWeak, MeasureState::kNotDocumented},
                                                    {kOffering, MeasureState::kNotDeclared},
                                                    {kFirm, MeasureState::kFirmUnknown}};
    return states.at(a.silence);
  }

  Cost cost;

 private:
  Answer Fact(FactRef f, Evidence least) const {
    if (f.side == FactRef::Side::kRequest) {
      const RequestFact& fact = w_.request.facts[f.slot];
      return fact.known ? Answer{kNobody, fact.value} : Answer{kFirm};
    }
    const Evidence e = w_.table.columns[f.slot].evidence[row_];
    if (e == Evidence::kNone) return {kOffering};
    if (e < least) return {kWeak};
    return {kNobody, w_.table.columns[f.slot].values[row_], {e}};
  }

  Answer Both(const std::vector<Answer>& parts, Wide x) const {
    Answer all{kNobody, x};
    for (const Answer& part : parts) {
      all.silence = std::max(all.silence, part.silence);
      all.facts.insert(part.facts.begin(), part.facts.end());
    }
    return all;
  }

  Answer Steps(const Measure& m, Evidence least) const;
  Answer Coverage(const Measure& m) const;
  Answer Room(const Measure& m, Evidence least) const;

  const World& w_;
  uint32_t row_;
  FeatureMasks masks_;
};

int ClassOf(int64_t staff) {
  int size = 0;
  for (const int64_t from : {1, 10, 50, 250}) size += staff >= from;
  return size;
}

int64_t TradeFit(int64_t packed, int64_t firm) {
  if (packed >> 62 == 1) return 1;
  int64_t best = 0;
  for (int lane = 0; lane < 3; ++lane) {
    const int64_t level = packed >> (16 * lane + 14) & 3;
    const int64_t code = packed >> (16 * lane) & 0x3FFF;
    if (level == 0 || code == 0) continue;
    const int64_t firm_code = firm >> (level == 1 ? 32 : level == 2 ? 16 : 0) & 0xFFFF;
    if (code == firm_code) best = std::max(best, level + 1);
  }
  return best;
}

Answer Naive::Steps(const Measure& m, Evidence least) const {
  const bool ladder = m.kind == MeasureKind::kLadder;
  std::vector<Answer> held;
  std::vector<Answer> all;
  Wide x = 0;
  for (const MeasureStep& step : m.steps) {
    all.push_back(Test(step.when, least));
    if (all.back().silence == kFirm) return {kFirm};
    if (all.back().silence != kNobody || all.back().x == 0) continue;
    held.push_back(all.back());
    x += step.amount;
    if (!ladder) break;
  }
  if (!held.empty()) return Both(held, x);
  return Both(all, ladder ? 0 : m.constant);
}

Answer Naive::Coverage(const Measure& m) const {
  int wanted = 0, had = 0, half = 0, missing = 0, unknown = 0;
  for (uint32_t f = 0; f < 32; ++f) {
    const uint32_t bit = 1u << f;
    if (((m.scope_must ? w_.request.must_features : w_.request.nice_features) & bit) == 0) continue;
    ++wanted;
    const bool optional = (masks_.option_paid & bit) != 0;
    const bool partial = (masks_.partial & bit) != 0;
    const bool full = (masks_.full & bit) != 0;
    had += full || (optional && m.scope_must);
    half += partial && !m.scope_must;
    missing += (masks_.none & bit) != 0 || partial;
    unknown += !full && !partial && !optional && (masks_.none & bit) == 0;
  }
  if (wanted == 0) return {kFirm};
  if (m.scope_must ? (unknown > 0 && missing == 0) : unknown == wanted) return {kOffering};
  return {kNobody, Wide(5'000) * (2 * had + half) / wanted};
}

Answer Naive::Room(const Measure& m, Evidence least) const {
  std::set<int64_t> rooms = {100'000};
  std::vector<Answer> facts;
  for (const LimitRef& limit : m.limits) {
    if (!w_.request.usage_told[limit.metric]) continue;
    facts.push_back(Fact({FactRef::Side::kOffering, limit.slot}, least));
    const int64_t usage = UsageInMonth(w_.request, limit.metric, 36);
    if (facts.back().x == kUnlimited || usage == 0) continue;
    rooms.insert(static_cast<int64_t>(std::min<Wide>(100'000, facts.back().x * 100 / usage)));
  }
  if (facts.empty()) return {kFirm};
  return Both(facts, *rooms.begin());
}

Answer Naive::Look(MeasureId id, Evidence least) const {
  const Measure& m = w_.rules.measures[id];
  switch (m.kind) {
    case MeasureKind::kFact:
      return Fact(m.first, least);
    case MeasureKind::kConstant:
      return {kNobody, m.constant};
    case MeasureKind::kLadder:
    case MeasureKind::kFirstMatch:
      return Steps(m, least);
    case MeasureKind::kFeatureCoverage:
      return Coverage(m);
    case MeasureKind::kSetCoverage: {
      const Answer firm = Fact(m.second, least);
      if (firm.silence == kFirm || firm.x == 0) return {kFirm};
      const Answer offering = Fact(m.first, least);
      int wanted = 0, had = 0;
      for (int bit = 0; bit < 63; ++bit) {
        const bool wants = (static_cast<int64_t>(firm.x) >> bit & 1) != 0;
        wanted += wants;
        had += wants && (static_cast<int64_t>(offering.x) >> bit & 1) != 0;
      }
      return Both({offering}, Wide(10'000) * had / wanted);
    }
    case MeasureKind::kSizeDistance: {
      const Answer low = Fact(m.first, least), high = Fact(m.second, least);
      const Answer firm = Fact(m.third, least);
      std::set<int> classes = {ClassOf(static_cast<int64_t>(low.x)),
                               ClassOf(static_cast<int64_t>(high.x))};
      for (int c = *classes.begin(); c < *classes.rbegin(); ++c) classes.insert(c);
      int64_t distance = 9;
      for (const int c : classes)
        distance = std::min(distance, std::abs(c - static_cast<int64_t>(firm.x)));
      return Both({low, high, firm}, classes.size() > 3 ? 1 : distance);
    }
    case MeasureKind::kSectorFit: {
      const Answer made_for = Fact(m.first, least), firm = Fact(m.second, least);
      return Both({made_for, firm},
                  TradeFit(static_cast<int64_t>(made_for.x), static_cast<int64_t>(firm.x)));
    }
    case MeasureKind::kDifference: {
      const Answer first = Fact(m.first, least), second = Fact(m.second, least);
      const Wide most = kUnlimited;
      const Wide less = std::max(-most - 1, std::min(most, first.x - second.x));
      return Both({first, second}, first.x == most ? most : less);
    }
    case MeasureKind::kHeadroom:
      return Room(m, least);
    case MeasureKind::kCost: {
      if (!cost.known) return {kOffering};
      if (cost.evidence < least) return {kWeak};
      const std::map<CostFigure, int64_t> figures = {
          {CostFigure::kTco36, cost.tco36_micros},
          {CostFigure::kFirstYear, cost.first_year_micros},
          {CostFigure::kDoubleUsageRise, cost.double_usage_rise_micros},
          {CostFigure::kCashOut90Days, cost.cash_out_90_days_micros}};
      const Wide figure = figures.at(m.figure), target = w_.request.target_micros;
      const Wide share = figure * m.scale / target + (figure * m.scale % target > 0 ? 1 : 0);
      return {kNobody, m.relative ? share : figure, {cost.evidence}};
    }
  }
  return {};
}

Answer Naive::Test(ConditionId id, Evidence least) const {
  const Condition& c = w_.rules.conditions[id];
  if (c.form == ConditionForm::kComparison) {
    const Answer l = Look(c.left, std::max(least, c.least_evidence)), r = Look(c.right, least);
    const auto a = static_cast<int64_t>(l.x), b = static_cast<int64_t>(r.x);
    const std::map<Operator, bool> holds = {{Operator::kEq, a == b},
                                            {Operator::kNe, a != b},
                                            {Operator::kLt, a < b},
                                            {Operator::kLe, a <= b},
                                            {Operator::kGt, a > b},
                                            {Operator::kGe, a >= b},
                                            {Operator::kContainsAll, (b & ~a) == 0},
                                            {Operator::kIntersects, (a & b) != 0}};
    Answer answer = Both({l, r}, holds.at(c.op));
    if (answer.silence != kNobody) answer.facts.clear();  // shows nothing
    return answer;
  }
  std::vector<Answer> parts;
  for (const ConditionId child : c.children) parts.push_back(Test(child, least));
  if (c.form == ConditionForm::kNot) {
    parts[0].x = 1 - parts[0].x;
    return parts[0];
  }
  // One that is known to decide, decides.
  const Wide decisive = c.form == ConditionForm::kAny ? 1 : 0;
  Answer all = Both(parts, 1 - decisive);
  for (const Answer& part : parts) {
    if (part.silence != kNobody || part.x != decisive) continue;
    all.silence = kNobody;
    all.x = decisive;
  }
  return all;
}

// ---------------------------------------------------------------- what the firm has not said

struct FirmGaps {
  std::set<uint16_t> slots = {};
  bool no_usage = false;
  bool nothing_wanted = false;
};

void GapsOfCondition(const World& w, ConditionId id, FirmGaps& gaps);

void GapsOfMeasure(const World& w, MeasureId id, FirmGaps& gaps) {
  if (id == kNoId) return;
  const Measure& m = w.rules.measures[id];
  const std::map<MeasureKind, int> facts_read = {{MeasureKind::kFact, 1},
                                                 {MeasureKind::kSetCoverage, 2},
                                                 {MeasureKind::kSectorFit, 2},
                                                 {MeasureKind::kDifference, 2},
                                                 {MeasureKind::kSizeDistance, 3}};
  const std::vector<FactRef> refs = {m.first, m.second, m.third};
  const auto read = facts_read.find(m.kind);
  for (int i = 0; read != facts_read.end() && i < read->second; ++i) {
    const FactRef ref = refs[static_cast<size_t>(i)];
    const bool firm = ref.side == FactRef::Side::kRequest;
    if (firm && !w.request.facts[ref.slot].known) gaps.slots.insert(ref.slot);
    if (firm && w.request.facts[ref.slot].known && w.request.facts[ref.slot].value == 0 && i == 1 &&
        m.kind == MeasureKind::kSetCoverage) {
      gaps.nothing_wanted = true;
    }
  }
  if (m.kind == MeasureKind::kFeatureCoverage) {
    gaps.nothing_wanted |= (m.scope_must ? w.request.must_features : w.request.nice_features) == 0;
  }
  if (m.kind == MeasureKind::kHeadroom) {
    int told = 0;
    for (const LimitRef& limit : m.limits) told += w.request.usage_told[limit.metric];
    gaps.no_usage |= told == 0;
  }
  if (m.kind == MeasureKind::kLadder || m.kind == MeasureKind::kFirstMatch) {
    for (const MeasureStep& step : m.steps) GapsOfCondition(w, step.when, gaps);
  }
}

void GapsOfCondition(const World& w, ConditionId id, FirmGaps& gaps) {
  if (id == kNoId) return;
  const Condition& c = w.rules.conditions[id];
  if (c.form == ConditionForm::kComparison) {
    GapsOfMeasure(w, c.left, gaps);
    GapsOfMeasure(w, c.right, gaps);
  } else {
    for (const ConditionId child : c.children) GapsOfCondition(w, child, gaps);
  }
}

// True, false, or not known.
std::optional<bool> Applies(const World& w, ConditionId id) {
  if (id == kNoId) return true;
  const Answer a = Naive(w, ~0u, {}).Test(id, Evidence::kDeclared);
  if (a.silence != kNobody) return std::nullopt;
  return a.x == 1;
}

std::vector<uint16_t> List(const std::set<uint16_t>& slots) { return {slots.begin(), slots.end()}; }

// ---------------------------------------------------------------- the ranking

void ChooseCriteria(const World& w, const NeedRules& need, Ranking& out) {
  std::map<uint8_t, std::vector<uint8_t>> by_group;
  for (size_t i = 0; i < w.rules.criteria.size(); ++i) {
    const Criterion& c = w.rules.criteria[i];
    DroppedCriterion drop{.criterion = static_cast<uint8_t>(i)};
    FirmGaps gaps;
    GapsOfMeasure(w, c.measure, gaps);
    const std::optional<bool> applies = Applies(w, c.applies_when);
    if ((need.criteria >> i & 1) == 0) {
      drop.reason = DropReason::kInapplicable;
    } else if (applies.has_value() && !*applies) {
      drop.reason = DropReason::kNotAsked;
    } else if (!applies.has_value() || !gaps.slots.empty() || gaps.no_usage) {
      drop.reason = DropReason::kFirmUnknown;
      if (!applies.has_value()) GapsOfCondition(w, c.applies_when, gaps);
      drop.request_slots = List(gaps.slots);
    } else if (gaps.nothing_wanted) {
      drop.reason = DropReason::kNotAsked;
    } else {
      by_group[c.group].push_back(drop.criterion);
      out.criteria.push_back({.criterion = drop.criterion});
      continue;
    }
    out.dropped.push_back(drop);
  }
  if (out.criteria.empty()) return;
  int64_t denominator = 1;
  std::map<uint8_t, int64_t> sum_of_parts;
  for (const auto& [group, members] : by_group) {
    for (const uint8_t member : members) {
      sum_of_parts[group] += w.rules.criteria[member].parts_in_group;
    }
    denominator *= sum_of_parts[group];
  }
  std::vector<int64_t> parts;
  for (const ActiveCriterion& active : out.criteria) {
    const uint8_t group = w.rules.criteria[active.criterion].group;
    parts.push_back(w.request.group_shares[group] * denominator / sum_of_parts[group] *
                    w.rules.criteria[active.criterion].parts_in_group);
  }
  const std::vector<int32_t> weights = NaiveShareOut(parts, 10'000);
  for (size_t i = 0; i < weights.size(); ++i) out.criteria[i].weight_bp = weights[i];
}

std::set<uint8_t> ChooseConstraints(const World& w, const NeedRules& need, Ranking& out) {
  std::set<uint8_t> active;
  for (size_t i = 0; i < w.rules.constraints.size(); ++i) {
    const Constraint& c = w.rules.constraints[i];
    const std::optional<bool> applies = Applies(w, c.applies_when);
    if ((need.constraints >> i & 1) == 0 || applies == std::optional<bool>(false)) continue;
    FirmGaps gaps;
    GapsOfCondition(w, c.satisfied_when, gaps);
    if (!applies.has_value() || !gaps.slots.empty() || gaps.no_usage) {
      if (!applies.has_value()) GapsOfCondition(w, c.applies_when, gaps);
      out.unchecked.push_back({static_cast<uint8_t>(i), List(gaps.slots)});
    } else if (!gaps.nothing_wanted) {
      active.insert(static_cast<uint8_t>(i));
    }
  }
  return active;
}

// Into the first child that has the truth of its parent.
ConditionId Culprit(const World& w, const Naive& offering, ConditionId id) {
  const Condition& c = w.rules.conditions[id];
  if (c.form == ConditionForm::kComparison) return id;
  if (c.form == ConditionForm::kNot) return Culprit(w, offering, c.children[0]);
  const auto truth = [&](ConditionId of) {
    const Answer a = offering.Test(of, Evidence::kDeclared);
    return a.silence == kNobody ? static_cast<int>(a.x) : a.silence == kFirm ? 3 : 2;
  };
  for (const ConditionId child : c.children) {
    if (truth(child) == truth(id)) return Culprit(w, offering, child);
  }
  return kNoId;
}

Finding Explain(const World& w, const Naive& offering, uint8_t ordinal, Truth truth) {
  const Constraint& c = w.rules.constraints[ordinal];
  Finding f{.constraint = ordinal, .truth = truth};
  f.comparison = Culprit(w, offering, c.satisfied_when);
  const auto note = [](const Answer& a, bool& known, int64_t& x) {
    known = a.silence == kNobody;
    x = known ? static_cast<int64_t>(a.x) : 0;
  };
  if (f.comparison != kNoId) {
    const Condition& comparison = w.rules.conditions[f.comparison];
    note(offering.Look(comparison.left, comparison.least_evidence), f.observed_known, f.observed);
    note(offering.Look(comparison.right, Evidence::kDeclared), f.required_known, f.required);
  }
  if (c.observed != kNoId) {
    note(offering.Look(c.observed, Evidence::kDeclared), f.observed_known, f.observed);
  }
  return f;
}

int32_t Worth(const Criterion& c, Wide x) {
  std::map<Wide, int32_t> points;
  for (const Breakpoint& p : c.breakpoints) points[p.x] = p.value;
  const auto right = points.lower_bound(x);
  if (right == points.end()) return points.rbegin()->second;
  if (right->first == x || right == points.begin()) return right->second;
  const auto left = std::prev(right);
  const Wide run = right->first - left->first;
  const Wide rise = Wide(right->second - left->second) * (x - left->first);
  // Down, also below zero: shift by a whole number of runs.
  return left->second + static_cast<int32_t>((rise + run * 10'000) / run) - 10'000;
}

RankedOffering Score(const World& w, const Naive& offering, uint32_t row,
                     const std::vector<ActiveCriterion>& criteria) {
  RankedOffering r{.row = row};
  for (const ActiveCriterion& active : criteria) {
    const Criterion& c = w.rules.criteria[active.criterion];
    const Answer a = offering.Look(c.measure, c.least_evidence);
    Contribution part{.criterion = active.criterion, .state = offering.StateOf(a)};
    part.weight_bp = active.weight_bp;
    if (a.silence == kNobody) {
      part.evidence = a.weakest();
      part.x = static_cast<int64_t>(a.x);
      part.value = Worth(c, a.x);
      part.contribution = int64_t{part.value} * part.weight_bp;
    }
    r.contributions.push_back(part);
    r.score += part.contribution;
  }
  const int64_t width = w.rules.band_width, step = std::max<int64_t>(1, width / 100);
  r.band = r.score / width;
  const int64_t floor = r.band * width, ceiling = floor + width;
  r.close_to_next_band =
      (floor > 0 && r.score - floor < step) || (ceiling <= 100'000'000 && ceiling - r.score < step);
  r.cost = offering.cost;
  return r;
}

// Rounds: each group that still has one places one.
template <typename Item>
std::vector<Item> Draw(const World& w, const std::vector<Item>& items) {
  std::map<TieBreaker::Key, std::map<TieBreaker::Key, Item>> hats;
  for (const Item& item : items) {
    hats[w.group_keys[w.table.groups[item.row]]][w.offer_keys[item.row]] = item;
  }
  std::vector<Item> drawn;
  while (drawn.size() < items.size()) {
    for (auto& [group, offers] : hats) {
      if (offers.empty()) continue;
      drawn.push_back(offers.begin()->second);
      offers.erase(offers.begin());
    }
  }
  return drawn;
}

}  // namespace

Ranking NaiveRank(const World& w) {
  Ranking out{.mode = w.mode};
  const NeedRules& need =
      w.rules.needs[w.request.need][w.mode == DeliveryMode::kDoItYourself ? 0 : 1];
  const std::set<uint8_t> constraints = ChooseConstraints(w, need, out);
  ChooseCriteria(w, need, out);

  std::map<int64_t, std::vector<RankedOffering>, std::greater<>> bands;
  std::set<uint32_t> groups;
  const NeedCandidates& candidates = w.table.candidates[w.request.need];
  for (size_t i = 0; i < candidates.rows.size(); ++i) {
    const uint32_t row = candidates.rows[i];
    if (w.table.modes[row] != w.mode) continue;
    const FeatureMasks masks = candidates.features[i];
    const Naive offering(w, row, masks);
    UnrankedOffering not_ranked{.row = row};
    bool excluded = false;
    for (const uint8_t ordinal : constraints) {
      const Answer a =
          offering.Test(w.rules.constraints[ordinal].satisfied_when, Evidence::kDeclared);
      if (a.silence == kNobody && a.x == 1) continue;
      const Truth truth = a.silence == kNobody ? Truth::kFalse : Truth::kUnknown;
      excluded |= truth == Truth::kFalse || w.rules.constraints[ordinal].exclude_when_unknown;
      not_ranked.findings.push_back(Explain(w, offering, ordinal, truth));
    }
    for (size_t k = 0; k < need.minimum_facts.size(); ++k) {
      const MinimumFact& fact = need.minimum_facts[k];
      const std::map<MinimumFact::Kind, bool> there = {
          {MinimumFact::Kind::kFact, w.table.columns[fact.slot].evidence[row] != Evidence::kNone},
          {MinimumFact::Kind::kCost, offering.cost.known},
          {MinimumFact::Kind::kFeatures,
           masks.full != 0 || masks.partial != 0 || masks.option_paid != 0 || masks.none != 0}};
      if (there.at(fact.kind)) continue;
      not_ranked.findings.push_back(
          {.constraint = 0xFF, .truth = Truth::kUnknown, .minimum_fact = static_cast<uint8_t>(k)});
    }
    if (excluded) {
      out.excluded.push_back(not_ranked);
    } else if (!not_ranked.findings.empty()) {
      out.to_confirm.push_back(not_ranked);
    } else {
      const RankedOffering r = Score(w, offering, row, out.criteria);
      bands[r.band].push_back(r);
      groups.insert(w.table.groups[row]);
    }
  }
  int32_t rank = 0;
  for (const auto& [band, offerings] : bands) {
    ++rank;
    for (RankedOffering r : Draw(w, offerings)) {
      r.rank = rank;
      out.ranked.push_back(r);
    }
  }
  out.to_confirm = Draw(w, out.to_confirm);
  out.excluded = Draw(w, out.excluded);
  out.ranked_group_count = static_cast<uint32_t>(groups.size());
  return out;
}

}  // namespace aplomb::engine
