#include "decision/render.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "catalog/code_lists.h"
#include "decision/fact_labels.h"
#include "decision/fact_registry.h"
#include "decision/phrases.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using ::aplomb::testing::StatusIs;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Lt;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr int64_t kEuro = 1'000'000;

// --- Words ---------------------------------------------------------------------------------------

struct Printed {
  const char* name;
  std::string (*print)(Language);
  const char* fr;
  const char* en;
  const char* neutral;
};

class PrintTest : public ::testing::TestWithParam<Printed> {};

TEST_P(PrintTest, ReadsTheSameEverywhere) {
  EXPECT_EQ(GetParam().print(Language::kFr), GetParam().fr);
  EXPECT_EQ(GetParam().print(Language::kEn), GetParam().en);
  EXPECT_EQ(GetParam().print(Language::kNeutral), GetParam().neutral);
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, PrintTest,
    ::testing::Values(
        Printed{"Money", [](Language l) { return PrintMoney(1'234'500'000, l); },
                "1\u00A0234,50\u00A0€", "EUR\u00A01,234.50", "1234.50 EUR"},
        Printed{"NoMoney", [](Language l) { return PrintMoney(0, l); }, "0,00\u00A0€",
                "EUR\u00A00.00", "0.00 EUR"},
        Printed{"LessThanACent", [](Language l) { return PrintMoney(1'200, l); }, "0,0012\u00A0€",
                "EUR\u00A00.0012", "0.0012 EUR"},
        Printed{"NegativeMoney", [](Language l) { return PrintMoney(-1'234'567'010'000, l); },
                "-1\u00A0234\u00A0567,01\u00A0€", "EUR\u00A0-1,234,567.01", "-1234567.01 EUR"},
        Printed{"SmallestNumber", [](Language l) { return PrintCount(INT64_MIN, l); },
                "-9\u00A0223\u00A0372\u00A0036\u00A0854\u00A0775\u00A0808",
                "-9,223,372,036,854,775,808", "-9223372036854775808"},
        Printed{"BasisPoints", [](Language l) { return PrintPercent(9'990, l); }, "99,9\u00A0%",
                "99.9%", "99.9 %"},
        Printed{"WholePercent", [](Language l) { return PrintQuantity(85, "percent", l); },
                "85\u00A0%", "85%", "85 %"},
        Printed{"OneDay", [](Language l) { return PrintQuantity(1, "days", l); }, "1\u00A0jour",
                "1 day", "1 days"},
        Printed{"NoHour", [](Language l) { return PrintQuantity(0, "hours", l); }, "0\u00A0heure",
                "0 hours", "0 hours"},
        Printed{"TwelveMonths", [](Language l) { return PrintQuantity(12, "months", l); },
                "12\u00A0mois", "12 months", "12 months"},
        Printed{"NoLimit",
                [](Language l) { return PrintQuantity(engine::kUnlimited, "micros", l); },
                "sans limite", "no limit", "unlimited"},
        Printed{"Thousandths", [](Language l) { return PrintQuantity(1'250, "milli", l); }, "1,25",
                "1.25", "1.25"},
        Printed{"FirstOfTheMonth", [](Language l) { return PrintDay(20'697, l); },
                "1er\u00A0septembre\u00A02026", "1\u00A0September\u00A02026", "2026-09-01"},
        Printed{"Orders", [](Language l) { return PrintUsage(type::ORDERS_MONTH, 60, l); },
                "commandes par mois : 60", "orders per month: 60", "60"},
        Printed{"Sales",
                [](Language l) { return PrintUsage(type::ONLINE_SALES_MONTH, 4'000 * kEuro, l); },
                "ventes en ligne par mois : 4\u00A0000,00\u00A0€",
                "online sales per month: EUR\u00A04,000.00", "4000.00 EUR"},
        Printed{"Trade", [](Language l) { return PrintSectorFit(3, l); }, "même branche",
                "same branch", "3"}),
    [](const auto& row) { return row.param.name; });

TEST(PrintFactTest, ManyRegionsHaveOneName) {
  const FactInfo* regions = FactRegistry::Get().Find("offering.coverage.regions");
  ASSERT_NE(regions, nullptr);
  const auto mask = [](absl::string_view code) {
    return static_cast<int64_t>(catalog::MaskOfCode("regions", code).value_or(0));
  };
  struct Case {
    const char* name;
    int64_t regions;
    const char* fr;
    const char* en;
  };
  const Case cases[] = {
      {"one", mask("84"), "Auvergne-Rhône-Alpes", "Auvergne-Rhône-Alpes"},
      {"mainland", mask("FR-METRO"), "France métropolitaine", "mainland France"},
      {"mainland and one", mask("FR-METRO") | mask("04"), "France métropolitaine, La Réunion",
       "mainland France, Réunion"},
      {"all", mask("FR-ALL"), "toute la France, outre-mer compris",
       "all of France, overseas included"},
      {"none", 0, "aucun", "none"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(PrintFact(*regions, c.regions, RealRulebook()->source, Language::kFr), c.fr)
        << c.name;
    EXPECT_EQ(PrintFact(*regions, c.regions, RealRulebook()->source, Language::kEn), c.en)
        << c.name;
  }
  // Machines get every code.
  EXPECT_THAT(PrintFact(*regions, mask("FR-METRO"), RealRulebook()->source, Language::kNeutral),
              HasSubstr("84, "));
  // One mainland region less has no name of its own.
  EXPECT_THAT(
      PrintFact(*regions, mask("FR-METRO") & ~mask("84"), RealRulebook()->source, Language::kFr),
      Not(HasSubstr("métropolitaine")));
}

TEST(FillTest, FillsInOnePass) {
  EXPECT_EQ(Fill("{a} et {b}, {c}", {{"a", "{b}"}, {"b", "2"}}), "{b} et 2, {c}");
  EXPECT_EQ(Fill("{a", {{"a", "1"}}), "{a");
  EXPECT_EQ(Fill("", {{"a", "1"}}), "");
}

TEST(LabelsTest, EveryValueOfAnEnumThatIsAFactHasWords) {
  for (const auto& [name, info] : FactRegistry::Get().facts()) {
    if (info.enum_type == nullptr) continue;
    for (int i = 0; i < info.enum_type->value_count(); ++i) {
      const auto& value = *info.enum_type->value(i);
      if (value.number() == 0) continue;
      const bool brand = value.name() == "VISA" || value.name() == "MASTERCARD";
      if (brand) continue;
      EXPECT_NE(EnumLabel(*info.enum_type, value.number(), Language::kFr), value.name())
          << info.enum_type->full_name();
    }
  }
}

TEST(QuestionsTest, EveryFieldThatARuleMayWaitForHasAQuestion) {
  for (const auto& [name, info] : FactRegistry::Get().facts()) {
    if (info.side != FactSide::kRequest || info.always_known) continue;
    const std::string asked = info.sources.empty() ? info.name : info.sources.front();
    if (!absl::StartsWith(asked, "firm.")) continue;
    // A region is asked for by its department.
    if (asked == "firm.region_code") continue;
    EXPECT_THAT(QuestionText(absl::StripPrefix(asked, "firm.")).fr(), Not(IsEmpty())) << asked;
  }
  for (int metric = 1; metric < static_cast<int>(engine::kMetricCount); ++metric) {
    const std::string field =
        absl::StrCat("usage.", type::Metric_Name(static_cast<type::Metric>(metric)));
    EXPECT_THAT(QuestionText(field).fr(), Not(IsEmpty())) << field;
    EXPECT_THAT(QuestionText(field).en(), Not(IsEmpty())) << field;
  }
}

// --- Answers -------------------------------------------------------------------------------------

std::string Monthly(int euros) {
  return absl::StrCat("pricing { components { model: FLAT period: MONTH amount { micros: ", euros,
                      "000000 currency_code: 'EUR' } label { fr: 'Formule' en: 'Plan' } } }");
}

class RenderTest : public ::testing::Test {
 protected:
  RenderTest() {
    world_.Add("alpha", "bare", Monthly(30));
    world_.Add("beta", "bundle",
               absl::StrCat(Monthly(60),
                            "need_ids: 'DOMAIN' need_ids: 'ONLINE_PAY' "
                            "payment { psp_licence: ACPR methods { methods: CB } }"));
    world_.Add("gamma", "own", "kind: SOFTWARE_ONPREM pricing { }");
  }

  static const advisor::v1::Ranking& DoIt(const advisor::v1::Recommendation& answer) {
    return RankingOf(answer, 0, type::DO_IT_YOURSELF);
  }

  AnswerWorld world_;
  Asked quick_{kQuickIntake};
};

TEST_F(RenderTest, FiveFactsAreEnoughAndTheAnswerSaysWhatItAssumes) {
  const auto answer = world_.Answer(quick_);
  std::map<std::string, std::string> assumed;
  for (const auto& assumption : answer.assumptions()) {
    assumed[assumption.field()] = assumption.value();
    EXPECT_THAT(assumption.text().fr(), Not(IsEmpty()));
    EXPECT_THAT(assumption.text().en(), Not(IsEmpty()));
  }
  EXPECT_THAT(assumed,
              ElementsAre(Pair("needs.nice_features",
                               "catalogue, variants, mobile_checkout, stock_levels, "
                               "delivery_rates, french_sales_law"),
                          Pair("ui_languages", "fr"), Pair("usage.HOURS_MONTH", "2"),
                          Pair("usage.ONLINE_SALES_MONTH", "4000.00 EUR"),
                          Pair("usage.ORDERS_MONTH", "60"), Pair("usage.PRODUCTS", "200"),
                          Pair("usage.STORAGE_GB", "5"), Pair("usage.USERS", "2"),
                          Pair("usage.VISITS_MONTH", "4000"), Pair("yearly_growth_bp", "0")));
}

TEST_F(RenderTest, AFirmOfWhichNothingIsToldIsServed) {
  const auto answer = world_.Answer(Asked("needs { need_id: 'ECOMMERCE' }"));
  EXPECT_THAT(DoIt(answer).bands(), Not(IsEmpty()));
  std::map<std::string, std::string> assumed;
  for (const auto& assumption : answer.assumptions()) {
    assumed[assumption.field()] = assumption.value();
  }
  EXPECT_THAT(assumed, Contains(Pair("staff_count", "MICRO")));
  // 600 + 36 × 60.
  EXPECT_THAT(assumed, Contains(Pair("budget.target_36_months", "5600.00 EUR")));
}

TEST_F(RenderTest, QuestionsAreAskedByWeightThenField) {
  const auto answer = world_.Answer(quick_);
  ASSERT_GT(answer.questions_size(), 0);
  EXPECT_LE(answer.questions_size(), 10);
  for (int i = 1; i < answer.questions_size(); ++i) {
    const auto& before = answer.questions(i - 1);
    const auto& after = answer.questions(i);
    EXPECT_TRUE(before.weight_bp() > after.weight_bp() ||
                (before.weight_bp() == after.weight_bp() && before.field() < after.field()));
  }
  const auto& first = answer.questions(0);
  EXPECT_EQ(first.field(), "digital_skill");
  EXPECT_THAT(first.rule_ids(), ElementsAre("C04"));
  // G1 weighs 4083 bp when all groups have a criterion; with C04 four criteria share it: 1,021.
  EXPECT_EQ(first.weight_bp(), 1'021);
}

TEST_F(RenderTest, AnAnsweredQuestionIsNotAskedAgain) {
  const auto answer =
      world_.Answer(Asked(absl::StrCat(kQuickIntake, "profile { digital_skill: 1 }")));
  for (const auto& question : answer.questions()) EXPECT_NE(question.field(), "digital_skill");
}

TEST_F(RenderTest, ContributionsSumToTheScoreAndAreSentences) {
  const auto answer = world_.Answer(quick_);
  for (const auto& band : DoIt(answer).bands()) {
    for (const auto& offering : band.offerings()) {
      EXPECT_EQ(offering.contributions_size(), DoIt(answer).criteria_size());
      int64_t sum = 0;
      for (const auto& c : offering.contributions()) {
        sum += c.contribution();
        EXPECT_THAT(c.sentence().fr(), AllOf(Not(IsEmpty()), Not(HasSubstr("{"))));
        EXPECT_THAT(c.sentence().en(), AllOf(Not(IsEmpty()), Not(HasSubstr("{"))));
      }
      EXPECT_EQ(sum, offering.score());
    }
  }
  const auto* bundle = FindRanked(DoIt(answer), "bundle");
  ASSERT_NE(bundle, nullptr);
  std::map<std::string, std::string> sentences;
  for (const auto& c : bundle->contributions()) sentences[c.criterion_id()] = c.sentence().fr();
  EXPECT_EQ(sentences["C09"], "Engagement minimal : 1\u00A0mois.");
  // 2,160 of 3,380 euros: 63.9, rounded up.
  EXPECT_EQ(sentences["C06"], "Coût complet sur 36 mois : 64\u00A0% de la cible.");
  EXPECT_THAT(sentences["C10"], HasSubstr("tarif public, tous frais compris"));
}

TEST_F(RenderTest, CostLinesAreNamedAndSumToTheCost) {
  const auto answer = world_.Answer(quick_);
  const auto* own = FindRanked(DoIt(answer), "own");
  ASSERT_NE(own, nullptr);
  int64_t sum = 0;
  std::vector<std::string> lines;
  for (const auto& line : own->cost().lines()) {
    sum += line.tco36_micros();
    lines.push_back(absl::StrCat(line.model(), " ", line.prerequisite_need_id(), " ",
                                 line.tco36_micros() / kEuro));
  }
  EXPECT_EQ(sum, own->cost().tco36_micros());
  EXPECT_THAT(lines, ElementsAre("PREREQUISITE DOMAIN 90", "PREREQUISITE ONLINE_PAY 2750",
                                 "PREREQUISITE HOSTING 360", "UPKEEP HOSTING 1080"));
  const auto* bare = FindRanked(DoIt(answer), "bare");
  ASSERT_NE(bare, nullptr);
  EXPECT_EQ(bare->cost().lines(0).label().fr(), "Formule");
  EXPECT_EQ(bare->cost().lines(0).model(), "FLAT");
  EXPECT_EQ(bare->cost().price_as_of().month(), 10);
}

TEST_F(RenderTest, AnExclusionTellsObservedRequiredRemedyAndField) {
  world_.Add("delta", "overseas",
             absl::StrCat(Monthly(10), "coverage { regions { codes: '04' } }"));
  const auto answer = world_.Answer(quick_);
  const auto* out = FindUnranked(DoIt(answer), "overseas");
  ASSERT_NE(out, nullptr);
  ASSERT_THAT(out->findings(), SizeIs(1));
  const auto& finding = out->findings(0);
  EXPECT_EQ(finding.rule_id(), "H05");
  EXPECT_EQ(finding.reason_code(), "HORS_ZONE");
  EXPECT_EQ(finding.observed(), "04");
  EXPECT_EQ(finding.required(), "84");
  EXPECT_THAT(finding.sentence().fr(), HasSubstr("La Réunion"));
  EXPECT_THAT(finding.sentence().fr(), HasSubstr("Auvergne-Rhône-Alpes"));
  EXPECT_THAT(finding.remedy().fr(), Not(IsEmpty()));
  EXPECT_THAT(finding.fields(), ElementsAre("coverage.regions"));
  EXPECT_EQ(out->member(), "members/delta");
}

TEST_F(RenderTest, AMissingFeatureIsNamed) {
  quick_.needs[0].add_must_features("catalogue");
  quick_.needs[0].add_must_features("click_collect");
  world_.Add("delta", "without",
             absl::StrCat(Monthly(10),
                          "features { need_id: 'ECOMMERCE' feature_id: 'click_collect' level: "
                          "NONE }"));
  const auto answer = world_.Answer(quick_);
  const auto* out = FindUnranked(DoIt(answer), "without");
  ASSERT_NE(out, nullptr);
  EXPECT_EQ(out->findings(0).reason_code(), "FONCTION_MANQUANTE");
  EXPECT_THAT(out->findings(0).fields(), ElementsAre("features.ECOMMERCE.click_collect"));
  EXPECT_EQ(out->findings(0).observed(), "50 %");
  EXPECT_EQ(out->findings(0).required(), "100 %");
  const std::string label = [&] {
    for (const auto& need : world_.rulebook().source.needs()) {
      if (need.need_id() != "ECOMMERCE") continue;
      for (const auto& feature : need.features()) {
        if (feature.feature_id() == "click_collect") return feature.label().en();
      }
    }
    return std::string("no such feature");
  }();
  EXPECT_THAT(out->findings(0).sentence().en(),
              HasSubstr(absl::StrCat("cannot do without is missing: ", label, " (")));
  // The other shops do not say: to be confirmed, not excluded.
  const auto* silent = FindUnranked(DoIt(answer), "bare");
  ASSERT_NE(silent, nullptr);
  EXPECT_EQ(silent->findings(0).reason_code(), "A_DOCUMENTER");
}

TEST_F(RenderTest, AMissingPriceIsToBeDocumented) {
  world_.Add("delta", "no-price", "");
  auto entry = std::make_shared<catalog::OfferingEntry>(
      *world_.snapshot().offerings.at("members/delta/offerings/no-price"));
  entry->offering.clear_pricing();
  world_.snapshot().offerings["members/delta/offerings/no-price"] = entry;
  const auto answer = world_.Answer(quick_);
  ASSERT_THAT(DoIt(answer).to_confirm(), SizeIs(1));
  const auto& finding = DoIt(answer).to_confirm(0).findings(0);
  EXPECT_EQ(finding.rule_id(), "MIN");
  EXPECT_EQ(finding.reason_code(), "A_DOCUMENTER");
  EXPECT_THAT(finding.fields(), ElementsAre("pricing"));
}

TEST_F(RenderTest, AStalePriceIsNotCalledMissing) {
  world_.Add("delta", "old", Monthly(10));
  world_.Add("epsilon", "past", Monthly(10));
  const auto set_pricing = [&](const std::string& name, auto change) {
    auto entry = std::make_shared<catalog::OfferingEntry>(*world_.snapshot().offerings.at(name));
    change(*entry->offering.mutable_pricing());
    world_.snapshot().offerings[name] = entry;
  };
  set_pricing("members/delta/offerings/old",
              [](type::Pricing& pricing) { pricing.mutable_as_of()->set_year(2025); });
  set_pricing("members/epsilon/offerings/past", [](type::Pricing& pricing) {
    pricing.mutable_valid_to()->set_year(2026);
    pricing.mutable_valid_to()->set_month(11);
    pricing.mutable_valid_to()->set_day(22);
  });
  const auto answer = world_.Answer(quick_);
  const auto* old = FindUnranked(DoIt(answer), "old");
  ASSERT_NE(old, nullptr);
  const auto& finding = old->findings(0);
  EXPECT_EQ(finding.rule_id(), "MIN");
  EXPECT_EQ(finding.reason_code(), "PRIX_PERIME");
  EXPECT_EQ(finding.price_as_of().year(), 2025);
  EXPECT_EQ(finding.price_max_age_days(), 400);
  EXPECT_THAT(finding.sentence().fr(),
              AllOf(HasSubstr("1er\u00A0octobre\u00A02025"), HasSubstr("400\u00A0jours")));
  EXPECT_THAT(finding.fields(), ElementsAre("pricing"));
  const auto* past = FindUnranked(DoIt(answer), "past");
  ASSERT_NE(past, nullptr);
  EXPECT_EQ(past->findings(0).reason_code(), "PRIX_PERIME");
  EXPECT_THAT(past->findings(0).sentence().fr(), HasSubstr("22\u00A0novembre\u00A02026"));
}

TEST_F(RenderTest, ALadderSaysHowEachStepStands) {
  world_.Add("delta", "papers",
             absl::StrCat(Monthly(60),
                          "gdpr { dpa_available: true retention_documented: false } support { "
                          "email: true phone: false }"));
  const auto answer = world_.Answer(quick_);
  const auto* papers = FindRanked(DoIt(answer), "papers");
  ASSERT_NE(papers, nullptr);
  std::map<std::string, const advisor::v1::Contribution*> parts;
  for (const auto& c : papers->contributions()) parts[c.criterion_id()] = &c;
  EXPECT_EQ(parts["C26"]->sentence().fr(),
            "Pièces RGPD — contrat : oui ; sous-traitants : non documenté ; durées : non.");
  EXPECT_EQ(parts["C26"]->sentence().en(),
            "GDPR papers — contract: yes; sub-processors: not documented; retention: no.");
  ASSERT_EQ(parts["C26"]->steps_size(), 3);
  EXPECT_EQ(parts["C26"]->steps(0).outcome(), advisor::v1::StepOutcome::HELD);
  EXPECT_EQ(parts["C26"]->steps(0).points(), 4'000);
  EXPECT_EQ(parts["C26"]->steps(1).outcome(), advisor::v1::StepOutcome::NOT_SAID);
  EXPECT_EQ(parts["C26"]->steps(2).outcome(), advisor::v1::StepOutcome::REFUSED);
  // A table: the case that holds, and what is not said before it.
  EXPECT_EQ(parts["C13"]->sentence().fr(),
            "Assistance — courriel (non documenté : conversation en ligne).");
  // What holds adds up to what was measured, everywhere.
  for (const auto& band : DoIt(answer).bands()) {
    for (const auto& offering : band.offerings()) {
      for (const auto& c : offering.contributions()) {
        if (c.steps().empty() || c.state() != advisor::v1::Contribution::KNOWN) continue;
        int64_t sum = 0;
        int64_t first = -1;
        for (const auto& step : c.steps()) {
          if (step.outcome() != advisor::v1::StepOutcome::HELD) continue;
          sum += step.points();
          if (first < 0) first = step.points();
        }
        EXPECT_TRUE(c.observed() == sum || c.observed() == first) << c.criterion_id();
      }
    }
  }
}

TEST_F(RenderTest, NothingIsAskedThatTheFirmHasAnswered) {
  const auto answer = world_.Answer(
      Asked(absl::StrCat(kQuickIntake, "profile { data { health: false payment_cards: false } }")));
  std::vector<std::string> fields;
  for (const auto& question : answer.questions()) fields.push_back(question.field());
  for (const auto& dropped : DoIt(answer).dropped_criteria()) {
    for (const auto& field : dropped.firm_fields()) fields.push_back(field);
  }
  EXPECT_THAT(fields, Not(Contains("data.health")));
  EXPECT_THAT(fields, Not(Contains("data.payment_cards")));
  EXPECT_THAT(fields, Contains("data.minors")) << "what is left is asked";
}

TEST_F(RenderTest, AHardBudgetNamesTheFigureThatExceedsIt) {
  // 500 once and 20 a month: 740 in the first year, 1,220 over 36 months.
  constexpr char kBrings[] =
      "need_ids: 'DOMAIN' need_ids: 'ONLINE_PAY' payment { psp_licence: ACPR methods { methods: "
      "CB } }";
  world_.Add("delta", "start",
             absl::StrCat(kBrings,
                          "pricing { components { model: SETUP amount { micros: 1400000000 "
                          "currency_code: 'EUR' } } }"));
  world_.Add("epsilon", "long", absl::StrCat(kBrings, Monthly(110)));
  Asked asked(kQuickIntake);
  asked.profile.mutable_budget()->set_hard(true);
  asked.profile.mutable_budget()->mutable_monthly_max()->set_micros(70 * kEuro);
  const auto answer = world_.Answer(asked);
  // 500 + 12 × 70 = 1,340; 500 + 36 × 70 = 3,020.
  const auto* start = FindUnranked(DoIt(answer), "start");
  ASSERT_NE(start, nullptr);
  EXPECT_THAT(
      start->findings(0).sentence().fr(),
      AllOf(HasSubstr("première année"), HasSubstr("1\u00A0400,00"), HasSubstr("1\u00A0340,00")));
  const auto* longer = FindUnranked(DoIt(answer), "long");
  ASSERT_NE(longer, nullptr);
  EXPECT_THAT(
      longer->findings(0).sentence().fr(),
      AllOf(HasSubstr("sur 36 mois"), HasSubstr("3\u00A0960,00"), HasSubstr("3\u00A0020,00")));
}

TEST_F(RenderTest, AnOptionThatIsNotCountedIsNoLine) {
  world_.Add("delta", "options",
             "pricing { components { model: FLAT period: MONTH amount { micros: 60000000 "
             "currency_code: 'EUR' } } components { model: FLAT period: MONTH feature_ids: "
             "'click_collect' amount { micros: 9000000 currency_code: 'EUR' } label { fr: 'Option' "
             "en: 'Option' } } }");
  const auto answer = world_.Answer(quick_);
  const auto* offering = FindRanked(DoIt(answer), "options");
  ASSERT_NE(offering, nullptr);
  int64_t sum = 0;
  for (const auto& line : offering->cost().lines()) {
    EXPECT_NE(line.label().fr(), "Option");
    sum += line.tco36_micros();
  }
  EXPECT_EQ(sum, offering->cost().tco36_micros());
}

TEST_F(RenderTest, WhatCostsMoreThanTheTargetIsMarked) {
  const auto answer = world_.Answer(quick_);
  const auto* bare = FindRanked(DoIt(answer), "bare");
  const auto* bundle = FindRanked(DoIt(answer), "bundle");
  ASSERT_TRUE(bare != nullptr && bundle != nullptr);
  // 3,920 and 2,160 of 3,380.
  EXPECT_TRUE(bare->over_target());
  EXPECT_FALSE(bundle->over_target());
}

TEST_F(RenderTest, TheAllInCostHasThreeSeventhsOfItsGroup) {
  const auto answer = world_.Answer(quick_);
  std::map<std::string, int32_t> weights;
  for (const auto& criterion : DoIt(answer).criteria()) {
    if (criterion.group_id() == "G2") weights[criterion.criterion_id()] = criterion.weight_bp();
  }
  ASSERT_THAT(weights, SizeIs(5));
  EXPECT_NEAR(weights["C06"], 3 * weights["C07"], 2);
  EXPECT_NEAR(weights["C09"], weights["C07"], 1);
}

TEST_F(RenderTest, ARemedySpeaksInWordsAndTheFieldsHoldThePaths) {
  auto entry = std::make_shared<catalog::OfferingEntry>(
      *world_.snapshot().offerings.at("members/alpha/offerings/bare"));
  entry->offering.mutable_onboarding()->clear_days_to_live();
  world_.snapshot().offerings["members/alpha/offerings/bare"] = entry;
  const auto answer = world_.Answer(
      Asked(absl::StrCat(kQuickIntake, "profile { deadline { year: 2027 month: 3 day: 1 } }")));
  const auto* bare = FindUnranked(DoIt(answer), "bare");
  ASSERT_NE(bare, nullptr);
  EXPECT_EQ(bare->findings(0).remedy().fr(),
            "Documenter dans la fiche de l'offre : délai de mise en service.");
  EXPECT_THAT(bare->findings(0).fields(), ElementsAre("onboarding.days_to_live"));
}

TEST(FactLabelsTest, EveryFactOfAnOfferingThatARuleReadsHasWords) {
  for (const FactInfo* info : RealRulebook()->offering_slots) {
    EXPECT_TRUE(HasFactLabel(info->name)) << info->name;
  }
}

TEST_F(RenderTest, AMembersBestPlacedOfferingIsMarkedWhereItHasOthers) {
  world_.Add("beta", "second", Monthly(90));
  const auto answer = world_.Answer(quick_);
  EXPECT_TRUE(FindRanked(DoIt(answer), "bundle")->member_best());
  EXPECT_FALSE(FindRanked(DoIt(answer), "second")->member_best());
  EXPECT_FALSE(FindRanked(DoIt(answer), "bare")->member_best()) << "its only one";
}

TEST_F(RenderTest, TheFirmsWeightsStandBesideTheDefault) {
  const auto answer = world_.Answer(Asked(absl::StrCat(kQuickIntake, "weights { method: EQUAL }")));
  std::vector<std::string> weights;
  for (const auto& group : DoIt(answer).group_weights()) {
    weights.push_back(
        absl::StrCat(group.group_id(), " ", group.weight_bp(), " ", group.default_weight_bp()));
  }
  EXPECT_THAT(weights, ElementsAre("G1 1667 4083", "G2 1667 2417", "G3 1667 1583", "G4 1667 611",
                                   "G5 1666 1028", "G6 1666 278"));
}

TEST_F(RenderTest, PrerequisitesAreNoticedWithTheirCost) {
  const auto answer =
      world_.Answer(Asked(absl::StrCat(kQuickIntake, "profile { met_need_ids: 'SHOWCASE' }")));
  ASSERT_THAT(answer.results(0).prerequisites(), SizeIs(2));
  const auto& name = answer.results(0).prerequisites(0);
  EXPECT_THAT(name.need_ids(), ElementsAre("DOMAIN", "SHOWCASE"));
  EXPECT_TRUE(name.hard());
  EXPECT_TRUE(name.met_by_firm());
  EXPECT_FALSE(answer.results(0).prerequisites(1).met_by_firm());
  EXPECT_EQ(answer.results(0).prerequisites(1).reference_cost_micros(), 2'750 * kEuro);
}

TEST_F(RenderTest, APrerequisiteIsPricedInEachModeAsItIsAdded) {
  world_.Add("delta", "studio", absl::StrCat(Monthly(80), "delivery_mode: HAVE_IT_DONE"));
  const auto answer = world_.Answer(quick_);
  ASSERT_THAT(answer.results(0).rankings(), SizeIs(2));
  ASSERT_THAT(answer.results(0).prerequisites(), SizeIs(2));
  for (const auto& notice : answer.results(0).prerequisites()) {
    ASSERT_THAT(notice.costs(), SizeIs(2));
    EXPECT_NE(notice.costs(0).reference_cost_micros(), notice.costs(1).reference_cost_micros());
    EXPECT_EQ(notice.reference_cost_micros(), notice.costs(0).reference_cost_micros());
    for (int mode = 0; mode < 2; ++mode) {
      const auto& ranking = answer.results(0).rankings(mode);
      EXPECT_EQ(notice.costs(mode).delivery_mode(), ranking.delivery_mode());
      // What the notice says is what stands in the cost of an offering that lacks it.
      const auto* offering = FindRanked(ranking, mode == 0 ? "bare" : "studio");
      ASSERT_NE(offering, nullptr);
      bool found = false;
      for (const auto& line : offering->cost().lines()) {
        if (line.prerequisite_need_id() != notice.need_ids(0)) continue;
        EXPECT_EQ(line.tco36_micros(), notice.costs(mode).reference_cost_micros());
        found = true;
      }
      EXPECT_TRUE(found) << notice.need_ids(0);
    }
  }
}

TEST_F(RenderTest, AnUncheckedConstraintSaysWhatToAsk) {
  // No volumes are told: asked for are those that limits are compared with.
  const auto answer = world_.Answer(quick_);
  bool found = false;
  for (const auto& unchecked : answer.results(0).unchecked_constraints()) {
    EXPECT_THAT(unchecked.firm_fields(), Not(IsEmpty())) << unchecked.constraint_id();
    if (unchecked.constraint_id() != "H04") continue;
    EXPECT_THAT(unchecked.firm_fields(), Contains("usage.ORDERS_MONTH"));
    found = true;
  }
  EXPECT_TRUE(found);
}

TEST_F(RenderTest, KeepingAToolOfUnknownCostSaysToAsk) {
  const auto answer = world_.Answer(Asked(absl::StrCat(
      kQuickIntake, "profile { existing_tools { tool_class: SHOP adequate: true } }")));
  const auto& keep = answer.results(0).keep_existing();
  EXPECT_TRUE(keep.recommended());
  EXPECT_FALSE(keep.has_keep_cost_micros());
  EXPECT_FALSE(keep.has_leaving_cost_micros());
  EXPECT_EQ(keep.change_cost_micros(), 2'160 * kEuro);
  EXPECT_THAT(keep.text().fr(), HasSubstr("Demandez ce qu'il coûte chaque mois"));
  EXPECT_THAT(keep.text().fr(), HasSubstr("2\u00A0160,00\u00A0€"));
}

TEST_F(RenderTest, NobodyToldOfAToolNothingIsSaidOfKeeping) {
  EXPECT_FALSE(world_.Answer(quick_).results(0).has_keep_existing());
}

TEST_F(RenderTest, TheDisclosureCountsWhatIsCompared) {
  world_.Add("delta", "withdrawn", absl::StrCat(Monthly(10), "state: WITHDRAWN"));
  const auto answer = world_.Answer(quick_);
  EXPECT_EQ(answer.disclosure().offering_count(), 3);
  EXPECT_EQ(answer.disclosure().member_count(), 4);
  EXPECT_THAT(answer.disclosure().exhaustiveness().fr(),
              AllOf(HasSubstr("pas exhaustive"), HasSubstr("3 offres de 4 membres.")));
  EXPECT_THAT(answer.disclosure().remuneration().en(), HasSubstr("EUR 500 to EUR 3,000"));
  EXPECT_THAT(answer.disclosure().ranking_criterion().en(), HasSubstr("drawn by lot"));
  EXPECT_FALSE(answer.disclosure().has_fictional());
  EXPECT_EQ(answer.disclosure().catalog_update_time().seconds(), 1'795'000'000);
}

// Suppliers taken from public collections pay nothing, and are not called members.
TEST_F(RenderTest, TheDisclosureCallsNobodyAMemberWhoIsNone) {
  const auto list = [this](const char* member) { world_.SetListedOnly(member); };
  list("alpha");
  const auto some = world_.Answer(quick_).disclosure();
  EXPECT_EQ(some.member_count(), 2);
  EXPECT_THAT(some.exhaustiveness().fr(),
              HasSubstr("elle porte sur 3 offres publiées de 2 membres et de 1 fournisseur qui "
                        "n'est pas membre, d'après des sources publiques."));
  EXPECT_THAT(some.exhaustiveness().en(),
              HasSubstr("it covers 3 offerings of 2 members and of 1 supplier that is no member, "
                        "from public sources."));
  EXPECT_THAT(some.remuneration().fr(), AllOf(HasSubstr("500 à 3\u00A0000"),
                                              HasSubstr("ne sont pas membres et ne paient rien")));
  EXPECT_THAT(some.remuneration().en(), AllOf(HasSubstr("EUR 500 to EUR 3,000"),
                                              HasSubstr("are no members and pay nothing")));

  list("beta");
  list("gamma");
  const auto none = world_.Answer(quick_).disclosure();
  EXPECT_EQ(none.member_count(), 0);
  EXPECT_EQ(none.offering_count(), 3);
  EXPECT_THAT(none.exhaustiveness().fr(),
              HasSubstr("elle porte sur 3 offres publiées de 3 fournisseurs qui ne sont pas "
                        "membres, d'après des sources publiques."));
  EXPECT_THAT(none.exhaustiveness().en(),
              HasSubstr("it covers 3 offerings of 3 suppliers that are no members, from public"));
  EXPECT_THAT(none.remuneration().fr(),
              AllOf(HasSubstr("Aucun des fournisseurs comparés n'est membre"),
                    HasSubstr("Ils ne paient rien"), Not(HasSubstr("cotisation"))));
  EXPECT_THAT(none.remuneration().en(),
              AllOf(HasSubstr("None of the suppliers compared is a member"),
                    HasSubstr("They pay nothing"), Not(HasSubstr("fee"))));
}

TEST_F(RenderTest, AGapOfLevelsIsToldInWordsAndWithoutASign) {
  world_.Add("gap", "gap",
             std::string(R"pb(
               audience { skill_required: 2 }
               claims { field_path: "audience.skill_required" evidence: CHECKED }
             )pb") +
                 Monthly(30));
  std::set<int64_t> gaps;
  for (int skill = 0; skill <= 4; ++skill) {
    const auto answer =
        world_.Answer(Asked(absl::StrCat(kQuickIntake, "profile { digital_skill: ", skill, " }")));
    for (const auto& result : answer.results()) {
      for (const auto& ranking : result.rankings()) {
        for (const auto& band : ranking.bands()) {
          for (const auto& offering : band.offerings()) {
            for (const auto& c : offering.contributions()) {
              if (c.criterion_id() != "C04" || c.state() != advisor::v1::Contribution::KNOWN) {
                continue;
              }
              const int64_t x = c.observed();
              gaps.insert(x);
              const std::string size = absl::StrCat(x < 0 ? -x : x);
              const bool one = x == 1 || x == -1;
              EXPECT_THAT(c.sentence().fr(),
                          EndsWith(x == 0 ? " : aucun."
                                          : absl::StrCat(" : ", size, one ? " cran" : " crans",
                                                         x < 0 ? " de moins." : " de plus.")));
              EXPECT_THAT(c.sentence().en(),
                          EndsWith(x == 0 ? ": none."
                                          : absl::StrCat(": ", size, one ? " step" : " steps",
                                                         x < 0 ? " less." : " more.")));
            }
          }
        }
      }
    }
  }
  EXPECT_THAT(gaps, AllOf(Contains(Lt(0)), Contains(Gt(0)), Contains(0)));
}

// --- What the law asks ---------------------------------------------------------------------------

struct Notice {
  const char* name;
  const char* text;
  int32_t day;
  std::vector<std::string> notices;  // need and status
};

class NoticeTest : public RenderTest, public ::testing::WithParamInterface<Notice> {};

TEST_P(NoticeTest, FollowsWhatTheFirmToldAndTheDay) {
  const auto answer =
      world_.Answer(Asked(absl::StrCat(kQuickIntake, GetParam().text)), GetParam().day);
  std::vector<std::string> notices;
  for (const auto& notice : answer.legal_notices()) {
    notices.push_back(absl::StrCat(notice.need_id(), " ",
                                   advisor::v1::LegalNotice::Status_Name(notice.status())));
    EXPECT_THAT(notice.text().fr(), Not(IsEmpty()));
    EXPECT_THAT(notice.text().en(), Not(IsEmpty()));
    // The law is told with the day that was applied, whichever of its entries names it.
    EXPECT_EQ(notice.legal_reference().valid_from().DebugString(), notice.due_date().DebugString());
    EXPECT_TRUE(notice.has_due_date());
  }
  EXPECT_EQ(notices, GetParam().notices);
}

constexpr int32_t kBeforeReception = 20'696;  // 2026-08-31
constexpr int32_t kIssueDay = 21'062;         // 2027-09-01

INSTANTIATE_TEST_SUITE_P(
    Law, NoticeTest,
    ::testing::Values(
        Notice{"NothingTold", "", kToday, {"EINV_RECV TO_ASK", "EINV_EMIT UPCOMING"}},
        Notice{"NotLiable", "profile { vat_regime: NOT_LIABLE }", kToday, {}},
        Notice{"NoPlatform",
               "profile { vat_regime: FRANCHISE_BASE einvoicing { platform_chosen: false } }",
               kToday,
               {"EINV_RECV DUE", "EINV_EMIT UPCOMING"}},
        Notice{"NoPlatformVatNotTold",
               "profile { einvoicing { platform_chosen: false } }",
               kToday,
               {"EINV_RECV TO_ASK", "EINV_EMIT UPCOMING"}},
        Notice{"PlatformChosen",
               "profile { einvoicing { platform_chosen: true } }",
               kToday,
               {"EINV_RECV MET", "EINV_EMIT UPCOMING"}},
        Notice{"PlatformAmongTheTools",
               "profile { existing_tools { tool_class: PA } }",
               kToday,
               {"EINV_RECV MET", "EINV_EMIT UPCOMING"}},
        Notice{"DayBefore",
               "profile { vat_regime: REAL_NORMAL }",
               kBeforeReception,
               {"EINV_RECV UPCOMING", "EINV_EMIT UPCOMING"}},
        Notice{"IssuingNotTold",
               "profile { vat_regime: REAL_NORMAL }",
               kIssueDay,
               {"EINV_RECV TO_ASK", "EINV_EMIT TO_ASK"}},
        Notice{"IssuingNotDone",
               "profile { vat_regime: REAL_NORMAL einvoicing { issues_already: false } }",
               kIssueDay,
               {"EINV_RECV TO_ASK", "EINV_EMIT DUE"}},
        Notice{"IssuingAlready",
               "profile { vat_regime: REAL_NORMAL einvoicing { issues_already: true } }",
               kToday,
               {"EINV_RECV TO_ASK", "EINV_EMIT MET"}},
        Notice{"LargeFirmHadToIssueAlready",
               "profile { vat_regime: REAL_NORMAL staff_band: '32' einvoicing { issues_already: "
               "false } }",
               kToday,
               {"EINV_RECV TO_ASK", "EINV_EMIT DUE"}}),
    [](const auto& row) { return row.param.name; });

// Three hundred employees and 90 million of turnover: issuing began a year before it does for
// small firms, and the law behind it is told with that day.
TEST_F(RenderTest, TheLawOfALargeFirmIsInForceFromTheDayThatIsItsOwn) {
  const auto issue = [&](const char* more) {
    const auto answer = world_.Answer(
        Asked(absl::StrCat(kQuickIntake, "profile { vat_regime: REAL_NORMAL ", more, " }")),
        kToday);
    EXPECT_EQ(answer.legal_notices_size(), 2);
    return answer.legal_notices(1);
  };
  const auto large = issue(
      "staff_band: '32' staff_count: 300 turnover { micros: 90000000000000 currency_code: 'EUR' }");
  EXPECT_EQ(large.legal_basis_id(), "einvoicing_issue_2027");
  EXPECT_EQ(large.legal_reference().valid_from().year(), 2026);
  EXPECT_EQ(large.due_date().year(), 2026);
  const auto small = issue("staff_count: 4 turnover { micros: 400000000000 currency_code: 'EUR' }");
  EXPECT_EQ(small.legal_reference().valid_from().year(), 2027);
  EXPECT_EQ(small.due_date().year(), 2027);
}

TEST_F(RenderTest, WithoutALawTableNothingIsSaidOfTheLaw) {
  world_.snapshot().law_table = nullptr;
  EXPECT_THAT(world_.Answer(quick_).legal_notices(), IsEmpty());
}

// --- Damaged records -----------------------------------------------------------------------------

struct Damage {
  const char* name;
  void (*spoil)(DecisionRecord&);
  const char* says;
};

class DamageTest : public RenderTest, public ::testing::WithParamInterface<Damage> {};

TEST_P(DamageTest, IsRefused) {
  DecisionRecord record = world_.Decide(quick_);
  GetParam().spoil(record);
  advisor::v1::Recommendation answer;
  EXPECT_THAT(RenderRecord(record, quick_.Input(), world_.snapshot(), world_.rulebook(), answer),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().says)));
}

RecordedRanking& First(DecisionRecord& record) { return record.needs[0].rankings[0]; }

// The record's mark says that an edge of bands is near; what is shown says that somebody stands
// across it.
TEST_F(RenderTest, MarksOnlyNeighboursThatAreHardlyApart) {
  const int64_t width = world_.rulebook().rules.band_width;
  const int64_t step = engine::EdgeStep(width);
  struct {
    const char* name;
    int64_t upper, lower;
    bool marked;
  } const rows[] = {{"across the edge", 60 * width + step - 1, 60 * width - step, true},
                    {"the upper one too far", 60 * width + step, 60 * width - 1, false},
                    {"the lower one too far", 60 * width, 60 * width - step - 1, false},
                    {"a band between them", 60 * width, 59 * width - 1, false},
                    {"one band", 60 * width + 1, 60 * width, false}};
  for (const auto& row : rows) {
    DecisionRecord record = world_.Decide(quick_);
    RecordedRanking& ranking = First(record);
    ASSERT_GE(ranking.ranked.size(), 2u);
    ranking.ranked.resize(2);
    const int64_t scores[] = {row.upper, row.lower};
    for (size_t i = 0; i < 2; ++i) {
      ranking.ranked[i].score = scores[i];
      ranking.ranked[i].band = scores[i] / width;
      ranking.ranked[i].rank = i == 0 || ranking.ranked[1].band == ranking.ranked[0].band ? 1 : 2;
      ranking.ranked[i].close_to_next_band = true;
    }
    advisor::v1::Recommendation answer;
    ASSERT_OK(RenderRecord(record, quick_.Input(), world_.snapshot(), world_.rulebook(), answer));
    for (const auto& band : answer.results(0).rankings(0).bands()) {
      for (const auto& offering : band.offerings()) {
        EXPECT_EQ(offering.close_to_next_band(), row.marked) << row.name;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Records, DamageTest,
    ::testing::Values(
        Damage{"AnotherRulebook", [](DecisionRecord& r) { r.rulebook_digest[0] ^= 1; },
               "another rulebook"},
        Damage{"AnotherRequest", [](DecisionRecord& r) { r.request_digest[0] ^= 1; },
               "another request"},
        Damage{"AnotherDay", [](DecisionRecord& r) { ++r.as_of_day; }, "another request"},
        Damage{"OtherWeights", [](DecisionRecord& r) { ++r.group_shares[0]; }, "other weights"},
        Damage{"AnotherNeed", [](DecisionRecord& r) { r.needs[0].need_id = "POS"; }, "need POS"},
        Damage{"NoNeed", [](DecisionRecord& r) { r.needs.clear(); }, "number of needs"},
        Damage{"UnknownOffering", [](DecisionRecord& r) { First(r).ranked[0].offering[0] ^= 1; },
               "unknown offering"},
        Damage{"NoSuchCriterion", [](DecisionRecord& r) { First(r).criteria[0].criterion = 63; },
               "criterion"},
        Damage{"NoSuchFact", [](DecisionRecord& r) { First(r).dropped[0].request_slots = {1'000}; },
               "fact"},
        Damage{"NoSuchTool", [](DecisionRecord& r) { r.needs[0].keep.tool_index = 3; }, "tool"},
        Damage{"OtherPrerequisites",
               [](DecisionRecord& r) { r.needs[0].prerequisites_met.clear(); }, "prerequisites"}),
    [](const auto& row) { return row.param.name; });

TEST_F(RenderTest, NoFlippedBitOfARecordCrashes) {
  world_.Add("delta", "overseas",
             absl::StrCat(Monthly(10), "coverage { regions { codes: '04' } }"));
  const std::string bytes = EncodeRecord(world_.Decide(quick_));
  int refused = 0;
  // Every fifth bit: all kinds of fields are met.
  for (size_t bit = 0; bit < 8 * bytes.size(); bit += 5) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto record = DecodeRecord(flipped);
    if (!record.ok()) continue;
    advisor::v1::Recommendation answer;
    if (!RenderRecord(*record, quick_.Input(), world_.snapshot(), world_.rulebook(), answer).ok()) {
      ++refused;
    }
    ASSERT_TRUE(answer.IsInitialized());
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace aplomb::decision
