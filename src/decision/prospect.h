// What may become of calls that nobody has made yet.
#pragma once

#include <string>
#include <vector>

#include "decision/snapshot.h"

namespace ambit::decision {

enum class Prospect {
  kDenied,   // policies deny every call
  kMaybe,    // it depends on the call, or on what the task will have done, or on an approval
  kAllowed,  // policies allow every call without an approval
};
std::string_view name_of(Prospect prospect);

// The time for which it is asked.
enum class Moment {
  kNow,     // with the session and the clock of the snapshot
  kInTask,  // at any time while the task is open: sessions change, time passes
};

struct ToolProspect {
  Prospect prospect = Prospect::kMaybe;
  // Ids, in order: where it is denied, the forbids that deny every call, none of them when no
  // permit can apply; otherwise the forbids that can.
  std::vector<std::string> policies;
};

// What the policies of the snapshot may say of calls of its tool, whatever their arguments, targets
// within the tool's binding, probes and approvals. Never denied where decide() would allow or hold
// some call, nor allowed where it would deny or hold one: what it cannot tell is a maybe. Asks
// neither liveness nor scope nor limits. Pure. Precondition: agent, server, tool with its binding,
// the task's chain and compiled policies are known, and the agent is complete; otherwise a maybe.
ToolProspect prospect_of(const Snapshot& snapshot, Moment moment);

}  // namespace ambit::decision
