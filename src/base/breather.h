// For threads that work in the background beside one that answers.
#pragma once

#include <cstdint>
#include <thread>

namespace ambit {

// Gives way every so many steps of work that no system call interrupts. However low its priority
// is, a thread may otherwise keep the one that answers from its core until the next tick of the
// scheduler, which is 4 ms on many kernels: lazy preemption waits for a system call or a tick.
class Breather {
 public:
  // A step takes a few microseconds at most.
  void step() {
    if (++steps_ % kSteps == 0) std::this_thread::yield();
  }

 private:
  static constexpr std::uint32_t kSteps = 16;
  std::uint32_t steps_ = 0;
};

}  // namespace ambit
