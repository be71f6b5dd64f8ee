#include "net/event_loop.h"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "net/fd_stream.h"

namespace ambit::net {
namespace {

constexpr Duration kLimit = seconds(20);

TEST(EventLoop, RunsPostedTasksInOrderAndFromOtherThreads) {
  EventLoop loop;
  std::vector<int> seen;
  constexpr int kCount = 10000;
  std::thread other([&] {
    for (int i = 0; i < kCount; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.post([&loop] { loop.stop(); });
  });
  loop.run();
  other.join();
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(kCount));
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(EventLoop, AStopThatComesFirstIsNotLost) {
  EventLoop loop;
  loop.stop();
  loop.run();
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(ran);
}

TEST(EventLoop, TimersFireInOrderUnlessCancelled) {
  EventLoop loop;
  std::vector<int> seen;
  loop.after({20}, [&] { seen.push_back(3); });
  loop.after({1}, [&] { seen.push_back(1); });
  const TimerId cancelled = loop.after({5}, [&] { seen.push_back(-1); });
  loop.after({10}, [&] { seen.push_back(2); });
  loop.cancel(cancelled);
  loop.cancel(0);
  EXPECT_TRUE(loop.run_until([&] { return seen.size() == 3; }, kLimit));
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST(EventLoop, ManyCancelledTimersLeaveTheOthersAsTheyWere) {
  EventLoop loop;
  std::vector<int> seen;
  std::vector<TimerId> cancelled;
  for (int i = 0; i < 2000; ++i) {
    if (i % 100 == 7) {
      loop.after({10 + i / 100}, [&seen, i] { seen.push_back(i); });
    } else {
      cancelled.push_back(loop.after({1 + i % 50}, [&seen] { seen.push_back(-1); }));
    }
    if (i % 3 == 0 && !cancelled.empty()) {
      loop.cancel(cancelled.back());
      loop.cancel(cancelled.back());  // the second time it is gone
      cancelled.pop_back();
    }
  }
  for (const TimerId timer : cancelled) loop.cancel(timer);
  ASSERT_TRUE(loop.run_until([&] { return seen.size() >= 20; }, {10'000}));
  EXPECT_EQ(seen.size(), 20u);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.front(), 7);
}

TEST(EventLoop, ATimerOfATimerWaitsForTheNextRound) {
  EventLoop loop;
  int fired = 0;
  int posted = 0;
  std::function<void()> again = [&] {
    ++fired;
    loop.after({0}, again);
    if (fired == 1) loop.post([&] { posted = fired; });
  };
  loop.after({0}, again);
  ASSERT_TRUE(loop.run_until([&] { return posted > 0; }, {10'000}));
  EXPECT_LE(posted, 2);  // the loop was not held by timers that set timers
}

TEST(EventLoop, RunUntilGivesUpAtItsLimit) {
  EventLoop loop;
  const std::int64_t before = loop.now_ms();
  EXPECT_FALSE(loop.run_until([] { return false; }, {30}));
  EXPECT_GE(loop.now_ms() - before, 30);
}

TEST(EventLoop, HandsSignalsToTheHandler) {
  EventLoop loop;
  int seen = 0;
  ASSERT_TRUE(loop.on_signal([&](int number) { seen = number; }));
  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(loop.run_until([&] { return seen != 0; }, kLimit));
  EXPECT_EQ(seen, SIGTERM);
}

TEST(FdWatch, MayBeDestroyedByItsOwnCallback) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
  std::unique_ptr<FdWatch> watch;
  bool called = false;
  watch = std::make_unique<FdWatch>(loop, ends[0], [&] {
    watch.reset();
    called = true;
  });
  watch->arm_read();
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_TRUE(loop.run_until([&] { return called; }, kLimit));
  ::close(ends[1]);
}

TEST(FdWatch, OneWatchMayDestroyAnotherOfTheSameRound) {
  EventLoop loop;
  int sockets[2][2];
  std::unique_ptr<FdWatch> watches[2];
  int calls = 0;
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets[i]), 0);
    watches[i] = std::make_unique<FdWatch>(loop, sockets[i][0], [&, i] {
      ++calls;
      watches[1 - i].reset();
    });
    watches[i]->arm_read();
    ASSERT_EQ(::write(sockets[i][1], "x", 1), 1);
  }
  EXPECT_TRUE(loop.run_until([&] { return calls > 0; }, kLimit));
  bool later = false;
  loop.after({1}, [&] { later = true; });
  EXPECT_TRUE(loop.run_until([&] { return later; }, kLimit));
  EXPECT_EQ(calls, 1);
  for (auto& pair : sockets) ::close(pair[1]);
}

TEST(FdStream, CarriesMoreThanAPipeHoldsAndReportsTheEnd) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FdStream reader(loop, ends[0]);
  FdStream writer(loop, ends[1]);
  std::string received;
  bool ended = false;
  reader.start([&](std::string_view bytes) { received += bytes; },
               [&](const Result<>& why) { ended = why.has_value(); });
  writer.start_write_only([](const Result<>&) { FAIL(); });
  std::string sent;
  for (int i = 0; i < 100000; ++i) sent += std::to_string(i) + "\n";
  ASSERT_TRUE(writer.write(sent));
  writer.close_when_written();
  EXPECT_TRUE(loop.run_until([&] { return ended; }, kLimit));
  EXPECT_EQ(received, sent);
}

TEST(FdStream, RefusesMoreThanItsBound) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FdStream writer(loop, ends[1], {.max_queued = 10});
  EXPECT_TRUE(writer.write("0123456789"));
  EXPECT_FALSE(writer.write("x"));
  EXPECT_EQ(writer.queued(), 10u);
  ::close(ends[0]);
}

TEST(FdStream, ReportsAReaderThatWentAway) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FdStream writer(loop, ends[1]);
  bool failed = false;
  writer.start_write_only([&](const Result<>& why) { failed = !why.has_value(); });
  ::close(ends[0]);
  ASSERT_TRUE(writer.write("x"));
  EXPECT_TRUE(loop.run_until([&] { return failed; }, kLimit));
  EXPECT_FALSE(writer.write("y"));
}

TEST(FdStream, PauseHoldsBytesBack) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  FdStream reader(loop, ends[0]);
  std::string received;
  reader.start([&](std::string_view bytes) { received += bytes; }, [](const Result<>&) {});
  reader.pause();
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  EXPECT_FALSE(loop.run_until([&] { return !received.empty(); }, {20}));
  reader.resume();
  EXPECT_TRUE(loop.run_until([&] { return !received.empty(); }, kLimit));
  ::close(ends[1]);
}

TEST(FdStream, ReadsARegularFile) {
  EventLoop loop;
  constexpr std::string_view kContent = "from a file";
  const int file = ::memfd_create("content", MFD_CLOEXEC);
  ASSERT_EQ(::write(file, kContent.data(), kContent.size()), std::ssize(kContent));
  ASSERT_EQ(::lseek(file, 0, SEEK_SET), 0);
  FdStream reader(loop, file);
  std::string received;
  bool ended = false;
  reader.start([&](std::string_view bytes) { received += bytes; },
               [&](const Result<>&) { ended = true; });
  EXPECT_TRUE(loop.run_until([&] { return ended; }, kLimit));
  EXPECT_EQ(received, kContent);
}

}  // namespace
}  // namespace ambit::net
