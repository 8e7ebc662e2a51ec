// How sure a result is: what becomes of it under other weights that fit the stated
// order of importance just as well (SMAA-2: Lahdelma & Salminen 2001). Pure and
// deterministic: the draws come from a fixed seed in integers. Thread-safe.
//
// Scores here are exact rationals: group shares times the mean value of the group's
// criteria, by their parts. The engine's own scores round the weights to basis points first, which
// moves a score by less than the sum of the values (one basis point each); so a share
// told here is about the priorities, not about that rounding.
#ifndef APLOMB_DECISION_EXPLAIN_STABILITY_H_
#define APLOMB_DECISION_EXPLAIN_STABILITY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "decision/explain/inquiry.h"
#include "engine/rank.h"

namespace aplomb::explain {

inline constexpr uint32_t kStabilityDraws = 4'096;
inline constexpr uint64_t kStabilitySeed = 0x41706c6f6d623031;  // "Aplomb01"
inline constexpr int64_t kDrawTotal = int64_t{1} << 20;         // the shares of a draw sum to it

// At least 80 % / at least 50 % / less of the draws. Of a result, solid says more: that nobody of
// the next band is hardly apart from the first one either (HardlyApart in equal_groups.h); where
// somebody is, it is to be discussed.
enum class StabilityLabel : uint8_t {
  kSolid = 1,          // solide
  kToDiscuss = 2,      // à discuter
  kVerySensitive = 3,  // très sensible à vos priorités
};
StabilityLabel LabelOf(uint32_t draws, uint32_t of_draws);

struct Acceptability {
  uint32_t row = 0;
  uint32_t first_band_draws = 0;  // of kStabilityDraws
  uint32_t top_three_draws = 0;   // fewer than three offerings in better bands
  StabilityLabel label = StabilityLabel::kVerySensitive;  // of the first band
};

// Weight moved from one group to another.
struct WeightShift {
  uint8_t from_group = 0;
  uint8_t to_group = 0;
  int32_t moved_bp = 0;                   // of the weight of all groups in use
  int32_t l1_bp = 0;                      // sum of absolute changes: twice `moved_bp`
  std::vector<uint32_t> first_rows = {};  // the first band afterwards, ascending
};

struct Stability {
  std::vector<Acceptability> offerings = {};  // in the order of the ranking
  // Draws whose first band holds an offering of the ranking's first band.
  uint32_t first_holds_draws = 0;
  // Offerings of the next band that are hardly apart from the first one.
  uint32_t hardly_below_first = 0;
  // The result's: of `first_holds_draws`, and no better than to discuss where somebody is hardly
  // below.
  StabilityLabel label = StabilityLabel::kVerySensitive;
  // The smallest shift, in whole basis points, from any group in use to any other, after which the
  // first band holds other offerings than with the stated weights; nothing where none does. Equal
  // shifts: the pair of groups that comes first in the stated order, from the more important one
  // first.
  std::optional<WeightShift> smallest_shift = {};
};

// `ranking` is engine::Rank's of a request with these shares. Offerings none: all empty,
// label kVerySensitive. One group in use: every draw gives the same.
Stability MeasureStability(const engine::Rules& rules,
                           const std::array<int64_t, engine::kGroupCount>& group_shares,
                           const engine::Ranking& ranking);

// Draw number `draw` (below kStabilityDraws) for the order told by the shares: uniform
// over all non-negative vectors of sum kDrawTotal that fit it, a larger stated share
// never getting less; among equal stated shares every order is as likely.
std::array<int64_t, engine::kGroupCount> DrawShares(
    const std::array<int64_t, engine::kGroupCount>& group_shares, uint32_t draw);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_STABILITY_H_
