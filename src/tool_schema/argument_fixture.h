// For tests: types of arguments with the schema they make, and tools by chance with calls that
// agree with them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

#include "cedar_schema/schema.h"
#include "cedar_schema/schema_text.h"
#include "text/json.h"
#include "tool_schema/argument_types.h"

namespace ambit::tool_schema {

inline text::Json json(std::string_view text) { return text::parse_json(text).value(); }

struct Declared {
  ArgumentTypes types;
  cedar::Schema schema;  // with one action, `run`, whose context has the arguments as `input`
  std::string type;      // of `input`
};

// The arguments of a tool called `a-b`, in the namespace `T`.
inline Declared declared_json(const text::Json& input_schema) {
  auto types = ArgumentTypes::compile(&input_schema, "T", "a-b");
  auto fragment =
      cedar::parse_schema_fragment(
          "namespace T { entity Null, Number, Unknown, P; action run appliesTo { principal: P, "
          "resource: P, context: { input: Long } }; }")
          .value();
  // `T` sorts first, whatever the types add.
  cedar::TypeExpression input = types.declare(fragment);
  fragment.namespaces[0].actions[0].applies_to->context->attributes[0].type = std::move(input);
  cedar::Schema schema = cedar::Schema::resolve({fragment}).value();
  std::string text = schema.actions()[0].context.find("input")->type.to_text();
  return {std::move(types), std::move(schema), std::move(text)};
}

inline Declared declared(std::string_view input_schema) {
  return declared_json(json(input_schema));
}

// A schema, and values that agree with it.
class RandomTool {
 public:
  // With `exact`, every number fits its type and every text its format.
  RandomTool(std::uint64_t seed, bool exact) : random_(seed), exact_(exact) { schema_ = object(3); }

  const text::Json& input_schema() const { return schema_; }

  text::Json arguments() { return value_of(schema_); }

 private:
  using Json = text::Json;

  std::size_t below(std::size_t n) { return random_() % n; }

  std::string name() {
    static constexpr std::string_view kNames[] = {"path", "a-b", "a_b", "in",   "String", "Set",
                                                  "x y",  "äöü", "1st", "list", "a/b~c",  "Input"};
    return std::string(kNames[below(std::size(kNames))]);
  }

  Json object(int depth) {
    Json properties = Json::object();
    Json required = Json::array();
    for (std::size_t i = below(4); i > 0; --i) {
      const std::string key = name();
      if (properties.find(key)) continue;
      properties.set(key, type(depth - 1));
      if (below(2) == 0) required.push_back(key);
    }
    Json out = Json::object({{"type", "object"}, {"properties", std::move(properties)}});
    if (!required.as_array().empty()) out.set("required", std::move(required));
    switch (below(5)) {
      case 0: out.set("additionalProperties", type(depth - 1)); break;
      case 1: out.set("additionalProperties", true); break;
      case 2: out.set("additionalProperties", false); break;
      default: break;
    }
    return out;
  }

  Json type(int depth) {
    static constexpr const char* kScalars[] = {"boolean", "integer", "number", "string", "null"};
    static constexpr const char* kFormats[] = {"date", "date-time", "duration", "ipv4", "uri"};
    switch (below(depth > 0 ? 9 : 5)) {
      case 0: return Json::object();
      case 1: return Json::object({{"enum", Json::array({"a", "b", "c"})}});
      case 2: return Json::object({{"type", "string"}, {"format", kFormats[below(5)]}});
      case 3:
      case 4: return Json::object({{"type", kScalars[below(5)]}});
      case 5: return Json::object({{"type", "array"}, {"items", type(depth - 1)}});
      case 6:
        return Json::object({{"type", "array"},
                             {"prefixItems", Json::array({type(depth - 1), type(depth - 1)})},
                             {"items", false},
                             {"minItems", static_cast<int>(below(3))}});
      case 7: return Json::object({{"anyOf", Json::array({type(depth - 1), type(depth - 1)})}});
      default: return object(depth);
    }
  }

  Json value_of(const Json& schema) {
    if (!schema.is_object()) return anything();
    if (const Json* choices = schema.find("anyOf")) {
      return value_of(choices->as_array()[below(2)]);
    }
    if (const Json* values = schema.find("enum")) return values->as_array()[below(3)];
    const std::string_view type = schema.string_or("type", "");
    if (type == "boolean") return below(2) == 0;
    if (type == "integer") return exact_ || below(4) != 0 ? Json(whole()) : Json(1e30);
    if (type == "number") return number();
    if (type == "string") return string(schema.string_or("format", ""));
    if (type == "null") return nullptr;
    if (type == "array") return array(schema);
    return type == "object" ? members(schema) : anything();
  }

  Json anything() {
    switch (below(4)) {
      case 0: return whole();
      case 1: return "text";
      case 2: return Json::object({{"deep", Json::array({1, "b", nullptr})}});
      default: return nullptr;
    }
  }

  std::int64_t whole() { return static_cast<std::int64_t>(below(2000)) - 1000; }

  Json number() {
    if (below(2) == 0) return whole();
    if (!exact_ && below(3) == 0) return 2.00004;
    return static_cast<double>(whole()) / 8;
  }

  Json string(std::string_view format) {
    if (!exact_ && below(4) == 0) return "not of any format";
    if (format == "date") return "2024-02-29";
    if (format == "date-time") return "2024-02-29T12:30:00+01:00";
    if (format == "duration") return "PT1H30M";
    if (format == "ipv4") return "192.168.1.20";
    return "some text";
  }

  Json array(const Json& schema) {
    Json out = Json::array();
    if (const Json* prefix = schema.find("prefixItems")) {
      const auto least = static_cast<std::size_t>(schema.find("minItems")->as_int());
      const std::size_t count = std::max(least, below(3));
      for (std::size_t i = 0; i < count; ++i) out.push_back(value_of(prefix->as_array()[i]));
      return out;
    }
    for (std::size_t i = below(4); i > 0; --i) out.push_back(value_of(*schema.find("items")));
    return out;
  }

  Json members(const Json& schema) {
    Json out = Json::object();
    const Json* required = schema.find("required");
    for (const auto& [key, type] : schema.find("properties")->as_object()) {
      const bool needed =
          required && std::any_of(required->as_array().begin(), required->as_array().end(),
                                  [&](const Json& one) { return one.as_string() == key; });
      if (needed || below(2) == 0) out.set(key, value_of(type));
    }
    const Json* additional = schema.find("additionalProperties");
    if (additional && !(additional->is_bool() && !additional->as_bool())) {
      for (std::size_t i = below(3); i > 0; --i) {
        out.set("more" + std::to_string(i), value_of(*additional));
      }
    }
    return out;
  }

  std::mt19937_64 random_;
  bool exact_;
  text::Json schema_;
};

}  // namespace ambit::tool_schema
