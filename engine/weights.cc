#include "engine/weights.h"

#include <algorithm>
#include <numeric>

#include "absl/numeric/int128.h"
#include "base/check.h"

namespace aplomb::engine {
namespace {

constexpr uint32_t kMaxPlaces = 20;  // lcm(1..20) = 232,792,560; times 20 fits easily

// Averages over 1 to 6 tied places stay integers when every share is multiplied by this.
constexpr int64_t kTieScale = 60;  // lcm(1..6)
static_assert(kGroupCount <= 6);

int64_t LeastCommonMultipleUpTo(uint32_t n) {
  int64_t result = 1;
  for (uint32_t k = 2; k <= n; ++k) result = std::lcm(result, int64_t{k});
  return result;
}

// sum_{k=i..n} 1/k over the common denominator; the factor 1/n is the same for all places.
std::vector<int64_t> RankOrderCentroid(uint32_t n) {
  const int64_t denominator = LeastCommonMultipleUpTo(n);
  std::vector<int64_t> shares(n);
  int64_t sum = 0;
  for (uint32_t k = n; k >= 1; --k) {
    sum += denominator / k;
    shares[k - 1] = sum;
  }
  return shares;
}

}  // namespace

std::vector<int64_t> PlaceShares(WeightMethod method, uint32_t n) {
  CHECK(n >= 1 && n <= kMaxPlaces) << "the caller has validated the number of places: " << n;
  if (method == WeightMethod::kRankOrderCentroid) return RankOrderCentroid(n);
  std::vector<int64_t> shares(n, 1);
  if (method == WeightMethod::kRankSum) {
    for (uint32_t i = 0; i < n; ++i) shares[i] = n - i;
  }
  return shares;
}

std::array<int64_t, kGroupCount> GroupShares(
    WeightMethod method, const std::array<uint8_t, kGroupCount>& tier_of_group) {
  const std::vector<int64_t> places = PlaceShares(method, kGroupCount);
  std::array<int64_t, kGroupCount> shares = {};
  uint32_t place = 0;
  for (uint8_t tier = 0; place < kGroupCount; ++tier) {
    const auto size =
        static_cast<uint32_t>(std::count(tier_of_group.begin(), tier_of_group.end(), tier));
    CHECK_GT(size, 0u) << "tiers are dense from 0; no group is in tier " << int{tier};
    int64_t sum = 0;
    for (uint32_t i = 0; i < size; ++i) sum += places[place + i];
    for (uint32_t g = 0; g < kGroupCount; ++g) {
      if (tier_of_group[g] == tier) shares[g] = sum * (kTieScale / size);
    }
    place += size;
  }
  return shares;
}

namespace {

// LargestRemainder into `parts`; `remainders` and `order` are room to work in, all of one length.
void ShareOut(absl::Span<const absl::uint128> numerators, int32_t total,
              absl::Span<absl::uint128> remainders, absl::Span<size_t> order,
              absl::Span<int32_t> parts) {
  absl::uint128 sum = 0;
  for (const absl::uint128 numerator : numerators) sum += numerator;
  CHECK_GT(absl::Uint128High64(sum) | absl::Uint128Low64(sum), 0u)
      << "at least one share is above 0";

  // Quotas numerator * total / sum: below 2^96 * 2^31, so exact in 128 bits.
  int32_t left = total;
  for (size_t i = 0; i < numerators.size(); ++i) {
    const absl::uint128 quota = numerators[i] * static_cast<uint32_t>(total);
    parts[i] = static_cast<int32_t>(quota / sum);
    remainders[i] = quota % sum;
    left -= parts[i];
  }

  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return remainders[a] != remainders[b] ? remainders[a] > remainders[b] : a < b;
  });
  for (int32_t i = 0; i < left; ++i) ++parts[order[static_cast<size_t>(i)]];
}

}  // namespace

std::vector<int32_t> LargestRemainder(absl::Span<const int64_t> numerators, int32_t total) {
  std::vector<absl::uint128> wide;
  wide.reserve(numerators.size());
  for (const int64_t numerator : numerators) {
    CHECK_GE(numerator, 0) << "a share is not negative";
    wide.push_back(static_cast<uint64_t>(numerator));
  }
  std::vector<absl::uint128> remainders(numerators.size());
  std::vector<size_t> order(numerators.size());
  std::vector<int32_t> parts(numerators.size());
  ShareOut(wide, total, absl::MakeSpan(remainders), absl::MakeSpan(order), absl::MakeSpan(parts));
  return parts;
}

std::vector<int32_t> CriterionWeights(const std::array<int64_t, kGroupCount>& group_shares,
                                      absl::Span<const uint8_t> groups) {
  return CriterionWeights(group_shares, groups, std::vector<uint8_t>(groups.size(), 1));
}

std::vector<int32_t> CriterionWeights(const std::array<int64_t, kGroupCount>& group_shares,
                                      absl::Span<const uint8_t> groups,
                                      absl::Span<const uint8_t> parts) {
  std::vector<int32_t> weights(groups.size());
  CriterionWeights(group_shares, groups, parts, absl::MakeSpan(weights));
  return weights;
}

void CriterionWeights(const std::array<int64_t, kGroupCount>& group_shares,
                      absl::Span<const uint8_t> groups, absl::Span<const uint8_t> parts,
                      absl::Span<int32_t> weights) {
  CHECK_EQ(groups.size(), weights.size()) << "one weight for each criterion";
  CHECK_EQ(groups.size(), parts.size()) << "parts for each criterion";
  CHECK_LE(groups.size(), size_t{kMaxCriteria}) << "the compiler bounds the criteria";
  if (groups.empty()) return;
  std::array<int64_t, kGroupCount> sums = {};
  for (size_t i = 0; i < groups.size(); ++i) {
    CHECK_LT(groups[i], kGroupCount) << "the compiler has checked the groups";
    CHECK(parts[i] >= 1 && parts[i] <= kMaxPartsInGroup) << "the compiler has checked the parts";
    sums[groups[i]] += parts[i];
  }
  // Splitting a share by the parts of its group stays exact over the lcm of their sums. Six sums of
  // at most 64 * 20 together have a product of at most (1280 / 6)^6 < 2^47.
  int64_t scale = 1;
  for (const int64_t sum : sums) {
    if (sum > 0) scale = std::lcm(scale, sum);
  }
  std::array<absl::uint128, kMaxCriteria> numerators = {};
  std::array<absl::uint128, kMaxCriteria> remainders = {};
  std::array<size_t, kMaxCriteria> order = {};
  for (size_t i = 0; i < groups.size(); ++i) {
    const int64_t share = group_shares[groups[i]];
    CHECK(share >= 0 && share <= kMaxGroupShare) << "the share of a group is bounded";
    // Below 2^40 * 20 * 2^47 < 2^92.
    numerators[i] = absl::uint128(static_cast<uint64_t>(share) * parts[i]) *
                    static_cast<uint64_t>(scale / sums[groups[i]]);
  }
  ShareOut(absl::MakeConstSpan(numerators.data(), groups.size()), kWeightSum,
           absl::MakeSpan(remainders.data(), groups.size()),
           absl::MakeSpan(order.data(), groups.size()), weights);
}

}  // namespace aplomb::engine
