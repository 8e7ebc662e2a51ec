#include "catalog/import/validate.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/law.pb.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::catalog {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using v1::Member;
using v1::Offering;

const NeedVocabulary& Needs() {
  static const auto* const kNeeds = new NeedVocabulary{{"ECOMMERCE", {"variants", "click_collect"}},
                                                       {"SHOWCASE", {"own_domain"}}};
  return *kNeeds;
}

Offering ValidOffering() {
  Offering offering;
  offering.set_name("members/atelier-nord/offerings/boutique");
  offering.set_uid("0f8fad5b-d9cb-469f-a165-70867728950e");
  offering.mutable_title()->set_fr("Boutique");
  offering.mutable_title()->set_en("Shop");
  offering.set_kind(Offering::SOFTWARE_SAAS);
  offering.add_need_ids("ECOMMERCE");
  v1::FeatureClaim* feature = offering.add_features();
  feature->set_need_id("ECOMMERCE");
  feature->set_feature_id("variants");
  feature->set_level(v1::FeatureClaim::FULL);
  type::PriceComponent* component = offering.mutable_pricing()->add_components();
  component->set_model(type::FLAT);
  component->mutable_amount()->set_micros(29'000'000);
  component->mutable_amount()->set_currency_code("EUR");
  component->set_period(type::MONTH);
  return offering;
}

Member ValidMember() {
  Member member;
  member.set_name("members/atelier-nord");
  member.set_uid("0f8fad5b-d9cb-469f-a165-70867728950e");
  member.set_ownership_group_uid("1f8fad5b-d9cb-469f-a165-70867728950e");
  member.set_display_name("Atelier Nord");
  member.set_country_code("FR");
  member.set_kind(Member::PUBLISHER);
  member.set_state(Member::ACTIVE);
  return member;
}

std::vector<std::string> Told(const base::Issues& issues) {
  std::vector<std::string> told;
  for (const base::Issue& issue : issues.list()) {
    EXPECT_FALSE(issue.text_fr.empty());
    EXPECT_FALSE(issue.text_en.empty());
    told.push_back(absl::StrCat(issue.field, " ", issue.reason));
  }
  return told;
}

struct OfferingCase {
  std::string name;
  std::function<void(Offering*)> change;
  std::vector<std::string> told;  // "field REASON"; none: stays valid
};

class ValidateOfferingTest : public ::testing::TestWithParam<OfferingCase> {};

TEST_P(ValidateOfferingTest, TellsExactlyWhatIsWrong) {
  Offering offering = ValidOffering();
  GetParam().change(&offering);
  base::Issues issues;
  ValidateOffering(offering, &Needs(), &issues);
  EXPECT_THAT(Told(issues), ::testing::UnorderedElementsAreArray(GetParam().told))
      << issues.ToString();
}

type::PriceComponent* Price(Offering* offering) {
  return offering->mutable_pricing()->mutable_components(0);
}

void MakeTiers(Offering* offering, const std::vector<int64_t>& bounds, bool last_open) {
  type::PriceComponent* component = Price(offering);
  component->clear_amount();
  component->set_model(type::TIERED);
  component->set_metric(type::ORDERS_MONTH);
  for (const int64_t bound : bounds) component->add_tiers()->set_up_to(bound);
  if (last_open) component->add_tiers();
  for (type::PriceTier& tier : *component->mutable_tiers()) {
    tier.mutable_flat()->set_currency_code("EUR");
  }
}

const char kPrice[] = "pricing.components[0]";

INSTANTIATE_TEST_SUITE_P(
    Fields, ValidateOfferingTest,
    ::testing::Values(
        OfferingCase{"ValidAsItIs", [](Offering*) {}, {}},
        OfferingCase{"Nothing",
                     [](Offering* o) { o->Clear(); },
                     {"name INVALID_NAME", "uid INVALID_UUID", "title MISSING", "kind MISSING",
                      "need_ids MISSING"}},
        // Identity.
        OfferingCase{"Name",
                     [](Offering* o) { o->set_name("members/A/offerings/b"); },
                     {"name INVALID_NAME"}},
        OfferingCase{"Uid", [](Offering* o) { o->set_uid("x"); }, {"uid INVALID_UUID"}},
        OfferingCase{"Url",
                     [](Offering* o) { o->set_landing_url("http://a.fr"); },
                     {"landing_url INVALID_URL"}},
        // Texts.
        OfferingCase{"TitleInOneLanguage",
                     [](Offering* o) { o->mutable_title()->clear_en(); },
                     {"title.en MISSING"}},
        OfferingCase{"LongTitle",
                     [](Offering* o) { o->mutable_title()->set_fr(std::string(81, 'x')); },
                     {"title.fr TEXT_TOO_LONG"}},
        OfferingCase{"EightyLettersWithAccents",
                     [](Offering* o) {
                       std::string text;
                       for (int i = 0; i < 80; ++i) text += "é";
                       o->mutable_title()->set_fr(text);
                     },
                     {}},
        OfferingCase{"TenMegabytes",
                     [](Offering* o) {
                       o->mutable_long_description()->set_fr(std::string(10'000'000, 'x'));
                       o->mutable_long_description()->set_en("x");
                     },
                     {"long_description.fr TEXT_TOO_LONG"}},
        OfferingCase{"DirectionMark",
                     [](Offering* o) {
                       o->mutable_title()->set_fr(
                           "a\xE2\x80\xAE"
                           "b");
                     },
                     {"title.fr HIDDEN_CHARACTER"}},
        OfferingCase{"Nul",
                     [](Offering* o) { o->mutable_title()->set_fr(std::string("a\0b", 3)); },
                     {"title.fr HIDDEN_CHARACTER"}},
        // Needs and features.
        OfferingCase{"UnknownNeed",
                     [](Offering* o) { o->add_need_ids("YACHT"); },
                     {"need_ids[1] UNKNOWN_NEED"}},
        OfferingCase{"NeedTwice",
                     [](Offering* o) { o->add_need_ids("ECOMMERCE"); },
                     {"need_ids[1] DUPLICATE"}},
        OfferingCase{"ThirteenNeeds",
                     [](Offering* o) {
                       o->clear_need_ids();
                       o->clear_features();
                       for (int i = 0; i < 13; ++i) o->add_need_ids("SHOWCASE");
                     },
                     {"need_ids TOO_MANY", "need_ids[1] DUPLICATE", "need_ids[2] DUPLICATE",
                      "need_ids[3] DUPLICATE", "need_ids[4] DUPLICATE", "need_ids[5] DUPLICATE",
                      "need_ids[6] DUPLICATE", "need_ids[7] DUPLICATE", "need_ids[8] DUPLICATE",
                      "need_ids[9] DUPLICATE", "need_ids[10] DUPLICATE", "need_ids[11] DUPLICATE",
                      "need_ids[12] DUPLICATE"}},
        OfferingCase{"UnknownFeature",
                     [](Offering* o) { o->mutable_features(0)->set_feature_id("sails"); },
                     {"features.ECOMMERCE.sails UNKNOWN_FEATURE"}},
        OfferingCase{"FeatureOfANeedNotMet",
                     [](Offering* o) {
                       o->mutable_features(0)->set_need_id("SHOWCASE");
                       o->mutable_features(0)->set_feature_id("own_domain");
                     },
                     {"features.SHOWCASE.own_domain UNKNOWN_NEED"}},
        OfferingCase{"FeatureTwice",
                     [](Offering* o) { *o->add_features() = o->features(0); },
                     {"features.ECOMMERCE.variants DUPLICATE"}},
        // Codes and enums.
        OfferingCase{"RegionGroups",
                     [](Offering* o) {
                       o->mutable_coverage()->mutable_regions()->add_codes("FR-METRO");
                       o->mutable_coverage()->mutable_regions()->add_codes("04");
                     },
                     {}},
        OfferingCase{
            "UnknownRegion",
            [](Offering* o) { o->mutable_coverage()->mutable_regions()->add_codes("974"); },
            {"coverage.regions[0] UNKNOWN_CODE"}},
        OfferingCase{
            "UnknownCountry",
            [](Offering* o) { o->mutable_hosting()->mutable_locations()->add_codes("QQ"); },
            {"hosting.locations[0] UNKNOWN_CODE"}},
        OfferingCase{"UnknownEnumNumber",
                     [](Offering* o) {
                       o->mutable_support()->set_hours(static_cast<v1::Support::Hours>(77));
                     },
                     {"support.hours UNKNOWN_VALUE"}},
        OfferingCase{"UnspecifiedInAList",
                     [](Offering* o) {
                       o->mutable_integrations()->add_tool_classes(type::TOOL_CLASS_UNSPECIFIED);
                     },
                     {"integrations[0] UNKNOWN_VALUE"}},
        OfferingCase{"CertificateWithoutScheme",
                     [](Offering* o) { o->mutable_certificates()->add_certificates(); },
                     {"certificates[0].scheme MISSING"}},
        // Numbers.
        OfferingCase{"NegativeMonths",
                     [](Offering* o) { o->mutable_commitment()->set_min_months(-1); },
                     {"commitment.min_months OUT_OF_RANGE"}},
        OfferingCase{"MoreThanAllTheTime",
                     [](Offering* o) { o->mutable_service_level()->set_availability_bp(10'001); },
                     {"service_level.availability_bp OUT_OF_RANGE"}},
        OfferingCase{"NegativeLimit",
                     [](Offering* o) { o->mutable_limits()->mutable_users()->set_max(-5); },
                     {"limits.users OUT_OF_RANGE"}},
        OfferingCase{"EmptyLimit",
                     [](Offering* o) { o->mutable_limits()->mutable_users(); },
                     {"limits.users EMPTY_LIMIT"}},
        OfferingCase{
            "FalseUnlimited",
            [](Offering* o) { o->mutable_limits()->mutable_users()->set_unlimited(false); },
            {"limits.users EMPTY_LIMIT"}},
        OfferingCase{"StaffBackwards",
                     [](Offering* o) {
                       o->mutable_audience()->set_staff_min(10);
                       o->mutable_audience()->set_staff_max(9);
                     },
                     {"audience.staff_max INVALID_ORDER"}},
        OfferingCase{"NafCode",
                     [](Offering* o) { o->mutable_audience()->add_naf_codes("5610A"); },
                     {"audience.naf_codes[0] INVALID_NAF"}},
        OfferingCase{"NoSuchDay",
                     [](Offering* o) {
                       o->mutable_claims_valid_to()->set_year(2026);
                       o->mutable_claims_valid_to()->set_month(2);
                       o->mutable_claims_valid_to()->set_day(29);
                     },
                     {"claims_valid_to INVALID_DATE"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Prices, ValidateOfferingTest,
    ::testing::Values(
        OfferingCase{
            "FreeOfCharge", [](Offering* o) { o->mutable_pricing()->clear_components(); }, {}},
        OfferingCase{"NegativeAmount",
                     [](Offering* o) { Price(o)->mutable_amount()->set_micros(-1); },
                     {absl::StrCat(kPrice, ".amount OUT_OF_RANGE")}},
        OfferingCase{"OverflowingAmount",
                     [](Offering* o) {
                       Price(o)->mutable_amount()->set_micros(std::numeric_limits<int64_t>::max());
                     },
                     {absl::StrCat(kPrice, ".amount OUT_OF_RANGE")}},
        OfferingCase{"NoCurrency",
                     [](Offering* o) { Price(o)->mutable_amount()->clear_currency_code(); },
                     {absl::StrCat(kPrice, ".amount UNKNOWN_CURRENCY")}},
        OfferingCase{"NoModel",
                     [](Offering* o) { Price(o)->clear_model(); },
                     {absl::StrCat(kPrice, ".model MISSING")}},
        OfferingCase{
            "UnknownModel",
            [](Offering* o) { Price(o)->set_model(static_cast<type::PriceModel>(99)); },
            {absl::StrCat(kPrice, ".model MISSING"), absl::StrCat(kPrice, ".model UNKNOWN_VALUE")}},
        OfferingCase{"NoAmount",
                     [](Offering* o) { Price(o)->clear_amount(); },
                     {absl::StrCat(kPrice, ".amount MISSING")}},
        OfferingCase{"FlatWithAMetric",
                     [](Offering* o) { Price(o)->set_metric(type::USERS); },
                     {absl::StrCat(kPrice, ".metric NOT_OF_MODEL")}},
        OfferingCase{"UsageWithoutAMetric",
                     [](Offering* o) { Price(o)->set_model(type::USAGE); },
                     {absl::StrCat(kPrice, ".metric MISSING")}},
        OfferingCase{"QuoteBackwards",
                     [](Offering* o) {
                       Price(o)->set_model(type::QUOTE);
                       *Price(o)->mutable_amount_max() = Price(o)->amount();
                       Price(o)->mutable_amount_max()->set_micros(1);
                     },
                     {absl::StrCat(kPrice, ".amount_max INVALID_ORDER")}},
        OfferingCase{"CommissionOnUsers",
                     [](Offering* o) {
                       Price(o)->clear_amount();
                       Price(o)->set_model(type::COMMISSION);
                       Price(o)->set_metric(type::USERS);
                       Price(o)->set_rate_bp(200);
                     },
                     {absl::StrCat(kPrice, ".metric NOT_OF_MODEL")}},
        OfferingCase{"CommissionOfMoreThanEverything",
                     [](Offering* o) {
                       Price(o)->clear_amount();
                       Price(o)->set_model(type::COMMISSION);
                       Price(o)->set_metric(type::ONLINE_SALES_MONTH);
                       Price(o)->set_rate_bp(10'001);
                     },
                     {absl::StrCat(kPrice, ".rate_bp OUT_OF_RANGE")}},
        OfferingCase{"MixedCurrencies",
                     [](Offering* o) {
                       Price(o)->set_model(type::QUOTE);
                       Price(o)->mutable_amount_max()->set_micros(90'000'000);
                       Price(o)->mutable_amount_max()->set_currency_code("USD");
                     },
                     {absl::StrCat(kPrice, " MIXED_CURRENCIES")}},
        OfferingCase{"Tiers",
                     [](Offering* o) {
                       MakeTiers(o, {10, 20}, true);
                     },
                     {}},
        OfferingCase{"NoTiers",
                     [](Offering* o) { MakeTiers(o, {}, false); },
                     {absl::StrCat(kPrice, ".tiers MISSING")}},
        OfferingCase{"TiersFall",
                     [](Offering* o) {
                       MakeTiers(o, {20, 20}, true);
                     },
                     {absl::StrCat(kPrice, ".tiers[1].up_to INVALID_ORDER")}},
        OfferingCase{"LastTierClosed",
                     [](Offering* o) {
                       MakeTiers(o, {10, 20}, false);
                     },
                     {absl::StrCat(kPrice, ".tiers[1].up_to INVALID_ORDER")}},
        OfferingCase{"UnknownOption",
                     [](Offering* o) { Price(o)->add_feature_ids("ECOMMERCE.sails"); },
                     {absl::StrCat(kPrice, ".feature_ids[0] UNKNOWN_FEATURE")}}),
    [](const auto& test) { return test.param.name; });

void AddClaimOf(Offering* offering, const std::string& path, type::Evidence evidence,
                const std::string& source) {
  type::Claim* claim = offering->add_claims();
  claim->set_field_path(path);
  claim->set_evidence(evidence);
  claim->set_source(source);
}

INSTANTIATE_TEST_SUITE_P(
    Claims, ValidateOfferingTest,
    ::testing::Values(
        OfferingCase{"Paths",
                     [](Offering* o) {
                       for (const char* path :
                            {"pricing", "commitment.min_months", "features", "features.ECOMMERCE",
                             "features.ECOMMERCE.variants", "certificates.HDS", "languages.ui",
                             "limits.users"}) {
                         AddClaimOf(o, path, type::DECLARED, "");
                       }
                     },
                     {}},
        OfferingCase{"NoSuchPath",
                     [](Offering* o) { AddClaimOf(o, "commitment.months", type::DECLARED, ""); },
                     {"claims[0].field_path UNKNOWN_FIELD_PATH"}},
        OfferingCase{
            "PathIntoAList",
            [](Offering* o) { AddClaimOf(o, "pricing.components.amount", type::DECLARED, ""); },
            {"claims[0].field_path UNKNOWN_FIELD_PATH"}},
        OfferingCase{
            "PathIntoAnAmount",
            [](Offering* o) { AddClaimOf(o, "commitment.exit_fee.micros", type::DECLARED, ""); },
            {"claims[0].field_path UNKNOWN_FIELD_PATH"}},
        OfferingCase{"EmptyPath",
                     [](Offering* o) { AddClaimOf(o, "", type::DECLARED, ""); },
                     {"claims[0].field_path UNKNOWN_FIELD_PATH"}},
        OfferingCase{"NotAFact",
                     [](Offering* o) { AddClaimOf(o, "title", type::DECLARED, ""); },
                     {"claims[0].field_path NOT_A_FACT"}},
        OfferingCase{"Twice",
                     [](Offering* o) {
                       AddClaimOf(o, "pricing", type::DECLARED, "");
                       AddClaimOf(o, "pricing", type::CHECKED, "");
                     },
                     {"claims[1].field_path DUPLICATE"}},
        OfferingCase{"DocumentedByNothing",
                     [](Offering* o) { AddClaimOf(o, "pricing", type::DOCUMENTED, ""); },
                     {"claims[0].source MISSING"}},
        OfferingCase{
            "LongSource",
            [](Offering* o) { AddClaimOf(o, "pricing", type::DOCUMENTED, std::string(501, 'x')); },
            {"claims[0].source TEXT_TOO_LONG"}}),
    [](const auto& test) { return test.param.name; });

TEST(ValidateOfferingTextTest, SaysWhatIsAllowedAndHowToMendIt) {
  Offering offering = ValidOffering();
  offering.mutable_hosting()->mutable_locations()->add_codes("QQ");
  base::Issues issues;
  ValidateOffering(offering, &Needs(), &issues);
  EXPECT_THAT(issues.list()[0].text_en, HasSubstr("for a country that is not there, write ZZ"));
  EXPECT_THAT(issues.list()[0].text_fr, HasSubstr("écrivez ZZ"));
}

TEST(ValidateOfferingTextTest, RepeatsNoHiddenCharacterOfTheInput) {
  Offering offering = ValidOffering();
  offering.set_uid(
      "a\xE2\x80\xAE"
      "b");
  base::Issues issues;
  ValidateOffering(offering, &Needs(), &issues);
  ASSERT_FALSE(issues.empty());
  for (const base::Issue& issue : issues.list()) {
    EXPECT_THAT(issue.text_en, Not(HasSubstr("\xE2\x80\xAE")));
  }
}

struct MemberCase {
  std::string name;
  std::function<void(Member*)> change;
  std::vector<std::string> told;
};

class ValidateMemberTest : public ::testing::TestWithParam<MemberCase> {};

TEST_P(ValidateMemberTest, TellsExactlyWhatIsWrong) {
  Member member = ValidMember();
  GetParam().change(&member);
  base::Issues issues;
  ValidateMember(member, &issues);
  EXPECT_THAT(Told(issues), ::testing::UnorderedElementsAreArray(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, ValidateMemberTest,
    ::testing::Values(
        MemberCase{"ValidAsItIs", [](Member*) {}, {}},
        MemberCase{"Siren", [](Member* m) { m->set_siren("123456789"); }, {"siren INVALID_SIREN"}},
        MemberCase{"GoodSiren", [](Member* m) { m->set_siren("732829320"); }, {}},
        MemberCase{"Country",
                   [](Member* m) { m->set_country_code("France"); },
                   {"country_code UNKNOWN_CODE"}},
        MemberCase{"Name", [](Member* m) { m->set_name("atelier"); }, {"name INVALID_NAME"}},
        MemberCase{"Group",
                   [](Member* m) { m->clear_ownership_group_uid(); },
                   {"ownership_group_uid INVALID_UUID"}},
        MemberCase{
            "NoDisplayName", [](Member* m) { m->clear_display_name(); }, {"display_name MISSING"}},
        MemberCase{"LongDisplayName",
                   [](Member* m) { m->set_display_name(std::string(121, 'x')); },
                   {"display_name TEXT_TOO_LONG"}},
        MemberCase{"Year",
                   [](Member* m) { m->set_member_since_year(12); },
                   {"member_since_year OUT_OF_RANGE"}},
        MemberCase{"Url", [](Member* m) { m->set_url("ftp://a.fr"); }, {"url INVALID_URL"}},
        MemberCase{"Kind", [](Member* m) { m->clear_kind(); }, {"kind MISSING"}}),
    [](const auto& test) { return test.param.name; });

TEST(ValidateTablesTest, LawsHaveUniqueIdsAndPeriodsThatGoForward) {
  v1::LawTable table;
  for (int i = 0; i < 2; ++i) {
    v1::LegalBasis* basis = table.add_legal_bases();
    basis->set_legal_basis_id("cgi_286");
    basis->mutable_citation()->set_fr("CGI, art. 286");
    basis->mutable_citation()->set_en("CGI, art. 286");
  }
  table.mutable_legal_bases(0)->mutable_valid_from()->set_year(2026);
  table.mutable_legal_bases(0)->mutable_valid_from()->set_month(9);
  table.mutable_legal_bases(0)->mutable_valid_from()->set_day(1);
  *table.mutable_legal_bases(0)->mutable_valid_to() = table.legal_bases(0).valid_from();
  table.mutable_legal_bases(0)->mutable_valid_to()->set_year(2025);
  table.add_legal_bases()->set_legal_basis_id("X");
  base::Issues issues;
  ValidateLawTable(table, &issues);
  EXPECT_THAT(Told(issues),
              ::testing::UnorderedElementsAre("legal_bases[0].valid_to INVALID_ORDER",
                                              "legal_bases[1].legal_basis_id DUPLICATE",
                                              "legal_bases[2].legal_basis_id INVALID_ID",
                                              "legal_bases[2].citation MISSING"));
}

TEST(ValidateTablesTest, RatesAreDatedPositiveAndNotOfTheEuro) {
  v1::ExchangeRateTable table;
  const auto add = [&table](const char* currency, int64_t micros, int day) {
    v1::ExchangeRate* rate = table.add_rates();
    rate->set_currency_code(currency);
    rate->set_euros_micros(micros);
    rate->set_source("ECB");
    if (day == 0) return;
    rate->mutable_date()->set_year(2026);
    rate->mutable_date()->set_month(11);
    rate->mutable_date()->set_day(day);
  };
  add("USD", 870'000, 2);
  add("USD", 880'000, 2);
  add("EUR", 1'000'000, 2);
  add("GBP", -1, 2);
  add("CHF", 0, 0);
  base::Issues issues;
  ValidateRates(table, &issues);
  EXPECT_THAT(Told(issues), ::testing::UnorderedElementsAre(
                                "rates[1] DUPLICATE", "rates[2].currency_code UNKNOWN_CURRENCY",
                                "rates[3].euros_micros OUT_OF_RANGE",
                                "rates[4].euros_micros MISSING", "rates[4].date MISSING"));
}

}  // namespace
}  // namespace aplomb::catalog
