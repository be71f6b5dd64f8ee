// What people read before they answer and afterwards: approvals and decisions in plain words.
#pragma once

#include <ostream>

#include "cli/internal/paint.h"
#include "text/json.h"

namespace ambit::cli {

// Everything that a grant would allow, and nothing cut without saying so: the call with its exact
// arguments, what would change, the task, the agent and its owners, who must agree, until when.
void print_approval(std::ostream& out, const Paint& paint, const text::Json& approval);

// One decision as Decisions::show gives it: who, what, verdict, why, which policy, what state, who
// was accountable, the approval, what came of it, and where the evidence is. `approval` is the
// record of the approval that was used or asked for, or null.
void print_decision(std::ostream& out, const Paint& paint, const text::Json& decision,
                    const text::Json& approval);

// Decisions, one a line.
void print_decisions(std::ostream& out, const Paint& paint, const text::Json& list);

}  // namespace ambit::cli
