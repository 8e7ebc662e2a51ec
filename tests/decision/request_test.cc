#include "decision/request.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/civil_day.h"
#include "decision/derived_facts.h"
#include "engine/sector.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"

namespace aplomb::decision {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr int64_t kEuro = 1'000'000;

std::vector<std::string> ReasonsOf(const std::vector<base::Issue>& issues) {
  std::vector<std::string> reasons;
  for (const base::Issue& issue : issues) {
    reasons.push_back(absl::StrCat(issue.field, " ", issue.reason));
  }
  return reasons;
}

// --- Validation ----------------------------------------------------------------------------------

// A text that is added to the quick intake, and the one issue that it makes.
struct Invalid {
  const char* name;
  const char* text;
  const char* field;  // after "recommendation."
  const char* reason;
};

class InvalidInputTest : public ::testing::TestWithParam<Invalid> {};

TEST_P(InvalidInputTest, IsToldWithFieldAndReason) {
  const Asked asked(absl::StrCat(kQuickIntake, GetParam().text));
  const auto issues = ValidateInput(asked.Input(), *RealRulebook());
  EXPECT_THAT(ReasonsOf(issues), ElementsAre(absl::StrCat("recommendation.", GetParam().field, " ",
                                                          GetParam().reason)));
  for (const base::Issue& issue : issues) {
    EXPECT_THAT(issue.text_fr, Not(IsEmpty()));
    EXPECT_THAT(issue.text_en, Not(IsEmpty()));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Identity, InvalidInputTest,
    ::testing::Values(
        Invalid{"SirenWithWrongKey", "profile { siren: '552081318' }", "profile.siren",
                "INVALID_SIREN"},
        Invalid{"SirenTooShort", "profile { siren: '55208131' }", "profile.siren", "INVALID_SIREN"},
        Invalid{"SirenEmpty", "profile { siren: '' }", "profile.siren", "INVALID_SIREN"},
        Invalid{"SirenOfLetters", "profile { siren: '55208131A' }", "profile.siren",
                "INVALID_SIREN"},
        Invalid{"SiretWithWrongKey", "profile { siret: '55208131700012' }", "profile.siret",
                "INVALID_SIRET"},
        Invalid{"SiretOfAnotherSiren", "profile { siren: '732829320' siret: '55208131766522' }",
                "profile.siret", "SIRET_SIREN_MISMATCH"},
        Invalid{"LegalFormOfThreeDigits", "profile { legal_form: '571' }", "profile.legal_form",
                "INVALID_LEGAL_FORM"},
        Invalid{"LegalFormOfZeros", "profile { legal_form: '0000' }", "profile.legal_form",
                "INVALID_LEGAL_FORM"},
        Invalid{"LegalFormOfNines", "profile { legal_form: '9999' }", "profile.legal_form",
                "INVALID_LEGAL_FORM"},
        Invalid{"LegalFormOfLetters", "profile { legal_form: 'SARL' }", "profile.legal_form",
                "INVALID_LEGAL_FORM"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Place, InvalidInputTest,
    ::testing::Values(Invalid{"UnknownDepartment", "profile { department_code: '20' }",
                              "profile.department_code", "UNKNOWN_DEPARTMENT"},
                      Invalid{"UnknownRegion", "profile { region_code: '99' }",
                              "profile.region_code", "UNKNOWN_REGION"},
                      Invalid{"GroupOfRegions", "profile { region_code: 'FR-METRO' }",
                              "profile.region_code", "UNKNOWN_REGION"},
                      Invalid{"RegionOfAnotherDepartment", "profile { region_code: '11' }",
                              "profile.region_code", "REGION_DEPARTMENT_MISMATCH"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Activity, InvalidInputTest,
    ::testing::Values(Invalid{"DivisionThatDoesNotExist", "profile { activity { code: '04.11Z' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"SectionOnly", "profile { activity { code: 'C' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"TooManyDigits", "profile { activity { code: '10.711C' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"ClassThatDoesNotExist", "profile { activity { code: '99.99Z' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"LetterThatDoesNotExist", "profile { activity { code: '10.71E' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"GroupThatDoesNotExist", "profile { activity { code: '10.0' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"LowerCaseLetter", "profile { activity { code: '10.71c' } }",
                              "profile.activity.code", "INVALID_NAF"},
                      Invalid{"NoNomenclature",
                              "profile { activity { nomenclature: NOMENCLATURE_UNSPECIFIED } }",
                              "profile.activity.nomenclature", "MISSING"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Numbers, InvalidInputTest,
    ::testing::Values(
        Invalid{"UnknownStaffBand", "profile { staff_band: '04' }", "profile.staff_band",
                "UNKNOWN_STAFF_BAND"},
        Invalid{"StaffAboveItsBand", "profile { staff_band: '02' staff_count: 6 }",
                "profile.staff_count", "STAFF_MISMATCH"},
        Invalid{"StaffBelowItsBand", "profile { staff_band: '53' staff_count: 9999 }",
                "profile.staff_count", "STAFF_MISMATCH"},
        Invalid{"NegativeStaff", "profile { staff_count: -1 }", "profile.staff_count",
                "OUT_OF_RANGE"},
        Invalid{"TooManyStaff", "profile { staff_count: 1000001 }", "profile.staff_count",
                "OUT_OF_RANGE"},
        Invalid{"SkillAboveFour", "profile { digital_skill: 5 }", "profile.digital_skill",
                "OUT_OF_RANGE"},
        Invalid{"GrowthBelowTheLeast", "profile { yearly_growth_bp: -5001 }",
                "profile.yearly_growth_bp", "OUT_OF_RANGE"},
        Invalid{"GrowthAboveTheMost", "profile { yearly_growth_bp: 20001 }",
                "profile.yearly_growth_bp", "OUT_OF_RANGE"},
        Invalid{"NegativeUsage", "profile { usage { metric: USERS value: -1 } }",
                "profile.usage[0].value", "OUT_OF_RANGE"},
        Invalid{"UsageTooLarge", "profile { usage { metric: USERS value: 1000000000000001 } }",
                "profile.usage[0].value", "OUT_OF_RANGE"},
        Invalid{"UsageOfNothing", "profile { usage { value: 1 } }", "profile.usage[0].metric",
                "MISSING"},
        Invalid{"UsageTwice",
                "profile { usage { metric: USERS value: 1 } usage { metric: USERS value: 2 } }",
                "profile.usage[1].metric", "DUPLICATE"},
        Invalid{"WrongIndexVersion", "profile { digital_intensity { version: 5 } }",
                "profile.digital_intensity.version", "OUT_OF_RANGE"},
        Invalid{"ElevenAnswers",
                "profile { digital_intensity { version: 3 answers: [1,1,1,1,1,1,1,1,1,1,1] } }",
                "profile.digital_intensity.answers", "WRONG_COUNT"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Money, InvalidInputTest,
    ::testing::Values(
        Invalid{"NegativeTurnover", "profile { turnover { micros: -1 currency_code: 'EUR' } }",
                "profile.turnover.micros", "OUT_OF_RANGE"},
        Invalid{"TurnoverTooLarge",
                "profile { turnover { micros: 1000000000000001 currency_code: 'EUR' } }",
                "profile.turnover.micros", "OUT_OF_RANGE"},
        Invalid{"LargestNumber",
                "profile { turnover { micros: 9223372036854775807 currency_code: 'EUR' } }",
                "profile.turnover.micros", "OUT_OF_RANGE"},
        Invalid{"TurnoverInDollars", "profile { turnover { micros: 1 currency_code: 'USD' } }",
                "profile.turnover.currency_code", "CURRENCY_NOT_EUR"},
        Invalid{"NoCurrency", "profile { balance_total { micros: 1 } }",
                "profile.balance_total.currency_code", "CURRENCY_NOT_EUR"},
        Invalid{"NegativeBudget", "profile { budget { monthly_max { micros: -80000000 } } }",
                "profile.budget.monthly_max.micros", "OUT_OF_RANGE"},
        Invalid{"NegativeToolCost",
                "profile { existing_tools { tool_class: POS monthly_cost { micros: -1 "
                "currency_code: 'EUR' } } }",
                "profile.existing_tools[0].monthly_cost.micros", "OUT_OF_RANGE"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    EnumsAndLists, InvalidInputTest,
    ::testing::Values(Invalid{"UnknownVatRegime", "profile { vat_regime: 77 }",
                              "profile.vat_regime", "UNKNOWN_VALUE"},
                      Invalid{"UnknownClientele", "profile { clientele: -1 }", "profile.clientele",
                              "UNKNOWN_VALUE"},
                      Invalid{"UnknownPaymentMethod", "profile { payment_methods { methods: 99 } }",
                              "profile.payment_methods.methods[0]", "UNKNOWN_VALUE"},
                      Invalid{"NoPaymentMethod",
                              "profile { payment_methods { methods: PAYMENT_METHOD_UNSPECIFIED } }",
                              "profile.payment_methods.methods[0]", "MISSING"},
                      Invalid{"UnknownMetric", "profile { usage { metric: 24 value: 1 } }",
                              "profile.usage[0].metric", "UNKNOWN_VALUE"},
                      Invalid{"UnknownWeightMethod", "weights { method: 9 }", "weights.method",
                              "UNKNOWN_VALUE"},
                      Invalid{"UnknownLanguage", "profile { ui_languages { codes: 'xx' } }",
                              "profile.ui_languages.codes[0]", "UNKNOWN_LANGUAGE"},
                      Invalid{"RegionalLanguage", "profile { ui_languages { codes: 'fr-FR' } }",
                              "profile.ui_languages.codes[0]", "UNKNOWN_LANGUAGE"},
                      Invalid{"ToolOfNothing", "profile { existing_tools { adequate: true } }",
                              "profile.existing_tools[0].tool_class", "MISSING"},
                      Invalid{"ToolOfUnknownNeed", "profile { existing_tools { need_id: 'NOPE' } }",
                              "profile.existing_tools[0].need_id", "UNKNOWN_NEED"},
                      Invalid{"MetNeedUnknown", "profile { met_need_ids: 'ecommerce' }",
                              "profile.met_need_ids[0]", "UNKNOWN_NEED"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Dates, InvalidInputTest,
    ::testing::Values(
        Invalid{"ThirtiethOfFebruary", "profile { creation_date { year: 2026 month: 2 day: 30 } }",
                "profile.creation_date", "INVALID_DATE"},
        Invalid{"MonthOnly", "profile { creation_date { year: 2026 month: 2 } }",
                "profile.creation_date", "INVALID_DATE"},
        Invalid{"BeforeNineteenHundred",
                "profile { creation_date { year: 1899 month: 12 day: 31 } }",
                "profile.creation_date", "OUT_OF_RANGE"},
        Invalid{"AfterTwentyOneHundred", "profile { deadline { year: 2101 month: 1 day: 1 } }",
                "profile.deadline", "OUT_OF_RANGE"},
        Invalid{"DeadlineYesterday", "profile { deadline { year: 2026 month: 11 day: 22 } }",
                "profile.deadline", "DATE_PAST"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Needs, InvalidInputTest,
    ::testing::Values(
        Invalid{"UnknownNeed", "needs { need_id: 'SHOP' }", "needs[1].need_id", "UNKNOWN_NEED"},
        Invalid{"NeedWithoutId", "needs { }", "needs[1].need_id", "UNKNOWN_NEED"},
        Invalid{"NeedTwice", "needs { need_id: 'ECOMMERCE' }", "needs[1].need_id", "DUPLICATE"},
        Invalid{"FeatureOfAnotherNeed",
                "needs { need_id: 'POS' must_features: 'click_collect_xyz' }",
                "needs[1].must_features[0]", "UNKNOWN_FEATURE"},
        Invalid{"FeatureMustAndNice",
                "needs { need_id: 'HOSTING' must_features: 'staging' nice_features: 'staging' }",
                "needs[1].nice_features[0]", "DUPLICATE"},
        Invalid{"BudgetOfANeed",
                "needs { need_id: 'POS' budget { one_off_max { micros: 1 currency_code: 'GBP' } } "
                "}",
                "needs[1].budget.one_off_max.currency_code", "CURRENCY_NOT_EUR"}),
    [](const auto& row) { return row.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Weights, InvalidInputTest,
    ::testing::Values(
        Invalid{"GroupMissing", "weights { tiers { group_ids: ['G1', 'G2', 'G3', 'G4', 'G5'] } }",
                "weights.tiers", "MISSING"},
        Invalid{"GroupTwice",
                "weights { tiers { group_ids: ['G1', 'G2', 'G3', 'G4', 'G5', 'G6'] } "
                "tiers { group_ids: 'G1' } }",
                "weights.tiers[1].group_ids[0]", "DUPLICATE"},
        Invalid{"GroupUnknown",
                "weights { tiers { group_ids: ['G1', 'G2', 'G3', 'G4', 'G5', 'G6', 'G7'] } }",
                "weights.tiers[0].group_ids[6]", "UNKNOWN_GROUP"},
        Invalid{"EmptyTier",
                "weights { tiers { } tiers { group_ids: ['G1', 'G2', 'G3', 'G4', 'G5', 'G6'] } }",
                "weights.tiers[0].group_ids", "MISSING"}),
    [](const auto& row) { return row.param.name; });

TEST(ValidateInputTest, AcceptsTheQuickIntake) {
  EXPECT_THAT(ReasonsOf(ValidateInput(Asked(kQuickIntake).Input(), *RealRulebook())), IsEmpty());
}

TEST(ValidateInputTest, AcceptsAProfileWithEverythingTold) {
  const Asked asked(absl::StrCat(kQuickIntake, R"pb(
    profile {
      siren: "552 081 317"
      siret: "552 081 317 66522"
      region_code: "84"
      staff_count: 4
      turnover { micros: 450000000000 currency_code: "EUR" }
      creation_date { year: 2027 month: 3 day: 1 }
      legal_form: "5710"
      vat_regime: REAL_SIMPLIFIED
      einvoicing { platform_chosen: false }
      clientele: B2C
      ui_languages { codes: "fr" codes: "en" }
      digital_skill: 1
      existing_tools { tool_class: POS adequate: true }
      usage { metric: ORDERS_MONTH value: 60 }
      yearly_growth_bp: 1000
      payment_methods { methods: CB methods: MEAL_VOUCHER }
      deadline { year: 2026 month: 11 day: 23 }
      met_need_ids: "DOMAIN"
    }
    needs { need_id: "POS" }
    weights {
      tiers { group_ids: "G2" }
      tiers { group_ids: "G1" group_ids: "G3" }
      tiers { group_ids: "G4" group_ids: "G5" group_ids: "G6" }
      method: RANK_SUM
    }
  )pb"));
  EXPECT_THAT(ReasonsOf(ValidateInput(asked.Input(), *RealRulebook())), IsEmpty());
}

TEST(ValidateInputTest, TellsAllViolationsAtOnce) {
  const Asked asked(R"pb(
    profile { siren: "1" department_code: "00" staff_count: -5 vat_regime: 9 }
    needs { need_id: "NOPE" }
    weights { tiers { group_ids: "G9" } }
  )pb");
  EXPECT_THAT(ReasonsOf(ValidateInput(asked.Input(), *RealRulebook())),
              UnorderedElementsAre("recommendation.profile.siren INVALID_SIREN",
                                   "recommendation.profile.department_code UNKNOWN_DEPARTMENT",
                                   "recommendation.profile.staff_count OUT_OF_RANGE",
                                   "recommendation.profile.vat_regime UNKNOWN_VALUE",
                                   "recommendation.needs[0].need_id UNKNOWN_NEED",
                                   "recommendation.weights.tiers[0].group_ids[0] UNKNOWN_GROUP",
                                   "recommendation.weights.tiers MISSING"));
}

TEST(ValidateInputTest, RefusesARequestWithoutNeeds) {
  const Asked asked("profile { }");
  EXPECT_THAT(ReasonsOf(ValidateInput(asked.Input(), *RealRulebook())),
              ElementsAre("recommendation.needs MISSING"));
}

TEST(ValidateInputTest, HasALimitForEveryList) {
  Asked asked(kQuickIntake);
  for (int i = 0; i < 31; ++i) asked.profile.add_existing_tools()->set_tool_class(type::POS);
  for (int i = 0; i < 101; ++i) asked.profile.add_met_need_ids("DOMAIN");
  asked.needs.resize(46);
  asked.profile.mutable_activity()->set_code(std::string(10'000'000, '1'));
  EXPECT_THAT(ReasonsOf(ValidateInput(asked.Input(), *RealRulebook())),
              UnorderedElementsAre("recommendation.profile.existing_tools TOO_MANY",
                                   "recommendation.profile.met_need_ids TOO_MANY",
                                   "recommendation.profile.activity.code TEXT_TOO_LONG",
                                   "recommendation.profile.activity.code INVALID_NAF",
                                   "recommendation.needs TOO_MANY"));
}

TEST(ValidateInputTest, RefusesAFieldThatThisVersionDoesNotKnow) {
  Asked asked(kQuickIntake);
  asked.profile.GetReflection()->MutableUnknownFields(&asked.profile)->AddVarint(999, 1);
  EXPECT_THAT(ReasonsOf(ValidateInput(asked.Input(), *RealRulebook())),
              ElementsAre("recommendation.profile UNKNOWN_FIELD"));
}

struct Sentence {
  const char* name;
  const char* text;
  std::vector<std::string> fr;  // contains
  std::vector<std::string> en;
};

class SentenceTest : public ::testing::TestWithParam<Sentence> {};

TEST_P(SentenceTest, SaysWhatWasFoundAndWhatIsAllowedInBothLanguages) {
  const Asked asked(absl::StrCat(kQuickIntake, GetParam().text));
  const auto issues = ValidateInput(asked.Input(), *RealRulebook());
  ASSERT_EQ(issues.size(), 1u);
  for (const std::string& part : GetParam().fr) EXPECT_THAT(issues[0].text_fr, HasSubstr(part));
  for (const std::string& part : GetParam().en) EXPECT_THAT(issues[0].text_en, HasSubstr(part));
  // Longer ones would be cut on their way.
  EXPECT_LT(issues[0].text_fr.size(), 340u) << issues[0].text_fr;
  EXPECT_LT(issues[0].text_en.size(), 340u) << issues[0].text_en;
}

// Numbers and their units stand together: U+00A0.
INSTANTIATE_TEST_SUITE_P(
    All, SentenceTest,
    ::testing::Values(Sentence{"AmountsInEuros",
                               "profile { turnover { currency_code: 'EUR' micros: -50000000 } }",
                               {"-50,00\u00A0€",
                                "de 0,00\u00A0€ à 1\u00A0000\u00A0000\u00A0000,00\u00A0€"},
                               {"EUR\u00A0-50.00", "EUR\u00A01,000,000,000.00"}},
                      Sentence{"SalesInEuros",
                               "profile { usage { metric: ONLINE_SALES_MONTH value: -7500000 } }",
                               {"-7,50\u00A0€"},
                               {"EUR\u00A0-7.50"}},
                      Sentence{"CountsInGroups",
                               "profile { staff_count: 2000000 }",
                               {"2\u00A0000\u00A0000", "1\u00A0000\u00A0000"},
                               {"2,000,000", "1,000,000"}},
                      Sentence{"TheNeedThatMayBeMeant",
                               "profile { met_need_ids: 'ECOMERCE' }",
                               {"« ECOMERCE »", "ECOMMERCE", "parmi les 45 admis"},
                               {"\"ECOMERCE\"", "ECOMMERCE", "of the 45 allowed"}},
                      Sentence{"TheFeatureThatMayBeMeant",
                               "needs { need_id: 'SHOWCASE' must_features: 'map_ours' }",
                               {"map_hours", "16"},
                               {"map_hours", "16"}}),
    [](const auto& row) { return row.param.name; });

TEST(ValidateInputTest, QuotesHostileTextShortAndOnOneLine) {
  Asked asked(kQuickIntake);
  asked.profile.set_siren(absl::StrCat("\x1b[31m\n", std::string(150, 'x')));
  const auto issues = ValidateInput(asked.Input(), *RealRulebook());
  ASSERT_EQ(issues.size(), 1u);
  EXPECT_EQ(issues[0].text_en.find('\n'), std::string::npos);
  EXPECT_EQ(issues[0].text_en.find('\x1b'), std::string::npos);
  EXPECT_LT(issues[0].text_en.size(), 300u);
}

// --- Compilation ---------------------------------------------------------------------------------

constexpr size_t kDoIt = 0;
constexpr size_t kHaveDone = 1;

class CompileRequestTest : public ::testing::Test {
 protected:
  CompiledNeed Compile(const std::string& more, int32_t day = kToday) {
    Asked asked(absl::StrCat(kQuickIntake, more));
    if (asked.profile.has_staff_count()) asked.profile.clear_staff_band();  // instead of the band
    EXPECT_THAT(ReasonsOf(ValidateInput(asked.Input(day), *rulebook_)), IsEmpty());
    return CompileRequest(asked.Input(day), *rulebook_)[0];
  }

  // The fact of that name in the first mode; fails where the rulebook does not read it.
  engine::RequestFact Fact(const CompiledNeed& need, absl::string_view name) {
    for (size_t slot = 0; slot < rulebook_->request_slots.size(); ++slot) {
      if (rulebook_->request_slots[slot]->name == name) {
        return need.requests[kDoIt].facts[slot];
      }
    }
    ADD_FAILURE() << "the rulebook does not read " << name;
    return {};
  }

  // "NEED kind one-off monthly" in euros of each added cost, and its rate where it has one.
  std::vector<std::string> Added(const CompiledNeed& need, size_t mode = kDoIt) {
    std::vector<std::string> lines;
    for (const engine::AddedCost& cost : need.requests[mode].added_costs) {
      lines.push_back(absl::StrCat(rulebook_->source.needs(cost.need).need_id(), " ",
                                   cost.only_kind, " ", cost.one_off_micros / kEuro, " ",
                                   cost.monthly_micros / 1'000, "m"));
      if (cost.rate_bp != 0) absl::StrAppend(&lines.back(), " ", cost.rate_bp);
    }
    return lines;
  }

  std::map<std::string, int64_t> Assumed(const CompiledNeed& need) {
    std::map<std::string, int64_t> usages;
    for (const AssumedUsage& usage : need.assumed_usages) {
      usages[type::Metric_Name(static_cast<type::Metric>(usage.metric))] = usage.value;
    }
    return usages;
  }

  std::shared_ptr<const CompiledRulebook> rulebook_ = RealRulebook();
};

TEST_F(CompileRequestTest, ABudgetMakesTheTarget) {
  const CompiledNeed need = Compile("");
  // 500 + 36 × 80 = 3,380 euros.
  EXPECT_EQ(need.requests[kDoIt].target_micros, 3'380 * kEuro);
  EXPECT_EQ(need.target_sources[kDoIt], TargetSource::kFirmBudget);
  EXPECT_EQ(need.target_sources[kHaveDone], TargetSource::kFirmBudget);
}

TEST_F(CompileRequestTest, ATargetWinsOverABudgetAndANeedsBudgetOverTheProfiles) {
  const CompiledNeed target = Compile(
      "profile { budget { target_36_months { micros: 2000000000 currency_code: 'EUR' } } }");
  EXPECT_EQ(target.requests[kDoIt].target_micros, 2'000 * kEuro);
  EXPECT_EQ(target.target_sources[kDoIt], TargetSource::kFirmTarget);

  Asked asked(kQuickIntake);
  auto* monthly = asked.needs[0].mutable_budget()->mutable_monthly_max();
  monthly->set_micros(10 * kEuro);
  monthly->set_currency_code("EUR");
  const auto own = CompileRequest(asked.Input(), *rulebook_)[0];
  EXPECT_EQ(own.requests[kDoIt].target_micros, 360 * kEuro);
}

TEST_F(CompileRequestTest, WithoutABudgetTheReferenceCostIsTheTarget) {
  Asked asked(kQuickIntake);
  asked.profile.clear_budget();
  const auto need = CompileRequest(asked.Input(), *rulebook_)[0];
  // Shop of a firm of 1 to 9: 600 + 36 × 60 = 2,760 euros; the domain name that is missing:
  // 36 × 2.50 = 90; card payment: 50 + 36 × (15 + 1.5 % of 4,000) = 2,750.
  EXPECT_EQ(need.requests[kDoIt].target_micros, 5'600 * kEuro);
  EXPECT_EQ(need.target_sources[kDoIt], TargetSource::kReferenceCost);
}

TEST_F(CompileRequestTest, WhatTheFirmHasIsNotInTheTarget) {
  const struct {
    const char* met;
    int64_t euros;
  } rows[] = {{"met_need_ids: 'DOMAIN'", 2'760 + 2'750},
              {"met_need_ids: 'SHOWCASE'", 2'760 + 2'750},
              {"met_need_ids: 'ONLINE_PAY'", 2'760 + 90},
              {"met_need_ids: 'DOMAIN' met_need_ids: 'ONLINE_PAY'", 2'760},
              // What only software of one's own needs is no part of the need.
              {"met_need_ids: 'HOSTING'", 5'600}};
  for (const auto& row : rows) {
    Asked asked(absl::StrCat(kQuickIntake, "profile { ", row.met, " }"));
    asked.profile.clear_budget();
    EXPECT_EQ(CompileRequest(asked.Input(), *rulebook_)[0].requests[kDoIt].target_micros,
              row.euros * kEuro)
        << row.met;
  }
}

// The same computed a second time, line by line, for all needs, sizes and modes.
TEST_F(CompileRequestTest, TheTargetIsTheNeedAndTheHardPrerequisitesThatAreMissing) {
  const catalog::v1::Rulebook& rules = rulebook_->source;
  std::map<std::string, const catalog::v1::Need*> needs;
  for (const catalog::v1::Need& need : rules.needs()) needs[need.need_id()] = &need;
  int completed = 0;
  for (const catalog::v1::Need& need : rules.needs()) {
    for (const int staff : {0, 4, 30, 400}) {
      for (const bool has_first : {false, true}) {
        Asked asked(kQuickIntake);
        asked.profile.clear_budget();
        asked.profile.set_staff_count(staff);
        asked.needs[0].set_need_id(need.need_id());
        if (has_first && need.prerequisites_size() > 0) {
          asked.profile.add_met_need_ids(need.prerequisites(0).any_of(0));
        }
        const CompiledNeed compiled = CompileRequest(asked.Input(), *rulebook_)[0];
        for (const size_t m : {kDoIt, kHaveDone}) {
          const engine::Request& request = compiled.requests[m];
          const auto cost_of = [&](const catalog::v1::Need& priced) {
            const auto* cost = FindReferenceCost(priced, CostClassOf(asked.profile),
                                                 m == kDoIt ? engine::DeliveryMode::kDoItYourself
                                                            : engine::DeliveryMode::kHaveItDone);
            if (cost == nullptr) return int64_t{0};
            constexpr int64_t kCent = 10'000;
            const int64_t share =
                36 * (request.usage[cost->rate_metric()] / kCent * cost->rate_bp());
            return cost->one_off_micros() + 36 * cost->monthly_micros() + share;
          };
          int64_t expected = cost_of(need);
          for (int p = 0; p < need.prerequisites_size(); ++p) {
            const auto& any_of = need.prerequisites(p).any_of();
            if (!need.prerequisites(p).hard()) continue;
            const auto& met = asked.profile.met_need_ids();
            if (std::any_of(any_of.begin(), any_of.end(), [&](const std::string& id) {
                  return std::find(met.begin(), met.end(), id) != met.end();
                })) {
              continue;
            }
            expected += cost_of(*needs.at(any_of[0]));
            ++completed;
          }
          EXPECT_EQ(request.target_micros, std::max<int64_t>(expected, 1))
              << need.need_id() << ", " << staff << " persons, mode " << m;
        }
      }
    }
  }
  EXPECT_GT(completed, 50);
}

// What is not said of the months has no limit: it is not 0.
TEST_F(CompileRequestTest, ABudgetForTheStartAloneLimitsNothingElse) {
  for (const bool hard : {false, true}) {
    Asked asked(kQuickIntake);
    asked.profile.mutable_budget()->clear_monthly_max();
    asked.profile.mutable_budget()->set_hard(hard);
    const auto need = CompileRequest(asked.Input(), *rulebook_)[0];
    EXPECT_EQ(need.requests[kDoIt].target_micros, 5'600 * kEuro) << "the reference cost";
    EXPECT_EQ(need.target_sources[kDoIt], TargetSource::kReferenceCost);
    EXPECT_EQ(Fact(need, "request.budget_hard").value, hard ? 1 : 0);
    EXPECT_EQ(Fact(need, "request.first_year_max").value, engine::kUnlimited);
    EXPECT_EQ(Fact(need, "request.tco36_max").value, engine::kUnlimited);
  }
}

TEST_F(CompileRequestTest, AMonthlyBudgetAloneCoversTheStartToo) {
  for (const bool hard : {false, true}) {
    Asked asked(kQuickIntake);
    asked.profile.mutable_budget()->clear_one_off_max();
    asked.profile.mutable_budget()->set_hard(hard);
    const auto need = CompileRequest(asked.Input(), *rulebook_)[0];
    EXPECT_EQ(need.requests[kDoIt].target_micros, 36 * 80 * kEuro);
    EXPECT_EQ(need.target_sources[kDoIt], TargetSource::kFirmBudget);
    EXPECT_EQ(Fact(need, "request.first_year_max").value, 12 * 80 * kEuro);
    EXPECT_EQ(Fact(need, "request.tco36_max").value, 36 * 80 * kEuro);
  }
}

// Card payment: 15 a month and 1.5 % of the sales.
TEST_F(CompileRequestTest, ThePriceOfPaymentFollowsTheSalesTold) {
  const CompiledNeed need =
      Compile("profile { usage { metric: ONLINE_SALES_MONTH value: 10000000000 } }");
  const auto& request = need.requests[kDoIt];
  const auto& costs = request.added_costs;
  const auto payment = std::find_if(
      costs.begin(), costs.end(), [](const engine::AddedCost& cost) { return cost.rate_bp != 0; });
  ASSERT_NE(payment, costs.end());
  EXPECT_EQ(payment->monthly_micros, 15 * kEuro);
  EXPECT_EQ(payment->rate_bp, 150);
  EXPECT_EQ(payment->metric, type::ONLINE_SALES_MONTH);
  // 50 + 36 × (15 + 150).
  EXPECT_EQ(ReferenceCostOver36Months(rulebook_->source.needs(payment->need), 1,
                                      engine::DeliveryMode::kDoItYourself, request),
            5'990 * kEuro);
}

TEST_F(CompileRequestTest, ATargetIsNeverZero) {
  const CompiledNeed need =
      Compile("profile { budget { target_36_months { micros: 0 currency_code: 'EUR' } } }");
  EXPECT_EQ(need.requests[kDoIt].target_micros, 1);
}

TEST_F(CompileRequestTest, MissingPrerequisitesAreAddedOnce) {
  // Domain name and payment come with the shop; hosting and upkeep with software of one's own, for
  // which the domain name is not counted a second time.
  EXPECT_THAT(Added(Compile("")), ElementsAre("DOMAIN 0 0 2500m", "ONLINE_PAY 0 50 15000m 150",
                                              "HOSTING 2 0 10000m", "HOSTING 2 0 30000m"));
}

TEST_F(CompileRequestTest, WhatTheFirmHasIsNotAdded) {
  EXPECT_THAT(Added(Compile("profile { met_need_ids: 'DOMAIN' met_need_ids: 'HOSTING' }")),
              ElementsAre("ONLINE_PAY 0 50 15000m 150", "HOSTING 2 0 30000m"));
  // By the class of a tool, and by any of the alternatives.
  const CompiledNeed tools = Compile(
      "profile { existing_tools { tool_class: PSP } existing_tools { need_id: 'SHOWCASE' } }");
  EXPECT_THAT(Added(tools),
              ElementsAre("DOMAIN 2 0 2500m", "HOSTING 2 0 10000m", "HOSTING 2 0 30000m"));
  EXPECT_THAT(tools.prerequisites_met, ElementsAre(1, 1));
}

TEST_F(CompileRequestTest, TheNeedAskedAboutIsNeverAnAddition) {
  Asked asked(kQuickIntake);
  asked.needs[0].set_need_id("HOSTING");
  EXPECT_THAT(Added(CompileRequest(asked.Input(), *rulebook_)[0]),
              ElementsAre("DOMAIN 2 0 2500m", "HOSTING 2 0 30000m"));
}

TEST_F(CompileRequestTest, AssumesTheUsualVolumesOfTheSizeClass) {
  EXPECT_THAT(Assumed(Compile("profile { usage { metric: ORDERS_MONTH value: 33 } }")),
              UnorderedElementsAre(std::pair("PRODUCTS", 200),
                                   std::pair("ONLINE_SALES_MONTH", 4'000 * kEuro),
                                   std::pair("USERS", 2), std::pair("VISITS_MONTH", 4'000),
                                   std::pair("STORAGE_GB", 5), std::pair("HOURS_MONTH", 2)));
}

TEST_F(CompileRequestTest, KeepsTheVolumesToldAndMarksThoseThatLimitsAreComparedWith) {
  const CompiledNeed need = Compile(
      "profile { usage { metric: ORDERS_MONTH value: 33 } usage { metric: SMS_MONTH value: 9 } }");
  const engine::Request& request = need.requests[kDoIt];
  EXPECT_EQ(request.usage[type::ORDERS_MONTH], 33);
  EXPECT_TRUE(request.usage_told[type::ORDERS_MONTH]);
  EXPECT_EQ(request.usage[type::SMS_MONTH], 9);
  EXPECT_FALSE(request.usage_told[type::SMS_MONTH]) << "no capacity of a shop";
  EXPECT_FALSE(request.usage_told[type::PRODUCTS]) << "assumed, not told";
}

TEST_F(CompileRequestTest, DerivesPaySlipsAndBoundsUsersByTheStaff) {
  Asked asked(kQuickIntake);
  asked.profile.set_staff_count(7);
  asked.needs[0].set_need_id("HR");
  EXPECT_EQ(Assumed(CompileRequest(asked.Input(), *rulebook_)[0]).at("PAYSLIPS_MONTH"), 7);
  asked.profile.set_staff_count(1);
  asked.needs[0].set_need_id("OFFICE");
  EXPECT_EQ(Assumed(CompileRequest(asked.Input(), *rulebook_)[0]).at("USERS"), 2)
      << "the owner and one employee";
}

TEST_F(CompileRequestTest, TakesTheUsualFeaturesOnlyWhereNoneIsNamed) {
  const CompiledNeed none = Compile("");
  EXPECT_TRUE(none.usual_features_assumed);
  EXPECT_EQ(none.requests[kDoIt].must_features, 0u);
  // Of the shop: catalogue 0, variants 1, mobile_checkout 2, stock_levels 4, delivery_rates 5,
  // french_sales_law 8.
  EXPECT_EQ(none.requests[kDoIt].nice_features, 0b1'0011'0111u);

  Asked asked(kQuickIntake);
  asked.needs[0].add_must_features("click_collect");
  const auto named = CompileRequest(asked.Input(), *rulebook_)[0];
  EXPECT_FALSE(named.usual_features_assumed);
  EXPECT_EQ(named.requests[kDoIt].must_features, 1u << 6);
  EXPECT_EQ(named.requests[kDoIt].nice_features, 0u);
}

TEST_F(CompileRequestTest, SizeClassFollowsTheCountThenTheBand) {
  EXPECT_EQ(Fact(Compile(""), "request.size_class").value, 1);
  EXPECT_EQ(Fact(Compile("profile { staff_count: 0 }"), "request.size_class").value, 0);
  EXPECT_EQ(Fact(Compile("profile { staff_band: '22' }"), "request.size_class").value, 3);
  EXPECT_EQ(Fact(Compile("profile { staff_band: '41' }"), "request.size_class").value, 4);
  const CompiledNeed unknown = Compile("profile { staff_band: 'NN' }");
  EXPECT_FALSE(Fact(unknown, "request.size_class").known);
  EXPECT_TRUE(unknown.size_assumed);
}

TEST_F(CompileRequestTest, RegionFollowsTheDepartmentAndFrenchTheSilence) {
  const CompiledNeed need = Compile("");
  EXPECT_TRUE(Fact(need, "request.region").known);
  EXPECT_EQ(Fact(need, "request.region").value,
            Fact(Compile("profile { region_code: '84' }"), "request.region").value);
  EXPECT_NE(Fact(need, "request.region").value,
            Fact(Compile("profile { department_code: '974' }"), "request.region").value);
  EXPECT_TRUE(need.ui_language_assumed);
  EXPECT_FALSE(Compile("profile { ui_languages { codes: 'en' } }").ui_language_assumed);
}

TEST_F(CompileRequestTest, ReadsTradesOfTheOldNomenclatureOnly) {
  const auto trade = [&](const char* nomenclature, const char* code) {
    return Fact(Compile(absl::StrCat("profile { activity { nomenclature: ", nomenclature,
                                     " code: '", code, "' } }")),
                "request.activity");
  };
  const auto packed = [](uint16_t section, uint16_t division, uint16_t class_code) {
    return engine::PackActivity(
        {.section = section, .division = division, .class_code = class_code});
  };
  EXPECT_EQ(trade("NAF_REV2", "10.71C").value, packed(3, 10, 1071));
  EXPECT_EQ(trade("NAF_REV2", "1071C").value, packed(3, 10, 1071));
  EXPECT_EQ(trade("NAF_REV2", "86.90").value, packed(17, 86, 8690));
  EXPECT_EQ(trade("NAF_REV2", "01.1").value, packed(1, 1, 0));
  EXPECT_EQ(trade("NAF_REV2", "99").value, packed(21, 99, 0));
  // Its sections mean other things, and offerings name their trades in the old one.
  EXPECT_FALSE(trade("NAF_2025", "10.71Y").known);
}

TEST_F(CompileRequestTest, DataIsSensitiveOnceOneKindIsAndOrdinaryOnceNoneIs) {
  EXPECT_FALSE(Fact(Compile(""), "request.data_sensitive").known);
  EXPECT_EQ(Fact(Compile("profile { data { minors: true } }"), "request.data_sensitive").value, 1);
  EXPECT_FALSE(
      Fact(Compile("profile { data { health: false minors: false } }"), "request.data_sensitive")
          .known);
  const engine::RequestFact none =
      Fact(Compile("profile { data { health: false minors: false payment_cards: false "
                   "trade_secret: false } }"),
           "request.data_sensitive");
  EXPECT_TRUE(none.known);
  EXPECT_EQ(none.value, 0);
}

TEST_F(CompileRequestTest, CountsDaysToTheDeadline) {
  EXPECT_EQ(Fact(Compile(""), "request.has_deadline").value, 0);
  const CompiledNeed need = Compile("profile { deadline { year: 2026 month: 12 day: 23 } }");
  EXPECT_EQ(Fact(need, "request.has_deadline").value, 1);
  EXPECT_EQ(Fact(need, "request.days_to_deadline").value, 30);
}

// What the profile tells, and whether accessibility is required (-1: unknown).
struct Accessibility {
  const char* name;
  const char* text;
  int required;
};

class AccessibilityTest : public CompileRequestTest,
                          public ::testing::WithParamInterface<Accessibility> {};

TEST_P(AccessibilityTest, FollowsTheLaw) {
  const engine::RequestFact fact = Fact(Compile(GetParam().text), "request.accessibility_required");
  EXPECT_EQ(fact.known ? static_cast<int>(fact.value) : -1, GetParam().required);
}

INSTANTIATE_TEST_SUITE_P(
    Law, AccessibilityTest,
    ::testing::Values(
        Accessibility{"ToldYes", "profile { accessibility_required: true }", 1},
        Accessibility{"ToldNo", "profile { accessibility_required: false staff_band: '22' }", 0},
        Accessibility{"NothingTold", "", -1},
        Accessibility{"FirmsOnly", "profile { clientele: B2B staff_band: '22' }", 0},
        Accessibility{"MicroEnterprise",
                      "profile { clientele: B2C online_only: true turnover { micros: 2000000000000 "
                      "currency_code: 'EUR' } }",
                      0},
        Accessibility{"SmallStaffLargeTurnoverAndBalanceUnknown",
                      "profile { clientele: B2C online_only: true turnover { micros: 2000000000001 "
                      "currency_code: 'EUR' } }",
                      -1},
        Accessibility{"TenEmployeesSellingOnline",
                      "profile { clientele: B2C online_only: true staff_count: 10 }", 1},
        Accessibility{"TenEmployeesOnlineSalesTold",
                      "profile { clientele: MIXED staff_count: 10 usage { metric: "
                      "ONLINE_SALES_MONTH value: 1 } }",
                      1},
        Accessibility{"TenEmployeesChannelNotTold", "profile { clientele: B2C staff_count: 10 }",
                      -1}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace aplomb::decision
