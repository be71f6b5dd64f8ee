// State rebuilt at start from the registry and the ledger.
#pragma once

#include "base/result.h"
#include "service/internal/context.h"
#include "service/internal/ledger_state.h"

namespace ambit::service {

// Loads the documents of the registry; of tasks those that are open.
Result<> load_registry(Context& context);

// The state of the ledger up to its end: from a snapshot that is to be believed and the entries
// after it or, with `anew` or where there is none, from all entries.
struct Rebuilt {
  std::unique_ptr<LedgerState> state;
  bool from_snapshot = false;
};
Result<Rebuilt> rebuild_from_ledger(Context& context, bool anew);

// Takes into the world what the ledger tells of the tasks that the registry has open, and of what
// belongs to no task. What only an approver was shown is opened again. `state.corrupt` where that
// cannot be read.
Result<> take_over(Context& context, const LedgerState& state);

// Records the outcome `unknown` of every call that was let go before a crash and never answered; it
// is not sent again (dispatch is at most once).
void settle_awaited(Context& context);

// As those of History, and notes what recall.h answers from until the index has it.
void fold_decision(Context& context, const DurableDecision& decision);
void fold_record(Context& context, std::uint64_t index, std::string_view kind,
                 const text::Json& body);

}  // namespace ambit::service
