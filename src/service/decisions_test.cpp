#include <gtest/gtest.h>

#include "service/service_fixture.h"
#include "tests/fakes/timers.h"

namespace ambit::service {
namespace {

using domain::Verdict;

struct DecisionsTest : ::testing::Test {
  Fixture f;
  DecisionsTest() { f.set_up(); }

  Result<> report(const Caller& caller, const std::string& decision, Outcome outcome = {},
                  const std::string& channel = "test") {
    return f.wait<void>([&](auto done) {
      f.service->decisions().report({caller, channel, decision, std::move(outcome)},
                                    std::move(done));
    });
  }
  std::string reason_of_report(const Caller& caller, const std::string& decision,
                               const std::string& channel = "test") {
    const auto reported = report(caller, decision, {}, channel);
    return reported ? std::string() : reported.error().reason;
  }
};

TEST_F(DecisionsTest, AllowsARecordedActionAndForwardsCanonicalBytes) {
  const auto work = f.start(f.task_spec());
  const auto released = f.attempt(work.caller, "read", R"({ "path" : "/work/a" })");
  EXPECT_EQ(released.decision.verdict, Verdict::kAllow);
  EXPECT_EQ(released.canonical_arguments, R"({"path":"/work/a"})");
  ASSERT_TRUE(released.ledger_index.has_value());
  const auto shown = f.service->decisions().show(f.admin, released.decision_id);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->find("ledger_index")->as_int(),
            static_cast<std::int64_t>(*released.ledger_index));
}

TEST_F(DecisionsTest, Requirement_H1_TheRecordNamesEverythingThatMatters) {
  const auto work = f.start(f.task_spec());
  const auto released = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  const auto record = Fixture::must(f.service->decisions().show(f.admin, released.decision_id));
  for (const char* member :
       {"trigger",        "server",    "tool",    "system",      "policy",      "class",
        "outcome",        "arguments", "targets", "data_domain", "task",        "goal",
        "intent",         "instance",  "chain",   "credential",  "accountable", "authorised_by",
        "session_before", "epoch",     "tier",    "tool_digest", "decision"}) {
    EXPECT_NE(record.find(member), nullptr) << member;
  }
  EXPECT_EQ(record.string_or("instance", ""), work.credential.instance);
  EXPECT_EQ(record.find("policy")->find("version")->as_int(), 1);
  Outcome outcome;
  outcome.bytes = 12;
  ASSERT_TRUE(report(work.caller, released.decision_id, outcome).has_value());
  const auto result = f.records("outcome").back();
  EXPECT_EQ(result.string_or("decision", ""), released.decision_id);
  EXPECT_EQ(result.string_or("status", ""), "ok");
}

TEST_F(DecisionsTest, Requirement_E5_EachDecisionCitesThePolicyVersionItWasMadeUnder) {
  const auto work = f.start(f.task_spec());
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  const auto before = f.records("decision").back();
  Fixture::must(f.put_policies(std::string(Fixture::kPolicies) + "// next"));
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  const auto after = f.records("decision").back();
  EXPECT_EQ(before.find("policy")->find("version")->as_int() + 1,
            after.find("policy")->find("version")->as_int());
  EXPECT_NE(before.find("policy")->string_or("digest", ""),
            after.find("policy")->string_or("digest", ""));
  EXPECT_FALSE(f.put_policies("permit(principal, action").has_value());
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(f.records("decision").back().find("policy")->string_or("digest", ""),
            after.find("policy")->string_or("digest", ""))
      << "a set that does not check is not published";
}

TEST_F(DecisionsTest, TheScopeHoldsAgainstDotsLinksAndStrangers) {
  const auto work = f.start(f.task_spec());
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"../secret"})")), "scope.target");
  f.paths.links["/work/link"] = "/etc/passwd";
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"/work/link"})")), "scope.target");
  EXPECT_EQ(f.reason(f.attempt(work.caller, "nothing", R"({})")), "tool.unknown");
  EXPECT_EQ(f.reason(f.attempt(work.caller, "stat", R"({"path":"/work/a"})")), "scope.tool");
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"/work/a","deep":"x"})")),
            "arguments.invalid");
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":7})")), "arguments.invalid");
}

TEST_F(DecisionsTest, AToolThatNamesNoArgumentsTakesNone) {
  const auto import_read = [&](const char* schema) {
    f.upstream.listing.tools[0].set("inputSchema", Fixture::json(schema));
    Fixture::must(f.ask([&](Answer done) {
      f.service->registry().import_server(
          f.admin, f.server_spec(),
          Fixture::json(R"({"read":{"class":"read","data_domain":"reports","no_targets":true}})"),
          done);
    }));
    Fixture::must(f.ask([&](Answer done) {
      f.service->registry().approve_tools(f.admin, "files", {"read"}, text::Json::object(), done);
    }));
  };
  import_read(R"({"type":"object"})");
  const auto work = f.start(f.task_spec());
  EXPECT_EQ(f.attempt(work.caller, "read", "{}").decision.verdict, Verdict::kAllow);
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"/etc/passwd"})")),
            "arguments.invalid");
  import_read(R"({"type":"object","additionalProperties":true})");
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"anything":1})").decision.verdict, Verdict::kAllow);
}

TEST_F(DecisionsTest, Requirement_E11_ABudgetOfTenDeniesTheEleventh) {
  const auto work = f.start(f.task_spec(10));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
              Verdict::kAllow);
  }
  const auto eleventh = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(eleventh.decision.verdict, Verdict::kDeny);
  EXPECT_EQ(f.reason(eleventh), "limit.budget");
}

TEST_F(DecisionsTest, Requirement_E11_ConcurrentCallsCannotJointlyExceedTheBudget) {
  const auto work = f.start(f.task_spec(3));
  f.log.hold();
  std::vector<std::optional<Released>> released(6);
  for (auto& slot : released) f.begin(work.caller, "read", R"({"path":"/work/a"})", slot);
  f.log.release();
  f.loop.run();
  int allowed = 0;
  for (const auto& slot : released) {
    ASSERT_TRUE(slot.has_value());
    if (slot->decision.verdict == Verdict::kAllow) ++allowed;
  }
  EXPECT_EQ(allowed, 3);
}

TEST_F(DecisionsTest, Requirement_E11_ABurstIsThrottledAndRefillsWithTime) {
  auto spec = f.agent_spec();
  spec.find("agent")->find("limits")->set("burst", 2);
  spec.find("agent")->find("limits")->set("calls_per_minute", 60);
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().update_identity(f.admin, "writer", spec, 0, done);
  }));
  const auto work = f.start(f.task_spec());
  const auto call = [&] { return f.attempt(work.caller, "read", R"({"path":"/work/a"})"); };
  EXPECT_EQ(call().decision.verdict, Verdict::kAllow);
  EXPECT_EQ(call().decision.verdict, Verdict::kAllow);
  EXPECT_EQ(f.reason(call()), "limit.rate");
  f.clock.time = f.clock.time + seconds(1);
  EXPECT_EQ(call().decision.verdict, Verdict::kAllow);
}

TEST_F(DecisionsTest, AClockThatIsSetBackNeitherGivesCallsNorTakesThemForever) {
  auto spec = f.agent_spec();
  spec.find("agent")->set("limits", Fixture::json(R"({"calls_per_minute":60,"burst":2})"));
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().update_identity(f.alice, "writer", spec, 0, done);
  }));
  const auto work = f.start(f.task_spec(100));
  const auto allowed = [&] {
    return f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict ==
           Verdict::kAllow;
  };
  const Time before = f.clock.time;
  f.clock.time = before + minutes(10);
  EXPECT_TRUE(allowed());
  EXPECT_TRUE(allowed());
  f.clock.time = before;
  EXPECT_FALSE(allowed()) << "going back is no waiting";
  f.clock.time = before + seconds(2);
  EXPECT_TRUE(allowed()) << "waiting is";
}

TEST_F(DecisionsTest, Requirement_H9_WithoutEvidenceThereIsNoAction) {
  const auto work = f.start(f.task_spec());
  f.log.break_disk("disk full");
  const auto denied = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(denied.decision.verdict, Verdict::kDeny);
  EXPECT_EQ(f.reason(denied), "ledger.unwritable");
  EXPECT_TRUE(denied.canonical_arguments.empty());
  EXPECT_FALSE(f.service->health().ready);
  EXPECT_EQ(f.service->counters().unrecorded, 1u);
  f.log.mend_disk();
  EXPECT_TRUE(f.service->health().ready);
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            Verdict::kAllow);
}

TEST_F(DecisionsTest, AuthorityThatEndsWhileTheRecordIsWrittenIsWithdrawn) {
  const auto work = f.start(f.task_spec());
  f.log.hold();
  std::optional<Released> released;
  f.begin(work.caller, "read", R"({"path":"/work/a"})", released);
  f.service->tasks().end(f.alice, work.task, "completed", [](Result<text::Json>) {});
  f.log.release();
  f.loop.run();
  ASSERT_TRUE(released.has_value());
  EXPECT_EQ(released->decision.verdict, Verdict::kDeny);
  EXPECT_EQ(f.reason(*released), "task.ended");
  EXPECT_TRUE(released->canonical_arguments.empty());
  EXPECT_EQ(f.records("withdrawn").size(), 1u);
}

TEST_F(DecisionsTest, AWithdrawalIsShownAndLeavesNothingToReport) {
  const auto work = f.start(f.task_spec());
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");  // its situation is recorded now
  f.log.hold();
  std::optional<Released> released;
  f.begin(work.caller, "read", R"({"path":"/work/a"})", released);
  f.loop.run();
  f.service->tasks().end(f.alice, work.task, "completed", [](Result<text::Json>) {});
  f.log.release(1);  // of the decision, so that the record of its withdrawal waits
  f.loop.run();
  ASSERT_TRUE(released.has_value());
  EXPECT_EQ(f.records("withdrawn").size(), 0u);
  EXPECT_EQ(reason_of_report(work.caller, released->decision_id), "outcome.not_released");
  f.log.release();
  f.loop.run();
  for (int opened = 0; opened < 2; ++opened) {
    EXPECT_EQ(reason_of_report(work.caller, released->decision_id), "outcome.not_released");
    const auto shown = f.service->decisions().show(f.admin, released->decision_id).value();
    const auto* withdrawn = shown.find("withdrawn");
    ASSERT_NE(withdrawn, nullptr);
    EXPECT_EQ(withdrawn->string_or("reason", ""), "task.ended");
    EXPECT_EQ(shown.find("result"), nullptr);
    f.open();
  }
  EXPECT_TRUE(f.records("outcome").empty());
}

TEST_F(DecisionsTest, OnlyWhoeverAskedMayReportAndOnlyOverThatChannel) {
  const auto work = f.start(f.task_spec(), "key-a");
  const auto other = f.start(f.task_spec(), "key-b");
  const auto own = f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision_id;
  Caller gate = f.human("gate", {domain::Role::kEnforcement});
  gate.kind = CallerKind::kService;
  f.task_of_attempts = work.task;
  const auto asked = f.attempt(gate, "read", R"({"path":"/work/a"})").decision_id;
  Caller sibling = work.caller;
  sibling.instance = other.caller.instance;
  const Caller other_gate = f.human("gate-2", {domain::Role::kEnforcement});
  const Caller nobody = f.human("gate", {});
  EXPECT_EQ(reason_of_report(other.caller, own), "decision.unknown") << "another task's";
  EXPECT_EQ(reason_of_report(sibling, own), "outcome.not_yours");
  EXPECT_EQ(reason_of_report(gate, own), "outcome.not_yours");
  EXPECT_EQ(reason_of_report(f.admin, own), "outcome.not_yours");
  EXPECT_EQ(reason_of_report(work.caller, own, "authzen"), "outcome.not_yours");
  EXPECT_EQ(reason_of_report(work.caller, asked), "outcome.not_yours");
  EXPECT_EQ(reason_of_report(other_gate, asked), "outcome.not_yours");
  EXPECT_EQ(reason_of_report(nobody, asked), "caller.role");
  EXPECT_EQ(reason_of_report(gate, "dec_none"), "decision.unknown");
  EXPECT_TRUE(f.records("outcome").empty());
  EXPECT_EQ(reason_of_report(work.caller, own), "");
  EXPECT_EQ(reason_of_report(gate, asked), "");
  EXPECT_EQ(f.records("outcome").size(), 2u);
}

TEST_F(DecisionsTest, WhatWasNotLetGoHasNoOutcome) {
  const auto work = f.start(f.task_spec());
  const auto denied = f.attempt(work.caller, "read", R"({"path":"/etc/passwd"})").decision_id;
  EXPECT_EQ(reason_of_report(work.caller, denied), "outcome.not_released");
}

TEST_F(DecisionsTest, TwoReportsInFlightAreNeverBothRecorded) {
  const auto work = f.start(f.task_spec());
  const auto id = f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision_id;
  f.log.hold();
  std::vector<std::string> answers;
  const auto answer = [&](Result<> result) {
    answers.push_back(result ? "recorded" : result.error().reason);
  };
  Outcome failed;
  failed.status = Outcome::Status::kToolError;
  f.service->decisions().report({work.caller, "test", id, {}}, answer);
  f.service->decisions().report({work.caller, "test", id, failed}, answer);
  f.loop.run();
  f.log.release();
  f.loop.run();
  EXPECT_EQ(answers, (std::vector<std::string>{"outcome.known", "recorded"}));
  ASSERT_EQ(f.records("outcome").size(), 1u);
  EXPECT_EQ(f.records("outcome")[0].string_or("status", ""), "ok");
  f.open();
  EXPECT_EQ(reason_of_report(work.caller, id), "outcome.known") << "after a restart, too";
}

TEST_F(DecisionsTest, AReportThatCouldNotBeRecordedMayBeMadeAgain) {
  const auto work = f.start(f.task_spec());
  const auto id = f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision_id;
  f.log.break_disk("disk full");
  EXPECT_EQ(reason_of_report(work.caller, id), "ledger.unwritable");
  f.log.mend_disk();
  EXPECT_EQ(reason_of_report(work.caller, id), "");
  EXPECT_EQ(f.records("outcome").size(), 1u);
}

TEST_F(DecisionsTest, AnOutcomeThatNobodyWaitsForIsWrittenAsSoonAsItCanBe) {
  fakes::ManualTimers timers;
  f.timers = &timers;
  f.open();
  const auto work = f.start(f.task_spec());
  const auto turn = [&] {
    for (int i = 0; i < 3; ++i) {
      f.loop.run();
      timers.run_all();
    }
    f.loop.run();
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    std::optional<Released> released;
    f.begin(work.caller, "read", R"({"path":"/work/a"})", released);
    turn();
    ASSERT_TRUE(released);
    ids.push_back(released->decision_id);
  }
  f.log.break_disk("disk full");
  f.service->decisions().report({work.caller, "test", ids[0], {}}, {});
  Outcome failed;
  failed.status = Outcome::Status::kToolError;
  failed.detail = "in words";
  f.service->decisions().report({work.caller, "test", ids[1], failed}, {});
  turn();
  EXPECT_TRUE(f.records("outcome").empty());
  f.log.mend_disk();
  turn();
  const auto outcomes = f.records("outcome");
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].string_or("status", ""), "ok");
  EXPECT_EQ(outcomes[1].string_or("detail", ""), "in words");
  f.service.reset();  // before the timers that it uses
}

TEST_F(DecisionsTest, ARenewedCredentialIsNoNewRateOfDenials) {
  auto work = f.start(f.task_spec());
  const auto flood = [&] {
    for (int i = 0; i < 80; ++i) f.attempt(work.caller, "read", R"({"path":"/etc/passwd"})");
    return f.records("decision").size();
  };
  EXPECT_EQ(flood(), 60u);
  work.caller.credential = "renewed";
  EXPECT_EQ(flood(), 60u);
  f.service->sweep();
  f.loop.run();
  std::int64_t counted = 0;
  for (const auto& record : f.records("denials")) counted += record.find("count")->as_int();
  EXPECT_EQ(counted, 100);
}

TEST_F(DecisionsTest, FloodsOfDenialsAreCoalescedAndNoneIsLost) {
  const auto work = f.start(f.task_spec());
  for (int i = 0; i < 500; ++i) f.attempt(work.caller, "read", R"({"path":"/etc/passwd"})");
  f.service->sweep();
  f.loop.run();
  std::int64_t counted = 0;
  for (const auto& record : f.records("denials")) counted += record.find("count")->as_int();
  const auto single = static_cast<std::int64_t>(f.records("decision").size());
  EXPECT_LT(single, 100);
  EXPECT_EQ(single + counted, 500);
}

TEST_F(DecisionsTest, CoalescedDenialsAreChargedToWhoeverWasDenied) {
  const auto one = f.start(f.task_spec(), "key-one");
  const auto other = f.start(f.task_spec(), "key-other");
  // Both through an enforcement point with one credential.
  const Caller gate = f.human("gate", {domain::Role::kEnforcement});
  const auto ask = [&](const Fixture::Work& work) {
    f.task_of_attempts = work.task;
    f.attempt(gate, "read", R"({"path":"/etc/passwd"})");
  };
  for (int i = 0; i < 70; ++i) ask(one);
  for (int i = 0; i < 30; ++i) ask(other);
  f.service->flush();
  f.loop.run();
  std::map<std::string, std::int64_t> by_task;
  for (const auto& record : f.records("denials")) {
    by_task[std::string(record.string_or("task", ""))] += record.find("count")->as_int();
    EXPECT_FALSE(record.string_or("instance", "").empty());
  }
  EXPECT_EQ(by_task, (std::map<std::string, std::int64_t>{{one.task, 10}, {other.task, 30}}));
}

TEST_F(DecisionsTest, FloodsOfHeldCallsAreCoalescedAsDenialsAre) {
  f.upstream.files["/work/old"] = "before";
  const auto work = f.start(f.task_spec(1000));
  const std::string overwrite = R"({"path":"/work/old","content":"after"})";
  for (int i = 0; i < 200; ++i) f.attempt(work.caller, "write", overwrite);
  // As many as may be denied singly, and the one that asked.
  EXPECT_EQ(f.records("decision").size(), 61u);
  EXPECT_EQ(f.attempt(work.caller, "write", overwrite).decision.reasons.front().code,
            "approval.asked_too_often");
  f.service->flush();
  f.loop.run();
  ASSERT_EQ(f.records("denials").size(), 1u);
  EXPECT_EQ(f.records("denials").front().find("count")->as_int(), 140);
}

TEST_F(DecisionsTest, ARefusalToHoldCountsAgainstTheRateOfDenials) {
  const auto work = f.start(f.task_spec(1000));
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/work/" + std::to_string(i);
    f.upstream.files[path] = "before";
    f.attempt(work.caller, "write", R"({"content":"after","path":")" + path + "\"}");
  }
  EXPECT_EQ(f.records("decision").size(), 8u + 60u);
}

TEST_F(DecisionsTest, Requirement_E8_TwoTasksOfOneAgentHaveDifferentTools) {
  auto narrow = f.task_spec();
  narrow.find("scope")->set("tools", Fixture::json(R"(["files/write"])"));
  const auto a = f.start(f.task_spec(), "key-a");
  const auto b = f.start(narrow, "key-b");
  EXPECT_EQ(f.service->visible_tools(a.caller, "files").size(), 3u);
  const auto visible = f.service->visible_tools(b.caller, "files");
  ASSERT_EQ(visible.size(), 1u);
  EXPECT_EQ(visible.front().name, "write");
  EXPECT_EQ(f.attempt(a.caller, "read", R"({"path":"/work/a"})").decision.verdict, Verdict::kAllow);
  EXPECT_EQ(f.reason(f.attempt(b.caller, "read", R"({"path":"/work/a"})")), "scope.tool");
}

TEST_F(DecisionsTest, AToolThatPoliciesDenyWhateverTheCallIsNotListed) {
  const auto work = f.start(f.task_spec());
  Fixture::must(f.put_policies(
      "permit(principal, action in Ambit::Action::\"read\", resource);\n"
      "permit(principal, action == Ambit::Action::\"files___write\", resource)\n"
      "when { context.input.content == \"x\" && context.session.calls > 7 };\n"
      "permit(principal, action == Ambit::Action::\"files___pay\", resource is Ambit::Host);"));
  std::vector<std::string> names;
  for (const auto& tool : f.service->visible_tools(work.caller, "files"))
    names.push_back(tool.name);
  EXPECT_EQ(names, (std::vector<std::string>{"read", "write"}));
  const auto now =
      f.service->searches().tool_prospects(work.caller, work.task, decision::Moment::kNow);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->at("files/read").prospect, decision::Prospect::kAllowed);
  EXPECT_EQ(now->at("files/write").prospect, decision::Prospect::kDenied) << "seven calls too few";
  EXPECT_EQ(now->at("files/pay").prospect, decision::Prospect::kDenied);
  EXPECT_EQ(
      f.service->searches().tool_prospects(f.bob, work.task, decision::Moment::kNow).error().reason,
      "caller.role");
}

TEST_F(DecisionsTest, Requirement_E1_AValidCredentialAloneNeverSuffices) {
  const auto work = f.start(f.task_spec());
  Fixture::must(f.put_policies("forbid(principal, action, resource);"));
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            Verdict::kDeny);
}

TEST_F(DecisionsTest, AToolThatChangesUnderTheAgentIsFrozenUntilApprovedAgain) {
  const auto work = f.start(f.task_spec());
  auto changed = f.upstream.listing;
  changed.tools[0].set("description", "now also deletes");
  f.service->registry().observe_listing("files", changed);
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"/work/a"})")), "tool.frozen");
  EXPECT_EQ(f.service->standing_of(work.caller, "files", "read"), ToolStanding::kFrozen);
  EXPECT_EQ(f.service->standing_of(work.caller, "files", "write"), ToolStanding::kUsable);
  EXPECT_EQ(f.service->standing_of(work.caller, "files", "stat"), ToolStanding::kUnknown)
      << "outside the task";
  EXPECT_EQ(f.service->standing_of(work.caller, "files", "none"), ToolStanding::kUnknown);
  const auto visible = f.service->visible_tools(work.caller, "files");
  EXPECT_TRUE(std::none_of(visible.begin(), visible.end(),
                           [](const auto& tool) { return tool.name == "read"; }));
  EXPECT_EQ(f.records("tools.changed").size(), 1u);
  f.upstream.listing = changed;
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().approve_tools(f.admin, "files", {"read"}, text::Json::object(), done);
  }));
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            Verdict::kAllow);
}

TEST_F(DecisionsTest, StateIsRebuiltFromTheLedgerAndCannotBeReset) {
  const auto work = f.start(f.task_spec(3));
  for (int i = 0; i < 2; ++i) f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  ASSERT_TRUE(
      report(work.caller, f.records("decision").back().find("id")->as_string()).has_value());
  const auto before = f.show_task(f.admin, work.task).value();
  f.open();
  const auto after = f.show_task(f.admin, work.task).value();
  EXPECT_EQ(*before.find("session_state"), *after.find("session_state"));
  EXPECT_EQ(after.find("session_state")->find("labels")->as_array().size(), 1u);
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            Verdict::kAllow);
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"/work/a"})")), "limit.budget");
}

TEST_F(DecisionsTest, TheEpochNeverGoesBack) {
  Fixture::must(f.put_policies(std::string(Fixture::kPolicies) + "// next"));
  const auto work = f.start(f.task_spec());
  const auto epoch = [&] {
    f.attempt(work.caller, "read", R"({"path":"/work/a"})");
    return f.records("decision").back().find("epoch")->as_int();
  };
  const auto before = epoch();
  EXPECT_GT(before, 0);
  f.open();
  EXPECT_GE(epoch(), before);
}

TEST_F(DecisionsTest, ACallWithoutAnAnswerIsUnknownAfterARestartAndOnlyOnce) {
  const auto work = f.start(f.task_spec());
  std::optional<Released> released;
  Attempt attempt;
  attempt.caller = work.caller;
  attempt.channel = "mcp";
  attempt.server = "files";
  attempt.tool = "read";
  attempt.arguments = Fixture::json(R"({"path":"/work/a"})");
  f.service->decisions().attempt(attempt, [&](Released result) { released = std::move(result); });
  f.loop.run();
  ASSERT_EQ(released->decision.verdict, Verdict::kAllow);
  f.open();
  f.open();
  const auto outcomes = f.records("outcome");
  ASSERT_EQ(outcomes.size(), 1u);
  EXPECT_EQ(outcomes[0].string_or("decision", ""), released->decision_id);
  EXPECT_EQ(outcomes[0].string_or("status", ""), "unknown");
  EXPECT_EQ(outcomes[0].find("labels")->as_array().size(), 1u)
      << "the agent may have the result, so what it bears binds";
  const auto task = f.show_task(f.admin, work.task).value();
  EXPECT_EQ(*task.find("session_state")->find("labels"), *outcomes[0].find("labels"));
}

TEST_F(DecisionsTest, Requirement_A9_EveryActionClassAppearsInPolicyAndInEvidence) {
  const auto work = f.start(f.task_spec(1000));
  int held_or_allowed = 0;
  for (const char* name :
       {"browse", "query", "read", "write", "delete", "execute", "move_data", "spend",
        "change_infra", "change_settings", "change_access", "use_secret", "send", "delegate"}) {
    const auto bindings = Fixture::json(
        R"({"read":{"class":")" + std::string(name) +
        R"(","outcome":"read","data_domain":"reports","targets":[{"argument":"/path","kind":"path"}]}})");
    Fixture::must(f.ask([&](Answer done) {
      f.service->registry().import_server(f.admin, f.server_spec(), bindings, done);
    }));
    Fixture::must(f.ask([&](Answer done) {
      f.service->registry().approve_tools(f.admin, "files", {"read"}, text::Json::object(), done);
    }));
    Fixture::must(f.put_policies("permit(principal, action in Ambit::Action::\"" +
                                 std::string(name) + "\", resource);"));
    const auto released = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
    EXPECT_NE(released.decision.verdict, Verdict::kDeny) << name << " " << f.reason(released);
    held_or_allowed += released.decision.verdict != Verdict::kDeny;
    EXPECT_EQ(f.records("decision").back().string_or("class", ""), name);
    const std::string other = name == std::string_view("read") ? "write" : "read";
    Fixture::must(
        f.put_policies("permit(principal, action in Ambit::Action::\"" + other + "\", resource);"));
    EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
              Verdict::kDeny);
  }
  EXPECT_EQ(held_or_allowed, 14);
}

}  // namespace
}  // namespace ambit::service
