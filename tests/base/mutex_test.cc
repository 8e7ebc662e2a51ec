#include "base/mutex.h"

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "gtest/gtest.h"

namespace aplomb::base {
namespace {

TEST(MutexTest, ThreadsTakeTurns) {
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10000; ++i) {
        MutexLock lock(&mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 40000);
}

TEST(MutexTest, TryLockSeesWhetherItIsHeld) {
  Mutex mutex;
  const auto try_elsewhere = [&mutex] {
    bool taken = false;
    std::thread([&] {
      if (mutex.TryLock()) {
        taken = true;
        mutex.Unlock();
      }
    }).join();
    return taken;
  };
  EXPECT_TRUE(try_elsewhere());
  MutexLock lock(&mutex);
  EXPECT_FALSE(try_elsewhere());
}

TEST(CondVarTest, WaitEndsWhenTheConditionIsSignalled) {
  Mutex mutex;
  CondVar changed;
  int turn = 0;
  // Two threads alternate; each step needs a signal of the other.
  const auto play = [&](int mine) {
    for (int i = 0; i < 100; ++i) {
      MutexLock lock(&mutex);
      while (turn % 2 != mine) changed.Wait(&mutex);
      ++turn;
      changed.SignalAll();
    }
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  EXPECT_EQ(turn, 200);
}

TEST(CondVarTest, WaitForGivesUpAfterTheTimeAndHoldsTheMutexAgain) {
  Mutex mutex;
  CondVar never;
  const int64_t start = SystemClock::Get()->MonotonicNanos();
  MutexLock lock(&mutex);
  // Waits may end early without a signal; then wait again.
  while (never.WaitFor(&mutex, absl::Milliseconds(20))) {
  }
  EXPECT_GE(SystemClock::Get()->MonotonicNanos() - start, 20'000'000);
  bool taken_elsewhere = false;
  std::thread([&] {
    if (mutex.TryLock()) {
      taken_elsewhere = true;
      mutex.Unlock();
    }
  }).join();
  EXPECT_FALSE(taken_elsewhere);
}

TEST(CondVarTest, AnInfiniteWaitEndsAtASignal) {
  Mutex mutex;
  CondVar ready_changed;
  bool ready = false;
  std::thread signaller([&] {
    MutexLock lock(&mutex);
    ready = true;
    ready_changed.Signal();
  });
  {
    MutexLock lock(&mutex);
    while (!ready) ready_changed.WaitFor(&mutex, absl::InfiniteDuration());
  }
  signaller.join();
  EXPECT_TRUE(ready);
}

TEST(FakeClockTest, MovesOnlyWhenMoved) {
  FakeClock clock(absl::FromUnixSeconds(1000));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1000));
  EXPECT_EQ(clock.MonotonicNanos(), 0);
  clock.Advance(absl::Seconds(2));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(1002));
  EXPECT_EQ(clock.MonotonicNanos(), 2'000'000'000);
  clock.SetNow(absl::FromUnixSeconds(5));
  EXPECT_EQ(clock.Now(), absl::FromUnixSeconds(5));
  EXPECT_EQ(clock.MonotonicNanos(), 2'000'000'000) << "the monotonic clock does not jump";
}

TEST(SystemClockTest, TheMonotonicClockGoesOn) {
  const int64_t before = SystemClock::Get()->MonotonicNanos();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_GE(SystemClock::Get()->MonotonicNanos() - before, 2'000'000);
  EXPECT_GT(SystemClock::Get()->Now(), absl::FromCivil(absl::CivilYear(2020), absl::UTCTimeZone()));
}

}  // namespace
}  // namespace aplomb::base
