#include "decision/explain/settings.h"

#include <algorithm>

#include "absl/numeric/bits.h"

namespace aplomb::explain {
namespace {

using Kind = FactShape::Kind;

bool IsNumber(const FactShape& shape) {
  return shape.kind == Kind::kNumber || shape.kind == Kind::kLimit;
}

int64_t Distance(const FactShape& shape, const std::vector<int64_t>& values, int64_t from,
                 int64_t to) {
  if (shape.kind == Kind::kSet) return absl::popcount(static_cast<uint64_t>(from ^ to));
  if (!IsNumber(shape)) return from == to ? 0 : 1;
  // Candidate values beyond the smaller and up to the larger; `from` need not be one of them.
  const auto count_to = [&](int64_t x) {
    return std::upper_bound(values.begin(), values.end(), x) - values.begin();
  };
  if (from < to) return count_to(to) - count_to(from);
  const auto count_below = [&](int64_t x) {
    return std::lower_bound(values.begin(), values.end(), x) - values.begin();
  };
  return count_below(from) - count_below(to);
}

}  // namespace

std::vector<int64_t> CandidateValues(const FactShape& shape, const std::set<int64_t>& points) {
  std::set<int64_t> values;
  switch (shape.kind) {
    case Kind::kFixed:
      break;
    case Kind::kBoolean:
      values = {0, 1};
      break;
    case Kind::kCode:
      values.insert(shape.codes.begin(), shape.codes.end());
      break;
    case Kind::kNumber:
    case Kind::kLimit:
      if (shape.high - shape.low < kFewNumbers) {
        for (int64_t x = shape.low; x <= shape.high; ++x) values.insert(x);
      }
      for (const int64_t x : points) {
        if (shape.kind == Kind::kLimit && x == engine::kUnlimited) {
          values.insert(x);
        } else {
          values.insert(std::clamp(x, shape.low, shape.high));
        }
      }
      break;
    case Kind::kSet:
      if (absl::popcount(static_cast<uint64_t>(shape.mask)) <= kFewMembers) {
        for (int64_t x = shape.mask;; x = (x - 1) & shape.mask) {  // every subset
          values.insert(x);
          if (x == 0) break;
        }
      }
      for (const int64_t x : points) values.insert(x & shape.mask);
      break;
    case Kind::kTrades:
      values = points;
      break;
  }
  return {values.begin(), values.end()};
}

std::vector<Change> FactSettings(const FactShape& shape, bool known, int64_t value,
                                 const std::set<int64_t>& points, engine::Evidence has,
                                 engine::Evidence asked, const Change& prototype) {
  const std::vector<int64_t> values = CandidateValues(shape, points);
  const bool weak = known && has < asked;
  std::vector<Change> settings;
  const auto add = [&](int64_t to, int64_t size) {
    Change change = prototype;
    change.from_known = known;
    change.from = known ? value : 0;
    change.to = to;
    change.evidence = std::max(has, asked);
    change.size = size;
    settings.push_back(change);
  };
  if (weak && shape.kind != Kind::kFixed) add(value, 1);
  for (const int64_t to : values) {
    if (!known) {
      add(to, 1);
    } else if (to != value) {
      add(to, Distance(shape, values, value, to) + (weak ? 1 : 0));
    }
  }
  std::stable_sort(settings.begin(), settings.end(),
                   [](const Change& a, const Change& b) { return a.size < b.size; });
  return settings;
}

bool ReachesOn(const Terms& terms, const engine::Ranking& ranking, uint32_t row, Goal goal) {
  if (ranking.ranked_group_count < terms.min_groups) return false;
  if (!terms.any_place) return Reaches(ranking, row, goal);
  return std::any_of(ranking.ranked.begin(), ranking.ranked.end(),
                     [&](const engine::RankedOffering& offering) { return offering.row == row; });
}

std::optional<Counterfactual> Already(const engine::Ranking& ranking, uint32_t row, Goal goal,
                                      const Terms& terms) {
  if (!ReachesOn(terms, ranking, row, goal)) return std::nullopt;
  Counterfactual already{.found = Found::kAlready, .groups = ranking.ranked_group_count};
  for (const engine::RankedOffering& offering : ranking.ranked) {
    if (offering.row != row) continue;
    already.rank = offering.rank;
    already.score = offering.score;
  }
  return already;
}

}  // namespace aplomb::explain
