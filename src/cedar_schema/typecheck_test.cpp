#include <gtest/gtest.h>

#include "cedar_schema/internal/validator_for_test.h"

namespace ambit::cedar {
namespace {

struct Case {
  const char* condition;
  const char* strict;      // reasons of its errors
  const char* permissive;  // of those that remain
};

void run(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(errors_of(check_condition(c.condition)), c.strict) << c.condition;
    EXPECT_EQ(errors_of(check_condition(c.condition, ValidationMode::kPermissive)), c.permissive)
        << c.condition;
  }
}

TEST(Typecheck, AcceptsWhatTheSchemaSays) {
  run({
      {R"(principal.name == "a")", "", ""},
      {R"(principal.name like "a*")", "", ""},
      {"context.flag", "", ""},
      {"resource.owner.name == principal.name", "", ""},
      {R"(resource.tagged.contains("x"))", "", ""},
      {R"(resource.tagged.containsAny(["x", "y"]))", "", ""},
      {"resource.tagged.isEmpty()", "", ""},
      {"context.users.contains(principal)", "", ""},
      {"principal in context.users", "", ""},
      {R"(resource in Folder::"f" || resource in [Folder::"f", Folder::"g"])", "", ""},
      {R"(principal.born < datetime("2024-01-01"))", "", ""},
      {R"(principal.born.durationSince(principal.born) >= duration("1d"))", "", ""},
      {R"(principal.limit.lessThan(decimal("1.0")))", "", ""},
      {R"(principal.from.isInRange(ip("10.0.0.0/8")))", "", ""},
      {R"({a: 1, "b c": "x"}["b c"] == "y")", "", ""},
      {"(if context.flag then 1 else 2) + 3 > -4 * 2", "", ""},
      {"principal == resource.owner", "", ""},
      {"principal has manager.manager.name", "", ""},
  });
}

TEST(Typecheck, WantsBooleansWhereConditionsAre) {
  run({
      {"1", "unexpected_type", "unexpected_type"},
      {"principal", "unexpected_type", "unexpected_type"},
      {"context.flag && 1", "unexpected_type", "unexpected_type"},
      {"\"a\" || context.flag", "unexpected_type", "unexpected_type"},
      {"!1", "unexpected_type", "unexpected_type"},
      {"if 1 then true else false", "unexpected_type", "unexpected_type"},
  });
}

TEST(Typecheck, WantsEachOperandToBeOfItsType) {
  run({
      {"principal.name < 1", "unexpected_type", "unexpected_type"},
      {"1 <= principal.name", "unexpected_type", "unexpected_type"},
      {"principal.name > resource.owner.name", "unexpected_type unexpected_type",
       "unexpected_type unexpected_type"},
      {R"(principal.born < duration("1d"))", "unexpected_type", "unexpected_type"},
      {"principal.name + \"x\" == 1", "unexpected_type unexpected_type",
       "unexpected_type unexpected_type"},
      {"-principal.name == 1", "unexpected_type", "unexpected_type"},
      {"1 like \"a\"", "unexpected_type", "unexpected_type"},
      {"1 in principal", "unexpected_type", "unexpected_type"},
      {"principal in 1", "unexpected_type", "unexpected_type"},
      {"principal in [1]", "unexpected_type", "unexpected_type"},
      {"\"x\" is User", "unexpected_type", "unexpected_type"},
      {"principal.name.contains(\"x\")", "unexpected_type", "unexpected_type"},
      {"resource.tagged.containsAll(\"x\")", "unexpected_type", "unexpected_type"},
      {"principal.name.isEmpty()", "unexpected_type", "unexpected_type"},
      {"1 has a", "unexpected_type", "unexpected_type"},
      {"principal.name has a", "unexpected_type", "unexpected_type"},
      {"1.a == 2", "unexpected_type", "unexpected_type"},
      {"context.hasTag(\"a\")", "unexpected_type", "unexpected_type"},
      {"principal.hasTag(1)", "unexpected_type", "unexpected_type"},
      {R"(ip("::1").isInRange(decimal("1.0")))", "unexpected_type", "unexpected_type"},
  });
}

TEST(Typecheck, StrictlyComparesOnlyWhatHasACommonType) {
  run({
      {"principal.name == 1 + 1", "incompatible_types", ""},
      {"1 != principal.name", "incompatible_types", ""},
      {"resource.tagged.contains(1)", "incompatible_types", ""},
      {"resource.tagged.containsAll([1])", "incompatible_types", ""},
      {"context == {a: 1}", "incompatible_types", ""},
      {"principal == context", "incompatible_types", ""},
      {"[1, \"a\"].contains(1)", "incompatible_types", "incompatible_types"},
      {"(if context.flag then 1 else \"a\") == 1", "incompatible_types", "incompatible_types"},
      {"[principal, resource].contains(principal)", "incompatible_types", ""},
      {"(if context.flag then principal else resource) == principal", "incompatible_types", ""},
      {"[{a: 1}, {a: 2, b: 3}].contains({a: 1})", "incompatible_types", ""},
  });
}

TEST(Typecheck, KnowsThatEntitiesOfDifferentTypesDiffer) {
  run({
      {"principal == resource && principal.nope", "", ""},
      {"!(principal == resource) || principal.nope", "", ""},
      {R"(principal == User::"a" && principal.nope)", "attribute_not_found", "attribute_not_found"},
  });
}

TEST(Typecheck, EvaluatesWhatIsSaidWithLiterals) {
  run({
      {"1 == 2 && principal.nope", "", ""},
      {"1 == \"a\" && principal.nope", "", ""},
      {"true || principal.nope", "", ""},
      {"false && principal.nope", "", ""},
      {"if true then context.flag else principal.nope", "", ""},
      {"if 1 == 1 && false then principal.nope else context.flag", "", ""},
      {R"(action == Action::"run" && principal.nope)", "", ""},
      {R"(action in Action::"all" || principal.nope)", "", ""},
      {R"(action in [Action::"run"] && principal.nope)", "", ""},
      {R"(action in Group::"g" && principal.nope)", "", ""},
      {"(true && false) == false || principal.nope", "", ""},
      {"principal is File && principal.nope", "", ""},
      {"principal is User || principal.nope", "", ""},
      {R"(principal is File in Folder::"f" && principal.nope)", "", ""},
      {R"(resource in Group::"g" && principal.nope)", "", ""},
      {"principal has nope && principal.nope", "", ""},
      {"{a: 1} has a || principal.nope", "", ""},
      {R"(resource.hasTag("t") && principal.nope)", "", ""},
  });
}

TEST(Typecheck, GuardsOptionalAttributes) {
  run({
      {"principal.age > 1", "unsafe_optional_attribute", "unsafe_optional_attribute"},
      {"principal has age && principal.age > 1", "", ""},
      {"principal has age || principal.age > 1", "unsafe_optional_attribute",
       "unsafe_optional_attribute"},
      {"!(principal has age) || principal.age > 1", "unsafe_optional_attribute",
       "unsafe_optional_attribute"},
      {"if principal has age then principal.age > 1 else context.flag", "", ""},
      {"if principal has age then context.flag else principal.age > 1", "unsafe_optional_attribute",
       "unsafe_optional_attribute"},
      {"resource.owner has age && principal.age > 1", "unsafe_optional_attribute",
       "unsafe_optional_attribute"},
      {"resource.owner has age && resource.owner.age > 1", "", ""},
      {"(principal has age || principal has age) && principal.age > 1", "", ""},
      {"(principal has age || context has n) && principal.age > 1", "unsafe_optional_attribute",
       "unsafe_optional_attribute"},
      {"(if context.flag then principal has age else principal has age) && principal.age > 1", "",
       ""},
      {"principal has age && context.flag && principal.age > 1", "", ""},
      {"context.flag && (principal has age && context has n) && principal.age > context.n", "", ""},
      {"principal has \"odd name\" && principal[\"odd name\"]", "", ""},
      {"context.nested has a.b && context.nested.a.b > 1", "", ""},
      {"context has nested.a.b && context.nested.a.b > 1", "", ""},
      {"principal has manager.age && principal.manager.age > 1", "", ""},
      {"principal has manager.manager && principal.manager.manager.age > 1",
       "unsafe_optional_attribute", "unsafe_optional_attribute"},
      {"principal has address.city && principal.address.city like \"a*\"", "", ""},
      {"principal has address && principal.address.city == \"a\"", "unsafe_optional_attribute",
       "unsafe_optional_attribute"},
  });
}

TEST(Typecheck, KnowsOfAGuardInAnotherCondition) {
  EXPECT_EQ(errors_of(check_policy("permit(principal, action == Action::\"view\", resource) "
                                   "when { principal has age } when { principal.age > 1 };")),
            "");
  EXPECT_EQ(errors_of(check_policy("permit(principal, action == Action::\"view\", resource) "
                                   "unless { principal has age } when { principal.age > 1 };")),
            "unsafe_optional_attribute");
  EXPECT_EQ(errors_of(check_policy("permit(principal, action == Action::\"view\", resource) "
                                   "when { principal.age > 1 } when { principal has age };")),
            "unsafe_optional_attribute");
}

TEST(Typecheck, FindsAttributesThatAreNotThere) {
  run({
      {"principal.nope == 1", "attribute_not_found", "attribute_not_found"},
      {"context.nope", "attribute_not_found", "attribute_not_found"},
      {"context.nested.x == 1", "attribute_not_found", "attribute_not_found"},
      {"action.x == 1", "attribute_not_found", "attribute_not_found"},
      {"action has x && action.x", "", ""},
      {"{a: 1}.b == 1", "attribute_not_found", "attribute_not_found"},
      {"Color::\"red\".x == 1", "attribute_not_found", "attribute_not_found"},
  });
}

TEST(Typecheck, GivesSeveralTypesTheAttributesThatAllHave) {
  const auto both = [](std::string condition) {
    return errors_of(check_condition("(if context.flag then principal else Bot::\"b\")" + condition,
                                     ValidationMode::kPermissive));
  };
  EXPECT_EQ(both(" == principal"), "");
  EXPECT_EQ(both(".owner == principal"), "attribute_not_found");  // of Bot only
  EXPECT_EQ(both(" has owner"), "");
  EXPECT_EQ(both(".name == 1"), "attribute_not_found");  // String in one, Long in the other
  EXPECT_EQ(errors_of(check_condition(
                "(if context.flag then {a: 1, b: true} else {a: 2, b: \"x\"}).a == 1",
                ValidationMode::kPermissive)),
            "");
  EXPECT_EQ(errors_of(check_condition(
                "(if context.flag then {a: 1, b: true} else {a: 2, b: \"x\"}).b == 1",
                ValidationMode::kPermissive)),
            "attribute_not_found");
}

TEST(Typecheck, GuardsTags) {
  run({
      {R"(principal.getTag("t") == "x")", "unsafe_tag", "unsafe_tag"},
      {R"(principal.hasTag("t") && principal.getTag("t") == "x")", "", ""},
      {R"(principal.hasTag("t") && principal.getTag("u") == "x")", "unsafe_tag", "unsafe_tag"},
      {R"(principal.hasTag(principal.name) && principal.getTag(principal.name) == "x")", "", ""},
      {R"(principal.hasTag("t") && principal.getTag("t") == 1 + 1)", "incompatible_types", ""},
      {R"((principal has name && principal.getTag("name") == "x"))", "unsafe_tag", "unsafe_tag"},
      {R"(resource.owner.hasTag("t") && principal.getTag("t") == "x")", "unsafe_tag", "unsafe_tag"},
  });
}

TEST(Typecheck, KnowsThatSomeEntitiesHaveNoTags) {
  // Only what comes after the test of another can get as far.
  EXPECT_EQ(errors_of(check_condition(
                R"((if context.flag then resource.hasTag("t") else resource.hasTag("t")) &&
                   resource.getTag("t") == "x")")),
            "");
  EXPECT_EQ(errors_of(check_condition(R"(resource.getTag("t") == "x")")), "unsafe_tag");
  EXPECT_EQ(errors_of(check_condition(
                R"((resource.hasTag("t") || true) && resource.getTag("t") == "x")")),
            "unsafe_tag");
}

TEST(Typecheck, RefusesEmptySets) {
  run({
      {"[] == resource.tagged", "empty_set", ""},
      {"resource.tagged.containsAll([])", "empty_set", ""},
      {"principal in []", "empty_set", ""},
      {"[[]].contains([])", "empty_set empty_set", ""},
  });
}

TEST(Typecheck, ChecksConstructors) {
  run({
      {R"(ip("nope").isIpv4())", "bad_extension_literal", "bad_extension_literal"},
      {R"(decimal("1.23456").lessThan(principal.limit))", "bad_extension_literal",
       "bad_extension_literal"},
      {R"(datetime("2024-13-01") < principal.born)", "bad_extension_literal",
       "bad_extension_literal"},
      {R"(duration("1x") < duration("1d"))", "bad_extension_literal", "bad_extension_literal"},
      {"ip(principal.name).isIpv4()", "non_literal_constructor", ""},
      {"ip(if context.flag then \"::1\" else \"::2\").isIpv4()", "non_literal_constructor", ""},
      {R"(ip("::1", "::2").isIpv4())", "wrong_arity", "wrong_arity"},
      {"ip().isIpv4()", "wrong_arity", "wrong_arity"},
      {"ip(1).isIpv4()", "unexpected_type", "unexpected_type"},
      {R"(ip("::1").isIpv4(1))", "wrong_arity", "wrong_arity"},
      {"principal.from.isInRange()", "wrong_arity", "wrong_arity"},
      {"ip(principal.nope).isIpv4()", "non_literal_constructor attribute_not_found",
       "attribute_not_found"},
  });
}

TEST(Typecheck, ReportsNothingOfWhatFollowsFromAnUnknownName) {
  EXPECT_EQ(errors_of(check_condition("Nope::\"a\".x.y == 1 + Nope::\"b\".z")),
            "unknown_entity_type unknown_entity_type");
}

TEST(Typecheck, TakesTimeLinearInNestedTests) {
  std::string inner = "principal";
  for (int i = 0; i < 60; ++i)
    inner = "(if " + inner + " has manager.manager then principal else resource.owner)";
  EXPECT_EQ(errors_of(check_condition(inner + " == principal")), "");
  inner = "principal";
  for (int i = 0; i < 60; ++i) {
    inner = "(if " + inner + " is User in Group::\"g\" then principal else resource.owner)";
  }
  EXPECT_EQ(errors_of(check_condition(inner + " == principal")), "");
}

}  // namespace
}  // namespace ambit::cedar
