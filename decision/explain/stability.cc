#include "decision/explain/stability.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "absl/numeric/int128.h"
#include "base/check.h"
#include "decision/explain/equal_groups.h"
#include "engine/weights.h"

namespace aplomb::explain {
namespace {

using absl::int128;
using engine::kGroupCount;
using Shares = std::array<int64_t, kGroupCount>;

// Shares of the scan for the smallest shift: one part in a million, a hundred to the basis point.
constexpr int32_t kShiftTotal = 1'000'000;
constexpr int64_t kShiftStep = kShiftTotal / engine::kWeightSum;

// SplitMix64 (Steele, Lea & Flood 2014).
class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}

  // Uniform in [0, end): bits above the largest multiple of `end` are thrown away.
  uint64_t Below(uint64_t end) {
    const uint64_t unfair = (uint64_t{0} - end) % end;  // 2^64 mod end
    uint64_t bits = Next();
    while (bits < unfair) bits = Next();
    return bits % end;
  }

 private:
  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

// Groups by falling share; equal ones by number.
std::array<uint8_t, kGroupCount> OrderOf(const Shares& shares) {
  std::array<uint8_t, kGroupCount> order = {};
  std::iota(order.begin(), order.end(), uint8_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](uint8_t a, uint8_t b) { return shares[a] > shares[b]; });
  return order;
}

// Six parts of kDrawTotal, every composition as likely: stars and bars, five different bars among
// kDrawTotal + 5 places.
std::array<int64_t, kGroupCount> Composition(SplitMix& dice) {
  constexpr size_t kBars = kGroupCount - 1;
  std::array<int64_t, kBars> bars = {};
  do {
    for (int64_t& bar : bars) bar = static_cast<int64_t>(dice.Below(kDrawTotal + kBars));
    std::sort(bars.begin(), bars.end());
  } while (std::adjacent_find(bars.begin(), bars.end()) != bars.end());
  std::array<int64_t, kGroupCount> parts = {};
  int64_t previous = -1;
  for (size_t i = 0; i < kBars; ++i) {
    parts[i] = bars[i] - previous - 1;
    previous = bars[i];
  }
  parts[kBars] = kDrawTotal + int64_t{kBars} - previous - 1;
  return parts;
}

Shares Draw(const Shares& stated, std::array<uint8_t, kGroupCount> order, uint32_t draw) {
  SplitMix dice(kStabilitySeed + (uint64_t{draw} << 32));
  std::array<int64_t, kGroupCount> parts = Composition(dice);
  std::sort(parts.begin(), parts.end(), std::greater<int64_t>());
  for (size_t first = 0; first < kGroupCount;) {
    size_t last = first + 1;
    while (last < kGroupCount && stated[order[last]] == stated[order[first]]) ++last;
    for (size_t i = last - 1; i > first; --i) {
      std::swap(order[i], order[first + dice.Below(i - first + 1)]);
    }
    first = last;
  }
  Shares shares = {};
  for (size_t i = 0; i < kGroupCount; ++i) shares[order[i]] = parts[i];
  return shares;
}

// Parts of its group's weight that each group's criteria have, and the least common multiple of the
// sums of those in use.
struct Parts {
  Shares of_group = {};
  int64_t scale = 1;
};

Parts PartsOf(const engine::Rules& rules, const engine::Ranking& ranking) {
  Parts parts;
  for (const engine::ActiveCriterion& active : ranking.criteria) {
    const engine::Criterion& c = rules.criteria[active.criterion];
    parts.of_group[c.group] += c.parts_in_group;
  }
  for (const int64_t sum : parts.of_group) {
    if (sum > 0) parts.scale = std::lcm(parts.scale, sum);
  }
  return parts;
}

// Scores as exact fractions: 10,000 * sum over groups of share * coefficient, over
// `scale` * (sum of the shares in use).
//
// Bounds: a coefficient is at most 10,000 times the scale; times shares that sum to at most 2^20
// this stays below 2^34 times the scale. Int is int64_t where the scale is at most kMaxNarrowScale,
// which all rulebooks keep but odd ones; else a number of 128 bits (six sums of parts that sum to
// at most 20 * 64 have a least common multiple below 2^47).
constexpr int64_t kMaxNarrowScale = int64_t{1} << 28;

template <typename Int>
class Model {
 public:
  using Coefficients = std::array<Int, kGroupCount>;

  Model(const engine::Rules& rules, const engine::Ranking& ranking, const Parts& parts)
      : band_width_(rules.band_width), parts_(parts) {
    for (const engine::RankedOffering& offering : ranking.ranked) {
      Coefficients coefficients = {};
      for (const engine::Contribution& c : offering.contributions) {
        const engine::Criterion& criterion = rules.criteria[c.criterion];
        coefficients[criterion.group] += Int{int64_t{c.value} * criterion.parts_in_group *
                                             (parts.scale / parts.of_group[criterion.group])};
      }
      coefficients_.push_back(coefficients);
    }
    numerators_.resize(coefficients_.size());
  }

  bool InUse(uint8_t group) const { return parts_.of_group[group] > 0; }

  // Sets the shares; at least one of those in use is above 0.
  void Weigh(const Shares& shares) {
    int64_t sum = 0;
    for (uint8_t g = 0; g < kGroupCount; ++g) sum += InUse(g) ? shares[g] : 0;
    width_ = int128(parts_.scale) * sum * band_width_;
    for (size_t i = 0; i < coefficients_.size(); ++i) {
      Int numerator = 0;
      for (uint8_t g = 0; g < kGroupCount; ++g) numerator += shares[g] * coefficients_[i][g];
      numerators_[i] = numerator;
    }
  }

  // Moves `amount` from one group in use to another.
  void Shift(uint8_t from, uint8_t to, int64_t amount) {
    for (size_t i = 0; i < coefficients_.size(); ++i) {
      numerators_[i] += amount * (coefficients_[i][to] - coefficients_[i][from]);
    }
  }

  // The band of the `place`-th best (from 0; of the last one where there are fewer).
  int128 BandOf(size_t place) const {
    std::array<Int, kTopPlaces> best = {-1, -1, -1};
    for (const Int numerator : numerators_) {
      if (numerator <= best[2]) continue;
      best[2] = numerator;
      if (best[2] > best[1]) std::swap(best[1], best[2]);
      if (best[1] > best[0]) std::swap(best[0], best[1]);
    }
    while (place > 0 && best[place] < 0) --place;
    return int128(best[place]) * engine::kWeightSum / width_;
  }

  // The least numerator that is in a band. An offering is in the first band iff its numerator is at
  // least FloorOf(BandOf(0)), and in the top three iff it is at least FloorOf(BandOf(2)): those
  // strictly above the band of the third best are two at most.
  Int FloorOf(int128 band) const {
    // numerator * 10,000 >= band * width, rounded up.
    return static_cast<Int>((band * width_ + engine::kWeightSum - 1) / engine::kWeightSum);
  }

  const std::vector<Int>& numerators() const { return numerators_; }

  // How many times `amount` can be moved before any offering enters or leaves the bands from `low`
  // or from `high` on: nothing that is asked of those two changes sooner. kNever where none does.
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
  int64_t StepsToNextChange(uint8_t from, uint8_t to, int64_t amount, Int low, Int high) const {
    int64_t steps = kNever;
    for (size_t i = 0; i < coefficients_.size(); ++i) {
      const Int slope = amount * (coefficients_[i][to] - coefficients_[i][from]);
      if (slope == 0) continue;
      const Int numerator = numerators_[i];
      Int needed = kNever;
      if (slope > 0 && numerator < high) {
        const Int goal = numerator < low ? low : high;
        needed = (goal - numerator + slope - 1) / slope;
      } else if (slope < 0 && numerator >= low) {
        needed = (numerator - low) / -slope + 1;
      }
      if (needed < Int{steps}) steps = static_cast<int64_t>(needed);
    }
    return steps;
  }

 private:
  int64_t band_width_;
  Parts parts_;
  int128 width_ = 1;  // of a band, times 10,000
  std::vector<Coefficients> coefficients_;
  std::vector<Int> numerators_;
};

// Shares of the groups in use in millionths; 0 for the others.
template <typename Int>
Shares Normalized(const Model<Int>& model, const Shares& stated) {
  std::vector<int64_t> in_use(kGroupCount, 0);
  for (uint8_t g = 0; g < kGroupCount; ++g) in_use[g] = model.InUse(g) ? stated[g] : 0;
  const std::vector<int32_t> parts = engine::LargestRemainder(in_use, kShiftTotal);
  Shares shares = {};
  std::copy(parts.begin(), parts.end(), shares.begin());
  return shares;
}

template <typename Int>
class ShiftSearch {
 public:
  ShiftSearch(Model<Int>& model, const Shares& stated, const engine::Ranking& ranking)
      : model_(model), ranking_(ranking), shares_(Normalized(model, stated)) {
    model_.Weigh(shares_);
    stated_first_ = FirstBand();
    std::vector<uint8_t> order;
    for (const uint8_t group : OrderOf(stated)) {
      if (model_.InUse(group)) order.push_back(group);
    }
    for (size_t i = 0; i < order.size(); ++i) {
      for (size_t j = i + 1; j < order.size(); ++j) {
        Search(order[i], order[j]);
        Search(order[j], order[i]);
      }
    }
  }

  const std::optional<WeightShift>& found() const { return found_; }

 private:
  std::vector<uint8_t> FirstBand() const {
    const Int floor = model_.FloorOf(model_.BandOf(0));
    std::vector<uint8_t> first;
    for (const Int numerator : model_.numerators()) first.push_back(numerator >= floor);
    return first;
  }

  bool IsStatedFirstBand(Int floor) const {
    for (size_t i = 0; i < stated_first_.size(); ++i) {
      if ((model_.numerators()[i] >= floor) != (stated_first_[i] != 0)) return false;
    }
    return true;
  }

  // Whether a set is in the first band is not monotone in the shift. But it stays what it is until
  // some offering crosses the floor of the first band or of the one above: from one such crossing
  // to the next, whole basis points are leapt over.
  void Search(uint8_t from, uint8_t to) {
    model_.Weigh(shares_);
    int64_t most = shares_[from] / kShiftStep;
    if (found_.has_value()) most = std::min<int64_t>(most, found_->moved_bp - 1);
    for (int64_t bp = 0; bp < most;) {
      const int128 band = model_.BandOf(0);
      const int64_t steps = model_.StepsToNextChange(from, to, kShiftStep, model_.FloorOf(band),
                                                     model_.FloorOf(band + 1));
      if (steps > most - bp) return;
      bp += steps;
      model_.Shift(from, to, steps * kShiftStep);
      if (IsStatedFirstBand(model_.FloorOf(model_.BandOf(0)))) continue;
      const auto moved = static_cast<int32_t>(bp);
      found_ =
          WeightShift{.from_group = from, .to_group = to, .moved_bp = moved, .l1_bp = 2 * moved};
      const std::vector<uint8_t> first = FirstBand();
      for (size_t i = 0; i < first.size(); ++i) {
        if (first[i] != 0) found_->first_rows.push_back(ranking_.ranked[i].row);
      }
      std::sort(found_->first_rows.begin(), found_->first_rows.end());
      return;
    }
  }

  Model<Int>& model_;
  const engine::Ranking& ranking_;
  Shares shares_;
  std::vector<uint8_t> stated_first_;
  std::optional<WeightShift> found_;
};

template <typename Int>
void CountDraws(const Shares& stated, const engine::Ranking& ranking, Model<Int>& model,
                Stability& stability) {
  const std::array<uint8_t, kGroupCount> order = OrderOf(stated);
  for (uint32_t draw = 0; draw < kStabilityDraws; ++draw) {
    Shares shares = Draw(stated, order, draw);
    int64_t sum = 0;
    for (uint8_t g = 0; g < kGroupCount; ++g) sum += model.InUse(g) ? shares[g] : 0;
    // All weight fell on groups without a criterion: those in use are equal then.
    if (sum == 0) shares.fill(1);
    model.Weigh(shares);
    const Int first_floor = model.FloorOf(model.BandOf(0));
    const Int top_floor = model.FloorOf(model.BandOf(kTopPlaces - 1));
    bool first_holds = false;
    for (size_t i = 0; i < stability.offerings.size(); ++i) {
      const Int numerator = model.numerators()[i];
      stability.offerings[i].top_three_draws += numerator >= top_floor;
      if (numerator < first_floor) continue;
      ++stability.offerings[i].first_band_draws;
      first_holds |= ranking.ranked[i].rank == 1;
    }
    stability.first_holds_draws += first_holds;
  }
}

template <typename Int>
void Measure(const engine::Rules& rules, const Shares& stated, const engine::Ranking& ranking,
             const Parts& parts, Stability& stability) {
  Model<Int> model(rules, ranking, parts);
  CountDraws(stated, ranking, model, stability);
  stability.smallest_shift = ShiftSearch<Int>(model, stated, ranking).found();
}

}  // namespace

StabilityLabel LabelOf(uint32_t draws, uint32_t of_draws) {
  CHECK_GT(of_draws, 0u) << "a share of no draws says nothing";
  if (uint64_t{draws} * 100 >= uint64_t{of_draws} * 80) return StabilityLabel::kSolid;
  if (uint64_t{draws} * 100 >= uint64_t{of_draws} * 50) return StabilityLabel::kToDiscuss;
  return StabilityLabel::kVerySensitive;
}

Shares DrawShares(const Shares& group_shares, uint32_t draw) {
  return Draw(group_shares, OrderOf(group_shares), draw);
}

Stability MeasureStability(const engine::Rules& rules, const Shares& group_shares,
                           const engine::Ranking& ranking) {
  Stability stability;
  if (ranking.ranked.empty()) return stability;
  for (const engine::RankedOffering& offering : ranking.ranked) {
    stability.offerings.push_back({.row = offering.row});
  }
  if (ranking.criteria.empty()) {  // nothing is weighed: all are equal under any weights
    for (Acceptability& offering : stability.offerings) {
      offering.first_band_draws = offering.top_three_draws = kStabilityDraws;
    }
    stability.first_holds_draws = kStabilityDraws;
  } else {
    const Parts parts = PartsOf(rules, ranking);
    if (parts.scale <= kMaxNarrowScale) {
      Measure<int64_t>(rules, group_shares, ranking, parts, stability);
    } else {
      Measure<int128>(rules, group_shares, ranking, parts, stability);
    }
  }
  for (Acceptability& offering : stability.offerings) {
    offering.label = LabelOf(offering.first_band_draws, kStabilityDraws);
  }
  stability.hardly_below_first = static_cast<uint32_t>(
      PracticallyEqual(ranking, rules.band_width).front().hardly_lower.size());
  stability.label = LabelOf(stability.first_holds_draws, kStabilityDraws);
  if (stability.hardly_below_first > 0 && stability.label == StabilityLabel::kSolid) {
    stability.label = StabilityLabel::kToDiscuss;
  }
  return stability;
}

}  // namespace aplomb::explain
