// Threads that do the work of calls, so that gRPC's own threads never wait: a
// bounded queue, and a second one for work that was accepted before (rendering an
// answer whose entry is durable). Thread-safe.
#ifndef APLOMB_SERVICE_EXECUTOR_H_
#define APLOMB_SERVICE_EXECUTOR_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace aplomb::service {

class Executor {
 public:
  // `threads` of at least 1; at most `queue_max` tasks wait.
  Executor(size_t threads, size_t queue_max);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor();  // Stop()

  // Runs `task` on some thread, first come first served; false, without running it, where the queue
  // is full or Stop was called.
  bool TrySubmit(std::function<void()> task);
  // Runs `task` before all that was submitted. Never refused: after Stop it runs at once, on the
  // caller's thread. How many wait is bounded by what the caller bounds (the sequencer's queue).
  void Continue(std::function<void()> task);

  // Finishes what waits and ends the threads. May be called again; not from a task.
  void Stop();

 private:
  void Run();

  const size_t queue_max_;
  base::Mutex mutex_;
  base::CondVar wake_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void()>> continuations_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace aplomb::service

#endif  // APLOMB_SERVICE_EXECUTOR_H_
