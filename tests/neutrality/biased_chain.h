// A copy of the program's chain from stored bytes to answers, with a place at each
// step where a bias can be planted. For tests only: production code has no such
// places.
#ifndef APLOMB_TESTS_NEUTRALITY_BIASED_CHAIN_H_
#define APLOMB_TESTS_NEUTRALITY_BIASED_CHAIN_H_

#include <functional>
#include <string>

#include "decision/neutrality/prove.h"
#include "decision/record.h"

namespace aplomb::decision {

// What a bias can look at, at its step. A biased program would have all of it at hand.
struct Scene {
  const StoredCatalog& stored;
  const catalog::Snapshot& snapshot;
  const BlindCatalog* blind = nullptr;  // from the blindfold on
  const ProofInput* input = nullptr;    // from the decision on
  int threads = 1;

  // Resource name of the member that owns the offering of this UUID; "" if none does.
  std::string OwnerOf(const Uid& uid) const;
};

// Steps that a bias can be planted in; an empty one does nothing.
struct Plant {
  std::function<void(const Scene&, catalog::Snapshot&)> projection = {};
  std::function<void(const Scene&, CompiledRulebook&)> compiler = {};
  std::function<void(const Scene&, BlindCatalog&)> blindfold = {};
  // After scoring, before the record is encoded. Bands and ranks are made anew.
  std::function<void(const Scene&, RecordedRanking&)> scorer = {};
  // Takes the place of the keys drawn: gives the keys of a group and of a row.
  std::function<engine::TieBreaker::Key(const Scene&, uint32_t group,
                                        engine::TieBreaker::Key drawn)>
      group_key = {};
  std::function<void(const Scene&, RecordedRanking&)> record = {};
  std::function<void(const Scene&, advisor::v1::Recommendation&)> names = {};
};

Chain BiasedChain(const CompiledRulebook& rulebook, int32_t as_of_day, Plant plant);

}  // namespace aplomb::decision

#endif  // APLOMB_TESTS_NEUTRALITY_BIASED_CHAIN_H_
