// A list of too few suppliers (liste insuffisante) is no ranking: no explanation, no plan and no
// report speaks of a rank or a score there, and the members are named. The same question with
// enough suppliers does speak of ranks, so that the words looked for are the right ones.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "decision/plan/plan.h"
#include "decision/report/report.h"
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
using decision::AnswerWorld;
using decision::Asked;
using decision::Language;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr pb::CounterfactualExplanation::Goal kTopThree = pb::CounterfactualExplanation::TOP_THREE;

std::string Monthly(int euros) {
  return absl::StrCat("pricing { components { model: FLAT period: MONTH amount { micros: ", euros,
                      "000000 currency_code: \"EUR\" } } }");
}

// `hard_monthly_euros`: a budget that is never to be exceeded, with nothing to pay at the start.
class Answered {
 public:
  explicit Answered(const std::vector<std::string>& members, int hard_monthly_euros = 0,
                    const char* must_feature = nullptr)
      : asked_(decision::kQuickIntake) {
    if (hard_monthly_euros > 0) {
      auto& budget = *asked_.profile.mutable_budget();
      budget.clear_one_off_max();
      budget.mutable_monthly_max()->set_micros(hard_monthly_euros * int64_t{1'000'000});
      budget.set_hard(true);
    }
    if (must_feature != nullptr) asked_.needs[0].add_must_features(must_feature);
    int euros = 20;
    for (const std::string& member : members) world_.Add(member, "shop", Monthly(euros += 15));
    world_.Add("far", "shop", Monthly(20) + " coverage { regions { codes: \"04\" } }");
    shown_ = world_.Answer(asked_);
    shown_.set_name("engagements/e/recommendations/r");
    *shown_.mutable_profile() = asked_.profile;
    for (const auto& need : asked_.needs) *shown_.add_needs() = need;
    shown_.mutable_as_of_date()->set_year(2026);
    shown_.mutable_as_of_date()->set_month(11);
    shown_.mutable_as_of_date()->set_day(23);
    // Names are joined by the service.
    for (auto& band : *shown_.mutable_results(0)->mutable_rankings(0)->mutable_bands()) {
      for (auto& offering : *band.mutable_offerings()) {
        offering.set_member_display_name("Maison " + offering.member().substr(8));
        offering.mutable_title()->set_fr("Boutique " + offering.member().substr(8));
        offering.mutable_title()->set_en("Shop " + offering.member().substr(8));
      }
    }
    blind_ = decision::Blindfold(world_.snapshot(), world_.rulebook(), decision::kToday);
  }

  Case Open() const {
    auto opened = Case::Open({.shown = shown_,
                              .snapshot = world_.snapshot(),
                              .rulebook = world_.rulebook(),
                              .blind = blind_});
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }
  const pb::Ranking& ranking() const { return shown_.results(0).rankings(0); }

  std::string Report(Language language) const {
    return report::MakeReport({.recommendation = shown_,
                               .plan = plan::MakePlan(shown_, world_.snapshot(), world_.rulebook()),
                               .stability = TellStability(Open(), ""),
                               .unknowns = TellUnknowns(Open(), ""),
                               .rules = world_.rulebook().source,
                               .receipt_digest = "00ff"},
                              language);
  }
  pb::Plan Plan() const { return plan::MakePlan(shown_, world_.snapshot(), world_.rulebook()); }

 private:
  AnswerWorld world_;
  Asked asked_;
  pb::Recommendation shown_;
  decision::BlindCatalog blind_;
};

const Answered& Few() {
  static const auto* const few = new Answered({"zoe", "ada"});
  return *few;
}
const Answered& Enough() {
  static const auto* const enough = new Answered({"zoe", "ada", "lin", "mia"});
  return *enough;
}

// The budget leaves nothing; without it there would be two suppliers, or four.
const Answered& NoneOfTwo() {
  static const auto* const none = new Answered({"zoe", "ada"}, 1);
  return *none;
}
const Answered& NoneOfFour() {
  static const auto* const none = new Answered({"zoe", "ada", "lin", "mia"}, 1);
  return *none;
}

constexpr char kZoe[] = "members/zoe/offerings/shop";
constexpr char kAda[] = "members/ada/offerings/shop";

auto SaysItIsShort(Language language) {
  return language == Language::kFr
             ? AllOf(HasSubstr("Liste insuffisante : moins de trois fournisseurs indépendants"),
                     HasSubstr("pas un classement"))
             : AllOf(HasSubstr("Insufficient list: fewer than three independent suppliers"),
                     HasSubstr("no ranking"));
}

TEST(ShortList, IsOneWhereTwoSuppliersAreLeftAndNotWhereFourAre) {
  EXPECT_TRUE(Few().ranking().insufficient_range());
  EXPECT_FALSE(Enough().ranking().insufficient_range());
}

TEST(ShortList, WhyNotTellsNoRank) {
  const pb::WhyNot why = TellWhyNot(Few().Open(), kZoe, "").needs(0);
  EXPECT_TRUE(why.insufficient_range());
  EXPECT_EQ(why.rank(), 0);
  EXPECT_EQ(why.score(), 0);
  EXPECT_FALSE(why.has_first());
  EXPECT_THAT(why.summary().fr(), AllOf(SaysItIsShort(Language::kFr), HasSubstr("aucun rang")));
  EXPECT_THAT(why.summary().en(), AllOf(SaysItIsShort(Language::kEn), HasSubstr("no rank")));

  const pb::WhyNot ranked = TellWhyNot(Enough().Open(), kZoe, "").needs(0);
  EXPECT_FALSE(ranked.insufficient_range());
  EXPECT_GE(ranked.rank(), 1);
}

TEST(ShortList, ComparingSaysThatNeitherIsRankedBetter) {
  const pb::Comparison two = TellComparison(Few().Open(), kZoe, kAda, "").needs(0);
  EXPECT_TRUE(two.insufficient_range());
  EXPECT_THAT(two.summary().fr(), AllOf(SaysItIsShort(Language::kFr), HasSubstr("Pour A"),
                                        Not(HasSubstr("mieux classée")), Not(HasSubstr("points")),
                                        Not(HasSubstr("+"))));
  EXPECT_THAT(two.summary().en(), AllOf(SaysItIsShort(Language::kEn), HasSubstr("For A"),
                                        Not(HasSubstr("ranked better")), Not(HasSubstr("points")),
                                        Not(HasSubstr("+"))));
  EXPECT_EQ(two.gap(), 0);
  EXPECT_EQ(two.cons_size(), 0);
  EXPECT_GT(two.differences_size(), 0) << "what each says stays, criterion by criterion";
  EXPECT_NE(TellComparison(Enough().Open(), kZoe, kAda, "").needs(0).gap(), 0);
}

TEST(ShortList, StabilityHasNoOrderToTry) {
  const pb::Stability stability = TellStability(Few().Open(), "").rankings(0);
  EXPECT_TRUE(stability.insufficient_range());
  EXPECT_EQ(stability.label(), pb::Stability::LABEL_UNSPECIFIED);
  EXPECT_EQ(stability.offerings_size(), 0);
  EXPECT_THAT(stability.summary().fr(), SaysItIsShort(Language::kFr));
  EXPECT_THAT(stability.summary().en(), SaysItIsShort(Language::kEn));
  EXPECT_GT(TellStability(Enough().Open(), "").rankings(0).offerings_size(), 0);
}

TEST(ShortList, UnknownsAndWhatIfSaySoFirst) {
  const pb::Unknowns unknowns = TellUnknowns(Few().Open(), "").rankings(0);
  EXPECT_TRUE(unknowns.insufficient_range());
  EXPECT_THAT(unknowns.summary().fr(), SaysItIsShort(Language::kFr));
  EXPECT_THAT(unknowns.summary().en(), SaysItIsShort(Language::kEn));
  for (const auto side :
       {pb::CounterfactualExplanation::OFFERING, pb::CounterfactualExplanation::FIRM,
        pb::CounterfactualExplanation::WEIGHTS}) {
    const pb::Counterfactual c =
        TellCounterfactuals(Few().Open(), kZoe, kTopThree, side, "").needs(0);
    EXPECT_TRUE(c.insufficient_range());
    EXPECT_EQ(c.rank(), 0);
    EXPECT_EQ(c.score(), 0);
    EXPECT_THAT(c.summary().fr(), AllOf(SaysItIsShort(Language::kFr), Not(HasSubstr("au rang"))));
    EXPECT_THAT(c.summary().en(), AllOf(SaysItIsShort(Language::kEn), Not(HasSubstr("at rank"))));
  }
}

TEST(ShortList, WhatIfCountsTheSuppliersAfterTheChange) {
  for (const auto goal : {pb::CounterfactualExplanation::FIRST_BAND, kTopThree}) {
    const pb::Counterfactual two =
        TellCounterfactuals(NoneOfTwo().Open(), kZoe, goal, pb::CounterfactualExplanation::FIRM, "")
            .needs(0);
    ASSERT_EQ(two.found(), pb::Counterfactual::CHANGES) << two.summary().fr();
    EXPECT_TRUE(two.insufficient_range());
    EXPECT_EQ(two.rank(), 0);
    EXPECT_EQ(two.score(), 0);
    EXPECT_THAT(two.summary().fr(),
                AllOf(SaysItIsShort(Language::kFr), HasSubstr("Pour remplir toutes les conditions"),
                      HasSubstr("resterait insuffisante"), Not(HasSubstr("rang 1")),
                      Not(HasSubstr("points")), Not(HasSubstr("atteindre"))));
    EXPECT_THAT(two.summary().en(),
                AllOf(SaysItIsShort(Language::kEn), HasSubstr("To meet all conditions"),
                      HasSubstr("stay insufficient"), Not(HasSubstr("rank 1")),
                      Not(HasSubstr("points")), Not(HasSubstr("To reach"))));

    const pb::Counterfactual four = TellCounterfactuals(NoneOfFour().Open(), kZoe, goal,
                                                        pb::CounterfactualExplanation::FIRM, "")
                                        .needs(0);
    ASSERT_EQ(four.found(), pb::Counterfactual::CHANGES) << four.summary().fr();
    EXPECT_FALSE(four.insufficient_range());
    EXPECT_GE(four.rank(), 1);
    EXPECT_THAT(four.summary().fr(), HasSubstr("La liste serait alors un classement"));
    EXPECT_THAT(four.summary().en(), HasSubstr("The list would then be a ranking"));
  }
}

// Two suppliers and one more, or one and one more: whether a list is a ranking hangs on the
// offering asked about.
TEST(ShortList, WhatIfCountsTheOfferingItself) {
  const auto ask = [](const Answered& answered, const char* offering) {
    return TellCounterfactuals(answered.Open(), offering, kTopThree,
                               pb::CounterfactualExplanation::OFFERING, "")
        .needs(0);
  };
  const pb::Counterfactual third = ask(Few(), "members/far/offerings/shop");
  ASSERT_EQ(third.found(), pb::Counterfactual::CHANGES) << third.summary().fr();
  EXPECT_FALSE(third.insufficient_range());
  EXPECT_GE(third.rank(), 1);
  EXPECT_THAT(third.summary().fr(), AllOf(SaysItIsShort(Language::kFr),
                                          HasSubstr("La liste serait alors un classement")));
  const pb::Counterfactual second = ask(Answered({"ada"}), "members/far/offerings/shop");
  ASSERT_EQ(second.found(), pb::Counterfactual::CHANGES) << second.summary().fr();
  EXPECT_TRUE(second.insufficient_range());
  EXPECT_EQ(second.rank(), 0);
  EXPECT_THAT(second.summary().fr(), HasSubstr("resterait insuffisante"));
}

// No feature is marked as one that a law asks for: whoever gives one up is told to mind that.
TEST(ShortList, GivingUpAFeatureIsToldToMindTheLaw) {
  const Answered featured({"zoe", "ada", "lin", "mia"}, 0, "french_sales_law");
  const pb::Repairs feature = TellRepairs(featured.Open(), "").rankings(0);
  ASSERT_GT(feature.repairs_size(), 0) << feature.summary().fr();
  ASSERT_EQ(feature.repairs(0).relaxed(0).feature_id(), "french_sales_law");
  EXPECT_THAT(feature.summary().fr(), HasSubstr("si la loi demande une fonction"));
  EXPECT_THAT(feature.summary().en(), HasSubstr("where law asks for a feature"));
  const pb::Repairs budget = TellRepairs(NoneOfFour().Open(), "").rankings(0);
  EXPECT_THAT(budget.summary().fr(), Not(HasSubstr("si la loi demande")));
  EXPECT_THAT(budget.summary().en(), Not(HasSubstr("where law asks")));
}

TEST(ShortList, GivingUpPromisesNoRankingWhereThereWouldBeNone) {
  const auto sentence = [](const Answered& answered) {
    const pb::Repairs repairs = TellRepairs(answered.Open(), "").rankings(0);
    EXPECT_EQ(repairs.repairs_size(), 1);
    return repairs.repairs(0).sentence();
  };
  EXPECT_THAT(sentence(NoneOfTwo()).fr(),
              AllOf(HasSubstr("2 offres rempliraient les conditions : trop peu de fournisseurs"),
                    Not(HasSubstr("classées"))));
  EXPECT_THAT(sentence(NoneOfTwo()).en(),
              AllOf(HasSubstr("2 offerings would qualify: too few suppliers for a ranking"),
                    Not(HasSubstr("ranked"))));
  EXPECT_THAT(sentence(NoneOfFour()).fr(), AllOf(HasSubstr("4 offres rempliraient les conditions."),
                                                 Not(HasSubstr("classées"))));
  EXPECT_THAT(sentence(NoneOfFour()).en(),
              AllOf(HasSubstr("4 offerings would qualify."), Not(HasSubstr("ranked"))));
}

pb::PlanStep ShopStep(const pb::Plan& plan) {
  for (const pb::PlanStep& step : plan.steps()) {
    if (step.need_id() == "ECOMMERCE") return step;
  }
  ADD_FAILURE() << "the shop is a step of the plan";
  return {};
}

TEST(ShortList, ThePlanSpeaksOfNoFirstRank) {
  const pb::PlanStep step = ShopStep(Few().Plan());
  EXPECT_THAT(step.text().fr(),
              AllOf(HasSubstr("Liste insuffisante"), Not(HasSubstr("premier rang"))));
  EXPECT_THAT(step.text().en(),
              AllOf(HasSubstr("Insufficient list"), Not(HasSubstr("first rank"))));
  for (const auto& option : step.options()) {
    EXPECT_THAT(option.text().fr(), Not(HasSubstr("premier rang")));
    EXPECT_THAT(option.text().en(), Not(HasSubstr("first rank")));
  }
  EXPECT_THAT(ShopStep(Enough().Plan()).text().fr(), HasSubstr("premier rang"));
}

// "Rang", "Note /100", "rang 1 · 71,20 / 100" are how the report speaks of a ranking.
TEST(ShortList, TheReportNamesTheMembersAndHasNeitherRankNorScore) {
  const std::string fr = Few().Report(Language::kFr);
  const std::string en = Few().Report(Language::kEn);
  for (const char* words : {"<th>Rang</th>", "Note /100", "au premier rang", " / 100"}) {
    EXPECT_THAT(fr, Not(HasSubstr(words)));
    EXPECT_THAT(Enough().Report(Language::kFr), HasSubstr(words));
  }
  for (const char* words : {"<th>Rank</th>", "Score /100", "at the first rank", " / 100"}) {
    EXPECT_THAT(en, Not(HasSubstr(words)));
    EXPECT_THAT(Enough().Report(Language::kEn), HasSubstr(words));
  }
  EXPECT_THAT(fr, AllOf(HasSubstr("2 fournisseurs indépendants seulement (<bdi>Maison ada</bdi>, "
                                  "<bdi>Maison zoe</bdi>)"),
                        HasSubstr("pour un classement")));
  EXPECT_THAT(en, AllOf(HasSubstr("2 independent suppliers only (<bdi>Maison ada</bdi>, "
                                  "<bdi>Maison zoe</bdi>)"),
                        HasSubstr("for a ranking")));
  // By name, although zoe is the cheaper and the better one.
  EXPECT_LT(fr.find("Boutique ada"), fr.find("Boutique zoe"));
}

// What was asked stands beside what was found, the same for all offerings of a list.
TEST(Asked, IsSaidOfEachCriterion) {
  const pb::Ranking& ranking = Enough().ranking();
  std::map<std::string, std::string> asked;
  for (const auto& band : ranking.bands()) {
    for (const auto& offering : band.offerings()) {
      for (const auto& c : offering.contributions()) {
        EXPECT_FALSE(c.asked().fr().empty()) << c.criterion_id();
        EXPECT_FALSE(c.asked().en().empty()) << c.criterion_id();
        const auto [it, fresh] = asked.emplace(c.criterion_id(), c.asked().fr());
        EXPECT_EQ(it->second, c.asked().fr()) << "one need, whatever the offering";
      }
    }
  }
  ASSERT_GT(asked.size(), 10u);
  EXPECT_THAT(asked["C01"], HasSubstr("souhaité"));
  EXPECT_THAT(asked["C02"], HasSubstr("taille de l'entreprise : "));
  EXPECT_THAT(asked["C03"], HasSubstr("métier de l'entreprise : "));
  EXPECT_THAT(asked["C09"], HasSubstr("ou moins"));  // a commitment: less is better
  EXPECT_THAT(asked["C06"], AllOf(HasSubstr("cible sur 36 mois : "), HasSubstr("€")));
  EXPECT_EQ(asked["C16"], "attendu de toute offre, au mieux : 30\u00a0jours ou plus");
}

}  // namespace
}  // namespace aplomb::tell
