// Who is practically equal: the offerings of one band, and across a band's edge those
// that the edge separates by next to nothing. Pure; thread-safe.
#ifndef APLOMB_DECISION_EXPLAIN_EQUAL_GROUPS_H_
#define APLOMB_DECISION_EXPLAIN_EQUAL_GROUPS_H_

#include <cstdint>
#include <vector>

#include "engine/rank.h"

namespace aplomb::explain {

// True where only an edge of bands lies between two scores: they are in neighbouring bands, the
// upper one less than engine::EdgeStep above the shared edge, the lower one at most that far below
// it. The one definition of a near tie: marks in a list, groups that are practically equal and the
// label of stability all follow it.
constexpr bool HardlyApart(int64_t upper, int64_t lower, int64_t band_width) {
  const int64_t edge = upper / band_width * band_width;
  return lower < edge && lower / band_width + 1 == upper / band_width &&
         upper - edge < engine::EdgeStep(band_width) &&
         edge - lower <= engine::EdgeStep(band_width);
}

// Bands stay the groups: "closer than d" is not transitive, and chaining it would make
// one group of a long slope. What lies across the edge is named beside the group.
struct EqualGroup {
  int32_t rank = 0;
  int64_t band = 0;
  std::vector<uint32_t> rows = {};  // in the order of the ranking
  // Rows of the next better and of the next lower band that are hardly apart from a row of this
  // group.
  std::vector<uint32_t> hardly_better = {};
  std::vector<uint32_t> hardly_lower = {};
};

// Best first; every ranked offering is in `rows` of one group.
std::vector<EqualGroup> PracticallyEqual(const engine::Ranking& ranking, int64_t band_width);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_EQUAL_GROUPS_H_
