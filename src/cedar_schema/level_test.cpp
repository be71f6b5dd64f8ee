#include "cedar_schema/internal/level.h"

#include <gtest/gtest.h>

#include "cedar_schema/internal/validator_for_test.h"

namespace ambit::cedar {
namespace {

ValidationResult at_level(std::string_view condition, std::size_t level) {
  const std::string policy =
      "permit(principal, action, resource) when { " + std::string(condition) + " };";
  const Schema schema = Schema::parse(R"(
    entity Group;
    entity User in [Group] = { boss: User, friend?: User, r: { u: User, n: Long } } tags User;
    action "view" appliesTo { principal: User, resource: User, context: { u: User, flag: Bool } };
  )")
                            .value();
  return validate_with_level(PolicySet::parse(policy).value(), schema, level);
}

// The lowest level that a condition is allowed at, or -1.
int level_of(std::string_view condition) {
  for (int level = 0; level < 6; ++level) {
    if (at_level(condition, static_cast<std::size_t>(level)).passed()) return level;
  }
  return -1;
}

TEST(Level, CountsStepsIntoEntities) {
  EXPECT_EQ(level_of("true"), 0);
  EXPECT_EQ(level_of("context.flag && principal == resource"), 0);
  EXPECT_EQ(level_of("principal is User"), 0);
  EXPECT_EQ(level_of("context.u == principal"), 0);
  EXPECT_EQ(level_of("principal.boss == resource"), 1);
  EXPECT_EQ(level_of("context.u.boss == resource"), 1);
  EXPECT_EQ(level_of("principal.boss.boss == resource"), 2);
  EXPECT_EQ(level_of("principal has friend"), 1);
  EXPECT_EQ(level_of("principal.boss has friend"), 2);
  EXPECT_EQ(level_of("principal has friend.boss"), 2);
  EXPECT_EQ(level_of("principal has friend.boss.friend.boss"), 4);
  EXPECT_EQ(level_of("principal.r.n == 1"), 1);
  EXPECT_EQ(level_of("principal.r.u.r.n == 1"), 2);
  EXPECT_EQ(level_of("principal has r.u.boss"), 2);
}

TEST(Level, CountsAncestorsAndTags) {
  EXPECT_EQ(level_of("principal in Group::\"g\""), 1);
  EXPECT_EQ(level_of("principal.boss in Group::\"g\""), 2);
  EXPECT_EQ(level_of("principal in principal.boss"), 1);
  EXPECT_EQ(level_of("principal is User in Group::\"g\""), 1);
  EXPECT_EQ(level_of("principal.hasTag(\"t\")"), 1);
  EXPECT_EQ(level_of("principal.boss.hasTag(\"t\")"), 2);
  EXPECT_EQ(level_of("principal.hasTag(\"t\") && principal.getTag(\"t\") == resource"), 1);
  EXPECT_EQ(level_of("principal.hasTag(\"t\") && principal.getTag(\"t\").boss == resource"), 2);
}

TEST(Level, FollowsRecordsAndBranches) {
  EXPECT_EQ(level_of("{a: principal.boss, b: resource}.b == principal"), 1);
  EXPECT_EQ(level_of("{a: principal.boss, b: resource}.a.boss == principal"), 2);
  EXPECT_EQ(level_of("{a: {b: principal}}.a.b.boss == resource"), 1);
  EXPECT_EQ(level_of("(if context.flag then principal else principal.boss).boss == resource"), 2);
  EXPECT_EQ(level_of("(if principal.boss == resource then principal else resource).boss == "
                     "resource"),
            1);
  EXPECT_EQ(level_of("(if context.flag then {a: principal} else {a: resource.boss}).a.boss == "
                     "resource"),
            2);
}

TEST(Level, SkipsWhatCannotBeReached) {
  EXPECT_EQ(level_of("false && principal.boss.boss == resource"), 0);
  EXPECT_EQ(level_of("true || principal.boss.boss == resource"), 0);
  EXPECT_EQ(level_of("if true then context.flag else principal.boss == resource"), 0);
  EXPECT_EQ(level_of("principal is Group in Group::\"g\""), 0);
}

TEST(Level, RefusesEntitiesThatAreNamed) {
  EXPECT_EQ(level_of("User::\"a\".boss == principal"), -1);
  EXPECT_EQ(level_of("User::\"a\" in Group::\"g\""), -1);
  EXPECT_EQ(level_of("principal == User::\"a\""), 0);
  EXPECT_EQ(level_of("(if context.flag then principal else User::\"a\").boss == resource"), -1);
  EXPECT_EQ(level_of("{a: User::\"a\", b: principal}.b.boss == resource"), 1);
  const ValidationResult result = at_level("User::\"a\".boss == principal", 3);
  EXPECT_EQ(errors_of(result), "literal_dereference");
}

TEST(Level, AllowsTheActionOfTheRequest) {
  EXPECT_EQ(level_of("action in [Action::\"view\"]"), 1);
  EXPECT_EQ(level_of("Action::\"view\" in action"), 1);
}

TEST(Level, SaysWhichLevelIsNeeded) {
  const ValidationResult result = at_level("principal.boss.boss == resource", 1);
  ASSERT_EQ(errors_of(result), "level_exceeded");
  EXPECT_EQ(result.errors[0].diagnostic.message,
            "this needs level 2, and level 1 is the highest allowed");
  EXPECT_EQ(result.errors[0].diagnostic.span.length,
            std::string_view("principal.boss.boss").size());
}

TEST(Level, TakesTimeLinearInLongPaths) {
  std::string path = "boss";
  for (int i = 0; i < 20000; ++i) path += ".boss";
  EXPECT_EQ(errors_of(at_level("principal has " + path, 20000)), "level_exceeded");
  EXPECT_EQ(errors_of(at_level("principal has " + path, 20001)), "");
}

TEST(Level, TakesTimeLinearInNestedTests) {
  std::string inner = "principal";
  for (int i = 0; i < 60; ++i) {
    inner = "(if " + inner + " has boss.boss.boss then principal else resource)";
  }
  EXPECT_EQ(level_of(inner + " == principal"), 3);
}

}  // namespace
}  // namespace ambit::cedar
