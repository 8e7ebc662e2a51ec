#include "tests/neutrality/biased_chain.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/status.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/render.h"
#include "engine/rank.h"

namespace aplomb::decision {
namespace {

class PlantedTies final : public engine::TieBreaker {
 public:
  PlantedTies(const engine::TieBreaker& drawn, const Scene& scene, const Plant& plant)
      : drawn_(drawn), scene_(scene), plant_(plant) {}
  Key GroupKey(uint32_t group) const override {
    return plant_.group_key(scene_, group, drawn_.GroupKey(group));
  }
  Key OfferKey(uint32_t row) const override { return drawn_.OfferKey(row); }

 private:
  const engine::TieBreaker& drawn_;
  const Scene& scene_;
  const Plant& plant_;
};

// Draws the order inside every band again, by the planted keys.
void Redraw(const Scene& scene, const Plant& plant, const RecordedNeed& need,
            RecordedRanking& ranking) {
  const HmacTieBreaker drawn(TieSeed(scene.input->tie, need.need_id), *scene.blind);
  const PlantedTies ties(drawn, scene, plant);
  const auto& uids = scene.blind->offering_uids;
  for (auto first = ranking.ranked.begin(); first != ranking.ranked.end();) {
    const auto last = std::find_if(first, ranking.ranked.end(),
                                   [&](const auto& one) { return one.rank != first->rank; });
    std::vector<uint32_t> rows;
    for (auto it = first; it != last; ++it) {
      rows.push_back(static_cast<uint32_t>(
          std::lower_bound(uids.begin(), uids.end(), it->offering) - uids.begin()));
    }
    engine::DrawOrder(scene.blind->table.groups, ties, rows);
    std::vector<RecordedRanked> ordered;
    for (const uint32_t row : rows) {
      ordered.push_back(
          *std::find_if(first, last, [&](const auto& one) { return one.offering == uids[row]; }));
    }
    std::move(ordered.begin(), ordered.end(), first);
    first = last;
  }
}

// Bands and dense ranks of changed scores.
void BandAnew(int64_t width, RecordedRanking& ranking) {
  for (auto& one : ranking.ranked) one.band = one.score / width;
  std::stable_sort(ranking.ranked.begin(), ranking.ranked.end(),
                   [](const auto& a, const auto& b) { return a.band > b.band; });
  int32_t rank = 0;
  for (size_t i = 0; i < ranking.ranked.size(); ++i) {
    if (i == 0 || ranking.ranked[i].band != ranking.ranked[i - 1].band) ++rank;
    ranking.ranked[i].rank = rank;
  }
}

}  // namespace

std::string Scene::OwnerOf(const Uid& uid) const {
  CHECK(blind != nullptr) << "UUIDs are known from the blindfold on";
  const auto found = std::find(blind->offering_uids.begin(), blind->offering_uids.end(), uid);
  if (found == blind->offering_uids.end()) return "";
  const std::string& name = blind->names[static_cast<size_t>(found - blind->offering_uids.begin())];
  return name.substr(0, name.find("/offerings/"));
}

Chain BiasedChain(const CompiledRulebook& rulebook, int32_t as_of_day, Plant plant) {
  return [&rulebook, as_of_day, plant = std::move(plant)](
             const StoredCatalog& stored, absl::Span<const ProofInput> inputs, int threads,
             bool answers) -> absl::StatusOr<std::vector<Outcome>> {
    ASSIGN_OR_RETURN(catalog::Snapshot snapshot, ProjectStored(stored));
    Scene scene{.stored = stored, .snapshot = snapshot, .threads = threads};
    if (plant.projection) plant.projection(scene, snapshot);
    CompiledRulebook rules = rulebook;
    if (plant.compiler) plant.compiler(scene, rules);
    BlindCatalog blind = Blindfold(snapshot, rules, as_of_day);
    scene.blind = &blind;
    if (plant.blindfold) plant.blindfold(scene, blind);
    const DecisionContext context{.snapshot = snapshot, .rulebook = rules, .blind = blind};
    std::vector<Outcome> outcomes;
    for (const ProofInput& one : inputs) {
      scene.input = &one;
      const DecisionInput input{.profile = one.profile,
                                .needs = one.needs,
                                .weights = one.weights,
                                .as_of_day = as_of_day};
      DecisionRecord record = Decide(input, context, one.tie);
      for (RecordedNeed& need : record.needs) {
        for (RecordedRanking& ranking : need.rankings) {
          if (plant.scorer) plant.scorer(scene, ranking);
          if (plant.scorer) BandAnew(rules.source.band_width(), ranking);
          if (plant.group_key) Redraw(scene, plant, need, ranking);
          if (plant.record) plant.record(scene, ranking);
        }
      }
      Outcome outcome{.record = EncodeRecord(record)};
      if (answers) {
        RETURN_IF_ERROR(RenderRecord(record, input, snapshot, rules, outcome.answer));
        if (plant.names) plant.names(scene, outcome.answer);
      }
      outcomes.push_back(std::move(outcome));
    }
    return outcomes;
  };
}

}  // namespace aplomb::decision
