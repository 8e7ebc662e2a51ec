#include "decision/asked.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/check.h"
#include "decision/derived_facts.h"
#include "decision/fact_labels.h"
#include "decision/phrases.h"

namespace aplomb::decision {
namespace {

using engine::FactRef;
using engine::kNoId;
using engine::Measure;
using engine::MeasureKind;

constexpr size_t kFeaturesTold = 6;  // of a list; how many more is said

// Facts that the service sets, and those that another one tells better.
bool IsSilent(const FactInfo& info) {
  for (const auto fact : {DerivedFact::kAsOfDay, DerivedFact::kNeed, DerivedFact::kRequestedMode,
                          DerivedFact::kHasDeadline, DerivedFact::kToldSellsToConsumers,
                          DerivedFact::kMustFeatureCount, DerivedFact::kTargetPerMonth}) {
    if (info.fact_id == static_cast<int32_t>(fact)) return true;
  }
  return !HasFactLabel(info.name);
}

class Teller {
 public:
  Teller(const AskedFrom& from, uint8_t criterion)
      : from_(from),
        rules_(from.rulebook.rules),
        criterion_(rules_.criteria[criterion]),
        source_(from.rulebook.source.criteria(criterion)),
        need_(from.rulebook.source.needs(from.request.need)) {}

  std::string Tell(Language language) const {
    const Measure& measure = rules_.measures[criterion_.measure];
    if (measure.kind == MeasureKind::kFeatureCoverage) return Features(measure, language);
    std::vector<std::string> told;
    if (measure.kind == MeasureKind::kCost && measure.relative) told.push_back(Target(language));
    if (measure.kind == MeasureKind::kHeadroom) AddUsages(measure, language, told);
    std::set<uint16_t> slots;
    CollectMeasure(criterion_.measure, slots);
    CollectCondition(criterion_.applies_when, slots);
    for (const uint16_t slot : slots) AddFact(slot, language, told);
    if (told.empty()) return Expected(measure, language);
    return absl::StrJoin(told, language == Language::kFr ? " ; " : "; ");
  }

 private:
  static absl::string_view Colon(Language language) {
    return language == Language::kFr ? " : " : ": ";
  }

  std::string Features(const Measure& measure, Language language) const {
    const bool fr = language == Language::kFr;
    const uint32_t wanted =
        measure.scope_must ? from_.request.must_features : from_.request.nice_features;
    std::vector<std::string> labels;
    for (const auto& feature : need_.features()) {
      if (((wanted >> feature.ordinal()) & 1u) == 0) continue;
      labels.push_back(fr ? feature.label().fr() : feature.label().en());
    }
    const size_t all = labels.size();
    if (all > kFeaturesTold) labels.resize(kFeaturesTold);
    std::string text = absl::StrCat(
        measure.scope_must ? (fr ? "exigé" : "required")
        : from_.usual_features_assumed
            ? (fr ? "d'ordinaire souhaité pour ce besoin" : "usually wished for with this need")
            : (fr ? "souhaité" : "wished for"),
        Colon(language), absl::StrJoin(labels, ", "));
    if (all > labels.size()) {
      absl::StrAppend(&text, fr ? " et " : " and ", all - labels.size(), fr ? " autres" : " more");
    }
    return text;
  }

  std::string Target(Language language) const {
    const bool fr = language == Language::kFr;
    absl::string_view source = fr ? "coût de référence du besoin" : "reference cost of the need";
    if (from_.target_source == TargetSource::kFirmTarget) {
      source = fr ? "fixée par l'entreprise" : "set by the firm";
    } else if (from_.target_source == TargetSource::kFirmBudget) {
      source = fr ? "budget de l'entreprise" : "budget of the firm";
    }
    return absl::StrCat(fr ? "cible sur 36 mois" : "target over 36 months", Colon(language),
                        PrintMoney(from_.request.target_micros, language), " (", source, ")");
  }

  void AddUsages(const Measure& measure, Language language, std::vector<std::string>& told) const {
    std::set<uint8_t> metrics;
    for (const engine::LimitRef& limit : measure.limits) {
      if (!from_.request.usage_told[limit.metric] || !metrics.insert(limit.metric).second) continue;
      told.push_back(PrintUsage(limit.metric, from_.request.usage[limit.metric], language));
    }
  }

  void AddFact(uint16_t slot, Language language, std::vector<std::string>& told) const {
    const FactInfo& info = *from_.rulebook.request_slots[slot];
    const engine::RequestFact& fact = from_.request.facts[slot];
    if (!fact.known || IsSilent(info)) return;
    const type::LocalizedText label = FactLabel(info);
    const bool is_size = info.fact_id == static_cast<int32_t>(DerivedFact::kSizeClass);
    const std::string value = is_size && fact.value >= 0 && fact.value <= 3
                                  ? SizeClassLabel(static_cast<uint32_t>(fact.value), language)
                                  : PrintFact(info, fact.value, from_.rulebook.source, language);
    told.push_back(
        absl::StrCat(language == Language::kFr ? label.fr() : label.en(), Colon(language), value));
  }

  // Facts of the firm that a measure reads.
  void CollectMeasure(engine::MeasureId id, std::set<uint16_t>& slots) const {
    if (id == kNoId) return;
    const Measure& m = rules_.measures[id];
    const auto add = [&](const FactRef& ref) {
      if (ref.side == FactRef::Side::kRequest) slots.insert(ref.slot);
    };
    switch (m.kind) {
      case MeasureKind::kSizeDistance:
        add(m.third);
        [[fallthrough]];
      case MeasureKind::kSetCoverage:
      case MeasureKind::kSectorFit:
      case MeasureKind::kDifference:
        add(m.second);
        [[fallthrough]];
      case MeasureKind::kFact:
        add(m.first);
        return;
      case MeasureKind::kLadder:
      case MeasureKind::kFirstMatch:
        for (const engine::MeasureStep& step : m.steps) CollectCondition(step.when, slots);
        return;
      default:
        return;
    }
  }

  void CollectCondition(engine::ConditionId id, std::set<uint16_t>& slots) const {
    if (id == kNoId) return;
    const engine::Condition& c = rules_.conditions[id];
    if (c.form == engine::ConditionForm::kComparison) {
      CollectMeasure(c.left, slots);
      CollectMeasure(c.right, slots);
      return;
    }
    for (const engine::ConditionId child : c.children) CollectCondition(child, slots);
  }

  // What is best in any offering.
  std::string Expected(const Measure& measure, Language language) const {
    const bool fr = language == Language::kFr;
    const std::string steps = Steps(language);
    if (!steps.empty()) {
      return absl::StrCat(fr ? "attendu de toute offre" : "expected of any offering",
                          Colon(language), steps);
    }
    const auto best = std::max_element(
        criterion_.breakpoints.begin(), criterion_.breakpoints.end(),
        [](const engine::Breakpoint& a, const engine::Breakpoint& b) { return a.value < b.value; });
    if (best == criterion_.breakpoints.end()) {
      return fr ? "attendu de toute offre" : "expected of any offering";
    }
    return absl::StrCat(
        fr ? "attendu de toute offre, au mieux" : "expected of any offering, at best",
        Colon(language), Quantity(measure, best->x, language), Beyond(measure, *best, language));
  }

  // " ou plus" beyond the last breakpoint, " ou moins" before the first, where there is something.
  std::string Beyond(const Measure& measure, const engine::Breakpoint& best,
                     Language language) const {
    const bool fr = language == Language::kFr;
    if (const FactInfo* info = FactOf(measure);
        info == nullptr || info->kind == FactKind::kEnum || info->kind == FactKind::kBoolean) {
      return "";
    }
    if (best.x == criterion_.breakpoints.back().x) return fr ? " ou plus" : " or more";
    if (best.x == criterion_.breakpoints.front().x && best.x > 0)
      return fr ? " ou moins" : " or less";
    return "";
  }

  // Steps of a ladder that are told by name; of a decision table, the best case.
  std::string Steps(Language language) const {
    const auto label = [&](const type::LocalizedText& text) {
      return language == Language::kFr ? text.fr() : text.en();
    };
    std::vector<std::string> labels;
    if (source_.measure().has_ladder()) {
      for (const auto& step : source_.measure().ladder().steps()) {
        if (!label(step.label()).empty()) labels.push_back(label(step.label()));
      }
    } else if (source_.measure().has_first_match()) {
      int64_t most = 0;
      for (const auto& one : source_.measure().first_match().cases()) {
        if (label(one.label()).empty() || one.result() <= most) continue;
        most = one.result();
        labels = {label(one.label())};
      }
    }
    return absl::StrJoin(labels, ", ");
  }

  // The fact that a measure is about, or null.
  const FactInfo* FactOf(const Measure& measure) const {
    if (measure.kind != MeasureKind::kFact && measure.kind != MeasureKind::kDifference) {
      return nullptr;
    }
    return measure.first.side == FactRef::Side::kOffering
               ? from_.rulebook.offering_slots[measure.first.slot]
               : from_.rulebook.request_slots[measure.first.slot];
  }

  std::string Quantity(const Measure& measure, int64_t x, Language language) const {
    const FactInfo* info = FactOf(measure);
    if (info != nullptr && (measure.kind == MeasureKind::kFact || source_.unit().empty())) {
      return PrintFact(*info, x, from_.rulebook.source, language);
    }
    return PrintQuantity(x, source_.unit(), language);
  }

  const AskedFrom& from_;
  const engine::Rules& rules_;
  const engine::Criterion& criterion_;
  const catalog::v1::Criterion& source_;
  const catalog::v1::Need& need_;
};

}  // namespace

type::LocalizedText AskedText(const AskedFrom& from, uint8_t criterion) {
  CHECK_LT(criterion, from.rulebook.rules.criteria.size()) << "a criterion of the rulebook";
  const Teller teller(from, criterion);
  return Text(teller.Tell(Language::kFr), teller.Tell(Language::kEn));
}

}  // namespace aplomb::decision
