#include "decision/request.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "base/check.h"
#include "base/civil_day.h"
#include "catalog/code_lists.h"
#include "decision/derived_facts.h"
#include "decision/profile_reading.h"
#include "engine/cost.h"
#include "engine/measure.h"
#include "engine/sector.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Need;
using engine::RequestFact;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Size classes with reference costs and assumed usages: solo, micro, small, medium.
constexpr uint32_t kCostClasses = 4;
constexpr uint32_t kMicro = 1;
constexpr int64_t kCostMonths = engine::kCostMonths;
// Micro-enterprises that provide services are exempt from Directive (EU) 2019/882 (art. 4 § 5):
// fewer than ten persons and a turnover or a balance sheet of at most 2 million euros (art. 3, 23).
constexpr int64_t kMicroEnterpriseStaff = 10;
constexpr int64_t kMicroEnterpriseMicros = 2'000'000'000'000;

RequestFact Known(int64_t value) { return {.value = value, .known = true}; }
constexpr RequestFact kUnknown;

int64_t Mask(int bit) {
  CHECK(bit >= 0 && bit < 63) << "a set is a mask of 63 bits";
  return int64_t{1} << bit;
}

// The two kinds of sets in a profile: codes of a committed list, numbers of an enum.
int64_t MaskOfSet(const Message& set, const FactInfo& info) {
  int64_t mask = 0;
  const FieldDescriptor& items = *set.GetDescriptor()->field(0);
  const auto& reflection = *set.GetReflection();
  for (int i = 0; i < reflection.FieldSize(set, &items); ++i) {
    if (items.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
      mask |= Mask(reflection.GetRepeatedEnumValue(set, &items, i));
      continue;
    }
    const auto code_mask =
        catalog::MaskOfCode(info.code_list, reflection.GetRepeatedString(set, &items, i));
    CHECK(code_mask.has_value()) << "the request has been validated";
    mask |= static_cast<int64_t>(*code_mask);
  }
  return mask;
}

// A field of the profile as a number; unknown where it or a message around it is absent.
RequestFact ReadField(const Message& root, const FactInfo& info) {
  const Message* message = &root;
  for (size_t i = 0; i + 1 < info.path.size(); ++i) {
    const auto& reflection = *message->GetReflection();
    if (!reflection.HasField(*message, info.path[i])) return kUnknown;
    message = &reflection.GetMessage(*message, info.path[i]);
  }
  const FieldDescriptor* leaf = info.path.back();
  const auto& reflection = *message->GetReflection();
  if (!reflection.HasField(*message, leaf)) return kUnknown;
  switch (leaf->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return Known(reflection.GetBool(*message, leaf) ? 1 : 0);
    case FieldDescriptor::CPPTYPE_INT32:
      return Known(reflection.GetInt32(*message, leaf));
    case FieldDescriptor::CPPTYPE_INT64:
      return Known(reflection.GetInt64(*message, leaf));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = reflection.GetEnumValue(*message, leaf);
      return number == 0 ? kUnknown : Known(number);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
    default:
      CHECK(false) << "no fact of a firm is a text: " << info.name;
  }
  const Message& value = reflection.GetMessage(*message, leaf);
  switch (info.kind) {
    case FactKind::kMoney:
      return Known(static_cast<const type::Money&>(value).micros());
    case FactKind::kDay:
      return Known(DayNumberOf(static_cast<const google::type::Date&>(value)));
    default:
      return Known(MaskOfSet(value, info));
  }
}

engine::AddedCost AddedCostOf(const catalog::v1::ReferenceCost& cost) {
  return {.one_off_micros = cost.one_off_micros(),
          .monthly_micros = cost.monthly_micros(),
          .rate_bp = cost.rate_bp(),
          .metric = static_cast<uint8_t>(cost.rate_metric())};
}

// What all needs of a request share.
class RequestCompiler {
 public:
  RequestCompiler(const DecisionInput& input, const CompiledRulebook& rulebook)
      : input_(input),
        profile_(input.profile),
        rulebook_(rulebook),
        staff_(StaffOf(input.profile)),
        size_class_(staff_.known ? engine::SizeClassOf(staff_.min) : kMicro),
        shares_(GroupSharesOf(input.weights, rulebook)) {
    for (const type::Usage& usage : profile_.usage()) told_[usage.metric()] = usage.value();
  }

  CompiledNeed Compile(const type::NeedRequest& asked) const {
    const auto found = rulebook_.need_ordinals.find(asked.need_id());
    CHECK(found != rulebook_.need_ordinals.end()) << "the request has been validated";
    CompiledNeed compiled;
    compiled.need = found->second;
    compiled.size_assumed = !staff_.known;
    compiled.ui_language_assumed = !profile_.has_ui_languages();
    const Need& need = NeedOf(compiled.need);
    for (const auto& prerequisite : need.prerequisites()) {
      compiled.prerequisites_met.push_back(AnyMet(prerequisite) ? 1 : 0);
    }

    engine::Request request;
    request.need = compiled.need;
    request.group_shares = shares_;
    request.yearly_growth_bp = profile_.yearly_growth_bp();
    FillFeatures(asked, need, request, compiled);
    FillUsage(need, request, compiled);

    // The need's own budget, as a whole, wins over the profile's.
    const type::Budget& budget = asked.has_budget() ? asked.budget() : profile_.budget();
    for (const auto mode :
         {engine::DeliveryMode::kDoItYourself, engine::DeliveryMode::kHaveItDone}) {
      const size_t m = static_cast<size_t>(mode) - 1;
      engine::Request& one = compiled.requests[m];
      one = request;
      one.target_micros =
          Target(budget, need, mode, one, compiled.prerequisites_met, compiled.target_sources[m]);
      one.added_costs = AddedCosts(compiled, mode);
      one.facts.reserve(rulebook_.request_slots.size());
      for (const FactInfo* info : rulebook_.request_slots) {
        one.facts.push_back(Fact(*info, budget, mode, one));
      }
    }
    return compiled;
  }

 private:
  const Need& NeedOf(uint8_t ordinal) const { return rulebook_.source.needs(ordinal); }

  // --- What the firm has already ----------------------------------------------------------------

  bool Met(const std::string& need_id) const {
    const auto& met = profile_.met_need_ids();
    if (std::find(met.begin(), met.end(), need_id) != met.end()) return true;
    const auto found = rulebook_.need_ordinals.find(need_id);
    return std::any_of(profile_.existing_tools().begin(), profile_.existing_tools().end(),
                       [&](const type::ExistingTool& tool) {
                         return found != rulebook_.need_ordinals.end() &&
                                ToolMeets(tool, NeedOf(found->second));
                       });
  }

  bool AnyMet(const catalog::v1::Prerequisite& prerequisite) const {
    return std::any_of(prerequisite.any_of().begin(), prerequisite.any_of().end(),
                       [&](const std::string& need_id) { return Met(need_id); });
  }

  // --- Features, usage, target -------------------------------------------------------------------

  void FillFeatures(const type::NeedRequest& asked, const Need& need, engine::Request& request,
                    CompiledNeed& compiled) const {
    const auto& ordinals = rulebook_.feature_ordinals[compiled.need];
    const auto mask = [&](const std::string& feature_id) {
      const auto found = ordinals.find(feature_id);
      CHECK(found != ordinals.end()) << "the request has been validated";
      return uint32_t{1} << found->second;
    };
    for (const std::string& id : asked.must_features()) request.must_features |= mask(id);
    for (const std::string& id : asked.nice_features()) request.nice_features |= mask(id);
    if (!asked.must_features().empty() || !asked.nice_features().empty()) return;
    for (const auto& feature : need.features()) {
      if (feature.usual()) request.nice_features |= mask(feature.feature_id());
    }
    compiled.usual_features_assumed = request.nice_features != 0;
  }

  // What is assumed for a metric that the firm has not told.
  int64_t Assume(type::Metric metric, int64_t table_value) const {
    if (!staff_.known) return table_value;
    // One pay slip each; of a band, its middle rounded up.
    const int64_t staff = staff_.min + (staff_.max - staff_.min + 1) / 2;
    if (metric == type::PAYSLIPS_MONTH) return staff;
    // No more accounts than persons, the owner included.
    if (metric == type::USERS) return std::min(table_value, staff_.max + 1);
    return table_value;
  }

  void FillUsage(const Need& need, engine::Request& request, CompiledNeed& compiled) const {
    const uint32_t cost_class = std::min(size_class_, kCostClasses - 1);
    std::set<int> reported;
    for (const auto& assumed : need.assumed_usages()) reported.insert(assumed.metric());
    for (int m = 1; m < static_cast<int>(engine::kMetricCount); ++m) {
      const auto metric = static_cast<type::Metric>(m);
      const size_t index = static_cast<size_t>(m);
      if (const auto told = told_.find(m); told != told_.end()) {
        request.usage[index] = told->second;
        const auto& capacity = need.capacity_metrics();
        request.usage_told[index] =
            std::find(capacity.begin(), capacity.end(), m) != capacity.end();
        continue;
      }
      int64_t value = rulebook_.fallback_usage[index][cost_class];
      for (const auto& assumed : need.assumed_usages()) {
        if (assumed.metric() == metric) value = assumed.values(static_cast<int>(cost_class));
      }
      request.usage[index] = Assume(metric, value);
      // What no price of the need depends on is not worth a line in the answer.
      if (reported.contains(m)) {
        compiled.assumed_usages.push_back(
            {.metric = static_cast<uint8_t>(m), .value = request.usage[index]});
      }
    }
  }

  // What is paid once says little about three years: with no word on the months, the reference cost
  // is the better measure.
  int64_t Target(const type::Budget& budget, const Need& need, engine::DeliveryMode mode,
                 const engine::Request& request, const std::vector<uint8_t>& prerequisites_met,
                 TargetSource& source) const {
    if (budget.has_target_36_months()) {
      source = TargetSource::kFirmTarget;
      return std::max<int64_t>(budget.target_36_months().micros(), 1);
    }
    if (budget.has_monthly_max()) {
      source = TargetSource::kFirmBudget;
      return std::max<int64_t>(
          budget.one_off_max().micros() + kCostMonths * budget.monthly_max().micros(), 1);
    }
    source = TargetSource::kReferenceCost;
    int64_t target = ReferenceCostOver36Months(need, CostClassOf(profile_), mode, request);
    // What every offering is charged for a missing prerequisite belongs to the usual cost too;
    // else nothing that must be completed could reach it.
    for (int p = 0; p < need.prerequisites_size(); ++p) {
      if (!IsMissing(need, p, prerequisites_met)) continue;
      const Need& first = NeedOf(OrdinalOf(need.prerequisites(p).any_of(0)));
      const int64_t cost = ReferenceCostOver36Months(first, CostClassOf(profile_), mode, request);
      target = std::min(target, engine::kMaxTotalMicros - cost) + cost;
    }
    return std::max<int64_t>(target, 1);
  }

  // Whether a prerequisite is one that offerings are charged for: the firm has none of its needs,
  // and an offering for the need asked about does not bring it by that alone.
  static bool IsMissing(const Need& need, int prerequisite, const std::vector<uint8_t>& met) {
    const auto& any_of = need.prerequisites(prerequisite).any_of();
    return need.prerequisites(prerequisite).hard() && met[static_cast<size_t>(prerequisite)] == 0 &&
           std::find(any_of.begin(), any_of.end(), need.need_id()) == any_of.end();
  }

  // --- What an offering must be completed with ---------------------------------------------------

  std::vector<engine::AddedCost> AddedCosts(const CompiledNeed& compiled,
                                            engine::DeliveryMode mode) const {
    std::vector<engine::AddedCost> costs;
    const Need& need = NeedOf(compiled.need);
    const auto price = [&](uint8_t priced, uint64_t unless_needs, uint8_t only_kind) {
      const auto* reference = FindReferenceCost(NeedOf(priced), CostClassOf(profile_), mode);
      if (reference == nullptr) return;
      engine::AddedCost cost = AddedCostOf(*reference);
      cost.unless_needs = unless_needs;
      cost.only_kind = only_kind;
      cost.need = priced;
      costs.push_back(cost);
    };

    uint64_t priced_already = uint64_t{1} << compiled.need;
    for (int p = 0; p < need.prerequisites_size(); ++p) {
      const auto& prerequisite = need.prerequisites(p);
      if (!prerequisite.hard() || compiled.prerequisites_met[static_cast<size_t>(p)] != 0) continue;
      uint64_t any_of = 0;
      for (const std::string& id : prerequisite.any_of()) any_of |= MaskOfNeed(id);
      const uint8_t first = OrdinalOf(prerequisite.any_of(0));
      // Every candidate serves the need asked about, so that this adds nothing where `any_of` has
      // it.
      price(first, any_of, /*only_kind=*/0);
      priced_already |= uint64_t{1} << first;
    }
    for (const auto& kind : rulebook_.source.kind_prerequisites()) {
      const uint8_t ordinal = OrdinalOf(kind.need_id());
      const auto only_kind = static_cast<uint8_t>(kind.kind());
      // Priced above for all kinds: once is enough.
      if (((priced_already >> ordinal) & 1) == 0 && !Met(kind.need_id())) {
        price(ordinal, uint64_t{1} << ordinal, only_kind);
      }
      // Upkeep is work on the thing itself, whoever provides what it runs on.
      const int cost_class = static_cast<int>(CostClassOf(profile_));
      const int64_t upkeep = kind.upkeep_monthly_micros_size() > cost_class
                                 ? kind.upkeep_monthly_micros(cost_class)
                                 : 0;
      if (upkeep > 0) {
        costs.push_back({.unless_needs = 0,
                         .only_kind = only_kind,
                         .need = ordinal,
                         .one_off_micros = 0,
                         .monthly_micros = upkeep});
      }
    }
    return costs;
  }

  uint8_t OrdinalOf(const std::string& need_id) const {
    const auto found = rulebook_.need_ordinals.find(need_id);
    CHECK(found != rulebook_.need_ordinals.end()) << "the compiler refuses unknown needs";
    return found->second;
  }
  uint64_t MaskOfNeed(const std::string& need_id) const {
    return uint64_t{1} << OrdinalOf(need_id);
  }

  // --- Facts by slot -----------------------------------------------------------------------------

  RequestFact Fact(const FactInfo& info, const type::Budget& budget, engine::DeliveryMode mode,
                   const engine::Request& request) const {
    if (!info.path.empty()) {
      // "firm.budget.…" is the budget that counts for this need.
      if (info.path.front()->message_type() == type::Budget::descriptor()) {
        FactInfo inner = info;
        inner.path.erase(inner.path.begin());
        return inner.path.empty() ? kUnknown : ReadField(budget, inner);
      }
      return ReadField(profile_, info);
    }
    switch (static_cast<DerivedFact>(info.fact_id)) {
      case DerivedFact::kAsOfDay:
        return Known(input_.as_of_day);
      case DerivedFact::kSizeClass:
        return staff_.known ? Known(size_class_) : kUnknown;
      case DerivedFact::kStaff:
        return profile_.has_staff_count() ? Known(profile_.staff_count()) : kUnknown;
      case DerivedFact::kRegion:
        return Region();
      case DerivedFact::kNeed:
        return Known(Mask(request.need));
      case DerivedFact::kDaysToDeadline:
        return Known(profile_.has_deadline()
                         ? std::max(DayNumberOf(profile_.deadline()) - input_.as_of_day, 0)
                         : engine::kUnlimited);
      case DerivedFact::kHasDeadline:
        return Known(profile_.has_deadline() ? 1 : 0);
      case DerivedFact::kUiLanguages:
        return UiLanguages(info);
      case DerivedFact::kExistingToolClasses:
        return ToolClasses();
      case DerivedFact::kActivity:
        return Activity();
      case DerivedFact::kDataSensitive:
        return DataSensitive();
      case DerivedFact::kSellsToConsumers:
        return profile_.clientele() == type::CLIENTELE_UNSPECIFIED
                   ? kUnknown
                   : Known(profile_.clientele() == type::B2B ? 0 : 1);
      case DerivedFact::kToldSellsToConsumers:
        return Known(ToldConsumers() ? 1 : 0);
      case DerivedFact::kAccessibilityRequired:
        return AccessibilityRequired();
      case DerivedFact::kBudgetHard:
        return Known(budget.hard() ? 1 : 0);
      case DerivedFact::kOneOffMax:
        return MoneyOr(budget.has_one_off_max(), budget.one_off_max(), info);
      case DerivedFact::kMonthlyMax:
        return MoneyOr(budget.has_monthly_max(), budget.monthly_max(), info);
      case DerivedFact::kFirstYearMax:
        return Known(Cap(budget, 12));
      case DerivedFact::kTco36Max:
        return Known(budget.has_target_36_months() ? budget.target_36_months().micros()
                                                   : Cap(budget, kCostMonths));
      case DerivedFact::kPaymentMethodsWanted:
        return Known(WantedMethods());
      case DerivedFact::kPaymentMethodCount:
        return Known(PopCount(static_cast<uint64_t>(WantedMethods())));
      case DerivedFact::kMustFeatureCount:
        return Known(PopCount(request.must_features));
      case DerivedFact::kAcceptsBeta:
        return Known(profile_.accepts_beta() ? 1 : 0);
      case DerivedFact::kWantsOnsiteHelp:
        return Known(profile_.wants_onsite_help() ? 1 : 0);
      case DerivedFact::kWantsDataLocationScored:
        return Known(profile_.wants_data_location_scored() ? 1 : 0);
      case DerivedFact::kTargetPerMonth:
        return Known(request.target_micros / kCostMonths);
      case DerivedFact::kRequestedMode:
        return Known(static_cast<int64_t>(mode));
      default:
        break;
    }
    CHECK(false) << "a request fact that nobody computes: " << info.name;
    return kUnknown;
  }

  static int64_t PopCount(uint64_t mask) {
    int64_t count = 0;
    for (; mask != 0; mask &= mask - 1) ++count;
    return count;
  }

  // The most that may be paid over `months`; no limit where nothing is said of the months. A
  // monthly budget alone is read as covering the start as well.
  static int64_t Cap(const type::Budget& budget, int64_t months) {
    if (!budget.has_monthly_max()) return engine::kUnlimited;
    return budget.one_off_max().micros() + months * budget.monthly_max().micros();
  }

  static RequestFact MoneyOr(bool has, const type::Money& money, const FactInfo& info) {
    if (has) return Known(money.micros());
    return info.always_known ? Known(engine::kUnlimited) : kUnknown;
  }

  RequestFact Region() const {
    if (profile_.has_region_code()) {
      return Known(Mask(catalog::FindCode("regions", profile_.region_code()).value_or(-1)));
    }
    const auto region = catalog::RegionOfDepartment(profile_.department_code());
    if (!region.has_value()) return kUnknown;
    return Known(Mask(catalog::FindCode("regions", *region).value_or(-1)));
  }

  RequestFact UiLanguages(const FactInfo& info) const {
    if (profile_.has_ui_languages()) return Known(MaskOfSet(profile_.ui_languages(), info));
    return Known(Mask(catalog::FindCode("languages", "fr").value_or(-1)));
  }

  RequestFact ToolClasses() const {
    int64_t mask = 0;
    for (const auto& tool : profile_.existing_tools()) {
      if (tool.tool_class() != type::TOOL_CLASS_UNSPECIFIED) mask |= Mask(tool.tool_class());
    }
    return mask == 0 ? kUnknown : Known(mask);
  }

  RequestFact Activity() const {
    const auto& activity = profile_.activity();
    if (!profile_.has_activity() || activity.nomenclature() != type::NAF_REV2) return kUnknown;
    return Known(engine::PackActivity(ParseNaf(activity)));
  }

  RequestFact DataSensitive() const {
    const auto& data = profile_.data();
    if (data.health() || data.minors() || data.payment_cards() || data.trade_secret()) {
      return Known(1);
    }
    return data.has_health() && data.has_minors() && data.has_payment_cards() &&
                   data.has_trade_secret()
               ? Known(0)
               : kUnknown;
  }

  bool ToldConsumers() const {
    return profile_.clientele() == type::B2C || profile_.clientele() == type::MIXED;
  }

  // Directive (EU) 2019/882 concerns electronic commerce towards consumers, micro-enterprises
  // exempted. Where the profile does not settle it, it is unknown, and asked.
  RequestFact AccessibilityRequired() const {
    if (profile_.has_accessibility_required()) {
      return Known(profile_.accessibility_required() ? 1 : 0);
    }
    if (profile_.clientele() == type::B2B) return Known(0);
    const bool small_turnover =
        profile_.has_turnover() && profile_.turnover().micros() <= kMicroEnterpriseMicros;
    const bool small_balance =
        profile_.has_balance_total() && profile_.balance_total().micros() <= kMicroEnterpriseMicros;
    if (staff_.known && staff_.max < kMicroEnterpriseStaff && (small_turnover || small_balance)) {
      return Known(0);
    }
    const bool not_exempt = (staff_.known && staff_.min >= kMicroEnterpriseStaff) ||
                            (profile_.has_turnover() && !small_turnover &&
                             profile_.has_balance_total() && !small_balance);
    const auto online = told_.find(type::ONLINE_SALES_MONTH);
    const bool sells_online =
        profile_.online_only() || (online != told_.end() && online->second > 0);
    return ToldConsumers() && sells_online && not_exempt ? Known(1) : kUnknown;
  }

  int64_t WantedMethods() const {
    int64_t mask = 0;
    for (const int method : profile_.payment_methods().methods()) mask |= Mask(method);
    return mask;
  }

  const DecisionInput& input_;
  const type::FirmProfile& profile_;
  const CompiledRulebook& rulebook_;
  const StaffRange staff_;
  const uint32_t size_class_;
  const std::array<int64_t, engine::kGroupCount> shares_;
  std::map<int, int64_t> told_;
};

}  // namespace

uint32_t CostClassOf(const type::FirmProfile& profile) {
  const StaffRange staff = StaffOf(profile);
  if (!staff.known) return kMicro;
  return std::min(engine::SizeClassOf(staff.min), kCostClasses - 1);
}

const catalog::v1::ReferenceCost* FindReferenceCost(const Need& need, uint32_t cost_class,
                                                    engine::DeliveryMode mode) {
  const catalog::v1::ReferenceCost* fallback = nullptr;
  for (const auto& cost : need.reference_costs()) {
    // SOLO is 1 in the enum and 0 as an ordinal.
    if (static_cast<uint32_t>(cost.size_class()) != cost_class + 1) continue;
    if (static_cast<int>(cost.delivery_mode()) == static_cast<int>(mode)) return &cost;
    if (cost.delivery_mode() != type::HAVE_IT_DONE) fallback = &cost;
  }
  return fallback;
}

int64_t ReferenceCostOver36Months(const Need& need, uint32_t cost_class, engine::DeliveryMode mode,
                                  const engine::Request& request) {
  const auto* cost = FindReferenceCost(need, cost_class, mode);
  if (cost == nullptr) return 0;
  // As the engine sums an added cost: a table of one offering whose own price is nothing.
  engine::FactTable table;
  table.row_count = 1;
  table.tariffs = {{.evidence = engine::Evidence::kDeclared, .components = {}}};
  table.needs = {0};
  table.kinds = {0};
  engine::Request alone;
  alone.usage = request.usage;
  alone.yearly_growth_bp = request.yearly_growth_bp;
  alone.added_costs = {AddedCostOf(*cost)};
  return engine::ComputeCost(table, 0, alone).tco36_micros;
}

bool ToolMeets(const type::ExistingTool& tool, const Need& need) {
  if (!tool.need_id().empty() && tool.need_id() == need.need_id()) return true;
  const auto& classes = need.met_by_tools();
  return tool.tool_class() != type::TOOL_CLASS_UNSPECIFIED &&
         std::find(classes.begin(), classes.end(), static_cast<int>(tool.tool_class())) !=
             classes.end();
}

std::vector<CompiledNeed> CompileRequest(const DecisionInput& input,
                                         const CompiledRulebook& rulebook) {
  const RequestCompiler compiler(input, rulebook);
  std::vector<CompiledNeed> compiled;
  compiled.reserve(input.needs.size());
  for (const type::NeedRequest& need : input.needs) compiled.push_back(compiler.Compile(need));
  return compiled;
}

}  // namespace aplomb::decision
