#include "cedar/proof.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace ambit::cedar {
namespace {

using Outcome = PolicyProof::Outcome;

Request request() {
  Request out;
  out.principal = {"User", "ann"};
  out.action = {"Action", "read"};
  out.resource = {"File", "a"};
  out.context = Value::record({{"n", Value::integer(3)}, {"name", Value::string("x")}});
  return out;
}

PolicySet set(const std::string& text) { return PolicySet::parse(text).value(); }

PolicyProof prove_one(const PolicySet& policies) {
  return prove(request(), policies, Entities()).front();
}

TEST(Proof, EachConditionHasItsValueAndThoseOfItsParts) {
  const auto policies =
      set("permit(principal, action, resource) when { context.n > 2 && context.name == \"y\" };");
  const auto proof = prove_one(policies);
  EXPECT_EQ(proof.outcome, Outcome::kNotSatisfied);
  ASSERT_EQ(proof.conditions.size(), 1u);
  const Proof& row = proof.conditions[0].proof;
  EXPECT_EQ(row.value, Value::boolean(false));
  ASSERT_EQ(row.parts.size(), 2u);
  EXPECT_EQ(row.parts[0].text, "context.n > 2");
  EXPECT_EQ(row.parts[0].value, Value::boolean(true));
  ASSERT_EQ(row.parts[0].parts.size(), 1u) << "the literal 2 needs no line";
  EXPECT_EQ(row.parts[0].parts[0].text, "context.n");
  EXPECT_EQ(row.parts[0].parts[0].value, Value::integer(3));
  EXPECT_EQ(row.parts[1].parts[0].value, Value::string("x"));
}

TEST(Proof, WhatWasNotNeededIsNotReached) {
  const auto policies =
      set("forbid(principal, action, resource) when { context.n == 1 && context.zz } "
          "unless { context.zz };");
  const auto proof = prove_one(policies);
  EXPECT_EQ(proof.outcome, Outcome::kNotSatisfied);
  EXPECT_TRUE(proof.conditions[0].proof.parts[0].reached());
  EXPECT_FALSE(proof.conditions[0].proof.parts[1].reached());
  EXPECT_FALSE(proof.conditions[1].proof.reached());
  const auto choice = prove_one(set(
      "permit(principal, action, resource) when { if context.n == 3 then true else context.zz };"));
  EXPECT_EQ(choice.outcome, Outcome::kSatisfied);
  EXPECT_FALSE(choice.conditions[0].proof.parts[2].reached());
}

TEST(Proof, AnErrorIsSaidWhereItIs) {
  const auto proof = prove_one(
      set("permit(principal, action, resource) when { context.n == 3 && context.zz == 1 };"));
  EXPECT_EQ(proof.outcome, Outcome::kError);
  const Proof& failed = proof.conditions[0].proof.parts[1];
  EXPECT_FALSE(failed.value.has_value());
  EXPECT_NE(failed.error.find("zz"), std::string::npos) << failed.error;
  const auto not_bool = prove_one(set("permit(principal, action, resource) when { context.n };"));
  EXPECT_EQ(not_bool.outcome, Outcome::kError);
}

TEST(Proof, TheHeadIsSaidPartByPart) {
  const auto policies =
      set("permit(principal == User::\"bob\", action == Action::\"read\", resource is Folder);");
  const auto proof = prove_one(policies);
  EXPECT_EQ(proof.outcome, Outcome::kOutOfScope);
  EXPECT_FALSE(proof.principal_fits);
  EXPECT_TRUE(proof.action_fits);
  EXPECT_FALSE(proof.resource_fits);
  EXPECT_TRUE(proof.conditions.empty());
}

TEST(Proof, AgreesWithTheEvaluator) {
  const auto policies = set(
      "permit(principal, action, resource);"
      "permit(principal, action, resource) when { context.n < 0 };"
      "forbid(principal, action, resource) unless { context has name };"
      "forbid(principal, action, resource) when { context.zz };"
      "forbid(principal, action, resource) when { context.name like \"x*\" } when { 1 + 1 == 2 };"
      "permit(principal in Group::\"g\", action, resource);");
  const auto proofs = prove(request(), policies, Entities());
  const auto evaluation = evaluate(request(), policies, Entities());
  ASSERT_EQ(proofs.size(), policies.policies().size());
  for (const auto& proof : proofs) {
    const auto& satisfied = proof.policy->effect == Effect::kPermit ? evaluation.satisfied_permits
                                                                    : evaluation.satisfied_forbids;
    EXPECT_EQ(proof.outcome == Outcome::kSatisfied,
              std::find(satisfied.begin(), satisfied.end(), proof.policy) != satisfied.end())
        << proof.policy->id;
    EXPECT_EQ(proof.outcome == Outcome::kError,
              std::any_of(evaluation.errors.begin(), evaluation.errors.end(),
                          [&](const auto& error) { return error.policy == proof.policy; }))
        << proof.policy->id;
  }
}

}  // namespace
}  // namespace ambit::cedar
