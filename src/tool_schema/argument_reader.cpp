#include "tool_schema/internal/argument_reader.h"

#include <algorithm>
#include <array>

#include "tool_schema/type_names.h"

namespace ambit::tool_schema {
namespace {

using text::Json;
using Kind = ArgumentNode::Kind;
using Node = std::shared_ptr<const ArgumentNode>;

// A schema that is larger or deeper is valid all the same: what lies beyond is opaque.
constexpr std::size_t kMaxNodes = 4'000;
constexpr std::size_t kMaxDepth = 24;

Node leaf(Kind kind) {
  static const std::array<Node, 10> kLeaves = [] {
    std::array<Node, 10> out;
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = std::make_shared<const ArgumentNode>(ArgumentNode{static_cast<Kind>(i)});
    }
    return out;
  }();
  return kLeaves[static_cast<std::size_t>(kind)];
}

bool names_entities(const Node& node) { return node && node->names_entities; }

Node finished(ArgumentNode node) {
  node.names_entities =
      node.kind == Kind::kMap || names_entities(node.element) ||
      std::any_of(node.members.begin(), node.members.end(),
                  [](const ArgumentMember& member) { return names_entities(member.type); });
  return std::make_shared<const ArgumentNode>(std::move(node));
}

Kind kind_of_text(const Json& schema) {
  const std::string_view format = schema.string_or("format", "");
  if (format == "date" || format == "date-time") return Kind::kDatetime;
  if (format == "duration") return Kind::kDuration;
  if (format == "ipv4" || format == "ipv6") return Kind::kIp;
  if (format == "decimal") return Kind::kDecimalText;
  return Kind::kString;
}

Kind kind_of_value(const Json& value) {
  if (value.is_bool()) return Kind::kBool;
  if (value.is_int()) return Kind::kLong;
  if (value.is_string()) return Kind::kString;
  if (value.is_null()) return Kind::kNull;
  return Kind::kUnknown;
}

// What all of some allowed values are.
Kind kind_of_values(const text::JsonArray& values) {
  if (values.empty()) return Kind::kUnknown;
  const Kind kind = kind_of_value(values.front());
  const bool same = std::all_of(values.begin(), values.end(),
                                [&](const Json& value) { return kind_of_value(value) == kind; });
  return same ? kind : Kind::kUnknown;
}

bool has_any(const Json& schema, std::initializer_list<std::string_view> keywords) {
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return schema.find(keyword) != nullptr; });
}

bool is_false(const Json* value) { return value && value->is_bool() && !value->as_bool(); }

const text::JsonArray* array_at(const Json& schema, std::string_view keyword) {
  const Json* value = schema.find(keyword);
  return value && value->is_array() ? &value->as_array() : nullptr;
}

// Keywords that apply further schemas to the same object, which may declare members of it.
bool is_combined(const Json& schema) {
  return has_any(schema, {"allOf", "anyOf", "oneOf", "if", "dependentSchemas", "dependencies",
                          "$ref", "$dynamicRef"});
}

// Whether a value that agrees with the schema may have members that `properties` does not name.
// Follows text::JsonSchema, which closes every object that declares members.
bool is_open(const Json& schema, bool is_root) {
  if (has_any(schema, {"patternProperties"})) return true;
  if (is_false(schema.find("additionalProperties"))) return false;
  if (schema.find("additionalProperties") != nullptr) return true;
  const Json* unevaluated = schema.find("unevaluatedProperties");
  if (unevaluated != nullptr && !is_false(unevaluated)) return true;
  if (is_combined(schema)) return true;
  return !is_root && unevaluated == nullptr && schema.find("properties") == nullptr;
}

bool is_required(const Json& schema, const std::string& name) {
  const text::JsonArray* required = array_at(schema, "required");
  return required && std::any_of(required->begin(), required->end(), [&](const Json& item) {
           return item.is_string() && item.as_string() == name;
         });
}

}  // namespace

ArgumentReader::Place ArgumentReader::Place::below(std::string_view member) const {
  return {name_space + "::" + name, type_name_of(member)};
}

Node ArgumentReader::read() { return object(root_, {tool_namespace_, "Input"}, 0, true); }

Node ArgumentReader::type_of(const Json& schema, const Place& place, std::size_t depth) {
  if (!schema.is_object() || depth > kMaxDepth || ++nodes_ > kMaxNodes) return leaf(Kind::kUnknown);
  if (schema.find("$ref") != nullptr) return of_reference(schema, place, depth);
  const Json* type = schema.find("type");
  if (type && type->is_string()) return of_type_name(type->as_string(), schema, place, depth);
  if (type && type->is_array()) {
    if (type->as_array().size() == 1 && type->as_array().front().is_string()) {
      return of_type_name(type->as_array().front().as_string(), schema, place, depth);
    }
    return alternatives(type->as_array(), schema, place, depth);
  }
  return of_untyped(schema, place, depth);
}

Node ArgumentReader::of_reference(const Json& schema, const Place& place, std::size_t depth) {
  const std::string_view text = schema.string_or("$ref", "");
  // Beside a reference other keywords constrain as well; what both say together is not worked out.
  if (!text.starts_with("#/") || text.find('%') != std::string_view::npos ||
      has_any(schema, {"type", "properties", "allOf", "anyOf", "oneOf", "items"})) {
    return leaf(Kind::kUnknown);
  }
  const auto reached = text::resolve_pointer(root_, text.substr(1));
  if (reached.size() != 1) return leaf(Kind::kUnknown);
  if (std::find(references_.begin(), references_.end(), reached[0]) != references_.end()) {
    return leaf(Kind::kUnknown);  // Cedar has no types that contain themselves
  }
  references_.push_back(reached[0]);
  Node out = type_of(*reached[0], place, depth + 1);
  references_.pop_back();
  return out;
}

Node ArgumentReader::of_type_name(const std::string& type, const Json& schema, const Place& place,
                                  std::size_t depth) {
  if (type == "boolean") return leaf(Kind::kBool);
  if (type == "integer") return leaf(Kind::kLong);
  if (type == "number" || type == "float") return leaf(Kind::kDecimal);
  if (type == "string") return leaf(kind_of_text(schema));
  if (type == "null") return leaf(Kind::kNull);
  if (type == "array") return array(schema, place, depth);
  if (type == "object") return object(schema, place, depth, false);
  return leaf(Kind::kUnknown);
}

Node ArgumentReader::of_untyped(const Json& schema, const Place& place, std::size_t depth) {
  if (const Json* constant = schema.find("const")) return leaf(kind_of_value(*constant));
  if (const auto* values = array_at(schema, "enum")) return leaf(kind_of_values(*values));
  const auto* all = array_at(schema, "allOf");
  if (all && all->size() == 1 && !has_any(schema, {"properties", "anyOf", "oneOf", "if"})) {
    return type_of(all->front(), place, depth + 1);
  }
  if (all) return leaf(Kind::kUnknown);
  for (const char* keyword : {"anyOf", "oneOf"}) {
    const auto* choices = array_at(schema, keyword);
    if (choices && !choices->empty() && !has_any(schema, {"properties", "items"})) {
      return alternatives(*choices, schema, place, depth);
    }
  }
  return leaf(Kind::kUnknown);
}

Node ArgumentReader::set_of(Node element) { return finished({Kind::kSet, {}, std::move(element)}); }

Node ArgumentReader::array(const Json& schema, const Place& place, std::size_t depth) {
  const Json* items = schema.find("items");
  const auto* prefix = array_at(schema, "prefixItems");
  if (prefix != nullptr) {
    if (is_false(items)) return tuple(*prefix, schema, place, depth);
    return set_of(leaf(Kind::kUnknown));
  }
  if (items && items->is_array()) {  // of older drafts
    if (is_false(schema.find("additionalItems")))
      return tuple(items->as_array(), schema, place, depth);
    return set_of(leaf(Kind::kUnknown));
  }
  return set_of(items ? type_of(*items, place, depth + 1) : leaf(Kind::kUnknown));
}

Node ArgumentReader::tuple(const text::JsonArray& items, const Json& schema, const Place& place,
                           std::size_t depth) {
  const Json* least = schema.find("minItems");
  const std::int64_t required = least && least->is_int() ? least->as_int() : 0;
  ArgumentNode out{Kind::kTuple};
  for (const Json& item : items) {
    const std::string number = std::to_string(out.members.size());
    const bool always = static_cast<std::int64_t>(out.members.size()) < required;
    out.members.push_back(
        {"proj" + number, type_of(item, place.below("Proj" + number), depth + 1), always});
  }
  return finished(std::move(out));
}

Node ArgumentReader::alternatives(const text::JsonArray& types, const Json& schema,
                                  const Place& place, std::size_t depth) {
  ArgumentNode out{Kind::kUnion};
  for (const Json& type : types) {
    const std::string number = std::to_string(out.members.size());
    const Place here = place.below("TypeChoice" + number);
    out.members.push_back(
        {"typeChoice" + number, type.is_string()
                                    ? of_type_name(type.as_string(), schema, here, depth + 1)
                                    : type_of(type, here, depth + 1)});
  }
  return finished(std::move(out));
}

Node ArgumentReader::object(const Json& schema, const Place& place, std::size_t depth,
                            bool is_root) {
  ArgumentNode out{Kind::kRecord};
  const Json* properties = schema.find("properties");
  bool too_many = false;
  if (properties && properties->is_object()) {
    for (const auto& [name, type] : properties->as_object()) {
      too_many = too_many || nodes_ > kMaxNodes;
      if (too_many) break;
      out.members.push_back(
          {name, type_of(type, place.below(name), depth + 1), is_required(schema, name)});
    }
  }
  std::sort(out.members.begin(), out.members.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  if (too_many || is_open(schema, is_root)) {
    out.kind = Kind::kMap;
    const Json* additional = schema.find("additionalProperties");
    const bool others_too =
        too_many || has_any(schema, {"patternProperties"}) || is_combined(schema);
    out.element = additional && !others_too
                      ? type_of(*additional, place.below(place.name + "Tag"), depth + 1)
                      : leaf(Kind::kUnknown);
    out.name_space = place.name_space;
    out.type_name = place.name;
    while (!used_.insert(out.name_space + "::" + out.type_name).second) out.type_name += "__u";
  }
  return finished(std::move(out));
}

}  // namespace ambit::tool_schema
