// Counterfactuals of the order of priorities. A request can state any weak order of the six groups,
// of which there are 4,683 (the ordered Bell number): all of them are looked at.
#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <numeric>
#include <vector>

#include "absl/numeric/bits.h"
#include "absl/numeric/int128.h"
#include "base/check.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/settings.h"
#include "engine/weights.h"

namespace aplomb::explain {
namespace {

using absl::int128;
using engine::kGroupCount;
using engine::Ranking;
using engine::WeightMethod;

using Shares = std::array<int64_t, kGroupCount>;
using Tiers = std::array<uint8_t, kGroupCount>;

constexpr size_t kPairs = kGroupCount * (kGroupCount - 1) / 2;

// --- Orders --------------------------------------------------------------------------------------

// How each two groups stand to each other, one bit a pair.
struct Relations {
  uint16_t before = 0;
  uint16_t beside = 0;
};

Relations RelationsOf(const Tiers& tiers) {
  Relations relations;
  uint16_t bit = 1;
  for (size_t a = 0; a < kGroupCount; ++a) {
    for (size_t b = a + 1; b < kGroupCount; ++b, bit = static_cast<uint16_t>(bit << 1)) {
      if (tiers[a] < tiers[b]) relations.before |= bit;
      if (tiers[a] == tiers[b]) relations.beside |= bit;
    }
  }
  return relations;
}

// Pairs of which both groups are in a set.
uint16_t PairsWithin(uint32_t groups) {
  uint16_t pairs = 0;
  uint16_t bit = 1;
  for (size_t a = 0; a < kGroupCount; ++a) {
    for (size_t b = a + 1; b < kGroupCount; ++b, bit = static_cast<uint16_t>(bit << 1)) {
      if (((groups >> a) & 1u) != 0 && ((groups >> b) & 1u) != 0) pairs |= bit;
    }
  }
  return pairs;
}

// By the pairs that stand alike in two orders: the largest set of groups all of which do, which is
// what need not be moved. Of equal sets the one with the later groups.
std::vector<uint8_t> KeptByAlike() {
  std::vector<uint8_t> kept(size_t{1} << kPairs, 0);
  for (uint32_t groups = 0; groups < 1u << kGroupCount; ++groups) {
    const uint16_t within = PairsWithin(groups);
    for (uint32_t alike = 0; alike < kept.size(); ++alike) {
      if ((alike & within) != within) continue;
      if (absl::popcount(groups) >= absl::popcount(uint32_t{kept[alike]})) {
        kept[alike] = static_cast<uint8_t>(groups);
      }
    }
  }
  return kept;
}

uint8_t Kept(const Relations& a, const Relations& b) {
  static const std::vector<uint8_t>* const kKept = new std::vector<uint8_t>(KeptByAlike());
  const uint32_t all = (1u << kPairs) - 1;
  return (*kKept)[~((a.before ^ b.before) | (a.beside ^ b.beside)) & all];
}

uint32_t MovedOf(uint8_t kept) {
  return kGroupCount - static_cast<uint32_t>(absl::popcount(uint32_t{kept}));
}

struct Order {
  Tiers tiers = {};
  Relations relations = {};
  Shares shares = {};  // of one sum for all orders of a method
};

std::vector<Order> AllOrders(WeightMethod method) {
  std::vector<Order> orders;
  Tiers tiers = {};
  while (true) {
    const uint8_t last = *std::max_element(tiers.begin(), tiers.end());
    uint32_t used = 0;
    for (const uint8_t tier : tiers) used |= 1u << tier;
    if (used == (2u << last) - 1) {
      orders.push_back({.tiers = tiers,
                        .relations = RelationsOf(tiers),
                        .shares = engine::GroupShares(method, tiers)});
    }
    size_t g = 0;
    while (g < kGroupCount && tiers[g] == kGroupCount - 1) tiers[g++] = 0;
    if (g == kGroupCount) return orders;
    ++tiers[g];
  }
}

const std::vector<Order>& OrdersOf(WeightMethod method) {
  static const auto* const kCentroid =
      new std::vector<Order>(AllOrders(WeightMethod::kRankOrderCentroid));
  static const auto* const kSum = new std::vector<Order>(AllOrders(WeightMethod::kRankSum));
  return method == WeightMethod::kRankSum ? *kSum : *kCentroid;
}

int64_t SumOf(const Shares& shares) {
  return std::accumulate(shares.begin(), shares.end(), int64_t{0});
}

// Basis points begun.
int64_t InBasisPoints(int64_t part, int64_t whole) {
  return static_cast<int64_t>((int128(part) * engine::kWeightSum + whole - 1) / whole);
}

// --- The search ----------------------------------------------------------------------------------

// Values do not hang on weights, so that other weights need no ranking, only other sums.
class OrderSearch {
 public:
  OrderSearch(const Inquiry& inquiry, const Ranking& ranking, const WeightOrder& stated,
              uint32_t row, Goal goal)
      : inquiry_(inquiry),
        stated_(stated),
        row_(row),
        goal_(goal),
        may_be_above_(goal == Goal::kFirstBand ? 0 : kTopPlaces - 1) {
    if (stated.method == WeightMethod::kEqual) {
      stated_ = {.method = WeightMethod::kRankOrderCentroid, .tier_of_group = {}};
    }
    shares_ = engine::GroupShares(stated_.method, stated_.tier_of_group);
    // As fractions, 10,000 of one are the whole of the other.
    const int64_t sum = SumOf(inquiry.request.group_shares);
    for (size_t g = 0; g < kGroupCount; ++g) {
      CHECK(int128(inquiry.request.group_shares[g]) * SumOf(shares_) == int128(shares_[g]) * sum)
          << "the stated order is that of the request";
    }
    for (const engine::ActiveCriterion& active : ranking.criteria) {
      groups_.push_back(inquiry.rules.criteria[active.criterion].group);
      parts_.push_back(inquiry.rules.criteria[active.criterion].parts_in_group);
      parts_of_group_[groups_.back()] += parts_.back();
    }
    weights_.resize(groups_.size());
    for (const int64_t parts : parts_of_group_) {
      if (parts > 0) scale_ = std::lcm(scale_, parts);
    }
    for (const engine::RankedOffering& offering : ranking.ranked) {
      Scored scored{.offering = &offering};
      for (size_t i = 0; i < groups_.size(); ++i) {
        scored.coefficients[groups_[i]] += offering.contributions[i].value * int64_t{parts_[i]} *
                                           (scale_ / parts_of_group_[groups_[i]]);
      }
      (offering.row == row ? own_ : others_).push_back(scored);
    }
  }

  Counterfactual Run() {
    Counterfactual result{.found = Found::kImpossible, .at_least = kMaxChanges + 1};
    if (own_.empty() || groups_.empty()) return result;
    const Relations now = RelationsOf(stated_.tier_of_group);
    struct Candidate {
      uint32_t moved = 0;
      int64_t size = 0;
      const Order* order = nullptr;
    };
    std::array<std::vector<Candidate>, kMaxChanges + 1> by_moved;
    const int64_t sum = SumOf(shares_);
    for (const Order& order : OrdersOf(stated_.method)) {
      const uint32_t moved = MovedOf(Kept(now, order.relations));
      if (moved == 0 || moved > kMaxChanges || !MayDo(order.shares)) continue;
      int64_t both_ways = 0;
      for (size_t g = 0; g < kGroupCount; ++g) {
        both_ways += std::abs(order.shares[g] - shares_[g]);
      }
      by_moved[moved].push_back({moved, InBasisPoints(both_ways, 2 * sum), &order});
    }
    for (uint32_t count = 1; count <= kMaxChanges; ++count) {
      std::vector<Candidate>& candidates = by_moved[count];
      std::stable_sort(candidates.begin(), candidates.end(),
                       [](const Candidate& a, const Candidate& b) { return a.size < b.size; });
      for (const Candidate& candidate : candidates) {
        ++result.trials;
        if (!Does(candidate.order->shares)) continue;
        result.found = Found::kChanges;
        result.at_least = count;
        result.size = candidate.size;
        result.order = {.method = stated_.method, .tier_of_group = candidate.order->tiers};
        Tell(now, *candidate.order, result);
        return result;
      }
    }
    return result;
  }

 private:
  struct Scored {
    const engine::RankedOffering* offering = nullptr;
    // Score = 10,000 * sum of share * coefficient, over `scale_` * sum of the shares in use, up to
    // the rounding of weights. Six sums of parts that sum to at most 20 * 64 have a least common
    // multiple below 2^47, so that a coefficient stays below 2^61.
    Shares coefficients = {};
  };

  int128 Numerator(const Scored& scored, const Shares& shares) const {
    int128 sum = 0;
    for (size_t g = 0; g < kGroupCount; ++g) sum += int128(shares[g]) * scored.coefficients[g];
    return sum * engine::kWeightSum;
  }

  // False: proven not to do, by bounds on what rounding the weights to basis points can move: less
  // than one basis point a criterion.
  bool MayDo(const Shares& shares) const {
    int64_t in_use = 0;
    for (size_t g = 0; g < kGroupCount; ++g) in_use += parts_of_group_[g] > 0 ? shares[g] : 0;
    const int128 denominator = int128(in_use) * scale_;
    const auto slack = static_cast<int64_t>(groups_.size()) * engine::kValueMax;
    const auto own = static_cast<int64_t>(Numerator(own_.front(), shares) / denominator);
    const int64_t width = inquiry_.rules.band_width;
    // From here on another one stands above, whatever the rounding.
    const int64_t above_from = ((own + 1 + slack) / width + 1) * width + slack;
    const int128 needed = denominator * above_from;
    uint32_t above = 0;
    for (const Scored& other : others_) {
      if (Numerator(other, shares) >= needed && ++above > may_be_above_) return false;
    }
    return true;
  }

  int64_t BandOf(const Scored& scored) const {
    int64_t score = 0;
    for (size_t i = 0; i < weights_.size(); ++i) {
      score += int64_t{scored.offering->contributions[i].value} * weights_[i];
    }
    return score / inquiry_.rules.band_width;
  }

  // As engine::Rank scores: the values of the ranking under the weights of these shares.
  bool Does(const Shares& shares) {
    engine::CriterionWeights(shares, groups_, parts_, absl::MakeSpan(weights_));
    const int64_t own = BandOf(own_.front());
    uint32_t above = 0;
    for (const Scored& other : others_) {
      if (BandOf(other) > own && ++above > may_be_above_) return false;
    }
    return true;
  }

  // The moves, and the proof by the engine.
  void Tell(const Relations& now, const Order& order, Counterfactual& result) const {
    const uint8_t kept = Kept(now, order.relations);
    for (uint8_t g = 0; g < kGroupCount; ++g) {
      if (((kept >> g) & 1u) != 0) continue;
      result.changes.push_back(
          {.kind = Change::Kind::kGroupMove,
           .from_known = true,
           .from = stated_.tier_of_group[g],
           .to = order.tiers[g],
           .group = g,
           .size = std::max<int64_t>(
               1, InBasisPoints(std::abs(order.shares[g] - shares_[g]), SumOf(shares_)))});
    }
    const Ranking after = RankWithOrder(inquiry_, result.order);
    CHECK(Reaches(after, row_, goal_)) << "the engine places what the search found";
    for (const engine::RankedOffering& offering : after.ranked) {
      if (offering.row != row_) continue;
      result.rank = offering.rank;
      result.score = offering.score;
    }
    result.groups = after.ranked_group_count;
  }

  const Inquiry& inquiry_;
  WeightOrder stated_;
  uint32_t row_;
  Goal goal_;
  uint32_t may_be_above_;
  Shares shares_ = {};
  std::vector<uint8_t> groups_;  // by active criterion
  std::vector<uint8_t> parts_;
  Shares parts_of_group_ = {};
  int64_t scale_ = 1;
  std::vector<Scored> own_;  // one, or none where it is not ranked
  std::vector<Scored> others_;
  std::vector<int32_t> weights_;
};

}  // namespace

Counterfactual FindWeightChanges(const Inquiry& inquiry, const Ranking& ranking,
                                 const WeightOrder& stated, uint32_t row, Goal goal,
                                 const Terms& terms) {
  if (const auto already = Already(ranking, row, goal, terms)) return *already;
  // Weights do not say who is ranked. (Who is ranked already has any place.)
  if (ranking.ranked_group_count < terms.min_groups || terms.any_place) {
    return {.found = Found::kImpossible, .at_least = kMaxChanges + 1};
  }
  return OrderSearch(inquiry, ranking, stated, row, goal).Run();
}

uint32_t GroupsMoved(const WeightOrder& from, const WeightOrder& to) {
  return MovedOf(Kept(RelationsOf(from.tier_of_group), RelationsOf(to.tier_of_group)));
}

Ranking RankWithOrder(const Inquiry& inquiry, const WeightOrder& order) {
  engine::Request request = inquiry.request;
  request.group_shares = engine::GroupShares(order.method, order.tier_of_group);
  return RankWithoutLot({inquiry.rules, inquiry.table, request, inquiry.mode});
}

}  // namespace aplomb::explain
