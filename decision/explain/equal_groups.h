// Who is practically equal: the offerings of one band, and across a band's edge those
// that the edge separates by next to nothing. Pure; thread-safe.
#ifndef APLOMB_DECISION_EXPLAIN_EQUAL_GROUPS_H_
#define APLOMB_DECISION_EXPLAIN_EQUAL_GROUPS_H_

#include <cstdint>
#include <vector>

#include "engine/rank.h"

namespace aplomb::explain {

// Bands stay the groups: "closer than d" is not transitive, and chaining it would make
// one group of a long slope. What lies across the edge is named beside the group.
struct EqualGroup {
  int32_t rank = 0;
  int64_t band = 0;
  std::vector<uint32_t> rows = {};  // in the order of the ranking
  // Rows of the next better band less than engine::EdgeStep above the shared edge, and
  // of the next lower band at most EdgeStep below it, each only where this group has a
  // row as close on its own side, and only where the bands touch (band numbers differ
  // by 1). "Hardly separated".
  std::vector<uint32_t> hardly_better = {};
  std::vector<uint32_t> hardly_lower = {};
};

// Best first; every ranked offering is in `rows` of one group.
std::vector<EqualGroup> PracticallyEqual(const engine::Ranking& ranking, int64_t band_width);

}  // namespace aplomb::explain

#endif  // APLOMB_DECISION_EXPLAIN_EQUAL_GROUPS_H_
