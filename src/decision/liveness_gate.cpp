#include <algorithm>

#include "decision/internal/gates.h"

namespace ambit::decision {
namespace {

using domain::Tier;

std::optional<Refusal> check_node(const Snapshot& snapshot, const domain::Action& action) {
  if (!snapshot.node_fresh) {
    return refuse("node.stale", "this node's view of revocations is not current",
                  "ask again when the node is ready");
  }
  if (!snapshot.node_isolated && action.tier == Tier::kHigh) {
    return refuse("node.not_isolated",
                  "high-tier actions need agents and tool servers to be isolated from ambit's own "
                  "state, and this installation cannot do that");
  }
  return std::nullopt;
}

std::optional<Refusal> check_agent(const Snapshot& snapshot) {
  if (!snapshot.agent) return refuse("identity.unknown", "the agent is not registered");
  const domain::Identity& agent = *snapshot.agent;
  if (!domain::alive(agent)) {
    return refuse("identity.not_active", "agent `" + agent.id + "` is `" +
                                             std::string(domain::name_of(agent.state)) + "`");
  }
  if (!agent.agent) {
    return refuse("identity.not_agent", "identity `" + agent.id + "` is not of class `agent`");
  }
  const auto missing = domain::missing_for_activation(agent);
  if (!missing.empty()) {
    Refusal refusal;
    for (const auto& path : missing) {
      refusal.reasons.push_back(
          {"agent.incomplete", "`" + path + "` is missing", "its owner completes the record"});
    }
    return refusal;
  }
  if (*agent.agent->retires_at <= snapshot.now) {
    return refuse("agent.retired", "agent `" + agent.id + "` has reached its retirement date");
  }
  const bool anyone =
      std::any_of(snapshot.accountable.begin(), snapshot.accountable.end(), [](const auto& human) {
        return human && human->identity_class == domain::IdentityClass::kHuman &&
               domain::alive(*human);
      });
  if (!anyone) {
    return refuse("owner.not_alive",
                  "none of the humans accountable for `" + agent.id + "` is active");
  }
  return std::nullopt;
}

std::optional<Refusal> check_tasks(const Snapshot& snapshot) {
  if (snapshot.chain.empty()) return refuse("task.unknown", "there is no such task");
  for (const auto& task : snapshot.chain) {
    if (!task) return refuse("task.unknown", "a task in the chain of delegation is not known");
    if (task->state != domain::TaskState::kOpen) {
      return refuse("task.ended", "task `" + task->id + "` has ended (" + task->end_reason + ")",
                    "start a new task");
    }
    if (task->deadline <= snapshot.now) {
      return refuse("task.deadline", "task `" + task->id + "` is past its deadline",
                    "start a new task");
    }
  }
  const domain::Task& task = *snapshot.chain.front();
  if (task.agent != snapshot.agent->id) {
    return refuse("task.other_agent", "task `" + task.id + "` belongs to another agent");
  }
  if (!task.on_behalf_of.empty() &&
      (!snapshot.on_behalf_of || !domain::alive(*snapshot.on_behalf_of))) {
    return refuse("delegator.not_alive",
                  "`" + task.on_behalf_of + "`, for whom the task acts, is not active");
  }
  return std::nullopt;
}

std::optional<Refusal> check_instance(const Snapshot& snapshot, const domain::Action& action) {
  const auto& instance = snapshot.instance;
  if (!instance) return refuse("instance.unknown", "the instance is not admitted to the task");
  if (instance->task != action.task || instance->agent != action.agent) {
    return refuse("instance.other_task", "the instance is admitted to another task");
  }
  if (action.key_bound) return std::nullopt;
  if (!action.loopback || action.tier != Tier::kLow) {
    return refuse(
        "credential.not_bound",
        "a bearer credential is good for low-tier actions over loopback only; this one is "
        "`" +
            std::string(domain::name_of(action.tier)) + "`",
        "connect through `ambit mcp`, which proves possession of a key");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> liveness_gate(const Snapshot& snapshot, const domain::Action& action) {
  if (auto no = check_node(snapshot, action)) return no;
  if (auto no = check_agent(snapshot)) return no;
  if (auto no = check_tasks(snapshot)) return no;
  return check_instance(snapshot, action);
}

}  // namespace ambit::decision
