#include "decision/decide.h"

#include "decision/internal/gates.h"

namespace ambit::decision {
namespace {

using domain::SessionEvent;
using domain::Verdict;

SessionEvent delta_of(const Snapshot& snapshot, const domain::Action& action, Verdict verdict) {
  SessionEvent event;
  event.reference = action.id;
  switch (verdict) {
    case Verdict::kAllow:
      event.kind = SessionEvent::Kind::kReleased;
      event.system = snapshot.server ? snapshot.server->system : action.server;
      break;
    case Verdict::kDeny: event.kind = SessionEvent::Kind::kDenied; break;
    case Verdict::kHold: event.kind = SessionEvent::Kind::kHeld; break;
  }
  return event;
}

void close(Decision& decision, Gate gate, Refusal refusal) {
  decision.verdict = Verdict::kDeny;
  decision.gate = gate;
  decision.reasons = std::move(refusal.reasons);
}

}  // namespace

Decision decide(const Snapshot& snapshot, const domain::Action& action) {
  Decision decision;
  decision.action = domain::action_digest(action, snapshot.tool ? snapshot.tool->digest : "");
  decision.snapshot = snapshot_digest(snapshot, action, decision.action);
  if (auto no = liveness_gate(snapshot, action)) {
    close(decision, Gate::kLiveness, *std::move(no));
  } else if (auto outside = scope_gate(snapshot, action)) {
    close(decision, Gate::kScope, *std::move(outside));
  } else if (auto beyond = limits_gate(snapshot)) {
    close(decision, Gate::kLimits, *std::move(beyond));
  } else {
    policy_gates(snapshot, action, decision);
    note_observed(snapshot, action, decision);
  }
  decision.delta = delta_of(snapshot, action, decision.verdict);
  return decision;
}

std::optional<Reason> recheck(const Snapshot& fresh, const domain::Action& action) {
  if (auto no = liveness_gate(fresh, action)) return no->reasons.front();
  if (auto outside = scope_gate(fresh, action)) return outside->reasons.front();
  return std::nullopt;
}

}  // namespace ambit::decision
