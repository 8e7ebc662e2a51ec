// Facts that are computed, not read: from an offering (`derived.`) or from a
// firm's profile and the question asked (`request.`). Their numbers are committed
// here, as those of read facts are committed in the protos: a number is never
// reused and never changes its meaning. Offering side: decision/blindfold.
// Request side: decision/request. For people: docs/facts.md.
#ifndef APLOMB_DECISION_DERIVED_FACTS_H_
#define APLOMB_DECISION_DERIVED_FACTS_H_

#include <cstdint>
#include <vector>

#include "decision/fact_registry.h"

namespace aplomb::decision {

// Code list of sets of needs: bit i stands for the i-th need of the rulebook in use, by need_id.
// It is no list of catalog/code_lists.h, because it is another one in each rulebook.
inline constexpr char kNeedsCodeList[] = "needs";

// Days of trial that a free tariff without end counts as: ten years, beyond any breakpoint.
inline constexpr int64_t kFreeTierTrialDays = 3'650;
// Months during which a test of the whole export counts as recent.
inline constexpr int32_t kExportTestMonths = 12;

// offering.certificates.SCHEME has this number plus the number of the scheme.
inline constexpr int32_t kCertificateFactBase = 2'000;

// Numbers. Offering side 2100 to 2999, request side 6000 to 6999.
enum class DerivedFact : int32_t {
  // Needs that the offering serves; always known. Needs that the rulebook does not have count for
  // nothing.
  kNeeds = 2100,
  // Trades, engine/sector.h. Generic where stated, and where more than three are claimed.
  kSectors = 2101,
  // Days of trial without giving a card; kFreeTierTrialDays where there is a free tariff; 0 where a
  // card must be given; unknown where it is not said whether it must.
  kTrialDaysWithoutCard = 2102,
  // Worst place where data lies: 3 France, 2 European Economic Area, 1 country with an adequacy
  // decision that covers every recipient, 0 elsewhere.
  kHostingClass = 2103,
  // At least one of CSV JSON XML SQL ICAL VCARD FEC UBL CII FACTURX MBOX ODF.
  kExportOpenFormats = 2104,
  // The whole export was tested within kExportTestMonths before the day.
  kExportTestedRecently = 2105,
  // claims_valid_to is not before the day, or absent; always known.
  kClaimsValid = 2107,
  // development_status; what is not software and does not say counts as stable.
  kDevelopmentStatus = 2108,
  // Greater of the skill that the offering asks for and the one that its kind does in the rulebook;
  // unknown where the offering does not say.
  kSkillRequired = 2109,
  // The tighter of limits.products and ecommerce.products; unknown where neither is stated.
  kProductsLimit = 2110,
  // The tighter of limits.contacts and crm.contacts.
  kContactsLimit = 2111,
  // The tighter of limits.social_accounts and social.accounts.
  kSocialAccountsLimit = 2112,
  // payment.methods and ecommerce.payment_methods together.
  kPaymentMethods = 2113,
  // Days since the tariff was read; 0 where it was read after the day.
  kPriceAgeDays = 2114,
  // delivery_mode, or the one of its kind; always known.
  kDeliveryMode = 2115,
  // hosting.hosts_customer_data; true where software, infrastructure or a marketplace run by the
  // provider does not say.
  kHostsCustomerData = 2116,

  // Day that the question is about.
  kAsOfDay = 6000,
  // 0 solo, 1 micro (1-9), 2 small (10-49), 3 medium (50-249), 4 large; from staff_count, else from
  // staff_band; unknown without either (NN: unknown).
  kSizeClass = 6001,
  // staff_count; unknown where absent.
  kStaff = 6002,
  // Set of one region: region_code, else the one of department_code.
  kRegion = 6003,
  // Set of one need: the one asked about.
  kNeed = 6004,
  // Days from the day to the deadline; 0 where it is past; engine::kUnlimited where there is none.
  kDaysToDeadline = 6005,
  kHasDeadline = 6006,
  // ui_languages; French where absent.
  kUiLanguages = 6007,
  // Classes of existing_tools; unknown where there are none: none and untold are not told apart.
  kExistingToolClasses = 6008,
  // Trade, engine::PackActivity. NAF rév. 2 only: NAF 2025 is unknown.
  kActivity = 6009,
  // 1 where data.health, minors, payment_cards or trade_secret is true; 0 where all four are false.
  kDataSensitive = 6010,
  // 1 where clientele is B2C or MIXED, 0 where B2B.
  kSellsToConsumers = 6011,
  // The same, 0 where clientele is not told.
  kToldSellsToConsumers = 6012,
  // The firm's word; where absent, derived from clientele, sales channel, staff and turnover.
  kAccessibilityRequired = 6013,
  // budget.hard; 0 where absent.
  kBudgetHard = 6014,
  kOneOffMax = 6015,
  kMonthlyMax = 6016,
  // one_off_max + 12 * monthly_max, a missing one counting 0; engine::kUnlimited where both miss.
  kFirstYearMax = 6017,
  // target_36_months, else one_off_max + 36 * monthly_max likewise; engine::kUnlimited without any.
  kTco36Max = 6018,
  // payment_methods; empty where absent.
  kPaymentMethodsWanted = 6019,
  kPaymentMethodCount = 6020,
  // Must-have features asked for.
  kMustFeatureCount = 6021,
  // 0 where absent, the three.
  kAcceptsBeta = 6022,
  kWantsOnsiteHelp = 6023,
  kWantsDataLocationScored = 6024,
  // Target over 36 months of this need and mode, divided by 36, rounded down.
  kTargetPerMonth = 6025,
  // Mode that is ranked.
  kRequestedMode = 6026,
};

// All of them, in the order of their numbers; `path` is empty.
const std::vector<FactInfo>& DerivedFacts();

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_DERIVED_FACTS_H_
