#include <gtest/gtest.h>

#include "identity/authorization_details.h"
#include "service/service_fixture.h"
#include "tests/fakes/forwarding_store.h"
#include "tests/fakes/timers.h"
#include "text/base64url.h"

namespace ambit::service {
namespace {

using domain::Verdict;

std::string log_text(const ledger_file::MemoryLog& log) {
  std::string out;
  for (std::uint64_t index = 0; index < log.size(); ++index) out += log.read(index).value().record;
  return out;
}

struct TasksTest : ::testing::Test {
  Fixture f;
  TasksTest() { f.set_up(); }

  Result<text::Json> end(const std::string& task) {
    return f.ask([&](Answer done) { f.service->tasks().end(f.alice, task, "completed", done); });
  }
  Result<Caller> authenticate(const Credential& credential) {
    const std::string header = credential.token_type + " " + credential.token;
    Presented presented;
    presented.authorization = header;
    presented.loopback = true;
    return f.service->authenticator().authenticate(presented);
  }
};

TEST_F(TasksTest, Requirement_C1_StartGivesGoalScopeTaskOwnerAndExpiryOrFails) {
  const auto started = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(f.alice, f.task_spec(), done); }));
  const auto& task = *started.find("task");
  for (const char* member : {"goal", "scope", "id", "started_by", "deadline", "budget"}) {
    EXPECT_NE(task.find(member), nullptr) << member;
  }
  for (const char* member : {"goal", "scope", "agent", "budget", "trigger", "deadline_in"}) {
    auto spec = f.task_spec();
    spec.erase(member);
    const auto refused = f.ask([&](Answer done) { f.service->tasks().start(f.alice, spec, done); });
    EXPECT_FALSE(refused.has_value()) << member;
  }
}

// RFC 9110 section 11.1: the scheme is case-insensitive. What it says is not.
TEST_F(TasksTest, TheAuthorizationSchemeMayBeWrittenInAnyCase) {
  const auto work = f.start(f.task_spec(), "");
  const std::string& token = work.credential.token;
  const auto reason = [&](const std::string& header) {
    Presented presented;
    presented.authorization = header;
    presented.loopback = true;
    const auto caller = f.service->authenticator().authenticate(presented);
    return caller ? caller->task : caller.error().reason;
  };
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER ", "bEaReR ", "Bearer   "}) {
    EXPECT_EQ(reason(scheme + token), work.task) << scheme;
  }
  for (const char* scheme : {"DPoP ", "dpop ", "DPOP "}) {
    EXPECT_EQ(reason(scheme + token), "token.scheme") << scheme << "is not how a bearer is sent";
  }
  const auto bound = f.start(f.task_spec(), "thumb-9");
  for (const char* scheme : {"bearer ", "BEARER ", "dpop "}) {
    EXPECT_EQ(reason(scheme + bound.credential.token), "dpop.missing") << scheme;
  }
  EXPECT_EQ(reason("Bearers " + token), "token.scheme");
  EXPECT_EQ(reason("Basic " + token), "token.scheme");
  EXPECT_EQ(reason("Bearer" + token), "token.missing");
  EXPECT_NE(reason("Bearer "), work.task);
  EXPECT_NE(reason("Bearer " + token + " "), work.task);
}

TEST_F(TasksTest, Requirement_A2_NoTwoInstancesShareAKeyAndEachHasItsOwnIdentity) {
  const auto a = f.start(f.task_spec(), "key-a");
  const auto b = f.start(f.task_spec(), "key-b");
  EXPECT_NE(a.credential.instance, b.credential.instance);
  const auto started = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(f.alice, f.task_spec(), done); }));
  const auto again = f.wait<Credential>([&](auto done) {
    f.service->tasks().admit(started.string_or("claim", ""), "key-a", std::move(done));
  });
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().reason, "instance.key_in_use");
  const auto registered = f.register_identity(f.alice, f.agent_spec());
  ASSERT_FALSE(registered.has_value());
  EXPECT_EQ(registered.error().reason, "identity.exists");
  f.attempt(a.caller, "read", R"({"path":"/work/a"})");
  f.attempt(b.caller, "read", R"({"path":"/work/a"})");
  const auto records = f.records("decision");
  EXPECT_NE(records[records.size() - 1].string_or("instance", ""),
            records[records.size() - 2].string_or("instance", ""));
}

TEST_F(TasksTest, AClaimWorksOnceAndNotForever) {
  const auto started = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(f.alice, f.task_spec(), done); }));
  const std::string claim(started.string_or("claim", ""));
  const auto admit = [&](const std::string& key) {
    return f.wait<Credential>(
        [&](auto done) { f.service->tasks().admit(claim, key, std::move(done)); });
  };
  EXPECT_TRUE(admit("key-a").has_value());
  EXPECT_FALSE(admit("key-b").has_value());
  const auto late = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(f.alice, f.task_spec(), done); }));
  f.clock.time = f.clock.time + minutes(6);
  const auto expired = f.wait<Credential>([&](auto done) {
    f.service->tasks().admit(late.string_or("claim", ""), "key-c", std::move(done));
  });
  EXPECT_FALSE(expired.has_value());
}

TEST_F(TasksTest, Requirement_D2_ACredentialIsShortScopedAndBoundToTaskInstanceAndSession) {
  const auto work = f.start(f.task_spec(), "");
  EXPECT_LE(work.credential.expires_in_s, 600);
  const auto payload = work.credential.token.substr(
      work.credential.token.find('.') + 1,
      work.credential.token.rfind('.') - work.credential.token.find('.') - 1);
  const auto claims = Fixture::json(text::from_base64url(payload).value());
  EXPECT_EQ(claims.string_or("task", ""), work.task);
  EXPECT_EQ(claims.string_or("instance", ""), work.credential.instance);
  EXPECT_EQ(claims.string_or("session", ""), work.credential.session);
  EXPECT_EQ(claims.string_or("sub", ""), "writer");
  EXPECT_LE(claims.find("exp")->as_int() - claims.find("iat")->as_int(), 600);
  const auto authority =
      identity::task_authority_from(*claims.find("authorization_details")).value();
  EXPECT_EQ(authority.tools.size(), 3u);
  EXPECT_EQ(authority.targets.front(), "path:/work");
  EXPECT_EQ(authority.data, std::vector<std::string>{"reports"});
  EXPECT_EQ(authority.actions.size(), 4u);
  EXPECT_TRUE(authenticate(work.credential).has_value());
  f.clock.time = f.clock.time + minutes(11);
  EXPECT_FALSE(authenticate(work.credential).has_value());
}

// The classes of the fixture's tools are of one tier each: `read`, `write` and `pay`.
TEST_F(TasksTest, Requirement_E12_TheTierTableDrivesApprovalToolsAndLifetime) {
  const auto with_tools = [&](std::vector<std::string> tools, const char* key) {
    auto spec = f.task_spec();
    spec.find("scope")->set("tools", domain::to_json(tools));
    return f.start(spec, key);
  };
  const auto publish = [&](const char* tiers) {
    Fixture::must(f.publish(text::Json::object(
        {{"policies", text::Json::object({{"main", "permit(principal, action, resource);"}})},
         {"tiers", Fixture::json(tiers)}})));
  };
  const std::string file = R"({"path":"/work/a"})";
  const std::string content = R"({"path":"/work/a","content":"x"})";
  publish("{}");
  const auto before = with_tools({"files/read", "files/write", "files/pay"}, "k0");
  EXPECT_EQ(before.credential.expires_in_s, 600);
  EXPECT_EQ(f.attempt(before.caller, "write", content).decision.verdict, Verdict::kAllow);

  publish(R"({"elevated": {"approval": [{"approvers": "approver", "quorum": 1}], "max_tools": 2,
                           "credential_lifetime": "5m"},
              "high": {"approval": [{"approvers": "approver", "quorum": 2}], "max_tools": 1,
                       "credential_lifetime": "60s"}})");
  const auto low = with_tools({"files/read"}, "k1");
  EXPECT_EQ(low.credential.expires_in_s, 600);
  EXPECT_EQ(f.attempt(low.caller, "read", file).decision.verdict, Verdict::kAllow);

  const auto elevated = with_tools({"files/read", "files/write"}, "k2");
  EXPECT_EQ(elevated.credential.expires_in_s, 300);
  EXPECT_EQ(f.attempt(elevated.caller, "read", file).decision.verdict, Verdict::kAllow);
  const auto held = f.attempt(elevated.caller, "write", content).decision;
  EXPECT_EQ(held.verdict, Verdict::kHold);
  EXPECT_EQ(held.needs, (std::vector<domain::Need>{{"approver", 1}}));

  const auto high = with_tools({"files/pay"}, "k3");
  EXPECT_EQ(high.credential.expires_in_s, 60);
  EXPECT_EQ(f.attempt(high.caller, "pay", R"({"to":"acme"})").decision.needs,
            (std::vector<domain::Need>{{"approver", 2}}));
  EXPECT_EQ(f.reason(f.attempt(before.caller, "write", content)), "scope.too_wide")
      << "three tools are too many now";
  EXPECT_EQ(f.attempt(before.caller, "read", file).decision.verdict, Verdict::kAllow);
  std::vector<std::string> visible;
  for (const auto& tool : f.service->visible_tools(before.caller, "files")) {
    visible.push_back(tool.name);
  }
  EXPECT_EQ(visible, std::vector<std::string>{"read"});
}

TEST_F(TasksTest, Requirement_C3_EndKillsCredentialsHoldsAndDescendantsInOneOperation) {
  f.upstream.files["/work/old"] = "old";
  const auto work = f.start(f.task_spec(), "");
  Caller parent = work.caller;
  auto child_spec = f.task_spec(1);
  child_spec.set("parent", work.task);
  const auto child = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(parent, child_spec, done); }));
  const std::string child_id(child.find("task")->string_or("id", ""));
  parent.key_bound = true;
  const auto held = f.attempt(parent, "write", R"({"path":"/work/old","content":"x"})");
  ASSERT_EQ(held.decision.verdict, Verdict::kHold);
  std::optional<domain::ApprovalState> answered;
  f.service->approvals().wait(held.approval, [&](const auto& answer) { answered = answer.state; });

  const auto ended = Fixture::must(end(work.task));
  EXPECT_EQ(answered, domain::ApprovalState::kRefused);
  EXPECT_EQ(authenticate(work.credential).error().reason, "token.task_ended");
  EXPECT_EQ(f.reason(f.attempt(parent, "read", R"({"path":"/work/a"})")), "task.ended");
  EXPECT_EQ(f.show_task(f.admin, child_id)->string_or("state", ""), "ended");
  EXPECT_EQ(f.upstream.released.size(), 2u);
  EXPECT_TRUE(ended.find("end_report")->find("verified")->as_bool());
  EXPECT_GE(ended.find("end_report")->find("probes")->as_array().size(), 5u);
}

TEST_F(TasksTest, TheEndReportSaysSoWhenSomethingIsStillAlive) {
  const auto work = f.start(f.task_spec());
  f.upstream.sticky = work.task;
  const auto ended = Fixture::must(end(work.task));
  EXPECT_FALSE(ended.find("end_report")->find("verified")->as_bool());
}

TEST_F(TasksTest, Requirement_C6_TasksAndAgentsEndByThemselves) {
  const auto work = f.start(f.task_spec());
  f.clock.time = f.clock.time + minutes(31);
  f.service->sweep();
  f.loop.run();
  const auto task = f.show_task(f.admin, work.task).value();
  EXPECT_EQ(task.string_or("state", ""), "ended");
  EXPECT_EQ(task.string_or("end_reason", ""), "deadline");
  f.clock.time = parse_rfc3339("2030-01-01T00:00:01Z").value();
  f.service->sweep();
  f.loop.run();
  const auto agent = f.service->registry().show_identity(f.admin, "writer").value();
  EXPECT_EQ(agent.string_or("state", ""), "retired");
  auto eternal = f.agent_spec();
  eternal.set("id", "eternal");
  eternal.find("agent")->erase("retires_at");
  Fixture::must(f.register_identity(f.alice, eternal));
  EXPECT_FALSE(f.move("eternal", "activate").has_value()) << "no agent without an expiry";
}

TEST_F(TasksTest, ASpentBudgetEndsTheTaskAWhileLater) {
  const auto work = f.start(f.task_spec(1));
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  f.service->sweep();
  f.clock.time = f.clock.time + seconds(11);
  f.service->sweep();
  f.loop.run();
  EXPECT_EQ(f.show_task(f.admin, work.task)->string_or("end_reason", ""), "budget");
}

TEST_F(TasksTest, Requirement_C8_SuspensionEndsTasksAndDeniesWithAValidToken) {
  const auto work = f.start(f.task_spec());
  Fixture::must(f.move("writer", "suspend"));
  const auto denied = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(denied.decision.verdict, Verdict::kDeny);
  EXPECT_EQ(f.reason(denied), "identity.not_active");
  Fixture::must(f.move("writer", "activate"));
  EXPECT_EQ(f.reason(f.attempt(work.caller, "read", R"({"path":"/work/a"})")), "task.ended")
      << "an ended task does not come back";
}

TEST_F(TasksTest, AnAgentCannotOpenARootTaskNorWidenAChild) {
  const auto work = f.start(f.task_spec());
  const auto root =
      f.ask([&](Answer done) { f.service->tasks().start(work.caller, f.task_spec(), done); });
  ASSERT_FALSE(root.has_value());
  EXPECT_EQ(root.error().reason, "task.root");
  auto wide = f.task_spec(1);
  wide.set("parent", work.task);
  wide.find("scope")->set("targets", Fixture::json(R"([{"kind":"path","within":"/"}])"));
  const auto widened =
      f.ask([&](Answer done) { f.service->tasks().start(work.caller, wide, done); });
  ASSERT_FALSE(widened.has_value());
  EXPECT_EQ(widened.error().reason, "scope.widened");
}

TEST_F(TasksTest, AChildSpendsItsParentsBudget) {
  const auto parent = f.start(f.task_spec(2), "key-p");
  auto spec = f.task_spec(2);
  spec.set("parent", parent.task);
  const auto started = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(parent.caller, spec, done); }));
  auto credential = f.wait<Credential>([&](auto done) {
    f.service->tasks().admit(started.string_or("claim", ""), "key-c", std::move(done));
  });
  ASSERT_TRUE(credential.has_value());
  Caller child = parent.caller;
  child.task = credential->task;
  child.instance = credential->instance;
  EXPECT_EQ(f.attempt(child, "read", R"({"path":"/work/a"})").decision.verdict, Verdict::kAllow);
  EXPECT_EQ(f.attempt(parent.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            Verdict::kAllow);
  EXPECT_EQ(f.reason(f.attempt(child, "read", R"({"path":"/work/a"})")), "limit.budget");
}

TEST_F(TasksTest, AClaimSurvivesARestartUntilItIsRedeemed) {
  const auto started = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(f.alice, f.task_spec(), done); }));
  const std::string claim(started.string_or("claim", ""));
  const auto admit = [&](const std::string& key) {
    return f.wait<Credential>(
        [&](auto done) { f.service->tasks().admit(claim, key, std::move(done)); });
  };
  f.open();
  f.log.fail_next(1, {Code::kUnavailable, "ledger.unwritable", "no space"});
  EXPECT_FALSE(admit("key-a").has_value());
  f.open();
  EXPECT_TRUE(admit("key-b").has_value()) << "nobody was admitted before";
  f.open();
  EXPECT_EQ(admit("key-c").error().reason, "claim.unknown");
  EXPECT_EQ(log_text(f.log).find(claim), std::string::npos) << "the claim itself is not on record";
}

TEST_F(TasksTest, AChildBearsTheLabelsOfItsParentAfterARestartToo) {
  const auto parent = f.start(f.task_spec(5), "key-p");
  const auto read = f.attempt(parent.caller, "read", R"({"path":"/work/a"})");
  bool reported = false;
  f.service->decisions().report({parent.caller, "test", read.decision_id, {}},
                                [&](Result<> result) { reported = result.has_value(); });
  f.loop.run();
  ASSERT_TRUE(reported);
  auto spec = f.task_spec(2);
  spec.set("parent", parent.task);
  const auto started = Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().start(parent.caller, spec, done); }));
  const std::string child(started.find("task")->string_or("id", ""));
  const auto state = [&] { return *f.show_task(f.admin, child).value().find("session_state"); };
  const auto before = state();
  ASSERT_EQ(before.find("labels")->as_array().size(), 1u);
  f.open();
  EXPECT_EQ(state(), before);
}

TEST_F(TasksTest, EndingWorksWhileTheLedgerCannotBeWritten) {
  const auto work = f.start(f.task_spec(), "");
  f.log.break_disk("disk full");
  f.service->tasks().end(f.alice, work.task, "stop", [](Result<text::Json>) {});
  EXPECT_EQ(authenticate(work.credential).error().reason, "token.task_ended");
  f.loop.run();
  f.log.mend_disk();
  f.loop.run();
  EXPECT_EQ(f.records("task.ended").size(), 1u) << "recorded on recovery";
}

// A registry on a disk that refuses everything, until it is told not to.
class RefusingStore final : public fakes::ForwardingStore {
 public:
  explicit RefusingStore(std::unique_ptr<ports::Store> store)
      : ForwardingStore(*store), store_(std::move(store)) {}

  Result<std::uint64_t> commit(const std::vector<ports::Write>& writes, std::string_view actor,
                               Time at, std::string_view evidence) override {
    if (refuses) return fail(Code::kUnavailable, "store.unwritable", "the disk is full");
    auto revision = ForwardingStore::commit(writes, actor, at, evidence);
    if (committed) committed();
    return revision;
  }

  bool refuses = false;
  std::function<void()> committed;

 private:
  std::unique_ptr<ports::Store> store_;
};

TEST_F(TasksTest, AnEndThatTheRegistryCouldNotTakeIsWrittenAsSoonAsItCan) {
  fakes::ManualTimers timers;
  auto owned = std::make_unique<RefusingStore>(std::move(f.store));
  RefusingStore& store = *owned;
  f.store = std::move(owned);
  f.timers = &timers;
  f.open();
  const auto work = f.start(f.task_spec(), "");
  store.refuses = true;
  std::optional<Result<text::Json>> answer;
  f.service->tasks().end(f.alice, work.task, "stop",
                         [&](Result<text::Json> result) { answer = std::move(result); });
  EXPECT_EQ(authenticate(work.credential).error().reason, "token.task_ended") << "at once";
  for (int i = 0; i < 3; ++i) {
    f.loop.run();
    timers.run_all();
  }
  EXPECT_FALSE(answer.has_value()) << "a crash would undo it";
  store.refuses = false;
  for (int i = 0; i < 3; ++i) {
    f.loop.run();
    timers.run_all();
  }
  f.loop.run();
  ASSERT_TRUE(answer && answer->has_value());
  EXPECT_EQ(f.records("task.ended").size(), 1u);
  f.open();
  EXPECT_EQ(f.show_task(f.admin, work.task).value().string_or("state", ""), "ended");
  f.service.reset();  // before the timers that it uses
}

TEST_F(TasksTest, TheEvidenceOfAChangeThatIsInForceIsWrittenAsSoonAsItCanBe) {
  auto owned = std::make_unique<RefusingStore>(std::move(f.store));
  RefusingStore& store = *owned;
  f.store = std::move(owned);
  f.open();
  // The disk fails between the registry and the ledger.
  store.committed = [&] { f.log.break_disk("disk full"); };
  std::optional<Result<text::Json>> answer;
  f.service->tasks().start(f.alice, f.task_spec(),
                           [&](Result<text::Json> result) { answer = std::move(result); });
  f.loop.run();
  EXPECT_FALSE(answer.has_value()) << "the evidence is not durable";
  const std::size_t before = f.records("task.started").size();
  store.committed = {};
  f.log.mend_disk();
  f.loop.run();
  ASSERT_TRUE(answer && answer->has_value());
  EXPECT_EQ(f.records("task.started").size(), before + 1);
  EXPECT_TRUE(f.store->owed().value().empty());
}

}  // namespace
}  // namespace ambit::service
