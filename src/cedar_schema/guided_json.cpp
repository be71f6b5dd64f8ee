#include "cedar_schema/guided_json.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "cedar/json.h"
#include "cedar/limits.h"
#include "cedar/syntax.h"
#include "cedar_schema/conformance.h"

namespace ambit::cedar {
namespace {

using text::Json;

tl::unexpected<Error> bad_value(std::string message) {
  return fail(Code::kInvalid, "cedar.value_json", std::move(message));
}

tl::unexpected<Error> bad_entity(std::string message) {
  return fail(Code::kInvalid, "cedar.entity_json", std::move(message));
}

tl::unexpected<Error> within(std::string_view name, Error error) {
  error.message = "`" + std::string(name) + "`: " + error.message;
  return fail(std::move(error));
}

// `{"type", "id"}` or that within `__entity`; what stands beside it does not matter.
Result<EntityUid> read_uid(const Json& json) {
  const Json* inner = json.find("__entity");
  const Json& named = inner != nullptr ? *inner : json;
  const Json* type = named.find("type");
  const Json* id = named.find("id");
  if (type == nullptr || id == nullptr || !type->is_string() || !id->is_string()) {
    return fail(Code::kInvalid, "cedar.uid_json",
                "an entity is named by an object with the texts `type` and `id`");
  }
  if (!is_name(type->as_string())) {
    return fail(Code::kInvalid, "cedar.uid_json",
                "`" + type->as_string() + "` is not an entity type, such as `Ambit::Agent`");
  }
  return EntityUid{type->as_string(), id->as_string()};
}

Json call_json(std::string_view function, text::JsonArray arguments) {
  return Json::object(
      {{"__extn", Json::object({{"fn", function}, {"args", std::move(arguments)}})}});
}

std::string_view constructor_of(ExtensionType type) {
  return type == ExtensionType::kIp ? "ip" : name_of(type);
}

// What the functions that make extension values of others take; a constructor takes a string.
std::vector<ExtensionType> parameters_of(std::string_view function) {
  using enum ExtensionType;
  if (function == "offset") return {kDatetime, kDuration};
  if (function == "durationSince") return {kDatetime, kDatetime};
  if (function == "toDate" || function == "toTime") return {kDatetime};
  return {};
}

Result<Value> read_extension(const Json& json, ExtensionType type, std::size_t depth);

// `{"fn", "arg"}` or `{"fn", "args"}`.
Result<Value> read_call(const Json& call, std::size_t depth) {
  const Json* function = call.find("fn");
  const Json* arg = call.find("arg");
  const Json* args = call.find("args");
  if (function == nullptr || !function->is_string() || (arg == nullptr) == (args == nullptr) ||
      (args != nullptr && !args->is_array())) {
    return bad_value(
        "an extension value needs `fn`, a name, and either `arg`, a value, or `args`, an array of "
        "them");
  }
  const auto parameters = parameters_of(function->as_string());
  const text::JsonArray given = args != nullptr ? args->as_array() : text::JsonArray{*arg};
  text::JsonArray arguments;
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (i >= parameters.size()) {
      arguments.push_back(given[i]);
      continue;
    }
    AMBIT_TRY(const Value argument, read_extension(given[i], parameters[i], depth + 1));
    AMBIT_TRY(Json written, value_to_json(argument));
    arguments.push_back(std::move(written));
  }
  return value_from_json(call_json(function->as_string(), std::move(arguments)));
}

// An extension value: called for, or what its constructor is called with.
Result<Value> read_extension(const Json& json, ExtensionType type, std::size_t depth) {
  if (depth > kMaxValueDepth) {
    return bad_value("nested more than " + std::to_string(kMaxValueDepth) + " levels deep");
  }
  if (const Json* marked = json.find("__extn")) return read_call(*marked, depth);
  if (json.is_object()) return read_call(json, depth);
  return value_from_json(call_json(constructor_of(type), {json}));
}

// Reads by the type without asking whether the result is of it, but for attributes of records.
Result<Value> read(const Json& json, const SchemaType& type);

Result<Value> read_record(const Json& json, const SchemaType& type) {
  if (!json.is_object()) return value_from_json(json);
  std::vector<Value::Field> fields;
  fields.reserve(json.as_object().size());
  for (const auto& [name, member] : json.as_object()) {
    const SchemaAttribute* attribute = type.find(name);
    if (attribute == nullptr) {
      return fail(Code::kInvalid, "cedar.value_invalid",
                  "the schema has no attribute `" + name + "` here");
    }
    auto value = read(member, attribute->type);
    if (!value) return within(name, std::move(value).error());
    fields.emplace_back(name, *std::move(value));
  }
  return Value::record(std::move(fields));
}

Result<Value> read(const Json& json, const SchemaType& type) {
  switch (type.kind()) {
    case SchemaType::Kind::kRecord: return read_record(json, type);
    case SchemaType::Kind::kExtension: return read_extension(json, type.extension_type(), 0);
    case SchemaType::Kind::kEntity: {
      AMBIT_TRY(EntityUid uid, read_uid(json));
      return Value::entity(std::move(uid));
    }
    case SchemaType::Kind::kSet: {
      if (!json.is_array()) return value_from_json(json);
      std::vector<Value> elements;
      for (const Json& item : json.as_array()) {
        AMBIT_TRY(Value element, read(item, type.element()));
        elements.push_back(std::move(element));
      }
      return Value::set(std::move(elements));
    }
    default: return value_from_json(json);
  }
}

Result<const SchemaEntityType*> type_of(const EntityUid& uid, const Schema& schema) {
  const SchemaEntityType* type = schema.find_entity_type(uid.type);
  if (type == nullptr && !is_action_type(uid.type)) {
    return fail(Code::kInvalid, "cedar.entity_invalid",
                "the schema has no entity type `" + uid.type + "`");
  }
  return type;
}

Result<Value> read_attributes(const Json& json, const SchemaEntityType* type) {
  if (!json.is_object()) return bad_entity("this is not an object");
  return type == nullptr ? record_from_json(json) : read_record(json, type->attributes);
}

Result<Value> read_tags(const Json& json, const SchemaEntityType* type) {
  if (!json.is_object()) return bad_entity("this is not an object");
  if (type == nullptr || !type->tags) return record_from_json(json);
  std::vector<Value::Field> fields;
  for (const auto& [name, member] : json.as_object()) {
    auto value = read(member, *type->tags);
    if (!value) return within(name, std::move(value).error());
    fields.emplace_back(name, *std::move(value));
  }
  return Value::record(std::move(fields));
}

Result<void> check_entity_members(const Json& json) {
  if (!json.is_object()) {
    return bad_entity("an entity is not an object with `uid`, `attrs` and `parents`");
  }
  for (const auto& [name, member] : json.as_object()) {
    if (name != "uid" && name != "attrs" && name != "parents" && name != "tags") {
      return bad_entity("an entity has `uid`, `attrs`, `parents` and `tags`, not `" + name + "`");
    }
  }
  for (const char* required : {"uid", "attrs", "parents"}) {
    if (json.find(required) == nullptr) {
      return bad_entity("an entity lacks `" + std::string(required) + "`");
    }
  }
  return {};
}

Result<void> read_entity_parts(const Json& json, const Schema& schema, Entity& out) {
  AMBIT_TRY(const SchemaEntityType* type, type_of(out.uid, schema));
  auto attributes = read_attributes(*json.find("attrs"), type);
  if (!attributes) return within("attrs", std::move(attributes).error());
  out.attributes = *std::move(attributes);
  if (const Json* given = json.find("tags")) {
    auto tags = read_tags(*given, type);
    if (!tags) return within("tags", std::move(tags).error());
    out.tags = *std::move(tags);
  }
  const Json& parents = *json.find("parents");
  if (!parents.is_array()) return bad_entity("`parents` is not an array");
  for (const Json& parent : parents.as_array()) {
    auto uid = read_uid(parent);
    if (!uid) return within("parents", std::move(uid).error());
    out.parents.push_back(*std::move(uid));
  }
  return {};
}

Result<Entity> read_entity(const Json& json, const Schema& schema) {
  AMBIT_CHECK_OK(check_entity_members(json));
  Entity out;
  auto uid = read_uid(*json.find("uid"));
  if (!uid) return within("uid", std::move(uid).error());
  out.uid = *std::move(uid);
  if (auto done = read_entity_parts(json, schema, out); !done) {
    Error error = std::move(done).error();
    if (error.reason == "cedar.value_invalid") error.reason = "cedar.entity_invalid";
    error.message = "entity `" + to_cedar_text(out.uid) + "`: " + error.message;
    return fail(std::move(error));
  }
  return out;
}

}  // namespace

Result<Value> value_from_json(const Json& json, const SchemaType& type, const Schema& schema) {
  AMBIT_TRY(Value value, read(json, type));
  AMBIT_CHECK_OK(validate_value(value, type, schema));
  return value;
}

Result<Value> context_from_json(const Json& json, const Schema& schema, const EntityUid& action) {
  const SchemaAction* declared = schema.find_action(action);
  if (declared == nullptr) {
    return fail(Code::kInvalid, "cedar.context_invalid",
                "the action `" + to_cedar_text(action) + "` is not declared in the schema");
  }
  auto value = read(json, declared->context);
  if (!value) {
    Error error = std::move(value).error();
    if (error.reason == "cedar.value_invalid") error.reason = "cedar.context_invalid";
    error.message = "the context for `" + to_cedar_text(action) + "`: " + error.message;
    return fail(std::move(error));
  }
  AMBIT_CHECK_OK(validate_context(*value, action, schema));
  return value;
}

Result<Entity> entity_from_json(const Json& json, const Schema& schema) {
  AMBIT_TRY(Entity entity, read_entity(json, schema));
  AMBIT_CHECK_OK(validate_entity(entity, schema));
  return entity;
}

Result<Entities> entities_from_json(const Json& array, const Schema& schema) {
  if (!array.is_array()) return bad_entity("the entities are not an array");
  std::vector<Entity> entities;
  entities.reserve(array.as_array().size());
  for (const Json& json : array.as_array()) {
    AMBIT_TRY(Entity entity, read_entity(json, schema));
    entities.push_back(std::move(entity));
  }
  AMBIT_CHECK_OK(validate_entities(entities, schema));
  // The actions agree with the schema, which has all of them.
  std::erase_if(entities, [](const Entity& entity) { return is_action_type(entity.uid.type); });
  return Entities::overlay(schema.action_entities(), std::move(entities));
}

}  // namespace ambit::cedar
