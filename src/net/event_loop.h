// One thread's event loop: tasks from other threads, timers, signals, readiness of descriptors.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/result.h"
#include "base/time.h"

namespace ambit::net {

using TimerId = std::uint64_t;

// Everything handed to a loop runs on the thread that is inside `run` (or `run_until`), one at a
// time, and must not throw. All members except `post` and `stop` are for that thread, or for any
// one thread while the loop does not run. The loop outlives every object that was given it.
//
// Constructing a loop makes the process ignore SIGPIPE: a peer that went away is an error of the
// write, not a signal.
class EventLoop {
 public:
  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until `stop`, also while there is nothing to do.
  void run();

  // Runs until `done` returns true, which is asked after each round of events, or until `limit` has
  // passed. Returns the last answer of `done`; false also after `stop`.
  bool run_until(const std::function<bool()>& done, Duration limit);

  // Makes `run` return soon. Thread-safe. A stopped loop can be run again.
  void stop();

  // Queues `task`. Thread-safe, and cheap in bursts: only the first task of a batch wakes the loop.
  // Tasks run in the order in which they were posted.
  void post(std::function<void()> task);

  // Runs `task` once after `delay`. `cancel` of a timer that has fired, or of 0, does nothing.
  TimerId after(Duration delay, std::function<void()> task);
  void cancel(TimerId id);

  // Calls `handler` with SIGINT or SIGTERM each time one arrives, one handler at a time. Blocks
  // both signals in the calling thread, from which later threads inherit that: call it before
  // threads are started. Undone when the loop is destroyed.
  Result<> on_signal(std::function<void(int)> handler);

  // Milliseconds of the monotonic clock.
  std::int64_t now_ms() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// Readiness of one descriptor (socket, pipe, pidfd), which it owns and closes. Each arming is for
// one event. A callback may destroy the watch.
class FdWatch {
 public:
  // Takes `fd`, which must be non-blocking if it is to be read or written.
  FdWatch(EventLoop& loop, int fd, std::function<void()> readable,
          std::function<void()> writable = {});
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  // Calls back once when the descriptor can be read (end of file and errors count), or written.
  void arm_read();
  void arm_write();

  // -1 after `close`.
  int fd() const;

  // Closes the descriptor; no callback comes after.
  void close();

  struct Impl;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace ambit::net
