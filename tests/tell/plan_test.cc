// The path: what comes first, at most three steps, the law apart, bundles.
#include "decision/plan/plan.h"

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "base/civil_day.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"

namespace aplomb::plan {
namespace {

namespace pb = advisor::v1;
using decision::AnswerWorld;
using decision::Asked;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kFirm[] = R"pb(
  profile {
    activity { nomenclature: NAF_REV2 code: "10.71C" }
    staff_count: 3
    department_code: "69"
    vat_regime: REAL_SIMPLIFIED
  }
)pb";

std::string Price(int64_t euros) {
  return "pricing { components { model: FLAT period: MONTH amount { micros: " +
         std::to_string(euros) + "000000 currency_code: \"EUR\" } } }";
}

class Path : public ::testing::Test {
 protected:
  pb::Plan Make(const std::string& text, int32_t day = decision::kToday) {
    return MakeFor(std::string(kFirm) + text, day);
  }
  pb::Plan MakeFor(const std::string& text, int32_t day) {
    const Asked asked(text);
    shown_ = world_.Answer(asked, day);
    *shown_.mutable_profile() = asked.profile;
    for (const auto& need : asked.needs) *shown_.add_needs() = need;
    return MakePlan(shown_, world_.snapshot(), world_.rulebook());
  }
  static std::vector<std::string> Steps(const pb::Plan& plan) {
    std::vector<std::string> ids;
    for (const auto& step : plan.steps()) ids.push_back(step.need_id());
    return ids;
  }
  static std::vector<std::string> Later(const pb::Plan& plan) {
    std::vector<std::string> ids;
    for (const auto& later : plan.later()) ids.push_back(later.need_id());
    return ids;
  }

  AnswerWorld world_;
  pb::Recommendation shown_;
};

TEST_F(Path, PutsAMissingHardPrerequisiteFirst) {
  const pb::Plan plan = Make("needs { need_id: \"A11Y\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("DOMAIN", "SHOWCASE", "A11Y"));
  EXPECT_EQ(plan.steps(0).reason(), pb::PlanStep::HARD_PREREQUISITE);
  EXPECT_EQ(plan.steps(0).for_need_id(), "SHOWCASE");
  EXPECT_EQ(plan.steps(1).for_need_id(), "A11Y");
  EXPECT_EQ(plan.steps(2).reason(), pb::PlanStep::ASKED);
  EXPECT_EQ(plan.steps(0).answer(), pb::PlanStep::ASK);
  EXPECT_THAT(plan.steps(0).text().fr(), HasSubstr("Si vous l'avez déjà, dites-le"));
}

TEST_F(Path, LeavesOutWhatTheFirmHas) {
  const pb::Plan plan = Make("profile { met_need_ids: \"SHOWCASE\" } needs { need_id: \"A11Y\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("A11Y"));
}

TEST_F(Path, LeavesOutAPrerequisiteThatTheFirstRankBrings) {
  world_.Add("a", "shop", Price(20) + " need_ids: \"DOMAIN\"");
  const pb::Plan plan =
      Make("profile { met_need_ids: \"ONLINE_PAY\" } needs { need_id: \"ECOMMERCE\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("ECOMMERCE"));
  EXPECT_EQ(plan.steps(0).answer(), pb::PlanStep::CHOOSE);
}

TEST_F(Path, HasThreeStepsAtMostAndSaysWhatComesLater) {
  const pb::Plan plan = Make(
      "needs { need_id: \"CRM\" } needs { need_id: \"OFFICE\" } needs { need_id: \"BACKUP\" } "
      "needs { need_id: \"ESIGN\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("OFFICE", "BACKUP", "CRM")) << "the lower stage first";
  EXPECT_THAT(Later(plan), ElementsAre("ESIGN"));
}

// What a need stands on is placed with it or put off with it, each link by name.
TEST_F(Path, PlacesAChainWholeOrNotAtAll) {
  struct Case {
    const char* name;
    const char* asked;
    std::vector<std::string> steps;
    std::vector<std::string> later;
  };
  const Case cases[] = {
      {"one step left for a chain of three",
       "needs { need_id: \"COLLAB\" } needs { need_id: \"OFFICE\" } needs { need_id: \"A11Y\" }",
       {"OFFICE", "COLLAB"},
       {"DOMAIN", "SHOWCASE", "A11Y"}},
      {"what comes after the chain takes the step",
       "needs { need_id: \"CRM\" } needs { need_id: \"LOYALTY\" } needs { need_id: \"SHOWCASE\" } "
       "needs { need_id: \"EINV_EMIT\" }",
       {"EINV_EMIT", "LOYALTY", "CRM"},
       {"DOMAIN", "SHOWCASE"}},
      {"a link of two chains is told once",
       "needs { need_id: \"CRM\" } needs { need_id: \"OFFICE\" } needs { need_id: \"SHOWCASE\" } "
       "needs { need_id: \"A11Y\" }",
       {"OFFICE", "CRM"},
       {"DOMAIN", "SHOWCASE", "A11Y"}},
      {"a link that a later wish brings is a step",
       "needs { need_id: \"CRM\" } needs { need_id: \"A11Y\" } needs { need_id: \"SHOWCASE\" }",
       {"DOMAIN", "SHOWCASE", "CRM"},
       {"A11Y"}},
      {"four links do not fit, two of them do",
       "profile { met_need_ids: \"EINV_RECV\" } needs { need_id: \"ECOMMERCE\" } "
       "needs { need_id: \"SHOWCASE\" }",
       {"DOMAIN", "SHOWCASE"},
       {"ONLINE_PAY", "ECOMMERCE"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const pb::Plan plan = Make(c.asked);
    EXPECT_EQ(Steps(plan), c.steps);
    EXPECT_EQ(Later(plan), c.later);
    const std::string count = std::to_string(c.later.size());
    const std::string s = c.later.size() == 1 ? "." : "s.";
    EXPECT_THAT(plan.summary().fr(), EndsWith(". Plus tard : " + count + " besoin" + s));
    EXPECT_THAT(plan.summary().en(), EndsWith(". Later: " + count + " need" + s));
  }
  const pb::Plan plan = Make(cases[0].asked);
  EXPECT_THAT(plan.later(0).text().fr(), HasSubstr("en même temps que « Site vitrine"));
  EXPECT_THAT(plan.later(2).text().fr(), HasSubstr("trois étapes au plus"));
}

// Only where nothing else is to be done, the first links of a chain that fits into no plan.
TEST_F(Path, BeginsAChainThatIsLongerThanAnyPlan) {
  decision::CompiledRulebook longer = world_.rulebook();
  for (auto& need : *longer.source.mutable_needs()) {
    if (need.need_id() != "DOMAIN") continue;
    auto& before = *need.add_prerequisites();
    before.add_any_of("CONNECT");
    before.set_hard(true);
  }
  Make("needs { need_id: \"A11Y\" }");
  const pb::Plan plan = MakePlan(shown_, world_.snapshot(), longer);
  EXPECT_THAT(Steps(plan), ElementsAre("CONNECT", "DOMAIN", "SHOWCASE"));
  EXPECT_THAT(Later(plan), ElementsAre("A11Y"));
  EXPECT_THAT(plan.later(0).text().en(), HasSubstr("fills this plan already"));
}

TEST_F(Path, OrdersSoftPrerequisitesToo) {
  const pb::Plan plan = Make("needs { need_id: \"EMAIL\" } needs { need_id: \"DOMAIN\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("DOMAIN", "EMAIL"));
}

TEST_F(Path, AdvisesASoftPrerequisiteWithoutAStep) {
  const pb::Plan plan = Make("needs { need_id: \"BOOKING\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("BOOKING"));
  EXPECT_THAT(plan.steps(0).soft_prerequisite_need_ids(), ElementsAre("SHOWCASE"));
  EXPECT_THAT(plan.steps(0).text().fr(), HasSubstr("Conseillé avant ou avec"));
}

TEST_F(Path, KeepsTheLawThatNobodyAskedAboutApart) {
  const pb::Plan plan = Make("needs { need_id: \"CRM\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("CRM")) << "a duty pushes no wish out";
  ASSERT_GE(plan.legal_checklist_size(), 1);
  EXPECT_EQ(plan.legal_checklist(0).need_id(), "EINV_RECV");
  EXPECT_FALSE(plan.legal_checklist(0).asked());
}

// A need of law that the firm asks for is a step with offerings and costs, besides the list of law.
TEST_F(Path, MakesAStepOfANeedOfLawThatWasAskedFor) {
  world_.Add("a", "reception", Price(7) + " need_ids: \"EINV_RECV\"");
  const pb::Plan plan = Make(
      "profile { vat_regime: REAL_NORMAL einvoicing { platform_chosen: false } } "
      "needs { need_id: \"CRM\" } needs { need_id: \"OFFICE\" } needs { need_id: \"BACKUP\" } "
      "needs { need_id: \"EINV_RECV\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("EINV_RECV", "OFFICE", "CRM"))
      << "no wish puts off a duty in force";
  EXPECT_THAT(Later(plan), ElementsAre("BACKUP"));
  EXPECT_EQ(plan.legal_checklist(0).need_id(), "EINV_RECV");
  EXPECT_EQ(plan.legal_checklist(0).status(), pb::LegalNotice::DUE);
  EXPECT_TRUE(plan.legal_checklist(0).asked());
  const pb::PlanStep& step = plan.steps(0);
  EXPECT_EQ(step.reason(), pb::PlanStep::ASKED);
  EXPECT_EQ(step.options(step.options_size() - 1).answer(), pb::PlanStep::BUY_NOTHING);
  EXPECT_THAT(step.options(step.options_size() - 1).text().fr(), HasSubstr("la loi continue"));
}

// The duties of e-invoicing are those of firms liable to VAT (CGI, art. 289 bis): for another firm
// such a need is a wish like any other, and it is told why, once.
TEST_F(Path, MakesNoDutyOfWhatDoesNotConcernTheFirm) {
  struct Case {
    const char* vat_regime;
    bool duty;
  };
  const Case cases[] = {{"NOT_LIABLE", false}, {"FRANCHISE_BASE", true}, {"REAL_NORMAL", true}};
  for (const Case& c : cases) {
    SCOPED_TRACE(c.vat_regime);
    const pb::Plan plan = Make(std::string("profile { vat_regime: ") + c.vat_regime +
                               " } needs { need_id: \"BOOKING\" } "
                               "needs { need_id: \"EINV_RECV\" }");
    int law = plan.legal_checklist_size();
    for (const pb::PlanStep& step : plan.steps()) {
      std::string text = step.text().fr() + step.text().en();
      for (const auto& option : step.options()) text += option.text().fr() + option.text().en();
      for (const char* word : {"la loi", "the law", "obligation", "duty"}) {
        law += text.find(word) != std::string::npos;
      }
    }
    if (c.duty) {
      EXPECT_GT(law, 2);
      EXPECT_EQ(Steps(plan)[0], "EINV_RECV");
      EXPECT_THAT(plan.summary().fr(), Not(HasSubstr("assujettie")));
    } else {
      EXPECT_EQ(law, 0) << plan.DebugString();
      EXPECT_THAT(plan.summary().fr(), Not(HasSubstr("à vérifier")));
      EXPECT_THAT(plan.summary().fr(),
                  HasSubstr("Vous avez dit que l'entreprise n'est pas assujettie à la TVA : « "));
      EXPECT_THAT(plan.summary().en(), HasSubstr("is no duty of law"));
    }
  }
}

TEST_F(Path, TellsOnceOfAllDutiesThatDoNotConcernTheFirm) {
  const pb::Plan plan = Make(
      "profile { vat_regime: NOT_LIABLE } needs { need_id: \"EINV_RECV\" } "
      "needs { need_id: \"EINV_EMIT\" }");
  EXPECT_THAT(plan.legal_checklist(), IsEmpty());
  EXPECT_THAT(plan.summary().fr(), HasSubstr(" » et « "));
  EXPECT_THAT(plan.summary().fr(), HasSubstr(" » ne sont pas des obligations légales pour elle."));
  EXPECT_THAT(plan.summary().en(), HasSubstr("\" are no duties of law."));
}

// Where nobody asked for it, nothing is said of it.
TEST_F(Path, IsSilentOnDutiesThatNeitherConcernTheFirmNorWereAskedFor) {
  const pb::Plan plan = Make("profile { vat_regime: NOT_LIABLE } needs { need_id: \"CRM\" }");
  EXPECT_THAT(plan.legal_checklist(), IsEmpty());
  EXPECT_THAT(plan.summary().fr(), Not(HasSubstr("assujettie")));
}

TEST_F(Path, KeepsWhatMeetsADuty) {
  const pb::Plan plan = Make(
      "profile { vat_regime: REAL_NORMAL einvoicing { platform_chosen: true } } "
      "needs { need_id: \"EINV_RECV\" } needs { need_id: \"CRM\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("EINV_RECV", "CRM"));
  EXPECT_EQ(plan.legal_checklist(0).status(), pb::LegalNotice::MET);
  EXPECT_EQ(plan.steps(0).answer(), pb::PlanStep::KEEP);
  EXPECT_EQ(plan.steps(0).options(0).answer(), pb::PlanStep::KEEP);
  for (const auto& option : plan.steps(0).options()) {
    EXPECT_NE(option.answer(), pb::PlanStep::BUY_NOTHING) << "to keep is to buy nothing";
  }
}

TEST_F(Path, AsksOfADutyInsteadOfPresuming) {
  const pb::Plan plan = Make("needs { need_id: \"EINV_RECV\" } needs { need_id: \"CRM\" }");
  EXPECT_THAT(Steps(plan), ElementsAre("EINV_RECV", "CRM"));
  ASSERT_GE(plan.legal_checklist_size(), 2);
  EXPECT_EQ(plan.legal_checklist(0).need_id(), "EINV_RECV");
  EXPECT_EQ(plan.legal_checklist(0).status(), pb::LegalNotice::TO_ASK);
  EXPECT_TRUE(plan.legal_checklist(0).asked());
  EXPECT_EQ(plan.legal_checklist(1).need_id(), "EINV_EMIT");
  EXPECT_EQ(plan.legal_checklist(1).status(), pb::LegalNotice::UPCOMING);
}

// The duties of e-invoicing on the days on which they begin, for each size of firm: receiving from
// 1 September 2026 for everybody, issuing from that day for firms of middle size and large ones,
// from 1 September 2027 for all others (CGI, art. 289 bis). What the firm has not told is asked.
struct Duty {
  const char* name;
  const char* profile;
  // Reception, issuing; on 31 August and 1 September 2026, on 31 August and 1 September 2027.
  const char* statuses[4];
};

void PrintTo(const Duty& row, std::ostream* out) { *out << row.name; }

class LegalDays : public Path, public ::testing::WithParamInterface<Duty> {};

TEST_P(LegalDays, BeginOnTheirDay) {
  const char* days[] = {"2026-08-31", "2026-09-01", "2027-08-31", "2027-09-01"};
  for (size_t i = 0; i < 4; ++i) {
    SCOPED_TRACE(days[i]);
    const pb::Plan plan =
        MakeFor(std::string(R"pb(profile {
                                   activity { nomenclature: NAF_REV2 code: "62.01Z" }
                                   department_code: "69"
                                   clientele: B2B
                                 }
                                 needs { need_id: "CRM" })pb") +
                    GetParam().profile,
                base::ParseDay(days[i]).value());
    std::string statuses;
    for (const auto& step : plan.legal_checklist()) {
      statuses += (statuses.empty() ? "" : " ") + pb::LegalNotice::Status_Name(step.status());
      EXPECT_FALSE(step.text().fr().empty());
      EXPECT_FALSE(step.text().en().empty());
      // What is to be asked is asked in words.
      if (step.status() == pb::LegalNotice::TO_ASK) {
        EXPECT_THAT(step.text().fr(), HasSubstr("À demander"));
        EXPECT_THAT(step.text().en(), HasSubstr("To be asked"));
      }
    }
    EXPECT_EQ(statuses, GetParam().statuses[i]);
    EXPECT_LE(plan.steps_size(), 3);
  }
}

constexpr char kWaits[] = "UPCOMING UPCOMING";

INSTANTIATE_TEST_SUITE_P(
    Law, LegalDays,
    ::testing::Values(
        Duty{"OnePersonUnderTheFranchise",
             "profile { staff_count: 0 vat_regime: FRANCHISE_BASE }",
             {kWaits, "TO_ASK UPCOMING", "TO_ASK UPCOMING", "TO_ASK TO_ASK"}},
        Duty{"Micro",
             "profile { staff_count: 9 vat_regime: REAL_SIMPLIFIED }",
             {kWaits, "TO_ASK UPCOMING", "TO_ASK UPCOMING", "TO_ASK TO_ASK"}},
        Duty{"Small",
             "profile { staff_count: 49 vat_regime: REAL_NORMAL }",
             {kWaits, "TO_ASK UPCOMING", "TO_ASK UPCOMING", "TO_ASK TO_ASK"}},
        Duty{"MediumToTheLastPerson",
             "profile { staff_count: 249 vat_regime: REAL_NORMAL }",
             {kWaits, "TO_ASK UPCOMING", "TO_ASK UPCOMING", "TO_ASK TO_ASK"}},
        Duty{"MidSizeFrom250",
             "profile { staff_count: 250 vat_regime: REAL_NORMAL }",
             {kWaits, "TO_ASK TO_ASK", "TO_ASK TO_ASK", "TO_ASK TO_ASK"}},
        Duty{"MidSizeByTurnoverAndBalance",
             R"pb(profile {
                    staff_count: 120
                    vat_regime: REAL_NORMAL
                    turnover { micros: 50000000000001 currency_code: "EUR" }
                    balance_total { micros: 43000000000001 currency_code: "EUR" }
                  })pb",
             {kWaits, "TO_ASK TO_ASK", "TO_ASK TO_ASK", "TO_ASK TO_ASK"}},
        Duty{"StillSmallWithALowBalance",
             R"pb(profile {
                    staff_count: 120
                    vat_regime: REAL_NORMAL
                    turnover { micros: 50000000000001 currency_code: "EUR" }
                    balance_total { micros: 43000000000000 currency_code: "EUR" }
                  })pb",
             {kWaits, "TO_ASK UPCOMING", "TO_ASK UPCOMING", "TO_ASK TO_ASK"}},
        Duty{"SizeNotTold",
             "profile { vat_regime: REAL_NORMAL einvoicing { issues_already: false } }",
             {kWaits, "TO_ASK TO_ASK", "TO_ASK TO_ASK", "TO_ASK DUE"}},
        Duty{"BalanceNotTold",
             R"pb(profile {
                    staff_count: 120
                    vat_regime: REAL_NORMAL
                    turnover { micros: 50000000000001 currency_code: "EUR" }
                    einvoicing { issues_already: false }
                  })pb",
             {kWaits, "TO_ASK TO_ASK", "TO_ASK TO_ASK", "TO_ASK DUE"}},
        Duty{"SmallAndNothingDone",
             R"pb(profile {
                    staff_count: 3
                    vat_regime: FRANCHISE_BASE
                    einvoicing { platform_chosen: false issues_already: false }
                  })pb",
             {kWaits, "DUE UPCOMING", "DUE UPCOMING", "DUE DUE"}},
        Duty{"LargeAndNothingDone",
             R"pb(profile {
                    staff_count: 2000
                    vat_regime: REAL_NORMAL
                    einvoicing { platform_chosen: false issues_already: false }
                  })pb",
             {kWaits, "DUE DUE", "DUE DUE", "DUE DUE"}},
        Duty{"AllDone",
             R"pb(profile {
                    staff_count: 3
                    vat_regime: REAL_NORMAL
                    einvoicing { platform_chosen: true issues_already: true }
                  })pb",
             {"MET MET", "MET MET", "MET MET", "MET MET"}},
        Duty{"DoneAndSizeNotTold",
             R"pb(profile {
                    vat_regime: REAL_NORMAL
                    einvoicing { platform_chosen: true issues_already: true }
                  })pb",
             {"MET MET", "MET MET", "MET MET", "MET MET"}},
        Duty{"VatNotTold",
             R"pb(profile {
                    staff_count: 3
                    einvoicing { platform_chosen: false issues_already: false }
                  })pb",
             {kWaits, "TO_ASK UPCOMING", "TO_ASK UPCOMING", "TO_ASK TO_ASK"}},
        Duty{"NotLiable", "profile { staff_count: 3 vat_regime: NOT_LIABLE }", {"", "", "", ""}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(Path, AsksTheSizeWhereTheDayHangsOnIt) {
  const pb::Plan plan =
      MakeFor("profile { vat_regime: REAL_NORMAL } needs { need_id: \"CRM\" }", decision::kToday);
  ASSERT_EQ(plan.legal_checklist_size(), 2);
  const pb::LegalStep& issuing = plan.legal_checklist(1);
  EXPECT_EQ(issuing.need_id(), "EINV_EMIT");
  EXPECT_THAT(issuing.text().fr(), HasSubstr("quels sont l'effectif et le chiffre d'affaires"));
  EXPECT_THAT(issuing.text().fr(), HasSubstr("1er\u00A0septembre\u00A0"
                                             "2027"));
  EXPECT_THAT(issuing.text().en(), HasSubstr("what are the firm's staff and turnover"));
  EXPECT_EQ(issuing.due_date().year(), 2026) << "the first day on which it may be due";
}

TEST_F(Path, BuysNothingWhereNothingQualifies) {
  const pb::Plan plan = Make("needs { need_id: \"CRM\" }");
  ASSERT_EQ(plan.steps_size(), 1);
  EXPECT_EQ(plan.steps(0).answer(), pb::PlanStep::BUY_NOTHING);
  ASSERT_EQ(plan.steps(0).options_size(), 1);
  EXPECT_EQ(plan.steps(0).options(0).tco36_micros(), 0);
}

TEST_F(Path, KeepsAnAdequateTool) {
  world_.Add("a", "shop", Price(200));
  const pb::Plan plan = Make(
      "profile { met_need_ids: \"DOMAIN\" met_need_ids: \"ONLINE_PAY\" existing_tools { "
      "tool_class: SHOP need_id: \"ECOMMERCE\" adequate: true "
      "monthly_cost { micros: 20000000 currency_code: \"EUR\" } } } "
      "needs { need_id: \"ECOMMERCE\" }");
  ASSERT_EQ(plan.steps_size(), 1);
  EXPECT_EQ(plan.steps(0).answer(), pb::PlanStep::KEEP);
  ASSERT_EQ(plan.steps(0).options_size(), 3);
  EXPECT_EQ(plan.steps(0).options(0).answer(), pb::PlanStep::KEEP);
  EXPECT_EQ(plan.steps(0).options(0).tco36_micros(), 720'000'000);
  EXPECT_EQ(plan.steps(0).options(2).answer(), pb::PlanStep::BUY_NOTHING);
}

// --- Bundles -------------------------------------------------------------------------------------

// A shop that serves a site too, and what a separate site and shop cost.
TEST_F(Path, PricesABundleAsOneAgainstSeparateChoices) {
  const std::string site =
      " features { need_id: \"SHOWCASE\" feature_id: \"own_domain\" level: FULL }";
  world_.Add("both", "suite", Price(30) + " need_ids: \"SHOWCASE\"" + site);
  world_.Add("one", "shop", Price(20));
  const pb::Plan plan = Make(
      "profile { met_need_ids: \"DOMAIN\" met_need_ids: \"ONLINE_PAY\" } "
      "needs { need_id: \"ECOMMERCE\" } needs { need_id: \"SHOWCASE\" }");
  ASSERT_EQ(plan.bundles_size(), 1);
  const pb::Bundle& bundle = plan.bundles(0);
  EXPECT_EQ(bundle.kind(), pb::Bundle::ONE_OFFERING);
  ASSERT_EQ(bundle.offerings_size(), 1);
  EXPECT_EQ(bundle.offerings(0).offering(), "members/both/offerings/suite");
  EXPECT_EQ(bundle.needs_size(), 2);
  EXPECT_EQ(bundle.tco36_micros(), 36 * 30'000'000) << "once, not twice";
  EXPECT_FALSE(bundle.has_separate_tco36_micros()) << "no other site is ranked";
  EXPECT_THAT(bundle.separate(), IsEmpty());
}

// The other choice is the cheapest basket: one offering that serves both needs counts once.
TEST_F(Path, ComparesABundleWithTheCheapestBasket) {
  const std::string site =
      " need_ids: \"SHOWCASE\" features { need_id: \"SHOWCASE\" feature_id: \"own_domain\" "
      "level: FULL }";
  world_.Add("a", "suite", Price(30) + site);
  world_.Add("b", "suite", Price(40) + site);
  world_.Add("c", "suite", Price(90) + site);
  world_.Add("d", "shop", Price(25));
  const pb::Plan plan = Make(
      "profile { met_need_ids: \"DOMAIN\" met_need_ids: \"ONLINE_PAY\" } "
      "needs { need_id: \"ECOMMERCE\" } needs { need_id: \"SHOWCASE\" }");
  ASSERT_EQ(plan.bundles_size(), 3);
  for (const pb::Bundle& one : plan.bundles()) {
    for (const pb::BundleNeed& need : one.needs()) {
      ASSERT_GT(need.rank(), 0);
      EXPECT_THAT(one.text().fr(),
                  HasSubstr(absl::StrCat(need.title().fr(), " » (rang ", need.rank(), ")")));
      EXPECT_THAT(one.text().en(), HasSubstr(absl::StrCat("(rank ", need.rank(), ")")));
    }
  }
  const int64_t others[] = {40, 30, 30};
  for (int i = 0; i < 3; ++i) {
    const pb::Bundle& bundle = plan.bundles(i);
    EXPECT_EQ(bundle.kind(), pb::Bundle::ONE_OFFERING);
    EXPECT_EQ(bundle.separate_tco36_micros(), 36 * 1'000'000 * others[i]);
    ASSERT_EQ(bundle.separate_size(), 2) << "by need";
    EXPECT_EQ(bundle.separate(0).offering(), bundle.separate(1).offering());
  }
  EXPECT_THAT(plan.bundles(0).text().en(), HasSubstr("The cheapest other choice for these needs"));
}

TEST_F(Path, NamesPairsThatDeclareToConnect) {
  const std::string site =
      " features { need_id: \"SHOWCASE\" feature_id: \"own_domain\" level: FULL }";
  world_.Add("one", "shop", Price(20) + " integrations { tool_classes: CMS }");
  world_.Add("two", "site", Price(10) + " need_ids: \"SHOWCASE\"" + site);
  const std::string asked =
      "profile { met_need_ids: \"DOMAIN\" met_need_ids: \"ONLINE_PAY\" } "
      "needs { need_id: \"ECOMMERCE\" } needs { need_id: \"SHOWCASE\" }";
  const pb::Plan with_suite = Make(asked);
  for (const pb::Bundle& bundle : with_suite.bundles()) {
    EXPECT_EQ(bundle.kind(), pb::Bundle::ONE_OFFERING) << "the site is a shop too";
  }
  auto& entry = world_.snapshot().offerings["members/two/offerings/site"];
  auto only_site = std::make_shared<catalog::OfferingEntry>(*entry);
  only_site->offering.clear_need_ids();
  only_site->offering.add_need_ids("SHOWCASE");
  entry = std::move(only_site);
  const pb::Plan plan = Make(asked);
  bool connected = false;
  for (const pb::Bundle& bundle : plan.bundles()) {
    if (bundle.kind() != pb::Bundle::CONNECTED) continue;
    connected = true;
    EXPECT_EQ(bundle.offerings_size(), 2);
    EXPECT_EQ(bundle.tco36_micros(), 36 * 30'000'000);
  }
  EXPECT_TRUE(connected);
}

}  // namespace
}  // namespace aplomb::plan
