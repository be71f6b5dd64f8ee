#include "profiles/internal/rewriter.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ambit::profiles {
namespace {

using text::Json;

constexpr const char* kGatewayNote = "every tool server of Ambit stands for the gateway";

Json variable_of(const char* name) { return Json::object({{"Var", name}}); }

Json get(Json target, std::string name) {
  return Json::object(
      {{".", Json::object({{"left", std::move(target)}, {"attr", std::move(name)}})}});
}

Json has(Json target, std::string name) {
  return Json::object(
      {{"has", Json::object({{"left", std::move(target)}, {"attr", std::move(name)}})}});
}

Json binary(const char* op, Json left, Json right) {
  return Json::object(
      {{op, Json::object({{"left", std::move(left)}, {"right", std::move(right)}})}});
}

Json entity_value(std::string type, std::string id) {
  return Json::object(
      {{"Value", Json::object({{"__entity", Json::object({{"type", std::move(type)},
                                                          {"id", std::move(id)}})}})}});
}

Json when(Json body) { return Json::object({{"kind", "when"}, {"body", std::move(body)}}); }

bool is_variable(const Json* expr, std::string_view name) {
  return expr != nullptr && expr->string_or("Var", "") == name;
}

// The members of an operator's operands that are expressions themselves.
bool is_operand(std::string_view member) {
  constexpr std::array<std::string_view, 6> kOperands = {"left", "right", "arg",
                                                         "if",   "then",  "else"};
  return std::find(kOperands.begin(), kOperands.end(), member) != kOperands.end();
}

std::string text_of(const Json& json, const char* member) {
  return std::string(json.string_or(member, ""));
}

}  // namespace

void Rewriter::block(std::string code, std::string message) {
  const bool known = std::any_of(notes_.begin(), notes_.end(), [&](const ImportNote& note) {
    return note.blocks && note.message == message;
  });
  if (!known) notes_.push_back({true, "profile." + std::move(code), std::move(message)});
}

void Rewriter::note(std::string code, std::string message) {
  const bool known = std::any_of(notes_.begin(), notes_.end(),
                                 [&](const ImportNote& one) { return one.message == message; });
  if (!known) notes_.push_back({false, "profile." + std::move(code), std::move(message)});
}

bool Rewriter::blocked() const {
  return std::any_of(notes_.begin(), notes_.end(),
                     [](const ImportNote& note) { return note.blocks; });
}

bool Rewriter::is_user_type(std::string_view type) const {
  return type == (profile_ == Profile::kAgentCore ? "AgentCore::OAuthUser" : "Client");
}

bool Rewriter::is_entity(const Json& expr, std::string_view type, std::string& id) const {
  const Json* value = expr.find("Value");
  const Json* entity = value ? value->find("__entity") : nullptr;
  if (!entity || entity->string_or("type", "") != type) return false;
  id = text_of(*entity, "id");
  return true;
}

Json Rewriter::on_behalf_of(const std::string& user) {
  return binary(
      "&&", has(variable_of("context"), "on_behalf_of"),
      binary("==", get(variable_of("context"), "on_behalf_of"), entity_value("Ambit::User", user)));
}

Json Rewriter::rewrite(const Json& policy) {
  is_permit_ = text_of(policy, "effect") == "permit";
  text::JsonArray conditions;
  Json out = Json::object(
      {{"effect", *policy.find("effect")}, {"principal", Json::object({{"op", "All"}})}});
  principal(*policy.find("principal"), conditions);
  Json act = action(*policy.find("action"));
  resource(*policy.find("resource"), act);
  out.set("action", std::move(act));
  out.set("resource", Json::object({{"op", "All"}}));
  const Json* own = policy.find("conditions");
  if (own != nullptr) {
    for (const Json& condition : own->as_array()) {
      conditions.push_back(Json::object(
          {{"kind", *condition.find("kind")}, {"body", expression(*condition.find("body"))}}));
    }
  }
  out.set("conditions", Json(std::move(conditions)));
  if (const Json* annotations = policy.find("annotations")) out.set("annotations", *annotations);
  return out;
}

void Rewriter::principal(const Json& scope, text::JsonArray& conditions) {
  const std::string op = text_of(scope, "op");
  if (op == "All") return;
  const Json* entity = scope.find("entity");
  if (op == "==" && entity && is_user_type(entity->string_or("type", ""))) {
    note("principal", "a caller there is the user here on whose behalf the task runs");
    conditions.push_back(when(on_behalf_of(text_of(*entity, "id"))));
    return;
  }
  if (op == "is" && is_user_type(scope.string_or("entity_type", "")) && !scope.find("in")) {
    note("principal", "a caller there is the user here on whose behalf the task runs");
    conditions.push_back(when(has(variable_of("context"), "on_behalf_of")));
    return;
  }
  block("principal",
        "its principal has no counterpart: groups, IAM entities and unauthenticated "
        "callers are not known to policies here");
}

Json Rewriter::action(const Json& scope) {
  const std::string op = text_of(scope, "op");
  Json all = Json::object(
      {{"op", "in"}, {"entity", Json::object({{"type", "Ambit::Action"}, {"id", "call_tool"}})}});
  if (op == "All") return all;
  if (const Json* entity = scope.find("entity")) {
    Json made = action_entity(*entity);
    const bool is_group = made.string_or("id", "") == "call_tool";
    return Json::object({{"op", is_group ? "in" : op}, {"entity", std::move(made)}});
  }
  Json entities = Json::array();
  const Json* listed = scope.find("entities");
  if (listed != nullptr) {
    for (const Json& entity : listed->as_array()) entities.push_back(action_entity(entity));
  }
  return Json::object({{"op", "in"}, {"entities", std::move(entities)}});
}

Json Rewriter::action_entity(const Json& entity) {
  const std::string id = text_of(entity, "id");
  const bool is_tool = profile_ == Profile::kAgentCore && id.find("___") != std::string::npos;
  const bool is_any = id == "call_tool" || id == "CallTool" || id == "Mcp";
  if (!is_tool && !is_any) {
    block("action", "`" + id + "` is not decided by policies here, which are about calls of tools");
  }
  return Json::object({{"type", "Ambit::Action"}, {"id", is_tool ? id : "call_tool"}});
}

void Rewriter::resource(const Json& scope, Json& action) {
  const std::string op = text_of(scope, "op");
  if (op == "All") return;
  const Json* entity = scope.find("entity");
  const std::string type = entity ? text_of(*entity, "type") : text_of(scope, "entity_type");
  const std::string id = entity ? text_of(*entity, "id") : std::string();
  if (profile_ == Profile::kAgentCore && type == "AgentCore::Gateway") {
    if (op == "==" && !options_.gateway.empty() && id != options_.gateway) {
      block("gateway", "it is for the gateway `" + id + "`");
    }
    note("gateway", kGatewayNote);
    return;
  }
  const auto tool_action = [&](std::string name, const char* how) {
    action = Json::object(
        {{"op", how},
         {"entity", Json::object({{"type", "Ambit::Action"}, {"id", std::move(name)}})}});
  };
  if (type == "Tool" && op == "is") return;
  if (type == "Tool" && op == "==") {
    if (options_.server.empty()) {
      return block("server",
                   "say with `--tool-server` what Ambit calls the server of `" + id + "`");
    }
    return tool_action(options_.server + "___" + id, "==");
  }
  if (type == "MCP" && op == "in") return tool_action("server:" + id, "in");
  block("resource", "its resource has no counterpart here");
}

Json Rewriter::expression(const Json& expr) {
  if (!expr.is_object() || expr.as_object().size() != 1) return expr;
  const auto& [op, operands] = expr.as_object().front();
  if (op == "Value") return Json::object({{"Value", value(operands)}});
  if (op == "Var") return variable(operands);
  note_integers(op, operands);
  if (auto made = whole(op, operands)) return *std::move(made);
  if (op == "decimal" || op == "lessThan" || op == "greaterThan" || op == "lessThanOrEqual" ||
      op == "greaterThanOrEqual") {
    note("numbers", profile_ == Profile::kAgentCore
                        ? "a number with more than four digits after the point is cut off there; "
                          "here it is opaque, and comparing it denies"
                        : "every number is a decimal there; here an integer argument is a Long, "
                          "which compares with `<` and not with `lessThan`");
  }
  return Json::object({{op, operands_of(operands)}});
}

Json Rewriter::operands_of(const Json& operands) {
  if (operands.is_array()) {
    Json out = Json::array();
    for (const Json& one : operands.as_array()) out.push_back(expression(one));
    return out;
  }
  if (!operands.is_object()) return operands;
  const bool is_record = std::none_of(operands.as_object().begin(), operands.as_object().end(),
                                      [](const auto& member) { return is_operand(member.first); });
  Json out = Json::object();
  for (const auto& [name, member] : operands.as_object()) {
    out.set(name, is_record || is_operand(name) || name == "in" ? expression(member) : member);
  }
  return out;
}

// ToolHive knows no integers, so what compares with one decides otherwise there, or fails.
void Rewriter::note_integers(const std::string& op, const Json& operands) {
  if (profile_ != Profile::kToolHive) return;
  const auto is_integer = [&](const char* side) {
    const Json* operand = operands.find(side);
    const Json* value = operand ? operand->find("Value") : nullptr;
    return value && value->is_int();
  };
  const bool is_order = op == "<" || op == "<=" || op == ">" || op == ">=";
  const bool is_equality = op == "==" || op == "!=";
  if (!is_order && !(is_equality && (is_integer("left") || is_integer("right")))) return;
  note(
      "integers",
      "every number is a decimal there, which is never equal to an integer and fails to compare by "
      "`<`; here an integer argument is a Long, so that the comparison decides");
}

std::optional<Json> Rewriter::whole(const std::string& op, const Json& operands) {
  if (op == "." || op == "has") return attribute(op, operands);
  if (op == "==") return comparison(operands);
  if (op == "is") return type_test(operands);
  if ((op == "hasTag" || op == "getTag") && is_variable(operands.find("left"), "principal")) {
    block("claims", "claims of the caller's token are not known to policies here");
    return Json::object({{"Value", false}});
  }
  return std::nullopt;
}

std::optional<Json> Rewriter::attribute(const std::string& op, const Json& operands) {
  const Json* target = operands.find("left");
  const Json* attribute = operands.find("attr");
  const Json* first = attribute && attribute->is_array() && !attribute->as_array().empty()
                          ? &attribute->as_array().front()  // `context has input.amount`
                          : attribute;
  const std::string name = first && first->is_string() ? first->as_string() : "";
  const bool of_context = is_variable(target, "context");
  const bool of_resource = is_variable(target, "resource");
  if (profile_ == Profile::kToolHive && (of_context || of_resource)) {
    if (name.starts_with("arg_") && first == attribute) return argument(op, name.substr(4));
  }
  if (name.starts_with("claim_") || name.starts_with("claimset_")) {
    block("claims", "`" + name + "`: claims of the caller's token are not known to policies here");
    return Json::object({{"Value", false}});
  }
  if (profile_ == Profile::kAgentCore && of_context && (name == "input" || name == "system")) {
    return std::nullopt;
  }
  if (of_context || of_resource || is_variable(target, "principal")) {
    block("attribute", "`" + text_of(*target, "Var") + "." + name + "` has no counterpart here");
    return Json::object({{"Value", false}});
  }
  return std::nullopt;
}

std::optional<Json> Rewriter::argument(const std::string& op, const std::string& attribute) {
  constexpr std::string_view kPresent = "_present";
  const Json input = get(variable_of("context"), "input");
  if (attribute.size() > kPresent.size() && attribute.ends_with(kPresent)) {
    const std::string name = attribute.substr(0, attribute.size() - kPresent.size());
    note("present", "`arg_" + attribute + "` becomes `context.input has " + name + "`");
    return has(input, name);
  }
  if (op == "has") return has(input, attribute);
  if (is_permit_) {
    note("errors",
         "a permit that fails there, as for want of an argument, denies the whole call; here it "
         "only "
         "permits nothing itself");
  }
  return get(input, attribute);
}

std::optional<Json> Rewriter::comparison(const Json& operands) {
  const Json& left = *operands.find("left");
  const Json& right = *operands.find("right");
  const std::string_view user = profile_ == Profile::kAgentCore ? "AgentCore::OAuthUser" : "Client";
  std::string id;
  for (const auto& [variable, other] : {std::pair(&left, &right), std::pair(&right, &left)}) {
    if (is_variable(variable, "principal") && is_entity(*other, user, id)) return on_behalf_of(id);
    const Json* access = variable->find(".");
    const std::string name = access ? text_of(*access, "attr") : std::string();
    const bool is_subject =
        profile_ == Profile::kAgentCore
            ? access && name == "id" && is_variable(access->find("left"), "principal")
            : access && name == "claim_sub";
    const Json* text = other->find("Value");
    if (is_subject && text && text->is_string()) return on_behalf_of(text->as_string());
    if (profile_ == Profile::kAgentCore && is_variable(variable, "resource") &&
        is_entity(*other, "AgentCore::Gateway", id)) {
      note("gateway", kGatewayNote);
      return Json::object({{"Value", options_.gateway.empty() || id == options_.gateway}});
    }
  }
  return std::nullopt;
}

std::optional<Json> Rewriter::type_test(const Json& operands) {
  const std::string type = text_of(operands, "entity_type");
  if (operands.find("in") != nullptr) return std::nullopt;
  if (is_variable(operands.find("left"), "principal") && is_user_type(type)) {
    return has(variable_of("context"), "on_behalf_of");
  }
  const bool is_resource = is_variable(operands.find("left"), "resource");
  if (is_resource && (type == "AgentCore::Gateway" || type == "Tool")) {
    if (type != "Tool") note("gateway", kGatewayNote);
    return Json::object({{"Value", true}});
  }
  return std::nullopt;
}

Json Rewriter::value(const Json& value) {
  const Json* entity = value.find("__entity");
  if (entity == nullptr) return value;
  const std::string type = text_of(*entity, "type");
  if (type == "AgentCore::Action" || type == "Action") {
    return Json::object({{"__entity", action_entity(*entity)}});
  }
  block("entity", "`" + type + "::\"" + text_of(*entity, "id") + "\"` has no counterpart here");
  return value;
}

Json Rewriter::variable(const Json& name) {
  const std::string_view text = name.is_string() ? std::string_view(name.as_string()) : "";
  if (text == "principal" || text == "resource") {
    block(std::string(text), "what it says of `" + std::string(text) + "` has no counterpart here");
  }
  return Json::object({{"Var", name}});
}

}  // namespace ambit::profiles
