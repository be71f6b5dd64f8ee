#include "cedar_schema/schema_text.h"

#include <gtest/gtest.h>

#include "cedar_schema/schema.h"

namespace ambit::cedar {
namespace {

SchemaFragment fragment_of(std::string_view text) {
  auto fragment = parse_schema_fragment(text);
  EXPECT_TRUE(fragment) << text << "\n" << fragment.error().pretty();
  return fragment ? *fragment : SchemaFragment{};
}

std::string problem_of(std::string_view text) {
  const auto fragment = parse_schema_fragment(text);
  return fragment ? "no problem" : fragment.error().summary();
}

std::string reprinted(std::string_view text) {
  return to_schema_text(fragment_of(text)).value_or("cannot be printed");
}

TEST(SchemaText, ReadsEveryKindOfDeclaration) {
  const SchemaFragment fragment = fragment_of(R"(
    // A comment.
    entity Team;
    @doc("people")
    namespace Ambit::Desk {
      type Address = { street: String, "zip code"?: Long };
      @hidden entity User, Robot in [Team, Group] = { home: Address, age?: Long, } tags Set<String>;
      entity Group in Group { };
      entity Colour enum ["red", "green"];
      action read, "read all" in [group, Ambit::Action::"any"] appliesTo {
        principal: [User], resource: Colour, context: { at: datetime },
      } attributes {};
      action group;
    })");
  ASSERT_EQ(fragment.namespaces.size(), 2u);
  const NamespaceDeclaration* space = fragment.find("Ambit::Desk");
  ASSERT_NE(space, nullptr);
  EXPECT_EQ(space->annotations, (Annotations{{"doc", "people"}}));
  ASSERT_EQ(space->entity_types.size(), 4u);
  const EntityTypeDeclaration& user = space->entity_types[3];
  EXPECT_EQ(user.name, "User");
  EXPECT_EQ(user.annotations, (Annotations{{"hidden", ""}}));
  EXPECT_EQ(user.parents.size(), 2u);
  ASSERT_EQ(user.shape->attributes.size(), 2u);
  EXPECT_EQ(user.shape->attributes[0].name, "age");
  EXPECT_FALSE(user.shape->attributes[0].required);
  EXPECT_EQ(user.tags->kind, TypeExpression::Kind::kSet);
  EXPECT_FALSE(space->entity_types[1].shape) << "an empty record says nothing";
  EXPECT_EQ(*space->entity_types[0].enum_ids, (std::vector<std::string>{"red", "green"}));
  const ActionDeclaration& read_all = space->actions[2];
  EXPECT_EQ(read_all.name, "read all");
  EXPECT_EQ((*read_all.parents)[1].type, "Ambit::Action");
  EXPECT_EQ((*read_all.parents)[1].id, "any");
  EXPECT_EQ(read_all.applies_to->resources, (std::vector<TypeReference>{{"Colour", {}}}));
}

TEST(SchemaText, WordsOfTheGrammarAreNamesElsewhere) {
  fragment_of(
      "entity entity, type, action, Set, namespace, tags, enum, appliesTo in Set;"
      "entity context { principal: Set, type?: Set<Set>, __cedar: Long };"
      "@if action in_, appliesTo in action; action action;");
}

TEST(SchemaText, JoinsWhatStandsOutsideOfNamespaces) {
  const SchemaFragment fragment = fragment_of("entity A; namespace N { entity B; } entity C;");
  EXPECT_EQ(fragment.find("")->entity_types.size(), 2u);
}

TEST(SchemaText, TellsWhatIsWrongAndWhere) {
  const struct {
    const char* text;
    const char* problem;
  } kCases[] = {
      {"entity A", "line 1, column 9: unexpected end of the text, expected "},
      {"entity A\n  in [B,];", "line 2, column 9: unexpected `]`, expected a name"},
      {"entity \"A\";",
       "line 1, column 8: unexpected `\"A\"`, expected the name of an entity type"},
      {"entity A { a Long };", "line 1, column 14: unexpected `Long`, expected `?` or `:`"},
      {"entity A = T;",
       "line 1, column 12: unexpected `T`, expected `{` (an entity type's attributes are written "
       "out here)"},
      {"entity if;",
       "line 1, column 8: `if` is a reserved word (as an action or attribute it can stand in "
       "double quotes)"},
      {"entity __cedar;",
       "line 1, column 8: the name `__cedar` is reserved (names with `__cedar` are Cedar's own)"},
      {"namespace A::__cedar {}",
       "line 1, column 11: the namespace `A::__cedar` is reserved (names with `__cedar` are "
       "Cedar's own)"},
      {"type Long = String;",
       "line 1, column 6: `Long` cannot be the name of a common type (it names a kind of type "
       "already)"},
      {"action a appliesTo { principal: A, resource: A, context: Set };",
       "line 1, column 58: `Set` is no record (a context is written out, or the name of a common "
       "type that is a record)"},
      {"namespace N { entity Action; }",
       "line 1, column 22: `Action` cannot be an entity type (it is the type of actions, which "
       "`action` declares)"},
      {"entity A;\nentity B, A;", "line 2, column 11: `A` is declared twice (first on line 1)"},
      {"namespace N { action a; action a; }",
       "line 1, column 32: `a` is declared twice in the namespace `N` (first on line 1)"},
      {"namespace N {}\nnamespace N {}",
       "line 2, column 11: the namespace `N` is declared twice (first on line 1)"},
      {"namespace N { namespace M {} }",
       "line 1, column 15: unexpected `namespace`, expected `}` (namespaces do not nest; write "
       "`namespace N::Inner { ... }` beside this one)"},
      {"entity A { a: Long, a?: Long };",
       "line 1, column 21: the attribute `a` is declared twice (first on line 1)"},
      {"@a @a entity A;", "line 1, column 5: the annotation `@a` is given twice"},
      {"action a appliesTo { principal: A };",
       "line 1, column 8: the action `a` lacks `resource` (an action applies to at least one "
       "`principal` type and one `resource` type; without `appliesTo` it is a group)"},
      {"action a appliesTo { principal: [], resource: A };",
       "line 1, column 33: the action `a` has no `principal` types (an action applies to at least "
       "one `principal` type and one `resource` type; without `appliesTo` it is a group)"},
      {"action a appliesTo { principal: A, principal: A };",
       "line 1, column 36: the action `a` has `principal` twice (first on line 1)"},
      {"action a appliesTo {};",
       "line 1, column 21: unexpected `}`, expected `principal`, `resource` or `context`"},
      {"action a in B::c;", "line 1, column 17: unexpected `;`, expected `::`"},
      {"entity A { \"\\q\": Long };",
       "line 1, column 13: `\\q` is not an escape (the escapes are `\\n`, `\\r`, `\\t`, `\\0`, "
       "`\\\\`, `\\\"`, `\\'`, `\\x41` and `\\u{1F600}`, and `\\*` after `like`)"},
      {"entity A enum [];",
       "line 1, column 16: unexpected `]`, expected a string in double quotes"},
      {"{}", "line 1, column 1: unexpected `{` (a schema in JSON is read with another function)"},
      {"entity A\xff;", "line 1, column 9: this is not UTF-8"},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(problem_of(test.text).substr(0, std::string(test.problem).size()), test.problem)
        << test.text;
  }
}

TEST(SchemaText, PrintsInOneLayout) {
  EXPECT_EQ(reprinted("@k(\"v\") entity B, A in [C] {\"x y\"?: Set<{a: Long}>, in_: A} tags B; "
                      "type T = {}; namespace N { action a in b appliesTo {principal: A, "
                      "resource: [A, B], context: T}; action b; entity E enum [\"it's\"]; }"),
            "type T = {};\n"
            "\n"
            "@k(\"v\")\n"
            "entity A in [C] = {\n"
            "  in_: A,\n"
            "  \"x y\"?: Set<{\n"
            "    a: Long\n"
            "  }>\n"
            "} tags B;\n"
            "\n"
            "@k(\"v\")\n"
            "entity B in [C] = {\n"
            "  in_: A,\n"
            "  \"x y\"?: Set<{\n"
            "    a: Long\n"
            "  }>\n"
            "} tags B;\n"
            "\n"
            "namespace N {\n"
            "  entity E enum [\"it\\'s\"];\n"
            "\n"
            "  action \"a\" in [Action::\"b\"] appliesTo {\n"
            "    principal: [A],\n"
            "    resource: [A, B],\n"
            "    context: T\n"
            "  };\n"
            "\n"
            "  action \"b\";\n"
            "}\n");
}

TEST(SchemaText, PrintedReadsTheSame) {
  for (const char* text :
       {"entity A { \"\\u{1F600}\\n\\0\": Long, \"if\": Long, \"\": {}, b: {c: {}} };",
        "namespace A {} namespace B::A { entity X tags {a: Long}; }",
        "@a @b(\"\\\"\") action \"\\t\" in [\"x\"]; action x;", ""}) {
    EXPECT_EQ(fragment_of(reprinted(text)), fragment_of(text)) << text;
  }
}

TEST(SchemaText, NestingIsBounded) {
  const auto nested = [](std::size_t levels) {
    std::string text = "type T = ";
    for (std::size_t i = 1; i < levels; ++i) text += "Set<";
    text += "Long" + std::string(levels - 1, '>') + ";";
    return text;
  };
  EXPECT_EQ(problem_of(nested(kMaxTypeDepth)), "no problem");
  EXPECT_NE(problem_of(nested(kMaxTypeDepth + 1)).find("nested more than 200 levels deep"),
            std::string::npos);
  EXPECT_NE(problem_of(nested(100'000)).find("nested more than"), std::string::npos);
}

TEST(SchemaText, ManyNamesTimesALongDeclarationIsBounded) {
  std::string text = "entity a0";
  for (int i = 1; i < 20'000; ++i) text += ",a" + std::to_string(i);
  EXPECT_EQ(problem_of(text + ";"), "no problem");
  text += " = {";
  for (int i = 0; i < 1'000; ++i) text += "x" + std::to_string(i) + ": Long,";
  EXPECT_NE(problem_of(text + "};").find("written out for each of its names"), std::string::npos);
}

TEST(SchemaText, LengthIsBounded) {
  EXPECT_NE(problem_of(std::string(kMaxSchemaTextBytes + 1, ' ')).find("is longer than"),
            std::string::npos);
}

}  // namespace
}  // namespace ambit::cedar
