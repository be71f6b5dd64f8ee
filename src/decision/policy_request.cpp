#include "decision/internal/policy_request.h"

#include "decision/internal/policy_names.h"

namespace ambit::decision {
namespace {

using cedar::EntityUid;
using cedar::Value;
using text::Json;

EntityUid uid(std::string_view type, std::string_view id) {
  return {"Ambit::" + std::string(type), std::string(id)};
}

// Makes the values of the reference evaluator.
struct ValueMake {
  using Out = Value;

  static Value boolean(bool value) { return Value::boolean(value); }
  static Value integer(std::int64_t value) { return Value::integer(value); }
  static Value decimal(std::int64_t units) { return Value::decimal(units); }
  static Value datetime(std::int64_t ms) { return Value::datetime_ms(ms); }
  static Value string(std::string_view text) { return Value::string(std::string(text)); }
  static Value entity(std::string_view type, std::string_view id) {
    return Value::entity({std::string(type), std::string(id)});
  }
  static Value set(const auto& list, auto each) {
    std::vector<Value> out;
    for (const auto& item : list) out.push_back(each(item));
    return Value::set(std::move(out));
  }
  static Value record(std::vector<Value::Field> fields) { return Value::record(std::move(fields)); }
  Value input(const Json&) const { return arguments; }

  Value arguments = Value::record();  // as mapped by their types
};

std::vector<EntityUid> parents_of(const domain::Target& target, const EntityUid& server) {
  std::vector<EntityUid> out{server};
  for_each_folder(target, [&](std::string_view folder) { out.push_back(uid("Path", folder)); });
  return out;
}

cedar::Entity agent_entity(const domain::Identity& identity) {
  ValueMake make;
  cedar::Entity out;
  out.uid = uid("Agent", identity.id);
  const domain::AgentProfile& agent = *identity.agent;
  out.attributes =
      Value::record({{"purpose", Value::string(agent.purpose)},
                     {"business_owner", Value::entity(uid("User", agent.owners.business))},
                     {"control_owner", Value::entity(uid("User", agent.owners.control))},
                     {"data_domains", strings(make, agent.data_domains)},
                     {"decides", strings(make, agent.decides)},
                     {"chooses_tools", Value::boolean(*agent.autonomy.chooses_tools)},
                     {"sequences_actions", Value::boolean(*agent.autonomy.sequences_actions)},
                     {"acts_without_gate", Value::boolean(*agent.autonomy.acts_without_gate)}});
  return out;
}

cedar::Entity action_entity(const domain::Tool& tool, domain::ActionClass action_class) {
  cedar::Entity out;
  out.uid = uid("Action", action_id(tool));
  out.parents = {uid("Action", "call_tool"), uid("Action", server_group(tool.server)),
                 uid("Action", domain::name_of(action_class))};
  return out;
}

cedar::Entity server_entity(const domain::Server& server) {
  cedar::Entity out;
  out.uid = uid("Server", server.id);
  out.attributes = Value::record(
      {{"system", Value::string(server.system)}, {"transport", Value::string(server.transport)}});
  return out;
}

Value context_record(const ContextParts& parts, Value input) {
  ValueMake make;
  make.arguments = std::move(input);
  std::vector<Value::Field> fields;
  for (std::size_t i = 0; i < kContextFields; ++i) {
    auto value = context_field(make, parts, static_cast<ContextField>(i));
    if (value) fields.emplace_back(std::string(kContextNames[i]), *std::move(value));
  }
  return Value::record(std::move(fields));
}

}  // namespace

Result<std::shared_ptr<const KnownEntities>> known_entities(const domain::Identity& agent,
                                                            const domain::Server& server,
                                                            const domain::Tool& tool,
                                                            domain::ActionClass action_class) {
  KnownEntities out{
      agent_entity(agent),
      action_entity(tool, action_class),
      server_entity(server),
      {},
      tool_schema::ArgumentTypes::compile(domain::input_schema(tool), kNamespace, action_id(tool))};
  AMBIT_TRY(out.entities, cedar::Entities::make({out.agent, out.action, out.server}));
  return std::make_shared<const KnownEntities>(std::move(out));
}

Result<std::vector<PolicyRequest>> policy_requests(const Snapshot& snapshot,
                                                   const domain::Action& action,
                                                   const ApprovalView* approval) {
  auto known = snapshot.known;
  if (!known) {
    AMBIT_TRY(known, known_entities(*snapshot.agent, *snapshot.server, *snapshot.tool,
                                    action.effect.action_class));
  }
  auto input = known->input.map(action.arguments);
  const Value context = context_record({snapshot, action, approval}, std::move(input.value));
  cedar::Entities shared = known->entities;
  if (!input.entities.empty()) {
    AMBIT_TRY(shared, cedar::Entities::overlay(known->entities, std::move(input.entities)));
  }
  std::vector<PolicyRequest> out;
  const auto add = [&](const EntityUid& resource, cedar::Entities entities) {
    out.push_back({{known->agent.uid, known->action.uid, resource, context}, std::move(entities)});
  };
  if (action.targets.empty()) {
    add(known->server.uid, std::move(shared));
    return out;
  }
  for (const auto& target : action.targets) {
    cedar::Entity resource;
    resource.uid = {std::string(type_of(target.kind)), target.value};
    resource.parents = parents_of(target, known->server.uid);
    AMBIT_TRY(auto entities, cedar::Entities::overlay(shared, {resource}));
    add(resource.uid, std::move(entities));
  }
  return out;
}

}  // namespace ambit::decision
