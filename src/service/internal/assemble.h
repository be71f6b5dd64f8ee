// From an attempt to what decide() reads: the action and the snapshot.
#pragma once

#include <string>

#include "decision/snapshot.h"
#include "domain/action.h"
#include "service/decisions.h"
#include "service/internal/context.h"

namespace ambit::service {

// Identifies the attempt, checks the arguments against the approved schema, binds and resolves the
// targets. What is wrong becomes the action's `problem`, for decide() to refuse.
domain::Action assemble_action(const Context& context, Attempt attempt);

// The arguments of a probe call: `$/pointer` strings replaced by the agent's own arguments.
text::Json fill_template(const text::Json& pattern, const text::Json& arguments);

// Everything decide() reads besides the action, as of now. Pointers into the world stay valid until
// the loop does something else.
decision::Snapshot take_snapshot(const Context& context, const domain::Action& action);
// The same with what decide() would otherwise make anew.
decision::Snapshot snapshot_to_decide(const Context& context, const domain::Action& action);

// Counters of the action: reserved wider before narrower, all or nothing. `taken` says whether
// there is something to give back.
struct Reserved {
  decision::Reservation reservation;
  bool taken = false;
};
Reserved reserve(Context& context, const domain::Action& action);
// Gives an unused reservation back (deny, hold, or a record that failed).
void unreserve(Context& context, const domain::Action& action, bool give_back_rate);

}  // namespace ambit::service
