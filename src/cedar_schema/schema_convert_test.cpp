#include "cedar_schema/schema_convert.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <set>

#include "cedar_schema/schema.h"
#include "cedar_schema/schema_json.h"
#include "cedar_schema/schema_text.h"
#include "cedar_schema/schema_warnings.h"

namespace ambit::cedar {
namespace {

std::string text_of(std::string_view bytes) {
  const auto text = schema_json_to_text(*text::parse_json(bytes));
  return text ? *text : text.error().message;
}

TEST(SchemaConversion, TextToJsonAndBack) {
  const std::string text = "namespace N {\n  entity A = {\n    x?: Set<A>\n  };\n}\n";
  const auto json = schema_text_to_json(text);
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(text_of(text::to_json(*json)), text);
}

TEST(SchemaConversion, RefusesWhatIsWrongAsAWhole) {
  const auto json = schema_text_to_json("entity A in B;");
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().message, "line 1, column 13: `B` is not declared as an entity type");
  EXPECT_EQ(
      text_of(R"({"": {"entityTypes": {"A": {"memberOfTypes": ["Wholly"]}}, "actions": {}}})"),
      "entity type `A`: `Wholly` is not declared as an entity type");
}

TEST(SchemaConversion, RefusesWhatTextCannotSay) {
  EXPECT_EQ(text_of(R"({"": {"commonTypes": {"T": {"type": "Record", "attributes": {}}},
                             "entityTypes": {"A": {"shape": {"type": "T"}}}, "actions": {}}})"),
            "the attributes of `A` are given by a name; schema text needs them written out");
  EXPECT_EQ(text_of(R"({"N": {"commonTypes": {"T": {"type": "Long"}}, "entityTypes": {"T": {}},
                              "actions": {}}})"),
            "`N::T` is both an entity type and a common type, which schema text cannot tell apart "
            "where it is used");
  const std::string hidden =
      R"({"": {"commonTypes": {"T": {"type": "Long"}}, "entityTypes": {"T": {"tags": {"type":
      "Entity", "name": "T"}}}, "actions": {}}})";
  EXPECT_EQ(text_of(hidden),
            "schema text cannot say this: a name in it would mean another type, as it is the name "
            "of both an entity type and a common type");
  EXPECT_EQ(text_of(R"({"": {"entityTypes": {"A": {}}, "actions": {"a": {"appliesTo":
                             {"principalTypes": ["A"], "resourceTypes": []}}}}})"),
            "entity A;\n\naction \"a\";\n");
  EXPECT_EQ(text_of(R"({"N": {"entityTypes": {"Long": {}, "A": {"tags": {"type": "Long"}}},
                              "actions": {}}})"),
            "namespace N {\n  entity A tags __cedar::Long;\n\n  entity Long;\n}\n");
}

TEST(SchemaWarnings, NameWhatIsHidden) {
  const std::string text =
      "type ipaddr = Long;\nentity String;\nnamespace N { entity T; type T = Long; }";
  const auto warnings = schema_warnings(*parse_schema_fragment(text), text);
  ASSERT_EQ(warnings.size(), 3u);
  EXPECT_EQ(warnings[0].summary(),
            "line 2, column 8: `String` hides a type of Cedar (that is now written "
            "`__cedar::String`)");
  EXPECT_EQ(warnings[1].summary(),
            "line 1, column 6: `ipaddr` hides a type of Cedar (that is now written "
            "`__cedar::ipaddr`)");
  EXPECT_EQ(warnings[2].summary(),
            "line 3, column 30: the common type `N::T` hides the entity type of the same name (as "
            "the type of an attribute, the name means the common type)");
  EXPECT_TRUE(schema_warnings(*parse_schema_fragment("entity A; action ipaddr;")).empty());
}

// Random fragments that text can say; their names need not mean anything.
rc::Gen<std::string> any_identifier() {
  return rc::gen::element<std::string>("A", "B", "Set", "in_", "type", "x1", "Long", "entity");
}

rc::Gen<std::string> any_string() {
  return rc::gen::element<std::string>("a", "", "in", "x y", "it's", "\"\\", "\n\t\x01", "\u00e9",
                                       "\u200b", "__cedar");
}

TypeExpression any_type(int depth) {
  TypeExpression out;
  const int kind = *rc::gen::inRange(0, depth > 3 ? 1 : 3);
  if (kind == 0) {
    out.kind = TypeExpression::Kind::kEntityOrCommon;
    out.name = *any_identifier() + (*rc::gen::arbitrary<bool>() ? "::" + *any_identifier() : "");
  } else if (kind == 1) {
    out.kind = TypeExpression::Kind::kSet;
    out.element.push_back(any_type(depth + 1));
  } else {
    std::set<std::string> names;
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) names.insert(*any_string());
    for (const std::string& name : names) {
      AttributeDeclaration attribute;
      attribute.name = name;
      attribute.type = any_type(depth + 1);
      attribute.required = *rc::gen::arbitrary<bool>();
      if (*rc::gen::arbitrary<bool>()) attribute.annotations.emplace("if", *any_string());
      out.attributes.push_back(std::move(attribute));
    }
  }
  return out;
}

std::optional<TypeExpression> any_record() {
  TypeExpression out = any_type(0);
  if (out.kind != TypeExpression::Kind::kRecord || out.is_empty_record()) return std::nullopt;
  return out;
}

std::vector<TypeReference> any_references(int least) {
  std::vector<TypeReference> out;
  for (int i = *rc::gen::inRange(least, 3); i > 0; --i) out.push_back({*any_identifier(), {}});
  return out;
}

EntityTypeDeclaration any_entity_type(std::string name) {
  EntityTypeDeclaration out;
  out.name = std::move(name);
  if (*rc::gen::inRange(0, 4) == 0) {
    out.enum_ids = std::vector<std::string>{*any_string(), *any_string()};
    return out;
  }
  out.parents = any_references(0);
  out.shape = any_record();
  if (*rc::gen::arbitrary<bool>()) out.tags = any_type(0);
  return out;
}

ActionDeclaration any_action(std::string name) {
  ActionDeclaration out;
  out.name = std::move(name);
  out.applies_to.emplace();
  if (*rc::gen::arbitrary<bool>()) {
    out.applies_to->principals = any_references(1);
    out.applies_to->resources = any_references(1);
    out.applies_to->context = any_record();
  }
  if (*rc::gen::arbitrary<bool>()) {
    out.parents = {ActionReference{"Action", *any_string(), {}}};
  }
  out.annotations.emplace("k", *any_string());
  return out;
}

SchemaFragment any_fragment() {
  SchemaFragment out;
  for (const char* space : {"", "A", "N::M"}) {
    NamespaceDeclaration declaration;
    declaration.name = space;
    declaration.common_types.push_back({"C", any_type(0), {}, {}});
    declaration.entity_types.push_back(any_entity_type("B"));
    declaration.entity_types.push_back(any_entity_type("D"));
    declaration.actions.push_back(any_action(*any_string()));
    if (*space != '\0') declaration.annotations.emplace("n", *any_string());
    out.namespaces.push_back(std::move(declaration));
  }
  return out;
}

TEST(SchemaConversion, AnyFragmentSurvivesTextAndJson) {
  EXPECT_TRUE(rc::check([] {
    const SchemaFragment fragment = any_fragment();
    const auto text = to_schema_text(fragment);
    RC_ASSERT(text.has_value());
    const auto by_text = parse_schema_fragment(*text);
    RC_ASSERT(by_text.has_value());
    RC_ASSERT(*by_text == fragment);
    const auto by_json = schema_fragment_from_json(schema_fragment_to_json(fragment));
    RC_ASSERT(by_json.has_value());
    RC_ASSERT(*by_json == fragment);
  }));
}

}  // namespace
}  // namespace ambit::cedar
