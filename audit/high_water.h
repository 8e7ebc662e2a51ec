// The newest signed checkpoint in a file of its own, best on another disk or host than the
// database: whoever starts the log on an older copy of the database would sign a second history,
// and is refused because the file knows better. Written by a thread of its own, at most a second
// behind what was acknowledged; witnesses close that gap.
#ifndef APLOMB_AUDIT_HIGH_WATER_H_
#define APLOMB_AUDIT_HIGH_WATER_H_

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "audit/log_tree.h"
#include "base/log.h"
#include "base/mutex.h"

namespace aplomb::audit {

// OK if the log of `tree` contains what `note`, a checkpoint signed by the log's key, vouches for.
// FailedPrecondition (LOG_ROLLED_BACK) if the log is shorter, (LOG_FORKED) if it has another root
// at that size; InvalidArgument if `note` is not signed by that key. `known_by` says where `note`
// comes from.
absl::Status CheckContains(const LogTree& tree, absl::string_view note, absl::string_view known_by);

// Reads the file and checks the log against it. FailedPrecondition (HIGH_WATER_MISSING) if it is
// not there; DataLoss (HIGH_WATER_GARBLED) if it is no checkpoint of this log.
absl::Status CheckHighWaterFile(const LogTree& tree, const std::string& path);

class HighWater {
 public:
  // How long two writes lie apart, at least; a head is in the file at most about twice that later.
  static constexpr absl::Duration kInterval = absl::Milliseconds(400);

  // Writes the newest head of `tree` to `path` now, and each later one in time. All pointers must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<HighWater>> Start(const LogTree* tree, std::string path,
                                                          base::Logger* logger);
  ~HighWater();  // writes what is not written yet

  // There is a newer head. Quick.
  void Notify();

 private:
  HighWater(const LogTree* tree, std::string path, base::Logger* logger);
  void Run();
  absl::Status Write();

  const LogTree* const tree_;
  const std::string path_;
  base::Logger* const logger_;
  uint64_t written_size_ = 0;  // its thread's, after Start
  base::Mutex mutex_;
  base::CondVar changed_;  // notified_ or stopping_
  base::CondVar stopped_;  // stopping_
  bool notified_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_HIGH_WATER_H_
