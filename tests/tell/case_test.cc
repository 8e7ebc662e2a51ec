// Opening a recommendation again, and what is told of it, over a small catalogue under the real
// rulebook.
#include "decision/tell/case.h"

#include <set>
#include <string>

#include "decision/explain/shapes.h"
#include "decision/fact_labels.h"
#include "decision/tell/how_sure.h"
#include "decision/tell/what_if.h"
#include "decision/tell/why.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"
#include "tests/testing/matchers.h"

namespace aplomb::tell {
namespace {

namespace pb = advisor::v1;
using ::aplomb::testing::IsOk;
using ::aplomb::testing::StatusIs;
using decision::AnswerWorld;
using decision::Asked;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// A price in whole euros per month.
std::string Monthly(int64_t euros) {
  return "pricing { components { model: FLAT period: MONTH amount { micros: " +
         std::to_string(euros) + "000000 currency_code: \"EUR\" } } }";
}

class Opened : public ::testing::Test {
 protected:
  Opened() : asked_(decision::kQuickIntake) {
    world_.Add("cheap", "shop", Monthly(20));
    world_.Add("dear", "shop", Monthly(200));
    world_.Add("middle", "shop", Monthly(45) + " commitment { min_months: 24 }");
    world_.Add("far", "shop", Monthly(20) + " coverage { regions { codes: \"04\" } }");
    world_.Add("mute", "shop", "pricing { as_of { year: 2020 } }");
    shown_ = world_.Answer(asked_);
    shown_.set_name("engagements/e/recommendations/r");
    *shown_.mutable_profile() = asked_.profile;
    for (const auto& need : asked_.needs) *shown_.add_needs() = need;
    shown_.mutable_as_of_date()->set_year(2026);
    shown_.mutable_as_of_date()->set_month(11);
    shown_.mutable_as_of_date()->set_day(23);
    blind_ = decision::Blindfold(world_.snapshot(), world_.rulebook(), decision::kToday);
  }

  absl::StatusOr<Case> Open() const {
    return Case::Open({.shown = shown_,
                       .snapshot = world_.snapshot(),
                       .rulebook = world_.rulebook(),
                       .blind = blind_});
  }
  static std::string Shop(const std::string& member) {
    return "members/" + member + "/offerings/shop";
  }

  AnswerWorld world_;
  Asked asked_;
  pb::Recommendation shown_;
  decision::BlindCatalog blind_;
};

// --- Opening -------------------------------------------------------------------------------------

TEST_F(Opened, AgreesWithWhatWasShown) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  ASSERT_EQ(opened->rankings().size(), 1u);
  const pb::Ranking& shown = *opened->rankings()[0].shown;
  size_t at = 0;
  for (const pb::Band& band : shown.bands()) {
    for (const auto& offering : band.offerings()) {
      EXPECT_EQ(opened->NameOf(opened->rankings()[0].ranking.ranked[at++].row),
                offering.offering());
    }
  }
}

struct Damage {
  const char* name;
  void (*harm)(pb::Recommendation& shown);
};
class RefusesToExplain : public Opened, public ::testing::WithParamInterface<Damage> {};

TEST_P(RefusesToExplain, WhatTheEngineDoesNotFind) {
  GetParam().harm(shown_);
  EXPECT_THAT(Open().status(), StatusIs(absl::StatusCode::kInvalidArgument, ::testing::_));
}

pb::Ranking& R(pb::Recommendation& shown) { return *shown.mutable_results(0)->mutable_rankings(0); }

INSTANTIATE_TEST_SUITE_P(
    Records, RefusesToExplain,
    ::testing::Values(
        Damage{"Score",
               [](pb::Recommendation& s) {
                 auto& o = *R(s).mutable_bands(0)->mutable_offerings(0);
                 o.set_score(o.score() + 1);
               }},
        Damage{"Contribution",
               [](pb::Recommendation& s) {
                 auto& c = *R(s).mutable_bands(0)->mutable_offerings(0)->mutable_contributions(0);
                 c.set_contribution(c.contribution() + 1);
               }},
        Damage{"Cost",
               [](pb::Recommendation& s) {
                 auto& c = *R(s).mutable_bands(0)->mutable_offerings(0)->mutable_cost();
                 c.set_tco36_micros(c.tco36_micros() - 10'000);
               }},
        Damage{"Rank", [](pb::Recommendation& s) { R(s).mutable_bands(0)->set_rank(2); }},
        Damage{"Name",
               [](pb::Recommendation& s) {
                 R(s).mutable_bands(0)->mutable_offerings(0)->set_offering(
                     "members/nobody/offerings/nothing");
               }},
        Damage{"LeftOut", [](pb::Recommendation& s) { R(s).mutable_excluded()->RemoveLast(); }},
        Damage{"Finding",
               [](pb::Recommendation& s) {
                 R(s).mutable_excluded(0)->mutable_findings(0)->set_rule_id("H99");
               }},
        Damage{"Need", [](pb::Recommendation& s) { s.mutable_results()->RemoveLast(); }},
        Damage{"Day", [](pb::Recommendation& s) { s.mutable_as_of_date()->set_day(22); }},
        Damage{"Request",
               [](pb::Recommendation& s) { s.mutable_profile()->set_department_code("974"); }}),
    [](const auto& row) { return std::string(row.param.name); });

// --- Why not -------------------------------------------------------------------------------------

TEST_F(Opened, SaysWhyAnOfferingIsExcluded) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  const auto answer = TellWhyNot(*opened, Shop("far"), "");
  ASSERT_EQ(answer.needs_size(), 1);
  const pb::WhyNot& why = answer.needs(0);
  EXPECT_EQ(why.standing(), pb::EXCLUDED);
  ASSERT_EQ(why.failed_rules_size(), 1);
  EXPECT_EQ(why.failed_rules(0).finding().reason_code(), "HORS_ZONE");
  EXPECT_THAT(why.failed_rules(0).finding().remedy().fr(), Not(IsEmpty()));
  EXPECT_THAT(why.summary().fr(), HasSubstr("1 condition n'est pas remplie."));
  EXPECT_THAT(why.summary().en(), HasSubstr("1 condition is not met."));
}

TEST_F(Opened, SaysWhatIsMissing) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  const auto answer = TellWhyNot(*opened, Shop("mute"), "ECOMMERCE");
  ASSERT_EQ(answer.needs_size(), 1);
  EXPECT_EQ(answer.needs(0).standing(), pb::TO_CONFIRM);
  EXPECT_THAT(answer.needs(0).summary().fr(), HasSubstr("Rien ne s'oppose à cette offre"));
}

TEST_F(Opened, KnowsThatAnOfferingOfNoActiveMemberWasNotCompared) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  const auto answer = TellWhyNot(*opened, "members/nobody/offerings/nothing", "");
  EXPECT_EQ(answer.needs(0).standing(), pb::NOT_CANDIDATE);
  EXPECT_THAT(answer.needs(0).summary().en(), HasSubstr("not active"));
}

TEST_F(Opened, AddsLossesUpToTheGapExactly) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  for (const auto& ranked : opened->rankings()[0].ranking.ranked) {
    const auto answer = TellWhyNot(*opened, opened->NameOf(ranked.row), "");
    const pb::WhyNot& why = answer.needs(0);
    ASSERT_EQ(why.standing(), pb::RANKED);
    int64_t sum = 0;
    for (const pb::Loss& loss : why.losses()) sum += loss.loss();
    EXPECT_EQ(sum, why.gap());
    EXPECT_EQ(why.score(), ranked.score);
    int32_t first = 0;
    for (const pb::FunnelStep& step : why.funnel().steps()) first += step.first_count();
    EXPECT_EQ(first, why.funnel().excluded_count() + why.funnel().to_confirm_count());
  }
}

TEST_F(Opened, ComparesBothWaysRoundAlike) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  const auto ab = TellComparison(*opened, Shop("cheap"), Shop("dear"), "").needs(0);
  const auto ba = TellComparison(*opened, Shop("dear"), Shop("cheap"), "").needs(0);
  ASSERT_TRUE(ab.comparable());
  EXPECT_EQ(ab.gap(), -ba.gap());
  EXPECT_TRUE(ab.better_is_a());
  EXPECT_FALSE(ba.better_is_a());
  ASSERT_EQ(ab.differences_size(), ba.differences_size());
  int64_t sum = 0;
  for (int i = 0; i < ab.differences_size(); ++i) {
    EXPECT_EQ(ab.differences(i).difference(), -ba.differences(i).difference());
    sum += ab.differences(i).difference();
  }
  EXPECT_EQ(sum, ab.gap());
}

TEST_F(Opened, DoesNotCompareWhatHasNoScore) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  const auto answer = TellComparison(*opened, Shop("cheap"), Shop("far"), "").needs(0);
  EXPECT_FALSE(answer.comparable());
  EXPECT_THAT(answer.summary().fr(), HasSubstr("L'offre B n'est pas classée"));
}

// --- Words ---------------------------------------------------------------------------------------

// Whatever may change has a name that a shop owner can read.
TEST(FactLabels, EveryFactThatMayChangeHasWords) {
  const auto rulebook = decision::RealRulebook();
  const explain::FactShapes shapes = explain::ShapesOf(*rulebook);
  std::set<std::string> bare;
  const auto look = [&](const std::vector<explain::FactShape>& of_side,
                        const std::vector<const decision::FactInfo*>& slots) {
    ASSERT_EQ(of_side.size(), slots.size());
    for (size_t i = 0; i < slots.size(); ++i) {
      if (of_side[i].kind == explain::FactShape::Kind::kFixed) continue;
      if (!decision::HasFactLabel(slots[i]->name)) bare.insert(slots[i]->name);
    }
  };
  look(shapes.offering, rulebook->offering_slots);
  look(shapes.request, rulebook->request_slots);
  EXPECT_THAT(bare, IsEmpty());
}

// Sentences of every explanation, both languages, never empty where the other is not.
void ExpectBothLanguages(const google::protobuf::Message& message, const std::string& path) {
  if (message.GetDescriptor() == type::LocalizedText::descriptor()) {
    const auto& text = static_cast<const type::LocalizedText&>(message);
    EXPECT_EQ(text.fr().empty(), text.en().empty()) << path << ": " << text.fr() << text.en();
    EXPECT_THAT(text.fr(), Not(HasSubstr("{"))) << path;
    EXPECT_THAT(text.fr(), Not(HasSubstr("  "))) << path;
    return;
  }
  const auto& reflection = *message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string below = path + "." + field->name();
    if (!field->is_repeated()) {
      ExpectBothLanguages(reflection.GetMessage(message, field), below);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      ExpectBothLanguages(reflection.GetRepeatedMessage(message, field, i), below);
    }
  }
}

TEST_F(Opened, SpeaksBothLanguages) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  for (const char* member : {"cheap", "dear", "middle", "far", "mute"}) {
    ExpectBothLanguages(TellWhyNot(*opened, Shop(member), ""), "why_not");
    for (const auto side :
         {pb::CounterfactualExplanation::OFFERING, pb::CounterfactualExplanation::FIRM,
          pb::CounterfactualExplanation::WEIGHTS}) {
      ExpectBothLanguages(TellCounterfactuals(*opened, Shop(member),
                                              pb::CounterfactualExplanation::FIRST_BAND, side, ""),
                          "counterfactual");
    }
  }
  ExpectBothLanguages(TellComparison(*opened, Shop("cheap"), Shop("dear"), ""), "comparison");
  ExpectBothLanguages(TellStability(*opened, ""), "stability");
  ExpectBothLanguages(TellUnknowns(*opened, ""), "unknowns");
  ExpectBothLanguages(TellRepairs(*opened, ""), "repairs");
}

TEST_F(Opened, ShowsNoRankingInACounterfactual) {
  const auto opened = Open();
  ASSERT_THAT(opened.status(), IsOk());
  const auto answer =
      TellCounterfactuals(*opened, Shop("dear"), pb::CounterfactualExplanation::FIRST_BAND,
                          pb::CounterfactualExplanation::OFFERING, "");
  // Of no other offering anything is told.
  const std::string text = answer.DebugString();
  for (const char* other : {"cheap", "middle", "far", "mute"}) {
    EXPECT_THAT(text, Not(HasSubstr(Shop(other))));
  }
}

}  // namespace
}  // namespace aplomb::tell
