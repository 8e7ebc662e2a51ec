#include "audit/high_water.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/tlog/checkpoint.h"
#include "base/clock.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr int kEverybodyReads = 0644;

}  // namespace

absl::Status CheckContains(const LogTree& tree, absl::string_view note,
                           absl::string_view known_by) {
  ASSIGN_OR_RETURN(const tlog::Checkpoint known, tree.key_history()->Open(note));
  if (known.size > tree.size()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "LOG_ROLLED_BACK",
        absl::StrCat(
            "The database holds ", tree.size(), " entries of the log, but ", known_by,
            " has a checkpoint of ", known.size,
            ", signed by this log: the database is an older copy. Signing on top of it "
            "would make a second history. Restore the newest database; if it is lost, begin "
            "a new log under another origin."));
  }
  ASSIGN_OR_RETURN(const tlog::Hash root, tree.RootAt(known.size));
  if (root != known.root) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "LOG_FORKED",
        absl::StrCat("The first ", known.size,
                     " entries of the database are not those of the "
                     "checkpoint that ",
                     known_by,
                     " has, signed by this log: there are two "
                     "histories. Keep both and stop; this is to be published, not mended."));
  }
  return absl::OkStatus();
}

absl::Status CheckHighWaterFile(const LogTree& tree, const std::string& path) {
  const absl::StatusOr<std::string> note = base::ReadSmallFile(path);
  if (absl::IsNotFound(note.status())) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "HIGH_WATER_MISSING",
        absl::StrCat(path,
                     ": the high-water checkpoint is missing, so nobody can tell whether this "
                     "database is the newest. Put the file back; if it is lost for good, put a "
                     "checkpoint of this log that a witness or a receipt has in its place."));
  }
  RETURN_IF_ERROR(note.status());
  const absl::Status status = CheckContains(tree, *note, path);
  if (!absl::IsInvalidArgument(status)) return status;
  return base::ReasonedError(
      absl::StatusCode::kDataLoss, "HIGH_WATER_GARBLED",
      absl::StrCat(path, ": is not a checkpoint signed by this log: ", status.message()));
}

absl::Status HighWaterWriter::Write() {
  const std::shared_ptr<const Head> head = tree_->head();
  if (head->checkpoint.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(base::WriteFileDurably(path_, head->checkpoint, kEverybodyReads));
  written_size_.store(head->size, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::Status HighWaterWriter::Step(int64_t now_nanos, const std::function<int64_t()>& now_after,
                                   absl::Duration* wait) {
  *wait = absl::InfiniteDuration();
  if (tree_->size() <= written_size()) return absl::OkStatus();
  if (now_nanos < earliest_nanos_) {
    *wait = absl::Nanoseconds(earliest_nanos_ - now_nanos);
    return absl::OkStatus();
  }
  const absl::Status status = Write();
  earliest_nanos_ = now_after() + absl::ToInt64Nanoseconds(kInterval);
  // Heads that came meanwhile are written together.
  if (!status.ok() || tree_->size() > written_size()) *wait = kInterval;
  return status;
}

HighWater::HighWater(const LogTree* tree, std::string path, base::Logger* logger)
    : logger_(logger), writer_(tree, std::move(path)) {}

absl::StatusOr<std::unique_ptr<HighWater>> HighWater::Start(const LogTree* tree, std::string path,
                                                            base::Logger* logger) {
  std::unique_ptr<HighWater> high_water(new HighWater(tree, std::move(path), logger));
  RETURN_IF_ERROR(high_water->writer_.Write());
  high_water->thread_ = std::thread([raw = high_water.get()] { raw->Run(); });
  return high_water;
}

HighWater::~HighWater() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void HighWater::Notify() {
  base::MutexLock lock(&mutex_);
  // Once is enough until the thread has looked: each batch of a busy log would wake it for nothing.
  if (notified_) return;
  notified_ = true;
  changed_.SignalAll();
}

void HighWater::Run() {
  const auto now = [] { return base::SystemClock::Get()->MonotonicNanos(); };
  // The log itself is safe; what is weakened is the guard against an old copy of it.
  const auto tell = [this](const absl::Status& status) {
    if (!status.ok()) logger_->Error("high_water_not_written", {{"text", status.message()}});
  };
  while (true) {
    absl::Duration wait;
    tell(writer_.Step(now(), now, &wait));
    base::MutexLock lock(&mutex_);
    const int64_t until = wait == absl::InfiniteDuration() ? std::numeric_limits<int64_t>::max()
                                                           : now() + absl::ToInt64Nanoseconds(wait);
    while (!stopping_) {
      // While it waits for the time, newer heads change nothing.
      if (wait == absl::InfiniteDuration()) {
        if (notified_) break;
        changed_.Wait(&mutex_);
      } else {
        const int64_t left = until - now();
        if (left <= 0) break;
        changed_.WaitFor(&mutex_, absl::Nanoseconds(left));
      }
    }
    notified_ = false;
    if (stopping_) break;
  }
  // The last one is due at once.
  absl::Duration wait;
  tell(writer_.Step(std::numeric_limits<int64_t>::max(), now, &wait));
}

}  // namespace aplomb::audit
