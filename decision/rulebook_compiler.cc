#include "decision/rulebook_compiler.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "catalog/identifiers.h"
#include "decision/measure_compiler.h"
#include "decision/rule_logic.h"
#include "decision/rule_reporter.h"
#include "engine/measure.h"
#include "engine/weights.h"
#include "google/protobuf/util/message_differencer.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Condition;
using catalog::v1::Constraint;
using catalog::v1::Criterion;
using catalog::v1::CriterionGroup;
using catalog::v1::KindPrerequisite;
using catalog::v1::Need;
using catalog::v1::Offering;
using catalog::v1::Rulebook;
using engine::WeightMethod;
using type::LocalizedText;

constexpr int kTitleCharactersMax = 60;
constexpr int kTextCharactersMax = 2'000;
constexpr int kFeaturesUsualMin = 3;
constexpr int kFeaturesUsualMax = 6;
constexpr int kFeaturesWantedMin = 10;
constexpr int kFeaturesWantedMax = 25;
constexpr int kStageMax = 5;
constexpr int kExpenseThemeMax = 11;
constexpr int kSkillMax = 4;
constexpr int kMinimumFactsMax = 20;
constexpr int kPriceAgeDaysMax = 3'650;
constexpr int kOwnershipGroupsMax = 100;
constexpr int64_t kFeeMicrosMax = 1'000'000'000'000;  // a million euros a year
constexpr int kReferenceSizes = 4;                    // SOLO to MEDIUM
constexpr size_t kModeCount = 2;
static_assert(engine::kMaxCriteria <= 64 && engine::kMaxConstraints <= 64,
              "sets of rules are 64-bit masks");

using Ordinals = std::map<std::string, uint8_t, std::less<>>;

std::string Element(absl::string_view list, absl::string_view id, int index) {
  if (id.empty()) return absl::StrCat(list, "[", index, "]");
  return absl::StrCat(list, "[", id, "]");
}

// `first` then (`min` - 1) to (`max` - 1) of letters of that case, digits and "_".
bool IsWord(absl::string_view text, bool upper, size_t min, size_t max) {
  const auto is_letter = [upper](char c) {
    return upper ? 'A' <= c && c <= 'Z' : 'a' <= c && c <= 'z';
  };
  if (text.size() < min || text.size() > max || !is_letter(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || ('0' <= c && c <= '9') || c == '_'; });
}

// "C01" to "C99" for letter 'C'.
bool IsRuleId(absl::string_view id, char letter) {
  const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
  return id.size() == 3 && id[0] == letter && is_digit(id[1]) && is_digit(id[2]) && id != "C00" &&
         id != "H00";
}

int CharactersOf(absl::string_view utf8) {
  return static_cast<int>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

// Sorts a repeated field by id, keeping the order of equals.
template <typename Repeated, typename IdOf>
void SortById(Repeated& repeated, IdOf id_of) {
  std::stable_sort(repeated.begin(), repeated.end(),
                   [&](const auto& a, const auto& b) { return id_of(a) < id_of(b); });
}

bool Overlap(const google::protobuf::RepeatedPtrField<std::string>& a,
             const google::protobuf::RepeatedPtrField<std::string>& b) {
  if (a.empty() || b.empty()) return true;
  return std::any_of(a.begin(), a.end(), [&](const std::string& id) {
    return std::find(b.begin(), b.end(), id) != b.end();
  });
}

// Puts the child that holds a comparison with `left` before its sisters, at every level. False
// where there is no such comparison.
bool PutFirst(const catalog::v1::Measure& left, Condition& condition) {
  switch (condition.form_case()) {
    case Condition::kComparison:
      return google::protobuf::util::MessageDifferencer::Equals(condition.comparison().left(),
                                                                left);
    case Condition::kNegation:
      return PutFirst(left, *condition.mutable_negation());
    case Condition::kAll:
    case Condition::kAny:
      break;
    case Condition::FORM_NOT_SET:
      return false;
  }
  auto& children = *(condition.has_all() ? condition.mutable_all() : condition.mutable_any())
                        ->mutable_conditions();
  return std::stable_partition(children.begin(), children.end(), [&](Condition& child) {
           return PutFirst(left, child);
         }) != children.begin();
}

engine::Evidence EvidenceOf(type::Evidence evidence) {
  return evidence == type::EVIDENCE_UNSPECIFIED ? engine::Evidence::kDeclared
                                                : static_cast<engine::Evidence>(evidence);
}

// 0 do it yourself, 1 have it done; the unspecified mode is the first one.
size_t ModeIndex(type::DeliveryMode mode) { return mode == type::HAVE_IT_DONE ? 1 : 0; }

class Compiler {
 public:
  Compiler(const Rulebook& rulebook, const base::Digest& digest,
           const catalog::v1::LawTable* law_table, const RulebookSource* source)
      : reporter_(source), compiled_(std::make_shared<CompiledRulebook>()), law_table_(law_table) {
    compiled_->source = rulebook;
    compiled_->digest = digest;
  }

  CompileResult Run() {
    Rulebook& book = compiled_->source;
    if (!CheckCounts()) return Finish();
    SortById(*book.mutable_needs(), [](const Need& n) { return n.need_id(); });
    SortById(*book.mutable_criteria(), [](const Criterion& c) { return c.criterion_id(); });
    SortById(*book.mutable_constraints(), [](const Constraint& c) { return c.constraint_id(); });
    SortById(*book.mutable_groups(), [](const CriterionGroup& g) { return g.group_id(); });

    CheckHead();
    NumberNeeds();
    MeasureCompiler measures(compiled_->need_ordinals, CapacityMetrics(), reporter_, rules());
    measures_ = &measures;
    CheckGroups();
    CompileConstraints();
    CompileCriteria();
    CheckRedundant();
    CompileNeeds();
    CheckReachable();
    CheckPrerequisites();
    ShareUsage();
    CheckWeights();
    CheckKinds();

    rules().band_width = book.band_width();
    CheckTold();
    compiled_->offering_slots = measures.offering_slots();
    compiled_->request_slots = measures.request_slots();
    rules().offering_slots = static_cast<uint16_t>(compiled_->offering_slots.size());
    rules().request_slots = static_cast<uint16_t>(compiled_->request_slots.size());
    if (compiled_->offering_slots.size() > engine::kMaxColumns) {
      reporter_.Error("RB005", "criteria",
                      absl::StrCat("The rules read ", compiled_->offering_slots.size(),
                                   " facts of offerings; at most ", engine::kMaxColumns, "."));
    }
    return Finish();
  }

 private:
  const Rulebook& book() const { return compiled_->source; }
  engine::Rules& rules() { return compiled_->rules; }

  CompileResult Finish() {
    CompileResult result;
    if (reporter_.error_count() == 0) result.compiled = compiled_;
    result.diagnostics = std::move(reporter_).Take();
    return result;
  }

  // --- Texts, numbers, ids ---------------------------------------------------

  void CheckText(const LocalizedText& text, const std::string& where, int max) {
    for (const auto& [language, words] :
         {std::pair{"French", &text.fr()}, std::pair{"English", &text.en()}}) {
      if (words->empty()) {
        reporter_.Error("RB004", where, absl::StrCat("The ", language, " text is missing."));
      } else if (CharactersOf(*words) > max) {
        reporter_.Error("RB004", where,
                        absl::StrCat("The ", language, " text has ", CharactersOf(*words),
                                     " characters; at most ", max, "."));
      }
    }
  }

  // Placeholders of a sentence: {observed}, those of `others`, and no more.
  void CheckSentence(const LocalizedText& text, const std::string& where,
                     const std::vector<absl::string_view>& others) {
    CheckText(text, where, kTextCharactersMax);
    for (const std::string* words : {&text.fr(), &text.en()}) {
      for (size_t open = words->find('{'); open != std::string::npos;
           open = words->find('{', open + 1)) {
        const size_t close = words->find('}', open);
        const std::string name =
            words->substr(open, close == std::string::npos ? std::string::npos : close + 1 - open);
        if (name == "{observed}") continue;
        if (std::find(others.begin(), others.end(), name) != others.end()) continue;
        reporter_.Error("RB048", where,
                        absl::StrCat("\"", name, "\" is not filled in; allowed: {observed}",
                                     others.empty() ? "" : ", ", absl::StrJoin(others, ", "), "."));
      }
    }
  }

  void CheckRange(int64_t value, int64_t min, int64_t max, const std::string& where) {
    if (min <= value && value <= max) return;
    reporter_.Error("RB006", where, absl::StrCat(value, " is outside of ", min, " to ", max, "."));
  }

  void CheckCount(int count, int min, uint32_t max, const std::string& where) {
    if (min <= count && count <= static_cast<int64_t>(max)) return;
    reporter_.Error("RB005", where,
                    absl::StrCat(count, " entries; allowed are ", min, " to ", max, "."));
  }

  bool CheckCounts() {
    CheckCount(book().needs_size(), 1, engine::kMaxNeeds, "needs");
    CheckCount(book().criteria_size(), 1, engine::kMaxCriteria, "criteria");
    CheckCount(book().constraints_size(), 1, engine::kMaxConstraints, "constraints");
    CheckCount(book().groups_size(), static_cast<int>(engine::kGroupCount), engine::kGroupCount,
               "groups");
    for (const Need& need : book().needs()) {
      CheckCount(need.features_size(), 1, engine::kMaxFeaturesPerNeed,
                 absl::StrCat("needs[", need.need_id(), "].features"));
    }
    return reporter_.error_count() == 0;
  }

  void CheckHead() {
    if (!catalog::IsResourceId(book().rulebook_id())) {
      reporter_.Error("RB003", "rulebook_id",
                      "The id is one of lower-case letters, digits and hyphens, e.g. \"base\".");
    }
    CheckText(book().title(), "title", kTitleCharactersMax);
    CheckText(book().rationale(), "rationale", kTextCharactersMax);
    CheckRange(book().band_width(), 1, engine::kScoreMax, "band_width");
    CheckRange(book().price_max_age_days(), 1, kPriceAgeDaysMax, "price_max_age_days");
    CheckRange(book().min_ownership_groups(), 1, kOwnershipGroupsMax, "min_ownership_groups");
    const auto& fee = book().membership_fee();
    if (!book().has_membership_fee()) {
      reporter_.Warning("RB068", "membership_fee",
                        "What members pay is not said, so that no answer can state it; a revision "
                        "is not proposed without.");
    } else if (fee.yearly_min_micros() < 0 || fee.yearly_min_micros() > fee.yearly_max_micros() ||
               fee.yearly_max_micros() > kFeeMicrosMax) {
      reporter_.Error(
          "RB068", "membership_fee",
          absl::StrCat("The least fee is from 0, the greatest not below it and at most ",
                       kFeeMicrosMax, " micros of EUR."));
    }
    const auto& day = book().valid_from();
    if (!base::IsValid({.year = day.year(), .month = day.month(), .day = day.day()})) {
      reporter_.Error("RB006", "valid_from", "The first day of validity is missing or no day.");
    }
  }

  // Numbers an id; false for a second one of the same name.
  bool Number(Ordinals& ordinals, const std::string& id, size_t ordinal, const std::string& where) {
    if (ordinals.emplace(id, static_cast<uint8_t>(ordinal)).second) return true;
    reporter_.Error("RB002", where, absl::StrCat("\"", id, "\" is there twice."));
    return false;
  }

  void CheckLaws(const google::protobuf::RepeatedPtrField<std::string>& ids,
                 const std::string& where) {
    if (law_table_ == nullptr) return;
    for (const std::string& id : ids) {
      const bool known = std::any_of(
          law_table_->legal_bases().begin(), law_table_->legal_bases().end(),
          [&](const catalog::v1::LegalBasis& basis) { return basis.legal_basis_id() == id; });
      if (known) continue;
      reporter_.Error("RB047", where + ".legal_basis_ids",
                      absl::StrCat("The law table has no \"", id, "\"."));
    }
  }

  void CheckNeedIds(const google::protobuf::RepeatedPtrField<std::string>& ids,
                    const std::string& where) {
    for (const std::string& id : ids) {
      if (compiled_->need_ordinals.contains(id)) continue;
      reporter_.Error("RB046", where, absl::StrCat("There is no need \"", id, "\"."));
    }
  }

  // --- Needs: what rules must know of them beforehand ------------------------

  void NumberNeeds() {
    for (int i = 0; i < book().needs_size(); ++i) {
      const std::string& id = book().needs(i).need_id();
      const std::string where = Element("needs", id, i);
      if (!IsWord(id, /*upper=*/true, 2, 32)) {
        reporter_.Error("RB003", where,
                        absl::StrCat("\"", id, "\" is no need id; e.g. \"EINV_RECV\"."));
      }
      Number(compiled_->need_ordinals, id, static_cast<size_t>(i), where);
    }
  }

  std::vector<int> CapacityMetrics() {
    std::set<int> metrics;
    for (int i = 0; i < book().needs_size(); ++i) {
      const Need& need = book().needs(i);
      const std::string where = Element("needs", need.need_id(), i) + ".capacity_metrics";
      std::set<int> own;
      for (const int metric : need.capacity_metrics()) {
        if (metric < 1 || metric >= static_cast<int>(engine::kMetricCount)) {
          reporter_.Error("RB006", where, absl::StrCat("There is no metric ", metric, "."));
          continue;
        }
        const std::string name = type::Metric_Name(static_cast<type::Metric>(metric));
        if (!own.insert(metric).second) {
          reporter_.Error("RB002", where, absl::StrCat(name, " is there twice."));
        }
        if (LimitFactOf(metric).empty()) {
          reporter_.Warning(
              "RB059", where,
              absl::StrCat("No offering can state a limit of ", name, "; it is not compared."));
          continue;
        }
        metrics.insert(metric);
      }
    }
    return {metrics.begin(), metrics.end()};
  }

  // --- Groups ----------------------------------------------------------------

  void CheckGroups() {
    std::set<std::string> missing;
    for (uint32_t g = 0; g < engine::kGroupCount; ++g) missing.insert(absl::StrCat("G", g + 1));
    for (const CriterionGroup& group : book().groups()) missing.erase(group.group_id());
    const std::string lacking =
        missing.empty() ? "." : absl::StrCat("; missing: ", absl::StrJoin(missing, ", "), ".");
    std::set<std::string> seen;
    for (int i = 0; i < book().groups_size(); ++i) {
      const CriterionGroup& group = book().groups(i);
      const std::string& id = group.group_id();
      const std::string where = Element("groups", id, i);
      if (GroupOf(id) == engine::kGroupCount) {
        reporter_.Error("RB041", where, absl::StrCat("\"", id, "\" is none of G1 to G6", lacking));
      } else if (!seen.insert(id).second) {
        reporter_.Error("RB041", where, absl::StrCat("\"", id, "\" is there twice", lacking));
      }
      CheckText(group.title(), where + ".title", kTitleCharactersMax);
      CheckText(group.swing(), where + ".swing", kTextCharactersMax);
      if (group.reason().fr().empty() && group.reason().en().empty()) {
        reporter_.Warning("RB067", where,
                          "The group does not say why it weighs what it weighs in the default "
                          "order; a revision is not proposed without.");
      } else {
        CheckText(group.reason(), where + ".reason", kTextCharactersMax);
      }
    }
  }

  // 0 to 5, or kGroupCount.
  static uint32_t GroupOf(const std::string& group_id) {
    for (uint32_t g = 0; g < engine::kGroupCount; ++g) {
      if (group_id == absl::StrCat("G", g + 1)) return g;
    }
    return engine::kGroupCount;
  }

  // True where the steps of a ladder, or the cases of a table, have labels: all or none.
  bool CheckLabels(const catalog::v1::Measure& measure, const std::string& where) {
    std::vector<const LocalizedText*> labels;
    int count = 0;
    for (const auto& step : measure.ladder().steps()) {
      if (step.has_label()) labels.push_back(&step.label());
      ++count;
    }
    for (const auto& one : measure.first_match().cases()) {
      if (one.has_label()) labels.push_back(&one.label());
      ++count;
    }
    for (const LocalizedText* label : labels) CheckText(*label, where, kTitleCharactersMax);
    if (labels.empty()) return false;
    if (static_cast<int>(labels.size()) != count) {
      reporter_.Error("RB039", where, "Either all steps have a label or none has one.");
    }
    return true;
  }

  // --- Rules -----------------------------------------------------------------

  // kNoId where there is none; nullopt after an error.
  std::optional<CompiledCondition> CompileApplies(bool has, const Condition& condition,
                                                  const std::string& where) {
    if (!has) return CompiledCondition{};
    auto applies = measures_->Compile(condition, where);
    if (!applies.has_value()) return std::nullopt;
    if (applies->reads_offering) {
      reporter_.Error("RB013", where,
                      "When a rule applies may depend on the firm and the request only, so that "
                      "it applies to all offerings or to none.");
      return std::nullopt;
    }
    if (applies->firm_facts.empty()) {
      reporter_.Error("RB013", where, "It reads nothing; leave it out for a rule without limit.");
      return std::nullopt;
    }
    return applies;
  }

  void CompileConstraints() {
    for (int i = 0; i < book().constraints_size(); ++i) {
      const Constraint& constraint = book().constraints(i);
      const std::string where = Element("constraints", constraint.constraint_id(), i);
      if (!IsRuleId(constraint.constraint_id(), 'H')) {
        reporter_.Error("RB003", where, "The id of a constraint is H01 to H99.");
      }
      Number(compiled_->constraint_ordinals, constraint.constraint_id(), static_cast<size_t>(i),
             where);
      if (!IsWord(constraint.reason_code(), /*upper=*/true, 3, 48)) {
        reporter_.Error("RB043", where + ".reason_code",
                        "An exclusion needs a reason code, e.g. \"HORS_ZONE\".");
      }
      CheckText(constraint.title(), where + ".title", kTextCharactersMax);
      std::vector<absl::string_view> filled = {"{required}"};
      // The features themselves can be named where nothing else can be what is violated.
      if (constraint.satisfied_when().comparison().left().has_feature_coverage()) {
        filled.push_back("{missing}");
      }
      CheckSentence(constraint.sentence(), where + ".sentence", filled);
      CheckText(constraint.remedy(), where + ".remedy", kTextCharactersMax);
      CheckText(constraint.rationale(), where + ".rationale", kTextCharactersMax);
      CheckNeedIds(constraint.need_ids(), where + ".need_ids");
      CheckLaws(constraint.legal_basis_ids(), where);
      rules().constraints.push_back(CompileConstraint(constraint, where));
    }
  }

  engine::Constraint CompileConstraint(const Constraint& constraint, const std::string& where) {
    engine::Constraint compiled;
    compiled.exclude_when_unknown = constraint.exclude_when_unknown();
    const auto applies = CompileApplies(constraint.has_applies_when(), constraint.applies_when(),
                                        where + ".applies_when");
    if (applies.has_value()) compiled.applies_when = applies->id;
    const std::string satisfied_where = where + ".satisfied_when";
    // Observed and required are those of one comparison, so that the one preferred is put first.
    Condition condition = constraint.satisfied_when();
    if (constraint.has_observed() && !PutFirst(constraint.observed(), condition)) {
      reporter_.Error("RB049", where + ".observed",
                      "No comparison of satisfied_when has this measure on its left, so that "
                      "nothing could be asked of what is observed.");
    }
    const auto satisfied = measures_->Compile(condition, satisfied_where);
    if (satisfied.has_value()) {
      compiled.satisfied_when = satisfied->id;
      CheckReadsOffering(satisfied->reads_offering, satisfied_where);
      if (applies.has_value()) CheckFirmSilence(*applies, *satisfied, satisfied_where);
    }
    CheckCanHold(constraint.satisfied_when(), satisfied_where);
    if (constraint.has_applies_when()) {
      CheckCanHold(constraint.applies_when(), where + ".applies_when");
    }
    return compiled;
  }

  // Sentences of comparisons: complete, and where they can be read.
  void CheckTold() {
    for (const MeasureCompiler::Told& told : measures_->told()) {
      if (!absl::StartsWith(told.where, "constraints[") ||
          !absl::StrContains(told.where, ".satisfied_when")) {
        reporter_.Error("RB065", told.where,
                        "Only a comparison inside satisfied_when of a constraint is reported; "
                        "elsewhere its sentence would never be read.");
        continue;
      }
      CheckSentence(told.text.sentence, told.where + ".sentence", {"{required}"});
      CheckText(told.text.remedy, told.where + ".remedy", kTextCharactersMax);
      compiled_->comparison_texts.emplace(told.comparison, told.text);
    }
  }

  void CheckReadsOffering(bool reads_offering, const std::string& where) {
    if (reads_offering) return;
    reporter_.Error("RB013", where,
                    "It reads no fact of the offering, so that all offerings come out alike.");
  }

  // A fact that the firm may not have told takes the whole constraint out. That must be seen in
  // applies_when, unless the constraint is nothing but one comparison with that fact.
  void CheckFirmSilence(const CompiledCondition& applies, const CompiledCondition& satisfied,
                        const std::string& where) {
    if (satisfied.is_one_comparison) return;
    std::set<const FactInfo*> asked(applies.firm_facts.begin(), applies.firm_facts.end());
    for (const FactInfo* fact : satisfied.firm_facts) {
      if (fact->always_known || !asked.insert(fact).second) continue;
      reporter_.Error("RB045", where,
                      absl::StrCat(fact->name,
                                   " may be unknown, which would take the whole "
                                   "constraint out; read it in applies_when too, or use a "
                                   "request fact that is always known."));
    }
  }

  void CheckCanHold(const Condition& condition, const std::string& where) {
    if (!BoxOf(condition).empty()) return;
    reporter_.Error("RB027", where, "It can never hold: its bounds contradict each other.");
  }

  void CompileCriteria() {
    std::array<int, engine::kGroupCount> in_group = {};
    for (int i = 0; i < book().criteria_size(); ++i) {
      const Criterion& criterion = book().criteria(i);
      const std::string where = Element("criteria", criterion.criterion_id(), i);
      if (!IsRuleId(criterion.criterion_id(), 'C')) {
        reporter_.Error("RB003", where, "The id of a criterion is C01 to C99.");
      }
      Number(compiled_->criterion_ordinals, criterion.criterion_id(), static_cast<size_t>(i),
             where);
      const uint32_t group = GroupOf(criterion.group_id());
      if (group == engine::kGroupCount) {
        reporter_.Error("RB041", where + ".group_id",
                        absl::StrCat("\"", criterion.group_id(), "\" is none of G1 to G6."));
      } else {
        ++in_group[group];
      }
      CheckText(criterion.title(), where + ".title", kTextCharactersMax);
      CheckSentence(criterion.sentence(), where + ".sentence",
                    CheckLabels(criterion.measure(), where + ".measure")
                        ? std::vector<absl::string_view>{"{steps}"}
                        : std::vector<absl::string_view>{});
      CheckText(criterion.rationale(), where + ".rationale", kTextCharactersMax);
      CheckNeedIds(criterion.need_ids(), where + ".need_ids");
      CheckLaws(criterion.legal_basis_ids(), where);
      engine::Criterion compiled = CompileCriterion(criterion, where);
      compiled.group = static_cast<uint8_t>(group % engine::kGroupCount);
      CheckRange(criterion.weight_in_group(), 0, engine::kMaxPartsInGroup,
                 where + ".weight_in_group");
      compiled.parts_in_group = static_cast<uint8_t>(
          std::clamp<int32_t>(criterion.weight_in_group(), 1, engine::kMaxPartsInGroup));
      rules().criteria.push_back(std::move(compiled));
    }
    for (uint32_t g = 0; g < engine::kGroupCount; ++g) {
      if (in_group[g] > 0) continue;
      reporter_.Error("RB042", absl::StrCat("groups[G", g + 1, "]"),
                      "The group has no criterion, so that its weight could never count.");
    }
  }

  engine::Criterion CompileCriterion(const Criterion& criterion, const std::string& where) {
    engine::Criterion compiled;
    compiled.least_evidence = EvidenceOf(criterion.least_evidence());
    CheckRange(criterion.least_evidence(), 0, type::CHECKED, where + ".least_evidence");
    const auto applies = CompileApplies(criterion.has_applies_when(), criterion.applies_when(),
                                        where + ".applies_when");
    if (applies.has_value()) compiled.applies_when = applies->id;
    if (criterion.has_applies_when()) {
      CheckCanHold(criterion.applies_when(), where + ".applies_when");
    }
    const bool points_ok = CompileBreakpoints(criterion, where, compiled);
    const std::string measure_where = where + ".measure";
    const auto measure = measures_->Compile(criterion.measure(), measure_where);
    if (!measure.has_value()) return compiled;
    compiled.measure = measure->id;
    const MeasureType& type = measure->type;
    CheckReadsOffering(type.reads_offering, measure_where);
    if (type.kind == FactKind::kSet || type.kind == FactKind::kPacked ||
        type.kind == FactKind::kDay) {
      reporter_.Error("RB024", measure_where,
                      "Sets, trades and days are not more or less of something; use a coverage, "
                      "sector_fit or a difference of days.");
      return compiled;
    }
    CheckUnit(criterion, type, where);
    CheckSteps(criterion.measure(), measure_where);
    if (points_ok) {
      CheckDiscriminates(compiled, type, where);
      if (criterion.measure().has_first_match()) CheckOrderOfCases(criterion, compiled, where);
    }
    return compiled;
  }

  bool CompileBreakpoints(const Criterion& criterion, const std::string& where,
                          engine::Criterion& compiled) {
    const std::string points_where = where + ".breakpoints";
    const size_t errors_before = reporter_.error_count();
    CheckCount(criterion.breakpoints_size(), 1, engine::kMaxBreakpoints, points_where);
    if (criterion.direction() != Criterion::MORE_IS_BETTER &&
        criterion.direction() != Criterion::LESS_IS_BETTER) {
      reporter_.Error("RB032", where + ".direction",
                      "The direction is missing: MORE_IS_BETTER or LESS_IS_BETTER.");
    }
    // 64 bits: values that are out of range come here as well.
    const int64_t sign = criterion.direction() == Criterion::LESS_IS_BETTER ? -1 : 1;
    for (int i = 0; i < criterion.breakpoints_size(); ++i) {
      const auto& point = criterion.breakpoints(i);
      const std::string point_where = absl::StrCat(points_where, "[", i, "]");
      if (point.value() < 0 || point.value() > engine::kValueMax) {
        reporter_.Error(
            "RB031", point_where,
            absl::StrCat("A value is 0 to ", engine::kValueMax, ", not ", point.value(), "."));
      }
      if (i > 0) {
        const auto& before = criterion.breakpoints(i - 1);
        if (point.x() <= before.x()) {
          reporter_.Error("RB030", point_where,
                          absl::StrCat("x must rise from point to point; ", point.x(),
                                       " comes after ", before.x(), "."));
        }
        if (sign * (int64_t{point.value()} - before.value()) < 0) {
          reporter_.Error(
              "RB032", point_where,
              absl::StrCat("The value goes from ", before.value(), " to ", point.value(),
                           " against ", Criterion::Direction_Name(criterion.direction()), "."));
        }
      }
      compiled.breakpoints.push_back({.x = point.x(), .value = point.value()});
    }
    return reporter_.error_count() == errors_before;
  }

  void CheckUnit(const Criterion& criterion, const MeasureType& type, const std::string& where) {
    static constexpr absl::string_view kUnits[] = {"months",  "days",   "hours",   "bp",
                                                   "percent", "points", "classes", "steps"};
    const std::string unit_where = where + ".unit";
    if (std::find(std::begin(kUnits), std::end(kUnits), criterion.unit()) == std::end(kUnits)) {
      reporter_.Error("RB023", unit_where,
                      absl::StrCat("\"", criterion.unit(), "\" is no unit; allowed are ",
                                   absl::StrJoin(kUnits, ", "), "."));
    } else if (!type.unit.empty() && type.unit != criterion.unit()) {
      reporter_.Error(
          "RB023", unit_where,
          absl::StrCat("The measure is in ", type.unit, ", not in ", criterion.unit(), "."));
    }
  }

  void CheckDiscriminates(const engine::Criterion& compiled, const MeasureType& type,
                          const std::string& where) {
    const int64_t min = type.min.value_or(std::numeric_limits<int64_t>::min());
    const int64_t max = type.max.value_or(std::numeric_limits<int64_t>::max());
    if (engine::ValueOf(compiled, min) == engine::ValueOf(compiled, max)) {
      reporter_.Error("RB033", where + ".breakpoints",
                      "Every offering would get the same value; the criterion tells nothing.");
    }
    for (size_t i = 0; i < compiled.breakpoints.size(); ++i) {
      const int64_t x = compiled.breakpoints[i].x;
      if (min <= x && x <= max) continue;
      reporter_.Warning(
          "RB034", absl::StrCat(where, ".breakpoints[", i, "]"),
          absl::StrCat("The measure gives ", min, " to ", max, " and never ", x, "."));
    }
  }

  // Conditions inside a measure: none that never holds, no case behind another that covers it.
  void CheckSteps(const catalog::v1::Measure& measure, const std::string& where) {
    for (int i = 0; i < measure.ladder().steps_size(); ++i) {
      CheckCanHold(measure.ladder().steps(i).when(),
                   absl::StrCat(where, ".ladder.steps[", i, "].when"));
    }
    const auto& cases = measure.first_match().cases();
    std::vector<Box> before;
    for (int i = 0; i < cases.size(); ++i) {
      const std::string case_where = absl::StrCat(where, ".first_match.cases[", i, "]");
      CheckCanHold(cases[i].when(), case_where + ".when");
      const Box box = BoxOf(cases[i].when());
      const std::string bytes = cases[i].when().SerializeAsString();
      for (int j = 0; j < i; ++j) {
        if (!before[static_cast<size_t>(j)].Covers(box) &&
            cases[j].when().SerializeAsString() != bytes) {
          continue;
        }
        reporter_.Error("RB037", case_where,
                        absl::StrCat("Case ", j, " takes all that this one would."));
        break;
      }
      before.push_back(box);
    }
  }

  // From the best case to the worst, seen through the breakpoints; nothing worse than `otherwise`,
  // so that a case passed over because it is unknown never gains.
  void CheckOrderOfCases(const Criterion& criterion, const engine::Criterion& compiled,
                         const std::string& where) {
    const auto& table = criterion.measure().first_match();
    const std::string table_where = where + ".measure.first_match";
    for (int i = 1; i < table.cases_size(); ++i) {
      const int32_t value = engine::ValueOf(compiled, table.cases(i).result());
      const int32_t before = engine::ValueOf(compiled, table.cases(i - 1).result());
      if (value < before) continue;
      reporter_.Error("RB035", absl::StrCat(table_where, ".cases[", i, "]"),
                      absl::StrCat("Cases go from the best to the worst; this one is worth ", value,
                                   ", the one before it ", before, "."));
    }
    if (table.cases_size() == 0) return;
    const int32_t last = engine::ValueOf(compiled, table.cases(table.cases_size() - 1).result());
    const int32_t otherwise = engine::ValueOf(compiled, table.otherwise());
    if (otherwise < last) return;
    reporter_.Error("RB036", table_where,
                    absl::StrCat("What remains must be worth least; it is worth ", otherwise,
                                 ", the last case ", last, "."));
  }

  void CheckRedundant() {
    for (int i = 0; i < book().criteria_size(); ++i) {
      const Criterion& a = book().criteria(i);
      for (int j = 0; j < i; ++j) {
        const Criterion& b = book().criteria(j);
        if (a.measure().SerializeAsString() != b.measure().SerializeAsString() ||
            a.least_evidence() != b.least_evidence() ||
            a.applies_when().SerializeAsString() != b.applies_when().SerializeAsString() ||
            !Overlap(a.need_ids(), b.need_ids())) {
          continue;
        }
        reporter_.Error("RB044", Element("criteria", a.criterion_id(), i),
                        absl::StrCat("It measures what ", b.criterion_id(),
                                     " measures; that would count twice."));
      }
    }
    for (int i = 0; i < book().constraints_size(); ++i) {
      const Constraint& a = book().constraints(i);
      for (int j = 0; j < i; ++j) {
        const Constraint& b = book().constraints(j);
        if (a.satisfied_when().SerializeAsString() != b.satisfied_when().SerializeAsString() ||
            a.applies_when().SerializeAsString() != b.applies_when().SerializeAsString() ||
            !Overlap(a.need_ids(), b.need_ids())) {
          continue;
        }
        reporter_.Error("RB044", Element("constraints", a.constraint_id(), i),
                        absl::StrCat("It asks what ", b.constraint_id(), " asks."));
      }
    }
  }

  // --- Needs -----------------------------------------------------------------

  void CompileNeeds() {
    for (int i = 0; i < book().needs_size(); ++i) {
      const Need& need = book().needs(i);
      const std::string where = Element("needs", need.need_id(), i);
      CheckText(need.title(), where + ".title", kTitleCharactersMax);
      CheckText(need.description(), where + ".description", kTextCharactersMax);
      CheckRange(need.stage(), 0, kStageMax, where + ".stage");
      for (const int theme : need.expense_themes()) {
        CheckRange(theme, 1, kExpenseThemeMax, where + ".expense_themes");
      }
      NumberFeatures(need, where);
      CheckModes(need, where);
      CheckReferenceCosts(need, where);
      CheckUsages(need, where);
      CompileInapplicable(need, where);
      CompileNeedRules(need, static_cast<size_t>(i), where);
    }
  }

  void NumberFeatures(const Need& need, const std::string& where) {
    Ordinals features;
    std::set<int> ordinals;
    int usual = 0;
    for (int i = 0; i < need.features_size(); ++i) {
      const auto& feature = need.features(i);
      const std::string feature_where =
          absl::StrCat(where, ".", Element("features", feature.feature_id(), i));
      if (!IsWord(feature.feature_id(), /*upper=*/false, 2, 40)) {
        reporter_.Error("RB003", feature_where,
                        absl::StrCat("\"", feature.feature_id(),
                                     "\" is no feature id; e.g. \"click_collect\"."));
      }
      if (feature.ordinal() < 0 ||
          feature.ordinal() >= static_cast<int>(engine::kMaxFeaturesPerNeed)) {
        reporter_.Error("RB006", feature_where + ".ordinal",
                        absl::StrCat("An ordinal is 0 to ", engine::kMaxFeaturesPerNeed - 1,
                                     ", not ", feature.ordinal(), "."));
      } else if (!ordinals.insert(feature.ordinal()).second) {
        reporter_.Error("RB050", feature_where + ".ordinal",
                        absl::StrCat("The ordinal ", feature.ordinal(), " is taken."));
      }
      Number(features, feature.feature_id(), static_cast<size_t>(feature.ordinal()), feature_where);
      CheckText(feature.label(), feature_where + ".label", kTitleCharactersMax);
      CheckText(feature.definition(), feature_where + ".definition", kTextCharactersMax);
      usual += feature.usual() ? 1 : 0;
    }
    if (need.features_size() < kFeaturesWantedMin || need.features_size() > kFeaturesWantedMax) {
      reporter_.Warning("RB051", where + ".features",
                        absl::StrCat(need.features_size(), " features; ", kFeaturesWantedMin,
                                     " to ", kFeaturesWantedMax, " describe a need well."));
    }
    if (usual < kFeaturesUsualMin || usual > kFeaturesUsualMax) {
      reporter_.Error("RB051", where + ".features",
                      absl::StrCat(usual, " features are usual; ", kFeaturesUsualMin, " to ",
                                   kFeaturesUsualMax, " are."));
    }
    compiled_->feature_ordinals.push_back(std::move(features));
  }

  void CheckModes(const Need& need, const std::string& where) {
    std::set<int> modes;
    for (const int mode : need.delivery_modes()) {
      const bool valid = mode == type::DO_IT_YOURSELF || mode == type::HAVE_IT_DONE;
      if (valid && modes.insert(mode).second) continue;
      reporter_.Error("RB058", where + ".delivery_modes",
                      "The modes are DO_IT_YOURSELF and HAVE_IT_DONE, each at most once.");
    }
    if (need.delivery_modes_size() == 0) {
      reporter_.Error("RB058", where + ".delivery_modes", "At least one delivery mode is needed.");
    }
  }

  void CheckReferenceCosts(const Need& need, const std::string& where) {
    const std::string costs_where = where + ".reference_costs";
    std::array<std::set<int>, kModeCount> sizes;
    for (int i = 0; i < need.reference_costs_size(); ++i) {
      const auto& cost = need.reference_costs(i);
      const std::string cost_where = absl::StrCat(costs_where, "[", i, "]");
      if (cost.size_class() < type::SOLO || cost.size_class() > type::MEDIUM) {
        reporter_.Error("RB052", cost_where, "The size class is one of SOLO to MEDIUM.");
        continue;
      }
      if (!sizes[ModeIndex(cost.delivery_mode())].insert(cost.size_class()).second) {
        reporter_.Error("RB052", cost_where, "This size class is there twice.");
      }
      CheckRange(cost.one_off_micros(), 0, engine::kMaxMicros, cost_where);
      CheckRange(cost.monthly_micros(), 0, engine::kMaxMicros, cost_where);
      CheckRange(cost.rate_bp(), 0, engine::kWeightSum, cost_where + ".rate_bp");
      const bool money = cost.rate_metric() == type::ONLINE_SALES_MONTH ||
                         cost.rate_metric() == type::INSTORE_SALES_MONTH ||
                         cost.rate_metric() == type::MARKETPLACE_SALES_MONTH ||
                         cost.rate_metric() == type::AD_SPEND_MONTH;
      if (cost.rate_bp() != 0 ? !money : cost.rate_metric() != type::METRIC_UNSPECIFIED) {
        reporter_.Error("RB066", cost_where + ".rate_metric",
                        "A rate is taken of a metric of money (ONLINE_SALES_MONTH, "
                        "INSTORE_SALES_MONTH, MARKETPLACE_SALES_MONTH, AD_SPEND_MONTH); without "
                        "a rate there is no metric.");
      }
      if (cost.one_off_micros() == 0 && cost.monthly_micros() == 0) {
        reporter_.Error("RB052", cost_where, "A cost of 0 cannot be a target.");
      }
      if (cost.source().empty()) {
        reporter_.Error("RB004", cost_where, "The source of the figure is missing.");
      }
    }
    const bool has_own = sizes[0].size() == kReferenceSizes;
    for (const int mode : need.delivery_modes()) {
      const auto& own = sizes[ModeIndex(static_cast<type::DeliveryMode>(mode))];
      if (own.size() == kReferenceSizes || (own.empty() && has_own)) continue;
      reporter_.Error("RB052", costs_where,
                      absl::StrCat("SOLO, MICRO, SMALL and MEDIUM each need a cost for ",
                                   type::DeliveryMode_Name(static_cast<type::DeliveryMode>(mode)),
                                   ", or DO_IT_YOURSELF does."));
    }
  }

  void CheckUsages(const Need& need, const std::string& where) {
    std::set<int> metrics;
    for (int i = 0; i < need.assumed_usages_size(); ++i) {
      const auto& usage = need.assumed_usages(i);
      const std::string usage_where = absl::StrCat(where, ".assumed_usages[", i, "]");
      if (usage.metric() < 1 || usage.metric() >= static_cast<int>(engine::kMetricCount)) {
        reporter_.Error("RB057", usage_where, "The metric is missing.");
        continue;
      }
      if (!metrics.insert(usage.metric()).second) {
        reporter_.Error("RB057", usage_where, "This metric is there twice.");
      }
      if (usage.values_size() != kReferenceSizes) {
        reporter_.Error(
            "RB057", usage_where,
            absl::StrCat("There are four values, SOLO to MEDIUM; not ", usage.values_size(), "."));
        continue;
      }
      for (const int64_t value : usage.values()) {
        CheckRange(value, 0, engine::kMaxUsage, usage_where);
      }
      usages_[static_cast<size_t>(usage.metric())].push_back(&usage);
    }
  }

  void CompileInapplicable(const Need& need, const std::string& where) {
    std::array<uint64_t, kModeCount> criteria = {};
    std::array<uint64_t, kModeCount> constraints = {};
    for (int i = 0; i < need.inapplicable_size(); ++i) {
      const auto& entry = need.inapplicable(i);
      const std::string entry_where = absl::StrCat(where, ".inapplicable[", i, "]");
      CheckText(entry.reason(), entry_where + ".reason", kTextCharactersMax);
      for (const std::string& id : entry.rule_ids()) {
        const auto criterion = compiled_->criterion_ordinals.find(id);
        const auto constraint = compiled_->constraint_ordinals.find(id);
        const bool is_criterion = criterion != compiled_->criterion_ordinals.end();
        if (!is_criterion && constraint == compiled_->constraint_ordinals.end()) {
          reporter_.Error("RB056", entry_where, absl::StrCat("There is no rule \"", id, "\"."));
          continue;
        }
        const uint64_t bit = uint64_t{1} << (is_criterion ? criterion->second : constraint->second);
        for (size_t mode = 0; mode < kModeCount; ++mode) {
          const bool meant = entry.delivery_mode() == type::DELIVERY_MODE_UNSPECIFIED ||
                             ModeIndex(entry.delivery_mode()) == mode;
          if (meant) (is_criterion ? criteria : constraints)[mode] |= bit;
        }
      }
    }
    compiled_->inapplicable_criteria.push_back(criteria);
    compiled_->inapplicable_constraints.push_back(constraints);
  }

  void CompileNeedRules(const Need& need, size_t ordinal, const std::string& where) {
    const auto names_need = [&](const auto& need_ids) {
      return need_ids.empty() ||
             std::find(need_ids.begin(), need_ids.end(), need.need_id()) != need_ids.end();
    };
    engine::NeedRules need_rules;
    for (int i = 0; i < book().criteria_size(); ++i) {
      if (names_need(book().criteria(i).need_ids())) need_rules.criteria |= uint64_t{1} << i;
    }
    for (int i = 0; i < book().constraints_size(); ++i) {
      if (names_need(book().constraints(i).need_ids())) need_rules.constraints |= uint64_t{1} << i;
    }
    need_rules.minimum_facts = CompileMinimumFacts(need, where);
    std::array<engine::NeedRules, kModeCount> by_mode = {need_rules, need_rules};
    for (size_t mode = 0; mode < kModeCount; ++mode) {
      by_mode[mode].criteria &= ~compiled_->inapplicable_criteria[ordinal][mode];
      by_mode[mode].constraints &= ~compiled_->inapplicable_constraints[ordinal][mode];
    }
    CheckNotBoth(need, by_mode, where);
    for (const int mode : need.delivery_modes()) {
      const size_t index = ModeIndex(static_cast<type::DeliveryMode>(mode));
      reached_criteria_ |= by_mode[index].criteria;
      reached_constraints_ |= by_mode[index].constraints;
    }
    rules().needs.push_back(std::move(by_mode));
  }

  // A rule that names the need, and that the need says does not apply, whatever the mode.
  void CheckNotBoth(const Need& need, const std::array<engine::NeedRules, kModeCount>& by_mode,
                    const std::string& where) {
    const auto check = [&](const std::string& rule_id, const auto& need_ids, int ordinal,
                           uint64_t engine::NeedRules::*rules) {
      if (std::find(need_ids.begin(), need_ids.end(), need.need_id()) == need_ids.end()) return;
      const bool applies =
          std::any_of(need.delivery_modes().begin(), need.delivery_modes().end(), [&](int mode) {
            const size_t index = ModeIndex(static_cast<type::DeliveryMode>(mode));
            return (by_mode[index].*rules >> ordinal & 1) != 0;
          });
      if (applies) return;
      reporter_.Error("RB064", where + ".inapplicable",
                      absl::StrCat(rule_id,
                                   " names this need, and the need says that it does "
                                   "not apply."));
    };
    for (int i = 0; i < book().criteria_size(); ++i) {
      const Criterion& criterion = book().criteria(i);
      check(criterion.criterion_id(), criterion.need_ids(), i, &engine::NeedRules::criteria);
    }
    for (int i = 0; i < book().constraints_size(); ++i) {
      const Constraint& constraint = book().constraints(i);
      check(constraint.constraint_id(), constraint.need_ids(), i, &engine::NeedRules::constraints);
    }
  }

  std::vector<engine::MinimumFact> CompileMinimumFacts(const Need& need, const std::string& where) {
    const std::string facts_where = where + ".minimum_facts";
    CheckCount(need.minimum_facts_size(), 0, kMinimumFactsMax, facts_where);
    std::vector<engine::MinimumFact> facts;
    std::set<std::string> seen;
    for (int i = 0; i < need.minimum_facts_size(); ++i) {
      const std::string& name = need.minimum_facts(i);
      const std::string fact_where = absl::StrCat(facts_where, "[", i, "]");
      if (!seen.insert(name).second) {
        reporter_.Error("RB002", fact_where, absl::StrCat("\"", name, "\" is there twice."));
      }
      if (name == "cost.tco36") {
        facts.push_back({.kind = engine::MinimumFact::Kind::kCost});
      } else if (name == "features") {
        facts.push_back({.kind = engine::MinimumFact::Kind::kFeatures});
      } else if (const FactInfo* fact = measures_->FindFact(name, fact_where)) {
        if (fact->side != FactSide::kOffering) {
          reporter_.Error("RB055", fact_where,
                          absl::StrCat("\"", name, "\" is not a fact of an offering."));
          continue;
        }
        facts.push_back(
            {.kind = engine::MinimumFact::Kind::kFact, .slot = measures_->SlotOf(*fact)});
      }
    }
    return facts;
  }

  void CheckReachable() {
    for (int i = 0; i < book().criteria_size(); ++i) {
      if ((reached_criteria_ >> i & 1) != 0) continue;
      reporter_.Error("RB040", Element("criteria", book().criteria(i).criterion_id(), i),
                      "No need has this criterion in a delivery mode that it offers.");
    }
    for (int i = 0; i < book().constraints_size(); ++i) {
      if ((reached_constraints_ >> i & 1) != 0) continue;
      reporter_.Error("RB040", Element("constraints", book().constraints(i).constraint_id(), i),
                      "No need has this constraint in a delivery mode that it offers.");
    }
  }

  void CheckPrerequisites() {
    for (int i = 0; i < book().needs_size(); ++i) {
      const Need& need = book().needs(i);
      for (int p = 0; p < need.prerequisites_size(); ++p) {
        const auto& prerequisite = need.prerequisites(p);
        const std::string where =
            absl::StrCat(Element("needs", need.need_id(), i), ".prerequisites[", p, "]");
        if (prerequisite.any_of_size() == 0) {
          reporter_.Error("RB053", where, "The prerequisite names no need.");
        }
        for (const std::string& id : prerequisite.any_of()) {
          if (id == need.need_id() || !compiled_->need_ordinals.contains(id)) {
            reporter_.Error("RB053", where,
                            absl::StrCat("\"", id, "\" is no other need of this rulebook."));
          }
        }
      }
    }
    CheckCycles();
  }

  // A need can be met once each of its hard prerequisites has an alternative that can. What is
  // left over waits for itself.
  void CheckCycles() {
    std::set<std::string> can_be_met;
    const auto has_all = [&](const Need& need) {
      return std::all_of(
          need.prerequisites().begin(), need.prerequisites().end(), [&](const auto& p) {
            return !p.hard() ||
                   std::any_of(p.any_of().begin(), p.any_of().end(), [&](const std::string& id) {
                     return can_be_met.contains(id) || !compiled_->need_ordinals.contains(id);
                   });
          });
    };
    for (bool grown = true; grown;) {
      grown = false;
      for (const Need& need : book().needs()) {
        if (has_all(need)) grown |= can_be_met.insert(need.need_id()).second;
      }
    }
    for (int i = 0; i < book().needs_size(); ++i) {
      const Need& need = book().needs(i);
      const bool names_some =
          std::all_of(need.prerequisites().begin(), need.prerequisites().end(),
                      [](const auto& prerequisite) { return prerequisite.any_of_size() > 0; });
      if (!names_some || can_be_met.contains(need.need_id())) continue;
      reporter_.Error("RB054", Element("needs", need.need_id(), i) + ".prerequisites",
                      "Its hard prerequisites lead back to it.");
    }
  }

  // Where a need does not say, the middle of what the others assume (the lower one of two).
  void ShareUsage() {
    for (size_t metric = 1; metric < engine::kMetricCount; ++metric) {
      if (usages_[metric].empty()) {
        reporter_.Error("RB057", "needs",
                        absl::StrCat("No need assumes a usage of ",
                                     type::Metric_Name(static_cast<type::Metric>(metric)),
                                     ", so that a price by it could not be reckoned."));
        continue;
      }
      for (int size = 0; size < kReferenceSizes; ++size) {
        std::vector<int64_t> values;
        for (const auto* usage : usages_[metric]) values.push_back(usage->values(size));
        const size_t middle = (values.size() - 1) / 2;
        std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(middle),
                         values.end());
        compiled_->fallback_usage[metric][static_cast<size_t>(size)] = values[middle];
      }
    }
  }

  // --- Weights and kinds -----------------------------------------------------

  void CheckWeights() {
    const auto& policy = book().weights();
    constexpr int32_t kSum = engine::kWeightSum;
    constexpr int64_t kGroups = engine::kGroupCount;
    if (policy.group_min_bp() < 0 || policy.group_min_bp() * kGroups > kSum ||
        policy.group_max_bp() > kSum || policy.group_max_bp() * kGroups < kSum) {
      reporter_.Error("RB061", "weights",
                      "Six weights between the bounds cannot add up to 10,000.");
      return;
    }
    std::array<uint8_t, engine::kGroupCount> tiers = {};
    if (!ReadTiers(tiers)) return;
    const auto method = policy.default_choice().method() == type::WeightChoice::METHOD_UNSPECIFIED
                            ? WeightMethod::kRankOrderCentroid
                            : static_cast<WeightMethod>(policy.default_choice().method());
    for (const WeightMethod m :
         {WeightMethod::kRankOrderCentroid, WeightMethod::kRankSum, WeightMethod::kEqual}) {
      const std::vector<int32_t> weights =
          engine::LargestRemainder(engine::GroupShares(m, tiers), kSum);
      for (uint32_t g = 0; g < engine::kGroupCount; ++g) {
        if (policy.group_min_bp() <= weights[g] && weights[g] <= policy.group_max_bp()) continue;
        reporter_.Error(
            "RB061", "weights.default_choice",
            absl::StrCat("G", g + 1, " would weigh ", weights[g], " with ",
                         type::WeightChoice::Method_Name(static_cast<int>(m)), "; allowed are ",
                         policy.group_min_bp(), " to ", policy.group_max_bp(), "."));
      }
      if (m == method) CheckPaperwork(weights);
    }
  }

  bool ReadTiers(std::array<uint8_t, engine::kGroupCount>& tiers) {
    const auto& choice = book().weights().default_choice();
    std::set<uint32_t> named;
    bool ok = choice.tiers_size() > 0 &&
              choice.method() >= type::WeightChoice::METHOD_UNSPECIFIED &&
              choice.method() <= type::WeightChoice::EQUAL;
    for (int t = 0; t < choice.tiers_size(); ++t) {
      ok &= choice.tiers(t).group_ids_size() > 0;
      for (const std::string& id : choice.tiers(t).group_ids()) {
        const uint32_t group = GroupOf(id);
        ok &= group < engine::kGroupCount && named.insert(group).second;
        if (ok) tiers[group] = static_cast<uint8_t>(t);
      }
    }
    ok &= named.size() == engine::kGroupCount;
    if (!ok) {
      reporter_.Error("RB060", "weights.default_choice",
                      "The default order names each of G1 to G6 once, and a method.");
    }
    return ok;
  }

  void CheckPaperwork(const std::vector<int32_t>& weights) {
    int32_t sum = 0;
    std::set<uint32_t> named;
    for (const std::string& id : book().weights().paperwork_group_ids()) {
      const uint32_t group = GroupOf(id);
      if (group == engine::kGroupCount || !named.insert(group).second) {
        reporter_.Error("RB062", "weights.paperwork_group_ids",
                        absl::StrCat("\"", id, "\" is none of G1 to G6, or is there twice."));
        continue;
      }
      sum += weights[group];
    }
    if (sum <= book().weights().paperwork_max_bp()) return;
    reporter_.Error("RB062", "weights.paperwork_max_bp",
                    absl::StrCat("In the default order the paperwork groups weigh ", sum,
                                 " together, more than ", book().weights().paperwork_max_bp(),
                                 "; papers are a proxy of size."));
  }

  void CheckKinds() {
    std::set<std::pair<int, std::string>> seen;
    for (int i = 0; i < book().kind_prerequisites_size(); ++i) {
      const KindPrerequisite& kind = book().kind_prerequisites(i);
      const std::string where = absl::StrCat("kind_prerequisites[", i, "]");
      if (kind.kind() <= Offering::KIND_UNSPECIFIED || kind.kind() > Offering::DOMAIN) {
        reporter_.Error("RB063", where, "The kind is missing.");
      }
      if (!compiled_->need_ordinals.contains(kind.need_id())) {
        reporter_.Error("RB063", where, absl::StrCat("There is no need \"", kind.need_id(), "\"."));
      }
      if (!seen.emplace(kind.kind(), kind.need_id()).second) {
        reporter_.Error("RB002", where, "This kind has this need already.");
      }
      if (kind.upkeep_monthly_micros_size() != 0 &&
          kind.upkeep_monthly_micros_size() != kReferenceSizes) {
        reporter_.Error("RB063", where, "Upkeep has four amounts, SOLO to MEDIUM, or none.");
      }
      for (const int64_t micros : kind.upkeep_monthly_micros()) {
        CheckRange(micros, 0, engine::kMaxMicros, where);
      }
      CheckRange(kind.skill_required(), 0, kSkillMax, where + ".skill_required");
      CheckText(kind.rationale(), where + ".rationale", kTextCharactersMax);
    }
  }

  RuleReporter reporter_;
  std::shared_ptr<CompiledRulebook> compiled_;
  const catalog::v1::LawTable* law_table_;
  MeasureCompiler* measures_ = nullptr;
  std::array<std::vector<const catalog::v1::AssumedUsage*>, engine::kMetricCount> usages_;
  uint64_t reached_criteria_ = 0;
  uint64_t reached_constraints_ = 0;
};

}  // namespace

CompileResult CompileRulebook(const Rulebook& rulebook, const base::Digest& digest,
                              const catalog::v1::LawTable* law_table,
                              const RulebookSource* source) {
  return Compiler(rulebook, digest, law_table, source).Run();
}

}  // namespace aplomb::decision
