#include "cedar/policy_json.h"

#include <algorithm>

#include "cedar/internal/lexical.h"
#include "cedar/internal/policy_json_reader.h"
#include "cedar/json.h"

namespace ambit::cedar {

using text::Json;
using text::JsonObject;

tl::unexpected<Error> bad_policy_json(std::string message) {
  return fail(Code::kInvalid, "cedar.policy_json", std::move(message));
}

Result<> only(const Json& json, std::initializer_list<std::string_view> names) {
  if (!json.is_object()) return bad_policy_json("not an object");
  for (const auto& member : json.as_object()) {
    if (std::find(names.begin(), names.end(), member.first) == names.end()) {
      return bad_policy_json("there is no member `" + member.first + "` here");
    }
  }
  return {};
}

Result<std::string> entity_type_from_json(const Json& json) {
  const Json* type = json.find("entity_type");
  if (type == nullptr || !type->is_string() || !is_name(type->as_string())) {
    return bad_policy_json("`entity_type` is not an entity type, such as `Ambit::Agent`");
  }
  return type->as_string();
}

namespace {

// --- writing

void put_entity(JsonObject& out, const EntityUid& uid, std::string_view slot) {
  if (slot.empty()) {
    out.emplace_back("entity", uid_to_json(uid));
  } else {
    out.emplace_back("slot", slot);
  }
}

// `slot` is empty when there is none.
Json scope_to_json(const EntityScope& scope, std::string_view slot) {
  JsonObject out;
  switch (scope.kind) {
    case EntityScope::Kind::kAny: out.emplace_back("op", "All"); break;
    case EntityScope::Kind::kEqual:
    case EntityScope::Kind::kIn:
      out.emplace_back("op", scope.kind == EntityScope::Kind::kEqual ? "==" : "in");
      put_entity(out, scope.entity, slot);
      break;
    case EntityScope::Kind::kIs:
    case EntityScope::Kind::kIsIn:
      out.emplace_back("op", "is");
      out.emplace_back("entity_type", scope.type);
      if (scope.kind == EntityScope::Kind::kIsIn) {
        JsonObject container;
        put_entity(container, scope.entity, slot);
        out.emplace_back("in", std::move(container));
      }
      break;
  }
  return Json(std::move(out));
}

Json scope_to_json(const ActionScope& scope) {
  if (scope.kind == ActionScope::Kind::kAny) return Json::object({{"op", "All"}});
  const char* op = scope.kind == ActionScope::Kind::kEqual ? "==" : "in";
  // A list of one is written as that one.
  if (scope.kind != ActionScope::Kind::kInSet || scope.entities.size() == 1) {
    return Json::object({{"op", op}, {"entity", uid_to_json(scope.entities.front())}});
  }
  text::JsonArray entities;
  for (const EntityUid& uid : scope.entities) entities.push_back(uid_to_json(uid));
  return Json::object({{"op", op}, {"entities", std::move(entities)}});
}

Result<Json> write_policy(const Policy& policy, bool principal_slot, bool resource_slot) {
  JsonObject out{{"effect", policy.effect == Effect::kPermit ? "permit" : "forbid"},
                 {"principal", scope_to_json(policy.principal, principal_slot ? "?principal" : "")},
                 {"action", scope_to_json(policy.action)},
                 {"resource", scope_to_json(policy.resource, resource_slot ? "?resource" : "")}};
  text::JsonArray conditions;
  for (const Condition& condition : policy.conditions) {
    AMBIT_TRY(Json body, expression_to_json(*condition.body));
    conditions.push_back(Json::object(
        {{"kind", condition.is_unless ? "unless" : "when"}, {"body", std::move(body)}}));
  }
  out.emplace_back("conditions", std::move(conditions));
  if (policy.annotations.empty()) return Json(std::move(out));
  JsonObject annotations;
  for (const auto& [name, text] : policy.annotations) {
    const bool bare = text.empty() && policy.bare_annotations.contains(name);
    annotations.emplace_back(name, bare ? Json() : Json(text));
  }
  out.emplace_back("annotations", std::move(annotations));
  return Json(std::move(out));
}

// --- reading

// `{"entity": ...}` or `{"slot": ...}` among the members of `json`.
Result<> read_entity(const Json& json, std::string_view slot, EntityUid& uid, bool& has_slot) {
  const Json* entity = json.find("entity");
  const Json* name = json.find("slot");
  if ((entity == nullptr) == (name == nullptr)) {
    return bad_policy_json("there must be either `entity` or `slot`");
  }
  if (entity != nullptr) {
    auto read = uid_from_json(*entity);
    if (!read) return bad_policy_json(read.error().message);
    uid = *std::move(read);
    return {};
  }
  if (!name->is_string() || name->as_string() != slot) {
    return bad_policy_json("the slot that can stand here is `" + std::string(slot) + "`");
  }
  has_slot = true;
  return {};
}

Result<> read_is_scope(const Json& json, std::string_view slot, EntityScope& out, bool& has_slot) {
  AMBIT_CHECK_OK(only(json, {"op", "entity_type", "in"}));
  AMBIT_TRY(out.type, entity_type_from_json(json));
  out.kind = EntityScope::Kind::kIs;
  const Json* container = json.find("in");
  if (container == nullptr || container->is_null()) return {};
  out.kind = EntityScope::Kind::kIsIn;
  AMBIT_CHECK_OK(only(*container, {"entity", "slot"}));
  return read_entity(*container, slot, out.entity, has_slot);
}

Result<> read_scope(const Json& json, std::string_view slot, EntityScope& out, bool& has_slot) {
  const std::string_view op = json.string_or("op", "");
  if (op == "All" || op == "all") return only(json, {"op"});
  if (op == "is") return read_is_scope(json, slot, out, has_slot);
  if (op != "==" && op != "in") {
    return bad_policy_json("`op` is one of `All`, `==`, `in` and `is`");
  }
  out.kind = op == "==" ? EntityScope::Kind::kEqual : EntityScope::Kind::kIn;
  AMBIT_CHECK_OK(only(json, {"op", "entity", "slot"}));
  return read_entity(json, slot, out.entity, has_slot);
}

Result<> read_action(const Json& json, ActionScope& out) {
  auto uid = uid_from_json(json);
  if (!uid) return bad_policy_json(uid.error().message);
  if (uid->type != "Action" && !uid->type.ends_with("::Action")) {
    return bad_policy_json("`" + to_cedar_text(*uid) + "` is not an action");
  }
  out.entities.push_back(*std::move(uid));
  return {};
}

Result<> read_scope(const Json& json, ActionScope& out) {
  const std::string_view op = json.string_or("op", "");
  if (op == "All" || op == "all") return only(json, {"op"});
  if (op != "==" && op != "in") return bad_policy_json("`op` is one of `All`, `==` and `in`");
  const Json* entity = json.find("entity");
  const Json* entities = json.find("entities");
  if (entity != nullptr) {
    out.kind = op == "==" ? ActionScope::Kind::kEqual : ActionScope::Kind::kIn;
    AMBIT_CHECK_OK(only(json, {"op", "entity"}));
    return read_action(*entity, out);
  }
  if (op != "in" || entities == nullptr || !entities->is_array()) {
    return bad_policy_json(op == "in" ? "there must be `entity` or `entities`, an array"
                                      : "`entity` is missing");
  }
  AMBIT_CHECK_OK(only(json, {"op", "entities"}));
  out.kind = ActionScope::Kind::kInSet;
  for (const Json& each : entities->as_array()) AMBIT_CHECK_OK(read_action(each, out));
  return {};
}

Result<> read_conditions(const Json& json, std::vector<Condition>& out) {
  if (!json.is_array()) return bad_policy_json("not an array");
  for (const Json& each : json.as_array()) {
    AMBIT_CHECK_OK(only(each, {"kind", "body"}));
    const std::string_view kind = each.string_or("kind", "");
    const Json* body = each.find("body");
    if ((kind != "when" && kind != "unless") || body == nullptr) {
      return bad_policy_json("a condition has a `kind`, `when` or `unless`, and a `body`");
    }
    AMBIT_TRY(ExprPtr expr, located(kind, expression_from_json(*body)));
    out.push_back({kind == "unless", std::move(expr)});
  }
  return {};
}

Result<> read_annotations(const Json& json, Policy& out) {
  if (!json.is_object()) return bad_policy_json("not an object");
  for (const auto& [name, text] : json.as_object()) {
    if (!is_identifier(name)) {
      return bad_policy_json("`" + name + "` is not an annotation's name");
    }
    if (!text.is_null() && !text.is_string()) {
      return bad_policy_json("the annotation `" + name + "` is neither a text nor null");
    }
    if (text.is_null()) out.bare_annotations.insert(name);
    out.annotations.emplace(name, text.is_null() ? "" : text.as_string());
  }
  return {};
}

Result<> read_effect(const Json& json, Effect& out) {
  if (!json.is_string() || (json.as_string() != "permit" && json.as_string() != "forbid")) {
    return bad_policy_json("neither `permit` nor `forbid`");
  }
  out = json.as_string() == "permit" ? Effect::kPermit : Effect::kForbid;
  return {};
}

Result<Template> read_policy(const Json& json, std::string id) {
  AMBIT_CHECK_OK(
      only(json, {"effect", "principal", "action", "resource", "conditions", "annotations"}));
  for (const char* name : {"effect", "principal", "action", "resource", "conditions"}) {
    if (json.find(name) == nullptr) {
      return bad_policy_json("`" + std::string(name) + "` is missing");
    }
  }
  Template out;
  Policy& body = out.body;
  AMBIT_CHECK_OK(located("effect", read_effect(*json.find("effect"), body.effect)));
  AMBIT_CHECK_OK(located("principal", read_scope(*json.find("principal"), "?principal",
                                                 body.principal, out.has_principal_slot)));
  AMBIT_CHECK_OK(located("action", read_scope(*json.find("action"), body.action)));
  AMBIT_CHECK_OK(located("resource", read_scope(*json.find("resource"), "?resource", body.resource,
                                                out.has_resource_slot)));
  AMBIT_CHECK_OK(located("conditions", read_conditions(*json.find("conditions"), body.conditions)));
  if (const Json* annotations = json.find("annotations")) {
    AMBIT_CHECK_OK(located("annotations", read_annotations(*annotations, body)));
  }
  body.id = std::move(id);
  body.text = to_cedar_text(out);
  body.span = {0, 0};
  return out;
}

// --- policy sets

Result<TemplateLink> read_link(const Json& json) {
  AMBIT_CHECK_OK(only(json, {"templateId", "newId", "values"}));
  const Json* template_id = json.find("templateId");
  const Json* id = json.find("newId");
  const Json* values = json.find("values");
  if (template_id == nullptr || !template_id->is_string() || id == nullptr || !id->is_string() ||
      values == nullptr || !values->is_object()) {
    return bad_policy_json("a link has the texts `templateId` and `newId` and the object `values`");
  }
  TemplateLink out{template_id->as_string(), id->as_string(), {}, {}};
  for (const auto& [slot, entity] : values->as_object()) {
    if (slot != "?principal" && slot != "?resource") {
      return bad_policy_json("there is no slot `" + slot + "`");
    }
    auto uid = uid_from_json(entity);
    if (!uid) return bad_policy_json("`" + slot + "`: " + uid.error().message);
    (slot == "?principal" ? out.principal : out.resource) = *std::move(uid);
  }
  return out;
}

Json link_to_json(const TemplateLink& link) {
  JsonObject values;
  if (link.principal) values.emplace_back("?principal", uid_to_json(*link.principal));
  if (link.resource) values.emplace_back("?resource", uid_to_json(*link.resource));
  return Json::object(
      {{"templateId", link.template_id}, {"newId", link.id}, {"values", std::move(values)}});
}

}  // namespace

Result<Json> policy_to_json(const Policy& policy) { return write_policy(policy, false, false); }

Result<Json> template_to_json(const Template& policy_template) {
  return write_policy(policy_template.body, policy_template.has_principal_slot,
                      policy_template.has_resource_slot);
}

Result<Policy> policy_from_json(const Json& json, std::string id) {
  AMBIT_TRY(Template read, read_policy(json, std::move(id)));
  if (read.has_principal_slot || read.has_resource_slot) {
    return bad_policy_json("this is a template, as it has a slot, and not a policy");
  }
  return std::move(read.body);
}

Result<Template> template_from_json(const Json& json, std::string id) {
  AMBIT_TRY(Template read, read_policy(json, std::move(id)));
  if (!read.has_principal_slot && !read.has_resource_slot) {
    return bad_policy_json("this is a policy, as it has no slot, and not a template");
  }
  return read;
}

Result<Json> policy_set_to_json(const PolicySet& policies) {
  JsonObject fixed;
  JsonObject templates;
  text::JsonArray links;
  for (const Policy& policy : policies.policies()) {
    if (!policy.template_id.empty()) continue;
    AMBIT_TRY(Json json, policy_to_json(policy));
    fixed.emplace_back(policy.id, std::move(json));
  }
  for (const Template& each : policies.templates()) {
    AMBIT_TRY(Json json, template_to_json(each));
    templates.emplace_back(each.body.id, std::move(json));
  }
  for (const TemplateLink& each : policies.links()) links.push_back(link_to_json(each));
  return Json::object({{"staticPolicies", std::move(fixed)},
                       {"templates", std::move(templates)},
                       {"templateLinks", std::move(links)}});
}

Result<PolicySet> policy_set_from_json(const Json& json) {
  AMBIT_CHECK_OK(only(json, {"staticPolicies", "templates", "templateLinks"}));
  std::vector<Policy> policies;
  std::vector<Template> templates;
  std::vector<TemplateLink> links;
  if (const Json* member = json.find("staticPolicies")) {
    if (!member->is_object()) return bad_policy_json("`staticPolicies` is not an object");
    for (const auto& [id, each] : member->as_object()) {
      AMBIT_TRY(Policy policy, located(id, policy_from_json(each, id)));
      policies.push_back(std::move(policy));
    }
  }
  if (const Json* member = json.find("templates")) {
    if (!member->is_object()) return bad_policy_json("`templates` is not an object");
    for (const auto& [id, each] : member->as_object()) {
      AMBIT_TRY(Template read, located(id, template_from_json(each, id)));
      templates.push_back(std::move(read));
    }
  }
  if (const Json* member = json.find("templateLinks")) {
    if (!member->is_array()) return bad_policy_json("`templateLinks` is not an array");
    for (const Json& each : member->as_array()) {
      AMBIT_TRY(TemplateLink link, located("templateLinks", read_link(each)));
      links.push_back(std::move(link));
    }
  }
  return PolicySet::make(std::move(policies), std::move(templates), std::move(links));
}

}  // namespace ambit::cedar
