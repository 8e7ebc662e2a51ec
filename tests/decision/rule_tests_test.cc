// Tests of the tests: what a rulebook's tests find, what they refuse, and what counts as held. The
// published rulebook's own tests are run here too, and hold all of it.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "decision/ruletests/rule_tests.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/decision/answer_world.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using aplomb::testing::StatusIs;
using catalog::v1::RuleTestFile;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RuleTestFile FileOf(const std::string& text) {
  RuleTestFile file;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &file)) << text;
  return file;
}

// The published base with one feature and a price: what the rows below start from.
RuleTestSource TestsOf(const std::string& text) {
  RuleTestFile base =
      FileOf(testing::ReadFileOrFail(testing::SourcePath("catalog/rulebook/tests/base.textproto")));
  base.mutable_offering()->MergeFrom(
      FileOf(R"pb(offering {
                    features { need_id: "CRM" feature_id: "contact_cards" level: FULL }
                    pricing {
                      components {
                        model: FLAT
                        amount { micros: 50000000 currency_code: "EUR" }
                        period: MONTH
                      }
                    }
                  })pb")
          .offering());
  RuleTestSource source;
  AddRuleTests(base, FileOf(text), source);
  return source;
}

std::vector<std::string> CodesOf(const RuleTestReport& report) {
  std::vector<std::string> codes;
  for (const Diagnostic& d : report.diagnostics) {
    // What one small test leaves uncovered is not what the rows are about.
    if (d.code < "RT020") codes.push_back(d.code);
  }
  return codes;
}

TEST(RuleTests, ThePublishedRulebookIsHeldWhole) {
  ASSERT_OK_AND_ASSIGN(const RuleTestSource source,
                       ReadRuleTests(testing::SourcePath("catalog/rulebook")));
  const RuleTestReport report = RunRuleTests(*RealRulebook(), source);
  EXPECT_EQ(FormatDiagnostics(report.diagnostics), "");
  EXPECT_EQ(report.failed, 0u);
  EXPECT_EQ(report.coverage.covered(), report.coverage.total());
  EXPECT_EQ(report.coverage.total(), 2 * 15 + 2 * 28 + 45);
  EXPECT_TRUE(report.Passed());
}

// A rule that is changed is noticed: the tests are not an echo of the rulebook. Each row changes
// one number of it and must make at least one test fail.
struct Mutation {
  const char* name;
  void (*change)(catalog::v1::Rulebook& book);
};

catalog::v1::Criterion& CriterionOf(catalog::v1::Rulebook& book, const std::string& id) {
  for (auto& criterion : *book.mutable_criteria()) {
    if (criterion.criterion_id() == id) return criterion;
  }
  ADD_FAILURE() << id;
  return *book.mutable_criteria(0);
}
catalog::v1::Need& NeedOf(catalog::v1::Rulebook& book, const std::string& id) {
  for (auto& need : *book.mutable_needs()) {
    if (need.need_id() == id) return need;
  }
  ADD_FAILURE() << id;
  return *book.mutable_needs(0);
}

const Mutation kMutations[] = {
    {"BreakpointValue",
     [](auto& book) { CriterionOf(book, "C09").mutable_breakpoints(1)->set_value(6001); }},
    {"BreakpointX", [](auto& book) { CriterionOf(book, "C12").mutable_breakpoints(2)->set_x(31); }},
    {"LadderPoints",
     [](auto& book) {
       auto& ladder = *CriterionOf(book, "C26").mutable_measure()->mutable_ladder();
       ladder.mutable_steps(1)->set_points(3001);
     }},
    {"CaseResult",
     [](auto& book) {
       auto& table = *CriterionOf(book, "C13").mutable_measure()->mutable_first_match();
       table.mutable_cases(2)->set_result(7001);
     }},
    {"WeightInGroup", [](auto& book) { CriterionOf(book, "C06").set_weight_in_group(4); }},
    {"LeastEvidence",
     [](auto& book) { CriterionOf(book, "C02").set_least_evidence(type::DECLARED); }},
    {"ReferenceCost",
     [](auto& book) {
       for (auto& cost : *NeedOf(book, "TELEPHONY").mutable_reference_costs()) {
         cost.set_monthly_micros(2 * cost.monthly_micros());
       }
     }},
    {"ConstraintValue",
     [](auto& book) {
       for (auto& constraint : *book.mutable_constraints()) {
         if (constraint.constraint_id() == "H04") {
           constraint.mutable_satisfied_when()->mutable_comparison()->set_value(101);
         }
       }
     }},
    {"ReasonCode",
     [](auto& book) {
       for (auto& constraint : *book.mutable_constraints()) {
         if (constraint.constraint_id() == "H15") constraint.set_reason_code("TROP_TARD_BIS");
       }
     }},
    {"ExcludeWhenUnknown",
     [](auto& book) {
       for (auto& constraint : *book.mutable_constraints()) {
         if (constraint.constraint_id() == "H13") constraint.set_exclude_when_unknown(false);
       }
     }},
};

class RuleMutation : public ::testing::TestWithParam<Mutation> {};

TEST_P(RuleMutation, IsSeenByTheTests) {
  ASSERT_OK_AND_ASSIGN(const RuleTestSource source,
                       ReadRuleTests(testing::SourcePath("catalog/rulebook")));
  catalog::v1::Rulebook book = RealRulebook()->source;
  GetParam().change(book);
  const CompileResult changed = CompileRulebook(book, base::Digest{}, nullptr, nullptr);
  ASSERT_NE(changed.compiled, nullptr) << FormatDiagnostics(changed.diagnostics);
  const RuleTestReport report = RunRuleTests(*changed.compiled, source);
  EXPECT_GT(report.failed, 0u);
  EXPECT_FALSE(report.Passed());
}

INSTANTIATE_TEST_SUITE_P(All, RuleMutation, ::testing::ValuesIn(kMutations),
                         [](const auto& row) { return std::string(row.param.name); });

// One wrong test each, and the code that it must get.
struct Case {
  const char* name;
  const char* code;  // "": nothing is wrong
  const char* text;
};

const Case kCases[] = {
    // Right.
    {"Right", "", R"pb(tests {
                         name: "x"
                         need_id: "CRM"
                         offerings {
                           place: RANKED
                           values { criterion_id: "C09" value: 10000 }
                         }
                       })pb"},
    // Form.
    {"NoName", "RT002", R"pb(tests {
                               need_id: "CRM"
                               offerings { place: RANKED }
                             })pb"},
    {"SameName", "RT002", R"pb(tests {
                                 name: "x"
                                 need_id: "CRM"
                                 offerings { place: RANKED }
                               }
                               tests {
                                 name: "x"
                                 need_id: "CRM"
                                 offerings { place: RANKED }
                               })pb"},
    {"SameOffering", "RT002", R"pb(tests {
                                     name: "x"
                                     need_id: "CRM"
                                     offerings { id: "a" place: RANKED }
                                     offerings { id: "a" place: RANKED }
                                   })pb"},
    {"UnknownNeed", "RT003", R"pb(tests {
                                    name: "x"
                                    need_id: "CRMS"
                                    offerings { place: RANKED }
                                  })pb"},
    {"UnknownCriterion", "RT003", R"pb(tests {
                                         name: "x"
                                         need_id: "CRM"
                                         offerings {
                                           place: RANKED
                                           values { criterion_id: "C11" value: 0 }
                                         }
                                       })pb"},
    {"UnknownConstraint", "RT003", R"pb(tests {
                                          name: "x"
                                          need_id: "CRM"
                                          offerings { place: RANKED satisfied: "H99" }
                                        })pb"},
    {"UnknownField", "RT003", R"pb(tests {
                                     name: "x"
                                     need_id: "CRM"
                                     offerings { without: "comitment" place: RANKED }
                                   })pb"},
    {"InvalidFirm", "RT004", R"pb(tests {
                                    name: "x"
                                    need_id: "CRM"
                                    firm_with { staff_count: -1 }
                                    offerings { place: RANKED }
                                  })pb"},
    {"NoPlace", "RT005", R"pb(tests {
                                name: "x"
                                need_id: "CRM"
                                offerings {}
                              })pb"},
    {"NoOffering", "RT005", R"pb(tests { name: "x" need_id: "CRM" })pb"},
    {"ValueOfWhatIsExcluded", "RT005", R"pb(tests {
                                              name: "x"
                                              need_id: "CRM"
                                              offerings {
                                                place: EXCLUDED
                                                values { criterion_id: "C09" value: 0 }
                                              }
                                            })pb"},
    // Another outcome.
    {"OtherPlace", "RT010", R"pb(tests {
                                   name: "x"
                                   need_id: "CRM"
                                   offerings { place: EXCLUDED violated: "H02" }
                                 })pb"},
    {"OtherValue", "RT010", R"pb(tests {
                                   name: "x"
                                   need_id: "CRM"
                                   offerings {
                                     place: RANKED
                                     values { criterion_id: "C09" value: 9999 }
                                   }
                                 })pb"},
    {"NotSaid", "RT010", R"pb(tests {
                                name: "x"
                                need_id: "CRM"
                                offerings {
                                  place: RANKED
                                  values { criterion_id: "C29" value: 0 }
                                }
                              })pb"},
    {"NotWeighed", "RT010", R"pb(tests {
                                   name: "x"
                                   need_id: "CRM"
                                   offerings {
                                     place: RANKED
                                     values { criterion_id: "C17" value: 0 }
                                   }
                                 })pb"},
    {"AFurtherViolation", "RT010", R"pb(tests {
                                          name: "x"
                                          need_id: "CRM"
                                          offerings {
                                            with {
                                              state: SUSPENDED
                                              gdpr { dpa_available: false }
                                            }
                                            place: EXCLUDED
                                            violated: "H02"
                                          }
                                        })pb"},
    {"OtherReason", "RT010", R"pb(tests {
                                    name: "x"
                                    need_id: "CRM"
                                    offerings {
                                      with { state: SUSPENDED }
                                      place: EXCLUDED
                                      violated: "H02"
                                      reason_codes: "HORS_ZONE"
                                    }
                                  })pb"},
    {"NotApplied", "RT010", R"pb(tests {
                                   name: "x"
                                   need_id: "CRM"
                                   offerings { place: RANKED satisfied: "H15" }
                                 })pb"},
    {"OtherRank", "RT010", R"pb(tests {
                                  name: "x"
                                  need_id: "CRM"
                                  offerings { place: RANKED rank: 2 }
                                })pb"},
    {"StillWeighed", "RT010", R"pb(tests {
                                     name: "x"
                                     need_id: "CRM"
                                     dropped_criteria: "C09"
                                     offerings { place: RANKED }
                                   })pb"},
    {"OtherWeight", "RT010", R"pb(tests {
                                    name: "x"
                                    need_id: "CRM"
                                    offerings {
                                      place: RANKED
                                      values { criterion_id: "C09" value: 10000 weight_bp: 1 }
                                    }
                                  })pb"},
};

class WrongTest : public ::testing::TestWithParam<Case> {};

TEST_P(WrongTest, IsTold) {
  const RuleTestReport report = RunRuleTests(*RealRulebook(), TestsOf(GetParam().text));
  if (*GetParam().code == '\0') {
    EXPECT_THAT(CodesOf(report), IsEmpty()) << FormatDiagnostics(report.diagnostics);
    EXPECT_EQ(report.failed, 0u);
    return;
  }
  EXPECT_THAT(CodesOf(report), Contains(GetParam().code)) << FormatDiagnostics(report.diagnostics);
  EXPECT_FALSE(report.Passed());
}

INSTANTIATE_TEST_SUITE_P(All, WrongTest, ::testing::ValuesIn(kCases),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(RuleTests, AFailedTestHoldsNothing) {
  const RuleTestReport report = RunRuleTests(*RealRulebook(), TestsOf(R"pb(
    tests {
      name: "x"
      need_id: "CRM"
      offerings {
        place: RANKED
        satisfied: "H01"
        values { criterion_id: "C09" value: 1 }
      }
    })pb"));
  EXPECT_EQ(report.coverage.covered(), 0);
}

TEST(RuleTests, WhatNoTestHoldsIsTold) {
  const RuleTestReport report = RunRuleTests(*RealRulebook(), TestsOf(R"pb(
    tests {
      name: "x"
      need_id: "CRM"
      offerings {
        place: RANKED
        satisfied: "H01"
        values { criterion_id: "C09" value: 10000 }
      }
    })pb"));
  EXPECT_EQ(report.failed, 0u);
  // H01 satisfied, one value of C09, CRM.
  EXPECT_EQ(report.coverage.covered(), 3);
  EXPECT_FALSE(report.Passed()) << "not all is held";
  const std::string told = FormatDiagnostics(report.diagnostics);
  EXPECT_THAT(told, HasSubstr("RT021 constraints[H01]"));
  EXPECT_THAT(told, ::testing::Not(HasSubstr("RT020 constraints[H01]")));
  EXPECT_THAT(told, HasSubstr("RT022 criteria[C09]: Tests expect 1 different values"));
  EXPECT_THAT(told, HasSubstr("RT023 needs[BI]"));
}

TEST(RuleTests, NoTestsAtAllDoNotPass) { EXPECT_FALSE(RunRuleTests(*RealRulebook(), {}).Passed()); }

TEST(RuleTests, AFolderWithoutTestsIsNotFound) {
  EXPECT_THAT(ReadRuleTests(testing::SourcePath("catalog/sample")),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace aplomb::decision
