// A small complete case for the tests and benchmarks of this room: everything in order, so that
// each test breaks one thing.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "decision/decide.h"

namespace ambit::decision {

struct Case {
  domain::Identity agent;
  domain::Identity owner;
  domain::Task task;
  domain::Instance instance;
  domain::Server server;
  domain::Tool tool;
  domain::SessionState session;
  domain::Action action;
  std::string policies = "permit(principal, action, resource);";
  domain::TierTable tiers;
  Snapshot rest;  // the members that are plain values
  std::optional<domain::Approval> approval;

  Case();
  // Its policies are compiled.
  Snapshot snapshot() const;
  // By the compiled engine. Throws when the reference evaluator decides otherwise.
  Decision decide() const;
  // The code of the first reason.
  std::string reason() const;
};

inline Case::Case() {
  const Time start{1'800'000'000'000};
  owner.id = "alice";
  owner.identity_class = domain::IdentityClass::kHuman;
  owner.state = domain::IdentityState::kActive;
  agent.id = "writer";
  agent.state = domain::IdentityState::kActive;
  domain::AgentProfile profile;
  profile.purpose = "writes reports";
  profile.autonomy = {true, true, true};
  profile.owners = {"alice", "alice", "alice", "alice"};
  profile.tools = {"files/read", "files/write"};
  profile.data_domains = {"reports"};
  profile.outcomes = {"read", "create"};
  profile.retires_at = start + Duration{1'000'000'000};
  profile.policy = "default";
  agent.agent = profile;
  task.id = task.root = "tsk_1";
  task.agent = "writer";
  task.goal = "the report";
  task.trigger = {"human", "ticket 7"};
  task.scope = {{"files/read", "files/write"},
                {{domain::TargetKind::kPath, "/work"}},
                {"reports"},
                {"read", "create"}};
  task.budget_calls = 10;
  task.deadline = start + minutes(30);
  task.started_by = "alice";
  instance = {"ins_1", "writer", "tsk_1", "ses_1", "thumb", start};
  server.id = "files";
  server.system = "disk";
  server.transport = "stdio";
  tool.server = "files";
  tool.name = "read";
  tool.state = domain::ToolState::kApproved;
  tool.digest = "sha256:tool";
  tool.entry =
      text::parse_json(
          R"({"inputSchema": {"type": "object", "properties": {"path": {"type": "string"}}}})")
          .value();
  domain::Binding binding;
  binding.effect = {"read", domain::ActionClass::kRead};
  binding.data_domain = "reports";
  binding.targets = {{"/path", domain::TargetKind::kPath}};
  tool.binding = binding;
  action.id = "dec_1";
  action.agent = "writer";
  action.task = "tsk_1";
  action.instance = "ins_1";
  action.key_bound = true;
  action.loopback = true;
  action.server = "files";
  action.tool = "read";
  action.arguments = text::Json::object({{"path", "/work/a"}});
  action.canonical_arguments = text::to_canonical_json(action.arguments);
  action.targets = {{domain::TargetKind::kPath, "/work/a"}};
  action.effect = binding.effect;
  rest.now = start;
}

inline Snapshot Case::snapshot() const {
  Snapshot out = rest;
  out.agent = std::make_shared<const domain::Identity>(agent);
  out.accountable = {std::make_shared<const domain::Identity>(owner)};
  out.chain = {std::make_shared<const domain::Task>(task)};
  out.instance = std::make_shared<const domain::Instance>(instance);
  out.server = std::make_shared<const domain::Server>(server);
  out.tool = std::make_shared<const domain::Tool>(tool);
  PolicyState state;
  state.name = "default";
  state.version = 1;
  state.set = cedar::PolicySet::parse_named({{"p", policies}}).value();
  state.tiers = tiers;
  note_modes(state);
  cedar::PolicyCompiler compiler(1);
  compile(state, compiler);
  out.policies = std::make_shared<const PolicyState>(std::move(state));
  out.session = &session;
  out.approval = approval ? &*approval : nullptr;
  return out;
}

// The same snapshot for the reference evaluator.
inline Snapshot not_compiled(Snapshot snapshot) {
  PolicyState state = *snapshot.policies;
  state.compiled = nullptr;
  snapshot.policies = std::make_shared<const PolicyState>(std::move(state));
  return snapshot;
}

inline Decision Case::decide() const {
  const Snapshot compiled = snapshot();
  Decision out = decision::decide(compiled, action);
  const Decision reference = decision::decide(not_compiled(compiled), action);
  const std::string said = text::to_json(to_json(out));
  const std::string expected = text::to_json(to_json(reference));
  if (said != expected) throw std::logic_error("decided " + said + " and not " + expected);
  return out;
}

inline std::string Case::reason() const {
  const Decision decision = decide();
  return decision.reasons.empty() ? std::string() : decision.reasons.front().code;
}

}  // namespace ambit::decision
