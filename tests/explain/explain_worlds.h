// Random worlds as inquiries, with the shapes of their facts.
#ifndef APLOMB_TESTS_EXPLAIN_EXPLAIN_WORLDS_H_
#define APLOMB_TESTS_EXPLAIN_EXPLAIN_WORLDS_H_

#include <cstdint>
#include <vector>

#include "decision/explain/inquiry.h"
#include "tests/engine/random_world.h"

namespace aplomb::explain {

inline Inquiry Of(const engine::World& w) { return {w.rules, w.table, w.request, w.mode}; }

// Every second world is tame.
inline engine::World WorldNumber(uint64_t seed, uint64_t i) {
  engine::Dice dice(seed * 1'000'003 + i);
  return i % 2 == 1 ? engine::TameWorld(dice) : engine::WildWorld(dice);
}

// Shapes of the columns of random worlds (small, set, number, least staff, most staff, trades,
// limit) and of their request facts (small, set, number, size, trade).
inline FactShapes WorldShapes() {
  using Kind = FactShape::Kind;
  const FactShape small = {.kind = Kind::kCode, .codes = {0, 1, 2, 3}};
  const FactShape set = {.kind = Kind::kSet, .mask = 15};
  const FactShape number = {.kind = Kind::kNumber, .low = -5, .high = 10};
  const FactShape staff = {.kind = Kind::kLimit, .low = 0, .high = 1'000};
  return {.offering = {small, set, number, staff, staff, {.kind = Kind::kTrades}, staff},
          .request = {small, set, number, {.kind = Kind::kNumber, .low = 0, .high = 4}, {}}};
}

}  // namespace aplomb::explain

#endif  // APLOMB_TESTS_EXPLAIN_EXPLAIN_WORLDS_H_
