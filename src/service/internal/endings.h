// Ends of authority: tasks, pending approvals, and the proof that an end is one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/approvals.h"
#include "service/internal/context.h"
#include "text/json.h"

namespace ambit::service {

// Why an open task has to end now, such as `deadline`; empty: it may go on.
std::string reason_to_end(const Context& context, const domain::Task& task);

// Takes authority away at once, in memory: the task and its descendants are ended, their pending
// approvals refused, their children killed. Returns the ids that were ended, the task first.
std::vector<std::string> end_now(Context& context, const std::string& task,
                                 const std::string& reason);

// Ends a task (end_now), probes that it is over, then commits and records it. `done` may be empty.
void end_task(Context& context, const std::string& task, const std::string& reason,
              const std::string& actor, std::function<void(Result<text::Json>)> done);

// Tries everything the task could do before and reports each probe with whether it was refused.
text::Json probe_end(Context& context, const std::string& task);

// Closes a pending approval with a state other than granted, records it, tells the waiters.
void close_approval(Context& context, const std::string& approval, domain::ApprovalState state,
                    const std::string& by, const std::string& note,
                    std::function<void(Result<ports::Position>)> done);

// How the approval stands; refused by nobody when there is none.
ApprovalAnswer answer_of(const World& world, const std::string& approval);

// Tells everybody who waits for the approval how it was answered.
void tell_waiters(Context& context, const std::string& approval);

// Writes all coalesced denials.
void flush_denials(Context& context);

}  // namespace ambit::service
