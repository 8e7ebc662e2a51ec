#include "service/log_tails.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "service/errors.h"

namespace aplomb::service {
namespace {

constexpr absl::Duration kTooManyRetryDelay = absl::Seconds(5);

}  // namespace

struct LogTails::Tail {
  TailSink* sink = nullptr;
  std::string caller;
  uint64_t end = 0;
  bool follow = false;
  // Of the thread.
  uint64_t next = 0;
  // Guarded by the mutex of its LogTails.
  bool writable = true;  // no message is on its way
  bool cancelled = false;
};

LogTails::LogTails(const audit::LogTree* tree, Reader reader)
    : tree_(tree), reader_(std::move(reader)) {
  // First the listener, then the size: a publish between the two is not missed.
  listener_ = tree_->AddListener([this] {
    const uint64_t size = tree_->size();
    base::MutexLock lock(&mutex_);
    published_ = std::max(published_, size);
    if (!tails_.empty()) wake_.Signal();
  });
  {
    const uint64_t size = tree_->size();
    base::MutexLock lock(&mutex_);
    published_ = std::max(published_, size);
  }
  thread_ = std::thread([this] { Run(); });
}

LogTails::~LogTails() {
  tree_->RemoveListener(listener_);
  Stop();
  {
    base::MutexLock lock(&mutex_);
    CHECK(tails_.empty()) << "streams end before their server does";
    ended_ = true;
    wake_.Signal();
  }
  thread_.join();
}

absl::StatusOr<std::shared_ptr<LogTails::Tail>> LogTails::Open(absl::string_view caller,
                                                               uint64_t first, uint64_t end,
                                                               bool follow, TailSink* sink) {
  base::MutexLock lock(&mutex_);
  if (stopping_) {
    return MakeError(Reason::kShuttingDown, "The server is shutting down; try another one.");
  }
  const auto own = static_cast<size_t>(std::count_if(
      tails_.begin(), tails_.end(),
      [caller](const std::shared_ptr<Tail>& tail) { return tail->caller == caller; }));
  if (tails_.size() >= kTailsMax || own >= kTailsPerCallerMax) {
    return WithRetry(
        MakeError(Reason::kTooManyTails,
                  absl::StrCat("Too many streams of the log are open: ", tails_.size(), " of ",
                               kTailsMax, ", ", own, " of ", kTailsPerCallerMax,
                               " by this caller. Close one, or read the log's files."),
                  {{"open", absl::StrCat(tails_.size())},
                   {"open_max", absl::StrCat(kTailsMax)},
                   {"own", absl::StrCat(own)},
                   {"own_max", absl::StrCat(kTailsPerCallerMax)}}),
        kTooManyRetryDelay);
  }
  auto tail = std::make_shared<Tail>();
  tail->sink = sink;
  tail->caller = std::string(caller);
  tail->next = first;
  tail->end = end;
  tail->follow = follow;
  tails_.push_back(tail);
  wake_.Signal();
  return tail;
}

void LogTails::Written(const std::shared_ptr<Tail>& tail, bool ok) {
  base::MutexLock lock(&mutex_);
  tail->writable = true;
  if (!ok) tail->cancelled = true;
  wake_.Signal();
}

void LogTails::Cancelled(const std::shared_ptr<Tail>& tail) {
  base::MutexLock lock(&mutex_);
  tail->cancelled = true;
  wake_.Signal();
}

void LogTails::Stop() {
  base::MutexLock lock(&mutex_);
  stopping_ = true;
  wake_.Signal();
}

size_t LogTails::count() const {
  base::MutexLock lock(&mutex_);
  return tails_.size();
}

std::optional<absl::Status> LogTails::Ending(const Tail& tail) const {
  if (tail.cancelled) return MakeError(Reason::kCallCancelled, "The call was cancelled.");
  if (!tail.follow && tail.next >= tail.end) return absl::OkStatus();
  if (stopping_) {
    return MakeError(Reason::kShuttingDown, "The server is shutting down; go on at another one.");
  }
  return std::nullopt;
}

std::shared_ptr<LogTails::Tail> LogTails::Next(uint64_t published) {
  for (auto it = tails_.begin(); it != tails_.end(); ++it) {
    Tail& tail = **it;
    if (!tail.writable) continue;
    const bool ready = tail.follow ? tail.next < published : true;
    if (!ready && !tail.cancelled && !stopping_) continue;
    tails_.splice(tails_.end(), tails_, it);
    return tails_.back();
  }
  return nullptr;
}

void LogTails::Run() {
  // Only this thread calls sinks, and never under the lock: they may call back.
  bool cancelled_all = false;
  while (true) {
    std::shared_ptr<Tail> tail;
    std::vector<std::shared_ptr<Tail>> unread;
    uint64_t end = 0;
    std::optional<absl::Status> finish;
    {
      base::MutexLock lock(&mutex_);
      while ((tail = Next(published_)) == nullptr && !(stopping_ && !cancelled_all)) {
        if (ended_) return;
        wake_.Wait(&mutex_);
      }
      if (stopping_ && !cancelled_all) {
        cancelled_all = true;
        for (const std::shared_ptr<Tail>& other : tails_) {
          if (!other->writable) unread.push_back(other);
        }
      }
      if (tail != nullptr) {
        end = tail->follow ? published_ : tail->end;
        finish = Ending(*tail);
        if (finish.has_value()) {
          tails_.remove(tail);
        } else {
          tail->writable = false;
        }
      }
    }
    // Their messages might stay unread for ever.
    for (const std::shared_ptr<Tail>& other : unread) other->sink->Cancel();
    if (tail == nullptr) continue;
    if (finish.has_value()) {
      tail->sink->Finish(*finish);
      continue;
    }
    uint64_t next = tail->next;
    absl::StatusOr<std::string> message = reader_(tail->next, end, &next);
    if (!message.ok()) {
      {
        base::MutexLock lock(&mutex_);
        tails_.remove(tail);
      }
      tail->sink->Finish(FromLowerRoom(message.status()));
      continue;
    }
    CHECK_GT(next, tail->next) << "a message has an entry";
    tail->next = next;
    tail->sink->Write(*std::move(message));
    // Stop may have come while it was read.
    if (cancelled_all) tail->sink->Cancel();
  }
}

}  // namespace aplomb::service
