// Timers that run when they are told to.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "ports/host.h"

namespace ambit::fakes {

class ManualTimers final : public ports::Timers {
 public:
  std::uint64_t after(Duration, std::function<void()> work) override {
    waiting_[++last_] = std::move(work);
    return last_;
  }
  void cancel(std::uint64_t timer) override { waiting_.erase(timer); }
  void run_all() {
    for (auto& [timer, work] : std::exchange(waiting_, {})) work();
  }

 private:
  std::map<std::uint64_t, std::function<void()>> waiting_;
  std::uint64_t last_ = 0;
};

}  // namespace ambit::fakes
