// The event loop in the shape in which the service knows it.
#pragma once

#include "net/event_loop.h"
#include "ports/host.h"

namespace ambit::app {

class LoopExecutor final : public ports::Executor {
 public:
  explicit LoopExecutor(net::EventLoop& loop) : loop_(loop) {}
  void post(std::function<void()> work) override { loop_.post(std::move(work)); }

 private:
  net::EventLoop& loop_;
};

// Loop thread only.
class LoopTimers final : public ports::Timers {
 public:
  explicit LoopTimers(net::EventLoop& loop) : loop_(loop) {}
  std::uint64_t after(Duration wait, std::function<void()> work) override {
    return loop_.after(wait, std::move(work));
  }
  void cancel(std::uint64_t timer) override { loop_.cancel(timer); }

 private:
  net::EventLoop& loop_;
};

}  // namespace ambit::app
