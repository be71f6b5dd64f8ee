// The steps that bring a registry file of any older version to the newest one.
#pragma once

#include <string>

#include "base/result.h"
#include "sqlite/sqlite.h"

namespace ambit::storage::internal {

using sqlite::Database;

// Refuses a file that is not a registry (`store.foreign`) or that a newer program wrote
// (`store.future`), without changing it. Zero for an empty file.
Result<int> check_version(Database& database, const std::string& path);

// Applies the missing steps, each in a transaction of its own. Precondition: check_version().
Result<> migrate(Database& database, const std::string& path);

// The version that migrate() leads to.
int newest_version();

}  // namespace ambit::storage::internal
