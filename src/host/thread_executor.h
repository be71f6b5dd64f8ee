// One background thread for work that blocks, such as the registry's.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "ports/host.h"

namespace ambit::host {

// Runs everything that was posted, one at a time and in order; work must not throw. The queue has
// no limit of its own: whoever posts on behalf of a caller refuses when pending() grows too large.
class ThreadExecutor final : public ports::Executor {
 public:
  // With `yields`, its thread takes what processor time everybody else leaves (nice 19).
  explicit ThreadExecutor(bool yields = false);

  // Runs what is left, including what that posts in turn, then stops the thread. Must not be called
  // from posted work.
  ~ThreadExecutor() override;

  ThreadExecutor(const ThreadExecutor&) = delete;
  ThreadExecutor& operator=(const ThreadExecutor&) = delete;

  void post(std::function<void()> work) override;

  // How much is waiting or running now.
  std::size_t pending() const;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool running_one_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last, so that it starts when everything that it reads exists
};

}  // namespace ambit::host
