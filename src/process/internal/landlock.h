// Landlock by system call: the C library has no wrappers, and the headers of Debian 12 end at
// ABI 3.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace ambit::process::internal {

// 0 when the kernel has none or it is switched off.
int landlock_abi();

// A ruleset that allows reading and executing beneath `read_paths`, everything beneath
// `write_paths`, and TCP when `allow_network`. Returns a close-on-exec descriptor for
// `landlock_restrict`. Fails with `process.isolation`.
Result<int> make_ruleset(const std::vector<std::string>& read_paths,
                         const std::vector<std::string>& write_paths, bool allow_network);

// Confines the calling process for good; needs `no_new_privs`. 0, or -1 with errno. Safe between
// fork and exec.
int landlock_restrict(int ruleset);

}  // namespace ambit::process::internal
