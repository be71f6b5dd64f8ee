#include "text/json_schema.h"

#include <gtest/gtest.h>
#include <optional>
#include <rapidcheck.h>

namespace ambit::text {
namespace {

Json json(std::string_view text) {
  auto parsed = parse_json(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *std::move(parsed) : Json();
}

// The reason for which `value` is refused, or "ok"; the reason of the schema if that is.
std::string check(std::string_view schema, std::string_view value) {
  const auto compiled = JsonSchema::compile(json(schema));
  if (!compiled) return compiled.error().reason;
  const auto result = compiled->validate(json(value));
  return result ? "ok" : result.error().reason;
}

std::string message(std::string_view schema, std::string_view value) {
  const auto compiled = JsonSchema::compile(json(schema));
  if (!compiled) return compiled.error().message;
  const auto result = compiled->validate(json(value));
  return result ? "ok" : result.error().message;
}

void expect_valid(std::string_view schema, const std::vector<const char*>& values) {
  for (const char* value : values) {
    EXPECT_EQ(message(schema, value), "ok") << schema << " of " << value;
  }
}

void expect_mismatch(std::string_view schema, const std::vector<const char*>& values) {
  for (const char* value : values) {
    EXPECT_EQ(check(schema, value), "schema.mismatch") << schema << " of " << value;
  }
}

constexpr const char* kWriteFile = R"({
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": "object",
  "properties": {"path": {"type": "string"}, "content": {"type": "string"}},
  "required": ["path", "content"]
})";

TEST(JsonSchema, AcceptsACallThatTheToolDeclared) {
  EXPECT_EQ(check(kWriteFile, R"({"path": "/a", "content": ""})"), "ok");
}

TEST(JsonSchema, RefusesAMemberThatTheToolNeverDeclared) {
  EXPECT_EQ(check(kWriteFile, R"({"path": "/a", "content": "", "mode": 1})"),
            "schema.unknown_member");
  EXPECT_EQ(message(kWriteFile, R"({"path": "/a", "content": "", "mode": 1})"),
            "`/mode` is not a declared member; known: `content` and `path`");
  EXPECT_EQ(message(R"({"properties": {}})", R"({"a": 1})"),
            "`/a` is not a declared member; there are none");
}

TEST(JsonSchema, NamesWhatIsMissing) {
  EXPECT_EQ(check(kWriteFile, R"({"path": "/a"})"), "schema.missing_member");
  EXPECT_EQ(message(kWriteFile, R"({"path": "/a"})"),
            "the value lacks the required member `content`");
}

TEST(JsonSchema, NamesThePlaceInTheValue) {
  const char* schema = R"({"properties": {
    "paths": {"type": "array", "items": {"type": "string"}},
    "a/b~c": {"properties": {"x": {"type": ["null", "number"]}}}}})";
  EXPECT_EQ(message(schema, R"({"paths": [1]})"), "`/paths/0` must be a string");
  EXPECT_EQ(message(schema, R"({"paths": ["a", null]})"), "`/paths/1` must be a string");
  EXPECT_EQ(message(schema, R"({"a/b~c": {"x": true}})"), "`/a~1b~0c/x` must be null or a number");
  EXPECT_EQ(message(schema, R"({"a/b~c": {"y": true}})"),
            "`/a~1b~0c/y` is not a declared member; known: `x`");
  EXPECT_EQ(message(R"({"type": "object"})", "1"), "the value must be an object");
}

TEST(JsonSchema, SaysWhatWouldBeRight) {
  EXPECT_EQ(message(R"({"enum": ["a", 1, null]})", "2"),
            "the value must be one of `\"a\"`, `1` or `null`");
  EXPECT_EQ(message(R"({"const": {"a": 1}})", "2"), "the value must be `{\"a\":1}`");
  EXPECT_EQ(message(R"({"minLength": 2})", R"("a")"), "the value must have at least 2 characters");
  EXPECT_EQ(message(R"({"maxItems": 1})", "[1, 2]"), "the value must have at most 1 item");
  EXPECT_EQ(message(R"({"exclusiveMinimum": 0})", "0"), "the value must be greater than 0");
  EXPECT_EQ(message(R"({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 3}]})", "2"),
            "the value matches none of the 2 allowed forms: the value must be a string; or the "
            "value must be at least 3");
  EXPECT_EQ(message(R"({"pattern": "^a"})", R"("b")"), "the value must match the pattern `^a`");
}

TEST(JsonSchema, NeverRepeatsTheValueInAnError) {
  const std::string secret = "hunter2";
  for (const char* schema :
       {R"({"type": "integer"})", R"({"enum": ["a"]})", R"({"const": 1})", R"({"maxLength": 1})",
        R"({"pattern": "^x"})", R"({"not": {"type": "string"}})", R"(false)",
        R"({"anyOf": [{"type": "null"}, {"type": "integer"}]})"}) {
    const std::string said = message(schema, "\"" + secret + "\"");
    EXPECT_NE(said, "ok");
    EXPECT_EQ(said.find(secret), std::string::npos) << said;
  }
}

TEST(JsonSchema, ShortensAndCleansNamesInErrors) {
  const std::string said =
      message(R"({"properties": {}})", "{\"\\u001b[2J" + std::string(500, 'x') + "\": 1}");
  EXPECT_LT(said.size(), 200u);
  EXPECT_EQ(said.find('\x1B'), std::string::npos);
}

TEST(JsonSchema, KnowsTypes) {
  const std::vector<std::pair<const char*, const char*>> samples{
      {"null", "null"},   {"boolean", "true"}, {"integer", "1"}, {"number", "1.5"},
      {"string", "\"\""}, {"array", "[]"},     {"object", "{}"}};
  for (const auto& [type, schema_sample] : samples) {
    for (const auto& [other, value] : samples) {
      const bool fits = std::string(type) == other ||
                        (std::string(type) == "number" && std::string(other) == "integer");
      const std::string schema = "{\"type\": \"" + std::string(type) + "\"}";
      EXPECT_EQ(check(schema, value), fits ? "ok" : "schema.mismatch") << type << " " << value;
    }
  }
  expect_valid(R"({"type": "integer"})", {"1.0", "-3e2", "1e300"});
  expect_valid(R"({"type": ["string", "null"]})", {"\"a\"", "null"});
  expect_mismatch(R"({"type": ["string", "null"]})", {"1", "false"});
}

TEST(JsonSchema, BoundsNumbersExactly) {
  expect_valid(R"({"minimum": 9007199254740993})", {"9007199254740993", "9.1e15"});
  expect_mismatch(R"({"minimum": 9007199254740993})", {"9007199254740992", "9007199254740992.0"});
  expect_valid(R"({"minimum": -1.5, "maximum": 2})", {"-1.5", "2", "2.0", "\"text\""});
  expect_mismatch(R"({"minimum": -1.5, "maximum": 2})", {"-2", "2.0000001", "3"});
  expect_mismatch(R"({"exclusiveMaximum": 2})", {"2", "2.0"});
  expect_valid(R"({"maximum": 9223372036854775807})", {"9223372036854775807"});
  expect_mismatch(R"({"maximum": 9223372036854775806})", {"9223372036854775807", "1e300"});
}

TEST(JsonSchema, ReadsMultiplesAsDecimals) {
  expect_valid(R"({"multipleOf": 0.1})", {"0.3", "1", "-0.7", "1e300"});
  expect_valid(R"({"multipleOf": 0.01})", {"4.35", "1.15", "0"});
  expect_mismatch(R"({"multipleOf": 0.01})", {"4.355", "1e-3"});
  expect_valid(R"({"multipleOf": 3})", {"9", "-9", "9223372036854775806", "3.0"});
  expect_mismatch(R"({"multipleOf": 3})", {"10", "1.5", "9223372036854775807"});
  expect_mismatch(R"({"multipleOf": 1e300})", {"1", "5e-324"});
}

TEST(JsonSchema, CountsCharactersNotBytes) {
  const char* two = R"({"minLength": 2, "maxLength": 2})";
  expect_valid(two, {R"("ab")", R"("éé")", R"("🦊🦊")"});
  expect_mismatch(two, {R"("a")", R"("🦊")", R"("abc")"});
}

TEST(JsonSchema, MatchesPatternsAnywhere) {
  expect_valid(R"({"pattern": "b+"})", {R"("abba")", "1"});
  expect_mismatch(R"({"pattern": "^b+$"})", {R"("abba")"});
  EXPECT_EQ(check(R"j({"pattern": "(?=a)"})j", R"("a")"), "schema.unsupported");
  EXPECT_EQ(message(R"j({"properties": {"a": {"pattern": "x(?!y)"}}})j", "1"),
            "`pattern` at `#/properties/a` of the schema has a look-ahead or a flag at character "
            "4, which cannot be enforced");
}

TEST(JsonSchema, ChecksArrays) {
  expect_valid(R"({"items": {"type": "integer"}, "minItems": 1, "maxItems": 2})", {"[1]", "[1,2]"});
  expect_mismatch(R"({"items": {"type": "integer"}, "minItems": 1, "maxItems": 2})",
                  {"[]", "[1,2,3]", "[1,\"2\"]"});
  const char* tuple = R"({"prefixItems": [{"type": "string"}], "items": {"type": "integer"}})";
  expect_valid(tuple, {"[]", R"(["a"])", R"(["a", 1, 2])"});
  expect_mismatch(tuple, {"[1]", R"(["a", "b"])"});
  const char* old_tuple = R"({"items": [{"type": "string"}], "additionalItems": false})";
  expect_valid(old_tuple, {"[]", R"(["a"])"});
  expect_mismatch(old_tuple, {"[1]", R"(["a", 1])"});
  const char* some = R"({"contains": {"type": "integer"}, "minContains": 2, "maxContains": 3})";
  expect_valid(some, {"[1, 2]", R"([1, "a", 2, 3])"});
  expect_mismatch(some, {"[1]", "[1, 2, 3, 4]"});
}

TEST(JsonSchema, FindsItemsThatAreTheSame) {
  const char* unique = R"({"uniqueItems": true})";
  expect_valid(unique, {"[]", "[1, 2]", R"([1, "1", true, [1], {"a": 1}])", "[0, false]"});
  expect_mismatch(unique, {"[1, 1]", "[1, 1.0]", R"([{"a": 1, "b": 2}, {"b": 2, "a": 1.0}])",
                           "[[1, 2], [3], [1, 2]]"});
  expect_valid(unique, {"[9007199254740993, 9007199254740992.0]"});
}

TEST(JsonSchema, ComparesEnumAndConstByValue) {
  expect_valid(R"({"enum": [1, {"a": [1, 2]}]})", {"1.0", R"({"a": [1, 2.0]})"});
  expect_mismatch(R"({"enum": [1, {"a": [1, 2]}]})", {"true", R"({"a": [2, 1]})", "\"1\""});
  expect_mismatch(R"({"const": null})", {"0", "false"});
}

TEST(JsonSchema, ChecksObjects) {
  const char* schema = R"({"minProperties": 1, "maxProperties": 2,
    "propertyNames": {"pattern": "^[a-z]+$"}, "additionalProperties": {"type": "integer"},
    "dependentRequired": {"a": ["b"]}})";
  expect_valid(schema, {R"({"b": 1})", R"({"a": 1, "b": 2})"});
  expect_mismatch(schema, {"{}", R"({"B": 1})", R"({"b": "1"})", R"({"b": 1, "c": 1, "d": 1})"});
  EXPECT_EQ(check(schema, R"({"a": 1})"), "schema.missing_member");
  const char* patterns = R"({"patternProperties": {"^x-": {"type": "string"}},
                             "properties": {"a": {}}})";
  expect_valid(patterns, {R"({"x-1": "s", "a": 1})"});
  expect_mismatch(patterns, {R"({"x-1": 1})"});
  EXPECT_EQ(check(patterns, R"({"y": 1})"), "schema.unknown_member");
}

TEST(JsonSchema, CombinesSchemas) {
  expect_mismatch(R"({"oneOf": [{"type": "integer"}, {"minimum": 2}]})", {"3"});
  expect_valid(R"({"oneOf": [{"type": "integer"}, {"minimum": 2}]})", {"1", "2.5"});
  expect_mismatch(R"({"not": {"type": "string"}})", {R"("a")"});
  expect_mismatch(R"({"allOf": [{"minimum": 1}, {"maximum": 2}]})", {"0", "3"});
  const char* conditional = R"({"if": {"type": "string"}, "then": {"minLength": 2},
                                "else": {"type": "integer"}})";
  expect_valid(conditional, {R"("ab")", "1"});
  expect_mismatch(conditional, {R"("a")", "null"});
  expect_mismatch("false", {"1", "{}"});
  expect_valid("true", {"1", R"({"a": 1})"});
}

TEST(JsonSchema, FollowsReferencesInsideTheSchema) {
  const char* tree = R"({"$ref": "#/$defs/node", "$defs": {"node": {"type": "object",
    "properties": {"value": {"type": "integer"},
                   "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}},
    "a/b": {}, "50%": {}}})";
  expect_valid(tree, {R"({"value": 1, "children": [{"value": 2, "children": []}]})"});
  EXPECT_EQ(message(tree, R"({"children": [{"value": "2"}]})"),
            "`/children/0/value` must be an integer");
  EXPECT_EQ(check(tree, R"({"children": [{"other": 2}]})"), "schema.unknown_member");
  expect_valid(R"({"properties": {"a": {"$ref": "#"}}})", {R"({"a": {"a": {}}})"});
  expect_valid(R"({"$ref": "#/$defs/a~1b%25", "$defs": {"a/b%": {}}})", {"1"});
}

TEST(JsonSchema, EndsWhereReferencesGoInCircles) {
  EXPECT_EQ(check(R"({"$ref": "#"})", "1"), "schema.too_complex");
  EXPECT_EQ(check(R"({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"},
                      "b": {"not": {"$ref": "#/$defs/a"}}}})",
                  "1"),
            "schema.too_complex");
  EXPECT_EQ(check(R"({"anyOf": [{"$ref": "#"}, {"type": "integer"}]})", "1"), "schema.too_complex");
}

TEST(JsonSchema, CompilesALongChainOfReferences) {
  std::string defs;
  for (int i = 0; i < 150; ++i) {
    defs += "\"d" + std::to_string(i) + "\": {\"allOf\": [{\"$ref\": \"#/$defs/d" +
            std::to_string(i + 1) + "\"}]}, ";
  }
  const std::string schema =
      "{\"$ref\": \"#/$defs/d100\", \"$defs\": {" + defs + "\"d150\": {\"type\": \"null\"}}}";
  EXPECT_EQ(check(schema, "null"), "ok");
  EXPECT_EQ(check(schema, "1"), "schema.mismatch");
}

TEST(JsonSchemaClosedness, UnitesWhatAllAppliedSchemasDeclare) {
  const char* all = R"({"properties": {"a": {}}, "allOf": [{"properties": {"b": {}}},
                        {"$ref": "#/$defs/c"}], "$defs": {"c": {"properties": {"c": {}}}}})";
  EXPECT_EQ(check(all, R"({"a": 1, "b": 1, "c": 1})"), "ok");
  EXPECT_EQ(message(all, R"({"a": 1, "d": 1})"),
            "`/d` is not a declared member; known: `a`, `b` and `c`");
  const char* nested = R"({"allOf": [{"properties": {"p": {"properties": {"x": {}}}}},
                                     {"properties": {"p": {"properties": {"y": {}}}}}]})";
  EXPECT_EQ(check(nested, R"({"p": {"x": 1, "y": 1}})"), "ok");
  EXPECT_EQ(check(nested, R"({"p": {"z": 1}})"), "schema.unknown_member");
}

TEST(JsonSchemaClosedness, CountsOnlyBranchesThatApplied) {
  const char* either = R"({"oneOf": [
    {"properties": {"kind": {"const": "a"}, "x": {}}, "required": ["kind"]},
    {"properties": {"kind": {"const": "b"}, "y": {}}, "required": ["kind"]}]})";
  EXPECT_EQ(check(either, R"({"kind": "a", "x": 1})"), "ok");
  EXPECT_EQ(check(either, R"({"kind": "a", "y": 1})"), "schema.unknown_member");
  const char* any = R"({"anyOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]},
                                  {"properties": {"b": {"type": "integer"}}, "required": ["b"]}]})";
  EXPECT_EQ(check(any, R"({"a": 1, "b": 1})"), "ok");
  EXPECT_EQ(check(any, R"({"a": 1, "b": "text"})"), "schema.unknown_member");
  const char* conditional = R"({"properties": {"mode": {}},
    "if": {"properties": {"mode": {"const": "x"}}}, "then": {"properties": {"only_x": {}}}})";
  EXPECT_EQ(check(conditional, R"({"mode": "x", "only_x": 1})"), "ok");
  EXPECT_EQ(check(conditional, R"({"mode": "y", "only_x": 1})"), "schema.unknown_member");
  const char* negated = R"({"properties": {"a": {}}, "not": {"not": {"properties": {"b": {}}}}})";
  EXPECT_EQ(check(negated, R"({"b": 1})"), "schema.unknown_member");
  const char* contained = R"({"items": {"properties": {"a": {}}},
                              "contains": {"properties": {"b": {}}}})";
  EXPECT_EQ(check(contained, R"([{"b": 1}])"), "schema.unknown_member");
}

// Closing what stands below `not` would turn a refusal into a permission.
TEST(JsonSchemaClosedness, DoesNotReachInsideNot) {
  const char* schema = R"({"not": {"properties": {"s": {"properties": {"x": {}}}}}})";
  EXPECT_EQ(check(schema, R"({"s": {"y": 1}})"), "schema.mismatch");
}

TEST(JsonSchemaClosedness, LeavesOpenWhatTheToolDeclaredOpen) {
  EXPECT_EQ(check(R"({"properties": {"a": {}}, "additionalProperties": true})", R"({"b": 1})"),
            "ok");
  EXPECT_EQ(check(R"({"properties": {"a": {}}, "additionalProperties": {}})", R"({"b": 1})"), "ok");
  EXPECT_EQ(check(R"({"type": "object"})", R"({"b": 1})"), "ok");
  EXPECT_EQ(check(R"({"properties": {"a": {"type": "object"}}})", R"({"a": {"b": 1}})"), "ok");
  EXPECT_EQ(check(R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"b": 1})"),
            "schema.unknown_member");
}

// What servers list for a tool without arguments, and what they then take.
TEST(JsonSchemaClosedness, AClosedRootTakesNothingThatNobodyDeclared) {
  const auto closed = [](const char* schema, const char* value) {
    const auto valid =
        JsonSchema::compile(json(schema), JsonSchema::Root::kClosed).value().validate(json(value));
    return valid ? std::string("ok") : valid.error().reason;
  };
  for (const char* none :
       {R"({"type": "object"})", R"({})", "true", R"({"type": "object", "properties": {}})",
        R"({"type": "object", "properties": {}, "additionalProperties": false,
            "$schema": "http://json-schema.org/draft-07/schema#"})",
        R"({"type": "object", "properties": {}, "required": [], "title": "list_dirsArguments"})",
        R"({"type": "object", "additionalProperties": false})",
        R"({"type": "object", "anyOf": [{}, {"type": "object"}]})",
        R"({"$ref": "#/$defs/o", "$defs": {"o": {"type": "object"}}})"}) {
    EXPECT_EQ(closed(none, "{}"), "ok") << none;
    EXPECT_EQ(closed(none, R"({"b": 1})"), "schema.unknown_member") << none;
  }
  for (const char* open : {R"({"type": "object", "additionalProperties": true})",
                           R"({"type": "object", "additionalProperties": {}})",
                           R"({"type": "object", "unevaluatedProperties": true})",
                           R"({"type": "object", "patternProperties": {"^b$": {}}})",
                           R"({"anyOf": [{"properties": {"b": {}}}, {"required": ["c"]}]})"}) {
    EXPECT_EQ(closed(open, R"({"b": 1})"), "ok") << open;
  }
  EXPECT_EQ(closed(R"({"type": "object", "patternProperties": {"^b$": {}}})", R"({"c": 1})"),
            "schema.unknown_member");
  EXPECT_EQ(closed(R"({"properties": {"a": {"type": "object"}}})", R"({"a": {"b": 1}})"), "ok")
      << "an argument that is a free object stays one";
  EXPECT_EQ(closed(R"({"items": {"type": "object"}})", R"([{"b": 1}])"), "ok");
}

TEST(JsonSchemaClosedness, EnforcesUnevaluatedPropertiesAsTheStandardHasIt) {
  const char* schema = R"({"allOf": [{"properties": {"a": {}}}],
                           "unevaluatedProperties": {"type": "integer"}})";
  EXPECT_EQ(check(schema, R"({"a": "x", "b": 1})"), "ok");
  EXPECT_EQ(check(schema, R"({"b": "x"})"), "schema.mismatch");
  const char* cousins = R"({"allOf": [{"properties": {"a": {}}},
                                      {"unevaluatedProperties": false}]})";
  EXPECT_EQ(check(cousins, R"({"a": 1})"), "schema.unknown_member");
}

TEST(JsonSchemaCompile, RefusesWhatItWouldNotEnforce) {
  for (const char* schema :
       {R"({"unevaluatedItems": false})", R"({"$dynamicRef": "#x"})", R"({"$recursiveRef": "#"})",
        R"({"$ref": "other.json"})", R"({"$ref": "#anchor"})", R"({"$ref": 1})",
        R"({"$schema": "https://example.com/mine"})", R"({"$schema": 7})",
        R"({"properties": {"a": {"$id": "https://example.com/a"}}})",
        R"({"$ref": "#/$defs/a/$defs/b", "$defs": {"a": {"$id": "x", "$defs": {"b": {}}}}})",
        R"({"$schema": "http://json-schema.org/draft-07/schema#", "properties":
            {"a": {"$ref": "#", "maxItems": 1}}})"}) {
    EXPECT_EQ(check(schema, "{}"), "schema.unsupported") << schema;
  }
  EXPECT_EQ(message(R"({"properties": {"a": {"unevaluatedItems": false}}})", "1"),
            "`unevaluatedItems` at `#/properties/a` of the schema constrains and cannot be "
            "enforced");
}

TEST(JsonSchemaCompile, RefusesAMalformedSchema) {
  for (const char* schema : {"1",
                             "null",
                             R"({"type": "text"})",
                             R"({"type": []})",
                             R"({"type": 1})",
                             R"({"enum": 1})",
                             R"({"minimum": "1"})",
                             R"({"exclusiveMinimum": true})",
                             R"({"multipleOf": 0})",
                             R"({"minLength": -1})",
                             R"({"minLength": 1.5})",
                             R"({"pattern": 1})",
                             R"({"uniqueItems": 1})",
                             R"({"items": 1})",
                             R"({"allOf": []})",
                             R"({"anyOf": {}})",
                             R"({"properties": []})",
                             R"({"properties": {"a": 1}})",
                             R"({"required": "a"})",
                             R"({"required": [1]})",
                             R"({"dependentRequired": []})",
                             R"({"$ref": "#/$defs/none"})",
                             R"({"$ref": "#/%4"})",
                             R"({"prefixItems": [{}], "items": [{}]})"}) {
    EXPECT_EQ(check(schema, "{}"), "schema.invalid") << schema;
  }
  EXPECT_EQ(message(R"({"properties": {"a": {"minLength": "x"}}})", "1"),
            "`minLength` at `#/properties/a` of the schema must be a whole number, zero or more");
}

TEST(JsonSchemaCompile, ListsWhatItDoesNotKnowButNotAnnotations) {
  const auto schema = JsonSchema::compile(json(R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/s",
    "title": "t", "description": "d", "x-order": 1,
    "properties": {"a": {"format": "uri", "default": 1, "examples": [], "requird": true,
                         "$comment": "c", "readOnly": true}}})"));
  ASSERT_TRUE(schema.has_value()) << schema.error().message;
  EXPECT_EQ(schema->ignored(), (std::vector<std::string>{"#/x-order", "#/properties/a/requird"}));
}

TEST(JsonSchemaCompile, OutlivesItsSource) {
  std::optional<JsonSchema> schema;
  {
    const Json source = json(R"({"properties": {"a": {"enum": ["x", "y"]}}})");
    schema = JsonSchema::compile(source).value();
  }
  const JsonSchema copy = *schema;
  EXPECT_TRUE(copy.validate(json(R"({"a": "x"})")));
  EXPECT_FALSE(schema->validate(json(R"({"a": "z"})")));
}

TEST(JsonSchemaLimits, StopsCompilingWhatIsTooDeepOrTooLarge) {
  Json deep = Json::object();
  for (int i = 0; i < 100; ++i) deep = Json::object({{"not", std::move(deep)}});
  EXPECT_EQ(JsonSchema::compile(deep).error().reason, "schema.too_complex");
  Json wide = Json::object();
  Json properties = Json(JsonObject());
  for (int i = 0; i < 20'001; ++i) {
    properties.as_object().emplace_back("p" + std::to_string(i), Json(true));
  }
  wide.set("properties", std::move(properties));
  EXPECT_EQ(JsonSchema::compile(wide).error().reason, "schema.too_complex");
}

TEST(JsonSchemaLimits, StopsAValidationThatExplodes) {
  // Each level tries the one below twice: two to the thirtieth branches.
  Json defs = Json::object({{"l0", json(R"({"type": "string"})")}});
  for (int i = 1; i < 31; ++i) {
    const Json below = Json::object({{"$ref", "#/$defs/l" + std::to_string(i - 1)}});
    defs.set("l" + std::to_string(i), Json::object({{"anyOf", Json::array({below, below})}}));
  }
  const Json exploding = Json::object({{"$ref", "#/$defs/l30"}, {"$defs", defs}});
  const auto compiled = JsonSchema::compile(exploding);
  ASSERT_TRUE(compiled.has_value()) << compiled.error().message;
  EXPECT_EQ(compiled->validate(Json(1)).error().reason, "schema.too_complex");
}

TEST(JsonSchemaLimits, CountsTheWorkOfAPattern) {
  const auto schema = JsonSchema::compile(json(R"j({"pattern": "(a?){500}b"})j"));
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ(schema->validate(Json(std::string(1u << 20, 'a'))).error().reason,
            "schema.too_complex");
  EXPECT_EQ(schema->validate(Json(std::string(100, 'a'))).error().reason, "schema.mismatch");
}

TEST(JsonSchemaLimits, TakesLargeOrdinaryValues) {
  JsonArray items;
  for (int i = 0; i < 50'000; ++i) items.emplace_back(i);
  const auto schema =
      JsonSchema::compile(json(R"({"items": {"type": "integer"}, "uniqueItems": true})"));
  EXPECT_TRUE(schema->validate(Json(std::move(items))));
}

Json random_json(int depth) {
  const int kind = *rc::gen::inRange(0, depth > 0 ? 6 : 4);
  switch (kind) {
    case 0: return nullptr;
    case 1: return *rc::gen::arbitrary<bool>();
    case 2: return *rc::gen::inRange<int>(-3, 4);
    case 3: return *rc::gen::element<std::string>("", "a", "b", "ab");
    case 4: {
      JsonArray items;
      const int size = *rc::gen::inRange(0, 3);
      for (int i = 0; i < size; ++i) items.push_back(random_json(depth - 1));
      return items;
    }
    default: {
      Json object = Json::object();
      const int size = *rc::gen::inRange(0, 3);
      for (int i = 0; i < size; ++i) {
        object.set(*rc::gen::element<std::string>("a", "b", "c"), random_json(depth - 1));
      }
      return object;
    }
  }
}

TEST(JsonSchemaProperties, ConstAcceptsItsValueAlone) {
  EXPECT_TRUE(rc::check([] {
    const Json a = random_json(3);
    const Json b = random_json(3);
    const auto schema = JsonSchema::compile(Json::object({{"const", a}})).value();
    RC_ASSERT(schema.validate(a).has_value());
    RC_ASSERT(schema.validate(b).has_value() == (a == b));
  }));
}

// Whatever a closed object accepts has only declared members, in every place.
TEST(JsonSchemaProperties, AcceptsDeclaredMembersOnly) {
  const auto schema = JsonSchema::compile(json(R"({"$ref": "#/$defs/n", "$defs": {"n": {
      "anyOf": [{"type": ["null", "boolean", "integer", "string"]},
                {"type": "array", "items": {"$ref": "#/$defs/n"}},
                {"properties": {"a": {"$ref": "#/$defs/n"}, "b": {"$ref": "#/$defs/n"}},
                 "type": "object"}]}}})"))
                          .value();
  const auto has_c = [](const Json& value, const auto& self) -> bool {
    if (value.is_array()) {
      return std::any_of(value.as_array().begin(), value.as_array().end(),
                         [&](const Json& item) { return self(item, self); });
    }
    if (!value.is_object()) return false;
    return std::any_of(value.as_object().begin(), value.as_object().end(),
                       [&](const JsonMember& m) { return m.first == "c" || self(m.second, self); });
  };
  EXPECT_TRUE(rc::check([&] {
    const Json value = random_json(4);
    RC_ASSERT(schema.validate(value).has_value() == !has_c(value, has_c));
  }));
}

}  // namespace
}  // namespace ambit::text
