#include <algorithm>
#include <array>

#include "text/internal/json_order.h"
#include "text/internal/json_schema_compiler.h"
#include "text/json_pointer.h"

namespace ambit::text::internal {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxIgnored = 100;

// Describe, or are read where another keyword is.
constexpr std::array<std::string_view, 26> kAnnotations{"title",
                                                        "description",
                                                        "default",
                                                        "examples",
                                                        "$comment",
                                                        "$schema",
                                                        "$anchor",
                                                        "$dynamicAnchor",
                                                        "$vocabulary",
                                                        "$defs",
                                                        "format",
                                                        "contentEncoding",
                                                        "contentMediaType",
                                                        "contentSchema",
                                                        "deprecated",
                                                        "readOnly",
                                                        "writeOnly",
                                                        "definitions",
                                                        "$id",
                                                        "then",
                                                        "else",
                                                        "minContains",
                                                        "maxContains",
                                                        "additionalItems",
                                                        "example",
                                                        "$recursiveAnchor"};

constexpr std::array<std::string_view, 6> kUnsupported{
    "unevaluatedItems", "$dynamicRef", "$recursiveRef", "extends", "disallow", "divisibleBy"};

template <class List>
bool contains(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// RFC 3986 section 2.1, for the fragment of a reference.
Result<std::string> percent_decoded(std::string_view text, const std::string& place) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size() || digit(text[i + 1]) < 0 || digit(text[i + 2]) < 0) {
      return invalid_keyword("$ref", place, "has a `%` without two hexadecimal digits");
    }
    out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
    i += 2;
  }
  return out;
}

}  // namespace

std::string quoted(std::string_view text) { return "`" + shown(text) + "`"; }

tl::unexpected<Error> invalid_keyword(std::string_view keyword, const std::string& place,
                                      const std::string& rule) {
  return fail(Code::kInvalid, "schema.invalid",
              quoted(keyword) + " at " + quoted(place) + " of the schema " + rule);
}

tl::unexpected<Error> unsupported_keyword(std::string_view keyword, const std::string& place,
                                          const std::string& why) {
  return fail(Code::kUnsupported, "schema.unsupported",
              quoted(keyword) + " at " + quoted(place) + " of the schema " + why);
}

std::string below(const std::string& place, std::string_view token) {
  std::string out = place;
  append_pointer_token(out, token);
  return out;
}

Result<> SchemaCompiler::read_dialect() {
  const Json* dialect = root_.find("$schema");
  if (dialect == nullptr) return {};
  constexpr std::array<std::string_view, 4> kKnown{
      "json-schema.org/draft-06/schema", "json-schema.org/draft-07/schema",
      "json-schema.org/draft/2019-09/schema", "json-schema.org/draft/2020-12/schema"};
  std::string_view name = root_.string_or("$schema", "");
  if (name.ends_with('#')) name.remove_suffix(1);
  if (const auto scheme = name.find("://"); scheme != std::string_view::npos) {
    name.remove_prefix(scheme + 3);
  }
  const auto found = std::find(kKnown.begin(), kKnown.end(), name);
  if (found == kKnown.end()) {
    return unsupported_keyword("$schema", "#",
                               "names a dialect that is not known; use "
                               "`https://json-schema.org/draft/2020-12/schema`");
  }
  reference_hides_siblings_ = found < kKnown.begin() + 2;
  return {};
}

Result<SchemaNode*> SchemaCompiler::declare(const Json& schema, const std::string& place,
                                            std::size_t depth) {
  if (depth > kMaxDepth || program_.nodes.size() >= kMaxNodes) {
    return fail(Code::kExhausted, "schema.too_complex",
                "the schema is too large or too deep at " + quoted(place));
  }
  SchemaNode* node = &program_.nodes.emplace_back();
  known_.emplace(&schema, node);
  return node;
}

Result<> SchemaCompiler::fill(SchemaNode& node, const Json& schema, const std::string& place,
                              std::size_t depth) {
  if (schema.is_bool()) {
    node.never = !schema.as_bool();
    return {};
  }
  if (!schema.is_object()) {
    return fail(Code::kInvalid, "schema.invalid",
                quoted(place) + " of the schema must be an object or a boolean");
  }
  for (const auto& [name, value] : schema.as_object()) {
    AMBIT_CHECK_OK(keyword({node, schema, name, value, place, depth}));
  }
  return {};
}

Result<const SchemaNode*> SchemaCompiler::compile(const Json& schema, const std::string& place,
                                                  std::size_t depth) {
  if (const auto found = known_.find(&schema); found != known_.end()) return found->second;
  AMBIT_TRY(SchemaNode * node, declare(schema, place, depth));
  AMBIT_CHECK_OK(fill(*node, schema, place, depth));
  return node;
}

Result<SchemaProgram> SchemaCompiler::run() {
  AMBIT_CHECK_OK(read_dialect());
  AMBIT_TRY(program_.root, compile(root_, "#", 0));
  while (!referenced_.empty()) {
    Referenced next = std::move(referenced_.back());
    referenced_.pop_back();
    AMBIT_CHECK_OK(fill(next.node, next.schema, next.place, 0));
  }
  return std::move(program_);
}

SchemaCompiler::Handler SchemaCompiler::handler_of(std::string_view keyword) {
  using C = SchemaCompiler;
  static constexpr std::array<std::pair<std::string_view, Handler>, 34> kHandlers{{
      {"type", &C::type},
      {"enum", &C::enumeration},
      {"const", &C::constant},
      {"minimum", &C::bound},
      {"maximum", &C::bound},
      {"exclusiveMinimum", &C::bound},
      {"exclusiveMaximum", &C::bound},
      {"multipleOf", &C::bound},
      {"minLength", &C::size},
      {"maxLength", &C::size},
      {"minItems", &C::size},
      {"maxItems", &C::size},
      {"minProperties", &C::size},
      {"maxProperties", &C::size},
      {"pattern", &C::pattern},
      {"uniqueItems", &C::unique},
      {"items", &C::items},
      {"prefixItems", &C::prefix_items},
      {"contains", &C::contains_rule},
      {"properties", &C::properties},
      {"patternProperties", &C::pattern_properties},
      {"additionalProperties", &C::member_schema},
      {"unevaluatedProperties", &C::member_schema},
      {"propertyNames", &C::member_schema},
      {"required", &C::required},
      {"dependentRequired", &C::dependent_required},
      {"dependentSchemas", &C::dependent_schemas},
      {"dependencies", &C::dependencies},
      {"allOf", &C::combination},
      {"anyOf", &C::combination},
      {"oneOf", &C::combination},
      {"not", &C::negation},
      {"if", &C::condition},
      {"$ref", &C::reference},
  }};
  const auto found = std::find_if(kHandlers.begin(), kHandlers.end(),
                                  [keyword](const auto& entry) { return entry.first == keyword; });
  return found == kHandlers.end() ? nullptr : found->second;
}

Result<> SchemaCompiler::keyword(const Site& site) {
  if (const Handler handler = handler_of(site.keyword)) return (this->*handler)(site);
  if (contains(kUnsupported, site.keyword)) {
    return unsupported_keyword(site.keyword, site.place, "constrains and cannot be enforced");
  }
  if (site.keyword == "$id" && &site.schema != &root_) {
    return unsupported_keyword("$id", site.place, "would change what references mean; remove it");
  }
  if (!contains(kAnnotations, site.keyword) && program_.ignored.size() < kMaxIgnored) {
    program_.ignored.push_back(below(site.place, site.keyword));
  }
  return {};
}

Result<std::vector<const SchemaNode*>> SchemaCompiler::children(const Site& site) {
  if (!site.value.is_array() || site.value.as_array().empty()) {
    return invalid_keyword(site.keyword, site.place, "must be an array with at least one schema");
  }
  std::vector<const SchemaNode*> nodes;
  for (const Json& schema : site.value.as_array()) {
    const std::string place = below(below(site.place, site.keyword), std::to_string(nodes.size()));
    AMBIT_TRY(const SchemaNode* node, compile(schema, place, site.depth + 1));
    nodes.push_back(node);
  }
  return nodes;
}

Result<std::vector<NamedSchema>> SchemaCompiler::named_children(const Site& site) {
  if (!site.value.is_object()) {
    return invalid_keyword(site.keyword, site.place, "must be an object of schemas");
  }
  std::vector<NamedSchema> out;
  for (const auto& [name, schema] : site.value.as_object()) {
    const std::string place = below(below(site.place, site.keyword), name);
    AMBIT_TRY(const SchemaNode* node, compile(schema, place, site.depth + 1));
    out.push_back({name, node});
  }
  std::sort(out.begin(), out.end(),
            [](const NamedSchema& a, const NamedSchema& b) { return a.name < b.name; });
  return out;
}

Result<> SchemaCompiler::set_size(const Site& site, std::size_t& out) {
  const Json zero(0);
  if (!site.value.is_number() || !is_integral(site.value) || compare(site.value, zero) < 0) {
    return invalid_keyword(site.keyword, site.place, "must be a whole number, zero or more");
  }
  constexpr double kMost = 1e15;
  out = static_cast<std::size_t>(std::min(site.value.as_double(), kMost));
  return {};
}

Result<> SchemaCompiler::reference(const Site& site) {
  const std::string_view text =
      site.value.is_string() ? std::string_view(site.value.as_string()) : std::string_view();
  if (text != "#" && !text.starts_with("#/")) {
    return unsupported_keyword("$ref", site.place, "must be `#` or start with `#/`");
  }
  if (reference_hides_siblings_) {
    for (const auto& [name, value] : site.schema.as_object()) {
      if (name == "$ref" || handler_of(name) == nullptr) continue;
      return unsupported_keyword(
          name, site.place, "stands beside a `$ref`, which hides it in this dialect; use `allOf`");
    }
  }
  AMBIT_TRY(const std::string pointer, percent_decoded(text.substr(1), site.place));
  const auto reached = resolve_pointer(root_, pointer);
  if (reached.size() != 1) return invalid_keyword("$ref", site.place, "leads nowhere");
  for (std::size_t end = pointer.find('/', 1); end != std::string::npos;
       end = pointer.find('/', end + 1)) {
    const auto between = resolve_pointer(root_, std::string_view(pointer).substr(0, end));
    if (between.size() == 1 && !between[0]->string_or("$id", "").empty()) {
      return unsupported_keyword("$ref", site.place,
                                 "leads into a schema with an `$id` of its own");
    }
  }
  site.node.combines = true;
  const Json& target = *reached[0];
  if (const auto found = known_.find(&target); found != known_.end()) {
    site.node.reference = found->second;
    return {};
  }
  AMBIT_TRY(SchemaNode * node, declare(target, "#" + pointer, 0));
  site.node.reference = node;
  referenced_.push_back({*node, target, "#" + pointer});
  return {};
}

Result<SchemaProgram> compile_schema(const Json& schema) { return SchemaCompiler(schema).run(); }

}  // namespace ambit::text::internal
