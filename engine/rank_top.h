// The same ranking as Rank, with an index: rules are evaluated once per class of offerings, scores
// are sums of looked-up numbers over blocks of a few hundred candidates, and only what is returned
// is explained. Results are those of Rank, byte for byte. Thread-safe: a Workspace belongs to one
// call at a time, everything else is read.
#ifndef APLOMB_ENGINE_RANK_TOP_H_
#define APLOMB_ENGINE_RANK_TOP_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/rank.h"
#include "engine/rank_index.h"

namespace aplomb::engine {

// Memory that calls use again, so that a call like an earlier one allocates nothing. Holds nothing
// that a result hangs on.
class Workspace {
 public:
  Workspace();
  ~Workspace();
  Workspace(Workspace&&) noexcept;
  Workspace& operator=(Workspace&&) noexcept;

  struct Memory;  // engine/rank_top.cc
  Memory& memory() { return *memory_; }

 private:
  std::unique_ptr<Memory> memory_;
};

// Figures of cost by candidate of a ModeIndex; meaningless where the tariff is unknown.
struct CostColumns {
  std::array<std::vector<int64_t>, 4> figures = {};  // by CostFigure less one
};

// Computes the figures of all candidates for `request`.
void ComputeCosts(const FactTable& table, const RankIndex& index, const Request& request,
                  DeliveryMode mode, CostColumns& costs);

// The first offerings of a Ranking, and how many there are in all.
struct TopRanking {
  DeliveryMode mode = DeliveryMode::kDoItYourself;
  std::vector<ActiveCriterion> criteria = {};
  std::vector<DroppedCriterion> dropped = {};
  std::vector<UncheckedConstraint> unchecked = {};
  std::vector<RankedOffering> ranked = {};  // at most k
  uint32_t ranked_count = 0;
  uint32_t to_confirm_count = 0;
  uint32_t excluded_count = 0;
  uint32_t ranked_group_count = 0;
};

// Fills `top` with the first `k` of Rank(rules, table, request, mode, tie_breaker).ranked, and all
// else that a Ranking says but the two other lists, of which it gives the sizes. `index` was built
// from `rules` and `table`. `costs`, where given, are those of ComputeCosts for this request; else
// they are computed here, if a rule asks for them. k >= 1.
void RankTop(const Rules& rules, const FactTable& table, const RankIndex& index,
             const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker, uint32_t k,
             const CostColumns* costs, Workspace& workspace, TopRanking& top);

// Rank, with an index.
Ranking Rank(const Rules& rules, const FactTable& table, const RankIndex& index,
             const Request& request, DeliveryMode mode, const TieBreaker& tie_breaker,
             Workspace& workspace);

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_RANK_TOP_H_
