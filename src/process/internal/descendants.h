// Finds the processes that came from a child, by what /proc tells.
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <vector>

namespace ambit::process::internal {

// A process; `started` tells it from a later one with the same number.
struct ProcessId {
  pid_t pid = 0;
  std::uint64_t started = 0;

  friend bool operator==(const ProcessId&, const ProcessId&) = default;
};

// Every living process other than `leader` that descends from it by parent, is in its group or
// session, or carries the supplementary group `mark` (0: no mark).
std::vector<ProcessId> find_descendants(pid_t leader, gid_t mark);

// SIGKILL, unless the number belongs to another process by now.
void kill_process(const ProcessId& process);

}  // namespace ambit::process::internal
