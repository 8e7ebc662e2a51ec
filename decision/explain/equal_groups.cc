#include "decision/explain/equal_groups.h"

#include <utility>

#include "base/check.h"

namespace aplomb::explain {

std::vector<EqualGroup> PracticallyEqual(const engine::Ranking& ranking, int64_t band_width) {
  CHECK_GT(band_width, 0) << "the compiler has checked the band width";
  const std::vector<engine::RankedOffering>& ranked = ranking.ranked;
  std::vector<EqualGroup> groups;
  size_t previous = 0, first = 0;  // where the last two groups begin
  for (size_t i = 0; i < ranked.size(); i = first) {
    EqualGroup group{.rank = ranked[i].rank, .band = ranked[i].band};
    for (; first < ranked.size() && ranked[first].band == group.band; ++first) {
      group.rows.push_back(ranked[first].row);
    }
    if (!groups.empty() && groups.back().band == group.band + 1) {
      // In a band the order is a lot: each row is held against each of the other side.
      const auto apart = [&](size_t upper, size_t lower) {
        return HardlyApart(ranked[upper].score, ranked[lower].score, band_width);
      };
      for (size_t k = previous; k < i; ++k) {
        for (size_t l = i; l < first; ++l) {
          if (!apart(k, l)) continue;
          group.hardly_better.push_back(ranked[k].row);
          break;
        }
      }
      for (size_t l = i; l < first; ++l) {
        for (size_t k = previous; k < i; ++k) {
          if (!apart(k, l)) continue;
          groups.back().hardly_lower.push_back(ranked[l].row);
          break;
        }
      }
    }
    previous = i;
    groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace aplomb::explain
