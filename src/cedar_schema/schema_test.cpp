#include "cedar_schema/schema.h"

#include <gtest/gtest.h>

#include "cedar_schema/schema_text.h"

namespace ambit::cedar {
namespace {

Schema schema_of(std::string_view text) {
  auto schema = parse_schema(text);
  EXPECT_TRUE(schema) << text << "\n" << schema.error().pretty();
  return schema ? *schema : Schema();
}

std::string problem_of(std::string_view text) {
  const auto schema = parse_schema(text);
  return schema ? "no problem" : schema.error().summary();
}

std::string json_problem_of(std::string_view bytes) {
  const auto schema = Schema::from_json(*text::parse_json(bytes));
  return schema ? "no problem" : schema.error().reason + ": " + schema.error().message;
}

// The type of attribute `x` of the entity type of that name.
std::string type_of_x(const Schema& schema, std::string_view entity_type = "U") {
  return schema.find_entity_type(entity_type)->attributes.find("x")->type.to_text();
}

using Names = std::vector<std::string>;

TEST(Schema, ReplacesNamesByWhatTheyMean) {
  const Schema schema = schema_of(
      "entity U { x: N::T }; namespace N { type T = { a: Set<S>, b?: V, c: __cedar::Bool, d: "
      "ipaddr, e: Action }; type S = String; entity V; action go; }");
  EXPECT_EQ(type_of_x(schema), "{a: Set<String>, b?: N::V, c: Bool, d: ipaddr, e: N::Action}");
}

TEST(Schema, ANameMeansTheNearestDeclaration) {
  EXPECT_EQ(type_of_x(schema_of("namespace N { entity Long; entity U { x: Long }; }"), "N::U"),
            "N::Long");
  EXPECT_EQ(type_of_x(schema_of("entity ipaddr; entity U { x: ipaddr };")), "ipaddr");
  EXPECT_EQ(type_of_x(schema_of("entity T; type T = Long; entity U { x: T };")), "Long")
      << "a common type hides the entity type";
  EXPECT_EQ(type_of_x(schema_of("type G = Long; namespace N { entity U { x: G }; }"), "N::U"),
            "Long");
  EXPECT_EQ(type_of_x(schema_of("action go; type Action = Long; entity U { x: Action };")), "Long");
}

TEST(Schema, KnowsHierarchies) {
  const Schema schema = schema_of(
      "entity A in B; entity B in [C, D]; entity C in A; entity D; action a in [b, b]; action b "
      "in \"c\"; action c; namespace N { action d in [a, d2]; action d2; }");
  const SchemaEntityType* a = schema.find_entity_type("A");
  EXPECT_EQ(a->parents, (Names{"B"}));
  EXPECT_EQ(a->ancestors, (Names{"A", "B", "C", "D"})) << "types may be in a cycle";
  EXPECT_EQ(schema.find_entity_type("D")->descendants, (Names{"A", "B", "C"}));
  const SchemaAction* d = schema.find_action({"N::Action", "d"});
  EXPECT_EQ(d->ancestors,
            (std::vector<EntityUid>{
                {"Action", "a"}, {"Action", "b"}, {"Action", "c"}, {"N::Action", "d2"}}));
  EXPECT_EQ(schema.find_action({"Action", "c"})->descendants.size(), 3u);
  EXPECT_TRUE(schema.may_be_in("A", "D"));
  EXPECT_FALSE(schema.may_be_in("D", "A"));
  EXPECT_TRUE(schema.may_be_in("D", "D"));
  EXPECT_TRUE(schema.may_be_in("N::Action", "Action"));
  EXPECT_FALSE(schema.may_be_in("Action", "N::Action"));
  EXPECT_TRUE(schema.action_entities().find(d->uid)->has_ancestor({"Action", "c"}));
}

TEST(Schema, KnowsWhatActionsApplyTo) {
  const Schema schema = schema_of(
      "entity A, B; type C = { n: Long }; action a appliesTo { principal: [B, A, B], resource: A, "
      "context: C }; action g;");
  const SchemaAction* a = schema.find_action({"Action", "a"});
  EXPECT_EQ(a->principal_types, (Names{"A", "B"}));
  EXPECT_TRUE(a->applies_to_principal("B"));
  EXPECT_FALSE(a->applies_to_resource("B"));
  EXPECT_EQ(a->context.to_text(), "{n: Long}");
  EXPECT_TRUE(schema.find_action({"Action", "g"})->principal_types.empty());
  EXPECT_EQ(schema.find_action({"Action", "h"}), nullptr);
  EXPECT_TRUE(schema.has_action_type("Action"));
  EXPECT_FALSE(schema.has_action_type("N::Action"));
}

TEST(Schema, TellsWhatIsWrongAndWhere) {
  const struct {
    const char* text;
    const char* problem;
  } kCases[] = {
      {"entity A { a: ipadr };",
       "line 1, column 15: `ipadr` is not declared as a type (did you mean `ipaddr`?)"},
      {"entity User;\nentity A in Usr;",
       "line 2, column 13: `Usr` is not declared as an entity type (did you mean `User`?)"},
      {"namespace N { entity A { a: Wholly }; }",
       "line 1, column 29: `Wholly` is not declared as a type (neither `N::Wholly` nor `Wholly` "
       "is)"},
      {"entity A in T; type T = Long;",
       "line 1, column 13: `T` is not declared as an entity type (it is not an entity type but a "
       "type of values)"},
      {"entity A; action a appliesTo { principal: A, resource: A, context: A };",
       "line 1, column 68: `A` is not declared as a common type (it is an entity type)"},
      {"entity A; action a appliesTo { principal: A, resource: A, context: T }; type T = Long;",
       "line 1, column 68: a context must be a record (`T` is Long)"},
      {"entity A { a: __cedar::Foo };",
       "line 1, column 15: `__cedar::Foo` is not declared as a type"},
      {"action a; entity A in Action;",
       "line 1, column 23: `Action` cannot stand here (an action is neither principal, resource "
       "nor parent of an entity)"},
      {"entity A { a: Action };", "line 1, column 15: `Action` is not declared as a type"},
      {"action a in b;", "line 1, column 13: the action `Action::\"b\"` is not declared"},
      {"action a in b; action b in a;",
       "line 1, column 8: the action `Action::\"a\"` is in itself (by its `in`, or that of a group "
       "it is in)"},
      {"type T = { a: Set<U> };\ntype U = { b: T };",
       "line 2, column 15: the common type `T` is made of itself (`T` uses `U` uses `T`)"},
      {"type A = Long;\nnamespace N { entity A; }",
       "line 2, column 22: `N::A` would hide `A` of the empty namespace (rename one of them, or "
       "move `A` into a namespace)"},
      {"action x; namespace N { action x; }",
       "line 1, column 32: `N::Action::\"x\"` would hide `Action::\"x\"` of the empty namespace "
       "(rename one of them, or move `Action::\"x\"` into a namespace)"},
  };
  for (const auto& test : kCases) EXPECT_EQ(problem_of(test.text), test.problem) << test.text;
}

TEST(Schema, TellsWhatIsWrongInJson) {
  EXPECT_EQ(json_problem_of(
                R"({"N": {"entityTypes": {"A": {"tags": {"type": "Strnig"}}}, "actions": {}}})"),
            "cedar.schema: entity type `N::A`: `Strnig` is not declared as a common type (did you "
            "mean `String`?)");
  EXPECT_EQ(json_problem_of(
                R"({"": {"entityTypes": {"A": {"shape": {"type": "Long"}}}, "actions": {}}})"),
            "cedar.schema: entity type `A`: the attributes of an entity type must be a record "
            "(`` is Long)");
  EXPECT_EQ(json_problem_of(R"({"": {"entityTypes": {"A": {"tags": {"type": "Extension", "name":
                                 "Decimal"}}}, "actions": {}}})"),
            "cedar.schema: entity type `A`: `Decimal` is not an extension type (these are: "
            "`decimal`, `ipaddr`, `datetime`, `duration`)");
  EXPECT_EQ(json_problem_of(R"({"": {"entityTypes": {"A": {"tags": {"type": "Bool"}}}, "actions":
                                 {}}})"),
            "no problem")
      << "a name that is not a kind of JSON type is that of a common type";
}

TEST(Schema, IsMadeOfSeveralTexts) {
  const auto one = parse_schema_fragment("namespace N { entity A { x: M::T }; }");
  const auto two = parse_schema_fragment(
      "namespace N { entity B in A; } namespace M { type T = "
      "N::B; }");
  const auto schema = Schema::resolve({*one, *two});
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(type_of_x(*schema, "N::A"), "N::B");
  const auto twice = Schema::resolve({*one, *one});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().message, "entity type `N::A` is declared twice");
}

TEST(Schema, TypesThatGrowExponentiallyAreRefused) {
  std::string text = "type T0 = Long;";
  for (int i = 1; i < 100; ++i) {
    const std::string below = "T" + std::to_string(i - 1);
    text += "type T" + std::to_string(i) + " = {a: " + below + ", b: " + below + "};";
  }
  EXPECT_NE(problem_of(text).find("made of more than 100000 types"), std::string::npos);
}

TEST(Schema, ChainsOfCommonTypesAreBoundedWhereverTheyBegin) {
  // T99 is reached first in one text and last in the other.
  for (const bool ascending : {false, true}) {
    const auto chain = [&](int length) {
      std::string text;
      for (int i = 0; i < length; ++i) {
        const int below = ascending ? i - 1 : i + 1;
        const bool is_last = ascending ? i == 0 : i + 1 == length;
        const auto name = [](int n) { return "T" + std::to_string(10'000 + n); };
        text += "type " + name(i) + " = " + (is_last ? "Long" : name(below)) + ";";
      }
      return text;
    };
    EXPECT_EQ(problem_of(chain(199)), "no problem");
    EXPECT_NE(problem_of(chain(205)).find("nested more than 200 levels deep"), std::string::npos);
    EXPECT_NE(problem_of(chain(50'000)).find("nested more than"), std::string::npos);
  }
}

TEST(Schema, LargeHierarchiesAreRefused) {
  std::string text;
  for (int i = 0; i < 4'000; ++i) {
    text += "entity E" + std::to_string(i);
    if (i > 0) text += " in E" + std::to_string(i - 1);
    text += ";";
  }
  EXPECT_EQ(problem_of(text), "line 1, column 1: the hierarchy of entity types is too large");
}

TEST(SchemaType, ComparesByWhatItIsMadeOf) {
  const auto record = [](bool required) {
    return SchemaType::record({{"b", SchemaType::set(SchemaType::integer()), required},
                               {"a", SchemaType::extension(ExtensionType::kIp), true}});
  };
  EXPECT_EQ(record(true), record(true));
  EXPECT_FALSE(record(true) == record(false));
  EXPECT_FALSE(SchemaType::entity("A") == SchemaType::entity("B"));
  EXPECT_FALSE(SchemaType::extension(ExtensionType::kIp) ==
               SchemaType::extension(ExtensionType::kDecimal));
  EXPECT_FALSE(SchemaType::boolean() == SchemaType::integer());
  EXPECT_EQ(record(false).to_text(), "{a: ipaddr, b?: Set<Long>}");
  EXPECT_EQ(record(false).parts(), 4u);
  EXPECT_EQ(record(false).find("b")->type.element().kind(), SchemaType::Kind::kLong);
  EXPECT_EQ(record(false).find("c"), nullptr);
}

}  // namespace
}  // namespace ambit::cedar
