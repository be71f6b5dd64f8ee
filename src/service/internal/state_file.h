// The state of the ledger as it stands in a snapshot (docs/formats/snapshot.md).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/digest.h"
#include "service/internal/ledger_state.h"

namespace ambit::service {

// The whole file. The same state gives the same bytes.
std::string write_state(const LedgerState& state, const crypto::HmacKey& key);

// Reads exactly what write_state wrote under the same key. Errors, all for the log alone:
// `snapshot.form` (not a snapshot, or cut off), `snapshot.version`, `snapshot.forged` (not
// authenticated by this key).
Result<LedgerState> read_state(std::string_view file, const crypto::HmacKey& key);

// The state as it is kept when the entries that led to it are dropped; whoever keeps it vouches for
// it. Errors as above.
std::string write_dropped_state(const LedgerState& state);
Result<LedgerState> read_dropped_state(std::string_view bytes);

// What stands between the head and the authentication of the file; for fuzzing.
std::string write_state_body(const LedgerState& state);
Result<LedgerState> read_state_body(std::string_view body);

}  // namespace ambit::service
