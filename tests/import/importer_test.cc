#include "catalog/import/importer.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/civil_day.h"
#include "base/random.h"
#include "catalog/identifiers.h"
#include "catalog/import/mapping.h"
#include "catalog/import/pricing2yaml.h"
#include "catalog/import/publiccode.h"
#include "catalog/import/selfhosted.h"
#include "catalog/import/twofactor.h"
#include "catalog/import/validate.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"

namespace aplomb::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string TestData(absl::string_view file) {
  return testing::ReadFileOrFail(testing::SourcePath(absl::StrCat("tests/import/testdata/", file)));
}

Mapping MappingOf(absl::string_view file) {
  Mapping mapping;
  base::Issues issues;
  EXPECT_TRUE(ReadMapping(file, TestData(file), &mapping, &issues)) << issues.ToString();
  return mapping;
}

const v1::Offering* Find(const ImportContext& context, absl::string_view name) {
  for (const v1::Offering& offering : context.offerings()) {
    if (offering.name() == name) return &offering;
  }
  ADD_FAILURE() << "no " << name;
  return nullptr;
}

std::string LevelOf(const v1::Offering& offering, absl::string_view feature_id) {
  for (const v1::FeatureClaim& claim : offering.features()) {
    if (claim.feature_id() == feature_id) return v1::FeatureClaim::Level_Name(claim.level());
  }
  return "unknown";
}

class Pricing2YamlTest : public ::testing::Test {
 protected:
  Pricing2YamlTest() {
    base::Issues issues;
    report_ = ImportPricing2Yaml("pricings.json", TestData("pricings.json"),
                                 MappingOf("saas_mapping.yaml"), &context_, &issues);
    EXPECT_TRUE(issues.empty()) << issues.ToString();
  }

  base::FakeRandom random_{1};
  ImportContext context_{&random_, nullptr};
  ImportReport report_;
};

TEST_F(Pricing2YamlTest, EveryRecordIsAccountedFor) {
  std::vector<std::string> told;
  for (const ImportRecord& record : report_.records) {
    told.push_back(absl::StrCat(ImportOutcomeName(record.outcome), " ", record.reason));
  }
  EXPECT_THAT(told, ElementsAre("REFUSED HISTORY", "PARTIAL UNKNOWN_FACTS", "REFUSED NO_MAPPING",
                                "REFUSED INVALID_RECORD", "REFUSED INVALID_RECORD"));
  EXPECT_EQ(report_.Count(ImportOutcome::kImported) + report_.Count(ImportOutcome::kPartial) +
                report_.Count(ImportOutcome::kRefused),
            report_.records.size());
  EXPECT_THAT(report_.ToTable("fr"), HasSubstr("5 enregistrements lus : 0 importé, 1 partiel, "
                                               "4 refusés\n"));
  EXPECT_THAT(report_.ToJson(), HasSubstr("\"read\": 5, \"imported\": 0, \"partial\": 1"));
}

TEST_F(Pricing2YamlTest, AFreePlanCostsNothingAndAnUnknownPriceIsNotZero) {
  const v1::Offering* free = Find(context_, "members/atelier/offerings/atelier-free");
  ASSERT_NE(free, nullptr);
  EXPECT_TRUE(free->has_pricing());
  EXPECT_THAT(free->trial().free_tier(), true);
  for (const char* plan : {"enterprise", "site", "huge", "negative"}) {
    const v1::Offering* offering =
        Find(context_, absl::StrCat("members/atelier/offerings/atelier-", plan));
    ASSERT_NE(offering, nullptr);
    EXPECT_FALSE(offering->has_pricing()) << plan;
  }
}

TEST_F(Pricing2YamlTest, AReviewersReasonIsInTheLanguageOfTheReport) {
  Mapping mapping = MappingOf("saas_mapping.yaml");
  mapping.products[0].skip_plans["HUGE"].set_fr("trop grand");
  mapping.products[0].skip_plans["HUGE"].set_en("too large");
  base::FakeRandom random{1};
  ImportContext context{&random, nullptr};
  base::Issues issues;
  const ImportReport report =
      ImportPricing2Yaml("pricings.json", TestData("pricings.json"), mapping, &context, &issues);
  // Lines are broken at blanks.
  const auto told = [&report](const char* language) {
    return absl::StrJoin(
        absl::StrSplit(report.ToTable(language), absl::ByAnyChar(" \n"), absl::SkipEmpty()), " ");
  };
  EXPECT_THAT(told("fr"), HasSubstr("(HUGE : trop grand)"));
  EXPECT_THAT(told("en"), HasSubstr("(HUGE: too large)"));
  EXPECT_THAT(told("fr"), ::testing::Not(HasSubstr("too large")));
}

TEST_F(Pricing2YamlTest, APricedPlanKeepsCurrencyDateAndSource) {
  const v1::Offering* plan = Find(context_, "members/atelier/offerings/atelier-team-plus");
  ASSERT_NE(plan, nullptr);
  EXPECT_EQ(plan->title().fr(), "Atelier Team Plus");
  EXPECT_TRUE(IsUuid4(plan->uid()));
  const type::Pricing& pricing = plan->pricing();
  EXPECT_EQ(pricing.components(0).model(), type::PER_USER);
  EXPECT_EQ(pricing.components(0).amount().micros(), 12'500'000);
  EXPECT_EQ(pricing.components(0).amount().currency_code(), "USD");
  EXPECT_EQ(pricing.components(0).min_units(), 3);
  EXPECT_EQ(pricing.as_of().year(), 2026);
  EXPECT_EQ(pricing.as_of().month(), 6);
  EXPECT_EQ(pricing.source_url(), "https://atelier.example/2026");
}

// An old price gets younger by a reviewer's statement alone, and both days stay to be seen.
TEST_F(Pricing2YamlTest, PricesReadAgainCarryTheDayAndTheReviewer) {
  struct Row {
    const char* name;
    const char* read_on;
    const char* as_of;
    bool told;
  };
  for (const Row& row :
       {Row{"later", "2026-10-12", "2026-10-12", true},
        Row{"on the day of the tariff", "2026-06-01", "2026-06-01", false},
        Row{"earlier: the tariff's own day stays", "2026-03-01", "2026-06-01", false}}) {
    base::FakeRandom random(1);
    ImportContext context(&random, nullptr);
    base::Issues issues;
    const PricesRead read = {.day = *base::ParseDay(row.read_on), .reviewer = "Relecteur\nA"};
    const ImportReport report =
        ImportPricing2Yaml("pricings.json", TestData("pricings.json"),
                           MappingOf("saas_mapping.yaml"), &context, &issues, read);
    const v1::Offering* plan = Find(context, "members/atelier/offerings/atelier-team-plus");
    ASSERT_NE(plan, nullptr);
    const google::type::Date& as_of = plan->pricing().as_of();
    EXPECT_EQ(absl::StrFormat("%d-%02d-%02d", as_of.year(), as_of.month(), as_of.day()), row.as_of)
        << row.name;
    for (const type::PriceComponent& line : plan->pricing().components()) {
      EXPECT_EQ(
          line.label().fr(),
          row.told ? "Prix du 2026-06-01, relu et confirmé le 2026-10-12 par Relecteur A" : "")
          << row.name;
      EXPECT_EQ(line.label().en(),
                row.told
                    ? "Price of 2026-06-01, read again and confirmed on 2026-10-12 by Relecteur A"
                    : "")
          << row.name;
    }
    const auto claim =
        std::find_if(plan->claims().begin(), plan->claims().end(),
                     [](const type::Claim& one) { return one.field_path() == "pricing"; });
    ASSERT_NE(claim, plan->claims().end());
    EXPECT_EQ(claim->source(),
              row.told ? "Relecteur A, 2026-10-12; 2026-06-01, https://atelier.example/2026"
                       : "https://atelier.example/2026")
        << row.name;
    EXPECT_EQ(claim->as_of().month(), as_of.month()) << row.name;
    // Features were not read again.
    for (const type::Claim& one : plan->claims()) {
      if (one.field_path() != "pricing" && one.has_as_of()) {
        EXPECT_EQ(one.as_of().month(), 6) << one.field_path();
      }
    }
    EXPECT_FALSE(Find(context, "members/atelier/offerings/atelier-enterprise")->has_pricing());
    EXPECT_THAT(report.records[1].text_fr,
                HasSubstr(row.told ? "relu et confirmé le 2026-10-12" : "tarif lu le 2026-06-01"));
  }
}

TEST_F(Pricing2YamlTest, WhoIsInACollectionIsNoMember) {
  ASSERT_FALSE(context_.members().empty());
  for (const v1::Member& member : context_.members()) EXPECT_TRUE(member.listed_only());
}

TEST_F(Pricing2YamlTest, FeaturesAndLimitsComeThroughTheMapping) {
  const v1::Offering* plan = Find(context_, "members/atelier/offerings/atelier-team-plus");
  ASSERT_NE(plan, nullptr);
  EXPECT_EQ(LevelOf(*plan, "catalogue"), "FULL");
  EXPECT_EQ(LevelOf(*plan, "click_collect"), "FULL");
  EXPECT_EQ(LevelOf(*plan, "variants"), "OPTION_PAID");
  EXPECT_EQ(LevelOf(*plan, "returns"), "FULL");  // of the reviewer
  EXPECT_EQ(LevelOf(*plan, "discounts"), "unknown");
  EXPECT_EQ(plan->pricing().components(1).feature_ids(0), "ECOMMERCE.variants");
  EXPECT_TRUE(plan->security().mfa());
  EXPECT_FALSE(plan->support().has_phone());  // "Best effort" says neither yes nor no
  EXPECT_TRUE(plan->limits().users().unlimited());
  EXPECT_EQ(plan->limits().storage_gb().max(), 20);  // of 20,000 MB
  const v1::Offering* free = Find(context_, "members/atelier/offerings/atelier-free");
  EXPECT_EQ(LevelOf(*free, "click_collect"), "NONE");
  EXPECT_EQ(free->limits().users().max(), 1);
}

TEST_F(Pricing2YamlTest, TheSecondFactorIsJoinedByDomain) {
  base::Issues issues;
  for (v1::Offering& offering : *context_.mutable_offerings()) offering.clear_security();
  const ImportReport report = JoinTwoFactor("2fa", TestData("twofactor.json"), &context_, &issues);
  EXPECT_EQ(report.records.size(), 4u);
  EXPECT_EQ(report.Count(ImportOutcome::kImported), 1u);
  EXPECT_EQ(report.records[0].offerings.size(), context_.offerings().size());
  for (const v1::Offering& offering : context_.offerings()) {
    EXPECT_TRUE(offering.security().mfa());
    base::Issues found;
    ValidateOffering(offering, nullptr, &found);
    EXPECT_TRUE(found.empty()) << found.ToString();
  }
}

TEST_F(Pricing2YamlTest, AReviewersStatementStaysAgainstTheDirectory) {
  base::Issues issues;
  for (v1::Offering& offering : *context_.mutable_offerings()) {
    offering.mutable_security()->set_mfa(false);
  }
  const ImportReport report = JoinTwoFactor("2fa", TestData("twofactor.json"), &context_, &issues);
  EXPECT_EQ(report.records[0].outcome, ImportOutcome::kPartial);
  EXPECT_EQ(report.records[0].reason, "CONFLICT");
  EXPECT_FALSE(context_.offerings()[0].security().mfa());
}

TEST(SelfHostedTest, EveryRecordIsAccountedForAndWhatIsNotSaidStaysUnknown) {
  base::FakeRandom random(1);
  ImportContext context(&random, nullptr);
  base::Issues issues;
  const base::DayNumber day = *base::ParseDay("2026-08-21");
  const ImportReport report =
      ImportSelfHosted("list", TestData("selfhosted.json"), MappingOf("selfhosted_mapping.yaml"),
                       day, &context, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  std::map<std::string, std::string> told;
  for (const ImportRecord& record : report.records) {
    told[record.key] = absl::StrCat(ImportOutcomeName(record.outcome), " ", record.reason);
  }
  EXPECT_EQ(report.records.size(), 8u);
  EXPECT_EQ(told["Échoppe"], "IMPORTED OK");
  EXPECT_EQ(told["Young"], "PARTIAL UNKNOWN_FACTS");
  EXPECT_EQ(told["Closed"], "PARTIAL UNKNOWN_FACTS");
  EXPECT_EQ(told["Chess"], "REFUSED NO_NEED");
  EXPECT_EQ(told["Gone"], "REFUSED ARCHIVED");
  EXPECT_EQ(told["Turned"], "PARTIAL UNKNOWN_FACTS");
  EXPECT_EQ(report.records[7].reason, "INVALID_RECORD");

  const v1::Offering* shop = Find(context, "members/choppe/offerings/echoppe");
  ASSERT_NE(shop, nullptr);
  EXPECT_EQ(shop->kind(), v1::Offering::SOFTWARE_ONPREM);
  EXPECT_TRUE(shop->licence().free_software());
  EXPECT_TRUE(shop->has_pricing());
  EXPECT_THAT(shop->pricing().components(), IsEmpty());
  // A licence that costs nothing says nothing of other fees; the day is that of the list.
  EXPECT_EQ(shop->pricing().transparency(), type::PRICE_TRANSPARENCY_UNSPECIFIED);
  EXPECT_EQ(shop->pricing().as_of().month(), 8);
  EXPECT_EQ(shop->pricing().as_of().day(), 21);
  EXPECT_EQ(shop->development_status(), v1::Offering::STABLE);
  EXPECT_THAT(shop->external_ids(),
              ElementsAre("domain:echoppe.example", "awesome-selfhosted:Échoppe"));
  EXPECT_FALSE(shop->has_platforms());  // PHP is no platform of ours
  const v1::Offering* closed = Find(context, "members/closed/offerings/closed");
  ASSERT_NE(closed, nullptr);
  EXPECT_FALSE(closed->has_pricing());
  EXPECT_FALSE(closed->licence().free_software());
  const v1::Offering* young = Find(context, "members/young/offerings/young");
  ASSERT_NE(young, nullptr);
  EXPECT_EQ(young->development_status(), v1::Offering::BETA);
  EXPECT_EQ(young->landing_url(), "");  // plain http is not taken over
  EXPECT_EQ(Find(context, "members/candidate/offerings/candidate")->development_status(),
            v1::Offering::BETA);

  // The directory speaks of services that somebody runs, not of software on one's own machine.
  const ImportReport joined = JoinTwoFactor("2fa", TestData("twofactor.json"), &context, &issues);
  EXPECT_EQ(joined.Count(ImportOutcome::kImported), 0u);
}

TEST(PublicCodeTest, GivesAnOfferingOfTheNeedsOfItsCategories) {
  base::FakeRandom random(1);
  ImportContext context(&random, nullptr);
  base::Issues issues;
  const CategoryNeeds needs = {{"online-booking", {"BOOKING"}}};
  const ImportReport report = ImportPublicCode("publiccode.yml", TestData("publiccode.yml"), needs,
                                               *base::ParseDay("2026-11-02"), &context, &issues);
  ASSERT_EQ(report.records.size(), 1u);
  EXPECT_EQ(report.records[0].outcome, ImportOutcome::kPartial) << report.ToTable("en");
  const v1::Offering* offering = Find(context, "members/ville-de-test/offerings/guichet");
  ASSERT_NE(offering, nullptr);
  EXPECT_THAT(offering->need_ids(), ElementsAre("BOOKING"));
  EXPECT_THAT(offering->languages().ui().codes(), ElementsAre("fr", "en"));
  EXPECT_EQ(offering->generic_name().fr(), "Rendez-vous");
  EXPECT_EQ(offering->development_status(), v1::Offering::STABLE);
  EXPECT_EQ(offering->licence().spdx(), "EUPL-1.2");
  EXPECT_FALSE(offering->coverage().has_regions());
  EXPECT_TRUE(offering->has_pricing());
  EXPECT_EQ(offering->pricing().transparency(), type::PRICE_TRANSPARENCY_UNSPECIFIED);
}

TEST(PublicCodeTest, RefusesWhatItDoesNotKnowWithTheReason) {
  struct Row {
    std::string text;
    std::string reason;
  };
  for (const Row& row :
       {Row{"publiccodeYmlVersion: \"1.0\"\nname: a\nurl: b\n", "INVALID_RECORD"},
        Row{"publiccodeYmlVersion: \"0.2\"\nurl: b\n", "INVALID_RECORD"},
        Row{"publiccodeYmlVersion: \"0.3.0\"\nname: a\nurl: b\ncategories: [x]\n", "NO_NEED"},
        Row{"name: a\n", "INVALID_RECORD"}}) {
    base::FakeRandom random(1);
    ImportContext context(&random, nullptr);
    base::Issues issues;
    const ImportReport report =
        ImportPublicCode("p", row.text, {}, *base::ParseDay("2026-11-02"), &context, &issues);
    ASSERT_EQ(report.records.size(), 1u);
    EXPECT_EQ(report.records[0].reason, row.reason) << row.text;
    EXPECT_THAT(context.offerings(), IsEmpty());
  }
}

TEST(MappingTest, MistakesAreToldWithTheirPlace) {
  struct Row {
    std::string text;
    std::string reason;
  };
  for (const Row& row :
       {Row{"products: [{title: A, features: {x: ECOMMERCE}}]\nextra: 1", "UNKNOWN_FIELD"},
        Row{"products: [{title: A, features: {x: security.mfaa}}]", "UNKNOWN_FIELD_PATH"},
        Row{"products: [{title: A, facts: {kind: X}}]", "UNKNOWN_VALUE"},
        Row{"products: [{title: A}, {title: A}]", "DUPLICATE"},
        Row{"products: [{title: A, member: {id: A_B}}]", "MISSING"},
        Row{"products: [{title: A, limits: {x: beds}}]", "UNKNOWN_FIELD"},
        Row{"products: [{title: A, units: {x: {model: SETUP}}}]", "UNKNOWN_VALUE"},
        Row{"products: [{title: A, skip_plans: {X: {fr: ancien}}}]", "MISSING"},
        Row{"products: [{names: [B]}]", "MISSING"}, Row{"[1]", "NOT_A_MAP"}}) {
    Mapping mapping;
    base::Issues issues;
    EXPECT_FALSE(ReadMapping("m.yaml", row.text, &mapping, &issues)) << row.text;
    ASSERT_FALSE(issues.empty()) << row.text;
    EXPECT_EQ(issues.list()[0].reason, row.reason) << issues.ToString();
    EXPECT_THAT(issues.list()[0].text_en, HasSubstr("m.yaml:"));
  }
}

TEST(MappingTest, TheReviewersMappingsHaveNoMistake) {
  for (const char* file : {"saas.yaml", "selfhosted.yaml"}) {
    Mapping mapping;
    base::Issues issues;
    const std::string path = absl::StrCat("catalog/import/mappings/", file);
    EXPECT_TRUE(
        ReadMapping(path, testing::ReadFileOrFail(testing::SourcePath(path)), &mapping, &issues))
        << issues.ToString();
    EXPECT_GT(mapping.products.size(), 20u);
  }
}

TEST(ImporterTest, HelpersKeepToTheirBounds) {
  EXPECT_EQ(SlugOf("Content Management Systems (CMS)"), "content-management-systems-cms");
  for (const char* text : {"", "3CX", "éé", "---", "0 A.D."}) {
    EXPECT_TRUE(IsResourceId(SlugOf(text))) << text << " " << SlugOf(text);
  }
  EXPECT_TRUE(IsResourceId(SlugOf(std::string(500, 'a'))));
  EXPECT_EQ(HostOf("https://www.Example.com:8080/x"), "example.com");
  EXPECT_EQ(HostOf("example.com"), "");
  EXPECT_EQ(HostOf("https://user@example.com"), "");
  EXPECT_EQ(OneLine("  a\n b\tc ", 80), "a b c");
  EXPECT_EQ(OneLine("one two three", 9), "one two…");
  EXPECT_EQ(OneLine("ééééé", 3), "éé…");
}

// --- The report ----------------------------------------------------------------------------------

size_t WidthOf(absl::string_view line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned>(c) & 0xC0u) != 0x80u;
  }));
}

// Of each outcome several, with names and texts of any length.
ImportReport LongReport() {
  ImportReport report;
  report.source = absl::StrCat("/", std::string(150, 'd'), "/liste/a.json");
  const auto add = [&report](ImportOutcome outcome, const char* reason, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      ImportRecord record;
      record.key = absl::StrCat(reason, " n°", i, " ", std::string(i * 7, 'x'));
      record.outcome = outcome;
      record.reason = reason;
      record.text_fr = absl::StrCat("raison écrite en français, longue de ", i, " mots et ",
                                    std::string(i * 40, 'y'));
      record.text_en = record.text_fr;
      if (outcome != ImportOutcome::kRefused) record.unknown = {"languages.ui"};
      if (outcome == ImportOutcome::kPartial) record.unknown.push_back("pricing");
      report.records.push_back(record);
    }
  };
  add(ImportOutcome::kImported, "OK", 3);
  add(ImportOutcome::kPartial, "UNKNOWN_FACTS", 12);
  add(ImportOutcome::kRefused, "NO_NEED", 30);
  add(ImportOutcome::kRefused, "INVALID_RECORD", 25);
  add(ImportOutcome::kRefused, "HISTORY", 1);
  return report;
}

TEST(ReportTest, FitsTheScreenAndBeginsAndEndsWithTheTotals) {
  for (const char* language : {"fr", "en"}) {
    for (const bool all : {false, true}) {
      const std::string text = PrintReports({LongReport(), LongReport()}, language, all);
      const std::vector<std::string> lines = absl::StrSplit(text, '\n');
      for (const std::string& line : lines) EXPECT_LE(WidthOf(line), 100u) << line;
      const std::string total =
          language == std::string("fr")
              ? "Total : 142 enregistrements lus : 6 importés, 24 partiels, "
                "112 refusés"
              : "Total: 142 records read: 6 imported, 24 partial, 112 refused";
      EXPECT_EQ(lines.front(), total);
      EXPECT_EQ(lines[lines.size() - 2], total);
      EXPECT_THAT(text, HasSubstr("\nliste/a.json"));
    }
  }
}

TEST(ReportTest, TheSummaryCountsEveryRecordOnceAndNamesWhatIsMissing) {
  const std::string text = LongReport().ToSummary("en");
  size_t counted = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    int64_t count = 0;
    if (absl::StartsWith(line, "  ") && !absl::StartsWith(line, "   ") &&
        absl::SimpleAtoi(words[0], &count)) {
      counted += static_cast<size_t>(count);
    }
  }
  EXPECT_EQ(counted, LongReport().records.size());
  EXPECT_THAT(text, HasSubstr("12 partial, UNKNOWN_FACTS"));
  EXPECT_THAT(text, HasSubstr("Missed for ranking: pricing 12"));
  EXPECT_THAT(text, HasSubstr("and 22 more"));
  EXPECT_THAT(text, HasSubstr("1 refused, HISTORY: a newer tariff"));
  EXPECT_LT(std::count(text.begin(), text.end(), '\n'), 120);
}

TEST(ReportTest, EveryRecordStandsInTheTable) {
  const ImportReport report = LongReport();
  const std::string table = report.ToTable("fr");
  EXPECT_EQ(std::count(table.begin(), table.end(), '['),
            3 + 2 * 12);  // imported: not said; partial: what is missed, and not said
  for (const ImportRecord& record : report.records) {
    const std::string key = record.key.substr(0, record.key.find(" x"));
    EXPECT_THAT(table, HasSubstr(key));
  }
}

TEST(ReportTest, OneIsNotMany) {
  ImportReport report;
  report.source = "a.json";
  report.records.resize(1);
  report.records[0].outcome = ImportOutcome::kImported;
  report.records[0].reason = "OK";
  EXPECT_THAT(report.ToSummary("fr"),
              HasSubstr("a.json : 1 enregistrement lu : 1 importé, 0 partiel, 0 refusé\n"));
  EXPECT_THAT(report.ToSummary("en"),
              HasSubstr("a.json: 1 record read: 1 imported, 0 partial, 0 refused\n"));
}

TEST(ReportTest, AMistakeInJsonIsCalledSo) {
  for (const bool json : {false, true}) {
    YamlNode root;
    base::Issues issues;
    EXPECT_FALSE(ReadYaml(json ? "p.json" : "p.yaml", "[{\"a\": 1,\n", {}, &root, &issues));
    const std::string french = IssuesText(issues, true);
    EXPECT_EQ(french.find("syntaxe JSON") != std::string::npos, json) << french;
    EXPECT_EQ(french.find("syntaxe YAML") != std::string::npos, !json) << french;
  }
}

// Takes all of the collections these importers are made for; the data is not part of this tree.
TEST(RealDataTest, EveryRecordOfTheCollectionsIsAccountedFor) {
  const char* folder = std::getenv("APLOMB_DATA");
  if (folder == nullptr) GTEST_SKIP() << "skipped: APLOMB_DATA does not name the data folder";
  const auto read = [&](absl::string_view file) {
    return testing::ReadFileOrFail(absl::StrCat(folder, "/", file));
  };
  const auto mapping = [](absl::string_view file) {
    Mapping result;
    base::Issues issues;
    const std::string path = absl::StrCat("catalog/import/mappings/", file);
    ReadMapping(path, testing::ReadFileOrFail(testing::SourcePath(path)), &result, &issues);
    return result;
  };
  base::FakeRandom random(1);
  ImportContext context(&random, nullptr);
  base::Issues issues;
  const ImportReport saas = ImportPricing2Yaml("saas", read("saas-pricing/pricings.json"),
                                               mapping("saas.yaml"), &context, &issues);
  const ImportReport selfhosted = ImportSelfHosted(
      "selfhosted", read("awesome-selfhosted/merged.json"), mapping("selfhosted.yaml"),
      *base::ParseDay("2026-08-21"), &context, &issues);
  const ImportReport twofactor =
      JoinTwoFactor("2fa", read("2fa-directory/merged.json"), &context, &issues);
  EXPECT_TRUE(issues.empty()) << issues.ToString();
  EXPECT_EQ(saas.records.size(), 159u);
  EXPECT_EQ(selfhosted.records.size(), 1348u);
  EXPECT_EQ(twofactor.records.size(), 2566u);
  std::map<std::string, int> known_by_need;
  for (const v1::Offering& offering : context.offerings()) {
    base::Issues found;
    ValidateOffering(offering, nullptr, &found);
    EXPECT_TRUE(found.empty()) << offering.name() << " " << found.ToString();
    if (OutcomeOf(offering) != ImportOutcome::kImported) continue;
    for (const std::string& need : offering.need_ids()) ++known_by_need[need];
  }
  EXPECT_GE(known_by_need.size(), 20u);
  for (const ImportReport* report : {&saas, &selfhosted, &twofactor}) {
    for (const ImportRecord& record : report->records) {
      EXPECT_NE(record.reason, "INVALID_RECORD") << record.key << " " << record.text_en;
      EXPECT_FALSE(record.text_fr.empty()) << record.key;
      EXPECT_EQ(record.offerings.empty(), record.outcome == ImportOutcome::kRefused) << record.key;
    }
  }
}

}  // namespace
}  // namespace aplomb::catalog
