#include "audit/high_water.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/tlog/checkpoint.h"
#include "base/durable_file.h"
#include "base/reason.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

constexpr int kEverybodyReads = 0644;

}  // namespace

absl::Status CheckContains(const LogTree& tree, absl::string_view note,
                           absl::string_view known_by) {
  ASSIGN_OR_RETURN(const tlog::Checkpoint known, tlog::OpenCheckpoint(note, tree.log_key()));
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

HighWater::HighWater(const LogTree* tree, std::string path, base::Logger* logger)
    : tree_(tree), path_(std::move(path)), logger_(logger) {}

absl::StatusOr<std::unique_ptr<HighWater>> HighWater::Start(const LogTree* tree, std::string path,
                                                            base::Logger* logger) {
  std::unique_ptr<HighWater> high_water(new HighWater(tree, std::move(path), logger));
  RETURN_IF_ERROR(high_water->Write());
  high_water->thread_ = std::thread([raw = high_water.get()] { raw->Run(); });
  return high_water;
}

HighWater::~HighWater() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.SignalAll();
    stopped_.SignalAll();
  }
  if (thread_.joinable()) thread_.join();
}

void HighWater::Notify() {
  base::MutexLock lock(&mutex_);
  notified_ = true;
  changed_.SignalAll();
}

absl::Status HighWater::Write() {
  const std::shared_ptr<const Head> head = tree_->head();
  if (head->checkpoint.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(base::WriteFileDurably(path_, head->checkpoint, kEverybodyReads));
  written_size_ = head->size;
  return absl::OkStatus();
}

void HighWater::Run() {
  bool stop = false;
  while (!stop) {
    {
      base::MutexLock lock(&mutex_);
      while (!notified_ && !stopping_) changed_.Wait(&mutex_);
      notified_ = false;
      stop = stopping_;
    }
    if (tree_->size() > written_size_) {
      // The log itself is safe; what is weakened is the guard against an old copy of it.
      if (const absl::Status status = Write(); !status.ok()) {
        logger_->Error("high_water_not_written", {{"text", status.message()}});
      }
    }
    base::MutexLock lock(&mutex_);
    // Heads that come meanwhile are written together.
    while (!stopping_ && stopped_.WaitFor(&mutex_, kInterval)) {
    }
  }
}

}  // namespace aplomb::audit
