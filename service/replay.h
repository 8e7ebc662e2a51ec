// Makes logged decisions again, from the log and the catalogue as it was, and compares the records
// byte for byte. What a computation of today gives for the question of then must be what was
// answered then. Thread-safe.
#ifndef APLOMB_SERVICE_REPLAY_H_
#define APLOMB_SERVICE_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "audit/database.h"
#include "audit/key_store.h"
#include "catalog/store.h"
#include "service/decision_cache.h"

namespace aplomb::service {

// A decision that is not made again as it was.
struct ReplayFinding {
  int64_t index = 0;  // of its entry
  std::string text;   // what differs, in English, without anything personal
};

struct ReplayReport {
  int64_t decisions = 0;  // DECISION and PREVIEW entries looked at
  int64_t equal = 0;      // the same bytes again, and a public part that follows from them
  int64_t erased = 0;     // cannot be made again: their sections were erased
  std::vector<ReplayFinding> findings;  // by entry
};

struct ReplayOptions {
  int64_t index = -1;  // of one entry; -1: all
  size_t threads = 2;
};

// InvalidArgument if `index` is not a decision. All pointers must outlive the call.
absl::StatusOr<ReplayReport> Replay(const audit::Database& database, const audit::KeyStore& keys,
                                    const catalog::Store& store, DecisionCache& cache,
                                    const ReplayOptions& options);

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_REPLAY_H_
