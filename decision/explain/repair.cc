#include "decision/explain/repair.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/numeric/bits.h"
#include "base/check.h"
#include "decision/explain/overlay.h"
#include "decision/explain/reading.h"
#include "engine/cost.h"
#include "engine/measure.h"

namespace aplomb::explain {
namespace {

using engine::Finding;
using engine::Ranking;

// Places in the list of wishes, ascending: most important first.
using Set = std::vector<uint32_t>;

// Whether relaxing wishes about features or the bill could change what the constraint says.
bool HangsOnFeatures(const engine::Rules& rules, uint8_t constraint) {
  const Reads reads = ReadsOf(rules, rules.constraints[constraint]);
  return reads.must_features || reads.nice_features || reads.cost;
}

// Whether a rule part hangs on what the firm says.
bool HangsOnFirm(const Reads& reads) {
  return !reads.request.empty() || reads.metrics != 0 || reads.must_features || reads.nice_features;
}

// What a condition can be where every comparison with what the firm says may come out either way.
struct Can {
  bool be_true = false;
  bool be_false = false;
};

Can CanBe(const engine::Subject& subject, engine::ConditionId id) {
  const engine::Condition& c = subject.rules.conditions[id];
  if (c.form == engine::ConditionForm::kComparison) {
    Reads reads;
    ReadCondition(subject.rules, id, engine::Evidence::kDeclared, reads);
    if (HangsOnFirm(reads)) return {.be_true = true, .be_false = true};
    const engine::Truth truth = engine::Holds(subject, id);
    return {.be_true = truth == engine::Truth::kTrue, .be_false = truth == engine::Truth::kFalse};
  }
  if (c.form == engine::ConditionForm::kNot) {
    const Can can = CanBe(subject, c.children[0]);
    return {.be_true = can.be_false, .be_false = can.be_true};
  }
  const bool all = c.form == engine::ConditionForm::kAll;
  Can can{.be_true = all, .be_false = !all};
  for (const engine::ConditionId child : c.children) {
    const Can one = CanBe(subject, child);
    can.be_true = all ? can.be_true && one.be_true : can.be_true || one.be_true;
    can.be_false = all ? can.be_false || one.be_false : can.be_false && one.be_false;
  }
  return can;
}

class RepairSearch {
 public:
  RepairSearch(const Inquiry& inquiry, const Ranking& ranking, const std::vector<Wish>& wishes)
      : inquiry_(inquiry), wishes_(wishes), rules_(inquiry.rules) {
    for (const auto* list : {&ranking.excluded, &ranking.to_confirm}) {
      for (const engine::UnrankedOffering& offering : *list) {
        if (!IsHopeless(offering)) rows_.push_back(offering.row);
      }
    }
    std::sort(rows_.begin(), rows_.end());
    table_ = TableOf(inquiry, rows_);
    for (uint32_t i = 0; i < rows_.size(); ++i) stays_.push_back(Stays(table_, i));
    ChooseWishes(ranking);
  }

  Repairs Run() {
    Repairs result;
    if (!rows_.empty()) {
      for (uint32_t size = 1; size <= kMaxRelaxed; ++size) Extend({}, 0, size);
    }
    result.complete = trials_ < kMaxRepairTrials;
    if (found_.empty() && !rows_.empty()) Narrow();
    std::sort(found_.begin(), found_.end(), Before);
    if (found_.size() > kMaxRepairs) found_.resize(kMaxRepairs);
    for (const auto& [set, regained] : found_) {
      Repair repair{.regained = regained};
      for (const uint32_t place : set) repair.relaxed.push_back(wishes_[place]);
      result.repairs.push_back(std::move(repair));
    }
    result.trials = trials_;
    return result;
  }

 private:
  using Found = std::pair<Set, std::vector<uint32_t>>;

  static bool Before(const Found& a, const Found& b) {
    if (a.first.front() != b.first.front()) return a.first.front() > b.first.front();
    if (a.second.size() != b.second.size()) return a.second.size() > b.second.size();
    if (a.first.size() != b.first.size()) return a.first.size() < b.first.size();
    return a.first > b.first;
  }

  bool IsWish(uint8_t constraint) const {
    return std::any_of(wishes_.begin(), wishes_.end(), [&](const Wish& wish) {
      return wish.kind == Wish::Kind::kConstraint && wish.constraint == constraint;
    });
  }

  // Kept from a rank by something that no wish has a part in.
  bool IsHopeless(const engine::UnrankedOffering& offering) const {
    return std::any_of(offering.findings.begin(), offering.findings.end(),
                       [&](const Finding& finding) {
                         return finding.constraint == Finding::kMinimumFact ||
                                (!IsWish(finding.constraint) &&
                                 !HangsOnFeatures(inquiry_.rules, finding.constraint));
                       });
  }

  // Of the constraints that are wishes, those that the offering does not meet whatever the firm
  // says: relaxing them does not help it.
  uint64_t Stays(const engine::FactTable& table, uint32_t row) const {
    engine::Cost cost;
    engine::ComputeCost(table, row, inquiry_.request, cost);
    const engine::Subject subject{inquiry_.rules,
                                  table,
                                  inquiry_.request,
                                  table.candidates[inquiry_.request.need].features[row],
                                  cost,
                                  row};
    uint64_t stays = 0;
    for (const Wish& wish : wishes_) {
      if (wish.kind != Wish::Kind::kConstraint) continue;
      const engine::Constraint& c = inquiry_.rules.constraints[wish.constraint];
      if (!CanBe(subject, c.satisfied_when).be_true) stays |= uint64_t{1} << wish.constraint;
    }
    return stays;
  }

  // Leaves out the wishes that cannot matter: constraints that no remaining offering fails, and
  // which nothing else can make it fail.
  void ChooseWishes(const Ranking& ranking) {
    std::set<uint8_t> failed;
    for (const auto* list : {&ranking.excluded, &ranking.to_confirm}) {
      for (const engine::UnrankedOffering& offering : *list) {
        if (!std::binary_search(rows_.begin(), rows_.end(), offering.row)) continue;
        for (const Finding& finding : offering.findings) failed.insert(finding.constraint);
      }
    }
    for (uint32_t place = 0; place < wishes_.size(); ++place) {
      const Wish& wish = wishes_[place];
      if (wish.kind == Wish::Kind::kConstraint && failed.count(wish.constraint) == 0 &&
          !HangsOnFeatures(inquiry_.rules, wish.constraint)) {
        continue;
      }
      places_.push_back(place);
    }
  }

  // Sets of `left` more of the places from `from` on, those first that spare the important.
  void Extend(const Set& set, size_t from, uint32_t left) {
    if (trials_ >= kMaxRepairTrials) return;
    if (left == 0) {
      Try(set);
      return;
    }
    for (size_t i = places_.size(); i-- > from;) {
      Set larger = set;
      larger.push_back(places_[i]);
      Extend(larger, i + 1, left - 1);
    }
  }

  // Sets come by rising size, so what has a part that was found is not minimal.
  void Try(const Set& set) {
    for (const auto& [part, regained] : found_) {
      if (std::includes(set.begin(), set.end(), part.begin(), part.end())) return;
    }
    std::vector<uint32_t> regained = RankedWith(set);
    if (!regained.empty()) found_.emplace_back(set, std::move(regained));
  }

  // All wishes relaxed, then each taken back, the most important first, where that leaves
  // something ranked.
  void Narrow() {
    Set set = places_;
    if (set.empty() || RankedWith(set).empty()) return;
    for (const uint32_t place : places_) {
      Set smaller = set;
      smaller.erase(std::find(smaller.begin(), smaller.end(), place));
      if (!smaller.empty() && !RankedWith(smaller).empty()) set = std::move(smaller);
    }
    std::vector<uint32_t> regained = RankedWith(set);
    found_.emplace_back(std::move(set), std::move(regained));
  }

  // Rows that the engine ranks with the wishes of the set relaxed, ascending.
  std::vector<uint32_t> RankedWith(const Set& set) {
    ++trials_;
    engine::Request request = inquiry_.request;
    uint64_t relaxed = 0;
    for (const uint32_t place : set) {
      const Wish& wish = wishes_[place];
      if (wish.kind == Wish::Kind::kConstraint) {
        relaxed |= uint64_t{1} << wish.constraint;
      } else {
        request.must_features &= ~(1u << wish.feature);
        request.nice_features |= 1u << wish.feature;
      }
    }
    engine::NeedRules& need = rules_.needs[request.need][static_cast<size_t>(inquiry_.mode) - 1];
    const uint64_t constraints = need.constraints;
    need.constraints &= ~relaxed;
    const Ranking ranking = RankWithoutLot({rules_, table_, request, inquiry_.mode});
    need.constraints = constraints;
    std::vector<uint32_t> rows;
    for (const engine::RankedOffering& offering : ranking.ranked) {
      if ((stays_[offering.row] & relaxed) == 0) rows.push_back(rows_[offering.row]);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  const Inquiry& inquiry_;
  const std::vector<Wish>& wishes_;
  engine::Rules rules_;
  std::vector<uint32_t> rows_;  // that some wish may regain; of table_
  engine::FactTable table_;
  std::vector<uint64_t> stays_;  // by row of table_
  Set places_;                   // wishes that may matter
  std::vector<Found> found_;
  uint32_t trials_ = 0;
};

}  // namespace

Repairs FindRepairs(const Inquiry& inquiry, const Ranking& ranking,
                    const std::vector<Wish>& wishes) {
  CHECK_LE(wishes.size(), kMaxWishes) << "the caller keeps to the limit of wishes";
  if (!ranking.ranked.empty()) return {.complete = true};
  return RepairSearch(inquiry, ranking, wishes).Run();
}

std::optional<uint8_t> GroupOf(const Inquiry& inquiry, const Wish& wish) {
  Reads wanted;
  if (wish.kind == Wish::Kind::kMustFeature) {
    wanted.must_features = wanted.nice_features = true;
  } else {
    wanted = ReadsOf(inquiry.rules, inquiry.rules.constraints[wish.constraint]);
  }
  const auto shared = [&](const Reads& reads) {
    size_t count = (wanted.cost && reads.cost) +
                   ((wanted.must_features || wanted.nice_features) &&
                    (reads.must_features || reads.nice_features)) +
                   static_cast<size_t>(absl::popcount(wanted.metrics & reads.metrics));
    for (const auto& [slot, evidence] : wanted.offering) count += reads.offering.count(slot);
    for (const uint16_t slot : wanted.request) count += reads.request.count(slot);
    return count;
  };
  std::array<size_t, engine::kGroupCount> counts = {};
  std::optional<uint8_t> group;
  const uint64_t criteria = NeedRulesOf(inquiry).criteria;
  for (uint32_t i = 0; i < inquiry.rules.criteria.size(); ++i) {
    if (((criteria >> i) & 1u) == 0) continue;
    const engine::Criterion& criterion = inquiry.rules.criteria[i];
    const size_t count = shared(ReadsOf(inquiry.rules, criterion));
    counts[criterion.group] += count;
    if (count > 0 && (!group.has_value() || counts[criterion.group] > counts[*group])) {
      group = criterion.group;
    }
  }
  return group;
}

std::vector<Wish> UsualWishes(const Inquiry& inquiry, uint64_t mandatory_constraints,
                              const std::vector<uint8_t>& must_features_order) {
  std::vector<Wish> wishes;
  uint32_t features = inquiry.request.must_features;
  const auto add_feature = [&](uint8_t feature) {
    if (((features >> feature) & 1u) == 0) return;
    features &= ~(1u << feature);
    wishes.push_back({.kind = Wish::Kind::kMustFeature, .feature = feature});
  };
  for (const uint8_t feature : must_features_order) add_feature(feature);
  for (uint8_t feature = 0; feature < engine::kMaxFeaturesPerNeed; ++feature) add_feature(feature);
  for (const uint8_t ordinal : AppliedConstraints(inquiry)) {
    if (((mandatory_constraints >> ordinal) & 1u) != 0) continue;
    const Reads reads = ReadsOf(inquiry.rules, inquiry.rules.constraints[ordinal]);
    if (reads.must_features || !HangsOnFirm(reads)) continue;
    wishes.push_back({.kind = Wish::Kind::kConstraint, .constraint = ordinal});
  }
  const auto share = [&](const Wish& wish) {
    const std::optional<uint8_t> group = GroupOf(inquiry, wish);
    return group.has_value() ? inquiry.request.group_shares[*group] : int64_t{0};
  };
  std::vector<std::pair<int64_t, Wish>> by_share;
  for (const Wish& wish : wishes) by_share.emplace_back(share(wish), wish);
  std::stable_sort(by_share.begin(), by_share.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (size_t i = 0; i < wishes.size(); ++i) wishes[i] = by_share[i].second;
  if (wishes.size() > kMaxWishes) wishes.resize(kMaxWishes);
  return wishes;
}

}  // namespace aplomb::explain
