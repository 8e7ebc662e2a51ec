#include "decision/ruletests/rule_tests.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "base/digest.h"
#include "catalog/snapshot.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "decision/request.h"
#include "engine/cost.h"
#include "engine/measure.h"

namespace aplomb::decision {
namespace {

using catalog::v1::ExpectedValue;
using catalog::v1::RuleTest;
using catalog::v1::TestedOffering;
using Words = std::set<std::string>;
template <typename Repeated>
Words WordsOf(const Repeated& list) {
  return Words(list.begin(), list.end());
}

// A UUID drawn from a word, of version 4, the same in each run.
std::string UuidOf(absl::string_view word) {
  base::Digest d = base::Sha256(word);
  d[6] = static_cast<uint8_t>((d[6] & 0x0F) | 0x40);
  d[8] = static_cast<uint8_t>((d[8] & 0x3F) | 0x80);
  std::string text;
  for (size_t i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    absl::StrAppendFormat(&text, "%02x", d[i]);
  }
  return text;
}

std::string Show(const Words& words) { return words.empty() ? "none" : absl::StrJoin(words, " "); }

// What came of one offering.
struct Found {
  TestedOffering::Place place = TestedOffering::NO_CANDIDATE;
  int32_t rank = 0;
  Words violated = {};
  Words reason_codes = {};
  Words open = {};
  Words missing_facts = {};
  Words satisfied = {};
  std::map<std::string, engine::Contribution> values = {};
};

// One test being run.
class Run {
 public:
  Run(const CompiledRulebook& rulebook, const RuleTest& test, RuleTestReport& report,
      std::string file, int line)
      : rulebook_(rulebook), test_(test), report_(report), file_(std::move(file)), line_(line) {}

  // True where everything was as expected.
  bool Go() {
    if (!IsWellFormed()) return false;
    const std::vector<type::NeedRequest> needs = {NeedOf()};
    const type::WeightChoice weights;
    const DecisionInput input{
        .profile = test_.firm_with(), .needs = needs, .weights = weights, .as_of_day = day_};
    for (const base::Issue& issue : ValidateInput(input, rulebook_)) {
      Wrong("RT004", absl::StrCat("The question is not valid: ", issue.field, ": ", issue.text_en));
    }
    if (!ok_) return false;
    Decided(input);
    return ok_;
  }

 private:
  void Wrong(const char* code, std::string text) {
    ok_ = false;
    report_.diagnostics.push_back({.severity = Diagnostic::Severity::kError,
                                   .code = code,
                                   .file = file_,
                                   .line = line_,
                                   .where = absl::StrCat("tests[\"", test_.name(), "\"]"),
                                   .text = std::move(text)});
  }

  // --- Form --------------------------------------------------------------------------------------

  bool IsWellFormed() {
    const auto need = rulebook_.need_ordinals.find(test_.need_id());
    if (need == rulebook_.need_ordinals.end()) {
      Wrong("RT003", absl::StrCat("There is no need \"", test_.need_id(), "\"."));
    } else {
      need_ = need->second;
    }
    const auto& day = test_.day();
    const auto number =
        base::ToDayNumber({.year = day.year(), .month = day.month(), .day = day.day()});
    if (number.ok()) {
      day_ = *number;
    } else {
      Wrong("RT005", "The day of the question is missing or no day.");
    }
    if (test_.offerings_size() < 1 || test_.offerings_size() > kMaxTestedOfferings) {
      Wrong("RT005", absl::StrCat("A test has 1 to ", kMaxTestedOfferings, " offerings, this one ",
                                  test_.offerings_size(), "."));
    }
    mode_ = test_.delivery_mode() == type::HAVE_IT_DONE ? engine::DeliveryMode::kHaveItDone
                                                        : engine::DeliveryMode::kDoItYourself;
    CheckIds(test_.dropped_criteria(), rulebook_.criterion_ordinals, "criterion");
    CheckIds(test_.unchecked_constraints(), rulebook_.constraint_ordinals, "constraint");
    Words ids;
    for (int i = 0; i < test_.offerings_size(); ++i) CheckOffering(i, ids);
    return ok_;
  }

  template <typename Ids, typename Ordinals>
  void CheckIds(const Ids& ids, const Ordinals& ordinals, const char* what) {
    for (const std::string& id : ids) {
      if (ordinals.contains(id)) continue;
      Wrong("RT003", absl::StrCat("There is no ", what, " \"", id, "\"."));
    }
  }

  void CheckOffering(int i, Words& ids) {
    const TestedOffering& one = test_.offerings(i);
    if (!ids.insert(IdOf(i)).second) {
      Wrong("RT002", absl::StrCat("Two offerings are called \"", IdOf(i), "\"."));
    }
    if (one.place() == TestedOffering::PLACE_UNSPECIFIED) {
      Wrong("RT005", absl::StrCat("Where must offering ", IdOf(i), " stand? `place` is missing."));
    }
    const bool ranked = one.place() == TestedOffering::RANKED;
    if (!ranked && (one.rank() != 0 || one.values_size() > 0)) {
      Wrong("RT005", absl::StrCat("Offering ", IdOf(i),
                                  " is not to be ranked, so that it has "
                                  "neither rank nor values."));
    }
    for (const auto* list : {&one.violated(), &one.open(), &one.satisfied()}) {
      CheckIds(*list, rulebook_.constraint_ordinals, "constraint");
    }
    for (const ExpectedValue& value : one.values()) {
      CheckIds(std::vector<std::string>{value.criterion_id()}, rulebook_.criterion_ordinals,
               "criterion");
    }
  }

  std::string IdOf(int i) const {
    const std::string& id = test_.offerings(i).id();
    return id.empty() ? absl::StrCat(i + 1) : id;
  }
  static std::string NameOf(int i) { return absl::StrCat("members/m", i, "/offerings/o"); }

  type::NeedRequest NeedOf() const {
    type::NeedRequest need;
    need.set_need_id(test_.need_id());
    *need.mutable_must_features() = test_.must_features();
    *need.mutable_nice_features() = test_.nice_features();
    return need;
  }

  // --- Running -----------------------------------------------------------------------------------

  catalog::Snapshot World() const {
    catalog::Snapshot snapshot;
    for (int i = 0; i < test_.offerings_size(); ++i) {
      auto member = std::make_shared<catalog::MemberEntry>();
      member->member.set_name(absl::StrCat("members/m", i));
      member->member.set_uid(UuidOf(absl::StrCat("member ", i)));
      member->member.set_ownership_group_uid(UuidOf(absl::StrCat("group ", i)));
      member->member.set_state(catalog::v1::Member::ACTIVE);
      const std::string member_name = member->member.name();
      snapshot.members.emplace(member_name, std::move(member));
      auto entry = std::make_shared<catalog::OfferingEntry>();
      entry->offering = test_.offerings(i).with();
      entry->offering.set_name(NameOf(i));
      entry->offering.set_uid(UuidOf(absl::StrCat("offering ", i)));
      snapshot.offerings.emplace(NameOf(i), std::move(entry));
    }
    return snapshot;
  }

  void Decided(const DecisionInput& input) {
    const catalog::Snapshot snapshot = World();
    const BlindCatalog blind = Blindfold(snapshot, rulebook_, day_);
    const DecisionRecord record =
        Decide(input, {.snapshot = snapshot, .rulebook = rulebook_, .blind = blind}, TieSubject{});
    const RecordedRanking none;
    const RecordedRanking* ranking = &none;
    for (const RecordedRanking& one : record.needs[0].rankings) {
      if (one.mode == mode_) ranking = &one;
    }
    CheckFirmSide(*ranking);
    const CompiledNeed compiled = CompileRequest(input, rulebook_)[0];
    const engine::Request& request = compiled.requests[static_cast<size_t>(mode_) - 1];
    for (int i = 0; i < test_.offerings_size(); ++i) {
      uint32_t row = 0;
      while (blind.names[row] != NameOf(i)) ++row;
      Found found = Find(*ranking, blind, row);
      Satisfied(blind, row, request, found);
      Compare(i, found);
    }
    if (!ok_) return;
    ++report_.coverage.needs[test_.need_id()];
    for (int i = 0; i < test_.offerings_size(); ++i) Count(test_.offerings(i));
  }

  void CheckFirmSide(const RecordedRanking& ranking) {
    Words dropped;
    for (const auto& one : ranking.dropped) dropped.insert(CriterionId(one.criterion));
    for (const std::string& id : test_.dropped_criteria()) {
      if (!dropped.contains(id)) {
        Wrong("RT010", absl::StrCat(id, " must not be weighed; not weighed are ", Show(dropped)));
      }
    }
    Words unchecked;
    for (const auto& one : ranking.unchecked) unchecked.insert(ConstraintId(one.constraint));
    for (const std::string& id : test_.unchecked_constraints()) {
      if (!unchecked.contains(id)) {
        Wrong("RT010", absl::StrCat(id,
                                    " must be left out for want of an answer of the firm; "
                                    "left out are ",
                                    Show(unchecked)));
      }
    }
  }

  const std::string& CriterionId(uint8_t ordinal) const {
    return rulebook_.source.criteria(ordinal).criterion_id();
  }
  const std::string& ConstraintId(uint8_t ordinal) const {
    return rulebook_.source.constraints(ordinal).constraint_id();
  }

  Found Find(const RecordedRanking& ranking, const BlindCatalog& blind, uint32_t row) const {
    const Uid& uid = blind.offering_uids[row];
    Found found;
    for (const RecordedRanked& one : ranking.ranked) {
      if (one.offering != uid) continue;
      found.place = TestedOffering::RANKED;
      found.rank = one.rank;
      for (const auto& c : one.contributions) found.values[CriterionId(c.criterion)] = c;
    }
    for (const auto* list : {&ranking.to_confirm, &ranking.excluded}) {
      for (const RecordedUnranked& one : *list) {
        if (one.offering != uid) continue;
        found.place =
            list == &ranking.excluded ? TestedOffering::EXCLUDED : TestedOffering::TO_CONFIRM;
        for (const engine::Finding& finding : one.findings) Add(finding, found);
      }
    }
    return found;
  }

  void Add(const engine::Finding& finding, Found& found) const {
    if (finding.constraint == engine::Finding::kMinimumFact) {
      found.missing_facts.insert(rulebook_.source.needs(need_).minimum_facts(finding.minimum_fact));
    } else if (finding.truth == engine::Truth::kFalse) {
      found.violated.insert(ConstraintId(finding.constraint));
      found.reason_codes.insert(rulebook_.source.constraints(finding.constraint).reason_code());
    } else {
      found.open.insert(ConstraintId(finding.constraint));
    }
  }

  // Constraints that are applied and hold. Of an offering that is no candidate, those that say why
  // as well: it stands in no list that could tell.
  void Satisfied(const BlindCatalog& blind, uint32_t row, const engine::Request& request,
                 Found& found) const {
    const engine::Rules& rules = rulebook_.rules;
    const uint64_t mask = rules.needs[need_][static_cast<size_t>(mode_) - 1].constraints;
    const engine::Cost cost = engine::ComputeCost(blind.table, row, request);
    const auto& candidates = blind.table.candidates[need_];
    const auto place = std::find(candidates.rows.begin(), candidates.rows.end(), row);
    const engine::FeatureMasks features =
        place == candidates.rows.end()
            ? engine::FeatureMasks{}
            : candidates.features[static_cast<size_t>(place - candidates.rows.begin())];
    const engine::Subject subject{rules, blind.table, request, features, cost, row};
    for (size_t i = 0; i < rules.constraints.size(); ++i) {
      const engine::Constraint& c = rules.constraints[i];
      if ((mask >> i & 1) == 0) continue;
      if (c.applies_when != engine::kNoId &&
          engine::HoldsForRequest(rules, request, c.applies_when) != engine::Truth::kTrue) {
        continue;
      }
      if (engine::FirmSideOf(rules, request, engine::kNoId, c.satisfied_when) !=
          engine::FirmSide::kSaid) {
        continue;
      }
      const engine::Truth truth = engine::Holds(subject, c.satisfied_when);
      const auto ordinal = static_cast<uint8_t>(i);
      if (truth == engine::Truth::kTrue) {
        found.satisfied.insert(ConstraintId(ordinal));
      } else if (truth == engine::Truth::kFalse && found.place == TestedOffering::NO_CANDIDATE) {
        found.violated.insert(ConstraintId(ordinal));
        found.reason_codes.insert(rulebook_.source.constraints(ordinal).reason_code());
      }
    }
  }

  // --- Comparing ---------------------------------------------------------------------------------

  void Compare(int i, const Found& found) {
    const TestedOffering& one = test_.offerings(i);
    const auto differs = [&](const char* what, const std::string& expected, const std::string& is) {
      Wrong("RT010", absl::StrCat("Offering ", IdOf(i), ": ", what, " must be ", expected, ", is ",
                                  is, "."));
    };
    if (one.place() != found.place) {
      differs("its place", TestedOffering::Place_Name(one.place()),
              absl::StrCat(TestedOffering::Place_Name(found.place),
                           " (violated: ", Show(found.violated), "; open: ", Show(found.open),
                           "; missing: ", Show(found.missing_facts), ")"));
      return;
    }
    const auto same = [&](const char* what, const Words& expected, const Words& is) {
      if (expected != is) differs(what, Show(expected), Show(is));
    };
    same("what is violated", WordsOf(one.violated()), found.violated);
    same("what is open", WordsOf(one.open()), found.open);
    same("the minimum facts missing", WordsOf(one.missing_facts()), found.missing_facts);
    if (!one.reason_codes().empty()) {
      same("the reason codes", WordsOf(one.reason_codes()), found.reason_codes);
    }
    for (const std::string& id : one.satisfied()) {
      if (!found.satisfied.contains(id)) {
        differs("what is satisfied", absl::StrCat(id, " among others"), Show(found.satisfied));
      }
    }
    if (one.rank() != 0 && one.rank() != found.rank) {
      differs("its rank", absl::StrCat(one.rank()), absl::StrCat(found.rank));
    }
    for (const ExpectedValue& value : one.values()) CompareValue(i, value, found);
  }

  void CompareValue(int i, const ExpectedValue& expected, const Found& found) {
    const auto differs = [&](const char* what, const std::string& must, const std::string& is) {
      Wrong("RT010", absl::StrCat("Offering ", IdOf(i), ": ", expected.criterion_id(), ": ", what,
                                  " must be ", must, ", is ", is, "."));
    };
    const auto it = found.values.find(expected.criterion_id());
    if (it == found.values.end()) return differs("it", "weighed", "not weighed for this question");
    const engine::Contribution& is = it->second;
    const bool said = is.state == engine::MeasureState::kKnown;
    if (said == expected.not_said()) {
      return differs("it", expected.not_said() ? "not said" : "said",
                     said ? absl::StrCat("said (x = ", is.x, ", value ", is.value, ")")
                          : "not said, or with too little evidence");
    }
    if (is.value != expected.value()) {
      differs("the value", absl::StrCat(expected.value()),
              absl::StrCat(is.value, " (x = ", is.x, ")"));
    }
    if (expected.has_weight_bp() && is.weight_bp != expected.weight_bp()) {
      differs("the weight", absl::StrCat(expected.weight_bp()), absl::StrCat(is.weight_bp));
    }
    if (expected.has_contribution() && is.contribution != expected.contribution()) {
      differs("the contribution", absl::StrCat(expected.contribution()),
              absl::StrCat(is.contribution));
    }
  }

  // Only what was expected, and came out so, counts as held.
  void Count(const TestedOffering& one) {
    for (const std::string& id : one.satisfied()) {
      report_.coverage.constraints[id].satisfied = true;
    }
    for (const std::string& id : one.violated()) report_.coverage.constraints[id].violated = true;
    for (const ExpectedValue& value : one.values()) {
      if (!value.not_said()) report_.coverage.criteria[value.criterion_id()].insert(value.value());
    }
  }

  const CompiledRulebook& rulebook_;
  const RuleTest& test_;
  RuleTestReport& report_;
  const std::string file_;
  const int line_;
  bool ok_ = true;
  uint8_t need_ = 0;
  engine::DeliveryMode mode_ = engine::DeliveryMode::kDoItYourself;
  int32_t day_ = 0;
};

void AddGap(const char* code, std::string where, std::string text, RuleTestReport& report) {
  report.diagnostics.push_back({.severity = Diagnostic::Severity::kError,
                                .code = code,
                                .file = "",
                                .line = 0,
                                .where = std::move(where),
                                .text = std::move(text)});
}

void TellGaps(RuleTestReport& report) {
  for (const auto& [id, sides] : report.coverage.constraints) {
    const std::string where = absl::StrCat("constraints[", id, "]");
    if (!sides.satisfied) {
      AddGap("RT020", where, "No test expects an offering to satisfy it.", report);
    }
    if (!sides.violated) {
      AddGap("RT021", where, "No test expects an offering to violate it.", report);
    }
  }
  for (const auto& [id, values] : report.coverage.criteria) {
    if (values.size() >= kValuesPerCriterion) continue;
    AddGap("RT022", absl::StrCat("criteria[", id, "]"),
           absl::StrCat("Tests expect ", values.size(), " different values of it; at least ",
                        kValuesPerCriterion, " show that it tells offerings apart."),
           report);
  }
  for (const auto& [id, tests] : report.coverage.needs) {
    if (tests == 0)
      AddGap("RT023", absl::StrCat("needs[", id, "]"), "No test asks for it.", report);
  }
}

}  // namespace

int64_t RuleCoverage::covered() const {
  int64_t sum = 0;
  for (const auto& [id, sides] : constraints)
    sum += (sides.satisfied ? 1 : 0) + (sides.violated ? 1 : 0);
  for (const auto& [id, values] : criteria) {
    sum += static_cast<int64_t>(std::min(values.size(), kValuesPerCriterion));
  }
  for (const auto& [id, tests] : needs) sum += tests > 0 ? 1 : 0;
  return sum;
}

int64_t RuleCoverage::total() const {
  return static_cast<int64_t>(2 * constraints.size() + kValuesPerCriterion * criteria.size() +
                              needs.size());
}

RuleTestReport RunRuleTests(const CompiledRulebook& rulebook, const RuleTestSource& source) {
  RuleTestReport report;
  report.diagnostics = source.diagnostics;
  for (const auto& [id, ordinal] : rulebook.constraint_ordinals) report.coverage.constraints[id];
  for (const auto& [id, ordinal] : rulebook.criterion_ordinals) report.coverage.criteria[id];
  for (const auto& [id, ordinal] : rulebook.need_ordinals) report.coverage.needs[id] = 0;
  if (static_cast<size_t>(source.all.tests_size()) > kMaxRuleTests) {
    AddGap("RT006", "tests",
           absl::StrCat(source.all.tests_size(), " tests; at most ", kMaxRuleTests, "."), report);
    return report;
  }
  Words names;
  for (int i = 0; i < source.all.tests_size(); ++i) {
    const RuleTest& test = source.all.tests(i);
    const auto place = static_cast<size_t>(i);
    const bool has_line = place < source.lines.size();
    ++report.tests;
    bool ok = Run(rulebook, test, report, has_line ? source.lines[place].first : "",
                  has_line ? source.lines[place].second : 0)
                  .Go();
    if (test.name().empty() || !names.insert(test.name()).second) {
      AddGap("RT002", absl::StrCat("tests[", i, "]"),
             absl::StrCat("\"", test.name(), "\" is no name, or two tests have it."), report);
      ok = false;
    }
    report.failed += ok ? 0 : 1;
  }
  TellGaps(report);
  return report;
}

}  // namespace aplomb::decision
