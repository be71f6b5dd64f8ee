// What happens when two use cases meet: one is asked while the other is still being written.
#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using domain::Verdict;

struct RacesTest : ::testing::Test {
  Fixture f;
  RacesTest() { f.set_up(); }

  using Answered = std::optional<Result<text::Json>>;
  // What is asked begins now and is answered when the loop runs.
  static Answer into(Answered& answered) {
    return [&answered](Result<text::Json> result) { answered = std::move(result); };
  }
  static std::string reason_of(const Answered& answered) {
    if (!answered) return "no answer";
    return *answered ? "" : answered->error().reason;
  }
  std::string state_of_task(const std::string& task) {
    return std::string(f.show_task(f.alice, task).value().string_or("state", ""));
  }
  std::string state_of(const std::string& identity) {
    return std::string(
        f.service->registry().show_identity(f.admin, identity).value().string_or("state", ""));
  }
  text::Json child_spec(const std::string& parent) {
    text::Json spec = f.task_spec();
    spec.set("parent", parent);
    return spec;
  }
};

TEST_F(RacesTest, AChildThatIsStartedWhileItsParentEndsIsNotOpen) {
  const auto parent = f.start(f.task_spec());
  Answered started;
  Answered ended;
  f.service->tasks().start(parent.caller, child_spec(parent.task), into(started));
  f.service->tasks().end(f.alice, parent.task, "completed", into(ended));
  f.loop.run();
  EXPECT_EQ(reason_of(ended), "");
  EXPECT_EQ(reason_of(started), "task.ended");
  EXPECT_EQ(f.service->health().open_tasks, 0u);
  f.open();
  EXPECT_EQ(f.service->health().open_tasks, 0u);
}

TEST_F(RacesTest, ATaskThatIsStartedWhileItsAgentIsSuspendedIsNotOpen) {
  Answered started;
  Answered suspended;
  f.service->tasks().start(f.alice, f.task_spec(), into(started));
  f.service->registry().move_identity(f.admin, "writer", "suspend", into(suspended));
  f.loop.run();
  EXPECT_EQ(reason_of(suspended), "");
  EXPECT_EQ(reason_of(started), "identity.not_active");
  EXPECT_EQ(f.service->health().open_tasks, 0u);
}

TEST_F(RacesTest, TasksThatAreStartedAtOnceCountAgainstTheLimit) {
  f.settings.max_open_tasks = 2;
  f.open();
  std::vector<Answered> started(5);
  for (auto& one : started) f.service->tasks().start(f.alice, f.task_spec(), into(one));
  f.loop.run();
  EXPECT_EQ(f.service->health().open_tasks, 2u);
  EXPECT_EQ(reason_of(started[1]), "");
  EXPECT_EQ(reason_of(started[2]), "task.too_many");
}

TEST_F(RacesTest, AStartThatFailedLeavesItsPlaceToAnother) {
  f.settings.max_open_tasks = 1;
  f.open();
  f.log.break_disk("no space");
  Answered refused;
  f.service->tasks().start(f.alice, f.task_spec(), into(refused));
  f.loop.run();
  EXPECT_EQ(reason_of(refused), "ledger.unwritable");
  f.log.mend_disk();
  Answered started;
  f.service->tasks().start(f.alice, f.task_spec(), into(started));
  f.loop.run();
  EXPECT_EQ(reason_of(started), "");
}

TEST_F(RacesTest, ARefusalStandsAfterARestartThoughAGrantWasBeingWritten) {
  f.upstream.files["/work/old"] = "old text";
  const auto work = f.start(f.task_spec());
  const std::string arguments = R"({"path":"/work/old","content":"new"})";
  const auto held = f.attempt(work.caller, "write", arguments);
  ASSERT_EQ(held.decision.verdict, Verdict::kHold);
  const std::string digest(
      f.service->approvals().show(f.bob, held.approval)->string_or("digest", ""));
  Answered granted;
  Answered refused;
  f.service->approvals().grant(f.bob, held.approval, digest, into(granted));
  f.service->approvals().refuse(f.human("carol", {domain::Role::kApprover}), held.approval, "no",
                                into(refused));
  f.loop.run();
  EXPECT_EQ(reason_of(refused), "");
  EXPECT_EQ(reason_of(granted), "approval.not_pending");
  EXPECT_EQ(f.attempt(work.caller, "write", arguments).decision.verdict, Verdict::kHold);
  f.open();
  EXPECT_EQ(f.service->approvals().show(f.bob, held.approval)->string_or("state", ""), "refused");
  EXPECT_EQ(f.attempt(work.caller, "write", arguments).decision.verdict, Verdict::kHold);
}

TEST_F(RacesTest, ASuspensionHoldsAgainstAChangeThatWasBeingWritten) {
  text::Json spec = f.agent_spec();
  spec.find("agent")->set("limits", text::Json::object({{"burst", 5}}));
  Answered updated;
  Answered suspended;
  f.service->registry().update_identity(f.alice, "writer", spec, 0, into(updated));
  f.service->registry().move_identity(f.admin, "writer", "suspend", into(suspended));
  f.loop.run();
  EXPECT_EQ(reason_of(updated), "");
  EXPECT_EQ(reason_of(suspended), "");
  EXPECT_EQ(state_of("writer"), "suspended");
  f.open();
  EXPECT_EQ(state_of("writer"), "suspended");
}

TEST_F(RacesTest, ARevokedTokenStaysDeadThoughAnotherWasBeingIssued) {
  const auto issue = [&](Answered& answered) {
    f.service->registry().issue_token(f.admin, "bob", minutes(60), into(answered));
  };
  Answered first;
  issue(first);
  f.loop.run();
  const std::string id(first->value().string_or("id", ""));
  const std::string secret = "Bearer " + std::string(first->value().string_or("token", ""));
  const auto works = [&] {
    Presented presented;
    presented.authorization = secret;
    return f.service->authenticator().authenticate(presented).has_value();
  };
  ASSERT_TRUE(works());
  Answered second;
  Answered revoked;
  issue(second);
  f.service->registry().revoke_token(f.admin, "bob", id, into(revoked));
  while (!f.loop.queue.empty()) {
    EXPECT_FALSE(works()) << "not for a moment";
    auto work = std::move(f.loop.queue.front());
    f.loop.queue.pop_front();
    work();
  }
  EXPECT_EQ(reason_of(revoked), "");
  EXPECT_EQ(reason_of(second), "");
  EXPECT_FALSE(works());
  f.open();
  EXPECT_FALSE(works());
}

TEST_F(RacesTest, AChangeIsRefusedWhileASuspensionIsBeingWritten) {
  Answered suspended;
  Answered activated;
  f.service->registry().move_identity(f.admin, "writer", "suspend", into(suspended));
  f.service->registry().move_identity(f.admin, "writer", "activate", into(activated));
  f.loop.run();
  EXPECT_EQ(reason_of(suspended), "");
  EXPECT_EQ(reason_of(activated), "store.conflict");
  EXPECT_EQ(state_of("writer"), "suspended");
}

TEST_F(RacesTest, AToolThatChangesWhileItIsBeingApprovedIsFrozen) {
  const auto state = [&] {
    return std::string(
        f.service->registry().show_tool(f.admin, "files", "read").value().string_or("state", ""));
  };
  Answered approved;
  f.service->registry().approve_tools(f.admin, "files", {}, text::Json::object(), into(approved));
  ports::Upstream::Listing changed = f.upstream.listing;
  changed.tools.front().set("description", "reads and tells everybody");
  f.service->registry().observe_listing("files", changed);
  f.loop.run();
  EXPECT_EQ(reason_of(approved), "");
  EXPECT_EQ(state(), "frozen");
  f.open();
  EXPECT_EQ(state(), "frozen");
}

}  // namespace
}  // namespace ambit::service
