#include <utility>

#include "cedar_schema/schema_json.h"

namespace ambit::cedar {
namespace {

using text::Json;
using text::JsonArray;

Json annotations_json(const Annotations& annotations) {
  Json out = Json::object();
  for (const auto& [name, value] : annotations) out.as_object().emplace_back(name, value);
  return out;
}

void add_annotations(Json& out, const Annotations& annotations) {
  if (!annotations.empty()) out.set("annotations", annotations_json(annotations));
}

Json type_json(const TypeExpression& type) {
  switch (type.kind) {
    case TypeExpression::Kind::kBool: return Json::object({{"type", "Boolean"}});
    case TypeExpression::Kind::kLong: return Json::object({{"type", "Long"}});
    case TypeExpression::Kind::kString: return Json::object({{"type", "String"}});
    case TypeExpression::Kind::kCommon: return Json::object({{"type", type.name}});
    case TypeExpression::Kind::kEntity:
      return Json::object({{"type", "Entity"}, {"name", type.name}});
    case TypeExpression::Kind::kExtension:
      return Json::object({{"type", "Extension"}, {"name", type.name}});
    case TypeExpression::Kind::kEntityOrCommon:
      return Json::object({{"type", "EntityOrCommon"}, {"name", type.name}});
    case TypeExpression::Kind::kSet:
      return Json::object({{"type", "Set"}, {"element", type_json(type.element.front())}});
    case TypeExpression::Kind::kRecord: break;
  }
  Json attributes = Json::object();
  for (const AttributeDeclaration& attribute : type.attributes) {
    Json json = type_json(attribute.type);
    add_annotations(json, attribute.annotations);
    if (!attribute.required) json.set("required", false);
    attributes.as_object().emplace_back(attribute.name, std::move(json));
  }
  return Json::object({{"type", "Record"}, {"attributes", std::move(attributes)}});
}

Json names_json(const std::vector<TypeReference>& types) {
  JsonArray out;
  for (const TypeReference& type : types) out.emplace_back(type.name);
  return out;
}

Json entity_type_json(const EntityTypeDeclaration& type) {
  Json out = Json::object();
  if (type.enum_ids) {
    JsonArray ids;
    for (const std::string& id : *type.enum_ids) ids.emplace_back(id);
    out.set("enum", std::move(ids));
  }
  if (!type.parents.empty()) out.set("memberOfTypes", names_json(type.parents));
  if (type.shape) out.set("shape", type_json(*type.shape));
  if (type.tags) out.set("tags", type_json(*type.tags));
  add_annotations(out, type.annotations);
  return out;
}

Json parents_json(const std::vector<ActionReference>& parents) {
  JsonArray out;
  for (const ActionReference& parent : parents) {
    Json json = Json::object({{"id", parent.id}});
    if (parent.type) json.set("type", *parent.type);
    out.push_back(std::move(json));
  }
  return out;
}

Json action_json(const ActionDeclaration& action) {
  Json out = Json::object();
  if (action.applies_to) {
    Json applies_to = Json::object({{"resourceTypes", names_json(action.applies_to->resources)},
                                    {"principalTypes", names_json(action.applies_to->principals)}});
    const auto& context = action.applies_to->context;
    if (context) applies_to.set("context", type_json(*context));
    out.set("appliesTo", std::move(applies_to));
  }
  if (action.parents) out.set("memberOf", parents_json(*action.parents));
  add_annotations(out, action.annotations);
  return out;
}

Json common_type_json(const CommonTypeDeclaration& type) {
  Json out = type_json(type.type);
  add_annotations(out, type.annotations);
  return out;
}

template <class List, class Write>
Json declarations_json(const List& list, Write write) {
  Json out = Json::object();
  for (const auto& item : list) out.as_object().emplace_back(item.name, write(item));
  return out;
}

Json namespace_json(const NamespaceDeclaration& space) {
  Json out = Json::object();
  if (!space.common_types.empty()) {
    out.set("commonTypes", declarations_json(space.common_types, common_type_json));
  }
  out.set("entityTypes", declarations_json(space.entity_types, entity_type_json));
  out.set("actions", declarations_json(space.actions, action_json));
  add_annotations(out, space.annotations);
  return out;
}

}  // namespace

Json schema_fragment_to_json(const SchemaFragment& fragment) {
  return declarations_json(fragment.namespaces, namespace_json);
}

}  // namespace ambit::cedar
