// The one pure function that decides (design law 1).
#pragma once

#include "decision/decision.h"
#include "decision/snapshot.h"
#include "domain/action.h"

namespace ambit::decision {

// Decides one action against one snapshot. Pure: no I/O, no clock, no globals; the same arguments
// give the same decision, so that replay, simulation and the live path are this one call. The gates
// liveness, scope, limits, policy and approval are asked in this order and the first that says no
// decides; an unknown or missing part denies. Thread-safe.
Decision decide(const Snapshot& snapshot, const domain::Action& action);

// The reason why the action may no longer be released, asked of a fresh snapshot after its record
// is durable; nothing when authority still stands.
std::optional<Reason> recheck(const Snapshot& fresh, const domain::Action& action);

}  // namespace ambit::decision
