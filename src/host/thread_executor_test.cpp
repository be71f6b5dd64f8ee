#include "host/thread_executor.h"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

#include "host/system_clock.h"

namespace ambit::host {
namespace {

TEST(ThreadExecutor, RunsWorkInTheOrderItWasPostedOnOneThread) {
  std::vector<int> order;
  std::vector<std::thread::id> threads;
  {
    ThreadExecutor executor;
    for (int i = 0; i < 1000; ++i) {
      executor.post([i, &order, &threads] {
        order.push_back(i);
        threads.push_back(std::this_thread::get_id());
      });
    }
  }
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
  for (const auto id : threads) EXPECT_EQ(id, threads.front());
  EXPECT_NE(threads.front(), std::this_thread::get_id());
}

TEST(ThreadExecutor, CountsWhatWaitsAndWhatRuns) {
  ThreadExecutor executor;
  EXPECT_EQ(executor.pending(), 0u);
  std::promise<void> started;
  std::promise<void> release;
  executor.post([&] {
    started.set_value();
    release.get_future().wait();
  });
  started.get_future().wait();
  EXPECT_EQ(executor.pending(), 1u);
  std::promise<void> last;
  executor.post([] {});
  executor.post([&last] { last.set_value(); });
  EXPECT_EQ(executor.pending(), 3u);
  release.set_value();
  last.get_future().wait();
  EXPECT_LE(executor.pending(), 1u);
}

TEST(ThreadExecutor, DrainsWhatDrainingPosts) {
  std::atomic<int> ran{0};
  {
    ThreadExecutor executor;
    executor.post([&] {
      ++ran;
      executor.post([&] {
        ++ran;
        executor.post([&] { ++ran; });
      });
    });
  }
  EXPECT_EQ(ran, 3);
}

TEST(ThreadExecutor, DestroysWorkWithoutHoldingItsLock) {
  struct PostsWhenDestroyed {
    ThreadExecutor& executor;
    std::atomic<int>& ran;
    ~PostsWhenDestroyed() {
      executor.post([&count = ran] { ++count; });
    }
  };
  std::atomic<int> ran{0};
  {
    ThreadExecutor executor;
    auto guard = std::make_shared<PostsWhenDestroyed>(executor, ran);
    executor.post([held = std::move(guard)] {});
  }
  EXPECT_EQ(ran, 1);
}

TEST(ThreadExecutor, TakesWorkFromManyThreads) {
  int sum = 0;  // only the executor's thread touches it
  {
    ThreadExecutor executor;
    std::vector<std::thread> posters;
    for (int t = 0; t < 4; ++t) {
      posters.emplace_back([&] {
        for (int i = 0; i < 500; ++i) executor.post([&sum] { ++sum; });
      });
    }
    for (std::thread& poster : posters) poster.join();
  }
  EXPECT_EQ(sum, 2000);
}

TEST(SystemClock, TellsThisCenturyAndDoesNotStandStill) {
  const SystemClock clock;
  const Time start = clock.now();
  EXPECT_GT(start, parse_rfc3339("2024-01-01T00:00:00Z").value());
  EXPECT_LT(start, parse_rfc3339("2100-01-01T00:00:00Z").value());
  while (clock.now() <= start) std::this_thread::yield();
}

}  // namespace
}  // namespace ambit::host
