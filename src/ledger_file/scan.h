// Reads a ledger's entries from its directory, or a copy of one, without a lock.
#pragma once

#include <string>

#include "base/result.h"
#include "ports/log.h"

namespace ambit::ledger_file {

// Visits every whole entry from the first on, in order; entries that are being written meanwhile
// may be missed. Proves nothing: that is verify_directory's. Errors: `ledger.no_ledger`,
// `ledger.io`, `ledger.version`, `ledger.corrupt`; the latter also when entries that the newest
// checkpoint covers cannot be read.
//
// Segments that were moved away are read from `archive`, or, where none is named, from where they
// were moved to; `ledger.absent` where they are not there. Of dropped ones those entries are
// visited that later ones refer to.
Result<> scan_directory(const std::string& directory, const ports::EntryVisitor& visit,
                        const std::string& archive = "");

}  // namespace ambit::ledger_file
