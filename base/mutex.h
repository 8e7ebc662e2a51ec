// Mutex, MutexLock, CondVar: the standard ones with the annotations of clang's thread-safety
// analysis. absl::Mutex is not used: the packaged Abseil is built without ThreadSanitizer, which
// then reports a race at each of its critical sections.
//
//   Mutex mutex_;
//   int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
//   ...
//   MutexLock lock(&mutex_);
//   while (queue_.empty()) not_empty_.Wait(&mutex_);
#ifndef APLOMB_BASE_MUTEX_H_
#define APLOMB_BASE_MUTEX_H_

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"

namespace aplomb::base {

// Not recursive. Must not be destroyed while held.
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
  void Unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  // True if the mutex was free and is now held by the caller.
  bool TryLock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) { return mutex_.try_lock(); }
  // For functions the analysis cannot see through (lambdas); checks nothing at run time.
  void AssertHeld() ABSL_ASSERT_EXCLUSIVE_LOCK() {}

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds a Mutex from construction to destruction.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex* mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_->Lock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_->Unlock(); }

 private:
  Mutex* const mutex_;
};

// Waits may end without a signal: always wait in a loop over the condition itself. A CondVar is
// used with one Mutex.
class CondVar {
 public:
  CondVar() = default;
  CondVar(const CondVar&) = delete;
  CondVar& operator=(const CondVar&) = delete;

  // Releases `mutex`, sleeps until a signal, takes `mutex` again.
  void Wait(Mutex* mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // As Wait, but for `timeout` at most (of the monotonic clock). False if the time was used up.
  bool WaitFor(Mutex* mutex, absl::Duration timeout) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    std::unique_lock<std::mutex> lock(mutex->mutex_, std::adopt_lock);
    const std::cv_status status =
        condition_.wait_for(lock, absl::ToChronoMicroseconds(std::min(timeout, kWaitMax)));
    lock.release();
    return status == std::cv_status::no_timeout;
  }

  void Signal() { condition_.notify_one(); }
  void SignalAll() { condition_.notify_all(); }

 private:
  // Longer waits (absl::InfiniteDuration) would overflow the library's clock arithmetic.
  static constexpr absl::Duration kWaitMax = absl::Hours(24);

  std::condition_variable condition_;
};

}  // namespace aplomb::base

#endif  // APLOMB_BASE_MUTEX_H_
