// Counterfactuals of the firm: its facts and its must-haves.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/numeric/bits.h"
#include "base/check.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/overlay.h"
#include "decision/explain/reading.h"
#include "decision/explain/settings.h"
#include "engine/cost.h"
#include "engine/measure.h"
#include "engine/weights.h"

namespace aplomb::explain {
namespace {

using engine::Ranking;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

void Prove(const Ranking& after, uint32_t row, Goal goal, const Terms& terms,
           Counterfactual& result) {
  CHECK(ReachesOn(terms, after, row, goal)) << "the engine places what the search found";
  result.groups = after.ranked_group_count;
  for (const engine::RankedOffering& offering : after.ranked) {
    if (offering.row != row) continue;
    result.rank = offering.rank;
    result.score = offering.score;
  }
}

// ---------------------------------------------------------------- facts and must-haves

// A rule hangs on few levers, so that most of a trial is known from other trials: what a rule says
// under given settings of the levers that it reads is computed once, by the engine's own functions,
// and looked up ever after. Exact; nothing is assumed to be additive but the score.
class FirmSearch {
 public:
  FirmSearch(const Inquiry& inquiry, const Ranking& ranking, const FactShapes& shapes, uint32_t row,
             Goal goal, const Terms& terms)
      : inquiry_(inquiry),
        shapes_(shapes),
        row_(row),
        goal_(goal),
        terms_(terms),
        needed_above_(terms.any_place            ? std::numeric_limits<uint32_t>::max()
                      : goal == Goal::kFirstBand ? 1
                                                 : kTopPlaces),
        rivals_(Rivals(ranking, row)),
        table_(TableOf(inquiry, rivals_)),
        request_(inquiry.request) {}

  Counterfactual Run() {
    MakeLevers();
    MakeRules();
    Counterfactual result{.found = Found::kImpossible, .at_least = kMaxChanges + 1};
    for (uint32_t count = 1; count <= kMaxChanges && count <= levers_.size(); ++count) {
      ChooseLevers(0, count, 0);
      const bool ended = complete_ && !Over();
      if (best_.empty() && !Over()) continue;
      result.found = best_.empty() ? Found::kUndecided : Found::kChanges;
      result.at_least = complete_ ? count : 1;
      result.smallest = ended;
      break;
    }
    if (!complete_ && best_.empty()) {
      result.found = Found::kUndecided;
      result.at_least = 1;
    }
    if (!complete_) result.limit = Limit::kLevers;
    if (trials_ >= kMaxFirmTrials) result.limit = Limit::kFirmTrials;
    if (rankings_ >= kMaxFirmRankings) result.limit = Limit::kFirmRankings;
    if (!best_.empty()) {
      engine::Request request = inquiry_.request;
      engine::FactTable none;  // no change is made to an offering
      for (const Change& change : best_) Make(change, {}, 0, 0, none, request);
      Prove(RankWithoutLot({inquiry_.rules, inquiry_.table, request, inquiry_.mode}), row_, goal_,
            terms_, result);
      result.changes = best_;
      result.size = best_size_;
    }
    result.trials = trials_;
    return result;
  }

 private:
  static constexpr uint32_t kRivalCount = kTopPlaces + 1;

  // What the firm could say otherwise.
  struct Lever {
    std::vector<Change> settings = {};  // by size
    bool is_must = false;
    uint16_t slot = 0;  // of a fact
  };

  // What a rule says of the offering asked about (place 0) and of its rivals.
  struct Said {
    bool active = false;                           // weighed, or applied
    std::array<int32_t, kRivalCount> values = {};  // of a criterion
    uint32_t failing = 0;                          // of anything else: mask over places
  };
  struct Rule {
    enum class Kind : uint8_t { kCriterion, kConstraint, kMinimumFact };
    Kind kind = Kind::kCriterion;
    uint8_t ordinal = 0;
    uint64_t levers = 0;  // that it reads
    bool reads_cost = false;
    Said now = {};
    // By lever: over its settings, who passes at least once, the largest lead over each rival, and
    // whether the rule comes in or goes out.
    struct Alone {
      uint32_t ever_passing = 0;
      uint32_t ever_failing = 0;
      std::array<int64_t, kRivalCount> best_lead = {};  // value of place 0 less that of the rival
      bool switches = false;
    };
    std::map<size_t, Alone> alone = {};
    std::map<uint64_t, Said> known = {};  // by the settings of the levers that it reads
  };

  // The offering and those that lead now. Where they keep it from its goal, the whole field does:
  // a trial is ranked in full only where these few let it pass.
  static std::vector<uint32_t> Rivals(const Ranking& ranking, uint32_t row) {
    std::vector<uint32_t> rivals = {row};
    for (const engine::RankedOffering& offering : ranking.ranked) {
      if (rivals.size() > kTopPlaces) break;
      if (offering.row != row) rivals.push_back(offering.row);
    }
    return rivals;
  }

  engine::Subject SubjectOf(uint32_t place) const {
    return {inquiry_.rules, table_, request_, table_.candidates[request_.need].features[place],
            costs_[place],  place};
  }

  void MakeLevers() {
    const engine::NeedRules& need = NeedRulesOf(inquiry_);
    Thresholds thresholds;
    std::set<uint16_t> slots;
    ComputeCosts();
    for (uint32_t i = 0; i < rivals_.size(); ++i) {
      const engine::Subject subject = SubjectOf(i);
      for (size_t c = 0; c < inquiry_.rules.criteria.size(); ++c) {
        if (((need.criteria >> c) & 1u) == 0) continue;
        const engine::Criterion& criterion = inquiry_.rules.criteria[c];
        const Reads reads = ReadsOf(inquiry_.rules, criterion);
        if (reads.request.empty()) continue;
        slots.insert(reads.request.begin(), reads.request.end());
        AddThresholds(subject, criterion, thresholds);
        AddCondition(subject, criterion.applies_when, thresholds);
      }
      for (size_t c = 0; c < inquiry_.rules.constraints.size(); ++c) {
        if (((need.constraints >> c) & 1u) == 0) continue;
        const engine::Constraint& constraint = inquiry_.rules.constraints[c];
        const Reads reads = ReadsOf(inquiry_.rules, constraint);
        if (reads.request.empty()) continue;
        slots.insert(reads.request.begin(), reads.request.end());
        AddCondition(subject, constraint.satisfied_when, thresholds);
        AddCondition(subject, constraint.applies_when, thresholds);
      }
    }
    for (const uint16_t slot : slots) {
      const engine::RequestFact& fact = request_.facts[slot];
      if (!fact.known || !shapes_.request[slot].chosen) continue;
      std::vector<Change> settings =
          FactSettings(shapes_.request[slot], true, fact.value, thresholds.request[slot],
                       engine::Evidence::kNone, engine::Evidence::kNone,
                       {.kind = Change::Kind::kFirmFact, .slot = slot});
      if (!settings.empty()) levers_.push_back({.settings = std::move(settings), .slot = slot});
    }
    for (uint8_t f = 0; f < engine::kMaxFeaturesPerNeed; ++f) {
      if (((request_.must_features >> f) & 1u) == 0) continue;
      levers_.push_back(
          {.settings = {{.kind = Change::Kind::kMustFeature, .feature = f, .size = 1}},
           .is_must = true});
    }
    if (levers_.size() > kMaxFirmLevers) {
      levers_.resize(kMaxFirmLevers);
      complete_ = false;
    }
    chosen_.assign(levers_.size(), 0);
  }

  static void AddCondition(const engine::Subject& subject, engine::ConditionId id,
                           Thresholds& thresholds) {
    if (id != engine::kNoId) {
      AddThresholds(subject, id, engine::Evidence::kDeclared, thresholds);
    }
  }

  // --- Rules -------------------------------------------------------------------------------------

  uint64_t LeversOf(const Reads& reads) const {
    uint64_t mask = 0;
    for (size_t l = 0; l < levers_.size(); ++l) {
      // A must-have that becomes a wish can make a paid option fall out of the bill.
      const bool reads_it = levers_[l].is_must
                                ? reads.must_features || reads.nice_features || reads.cost
                                : reads.request.count(levers_[l].slot) != 0;
      if (reads_it) mask |= uint64_t{1} << l;
    }
    return mask;
  }

  void AddRule(Rule::Kind kind, size_t ordinal, const Reads& reads) {
    Rule rule{.kind = kind,
              .ordinal = static_cast<uint8_t>(ordinal),
              .levers = LeversOf(reads),
              .reads_cost = reads.cost};
    rule.now = Say(rule);
    rules_.push_back(std::move(rule));
  }

  void MakeRules() {
    const engine::NeedRules& need = NeedRulesOf(inquiry_);
    for (size_t c = 0; c < inquiry_.rules.criteria.size(); ++c) {
      if (((need.criteria >> c) & 1u) == 0) continue;
      AddRule(Rule::Kind::kCriterion, c, ReadsOf(inquiry_.rules, inquiry_.rules.criteria[c]));
    }
    for (size_t c = 0; c < inquiry_.rules.constraints.size(); ++c) {
      if (((need.constraints >> c) & 1u) == 0) continue;
      AddRule(Rule::Kind::kConstraint, c, ReadsOf(inquiry_.rules, inquiry_.rules.constraints[c]));
    }
    for (size_t f = 0; f < need.minimum_facts.size(); ++f) {
      AddRule(Rule::Kind::kMinimumFact, f, {});
    }
    for (size_t l = 0; l < levers_.size(); ++l) {
      for (size_t s = 0; s < levers_[l].settings.size(); ++s) {
        Set(l, s);
        for (Rule& rule : rules_) {
          if (((rule.levers >> l) & 1u) != 0) Note(rule, l, Look(rule, uint64_t{1} << l));
        }
        Unset(l);
      }
    }
  }

  static void Note(Rule& rule, size_t lever, const Said& said) {
    const auto [found, fresh] = rule.alone.try_emplace(lever);
    Rule::Alone& alone = found->second;
    alone.ever_passing |= ~said.failing;
    alone.ever_failing |= said.failing;
    alone.switches |= said.active != rule.now.active;
    for (uint32_t i = 1; i < kRivalCount; ++i) {
      const int64_t lead = int64_t{said.values[0]} - said.values[i];
      alone.best_lead[i] = fresh ? lead : std::max(alone.best_lead[i], lead);
    }
  }

  // What the rule says under the request as it is now.
  Said Say(const Rule& rule) {
    Said said;
    if (rule.reads_cost) ComputeCosts();
    switch (rule.kind) {
      case Rule::Kind::kCriterion: {
        const engine::Criterion& c = inquiry_.rules.criteria[rule.ordinal];
        said.active = Applies(c.applies_when) &&
                      engine::FirmSideOf(inquiry_.rules, request_, c.measure, engine::kNoId) ==
                          engine::FirmSide::kSaid;
        if (!said.active) return said;
        for (uint32_t i = 0; i < rivals_.size(); ++i) {
          const engine::Measured m = engine::Evaluate(SubjectOf(i), c.measure, c.least_evidence);
          if (m.state == engine::MeasureState::kKnown) said.values[i] = engine::ValueOf(c, m.x);
        }
        return said;
      }
      case Rule::Kind::kConstraint: {
        const engine::Constraint& c = inquiry_.rules.constraints[rule.ordinal];
        said.active = Applies(c.applies_when) &&
                      engine::FirmSideOf(inquiry_.rules, request_, engine::kNoId,
                                         c.satisfied_when) == engine::FirmSide::kSaid;
        if (!said.active) return said;
        for (uint32_t i = 0; i < rivals_.size(); ++i) {
          if (engine::Holds(SubjectOf(i), c.satisfied_when) != engine::Truth::kTrue) {
            said.failing |= 1u << i;
          }
        }
        return said;
      }
      case Rule::Kind::kMinimumFact:
        for (uint32_t i = 0; i < rivals_.size(); ++i) {
          if (Lacks(i, NeedRulesOf(inquiry_).minimum_facts[rule.ordinal])) said.failing |= 1u << i;
        }
        return said;
    }
    return said;
  }

  bool Applies(engine::ConditionId condition) const {
    return condition == engine::kNoId ||
           engine::HoldsForRequest(inquiry_.rules, request_, condition) == engine::Truth::kTrue;
  }

  bool Lacks(uint32_t place, const engine::MinimumFact& fact) const {
    switch (fact.kind) {
      case engine::MinimumFact::Kind::kFact:
        return table_.columns[fact.slot].evidence[place] == engine::Evidence::kNone;
      case engine::MinimumFact::Kind::kCost:
        return !costs_[place].known;
      case engine::MinimumFact::Kind::kFeatures: {
        const engine::FeatureMasks& f = table_.candidates[request_.need].features[place];
        return (f.full | f.partial | f.option_paid | f.none) == 0;
      }
    }
    return true;
  }

  void ComputeCosts() {
    if (costs_are_of_ == request_.must_features) return;
    for (uint32_t i = 0; i < rivals_.size(); ++i) {
      engine::ComputeCost(table_, i, request_, costs_[i]);
    }
    costs_are_of_ = request_.must_features;
  }

  // What the rule says where the levers of `set` stand as chosen.
  const Said& Look(Rule& rule, uint64_t set) {
    const uint64_t read = rule.levers & set;
    if (read == 0) return rule.now;
    uint64_t key = 0;
    for (uint64_t left = read; left != 0; left &= left - 1) {
      const auto lever = static_cast<uint64_t>(absl::countr_zero(left));
      // 6 bits of lever and 14 of setting, for each of at most three.
      key = key << 20 | lever << 14 | chosen_[lever];
    }
    const auto found = rule.known.find(key);
    if (found != rule.known.end()) return found->second;
    return rule.known.emplace(key, Say(rule)).first->second;
  }

  // --- Search ------------------------------------------------------------------------------------

  void Set(size_t lever, size_t setting) {
    saved_[lever] = {
        request_.must_features, request_.nice_features,
        levers_[lever].is_must ? engine::RequestFact{} : request_.facts[levers_[lever].slot]};
    engine::FactTable none;
    Make(levers_[lever].settings[setting], {}, 0, 0, none, request_);
    chosen_[lever] = static_cast<uint32_t>(setting) + 1;
  }
  void Unset(size_t lever) {
    const Saved& saved = saved_[lever];
    request_.must_features = saved.must_features;
    request_.nice_features = saved.nice_features;
    if (!levers_[lever].is_must) request_.facts[levers_[lever].slot] = saved.fact;
    chosen_[lever] = 0;
  }

  bool Over() const { return trials_ >= kMaxFirmTrials || rankings_ >= kMaxFirmRankings; }

  void ChooseLevers(size_t from, uint32_t left, uint64_t set) {
    if (left == 0) {
      if (CanReach(set)) ChooseSettings(set, set, 0);
      return;
    }
    for (size_t l = from; l + left <= levers_.size() && !Over(); ++l) {
      ChooseLevers(l + 1, left - 1, set | uint64_t{1} << l);
    }
  }

  // False: proven that no settings of these levers reach the goal.
  bool CanReach(uint64_t set) {
    const auto count = static_cast<uint32_t>(rivals_.size());
    uint32_t may_fail = 0;
    bool switches = false;
    for (const Rule& rule : rules_) {
      const uint64_t read = rule.levers & set;
      if (rule.kind != Rule::Kind::kCriterion) {
        if (read == 0) {
          if ((rule.now.failing & 1u) != 0) return false;  // what stops it stays
          may_fail |= rule.now.failing;
        } else if ((read & (read - 1)) == 0) {
          const Rule::Alone& alone = rule.alone.at(static_cast<size_t>(absl::countr_zero(read)));
          if ((alone.ever_passing & 1u) == 0) return false;
          may_fail |= alone.ever_failing;
        } else {
          may_fail = ~0u;
        }
        continue;
      }
      if (read == 0) continue;
      switches |= (read & (read - 1)) != 0 ||
                  rule.alone.at(static_cast<size_t>(absl::countr_zero(read))).switches;
    }
    // Weights move where a criterion comes in or goes out: then nothing is bounded.
    if (switches) return true;
    const std::vector<int32_t>& weights = WeightsOf(ActiveNow());
    uint32_t above = 0;
    for (uint32_t i = 1; i < count; ++i) {
      if (((may_fail >> i) & 1u) != 0) continue;
      int64_t lead = 0;
      size_t place = 0;
      for (const Rule& rule : rules_) {
        if (rule.kind != Rule::Kind::kCriterion || !rule.now.active) continue;
        const int64_t weight = weights[place++];
        const uint64_t read = rule.levers & set;
        lead +=
            weight *
            (read == 0 ? int64_t{rule.now.values[0]} - rule.now.values[i]
                       : rule.alone.at(static_cast<size_t>(absl::countr_zero(read))).best_lead[i]);
      }
      // A whole band behind at best: below it in every case.
      if (lead <= -inquiry_.rules.band_width) ++above;
    }
    return above < needed_above_;
  }

  void ChooseSettings(uint64_t set, uint64_t left, int64_t size) {
    if (left == 0) return Try(set, size);
    const auto lever = static_cast<size_t>(absl::countr_zero(left));
    const int64_t others = absl::popcount(left) - 1;  // at least 1 each
    const std::vector<Change>& settings = levers_[lever].settings;
    for (size_t s = 0; s < settings.size(); ++s) {
      if (Over() || size + settings[s].size + others >= best_size_) break;
      Set(lever, s);
      ChooseSettings(set, left & (left - 1), size + settings[s].size);
      Unset(lever);
    }
  }

  uint64_t ActiveNow() const {
    uint64_t active = 0;
    for (const Rule& rule : rules_) {
      if (rule.kind == Rule::Kind::kCriterion && rule.now.active) {
        active |= uint64_t{1} << rule.ordinal;
      }
    }
    return active;
  }

  // By place among the active criteria, as engine::Rank weighs them.
  const std::vector<int32_t>& WeightsOf(uint64_t active) {
    const auto [found, fresh] = weights_.try_emplace(active);
    if (fresh) {
      std::vector<uint8_t> groups;
      std::vector<uint8_t> parts;
      for (uint64_t left = active; left != 0; left &= left - 1) {
        const auto& c = inquiry_.rules.criteria[static_cast<size_t>(absl::countr_zero(left))];
        groups.push_back(c.group);
        parts.push_back(c.parts_in_group);
      }
      found->second = engine::CriterionWeights(inquiry_.request.group_shares, groups, parts);
    }
    return found->second;
  }

  void Try(uint64_t set, int64_t size) {
    ++trials_;
    uint32_t failing = 0;
    uint64_t active = 0;
    std::array<const Said*, engine::kMaxCriteria> said = {};
    size_t count = 0;
    for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {  // what stops it comes first
      const Said& now = Look(*rule, set);
      if (rule->kind != Rule::Kind::kCriterion) {
        failing |= now.failing;
        if ((failing & 1u) != 0) return;
      } else if (now.active) {
        active |= uint64_t{1} << rule->ordinal;
        said[count++] = &now;
      }
    }
    const std::vector<int32_t>& weights = WeightsOf(active);
    std::array<int64_t, kRivalCount> scores = {};
    for (size_t c = 0; c < count; ++c) {
      const int64_t weight = weights[count - 1 - c];  // collected from the last to the first
      for (uint32_t i = 0; i < kRivalCount; ++i) scores[i] += weight * said[c]->values[i];
    }
    const int64_t own = scores[0] / inquiry_.rules.band_width;
    uint32_t above = 0;
    for (uint32_t i = 1; i < rivals_.size(); ++i) {
      if (((failing >> i) & 1u) == 0 && scores[i] / inquiry_.rules.band_width > own) ++above;
    }
    if (above >= needed_above_) return;
    ++rankings_;
    const Ranking all = RankWithoutLot({inquiry_.rules, inquiry_.table, request_, inquiry_.mode});
    if (!ReachesOn(terms_, all, row_, goal_)) return;
    best_.clear();
    for (size_t l = 0; l < levers_.size(); ++l) {
      if (chosen_[l] != 0) best_.push_back(levers_[l].settings[chosen_[l] - 1]);
    }
    best_size_ = size;
  }

  struct Saved {
    uint32_t must_features = 0;
    uint32_t nice_features = 0;
    engine::RequestFact fact = {};
  };

  const Inquiry& inquiry_;
  const FactShapes& shapes_;
  uint32_t row_;
  Goal goal_;
  Terms terms_;
  uint32_t needed_above_;         // so many better ones keep it from its goal
  std::vector<uint32_t> rivals_;  // place 0 is `row_`
  engine::FactTable table_;       // of the rivals
  engine::Request request_;
  std::array<engine::Cost, kRivalCount> costs_ = {};
  std::optional<uint32_t> costs_are_of_ = {};
  std::vector<Lever> levers_;
  bool complete_ = true;  // every lever is among them
  std::vector<Rule> rules_;
  std::map<uint64_t, std::vector<int32_t>> weights_;  // by active criteria
  std::array<Saved, kMaxFirmLevers> saved_ = {};
  std::vector<uint32_t> chosen_;  // by lever: 0, or 1 + place of the setting
  std::vector<Change> best_;
  int64_t best_size_ = kNever;
  uint32_t trials_ = 0;
  uint32_t rankings_ = 0;
};

}  // namespace

Counterfactual FindFirmChanges(const Inquiry& inquiry, const Ranking& ranking,
                               const FactShapes& shapes, uint32_t row, Goal goal,
                               const Terms& terms) {
  if (const auto already = Already(ranking, row, goal, terms)) return *already;
  return FirmSearch(inquiry, ranking, shapes, row, goal, terms).Run();
}

}  // namespace aplomb::explain
