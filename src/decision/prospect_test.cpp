#include "decision/prospect.h"

#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>

#include "decision/random_case_fixture.h"

namespace ambit::decision {
namespace {

using domain::Verdict;

std::string told(const Case& c, Moment moment = Moment::kInTask) {
  const ToolProspect found = prospect_of(c.snapshot(), moment);
  std::string out(name_of(found.prospect));
  for (const auto& policy : found.policies) out += " " + policy;
  return out;
}

TEST(Prospect, TellsWhatPoliciesSayOfEveryCall) {
  Case c;
  EXPECT_EQ(told(c), "allowed");
  c.policies = "permit(principal, action == Ambit::Action::\"other___tool\", resource);";
  EXPECT_EQ(told(c), "denied");
  const std::string permit = "permit(principal, action, resource);\n";
  c.policies = permit + "forbid(principal, action in Ambit::Action::\"read\", resource);";
  EXPECT_EQ(told(c), "denied p#1");
  c.policies = permit + "forbid(principal, action, resource) when { context.input.path == \"x\" };";
  EXPECT_EQ(told(c), "maybe p#1");
  c.policies = permit + "forbid(principal, action, resource) unless { context has approval };";
  EXPECT_EQ(told(c), "maybe p#1");
  c.policies = permit + "@mode(\"observe\") forbid(principal, action, resource);";
  EXPECT_EQ(told(c), "allowed");
  c.policies = permit + "forbid(principal, action, resource) when { context.no_such_thing };";
  EXPECT_EQ(told(c), "denied p#1");
  c.policies = permit + "forbid(principal, action, resource is Ambit::Host);";
  EXPECT_EQ(told(c), "allowed");
}

TEST(Prospect, WhatTimeAndSessionDecideIsToldForThisMomentOnly) {
  Case c;
  c.policies = "permit(principal, action, resource) when { context.session.calls < 3 };";
  EXPECT_EQ(told(c, Moment::kInTask), "maybe");
  EXPECT_EQ(told(c, Moment::kNow), "allowed");
  c.session.released = 3;
  EXPECT_EQ(told(c, Moment::kInTask), "maybe");
  EXPECT_EQ(told(c, Moment::kNow), "denied");
}

TEST(Prospect, HighTierIsNeverAllowedWithoutAnApproval) {
  Case c;
  c.tool.binding->effect = {"pay", domain::ActionClass::kSpend};
  EXPECT_EQ(told(c), "maybe");
}

TEST(Prospect, BothEffectsOfAProbeAreAsked) {
  Case c;
  domain::Probe probe;
  probe.tool = "stat";
  probe.present = {"overwrite", domain::ActionClass::kWrite};
  c.tool.binding->probe = probe;
  const std::string permit = "permit(principal, action, resource);\n";
  c.policies = permit + "forbid(principal, action, resource) when { context.outcome == \"read\" };";
  EXPECT_EQ(told(c), "maybe p#1");
  c.policies += "forbid(principal, action in Ambit::Action::\"write\", resource);";
  EXPECT_EQ(told(c), "denied p#1 p#2");
}

TEST(Prospect, WithoutCompiledPoliciesOrACompleteAgentItIsAMaybe) {
  Case c;
  EXPECT_EQ(prospect_of(not_compiled(c.snapshot()), Moment::kNow).prospect, Prospect::kMaybe);
  c.agent.agent->purpose.clear();
  EXPECT_EQ(told(c), "maybe");
}

// Some call that decide() allows or holds: the tool is not denied. Some that policies do not allow:
// it is not allowed.
void check(const Case& c, Prospect prospect, std::map<Prospect, int>& seen) {
  const Decision decision = c.decide();
  if (decision.verdict == Verdict::kDeny && decision.gate != Gate::kPolicy) return;
  const Verdict verdict = decision.verdict;
  ++seen[prospect];
  if (verdict != Verdict::kDeny) RC_ASSERT(prospect != Prospect::kDenied);
  if (verdict != Verdict::kAllow) RC_ASSERT(prospect != Prospect::kAllowed);
}

TEST(ProspectProperty, IsRightForEveryCallThatComes) {
  std::map<Prospect, int> seen;
  EXPECT_TRUE(rc::check([&] {
    for (int i = 0; i < 10; ++i) {
      Case c = any_case();
      c.action.probe.reset();
      c.action.tier = domain::tier_of(c.tool, c.action.effect);
      const Prospect now = prospect_of(c.snapshot(), Moment::kNow).prospect;
      const Prospect in_task = prospect_of(c.snapshot(), Moment::kInTask).prospect;
      for (int call = 0; call < 3; ++call) {
        check(c, now, seen);
        vary_call(c);
      }
      for (int call = 0; call < 3; ++call) {
        vary_session(c);
        vary_call(c);
        c.rest.now = c.rest.now + minutes(1);
        check(c, in_task, seen);
      }
    }
  }));
  EXPECT_GT(seen[Prospect::kDenied], 200);
  EXPECT_GT(seen[Prospect::kMaybe], 200);
  EXPECT_GT(seen[Prospect::kAllowed], 5);
}

}  // namespace
}  // namespace ambit::decision
