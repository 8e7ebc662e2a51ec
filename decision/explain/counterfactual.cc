#include "decision/explain/counterfactual.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/numeric/bits.h"
#include "absl/numeric/int128.h"
#include "base/check.h"
#include "decision/explain/overlay.h"
#include "decision/explain/reading.h"
#include "decision/explain/settings.h"
#include "engine/cost.h"
#include "engine/measure.h"

namespace aplomb::explain {
namespace {

using engine::Evidence;
using engine::FactTable;
using engine::Ranking;
using engine::Subject;
using engine::Truth;

constexpr int64_t kPriceSteps = 20;  // parts of a price in which its cuts are counted
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// The score from which the goal is reached, whatever the offering's own was: the floor of the
// band that the others give. 0 where being ranked is enough.
int64_t ScoreNeeded(const Ranking& ranking, uint32_t row, Goal goal, int64_t band_width) {
  std::vector<int64_t> bands;  // of the others, best first
  for (const engine::RankedOffering& offering : ranking.ranked) {
    if (offering.row != row) bands.push_back(offering.band);
  }
  const size_t place = goal == Goal::kFirstBand ? 0 : kTopPlaces - 1;
  return bands.size() > place ? bands[place] * band_width : 0;
}

// Something of the offering that can be changed, and what reads it.
struct Lever {
  std::vector<Change> settings = {};  // by size
  uint64_t criteria = 0;              // places in Ranking::criteria
  uint64_t constraints = 0;           // ordinals, of the applied ones
  bool minimum_facts = false;
  int64_t potential = 0;  // most that its criteria could rise
  // Over its settings: the best value of each criterion (by place) and the constraints that become
  // true; for lever sets where it alone reads them.
  std::vector<int32_t> best_values = {};
  uint64_t mends = 0;
  bool ever_mends_minimum = false;
  bool is_price() const { return settings.front().kind == Change::Kind::kPrice; }
};

// --- Prices --------------------------------------------------------------------------------------
//
// A price is cut by 1 to CutCount units; what is left of it is a whole number of units.

int64_t CutCount(int64_t price, int64_t unit) { return (price - 1) / unit + 1; }

int64_t AfterCuts(int64_t price, int64_t unit, int64_t cuts) {
  return ((price - 1) / unit - (cuts - 1)) * unit;
}

// Cuts that stay within so many of its kPriceSteps parts.
int64_t CutsWithin(int64_t price, int64_t unit, int64_t steps) {
  if (steps >= kPriceSteps) return CutCount(price, unit);
  const auto least = price - static_cast<int64_t>(absl::int128(price) * steps / kPriceSteps);
  return (price - 1) / unit + 1 - (least + unit - 1) / unit;
}

int64_t SizeOfCut(int64_t price, int64_t to) {
  return static_cast<int64_t>((absl::int128(price - to) * kPriceSteps + price - 1) / price);
}

bool ReadsCost(const engine::Rules& rules, engine::MeasureId measure) {
  Reads reads;
  ReadMeasure(rules, measure, Evidence::kNone, reads);
  return reads.cost;
}

// Whether a condition that is true of a cost is true of any smaller one: the cost stands below
// what it is compared with, under no negation.
bool SmallerCostHoldsToo(const engine::Rules& rules, engine::ConditionId id) {
  const engine::Condition& c = rules.conditions[id];
  Reads reads;
  ReadCondition(rules, id, Evidence::kNone, reads);
  if (!reads.cost) return true;
  using engine::Operator;
  switch (c.form) {
    case engine::ConditionForm::kComparison: {
      const bool left = ReadsCost(rules, c.left);
      const bool right = ReadsCost(rules, c.right);
      if (left && right) return false;
      const engine::Measure& cost = rules.measures[left ? c.left : c.right];
      if (cost.kind != engine::MeasureKind::kCost) return false;
      return left ? c.op == Operator::kLt || c.op == Operator::kLe
                  : c.op == Operator::kGt || c.op == Operator::kGe;
    }
    case engine::ConditionForm::kNot:
      return false;
    default:
      return std::all_of(c.children.begin(), c.children.end(), [&](engine::ConditionId child) {
        return SmallerCostHoldsToo(rules, child);
      });
  }
}

// Costs never rise where a price falls (engine/cost.h); whether a score and the constraints follow
// hangs on the rules.
bool CheaperIsNeverWorse(const engine::Rules& rules, const Ranking& ranking, uint64_t applied) {
  for (const engine::ActiveCriterion& active : ranking.criteria) {
    const engine::Criterion& c = rules.criteria[active.criterion];
    if (!ReadsCost(rules, c.measure)) continue;
    if (rules.measures[c.measure].kind != engine::MeasureKind::kCost) return false;
    for (size_t i = 1; i < c.breakpoints.size(); ++i) {
      if (c.breakpoints[i].value > c.breakpoints[i - 1].value) return false;
    }
  }
  for (uint64_t left = applied; left != 0; left &= left - 1) {
    const engine::Constraint& c = rules.constraints[static_cast<size_t>(absl::countr_zero(left))];
    if (!SmallerCostHoldsToo(rules, c.satisfied_when)) return false;
  }
  return true;
}

// What an offering is worth with some changes made.
struct Trial {
  bool ranked = false;
  int64_t score = 0;
};

// Ownership groups that are ranked where the offering is ranked as well. Whatever it changes, the
// others stay as they are.
uint32_t GroupsWith(const Inquiry& inquiry, const Ranking& ranking, uint32_t row) {
  std::set<uint32_t> groups = {inquiry.table.groups[row]};
  for (const engine::RankedOffering& offering : ranking.ranked) {
    groups.insert(inquiry.table.groups[offering.row]);
  }
  return static_cast<uint32_t>(groups.size());
}

class OfferingSearch {
 public:
  OfferingSearch(const Inquiry& inquiry, const Ranking& ranking, const FactShapes& shapes,
                 uint32_t row, Goal goal, const Terms& terms)
      : inquiry_(inquiry),
        ranking_(ranking),
        shapes_(shapes),
        row_(row),
        table_(TableOf(inquiry, {row})),
        request_(inquiry.request),
        tariff_(table_.tariffs[0]),
        needed_(terms.any_place ? 0 : ScoreNeeded(ranking, row, goal, inquiry.rules.band_width)) {
    engine::ComputeCost(table_, 0, request_, cost_);
    base_cost_ = cost_;
    for (const uint8_t ordinal : AppliedConstraints(inquiry)) applied_ |= uint64_t{1} << ordinal;
    cheaper_is_never_worse_ = CheaperIsNeverWorse(inquiry.rules, ranking, applied_);
    base_failing_ = Failing(applied_);
    base_minimum_ = MinimumFactsHold();
    for (const engine::ActiveCriterion& active : ranking.criteria) {
      base_values_.push_back(Value(active.criterion));
      base_score_ += int64_t{base_values_.back()} * active.weight_bp;
      ceilings_.push_back(Ceiling(inquiry.rules.criteria[active.criterion]));
    }
  }

  Counterfactual Run() {
    Counterfactual result;
    MakeLevers();
    for (uint32_t count = 1; count <= kMaxChanges; ++count) {
      Search(count);
      const bool ended = complete_ && trials_ < kMaxOfferingTrials;
      if (ended && best_.empty()) continue;
      result.found = best_.empty() ? Found::kUndecided : Found::kChanges;
      result.at_least = complete_ ? count : 1;
      result.smallest = ended;
      if (!complete_) result.limit = Limit::kLevers;
      if (trials_ >= kMaxOfferingTrials) result.limit = Limit::kOfferingTrials;
      break;
    }
    if (result.at_least == 0) {
      result.found = Found::kImpossible;
      result.at_least = kMaxChanges + 1;
    }
    if (!best_.empty()) Finish(result);
    result.trials = trials_;
    return result;
  }

 private:
  Subject subject() const {
    return {inquiry_.rules, table_, request_, table_.candidates[request_.need].features[0],
            cost_,          0};
  }

  int32_t Value(uint8_t criterion) const {
    const engine::Criterion& c = inquiry_.rules.criteria[criterion];
    const engine::Measured m = engine::Evaluate(subject(), c.measure, c.least_evidence);
    return m.state == engine::MeasureState::kKnown ? ValueOf(c, m.x) : 0;
  }

  static int32_t Ceiling(const engine::Criterion& criterion) {
    int32_t ceiling = 0;
    for (const engine::Breakpoint& point : criterion.breakpoints) {
      ceiling = std::max(ceiling, point.value);
    }
    return ceiling;
  }

  // Of these constraints, those that are not true.
  uint64_t Failing(uint64_t constraints) const {
    uint64_t failing = 0;
    for (uint64_t left = constraints; left != 0; left &= left - 1) {
      const auto ordinal = static_cast<uint32_t>(absl::countr_zero(left));
      const engine::Constraint& c = inquiry_.rules.constraints[ordinal];
      if (Holds(subject(), c.satisfied_when) != Truth::kTrue) failing |= uint64_t{1} << ordinal;
    }
    return failing;
  }

  bool MinimumFactsHold() const {
    for (const engine::MinimumFact& fact : NeedRulesOf(inquiry_).minimum_facts) {
      switch (fact.kind) {
        case engine::MinimumFact::Kind::kFact:
          if (table_.columns[fact.slot].evidence[0] == Evidence::kNone) return false;
          break;
        case engine::MinimumFact::Kind::kCost:
          if (!cost_.known) return false;
          break;
        case engine::MinimumFact::Kind::kFeatures: {
          const engine::FeatureMasks& f = table_.candidates[request_.need].features[0];
          if ((f.full | f.partial | f.option_paid | f.none) == 0) return false;
          break;
        }
      }
    }
    return true;
  }

  // ------------------------------------------------------------ levers

  void MakeLevers() {
    struct Reader {
      Reads reads;
      uint64_t criterion = 0, constraint = 0;
    };
    std::vector<Reader> readers;
    Thresholds thresholds;
    for (size_t i = 0; i < ranking_.criteria.size(); ++i) {
      const engine::Criterion& c = inquiry_.rules.criteria[ranking_.criteria[i].criterion];
      readers.push_back({.reads = ReadsOf(inquiry_.rules, c), .criterion = uint64_t{1} << i});
      AddThresholds(subject(), c, thresholds);
    }
    for (uint64_t left = applied_; left != 0; left &= left - 1) {
      const engine::Constraint& c =
          inquiry_.rules.constraints[static_cast<size_t>(absl::countr_zero(left))];
      readers.push_back({.reads = ReadsOf(inquiry_.rules, c), .constraint = left & (~left + 1)});
      AddThresholds(subject(), c.satisfied_when, Evidence::kDeclared, thresholds);
    }
    // Facts.
    std::map<uint16_t, Evidence> slots;
    for (const Reader& reader : readers) {
      for (const auto& [slot, evidence] : reader.reads.offering) {
        slots[slot] = std::max(slots[slot], evidence);
      }
    }
    std::set<uint16_t> minimum;
    bool minimum_features = false;
    for (const engine::MinimumFact& fact : NeedRulesOf(inquiry_).minimum_facts) {
      if (fact.kind == engine::MinimumFact::Kind::kFact) {
        minimum.insert(fact.slot);
        slots[fact.slot] = std::max(slots[fact.slot], Evidence::kDeclared);
      }
      minimum_features |= fact.kind == engine::MinimumFact::Kind::kFeatures;
    }
    const auto add = [&](std::vector<Change> settings, bool in_minimum, auto reads) {
      if (settings.empty()) return;
      if (levers_.size() >= kMaxOfferingLevers) {
        complete_ = false;
        return;
      }
      Lever lever{.settings = std::move(settings), .minimum_facts = in_minimum};
      for (const Reader& reader : readers) {
        if (!reads(reader.reads)) continue;
        lever.criteria |= reader.criterion;
        lever.constraints |= reader.constraint;
      }
      levers_.push_back(std::move(lever));
    };
    for (const auto& [slot, evidence] : slots) {
      add(SettingsOf(slot, evidence, thresholds.offering[slot]), minimum.count(slot) != 0,
          [slot = slot](const Reads& reads) { return reads.offering.count(slot) != 0; });
    }
    const uint32_t wanted = request_.must_features | request_.nice_features;
    const engine::FeatureMasks& features = table_.candidates[request_.need].features[0];
    for (uint8_t f = 0; f < engine::kMaxFeaturesPerNeed; ++f) {
      if (((wanted >> f) & 1u) == 0 || StateOf(features, f) == FeatureState::kFull) continue;
      const bool must = ((request_.must_features >> f) & 1u) != 0;
      add({{.kind = Change::Kind::kFeature,
            .feature = f,
            .from_feature = StateOf(features, f),
            .to_feature = FeatureState::kFull,
            .size = 1}},
          minimum_features,
          [must](const Reads& reads) { return must ? reads.must_features : reads.nice_features; });
    }
    if (base_cost_.known) {
      for (size_t i = 0; i < tariff_.components.size(); ++i) {
        for (const auto part : {PricePart::kAmount, PricePart::kRate, PricePart::kPerTransaction,
                                PricePart::kMinimum, PricePart::kTiers}) {
          add(PriceSettings(i, part), false, [](const Reads& reads) { return reads.cost; });
        }
      }
    }
    for (Lever& lever : levers_) Measure(lever);
    // Those that can do most first, so that the bound cuts early; equal ones stay by kind and slot.
    std::stable_sort(levers_.begin(), levers_.end(),
                     [](const Lever& a, const Lever& b) { return a.potential > b.potential; });
  }

  std::vector<Change> SettingsOf(uint16_t slot, Evidence evidence,
                                 const std::set<int64_t>& points) const {
    const FactShape& shape = shapes_.offering[slot];
    const engine::Column& column = table_.columns[slot];
    const Evidence has = column.evidence[0];
    return FactSettings(shape, has != Evidence::kNone, column.values[0], points, has, evidence,
                        {.kind = Change::Kind::kOfferingFact, .slot = slot});
  }

  Change PriceCut(const Change& of, int64_t cuts) const {
    Change change = of;
    change.to = AfterCuts(of.from, PriceUnit(of.price, of.from), cuts);
    change.size = SizeOfCut(of.from, change.to);
    return change;
  }

  // The deepest cut within each of its parts; an option that the firm does not need costs nothing.
  std::vector<Change> PriceSettings(size_t component, PricePart part) const {
    const int64_t price = PriceOf(tariff_.components[component], part);
    std::vector<Change> settings;
    if (price <= 0) return settings;
    const Change prototype = {.kind = Change::Kind::kPrice,
                              .slot = static_cast<uint16_t>(component),
                              .price = part,
                              .from_known = true,
                              .from = price};
    int64_t last = 0;
    for (int64_t step = 1; step <= kPriceSteps; ++step) {
      const int64_t cuts = CutsWithin(price, PriceUnit(part, price), step);
      if (cuts <= last) continue;
      settings.push_back(PriceCut(prototype, cuts));
      last = cuts;
    }
    return settings;
  }

  // What each lever can do by itself.
  void Measure(Lever& lever) {
    lever.best_values = base_values_;
    for (uint64_t left = lever.criteria; left != 0; left &= left - 1) {
      const auto i = static_cast<size_t>(absl::countr_zero(left));
      lever.potential += int64_t{ceilings_[i] - base_values_[i]} * ranking_.criteria[i].weight_bp;
      lever.best_values[i] = 0;
    }
    for (const Change& setting : lever.settings) {
      Set(setting);
      for (uint64_t left = lever.criteria; left != 0; left &= left - 1) {
        const auto i = static_cast<size_t>(absl::countr_zero(left));
        lever.best_values[i] =
            std::max(lever.best_values[i], Value(ranking_.criteria[i].criterion));
      }
      lever.mends |= lever.constraints & ~Failing(lever.constraints);
      lever.ever_mends_minimum |= lever.minimum_facts && MinimumFactsHold();
      Unset(setting);
    }
  }

  void Set(const Change& change) {
    Make(change, tariff_, 0, 0, table_, request_);
    if (change.kind == Change::Kind::kPrice) engine::ComputeCost(table_, 0, request_, cost_);
  }

  void Unset(const Change& change) {
    if (change.kind == Change::Kind::kOfferingFact) {
      table_.columns[change.slot].values[0] = inquiry_.table.columns[change.slot].values[row_];
      table_.columns[change.slot].evidence[0] = inquiry_.table.columns[change.slot].evidence[row_];
    } else if (change.kind == Change::Kind::kFeature) {
      SetState(change.from_feature, change.feature, table_.candidates[request_.need].features[0]);
    } else {
      table_.tariffs[0].components[change.slot] = tariff_.components[change.slot];
      // Another price of the component may be cut as well.
      for (const Change& other : made_) {
        if (other.kind == Change::Kind::kPrice && other.slot == change.slot &&
            other.price != change.price) {
          Make(other, tariff_, 0, 0, table_, request_);
        }
      }
      engine::ComputeCost(table_, 0, request_, cost_);
    }
  }

  // ------------------------------------------------------------ search

  // Every set of `count` levers that the bounds let pass, with every combination of settings that
  // is not larger than the best.
  void Search(uint32_t count) {
    chosen_.clear();
    Choose(0, count, 0);
  }

  // Upper bound on the score that the chosen levers reach: a criterion that one of them reads can
  // be what that lever alone can make of it, one that several read at most its ceiling.
  int64_t Bound() const {
    uint64_t once = 0, more = 0;
    for (const size_t l : chosen_) {
      more |= once & levers_[l].criteria;
      once |= levers_[l].criteria;
    }
    int64_t bound = base_score_;
    for (uint64_t left = once; left != 0; left &= left - 1) {
      const auto i = static_cast<size_t>(absl::countr_zero(left));
      int32_t value = ceilings_[i];
      if (((more >> i) & 1u) == 0) {
        for (const size_t l : chosen_) {
          if (((levers_[l].criteria >> i) & 1u) != 0) value = levers_[l].best_values[i];
        }
      }
      bound += int64_t{value - base_values_[i]} * ranking_.criteria[i].weight_bp;
    }
    return bound;
  }

  // Whether the chosen levers could mend what keeps the offering from a rank.
  bool CouldBeRanked() const {
    uint64_t once = 0, more = 0, mends = 0;
    bool minimum = base_minimum_, minimum_shared = false, minimum_read = false;
    for (const size_t l : chosen_) {
      more |= once & levers_[l].constraints;
      once |= levers_[l].constraints;
      mends |= levers_[l].mends;
      minimum |= levers_[l].ever_mends_minimum;
      minimum_shared |= minimum_read && levers_[l].minimum_facts;
      minimum_read |= levers_[l].minimum_facts;
    }
    return (base_failing_ & ~(more | mends)) == 0 && (minimum || minimum_shared);
  }

  void Choose(size_t from, uint32_t left, int64_t potential) {
    if (trials_ >= kMaxOfferingTrials) return;
    if (left == 0) {
      if (!CouldBeRanked() || Bound() < needed_) return;
      // Prices last: of the last one, the least cut is found by halving.
      combo_ = chosen_;
      std::stable_partition(combo_.begin(), combo_.end(),
                            [&](size_t l) { return !levers_[l].is_price(); });
      Combine(0, 0);
      return;
    }
    for (size_t l = from; l + left <= levers_.size(); ++l) {
      // Levers stand by falling potential: none after this one can do more.
      if (base_score_ + potential + int64_t{left} * levers_[l].potential < needed_) return;
      chosen_.push_back(l);
      Choose(l + 1, left - 1, potential + levers_[l].potential);
      chosen_.pop_back();
    }
  }

  // Settings of the chosen levers from place `place` on, those before being set.
  void Combine(size_t place, int64_t size) {
    if (place == combo_.size()) {
      Try(size);
      return;
    }
    const Lever& lever = levers_[combo_[place]];
    const auto rest = static_cast<int64_t>(combo_.size() - place - 1);  // at least 1 each
    if (lever.is_price() && cheaper_is_never_worse_) {
      CutPrices(place, size);
      return;
    }
    for (const Change& setting : lever.settings) {
      if (trials_ >= kMaxOfferingTrials || size + setting.size + rest > best_size_) return;
      With(setting, [&] { Combine(place + 1, size + setting.size); });
    }
  }

  // Prices from place `place` on, all else being set. A deeper cut does whatever a lesser one does:
  // what all of them at nothing do not reach is not reached, and the least cut is found by halving.
  void CutPrices(size_t place, int64_t size) {
    const Lever& lever = levers_[combo_[place]];
    const auto rest = static_cast<int64_t>(combo_.size() - place - 1);
    if (trials_ >= kMaxOfferingTrials || size + 1 + rest > best_size_ || !ReachAtNothing(place)) {
      return;
    }
    if (rest == 0) {
      CutLeast(lever.settings.front(), size);
      return;
    }
    // From the first of its parts with which the others can do the rest.
    size_t first = lever.settings.size() - 1;
    for (size_t too_early = 0; too_early < first;) {
      const size_t middle = too_early + (first - too_early) / 2;
      bool reached = false;
      With(lever.settings[middle], [&] { reached = ReachAtNothing(place + 1); });
      if (reached) {
        first = middle;
      } else {
        too_early = middle + 1;
      }
    }
    for (size_t i = first; i < lever.settings.size(); ++i) {
      const Change& setting = lever.settings[i];
      if (trials_ >= kMaxOfferingTrials || size + setting.size + rest > best_size_) return;
      With(setting, [&] { CutPrices(place + 1, size + setting.size); });
    }
  }

  // Whether the goal is reached where all prices from place `place` on are nothing.
  bool ReachAtNothing(size_t place) {
    if (place == combo_.size()) {
      const Trial trial = Weigh();
      return trial.ranked && trial.score >= needed_;
    }
    bool reached = false;
    With(levers_[combo_[place]].settings.back(), [&] { reached = ReachAtNothing(place + 1); });
    return reached;
  }

  // Calls `then` with a change made.
  template <typename Then>
  void With(const Change& change, const Then& then) {
    Set(change);
    made_.push_back(change);
    then();
    made_.pop_back();
    Unset(change);
  }

  // The least cut of a price that does, all else being as it is now: exact, because a deeper cut
  // does whatever a lesser one does.
  void CutLeast(const Change& price, int64_t size) {
    if (trials_ >= kMaxOfferingTrials) return;
    const int64_t steps = best_size_ == kNever ? kPriceSteps : best_size_ - size;
    const auto does = [&](int64_t cuts) {
      bool reached = false;
      With(PriceCut(price, cuts), [&] {
        const Trial trial = Weigh();
        reached = trial.ranked && trial.score >= needed_;
      });
      return reached;
    };
    int64_t enough = CutsWithin(price.from, PriceUnit(price.price, price.from), steps);
    if (steps < 1 || enough < 1 || !does(enough)) return;
    int64_t too_few = 0;
    while (enough - too_few > 1) {
      const int64_t middle = too_few + (enough - too_few) / 2;
      (does(middle) ? enough : too_few) = middle;
    }
    const Change least = PriceCut(price, enough);
    With(least, [&] { Try(size + least.size); });
  }

  Trial Weigh() {
    ++trials_;
    uint64_t criteria = 0, constraints = 0;
    for (const size_t l : chosen_) {
      criteria |= levers_[l].criteria;
      constraints |= levers_[l].constraints;
    }
    Trial trial{.score = base_score_};
    trial.ranked =
        (base_failing_ & ~constraints) == 0 && Failing(constraints) == 0 && MinimumFactsHold();
    if (!trial.ranked) return trial;
    for (uint64_t left = criteria; left != 0; left &= left - 1) {
      const auto i = static_cast<size_t>(absl::countr_zero(left));
      const engine::ActiveCriterion& active = ranking_.criteria[i];
      trial.score += int64_t{Value(active.criterion) - base_values_[i]} * active.weight_bp;
    }
    return trial;
  }

  // Smaller first; of equal size the one that asks for no more score than needed; then the first.
  void Try(int64_t size) {
    const Trial trial = Weigh();
    if (!trial.ranked || trial.score < needed_) return;
    if (size == best_size_ && trial.score >= best_score_) return;
    best_ = made_;
    best_levers_ = chosen_;
    best_size_ = size;
    best_score_ = trial.score;
  }

  // Between the candidate value found and the one before it, the value nearest to today's that
  // still does: by halving, each step tried.
  void Shrink(size_t which) {
    Change& change = best_[which];
    const bool price = change.kind == Change::Kind::kPrice;
    const bool number = change.kind == Change::Kind::kOfferingFact && change.from_known &&
                        change.from != change.to &&
                        (shapes_.offering[change.slot].kind == FactShape::Kind::kNumber ||
                         shapes_.offering[change.slot].kind == FactShape::Kind::kLimit) &&
                        change.to != engine::kUnlimited && change.from != engine::kUnlimited;
    if (!number && !price) return;
    const int64_t unit = price ? PriceUnit(change.price, change.from) : 1;
    // A price may be no whole number of units; what is left of it is.
    int64_t does = change.to / unit;
    int64_t does_not = (change.from + unit - 1) / unit;
    for (const Lever& lever : levers_) {
      for (const Change& other : lever.settings) {
        if (other.kind != change.kind || other.slot != change.slot || other.price != change.price) {
          continue;
        }
        const int64_t to = other.to / unit;
        const bool between =
            does > does_not ? to < does && to > does_not : to > does && to < does_not;
        if (between) does_not = to;
      }
    }
    chosen_ = best_levers_;
    const std::vector<Change> others = [&] {
      std::vector<Change> kept = best_;
      kept.erase(kept.begin() + static_cast<ptrdiff_t>(which));
      return kept;
    }();
    for (const Change& other : others) {
      Set(other);
      made_.push_back(other);
    }
    Change trial = change;
    while (true) {
      const int64_t middle = does_not + (does - does_not) / 2;
      if (middle == does || middle == does_not) break;
      trial.to = middle * unit;
      bool reached = false;
      With(trial, [&] {
        const Trial tried = Weigh();
        reached = tried.ranked && tried.score >= needed_;
      });
      (reached ? does : does_not) = middle;
    }
    while (!made_.empty()) {
      const Change other = made_.back();
      made_.pop_back();
      Unset(other);
    }
    change.to = does * unit;
    if (price) {
      best_size_ -= change.size - SizeOfCut(change.from, change.to);
      change.size = SizeOfCut(change.from, change.to);
    }
  }

  // Narrows the answer down and has the engine rank it.
  void Finish(Counterfactual& result) {
    for (size_t i = 0; i < best_.size(); ++i) Shrink(i);
    engine::FactTable table = TableOf(inquiry_, {row_});
    engine::Request request = inquiry_.request;
    for (const Change& change : best_) Make(change, tariff_, 0, 0, table, request);
    const Ranking after = RankWithoutLot({inquiry_.rules, table, request, inquiry_.mode});
    CHECK_EQ(after.ranked.size(), 1u) << "the engine ranks what the search found";
    const engine::RankedOffering& own = after.ranked.front();
    CHECK_GE(own.score, needed_) << "the engine scores what the search found";
    std::set<int64_t> above;
    for (const engine::RankedOffering& other : ranking_.ranked) {
      if (other.row != row_ && other.band > own.band) above.insert(other.band);
    }
    result.rank = static_cast<int32_t>(above.size()) + 1;
    result.score = own.score;
    result.groups = GroupsWith(inquiry_, ranking_, row_);
    result.size = best_size_;
    std::sort(best_.begin(), best_.end(), [](const Change& a, const Change& b) {
      return std::tie(a.kind, a.slot, a.feature, a.price) <
             std::tie(b.kind, b.slot, b.feature, b.price);
    });
    result.changes = best_;
    result.smallest &=
        cheaper_is_never_worse_ ||
        std::none_of(levers_.begin(), levers_.end(), [](const Lever& l) { return l.is_price(); });
  }

  const Inquiry& inquiry_;
  const Ranking& ranking_;
  const FactShapes& shapes_;
  uint32_t row_;
  FactTable table_;
  engine::Request request_;
  engine::Tariff tariff_;
  engine::Cost cost_;
  engine::Cost base_cost_;
  int64_t needed_;
  uint64_t applied_ = 0;
  uint64_t base_failing_ = 0;
  bool base_minimum_ = true;
  bool cheaper_is_never_worse_ = true;
  std::vector<int32_t> base_values_;  // by place in Ranking::criteria
  std::vector<int32_t> ceilings_;
  int64_t base_score_ = 0;
  std::vector<Lever> levers_;
  std::vector<size_t> chosen_;
  std::vector<size_t> combo_;  // the same, prices last
  std::vector<Change> made_;
  std::vector<Change> best_;
  std::vector<size_t> best_levers_;
  int64_t best_size_ = kNever;
  int64_t best_score_ = kNever;
  uint32_t trials_ = 0;
  bool complete_ = true;
};

}  // namespace

Counterfactual FindOfferingChanges(const Inquiry& inquiry, const Ranking& ranking,
                                   const FactShapes& shapes, uint32_t row, Goal goal,
                                   const Terms& terms) {
  if (const auto already = Already(ranking, row, goal, terms)) return *already;
  if (GroupsWith(inquiry, ranking, row) < terms.min_groups) {
    return {.found = Found::kImpossible, .at_least = kMaxChanges + 1};
  }
  return OfferingSearch(inquiry, ranking, shapes, row, goal, terms).Run();
}

Ranking RankAfter(const Inquiry& inquiry, uint32_t row, const std::vector<Change>& changes) {
  FactTable table = inquiry.table;
  engine::Request request = inquiry.request;
  const std::vector<uint32_t>& rows = table.candidates[request.need].rows;
  const auto found = std::find(rows.begin(), rows.end(), row);
  CHECK(found != rows.end()) << "only candidates of the need are changed";
  for (const Change& change : changes) {
    Make(change, inquiry.table.tariffs[row], row, static_cast<size_t>(found - rows.begin()), table,
         request);
  }
  return RankWithoutLot({inquiry.rules, table, request, inquiry.mode});
}

}  // namespace aplomb::explain
