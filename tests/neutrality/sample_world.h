// The sample catalogue, its firms and the published rulebook, read once; and a
// ledger of fees beside it.
#ifndef APLOMB_TESTS_NEUTRALITY_SAMPLE_WORLD_H_
#define APLOMB_TESTS_NEUTRALITY_SAMPLE_WORLD_H_

#include <memory>
#include <vector>

#include "catalog/snapshot.h"
#include "decision/compiled_rulebook.h"
#include "decision/decide.h"
#include "decision/neutrality/prove.h"

namespace aplomb::decision {

inline constexpr int32_t kSampleDay = 20'780;  // 2026-11-23

struct SampleWorld {
  std::shared_ptr<const CompiledRulebook> rulebook;
  catalog::Snapshot snapshot;
  StoredCatalog stored;            // of the snapshot, with the fees of tests/sample/fee_ledger.yaml
  std::vector<ProofInput> inputs;  // the sample's firms, by id

  // Read once; a sample that cannot be read ends the test program.
  static const SampleWorld& Get();

  DecisionInput InputOf(size_t i) const {
    return {.profile = inputs[i].profile,
            .needs = inputs[i].needs,
            .weights = inputs[i].weights,
            .as_of_day = kSampleDay};
  }
};

}  // namespace aplomb::decision

#endif  // APLOMB_TESTS_NEUTRALITY_SAMPLE_WORLD_H_
