// Rules that are about one member without naming it, in a catalogue of five shops made for it: what
// is found, and what is not.

#include "decision/neutrality/proxy_lint.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"
#include "tests/neutrality/sample_world.h"

namespace aplomb::decision {
namespace {

using ::testing::Contains;
using ::testing::Not;

// Five members with one shop each; `acme` has `own` besides what all have.
AnswerWorld Five(const std::string& all, const std::string& own) {
  AnswerWorld world;
  for (const char* member : {"acme", "brume", "corde", "dune", "elan"}) {
    const bool acme = absl::string_view(member) == "acme";
    world.Add(member, "shop",
              absl::StrCat("pricing { components { model: FLAT amount { micros: 50000000 "
                           "currency_code: \"EUR\" } period: MONTH } } ",
                           acme ? own : all));
  }
  return world;
}

std::vector<std::string> Found(const AnswerWorld& world, absl::Span<const ProofInput> inputs = {}) {
  std::vector<std::string> found;
  for (const ProxyFinding& one : FindProxies(world.rulebook(), world.snapshot(), inputs, kToday)) {
    found.push_back(absl::StrCat(one.code, " ", one.where, " ", one.member));
  }
  return found;
}

TEST(ProxyLint, AStatementThatIsTrueForOneMemberOnly) {
  const AnswerWorld world =
      Five("support { phone: false chat: true }", "support { phone: true hours: H24 chat: true }");
  EXPECT_THAT(Found(world), Contains("PX01 criteria[C13].measure.first_match.cases[0].when.all."
                                     "conditions[0] members/acme"));
  // Chat is everybody's.
  EXPECT_THAT(Found(world),
              Not(Contains("PX01 criteria[C13].measure.first_match.cases[3].when members/acme")));
}

TEST(ProxyLint, ASecondMemberMakesItOrdinary) {
  AnswerWorld world = Five("support { phone: false }", "support { phone: true hours: H24 }");
  world.Add("fable", "shop", "support { phone: true hours: H24 }");
  EXPECT_THAT(Found(world), Not(Contains(::testing::HasSubstr("criteria[C13]"))));
}

TEST(ProxyLint, AStatementThatIsFalseForOneMemberOnly) {
  const AnswerWorld world = Five("gdpr { dpa_available: true }", "gdpr { dpa_available: false }");
  EXPECT_THAT(Found(world), Contains(::testing::AllOf(
                                ::testing::HasSubstr("PX01 constraints[H13].satisfied_when"),
                                ::testing::HasSubstr("members/acme"))));
}

TEST(ProxyLint, SeveralOfferingsOfOneMemberAreOneMember) {
  AnswerWorld world = Five("support { phone: false }", "support { phone: true hours: H24 }");
  world.Add("acme", "shop2", "support { phone: true hours: H24 }");
  world.Add("acme", "shop3", "support { phone: true hours: H24 }");
  EXPECT_THAT(Found(world), Contains(::testing::HasSubstr("PX01 criteria[C13]")));
}

TEST(ProxyLint, WhereFewSayNothingIsConcluded) {
  // acme and two others say: three are too few.
  AnswerWorld world;
  for (const char* member : {"acme", "brume", "corde"}) {
    const bool acme = absl::string_view(member) == "acme";
    world.Add(member, "shop", absl::StrCat("support { phone: ", acme ? "true" : "false", " }"));
  }
  world.Add("dune", "shop", "");
  EXPECT_THAT(Found(world), Not(Contains(::testing::HasSubstr("criteria[C13]"))));
}

TEST(ProxyLint, AThresholdThatOneMemberAloneReaches) {
  const AnswerWorld world =
      Five("service_level { availability_bp: 9920 }", "service_level { availability_bp: 9992 }");
  EXPECT_THAT(Found(world), Contains("PX02 criteria[C27].breakpoints[1] members/acme"));
  EXPECT_THAT(Found(world), Contains("PX02 criteria[C27].breakpoints[2] members/acme"));
  // 9995 is reached by nobody.
  EXPECT_THAT(Found(world), Not(Contains("PX02 criteria[C27].breakpoints[3] members/acme")));
}

TEST(ProxyLint, AThresholdBelowWhichOneMemberStaysAlone) {
  const AnswerWorld world =
      Five("service_level { availability_bp: 9996 }", "service_level { availability_bp: 9900 }");
  EXPECT_THAT(Found(world), Contains("PX02 criteria[C27].breakpoints[0] members/acme"));
}

TEST(ProxyLint, RulesThatReadTheFirmAreJudgedByTheirEffect) {
  // H05 asks for the firm's region: five firms elsewhere than acme sells.
  AnswerWorld world;
  for (const char* member : {"acme", "brume", "corde", "dune", "elan"}) {
    const bool acme = absl::string_view(member) == "acme";
    world.Add(member, "shop",
              absl::StrCat("pricing { components { model: FLAT amount { micros: 50000000 "
                           "currency_code: \"EUR\" } period: MONTH } } ",
                           acme ? "coverage { regions { codes: \"11\" } }" : ""));
  }
  std::vector<ProofInput> inputs;
  for (int i = 0; i < 5; ++i) {
    const Asked asked(kQuickIntake);
    inputs.push_back(
        {.id = absl::StrCat("firm-", i), .profile = asked.profile, .needs = asked.needs});
  }
  EXPECT_THAT(Found(world, inputs), Contains("PX03 constraints[H05] members/acme"));
  // Four are below the number that says something.
  inputs.pop_back();
  EXPECT_THAT(Found(world, inputs), Not(Contains("PX03 constraints[H05] members/acme")));
}

TEST(ProxyLint, ACriterionWhoseAdvantageIsOneMembers) {
  const AnswerWorld world =
      Five("onboarding { days_to_live: 90 }", "onboarding { days_to_live: 1 }");
  const Asked asked(kQuickIntake);
  const std::vector<ProofInput> inputs = {
      {.id = "firm", .profile = asked.profile, .needs = asked.needs}};
  EXPECT_THAT(Found(world, inputs), Contains("PX03 criteria[C12] members/acme"));
  // All members alike on the commitment: no advantage, nobody's.
  EXPECT_THAT(Found(world, inputs), Not(Contains("PX03 criteria[C09] members/acme")));
}

// What the published rules single out in the sample, looked at by people: till software that alone
// is certified by the LNE, the one till that says it has no proof, the one platform that says it
// does no e-reporting. A fourth one, or another one, is a change to be looked at too.
TEST(ProxyLint, InTheSampleThreeStatementsOfTwoLegalRulesAreAboutOneMember) {
  const SampleWorld& world = SampleWorld::Get();
  std::vector<std::string> found;
  for (const ProxyFinding& one :
       FindProxies(*world.rulebook, world.snapshot, world.inputs, kSampleDay)) {
    found.push_back(absl::StrCat(one.code, " ", one.where, " ", one.member));
  }
  EXPECT_THAT(found,
              ::testing::ElementsAre(
                  "PX01 constraints[H09].satisfied_when.all.conditions[5].any.conditions[0] "
                  "members/filandorme",
                  "PX01 constraints[H10].satisfied_when.any.conditions[0].all.conditions[0] "
                  "members/wadeline",
                  "PX01 constraints[H10].satisfied_when.any.conditions[2] members/morvigale"));
}

TEST(ProxyLint, FindingsAreToldInBothLanguages) {
  const SampleWorld& world = SampleWorld::Get();
  const auto found = FindProxies(*world.rulebook, world.snapshot, world.inputs, kSampleDay);
  ASSERT_FALSE(found.empty());
  std::vector<Diagnostic> diagnostics;
  for (const ProxyFinding& finding : found) {
    EXPECT_NE(finding.text_fr, finding.text);
    EXPECT_THAT(finding.text_fr, ::testing::HasSubstr(finding.member));
    EXPECT_THAT(finding.text_fr, ::testing::HasSubstr("membres"));
    diagnostics.push_back(DiagnosticOf(finding, nullptr));
  }
  const std::string french = FormatDiagnostics(diagnostics, /*french=*/true);
  EXPECT_THAT(french, ::testing::HasSubstr("erreur " + found[0].code + " " + found[0].where));
  EXPECT_THAT(french, ::testing::HasSubstr(found[0].text_fr));
  EXPECT_THAT(FormatDiagnostics(diagnostics), ::testing::HasSubstr("error " + found[0].code));
}

TEST(ProxyLint, FindingsHaveTheLineOfTheirRule) {
  const auto source = ReadRulebook("catalog/rulebook");
  ASSERT_TRUE(source.ok());
  const Diagnostic diagnostic = DiagnosticOf({.code = "PX02",
                                              .where = "criteria[C27].breakpoints[1]",
                                              .member = "members/acme",
                                              .text = "It does."},
                                             &*source);
  EXPECT_EQ(diagnostic.file, "catalog/rulebook/rulebook.textproto");
  EXPECT_GT(diagnostic.line, 1000);
  EXPECT_EQ(diagnostic.severity, Diagnostic::Severity::kError);
}

}  // namespace
}  // namespace aplomb::decision
