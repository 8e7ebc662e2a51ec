// The work that all are measured at: n offerings, 6 constraints, 24 criteria, one firm. Made from a
// seed, the same on every machine.
//
// Constraints: state, validity, least and most staff, a level that the firm asks for, all-in cost
// within three times the target. Criteria: 8 yes/no facts, 6 levels, 6 numbers, 3 numbers less one
// of the firm's, the all-in cost against the target; each but the cost with a least evidence.
#ifndef APLOMB_TESTS_BENCH_BENCH_WORLD_H_
#define APLOMB_TESTS_BENCH_BENCH_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/fact_table.h"
#include "engine/rank.h"
#include "engine/rules.h"

namespace aplomb::bench {

inline constexpr int64_t kConstraintFacts = 5;
inline constexpr int64_t kCriterionFacts = 23;

// kAll: every offering meets the constraints. kSome: about one in ten does.
enum class Firm : uint8_t { kAll, kSome };

struct World {
  engine::Rules rules = {};
  engine::FactTable table = {};
  engine::Request request = {};
};

World MakeWorld(uint32_t rows, Firm firm);

// Equals stand in the order of rows, as the peers have it.
class RowOrder : public engine::TieBreaker {
 public:
  Key GroupKey(uint32_t group) const override { return KeyOf(group); }
  Key OfferKey(uint32_t row) const override { return KeyOf(row); }

 private:
  static Key KeyOf(uint32_t number) {
    Key key = {};
    for (size_t i = 0; i < 4; ++i) key[i] = static_cast<uint8_t>(number >> (24 - 8 * i));
    return key;
  }
};

}  // namespace aplomb::bench

#endif  // APLOMB_TESTS_BENCH_BENCH_WORLD_H_
