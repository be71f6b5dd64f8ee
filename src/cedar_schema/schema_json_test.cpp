#include "cedar_schema/schema_json.h"

#include <gtest/gtest.h>

#include "cedar_schema/schema_text.h"

namespace ambit::cedar {
namespace {

text::Json json_of(std::string_view bytes) {
  auto json = text::parse_json(bytes, {1u << 20, 1000});
  EXPECT_TRUE(json) << bytes;
  return json ? *json : text::Json();
}

std::string problem_of(std::string_view bytes) {
  const auto fragment = schema_fragment_from_json(json_of(bytes));
  return fragment ? "no problem" : fragment.error().message;
}

// A schema of one entity type `A`.
std::string of_entity(std::string_view declaration) {
  return R"({"": {"entityTypes": {"A": )" + std::string(declaration) + R"(}, "actions": {}}})";
}

std::string of_tags(std::string_view type) {
  return of_entity(R"({"tags": )" + std::string(type) + "}");
}

std::string of_action(std::string_view declaration) {
  return R"({"": {"entityTypes": {}, "actions": {"a": )" + std::string(declaration) + "}}}";
}

TEST(SchemaJson, WritesWhatTextSays) {
  const auto fragment = parse_schema_fragment(
      "@n namespace N { entity A in B { x?: Set<A>, @d(\"e\") y: {} } tags Long; entity B, C; "
      "type T = {}; entity E enum [\"a\"]; action p in [q, N::Action::\"q\"] appliesTo {principal: "
      "A, resource: B, context: T}; action q; }");
  ASSERT_TRUE(fragment);
  EXPECT_EQ(
      text::to_json(schema_fragment_to_json(*fragment)),
      R"({"N":{"commonTypes":{"T":{"type":"Record","attributes":{}}},"entityTypes":{"A":{)"
      R"("memberOfTypes":["B"],"shape":{"type":"Record","attributes":{"x":{"type":"Set","element":)"
      R"({"type":"EntityOrCommon","name":"A"},"required":false},"y":{"type":"Record","attributes":)"
      R"({},"annotations":{"d":"e"}}}},"tags":{"type":"EntityOrCommon","name":"Long"}},"B":{},)"
      R"("C":{},"E":{"enum":["a"]}},"actions":{"p":{"appliesTo":{"resourceTypes":["B"],)"
      R"("principalTypes":["A"],"context":{"type":"T"}},"memberOf":[{"id":"q"},{"id":"q","type":)"
      R"("N::Action"}]},"q":{"appliesTo":{"resourceTypes":[],"principalTypes":[]}}},)"
      R"("annotations":{"n":""}}})");
}

TEST(SchemaJson, WrittenReadsTheSame) {
  for (const std::string& bytes :
       {of_tags(R"({"type":"Entity","name":"A"})"), of_tags(R"({"type":"Extension","name":"ip"})"),
        of_tags(R"({"type":"Boolean"})"), of_tags(R"({"type":"String"})"),
        of_tags(R"({"type":"__cedar::Long"})"),
        of_entity(R"({"annotations":{"a":"b"},"memberOfTypes":["N::A"]})"),
        of_action(R"({"memberOf":[]})"), of_action(R"({})")}) {
    const text::Json json = json_of(bytes);
    const auto fragment = schema_fragment_from_json(json);
    ASSERT_TRUE(fragment) << fragment.error().message;
    EXPECT_EQ(schema_fragment_to_json(*fragment), json) << bytes;
  }
}

TEST(SchemaJson, WhatSaysNothingIsLeftOut) {
  const auto fragment = schema_fragment_from_json(json_of(
      R"({"": {"commonTypes": {}, "entityTypes": {"A": {"memberOfTypes": [], "shape": {"type":
      "Record", "attributes": {}, "additionalAttributes": false}}}, "actions": {"a": {"attributes":
      null, "memberOf": null, "appliesTo": null}}}})"));
  ASSERT_TRUE(fragment) << fragment.error().message;
  EXPECT_EQ(text::to_json(schema_fragment_to_json(*fragment)),
            R"({"":{"entityTypes":{"A":{}},"actions":{"a":{}}}})");
}

TEST(SchemaJson, TellsWhatIsWrongAndWhere) {
  const struct {
    std::string bytes;
    const char* problem;
  } kCases[] = {
      {"[]", "a schema is an object of namespaces, each with `entityTypes` and `actions`"},
      {R"({"": {"entityTypes": {}}})", "``: `actions` is missing"},
      {R"({"N": {"entityTypes": {}, "actions": {}, "foo": 1}})",
       "`N`: `foo` is not a member here; these are: `commonTypes`, `entityTypes`, `actions`, "
       "`annotations`"},
      {R"({"a b": {"entityTypes": {}, "actions": {}}})",
       "`a b`: this cannot be the name of a namespace, such as `Ambit::Tools`"},
      {R"({"__cedar": {"entityTypes": {}, "actions": {}}})",
       "`__cedar`: this cannot be the name of a namespace, such as `Ambit::Tools`"},
      {R"({"": {"annotations": {"a": "b"}, "entityTypes": {}, "actions": {}}})",
       "``: the empty namespace cannot have annotations"},
      {R"({"": {"entityTypes": {"A::B": {}}, "actions": {}}})",
       "``: `entityTypes`: `A::B`: `A::B` cannot be the name of a type"},
      {R"({"": {"entityTypes": {"if": {}}, "actions": {}}})",
       "``: `entityTypes`: `if`: `if` cannot be the name of a type, as it is reserved"},
      {R"({"": {"entityTypes": {"Action": {}}, "actions": {}}})",
       "``: `entityTypes`: `Action`: `Action` cannot be an entity type, as it is the type of "
       "actions"},
      {R"({"": {"commonTypes": {"Set": {"type": "Long"}}, "entityTypes": {}, "actions": {}}})",
       "``: `commonTypes`: `Set`: this cannot be the name of a common type, as it names a kind of "
       "type"},
      {of_entity(R"({"shape": null})"),
       "``: `entityTypes`: `A`: `shape`: a type is an object with `type`, a string"},
      {of_entity(R"({"memberOfTypes": ["A b"]})"),
       "``: `entityTypes`: `A`: `memberOfTypes`: `A b` cannot be the name of a type, such as "
       "`Ambit::Agent`"},
      {of_entity(R"({"enum": []})"),
       "``: `entityTypes`: `A`: `enum` is not an array of at least one id"},
      {of_entity(R"({"enum": ["a"], "tags": {"type": "Long"}})"),
       "``: `entityTypes`: `A`: an entity type with `enum` has no `tags`"},
      {of_entity(R"({"annotations": null})"),
       "``: `entityTypes`: `A`: `annotations` is not an object"},
      {of_entity(R"({"annotations": {"a b": ""}})"),
       "``: `entityTypes`: `A`: `a b` cannot be the name of an annotation"},
      {of_tags(R"({"type": "Set"})"), "``: `entityTypes`: `A`: `tags`: `element` is missing"},
      {of_tags(R"({"type": "Record"})"), "``: `entityTypes`: `A`: `tags`: `attributes` is missing"},
      {of_tags(R"({"type": "Long", "name": "x"})"),
       "``: `entityTypes`: `A`: `tags`: a type `Long` has no member `name`"},
      {of_tags(R"({"type": "Long", "required": true})"),
       "``: `entityTypes`: `A`: `tags`: a type `Long` has no member `required`"},
      {of_tags(R"({"type": "Record", "attributes": {}, "additionalAttributes": true})"),
       "``: `entityTypes`: `A`: `tags`: `additionalAttributes` is not supported"},
      {of_tags(R"({"type": "Record", "attributes": {"x": {"type": "Long", "required": 3}}})"),
       "``: `entityTypes`: `A`: `tags`: `attributes`: `x`: `required` is not true or false"},
      {of_tags(R"({"type": "Extension", "name": "__cedar"})"),
       "``: `entityTypes`: `A`: `tags`: `__cedar` cannot be the name of an extension type"},
      {of_action(R"({"attributes": {}})"),
       "``: `actions`: `a`: actions with `attributes` are not supported"},
      {of_action(R"({"appliesTo": {"principalTypes": []}})"),
       "``: `actions`: `a`: `appliesTo`: `resourceTypes` is missing"},
      {of_action(R"({"memberOf": ["b"]})"),
       "``: `actions`: `a`: `memberOf`: this is not an object"},
      {of_action(R"({"memberOf": [{"type": "Action"}]})"),
       "``: `actions`: `a`: `memberOf`: an action needs `id`, a string"},
  };
  for (const auto& test : kCases) EXPECT_EQ(problem_of(test.bytes), test.problem) << test.bytes;
}

TEST(SchemaJson, NestingIsBounded) {
  std::string type = R"({"type":"Long"})";
  for (int i = 0; i < 250; ++i) type = R"({"type":"Set","element":)" + type + "}";
  EXPECT_NE(problem_of(of_tags(type)).find("nested more than 200 levels deep"), std::string::npos);
}

}  // namespace
}  // namespace ambit::cedar
