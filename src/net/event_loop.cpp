#include "net/event_loop.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <functional>
#include <mutex>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ambit::net {

struct FdWatch::Impl : std::enable_shared_from_this<FdWatch::Impl> {
  Impl(EventLoop::Impl& loop_in, int fd_in) : loop(loop_in), fd(fd_in) {}

  void arm(std::uint32_t event);
  void fire(std::uint32_t events);
  void set_interest(std::uint32_t events);
  void close();

  EventLoop::Impl& loop;
  int fd;
  std::function<void()> readable;
  std::function<void()> writable;
  std::uint32_t armed = 0;     // what the owner wants to hear
  std::uint32_t interest = 0;  // what the kernel was told; more than `armed` costs nothing
  bool added = false;
  bool always_ready = false;  // a regular file, which epoll does not take
};

struct EventLoop::Impl {
  Impl();
  ~Impl();

  void run_round(std::int64_t limit_ms);
  void run_posted();
  void run_timers();
  int poll_timeout(std::int64_t limit_ms);
  void wake();

  static std::int64_t now_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  }

  int epoll = -1;
  int wake_fd = -1;
  std::atomic<bool> stopping = false;
  std::atomic<bool> asleep = false;  // waits for events, so that a task from elsewhere must wake it

  std::mutex mutex;
  std::vector<std::function<void()>> posted;   // guarded by `mutex`
  std::vector<std::function<void()>> running;  // a batch taken from `posted`

  // Most timers are cancelled: each is one entry of a table, and its place in the heap is left.
  using Due = std::pair<std::int64_t, TimerId>;
  void drop_cancelled();
  TimerId last_timer = 0;
  std::unordered_map<TimerId, std::function<void()>> timers;
  std::vector<Due> due;  // a heap, the next one at its front

  // The events of this round; one whose watch was closed meanwhile is nulled.
  std::array<epoll_event, 128> events{};
  int event_count = 0;

  std::unique_ptr<FdWatch> signal_watch;
  std::function<void(int)> signal_handler;
  sigset_t old_signals{};
};

EventLoop::Impl::Impl()
    : epoll(::epoll_create1(EPOLL_CLOEXEC)), wake_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (epoll < 0 || wake_fd < 0) throw std::system_error(errno, std::generic_category(), "epoll");
  epoll_event event{};
  // Edge-triggered, each write to it is an event of its own and nobody has to read it empty.
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = &wake_fd;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, wake_fd, &event);
}

EventLoop::Impl::~Impl() {
  if (signal_watch) {
    signal_watch.reset();
    ::pthread_sigmask(SIG_SETMASK, &old_signals, nullptr);
  }
  ::close(wake_fd);
  ::close(epoll);
}

void EventLoop::Impl::wake() {
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then the loop wakes anyway.
  (void)!::write(wake_fd, &one, sizeof one);
}

void EventLoop::Impl::run_posted() {
  // What a task posts runs in the same round, as long as others need not wait long for theirs.
  constexpr int kMostBatches = 4;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    {
      const std::lock_guard lock(mutex);
      if (posted.empty()) return;
      running.swap(posted);
    }
    for (auto& task : running) std::exchange(task, nullptr)();
    running.clear();
  }
}

void EventLoop::Impl::run_timers() {
  if (timers.empty()) return due.clear();
  const std::int64_t now = now_ms();
  // A timer set by a timer waits for the next round, so that the loop cannot be held here. It comes
  // after all that were due before.
  const TimerId last = last_timer;
  while (!due.empty() && due.front().first <= now && due.front().second <= last) {
    const auto found = timers.find(due.front().second);
    std::pop_heap(due.begin(), due.end(), std::greater<>());
    due.pop_back();
    if (found == timers.end()) continue;
    const auto task = std::move(found->second);
    timers.erase(found);
    task();
  }
}

void EventLoop::Impl::drop_cancelled() {
  std::erase_if(due, [this](const Due& one) { return !timers.contains(one.second); });
  std::make_heap(due.begin(), due.end(), std::greater<>());
}

int EventLoop::Impl::poll_timeout(std::int64_t limit_ms) {
  {
    const std::lock_guard lock(mutex);
    if (!posted.empty()) return 0;
    asleep = true;
  }
  std::int64_t wait = limit_ms;
  if (!due.empty()) wait = std::min(wait, due.front().first - now_ms());
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, INT_MAX));
}

// Waits for events once, for `limit_ms` at most, and runs all that is due.
void EventLoop::Impl::run_round(std::int64_t limit_ms) {
  event_count =
      ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), poll_timeout(limit_ms));
  asleep = false;
  for (int i = 0; i < event_count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    if (event.data.ptr != &wake_fd && event.data.ptr != nullptr) {
      static_cast<FdWatch::Impl*>(event.data.ptr)->fire(event.events);
    }
  }
  event_count = 0;
  run_posted();
  run_timers();
}

EventLoop::EventLoop() : impl_(std::make_unique<Impl>()) { std::signal(SIGPIPE, SIG_IGN); }
EventLoop::~EventLoop() = default;

void EventLoop::run() {
  while (!impl_->stopping) impl_->run_round(INT_MAX);
  // Reset after, not before, so that a `stop` that came first is not lost.
  impl_->stopping = false;
}

bool EventLoop::run_until(const std::function<bool()>& done, Duration limit) {
  const std::int64_t deadline = now_ms() + limit.ms;
  bool answer = done();
  while (!answer && !impl_->stopping) {
    const std::int64_t left = deadline - now_ms();
    if (left <= 0) break;
    impl_->run_round(left);
    answer = done();
  }
  impl_->stopping = false;
  return answer;
}

void EventLoop::stop() {
  impl_->stopping = true;
  impl_->wake();
}

void EventLoop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->posted.push_back(std::move(task));
  }
  if (impl_->asleep.exchange(false)) impl_->wake();
}

TimerId EventLoop::after(Duration delay, std::function<void()> task) {
  const TimerId id = ++impl_->last_timer;
  impl_->timers.emplace(id, std::move(task));
  impl_->due.emplace_back(now_ms() + std::max<std::int64_t>(0, delay.ms), id);
  std::push_heap(impl_->due.begin(), impl_->due.end(), std::greater<>());
  return id;
}

void EventLoop::cancel(TimerId id) {
  constexpr std::size_t kFewCancelled = 64;
  if (impl_->timers.erase(id) == 0) return;
  if (impl_->due.size() > 2 * impl_->timers.size() + kFewCancelled) impl_->drop_cancelled();
}

Result<> EventLoop::on_signal(std::function<void(int)> handler) {
  impl_->signal_handler = std::move(handler);
  if (impl_->signal_watch) return {};
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, &impl_->old_signals);
  const int fd = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) return fail(Code::kInternal, "net.signal", "cannot listen for signals");
  impl_->signal_watch = std::make_unique<FdWatch>(*this, fd, [impl = impl_.get(), fd] {
    signalfd_siginfo info{};
    while (::read(fd, &info, sizeof info) == sizeof info) {
      // A copy: the handler may install another one.
      const auto current = impl->signal_handler;
      current(static_cast<int>(info.ssi_signo));
    }
    impl->signal_watch->arm_read();
  });
  impl_->signal_watch->arm_read();
  return {};
}

std::int64_t EventLoop::now_ms() const { return Impl::now_ms(); }

void FdWatch::Impl::set_interest(std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  interest = events;
  if (::epoll_ctl(loop.epoll, added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0) {
    added = true;
  } else if (errno == EPERM) {
    always_ready = true;
  }
}

void FdWatch::Impl::arm(std::uint32_t event) {
  if (fd < 0) return;
  if ((interest & event) == 0 && !always_ready) set_interest(interest | event);
  const bool idle = armed == 0;
  armed |= event;
  if (!always_ready || !idle) return;
  auto task = [self = shared_from_this()] { self->fire(self->armed); };
  const std::lock_guard lock(loop.mutex);
  loop.posted.push_back(std::move(task));
}

void FdWatch::Impl::fire(std::uint32_t events) {
  const auto self = shared_from_this();  // a callback may destroy the watch
  // An error or a hang-up is for whoever waits, and shows in the read or write that follows.
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) events |= EPOLLIN | EPOLLOUT;
  if ((events & EPOLLIN & armed) != 0) {
    armed &= ~static_cast<std::uint32_t>(EPOLLIN);
    readable();
  }
  if (fd >= 0 && (events & EPOLLOUT & armed) != 0) {
    armed &= ~static_cast<std::uint32_t>(EPOLLOUT);
    writable();
  }
  // The kernel repeats an event until it is dealt with: what nobody wants now is switched off. Not
  // before it has come once, because it is mostly wanted again by then.
  if (fd < 0 || always_ready) return;
  const std::uint32_t unwanted = interest & events & ~armed;
  if (unwanted != 0) set_interest(interest & ~unwanted);
  if (armed == 0 && (events & (EPOLLERR | EPOLLHUP)) != 0 && added) {
    // These two are reported whatever the interest; only leaving the set silences them.
    ::epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, nullptr);
    added = false;
    interest = 0;
  }
}

void FdWatch::Impl::close() {
  if (fd < 0) return;
  for (int i = 0; i < loop.event_count; ++i) {
    epoll_event& event = loop.events[static_cast<std::size_t>(i)];
    if (event.data.ptr == this) event.data.ptr = nullptr;
  }
  if (added) ::epoll_ctl(loop.epoll, EPOLL_CTL_DEL, fd, nullptr);
  ::close(std::exchange(fd, -1));
}

FdWatch::FdWatch(EventLoop& loop, int fd, std::function<void()> readable,
                 std::function<void()> writable)
    : impl_(std::make_shared<Impl>(loop.impl(), fd)) {
  impl_->readable = std::move(readable);
  impl_->writable = std::move(writable);
}

FdWatch::~FdWatch() { impl_->close(); }

void FdWatch::arm_read() { impl_->arm(EPOLLIN); }

void FdWatch::arm_write() { impl_->arm(EPOLLOUT); }

int FdWatch::fd() const { return impl_->fd; }

void FdWatch::close() { impl_->close(); }

}  // namespace ambit::net
