#include <algorithm>
#include <array>
#include <iterator>

#include "text/internal/json_order.h"
#include "text/internal/json_schema_compiler.h"

namespace ambit::text::internal {
namespace {

constexpr std::array<std::pair<std::string_view, Types>, 7> kTypeNames{{{"null", kNullType},
                                                                        {"boolean", kBoolType},
                                                                        {"integer", kIntegralType},
                                                                        {"number", kNumberType},
                                                                        {"string", kStringType},
                                                                        {"array", kArrayType},
                                                                        {"object", kObjectType}}};

Result<std::vector<std::string>> names_in(std::string_view keyword, const std::string& place,
                                          const Json& value) {
  std::vector<std::string> names;
  if (!value.is_array()) return invalid_keyword(keyword, place, "must be an array of strings");
  for (const Json& name : value.as_array()) {
    if (!name.is_string()) return invalid_keyword(keyword, place, "must be an array of strings");
    names.push_back(name.as_string());
  }
  return names;
}

template <class Rules>
Rules& made(std::unique_ptr<Rules>& rules) {
  if (!rules) rules = std::make_unique<Rules>();
  return *rules;
}

}  // namespace

Result<> SchemaCompiler::type(const Site& site) {
  const Json& value = site.value;
  const JsonArray names = value.is_array() ? value.as_array() : JsonArray{value};
  Types types = 0;
  for (const Json& name : names) {
    const auto known = std::find_if(kTypeNames.begin(), kTypeNames.end(), [&name](const auto& t) {
      return name.is_string() && t.first == name.as_string();
    });
    if (known == kTypeNames.end()) {
      return invalid_keyword("type", site.place,
                             "must be `null`, `boolean`, `integer`, `number`, `string`, `array` or "
                             "`object`, or an array of these");
    }
    types = static_cast<Types>(types | known->second);
  }
  if (types == 0) return invalid_keyword("type", site.place, "must name at least one type");
  site.node.types = types;
  return {};
}

Result<> SchemaCompiler::enumeration(const Site& site) {
  if (!site.value.is_array()) return invalid_keyword("enum", site.place, "must be an array");
  site.node.choices = site.value.as_array();
  return {};
}

Result<> SchemaCompiler::constant(const Site& site) {
  site.node.constant = site.value;
  return {};
}

Result<> SchemaCompiler::bound(const Site& site) {
  NumberRules& rules = made(site.node.number);
  if (!site.value.is_number()) return invalid_keyword(site.keyword, site.place, "must be a number");
  if (site.keyword == "minimum") rules.minimum = site.value;
  if (site.keyword == "maximum") rules.maximum = site.value;
  if (site.keyword == "exclusiveMinimum") rules.exclusive_minimum = site.value;
  if (site.keyword == "exclusiveMaximum") rules.exclusive_maximum = site.value;
  if (site.keyword == "multipleOf") {
    if (compare(site.value, Json(0)) <= 0) {
      return invalid_keyword("multipleOf", site.place, "must be greater than zero");
    }
    rules.multiple_of = site.value;
  }
  return {};
}

Result<> SchemaCompiler::size(const Site& site) {
  const std::string_view what = std::string_view(site.keyword).substr(3);
  SizeRange& range = what == "Length"  ? made(site.node.string).length
                     : what == "Items" ? made(site.node.array).length
                                       : made(site.node.object).size;
  return set_size(site, site.keyword.starts_with("min") ? range.least : range.most);
}

Result<> SchemaCompiler::pattern(const Site& site) {
  if (!site.value.is_string()) return invalid_keyword("pattern", site.place, "must be a string");
  auto compiled = Pattern::compile(site.value.as_string());
  if (!compiled)
    return unsupported_keyword("pattern", site.place,
                               "has " + compiled.error().message + ", which cannot be enforced");
  StringRules& rules = made(site.node.string);
  rules.pattern = *std::move(compiled);
  rules.pattern_source = site.value.as_string();
  return {};
}

Result<> SchemaCompiler::unique(const Site& site) {
  if (!site.value.is_bool()) return invalid_keyword("uniqueItems", site.place, "must be a boolean");
  made(site.node.array).unique = site.value.as_bool();
  return {};
}

Result<> SchemaCompiler::items(const Site& site) {
  ArrayRules& rules = made(site.node.array);
  if (!site.value.is_array()) {
    AMBIT_TRY(rules.rest, child(site));
    return {};
  }
  if (site.schema.find("prefixItems") != nullptr) {
    return invalid_keyword("items", site.place, "must not be an array beside `prefixItems`");
  }
  if (!site.value.as_array().empty()) {
    AMBIT_TRY(rules.prefix, children(site));
  }
  AMBIT_TRY(rules.rest, sibling(site, "additionalItems"));
  return {};
}

Result<> SchemaCompiler::prefix_items(const Site& site) {
  AMBIT_TRY(made(site.node.array).prefix, children(site));
  return {};
}

Result<> SchemaCompiler::contains_rule(const Site& site) {
  ArrayRules& rules = made(site.node.array);
  AMBIT_TRY(rules.contains, child(site));
  for (const std::string name : {"minContains", "maxContains"}) {
    const Json* value = site.schema.find(name);
    if (value == nullptr) continue;
    AMBIT_CHECK_OK(set_size({site.node, site.schema, name, *value, site.place, site.depth},
                            name == "minContains" ? rules.contained.least : rules.contained.most));
  }
  return {};
}

Result<> SchemaCompiler::properties(const Site& site) {
  ObjectRules& rules = made(site.node.object);
  rules.declares = true;
  AMBIT_TRY(rules.properties, named_children(site));
  return {};
}

Result<> SchemaCompiler::pattern_properties(const Site& site) {
  AMBIT_TRY(const std::vector<NamedSchema> schemas, named_children(site));
  ObjectRules& rules = made(site.node.object);
  for (const auto& [source, node] : schemas) {
    auto compiled = Pattern::compile(source);
    if (!compiled) {
      return unsupported_keyword("patternProperties", site.place,
                                 "has " + compiled.error().message + ", which cannot be enforced");
    }
    rules.patterns.emplace_back(*std::move(compiled), node);
  }
  return {};
}

Result<> SchemaCompiler::member_schema(const Site& site) {
  ObjectRules& rules = made(site.node.object);
  AMBIT_TRY(const SchemaNode* node, child(site));
  if (site.keyword == "additionalProperties") rules.additional = node;
  if (site.keyword == "unevaluatedProperties") rules.unevaluated = node;
  if (site.keyword == "propertyNames") rules.names = node;
  return {};
}

Result<> SchemaCompiler::required(const Site& site) {
  AMBIT_TRY(made(site.node.object).required, names_in("required", site.place, site.value));
  return {};
}

Result<> SchemaCompiler::dependent_required(const Site& site) {
  if (!site.value.is_object())
    return invalid_keyword(site.keyword, site.place, "must be an object");
  for (const auto& [name, needed] : site.value.as_object()) {
    AMBIT_TRY(auto names, names_in(site.keyword, site.place, needed));
    made(site.node.object).dependent_required.emplace_back(name, std::move(names));
  }
  return {};
}

Result<> SchemaCompiler::dependent_schemas(const Site& site) {
  AMBIT_TRY(auto schemas, named_children(site));
  auto& out = made(site.node.object).dependent_schemas;
  std::move(schemas.begin(), schemas.end(), std::back_inserter(out));
  return {};
}

// Drafts 6 and 7: each member is what dependentRequired or dependentSchemas would hold.
Result<> SchemaCompiler::dependencies(const Site& site) {
  if (!site.value.is_object())
    return invalid_keyword(site.keyword, site.place, "must be an object");
  for (const auto& [name, rule] : site.value.as_object()) {
    ObjectRules& rules = made(site.node.object);
    if (rule.is_array()) {
      AMBIT_TRY(auto names, names_in(site.keyword, site.place, rule));
      rules.dependent_required.emplace_back(name, std::move(names));
    } else {
      const std::string place = below(below(site.place, site.keyword), name);
      AMBIT_TRY(const SchemaNode* node, compile(rule, place, site.depth + 1));
      rules.dependent_schemas.push_back({name, node});
    }
  }
  return {};
}

Result<> SchemaCompiler::combination(const Site& site) {
  site.node.combines = true;
  auto& out = site.keyword == "allOf"   ? site.node.all_of
              : site.keyword == "anyOf" ? site.node.any_of
                                        : site.node.one_of;
  AMBIT_TRY(out, children(site));
  return {};
}

Result<> SchemaCompiler::negation(const Site& site) {
  site.node.combines = true;
  AMBIT_TRY(site.node.negated, child(site));
  return {};
}

Result<> SchemaCompiler::condition(const Site& site) {
  site.node.combines = true;
  AMBIT_TRY(site.node.condition, child(site));
  AMBIT_TRY(site.node.consequence, sibling(site, "then"));
  AMBIT_TRY(site.node.alternative, sibling(site, "else"));
  return {};
}

}  // namespace ambit::text::internal
