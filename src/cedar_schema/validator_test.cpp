#include "cedar_schema/validator.h"

#include <gtest/gtest.h>

#include "cedar_schema/internal/validator_for_test.h"

namespace ambit::cedar {
namespace {

// The only issue of a list. Precondition: there is one.
std::string only(const std::vector<ValidationIssue>& issues) {
  EXPECT_EQ(issues.size(), 1u);
  return issues.empty() ? "" : issues.front().summary();
}

std::string message_of(std::string_view condition) {
  const ValidationResult result = check_condition(condition);
  EXPECT_EQ(result.errors.size(), 1u) << condition;
  if (result.errors.empty()) return {};
  const Diagnostic& d = result.errors.front().diagnostic;
  return d.message + (d.hint.empty() ? "" : " (" + d.hint + ")");
}

TEST(Validator, SaysWhereWhatAndWhatWasMeant) {
  const ValidationResult result = check_policy(
      "permit(principal, action, resource);\n"
      "permit(principal, action == Action::\"view\", resource is File)\n"
      "  when { principal.nmae == \"x\" };");
  ASSERT_EQ(result.errors.size(), 1u);
  const ValidationIssue& issue = result.errors.front();
  EXPECT_EQ(issue.policy_id, "policy1");
  EXPECT_EQ(issue.reason, "cedar.validation.attribute_not_found");
  EXPECT_EQ(issue.summary(),
            "policy `policy1`, line 3, column 10: there is no attribute `nmae` on `User` (did you "
            "mean `name`?)");
  EXPECT_EQ(issue.pretty(), issue.summary() +
                                "\n 3 |   when { principal.nmae == \"x\" };\n"
                                "   |          ^\n");
  ASSERT_TRUE(issue.environment.has_value());
  EXPECT_EQ(*issue.environment, (RequestEnvironment{"User", {"Action", "view"}, "File"}));
}

TEST(Validator, ReportsEachMistakeOnce) {
  // Three kinds of request show it.
  const ValidationResult result =
      check_policy("permit(principal, action, resource) when { context.nope };");
  EXPECT_EQ(errors_of(result), "attribute_not_found attribute_not_found");
  EXPECT_EQ(result.errors[0].diagnostic.message,
            "there is no attribute `nope` in the context of `Action::\"run\"`");
  EXPECT_EQ(result.errors[1].diagnostic.message,
            "there is no attribute `nope` in the context of `Action::\"view\"`");
}

TEST(Validator, OrdersIssuesByPolicyAndPlace) {
  const ValidationResult result = check_policy(
      "permit(principal, action, resource) when { 1 in principal && principal.a };"
      "permit(principal is Nope, action, resource);");
  EXPECT_EQ(result.errors.front().policy_id, "policy0");
  EXPECT_EQ(result.errors.back().policy_id, "policy1");
  for (std::size_t i = 1; i < result.errors.size(); ++i) {
    EXPECT_LE(result.errors[i - 1].diagnostic.span.offset, result.errors[i].diagnostic.span.offset);
  }
}

TEST(Validator, NamesTheTextOfEachPolicy) {
  const auto policies =
      PolicySet::parse_named({{"a", "permit(principal, action, resource);"},
                              {"b", "\npermit(principal is Nope, action, resource);"}});
  const ValidationResult result = validate(policies.value(), test_schema());
  ASSERT_FALSE(result.errors.empty());
  EXPECT_EQ(result.errors.back().policy_id, "b#0");
  EXPECT_EQ(result.errors.back().diagnostic.source, "b");
  EXPECT_EQ(result.errors.back().diagnostic.line, 2u);
  EXPECT_EQ(result.errors.back().diagnostic.span, (SourceSpan{21, 4}));
}

TEST(Validator, PlacesIssuesOfAPolicyWithoutItsWholeText) {
  const Policy policy = PolicySet::parse(
                            "permit(principal, action, resource);\n"
                            "permit(principal, action, resource) when { 1 };")
                            .value()
                            .policies()[1];
  const ValidationResult result = validate(PolicySet::make({policy}).value(), test_schema());
  EXPECT_EQ(only(result.errors),
            "policy `policy1`, line 1, column 44: expected `Bool`, found `Long`");
}

TEST(Validator, ReportsPoliciesThatHaveNoText) {
  Policy policy;
  policy.id = "p";
  policy.principal.kind = EntityScope::Kind::kIs;
  policy.principal.type = "Usr";
  const ValidationResult result = validate(PolicySet::make({policy}).value(), test_schema());
  ASSERT_EQ(errors_of(result), "unknown_entity_type no_applicable_action");
  EXPECT_FALSE(result.errors[0].has_place());
  EXPECT_EQ(result.errors[0].summary(),
            "policy `p`: there is no entity type `Usr` (did you mean `User`?)");
  EXPECT_EQ(result.errors[0].pretty(), result.errors[0].summary() + "\n");
}

TEST(Validator, FindsUnknownEntityTypes) {
  const auto place = [](std::string_view policy) {
    const ValidationResult result = check_policy(policy);
    for (const ValidationIssue& issue : result.errors) {
      if (issue.reason != "cedar.validation.unknown_entity_type") continue;
      const SourceSpan span = issue.diagnostic.span;
      return std::string(policy.substr(span.offset, span.length));
    }
    return std::string("nowhere");
  };
  EXPECT_EQ(place(R"(permit(principal == A::B::"x", action, resource);)"), "A::B");
  EXPECT_EQ(place(R"(permit(principal in Nope::"x", action, resource);)"), "Nope");
  EXPECT_EQ(place("permit(principal is principa, action, resource);"), "principa");
  EXPECT_EQ(place(R"(permit(principal, action, resource is X in Y::"x");)"), "X");
  EXPECT_EQ(place(R"(permit(principal, action, resource is File in Y::"x");)"), "Y");
  EXPECT_EQ(place("permit(principal, action, resource) when { principal is Nope };"), "Nope");
  EXPECT_EQ(place(R"(permit(principal, action, resource) when { [Nope::"x"] == [] };)"), "Nope");
  EXPECT_EQ(place(R"(permit(principal is User, action, resource);)"), "nowhere");
}

TEST(Validator, SuggestsNames) {
  const auto hint = [](std::string_view policy) {
    return check_policy(policy).errors.front().diagnostic.hint;
  };
  EXPECT_EQ(hint("permit(principal is X::User, action, resource);"),
            "");  // of no_applicable_action
  EXPECT_EQ(message_of("principal is X::User"),
            "there is no entity type `X::User` (did you mean `User`?)");
  EXPECT_EQ(message_of("principal is Usr"), "there is no entity type `Usr` (did you mean `User`?)");
  EXPECT_EQ(message_of("principal is Xyzzy"), "there is no entity type `Xyzzy`");
  EXPECT_EQ(message_of(R"(action == Action::"veiw")"),
            "there is no action `Action::\"veiw\"` (did you mean `Action::\"view\"`?)");
  EXPECT_EQ(message_of(R"(action == X::Action::"run")"),
            "there is no action `X::Action::\"run\"` (did you mean `Action::\"run\"`?)");
}

TEST(Validator, FindsUnknownActionsAndIds) {
  EXPECT_EQ(errors_of(check_policy(R"(permit(principal, action == Action::"nope", resource);)")),
            "no_applicable_action unknown_action");
  EXPECT_EQ(errors_of(check_policy(R"(permit(principal, action in [Action::"nope"], resource);)")),
            "no_applicable_action unknown_action");
  EXPECT_EQ(errors_of(check_condition(R"(action in [Action::"nope"])")), "unknown_action");
  EXPECT_EQ(errors_of(check_condition(R"(Color::"red" == Color::"green")")), "");
  EXPECT_EQ(message_of(R"(Color::"red" == Color::"blue")"),
            "there is no entity `Color::\"blue\"` (the ids of `Color` are `\"red\"`, `\"green\"`)");
}

TEST(Validator, FindsPoliciesThatNoActionAppliesTo) {
  EXPECT_EQ(errors_of(check_policy("permit(principal is Bot, action == Action::\"view\", "
                                   "resource);")),
            "no_applicable_action");
  EXPECT_EQ(errors_of(check_policy("permit(principal, action == Action::\"all\", resource);")),
            "no_applicable_action");
  EXPECT_EQ(errors_of(check_policy("permit(principal, action in Action::\"all\", resource);")), "");
  EXPECT_EQ(errors_of(check_policy(
                "permit(principal in Bot::\"b\", action == Action::\"view\", resource);")),
            "no_applicable_action");
  EXPECT_EQ(errors_of(check_policy(
                "permit(principal in Group::\"g\", action == Action::\"view\", resource);")),
            "");
  EXPECT_EQ(errors_of(check_policy(
                "permit(principal is User in Bot::\"b\", action == Action::\"view\", resource);")),
            "no_applicable_action");
  EXPECT_EQ(errors_of(check_policy("permit(principal, action in [], resource);")),
            "no_applicable_action empty_set");
}

TEST(Validator, SuggestsInForEquality) {
  const auto hint = [](std::string_view policy) {
    return check_policy(policy).errors.front().diagnostic.hint;
  };
  EXPECT_EQ(hint(R"(permit(principal == Group::"g", action == Action::"view", resource);)"),
            "`in` in place of `==` for `principal` would make it apply");
  EXPECT_EQ(hint(R"(permit(principal == Group::"g", action == Action::"view",
                           resource == Folder::"f");)"),
            "`in` in place of `==` for `principal` would make it apply");
  EXPECT_EQ(hint(R"(permit(principal == Bot::"b", action == Action::"view", resource);)"), "");
}

TEST(Validator, SaysWhatToWriteInstead) {
  EXPECT_EQ(message_of("principal.age > 1"),
            "attribute `age` on `User` is optional and may not be there (test for it first: "
            "`principal has age && ...`)");
  EXPECT_EQ(message_of(R"(resource.owner["odd name"])"),
            "attribute `\"odd name\"` on `User` is optional and may not be there (test for it "
            "first: `resource.owner has \"odd name\" && ...`)");
  EXPECT_EQ(message_of("context.nested.a.b == 1"),
            "attribute `nested.a` in the context of `Action::\"view\"` is optional and may not be "
            "there (test for it first: `context.nested has a && ...`)");
  EXPECT_EQ(message_of(R"(principal.getTag("t") == "x")"),
            "tag `\"t\"` may not be there (test for it first: `principal.hasTag(\"t\") && ...`)");
  EXPECT_EQ(message_of("1 has a"), "expected an entity or a record, found `Long`");
  EXPECT_EQ(message_of("principal.name has a"),
            "expected an entity or a record, found `String` (`like` looks into a string)");
  EXPECT_EQ(message_of("resource.tagged has a"),
            "expected an entity or a record, found `Set<String>` (`contains` looks into a set)");
  EXPECT_EQ(message_of("principal.contains(1)"),
            "expected a set, found `User` (`in` tests what an entity belongs to)");
  EXPECT_EQ(message_of("context.nested.contains(1)"),
            "expected a set, found `{a?: {b: Long}}` (`has` tests for an attribute)");
  EXPECT_EQ(message_of("1 in principal"),
            "expected an entity, found `Long` (`contains` tests for an element of a set)");
  EXPECT_EQ(message_of("principal in resource.tagged"),
            "expected an entity or a set of entities, found `Set<String>` (`contains` tests for an "
            "element of a set)");
  EXPECT_EQ(message_of("principal.name in resource.owner"),
            "expected an entity, found `String` (`contains` tests for an element of a set)");
  EXPECT_EQ(message_of("principal in resource.owner.name"),
            "expected an entity or a set of entities, found `String` (`like` looks into a string)");
  EXPECT_EQ(message_of("principal like \"a\""),
            "expected `String`, found `User` (`is` tests the type of an entity)");
  EXPECT_EQ(message_of("principal.name == 7"),
            "both sides of `==` must have compatible types, found `String` and `Long` (text stands "
            "in double quotes)");
  EXPECT_EQ(message_of("context.nested has a && context.nested.a.b == \"7\""),
            "both sides of `==` must have compatible types, found `Long` and `String` (a number "
            "stands without quotes)");
  EXPECT_EQ(message_of("resource.tagged == \"a\""),
            "both sides of `==` must have compatible types, found `Set<String>` and `String` "
            "(`contains` tests for an element of a set)");
  EXPECT_EQ(message_of("decimal(\"1.5\") > 1"),
            "expected `Long`, found `decimal` (decimals are compared by `lessThan`, "
            "`lessThanOrEqual`, `greaterThan` and `greaterThanOrEqual`)");
  EXPECT_EQ(message_of("decimal(\"1.5\") == 1"),
            "both sides of `==` must have compatible types, found `decimal` and `Long` (a decimal "
            "is written `decimal(\"0.5\")`)");
  EXPECT_EQ(message_of("datetime(\"2024-01-31\") < \"2024-02-01\""),
            "expected `datetime`, found `String` (a point in time is written "
            "`datetime(\"2024-01-31T12:00:00Z\")`)");
  EXPECT_EQ(message_of("principal.name > 7"),
            "expected `Long`, found `String` (text has no order; `==` compares it and `like` looks "
            "into it)");
  EXPECT_TRUE(message_of("resource.unheard == 1")
                  .starts_with("there is no attribute `unheard` on `File` (there is `color`, "));
  EXPECT_EQ(message_of("1 is User"),
            "expected an entity, found `Long` (only entities can be asked for their type)");
  EXPECT_EQ(message_of("principal.name.isEmpty()"),
            "expected a set, found `String` (`== \"\"` tests for an empty string)");
  EXPECT_EQ(message_of("1 + principal.name > 1"),
            "expected `Long`, found `String` (strings cannot be joined)");
  EXPECT_EQ(message_of("1 - resource.tagged > 1"),
            "expected `Long`, found `Set<String>` (union, intersection and difference of sets "
            "cannot be computed)");
  EXPECT_EQ(message_of("principal.born < 1"), "expected `Long`, found `datetime`");
  EXPECT_EQ(message_of("[] == resource.tagged"),
            "`[]` may not be used in a policy (nothing says what its elements would be; "
            "`isEmpty()` tests for an empty set)");
  EXPECT_EQ(message_of("principal.name == 1 + 1"),
            "both sides of `==` must have compatible types, found `String` and `Long` (only a "
            "value of the same type can be meant here)");
  EXPECT_EQ(message_of("[principal, resource].isEmpty()"),
            "the elements of a set must have compatible types, found `User` and `File` (entities "
            "of different types are never compatible, even with the same attributes)");
  EXPECT_EQ(message_of("(if context.flag then context else {a: 1}) == context"),
            "both branches of an `if` must have compatible types, found `{flag: Bool, n?: Long, "
            "nested: {a?: {b: Long}}, users: Set<User>}` and `{a: Long}` (both records must have "
            "the same attributes)");
  EXPECT_EQ(message_of("principal == context"),
            "both sides of `==` must have compatible types, found `User` and `{flag: Bool, n?: "
            "Long, nested: {a?: {b: Long}}, users: Set<User>}` (an entity is never compatible with "
            "a record, even with the same attributes)");
  EXPECT_EQ(message_of("context.nested == {a: {b: 1}}"),
            "both sides of `==` must have compatible types, found `{a?: {b: Long}}` and `{a: {b: "
            "Long}}` (an attribute must be optional in both records or in neither)");
  EXPECT_EQ(message_of("ip(\"1.2.3\").isIpv4()"),
            "`\"1.2.3\"` is not a value of type `ipaddr` (addresses look like `127.0.0.1`, "
            "`10.0.0.0/8`, `::1` or `fe80::/10`)");
  EXPECT_EQ(message_of("ip(principal.name).isIpv4()"),
            "a value of type `ipaddr` can only be made of a literal text (give the attribute "
            "itself that type)");
  EXPECT_EQ(message_of("ip(\"::1\", \"::2\").isIpv4()"), "expected 1 argument, found 2");
  EXPECT_EQ(message_of("principal.from.isInRange()"),
            "expected 2 arguments, found 1 (what stands before the point counts)");
}

TEST(Validator, FindsTheHeadAmongAnnotationsAndComments) {
  const std::string policy =
      "@note(\"permit(principal, action == Nope::\\\"x\\\"\")\n@permit\n"
      "// permit(principal is Nope\npermit ( // (\n principal\n , action in [Action::\"view\", "
      "Action::\"nope\"] , resource );";
  const ValidationResult result = check_policy(policy);
  ASSERT_EQ(errors_of(result), "no_applicable_action unknown_action");
  const SourceSpan span = result.errors[1].diagnostic.span;
  EXPECT_EQ(policy.substr(span.offset, span.length), "Action::\"nope\"");
}

TEST(Validator, ChecksTemplates) {
  EXPECT_EQ(errors_of(check_policy("permit(principal == ?principal, action == Action::\"view\", "
                                   "resource in ?resource) when { principal.nope };")),
            "attribute_not_found");
  EXPECT_EQ(errors_of(check_policy("permit(principal == ?principal, action == Action::\"view\", "
                                   "resource in ?resource);")),
            "");
  EXPECT_EQ(warnings_of(check_policy("permit(principal in ?principal, action == Action::\"view\", "
                                     "resource is File in ?resource);")),
            "");
  EXPECT_EQ(errors_of(check_policy("permit(principal is Nope in ?principal, action, resource);")),
            "no_applicable_action unknown_entity_type");
}

TEST(Validator, ChecksWhatLinksFillIn) {
  const PolicySet open = PolicySet::parse(
                             "permit(principal == ?principal, action == "
                             "Action::\"view\", resource in ?resource);")
                             .value();
  const auto link = [&](EntityUid principal, EntityUid resource) {
    const auto linked = open.linked({{"policy0", "l", principal, resource}});
    return validate(linked.value(), test_schema());
  };
  EXPECT_EQ(errors_of(link({"User", "u"}, {"Folder", "f"})), "");
  const ValidationResult unknown = link({"Nope", "u"}, {"Folder", "f"});
  EXPECT_EQ(errors_of(unknown), "unknown_entity_type no_applicable_action");
  EXPECT_EQ(unknown.errors.front().policy_id, "l");
  EXPECT_EQ(errors_of(link({"Bot", "b"}, {"Folder", "f"})), "no_applicable_action");
  EXPECT_EQ(errors_of(link({"User", "u"}, {"User", "f"})), "no_applicable_action");
}

TEST(Validator, WarnsOfPoliciesThatNeverApply) {
  EXPECT_EQ(warnings_of(check_condition("false")), "impossible_policy");
  EXPECT_EQ(only(check_condition("principal is Bot").warnings),
            "policy `policy0`, line 1, column 1: this policy never applies (its condition is false "
            "for every request that the schema allows)");
  EXPECT_EQ(warnings_of(check_condition("true")), "");
  EXPECT_EQ(warnings_of(check_policy("permit(principal == Bot::\"b\", action, resource is File);")),
            "impossible_policy");
  EXPECT_EQ(errors_of(check_condition("principal.nope && false")), "attribute_not_found");
  EXPECT_EQ(warnings_of(check_policy("permit(principal, action, resource) when { principal is "
                                     "Bot };")),
            "");
}

TEST(Validator, FindsActionsOfSeveralTypesInOneHead) {
  const Schema schema = Schema::parse(
                            "entity U; action a appliesTo { principal: U, resource: U };"
                            "namespace N { action b; }")
                            .value();
  const PolicySet policies =
      PolicySet::parse("permit(principal, action in [Action::\"a\", N::Action::\"b\"], resource);")
          .value();
  EXPECT_EQ(errors_of(validate(policies, schema)), "incompatible_types");
  EXPECT_EQ(errors_of(validate(policies, schema, ValidationMode::kPermissive)), "");
}

TEST(Validator, AcceptsNothingForAnEmptySchema) {
  const PolicySet policies = PolicySet::parse("permit(principal, action, resource);").value();
  const ValidationResult result = validate(policies, Schema());
  EXPECT_EQ(errors_of(result), "no_applicable_action");
  EXPECT_EQ(warnings_of(result), "impossible_policy");
  EXPECT_TRUE(validate(PolicySet(), Schema()).passed());
}

TEST(Validator, StopsSuggestingInALongAndWrongText) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "permit(principal is Usr, action, resource);";
  const ValidationResult result = check_policy(text);
  EXPECT_EQ(result.errors.size(), 2000u);
  EXPECT_EQ(result.errors[1].diagnostic.hint, "did you mean `User`?");
  EXPECT_EQ(result.errors.back().diagnostic.hint, "");
}

TEST(Validator, KeepsSomeOfManyIssuesOfOnePolicy) {
  std::string text = "permit(principal, action == Action::\"view\", resource)";
  for (int i = 0; i < 1000; ++i) text += " when { principal.a" + std::to_string(i) + " }";
  EXPECT_EQ(check_policy(text + ";").errors.size(), 200u);
}

TEST(Validator, PlacesIssuesInLongTexts) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "permit(principal, action, resource); // \u00e9\n";
  const std::string one = "permit(principal, action, resource); ";
  for (int i = 0; i < 1000; ++i) text += one;
  text += "permit(principal is Usr, action, resource);";
  const ValidationResult result = check_policy(text);
  ASSERT_EQ(errors_of(result), "no_applicable_action unknown_entity_type");
  EXPECT_EQ(result.errors[1].diagnostic.line, 2001u);
  EXPECT_EQ(result.errors[1].diagnostic.column, 1000 * one.size() + 21);
  EXPECT_EQ(result.errors[1].diagnostic.line_text.substr(0, one.size()), one);
}

TEST(Validator, ChecksManyConditionsWithoutDeepRecursion) {
  std::string text = "permit(principal, action == Action::\"view\", resource)";
  for (int i = 0; i < 20000; ++i) text += " when { context.flag }";
  EXPECT_EQ(errors_of(check_policy(text + ";")), "");
  std::string terms = "context.flag";
  for (int i = 0; i < 20000; ++i) terms += " && context.flag || principal has age";
  EXPECT_EQ(errors_of(check_condition(terms)), "");
}

}  // namespace
}  // namespace ambit::cedar
