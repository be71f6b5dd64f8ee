#include "decision/internal/policy_request.h"

#include <cmath>

namespace ambit::decision {
namespace {

using cedar::EntityUid;
using cedar::Value;
using text::Json;

constexpr std::int64_t kDecimalUnits = 10'000;

EntityUid uid(std::string_view type, std::string id) {
  return {"Ambit::" + std::string(type), std::move(id)};
}

std::string_view type_of(domain::TargetKind kind) {
  switch (kind) {
    case domain::TargetKind::kPath: return "Path";
    case domain::TargetKind::kHost: return "Host";
    case domain::TargetKind::kUrl: return "Url";
    case domain::TargetKind::kAccount: return "Account";
    case domain::TargetKind::kRecipient: return "Recipient";
    case domain::TargetKind::kResource: return "Resource";
  }
  return "Resource";
}

Value strings(const auto& list) {
  std::vector<Value> out;
  for (const auto& item : list) out.push_back(Value::string(std::string(item)));
  return Value::set(std::move(out));
}

Value users(const std::vector<std::string>& ids) {
  std::vector<Value> out;
  for (const auto& id : ids) out.push_back(Value::entity(uid("User", id)));
  return Value::set(std::move(out));
}

// A double as ten-thousandths, only when nothing is lost.
std::optional<std::int64_t> exact_decimal(double number) {
  const double scaled = number * static_cast<double>(kDecimalUnits);
  if (!(std::fabs(scaled) < 9.0e15) || scaled != std::nearbyint(scaled)) return std::nullopt;
  const auto units = static_cast<std::int64_t>(scaled);
  if (static_cast<double>(units) / static_cast<double>(kDecimalUnits) != number) {
    return std::nullopt;
  }
  return units;
}

bool declares_number(const Json* schema) {
  const Json* type = schema ? schema->find("type") : nullptr;
  return type && type->is_string() && type->as_string() == "number";
}

Value number_value(const Json& json, const Json* schema) {
  if (json.is_int() && !declares_number(schema)) return Value::integer(json.as_int());
  if (json.is_int()) {
    const std::int64_t number = json.as_int();
    if (number <= INT64_MAX / kDecimalUnits && number >= INT64_MIN / kDecimalUnits) {
      return Value::decimal(number * kDecimalUnits);
    }
  } else if (const auto units = exact_decimal(json.as_double())) {
    return Value::decimal(*units);
  }
  return Value::entity(uid("Number", text::to_canonical_json(json)));
}

Value input_value(const Json& json, const Json* schema) {
  switch (json.kind()) {
    case Json::Kind::kNull: return Value::entity(uid("Null", "null"));
    case Json::Kind::kBool: return Value::boolean(json.as_bool());
    case Json::Kind::kInt:
    case Json::Kind::kDouble: return number_value(json, schema);
    case Json::Kind::kString: return Value::string(json.as_string());
    case Json::Kind::kArray: {
      const Json* items = schema ? schema->find("items") : nullptr;
      std::vector<Value> out;
      for (const auto& item : json.as_array()) out.push_back(input_value(item, items));
      return Value::set(std::move(out));
    }
    case Json::Kind::kObject: return input_record(json, schema);
  }
  return Value::boolean(false);
}

std::vector<EntityUid> parents_of(const domain::Target& target, const EntityUid& server) {
  std::vector<EntityUid> out{server};
  if (target.kind == domain::TargetKind::kPath) {
    for (std::size_t end = target.value.rfind('/'); end != std::string::npos && end > 0;
         end = target.value.rfind('/', end - 1)) {
      out.push_back(uid("Path", target.value.substr(0, end)));
    }
    if (target.value != "/") out.push_back(uid("Path", "/"));
  }
  return out;
}

cedar::Entity agent_entity(const domain::Identity& identity) {
  cedar::Entity out;
  out.uid = uid("Agent", identity.id);
  const domain::AgentProfile& agent = *identity.agent;
  out.attributes =
      Value::record({{"purpose", Value::string(agent.purpose)},
                     {"business_owner", Value::entity(uid("User", agent.owners.business))},
                     {"control_owner", Value::entity(uid("User", agent.owners.control))},
                     {"data_domains", strings(agent.data_domains)},
                     {"chooses_tools", Value::boolean(*agent.autonomy.chooses_tools)},
                     {"sequences_actions", Value::boolean(*agent.autonomy.sequences_actions)},
                     {"acts_without_gate", Value::boolean(*agent.autonomy.acts_without_gate)}});
  return out;
}

cedar::Entity action_entity(const domain::Tool& tool, domain::ActionClass action_class) {
  cedar::Entity out;
  out.uid = uid("Action", tool.server + "___" + tool.name);
  out.parents = {uid("Action", "call_tool"), uid("Action", "server:" + tool.server),
                 uid("Action", std::string(domain::name_of(action_class)))};
  return out;
}

cedar::Entity server_entity(const domain::Server& server) {
  cedar::Entity out;
  out.uid = uid("Server", server.id);
  out.attributes = Value::record(
      {{"system", Value::string(server.system)}, {"transport", Value::string(server.transport)}});
  return out;
}

Value session_record(const Snapshot& snapshot) {
  const domain::SessionState none;
  const domain::SessionState& session = snapshot.session ? *snapshot.session : none;
  return Value::record({{"calls", Value::integer(session.released)},
                        {"denied", Value::integer(session.denied)},
                        {"held", Value::integer(session.held)},
                        {"labels", strings(session.labels)},
                        {"systems", strings(session.systems)}});
}

Value task_record(const domain::Task& task) {
  return Value::record({{"id", Value::string(task.id)},
                        {"goal", Value::string(task.goal)},
                        {"trigger", Value::string(task.trigger.kind)},
                        {"started_by", Value::entity(uid("User", task.started_by))},
                        {"depth", Value::integer(task.depth)},
                        {"outcomes", strings(task.scope.outcomes)}});
}

Value context_record(const Snapshot& snapshot, const domain::Action& action,
                     const ApprovalView* approval) {
  std::vector<Value> targets;
  for (const auto& target : action.targets) {
    targets.push_back(Value::entity(uid(type_of(target.kind), target.value)));
  }
  std::vector<Value::Field> fields{
      {"input", input_record(action.arguments, domain::input_schema(*snapshot.tool))},
      {"outcome", Value::string(action.effect.outcome)},
      {"tier", Value::string(std::string(domain::name_of(action.tier)))},
      {"data_domain", Value::string(snapshot.tool->binding->data_domain)},
      {"targets", Value::set(std::move(targets))},
      {"session", session_record(snapshot)},
      {"task", task_record(*snapshot.chain.front())},
      {"key_bound", Value::boolean(action.key_bound)},
      {"system", Value::record({{"now", Value::datetime_ms(snapshot.now.ms)}})}};
  if (!action.intent.empty()) fields.emplace_back("intent", Value::string(action.intent));
  if (!action.justification.empty()) {
    fields.emplace_back("justification", Value::string(action.justification));
  }
  if (snapshot.on_behalf_of) {
    fields.emplace_back("on_behalf_of", Value::entity(uid("User", snapshot.on_behalf_of->id)));
  }
  if (action.probe) fields.emplace_back("present", Value::boolean(action.probe->present));
  if (approval) {
    fields.emplace_back("approval", Value::record({{"granted_by", users(approval->granted_by)},
                                                   {"classes", strings(approval->classes)},
                                                   {"at", Value::datetime_ms(approval->at.ms)}}));
  }
  return Value::record(std::move(fields));
}

}  // namespace

Value input_record(const Json& arguments, const Json* schema) {
  const Json* properties = schema ? schema->find("properties") : nullptr;
  std::vector<Value::Field> fields;
  for (const auto& [key, value] : arguments.as_object()) {
    fields.emplace_back(key, input_value(value, properties ? properties->find(key) : nullptr));
  }
  return Value::record(std::move(fields));
}

Result<std::shared_ptr<const KnownEntities>> known_entities(const domain::Identity& agent,
                                                            const domain::Server& server,
                                                            const domain::Tool& tool,
                                                            domain::ActionClass action_class) {
  cedar::Entity principal = agent_entity(agent);
  cedar::Entity verb = action_entity(tool, action_class);
  cedar::Entity system = server_entity(server);
  KnownEntities out{principal.uid, verb.uid, system.uid, {}};
  AMBIT_TRY(out.entities,
            cedar::Entities::make({std::move(principal), std::move(verb), std::move(system)}));
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
  const Value context = context_record(snapshot, action, approval);
  std::vector<PolicyRequest> out;
  if (action.targets.empty()) {
    out.push_back({{known->agent, known->action, known->server, context}, known->entities});
    return out;
  }
  for (const auto& target : action.targets) {
    cedar::Entity resource;
    resource.uid = uid(type_of(target.kind), target.value);
    resource.parents = parents_of(target, known->server);
    AMBIT_TRY(auto entities, cedar::Entities::overlay(known->entities, {resource}));
    out.push_back({{known->agent, known->action, resource.uid, context}, std::move(entities)});
  }
  return out;
}

}  // namespace ambit::decision
