#include "policies/changes.h"

#include <gtest/gtest.h>

namespace ambit::policies {
namespace {

using domain::ActionClass;
using domain::Tier;

decision::PolicyState state(const std::string& text, std::int64_t quorum = 1) {
  decision::PolicyState out;
  out.set = cedar::PolicySet::parse_named({{"p", text}}).value();
  out.tiers[Tier::kHigh].approval = {{"approver", quorum}};
  return out;
}

const KnownTools kTools{{"files___read", {ActionClass::kRead, Tier::kLow}},
                        {"bank___pay", {ActionClass::kSpend, Tier::kHigh}},
                        {"files___purge", {ActionClass::kDelete, Tier::kHigh}}};

ChangeReport compare(const std::string& before, const std::string& after) {
  return changes(state(before), state(after), kTools);
}

constexpr const char* kForbid =
    "forbid(principal, action, resource) when { context.outcome == \"delete\" } unless { context "
    "has approval };";

TEST(Changes, NothingChangesWhenOnlyPlaceNameAndAdviceDo) {
  const auto report = compare(std::string("permit(principal, action, resource);") + kForbid,
                              "// a comment\n@id(\"x\") @advice(\"y\")\n" + std::string(kForbid) +
                                  "@mode(\"enforce\") permit(principal, action, resource);");
  EXPECT_TRUE(report.loosens.empty());
  EXPECT_TRUE(report.widens.empty());
  EXPECT_TRUE(report.tightens.empty());
  EXPECT_TRUE(report.guards_high_tier);
  EXPECT_FALSE(report.needs_review());
}

TEST(Changes, AForbidThatGoesIsLoosened) {
  EXPECT_EQ(compare(kForbid, "").loosens, std::vector<std::string>{"forbid `p#0` is removed"});
  EXPECT_TRUE(compare(kForbid, "").needs_review());
}

TEST(Changes, EnforceToObserveIsLoosenedAndBackIsTightened) {
  const std::string enforced = std::string("@id(\"f\")") + kForbid;
  const std::string observed = std::string("@id(\"f\")@mode(\"observe\")") + kForbid;
  EXPECT_EQ(compare(enforced, observed).loosens,
            std::vector<std::string>{"forbid `f` goes from enforce to observe"});
  const auto back = compare(observed, enforced);
  EXPECT_FALSE(back.needs_review());
  EXPECT_EQ(back.tightens.size(), 1u);
}

TEST(Changes, AnythingThatMayWeakenAForbidIsLoosened) {
  const std::string base =
      "@approvers(\"approver\") @quorum(\"2\") @obligation(\"log\") forbid(principal, action in "
      "Ambit::Action::\"delete\", resource) when { context.key_bound };";
  for (const auto* after :
       {// one more condition
        "@approvers(\"approver\") @quorum(\"2\") @obligation(\"log\") forbid(principal, action "
        "in Ambit::Action::\"delete\", resource) when { context.key_bound } when { 1 == 1 };",
        // fewer who must agree
        "@approvers(\"approver\") @quorum(\"1\") @obligation(\"log\") forbid(principal, action "
        "in Ambit::Action::\"delete\", resource) when { context.key_bound };",
        // others who may
        "@approvers(\"operator\") @quorum(\"2\") @obligation(\"log\") forbid(principal, action "
        "in Ambit::Action::\"delete\", resource) when { context.key_bound };",
        // no obligation
        "@approvers(\"approver\") @quorum(\"2\") forbid(principal, action in "
        "Ambit::Action::\"delete\", resource) when { context.key_bound };",
        // another action
        "@approvers(\"approver\") @quorum(\"2\") @obligation(\"log\") forbid(principal, action "
        "in Ambit::Action::\"write\", resource) when { context.key_bound };",
        // the other way round
        "@approvers(\"approver\") @quorum(\"2\") @obligation(\"log\") forbid(principal, action "
        "in Ambit::Action::\"delete\", resource) unless { context.key_bound };"}) {
    EXPECT_FALSE(compare(base, after).loosens.empty()) << after;
  }
}

TEST(Changes, LessConditionsAtTheEndOfAForbidOnlyTighten) {
  const auto report = compare(
      "forbid(principal, action, resource) when { context.a && context.b } unless { context.c };",
      "forbid(principal, action, resource) when { context.a };");
  EXPECT_TRUE(report.loosens.empty());
  EXPECT_EQ(report.tightens.size(), 1u);
  // The first condition could have failed to evaluate, which denies; the second alone would not.
  EXPECT_FALSE(compare("forbid(principal, action, resource) when { context.a && context.b };",
                       "forbid(principal, action, resource) when { context.b };")
                   .loosens.empty());
}

TEST(Changes, AForbidMayBeReplacedByAStrongerOneOfAnotherName) {
  EXPECT_TRUE(compare(std::string("@id(\"a\")") + kForbid,
                      "@id(\"b\") forbid(principal, action, resource) when { context.outcome == "
                      "\"delete\" };")
                  .loosens.empty());
}

TEST(Changes, APermitForTheHighTierIsLoosened) {
  for (const auto* permit :
       {"permit(principal, action, resource);",
        "permit(principal, action in Ambit::Action::\"call_tool\", resource);",
        "permit(principal, action in Ambit::Action::\"server:files\", resource);",
        "permit(principal, action in Ambit::Action::\"spend\", resource);",
        "permit(principal, action == Ambit::Action::\"bank___pay\", resource);",
        "permit(principal, action == Ambit::Action::\"new___tool\", resource);",
        "permit(principal, action == Other::Action::\"files___read\", resource);",
        "permit(principal, action in [Ambit::Action::\"read\", Ambit::Action::\"change_infra\"], "
        "resource);",
        // a class that is not high by itself, but one of its tools is
        "permit(principal, action in Ambit::Action::\"delete\", resource);",
        "permit(principal, action, resource) when { context.tier == \"high\" };",
        "permit(principal, action, resource) when { context.tier == \"low\" || context.key_bound "
        "};"}) {
    EXPECT_EQ(compare("", permit).loosens.size(), 1u) << permit;
  }
}

TEST(Changes, APermitThatCannotReachTheHighTierWidens) {
  for (const auto* permit :
       {"permit(principal, action in Ambit::Action::\"read\", resource);",
        "permit(principal, action == Ambit::Action::\"files___read\", resource);",
        "permit(principal, action, resource) when { context.tier == \"low\" };",
        "permit(principal, action, resource) when { \"high\" != context.tier };",
        "permit(principal, action, resource) unless { context.tier == \"high\" };",
        "permit(principal, action, resource) when { context.key_bound && (context.tier == \"low\" "
        "|| context.tier == \"elevated\") };"}) {
    const auto report = compare("", permit);
    EXPECT_TRUE(report.loosens.empty()) << permit;
    EXPECT_EQ(report.widens.size(), 1u) << permit;
    EXPECT_FALSE(report.needs_review()) << permit;
  }
}

TEST(Changes, WhatWidensASetThatGuardsTheHighTierIsReviewedToo) {
  EXPECT_TRUE(
      compare(kForbid, std::string(kForbid) +
                           "permit(principal, action in Ambit::Action::\"read\", resource);")
          .needs_review());
}

TEST(Changes, APermitWithMoreConditionsOnlyTightens) {
  const auto report = compare(
      "permit(principal, action, resource) when { context.a };",
      "permit(principal, action, resource) when { context.b } when { context.a && context.c };");
  EXPECT_TRUE(report.loosens.empty());
  EXPECT_EQ(report.tightens.size(), 1u);
}

TEST(Changes, ThresholdsOfTheHighTierCount) {
  const auto fewer = changes(state("", 2), state("", 1), kTools);
  EXPECT_EQ(fewer.loosens, std::vector<std::string>{"the high tier needs 1 of `approver`, not 2"});
  EXPECT_TRUE(changes(state("", 1), state("", 2), kTools).loosens.empty());
  decision::PolicyState others = state("");
  others.tiers[Tier::kHigh].approval = {{"alice", 1}};
  EXPECT_FALSE(changes(state(""), others, kTools).loosens.empty());
}

TEST(Changes, AToolCountsByTheHighestTierItsCallsCanHave) {
  domain::Tool tool;
  tool.server = "files";
  tool.name = "move";
  KnownTools tools;
  EXPECT_FALSE(note_tool(tools, tool)) << "it is not bound";
  domain::Binding binding;
  binding.effect = {"create", ActionClass::kWrite};
  domain::Probe probe;
  probe.present = {"move", ActionClass::kMoveData};
  binding.probe = probe;
  tool.binding = binding;
  ASSERT_TRUE(note_tool(tools, tool));
  EXPECT_EQ(tools.at("files___move").tier, Tier::kHigh);
  EXPECT_EQ(tools.at("files___move").action_class, ActionClass::kWrite);
}

TEST(Changes, AWeakerTierTableIsLoosenedAndAStricterOneTightened) {
  const auto with = [](domain::TierControls controls) {
    decision::PolicyState out = state("permit(principal, action, resource);");
    out.tiers[Tier::kElevated] = std::move(controls);
    return out;
  };
  const auto strict = with({{{"approver", 2}}, 3, minutes(5)});
  const domain::TierControls weaker[] = {
      {{{"approver", 1}}, 3, minutes(5)}, {{}, 3, minutes(5)},
      {{{"security", 2}}, 3, minutes(5)}, {{{"approver", 2}}, 4, minutes(5)},
      {{{"approver", 2}}, 0, minutes(5)}, {{{"approver", 2}}, 3, minutes(6)},
      {{{"approver", 2}}, 3, {}}};
  for (const auto& controls : weaker) {
    EXPECT_EQ(changes(strict, with(controls), kTools).loosens.size(), 1u);
    const auto back = changes(with(controls), strict, kTools);
    EXPECT_EQ(back.tightens.size(), 1u);
    const bool others = !controls.approval.empty() && controls.approval[0].approvers == "security";
    EXPECT_EQ(back.loosens.size(), others ? 1u : 0u);
  }
  EXPECT_FALSE(changes(strict, strict, kTools).needs_review());
}

}  // namespace
}  // namespace ambit::policies
