#include "decision/decide.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"

namespace aplomb::decision {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr int64_t kEuro = 1'000'000;

// A monthly price in euros, as a tariff of one line.
std::string Monthly(int euros) {
  return absl::StrCat("pricing { components { model: FLAT period: MONTH amount { micros: ", euros,
                      "000000 currency_code: 'EUR' } } }");
}

class DecideTest : public ::testing::Test {
 protected:
  // The offering of `id` among the ranked ones of the first need and first mode.
  const RecordedRanked& Ranked(const DecisionRecord& record, absl::string_view name) {
    for (const RecordedRanking& ranking : record.needs.at(0).rankings) {
      for (const RecordedRanked& ranked : ranking.ranked) {
        if (ranked.offering == UidOf(name)) return ranked;
      }
    }
    ADD_FAILURE() << "not ranked: " << name;
    static const RecordedRanked none = {};
    return none;
  }

  Uid UidOf(absl::string_view name) {
    std::string hex;
    for (const char c : world_.snapshot().offerings.at(std::string(name))->offering.uid()) {
      if (c != '-') hex += c;
    }
    const std::string bytes = base::HexDecode(hex).value();
    Uid uid = {};
    for (size_t i = 0; i < uid.size(); ++i) uid[i] = static_cast<uint8_t>(bytes[i]);
    return uid;
  }

  // Three shops of three members: bare, with domain name and payment, software of one's own.
  void AddThreeShops() {
    world_.Add("alpha", "bare", Monthly(30));
    world_.Add("beta", "bundle",
               absl::StrCat(Monthly(60),
                            "need_ids: 'DOMAIN' need_ids: 'ONLINE_PAY' "
                            "payment { psp_licence: ACPR methods { methods: CB } }"));
    world_.Add("gamma", "own", "kind: SOFTWARE_ONPREM pricing { }");
  }

  AnswerWorld world_;
  Asked quick_{kQuickIntake};
};

TEST_F(DecideTest, WhatAnOfferingDoesNotBringIsInItsCost) {
  AddThreeShops();
  const DecisionRecord record = world_.Decide(quick_);
  ASSERT_THAT(record.needs, SizeIs(1));
  ASSERT_THAT(record.needs[0].rankings, SizeIs(1)) << "no service is in the catalogue";
  // 36 × 30 + domain name 36 × 2.50 + payment (50 + 36 × 75) = 1,080 + 90 + 2,750.
  EXPECT_EQ(Ranked(record, "members/alpha/offerings/bare").cost.tco36_micros, 3'920 * kEuro);
  // 36 × 60, all included.
  EXPECT_EQ(Ranked(record, "members/beta/offerings/bundle").cost.tco36_micros, 2'160 * kEuro);
  // Free, but: domain name 90, payment 2,750, hosting 36 × 10, upkeep 36 × 30.
  EXPECT_EQ(Ranked(record, "members/gamma/offerings/own").cost.tco36_micros, 4'280 * kEuro);
}

TEST_F(DecideTest, TheBundleBeatsTheBareShopAndWhatMustBeAdded) {
  AddThreeShops();
  const DecisionRecord record = world_.Decide(quick_);
  EXPECT_GT(Ranked(record, "members/beta/offerings/bundle").score,
            Ranked(record, "members/alpha/offerings/bare").score);
  EXPECT_GT(Ranked(record, "members/alpha/offerings/bare").score,
            Ranked(record, "members/gamma/offerings/own").score);
}

TEST_F(DecideTest, ContributionsSumToTheScoreAndWeightsToTheWhole) {
  AddThreeShops();
  const DecisionRecord record = world_.Decide(quick_);
  for (const RecordedRanking& ranking : record.needs[0].rankings) {
    int64_t weights = 0;
    for (const auto& criterion : ranking.criteria) weights += criterion.weight_bp;
    EXPECT_EQ(weights, engine::kWeightSum);
    ASSERT_THAT(ranking.ranked, SizeIs(3));
    for (const RecordedRanked& ranked : ranking.ranked) {
      int64_t sum = 0;
      for (const auto& c : ranked.contributions) {
        EXPECT_EQ(c.contribution, int64_t{c.value} * c.weight_bp);
        sum += c.contribution;
      }
      EXPECT_EQ(sum, ranked.score);
    }
  }
}

TEST_F(DecideTest, EachOfferingStandsInOneOfTheThreeLists) {
  AddThreeShops();
  world_.Add("delta", "overseas",
             absl::StrCat(Monthly(10), "coverage { regions { codes: '04' } }"));
  world_.Add("delta", "suspended", absl::StrCat(Monthly(10), "state: SUSPENDED"));
  world_.Add("epsilon", "free", "");
  const DecisionRecord record = world_.Decide(quick_);
  const RecordedRanking& ranking = record.needs[0].rankings[0];
  EXPECT_EQ(ranking.ranked.size() + ranking.to_confirm.size() + ranking.excluded.size(), 6u);
}

TEST_F(DecideTest, AnUnknownPriceIsToBeConfirmedAndNotFree) {
  AddThreeShops();
  world_.Add("epsilon", "no-price", "");
  auto entry = std::make_shared<catalog::OfferingEntry>(
      *world_.snapshot().offerings.at("members/epsilon/offerings/no-price"));
  entry->offering.clear_pricing();
  world_.snapshot().offerings["members/epsilon/offerings/no-price"] = entry;
  const RecordedRanking ranking = world_.Decide(quick_).needs[0].rankings[0];
  ASSERT_THAT(ranking.to_confirm, SizeIs(1));
  EXPECT_EQ(ranking.to_confirm[0].offering, UidOf("members/epsilon/offerings/no-price"));
}

TEST_F(DecideTest, TheModesAreRankedApart) {
  AddThreeShops();
  world_.Add("delta", "agency", absl::StrCat(Monthly(90), "kind: SERVICE"));
  const DecisionRecord record = world_.Decide(quick_);
  ASSERT_THAT(record.needs[0].rankings, SizeIs(2));
  EXPECT_EQ(record.needs[0].rankings[0].mode, engine::DeliveryMode::kDoItYourself);
  EXPECT_THAT(record.needs[0].rankings[0].ranked, SizeIs(3));
  EXPECT_EQ(record.needs[0].rankings[1].mode, engine::DeliveryMode::kHaveItDone);
  EXPECT_THAT(record.needs[0].rankings[1].ranked, SizeIs(1));
}

TEST_F(DecideTest, FewerThanThreeOwnershipGroupsAreNoRange) {
  AddThreeShops();
  EXPECT_FALSE(world_.Decide(quick_).needs[0].rankings[0].insufficient_range);
  world_.SetGroup("beta", "alpha");
  const RecordedRanking ranking = world_.Decide(quick_).needs[0].rankings[0];
  EXPECT_EQ(ranking.ranked_group_count, 2u);
  EXPECT_TRUE(ranking.insufficient_range);
}

TEST_F(DecideTest, ANeedWithoutCandidatesHasNoRanking) {
  AddThreeShops();
  quick_.needs[0].set_need_id("HR");
  EXPECT_THAT(world_.Decide(quick_).needs[0].rankings, SizeIs(0));
}

TEST_F(DecideTest, EqualQuestionsHaveEqualBytes) {
  AddThreeShops();
  for (int i = 0; i < 20; ++i) {
    world_.Add("many", absl::StrCat("twin", i), Monthly(30));
  }
  const std::string bytes = EncodeRecord(world_.Decide(quick_));
  EXPECT_EQ(EncodeRecord(world_.Decide(quick_)), bytes);
  EXPECT_EQ(world_.BytesOfShuffledCopy(quick_), bytes);
}

TEST_F(DecideTest, RatesAreThoseThatAPriceWasConvertedAt) {
  AddThreeShops();
  world_.Add("delta", "dollars",
             "pricing { components { model: FLAT period: MONTH amount { micros: 10000000 "
             "currency_code: 'USD' } } }");
  auto rates = std::make_shared<catalog::TableEntry<catalog::v1::ExchangeRateTable>>();
  const auto add = [&](const char* code, int64_t micros, int month, int day) {
    auto* rate = rates->table.add_rates();
    rate->set_currency_code(code);
    rate->set_euros_micros(micros);
    rate->mutable_date()->set_year(2026);
    rate->mutable_date()->set_month(month);
    rate->mutable_date()->set_day(day);
  };
  add("USD", 900'000, 11, 2);
  add("USD", 950'000, 11, 20);
  add("USD", 990'000, 11, 24);  // tomorrow
  add("GBP", 1'150'000, 11, 20);
  world_.snapshot().rates = rates;
  const DecisionRecord record = world_.Decide(quick_);
  ASSERT_THAT(record.rates, SizeIs(1)) << "no price is in pounds";
  EXPECT_EQ(record.rates[0].currency_code, "USD");
  EXPECT_EQ(record.rates[0].euros_micros, 950'000);
  // 36 × 9.50 + 90 + 2,750.
  EXPECT_EQ(Ranked(record, "members/delta/offerings/dollars").cost.tco36_micros, 3'182 * kEuro);
}

// --- Keeping what the firm has -------------------------------------------------------------------

struct Keeping {
  const char* name;
  const char* tool;
  bool shops;  // are there offerings
  int index;
  bool recommended;
  int64_t keep_euros;    // -1: unknown
  int64_t change_euros;  // -1: unknown
};

class KeepTest : public DecideTest, public ::testing::WithParamInterface<Keeping> {};

TEST_P(KeepTest, FollowsTheRule) {
  if (GetParam().shops) AddThreeShops();
  const Asked asked(
      absl::StrCat(kQuickIntake, "profile { existing_tools { ", GetParam().tool, " } }"));
  const RecordedKeep keep = world_.Decide(asked).needs[0].keep;
  EXPECT_EQ(keep.tool_index, GetParam().index);
  EXPECT_EQ(keep.recommended, GetParam().recommended);
  const auto euros = [](int64_t micros) { return micros < 0 ? -1 : micros / kEuro; };
  EXPECT_EQ(euros(keep.keep_cost_micros), GetParam().keep_euros);
  EXPECT_EQ(euros(keep.change_cost_micros), GetParam().change_euros);
}

// The best band holds the bundle alone: 2,160 euros over 36 months.
INSTANTIATE_TEST_SUITE_P(
    Rule, KeepTest,
    ::testing::Values(
        Keeping{"ToolOfAnotherKind", "tool_class: POS adequate: true", true, -1, false, -1, -1},
        Keeping{"CheaperThanChange",
                "tool_class: SHOP adequate: true monthly_cost { micros: 59000000 currency_code: "
                "'EUR' }",
                true, 0, true, 2'124, 2'160},
        Keeping{"AsDearAsChange",
                "tool_class: SHOP adequate: true monthly_cost { micros: 60000000 currency_code: "
                "'EUR' }",
                true, 0, true, 2'160, 2'160},
        Keeping{"DearerThanChange",
                "tool_class: SHOP adequate: true monthly_cost { micros: 61000000 currency_code: "
                "'EUR' }",
                true, 0, false, 2'196, 2'160},
        Keeping{"LeavingCostMakesChangeDearer",
                "tool_class: SHOP adequate: true monthly_cost { micros: 61000000 currency_code: "
                "'EUR' } leaving_cost { micros: 100000000 currency_code: 'EUR' }",
                true, 0, true, 2'196, 2'260},
        Keeping{"CostNotTold", "need_id: 'ECOMMERCE' adequate: true", true, 0, true, -1, 2'160},
        Keeping{"NothingRanked",
                "tool_class: SHOP adequate: true monthly_cost { micros: 61000000 currency_code: "
                "'EUR' }",
                false, 0, true, 2'196, -1},
        Keeping{"NotAdequate", "tool_class: SHOP adequate: false", true, 0, false, -1, 2'160},
        Keeping{"AdequacyNotTold", "tool_class: SHOP", true, 0, false, -1, 2'160}),
    [](const auto& row) { return row.param.name; });

// The cheapest offering may stand below the best: a tool is not kept on grounds of cost against it.
TEST_F(DecideTest, AToolIsNotKeptForItsCostWhereALowerRankIsCheaper) {
  AddThreeShops();
  // Free, brings all, and says little else: ranked low.
  world_.Add("delta", "plain",
             "need_ids: 'DOMAIN' need_ids: 'ONLINE_PAY' payment { psp_licence: ACPR methods { "
             "methods: CB } } commitment { min_months: 36 notice_days: 365 exit_fee { micros: "
             "900000000 currency_code: 'EUR' } } onboarding { days_to_live: 180 } pricing { "
             "components { model: FLAT period: MONTH amount { micros: "
             "1000000 currency_code: 'EUR' } } }");
  const Asked asked(absl::StrCat(
      kQuickIntake,
      "profile { existing_tools { tool_class: SHOP adequate: true monthly_cost { micros: 59000000 "
      "currency_code: 'EUR' } } }"));
  const DecisionRecord record = world_.Decide(asked);
  const RecordedKeep& keep = record.needs[0].keep;
  const ChangeCosts change =
      ChangeCostsOf(record.needs[0].rankings, asked.profile.existing_tools(0));
  ASSERT_GT(change.cheapest_rank, 1);
  EXPECT_EQ(keep.keep_cost_micros, 2'124 * kEuro);
  EXPECT_EQ(keep.change_cost_micros, 2'160 * kEuro) << "the best ranked costs more";
  EXPECT_EQ(change.cheapest_micros, 36 * kEuro);
  EXPECT_FALSE(keep.recommended);
  // Leaving included: 2,100 more, and keeping is the cheapest again.
  Asked dear = asked;
  dear.profile.mutable_existing_tools(0)->mutable_leaving_cost()->set_micros(2'100 * kEuro);
  dear.profile.mutable_existing_tools(0)->mutable_leaving_cost()->set_currency_code("EUR");
  EXPECT_TRUE(world_.Decide(dear).needs[0].keep.recommended);
  const auto answer = world_.Answer(asked);
  const auto& told = answer.results(0).keep_existing();
  EXPECT_EQ(told.cheapest_change_cost_micros(), 36 * kEuro);
  EXPECT_EQ(told.cheapest_change_rank(), change.cheapest_rank);
  EXPECT_THAT(told.text().fr(), ::testing::HasSubstr("Changer pour le mieux classé coûte"));
  EXPECT_THAT(told.text().fr(), ::testing::Not(::testing::HasSubstr("au moins 2")));
}

TEST_F(DecideTest, AnAdequateToolCountsBeforeAnotherOne) {
  AddThreeShops();
  const Asked asked(absl::StrCat(
      kQuickIntake,
      "profile { existing_tools { tool_class: POS adequate: true } existing_tools { tool_class: "
      "SHOP } existing_tools { tool_class: SHOP adequate: true } }"));
  EXPECT_EQ(world_.Decide(asked).needs[0].keep.tool_index, 2);
}

// --- Digests -------------------------------------------------------------------------------------

TEST_F(DecideTest, TheRecordNamesWhatItWasMadeFrom) {
  AddThreeShops();
  const DecisionRecord record = world_.Decide(quick_);
  EXPECT_EQ(record.as_of_day, kToday);
  EXPECT_EQ(record.catalog_revision, 7);
  EXPECT_EQ(record.rulebook_revision, 3);
  EXPECT_EQ(record.rulebook_digest, world_.rulebook().digest);
  EXPECT_EQ(record.catalog_digest, world_.snapshot().state_digest);
  EXPECT_EQ(record.request_digest, RequestDigest(quick_.Input()));
}

// Each changes one thing of the quick intake.
constexpr const char* kChanges[] = {
    "profile { staff_band: '03' }",
    "profile { staff_count: 0 }",  // told, though 0
    "profile { activity { code: '10.71D' } }",
    "profile { existing_tools { tool_class: POS } }",
    "profile { existing_tools { tool_class: POS adequate: false } }",
    "profile { ui_languages { } }",  // none, not unknown
    "profile { budget { hard: false } }",
    "needs { need_id: 'POS' }",
    "weights { method: EQUAL }",
};

TEST_F(DecideTest, EveryChangeOfARequestChangesItsDigest) {
  std::vector<base::Digest> digests = {RequestDigest(quick_.Input())};
  for (const char* change : kChanges) {
    const Asked changed(absl::StrCat(kQuickIntake, change));
    const base::Digest digest = RequestDigest(changed.Input());
    for (const base::Digest& other : digests) EXPECT_NE(digest, other) << change;
    digests.push_back(digest);
  }
}

TEST_F(DecideTest, TheDayIsNoPartOfTheRequestDigest) {
  EXPECT_EQ(RequestDigest(quick_.Input(kToday)), RequestDigest(quick_.Input(kToday + 1)));
}

// By hand from docs/decision_record.md: a firm of which nothing is told but a staff of 0, one need
// "POS", no weights; computed with hashlib of Python 3.11.
TEST_F(DecideTest, TheRequestDigestIsTheDocumentedOne) {
  const Asked asked("profile { staff_count: 0 } needs { need_id: 'POS' }");
  EXPECT_EQ(base::HexEncode(RequestDigest(asked.Input())),
            "d831041b209f95763dc5f66f7b6e02a5029f7f0d6beca84dc4537281b02303ad");
}

}  // namespace
}  // namespace aplomb::decision
