#include "decision/decide.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decision/decide_fixture.h"

namespace ambit::decision {
namespace {

using domain::Verdict;

constexpr const char* kWantsApproval =
    "permit(principal, action, resource);\n"
    "@approvers(\"approver\") forbid(principal, action, resource) unless { context has approval };";

domain::Approval granted(const Case& c, std::vector<std::string> by) {
  domain::Approval out;
  out.id = "apr_1";
  out.action_digest = crypto::to_string(domain::action_digest(c.action, c.tool.digest));
  for (const auto& human : by) out.grants.push_back({human, {human, "approver"}, c.rest.now});
  out.state = domain::ApprovalState::kGranted;
  out.expires_at = c.rest.now + minutes(5);
  return out;
}

TEST(Decide, AllowsWhatIsInOrder) {
  const Case c;
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.determining, std::vector<std::string>{"p#0"});
  EXPECT_TRUE(decision.reasons.empty());
  EXPECT_EQ(decision.delta.kind, domain::SessionEvent::Kind::kReleased);
}

TEST(Decide, Requirement_C8_StateOfTheIdentityDeniesWhateverTheTokenSays) {
  for (const auto state : {domain::IdentityState::kDraft, domain::IdentityState::kSuspended,
                           domain::IdentityState::kRetired}) {
    Case c;
    c.agent.state = state;
    EXPECT_EQ(c.decide().verdict, Verdict::kDeny);
    EXPECT_EQ(c.reason(), "identity.not_active");
  }
  Case c;
  c.agent.agent->retires_at = c.rest.now;
  EXPECT_EQ(c.reason(), "agent.retired");
}

TEST(Decide, Requirement_A3_AnIncompleteAgentIsDeniedWithTheFieldNamed) {
  const std::vector<std::pair<std::string, std::function<void(domain::AgentProfile&)>>> removals{
      {"agent.purpose", [](auto& a) { a.purpose.clear(); }},
      {"agent.autonomy.chooses_tools", [](auto& a) { a.autonomy.chooses_tools.reset(); }},
      {"agent.autonomy.sequences_actions", [](auto& a) { a.autonomy.sequences_actions.reset(); }},
      {"agent.autonomy.acts_without_gate", [](auto& a) { a.autonomy.acts_without_gate.reset(); }},
      {"agent.owners.business", [](auto& a) { a.owners.business.clear(); }},
      {"agent.owners.control", [](auto& a) { a.owners.control.clear(); }},
      {"agent.owners.scope_approver", [](auto& a) { a.owners.scope_approver.clear(); }},
      {"agent.owners.lifecycle", [](auto& a) { a.owners.lifecycle.clear(); }},
      {"agent.tools", [](auto& a) { a.tools.clear(); }},
      {"agent.data_domains", [](auto& a) { a.data_domains.clear(); }},
      {"agent.outcomes", [](auto& a) { a.outcomes.clear(); }},
      {"agent.retires_at", [](auto& a) { a.retires_at.reset(); }},
      {"agent.policy", [](auto& a) { a.policy.clear(); }}};
  for (const auto& [field, remove] : removals) {
    Case c;
    remove(*c.agent.agent);
    const Decision decision = c.decide();
    EXPECT_EQ(decision.verdict, Verdict::kDeny) << field;
    ASSERT_EQ(decision.reasons.size(), 1u) << field;
    EXPECT_EQ(decision.reasons[0].code, "agent.incomplete");
    EXPECT_NE(decision.reasons[0].message.find("`" + field + "`"), std::string::npos);
  }
}

TEST(Decide, EveryPartThatIsNotKnownDenies) {
  const Case c;
  const auto denied = [&](auto remove) {
    Snapshot snapshot = c.snapshot();
    remove(snapshot);
    const Decision decision = decide(snapshot, c.action);
    EXPECT_EQ(decision.verdict, Verdict::kDeny);
    return decision.reasons.front().code;
  };
  EXPECT_EQ(denied([](Snapshot& s) { s.agent = nullptr; }), "identity.unknown");
  EXPECT_EQ(denied([](Snapshot& s) { s.chain.clear(); }), "task.unknown");
  EXPECT_EQ(denied([](Snapshot& s) { s.chain.push_back(nullptr); }), "task.unknown");
  EXPECT_EQ(denied([](Snapshot& s) { s.instance = nullptr; }), "instance.unknown");
  EXPECT_EQ(denied([](Snapshot& s) { s.tool = nullptr; }), "tool.unknown");
  EXPECT_EQ(denied([](Snapshot& s) { s.server = nullptr; }), "tool.unknown");
  EXPECT_EQ(denied([](Snapshot& s) { s.policies = nullptr; }), "policy.none");
  EXPECT_EQ(denied([](Snapshot& s) { s.accountable.clear(); }), "owner.not_alive");
  EXPECT_EQ(denied([](Snapshot& s) { s.node_fresh = false; }), "node.stale");
}

TEST(Decide, TasksEndAtTheirDeadlineAndWithTheirParents) {
  Case c;
  c.task.deadline = c.rest.now;
  EXPECT_EQ(c.reason(), "task.deadline");
  Case ended;
  ended.task.state = domain::TaskState::kEnded;
  EXPECT_EQ(ended.reason(), "task.ended");
  const Case child;
  Snapshot snapshot = child.snapshot();
  domain::Task parent = child.task;
  parent.id = "tsk_0";
  parent.state = domain::TaskState::kEnded;
  snapshot.chain.push_back(std::make_shared<const domain::Task>(parent));
  EXPECT_EQ(decide(snapshot, child.action).reasons.front().code, "task.ended");
}

TEST(Decide, ABearerIsGoodForTheLowTierOnLoopbackOnly) {
  Case c;
  c.action.key_bound = false;
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow);
  c.action.tier = domain::Tier::kElevated;
  EXPECT_EQ(c.reason(), "credential.not_bound");
  c.action.tier = domain::Tier::kLow;
  c.action.loopback = false;
  EXPECT_EQ(c.reason(), "credential.not_bound");
}

TEST(Decide, HighTierNeedsIsolation) {
  Case c;
  c.action.tier = domain::Tier::kHigh;
  c.rest.node_isolated = false;
  EXPECT_EQ(c.reason(), "node.not_isolated");
}

TEST(Decide, AnInstanceOfAnotherTaskIsRefused) {
  Case c;
  c.instance.task = "tsk_2";
  EXPECT_EQ(c.reason(), "instance.other_task");
}

TEST(Decide, Requirement_E3_TheSameToolIsJudgedByItsOutcomeTargetAndData) {
  Case outcome;
  outcome.action.effect.outcome = "overwrite";
  EXPECT_EQ(outcome.reason(), "scope.outcome");
  Case target;
  target.action.targets = {{domain::TargetKind::kPath, "/workshop/a"}};
  EXPECT_EQ(target.reason(), "scope.target");
  Case data;
  data.tool.binding->data_domain = "payroll";
  EXPECT_EQ(data.reason(), "scope.data_domain");
  Case when;
  when.policies =
      "permit(principal, action, resource) when { context.system.now < "
      "datetime(\"2000-01-01\") };";
  EXPECT_EQ(when.reason(), "policy.no_permit");
  EXPECT_EQ(Case().decide().verdict, Verdict::kAllow);
}

TEST(Decide, EveryTargetOfACallMustBeInside) {
  Case c;
  c.action.targets = {{domain::TargetKind::kPath, "/work/a"},
                      {domain::TargetKind::kPath, "/etc/x"}};
  EXPECT_EQ(c.reason(), "scope.target");
  c.action.targets = {};
  EXPECT_EQ(c.reason(), "target.unbound");
}

TEST(Decide, FrozenAndUnapprovedToolsAreUnusable) {
  Case c;
  c.tool.state = domain::ToolState::kFrozen;
  EXPECT_EQ(c.reason(), "tool.frozen");
  c.tool.state = domain::ToolState::kQuarantined;
  EXPECT_EQ(c.reason(), "tool.not_approved");
  c.tool.state = domain::ToolState::kApproved;
  c.tool.binding.reset();
  EXPECT_EQ(c.reason(), "tool.not_approved");
}

TEST(Decide, AReservationThatWasRefusedDenies) {
  Case c;
  c.rest.reservation = {false, "limit.budget", 10, 10};
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.gate, Gate::kLimits);
  EXPECT_EQ(decision.reasons.front().code, "limit.budget");
}

TEST(Decide, Requirement_E16_WithoutAPermitNothingIsAllowed) {
  Case c;
  c.policies = "";
  EXPECT_EQ(c.reason(), "policy.no_permit");
  c.policies = "permit(principal, action, resource) when { context.nonsense == 1 };";
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.faults.size(), 1u);
}

TEST(Decide, Requirement_E16_AnErroringForbidDenies) {
  Case c;
  c.policies =
      "permit(principal, action, resource);\n"
      "forbid(principal, action, resource) when { context.nonsense == 1 };";
  EXPECT_EQ(c.reason(), "policy.error");
}

TEST(Decide, APolicyInObserveModeNeverAffectsAVerdict) {
  Case c;
  c.policies =
      "permit(principal, action, resource);\n"
      "@mode(\"observe\") forbid(principal, action, resource);";
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.observed, std::vector<std::string>{"p#1"});
  EXPECT_EQ(decision.would, Verdict::kDeny);
  c.policies = "@mode(\"observe\") permit(principal, action, resource);";
  EXPECT_EQ(c.reason(), "policy.no_permit");
  EXPECT_EQ(c.decide().would, Verdict::kAllow);
  c.policies =
      "permit(principal, action, resource);"
      "@mode(\"observe\") forbid(principal, action, resource) when { context.nonsense == 1 };";
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow) << "a fault of an observed policy denies nothing";
  EXPECT_EQ(c.decide().would, Verdict::kDeny);
  c.policies = "permit(principal, action, resource);";
  EXPECT_FALSE(c.decide().would.has_value());
}

TEST(Decide, AnObservedPolicyLendsNoApproverClass) {
  Case c;
  const std::string guarded =
      "permit(principal, action, resource);"
      "@approvers(\"approver\") forbid(principal, action, resource) unless { context has approval "
      "&& context.approval.classes.contains(\"chief\") };";
  c.policies = guarded;
  EXPECT_EQ(c.decide().verdict, Verdict::kDeny);
  c.policies = guarded +
               "@mode(\"observe\") @approvers(\"chief\") forbid(principal, action, resource) "
               "unless { context has approval };";
  EXPECT_EQ(c.decide().verdict, Verdict::kDeny) << "the same as without it";
}

TEST(Decide, HoldsWhenOnlyAnApprovalIsMissing) {
  Case c;
  c.policies = kWantsApproval;
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kHold);
  EXPECT_EQ(decision.gate, Gate::kApproval);
  EXPECT_EQ(decision.needs, (std::vector<domain::Need>{{"approver", 1}}));
}

TEST(Decide, DeniesWhenAnApprovalWouldNotHelp) {
  Case c;
  c.policies = std::string(kWantsApproval) + "forbid(principal, action, resource);";
  EXPECT_EQ(c.decide().verdict, Verdict::kDeny);
}

TEST(Decide, TheNeedsOfAllLiftedForbidsHoldTogether) {
  Case c;
  c.policies = std::string(kWantsApproval) +
               "@approvers(\"security\") @quorum(\"2\") forbid(principal, action, resource) "
               "unless { context has approval };";
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kHold);
  EXPECT_EQ(decision.needs, (std::vector<domain::Need>{{"approver", 1}, {"security", 2}}));
}

TEST(Decide, ALiftedForbidThatNamesNoApproversDenies) {
  Case c;
  c.policies =
      "permit(principal, action, resource);"
      "forbid(principal, action, resource) unless { context has approval };";
  EXPECT_EQ(c.decide().verdict, Verdict::kDeny);
}

TEST(Decide, Requirement_G1_HighTierIsHeldWhateverAPolicyPermits) {
  for (const auto action_class :
       {domain::ActionClass::kMoveData, domain::ActionClass::kSpend,
        domain::ActionClass::kChangeInfra, domain::ActionClass::kChangeAccess}) {
    Case c;
    c.tool.binding->effect.action_class = action_class;
    c.action.effect.action_class = action_class;
    c.action.tier = domain::tier_of(c.tool, c.action.effect);
    const Decision decision = c.decide();
    EXPECT_EQ(decision.verdict, Verdict::kHold);
    EXPECT_EQ(decision.reasons.front().code, "approval.high_tier");
    c.approval = granted(c, {"bob"});
    EXPECT_EQ(c.decide().verdict, Verdict::kAllow);
  }
}

TEST(Decide, AnApprovalLetsThroughOnlyWhenItsQuorumIsMet) {
  Case c;
  c.policies =
      "permit(principal, action, resource);"
      "@approvers(\"approver\") @quorum(\"2\") forbid(principal, action, resource) "
      "unless { context has approval };";
  c.approval = granted(c, {"bob"});
  EXPECT_EQ(c.decide().verdict, Verdict::kHold);
  c.approval = granted(c, {"bob", "bob"});
  EXPECT_EQ(c.decide().verdict, Verdict::kHold) << "one human counts once";
  c.approval = granted(c, {"bob", "carol"});
  const Decision decision = c.decide();
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.approval, "apr_1");
}

TEST(Decide, AllGatesRunAgainWhenAnApprovalIsUsed) {
  Case c;
  c.policies = kWantsApproval;
  c.approval = granted(c, {"bob"});
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow);
  c.policies += "forbid(principal, action, resource);";
  EXPECT_EQ(c.decide().verdict, Verdict::kDeny);
  c.policies = kWantsApproval;
  c.task.deadline = c.rest.now;
  EXPECT_EQ(c.reason(), "task.deadline");
}

TEST(Decide, APolicyMayAskForAJustification) {
  Case c;
  c.policies =
      "permit(principal, action, resource);"
      "forbid(principal, action in [Ambit::Action::\"delete\"], resource) "
      "unless { context has justification };";
  c.tool.binding->effect.action_class = domain::ActionClass::kDelete;
  c.action.effect.action_class = domain::ActionClass::kDelete;
  EXPECT_EQ(c.reason(), "policy.forbidden");
  c.action.justification = "the ticket asks for it";
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow);
}

// Whatever a class or a binding makes of the tier of a call, the row of that tier says what the
// call needs.
TEST(Decide, Requirement_E12_TheTierTableDrivesWhatACallNeeds) {
  domain::TierTable tiers;
  tiers[domain::Tier::kElevated] = {{{"approver", 1}}, 2, {}};
  tiers[domain::Tier::kHigh] = {{{"approver", 1}, {"security", 2}}, 1, {}};
  const struct {
    domain::ActionClass action_class;
    domain::Tier bound;
    domain::Tier expected;
  } kCalls[] = {
      {domain::ActionClass::kRead, domain::Tier::kLow, domain::Tier::kLow},
      {domain::ActionClass::kSend, domain::Tier::kLow, domain::Tier::kElevated},
      {domain::ActionClass::kUseSecret, domain::Tier::kLow, domain::Tier::kElevated},
      {domain::ActionClass::kWrite, domain::Tier::kLow, domain::Tier::kElevated},
      {domain::ActionClass::kWrite, domain::Tier::kHigh, domain::Tier::kHigh},  // in production
      {domain::ActionClass::kUseSecret, domain::Tier::kHigh, domain::Tier::kHigh},
  };
  for (const auto& call : kCalls) {
    Case c;
    c.tool.binding->effect.action_class = c.action.effect.action_class = call.action_class;
    c.tool.binding->tier = call.bound;
    c.action.tier = domain::tier_of(c.tool, c.action.effect);
    ASSERT_EQ(c.action.tier, call.expected);
    const domain::TierControls& controls = tiers[call.expected];
    if (call.expected != domain::Tier::kHigh) {
      EXPECT_EQ(c.decide().verdict, Verdict::kAllow) << "the table alone asks for more";
    }
    c.tiers = tiers;
    c.task.scope.tools = {"files/read"};
    const Decision bounded = c.decide();
    EXPECT_EQ(bounded.verdict, controls.approval.empty() ? Verdict::kAllow : Verdict::kHold);
    EXPECT_EQ(bounded.needs, controls.approval);
    while (controls.max_tools > 0 &&
           c.task.scope.tools.size() <= static_cast<std::size_t>(controls.max_tools)) {
      c.task.scope.tools.push_back("other/" + std::to_string(c.task.scope.tools.size()));
    }
    EXPECT_EQ(c.reason(), controls.max_tools == 0 ? "" : "scope.too_wide");
  }
}

TEST(Decide, TheApprovalOfATierIsNeededThoughEveryPolicyPermits) {
  Case c;
  c.tiers[domain::Tier::kLow].approval = {{"security", 1}};
  EXPECT_EQ(c.reason(), "approval.tier");
  c.approval.emplace();
  c.approval->id = "apr_1";
  c.approval->grants = {{"bob", {"approver", "bob"}, c.rest.now}};
  EXPECT_EQ(c.decide().verdict, Verdict::kHold) << "somebody else agreed";
  c.approval->grants = {{"sam", {"security", "sam"}, c.rest.now}};
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow);
}

TEST(Decide, NumbersThatDoNotFitADecimalDenyWhenRead) {
  Case c;
  c.tool.entry = text::Json::object(
      {{"inputSchema",
        text::Json::object(
            {{"properties",
              text::Json::object({{"amount", text::Json::object({{"type", "number"}})}})}})}});
  c.policies =
      "permit(principal, action, resource) when { context.input.amount.lessThan(decimal(\"10.0\")) "
      "};";
  c.action.arguments.set("amount", 2.5);
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow);
  c.action.arguments.set("amount", 2.00004);
  EXPECT_EQ(c.decide().verdict, Verdict::kDeny);
  c.policies = "permit(principal, action, resource);";
  EXPECT_EQ(c.decide().verdict, Verdict::kAllow) << "nobody reads it";
}

TEST(Decide, EachInputCanChangeTheVerdict) {
  const std::vector<std::string> conditions{"principal.purpose == \"writes reports\"",
                                            "principal.acts_without_gate",
                                            "context.task.goal == \"the report\"",
                                            "context.session.calls == 0",
                                            "context.tier == \"low\"",
                                            "context.data_domain == \"reports\"",
                                            "context.outcome == \"read\"",
                                            "context.input.path == \"/work/a\"",
                                            "context.system.now < datetime(\"2100-01-01\")",
                                            "context.key_bound",
                                            "resource in Ambit::Path::\"/work\"",
                                            "resource in Ambit::Server::\"files\"",
                                            "action in Ambit::Action::\"read\"",
                                            "action == Ambit::Action::\"files___read\"",
                                            "context.task.depth == 0"};
  for (const auto& condition : conditions) {
    Case c;
    c.policies = "permit(principal, action, resource) when { " + condition + " };";
    EXPECT_EQ(c.decide().verdict, Verdict::kAllow) << condition;
    c.policies = "permit(principal, action, resource) unless { " + condition + " };";
    EXPECT_EQ(c.decide().verdict, Verdict::kDeny) << condition;
  }
}

TEST(Decide, TheSnapshotDigestChangesWithEverythingThatIsRead) {
  const Case same;
  const auto digest = [](const Case& c) { return c.decide().snapshot; };
  EXPECT_EQ(digest(same), digest(Case()));
  const std::vector<std::function<void(Case&)>> changes{
      [](Case& c) { c.rest.now = c.rest.now + seconds(1); },
      [](Case& c) { c.rest.epoch = 9; },
      [](Case& c) {
        c.agent.display_name = "x";
        domain::seal(c.agent);
      },
      [](Case& c) {
        c.task.goal = "x";
        domain::seal(c.task);
      },
      [](Case& c) {
        c.tool.digest = "x";
        domain::seal(c.tool);
      },
      [](Case& c) { c.action.canonical_arguments += " "; },
      [](Case& c) { c.action.targets[0].value = "/work/b"; },
      [](Case& c) { c.action.justification = "x"; },
      [](Case& c) { domain::apply(c.session, {}); },
      [](Case& c) { c.approval = granted(c, {"bob"}); },
      [](Case& c) { c.rest.reservation = {false, "limit.rate", 1, 1}; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Case c;
    changes[i](c);
    EXPECT_NE(digest(c), digest(same)) << i;
  }
}

std::string some_path() {
  return *rc::gen::elementOf(std::vector<std::string>{"/work", "/work/a", "/work/a/b", "/workshop",
                                                      "/etc/passwd", "/", "/work/../etc"});
}

TEST(DecideProperty, NothingOutsideTaskAndAgentIsEverAllowed) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> tools{"files/read", "files/write", "mail/send"};
    const std::vector<std::string> outcomes{"read", "create", "overwrite", "move"};
    const std::vector<std::string> domains{"reports", "payroll"};
    Case c;
    const auto subset = [](const std::vector<std::string>& of) {
      std::vector<std::string> out;
      for (const auto& item : of) {
        if (*rc::gen::arbitrary<bool>()) out.push_back(item);
      }
      return out;
    };
    c.task.scope.tools = subset(tools);
    c.task.scope.outcomes = subset(outcomes);
    c.task.scope.data_domains = subset(domains);
    c.task.scope.targets = {{domain::TargetKind::kPath, some_path()}};
    c.agent.agent->tools = subset(tools);
    c.agent.agent->outcomes = subset(outcomes);
    c.agent.agent->data_domains = subset(domains);
    const std::string tool = *rc::gen::elementOf(tools);
    const std::size_t slash = tool.find('/');
    c.action.server = c.tool.server = c.server.id = tool.substr(0, slash);
    c.action.tool = c.tool.name = tool.substr(slash + 1);
    c.action.effect.outcome = *rc::gen::elementOf(outcomes);
    c.tool.binding->data_domain = *rc::gen::elementOf(domains);
    c.action.targets = {{domain::TargetKind::kPath, some_path()}};
    if (c.decide().verdict == Verdict::kDeny) return;
    const auto& profile = *c.agent.agent;
    const auto in = [](const std::vector<std::string>& list, const std::string& value) {
      return std::find(list.begin(), list.end(), value) != list.end();
    };
    RC_ASSERT(in(c.task.scope.tools, tool) && in(profile.tools, tool));
    RC_ASSERT(in(c.task.scope.outcomes, c.action.effect.outcome));
    RC_ASSERT(in(profile.outcomes, c.action.effect.outcome));
    RC_ASSERT(in(c.task.scope.data_domains, c.tool.binding->data_domain));
    RC_ASSERT(in(profile.data_domains, c.tool.binding->data_domain));
    RC_ASSERT(domain::covers(c.task.scope.targets[0], c.action.targets[0]));
  }));
}

TEST(DecideProperty, AddingAForbidNeverTurnsADenyIntoAnAllow) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<std::string> pool{
        "permit(principal, action, resource);",
        "permit(principal, action, resource) when { context.tier == \"low\" };",
        "permit(principal, action, resource) when { context.nonsense };",
        "permit(principal, action, resource) when { context has approval };",
        "forbid(principal, action, resource) when { context.outcome == \"create\" };",
        "@approvers(\"a\") forbid(principal, action, resource) unless { context has approval };",
        "@mode(\"observe\") forbid(principal, action, resource);",
        "forbid(principal, action, resource) when { context.session.calls > 3 };"};
    const std::vector<std::string> forbids{
        "forbid(principal, action, resource);",
        "forbid(principal, action, resource) when { context.nonsense };",
        "forbid(principal, action, resource) when { context.tier == \"low\" };",
        "@approvers(\"b\") forbid(principal, action, resource) unless { context has approval };"};
    Case c;
    c.policies.clear();
    for (const auto& text : pool) {
      if (*rc::gen::arbitrary<bool>()) c.policies += text;
    }
    c.session.released = *rc::gen::inRange(0, 8);
    if (*rc::gen::arbitrary<bool>()) c.approval = granted(c, {"bob"});
    const Verdict before = c.decide().verdict;
    c.policies += *rc::gen::elementOf(forbids);
    const Verdict after = c.decide().verdict;
    if (before == Verdict::kDeny) RC_ASSERT(after == Verdict::kDeny);
    if (before == Verdict::kHold) RC_ASSERT(after != Verdict::kAllow);
  }));
}

}  // namespace
}  // namespace ambit::decision
