// Makes this process harder to read and less powerful than it was started.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace ambit::process {

struct HardeningOptions {
  // Root only: keep just the capabilities below, in every set including the bounding set. Without
  // CAP_DAC_OVERRIDE root reads and writes only what its uid may.
  bool drop_capabilities = true;
  bool keep_setuid = true;  // CAP_SETUID, CAP_SETGID: start children under another uid
  bool keep_kill = true;    // CAP_KILL: end them
  bool keep_chown = false;  // CAP_CHOWN: give them a working folder
  bool keep_dac_override = false;
  bool keep_net_bind = false;  // CAP_NET_BIND_SERVICE: ports below 1024
};

struct HardeningReport {
  bool not_dumpable = false;
  bool no_core = false;
  // Names such as `CAP_SETUID`; empty when not root or when nothing was dropped.
  std::vector<std::string> kept_capabilities;
  bool dropped_capabilities = false;
};

// PR_SET_DUMPABLE 0 (no ptrace, /proc/PID owned by root), no core dumps, umask 077 and, when root,
// the capability drop. Call before threads are started: capabilities are per thread. Fails with
// `process.hardening`.
Result<HardeningReport> harden_self(const HardeningOptions& options = {});

}  // namespace ambit::process
