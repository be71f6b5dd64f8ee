// The lock by which one process at a time writes a ledger.
#pragma once

#include <string>

#include "base/result.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file::internal {

// Held as long as the descriptor is open. `ledger.locked` names the process that holds it.
Result<Fd> lock_directory(FileOps& ops, const std::string& directory);

}  // namespace ambit::ledger_file::internal
