// Time enters here and nowhere else: what needs the time takes a `const Clock*`, and decisions take
// the day as an argument.
#ifndef APLOMB_BASE_CLOCK_H_
#define APLOMB_BASE_CLOCK_H_

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace aplomb::base {

// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // The time of the calendar. May jump, backwards too.
  virtual absl::Time Now() const = 0;
  // Nanoseconds since some fixed moment; never goes backwards. For durations and deadlines.
  virtual int64_t MonotonicNanos() const = 0;
};

// The machine's clocks.
class SystemClock final : public Clock {
 public:
  // One for the whole process; never destroyed.
  static const SystemClock* Get();

  absl::Time Now() const override;
  int64_t MonotonicNanos() const override;
};

// For tests: stands still until it is moved.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(absl::Time now) : now_(now) {}

  absl::Time Now() const override;
  int64_t MonotonicNanos() const override;

  // Moves both clocks forward; `duration` must not be negative.
  void Advance(absl::Duration duration);
  // Sets the time of the calendar only, as a correction by hand would do.
  void SetNow(absl::Time now);

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
  int64_t monotonic_nanos_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace aplomb::base

#endif  // APLOMB_BASE_CLOCK_H_
