#include "cedar_schema/internal/schema_json_types.h"

#include <algorithm>
#include <utility>

#include "cedar/syntax.h"
#include "cedar_schema/schema_limits.h"

namespace ambit::cedar {
namespace {

using text::Json;
using Kind = TypeExpression::Kind;
using Members = std::initializer_list<std::string_view>;

bool has(Members members, std::string_view name) {
  return std::find(members.begin(), members.end(), name) != members.end();
}

std::string list_of(Members members) {
  std::string out;
  for (const std::string_view member : members) {
    out += (out.empty() ? "`" : ", `") + std::string(member) + "`";
  }
  return out;
}

// Refuses a member of a type's object that belongs neither to it nor `beside` it.
Result<void> check_type_members(const Json& json, Members own, Members beside) {
  for (const auto& [name, member] : json.as_object()) {
    if (name == "type" || has(own, name) || has(beside, name)) continue;
    return bad_schema_json("a type `" + std::string(json.string_or("type", "")) +
                           "` has no member `" + name + "`");
  }
  return {};
}

Result<TypeExpression> read_named(const Json& json, Kind kind) {
  const Json* name = json.find("name");
  if (name == nullptr) return bad_schema_json("`name` is missing");
  TypeExpression out;
  out.kind = kind;
  auto read = read_type_name(*name);
  if (!read) return within("name", std::move(read).error());
  out.name = *std::move(read);
  if (kind == Kind::kExtension && !(is_identifier(out.name) && is_name(out.name))) {
    return bad_schema_json("`" + out.name + "` cannot be the name of an extension type");
  }
  return out;
}

Result<TypeExpression> read_set(const Json& json, std::size_t depth) {
  const Json* element = json.find("element");
  if (element == nullptr) return bad_schema_json("`element` is missing");
  TypeExpression out;
  out.kind = Kind::kSet;
  auto read = read_schema_type(*element, {}, depth + 1);
  if (!read) return within("element", std::move(read).error());
  out.element.push_back(*std::move(read));
  return out;
}

Result<AttributeDeclaration> read_attribute(const std::string& name, const Json& json,
                                            std::size_t depth) {
  AttributeDeclaration out;
  out.name = name;
  AMBIT_TRY(out.type, read_schema_type(json, {"required", "annotations"}, depth));
  AMBIT_TRY(out.annotations, read_schema_annotations(json));
  if (const Json* required = json.find("required")) {
    if (!required->is_bool()) return bad_schema_json("`required` is not true or false");
    out.required = required->as_bool();
  }
  return out;
}

Result<TypeExpression> read_record(const Json& json, std::size_t depth) {
  const Json* attributes = json.find("attributes");
  if (attributes == nullptr) return bad_schema_json("`attributes` is missing");
  if (!attributes->is_object()) return not_an_object("attributes");
  if (const Json* open = json.find("additionalAttributes")) {
    if (!open->is_bool()) return bad_schema_json("`additionalAttributes` is not true or false");
    if (open->as_bool()) return bad_schema_json("`additionalAttributes` is not supported");
  }
  TypeExpression out;
  out.kind = Kind::kRecord;
  for (const auto& [name, member] : attributes->as_object()) {
    auto attribute = read_attribute(name, member, depth + 1);
    if (!attribute) return within("attributes", name, std::move(attribute).error());
    out.attributes.push_back(*std::move(attribute));
  }
  std::sort(out.attributes.begin(), out.attributes.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace

tl::unexpected<Error> bad_schema_json(std::string message) {
  return fail(Code::kInvalid, "cedar.schema_json", std::move(message));
}

tl::unexpected<Error> not_an_object(std::string_view member) {
  return bad_schema_json("`" + std::string(member) + "` is not an object");
}

tl::unexpected<Error> within(std::string_view member, Error error) {
  error.message = "`" + std::string(member) + "`: " + error.message;
  return fail(std::move(error));
}

tl::unexpected<Error> within(std::string_view outer, std::string_view inner, Error error) {
  return within(outer, within(inner, std::move(error)).value());
}

Result<void> check_members(const Json& json, Members known) {
  if (!json.is_object()) return bad_schema_json("this is not an object");
  for (const auto& [name, member] : json.as_object()) {
    if (has(known, name)) continue;
    return bad_schema_json("`" + name + "` is not a member here; these are: " + list_of(known));
  }
  return {};
}

Result<Annotations> read_schema_annotations(const Json& json) {
  Annotations out;
  const Json* annotations = json.find("annotations");
  if (annotations == nullptr) return out;
  if (!annotations->is_object()) return not_an_object("annotations");
  for (const auto& [name, value] : annotations->as_object()) {
    if (!is_identifier(name)) {
      return bad_schema_json("`" + name + "` cannot be the name of an annotation");
    }
    if (!value.is_string() && !value.is_null()) {
      return bad_schema_json("the annotation `" + name + "` is not a string");
    }
    out.emplace(name, value.is_string() ? value.as_string() : std::string());
  }
  return out;
}

Result<std::string> read_type_name(const Json& json) {
  if (!json.is_string()) return bad_schema_json("the name of a type is not a string");
  std::string_view rest = json.as_string();
  while (true) {
    const std::size_t separator = rest.find("::");
    const std::string_view part = rest.substr(0, separator);
    if (!is_identifier(part) || (is_reserved(part) && part != "__cedar")) {
      return bad_schema_json("`" + json.as_string() +
                             "` cannot be the name of a type, such as `Ambit::Agent`");
    }
    if (separator == std::string_view::npos) return json.as_string();
    rest.remove_prefix(separator + 2);
  }
}

Result<TypeExpression> read_schema_type(const Json& json, Members beside, std::size_t depth) {
  if (depth > kMaxTypeDepth) {
    return bad_schema_json("nested more than " + std::to_string(kMaxTypeDepth) + " levels deep");
  }
  const Json* type = json.find("type");
  if (type == nullptr || !type->is_string()) {
    return bad_schema_json("a type is an object with `type`, a string");
  }
  const std::string& name = type->as_string();
  const auto check = [&](Members own) { return check_type_members(json, own, beside); };
  if (name == "Set") {
    AMBIT_CHECK_OK(check({"element"}));
    return read_set(json, depth);
  }
  if (name == "Record") {
    AMBIT_CHECK_OK(check({"attributes", "additionalAttributes"}));
    return read_record(json, depth);
  }
  const auto kind = name == "Entity"           ? std::optional(Kind::kEntity)
                    : name == "EntityOrCommon" ? std::optional(Kind::kEntityOrCommon)
                    : name == "Extension"      ? std::optional(Kind::kExtension)
                                               : std::nullopt;
  if (kind) {
    AMBIT_CHECK_OK(check({"name"}));
    return read_named(json, *kind);
  }
  AMBIT_CHECK_OK(check({}));
  TypeExpression out;
  out.kind = name == "Boolean"  ? Kind::kBool
             : name == "Long"   ? Kind::kLong
             : name == "String" ? Kind::kString
                                : Kind::kCommon;
  if (out.kind == Kind::kCommon) {
    AMBIT_TRY(out.name, read_type_name(*type));
  }
  return out;
}

Result<std::optional<TypeExpression>> read_optional_type(const Json& json,
                                                         std::string_view member) {
  const Json* type = json.find(member);
  if (type == nullptr) return std::nullopt;
  auto read = read_schema_type(*type, {}, 1);
  if (!read) return within(member, std::move(read).error());
  return *std::move(read);
}

}  // namespace ambit::cedar
