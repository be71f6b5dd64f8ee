#include "tool_schema/tool_listing.h"

#include <algorithm>
#include <set>

namespace ambit::tool_schema {

ListedType::ListedType() = default;
ListedType::ListedType(Kind the_kind) : kind(the_kind) {}
ListedType::ListedType(const ListedType& other) = default;
ListedType::ListedType(ListedType&& other) noexcept = default;
ListedType& ListedType::operator=(const ListedType& other) = default;
ListedType& ListedType::operator=(ListedType&& other) noexcept = default;
ListedType::~ListedType() = default;

namespace {

using text::Json;
using Kind = ListedType::Kind;

constexpr std::size_t kMaxDepth = 64;

tl::unexpected<Error> wrong(const std::string& place, const std::string& what) {
  return fail(Code::kInvalid, "tool_schema.listing", "`" + place + "` " + what);
}

Result<ListedType> read_type(const Json& json, const std::string& place, std::size_t depth);

Result<std::set<std::string>> read_required(const Json* json, const std::string& place) {
  std::set<std::string> out;
  if (!json || (json->is_bool() && !json->as_bool())) return out;
  if (!json->is_array()) return wrong(place + "/required", "must be an array of names");
  for (const Json& name : json->as_array()) {
    if (!name.is_string()) return wrong(place + "/required", "must hold texts only");
    out.insert(name.as_string());
  }
  return out;
}

Result<std::vector<ListedMember>> read_members(const Json& schema, const std::string& place,
                                               std::size_t depth) {
  AMBIT_TRY(const auto required, read_required(schema.find("required"), place));
  std::vector<ListedMember> out;
  const Json* properties = schema.find("properties");
  if (!properties || (properties->is_bool() && !properties->as_bool())) return out;
  if (!properties->is_object()) return wrong(place + "/properties", "must be an object of schemas");
  for (const auto& [name, type] : properties->as_object()) {
    const std::string here = place + "/properties/" + name;
    const Json* description = type.find("description");
    if (description && !description->is_string()) {
      return wrong(here + "/description", "must be a text");
    }
    AMBIT_TRY(ListedType listed, read_type(type, here, depth + 1));
    out.push_back({name, std::move(listed), required.contains(name)});
  }
  return out;
}

Result<ListedType> read_object(const Json& schema, const std::string& place, std::size_t depth) {
  ListedType out{Kind::kObject};
  AMBIT_TRY(out.members, read_members(schema, place, depth));
  const Json* additional = schema.find("additionalProperties");
  if (additional && !additional->is_bool() && !additional->is_null()) {
    AMBIT_TRY(ListedType tags, read_type(*additional, place + "/additionalProperties", depth + 1));
    out.parts.push_back(std::move(tags));
  }
  return out;
}

Result<ListedType> read_items(const Json* items, const std::string& place, std::size_t depth) {
  ListedType out{Kind::kArray};
  if (!items || items->is_bool() || items->is_null()) {
    out.parts.push_back({});
    return out;
  }
  if (!items->is_object()) return wrong(place + "/items", "must be a schema");
  AMBIT_TRY(ListedType element, read_type(*items, place + "/items", depth + 1));
  out.parts.push_back(std::move(element));
  return out;
}

Result<std::vector<ListedType>> read_types(const text::JsonArray& types, const std::string& place,
                                           std::size_t depth) {
  std::vector<ListedType> out;
  for (const Json& type : types) {
    AMBIT_TRY(ListedType listed,
              read_type(type, place + "/" + std::to_string(out.size()), depth + 1));
    out.push_back(std::move(listed));
  }
  return out;
}

Result<ListedType> read_array(const Json& schema, const std::string& place, std::size_t depth) {
  const Json* items = schema.find("items");
  const Json* prefix = schema.find("prefixItems");
  if (!prefix || !prefix->is_array()) return read_items(items, place, depth);
  AMBIT_TRY(auto parts, read_types(prefix->as_array(), place + "/prefixItems", depth));
  if (items && items->is_bool() && !items->as_bool()) {
    ListedType tuple{Kind::kTuple};
    tuple.parts = parts;
    return tuple;
  }
  ListedType out{Kind::kArray};
  out.parts.push_back({});
  if (items && items->is_object()) {
    AMBIT_TRY(const ListedType rest, read_type(*items, place + "/items", depth + 1));
    const bool alike = std::all_of(parts.begin(), parts.end(),
                                   [&](const ListedType& part) { return part == rest; });
    if (alike) out.parts.front() = rest;
  }
  return out;
}

Result<ListedType> read_text(const Json& schema, const std::string& place) {
  if (const Json* values = schema.find("enum")) {
    if (!values->is_array() || values->as_array().empty()) {
      return wrong(place + "/enum", "must be an array of at least one text");
    }
    ListedType out{Kind::kEnum};
    for (const Json& value : values->as_array()) {
      if (!value.is_string()) return wrong(place + "/enum", "must hold texts only");
      out.variants.push_back(value.as_string());
    }
    return out;
  }
  const Json* format = schema.find("format");
  if (!format) return ListedType{Kind::kString};
  if (!format->is_string()) return wrong(place + "/format", "must be a text");
  const std::string& name = format->as_string();
  if (name == "date" || name == "date-time") return ListedType{Kind::kDatetime};
  if (name == "duration") return ListedType{Kind::kDuration};
  if (name == "ipv4" || name == "ipv6") return ListedType{Kind::kIp};
  return ListedType{name == "decimal" ? Kind::kDecimal : Kind::kString};
}

// `in_union`: one of several names, where a text is only a text and an array no tuple.
Result<ListedType> read_named(const std::string& name, const Json& schema, const std::string& place,
                              std::size_t depth, bool in_union) {
  if (name == "boolean") return ListedType{Kind::kBool};
  if (name == "integer") return ListedType{Kind::kInteger};
  if (name == "float") return ListedType{Kind::kFloat};
  if (name == "number") return ListedType{Kind::kNumber};
  if (name == "null") return ListedType{Kind::kNull};
  if (name == "string") return in_union ? ListedType{Kind::kString} : read_text(schema, place);
  if (name == "object") return read_object(schema, place, depth);
  if (name != "array") return wrong(place + "/type", "is no type of JSON");
  return in_union ? read_items(schema.find("items"), place, depth)
                  : read_array(schema, place, depth);
}

Result<ListedType> read_union(const Json& types, const Json& schema, const std::string& place,
                              std::size_t depth) {
  if (types.is_bool() || types.is_null()) return ListedType{};
  if (!types.is_array()) return wrong(place + "/type", "must be a text or an array");
  ListedType out{Kind::kUnion};
  for (const Json& type : types.as_array()) {
    auto part = type.is_string() ? read_named(type.as_string(), schema, place, depth + 1, true)
                                 : read_type(type, place + "/type", depth + 1);
    if (!part) return fail(std::move(part).error());
    out.parts.push_back(*std::move(part));
  }
  return out;
}

Result<ListedType> read_type(const Json& json, const std::string& place, std::size_t depth) {
  if (!json.is_object()) return wrong(place, "must be an object that describes a type");
  if (depth > kMaxDepth) {
    return fail(Code::kExhausted, "tool_schema.listing", "`" + place + "` is nested too deeply");
  }
  if (const Json* type = json.find("type")) {
    if (type->is_string()) return read_named(type->as_string(), json, place, depth, false);
    return read_union(*type, json, place, depth);
  }
  const Json* any = json.find("anyOf");
  const Json* choices = any ? any : json.find("oneOf");
  if (choices) {
    if (!choices->is_array()) return wrong(place, "must have an array of schemas as alternatives");
    ListedType out{Kind::kUnion};
    AMBIT_TRY(out.parts,
              read_types(choices->as_array(), place + (any ? "/anyOf" : "/oneOf"), depth));
    return out;
  }
  const Json* reference = json.find("$ref");
  if (!reference) return ListedType{};
  constexpr std::string_view kPrefix = "#/$defs/";
  if (!reference->is_string() || !reference->as_string().starts_with(kPrefix)) {
    return wrong(place + "/$ref", "must begin with `#/$defs/`");
  }
  ListedType out{Kind::kReference};
  out.reference = reference->as_string().substr(kPrefix.size());
  return out;
}

// A definition may contain itself, but must not be nothing but another name of itself.
Result<> check_founded(const ListedDefinitions& definitions, const std::string& place) {
  for (const auto& [name, type] : definitions) {
    std::set<std::string> seen{name};
    const ListedType* at = &type;
    while (at->kind == Kind::kReference) {
      if (!seen.insert(at->reference).second) {
        return wrong(place + "/$defs/" + name, "is defined by itself");
      }
      const auto next = definitions.find(at->reference);
      if (next == definitions.end()) break;
      at = &next->second;
    }
  }
  return {};
}

Result<ListedDefinitions> read_definitions(const Json* json, const std::string& place) {
  ListedDefinitions out;
  if (!json) return out;
  if (!json->is_object()) return wrong(place + "/$defs", "must be an object of schemas");
  for (const auto& [name, type] : json->as_object()) {
    AMBIT_TRY(ListedType listed, read_type(type, place + "/$defs/" + name, 0));
    out.emplace(name, std::move(listed));
  }
  AMBIT_CHECK_OK(check_founded(out, place));
  return out;
}

Result<ListedParameters> read_parameters(const Json& written, const std::string& place) {
  const Json* wrapped = written.find("json");
  const Json& json = wrapped ? *wrapped : written;
  if (!json.is_object()) return wrong(place, "must be an object that describes parameters");
  ListedParameters out;
  AMBIT_TRY(out.definitions, read_definitions(json.find("$defs"), place));
  AMBIT_TRY(out.members, read_members(json, place, 0));
  return out;
}

Result<ListedTool> read_tool(const Json& json, const std::string& place) {
  if (!json.is_object()) return wrong(place, "must be an object that describes a tool");
  ListedTool out;
  const Json* name = json.find("name");
  if (!name || !name->is_string()) return wrong(place, "has no `name`");
  out.name = name->as_string();
  const Json* parameters = json.find("parameters");
  const Json* inputs = parameters ? parameters : json.find("inputSchema");
  if (!inputs) return wrong(place, "has no `inputSchema`");
  const std::string here = place + "/" + out.name;
  AMBIT_TRY(out.inputs, read_parameters(*inputs, here + "/inputSchema"));
  if (const Json* outputs = json.find("outputSchema")) {
    AMBIT_TRY(out.outputs, read_parameters(*outputs, here + "/outputSchema"));
  }
  AMBIT_TRY(out.definitions, read_definitions(json.find("$defs"), here));
  const Json* description = json.find("description");
  if (description && !description->is_string())
    return wrong(here + "/description", "must be a text");
  return out;
}

}  // namespace

bool operator==(const ListedType& a, const ListedType& b) {
  return a.kind == b.kind && a.variants == b.variants && a.parts == b.parts &&
         a.members == b.members && a.reference == b.reference;
}

Result<ToolListing> listing_from_json(const Json& json) {
  ToolListing out;
  const Json* result = json.find("result");
  const Json& body = result ? *result : json;
  const Json* tools = body.is_array() ? &body : body.find("tools");
  if (!tools && !result && body.is_object()) {
    AMBIT_TRY(ListedTool tool, read_tool(body, "tool"));
    out.tools.push_back(std::move(tool));
    return out;
  }
  if (!tools || !tools->is_array()) return wrong("tools", "must be an array of tools");
  for (const Json& one : tools->as_array()) {
    AMBIT_TRY(ListedTool tool, read_tool(one, "tools/" + std::to_string(out.tools.size())));
    out.tools.push_back(std::move(tool));
  }
  AMBIT_TRY(out.definitions, read_definitions(body.find("$defs"), "result"));
  return out;
}

}  // namespace ambit::tool_schema
