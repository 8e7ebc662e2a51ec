#include "engine/rank.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "engine/rank_parts.h"
#include "engine/weights.h"

namespace aplomb::engine {
namespace parts {
namespace {

bool HasBit(uint64_t mask, uint32_t i) { return ((mask >> i) & 1u) != 0; }

}  // namespace

const NeedRules& NeedRulesOf(const Rules& rules, const Request& request, DeliveryMode mode) {
  return rules.needs[request.need][static_cast<size_t>(mode) - 1];
}

void ChooseConstraints(const Rules& rules, const Request& request, uint64_t mask,
                       std::vector<uint8_t>& active, std::vector<UncheckedConstraint>& unchecked) {
  for (uint32_t i = 0; i < rules.constraints.size(); ++i) {
    if (!HasBit(mask, i)) continue;
    const Constraint& c = rules.constraints[i];
    const auto ordinal = static_cast<uint8_t>(i);
    const Truth applies =
        c.applies_when == kNoId ? Truth::kTrue : HoldsForRequest(rules, request, c.applies_when);
    if (applies == Truth::kFalse) continue;
    const FirmSide side = FirmSideOf(rules, request, kNoId, c.satisfied_when);
    if (applies == Truth::kTrue && side == FirmSide::kSaid) {
      active.push_back(ordinal);
    } else if (applies == Truth::kFirmUnknown || side == FirmSide::kNotSaid) {
      // Both conditions may be silent; the slots of `applies_when` matter only where it is open.
      std::vector<uint16_t> slots = UnknownRequestSlots(rules, request, kNoId, c.satisfied_when);
      if (applies == Truth::kFirmUnknown) {
        const std::vector<uint16_t> more =
            UnknownRequestSlots(rules, request, kNoId, c.applies_when);
        slots.insert(slots.end(), more.begin(), more.end());
        std::sort(slots.begin(), slots.end());
        slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
      }
      unchecked.push_back({.constraint = ordinal, .request_slots = std::move(slots)});
    }
  }
}

namespace {

// Whether a criterion is weighed; if not, why.
struct CriterionUse {
  bool active = false;
  DroppedCriterion dropped;
};

CriterionUse UseOf(const Rules& rules, const Request& request, uint64_t mask, uint8_t ordinal) {
  const Criterion& c = rules.criteria[ordinal];
  const auto drop = [&](DropReason reason, std::vector<uint16_t> slots) {
    return CriterionUse{
        .active = false,
        .dropped = {.criterion = ordinal, .reason = reason, .request_slots = std::move(slots)}};
  };
  if (!HasBit(mask, ordinal)) return drop(DropReason::kInapplicable, {});
  const Truth applies =
      c.applies_when == kNoId ? Truth::kTrue : HoldsForRequest(rules, request, c.applies_when);
  if (applies == Truth::kFalse) return drop(DropReason::kNotAsked, {});
  if (applies == Truth::kFirmUnknown) {
    return drop(DropReason::kFirmUnknown,
                UnknownRequestSlots(rules, request, c.measure, c.applies_when));
  }
  switch (FirmSideOf(rules, request, c.measure, kNoId)) {
    case FirmSide::kNotSaid:
      return drop(DropReason::kFirmUnknown, UnknownRequestSlots(rules, request, c.measure, kNoId));
    case FirmSide::kNotAsked:
      return drop(DropReason::kNotAsked, {});
    case FirmSide::kSaid:
      break;
  }
  return {.active = true, .dropped = {}};
}

bool IsCloseToNextBand(int64_t score, int64_t band_width) {
  const int64_t above_floor = score % band_width;
  const int64_t below_ceiling = band_width - above_floor;
  const int64_t step = EdgeStep(band_width);
  return (above_floor < step && score >= band_width) ||
         (below_ceiling < step && score + below_ceiling <= kScoreMax);
}

}  // namespace

void ChooseCriteria(const Rules& rules, const Request& request, uint64_t mask,
                    std::vector<ActiveCriterion>& criteria,
                    std::vector<DroppedCriterion>& dropped) {
  CHECK_LE(rules.criteria.size(), size_t{kMaxCriteria}) << "the compiler bounds the criteria";
  std::array<uint8_t, kMaxCriteria> groups = {};
  std::array<uint8_t, kMaxCriteria> parts = {};
  std::array<int32_t, kMaxCriteria> weights = {};
  for (uint32_t i = 0; i < rules.criteria.size(); ++i) {
    const auto ordinal = static_cast<uint8_t>(i);
    CriterionUse use = UseOf(rules, request, mask, ordinal);
    if (use.active) {
      groups[criteria.size()] = rules.criteria[i].group;
      parts[criteria.size()] = rules.criteria[i].parts_in_group;
      criteria.push_back({.criterion = ordinal, .weight_bp = 0});
    } else {
      dropped.push_back(std::move(use.dropped));
    }
  }
  const size_t count = criteria.size();
  CriterionWeights(request.group_shares, absl::MakeConstSpan(groups.data(), count),
                   absl::MakeConstSpan(parts.data(), count), absl::MakeSpan(weights.data(), count));
  for (size_t i = 0; i < count; ++i) criteria[i].weight_bp = weights[i];
}

Finding FindingOf(const Subject& subject, uint8_t ordinal, Truth truth) {
  const Constraint& c = subject.rules.constraints[ordinal];
  Finding finding{.constraint = ordinal, .truth = truth};
  finding.comparison = DecidingComparison(subject, c.satisfied_when);
  const auto set = [](const Measured& m, bool& known, int64_t& x) {
    known = m.state == MeasureState::kKnown;
    x = known ? m.x : 0;
  };
  if (finding.comparison != kNoId) {
    const Condition& comparison = subject.rules.conditions[finding.comparison];
    set(Evaluate(subject, comparison.left, comparison.least_evidence), finding.observed_known,
        finding.observed);
    set(Evaluate(subject, comparison.right, Evidence::kDeclared), finding.required_known,
        finding.required);
  }
  if (c.observed != kNoId) {
    set(Evaluate(subject, c.observed, Evidence::kDeclared), finding.observed_known,
        finding.observed);
  }
  return finding;
}

bool IsMissing(const Subject& subject, const MinimumFact& fact) {
  switch (fact.kind) {
    case MinimumFact::Kind::kFact:
      return subject.table.columns[fact.slot].evidence[subject.row] == Evidence::kNone;
    case MinimumFact::Kind::kCost:
      return !subject.cost.known;
    case MinimumFact::Kind::kFeatures: {
      const FeatureMasks& f = subject.features;
      return (f.full | f.partial | f.option_paid | f.none) == 0;
    }
  }
  return true;
}

Finding FindingOfMinimumFact(uint8_t minimum_fact) {
  return {
      .constraint = Finding::kMinimumFact, .truth = Truth::kUnknown, .minimum_fact = minimum_fact};
}

Contribution Contribute(const Subject& subject, const ActiveCriterion& active) {
  const Criterion& criterion = subject.rules.criteria[active.criterion];
  const Measured m = Evaluate(subject, criterion.measure, criterion.least_evidence);
  const bool known = m.state == MeasureState::kKnown;
  return ContributionOf(active, m, known ? ValueOf(criterion, m.x) : 0);
}

void PlaceInBand(const Rules& rules, RankedOffering& ranked) {
  ranked.band = ranked.score / rules.band_width;
  ranked.close_to_next_band = IsCloseToNextBand(ranked.score, rules.band_width);
}

namespace {

void OrderRanked(const FactTable& table, const TieBreaker& tie_breaker,
                 std::vector<RankedOffering>& ranked) {
  std::sort(ranked.begin(), ranked.end(),
            [](const RankedOffering& a, const RankedOffering& b) { return a.band > b.band; });
  int32_t rank = 0;
  for (size_t first = 0; first < ranked.size();) {
    size_t last = first;
    ++rank;
    while (last < ranked.size() && ranked[last].band == ranked[first].band) {
      ranked[last++].rank = rank;
    }
    DrawRange(table, tie_breaker, first, last, ranked);
    first = last;
  }
}

uint32_t CountGroups(const FactTable& table, const std::vector<RankedOffering>& ranked) {
  std::vector<uint32_t> groups;
  groups.reserve(ranked.size());
  for (const RankedOffering& offering : ranked) groups.push_back(table.groups[offering.row]);
  std::sort(groups.begin(), groups.end());
  return static_cast<uint32_t>(std::unique(groups.begin(), groups.end()) - groups.begin());
}

}  // namespace

void DrawLots(const TieBreaker& tie_breaker, std::vector<Lot>& lots) {
  for (Lot& lot : lots) lot.offer_key = tie_breaker.OfferKey(lot.row);
  // By group, then offer: the place inside the group is the round.
  std::sort(lots.begin(), lots.end(), [](const Lot& a, const Lot& b) {
    return a.group != b.group ? a.group < b.group : a.offer_key < b.offer_key;
  });
  for (size_t i = 0; i < lots.size(); ++i) {
    const bool same = i > 0 && lots[i].group == lots[i - 1].group;
    lots[i].round = same ? lots[i - 1].round + 1 : 0;
    lots[i].group_key = same ? lots[i - 1].group_key : tie_breaker.GroupKey(lots[i].group);
  }
  std::sort(lots.begin(), lots.end(), [](const Lot& a, const Lot& b) {
    return a.round != b.round ? a.round < b.round : a.group_key < b.group_key;
  });
}

void OrderRanking(const FactTable& table, const TieBreaker& tie_breaker, Ranking& ranking) {
  OrderRanked(table, tie_breaker, ranking.ranked);
  DrawRange(table, tie_breaker, 0, ranking.to_confirm.size(), ranking.to_confirm);
  DrawRange(table, tie_breaker, 0, ranking.excluded.size(), ranking.excluded);
  ranking.ranked_group_count = CountGroups(table, ranking.ranked);
}

}  // namespace parts

namespace {

enum class Place : uint8_t { kRanked, kToConfirm, kExcluded };

// Fills `findings` with everything that keeps the offering from a rank.
Place PlaceOf(const Subject& subject, const std::vector<uint8_t>& constraints,
              const NeedRules& need_rules, std::vector<Finding>& findings) {
  bool excluded = false;
  for (const uint8_t ordinal : constraints) {
    const Constraint& c = subject.rules.constraints[ordinal];
    const Truth truth = Holds(subject, c.satisfied_when);
    if (truth == Truth::kTrue) continue;
    findings.push_back(parts::FindingOf(subject, ordinal, truth));
    excluded |= truth == Truth::kFalse || c.exclude_when_unknown;
  }
  for (size_t i = 0; i < need_rules.minimum_facts.size(); ++i) {
    if (!parts::IsMissing(subject, need_rules.minimum_facts[i])) continue;
    findings.push_back(parts::FindingOfMinimumFact(static_cast<uint8_t>(i)));
  }
  if (excluded) return Place::kExcluded;
  return findings.empty() ? Place::kRanked : Place::kToConfirm;
}

RankedOffering Score(const Subject& subject, const std::vector<ActiveCriterion>& criteria) {
  RankedOffering ranked{.row = subject.row};
  ranked.contributions.reserve(criteria.size());
  for (const ActiveCriterion& active : criteria) {
    ranked.contributions.push_back(parts::Contribute(subject, active));
    ranked.score += ranked.contributions.back().contribution;
  }
  parts::PlaceInBand(subject.rules, ranked);
  ranked.cost = subject.cost;
  return ranked;
}

void PlaceCandidates(const Rules& rules, const FactTable& table, const Request& request,
                     const std::vector<uint8_t>& constraints, Ranking& ranking) {
  const NeedCandidates& candidates = table.candidates[request.need];
  const NeedRules& need_rules = parts::NeedRulesOf(rules, request, ranking.mode);
  Cost cost;  // one for all, so that its memory is used again
  for (size_t i = 0; i < candidates.rows.size(); ++i) {
    const uint32_t row = candidates.rows[i];
    if (table.modes[row] != ranking.mode) continue;
    ComputeCost(table, row, request, cost);
    const Subject subject{rules, table, request, candidates.features[i], cost, row};
    std::vector<Finding> findings;
    switch (PlaceOf(subject, constraints, need_rules, findings)) {
      case Place::kRanked:
        ranking.ranked.push_back(Score(subject, ranking.criteria));
        break;
      case Place::kToConfirm:
        ranking.to_confirm.push_back({.row = row, .findings = std::move(findings)});
        break;
      case Place::kExcluded:
        ranking.excluded.push_back({.row = row, .findings = std::move(findings)});
        break;
    }
  }
}

}  // namespace

Ranking Rank(const Rules& rules, const FactTable& table, const Request& request, DeliveryMode mode,
             const TieBreaker& tie_breaker) {
  CHECK_GT(rules.band_width, 0) << "the compiler has checked the band width";
  Ranking ranking{.mode = mode};
  const NeedRules& need_rules = parts::NeedRulesOf(rules, request, mode);
  std::vector<uint8_t> constraints;
  parts::ChooseConstraints(rules, request, need_rules.constraints, constraints, ranking.unchecked);
  parts::ChooseCriteria(rules, request, need_rules.criteria, ranking.criteria, ranking.dropped);
  PlaceCandidates(rules, table, request, constraints, ranking);
  parts::OrderRanking(table, tie_breaker, ranking);
  return ranking;
}

void DrawOrder(const std::vector<uint32_t>& groups, const TieBreaker& tie_breaker,
               std::vector<uint32_t>& rows) {
  std::vector<parts::Lot> lots;
  lots.reserve(rows.size());
  for (const uint32_t row : rows) lots.push_back({.group = groups[row], .row = row});
  parts::DrawLots(tie_breaker, lots);
  for (size_t i = 0; i < lots.size(); ++i) rows[i] = lots[i].row;
}

}  // namespace aplomb::engine
