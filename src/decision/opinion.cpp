#include "decision/internal/opinion.h"

#include <algorithm>

#include "decision/internal/policy_request.h"

namespace ambit::decision {
void PolicyPositions::add(std::uint32_t position) {
  if (positions_.empty() || positions_.back() < position) return positions_.push_back(position);
  const auto at = std::lower_bound(positions_.begin(), positions_.end(), position);
  if (*at != position) positions_.insert(at, position);
}

bool PolicyPositions::contains(std::uint32_t position) const {
  return std::binary_search(positions_.begin(), positions_.end(), position);
}

void OpinionBuilder::permit(std::uint32_t position) {
  if (observes(set_.policies()[position])) return opinion_.observed.add(position);
  permitted_ = true;
  opinion_.permits.add(position);
}

void OpinionBuilder::forbid(std::uint32_t position) {
  (observes(set_.policies()[position]) ? opinion_.observed : opinion_.forbids).add(position);
}

void OpinionBuilder::fault(std::uint32_t position, std::string message) {
  const cedar::Policy& policy = set_.policies()[position];
  opinion_.faults.push_back({policy.id, std::move(message)});
  // Cedar skips a policy that fails; a forbid that fails must not open the door.
  if (policy.effect == cedar::Effect::kForbid && !observes(policy)) opinion_.forbid_failed = true;
}

void OpinionBuilder::end_of_target() {
  opinion_.permitted = opinion_.permitted && permitted_;
  permitted_ = false;
}

Result<Opinion> ask_reference(const ContextParts& parts) {
  const cedar::PolicySet& set = parts.snapshot.policies->set;
  AMBIT_TRY(const auto requests, policy_requests(parts.snapshot, parts.action, parts.approval));
  OpinionBuilder out(set);
  const auto position = [&](const cedar::Policy* policy) {
    return static_cast<std::uint32_t>(policy - set.policies().data());
  };
  for (const auto& [request, entities] : requests) {
    const cedar::Evaluation evaluation = cedar::evaluate(request, set, entities);
    for (const auto* policy : evaluation.satisfied_permits) out.permit(position(policy));
    for (const auto* policy : evaluation.satisfied_forbids) out.forbid(position(policy));
    for (const auto& error : evaluation.errors) out.fault(position(error.policy), error.message);
    out.end_of_target();
  }
  return out.take();
}

Result<Opinion> ask_policies(const ContextParts& parts) {
  return parts.snapshot.policies->compiled ? ask_compiled(parts) : ask_reference(parts);
}

}  // namespace ambit::decision
