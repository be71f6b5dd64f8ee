// What a child task inherits, and what its agent cannot gain by having one.
#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using domain::Verdict;

struct DelegationTest : ::testing::Test {
  Fixture f;
  DelegationTest() {
    f.set_up();
    Fixture::must(f.register_identity(f.admin, f.json(R"({"id":"uma","class":"human"})")));
    Fixture::must(f.register_identity(f.admin, f.json(R"({"id":"ute","class":"human"})")));
  }

  Result<text::Json> start(const Caller& caller, const text::Json& spec) {
    return f.ask([&](Answer done) { f.service->tasks().start(caller, spec, done); });
  }
  text::Json child_spec(const Fixture::Work& parent, const std::string& on_behalf_of = {}) {
    text::Json spec = f.task_spec();
    spec.set("parent", parent.task);
    if (!on_behalf_of.empty()) spec.set("on_behalf_of", on_behalf_of);
    return spec;
  }
  Fixture::Work root_for(const std::string& user) {
    text::Json spec = f.task_spec();
    if (!user.empty()) spec.set("on_behalf_of", user);
    return f.start(spec, "key-root");
  }
  // The caller of an instance that was admitted to the task just started.
  Caller admitted(const text::Json& started, const std::string& key) {
    const std::string claim(started.string_or("claim", ""));
    const auto credential =
        f.wait<Credential>([&](auto done) { f.service->tasks().admit(claim, key, done); }).value();
    Caller out;
    out.kind = CallerKind::kTask;
    out.identity = "writer";
    out.task = credential.task;
    out.instance = credential.instance;
    out.session = credential.session;
    out.key_bound = true;
    out.loopback = true;
    return out;
  }
};

TEST_F(DelegationTest, AChildActsForWhomItsParentActs) {
  const auto parent = root_for("uma");
  const auto child = Fixture::must(start(parent.caller, child_spec(parent)));
  EXPECT_EQ(child.find("task")->string_or("on_behalf_of", ""), "uma");
  EXPECT_TRUE(start(parent.caller, child_spec(parent, "uma")).has_value());
  const auto other = start(parent.caller, child_spec(parent, "ute"));
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().reason, "scope.widened");
}

TEST_F(DelegationTest, AnAgentThatActsForNobodyCannotHaveAChildActForSomebody) {
  const auto parent = root_for("");
  const auto child = start(parent.caller, child_spec(parent, "uma"));
  ASSERT_FALSE(child.has_value());
  EXPECT_EQ(child.error().reason, "scope.widened");
}

TEST_F(DelegationTest, WhatTheUserMayNoLongerDoTheirChildTaskMayNotEither) {
  const auto parent = root_for("uma");
  const Caller child =
      admitted(Fixture::must(start(parent.caller, child_spec(parent))), "key-child");
  ASSERT_EQ(f.attempt(child, "read", R"({"path":"/work/a"})").decision.verdict, Verdict::kAllow);
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().update_identity(f.admin, "uma",
                                          f.json(R"({"id":"uma","class":"human","entitlements":{
                                            "tools":["files/write"],"outcomes":["create"],
                                            "data_domains":["reports"],
                                            "targets":[{"kind":"path","within":"/work"}]}})"),
                                          0, done);
  }));
  EXPECT_EQ(f.reason(f.attempt(child, "read", R"({"path":"/work/a"})")), "scope.tool");
}

TEST_F(DelegationTest, NobodyApprovesWhatAChildOfTheirOwnTaskAsks) {
  f.upstream.files["/work/old"] = "old text";
  const auto parent = root_for("uma");
  const Caller child =
      admitted(Fixture::must(start(parent.caller, child_spec(parent))), "key-child");
  const auto held = f.attempt(child, "write", R"({"path":"/work/old","content":"new"})");
  ASSERT_EQ(held.decision.verdict, Verdict::kHold);
  const std::string digest(
      f.service->approvals().show(f.bob, held.approval)->string_or("digest", ""));
  const auto grant = [&](const std::string& id) {
    const Caller approver = f.human(id, {domain::Role::kApprover});
    const auto answer = f.ask(
        [&](Answer done) { f.service->approvals().grant(approver, held.approval, digest, done); });
    return answer ? std::string() : answer.error().reason;
  };
  EXPECT_EQ(grant("alice"), "approval.own_request") << "alice started the root task";
  EXPECT_EQ(grant("uma"), "approval.own_request") << "the root task acts for uma";
  EXPECT_EQ(grant("bob"), "");
}

TEST_F(DelegationTest, AnAgentCannotFillTheNodeWithChildren) {
  f.settings.max_open_children = 3;
  f.open();
  const auto parent = root_for("");
  std::vector<std::optional<Result<text::Json>>> answers(5);
  for (auto& answer : answers) {
    f.service->tasks().start(parent.caller, child_spec(parent),
                             [&answer](Result<text::Json> result) { answer = std::move(result); });
  }
  f.loop.run();
  EXPECT_EQ(f.service->health().open_tasks, 4u);
  EXPECT_EQ(answers.back()->error().reason, "task.too_many");
}

TEST_F(DelegationTest, RenewalsAreNotForFloodingTheLedger) {
  const auto work = root_for("");
  const auto renew = [&] {
    const auto answer = f.wait<Credential>(
        [&](auto done) { f.service->tasks().renew(work.caller, std::move(done)); });
    return answer ? std::string() : answer.error().reason;
  };
  for (int i = 0; i < 12; ++i) ASSERT_EQ(renew(), "") << i;
  EXPECT_EQ(renew(), "credential.rate");
  f.clock.time = f.clock.time + seconds(5);
  EXPECT_EQ(renew(), "");
}

}  // namespace
}  // namespace ambit::service
