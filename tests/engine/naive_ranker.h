// The engine once more: slow, short, written from its documentation and not from its code. Shares
// no function with it, only the types. Never to be used but as the oracle of the engine's tests.
#ifndef APLOMB_TESTS_ENGINE_NAIVE_RANKER_H_
#define APLOMB_TESTS_ENGINE_NAIVE_RANKER_H_

#include <cstdint>
#include <vector>

#include "engine/cost.h"
#include "engine/rank.h"
#include "tests/engine/random_world.h"

namespace aplomb::engine {

Ranking NaiveRank(const World& world);

// Month by month. Exact for the numbers of RandomTariff: amounts below 10^8 micros, usage below
// 10^11, unit counts up to 1,000.
Cost NaiveCost(const FactTable& table, uint32_t row, const Request& request);

// Basis points of `total` for exact fractions over a common denominator.
std::vector<int32_t> NaiveShareOut(const std::vector<int64_t>& parts, int32_t total);

}  // namespace aplomb::engine

#endif  // APLOMB_TESTS_ENGINE_NAIVE_RANKER_H_
