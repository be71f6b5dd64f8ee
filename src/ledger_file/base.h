// The file `base` of a ledger whose first entries were dropped (ledger/base.h).
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/base.h"

namespace ambit::ledger_file {

// Nothing when there is none. Errors as of decode_base, `ledger.io`.
Result<std::optional<ledger::Base>> read_base(const std::string& directory,
                                              const ledger::KeyChain& keys);

// Durable when it returns, in the place of the one before. `ledger.wrong_key` unless `key` is the
// present one of the ledger in `directory`.
Result<> write_base(const std::string& directory, const ledger::Base& base,
                    const crypto::SigningKey& key);

}  // namespace ambit::ledger_file
