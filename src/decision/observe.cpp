#include "decision/internal/gates.h"

namespace ambit::decision {
void note_observed(const Snapshot& snapshot, const domain::Action& action, Decision& decision) {
  if (!snapshot.policies || !snapshot.policies->all_enforced) return;
  Snapshot enforced = snapshot;
  enforced.policies = snapshot.policies->all_enforced;
  Decision would;
  policy_gates(enforced, action, would);
  if (decision.observed.empty() && would.verdict == decision.verdict) return;
  decision.would = would.verdict;
}

}  // namespace ambit::decision
