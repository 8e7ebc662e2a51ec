#include "decision/explain/equal_groups.h"

#include <utility>

#include "base/check.h"

namespace aplomb::explain {

std::vector<EqualGroup> PracticallyEqual(const engine::Ranking& ranking, int64_t band_width) {
  CHECK_GT(band_width, 0) << "the compiler has checked the band width";
  const int64_t step = engine::EdgeStep(band_width);
  const std::vector<engine::RankedOffering>& ranked = ranking.ranked;
  std::vector<EqualGroup> groups;
  size_t previous = 0, first = 0;  // where the last two groups begin
  for (size_t i = 0; i < ranked.size(); i = first) {
    EqualGroup group{.rank = ranked[i].rank, .band = ranked[i].band};
    for (; first < ranked.size() && ranked[first].band == group.band; ++first) {
      group.rows.push_back(ranked[first].row);
    }
    if (!groups.empty() && groups.back().band == group.band + 1) {
      const int64_t edge = groups.back().band * band_width;
      std::vector<uint32_t> above, below;
      for (size_t k = previous; k < i; ++k) {
        if (ranked[k].score - edge < step) above.push_back(ranked[k].row);
      }
      for (size_t k = i; k < first; ++k) {
        if (edge - ranked[k].score <= step) below.push_back(ranked[k].row);
      }
      if (!above.empty() && !below.empty()) {
        groups.back().hardly_lower = std::move(below);
        group.hardly_better = std::move(above);
      }
    }
    previous = i;
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace aplomb::explain
