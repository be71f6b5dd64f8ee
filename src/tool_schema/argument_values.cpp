#include <algorithm>
#include <utility>

#include "cedar/ip.h"
#include "cedar/number_types.h"
#include "text/json_pointer.h"
#include "tool_schema/argument_types.h"
#include "tool_schema/internal/argument_node.h"
#include "tool_schema/scalar_values.h"

namespace ambit::tool_schema {
namespace {

using cedar::Value;
using text::Json;
using Kind = ArgumentNode::Kind;

const ArgumentMember* member_of(const ArgumentNode& node, std::string_view name) {
  const auto at = std::lower_bound(
      node.members.begin(), node.members.end(), name,
      [](const auto& member, std::string_view wanted) { return member.name < wanted; });
  return at != node.members.end() && at->name == name ? &*at : nullptr;
}

// A text or number as a value of a type that not every one of them fits.
std::optional<Value> scalar_of(const Json& json, Kind kind) {
  const auto make = [](std::optional<std::int64_t> number, Value (*value_of)(std::int64_t)) {
    return number ? std::optional(value_of(*number)) : std::nullopt;
  };
  switch (kind) {
    case Kind::kBool:
      return json.is_bool() ? std::optional(Value::boolean(json.as_bool())) : std::nullopt;
    case Kind::kString:
      return json.is_string() ? std::optional(Value::string(json.as_string())) : std::nullopt;
    case Kind::kLong:
      if (!json.is_number()) return std::nullopt;
      return make(exact_long(json), Value::integer);
    case Kind::kDecimal:
      if (!json.is_number()) return std::nullopt;
      return make(exact_decimal(json), Value::decimal);
    default: break;
  }
  if (!json.is_string()) return std::nullopt;
  const std::string& text = json.as_string();
  if (kind == Kind::kDatetime) return make(exact_datetime(text), Value::datetime_ms);
  if (kind == Kind::kDuration) return make(exact_duration(text), Value::duration_ms);
  if (kind == Kind::kDecimalText) {
    const auto units = cedar::parse_decimal(text);
    return units ? std::optional(Value::decimal(*units)) : std::nullopt;
  }
  const auto ip = cedar::parse_ip(text);
  return ip ? std::optional(Value::ip(*ip)) : std::nullopt;
}

bool fits(const Json& json, const ArgumentNode& node);

bool members_fit(const Json& json, const ArgumentNode& node) {
  for (const ArgumentMember& member : node.members) {
    if (member.required && json.find(member.name) == nullptr) return false;
  }
  return std::all_of(json.as_object().begin(), json.as_object().end(), [&](const auto& item) {
    if (const ArgumentMember* member = member_of(node, item.first)) {
      return fits(item.second, *member->type);
    }
    return node.kind == Kind::kMap && fits(item.second, *node.element);
  });
}

bool items_fit(const Json& json, const ArgumentNode& node) {
  const text::JsonArray& items = json.as_array();
  if (node.kind == Kind::kSet) {
    return std::all_of(items.begin(), items.end(),
                       [&](const Json& item) { return fits(item, *node.element); });
  }
  if (items.size() > node.members.size()) return false;
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    if (i >= items.size() ? node.members[i].required : !fits(items[i], *node.members[i].type)) {
      return false;
    }
  }
  return true;
}

// Whether a value can be what an alternative describes. A number that its type cannot hold still is
// one, and so becomes opaque instead of vanishing from the alternative; a text that is not of a
// format is another alternative's.
bool fits(const Json& json, const ArgumentNode& node) {
  switch (node.kind) {
    case Kind::kUnknown: return true;
    case Kind::kNull: return json.is_null();
    case Kind::kDecimal: return json.is_number();
    case Kind::kLong: return json.is_int() || (json.is_double() && exact_long(json).has_value());
    case Kind::kSet:
    case Kind::kTuple: return json.is_array() && items_fit(json, node);
    case Kind::kRecord:
    case Kind::kMap: return json.is_object() && members_fit(json, node);
    case Kind::kUnion:
      return std::any_of(node.members.begin(), node.members.end(),
                         [&](const ArgumentMember& choice) { return fits(json, *choice.type); });
    default: return scalar_of(json, node.kind).has_value();
  }
}

class Mapping {
 public:
  Mapping(MappedArguments& out, const std::string& schema_namespace)
      : out_(out), namespace_(schema_namespace) {}

  // `path` is the RFC 6901 pointer of `json`, which names the entities that stand for objects.
  Value value_of(const Json& json, const ArgumentNode& node, const std::string& path) {
    switch (node.kind) {
      case Kind::kUnknown: return opaque("Unknown", json);
      case Kind::kNull: return json.is_null() ? opaque("Null", json) : untyped(json);
      case Kind::kSet: return json.is_array() ? set_of(json, node, path) : untyped(json);
      case Kind::kTuple: return tuple_of(json, node, path);
      case Kind::kUnion: return union_of(json, node, path);
      case Kind::kRecord:
      case Kind::kMap: return json.is_object() ? object_of(json, node, path) : untyped(json);
      default: break;
    }
    auto scalar = scalar_of(json, node.kind);
    return scalar ? *std::move(scalar) : untyped(json);
  }

  // In place of a value of the declared type.
  Value untyped(const Json& json) {
    out_.typed = false;
    return opaque(json.is_number() ? "Number" : json.is_null() ? "Null" : "Unknown", json);
  }

 private:
  Value opaque(std::string_view type, const Json& json) {
    return Value::entity({namespace_ + "::" + std::string(type), text::to_canonical_json(json)});
  }

  template <class IsThere>
  void expect(const ArgumentNode& node, IsThere is_there) {
    out_.typed = out_.typed && std::all_of(node.members.begin(), node.members.end(),
                                           [&](const ArgumentMember& member) {
                                             return !member.required || is_there(member);
                                           });
  }

  Value set_of(const Json& json, const ArgumentNode& node, const std::string& path) {
    std::vector<Value> items;
    items.reserve(json.as_array().size());
    for (const Json& item : json.as_array()) {
      items.push_back(value_of(item, *node.element, below(path, items.size(), *node.element)));
    }
    return Value::set(std::move(items));
  }

  Value tuple_of(const Json& json, const ArgumentNode& node, const std::string& path) {
    if (!json.is_array() || json.as_array().size() > node.members.size()) return untyped(json);
    std::vector<Value::Field> fields;
    for (const Json& item : json.as_array()) {
      const ArgumentMember& member = node.members[fields.size()];
      fields.emplace_back(member.name,
                          value_of(item, *member.type, below(path, fields.size(), *member.type)));
    }
    expect(node, [&](const ArgumentMember& member) {
      return static_cast<std::size_t>(&member - node.members.data()) < fields.size();
    });
    return Value::record(std::move(fields));
  }

  Value union_of(const Json& json, const ArgumentNode& node, const std::string& path) {
    std::vector<Value::Field> fields;
    for (const ArgumentMember& choice : node.members) {
      if (!fits(json, *choice.type)) continue;
      fields.emplace_back(choice.name, value_of(json, *choice.type, path));
    }
    return fields.empty() ? untyped(json) : Value::record(std::move(fields));
  }

  Value object_of(const Json& json, const ArgumentNode& node, const std::string& path) {
    std::vector<Value::Field> members;
    std::vector<Value::Field> others;
    expect(node, [&](const ArgumentMember& member) { return json.find(member.name) != nullptr; });
    for (const auto& [name, item] : json.as_object()) {
      if (const ArgumentMember* member = member_of(node, name)) {
        members.emplace_back(name, value_of(item, *member->type, below(path, name, *member->type)));
      } else if (node.kind == Kind::kMap) {
        others.emplace_back(name, value_of(item, *node.element, below(path, name, *node.element)));
      } else {
        members.emplace_back(name, untyped(item));
      }
    }
    if (node.kind == Kind::kRecord) return Value::record(std::move(members));
    cedar::EntityUid uid{node.name_space + "::" + node.type_name, path};
    out_.entities.push_back(
        {uid, Value::record(std::move(members)), {}, Value::record(std::move(others))});
    return Value::entity(std::move(uid));
  }

  // Only entities need to know where they stand.
  static std::string below(const std::string& path, std::size_t index, const ArgumentNode& node) {
    return node.names_entities ? path + "/" + std::to_string(index) : std::string();
  }

  static std::string below(const std::string& path, std::string_view name,
                           const ArgumentNode& node) {
    if (!node.names_entities) return {};
    std::string out = path;
    text::append_pointer_token(out, name);
    return out;
  }

  MappedArguments& out_;
  const std::string& namespace_;
};

}  // namespace

MappedArguments ArgumentTypes::map(const Json& arguments) const {
  MappedArguments out;
  out.value = Mapping(out, namespace_).value_of(arguments, *root_, "");
  return out;
}

bool ArgumentTypes::names_entities() const { return root_->names_entities; }

cedar::Value ArgumentTypes::map_member(std::string_view name, const Json& value) const {
  MappedArguments out;
  const ArgumentMember* member = member_of(*root_, name);
  if (member) return Mapping(out, namespace_).value_of(value, *member->type, "");
  return Mapping(out, namespace_).untyped(value);
}

bool ArgumentTypes::is_text(std::string_view name) const {
  const ArgumentMember* member = member_of(*root_, name);
  return member && member->type->kind == Kind::kString;
}

}  // namespace ambit::tool_schema
