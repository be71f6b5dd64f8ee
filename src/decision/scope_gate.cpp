#include <algorithm>

#include "decision/internal/gates.h"

namespace ambit::decision {
namespace {

using domain::Scope;

bool contains(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::string joined(const std::vector<std::string>& list) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? "`" : ", `") + item + "`";
  return out.empty() ? "none" : out;
}

std::string targets_of(const Scope& scope, domain::TargetKind kind) {
  std::vector<std::string> patterns;
  for (const auto& rule : scope.targets) {
    if (rule.kind == kind) patterns.push_back(rule.pattern);
  }
  return joined(patterns);
}

std::optional<Refusal> check_tool(const Snapshot& snapshot, const domain::Action& action) {
  if (!snapshot.tool || !snapshot.server) {
    return refuse("tool.unknown", "there is no tool `" + action.full_tool() + "`");
  }
  const domain::Tool& tool = *snapshot.tool;
  if (tool.state == domain::ToolState::kFrozen) {
    return refuse("tool.frozen",
                  "tool `" + tool.full_name() +
                      "` is not what was approved: the server lists it "
                      "differently now; it waits to be approved again",
                  "security approves the tool again");
  }
  if (tool.state != domain::ToolState::kApproved || !tool.binding) {
    return refuse(
        "tool.not_approved",
        "tool `" + tool.full_name() + "` is `" + std::string(domain::name_of(tool.state)) + "`",
        "security approves the tool");
  }
  return std::nullopt;
}

// One member of the intersection; `whose` names it in messages.
// `whose` makes the words for the scope, in a refusal only.
template <class Whose>
std::optional<Refusal> check_bounds(const Scope& scope, const Whose& whose,
                                    const domain::Action& action, const domain::Binding& binding) {
  if (!domain::has_tool(scope, action.full_tool())) {
    return refuse("scope.tool", "tool `" + action.full_tool() + "` is outside " + whose(),
                  "use one of " + joined(scope.tools));
  }
  if (!action.effect.outcome.empty() && !domain::has_outcome(scope, action.effect.outcome)) {
    return refuse("scope.outcome", "outcome `" + action.effect.outcome + "` is outside " + whose(),
                  "aim at one of " + joined(scope.outcomes));
  }
  if (!binding.data_domain.empty() && !domain::has_data_domain(scope, binding.data_domain)) {
    return refuse("scope.data_domain",
                  "data domain `" + binding.data_domain + "` is outside " + whose(),
                  "stay within " + joined(scope.data_domains));
  }
  for (const auto& target : action.targets) {
    if (!domain::covers_target(scope, target)) {
      return refuse("scope.target",
                    std::string(domain::name_of(target.kind)) + " `" + target.value +
                        "` is outside " + whose(),
                    "stay within " + targets_of(scope, target.kind));
    }
  }
  return std::nullopt;
}

std::optional<Refusal> check_agent_bounds(const domain::AgentProfile& agent,
                                          const domain::Action& action,
                                          const domain::Binding& binding) {
  if (!contains(agent.tools, action.full_tool())) {
    return refuse("scope.tool", "tool `" + action.full_tool() + "` is not approved for the agent");
  }
  if (!action.effect.outcome.empty() && !contains(agent.outcomes, action.effect.outcome)) {
    return refuse("scope.outcome",
                  "outcome `" + action.effect.outcome + "` is not approved for the agent");
  }
  if (!binding.data_domain.empty() && !contains(agent.data_domains, binding.data_domain)) {
    return refuse("scope.data_domain",
                  "data domain `" + binding.data_domain + "` is not approved for the agent");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> tier_gate(const Snapshot& snapshot, domain::Tier tier) {
  if (!snapshot.policies) return std::nullopt;  // the policy gate says so
  const auto most = static_cast<std::size_t>(snapshot.policies->tiers[tier].max_tools);
  const domain::Task& task = *snapshot.chain.front();
  if (most == 0 || task.scope.tools.size() <= most) return std::nullopt;
  return refuse("scope.too_wide",
                "an action of the " + std::string(domain::name_of(tier)) +
                    " tier is for tasks of at most " + std::to_string(most) + " tools; task `" +
                    task.id + "` has " + std::to_string(task.scope.tools.size()),
                "start a task with fewer tools for it");
}

std::optional<Refusal> scope_gate(const Snapshot& snapshot, const domain::Action& action) {
  if (auto no = check_tool(snapshot, action)) return no;
  if (!action.problem_code.empty()) return refuse(action.problem_code, action.problem);
  const domain::Binding& binding = *snapshot.tool->binding;
  if (action.targets.empty() && !binding.no_targets) {
    return refuse("target.unbound", "the call names no target, and tool `" + action.full_tool() +
                                        "` is bound to have one");
  }
  for (const auto& task : snapshot.chain) {
    const auto whose = [&] { return "the scope of task `" + task->id + "`"; };
    if (auto no = check_bounds(task->scope, whose, action, binding)) return no;
  }
  if (auto no = tier_gate(snapshot, action.tier)) return no;
  if (auto no = check_agent_bounds(*snapshot.agent->agent, action, binding)) return no;
  if (snapshot.on_behalf_of && snapshot.on_behalf_of->entitlements) {
    const auto whose = [&] { return "what `" + snapshot.on_behalf_of->id + "` may do"; };
    return check_bounds(*snapshot.on_behalf_of->entitlements, whose, action, binding);
  }
  return std::nullopt;
}

std::optional<Refusal> limits_gate(const Snapshot& snapshot) {
  const Reservation& reservation = snapshot.reservation;
  if (reservation.granted) return std::nullopt;
  return refuse(reservation.limit,
                "limit reached: " + std::to_string(reservation.used) + " of " +
                    std::to_string(reservation.allowed) + " used",
                reservation.limit == "limit.budget" ? "start a new task" : "slow down");
}

}  // namespace ambit::decision
