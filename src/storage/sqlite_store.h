// The registry in one SQLite file that one process owns.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "ports/store.h"

namespace ambit::storage {

// Opens the registry at `path`, whose folder must exist, and creates it when there is none. Holds
// `path`.lock until it is destroyed. Errors:
//   `store.locked`     another process (named by its pid) or store has it open
//   `store.foreign`    the file is a database, but not a registry
//   `store.future`     a newer version of the program wrote it
//   `store.corrupt`    the file is damaged
//   `store.unwritable` the disk refuses, or the file may not be written
//   `store.unopenable` the folder is missing or may not be entered
// Later calls answer `store.unwritable` while the disk refuses, and work again once it does not.
Result<std::unique_ptr<ports::Store>> open_sqlite_store(const std::string& path);

// The keys in the registry at `path`, which a server may be using meanwhile; nothing is written. A
// registry from before there were keys has none. Errors as above but for `store.locked`, and
// `store.none` when there is no such file.
Result<std::unique_ptr<ports::KeyReader>> open_sqlite_keys(const std::string& path);

}  // namespace ambit::storage
