#include "tool_schema/argument_types.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cedar_schema/conformance.h"
#include "cedar_schema/schema.h"
#include "text/json_schema.h"
#include "tool_schema/argument_fixture.h"
#include "tool_schema/scalar_values.h"
#include "tool_schema/type_names.h"

namespace ambit::tool_schema {
namespace {

using cedar::Value;

std::string type_text(std::string_view properties) {
  return declared(R"({"type": "object", "properties": )" + std::string(properties) + "}").type;
}

Value mapped(std::string_view property_schema, std::string_view value) {
  const auto declared_type =
      declared(R"({"properties": {"x": )" + std::string(property_schema) + "}}");
  const auto arguments = json(R"({"x": )" + std::string(value) + "}");
  return *declared_type.types.map(arguments).value.find("x");
}

TEST(ArgumentTypes, EachTypeOfJsonHasOneOfCedar) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"type": "boolean"})", "Bool"},
      {R"({"type": "integer"})", "Long"},
      {R"({"type": "number"})", "decimal"},
      {R"({"type": "string"})", "String"},
      {R"({"type": "string", "enum": ["a", "b"]})", "String"},
      {R"({"enum": ["a", "b"]})", "String"},
      {R"({"enum": ["a", 1]})", "T::Unknown"},
      {R"({"const": 3})", "Long"},
      {R"({"type": "string", "format": "date-time"})", "datetime"},
      {R"({"type": "string", "format": "date"})", "datetime"},
      {R"({"type": "string", "format": "duration"})", "duration"},
      {R"({"type": "string", "format": "ipv4"})", "ipaddr"},
      {R"({"type": "string", "format": "ipv6"})", "ipaddr"},
      {R"({"type": "string", "format": "decimal"})", "decimal"},
      {R"({"type": "string", "format": "uri"})", "String"},
      {R"({"type": "null"})", "T::Null"},
      {R"({})", "T::Unknown"},
      {R"(true)", "T::Unknown"},
      {R"({"type": "array", "items": {"type": "integer"}})", "Set<Long>"},
      {R"({"type": "array"})", "Set<T::Unknown>"},
      {R"({"type": ["string"]})", "String"},
      {R"({"type": ["string", "null"]})", "{typeChoice0?: String, typeChoice1?: T::Null}"},
      {R"({"anyOf": [{"type": "string"}, {"type": "integer"}]})",
       "{typeChoice0?: String, typeChoice1?: Long}"},
      {R"({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}],
           "items": false, "minItems": 1})",
       "{proj0: String, proj1?: decimal}"},
      {R"({"type": "object", "properties": {"a b": {"type": "string"}}, "required": ["a b"]})",
       "{a b: String}"},
      {R"({"type": "object", "additionalProperties": false})", "{}"},
      {R"({"type": "object"})", "T::__u61__u2db::Input::x"},
      {R"({"type": "object", "additionalProperties": {"type": "string"}})",
       "T::__u61__u2db::Input::x"},
      {R"({"allOf": [{"type": "integer"}]})", "Long"},
      {R"({"allOf": [{"type": "integer"}, {"minimum": 3}]})", "T::Unknown"}};
  for (const auto& [schema, type] : cases) {
    std::string text = type_text(R"({"x": )" + schema + "}");
    text.erase(std::remove(text.begin(), text.end(), '"'), text.end());
    const std::string expected = "{x?: " + type + "}";
    EXPECT_EQ(text, expected) << schema;
  }
}

TEST(ArgumentTypes, ReferencesAreFollowedAndRecursionIsOpaque) {
  const auto tree = declared(R"({"$defs": {"id": {"type": "integer"},
      "node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
      "properties": {"id": {"$ref": "#/$defs/id"}, "root": {"$ref": "#/$defs/node"}}})");
  EXPECT_EQ(tree.type, "{id?: Long, root?: {next?: T::Unknown}}");
}

TEST(ArgumentTypes, AnObjectWithFurtherMembersIsAnEntityWithTags) {
  const auto env = declared(R"({"properties": {"env": {"type": "object",
      "properties": {"home": {"type": "string"}}, "additionalProperties": {"type": "integer"}}}})");
  const auto out = env.types.map(json(R"({"env": {"home": "/", "a/b": 1}})"));
  ASSERT_EQ(out.entities.size(), 1u);
  EXPECT_TRUE(out.typed);
  const cedar::EntityUid uid{"T::" + type_name_of("a-b") + "::Input::env", "/env"};
  EXPECT_EQ(*out.value.find("env"), Value::entity(uid));
  EXPECT_EQ(out.entities[0].attributes, Value::record({{"home", Value::string("/")}}));
  EXPECT_EQ(out.entities[0].tags, Value::record({{"a/b", Value::integer(1)}}));
  EXPECT_EQ(out.entities[0].uid, uid);
  EXPECT_TRUE(cedar::validate_entity(out.entities[0], env.schema).has_value());
}

TEST(ArgumentTypes, NumbersAreNeverRounded) {
  const char* number = R"({"type": "number"})";
  EXPECT_EQ(mapped(number, "2.5"), Value::decimal(25'000));
  EXPECT_EQ(mapped(number, "0.1"), Value::decimal(1'000));
  EXPECT_EQ(mapped(number, "7"), Value::decimal(70'000));
  EXPECT_EQ(mapped(number, "1e12"), Value::decimal(10'000'000'000'000'000));
  EXPECT_EQ(mapped(number, "2.00004"), Value::entity({"T::Number", "2.00004"}));
  EXPECT_EQ(mapped(number, "1e300"), Value::entity({"T::Number", "1e+300"}));
  EXPECT_EQ(mapped(number, "922337203685477"), Value::decimal(9'223'372'036'854'770'000));
  EXPECT_EQ(mapped(number, "922337203685478"), Value::entity({"T::Number", "922337203685478"}));
  const char* integer = R"({"type": "integer"})";
  EXPECT_EQ(mapped(integer, "5.0"), Value::integer(5));
  EXPECT_EQ(mapped(integer, "1e30"), Value::entity({"T::Number", "1e+30"}));
}

TEST(ArgumentTypes, WhatIsNotOfItsFormatIsOpaque) {
  EXPECT_EQ(mapped(R"({"type": "string", "format": "ipv4"})", R"("10.0.0.1")"),
            Value::ip(*cedar::parse_ip("10.0.0.1")));
  EXPECT_EQ(mapped(R"({"type": "string", "format": "ipv4"})", R"("there")"),
            Value::entity({"T::Unknown", "\"there\""}));
  EXPECT_EQ(exact_datetime("2024-01-31T12:00:00+01:00"), exact_datetime("2024-01-31T11:00:00Z"));
  EXPECT_EQ(exact_datetime("2024-01-31T12:00:00.5Z"), exact_datetime("2024-01-31T12:00:00.500Z"));
  EXPECT_EQ(exact_datetime("2024-01-31T12:00:00.0001Z"), std::nullopt);
  EXPECT_EQ(exact_duration("P1DT2H"), 93'600'000);
  EXPECT_EQ(exact_duration("2h"), 7'200'000);
  for (const char* bad : {"P1M", "PT", "P", "P1D2H", "PT1S1M", "P-1D", "PT99999999999999999H"}) {
    EXPECT_EQ(exact_duration(bad), std::nullopt) << bad;
  }
}

TEST(ArgumentTypes, EveryAlternativeThatFitsIsThere) {
  const char* either = R"({"anyOf": [{"type": "integer"}, {"type": "number"}, {"type": "null"}]})";
  EXPECT_EQ(mapped(either, "500"), Value::record({{"typeChoice0", Value::integer(500)},
                                                  {"typeChoice1", Value::decimal(5'000'000)}}));
  EXPECT_EQ(mapped(either, "null"),
            Value::record({{"typeChoice2", Value::entity({"T::Null", "null"})}}));
  EXPECT_EQ(mapped(either, "2.00004"),
            Value::record({{"typeChoice1", Value::entity({"T::Number", "2.00004"})}}))
      << "a number that does not fit must not vanish";
}

TEST(ArgumentTypes, DifferentNamesAreDifferentTypes) {
  EXPECT_EQ(type_name_of("plain_name"), "plain_name");
  EXPECT_NE(type_name_of("a-b"), type_name_of("a_b"));
  EXPECT_NE(type_name_of("a-b"), type_name_of(type_name_of("a-b")));
  for (const char* name : {"in", "", "1st", "ä", "a b", "__cedar", "Action"}) {
    const std::string made = type_name_of(name);
    EXPECT_TRUE(is_type_name(made)) << made;
  }
}

// Whether the value and its entities are of the types that the schema states.
std::string problem_of(const Declared& tool, const MappedArguments& mapped) {
  const auto context = Value::record({{"input", mapped.value}});
  if (auto ok = cedar::validate_context(context, {"T::Action", "run"}, tool.schema); !ok) {
    return ok.error().message;
  }
  for (const cedar::Entity& entity : mapped.entities) {
    if (auto ok = cedar::validate_entity(entity, tool.schema); !ok) return ok.error().message;
  }
  return "";
}

TEST(ArgumentTypes, TheSchemaFitsEveryValueThatTheMappingMakes) {
  EXPECT_TRUE(rc::check("exact values", [] {
    RandomTool random(*rc::gen::arbitrary<std::uint64_t>(), true);
    const Declared tool = declared_json(random.input_schema());
    const auto enforced =
        text::JsonSchema::compile(random.input_schema(), text::JsonSchema::Root::kClosed).value();
    for (int i = 0; i < 10; ++i) {
      const text::Json arguments = random.arguments();
      RC_ASSERT(enforced.validate(arguments).has_value());
      const MappedArguments mapped = tool.types.map(arguments);
      RC_LOG() << text::to_json(random.input_schema()) << text::to_json(arguments);
      RC_ASSERT(problem_of(tool, mapped) == "");
      RC_ASSERT(mapped.typed);
    }
  }));
}

TEST(ArgumentTypes, WhatIsNotTypedIsSaidAndNothingElseIs) {
  EXPECT_TRUE(rc::check("values that may not fit", [] {
    RandomTool random(*rc::gen::arbitrary<std::uint64_t>(), false);
    const Declared tool = declared_json(random.input_schema());
    for (int i = 0; i < 10; ++i) {
      const text::Json arguments = random.arguments();
      const MappedArguments mapped = tool.types.map(arguments);
      RC_LOG() << text::to_json(random.input_schema()) << text::to_json(arguments);
      RC_ASSERT(mapped.typed == problem_of(tool, mapped).empty());
    }
  }));
}

TEST(ArgumentTypes, AnySchemaOfAnyToolMakesASchemaOfCedar) {
  // Far larger than what is typed: what lies beyond is opaque, and nothing fails.
  text::Json properties = text::Json::object();
  for (int i = 0; i < 20'000; ++i) {
    properties.set("p" + std::to_string(i), text::Json::object({{"type", "string"}}));
  }
  text::Json deep = text::Json::object({{"type", "string"}});
  for (int i = 0; i < 100; ++i) {
    deep = text::Json::object({{"type", "array"}, {"items", std::move(deep)}});
  }
  properties.set("p1", std::move(deep));
  const Declared tool = declared_json(text::Json::object({{"properties", std::move(properties)}}));
  const auto out = tool.types.map(json(R"({"p1": [], "p19999": "x"})"));
  EXPECT_EQ(problem_of(tool, out), "");
  EXPECT_TRUE(out.typed);
}

}  // namespace
}  // namespace ambit::tool_schema
