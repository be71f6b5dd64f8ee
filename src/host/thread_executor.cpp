#include "host/thread_executor.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace ambit::host {

namespace {

void yield_to_everybody() {
  // Of this thread alone, as Linux has it.
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 19);
}

}  // namespace

ThreadExecutor::ThreadExecutor(bool yields)
    : thread_([this, yields] {
        if (yields) yield_to_everybody();
        run();
      }) {}

ThreadExecutor::~ThreadExecutor() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void ThreadExecutor::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
}

std::size_t ThreadExecutor::pending() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + (running_one_ ? 1 : 0);
}

void ThreadExecutor::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    running_one_ = true;
    lock.unlock();
    work();
    // What the work holds may post when it is destroyed, so that happens without the lock.
    work = nullptr;
    lock.lock();
    running_one_ = false;
  }
}

}  // namespace ambit::host
