// The gates, each a function that says no with its reasons or says nothing.
#pragma once

#include <optional>

#include "decision/decide.h"

namespace ambit::decision {

struct Refusal {
  std::vector<Reason> reasons;
};

std::optional<Refusal> liveness_gate(const Snapshot& snapshot, const domain::Action& action);
// What the tier of an action asks of the task's scope; part of the scope gate.
std::optional<Refusal> tier_gate(const Snapshot& snapshot, domain::Tier tier);
std::optional<Refusal> scope_gate(const Snapshot& snapshot, const domain::Action& action);
std::optional<Refusal> limits_gate(const Snapshot& snapshot);

// Policy and approval: fills in verdict, gate, reasons, policies, needs and approval.
void policy_gates(const Snapshot& snapshot, const domain::Action& action, Decision& decision);

// What the policies in observe mode would have made of the decision, into `observed` and `would`.
// To be asked after policy_gates(); never touches the verdict (Requirement E13).
void note_observed(const Snapshot& snapshot, const domain::Action& action, Decision& decision);

inline Refusal refuse(std::string code, std::string message, std::string remedy = {}) {
  return Refusal{{Reason{std::move(code), std::move(message), std::move(remedy)}}};
}

}  // namespace ambit::decision
