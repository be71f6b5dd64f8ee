// What happens in a child between fork and exec. Everything it needs is prepared before, because
// only async-signal-safe calls are allowed there: another thread may have held any lock.
#pragma once

#include <array>
#include <optional>
#include <sys/resource.h>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "process/child.h"

namespace ambit::process::internal {

// What the child was doing when it failed.
enum class Step { kSession, kStreams, kLimits, kUser, kPrivileges, kLandlock, kFolder, kProgram };

struct StepFailure {
  Step step = Step::kSession;
  int error = 0;
};

struct ExecPlan {
  std::array<int, 3> streams = {-1, -1, -1};  // all above 2
  int report = -1;                            // gets a StepFailure; closed by a successful exec
  int ruleset = -1;                           // -1: no Landlock
  pid_t parent = 0;
  std::optional<RunAs> run_as;
  gid_t mark = 0;
  std::array<std::pair<int, rlimit>, 4> limits{};
  std::size_t limit_count = 0;
  const char* working_dir = nullptr;
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* envp = nullptr;
};

// Runs in the child; never returns.
[[noreturn]] void run_plan(const ExecPlan& plan);

}  // namespace ambit::process::internal
