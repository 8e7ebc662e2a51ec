#include "decision/neutrality/proxy_lint.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/request.h"
#include "engine/measure.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Condition;
using catalog::v1::Criterion;
using engine::ConditionForm;
using engine::ConditionId;
using engine::MeasureId;
using engine::MeasureKind;
using engine::Truth;
using Members = std::set<std::string>;

bool HasBit(uint64_t mask, size_t i) { return (mask >> i & 1) != 0; }

// Whether something depends on the offering alone, so that it can be asked without a firm.
class Purity {
 public:
  explicit Purity(const engine::Rules& rules) : rules_(rules) {}

  bool OfMeasure(MeasureId id) const {
    const engine::Measure& m = rules_.measures[id];
    switch (m.kind) {
      case MeasureKind::kFact:
        return OfFact(m.first);
      case MeasureKind::kConstant:
        return true;
      case MeasureKind::kDifference:
        return OfFact(m.first) && OfFact(m.second);
      case MeasureKind::kLadder:
      case MeasureKind::kFirstMatch:
        return std::all_of(m.steps.begin(), m.steps.end(),
                           [&](const engine::MeasureStep& step) { return OfCondition(step.when); });
      default:
        return false;
    }
  }
  bool OfCondition(ConditionId id) const {
    const engine::Condition& c = rules_.conditions[id];
    if (c.form == ConditionForm::kComparison) return OfMeasure(c.left) && OfMeasure(c.right);
    return std::all_of(c.children.begin(), c.children.end(),
                       [&](ConditionId child) { return OfCondition(child); });
  }

 private:
  static bool OfFact(const engine::FactRef& fact) {
    return fact.side == engine::FactRef::Side::kOffering;
  }
  const engine::Rules& rules_;
};

class Lint {
 public:
  Lint(const CompiledRulebook& rulebook, const catalog::Snapshot& snapshot, int32_t as_of_day)
      : rulebook_(rulebook),
        rules_(rulebook.rules),
        snapshot_(snapshot),
        blind_(Blindfold(snapshot, rulebook, as_of_day)),
        as_of_day_(as_of_day),
        purity_(rules_) {
    nobody_.facts.resize(rules_.request_slots);
    for (const std::string& name : blind_.names) {
      members_.push_back(name.substr(0, name.find("/offerings/")));
    }
    for (size_t row = 0; row < members_.size(); ++row) {
      member_of_[blind_.offering_uids[row]] = members_[row];
    }
  }

  std::vector<ProxyFinding> Run(absl::Span<const ProofInput> inputs) {
    for (int i = 0; i < rulebook_.source.constraints_size(); ++i) LookAtConstraint(i);
    for (int i = 0; i < rulebook_.source.criteria_size(); ++i) LookAtCriterion(i);
    if (!inputs.empty()) LookAtEffects(inputs);
    std::sort(findings_.begin(), findings_.end(), [](const ProxyFinding& a, const ProxyFinding& b) {
      return std::tie(a.where, a.code, a.member) < std::tie(b.where, b.code, b.member);
    });
    return std::move(findings_);
  }

 private:
  std::string Place(int constraint) const {
    return absl::StrCat("constraints[", rulebook_.source.constraints(constraint).constraint_id(),
                        "]");
  }
  std::string PlaceOf(int criterion) const {
    return absl::StrCat("criteria[", rulebook_.source.criteria(criterion).criterion_id(), "]");
  }

  void Find(const char* code, const std::string& where, const std::string& member, std::string en,
            std::string fr) {
    findings_.push_back({.code = code,
                         .where = where,
                         .member = member,
                         .text = std::move(en),
                         .text_fr = std::move(fr)});
  }

  // Rows that the rule is asked about, for some need that they serve in their mode.
  std::vector<uint32_t> RowsOf(uint64_t engine::NeedRules::*rules, int ordinal) const {
    std::vector<uint32_t> rows;
    for (uint32_t row = 0; row < blind_.table.row_count; ++row) {
      const size_t mode = static_cast<size_t>(blind_.table.modes[row]) - 1;
      for (size_t need = 0; need < rules_.needs.size(); ++need) {
        if (!HasBit(blind_.table.needs[row], need)) continue;
        if (!HasBit(rules_.needs[need][mode].*rules, static_cast<size_t>(ordinal))) continue;
        rows.push_back(row);
        break;
      }
    }
    return rows;
  }

  engine::Subject SubjectOf(uint32_t row) const {
    return {rules_, blind_.table, nobody_, no_features_, no_cost_, row};
  }

  // --- Statements --------------------------------------------------------------------------------

  void LookAtConstraint(int i) {
    const auto& source = rulebook_.source.constraints(i);
    // Where `observed` has moved comparisons, places inside do not match any more.
    const Condition* text = source.has_observed() ? nullptr : &source.satisfied_when();
    LookAtCondition(rules_.constraints[static_cast<size_t>(i)].satisfied_when, text,
                    Place(i) + ".satisfied_when", RowsOf(&engine::NeedRules::constraints, i));
  }

  // Members that a condition, or one inside it, singles out.
  Members LookAtCondition(ConditionId id, const Condition* text, const std::string& where,
                          const std::vector<uint32_t>& rows) {
    const engine::Condition& condition = rules_.conditions[id];
    Members told;
    for (size_t k = 0; k < condition.children.size(); ++k) {
      const auto& [child, child_where] = ChildOf(text, k, where);
      told.merge(LookAtCondition(condition.children[k], child, child_where, rows));
    }
    if (!purity_.OfCondition(id)) return told;
    Members yes;
    Members no;
    for (const uint32_t row : rows) {
      const Truth truth = engine::Holds(SubjectOf(row), id);
      if (truth == Truth::kTrue) yes.insert(members_[row]);
      if (truth == Truth::kFalse) no.insert(members_[row]);
    }
    Members known = yes;
    known.insert(no.begin(), no.end());
    if (known.size() < kProxyMembersMin) return told;
    for (const bool truth : {true, false}) {
      const Members& side = truth ? yes : no;
      if (side.size() != 1 || !told.insert(*side.begin()).second) continue;
      Find("PX01", where, *side.begin(),
           absl::StrCat("The statement is ", truth ? "true" : "false", " for offerings of ",
                        *side.begin(), " only, of ", known.size(), " members who say."),
           absl::StrCat("L'énoncé n'est ", truth ? "vrai" : "faux", " que pour des offres de ",
                        *side.begin(), ", sur ", known.size(), " membres qui le disent."));
    }
    return told;
  }

  static std::pair<const Condition*, std::string> ChildOf(const Condition* text, size_t k,
                                                          const std::string& where) {
    if (text == nullptr) return {nullptr, where};
    if (text->has_negation()) return {&text->negation(), where + ".negation"};
    const auto& list = text->has_all() ? text->all() : text->any();
    return {&list.conditions(static_cast<int>(k)),
            absl::StrCat(where, text->has_all() ? ".all" : ".any", ".conditions[", k, "]")};
  }

  void LookAtCriterion(int i) {
    const Criterion& source = rulebook_.source.criteria(i);
    const engine::Criterion& criterion = rules_.criteria[static_cast<size_t>(i)];
    const engine::Measure& measure = rules_.measures[criterion.measure];
    const std::vector<uint32_t> rows = RowsOf(&engine::NeedRules::criteria, i);
    const std::string where = PlaceOf(i) + ".measure";
    for (size_t k = 0; k < measure.steps.size(); ++k) {
      const bool ladder = measure.kind == MeasureKind::kLadder;
      const auto place = static_cast<int>(k);
      const Condition& when = ladder ? source.measure().ladder().steps(place).when()
                                     : source.measure().first_match().cases(place).when();
      LookAtCondition(
          measure.steps[k].when, &when,
          absl::StrCat(where, ladder ? ".ladder.steps[" : ".first_match.cases[", k, "].when"),
          rows);
    }
    if (measure.steps.empty() && purity_.OfMeasure(criterion.measure)) {
      LookAtBreakpoints(i, criterion, rows);
    }
  }

  // --- Thresholds --------------------------------------------------------------------------------

  void LookAtBreakpoints(int i, const engine::Criterion& criterion,
                         const std::vector<uint32_t>& rows) {
    std::vector<std::pair<int64_t, const std::string*>> told;
    Members known;
    for (const uint32_t row : rows) {
      const engine::Measured m =
          engine::Evaluate(SubjectOf(row), criterion.measure, criterion.least_evidence);
      if (m.state != engine::MeasureState::kKnown) continue;
      told.emplace_back(m.x, &members_[row]);
      known.insert(members_[row]);
    }
    if (known.size() < kProxyMembersMin) return;
    const auto& points = criterion.breakpoints;
    for (size_t k = 1; k < points.size(); ++k) {
      // Between two points the value changes: who alone is beyond, on either side?
      Members above;
      Members below;
      for (const auto& [x, member] : told) {
        if (x >= points[k].x) above.insert(*member);
        if (x <= points[k - 1].x) below.insert(*member);
      }
      if (above.size() == 1) Threshold(i, k, true, *above.begin(), points[k].x, known.size());
      if (below.size() == 1) {
        Threshold(i, k - 1, false, *below.begin(), points[k - 1].x, known.size());
      }
    }
  }

  void Threshold(int i, size_t k, bool above, const std::string& member, int64_t x, size_t known) {
    Find("PX02", absl::StrCat(PlaceOf(i), ".breakpoints[", k, "]"), member,
         absl::StrCat("Only offerings of ", member, " have ", x, above ? " or more" : " or less",
                      ", of ", known, " members who say."),
         absl::StrCat("Seules des offres de ", member, " ont ", x, above ? " ou plus" : " ou moins",
                      ", sur ", known, " membres qui le disent."));
  }

  // --- Effects -----------------------------------------------------------------------------------

  struct Effect {
    std::map<std::string, int64_t> by_member;
    Members present;
  };

  void LookAtEffects(absl::Span<const ProofInput> inputs) {
    std::map<std::string, Effect> effects;  // by place
    for (const ProofInput& one : inputs) {
      const DecisionInput input{.profile = one.profile,
                                .needs = one.needs,
                                .weights = one.weights,
                                .as_of_day = as_of_day_};
      if (!ValidateInput(input, rulebook_).empty()) continue;
      const DecisionRecord record =
          Decide(input, {.snapshot = snapshot_, .rulebook = rulebook_, .blind = blind_}, one.tie);
      for (const RecordedNeed& need : record.needs) {
        for (const RecordedRanking& ranking : need.rankings) {
          CountExclusions(ranking, effects);
          CountAdvantages(ranking, effects);
        }
      }
    }
    for (const auto& [where, effect] : effects) Concentration(where, effect);
  }

  // An offering that one constraint alone keeps out.
  void CountExclusions(const RecordedRanking& ranking, std::map<std::string, Effect>& effects) {
    for (const RecordedUnranked& one : ranking.excluded) {
      const engine::Finding* alone = nullptr;
      int violated = 0;
      for (const engine::Finding& finding : one.findings) {
        if (finding.truth != Truth::kFalse) continue;
        ++violated;
        alone = &finding;
      }
      if (violated != 1) continue;
      Effect& effect = effects[Place(alone->constraint)];
      ++effect.by_member[member_of_.at(one.offering)];
      for (const auto* list : {&ranking.excluded, &ranking.to_confirm}) {
        for (const RecordedUnranked& other : *list) {
          effect.present.insert(member_of_.at(other.offering));
        }
      }
      for (const RecordedRanked& other : ranking.ranked) {
        effect.present.insert(member_of_.at(other.offering));
      }
    }
  }

  // What a criterion gives above the mean of the ranking.
  void CountAdvantages(const RecordedRanking& ranking, std::map<std::string, Effect>& effects) {
    const auto n = static_cast<int64_t>(ranking.ranked.size());
    if (n < 2) return;
    for (size_t c = 0; c < ranking.criteria.size(); ++c) {
      Effect& effect = effects[PlaceOf(ranking.criteria[c].criterion)];
      int64_t sum = 0;
      for (const RecordedRanked& one : ranking.ranked) sum += one.contributions[c].contribution;
      for (const RecordedRanked& one : ranking.ranked) {
        const std::string& member = member_of_.at(one.offering);
        effect.present.insert(member);
        const int64_t above = n * one.contributions[c].contribution - sum;
        if (above > 0) effect.by_member[member] += above / n;
      }
    }
  }

  void Concentration(const std::string& where, const Effect& effect) {
    int64_t all = 0;
    const std::pair<const std::string, int64_t>* most = nullptr;
    for (const auto& one : effect.by_member) {
      all += one.second;
      if (most == nullptr || one.second > most->second) most = &one;
    }
    if (most == nullptr || effect.present.size() < kProxyMembersMin) return;
    const bool excludes = absl::string_view(where).substr(0, 11) == "constraints";
    if (all < (excludes ? kProxyExclusionsMin : 1)) return;
    // No overflow: scores are below 2^27, rankings few.
    const int64_t percent = most->second / (all / 100 + 1);
    const bool concentrated = most->second >= all - all * (100 - kProxySharePercent) / 100;
    if (!concentrated) return;
    const int64_t shown = all >= 100 ? percent : 100 * most->second / all;
    Find("PX03", where, most->first,
         absl::StrCat(excludes ? "Of the exclusions by this rule alone, " : "Of its advantage, ",
                      std::min<int64_t>(shown, 100), " % fall to ", most->first, ", one of ",
                      effect.present.size(), " members in these rankings."),
         absl::StrCat(excludes ? "Des exclusions dues à cette seule règle, "
                               : "De l'avantage qu'elle donne, ",
                      std::min<int64_t>(shown, 100), " % reviennent à ", most->first, ", un des ",
                      effect.present.size(), " membres de ces classements."));
  }

  const CompiledRulebook& rulebook_;
  const engine::Rules& rules_;
  const catalog::Snapshot& snapshot_;
  const BlindCatalog blind_;
  const int32_t as_of_day_;
  const Purity purity_;
  engine::Request nobody_;
  const engine::FeatureMasks no_features_;
  const engine::Cost no_cost_;
  std::vector<std::string> members_;  // by row
  std::map<Uid, std::string> member_of_;
  std::vector<ProxyFinding> findings_;
};

}  // namespace

std::vector<ProxyFinding> FindProxies(const CompiledRulebook& rulebook,
                                      const catalog::Snapshot& snapshot,
                                      absl::Span<const ProofInput> inputs, int32_t as_of_day) {
  return Lint(rulebook, snapshot, as_of_day).Run(inputs);
}

Diagnostic DiagnosticOf(const ProxyFinding& finding, const RulebookSource* source) {
  Diagnostic diagnostic{.severity = Diagnostic::Severity::kError,
                        .code = finding.code,
                        .file = "",
                        .line = 0,
                        .where = finding.where,
                        .text = finding.text,
                        .text_fr = finding.text_fr};
  if (source == nullptr) return diagnostic;
  // The element itself, or the nearest one around it that has a line.
  for (std::string place = finding.where; !place.empty();) {
    const auto line = source->lines.find(place);
    if (line != source->lines.end()) {
      std::tie(diagnostic.file, diagnostic.line) = line->second;
      break;
    }
    const size_t cut = place.find_last_of(".[");
    place.resize(cut == std::string::npos ? 0 : cut);
  }
  return diagnostic;
}

}  // namespace aplomb::decision
