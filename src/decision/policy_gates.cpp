#include <algorithm>
#include <charconv>
#include <set>

#include "decision/internal/gates.h"
#include "decision/internal/policy_request.h"

namespace ambit::decision {
namespace {

using cedar::Policy;
using domain::Need;
using domain::Tier;
using domain::Verdict;

// What the policy set says of an action over all its targets.
struct Opinion {
  bool permitted = true;  // some permit for every target
  std::set<const Policy*> permits;
  std::set<const Policy*> forbids;
  std::set<const Policy*> observed;
  std::vector<PolicyFault> faults;
  bool forbid_failed = false;

  bool allows() const { return permitted && forbids.empty() && !forbid_failed; }
};

bool observes(const Policy& policy) {
  const std::string* mode = policy.annotation("mode");
  return mode && *mode == "observe";
}

void fold(Opinion& opinion, const cedar::Evaluation& evaluation) {
  bool permitted = false;
  for (const Policy* policy : evaluation.satisfied_permits) {
    if (observes(*policy)) continue;
    permitted = true;
    opinion.permits.insert(policy);
  }
  opinion.permitted = opinion.permitted && permitted;
  for (const Policy* policy : evaluation.satisfied_forbids) {
    (observes(*policy) ? opinion.observed : opinion.forbids).insert(policy);
  }
  for (const auto& error : evaluation.errors) {
    opinion.faults.push_back({error.policy->id, error.message});
    // Cedar skips a policy that fails; a forbid that fails must not open the door.
    if (error.policy->effect == cedar::Effect::kForbid && !observes(*error.policy)) {
      opinion.forbid_failed = true;
    }
  }
}

Result<Opinion> ask(const Snapshot& snapshot, const domain::Action& action,
                    const ApprovalView* approval) {
  AMBIT_TRY(const auto requests, policy_requests(snapshot, action, approval));
  Opinion opinion;
  for (const auto& [request, entities] : requests) {
    fold(opinion, cedar::evaluate(request, snapshot.policies->set, entities));
  }
  return opinion;
}

std::vector<std::string> ids(const std::set<const Policy*>& policies) {
  std::vector<std::string> out;
  for (const Policy* policy : policies) out.push_back(policy->id);
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
  std::set<std::string> out;
  for (const auto& policy : snapshot.policies->set.policies()) {
    if (const std::string* approvers = policy.annotation("approvers")) out.insert(*approvers);
  }
  for (const auto& need : snapshot.policies->high_tier_needs) out.insert(need.approvers);
  return {out.begin(), out.end()};
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
// it alone satisfies, and of the high tier. Nothing when one of them names no approvers.
std::optional<std::vector<Need>> needs_of(const Snapshot& snapshot, const domain::Action& action,
                                          const Opinion& without, const Opinion& with) {
  std::vector<Need> needs;
  const auto add = [&](const Policy* policy) {
    const auto need = need_of(*policy);
    if (need) needs = domain::merge(std::move(needs), {*need});
    return need.has_value();
  };
  for (const Policy* policy : without.forbids) {
    if (!with.forbids.contains(policy) && !add(policy)) return std::nullopt;
  }
  if (!without.permitted) {
    for (const Policy* policy : with.permits) {
      if (!without.permits.contains(policy) && !add(policy)) return std::nullopt;
    }
  }
  if (action.tier == Tier::kHigh) {
    needs = domain::merge(std::move(needs), snapshot.policies->high_tier_needs);
  }
  return needs;
}

void explain_denial(const Opinion& opinion, Decision& decision) {
  decision.verdict = Verdict::kDeny;
  decision.gate = Gate::kPolicy;
  decision.determining = ids(opinion.forbids);
  for (const Policy* policy : opinion.forbids) {
    const std::string* advice = policy->annotation("advice");
    decision.reasons.push_back(
        {"policy.forbidden", "policy " + label(*policy) + " forbids it", advice ? *advice : ""});
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

void add_obligations(const Opinion& opinion, Decision& decision) {
  for (const auto* policies : {&opinion.permits, &opinion.forbids}) {
    for (const Policy* policy : *policies) {
      if (const std::string* text = policy->annotation("obligation")) {
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
  auto with = ask(snapshot, action, &hypothetical);
  if (!with || !with->allows()) return explain_denial(without, decision);
  auto needs = needs_of(snapshot, action, without, *with);
  if (!needs || needs->empty()) return explain_denial(without, decision);
  decision.verdict = Verdict::kHold;
  decision.gate = Gate::kApproval;
  decision.determining = ids(without.forbids);
  decision.needs = *std::move(needs);
  for (const Policy* policy : without.forbids) {
    const std::string* advice = policy->annotation("advice");
    decision.reasons.push_back(
        {"approval.required",
         "policy " + label(*policy) + " wants an approval" + (advice ? ": " + *advice : ""),
         "a human approves exactly this call"});
  }
  if (without.allows()) {
    decision.reasons.push_back({"approval.high_tier",
                                "an action of the high tier needs an approval",
                                "a human approves exactly this call"});
  } else if (decision.reasons.empty()) {
    decision.reasons.push_back({"approval.required", "it is permitted only with an approval",
                                "a human approves exactly this call"});
  }
}

void allow(const Opinion& opinion, Decision& decision) {
  decision.verdict = Verdict::kAllow;
  decision.gate = Gate::kNone;
  decision.determining = ids(opinion.permits);
  add_obligations(opinion, decision);
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
  const ApprovalView real = view_of(*snapshot.approval, all_classes(snapshot));
  auto with = ask(snapshot, action, &real);
  if (!with || !with->allows()) return hold(snapshot, action, without, decision);
  const auto needs = needs_of(snapshot, action, without, *with);
  if (!needs || !domain::satisfied(*needs, snapshot.approval->grants)) {
    return hold(snapshot, action, without, decision);
  }
  allow(*with, decision);
  decision.approval = snapshot.approval->id;
}

}  // namespace

void policy_gates(const Snapshot& snapshot, const domain::Action& action, Decision& decision) {
  if (!snapshot.policies) {
    decision.gate = Gate::kPolicy;
    decision.reasons.push_back({"policy.none", "no policy set is in force", ""});
    return;
  }
  auto opinion = ask(snapshot, action, nullptr);
  if (!opinion) {
    decision.gate = Gate::kPolicy;
    decision.reasons.push_back({"policy.request", opinion.error().message, ""});
    return;
  }
  decision.faults = opinion->faults;
  decision.observed = ids(opinion->observed);
  if (opinion->forbid_failed) return explain_denial(*opinion, decision);
  if (snapshot.approval) return with_approval(snapshot, action, *opinion, decision);
  if (opinion->allows() && action.tier != Tier::kHigh) return allow(*opinion, decision);
  hold(snapshot, action, *opinion, decision);
}

}  // namespace ambit::decision
