// The steps of a ranking that Rank and RankTop share. For the engine's own sources only.
#ifndef APLOMB_ENGINE_RANK_PARTS_H_
#define APLOMB_ENGINE_RANK_PARTS_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/rank.h"

namespace aplomb::engine::parts {

const NeedRules& NeedRulesOf(const Rules& rules, const Request& request, DeliveryMode mode);

// Appends the ordinals of the constraints to apply to `active`; those left out because the firm is
// silent go to `unchecked`.
void ChooseConstraints(const Rules& rules, const Request& request, uint64_t mask,
                       std::vector<uint8_t>& active, std::vector<UncheckedConstraint>& unchecked);

// Appends the criteria to weigh, with their weights, and those that are not weighed.
void ChooseCriteria(const Rules& rules, const Request& request, uint64_t mask,
                    std::vector<ActiveCriterion>& criteria, std::vector<DroppedCriterion>& dropped);

// Whether the offering lacks a minimum fact.
bool IsMissing(const Subject& subject, const MinimumFact& fact);

// What is to be told of a constraint that does not hold.
Finding FindingOf(const Subject& subject, uint8_t ordinal, Truth truth);
Finding FindingOfMinimumFact(uint8_t minimum_fact);

// The trace of one criterion from what was measured.
inline Contribution ContributionOf(const ActiveCriterion& active, const Measured& measured,
                                   int32_t value) {
  const bool known = measured.state == MeasureState::kKnown;
  return {.criterion = active.criterion,
          .state = measured.state,
          .evidence = known ? measured.evidence : Evidence::kNone,
          .x = known ? measured.x : 0,
          .value = known ? value : 0,
          .weight_bp = active.weight_bp,
          .contribution = known ? int64_t{value} * active.weight_bp : 0};
}
Contribution Contribute(const Subject& subject, const ActiveCriterion& active);

// Band and edge of a score.
void PlaceInBand(const Rules& rules, RankedOffering& ranked);

// One ticket of the lot.
struct Lot {
  uint32_t round = 0;
  uint32_t group = 0;
  uint32_t row = 0;
  uint32_t tag = 0;  // whatever the caller wants to find again
  TieBreaker::Key group_key = {};
  TieBreaker::Key offer_key = {};
};

// Puts `lots`, with group, row and tag filled in, into the order of equals.
void DrawLots(const TieBreaker& tie_breaker, std::vector<Lot>& lots);

// Puts items[first, last) into the order drawn by lot.
template <typename Item>
void DrawRange(const FactTable& table, const TieBreaker& tie_breaker, size_t first, size_t last,
               std::vector<Item>& items) {
  if (last - first < 2) return;
  std::vector<Lot> lots;
  lots.reserve(last - first);
  for (size_t i = first; i < last; ++i) {
    const uint32_t row = items[i].row;
    lots.push_back({.group = table.groups[row], .row = row, .tag = static_cast<uint32_t>(i)});
  }
  DrawLots(tie_breaker, lots);
  std::vector<Item> drawn;
  drawn.reserve(lots.size());
  for (const Lot& lot : lots) drawn.push_back(std::move(items[lot.tag]));
  std::move(drawn.begin(), drawn.end(), items.begin() + static_cast<ptrdiff_t>(first));
}

// Bands, dense ranks and the order of equals of all three lists; counts the groups. The lists may
// come in any order.
void OrderRanking(const FactTable& table, const TieBreaker& tie_breaker, Ranking& ranking);

}  // namespace aplomb::engine::parts

#endif  // APLOMB_ENGINE_RANK_PARTS_H_
