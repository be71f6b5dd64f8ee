#include "decision/internal/policy_request.h"

#include <cmath>

namespace ambit::decision {
namespace {

using cedar::EntityUid;
using cedar::Value;
using text::Json;

constexpr std::int64_t kDecimalUnits = 10'000;

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
  static Value object(const text::JsonObject& members, auto each) {
    std::vector<Value::Field> fields;
    for (const auto& [name, value] : members) fields.emplace_back(name, each(name, value));
    return Value::record(std::move(fields));
  }
  Value input(const Json& arguments, const Json* schema) {
    return input_record(*this, arguments, schema);
  }
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
                     {"chooses_tools", Value::boolean(*agent.autonomy.chooses_tools)},
                     {"sequences_actions", Value::boolean(*agent.autonomy.sequences_actions)},
                     {"acts_without_gate", Value::boolean(*agent.autonomy.acts_without_gate)}});
  return out;
}

cedar::Entity action_entity(const domain::Tool& tool, domain::ActionClass action_class) {
  cedar::Entity out;
  out.uid = uid("Action", tool.server + "___" + tool.name);
  out.parents = {uid("Action", "call_tool"), uid("Action", "server:" + tool.server),
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

Value context_record(const ContextParts& parts) {
  ValueMake make;
  std::vector<Value::Field> fields;
  for (std::size_t i = 0; i < kContextFields; ++i) {
    auto value = context_field(make, parts, static_cast<ContextField>(i));
    if (value) fields.emplace_back(std::string(kContextNames[i]), *std::move(value));
  }
  return Value::record(std::move(fields));
}

}  // namespace

std::optional<std::int64_t> exact_decimal(const Json& number) {
  if (number.is_int()) {
    const std::int64_t whole = number.as_int();
    if (whole > INT64_MAX / kDecimalUnits || whole < INT64_MIN / kDecimalUnits) return std::nullopt;
    return whole * kDecimalUnits;
  }
  const double value = number.as_double();
  const double scaled = value * static_cast<double>(kDecimalUnits);
  if (!(std::fabs(scaled) < 9.0e15) || scaled != std::nearbyint(scaled)) return std::nullopt;
  const auto units = static_cast<std::int64_t>(scaled);
  if (static_cast<double>(units) / static_cast<double>(kDecimalUnits) != value) return std::nullopt;
  return units;
}

bool declares_number(const Json* schema) {
  const Json* type = schema ? schema->find("type") : nullptr;
  return type && type->is_string() && type->as_string() == "number";
}

Result<std::shared_ptr<const KnownEntities>> known_entities(const domain::Identity& agent,
                                                            const domain::Server& server,
                                                            const domain::Tool& tool,
                                                            domain::ActionClass action_class) {
  KnownEntities out;
  out.agent = agent_entity(agent);
  out.action = action_entity(tool, action_class);
  out.server = server_entity(server);
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
  const Value context = context_record({snapshot, action, approval});
  std::vector<PolicyRequest> out;
  const auto add = [&](const EntityUid& resource, cedar::Entities entities) {
    out.push_back({{known->agent.uid, known->action.uid, resource, context}, std::move(entities)});
  };
  if (action.targets.empty()) {
    add(known->server.uid, known->entities);
    return out;
  }
  for (const auto& target : action.targets) {
    cedar::Entity resource;
    resource.uid = {std::string(type_of(target.kind)), target.value};
    resource.parents = parents_of(target, known->server.uid);
    AMBIT_TRY(auto entities, cedar::Entities::overlay(known->entities, {resource}));
    add(resource.uid, std::move(entities));
  }
  return out;
}

}  // namespace ambit::decision
