// What this machine lets us put between ourselves and the agents and tool servers, and what is
// missing.
#pragma once

#include <optional>
#include <sys/types.h>
#include <vector>

#include "process/isolation.h"
#include "service/settings.h"

namespace ambit::app {

struct Isolation {
  process::IsolationReport report;
  std::optional<process::RunAs> run_as;  // for tool servers
  std::vector<service::Warning> warnings;
};

// Asks the kernel and the user database; changes nothing.
Isolation choose_isolation();

// `isolation.missing`, `isolation.partial`, `isolation.same_uid`. `uid` is the one that this server
// runs under; `is_shared`: others may run programs under it.
std::vector<service::Warning> isolation_warnings(const process::IsolationReport& report, uid_t uid,
                                                 bool is_shared);

}  // namespace ambit::app
