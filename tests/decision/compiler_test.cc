// Each finding of the rulebook compiler, provoked by one small change to a good rulebook.

#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "decision/finding_texts.h"
#include "decision/rulebook_compiler.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Condition;
using catalog::v1::Constraint;
using catalog::v1::Criterion;
using catalog::v1::Measure;
using catalog::v1::Need;
using catalog::v1::Rulebook;
using Severity = Diagnostic::Severity;
using ::testing::HasSubstr;

const RulebookSource& GoodSource() {
  static const RulebookSource* const source = [] {
    auto read = ReadRulebook("catalog/rulebook");
    EXPECT_TRUE(read.ok()) << read.status();
    return new RulebookSource(*std::move(read));
  }();
  return *source;
}

CompileResult Compile(const Rulebook& rulebook, const catalog::v1::LawTable* laws = nullptr) {
  return CompileRulebook(rulebook, base::Digest(), laws, &GoodSource());
}

template <typename T>
T Parse(const std::string& text) {
  T message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

Criterion& C(Rulebook& book, const std::string& id) {
  for (Criterion& c : *book.mutable_criteria()) {
    if (c.criterion_id() == id) return c;
  }
  ADD_FAILURE() << id;
  return *book.add_criteria();
}

Constraint& H(Rulebook& book, const std::string& id) {
  for (Constraint& c : *book.mutable_constraints()) {
    if (c.constraint_id() == id) return c;
  }
  ADD_FAILURE() << id;
  return *book.add_constraints();
}

Need& N(Rulebook& book, const std::string& id) {
  for (Need& n : *book.mutable_needs()) {
    if (n.need_id() == id) return n;
  }
  ADD_FAILURE() << id;
  return *book.add_needs();
}

void SetSatisfied(Rulebook& book, const std::string& id, const std::string& text) {
  *H(book, id).mutable_satisfied_when() = Parse<Condition>(text);
}

void SetApplies(Rulebook& book, const std::string& id, const std::string& text) {
  *C(book, id).mutable_applies_when() = Parse<Condition>(text);
}

std::string Comparing(const std::string& fact, const std::string& rest) {
  return absl::StrCat("comparison { left { fact: \"", fact, "\" } ", rest, " }");
}

struct Case {
  std::string name;
  std::string code;
  std::string where;  // begins with
  std::string text;   // contains
  std::function<void(Rulebook&)> change;
  Severity severity = Severity::kError;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> Cases() {
  const std::string mfa = "offering.security.mfa";
  return {
      // Ids, texts, numbers, limits.
      {"TwoCriteriaOfOneId", "RB002", "criteria[C06]", "\"C06\"",
       [](Rulebook& b) { *b.add_criteria() = C(b, "C06"); }},
      {"TwoNeedsOfOneId", "RB002", "needs[CRM]", "\"CRM\"",
       [](Rulebook& b) { *b.add_needs() = Need(N(b, "CRM")); }},
      {"TwoFeaturesOfOneId", "RB002", "needs[CRM].features", "twice",
       [](Rulebook& b) {
         auto& f = *N(b, "CRM").mutable_features();
         f[1].set_feature_id(f[0].feature_id());
       }},
      {"MinimumFactTwice", "RB002", "needs[CRM].minimum_facts", "cost.tco36",
       [](Rulebook& b) { N(b, "CRM").add_minimum_facts("cost.tco36"); }},
      {"CapacityMetricTwice", "RB002", "needs[CRM].capacity_metrics", "USERS",
       [](Rulebook& b) {
         N(b, "CRM").clear_capacity_metrics();
         N(b, "CRM").add_capacity_metrics(type::USERS);
         N(b, "CRM").add_capacity_metrics(type::USERS);
       }},
      {"KindPrerequisiteTwice", "RB002", "kind_prerequisites[2]", "already",
       [](Rulebook& b) {
         *b.add_kind_prerequisites() = catalog::v1::KindPrerequisite(b.kind_prerequisites(0));
       }},
      {"RulebookIdWithCapitals", "RB003", "rulebook_id", "lower-case",
       [](Rulebook& b) { b.set_rulebook_id("Base"); }},
      {"NeedIdInLowerCase", "RB003", "needs[crm]", "\"crm\"",
       [](Rulebook& b) { N(b, "CRM").set_need_id("crm"); }},
      {"FeatureIdInCapitals", "RB003", "needs[CRM].features[Feature]", "Feature",
       [](Rulebook& b) { N(b, "CRM").mutable_features(0)->set_feature_id("Feature"); }},
      {"CriterionIdOfAConstraint", "RB003", "criteria[H99]", "C01 to C99",
       [](Rulebook& b) { C(b, "C30").set_criterion_id("H99"); }},
      {"ConstraintIdZero", "RB003", "constraints[H00]", "H01 to H99",
       [](Rulebook& b) { H(b, "H15").set_constraint_id("H00"); }},
      {"EnglishMissing", "RB004", "criteria[C06].title", "English",
       [](Rulebook& b) { C(b, "C06").mutable_title()->clear_en(); }},
      {"FrenchMissing", "RB004", "constraints[H05].remedy", "French",
       [](Rulebook& b) { H(b, "H05").mutable_remedy()->clear_fr(); }},
      {"TitleTooLong", "RB004", "needs[CRM].title", "61 characters",
       [](Rulebook& b) {
         std::string title;
         for (int i = 0; i < 61; ++i) title += "é";
         N(b, "CRM").mutable_title()->set_fr(title);
       }},
      {"SourceOfCostMissing", "RB004", "needs[CRM].reference_costs[0]", "source",
       [](Rulebook& b) { N(b, "CRM").mutable_reference_costs(0)->clear_source(); }},
      {"TooManyCriteria", "RB005", "criteria", "65",
       [](Rulebook& b) {
         while (b.criteria_size() < 65) *b.add_criteria() = Criterion(b.criteria(0));
       }},
      {"NoNeed", "RB005", "needs", "0 entries", [](Rulebook& b) { b.clear_needs(); }},
      {"FiveGroups", "RB005", "groups", "5 entries",
       [](Rulebook& b) { b.mutable_groups()->RemoveLast(); }},
      {"TooManySteps", "RB005", "criteria[C15].measure.ladder", "11",
       [](Rulebook& b) {
         auto& ladder = *C(b, "C15").mutable_measure()->mutable_ladder();
         while (ladder.steps_size() < 11) {
           *ladder.add_steps() = Measure::Ladder::Step(ladder.steps(0));
         }
       }},
      {"TooDeep", "RB005", "constraints[H05].satisfied_when.negation", "nested",
       [](Rulebook& b) {
         Condition condition = H(b, "H05").satisfied_when();
         for (int i = 0; i < 8; ++i) {
           Condition outer;
           *outer.mutable_negation() = condition;
           condition = outer;
         }
         *H(b, "H05").mutable_satisfied_when() = condition;
       }},
      {"TooManyInAList", "RB005", "constraints[H06].satisfied_when.all", "21",
       [](Rulebook& b) {
         auto& list = *H(b, "H06").mutable_satisfied_when()->mutable_all();
         while (list.conditions_size() < 21) *list.add_conditions() = Condition(list.conditions(0));
       }},
      {"NoBreakpoints", "RB005", "criteria[C06].breakpoints", "0 entries",
       [](Rulebook& b) { C(b, "C06").clear_breakpoints(); }},
      {"BandOfNoWidth", "RB006", "band_width", "0 is outside",
       [](Rulebook& b) { b.set_band_width(0); }},
      {"PricesOfAnyAge", "RB006", "price_max_age_days", "outside",
       [](Rulebook& b) { b.set_price_max_age_days(0); }},
      {"NoFirstDay", "RB006", "valid_from", "no day", [](Rulebook& b) { b.clear_valid_from(); }},
      {"NoSuchDay", "RB006", "valid_from", "no day",
       [](Rulebook& b) { b.mutable_valid_from()->set_day(31); }},
      {"NoSuchStage", "RB006", "needs[CRM].stage", "6",
       [](Rulebook& b) { N(b, "CRM").set_stage(6); }},
      {"OrdinalTooLarge", "RB006", "needs[CRM].features", "32",
       [](Rulebook& b) { N(b, "CRM").mutable_features(0)->set_ordinal(32); }},

      {"EvidenceOfTheFuture", "RB006", "criteria[C02].least_evidence", "77",
       [](Rulebook& b) { C(b, "C02").set_least_evidence(static_cast<type::Evidence>(77)); }},
      {"ComparisonOfTheFuture", "RB006", "constraints[H05].satisfied_when", "evidence",
       [](Rulebook& b) {
         H(b, "H05").mutable_satisfied_when()->mutable_comparison()->set_least_evidence(
             static_cast<type::Evidence>(77));
       }},

      // Names of facts.
      {"NameMisspelt", "RB010", "criteria[C09].measure.fact",
       "nearest name is \"offering.commitment.min_months\"",
       [](Rulebook& b) {
         C(b, "C09").mutable_measure()->set_fact("offering.commitment.min_month");
       }},
      {"MinimumFactMisspelt", "RB010", "needs[CRM].minimum_facts", "offering.coverage.regions",
       [](Rulebook& b) { N(b, "CRM").add_minimum_facts("offering.coverage.region"); }},
      {"NameOfTheMember", "RB011", "criteria[C09].measure.fact", "who offers",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.name"); }},
      {"TitleOfTheOffering", "RB011", "criteria[C09].measure.fact", "offering.title.fr",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.title.fr"); }},
      {"AgeOfTheOffering", "RB011", "criteria[C09].measure.fact", "create_time",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.create_time"); }},
      {"AgeOfTheService", "RB011", "criteria[C09].measure.fact", "service_since",
       [](Rulebook& b) {
         C(b, "C09").mutable_measure()->set_fact("offering.continuity.service_since");
       }},
      {"SirenOfTheFirm", "RB011", "criteria[C04].measure.difference.subtrahend", "firm.siren",
       [](Rulebook& b) {
         C(b, "C04").mutable_measure()->mutable_difference()->set_subtrahend("firm.siren");
       }},
      {"HolderOfFacts", "RB012", "criteria[C09].measure.fact", "holds other facts",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.commitment"); }},
      {"ListReadThroughADerivedFact", "RB012", "criteria[C09].measure.fact", "is a list",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.need_ids"); }},

      // Sides.
      {"AppliesByTheOffering", "RB013", "criteria[C23].applies_when", "all offerings or to none",
       [=](Rulebook& b) { SetApplies(b, "C23", Comparing(mfa, "op: EQ truth: true")); }},
      {"MeasureOfTheFirmOnly", "RB013", "criteria[C09].measure", "no fact of the offering",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("firm.digital_skill"); }},
      {"ConstraintOnTheFirmOnly", "RB013", "constraints[H05].satisfied_when", "come out alike",
       [](Rulebook& b) {
         SetSatisfied(b, "H05", Comparing("firm.data.health", "op: EQ truth: true"));
       }},
      {"CoverageOfTheOfferingByItself", "RB013", "criteria[C21].measure.set_coverage", "firm_fact",
       [](Rulebook& b) {
         C(b, "C21").mutable_measure()->mutable_set_coverage()->set_firm_fact(
             "offering.integrations.tool_classes");
       }},

      // Types, operators, codes, units.
      {"YesNoComparedWithANumber", "RB020", "constraints[H07].satisfied_when", "a yes/no",
       [=](Rulebook& b) { SetSatisfied(b, "H07", Comparing(mfa, "op: EQ value: 1")); }},
      {"NumberComparedWithTruth", "RB020", "constraints[H07].satisfied_when", "not a yes/no",
       [](Rulebook& b) {
         SetSatisfied(b, "H07", Comparing("offering.commitment.min_months", "op: EQ truth: true"));
       }},
      {"NumberComparedWithAnEnumValue", "RB020", "constraints[H07].satisfied_when", "enum",
       [](Rulebook& b) {
         SetSatisfied(b, "H07",
                      Comparing("offering.commitment.min_months", "op: EQ enum_value: \"STABLE\""));
       }},
      {"SetsOverTwoLists", "RB020", "criteria[C21].measure.set_coverage", "one list",
       [](Rulebook& b) {
         C(b, "C21").mutable_measure()->mutable_set_coverage()->set_firm_fact("request.region");
       }},
      {"DayComparedWithANumberOfDays", "RB020", "constraints[H15].satisfied_when", "a day",
       [](Rulebook& b) {
         SetSatisfied(b, "H15",
                      Comparing("offering.onboarding.days_to_live",
                                "op: LE measure { fact: \"request.as_of_day\" }"));
       }},
      {"DifferenceOfYesNo", "RB020", "criteria[C04].measure.difference", "subtracted",
       [=](Rulebook& b) { C(b, "C04").mutable_measure()->mutable_difference()->set_minuend(mfa); }},
      {"SetOperatorOnANumber", "RB021", "constraints[H15].satisfied_when", "compares sets",
       [](Rulebook& b) {
         H(b, "H15").mutable_satisfied_when()->mutable_comparison()->set_op(
             catalog::v1::Comparison::CONTAINS_ALL);
       }},
      {"OrderOfSets", "RB021", "constraints[H05].satisfied_when", "CONTAINS_ALL and INTERSECTS",
       [](Rulebook& b) {
         H(b, "H05").mutable_satisfied_when()->mutable_comparison()->set_op(
             catalog::v1::Comparison::GE);
       }},
      {"OrderOfYesNo", "RB021", "constraints[H07].satisfied_when", "EQ or NE",
       [=](Rulebook& b) { SetSatisfied(b, "H07", Comparing(mfa, "op: GE truth: true")); }},
      {"TradesCompared", "RB021", "constraints[H07].satisfied_when", "sector_fit",
       [](Rulebook& b) {
         SetSatisfied(b, "H07", Comparing("derived.sectors", "op: EQ value: 1"));
       }},
      {"UnknownRegion", "RB022", "constraints[H05].satisfied_when", "\"99\" is not in regions",
       [](Rulebook& b) {
         SetSatisfied(
             b, "H05",
             Comparing("offering.coverage.regions", "op: INTERSECTS codes { codes: \"99\" }"));
       }},
      {"UnknownNeedAsCode", "RB022", "constraints[H05].satisfied_when", "\"SHOP\" is not in needs",
       [](Rulebook& b) {
         SetSatisfied(b, "H05",
                      Comparing("derived.needs", "op: INTERSECTS codes { codes: \"SHOP\" }"));
       }},
      {"UnknownEnumValue", "RB022", "constraints[H10].satisfied_when", "\"PROMISED\"",
       [](Rulebook& b) {
         SetSatisfied(b, "H10",
                      Comparing("offering.pos.proof_kind", "op: EQ enum_value: \"PROMISED\""));
       }},
      {"UnspecifiedEnumValue", "RB022", "constraints[H10].satisfied_when",
       "\"PROOF_KIND_UNSPECIFIED\"",
       [](Rulebook& b) {
         SetSatisfied(
             b, "H10",
             Comparing("offering.pos.proof_kind", "op: EQ enum_value: \"PROOF_KIND_UNSPECIFIED\""));
       }},
      {"MonthsComparedWithDays", "RB023", "constraints[H15].satisfied_when", "\"months\"",
       [](Rulebook& b) {
         SetSatisfied(b, "H15",
                      Comparing("offering.commitment.min_months",
                                "op: LE measure { fact: \"request.days_to_deadline\" }"));
       }},
      {"DaysLessMonths", "RB023", "criteria[C04].measure.difference", "\"days\"",
       [](Rulebook& b) {
         auto& difference = *C(b, "C04").mutable_measure()->mutable_difference();
         difference.set_minuend("offering.commitment.notice_days");
         difference.set_subtrahend("offering.commitment.min_months");
       }},
      {"MonthsShownAsDays", "RB023", "criteria[C09].unit", "months",
       [](Rulebook& b) { C(b, "C09").set_unit("days"); }},
      {"UnitOfNoName", "RB023", "criteria[C09].unit", "no unit",
       [](Rulebook& b) { C(b, "C09").set_unit("moons"); }},
      {"SetAsAScore", "RB024", "criteria[C09].measure", "coverage",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.coverage.regions"); }},
      {"DayAsAScore", "RB024", "criteria[C09].measure", "difference of days",
       [](Rulebook& b) { C(b, "C09").mutable_measure()->set_fact("offering.pricing.as_of"); }},
      {"MeasureEmpty", "RB025", "criteria[C09].measure", "empty",
       [](Rulebook& b) { C(b, "C09").clear_measure(); }},
      {"FigureMissing", "RB025", "criteria[C06].measure.cost", "TCO_36",
       [](Rulebook& b) { C(b, "C06").mutable_measure()->mutable_cost()->clear_figure(); }},
      {"ScopeMissing", "RB025", "criteria[C01].measure.feature_coverage", "MUST or NICE",
       [](Rulebook& b) {
         C(b, "C01").mutable_measure()->mutable_feature_coverage()->clear_scope();
       }},
      {"ScaleOfThousandths", "RB025", "criteria[C06].measure.cost", "scale",
       [](Rulebook& b) { C(b, "C06").mutable_measure()->mutable_cost()->set_scale(1'000); }},
      {"ConstantOnTheLeft", "RB025", "constraints[H05].satisfied_when", "constant",
       [](Rulebook& b) {
         SetSatisfied(b, "H05", "comparison { left { constant: 1 } op: EQ value: 1 }");
       }},
      {"ConditionEmpty", "RB026", "constraints[H05].satisfied_when", "empty",
       [](Rulebook& b) { H(b, "H05").clear_satisfied_when(); }},
      {"ListEmpty", "RB026", "constraints[H05].satisfied_when.any", "empty",
       [](Rulebook& b) { SetSatisfied(b, "H05", "any {}"); }},
      {"OperatorMissing", "RB026", "constraints[H07].satisfied_when", "operator",
       [=](Rulebook& b) { SetSatisfied(b, "H07", Comparing(mfa, "truth: true")); }},
      {"RightSideMissing", "RB026", "constraints[H07].satisfied_when", "right side",
       [=](Rulebook& b) { SetSatisfied(b, "H07", Comparing(mfa, "op: EQ")); }},
      {"CodesEmpty", "RB026", "constraints[H05].satisfied_when", "empty",
       [](Rulebook& b) {
         SetSatisfied(b, "H05", Comparing("offering.coverage.regions", "op: INTERSECTS codes {}"));
       }},
      {"BoundsContradict", "RB027", "constraints[H15].satisfied_when", "never hold",
       [](Rulebook& b) {
         const std::string months = "offering.commitment.min_months";
         SetSatisfied(
             b, "H15",
             absl::StrCat("all { conditions { ", Comparing(months, "op: GE value: 5"),
                          " } conditions { ", Comparing(months, "op: LE value: 3"), " } }"));
       }},
      {"ComparisonOutOfReach", "RB027", "constraints[H15].satisfied_when", "never holds",
       [](Rulebook& b) {
         SetSatisfied(b, "H15", Comparing("derived.hosting_class", "op: GE value: 4"));
       }},
      {"ComparisonWithoutDoubt", "RB027", "constraints[H15].satisfied_when", "always holds",
       [](Rulebook& b) {
         SetSatisfied(b, "H15", Comparing("derived.hosting_class", "op: GE value: 0"));
       }},

      // Value functions.
      {"XFallsBack", "RB030", "criteria[C06].breakpoints[2]", "must rise",
       [](Rulebook& b) { C(b, "C06").mutable_breakpoints(2)->set_x(50); }},
      {"ValueAboveTheBest", "RB031", "criteria[C06].breakpoints[0]", "10001",
       [](Rulebook& b) { C(b, "C06").mutable_breakpoints(0)->set_value(10'001); }},
      {"ValueBelowZero", "RB031", "criteria[C06].breakpoints[4]", "-1",
       [](Rulebook& b) { C(b, "C06").mutable_breakpoints(4)->set_value(-1); }},
      {"ValueTurns", "RB032", "criteria[C06].breakpoints[2]", "LESS_IS_BETTER",
       [](Rulebook& b) { C(b, "C06").mutable_breakpoints(2)->set_value(9'000); }},
      {"DirectionMissing", "RB032", "criteria[C06].direction", "missing",
       [](Rulebook& b) { C(b, "C06").clear_direction(); }},
      {"OneValueForAll", "RB033", "criteria[C06].breakpoints", "same value",
       [](Rulebook& b) {
         for (auto& point : *C(b, "C06").mutable_breakpoints()) point.set_value(5'000);
       }},
      {"OneValueWithinReach", "RB033", "criteria[C17].breakpoints", "same value",
       [](Rulebook& b) {
         C(b, "C17").mutable_breakpoints(0)->set_x(10'000);
         C(b, "C17").mutable_breakpoints(1)->set_x(20'000);
       }},
      {"PointBeyondReach", "RB034", "criteria[C17].breakpoints[1]", "never 20000",
       [](Rulebook& b) { C(b, "C17").mutable_breakpoints(1)->set_x(20'000); }, Severity::kWarning},
      {"CasesOutOfOrder", "RB035", "criteria[C13].measure.first_match.cases[1]",
       "best to the worst",
       [](Rulebook& b) {
         C(b, "C13").mutable_measure()->mutable_first_match()->mutable_cases()->SwapElements(0, 1);
       }},
      {"RemainderNotTheWorst", "RB036", "criteria[C13].measure.first_match", "worth least",
       [](Rulebook& b) {
         C(b, "C13").mutable_measure()->mutable_first_match()->set_otherwise(2'000);
       }},
      {"CaseBehindAWiderOne", "RB037", "criteria[C20].measure.first_match.cases[1]", "Case 0",
       [](Rulebook& b) {
         auto& table = *C(b, "C20").mutable_measure()->mutable_first_match();
         // First within 60 days, then within 30.
         const Condition first = table.cases(0).when();
         *table.mutable_cases(0)->mutable_when() = table.cases(1).when();
         *table.mutable_cases(1)->mutable_when() = first;
       }},
      {"CaseWrittenTwice", "RB037", "criteria[C23].measure.first_match.cases[1]", "Case 0",
       [](Rulebook& b) {
         auto& table = *C(b, "C23").mutable_measure()->mutable_first_match();
         *table.mutable_cases(1)->mutable_when() = Condition(table.cases(0).when());
       }},
      {"StepWithoutPoints", "RB038", "criteria[C15].measure.ladder.steps[0]", "not 0",
       [](Rulebook& b) {
         C(b, "C15").mutable_measure()->mutable_ladder()->mutable_steps(0)->set_points(0);
       }},

      // Rules as a whole.
      {"CriterionThatNoNeedHas", "RB040", "criteria[C22]", "No need",
       [](Rulebook& b) {
         for (Need& need : *b.mutable_needs()) {
           auto& entry = *need.add_inapplicable();
           entry.add_rule_ids("C22");
           entry.mutable_reason()->set_fr("Essai.");
           entry.mutable_reason()->set_en("Trial.");
         }
       }},
      {"CriterionOfNoGroup", "RB041", "criteria[C06].group_id", "G7",
       [](Rulebook& b) { C(b, "C06").set_group_id("G7"); }},
      {"GroupOfAnotherName", "RB041", "groups[COST]", "\"COST\" is none of G1 to G6; missing: G2.",
       [](Rulebook& b) { b.mutable_groups(1)->set_group_id("COST"); }},
      {"GroupWithoutCriterion", "RB042", "groups[G6]", "no criterion",
       [](Rulebook& b) {
         for (Criterion& c : *b.mutable_criteria()) {
           if (c.group_id() == "G6") c.set_group_id("G5");
         }
       }},
      {"GroupWithoutReason", "RB067", "groups[G1]", "why it weighs",
       [](Rulebook& b) { b.mutable_groups(0)->clear_reason(); }, Severity::kWarning},
      {"FeeNotSaid", "RB068", "membership_fee", "not said",
       [](Rulebook& b) { b.clear_membership_fee(); }, Severity::kWarning},
      {"LeastFeeAboveTheGreatest", "RB068", "membership_fee", "not below",
       [](Rulebook& b) {
         b.mutable_membership_fee()->set_yearly_min_micros(2);
         b.mutable_membership_fee()->set_yearly_max_micros(1);
       }},
      {"ReasonCodeMissing", "RB043", "constraints[H05].reason_code", "HORS_ZONE",
       [](Rulebook& b) { H(b, "H05").clear_reason_code(); }},
      {"OneThingCountedTwice", "RB044", "criteria[C31]", "C09",
       [](Rulebook& b) {
         Criterion copy = C(b, "C09");
         copy.set_criterion_id("C31");
         *b.add_criteria() = copy;
       }},
      {"OneThingAskedTwice", "RB044", "constraints[H16]", "H05",
       [](Rulebook& b) {
         Constraint copy = H(b, "H05");
         copy.set_constraint_id("H16");
         *b.add_constraints() = copy;
       }},
      {"SilenceOfTheFirmTakesARuleOut", "RB045", "constraints[H06].satisfied_when",
       "request.sells_to_consumers",
       [](Rulebook& b) {
         H(b, "H06")
             .mutable_satisfied_when()
             ->mutable_all()
             ->mutable_conditions(1)
             ->mutable_any()
             ->mutable_conditions(0)
             ->mutable_comparison()
             ->mutable_left()
             ->set_fact("request.sells_to_consumers");
       }},
      {"RuleForANeedThatIsNotThere", "RB046", "constraints[H10].need_ids", "\"TILL\"",
       [](Rulebook& b) { H(b, "H10").add_need_ids("TILL"); }},
      {"SentenceWithAnotherBlank", "RB048", "criteria[C06].sentence", "{required}",
       [](Rulebook& b) { C(b, "C06").mutable_sentence()->set_en("{observed} of {required}"); }},
      {"StepWithoutALabelBesideOthers", "RB039", "criteria[C26].measure", "all steps",
       [](Rulebook& b) {
         C(b, "C26").mutable_measure()->mutable_ladder()->mutable_steps(1)->clear_label();
       }},
      {"ObservedThatNothingIsAskedOf", "RB049", "constraints[H13].observed", "nothing",
       [](Rulebook& b) {
         H(b, "H13").mutable_observed()->set_fact("offering.gdpr.retention_documented");
       }},
      {"SentenceOfAComparisonThatIsNeverReported", "RB065", "constraints[H14].applies_when",
       "never be read",
       [](Rulebook& b) {
         H(b, "H14").mutable_applies_when()->mutable_comparison()->mutable_sentence()->set_fr("x");
       }},
      {"RateOfNoMoney", "RB066", "needs[ONLINE_PAY].reference_costs[0].rate_metric", "money",
       [](Rulebook& b) {
         N(b, "ONLINE_PAY").mutable_reference_costs(0)->set_rate_metric(type::USERS);
       }},
      {"PartsOutOfRange", "RB006", "criteria[C06].weight_in_group", "20",
       [](Rulebook& b) { C(b, "C06").set_weight_in_group(21); }},
      {"SentenceWithAnOpenBrace", "RB048", "constraints[H05].sentence", "{observed",
       [](Rulebook& b) { H(b, "H05").mutable_sentence()->set_fr("Constaté : {observed"); }},

      // Needs.
      {"OrdinalTaken", "RB050", "needs[CRM].features", "taken",
       [](Rulebook& b) { N(b, "CRM").mutable_features(1)->set_ordinal(0); }},
      {"NothingUsual", "RB051", "needs[CRM].features", "0 features are usual",
       [](Rulebook& b) {
         for (auto& feature : *N(b, "CRM").mutable_features()) feature.set_usual(false);
       }},
      {"CostOfASizeMissing", "RB052", "needs[CRM].reference_costs", "DO_IT_YOURSELF",
       [](Rulebook& b) { N(b, "CRM").mutable_reference_costs()->DeleteSubrange(0, 1); }},
      {"CostOfASizeTwice", "RB052", "needs[CRM].reference_costs[1]", "twice",
       [](Rulebook& b) {
         auto& costs = *N(b, "CRM").mutable_reference_costs();
         costs[1].set_size_class(costs[0].size_class());
         costs[1].set_delivery_mode(costs[0].delivery_mode());
       }},
      {"CostOfNothing", "RB052", "needs[CRM].reference_costs[0]", "cannot be a target",
       [](Rulebook& b) {
         N(b, "CRM").mutable_reference_costs(0)->clear_monthly_micros();
         N(b, "CRM").mutable_reference_costs(0)->clear_one_off_micros();
       }},
      {"PrerequisiteThatIsNotThere", "RB053", "needs[SHOWCASE].prerequisites[0]", "\"NAME\"",
       [](Rulebook& b) { N(b, "SHOWCASE").mutable_prerequisites(0)->add_any_of("NAME"); }},
      {"PrerequisiteOfNothing", "RB053", "needs[SHOWCASE].prerequisites[0]", "no need",
       [](Rulebook& b) { N(b, "SHOWCASE").mutable_prerequisites(0)->clear_any_of(); }},
      {"PrerequisitesInACircle", "RB054", "needs[DOMAIN].prerequisites", "back to it",
       [](Rulebook& b) {
         auto& prerequisite = *N(b, "DOMAIN").add_prerequisites();
         prerequisite.add_any_of("SHOWCASE");
         prerequisite.set_hard(true);
       }},
      {"MinimumFactOfTheFirm", "RB055", "needs[CRM].minimum_facts", "request.staff",
       [](Rulebook& b) { N(b, "CRM").add_minimum_facts("request.staff"); }},
      {"UnknownRuleInapplicable", "RB056", "needs[CRM].inapplicable[0]", "\"C99\"",
       [](Rulebook& b) { N(b, "CRM").mutable_inapplicable(0)->add_rule_ids("C99"); }},
      {"MetricThatNobodyAssumes", "RB057", "needs", "AD_SPEND_MONTH",
       [](Rulebook& b) {
         for (Need& need : *b.mutable_needs()) {
           for (int i = need.assumed_usages_size() - 1; i >= 0; --i) {
             if (need.assumed_usages(i).metric() == type::AD_SPEND_MONTH) {
               need.mutable_assumed_usages()->DeleteSubrange(i, 1);
             }
           }
         }
       }},
      {"ThreeSizesAssumed", "RB057", "needs[CRM].assumed_usages[0]", "four values",
       [](Rulebook& b) { N(b, "CRM").mutable_assumed_usages(0)->mutable_values()->RemoveLast(); }},
      {"NoMode", "RB058", "needs[CRM].delivery_modes", "At least one",
       [](Rulebook& b) { N(b, "CRM").clear_delivery_modes(); }},
      {"ModeTwice", "RB058", "needs[CRM].delivery_modes", "at most once",
       [](Rulebook& b) { N(b, "CRM").add_delivery_modes(N(b, "CRM").delivery_modes(0)); }},
      {"CapacityThatNobodyCanState", "RB059", "needs[CRM].capacity_metrics", "HOURS_MONTH",
       [](Rulebook& b) { N(b, "CRM").add_capacity_metrics(type::HOURS_MONTH); },
       Severity::kWarning},
      {"NamedAndInapplicable", "RB064", "needs[POS].inapplicable", "H10",
       [](Rulebook& b) {
         auto& entry = *N(b, "POS").add_inapplicable();
         entry.add_rule_ids("H10");
         entry.mutable_reason()->set_fr("Essai.");
         entry.mutable_reason()->set_en("Trial.");
       }},

      // Weights and kinds.
      {"GroupLeftOutOfTheOrder", "RB060", "weights.default_choice", "each of G1 to G6",
       [](Rulebook& b) {
         b.mutable_weights()->mutable_default_choice()->mutable_tiers()->RemoveLast();
       }},
      {"GroupTwiceInTheOrder", "RB060", "weights.default_choice", "each of G1 to G6",
       [](Rulebook& b) {
         b.mutable_weights()->mutable_default_choice()->mutable_tiers(0)->add_group_ids("G6");
       }},
      {"WeightBelowTheBound", "RB061", "weights.default_choice", "G6 would weigh 278",
       [](Rulebook& b) { b.mutable_weights()->set_group_min_bp(300); }},
      {"WeightAboveTheBound", "RB061", "weights.default_choice", "G1 would weigh 4083",
       [](Rulebook& b) { b.mutable_weights()->set_group_max_bp(4'000); }},
      {"BoundsThatCannotAddUp", "RB061", "weights", "cannot add up",
       [](Rulebook& b) { b.mutable_weights()->set_group_max_bp(1'600); }},
      {"PaperworkTooHeavy", "RB062", "weights.paperwork_max_bp", "1917",
       [](Rulebook& b) { b.mutable_weights()->set_paperwork_max_bp(1'900); }},
      {"PaperworkOfNoGroup", "RB062", "weights.paperwork_group_ids", "\"G9\"",
       [](Rulebook& b) { b.mutable_weights()->add_paperwork_group_ids("G9"); }},
      {"KindMissing", "RB063", "kind_prerequisites[0]", "kind is missing",
       [](Rulebook& b) { b.mutable_kind_prerequisites(0)->clear_kind(); }},
      {"KindNeedsWhatIsNotThere", "RB063", "kind_prerequisites[0]", "\"RACK\"",
       [](Rulebook& b) { b.mutable_kind_prerequisites(0)->set_need_id("RACK"); }},
      {"UpkeepOfTwoSizes", "RB063", "kind_prerequisites[1]", "four amounts",
       [](Rulebook& b) {
         b.mutable_kind_prerequisites(1)->mutable_upkeep_monthly_micros()->Truncate(2);
       }},
  };
}

class FindingTest : public ::testing::TestWithParam<Case> {};

TEST_P(FindingTest, IsFoundWhereItIs) {
  Rulebook book = GoodSource().rulebook;
  GetParam().change(book);
  const CompileResult result = Compile(book);
  const std::string all = FormatDiagnostics(result.diagnostics);
  bool found = false;
  for (const Diagnostic& d : result.diagnostics) {
    found |= d.code == GetParam().code && absl::StartsWith(d.where, GetParam().where) &&
             absl::StrContains(d.text, GetParam().text) && d.severity == GetParam().severity;
    EXPECT_NE(d.text_fr, "") << "no French for: " << d.text;
    EXPECT_NE(d.text_fr, d.text);
    EXPECT_FALSE(absl::StrContains(d.text_fr, "{1}")) << d.text_fr;
  }
  EXPECT_TRUE(found) << "found instead:\n" << all;
  EXPECT_EQ(result.compiled == nullptr, GetParam().severity == Severity::kError) << all;
}

INSTANTIATE_TEST_SUITE_P(All, FindingTest, ::testing::ValuesIn(Cases()),
                         [](const auto& instance) { return instance.param.name; });

// What a check of a rulebook must see (docs/rulebook.md, "What the check covers"), each by the
// codes that tell of it; every code has a row above, and every such row is found.
struct CheckKind {
  std::string name;
  std::vector<std::string> codes;
};

class CheckKindTest : public ::testing::TestWithParam<CheckKind> {};

TEST_P(CheckKindTest, IsFoundInEachOfItsForms) {
  for (const std::string& code : GetParam().codes) {
    int rows = 0;
    for (const Case& c : Cases()) {
      if (c.code != code) continue;
      ++rows;
      Rulebook book = GoodSource().rulebook;
      c.change(book);
      EXPECT_THAT(FormatDiagnostics(Compile(book).diagnostics), HasSubstr(code)) << c.name;
    }
    EXPECT_GT(rows, 0) << code;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, CheckKindTest,
    ::testing::Values(CheckKind{"TypesAndUnits", {"RB020", "RB021", "RB022", "RB023", "RB024"}},
                      CheckKind{"GapsAndOverlaps", {"RB030", "RB035", "RB036", "RB037"}},
                      CheckKind{"Unreachable", {"RB034", "RB037", "RB040"}},
                      CheckKind{"Redundant", {"RB037", "RB044"}},
                      CheckKind{"NeverDiscriminating", {"RB027", "RB033", "RB038"}},
                      CheckKind{"WeightsOutOfBounds", {"RB061", "RB062"}},
                      CheckKind{"FieldsThatAreNotFacts", {"RB010", "RB011", "RB012"}}),
    [](const auto& instance) { return instance.param.name; });

TEST(CompilerTest, AGoodRulebookHasNoFinding) {
  const CompileResult result = Compile(GoodSource().rulebook);
  EXPECT_EQ(FormatDiagnostics(result.diagnostics), "");
  EXPECT_NE(result.compiled, nullptr);
}

TEST(CompilerTest, UnknownLawIsFoundWhereATableIsGiven) {
  catalog::v1::LawTable laws;
  laws.add_legal_bases()->set_legal_basis_id("hds_l1111_8");
  const CompileResult result = Compile(GoodSource().rulebook, &laws);
  const std::string all = FormatDiagnostics(result.diagnostics);
  EXPECT_THAT(all, HasSubstr("error RB047 constraints[H13].legal_basis_ids: The law table has no "
                             "\"gdpr_art28\"."));
  EXPECT_THAT(all, ::testing::Not(HasSubstr("\"hds_l1111_8\"")));
}

TEST(CompilerTest, FindingsNameTheirLine) {
  Rulebook book = GoodSource().rulebook;
  C(book, "C06").mutable_breakpoints(2)->set_x(50);
  const CompileResult result = Compile(book);
  ASSERT_EQ(result.diagnostics.size(), 1u) << FormatDiagnostics(result.diagnostics);
  const Diagnostic& found = result.diagnostics[0];
  EXPECT_EQ(found.file, "catalog/rulebook/rulebook.textproto");
  std::istringstream text(testing::ReadFileOrFail(testing::SourcePath(found.file)));
  std::string line;
  for (int i = 0; i < found.line; ++i) std::getline(text, line);
  EXPECT_EQ(line, "  breakpoints { x: 100 value: 5000 }");
}

TEST(CompilerTest, OrderOfTheTextDoesNotMatter) {
  Rulebook book = GoodSource().rulebook;
  std::reverse(book.mutable_needs()->begin(), book.mutable_needs()->end());
  std::reverse(book.mutable_criteria()->begin(), book.mutable_criteria()->end());
  std::reverse(book.mutable_constraints()->begin(), book.mutable_constraints()->end());
  const CompileResult turned = Compile(book);
  const CompileResult good = Compile(GoodSource().rulebook);
  ASSERT_NE(turned.compiled, nullptr) << FormatDiagnostics(turned.diagnostics);
  EXPECT_EQ(turned.compiled->source.SerializeAsString(), good.compiled->source.SerializeAsString());
  EXPECT_EQ(turned.compiled->offering_slots, good.compiled->offering_slots);
  EXPECT_EQ(turned.compiled->request_slots, good.compiled->request_slots);
}

TEST(CompilerTest, EveryCodeIsExplainedAndProvoked) {
  std::set<std::string> provoked = {"RB001", "RB047"};
  for (const Case& c : Cases()) provoked.insert(c.code);
  const std::string page = testing::ReadFileOrFail(testing::SourcePath("docs/rulebook.md"));
  std::set<std::string> explained;
  for (size_t at = page.find("| RB"); at != std::string::npos; at = page.find("| RB", at + 1)) {
    explained.insert(page.substr(at + 2, 5));
  }
  EXPECT_EQ(explained, provoked);
}

// "observed" puts the comparison of that measure first, so that it is the one reported.
TEST(CompilerTest, ObservedChoosesTheComparisonReported) {
  Rulebook book = GoodSource().rulebook;
  H(book, "H07").mutable_observed()->set_fact("derived.hosts_customer_data");
  const CompileResult result = Compile(book);
  ASSERT_NE(result.compiled, nullptr) << FormatDiagnostics(result.diagnostics);
  const engine::Rules& rules = result.compiled->rules;
  const auto& constraint = rules.constraints[result.compiled->constraint_ordinals.at("H07")];
  EXPECT_EQ(constraint.observed, engine::kNoId);
  const auto& any = rules.conditions[constraint.satisfied_when];
  const auto& first = rules.measures[rules.conditions[any.children[0]].left];
  EXPECT_EQ(result.compiled->offering_slots[first.first.slot]->name, "derived.hosts_customer_data");
}

TEST(CompilerTest, FallbackUsageIsTheLowerMiddle) {
  Rulebook book = GoodSource().rulebook;
  for (Need& need : *book.mutable_needs()) {
    for (int i = need.assumed_usages_size() - 1; i >= 0; --i) {
      if (need.assumed_usages(i).metric() == type::SMS_MONTH) {
        need.mutable_assumed_usages()->DeleteSubrange(i, 1);
      }
    }
  }
  const int64_t smallest[] = {40, 10, 30, 20};
  const char* const needs[] = {"CRM", "ERP", "AI", "BI"};
  for (size_t i = 0; i < 4; ++i) {
    auto& usage = *N(book, needs[i]).add_assumed_usages();
    usage.set_metric(type::SMS_MONTH);
    for (int64_t k = 0; k < 4; ++k) usage.add_values(smallest[i] + k);
  }
  const CompileResult result = Compile(book);
  ASSERT_NE(result.compiled, nullptr) << FormatDiagnostics(result.diagnostics);
  EXPECT_THAT(result.compiled->fallback_usage[type::SMS_MONTH],
              ::testing::ElementsAre(20, 21, 22, 23));
}

// A rulebook of nothing but nested lists must come back as a finding, not end the program.
TEST(CompilerTest, GiganticConditionsAreRefused) {
  Rulebook book = GoodSource().rulebook;
  Condition condition = H(book, "H05").satisfied_when();
  for (int level = 0; level < 4; ++level) {
    Condition outer;
    for (int i = 0; i < 14; ++i) *outer.mutable_any()->add_conditions() = condition;
    condition = outer;
  }
  *H(book, "H05").mutable_satisfied_when() = condition;
  const CompileResult result = Compile(book);
  EXPECT_EQ(result.compiled, nullptr);
  EXPECT_THAT(FormatDiagnostics(result.diagnostics), HasSubstr("RB005"));
}

// --- Reading files -----------------------------------------------------------

TEST(ReaderTest, MissingFolderIsNotFound) {
  EXPECT_THAT(ReadRulebook("no/such/folder"), testing::StatusIs(absl::StatusCode::kNotFound));
}

TEST(ReaderTest, BrokenTextIsAFindingWithItsLine) {
  testing::TempDir dir;
  testing::WriteFileOrFail(dir.Path("rulebook.textproto"), "rulebook_id: \"base\"\nband_with: 5\n");
  ASSERT_OK_AND_ASSIGN(const RulebookSource source, ReadRulebook(dir.path()));
  ASSERT_EQ(source.diagnostics.size(), 1u);
  EXPECT_EQ(source.diagnostics[0].code, "RB001");
  EXPECT_EQ(source.diagnostics[0].line, 2);
  EXPECT_THAT(FormatDiagnostics(source.diagnostics),
              HasSubstr("rulebook.textproto:2: error RB001"));
}

TEST(CompilerTest, OneWrongGroupIsOneFinding) {
  Rulebook book = GoodSource().rulebook;
  book.mutable_groups(0)->set_group_id("G9");
  std::vector<std::string> found;
  for (const Diagnostic& d : Compile(book).diagnostics) {
    if (d.code == "RB041" && absl::StartsWith(d.where, "groups")) found.push_back(d.text);
  }
  EXPECT_THAT(found, ::testing::ElementsAre("\"G9\" is none of G1 to G6; missing: G1."));
}

TEST(ReaderTest, WhatTheParserSaysIsToldInFrench) {
  const struct {
    const char* name;
    const char* text;
    const char* says;
  } cases[] = {
      {"no such field", "band_with: 5", "n'a pas de champ \"band_with\""},
      {"no number", "band_width: many", "nombre entier"},
      {"no text", "rulebook_id: base", "guillemets"},
      {"twice", "rulebook_id: \"a\" rulebook_id: \"b\"", "plusieurs fois"},
      {"text over lines", "rulebook_id: \"a\n\"", "guillemet fermant"},
  };
  for (const auto& c : cases) {
    testing::TempDir dir;
    testing::WriteFileOrFail(dir.Path("rulebook.textproto"), c.text);
    ASSERT_OK_AND_ASSIGN(const RulebookSource source, ReadRulebook(dir.path()));
    EXPECT_THAT(FormatDiagnostics(source.diagnostics, /*french=*/true), HasSubstr(c.says))
        << c.name;
  }
}

TEST(FindingTexts, HaveTheSameHolesOnBothSides) {
  for (const FindingText& text : FindingTexts()) {
    size_t holes = 0;
    for (size_t at = text.en.find("{}"); at != absl::string_view::npos;
         at = text.en.find("{}", at + 1)) {
      ++holes;
    }
    for (size_t i = 1; i <= 6; ++i) {
      EXPECT_EQ(absl::StrContains(text.fr, absl::StrCat("{", i, "}")), i <= holes)
          << text.en << ": {" << i << "}";
    }
  }
}

TEST(ReaderTest, NeedsComeFromFilesOfTheirOwn) {
  const RulebookSource& source = GoodSource();
  EXPECT_EQ(source.rulebook.needs_size(), 45);
  const auto place = source.lines.find("needs[CRM].title");
  ASSERT_NE(place, source.lines.end());
  EXPECT_EQ(place->second.first, "catalog/rulebook/needs/crm.textproto");
}

TEST(FormatTest, SortsByFileLineAndCode) {
  const std::vector<Diagnostic> diagnostics = {
      {.severity = Severity::kError,
       .code = "RB010",
       .file = "b",
       .line = 1,
       .where = "x",
       .text = "t"},
      {.severity = Severity::kWarning,
       .code = "RB034",
       .file = "a",
       .line = 9,
       .where = "y",
       .text = "u"},
      {.severity = Severity::kError,
       .code = "RB004",
       .file = "",
       .line = 0,
       .where = "z",
       .text = "v"},
  };
  EXPECT_EQ(FormatDiagnostics(diagnostics),
            "error RB004 z: v\na:9: warning RB034 y: u\nb:1: error RB010 x: t\n");
}

}  // namespace
}  // namespace aplomb::decision
