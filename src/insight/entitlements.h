// What an agent could do at one moment.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "insight/evidence.h"
#include "text/json.h"

namespace ambit::insight {

// The agent as it stood at `at` by the ledger: its state and profile, the policies in force, the
// tasks that were open with their scope, budget left and deadline, which tools each of these could
// call then (approved, within the agent and every task above) and which needed a human by their
// tier, and the approvals that were granted and not yet used. `may_act` is false with `why_not`
// where none of it could be used. `unknown` lists what the ledger does not say. Errors:
// `identity.unknown` when the ledger knows no such agent at that moment, those of log and index.
Result<text::Json> entitlements(Evidence& evidence, const std::string& agent, Time at);

}  // namespace ambit::insight
