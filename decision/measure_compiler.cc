#include "decision/measure_compiler.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "catalog/code_lists.h"
#include "decision/derived_facts.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Comparison;
using Kind = FactKind;
using ProtoCondition = catalog::v1::Condition;
using ProtoMeasure = catalog::v1::Measure;

constexpr int kStepsMax = 10;
constexpr int kListMax = 20;
// Measures, and conditions, of one rulebook; the engine numbers them with 16 bits.
constexpr size_t kNodesMax = 20'000;
static_assert(2 * kNodesMax < engine::kNoId, "one more level of nodes always fits");

constexpr absl::string_view kKindNames[] = {"a yes/no",  "a number", "an enum value", "a set",
                                            "an amount", "a day",    "a limit",       "trades"};

absl::string_view NameOf(Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

bool IsNumber(Kind kind) {
  return kind == Kind::kInteger || kind == Kind::kMoney || kind == Kind::kLimit ||
         kind == Kind::kDay;
}

bool IsSetOperator(Comparison::Operator op) {
  return op == Comparison::CONTAINS_ALL || op == Comparison::INTERSECTS;
}

bool IsEquality(Comparison::Operator op) { return op == Comparison::EQ || op == Comparison::NE; }

MeasureType TypeOf(const FactInfo& fact) {
  MeasureType type;
  type.kind = fact.kind;
  type.unit = fact.unit;
  type.code_list = fact.code_list;
  type.enum_type = fact.enum_type;
  type.reads_offering = fact.side == FactSide::kOffering;
  if (!type.reads_offering) type.firm_facts = {&fact};
  if (fact.kind == Kind::kBoolean) {
    type.min = 0;
    type.max = 1;
  } else if (fact.kind == Kind::kEnum) {
    int64_t max = 1;
    for (int i = 0; i < fact.enum_type->value_count(); ++i) {
      max = std::max<int64_t>(max, fact.enum_type->value(i)->number());
    }
    type.min = 1;
    type.max = max;
  } else if (fact.fact_id == static_cast<int32_t>(DerivedFact::kHostingClass)) {
    type.min = 0;
    type.max = 3;
  } else if (fact.fact_id == static_cast<int32_t>(DerivedFact::kSizeClass)) {
    type.min = 0;
    type.max = engine::kSizeClassCount - 1;
  }
  return type;
}

void Append(std::vector<const FactInfo*>& facts, const std::vector<const FactInfo*>& more) {
  facts.insert(facts.end(), more.begin(), more.end());
}

MeasureType Points(int64_t min, int64_t max) {
  MeasureType type;
  type.unit = "points";
  type.min = min;
  type.max = max;
  return type;
}

// Whether `x op right` can hold for an x of [min, max], and whether it can fail.
std::pair<bool, bool> CanHoldAndFail(Comparison::Operator op, int64_t min, int64_t max,
                                     int64_t right) {
  const bool inside = min <= right && right <= max;
  switch (op) {
    case Comparison::EQ:
      return {inside, !(min == max && inside)};
    case Comparison::NE:
      return {!(min == max && inside), inside};
    case Comparison::LT:
      return {min < right, max >= right};
    case Comparison::LE:
      return {min <= right, max > right};
    case Comparison::GT:
      return {max > right, min <= right};
    case Comparison::GE:
      return {max >= right, min < right};
    default:
      return {true, true};
  }
}

}  // namespace

absl::string_view LimitFactOf(int metric) {
  switch (metric) {
    case type::USERS:
      return "offering.limits.users";
    case type::SITES:
      return "offering.limits.sites";
    case type::PRODUCTS:
      return "derived.products_limit";
    case type::ORDERS_MONTH:
      return "offering.limits.orders_month";
    case type::INVOICES_MONTH:
      return "offering.limits.invoices_month";
    case type::EMAILS_MONTH:
      return "offering.limits.emails_month";
    case type::STORAGE_GB:
      return "offering.limits.storage_gb";
    case type::CONTACTS:
      return "derived.contacts_limit";
    case type::VISITS_MONTH:
      return "offering.limits.visits_month";
    case type::BOOKINGS_MONTH:
      return "offering.limits.bookings_month";
    case type::SIGNATURES_MONTH:
      return "offering.limits.signatures_month";
    case type::PAYSLIPS_MONTH:
      return "offering.limits.payslips_month";
    case type::DEVICES:
      return "offering.limits.devices";
    case type::TRAFFIC_GB_MONTH:
      return "offering.limits.traffic_gb_month";
    case type::SOCIAL_ACCOUNTS:
      return "derived.social_accounts_limit";
    default:
      return "";
  }
}

const FactInfo* MeasureCompiler::FindFact(const std::string& name, const std::string& where) {
  const FactRegistry& registry = FactRegistry::Get();
  switch (registry.StatusOf(name)) {
    case NameStatus::kFact:
      return registry.Find(name);
    case NameStatus::kForbidden:
      reporter_.Error("RB011", where,
                      absl::StrCat("\"", name,
                                   "\" says who offers something, what they pay or is "
                                   "prose; a rule may read fields marked FACT only."));
      return nullptr;
    case NameStatus::kContainer:
      reporter_.Error("RB012", where,
                      absl::StrCat("\"", name,
                                   "\" holds other facts or is a list; name a fact "
                                   "inside it or the derived fact made of it, such as \"",
                                   registry.Nearest(name), "\"."));
      return nullptr;
    case NameStatus::kUnknown:
      reporter_.Error("RB010", where,
                      absl::StrCat("There is no fact \"", name, "\"; the nearest name is \"",
                                   registry.Nearest(name), "\" (docs/facts.md has all)."));
      return nullptr;
  }
  return nullptr;
}

uint16_t MeasureCompiler::SlotOf(const FactInfo& fact) {
  auto& slots = fact.side == FactSide::kOffering ? offering_slots_ : request_slots_;
  const auto [it, is_new] = slots_.emplace(fact.fact_id, static_cast<uint16_t>(slots.size()));
  if (is_new) slots.push_back(&fact);
  return it->second;
}

engine::FactRef MeasureCompiler::RefOf(const FactInfo& fact) {
  return {.side = fact.side == FactSide::kOffering ? engine::FactRef::Side::kOffering
                                                   : engine::FactRef::Side::kRequest,
          .slot = SlotOf(fact)};
}

CompiledMeasure MeasureCompiler::Add(engine::Measure measure, MeasureType type) {
  CHECK_LT(rules_.measures.size(), size_t{engine::kNoId}) << "HasRoom comes first";
  rules_.measures.push_back(std::move(measure));
  return {static_cast<engine::MeasureId>(rules_.measures.size() - 1), std::move(type)};
}

CompiledMeasure MeasureCompiler::AddConstant(int64_t constant) {
  engine::Measure measure;
  measure.kind = engine::MeasureKind::kConstant;
  measure.constant = constant;
  MeasureType type;
  type.is_constant = true;
  type.min = constant;
  type.max = constant;
  return Add(std::move(measure), std::move(type));
}

engine::ConditionId MeasureCompiler::Add(engine::Condition condition) {
  CHECK_LT(rules_.conditions.size(), size_t{engine::kNoId}) << "HasRoom comes first";
  rules_.conditions.push_back(std::move(condition));
  return static_cast<engine::ConditionId>(rules_.conditions.size() - 1);
}

bool MeasureCompiler::HasRoom(const std::string& where) {
  if (rules_.measures.size() < kNodesMax && rules_.conditions.size() < kNodesMax) return true;
  reporter_.Error("RB005", where,
                  absl::StrCat("The rulebook has more than ", kNodesMax,
                               " measures or conditions; what follows was not read."));
  return false;
}

std::optional<CompiledMeasure> MeasureCompiler::Compile(const ProtoMeasure& measure,
                                                        const std::string& where) {
  return CompileAtDepth(measure, where, 0);
}

std::optional<CompiledCondition> MeasureCompiler::Compile(const ProtoCondition& condition,
                                                          const std::string& where) {
  return CompileAtDepth(condition, where, 0);
}

std::optional<CompiledMeasure> MeasureCompiler::CompileAtDepth(const ProtoMeasure& measure,
                                                               const std::string& where,
                                                               uint32_t depth) {
  if (!HasRoom(where)) return std::nullopt;
  switch (measure.kind_case()) {
    case ProtoMeasure::kFact: {
      const FactInfo* fact = FindFact(measure.fact(), where + ".fact");
      if (fact == nullptr) return std::nullopt;
      engine::Measure compiled;
      compiled.kind = engine::MeasureKind::kFact;
      compiled.first = RefOf(*fact);
      return Add(std::move(compiled), TypeOf(*fact));
    }
    case ProtoMeasure::kConstant:
      return AddConstant(measure.constant());
    case ProtoMeasure::kLadder:
      return CompileLadder(measure.ladder(), where + ".ladder", depth);
    case ProtoMeasure::kFirstMatch:
      return CompileFirstMatch(measure.first_match(), where + ".first_match", depth);
    case ProtoMeasure::kFeatureCoverage: {
      const auto scope = measure.feature_coverage().scope();
      if (scope != ProtoMeasure::FeatureCoverage::MUST &&
          scope != ProtoMeasure::FeatureCoverage::NICE) {
        reporter_.Error("RB025", where + ".feature_coverage",
                        "The scope is missing: MUST or NICE.");
        return std::nullopt;
      }
      engine::Measure compiled;
      compiled.kind = engine::MeasureKind::kFeatureCoverage;
      compiled.scope_must = scope == ProtoMeasure::FeatureCoverage::MUST;
      MeasureType type = Points(0, engine::kValueMax);
      type.unit = "bp";
      type.reads_offering = true;
      return Add(std::move(compiled), std::move(type));
    }
    case ProtoMeasure::kSetCoverage:
      return CompileSetCoverage(measure.set_coverage(), where + ".set_coverage");
    case ProtoMeasure::kSizeDistance: {
      const FactRegistry& registry = FactRegistry::Get();
      const FactInfo& size_class = *registry.Find("request.size_class");
      engine::Measure compiled;
      compiled.kind = engine::MeasureKind::kSizeDistance;
      compiled.first = RefOf(*registry.Find("offering.audience.staff_min"));
      compiled.second = RefOf(*registry.Find("offering.audience.staff_max"));
      compiled.third = RefOf(size_class);
      MeasureType type = Points(0, engine::kSizeClassCount - 1);
      type.unit = "classes";
      type.reads_offering = true;
      type.firm_facts = {&size_class};
      return Add(std::move(compiled), std::move(type));
    }
    case ProtoMeasure::kSectorFit: {
      const FactInfo& activity = *FactRegistry::Get().Find("request.activity");
      engine::Measure compiled;
      compiled.kind = engine::MeasureKind::kSectorFit;
      compiled.first = RefOf(*FactRegistry::Get().Find("derived.sectors"));
      compiled.second = RefOf(activity);
      constexpr int64_t kSameClass = 4;
      MeasureType type = Points(0, kSameClass);
      type.unit = "steps";
      type.reads_offering = true;
      type.firm_facts = {&activity};
      return Add(std::move(compiled), std::move(type));
    }
    case ProtoMeasure::kDifference:
      return CompileDifference(measure.difference(), where + ".difference");
    case ProtoMeasure::kHeadroom:
      return CompileHeadroom();
    case ProtoMeasure::kCost:
      return CompileCost(measure.cost(), where + ".cost");
    case ProtoMeasure::KIND_NOT_SET:
      break;
  }
  reporter_.Error("RB025", where,
                  "The measure is empty; write one of fact, constant, ladder, first_match, "
                  "feature_coverage, set_coverage, size_distance, sector_fit, difference, "
                  "headroom, cost.");
  return std::nullopt;
}

std::optional<CompiledMeasure> MeasureCompiler::CompileLadder(const ProtoMeasure::Ladder& ladder,
                                                              const std::string& where,
                                                              uint32_t depth) {
  if (ladder.steps_size() == 0 || ladder.steps_size() > kStepsMax) {
    reporter_.Error("RB005", where,
                    absl::StrCat("A ladder has 1 to ", kStepsMax, " steps, this one ",
                                 ladder.steps_size(), "."));
    return std::nullopt;
  }
  engine::Measure compiled;
  compiled.kind = engine::MeasureKind::kLadder;
  MeasureType type = Points(0, 0);
  bool ok = true;
  for (int i = 0; i < ladder.steps_size(); ++i) {
    const std::string step_where = absl::StrCat(where, ".steps[", i, "]");
    const int64_t points = ladder.steps(i).points();
    if (points < 1 || points > engine::kScoreMax) {
      reporter_.Error(
          "RB038", step_where,
          absl::StrCat("A step is worth 1 to ", engine::kScoreMax, " points, not ", points, "."));
      ok = false;
      continue;
    }
    const auto when = CompileAtDepth(ladder.steps(i).when(), step_where + ".when", depth + 1);
    if (!when.has_value()) {
      ok = false;
      continue;
    }
    compiled.steps.push_back({.when = when->id, .amount = points});
    type.reads_offering |= when->reads_offering;
    Append(type.firm_facts, when->firm_facts);
    type.max = *type.max + points;
  }
  if (!ok) return std::nullopt;
  return Add(std::move(compiled), std::move(type));
}

std::optional<CompiledMeasure> MeasureCompiler::CompileFirstMatch(
    const ProtoMeasure::FirstMatch& table, const std::string& where, uint32_t depth) {
  if (table.cases_size() == 0 || table.cases_size() > kStepsMax) {
    reporter_.Error("RB005", where,
                    absl::StrCat("A decision table has 1 to ", kStepsMax, " cases, this one ",
                                 table.cases_size(), "."));
    return std::nullopt;
  }
  engine::Measure compiled;
  compiled.kind = engine::MeasureKind::kFirstMatch;
  compiled.constant = table.otherwise();
  MeasureType type = Points(table.otherwise(), table.otherwise());
  bool ok = true;
  for (int i = 0; i < table.cases_size(); ++i) {
    const std::string case_where = absl::StrCat(where, ".cases[", i, "]");
    const int64_t result = table.cases(i).result();
    const auto when = CompileAtDepth(table.cases(i).when(), case_where + ".when", depth + 1);
    if (!when.has_value()) {
      ok = false;
      continue;
    }
    compiled.steps.push_back({.when = when->id, .amount = result});
    type.reads_offering |= when->reads_offering;
    Append(type.firm_facts, when->firm_facts);
    type.min = std::min(*type.min, result);
    type.max = std::max(*type.max, result);
  }
  if (!ok) return std::nullopt;
  return Add(std::move(compiled), std::move(type));
}

std::optional<CompiledMeasure> MeasureCompiler::CompileSetCoverage(
    const ProtoMeasure::SetCoverage& coverage, const std::string& where) {
  const FactInfo* offering = FindFact(coverage.offering_fact(), where + ".offering_fact");
  const FactInfo* firm = FindFact(coverage.firm_fact(), where + ".firm_fact");
  if (offering == nullptr || firm == nullptr) return std::nullopt;
  if (offering->side != FactSide::kOffering || firm->side != FactSide::kRequest) {
    reporter_.Error("RB013", where,
                    "offering_fact is a fact of the offering, firm_fact one of the firm or the "
                    "request.");
    return std::nullopt;
  }
  if (offering->kind != Kind::kSet || firm->kind != Kind::kSet ||
      offering->code_list != firm->code_list || offering->enum_type != firm->enum_type) {
    reporter_.Error("RB020", where,
                    absl::StrCat("Both facts must be sets over one list; ", offering->name, " is ",
                                 NameOf(offering->kind), " and ", firm->name, " is ",
                                 NameOf(firm->kind), " or over another list."));
    return std::nullopt;
  }
  engine::Measure compiled;
  compiled.kind = engine::MeasureKind::kSetCoverage;
  compiled.first = RefOf(*offering);
  compiled.second = RefOf(*firm);
  MeasureType type = Points(0, engine::kValueMax);
  type.unit = "bp";
  type.reads_offering = true;
  type.firm_facts = {firm};
  return Add(std::move(compiled), std::move(type));
}

std::optional<CompiledMeasure> MeasureCompiler::CompileDifference(
    const ProtoMeasure::Difference& difference, const std::string& where) {
  const FactInfo* first = FindFact(difference.minuend(), where + ".minuend");
  const FactInfo* second = FindFact(difference.subtrahend(), where + ".subtrahend");
  if (first == nullptr || second == nullptr) return std::nullopt;
  if (!IsNumber(first->kind) || !IsNumber(second->kind)) {
    reporter_.Error(
        "RB020", where,
        absl::StrCat("Only numbers can be subtracted; ", first->name, " is ", NameOf(first->kind),
                     ", ", second->name, " is ", NameOf(second->kind), "."));
    return std::nullopt;
  }
  if ((first->kind == Kind::kDay) != (second->kind == Kind::kDay) || first->unit != second->unit) {
    reporter_.Error("RB023", where,
                    absl::StrCat(first->name, " is in \"", first->unit, "\" and ", second->name,
                                 " in \"", second->unit, "\"."));
    return std::nullopt;
  }
  engine::Measure compiled;
  compiled.kind = engine::MeasureKind::kDifference;
  compiled.first = RefOf(*first);
  compiled.second = RefOf(*second);
  MeasureType type;
  type.unit = first->kind == Kind::kDay ? "days" : first->unit;
  for (const FactInfo* fact : {first, second}) {
    if (fact->side == FactSide::kOffering) {
      type.reads_offering = true;
    } else {
      type.firm_facts.push_back(fact);
    }
  }
  return Add(std::move(compiled), std::move(type));
}

std::optional<CompiledMeasure> MeasureCompiler::CompileCost(const ProtoMeasure::CostFigure& cost,
                                                            const std::string& where) {
  if (cost.figure() < ProtoMeasure::CostFigure::TCO_36 ||
      cost.figure() > ProtoMeasure::CostFigure::CASH_OUT_90_DAYS) {
    reporter_.Error("RB025", where,
                    "The figure is missing: TCO_36, FIRST_YEAR, DOUBLE_USAGE_RISE or "
                    "CASH_OUT_90_DAYS.");
    return std::nullopt;
  }
  constexpr int64_t kPercent = 100;
  if (cost.relative_to_target() ? cost.scale() != kPercent && cost.scale() != engine::kValueMax
                                : cost.scale() != 0) {
    reporter_.Error("RB025", where,
                    "scale is 100 (percent) or 10,000 (basis points) with relative_to_target, "
                    "and absent without it.");
    return std::nullopt;
  }
  engine::Measure compiled;
  compiled.kind = engine::MeasureKind::kCost;
  compiled.figure = static_cast<engine::CostFigure>(cost.figure());
  compiled.relative = cost.relative_to_target();
  compiled.scale = cost.relative_to_target() ? cost.scale() : 1;
  MeasureType type;
  type.reads_offering = true;
  if (!compiled.relative) {
    type.kind = Kind::kMoney;
    type.unit = "micros";
  } else {
    type.unit = compiled.scale == kPercent ? "percent" : "bp";
  }
  return Add(std::move(compiled), std::move(type));
}

CompiledMeasure MeasureCompiler::CompileHeadroom() {
  engine::Measure compiled;
  compiled.kind = engine::MeasureKind::kHeadroom;
  for (const int metric : capacity_metrics_) {
    const absl::string_view name = LimitFactOf(metric);
    if (name.empty()) continue;  // reported with the need
    const FactInfo* fact = FactRegistry::Get().Find(name);
    CHECK(fact != nullptr && fact->kind == Kind::kLimit) << name << " must be a limit";
    compiled.limits.push_back({.slot = SlotOf(*fact), .metric = static_cast<uint8_t>(metric)});
  }
  MeasureType type;
  type.unit = "percent";
  type.reads_offering = true;
  type.min = 0;
  return Add(std::move(compiled), std::move(type));
}

std::optional<CompiledCondition> MeasureCompiler::CompileAtDepth(const ProtoCondition& condition,
                                                                 const std::string& where,
                                                                 uint32_t depth) {
  if (depth >= engine::kMaxConditionDepth) {
    reporter_.Error(
        "RB005", where,
        absl::StrCat("Conditions are nested more than ", engine::kMaxConditionDepth, " deep."));
    return std::nullopt;
  }
  if (!HasRoom(where)) return std::nullopt;
  switch (condition.form_case()) {
    case ProtoCondition::kAll:
      return CompileList(condition.all(), engine::ConditionForm::kAll, where + ".all", depth);
    case ProtoCondition::kAny:
      return CompileList(condition.any(), engine::ConditionForm::kAny, where + ".any", depth);
    case ProtoCondition::kNegation: {
      auto child = CompileAtDepth(condition.negation(), where + ".negation", depth + 1);
      if (!child.has_value()) return std::nullopt;
      engine::Condition compiled;
      compiled.form = engine::ConditionForm::kNot;
      compiled.children = {child->id};
      child->id = Add(std::move(compiled));
      return child;
    }
    case ProtoCondition::kComparison:
      return CompileComparison(condition.comparison(), where + ".comparison", depth);
    case ProtoCondition::FORM_NOT_SET:
      break;
  }
  reporter_.Error("RB026", where,
                  "The condition is empty; write one of all, any, negation, comparison.");
  return std::nullopt;
}

std::optional<CompiledCondition> MeasureCompiler::CompileList(const ProtoCondition::List& list,
                                                              engine::ConditionForm form,
                                                              const std::string& where,
                                                              uint32_t depth) {
  if (list.conditions_size() == 0) {
    reporter_.Error("RB026", where, "The list of conditions is empty.");
    return std::nullopt;
  }
  if (list.conditions_size() > kListMax) {
    reporter_.Error("RB005", where,
                    absl::StrCat("A list has at most ", kListMax, " conditions, this one ",
                                 list.conditions_size(), "."));
    return std::nullopt;
  }
  engine::Condition compiled;
  compiled.form = form;
  CompiledCondition result;
  bool ok = true;
  for (int i = 0; i < list.conditions_size(); ++i) {
    const auto child =
        CompileAtDepth(list.conditions(i), absl::StrCat(where, ".conditions[", i, "]"), depth + 1);
    if (!child.has_value()) {
      ok = false;
      continue;
    }
    compiled.children.push_back(child->id);
    result.reads_offering |= child->reads_offering;
    Append(result.firm_facts, child->firm_facts);
  }
  if (!ok) return std::nullopt;
  result.id = Add(std::move(compiled));
  return result;
}

std::optional<CompiledCondition> MeasureCompiler::CompileComparison(const Comparison& comparison,
                                                                    const std::string& where,
                                                                    uint32_t depth) {
  const auto left = CompileAtDepth(comparison.left(), where + ".left", depth);
  if (!left.has_value()) return std::nullopt;
  if (left->type.is_constant) {
    reporter_.Error("RB025", where + ".left", "A constant on the left says nothing.");
    return std::nullopt;
  }
  if (left->type.kind == Kind::kPacked) {
    reporter_.Error("RB021", where, "Trades are compared by the measure sector_fit only.");
    return std::nullopt;
  }
  if (!CheckOperator(comparison, left->type, where)) return std::nullopt;
  if (!type::Evidence_IsValid(comparison.least_evidence())) {
    reporter_.Error("RB006", where + ".least_evidence", "There is no such evidence.");
    return std::nullopt;
  }
  const auto right = CompileRight(comparison, left->type, where, depth);
  if (!right.has_value()) return std::nullopt;

  engine::Condition compiled;
  compiled.form = engine::ConditionForm::kComparison;
  compiled.left = left->id;
  compiled.right = right->id;
  compiled.op = static_cast<engine::Operator>(comparison.op());
  compiled.least_evidence = comparison.least_evidence() == type::EVIDENCE_UNSPECIFIED
                                ? engine::Evidence::kDeclared
                                : static_cast<engine::Evidence>(comparison.least_evidence());
  CompiledCondition result;
  result.id = Add(std::move(compiled));
  if (comparison.has_sentence() || comparison.has_remedy()) {
    told_.push_back({.comparison = result.id,
                     .text = {.sentence = comparison.sentence(), .remedy = comparison.remedy()},
                     .where = where});
  }
  result.reads_offering = left->type.reads_offering || right->type.reads_offering;
  result.is_one_comparison = true;
  result.firm_facts = left->type.firm_facts;
  Append(result.firm_facts, right->type.firm_facts);
  return result;
}

bool MeasureCompiler::CheckOperator(const Comparison& comparison, const MeasureType& left,
                                    const std::string& where) {
  const Comparison::Operator op = comparison.op();
  if (op < Comparison::EQ || op > Comparison::INTERSECTS) {
    reporter_.Error("RB026", where, "The operator is missing.");
    return false;
  }
  const std::string name = Comparison::Operator_Name(op);
  if (IsSetOperator(op) != (left.kind == Kind::kSet)) {
    reporter_.Error(
        "RB021", where,
        left.kind == Kind::kSet
            ? absl::StrCat("The left side is a set, which CONTAINS_ALL and INTERSECTS "
                           "compare, not ",
                           name, ".")
            : absl::StrCat(name, " compares sets; the left side is ", NameOf(left.kind), "."));
    return false;
  }
  if (left.kind == Kind::kBoolean && !IsEquality(op)) {
    reporter_.Error("RB021", where,
                    absl::StrCat("A yes/no is compared with EQ or NE, not with ", name, "."));
    return false;
  }
  return true;
}

std::optional<CompiledMeasure> MeasureCompiler::CompileRight(const Comparison& comparison,
                                                             const MeasureType& left,
                                                             const std::string& where,
                                                             uint32_t depth) {
  switch (comparison.right_case()) {
    case Comparison::kValue:
      if (!IsNumber(left.kind)) {
        reporter_.Error("RB020", where + ".value",
                        absl::StrCat("The left side is ", NameOf(left.kind),
                                     ", which is not compared with a number; write truth, "
                                     "enum_value, codes or measure."));
        return std::nullopt;
      }
      CheckReach(comparison, left, comparison.value(), where + ".value");
      return AddConstant(comparison.value());
    case Comparison::kTruth:
      if (left.kind != Kind::kBoolean) {
        reporter_.Error("RB020", where + ".truth",
                        absl::StrCat("The left side is ", NameOf(left.kind), ", not a yes/no."));
        return std::nullopt;
      }
      return AddConstant(comparison.truth() ? 1 : 0);
    case Comparison::kEnumValue: {
      if (left.kind != Kind::kEnum) {
        reporter_.Error(
            "RB020", where + ".enum_value",
            absl::StrCat("The left side is ", NameOf(left.kind), ", not an enum value."));
        return std::nullopt;
      }
      const auto* value = left.enum_type->FindValueByName(comparison.enum_value());
      if (value == nullptr || value->number() == 0) {
        reporter_.Error("RB022", where + ".enum_value",
                        absl::StrCat("\"", comparison.enum_value(), "\" is not a value of ",
                                     left.enum_type->full_name(), "."));
        return std::nullopt;
      }
      CheckReach(comparison, left, value->number(), where + ".enum_value");
      return AddConstant(value->number());
    }
    case Comparison::kCodes: {
      if (left.kind != Kind::kSet) {
        reporter_.Error("RB020", where + ".codes",
                        absl::StrCat("The left side is ", NameOf(left.kind), ", not a set."));
        return std::nullopt;
      }
      const auto mask = MaskOfCodes(comparison.codes(), left, where + ".codes");
      if (!mask.has_value()) return std::nullopt;
      return AddConstant(*mask);
    }
    case Comparison::kMeasure: {
      auto right = CompileAtDepth(comparison.measure(), where + ".measure", depth);
      if (!right.has_value()) return std::nullopt;
      const MeasureType& type = right->type;
      const bool same_kind =
          type.kind == left.kind || (IsNumber(type.kind) && IsNumber(left.kind) &&
                                     (type.kind == Kind::kDay) == (left.kind == Kind::kDay));
      if (!same_kind || type.code_list != left.code_list || type.enum_type != left.enum_type) {
        reporter_.Error("RB020", where,
                        absl::StrCat("The left side is ", NameOf(left.kind), ", the right side ",
                                     NameOf(type.kind), " or over another list."));
        return std::nullopt;
      }
      if (!type.is_constant && type.unit != left.unit) {
        reporter_.Error("RB023", where,
                        absl::StrCat("The left side is in \"", left.unit,
                                     "\", the right side in \"", type.unit, "\"."));
        return std::nullopt;
      }
      return right;
    }
    case Comparison::RIGHT_NOT_SET:
      break;
  }
  reporter_.Error("RB026", where,
                  "The right side is missing; write one of value, truth, enum_value, codes, "
                  "measure.");
  return std::nullopt;
}

// A comparison whose outcome its left side decides beforehand.
void MeasureCompiler::CheckReach(const Comparison& comparison, const MeasureType& left,
                                 int64_t right, const std::string& where) {
  const auto [can_hold, can_fail] =
      CanHoldAndFail(comparison.op(), left.min.value_or(std::numeric_limits<int64_t>::min()),
                     left.max.value_or(std::numeric_limits<int64_t>::max()), right);
  if (can_hold && can_fail) return;
  reporter_.Error(
      "RB027", where,
      absl::StrCat("The comparison ", can_hold ? "always" : "never", " holds: the left side is ",
                   left.min.value_or(0), " to ", left.max.value_or(0), "."));
}

std::optional<int64_t> MeasureCompiler::MaskOfCodes(const Comparison::CodeSet& codes,
                                                    const MeasureType& left,
                                                    const std::string& where) {
  if (codes.codes_size() == 0) {
    reporter_.Error("RB026", where, "The set of codes is empty.");
    return std::nullopt;
  }
  uint64_t mask = 0;
  bool ok = true;
  for (const std::string& code : codes.codes()) {
    std::optional<uint64_t> bits;
    if (left.enum_type != nullptr) {
      const auto* value = left.enum_type->FindValueByName(code);
      if (value != nullptr && value->number() > 0) bits = uint64_t{1} << value->number();
    } else if (left.code_list == kNeedsCodeList) {
      const auto it = need_ordinals_.find(code);
      if (it != need_ordinals_.end()) bits = uint64_t{1} << it->second;
    } else {
      bits = catalog::MaskOfCode(left.code_list, code);
    }
    if (!bits.has_value()) {
      reporter_.Error(
          "RB022", where,
          absl::StrCat("\"", code, "\" is not in ",
                       left.enum_type != nullptr ? left.enum_type->full_name() : left.code_list,
                       "."));
      ok = false;
      continue;
    }
    mask |= *bits;
  }
  if (!ok) return std::nullopt;
  return static_cast<int64_t>(mask);
}

}  // namespace aplomb::decision
