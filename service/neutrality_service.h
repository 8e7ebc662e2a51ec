// aplomb.audit.v1.NeutralityService without gRPC: the proof of neutrality by execution
// (decision/neutrality/prove.h) over firms that the caller names, at the state of today, or over
// logged recommendations, at theirs. Changes nothing and shows no ranking. One proof at a
// time: it takes a thread of the executor for up to kProofTimeMax. Thread-safe.
#ifndef APLOMB_SERVICE_NEUTRALITY_SERVICE_H_
#define APLOMB_SERVICE_NEUTRALITY_SERVICE_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "aplomb/audit/v1/neutrality_service.pb.h"
#include "base/clock.h"
#include "base/random.h"
#include "service/advisor_service.h"
#include "service/call.h"
#include "service/dataset.h"
#include "service/decision_cache.h"

namespace aplomb::service {

inline constexpr int kProofRunsMax = 1'000;
inline constexpr int kProofRunsDefault = 100;
inline constexpr int kProofInputsMax = 32;
inline constexpr size_t kProofIdSizeMax = 64;
// The machine's time, whatever clock the service was given: it bounds work, not meaning.
inline constexpr absl::Duration kProofTimeMax = absl::Seconds(120);
// Permutations at a time: one, so that others are answered meanwhile.
inline constexpr int kProofWorkers = 1;
// When a caller that met a running proof may try again.
inline constexpr absl::Duration kProofRetryDelay = absl::Seconds(15);

class NeutralityService {
 public:
  // All pointers must outlive this and every call.
  NeutralityService(const AdvisorService* advisor, Dataset* dataset, DecisionCache* cache,
                    const base::Clock* clock, base::Random* random);

  absl::StatusOr<audit::v1::ProveNeutralityResponse> ProveNeutrality(
      const Call& call, const audit::v1::ProveNeutralityRequest& request) const;

  // Ends a running proof, with SHUTTING_DOWN, and refuses others.
  void Stop() { stopping_.store(true, std::memory_order_relaxed); }

 private:
  struct State;  // one proof: inputs that share catalogue, rulebook and day

  absl::Status AddProfiles(const audit::v1::ProveNeutralityRequest& request, uint64_t seed,
                           std::vector<State>& states) const;
  absl::Status AddRecommendation(const Call& call, const std::string& name,
                                 std::vector<State>& states) const;
  absl::Status Prove(const State& state, int runs, uint64_t seed, absl::Time end,
                     audit::v1::NeutralityProof& proof) const;

  const AdvisorService* const advisor_;
  Dataset* const dataset_;
  DecisionCache* const cache_;
  const base::Clock* const clock_;
  base::Random* const random_;
  mutable std::atomic<bool> running_{false};
  std::atomic<bool> stopping_{false};
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_NEUTRALITY_SERVICE_H_
