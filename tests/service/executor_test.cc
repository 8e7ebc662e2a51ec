#include "service/executor.h"

#include <atomic>
#include <future>
#include <vector>

#include "gtest/gtest.h"

namespace aplomb::service {
namespace {

TEST(Executor, RefusesBeyondItsQueueAndRunsTheRest) {
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::promise<void> begun;
  std::atomic<int> ran = 0;
  Executor executor(1, 3);
  ASSERT_TRUE(executor.TrySubmit([&] {
    begun.set_value();
    open.wait();
    ++ran;
  }));
  begun.get_future().wait();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(executor.TrySubmit([&] { ++ran; })) << i;
  EXPECT_FALSE(executor.TrySubmit([&] { ran += 100; }));
  gate.set_value();
  executor.Stop();
  EXPECT_EQ(ran, 4);
}

TEST(Executor, ContinuationsComeFirstAndAreNeverRefused) {
  std::promise<void> gate;
  std::shared_future<void> open = gate.get_future().share();
  std::promise<void> begun;
  std::vector<int> order;
  Executor executor(1, 2);
  ASSERT_TRUE(executor.TrySubmit([&] {
    begun.set_value();
    open.wait();
  }));
  begun.get_future().wait();
  ASSERT_TRUE(executor.TrySubmit([&] { order.push_back(1); }));
  ASSERT_TRUE(executor.TrySubmit([&] { order.push_back(2); }));
  executor.Continue([&] { order.push_back(3); });
  executor.Continue([&] { order.push_back(4); });
  gate.set_value();
  executor.Stop();
  EXPECT_EQ(order, (std::vector<int>{3, 4, 1, 2}));
}

TEST(Executor, AfterStopTakesNothingNewButFinishesWhatWasAccepted) {
  Executor executor(2, 10);
  executor.Stop();
  EXPECT_FALSE(executor.TrySubmit([] { FAIL() << "ran after Stop"; }));
  bool ran = false;
  executor.Continue([&ran] { ran = true; });
  EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace aplomb::service
