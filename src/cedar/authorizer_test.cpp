#include "cedar/authorizer.h"

#include <gtest/gtest.h>

namespace ambit::cedar {
namespace {

Request request_of(std::string user) {
  return {{"User", std::move(user)}, {"Action", "read"}, {"File", "f"}};
}

std::vector<std::string> ids_of(const std::vector<const Policy*>& policies) {
  std::vector<std::string> out;
  for (const Policy* policy : policies) out.push_back(policy->id);
  return out;
}

using Ids = std::vector<std::string>;

PolicySet several() {
  return PolicySet::parse(R"(
    permit(principal == User::"a", action, resource);            // policy0
    forbid(principal == User::"b", action, resource);            // policy1
    permit(principal, action == Action::"read", resource);       // policy2
    forbid(principal, action, resource) when { context.bad };    // policy3: errs without `bad`
    permit(principal, action, resource) when { resource.size };  // policy4: errs, no such entity
    forbid(principal == User::"b", action, resource);            // policy5
  )")
      .value();
}

TEST(Authorizer, DeniesWithoutPolicies) {
  const Authorization answer = is_authorized(request_of("a"), PolicySet(), Entities());
  EXPECT_FALSE(answer.allow);
  EXPECT_TRUE(answer.determining.empty());
  EXPECT_TRUE(answer.errors.empty());
}

TEST(Authorizer, AllowsByAllSatisfiedPermitsAndReportsWhatErred) {
  const PolicySet policies = several();
  const Authorization answer = is_authorized(request_of("a"), policies, Entities());
  EXPECT_TRUE(answer.allow);
  EXPECT_EQ(answer.determining, (Ids{"policy0", "policy2"}));
  ASSERT_EQ(answer.errors.size(), 2u);
  EXPECT_EQ(answer.errors[0].policy->id, "policy3");
  EXPECT_EQ(answer.errors[1].policy->id, "policy4");
  EXPECT_EQ(answer.errors[1].message, "entity `File::\"f\"` does not exist");
}

TEST(Authorizer, DeniesByAllSatisfiedForbids) {
  Request request = request_of("b");
  request.context = Value::record({{"bad", Value::boolean(true)}});
  const Authorization answer = is_authorized(request, several(), Entities());
  EXPECT_FALSE(answer.allow);
  EXPECT_EQ(answer.determining, (Ids{"policy1", "policy3", "policy5"}));
  EXPECT_EQ(answer.errors.size(), 1u);
}

TEST(Authorizer, DeniesForWantOfAPermitWithoutAReason) {
  const auto policies = PolicySet::parse("permit(principal, action, resource) when { false };");
  const Authorization answer = is_authorized(request_of("a"), *policies, Entities());
  EXPECT_FALSE(answer.allow);
  EXPECT_TRUE(answer.determining.empty());
}

TEST(Authorizer, EvaluationTellsWhatEachPolicySaid) {
  const PolicySet policies = several();
  const Evaluation evaluation = evaluate(request_of("b"), policies, Entities());
  EXPECT_EQ(ids_of(evaluation.satisfied_permits), (Ids{"policy2"}));
  EXPECT_EQ(ids_of(evaluation.satisfied_forbids), (Ids{"policy1", "policy5"}));
  EXPECT_EQ(evaluation.errors.size(), 2u);
  EXPECT_EQ(evaluation.satisfied_forbids[0], policies.find("policy1"));
}

TEST(Authorizer, MatchesTheHeadByEqualityTypeAndMembership) {
  const auto entities =
      Entities::make({{{"N::User", "a"}, Value::record(), {{"Group", "g"}}},
                      {{"Group", "g"}, Value::record(), {{"Group", "h"}}},
                      {{"N::Action", "get"}, Value::record(), {{"N::Action", "read"}}}});
  const Request request{{"N::User", "a"}, {"N::Action", "get"}, {"File", "f"}};
  const auto satisfied = [&](const std::string& head) {
    const auto policies = PolicySet::parse("permit(" + head + ");");
    return is_authorized(request, policies.value(), *entities).allow;
  };
  for (const char* head :
       {"principal, action, resource", "principal == N::User::\"a\", action, resource",
        "principal in N::User::\"a\", action, resource",
        "principal in Group::\"h\", action, resource", "principal is N::User, action, resource",
        "principal is N::User in Group::\"g\", action, resource",
        "principal, action == N::Action::\"get\", resource",
        "principal, action in N::Action::\"read\", resource",
        "principal, action in [Action::\"x\", N::Action::\"read\"], resource",
        "principal, action, resource in File::\"f\"", "principal, action, resource is File"}) {
    EXPECT_TRUE(satisfied(head)) << head;
  }
  for (const char* head :
       {"principal == User::\"a\", action, resource", "principal is User, action, resource",
        "principal in Group::\"x\", action, resource",
        "principal is Group in Group::\"h\", action, resource",
        "principal is N::User in Group::\"x\", action, resource",
        "principal, action == N::Action::\"read\", resource", "principal, action in [], resource",
        "principal, action in [Action::\"read\"], resource",
        "principal, action, resource == File::\"F\"",
        "principal, action, resource in Group::\"h\""}) {
    EXPECT_FALSE(satisfied(head)) << head;
  }
}

TEST(PolicySet, NamesPoliciesByTheirText) {
  const auto set = PolicySet::parse_named({{"base", "permit(principal, action, resource);"},
                                           {"empty", "// nothing\n"},
                                           {"more",
                                            "@id(\"x\") forbid(principal, action, resource);"
                                            "permit(principal, action, resource);"}});
  ASSERT_TRUE(set);
  Ids ids;
  for (const Policy& policy : set->policies()) ids.push_back(policy.id);
  EXPECT_EQ(ids, (Ids{"base#0", "more#0", "more#1"}));
  EXPECT_EQ(set->find("more#0")->source, "more");
  EXPECT_EQ(*set->find("more#0")->annotation("id"), "x");
  EXPECT_EQ(set->find("x"), nullptr);
  ASSERT_EQ(set->texts().size(), 3u);
  EXPECT_EQ(set->texts()[1].text, "// nothing\n");
  const auto again = PolicySet::parse_named(set->texts());
  ASSERT_TRUE(again);
  EXPECT_TRUE(same_policy(again->policies()[1], set->policies()[1]));
}

TEST(PolicySet, RefusesTwoTextsOfOneNameAndSaysWhichTextIsWrong) {
  const auto twice = PolicySet::parse_named({{"a", ""}, {"a", ""}});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().reason, "cedar.duplicate_name");
  const auto wrong = PolicySet::parse_named({{"good", ""}, {"bad", "\n permit"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message,
            "`bad`, line 2, column 8: unexpected end of the text, expected `(`");
}

TEST(PolicySet, KeepsEachPolicyAsItWasWritten) {
  const auto set = PolicySet::parse(
      " // c\n@a(\"1\") @b\npermit(principal,action,resource);  "
      "forbid(principal,action,resource);");
  ASSERT_TRUE(set);
  EXPECT_EQ(set->policies()[0].text, "@a(\"1\") @b\npermit(principal,action,resource);");
  EXPECT_EQ(set->policies()[0].span.offset, 6u);
  EXPECT_EQ(*set->policies()[0].annotation("b"), "");
  EXPECT_EQ(set->policies()[0].annotation("c"), nullptr);
  EXPECT_EQ(set->policies()[1].text, "forbid(principal,action,resource);");
}

TEST(PolicySet, CopiesShareTheirPolicies) {
  const PolicySet set = several();
  const PolicySet copy = set;
  EXPECT_EQ(copy.policies().data(), set.policies().data());
}

}  // namespace
}  // namespace ambit::cedar
