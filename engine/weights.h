// From an order of importance to integer weights, exactly. No floating point:
// fractions keep a common denominator, and remainders are settled by the largest
// remainder, ties to the lower index.
//
// Rank-order centroid: w_i = (1/n) * sum_{k=i..n} 1/k (Barron & Barrett 1996).
// Rank sum: w_i = 2 (n + 1 - i) / (n (n + 1)) (Stillwell, Seaver & Edwards 1981).
#ifndef APLOMB_ENGINE_WEIGHTS_H_
#define APLOMB_ENGINE_WEIGHTS_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "engine/rules.h"

namespace aplomb::engine {

// Bound on the numerator of a group's share, so that splitting it over criteria fits 63 bits.
inline constexpr int64_t kMaxGroupShare = int64_t{1} << 40;

enum class WeightMethod : uint8_t { kRankOrderCentroid = 1, kRankSum = 2, kEqual = 3 };

// Exact shares of n places, best first: numerators over their own sum, for n of
// 1 to 20. kEqual gives n ones.
std::vector<int64_t> PlaceShares(WeightMethod method, uint32_t n);

// Shares of the six groups. `tier_of_group[g]` is the tier (0 best) of group g;
// groups of one tier share the average of the places they fill. Numerators over
// their own sum. Tiers must be dense from 0 (CHECK: the caller has validated).
std::array<int64_t, kGroupCount> GroupShares(WeightMethod method,
                                             const std::array<uint8_t, kGroupCount>& tier_of_group);

// Splits `total` in proportion to the exact fractions numerators[i] over their
// sum by largest remainder, ties to the lower index. Sum of the result is `total`
// exactly. All numerators >= 0, at least one > 0.
std::vector<int32_t> LargestRemainder(absl::Span<const int64_t> numerators, int32_t total);

// Weights of the active criteria (ascending ordinals): group share over the
// groups that still have a criterion, split equally inside the group, rounded
// once by LargestRemainder to kWeightSum. `groups[i]` is the group of the i-th
// active criterion. Empty in, empty out. The shares of groups with a criterion are
// 1 to kMaxGroupShare.
std::vector<int32_t> CriterionWeights(const std::array<int64_t, kGroupCount>& group_shares,
                                      absl::Span<const uint8_t> groups);

// The same where a group's share is not split equally: `parts[i]`, 1 to kMaxPartsInGroup, of the
// parts of all active criteria of its group.
std::vector<int32_t> CriterionWeights(const std::array<int64_t, kGroupCount>& group_shares,
                                      absl::Span<const uint8_t> groups,
                                      absl::Span<const uint8_t> parts);

// The same into memory of the caller's: no allocation. All of one length, at most kMaxCriteria.
void CriterionWeights(const std::array<int64_t, kGroupCount>& group_shares,
                      absl::Span<const uint8_t> groups, absl::Span<const uint8_t> parts,
                      absl::Span<int32_t> weights);

}  // namespace aplomb::engine

#endif  // APLOMB_ENGINE_WEIGHTS_H_
