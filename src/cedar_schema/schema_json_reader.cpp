#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cedar/syntax.h"
#include "cedar_schema/internal/schema_json_types.h"
#include "cedar_schema/internal/schema_names.h"
#include "cedar_schema/schema_json.h"

namespace ambit::cedar {
namespace {

using text::Json;

// Reads each member of the object `name` of `parent`, in order of their names.
template <class List, class Read>
Result<void> read_declarations(const Json& parent, std::string_view name, List& out, Read read) {
  const Json* declarations = parent.find(name);
  if (declarations == nullptr) return bad_schema_json("`" + std::string(name) + "` is missing");
  if (!declarations->is_object()) return not_an_object(name);
  for (const auto& [key, json] : declarations->as_object()) {
    auto item = read(key, json);
    if (!item) return within(name, key, std::move(item).error());
    out.push_back(*std::move(item));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return {};
}

Result<void> check_declared_name(std::string_view name) {
  if (is_name(name) && is_identifier(name)) return {};
  return bad_schema_json("`" + std::string(name) + "` cannot be the name of a type" +
                         (is_reserved(name) ? ", as it is reserved" : ""));
}

Result<CommonTypeDeclaration> read_common_type(const std::string& name, const Json& json) {
  AMBIT_CHECK_OK(check_declared_name(name));
  if (is_kind_of_type(name)) {
    return bad_schema_json("this cannot be the name of a common type, as it names a kind of type");
  }
  CommonTypeDeclaration out;
  out.name = name;
  AMBIT_TRY(out.type, read_schema_type(json, {"annotations"}, 1));
  AMBIT_TRY(out.annotations, read_schema_annotations(json));
  return out;
}

Result<std::vector<TypeReference>> read_type_names(const Json& json, std::string_view member) {
  std::vector<TypeReference> out;
  const Json* names = json.find(member);
  if (names == nullptr) return out;
  if (!names->is_array()) return bad_schema_json("`" + std::string(member) + "` is not an array");
  for (const Json& name : names->as_array()) {
    auto read = read_type_name(name);
    if (!read) return within(member, std::move(read).error());
    out.push_back({*std::move(read), {}});
  }
  return out;
}

Result<std::vector<std::string>> read_enum_ids(const Json& json) {
  if (!json.is_array() || json.as_array().empty()) {
    return bad_schema_json("`enum` is not an array of at least one id");
  }
  std::vector<std::string> out;
  for (const Json& id : json.as_array()) {
    if (!id.is_string()) return bad_schema_json("`enum` has an id that is not a string");
    out.push_back(id.as_string());
  }
  return out;
}

Result<std::optional<TypeExpression>> read_shape(const Json& json, std::string_view member) {
  auto type = read_optional_type(json, member);
  if (type && *type && (*type)->is_empty_record()) type->reset();
  return type;
}

Result<EntityTypeDeclaration> read_entity_type(const std::string& name, const Json& json) {
  AMBIT_CHECK_OK(check_declared_name(name));
  if (name == "Action") {
    return bad_schema_json("`Action` cannot be an entity type, as it is the type of actions");
  }
  AMBIT_CHECK_OK(check_members(json, {"memberOfTypes", "shape", "tags", "enum", "annotations"}));
  EntityTypeDeclaration out;
  out.name = name;
  AMBIT_TRY(out.annotations, read_schema_annotations(json));
  if (const Json* ids = json.find("enum")) {
    for (const char* member : {"memberOfTypes", "shape", "tags"}) {
      if (json.find(member) == nullptr) continue;
      return bad_schema_json("an entity type with `enum` has no `" + std::string(member) + "`");
    }
    AMBIT_TRY(out.enum_ids, read_enum_ids(*ids));
    return out;
  }
  AMBIT_TRY(out.parents, read_type_names(json, "memberOfTypes"));
  AMBIT_TRY(out.shape, read_shape(json, "shape"));
  AMBIT_TRY(out.tags, read_optional_type(json, "tags"));
  return out;
}

Result<ActionReference> read_action_reference(const Json& json) {
  AMBIT_CHECK_OK(check_members(json, {"id", "type"}));
  const Json* id = json.find("id");
  if (id == nullptr || !id->is_string()) return bad_schema_json("an action needs `id`, a string");
  ActionReference out{std::nullopt, id->as_string(), {}};
  if (const Json* type = json.find("type"); type != nullptr && !type->is_null()) {
    AMBIT_TRY(out.type, read_type_name(*type));
  }
  return out;
}

Result<std::vector<ActionReference>> read_action_parents(const Json& json) {
  if (!json.is_array()) return bad_schema_json("`memberOf` is not an array");
  std::vector<ActionReference> out;
  for (const Json& parent : json.as_array()) {
    auto read = read_action_reference(parent);
    if (!read) return within("memberOf", std::move(read).error());
    out.push_back(*std::move(read));
  }
  return out;
}

Result<AppliesTo> read_applies_to(const Json& json) {
  AMBIT_CHECK_OK(check_members(json, {"principalTypes", "resourceTypes", "context"}));
  for (const char* member : {"principalTypes", "resourceTypes"}) {
    if (json.find(member) == nullptr) {
      return bad_schema_json("`" + std::string(member) + "` is missing");
    }
  }
  AppliesTo out;
  AMBIT_TRY(out.principals, read_type_names(json, "principalTypes"));
  AMBIT_TRY(out.resources, read_type_names(json, "resourceTypes"));
  AMBIT_TRY(out.context, read_shape(json, "context"));
  return out;
}

Result<ActionDeclaration> read_action(const std::string& name, const Json& json) {
  AMBIT_CHECK_OK(check_members(json, {"attributes", "appliesTo", "memberOf", "annotations"}));
  // These three may be null, which says the same as nothing.
  const auto given = [&](std::string_view member) {
    const Json* found = json.find(member);
    return found != nullptr && !found->is_null() ? found : nullptr;
  };
  if (given("attributes") != nullptr) {
    return bad_schema_json("actions with `attributes` are not supported");
  }
  ActionDeclaration out;
  out.name = name;
  AMBIT_TRY(out.annotations, read_schema_annotations(json));
  if (const Json* parents = given("memberOf")) {
    AMBIT_TRY(out.parents, read_action_parents(*parents));
  }
  if (const Json* applies_to = given("appliesTo")) {
    auto read = read_applies_to(*applies_to);
    if (!read) return within("appliesTo", std::move(read).error());
    out.applies_to = *std::move(read);
  }
  return out;
}

Result<NamespaceDeclaration> read_namespace(const std::string& name, const Json& json) {
  if (!name.empty() && !is_name(name)) {
    return bad_schema_json("this cannot be the name of a namespace, such as `Ambit::Tools`");
  }
  AMBIT_CHECK_OK(check_members(json, {"commonTypes", "entityTypes", "actions", "annotations"}));
  NamespaceDeclaration out;
  out.name = name;
  AMBIT_TRY(out.annotations, read_schema_annotations(json));
  if (name.empty() && !out.annotations.empty()) {
    return bad_schema_json("the empty namespace cannot have annotations");
  }
  if (json.find("commonTypes") != nullptr) {
    AMBIT_CHECK_OK(read_declarations(json, "commonTypes", out.common_types, read_common_type));
  }
  AMBIT_CHECK_OK(read_declarations(json, "entityTypes", out.entity_types, read_entity_type));
  AMBIT_CHECK_OK(read_declarations(json, "actions", out.actions, read_action));
  return out;
}

}  // namespace

Result<SchemaFragment> schema_fragment_from_json(const Json& json) {
  if (!json.is_object()) {
    return bad_schema_json(
        "a schema is an object of namespaces, each with `entityTypes` and `actions`");
  }
  SchemaFragment out;
  for (const auto& [name, declarations] : json.as_object()) {
    auto space = read_namespace(name, declarations);
    if (!space) return within(name, std::move(space).error());
    out.namespaces.push_back(*std::move(space));
  }
  std::sort(out.namespaces.begin(), out.namespaces.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace ambit::cedar
