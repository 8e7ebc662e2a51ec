#include "base/clock.h"

#include <chrono>

#include "absl/time/clock.h"
#include "base/check.h"

namespace aplomb::base {

const SystemClock* SystemClock::Get() {
  static const SystemClock* const clock = new SystemClock;
  return clock;
}

absl::Time SystemClock::Now() const { return absl::Now(); }

int64_t SystemClock::MonotonicNanos() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

absl::Time FakeClock::Now() const {
  MutexLock lock(&mutex_);
  return now_;
}

int64_t FakeClock::MonotonicNanos() const {
  MutexLock lock(&mutex_);
  return monotonic_nanos_;
}

void FakeClock::Advance(absl::Duration duration) {
  CHECK(duration >= absl::ZeroDuration()) << "a monotonic clock does not go back";
  MutexLock lock(&mutex_);
  now_ += duration;
  monotonic_nanos_ += absl::ToInt64Nanoseconds(duration);
}

void FakeClock::SetNow(absl::Time now) {
  MutexLock lock(&mutex_);
  now_ = now;
}

}  // namespace aplomb::base
