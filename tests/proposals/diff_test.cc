#include "catalog/proposals/diff.h"

#include <algorithm>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "catalog/proposals/claims_due.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::Certificate;
using catalog::v1::Offering;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOffering[] = R"pb(
  name: "members/a/offerings/x"
  uid: "u"
  state: PUBLISHED
  title { fr: "Boutique" en: "Shop" }
  kind: SOFTWARE_SAAS
  need_ids: "ECOMMERCE"
  features { need_id: "ECOMMERCE" feature_id: "variants" level: FULL }
  pricing {
    components {
      model: FLAT
      amount { micros: 29000000 currency_code: "EUR" }
      period: MONTH
    }
    as_of { year: 2026 month: 1 day: 2 }
  }
  certificates {
    certificates {
      scheme: ISO27001
      number: "1"
      valid_to { year: 2026 month: 12 day: 1 }
    }
  }
  claims { field_path: "pricing" evidence: DOCUMENTED }
  claims { field_path: "hosting" evidence: DOCUMENTED }
)pb";

Offering Base() {
  Offering offering;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(kOffering, &offering));
  return offering;
}

std::vector<std::string> Lines(const Offering& a, const Offering& b) {
  std::vector<std::string> lines;
  for (const auto& difference : Differences(a, b)) {
    lines.push_back(absl::StrCat(difference.field(), ": ", difference.old_value(), " -> ",
                                 difference.new_value()));
  }
  return lines;
}

TEST(Differences, NoneBetweenEqualsWhateverTheCatalogueWrites) {
  Offering other = Base();
  other.set_state(Offering::SUSPENDED);
  other.set_revision(7);
  other.mutable_last_verified_date()->set_year(2026);
  other.set_etag("x");
  EXPECT_THAT(Differences(Base(), other), IsEmpty());
}

// A file has features in another order than whoever wrote the entry first.
TEST(IsSameEntry, WhateverTheOrderOfFeaturesAndClaims) {
  Offering one;
  for (const char* feature : {"returns", "catalogue", "variants"}) {
    catalog::v1::FeatureClaim& claim = *one.add_features();
    claim.set_need_id("ECOMMERCE");
    claim.set_feature_id(feature);
    claim.set_level(catalog::v1::FeatureClaim::FULL);
    one.add_claims()->set_field_path(absl::StrCat("features.ECOMMERCE.", feature));
  }
  Offering other = one;
  std::reverse(other.mutable_features()->begin(), other.mutable_features()->end());
  std::reverse(other.mutable_claims()->begin(), other.mutable_claims()->end());
  other.set_revision(7);
  EXPECT_TRUE(IsSameEntry(one, other));
  EXPECT_FALSE(IsFastLane(one, other));
  other.mutable_features(0)->set_level(catalog::v1::FeatureClaim::PARTIAL);
  EXPECT_FALSE(IsSameEntry(one, other));
  // Needs have an order: the first names the queue.
  Offering needs = one;
  needs.add_need_ids("ECOMMERCE");
  needs.add_need_ids("CRM");
  Offering turned = needs;
  std::reverse(turned.mutable_need_ids()->begin(), turned.mutable_need_ids()->end());
  EXPECT_FALSE(IsSameEntry(needs, turned));
}

TEST(Differences, SayFieldOldAndNew) {
  Offering other = Base();
  other.mutable_title()->set_fr("Magasin");
  other.mutable_pricing()->mutable_components(0)->mutable_amount()->set_micros(31'500'000);
  other.mutable_features(0)->set_level(catalog::v1::FeatureClaim::PARTIAL);
  other.mutable_claims(1)->mutable_valid_to()->set_year(2027);
  other.mutable_claims(1)->mutable_valid_to()->set_month(1);
  other.mutable_claims(1)->mutable_valid_to()->set_day(31);
  other.mutable_commitment()->set_min_months(0);
  EXPECT_THAT(
      Lines(Base(), other),
      ElementsAre("title.fr: Boutique -> Magasin",
                  "features.ECOMMERCE.variants.level: FULL -> PARTIAL",
                  "pricing.components[0].amount: 29.00 EUR -> 31.50 EUR",
                  "commitment.min_months:  -> 0", "claims[hosting].valid_to:  -> 2027-01-31"));
}

TEST(Differences, OfANewEntryAreAllItsFields) {
  const auto lines = Lines(Offering(), Base());
  EXPECT_THAT(lines, ::testing::Contains("kind:  -> SOFTWARE_SAAS"));
  EXPECT_THAT(lines, ::testing::Contains("certificates.certificates.ISO27001.number:  -> 1"));
}

TEST(Differences, StopAtTheirLimit) {
  Offering many = Base();
  for (int i = 0; i < 2000; ++i) many.add_claims()->set_field_path(absl::StrCat("f", i));
  EXPECT_THAT(Differences(Base(), many), SizeIs(kDifferencesMax));
  Offering large = Base();
  large.mutable_long_description()->set_fr(std::string(100'000, 'x'));
  EXPECT_LT(Differences(Base(), large)[0].new_value().size(), kDifferenceValueSizeMax + 8);
}

void SetAmount(Offering& offering, int64_t micros) {
  offering.mutable_pricing()->mutable_components(0)->mutable_amount()->set_micros(micros);
}

struct Case {
  const char* name;
  std::function<void(Offering&)> change;
  bool fast;
};

class FastLaneTest : public ::testing::TestWithParam<Case> {};

TEST_P(FastLaneTest, IsForTariffsOfTheSameModelAndDatesOfCertificates) {
  Offering other = Base();
  GetParam().change(other);
  EXPECT_EQ(IsFastLane(Base(), other), GetParam().fast);
}

INSTANTIATE_TEST_SUITE_P(
    Changes, FastLaneTest,
    ::testing::Values(
        // The limits of one step: 29 EUR by 20 % up or down.
        Case{"AmountUp", [](Offering& o) { SetAmount(o, 34'800'000); }, true},
        Case{"AmountDown", [](Offering& o) { SetAmount(o, 23'200'000); }, true},
        Case{"AmountTooFarUp", [](Offering& o) { SetAmount(o, 34'800'001); }, false},
        Case{"AmountTooFarDown", [](Offering& o) { SetAmount(o, 23'199'999); }, false},
        Case{"ForNothingFromNowOn", [](Offering& o) { SetAmount(o, 0); }, false},
        Case{"TariffDay", [](Offering& o) { o.mutable_pricing()->mutable_as_of()->set_day(9); },
             true},
        Case{"CertificateRenewed",
             [](Offering& o) {
               auto* held = o.mutable_certificates()->mutable_certificates(0);
               held->mutable_valid_to()->set_year(2028);
               held->set_number("2");
             },
             true},
        Case{"ClaimAboutTheTariff",
             [](Offering& o) { o.mutable_claims(0)->set_source("https://a.example/tarif"); }, true},
        // Not for these.
        Case{"Nothing", [](Offering&) {}, false},
        Case{"Currency",
             [](Offering& o) {
               o.mutable_pricing()->mutable_components(0)->mutable_amount()->set_currency_code(
                   "USD");
             },
             false},
        Case{"Model",
             [](Offering& o) {
               o.mutable_pricing()->mutable_components(0)->set_model(type::PER_USER);
             },
             false},
        Case{"MoreComponents",
             [](Offering& o) { o.mutable_pricing()->add_components()->set_model(type::SETUP); },
             false},
        Case{"OtherCertificate",
             [](Offering& o) {
               o.mutable_certificates()->mutable_certificates(0)->set_scheme(Certificate::HDS);
             },
             false},
        Case{"ScopeOfCertificate",
             [](Offering& o) {
               o.mutable_certificates()->mutable_certificates(0)->set_scope_matches(true);
             },
             false},
        Case{"StrongerEvidence",
             [](Offering& o) { o.mutable_claims(0)->set_evidence(type::CHECKED); }, false},
        Case{"ClaimAboutSomethingElse", [](Offering& o) { o.mutable_claims(1)->set_source("x"); },
             false},
        Case{"Title", [](Offering& o) { o.mutable_title()->set_fr("Autre"); }, false},
        Case{"AmountAndTitle",
             [](Offering& o) {
               SetAmount(o, 29'000'001);
               o.mutable_title()->set_fr("Autre");
             },
             false},
        Case{"TariffGone", [](Offering& o) { o.clear_pricing(); }, false}),
    [](const auto& row) { return row.param.name; });

// Every amount and rate is held to the step, and a step too far is told apart from another kind of
// change.
TEST(FastLaneOf, LooksAtEveryAmount) {
  Offering before = Base();
  type::PriceComponent& commission = *before.mutable_pricing()->add_components();
  commission.set_model(type::COMMISSION);
  commission.set_rate_bp(200);
  commission.mutable_per_transaction()->set_micros(100'000);
  commission.mutable_monthly_minimum()->set_micros(5'000'000);
  type::PriceComponent& tiered = *before.mutable_pricing()->add_components();
  tiered.mutable_amount_max()->set_micros(1'000'000);
  type::PriceTier& tier = *tiered.add_tiers();
  tier.mutable_unit_price()->set_micros(10'000);
  tier.mutable_flat()->set_micros(0);
  struct Row {
    const char* what;
    std::function<void(type::Pricing&, int percent)> change;
  };
  const auto scale = [](type::Money& money, int percent) {
    money.set_micros(money.micros() * percent / 100);
  };
  const Row rows[] = {
      {"amount", [&](auto& p, int n) { scale(*p.mutable_components(0)->mutable_amount(), n); }},
      {"rate",
       [](auto& p, int n) {
         p.mutable_components(1)->set_rate_bp(p.components(1).rate_bp() * n / 100);
       }},
      {"per transaction",
       [&](auto& p, int n) { scale(*p.mutable_components(1)->mutable_per_transaction(), n); }},
      {"monthly minimum",
       [&](auto& p, int n) { scale(*p.mutable_components(1)->mutable_monthly_minimum(), n); }},
      {"highest amount",
       [&](auto& p, int n) { scale(*p.mutable_components(2)->mutable_amount_max(), n); }},
      {"price of a tier",
       [&](auto& p, int n) {
         scale(*p.mutable_components(2)->mutable_tiers(0)->mutable_unit_price(), n);
       }},
  };
  for (const Row& row : rows) {
    for (const auto& [percent, lane] :
         std::vector<std::pair<int, FastLane>>{{80, FastLane::kYes},
                                               {120, FastLane::kYes},
                                               {79, FastLane::kStepTooLarge},
                                               {121, FastLane::kStepTooLarge},
                                               {100, FastLane::kNo}}) {
      Offering after = before;
      row.change(*after.mutable_pricing(), percent);
      EXPECT_EQ(FastLaneOf(before, after), lane) << row.what << " " << percent;
    }
  }
  // What was for nothing does not begin to cost on the fast lane.
  Offering after = before;
  after.mutable_pricing()->mutable_components(2)->mutable_tiers(0)->mutable_flat()->set_micros(1);
  EXPECT_EQ(FastLaneOf(before, after), FastLane::kStepTooLarge);
  after = before;
  after.mutable_title()->set_fr("Autre");
  SetAmount(after, 1);
  EXPECT_EQ(FastLaneOf(before, after), FastLane::kNo);
}

base::DayNumber Day(const char* text) { return base::ParseDay(text).value_or(0); }

TEST(ClaimsDue, ThirtyDaysAheadSoonestFirst) {
  Offering offering = Base();
  offering.mutable_claims(1)->mutable_valid_to()->set_year(2026);
  offering.mutable_claims(1)->mutable_valid_to()->set_month(11);
  offering.mutable_claims(1)->mutable_valid_to()->set_day(20);
  const std::string name = offering.name();
  EXPECT_THAT(ClaimsDue({offering}, Day("2026-11-23"), kClaimsNoticeDays),
              ElementsAre(DueClaim{name, "hosting", Day("2026-11-20"), -3},
                          DueClaim{name, "certificates.ISO27001", Day("2026-12-01"), 8}));
  EXPECT_THAT(ClaimsDue({offering}, Day("2026-10-01"), kClaimsNoticeDays), IsEmpty());
  // The thirtieth day is in, the thirty-first is not.
  EXPECT_THAT(ClaimsDue({Base()}, Day("2026-11-01"), 30), SizeIs(1));
  EXPECT_THAT(ClaimsDue({Base()}, Day("2026-10-31"), 30), IsEmpty());
}

TEST(IsOutOfDate, OnTheDayAfter) {
  Offering offering = Base();
  EXPECT_FALSE(IsOutOfDate(offering, Day("2999-01-01")));
  offering.mutable_claims_valid_to()->set_year(2026);
  offering.mutable_claims_valid_to()->set_month(11);
  offering.mutable_claims_valid_to()->set_day(23);
  EXPECT_FALSE(IsOutOfDate(offering, Day("2026-11-23")));
  EXPECT_TRUE(IsOutOfDate(offering, Day("2026-11-24")));
}

}  // namespace
}  // namespace aplomb::proposals
