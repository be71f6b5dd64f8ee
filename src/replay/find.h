// One decision of the ledger with all that it was made from.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "decision/snapshot.h"
#include "domain/action.h"
#include "replay/replay.h"

namespace ambit::replay {

struct FoundDecision {
  std::uint64_t index = 0;
  domain::Action action;
  decision::Snapshot snapshot;  // its session and approval are those below
  std::shared_ptr<const domain::SessionState> session;
  std::shared_ptr<const domain::Approval> approval;
};

// Errors: `decision.unknown` when the ledger has no decision of that id, `replay.incomplete` when
// its arguments were too large to be recorded, `replay.erased` and `replay.locked` when what it was
// decided on cannot be opened with `keys`, and those of replay().
Result<FoundDecision> find(const Source& source, const std::string& decision,
                           const vault::KeyRing* keys = nullptr);

}  // namespace ambit::replay
