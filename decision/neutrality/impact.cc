#include "decision/neutrality/impact.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/record.h"
#include "decision/request.h"

namespace aplomb::decision {
namespace {

using Key = std::pair<std::string, engine::DeliveryMode>;  // need, mode

std::map<Key, const RecordedRanking*> ByKey(const DecisionRecord& record) {
  std::map<Key, const RecordedRanking*> rankings;
  for (const RecordedNeed& need : record.needs) {
    for (const RecordedRanking& ranking : need.rankings) {
      rankings.emplace(Key(need.need_id, ranking.mode), &ranking);
    }
  }
  return rankings;
}

// Place from 1 and score of each ranked offering.
std::map<Uid, std::pair<int32_t, int64_t>> PlacesIn(const RecordedRanking& ranking) {
  std::map<Uid, std::pair<int32_t, int64_t>> places;
  int32_t place = 0;
  for (const RecordedRanked& one : ranking.ranked) places[one.offering] = {++place, one.score};
  return places;
}

std::vector<Uid> Top(const RecordedRanking& ranking) {
  std::vector<Uid> top;
  for (size_t i = 0; i < ranking.ranked.size() && i < kTopPlaces; ++i) {
    top.push_back(ranking.ranked[i].offering);
  }
  return top;
}

DecisionInput InputOf(const ProofInput& input, int32_t day) {
  return {
      .profile = input.profile, .needs = input.needs, .weights = input.weights, .as_of_day = day};
}

class Comparison {
 public:
  explicit Comparison(ImpactReport& report) : report_(report) {}

  // True where the first three of the ranking are not the same.
  bool Compare(const std::string& input_id, const Key& key, const RecordedRanking& before,
               const RecordedRanking& after) {
    ++report_.rankings;
    const auto from = PlacesIn(before);
    const auto to = PlacesIn(after);
    std::set<Uid> all;
    for (const auto& [uid, place] : from) all.insert(uid);
    for (const auto& [uid, place] : to) all.insert(uid);
    const int32_t last = static_cast<int32_t>(std::max(from.size(), to.size())) + 1;
    for (const Uid& uid : all) {
      Move move{.input_id = input_id, .need_id = key.first, .mode = key.second, .offering = uid};
      if (const auto it = from.find(uid); it != from.end()) {
        std::tie(move.from, move.score_from) = it->second;
      }
      if (const auto it = to.find(uid); it != to.end()) {
        std::tie(move.to, move.score_to) = it->second;
      }
      Count(move, last);
    }
    std::vector<Uid> a = Top(before);
    std::vector<Uid> b = Top(after);
    if (a == b) return false;
    ++report_.top_changed;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    report_.top_set_changed += a != b;
    return true;
  }

  // Fills winners and losers.
  void Finish(const std::map<Uid, std::string>& names) {
    for (auto& [uid, impact] : by_offering_) {
      if (const auto name = names.find(uid); name != names.end()) impact.name = name->second;
      if (impact.places > 0) report_.winners.push_back(impact);
      if (impact.places < 0) report_.losers.push_back(impact);
    }
    const auto most = [](const OfferingImpact& a, const OfferingImpact& b) {
      return std::abs(a.places) > std::abs(b.places);
    };
    if (const auto name = names.find(report_.largest.offering); name != names.end()) {
      report_.largest.name = name->second;
    }
    std::stable_sort(report_.winners.begin(), report_.winners.end(), most);
    std::stable_sort(report_.losers.begin(), report_.losers.end(), most);
  }

 private:
  void Count(const Move& move, int32_t last) {
    const bool both = move.from != kNoPlace && move.to != kNoPlace;
    report_.scores_changed += both && move.score_from != move.score_to;
    if (move.from == move.to) return;
    const int32_t from = move.from == kNoPlace ? last : move.from;
    const int32_t to = move.to == kNoPlace ? last : move.to;
    OfferingImpact& impact = by_offering_[move.offering];
    impact.offering = move.offering;
    impact.places += from - to;
    ++(from > to ? impact.better : impact.worse);
    if (std::abs(from - to) > largest_) {
      largest_ = std::abs(from - to);
      report_.largest = move;
    }
  }

  ImpactReport& report_;
  std::map<Uid, OfferingImpact> by_offering_;
  int32_t largest_ = 0;
};

}  // namespace

ImpactReport PreviewImpact(const ImpactSide& before, const ImpactSide& after,
                           absl::Span<const ProofInput> inputs, int32_t as_of_day) {
  ImpactReport report;
  Comparison comparison(report);
  const BlindCatalog blind_before = Blindfold(before.snapshot, before.rulebook, as_of_day);
  const BlindCatalog blind_after = Blindfold(after.snapshot, after.rulebook, as_of_day);
  for (const ProofInput& one : inputs) {
    ++report.inputs;
    const DecisionInput input = InputOf(one, as_of_day);
    if (!ValidateInput(input, after.rulebook).empty()) {
      ++report.inputs_refused;
      continue;
    }
    const DecisionRecord a = Decide(
        input, {.snapshot = before.snapshot, .rulebook = before.rulebook, .blind = blind_before},
        one.tie);
    const DecisionRecord b = Decide(
        input, {.snapshot = after.snapshot, .rulebook = after.rulebook, .blind = blind_after},
        one.tie);
    const auto rankings_a = ByKey(a);
    const auto rankings_b = ByKey(b);
    bool changed = false;
    for (const auto& [key, ranking] : rankings_a) {
      const auto other = rankings_b.find(key);
      if (other == rankings_b.end()) {
        ++report.rankings_gone;
        changed = true;
      } else {
        changed |= comparison.Compare(one.id, key, *ranking, *other->second);
      }
    }
    for (const auto& [key, ranking] : rankings_b) {
      if (rankings_a.contains(key)) continue;
      ++report.rankings_gone;
      changed = true;
    }
    report.inputs_changed += changed;
  }
  std::map<Uid, std::string> names;
  for (const BlindCatalog* blind : {&blind_before, &blind_after}) {
    for (size_t row = 0; row < blind->names.size(); ++row) {
      names[blind->offering_uids[row]] = blind->names[row];
    }
  }
  comparison.Finish(names);
  return report;
}

}  // namespace aplomb::decision
