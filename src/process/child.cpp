#include "process/child.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "process/internal/descendants.h"

namespace ambit::process {

using internal::ProcessId;

Child::Child(Child&& other) noexcept { *this = std::move(other); }

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  close_all();
  pid_ = std::exchange(other.pid_, -1);
  mark_ = other.mark_;
  pidfd_ = std::exchange(other.pidfd_, -1);
  streams_ = std::exchange(other.streams_, {-1, -1, -1});
  status_ = other.status_;
  return *this;
}

Child::~Child() { close_all(); }

void Child::close_all() {
  for (int& stream : streams_) {
    if (stream >= 0) ::close(std::exchange(stream, -1));
  }
  if (pid_ > 0) terminate({0});
  if (pidfd_ >= 0) ::close(std::exchange(pidfd_, -1));
  pid_ = -1;
}

int Child::take_stdin() { return std::exchange(streams_[0], -1); }
int Child::take_stdout() { return std::exchange(streams_[1], -1); }
int Child::take_stderr() { return std::exchange(streams_[2], -1); }

bool Child::ended(int timeout_ms) const {
  pollfd waiting{pidfd_, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, timeout_ms);
  } while (ready < 0 && errno == EINTR);
  return ready > 0;
}

// Precondition: the child has ended. Until it is reaped its number, and with it that of the group,
// cannot belong to anybody else.
ExitStatus Child::reap() {
  ::kill(-pid_, SIGKILL);
  if (mark_ != 0) {
    for (const ProcessId& left : internal::find_descendants(-1, mark_)) {
      internal::kill_process(left);
    }
  }
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
  }
  status_ = ExitStatus{info.si_code != CLD_EXITED, info.si_status};
  return *status_;
}

std::optional<ExitStatus> Child::poll() { return wait_for({0}); }

ExitStatus Child::wait() {
  if (status_) return *status_;
  ended(-1);
  return reap();
}

std::optional<ExitStatus> Child::wait_for(Duration limit) {
  if (status_) return status_;
  if (!ended(static_cast<int>(std::clamp<std::int64_t>(limit.ms, 0, INT_MAX)))) {
    return std::nullopt;
  }
  return reap();
}

void Child::signal_group(int signal) const {
  if (!status_ && pid_ > 0) ::kill(-pid_, signal);
}

ExitStatus Child::terminate(Duration grace) {
  // Taken while the leader lives: with its death its children get another parent.
  std::vector<ProcessId> family = internal::find_descendants(status_ ? -1 : pid_, mark_);
  if (!status_ && grace.ms > 0) {
    signal_group(SIGTERM);
    signal_group(SIGCONT);
    ended(static_cast<int>(std::min<std::int64_t>(grace.ms, INT_MAX)));
  }
  // New ones may be started until all are dead; a few rounds outrun any but a fork bomb.
  constexpr int kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    if (!status_) ::kill(-pid_, SIGKILL);
    for (const ProcessId& process : family) internal::kill_process(process);
    // Once the leader is reaped its number means nothing any more, but the mark does.
    family = internal::find_descendants(status_ ? -1 : pid_, mark_);
    if (family.empty()) break;
  }
  return wait();
}

}  // namespace ambit::process
