// Counterfactuals of the firm: its facts, its must-haves, the order of its groups.
#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "absl/numeric/int128.h"
#include "base/check.h"
#include "decision/explain/counterfactual.h"
#include "decision/explain/overlay.h"
#include "decision/explain/reading.h"
#include "decision/explain/settings.h"
#include "engine/cost.h"
#include "engine/weights.h"

namespace aplomb::explain {
namespace {

using engine::kGroupCount;
using engine::Ranking;

using Shares = std::array<int64_t, kGroupCount>;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

void Prove(const Ranking& after, uint32_t row, Goal goal, Counterfactual& result) {
  CHECK(Reaches(after, row, goal)) << "the engine places what the search found";
  for (const engine::RankedOffering& offering : after.ranked) {
    if (offering.row != row) continue;
    result.rank = offering.rank;
    result.score = offering.score;
  }
}

// ---------------------------------------------------------------- facts and must-haves

class FirmSearch {
 public:
  FirmSearch(const Inquiry& inquiry, const Ranking& ranking, const FactShapes& shapes, uint32_t row,
             Goal goal)
      : inquiry_(inquiry),
        shapes_(shapes),
        row_(row),
        goal_(goal),
        rivals_(Rivals(ranking, row)),
        rival_table_(TableOf(inquiry, rivals_)),
        request_(inquiry.request) {}

  Counterfactual Run() {
    MakeLevers();
    Counterfactual result{.found = Found::kImpossible, .at_least = kMaxChanges + 1};
    for (uint32_t count = 1; count <= kMaxChanges; ++count) {
      Choose(0, count, 0);
      const bool ended = trials_ < kMaxFirmTrials;
      if (ended && best_.empty()) continue;
      result.found = best_.empty() ? Found::kUndecided : Found::kChanges;
      result.at_least = count;
      result.smallest = ended;
      break;
    }
    if (!best_.empty()) {
      engine::Request request = inquiry_.request;
      engine::FactTable none;  // no change is made to an offering
      for (const Change& change : best_) Make(change, {}, 0, 0, none, request);
      Prove(RankWithoutLot({inquiry_.rules, inquiry_.table, request, inquiry_.mode}), row_, goal_,
            result);
      result.changes = best_;
      result.size = best_size_;
    }
    result.trials = trials_;
    return result;
  }

 private:
  // The offering and those that lead now. Where they keep it from its goal, the whole field does:
  // a trial is ranked in full only where these few let it pass.
  static std::vector<uint32_t> Rivals(const Ranking& ranking, uint32_t row) {
    std::vector<uint32_t> rivals = {row};
    for (const engine::RankedOffering& offering : ranking.ranked) {
      if (rivals.size() > kTopPlaces) break;
      if (offering.row != row) rivals.push_back(offering.row);
    }
    return rivals;
  }

  void MakeLevers() {
    const engine::NeedRules& need = NeedRulesOf(inquiry_);
    Thresholds thresholds;
    std::set<uint16_t> slots;
    for (uint32_t i = 0; i < rivals_.size(); ++i) {
      engine::Cost cost;
      engine::ComputeCost(rival_table_, i, request_, cost);
      const engine::Subject subject{
          inquiry_.rules, rival_table_,
          request_,       rival_table_.candidates[request_.need].features[i],
          cost,           i};
      for (size_t c = 0; c < inquiry_.rules.criteria.size(); ++c) {
        if (((need.criteria >> c) & 1u) == 0) continue;
        const engine::Criterion& criterion = inquiry_.rules.criteria[c];
        const Reads reads = ReadsOf(inquiry_.rules, criterion);
        if (reads.request.empty()) continue;
        slots.insert(reads.request.begin(), reads.request.end());
        AddThresholds(subject, criterion, thresholds);
        AddCondition(subject, criterion.applies_when, thresholds);
      }
      for (size_t c = 0; c < inquiry_.rules.constraints.size(); ++c) {
        if (((need.constraints >> c) & 1u) == 0) continue;
        const engine::Constraint& constraint = inquiry_.rules.constraints[c];
        const Reads reads = ReadsOf(inquiry_.rules, constraint);
        if (reads.request.empty()) continue;
        slots.insert(reads.request.begin(), reads.request.end());
        AddCondition(subject, constraint.satisfied_when, thresholds);
        AddCondition(subject, constraint.applies_when, thresholds);
      }
    }
    for (const uint16_t slot : slots) {
      const engine::RequestFact& fact = request_.facts[slot];
      if (!fact.known || !shapes_.request[slot].chosen) continue;
      std::vector<Change> settings =
          FactSettings(shapes_.request[slot], true, fact.value, thresholds.request[slot],
                       engine::Evidence::kNone, engine::Evidence::kNone,
                       {.kind = Change::Kind::kFirmFact, .slot = slot});
      if (!settings.empty()) levers_.push_back(std::move(settings));
    }
    for (uint8_t f = 0; f < engine::kMaxFeaturesPerNeed; ++f) {
      if (((request_.must_features >> f) & 1u) == 0) continue;
      levers_.push_back({{.kind = Change::Kind::kMustFeature, .feature = f, .size = 1}});
    }
  }

  static void AddCondition(const engine::Subject& subject, engine::ConditionId id,
                           Thresholds& thresholds) {
    if (id != engine::kNoId) {
      AddThresholds(subject, id, engine::Evidence::kDeclared, thresholds);
    }
  }

  void Choose(size_t from, uint32_t left, int64_t size) {
    if (left == 0) return Try(size);
    for (size_t l = from; l + left <= levers_.size(); ++l) {
      for (const Change& setting : levers_[l]) {
        if (trials_ >= kMaxFirmTrials || size + setting.size + left - 1 >= best_size_) break;
        const engine::Request before = request_;
        engine::FactTable none;
        Make(setting, {}, 0, 0, none, request_);
        made_.push_back(setting);
        Choose(l + 1, left - 1, size + setting.size);
        made_.pop_back();
        request_ = before;
      }
    }
  }

  void Try(int64_t size) {
    ++trials_;
    const Ranking few = RankWithoutLot({inquiry_.rules, rival_table_, request_, inquiry_.mode});
    if (!Reaches(few, 0, goal_)) return;
    const Ranking all = RankWithoutLot({inquiry_.rules, inquiry_.table, request_, inquiry_.mode});
    if (!Reaches(all, row_, goal_)) return;
    best_ = made_;
    best_size_ = size;
  }

  const Inquiry& inquiry_;
  const FactShapes& shapes_;
  uint32_t row_;
  Goal goal_;
  std::vector<uint32_t> rivals_;  // row 0 of the table below is `row_`
  engine::FactTable rival_table_;
  engine::Request request_;
  std::vector<std::vector<Change>> levers_;
  std::vector<Change> made_;
  std::vector<Change> best_;
  int64_t best_size_ = kNever;
  uint32_t trials_ = 0;
};

// ---------------------------------------------------------------- weights

// Values do not hang on weights, so that other weights need no ranking, only other sums.
class SwapSearch {
 public:
  SwapSearch(const Inquiry& inquiry, const Ranking& ranking, uint32_t row, Goal goal)
      : inquiry_(inquiry), ranking_(ranking), row_(row), goal_(goal) {
    for (const engine::ActiveCriterion& active : ranking.criteria) {
      groups_.push_back(inquiry.rules.criteria[active.criterion].group);
      parts_.push_back(inquiry.rules.criteria[active.criterion].parts_in_group);
    }
    total_ = std::accumulate(inquiry.request.group_shares.begin(),
                             inquiry.request.group_shares.end(), int64_t{0});
  }

  Counterfactual Run() {
    Counterfactual result{.found = Found::kImpossible, .at_least = kMaxChanges + 1};
    const bool is_ranked =
        std::any_of(ranking_.ranked.begin(), ranking_.ranked.end(),
                    [&](const engine::RankedOffering& o) { return o.row == row_; });
    if (!is_ranked) return result;
    // Orders reached by so many swaps and no fewer, each by its cheapest way.
    std::map<Shares, Way> level = {{inquiry_.request.group_shares, Way{}}};
    std::set<Shares> seen = {inquiry_.request.group_shares};
    for (uint32_t count = 1; count <= kMaxChanges && result.changes.empty(); ++count) {
      std::map<Shares, Way> next;
      for (const auto& [shares, way] : level) Extend(shares, way, seen, next);
      int64_t best = kNever;
      for (const auto& [shares, way] : next) {
        seen.insert(shares);
        if (way.size >= best) continue;
        ++result.trials;
        if (!Does(shares)) continue;
        best = way.size;
        result.found = Found::kChanges;
        result.at_least = count;
        result.changes = way.swaps;
        result.size = way.size;
      }
      level = std::move(next);
    }
    if (result.found == Found::kChanges) {
      Prove(RankAfter(inquiry_, row_, result.changes), row_, goal_, result);
    }
    return result;
  }

 private:
  struct Way {
    std::vector<Change> swaps = {};
    int64_t size = 0;
  };

  void Extend(const Shares& shares, const Way& way, const std::set<Shares>& seen,
              std::map<Shares, Way>& next) const {
    for (uint8_t a = 0; a < kGroupCount; ++a) {
      for (uint8_t b = a + 1; b < kGroupCount; ++b) {
        Shares swapped = shares;
        std::swap(swapped[a], swapped[b]);
        if (seen.count(swapped) != 0) continue;
        const int64_t moved = 2 * std::max(shares[a] - shares[b], shares[b] - shares[a]);
        // Rounded up: no swap moves nothing.
        const auto size =
            static_cast<int64_t>((absl::int128(moved) * engine::kWeightSum + total_ - 1) / total_);
        const auto found = next.find(swapped);
        if (found != next.end() && found->second.size <= way.size + size) continue;
        Way longer = way;
        longer.swaps.push_back(
            {.kind = Change::Kind::kGroupSwap, .group_a = a, .group_b = b, .size = size});
        longer.size += size;
        next[swapped] = std::move(longer);
      }
    }
  }

  // As engine::Rank scores: the values of the ranking under the weights of these shares.
  bool Does(const Shares& shares) const {
    const std::vector<int32_t> weights = engine::CriterionWeights(shares, groups_, parts_);
    int64_t own = 0;
    std::vector<int64_t> bands;
    for (const engine::RankedOffering& offering : ranking_.ranked) {
      int64_t score = 0;
      for (size_t i = 0; i < weights.size(); ++i) {
        score += int64_t{offering.contributions[i].value} * weights[i];
      }
      bands.push_back(score / inquiry_.rules.band_width);
      if (offering.row == row_) own = bands.back();
    }
    const auto above =
        std::count_if(bands.begin(), bands.end(), [&](int64_t band) { return band > own; });
    return above < (goal_ == Goal::kFirstBand ? 1 : int64_t{kTopPlaces});
  }

  const Inquiry& inquiry_;
  const Ranking& ranking_;
  uint32_t row_;
  Goal goal_;
  std::vector<uint8_t> groups_;
  std::vector<uint8_t> parts_;
  int64_t total_ = 1;
};

}  // namespace

Counterfactual FindFirmChanges(const Inquiry& inquiry, const Ranking& ranking,
                               const FactShapes& shapes, uint32_t row, Goal goal) {
  if (const auto already = Already(ranking, row, goal)) return *already;
  return FirmSearch(inquiry, ranking, shapes, row, goal).Run();
}

Counterfactual FindWeightChanges(const Inquiry& inquiry, const Ranking& ranking, uint32_t row,
                                 Goal goal) {
  if (const auto already = Already(ranking, row, goal)) return *already;
  return SwapSearch(inquiry, ranking, row, goal).Run();
}

}  // namespace aplomb::explain
