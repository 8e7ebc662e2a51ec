#include "service/executor.h"

#include <utility>

#include "base/check.h"

namespace aplomb::service {

Executor::Executor(size_t threads, size_t queue_max) : queue_max_(queue_max) {
  CHECK_GE(threads, 1u) << "nobody would do the work";
  threads_.reserve(threads);
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Executor::~Executor() { Stop(); }

bool Executor::TrySubmit(std::function<void()> task) {
  base::MutexLock lock(&mutex_);
  if (stopping_ || queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(task));
  wake_.Signal();
  return true;
}

void Executor::Continue(std::function<void()> task) {
  {
    base::MutexLock lock(&mutex_);
    if (!stopping_) {
      continuations_.push_back(std::move(task));
      wake_.Signal();
      return;
    }
  }
  task();
}

void Executor::Stop() {
  {
    base::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.SignalAll();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Executor::Run() {
  for (;;) {
    std::function<void()> task;
    {
      base::MutexLock lock(&mutex_);
      while (continuations_.empty() && queue_.empty() && !stopping_) wake_.Wait(&mutex_);
      std::deque<std::function<void()>>& source = continuations_.empty() ? queue_ : continuations_;
      if (source.empty()) return;  // stopping, and nothing is left
      task = std::move(source.front());
      source.pop_front();
    }
    task();
  }
}

}  // namespace aplomb::service
