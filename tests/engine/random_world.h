// Worlds made at random: a rulebook, a table of offerings, a request and the keys of the lot.
// Wild worlds obey the contract of the engine's types and nothing else; tame ones are such as the
// rulebook compiler lets pass (better facts are worth more, dearer is worth less), so that the
// promises about monotonicity can be asked of them.
#ifndef APLOMB_TESTS_ENGINE_RANDOM_WORLD_H_
#define APLOMB_TESTS_ENGINE_RANDOM_WORLD_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/fact_table.h"
#include "engine/rank.h"
#include "engine/rules.h"

namespace aplomb::engine {

// The seed of a test: the environment variable APLOMB_SEED, else 1. Printed at each use.
uint64_t TestSeed();

// The name of a row as the name of a test: letters and digits, the rest as "_".
std::string TestName(const std::string& name);

// Same numbers on every machine (the distributions of <random> are not).
class Dice {
 public:
  explicit Dice(uint64_t seed) : bits_(seed) {}
  int64_t Between(int64_t low, int64_t high) {  // both inclusive
    return low + static_cast<int64_t>(bits_() % static_cast<uint64_t>(high - low + 1));
  }
  bool OneIn(int64_t n) { return Between(1, n) == 1; }
  uint64_t Bits() { return bits_(); }
  template <typename T>
  T Pick(const std::vector<T>& items) {
    return items[static_cast<size_t>(Between(0, static_cast<int64_t>(items.size()) - 1))];
  }

 private:
  std::mt19937_64 bits_;
};

struct World {
  Rules rules = {};
  FactTable table = {};
  Request request = {};
  DeliveryMode mode = DeliveryMode::kDoItYourself;
  std::vector<TieBreaker::Key> group_keys = {};
  std::vector<TieBreaker::Key> offer_keys = {};
};

class WorldTieBreaker : public TieBreaker {
 public:
  explicit WorldTieBreaker(const World& world) : world_(world) {}
  Key GroupKey(uint32_t group) const override { return world_.group_keys[group]; }
  Key OfferKey(uint32_t row) const override { return world_.offer_keys[row]; }

 private:
  const World& world_;
};

Ranking RankWorld(const World& world);

World WildWorld(Dice& dice);
World TameWorld(Dice& dice);

// A tariff with every model, small numbers and awkward fractions.
Tariff RandomTariff(Dice& dice);
void RandomUsage(Dice& dice, Request& request);

// Everything that makes a line of a tariff dearer, or leaves it as it is. `by` is above 0.
struct PriceRise {
  const char* name;
  void (*make)(PriceComponent& component, int64_t by);
};
const std::vector<PriceRise>& PriceRises();

// A table of `rows` offerings, all known-free, in mode one and need 0, each its own group.
World EmptyWorld(uint32_t rows, uint32_t columns, uint32_t request_facts);

TieBreaker::Key RandomKey(Dice& dice);

// The same world with its rows and groups renumbered.
World Renumbered(const World& world, Dice& dice);

// Every field of a ranking, big-endian; a row is written as its OfferKey, so that worlds with
// other row numbers can be compared.
std::string Encode(const Ranking& ranking, const World& world);

}  // namespace aplomb::engine

#endif  // APLOMB_TESTS_ENGINE_RANDOM_WORLD_H_
