#include "decision/explain/equal_groups.h"

#include "base/check.h"

namespace aplomb::explain {

std::vector<EqualGroup> PracticallyEqual(const engine::Ranking& ranking, int64_t band_width) {
  CHECK_GT(band_width, 0) << "the compiler has checked the band width";
  const int64_t step = engine::EdgeStep(band_width);
  struct Edges {
    std::vector<uint32_t> near_floor, near_ceiling;
  };
  std::vector<EqualGroup> groups;
  std::vector<Edges> edges;
  for (const engine::RankedOffering& offering : ranking.ranked) {
    if (groups.empty() || groups.back().band != offering.band) {
      groups.push_back({.rank = offering.rank, .band = offering.band});
      edges.emplace_back();
    }
    groups.back().rows.push_back(offering.row);
    const int64_t above_floor = offering.score - offering.band * band_width;
    if (above_floor < step) edges.back().near_floor.push_back(offering.row);
    if (band_width - above_floor <= step) edges.back().near_ceiling.push_back(offering.row);
  }
  for (size_t i = 1; i < groups.size(); ++i) {
    if (groups[i - 1].band != groups[i].band + 1) continue;
    if (edges[i - 1].near_floor.empty() || edges[i].near_ceiling.empty()) continue;
    groups[i - 1].hardly_lower = edges[i].near_ceiling;
    groups[i].hardly_better = edges[i - 1].near_floor;
  }
  return groups;
}

}  // namespace aplomb::explain
