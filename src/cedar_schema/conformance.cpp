#include "cedar_schema/conformance.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "cedar/syntax.h"

namespace ambit::cedar {
namespace {

tl::unexpected<Error> invalid(std::string_view reason, std::string message) {
  return fail(Code::kInvalid, std::string(reason), std::move(message));
}

tl::unexpected<Error> bad_value(std::string message) {
  return invalid("cedar.value_invalid", std::move(message));
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string quoted(const EntityUid& uid) { return quoted(to_cedar_text(uid)); }

// Says where an error is, and under which reason it is known there.
tl::unexpected<Error> about(std::string where, std::string_view reason, Error error) {
  error.message = where + ": " + error.message;
  error.reason = reason;
  return fail(std::move(error));
}

template <class List>
std::string list_of(const List& names) {
  constexpr std::size_t kShown = 10;
  std::string out;
  std::size_t count = 0;
  for (const std::string& name : names) {
    out += out.empty() ? "" : ", ";
    if (++count > kShown) return out + "...";
    out += quoted(name);
  }
  return out.empty() ? "none" : out;
}

// Whether an entity of this name can exist. Types that the schema does not have are not judged.
Result<void> check_exists(const EntityUid& uid, const Schema& schema) {
  const SchemaEntityType* type = schema.find_entity_type(uid.type);
  if (type != nullptr && type->is_enum()) {
    const auto& ids = type->enum_ids;
    if (std::find(ids.begin(), ids.end(), uid.id) == ids.end()) {
      return bad_value(quoted(uid) + " does not exist: the ids of " + quoted(uid.type) + " are " +
                       list_of(ids));
    }
  }
  if (is_action_type(uid.type) && schema.find_action(uid) == nullptr) {
    return bad_value("the action " + quoted(uid) + " is not declared in the schema");
  }
  return {};
}

std::optional<ExtensionType> extension_type_of(Value::Kind kind) {
  switch (kind) {
    case Value::Kind::kDecimal: return ExtensionType::kDecimal;
    case Value::Kind::kIp: return ExtensionType::kIp;
    case Value::Kind::kDatetime: return ExtensionType::kDatetime;
    case Value::Kind::kDuration: return ExtensionType::kDuration;
    default: return std::nullopt;
  }
}

bool is_of_kind(const Value& value, const SchemaType& type) {
  switch (type.kind()) {
    case SchemaType::Kind::kBool: return value.kind() == Value::Kind::kBool;
    case SchemaType::Kind::kLong: return value.kind() == Value::Kind::kLong;
    case SchemaType::Kind::kString: return value.kind() == Value::Kind::kString;
    case SchemaType::Kind::kSet: return value.kind() == Value::Kind::kSet;
    case SchemaType::Kind::kRecord: return value.kind() == Value::Kind::kRecord;
    case SchemaType::Kind::kEntity:
      return value.kind() == Value::Kind::kEntity && value.as_entity().type == type.entity_type();
    case SchemaType::Kind::kExtension:
      return extension_type_of(value.kind()) == type.extension_type();
  }
  return false;
}

tl::unexpected<Error> wrong_kind(const Value& value, const SchemaType& type) {
  const std::string found = value.kind() == Value::Kind::kEntity
                                ? "the entity " + quoted(value.as_entity())
                                : std::string("a value of type ") + quoted(name_of(value.kind()));
  constexpr std::size_t kMaxTypeText = 200;
  std::string wanted = type.parts() > kMaxTypeText ? "another" : type.to_text();
  if (wanted.size() > kMaxTypeText) wanted = "another";
  return bad_value("this is " + found + ", not of type " + quoted(wanted));
}

Result<void> check_record(const Value& record, const SchemaType& type, const Schema& schema) {
  for (const auto& [name, value] : record.as_record()) {
    const SchemaAttribute* attribute = type.find(name);
    if (attribute == nullptr) {
      return bad_value("the schema has no attribute " + quoted(name) + " here");
    }
    auto checked = validate_value(value, attribute->type, schema);
    if (!checked) return about(quoted(name), checked.error().reason, std::move(checked).error());
  }
  for (const SchemaAttribute& attribute : type.attributes()) {
    if (attribute.required && record.find(attribute.name) == nullptr) {
      return bad_value("the attribute " + quoted(attribute.name) + " is missing");
    }
  }
  return {};
}

Result<void> check_parents(const Entity& entity, const SchemaEntityType& type,
                           const Schema& schema) {
  for (const EntityUid& parent : entity.parents) {
    if (!std::binary_search(type.ancestors.begin(), type.ancestors.end(), parent.type)) {
      return bad_value("it cannot be in " + quoted(parent) +
                       ", as the schema has it in these types only: " + list_of(type.ancestors));
    }
    AMBIT_CHECK_OK(check_exists(parent, schema));
  }
  return {};
}

Result<void> check_tags(const Entity& entity, const SchemaEntityType& type, const Schema& schema) {
  for (const auto& [name, value] : entity.tags.as_record()) {
    if (!type.tags) {
      return bad_value("it has the tag " + quoted(name) + ", but the schema gives " +
                       quoted(type.name) + " no tags");
    }
    auto checked = validate_value(value, *type.tags, schema);
    if (!checked) {
      return about("tag " + quoted(name), checked.error().reason, std::move(checked).error());
    }
  }
  return {};
}

Result<void> check_plain_entity(const Entity& entity, const Schema& schema) {
  const SchemaEntityType* type = schema.find_entity_type(entity.uid.type);
  if (type == nullptr) {
    return bad_value("the schema has no entity type " + quoted(entity.uid.type));
  }
  AMBIT_CHECK_OK(check_exists(entity.uid, schema));
  AMBIT_CHECK_OK(check_record(entity.attributes, type->attributes, schema));
  AMBIT_CHECK_OK(check_tags(entity, *type, schema));
  return check_parents(entity, *type, schema);
}

// An action says what the schema says. Its ancestors are looked for in `store`.
Result<void> check_action_entity(const Entity& entity, const Entities& store,
                                 const Schema& schema) {
  const SchemaAction* action = schema.find_action(entity.uid);
  if (action == nullptr) return bad_value("the action is not declared in the schema");
  const auto& above = action->ancestors;
  const StoredEntity* stored = store.find(entity.uid);
  const bool agrees = entity.attributes.as_record().empty() && entity.tags.as_record().empty() &&
                      std::all_of(entity.parents.begin(), entity.parents.end(),
                                  [&](const EntityUid& uid) {
                                    return std::binary_search(above.begin(), above.end(), uid);
                                  }) &&
                      std::all_of(above.begin(), above.end(),
                                  [&](const EntityUid& uid) { return stored->has_ancestor(uid); });
  if (agrees) return {};
  return bad_value("the action differs from what the schema declares; it can be left out here");
}

Result<void> check_principal_or_resource(std::string_view what, const EntityUid& uid,
                                         const Schema& schema) {
  if (schema.find_entity_type(uid.type) == nullptr) {
    return invalid("cedar.request_invalid", "the " + std::string(what) + " " + quoted(uid) +
                                                " is of a type that the schema does not have");
  }
  auto exists = check_exists(uid, schema);
  if (!exists) {
    return about("the " + std::string(what), "cedar.request_invalid", std::move(exists).error());
  }
  return {};
}

Result<void> check_applies(std::string_view what, const EntityUid& uid,
                           const std::vector<std::string>& types, const EntityUid& action) {
  if (std::binary_search(types.begin(), types.end(), uid.type)) return {};
  return invalid("cedar.request_invalid", "the action " + quoted(action) + " is not for a " +
                                              std::string(what) + " of type " + quoted(uid.type) +
                                              " but for these: " + list_of(types));
}

}  // namespace

Result<void> validate_value(const Value& value, const SchemaType& type, const Schema& schema) {
  if (!is_of_kind(value, type)) return wrong_kind(value, type);
  switch (type.kind()) {
    case SchemaType::Kind::kEntity: return check_exists(value.as_entity(), schema);
    case SchemaType::Kind::kRecord: return check_record(value, type, schema);
    case SchemaType::Kind::kSet:
      for (const Value& element : value.as_set()) {
        auto checked = validate_value(element, type.element(), schema);
        if (!checked) {
          return about("an element", checked.error().reason, std::move(checked).error());
        }
      }
      return {};
    default: return {};
  }
}

Result<void> validate_request(const Request& request, const Schema& schema) {
  AMBIT_CHECK_OK(check_principal_or_resource("principal", request.principal, schema));
  AMBIT_CHECK_OK(check_principal_or_resource("resource", request.resource, schema));
  const SchemaAction* action = schema.find_action(request.action);
  if (action == nullptr) {
    return invalid("cedar.request_invalid",
                   "the action " + quoted(request.action) + " is not declared in the schema");
  }
  AMBIT_CHECK_OK(
      check_applies("principal", request.principal, action->principal_types, action->uid));
  AMBIT_CHECK_OK(check_applies("resource", request.resource, action->resource_types, action->uid));
  return validate_context(request.context, request.action, schema);
}

Result<void> validate_context(const Value& context, const EntityUid& action, const Schema& schema) {
  const SchemaAction* declared = schema.find_action(action);
  if (declared == nullptr) {
    return invalid("cedar.context_invalid",
                   "the action " + quoted(action) + " is not declared in the schema");
  }
  auto checked = validate_value(context, declared->context, schema);
  if (!checked) {
    return about("the context for " + quoted(action), "cedar.context_invalid",
                 std::move(checked).error());
  }
  return {};
}

Result<void> validate_entity(const Entity& entity, const Schema& schema) {
  return validate_entities({entity}, schema);
}

Result<void> validate_entities(const std::vector<Entity>& entities, const Schema& schema) {
  std::vector<Entity> actions;
  for (const Entity& entity : entities) {
    if (is_action_type(entity.uid.type)) {
      actions.push_back(entity);
      continue;
    }
    auto checked = check_plain_entity(entity, schema);
    if (!checked) {
      return about("entity " + quoted(entity.uid), "cedar.entity_invalid",
                   std::move(checked).error());
    }
  }
  if (actions.empty()) return {};
  AMBIT_TRY(const Entities store, Entities::make(actions));
  for (const Entity& action : actions) {
    auto checked = check_action_entity(action, store, schema);
    if (!checked) {
      return about("entity " + quoted(action.uid), "cedar.entity_invalid",
                   std::move(checked).error());
    }
  }
  return {};
}

}  // namespace ambit::cedar
