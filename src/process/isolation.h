// What this machine can do to keep a child away from us, and the choices that follow.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "process/child.h"

namespace ambit::process {

struct IsolationReport {
  bool separate_uid = false;  // we may start children under another uid
  int landlock_abi = 0;       // 0: the kernel has none
  bool no_new_privs = false;
  std::string missing = {};  // for people: what is missing and what would help; may be empty

  // A child, started with what is available, can neither read our state nor trace us.
  bool isolated() const { return no_new_privs && (separate_uid || landlock_abi > 0); }
};

// Asks the kernel; changes nothing.
IsolationReport probe_isolation();

// What an ordinary program needs to run: programs, libraries, the readable part of the system's
// configuration, null and random devices. No home, /var, /tmp or /run, and of /proc only what tells
// nothing about processes (/proc/self would name this process, not the child).
std::vector<std::string> default_read_paths();
// The one device that must be writable: /dev/null.
std::vector<std::string> default_write_paths();

// The uid and gid for children of a server that runs as root: `preferred` (default 64231), unless
// the user or group database knows it. Fails with `process.isolation` when we may not change uid or
// the number is taken.
Result<RunAs> dedicated_uid(uid_t preferred = 64231);

// The absolute path of the file that `program` names, looked up in `path` (colon separated) when it
// has no slash. Fails with `process.program`.
Result<std::string> find_executable(std::string_view program, std::string_view path);

// SHA-256 of the regular file at `path`, of 1 GiB at most. Fails with `process.program`.
Result<crypto::Digest> executable_digest(const std::string& path);

}  // namespace ambit::process
