// The newest signed checkpoint in a file of its own, best on another disk or host than the
// database: whoever starts the log on an older copy of the database would sign a second history,
// and is refused because the file knows better. Written by a thread of its own, at most a second
// behind what was acknowledged; witnesses close that gap.
#ifndef APLOMB_AUDIT_HIGH_WATER_H_
#define APLOMB_AUDIT_HIGH_WATER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

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
// at that size; InvalidArgument if `note` is not signed by the keys in force at its size.
// `known_by` says where `note` comes from.
absl::Status CheckContains(const LogTree& tree, absl::string_view note, absl::string_view known_by);

// Reads the file and checks the log against it. FailedPrecondition (HIGH_WATER_MISSING) if it is
// not there; DataLoss (HIGH_WATER_GARBLED) if it is no checkpoint of this log.
absl::Status CheckHighWaterFile(const LogTree& tree, const std::string& path);

// Writes the file when it is due, without a thread: a function of the times it is told, in
// nanoseconds of one clock that never goes back. Belongs to one thread.
class HighWaterWriter {
 public:
  // Between the end of a write and the next one, at least; a write that failed is tried again after
  // it. So a head is in the file at most this and two writes later.
  static constexpr absl::Duration kInterval = absl::Milliseconds(400);
  static_assert(kInterval < absl::Seconds(1), "at most a second behind");

  HighWaterWriter(const LogTree* tree, std::string path) : tree_(tree), path_(std::move(path)) {}

  // Writes the newest head now.
  absl::Status Write();
  // Writes if there is a newer head and it is time. Sets `wait` to how long to wait before asking
  // again; infinite: until there is a newer head.
  absl::Status Step(int64_t now_nanos, const std::function<int64_t()>& now_after,
                    absl::Duration* wait);

  // Entries of the head in the file. Thread-safe.
  uint64_t written_size() const { return written_size_.load(std::memory_order_relaxed); }

 private:
  const LogTree* const tree_;
  const std::string path_;
  std::atomic<uint64_t> written_size_{0};
  int64_t earliest_nanos_ = 0;
};

class HighWater {
 public:
  // Writes the newest head of `tree` to `path` now, and each later one in time. All pointers must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<HighWater>> Start(const LogTree* tree, std::string path,
                                                          base::Logger* logger);
  ~HighWater();  // writes what is not written yet

  // There is a newer head. Quick.
  void Notify();
  // Entries of the head in the file.
  uint64_t written_size() const { return writer_.written_size(); }

 private:
  HighWater(const LogTree* tree, std::string path, base::Logger* logger);
  void Run();

  base::Logger* const logger_;
  HighWaterWriter writer_;  // its thread's, after Start
  base::Mutex mutex_;
  base::CondVar changed_;  // notified_ or stopping_
  bool notified_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace aplomb::audit

#endif  // APLOMB_AUDIT_HIGH_WATER_H_
