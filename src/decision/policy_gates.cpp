#include <algorithm>
#include <charconv>
#include <set>

#include "decision/internal/compiled_set.h"
#include "decision/internal/gates.h"
#include "decision/internal/opinion.h"
#include "decision/internal/policy_request.h"

namespace ambit::decision {
namespace {

using cedar::Policy;
using domain::Need;
using domain::Tier;
using domain::Verdict;

const Policy& policy_at(const Snapshot& snapshot, std::uint32_t position) {
  return snapshot.policies->set.policies()[position];
}

std::vector<std::string> ids(const Snapshot& snapshot, const PolicyPositions& policies) {
  std::vector<std::string> out;
  for (const std::uint32_t policy : policies) out.push_back(policy_at(snapshot, policy).id);
  std::sort(out.begin(), out.end());
  return out;
}

// How a policy is called in reasons: by its author's name for it where it has one.
std::string label(const Policy& policy) {
  const std::string* name = policy.annotation("id");
  return name && !name->empty() ? "`" + *name + "` (" + policy.id + ")" : "`" + policy.id + "`";
}

// The approver classes that any policy of the set asks for.
std::vector<std::string> all_classes(const Snapshot& snapshot) {
  const PolicyState& state = *snapshot.policies;
  return state.compiled ? state.compiled->approver_classes : approver_classes(state);
}

std::optional<Need> need_of(const Policy& policy) {
  const std::string* approvers = policy.annotation("approvers");
  if (!approvers || approvers->empty()) return std::nullopt;
  Need need{*approvers, 1};
  if (const std::string* quorum = policy.annotation("quorum")) {
    const auto [end, error] =
        std::from_chars(quorum->data(), quorum->data() + quorum->size(), need.quorum);
    if (error != std::errc{} || need.quorum < 1) return std::nullopt;
  }
  return need;
}

// What the approval must satisfy: the needs of every forbid that it lifts and of every permit that
// it alone satisfies, and of its tier. Nothing when one of them names no approvers.
std::optional<std::vector<Need>> needs_of(const Snapshot& snapshot, const domain::Action& action,
                                          const Opinion& without, const Opinion& with) {
  std::vector<Need> needs;
  const auto add = [&](std::uint32_t policy) {
    const auto need = need_of(policy_at(snapshot, policy));
    if (need) needs = domain::merge(std::move(needs), {*need});
    return need.has_value();
  };
  for (const std::uint32_t policy : without.forbids) {
    if (!with.forbids.contains(policy) && !add(policy)) return std::nullopt;
  }
  if (!without.permitted) {
    for (const std::uint32_t policy : with.permits) {
      if (!without.permits.contains(policy) && !add(policy)) return std::nullopt;
    }
  }
  return domain::merge(std::move(needs), snapshot.policies->tiers[action.tier].approval);
}

void explain_denial(const Snapshot& snapshot, const Opinion& opinion, Decision& decision) {
  decision.verdict = Verdict::kDeny;
  decision.gate = Gate::kPolicy;
  decision.determining = ids(snapshot, opinion.forbids);
  for (const std::uint32_t position : opinion.forbids) {
    const Policy& policy = policy_at(snapshot, position);
    const std::string* advice = policy.annotation("advice");
    decision.reasons.push_back(
        {"policy.forbidden", "policy " + label(policy) + " forbids it", advice ? *advice : ""});
  }
  if (opinion.forbid_failed) {
    decision.reasons.push_back(
        {"policy.error", "a policy that could forbid it failed to evaluate", "security mends it"});
  }
  if (decision.reasons.empty()) {
    decision.reasons.push_back(
        {"policy.no_permit", "no policy permits it", "security publishes a policy that does"});
  }
}

void add_obligations(const Snapshot& snapshot, const Opinion& opinion, Decision& decision) {
  for (const auto* policies : {&opinion.permits, &opinion.forbids}) {
    for (const std::uint32_t policy : *policies) {
      if (const auto* text = policy_at(snapshot, policy).annotation("obligation")) {
        decision.obligations.push_back(*text);
      }
    }
  }
}

void hold(const Snapshot& snapshot, const domain::Action& action, const Opinion& without,
          Decision& decision) {
  ApprovalView hypothetical;
  hypothetical.classes = all_classes(snapshot);
  hypothetical.at = snapshot.now;
  auto with = ask_policies({snapshot, action, &hypothetical});
  if (!with || !with->allows()) return explain_denial(snapshot, without, decision);
  auto needs = needs_of(snapshot, action, without, *with);
  if (!needs || needs->empty()) return explain_denial(snapshot, without, decision);
  decision.verdict = Verdict::kHold;
  decision.gate = Gate::kApproval;
  decision.determining = ids(snapshot, without.forbids);
  decision.needs = *std::move(needs);
  for (const std::uint32_t position : without.forbids) {
    const Policy& policy = policy_at(snapshot, position);
    const std::string* advice = policy.annotation("advice");
    decision.reasons.push_back(
        {"approval.required",
         "policy " + label(policy) + " wants an approval" + (advice ? ": " + *advice : ""),
         "a human approves exactly this call"});
  }
  if (without.allows()) {
    const std::string tier(domain::name_of(action.tier));
    decision.reasons.push_back({action.tier == Tier::kHigh ? "approval.high_tier" : "approval.tier",
                                "an action of the " + tier + " tier needs an approval",
                                "a human approves exactly this call"});
  } else if (decision.reasons.empty()) {
    decision.reasons.push_back({"approval.required", "it is permitted only with an approval",
                                "a human approves exactly this call"});
  }
}

void allow(const Snapshot& snapshot, const Opinion& opinion, Decision& decision) {
  decision.verdict = Verdict::kAllow;
  decision.gate = Gate::kNone;
  decision.determining = ids(snapshot, opinion.permits);
  add_obligations(snapshot, opinion, decision);
}

ApprovalView view_of(const domain::Approval& approval, const std::vector<std::string>& classes) {
  ApprovalView view;
  std::set<std::string> satisfied;
  for (const auto& grant : approval.grants) {
    view.granted_by.push_back(grant.by);
    view.at = std::max(view.at, grant.at);
    for (const auto& name : grant.classes) satisfied.insert(name);
  }
  for (const auto& name : classes) {
    if (satisfied.contains(name)) view.classes.push_back(name);
  }
  return view;
}

// An approval is no permit: all policies are asked again with it in place, and it must satisfy what
// they need at this moment, not what they needed when it was asked for.
void with_approval(const Snapshot& snapshot, const domain::Action& action, const Opinion& without,
                   Decision& decision) {
  const ApprovalView real = approval_view(snapshot);
  auto with = ask_policies({snapshot, action, &real});
  if (!with || !with->allows()) return hold(snapshot, action, without, decision);
  const auto needs = needs_of(snapshot, action, without, *with);
  if (!needs || !domain::satisfied(*needs, snapshot.approval->grants)) {
    return hold(snapshot, action, without, decision);
  }
  allow(snapshot, *with, decision);
  decision.approval = snapshot.approval->id;
}

}  // namespace

ApprovalView approval_view(const Snapshot& snapshot) {
  return view_of(*snapshot.approval, all_classes(snapshot));
}

void policy_gates(const Snapshot& snapshot, const domain::Action& action, Decision& decision) {
  if (!snapshot.policies) {
    decision.gate = Gate::kPolicy;
    decision.reasons.push_back({"policy.none", "no policy set is in force", ""});
    return;
  }
  auto opinion = ask_policies({snapshot, action, nullptr});
  if (!opinion) {
    decision.gate = Gate::kPolicy;
    decision.reasons.push_back({"policy.request", opinion.error().message, ""});
    return;
  }
  decision.faults = opinion->faults;
  decision.observed = ids(snapshot, opinion->observed);
  if (opinion->forbid_failed) return explain_denial(snapshot, *opinion, decision);
  if (snapshot.approval) return with_approval(snapshot, action, *opinion, decision);
  if (opinion->allows() && !needs_approval(*snapshot.policies, action.tier))
    return allow(snapshot, *opinion, decision);
  hold(snapshot, action, *opinion, decision);
}

}  // namespace ambit::decision
