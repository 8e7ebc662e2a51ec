#include "decision/derived_facts.h"

#include <string>
#include <utility>

#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/common.pb.h"
#include "aplomb/type/profile.pb.h"

namespace aplomb::decision {
namespace {

enum class Known : uint8_t { kSometimes, kAlways };

FactInfo Derived(DerivedFact fact, const char* name, FactKind kind, const char* unit,
                 std::vector<std::string> sources, Known known = Known::kSometimes) {
  FactInfo info;
  info.name = name;
  info.fact_id = static_cast<int32_t>(fact);
  info.side = info.fact_id < 5'000 ? FactSide::kOffering : FactSide::kRequest;
  info.kind = kind;
  info.unit = unit;
  info.sources = std::move(sources);
  info.always_known = known == Known::kAlways;
  return info;
}

FactInfo DerivedSet(DerivedFact fact, const char* name, const char* code_list,
                    std::vector<std::string> sources, Known known = Known::kSometimes) {
  FactInfo info = Derived(fact, name, FactKind::kSet, "", std::move(sources), known);
  info.code_list = code_list;
  return info;
}

FactInfo DerivedOfEnum(DerivedFact fact, const char* name, FactKind kind,
                       const google::protobuf::EnumDescriptor* type,
                       std::vector<std::string> sources, Known known = Known::kSometimes) {
  FactInfo info = Derived(fact, name, kind, "", std::move(sources), known);
  info.enum_type = type;
  return info;
}

std::vector<FactInfo> MakeDerivedFacts() {
  using enum FactKind;
  constexpr Known kAlways = Known::kAlways;
  const auto* method = type::PaymentMethod_descriptor();
  const auto* mode = type::DeliveryMode_descriptor();
  return {
      // The offering.
      DerivedSet(DerivedFact::kNeeds, "derived.needs", kNeedsCodeList, {"offering.need_ids"}),
      Derived(DerivedFact::kSectors, "derived.sectors", kPacked, "",
              {"offering.audience.naf_codes", "offering.audience.generic_sector"}),
      Derived(DerivedFact::kTrialDaysWithoutCard, "derived.trial_days_without_card", kInteger,
              "days",
              {"offering.trial.days", "offering.trial.card_required", "offering.trial.free_tier"}),
      Derived(DerivedFact::kHostingClass, "derived.hosting_class", kInteger, "",
              {"offering.hosting.locations"}),
      Derived(DerivedFact::kExportOpenFormats, "derived.export_open_formats", kBoolean, "",
              {"offering.portability.export_formats"}),
      Derived(DerivedFact::kExportTestedRecently, "derived.export_tested_recently", kBoolean, "",
              {"offering.portability.export_tested_date"}),
      Derived(DerivedFact::kClaimsValid, "derived.claims_valid", kBoolean, "",
              {"offering.claims_valid_to"}),
      DerivedOfEnum(DerivedFact::kDevelopmentStatus, "derived.development_status", kEnum,
                    catalog::v1::Offering::DevelopmentStatus_descriptor(),
                    {"offering.development_status", "offering.kind"}),
      Derived(DerivedFact::kSkillRequired, "derived.skill_required", kInteger, "",
              {"offering.audience.skill_required", "offering.kind"}),
      Derived(DerivedFact::kProductsLimit, "derived.products_limit", kLimit, "",
              {"offering.limits.products", "offering.ecommerce.products"}),
      Derived(DerivedFact::kContactsLimit, "derived.contacts_limit", kLimit, "",
              {"offering.limits.contacts", "offering.crm.contacts"}),
      Derived(DerivedFact::kSocialAccountsLimit, "derived.social_accounts_limit", kLimit, "",
              {"offering.limits.social_accounts", "offering.social.accounts"}),
      DerivedOfEnum(DerivedFact::kPaymentMethods, "derived.payment_methods", kSet, method,
                    {"offering.payment.methods", "offering.ecommerce.payment_methods"}),
      Derived(DerivedFact::kPriceAgeDays, "derived.price_age_days", kInteger, "days",
              {"offering.pricing.as_of"}),
      DerivedOfEnum(DerivedFact::kDeliveryMode, "derived.delivery_mode", kEnum, mode,
                    {"offering.delivery_mode", "offering.kind"}),
      Derived(DerivedFact::kHostsCustomerData, "derived.hosts_customer_data", kBoolean, "",
              {"offering.hosting.hosts_customer_data", "offering.kind"}),

      // The request.
      Derived(DerivedFact::kAsOfDay, "request.as_of_day", kDay, "day", {}, kAlways),
      Derived(DerivedFact::kSizeClass, "request.size_class", kInteger, "classes",
              {"firm.staff_count", "firm.staff_band"}),
      Derived(DerivedFact::kStaff, "request.staff", kInteger, "", {"firm.staff_count"}),
      DerivedSet(DerivedFact::kRegion, "request.region", "regions",
                 {"firm.region_code", "firm.department_code"}),
      DerivedSet(DerivedFact::kNeed, "request.need", kNeedsCodeList, {}, kAlways),
      Derived(DerivedFact::kDaysToDeadline, "request.days_to_deadline", kInteger, "days",
              {"firm.deadline"}, kAlways),
      Derived(DerivedFact::kHasDeadline, "request.has_deadline", kBoolean, "", {"firm.deadline"},
              kAlways),
      DerivedSet(DerivedFact::kUiLanguages, "request.ui_languages", "languages",
                 {"firm.ui_languages"}, kAlways),
      DerivedOfEnum(DerivedFact::kExistingToolClasses, "request.existing_tool_classes", kSet,
                    type::ToolClass_descriptor(), {"firm.existing_tools"}),
      Derived(DerivedFact::kActivity, "request.activity", kPacked, "", {"firm.activity"}),
      Derived(DerivedFact::kDataSensitive, "request.data_sensitive", kBoolean, "",
              {"firm.data.health", "firm.data.minors", "firm.data.payment_cards",
               "firm.data.trade_secret"}),
      Derived(DerivedFact::kSellsToConsumers, "request.sells_to_consumers", kBoolean, "",
              {"firm.clientele"}),
      Derived(DerivedFact::kToldSellsToConsumers, "request.told_sells_to_consumers", kBoolean, "",
              {"firm.clientele"}, kAlways),
      Derived(DerivedFact::kAccessibilityRequired, "request.accessibility_required", kBoolean, "",
              {"firm.accessibility_required", "firm.clientele", "firm.staff_count",
               "firm.staff_band", "firm.turnover", "firm.balance_total"}),
      Derived(DerivedFact::kBudgetHard, "request.budget_hard", kBoolean, "", {"firm.budget.hard"},
              kAlways),
      Derived(DerivedFact::kOneOffMax, "request.one_off_max", kMoney, "micros",
              {"firm.budget.one_off_max"}),
      Derived(DerivedFact::kMonthlyMax, "request.monthly_max", kMoney, "micros",
              {"firm.budget.monthly_max"}),
      Derived(DerivedFact::kFirstYearMax, "request.first_year_max", kMoney, "micros",
              {"firm.budget.one_off_max", "firm.budget.monthly_max"}, kAlways),
      Derived(
          DerivedFact::kTco36Max, "request.tco36_max", kMoney, "micros",
          {"firm.budget.target_36_months", "firm.budget.one_off_max", "firm.budget.monthly_max"},
          kAlways),
      DerivedOfEnum(DerivedFact::kPaymentMethodsWanted, "request.payment_methods", kSet, method,
                    {"firm.payment_methods"}, kAlways),
      Derived(DerivedFact::kPaymentMethodCount, "request.payment_method_count", kInteger, "",
              {"firm.payment_methods"}, kAlways),
      Derived(DerivedFact::kMustFeatureCount, "request.must_feature_count", kInteger, "", {},
              kAlways),
      Derived(DerivedFact::kAcceptsBeta, "request.accepts_beta", kBoolean, "",
              {"firm.accepts_beta"}, kAlways),
      Derived(DerivedFact::kWantsOnsiteHelp, "request.wants_onsite_help", kBoolean, "",
              {"firm.wants_onsite_help"}, kAlways),
      Derived(DerivedFact::kWantsDataLocationScored, "request.wants_data_location_scored", kBoolean,
              "", {"firm.wants_data_location_scored"}, kAlways),
      Derived(DerivedFact::kTargetPerMonth, "request.target_per_month", kMoney, "micros",
              {"firm.budget.target_36_months"}, kAlways),
      DerivedOfEnum(DerivedFact::kRequestedMode, "request.delivery_mode", kEnum, mode, {}, kAlways),
  };
}

}  // namespace

const std::vector<FactInfo>& DerivedFacts() {
  static const std::vector<FactInfo>* const facts = new std::vector<FactInfo>(MakeDerivedFacts());
  return *facts;
}

}  // namespace aplomb::decision
