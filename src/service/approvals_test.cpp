#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using domain::ApprovalState;
using domain::Verdict;

struct ApprovalsTest : ::testing::Test {
  Fixture f;
  Fixture::Work work;
  ApprovalsTest() {
    f.set_up();
    f.upstream.files["/work/old"] = "old text";
    work = f.start(f.task_spec(100));
  }
  static constexpr const char* kOverwrite = R"({"path":"/work/old","content":"new text"})";

  Released overwrite(const std::string& arguments = kOverwrite) {
    return f.attempt(work.caller, "write", arguments);
  }
  text::Json shown(const std::string& approval) {
    return f.service->approvals().show(f.bob, approval).value();
  }
  Result<text::Json> grant(const std::string& approval, const Caller& by) {
    const std::string digest(shown(approval).string_or("digest", ""));
    return f.ask([&](Answer done) { f.service->approvals().grant(by, approval, digest, done); });
  }
};

TEST_F(ApprovalsTest, AListIsReadInPagesThosePendingFirst) {
  std::vector<std::string> asked;
  for (int i = 0; i < 7; ++i) {
    f.clock.time = f.clock.time + seconds(1);
    asked.push_back(
        overwrite(R"({"path":"/work/old","content":")" + std::to_string(i) + R"("})").approval);
  }
  for (const std::size_t refused : {6, 2}) {
    Fixture::must(f.ask([&](Answer done) {
      f.service->approvals().refuse(f.bob, asked[refused], "no", std::move(done));
    }));
  }
  std::vector<std::string> told;
  Approvals::ListQuery query{.limit = 3};
  for (int pages = 1;; ++pages) {
    ASSERT_LE(pages, 3);
    const text::Json page = Fixture::must(f.service->approvals().list(f.bob, query).value()());
    for (const text::Json& item : page.find("items")->as_array()) {
      told.emplace_back(item.string_or("id", ""));
    }
    query.before = page.string_or("next_before", "");
    if (query.before.empty()) break;
  }
  const std::vector<std::string> order{asked[5], asked[4], asked[3], asked[1],
                                       asked[0], asked[6], asked[2]};
  EXPECT_EQ(told, order);
  for (const char* made_up : {"x", "pending.", "pending.1", "pending.1.", "open.1.apr_1",
                              "closed.x.apr_1", "pending.99999999999999999999.a"}) {
    const auto page = f.service->approvals().list(f.bob, {.before = made_up});
    ASSERT_FALSE(page.has_value()) << made_up;
    EXPECT_EQ(page.error().reason, "field.invalid");
  }
}

TEST_F(ApprovalsTest, AProbeTellsCreateFromOverwrite) {
  EXPECT_EQ(overwrite(R"({"path":"/work/new","content":"x"})").decision.verdict, Verdict::kAllow);
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold);
}

// The tool says that it could not look, which is not to say that nothing is there.
TEST_F(ApprovalsTest, WhatCannotBeSeenCountsAsThere) {
  const std::string arguments = R"({"path":"/work/ENOENT: new","content":"x"})";
  for (const char* words :
       {"EACCES: permission denied, open '/work/ENOENT: new'", "EISDIR: is a directory",
        "Access denied", "", "ENOENTRY", "no such file or directory: ENOENT: x"}) {
    f.upstream.errors["stat"] = words;
    const auto held = overwrite(arguments);
    EXPECT_EQ(held.decision.verdict, Verdict::kHold) << words;
    const auto record = f.records("decision").back();
    EXPECT_EQ(record.string_or("outcome", ""), "overwrite") << words;
    EXPECT_TRUE(record.find("probe")->find("unknown")->as_bool()) << words;
  }
  for (const char* words :
       {"ENOENT: no such file, open '/work/x'", "Error: ENOENT: no such file", "ENOENT"}) {
    f.upstream.errors["stat"] = words;
    EXPECT_EQ(overwrite(arguments).decision.verdict, Verdict::kAllow) << words;
    EXPECT_EQ(f.records("decision").back().string_or("outcome", ""), "create") << words;
  }
}

TEST_F(ApprovalsTest, AnApproverIsToldWhatCouldNotBeSeenAndAGrantIsForThatState) {
  f.upstream.errors["stat"] = "EACCES: permission denied";
  const auto held = overwrite();
  const auto view = *shown(held.approval).find("view");
  EXPECT_EQ(view.find("change")->string_or("problem", ""), "EACCES: permission denied");
  EXPECT_EQ(view.find("change")->find("before"), nullptr);
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.upstream.errors["stat"] = "EIO: i/o error";
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold) << "another state";
  f.upstream.errors["stat"] = "EACCES: permission denied";
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kAllow);
}

TEST_F(ApprovalsTest, AnErrorIsNotShownAsTheContentThatIsThere) {
  f.upstream.errors["read"] = "EACCES: permission denied";
  const auto held = overwrite();
  ASSERT_EQ(held.decision.verdict, Verdict::kHold);
  const auto view = *shown(held.approval).find("view");
  EXPECT_EQ(view.find("change")->find("before"), nullptr);
  EXPECT_EQ(view.find("change")->string_or("problem", ""), "EACCES: permission denied");
  EXPECT_EQ(f.records("decision").back().find("probe")->find("unknown"), nullptr);
}

TEST_F(ApprovalsTest, Requirement_G6_TheApproverSeesTheCallTheChangeTheTaskAndTheOwner) {
  const auto held = overwrite();
  const auto view = *shown(held.approval).find("view");
  EXPECT_EQ(view.find("change")->string_or("before", ""), "old text");
  EXPECT_EQ(view.find("change")->string_or("after", ""), "new text");
  EXPECT_EQ(view.find("arguments")->string_or("path", ""), "/work/old");
  EXPECT_EQ(view.string_or("goal", ""), "the report");
  EXPECT_EQ(view.find("owners")->string_or("business", ""), "alice");
  for (const char* member : {"trigger", "tool", "targets", "reasons", "data_domain", "scope"}) {
    EXPECT_NE(view.find(member), nullptr) << member;
  }
}

TEST_F(ApprovalsTest, Requirement_G3_AGrantLetsExactlyThatCallThroughOnce) {
  const auto held = overwrite();
  ASSERT_EQ(held.decision.verdict, Verdict::kHold);
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  const auto other = overwrite(R"({"path":"/work/old","content":"new texT"})");
  EXPECT_EQ(other.decision.verdict, Verdict::kHold) << "one byte differs";
  EXPECT_NE(other.approval, held.approval);
  const auto allowed = overwrite();
  EXPECT_EQ(allowed.decision.verdict, Verdict::kAllow);
  EXPECT_EQ(allowed.decision.approval, held.approval);
  const auto again = overwrite();
  EXPECT_EQ(again.decision.verdict, Verdict::kHold) << "single use";
  EXPECT_NE(again.approval, held.approval);
}

TEST_F(ApprovalsTest, Requirement_G3_TwoCallsAtOnceCannotShareOneGrant) {
  const auto held = overwrite();
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.log.hold();
  std::optional<Released> a;
  std::optional<Released> b;
  f.begin(work.caller, "write", kOverwrite, a);
  f.begin(work.caller, "write", kOverwrite, b);
  f.log.release();
  f.loop.run();
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->decision.verdict == Verdict::kAllow, b->decision.verdict == Verdict::kAllow);
}

TEST_F(ApprovalsTest, WhatTheSecondOfTwoCallsAtOnceWaitsForCanStillBeGranted) {
  ASSERT_TRUE(grant(overwrite().approval, f.bob).has_value());
  f.log.hold();
  std::optional<Released> a;
  std::optional<Released> b;
  f.begin(work.caller, "write", kOverwrite, a);
  f.begin(work.caller, "write", kOverwrite, b);
  f.log.release();
  f.loop.run();
  ASSERT_TRUE(a && b);
  ASSERT_EQ(b->decision.verdict, Verdict::kHold);
  ASSERT_TRUE(grant(b->approval, f.bob).has_value());
  const auto again = overwrite();
  EXPECT_EQ(again.decision.verdict, Verdict::kAllow);
  EXPECT_EQ(again.decision.approval, b->approval);
}

TEST_F(ApprovalsTest, AUseThatCouldNotBeRecordedIsNone) {
  const auto held = overwrite();
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.log.fail_next(1, {Code::kUnavailable, "ledger.unwritable", "no space"});
  EXPECT_EQ(f.reason(overwrite()), "ledger.unwritable");
  EXPECT_EQ(shown(held.approval).string_or("state", ""), "granted");
  EXPECT_EQ(overwrite().decision.approval, held.approval);
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold) << "once all the same";
}

TEST_F(ApprovalsTest, Requirement_G3_AnApprovalExpires) {
  const auto held = overwrite();
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.clock.time = f.clock.time + minutes(16);
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold);
}

TEST_F(ApprovalsTest, Requirement_G6_NoAnswerByTheDeadlineIsARefusal) {
  const auto held = overwrite();
  std::optional<ApprovalState> answered;
  f.service->approvals().wait(held.approval,
                              [&](const ApprovalAnswer& answer) { answered = answer.state; });
  f.clock.time = f.clock.time + minutes(16);
  f.service->sweep();
  f.loop.run();
  EXPECT_EQ(answered, ApprovalState::kExpired);
  EXPECT_FALSE(grant(held.approval, f.bob).has_value());
  EXPECT_EQ(f.records("approval.expired").size(), 1u);
}

TEST_F(ApprovalsTest, WaitersHearOfAGrantAndOfARefusal) {
  const auto held = overwrite();
  std::optional<ApprovalAnswer> answered;
  const auto take = [&](const ApprovalAnswer& answer) { answered = answer; };
  f.service->approvals().wait(held.approval, take);
  EXPECT_FALSE(answered.has_value());
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->state, ApprovalState::kGranted);
  const auto other = overwrite(R"({"path":"/work/old","content":"b"})");
  answered.reset();
  f.service->approvals().wait(other.approval, take);
  ASSERT_TRUE(f.ask([&](Answer done) {
                 f.service->approvals().refuse(f.bob, other.approval, "no", done);
               }).has_value());
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->state, ApprovalState::kRefused);
  EXPECT_EQ(answered->by, "bob");
  EXPECT_EQ(answered->note, "no");
  EXPECT_FALSE(answered->task_ended);
}

TEST_F(ApprovalsTest, WaitersHearWhetherTheTaskEndedOrTimeRanOut) {
  std::optional<ApprovalAnswer> answered;
  const auto take = [&](const ApprovalAnswer& answer) { answered = answer; };
  f.service->approvals().wait(overwrite().approval, take);
  f.clock.time = f.clock.time + f.settings.approval_lifetime;
  f.service->sweep();
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->state, ApprovalState::kExpired);
  EXPECT_FALSE(answered->task_ended);
  answered.reset();
  const auto held = overwrite();
  ASSERT_EQ(held.decision.verdict, Verdict::kHold);
  f.service->approvals().wait(held.approval, take);
  Fixture::must(
      f.ask([&](Answer done) { f.service->tasks().end(f.alice, work.task, "completed", done); }));
  ASSERT_TRUE(answered.has_value());
  EXPECT_EQ(answered->state, ApprovalState::kRefused);
  EXPECT_TRUE(answered->task_ended);
  EXPECT_EQ(answered->by, "") << "no human did";
  answered.reset();
  f.service->approvals().wait(held.approval, take);
  f.loop.run();
  ASSERT_TRUE(answered.has_value()) << "who asks late is told the same";
  EXPECT_TRUE(answered->task_ended);
}

TEST_F(ApprovalsTest, OnlyEligibleHumansWhoDidNotAskMayGrant) {
  const auto held = overwrite();
  const auto refused = [&](const Caller& caller) {
    const auto result = grant(held.approval, caller);
    return result ? std::string("granted") : result.error().reason;
  };
  EXPECT_EQ(refused(work.caller), "approval.not_eligible");
  EXPECT_EQ(refused(f.human("carol", {domain::Role::kAuditor})), "approval.not_eligible");
  EXPECT_EQ(refused(f.human("alice", {domain::Role::kOperator, domain::Role::kApprover})),
            "approval.own_request");
  const auto wrong = f.ask(
      [&](Answer done) { f.service->approvals().grant(f.bob, held.approval, "sha256:00", done); });
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().reason, "approval.digest");
  EXPECT_EQ(refused(f.bob), "granted");
}

TEST_F(ApprovalsTest, TheStateThatWasShownIsBoundIn) {
  const auto held = overwrite();
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.upstream.files["/work/old"] = "somebody else's text";
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold) << "not what the approver saw";
}

TEST_F(ApprovalsTest, WhatIsThereIsProbedAgainBeforeRelease) {
  const auto held = overwrite();
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.log.hold();
  std::optional<Released> released;
  f.begin(work.caller, "write", kOverwrite, released);
  f.upstream.files["/work/old"] = "changed meanwhile";
  f.log.release();
  f.loop.run();
  ASSERT_TRUE(released.has_value());
  EXPECT_EQ(released->decision.verdict, Verdict::kDeny);
  EXPECT_EQ(f.reason(*released), "probe.changed");
}

TEST_F(ApprovalsTest, Requirement_G1_SpendingWaitsForAHumanWhateverPolicySays) {
  Fixture::must(f.put_policies("permit(principal, action, resource);"));
  const auto held = f.attempt(work.caller, "pay", R"({"to":"acme"})");
  EXPECT_EQ(held.decision.verdict, Verdict::kHold);
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  EXPECT_EQ(f.attempt(work.caller, "pay", R"({"to":"acme"})").decision.verdict, Verdict::kAllow);
}

TEST_F(ApprovalsTest, PendingHoldsOfATaskAreBounded) {
  for (std::size_t i = 0; i < f.settings.max_pending_approvals_per_task; ++i) {
    const auto held = overwrite(R"({"path":"/work/old","content":")" + std::to_string(i) + R"("})");
    ASSERT_EQ(held.decision.verdict, Verdict::kHold) << i;
  }
  EXPECT_EQ(f.reason(overwrite(R"({"path":"/work/old","content":"more"})")),
            "approval.too_many_pending");
  EXPECT_EQ(overwrite(R"({"path":"/work/old","content":"0"})").decision.verdict, Verdict::kHold)
      << "the same call joins the hold there is";
}

TEST_F(ApprovalsTest, ApprovalsAndTheirUseSurviveARestart) {
  const auto held = overwrite();
  f.open();
  EXPECT_EQ(shown(held.approval).string_or("state", ""), "pending");
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  f.open();
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kAllow);
  f.open();
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold) << "its use survives too";
}

TEST_F(ApprovalsTest, AQuorumOfTwoNeedsTwoHumans) {
  Fixture::must(f.put_policies(
      "permit(principal, action, resource);\n@approvers(\"approver\") @quorum(\"2\") "
      "forbid(principal, action, resource) when { context.outcome == \"overwrite\" } "
      "unless { context has approval };"));
  const auto held = overwrite();
  ASSERT_TRUE(grant(held.approval, f.bob).has_value());
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kHold);
  EXPECT_FALSE(grant(held.approval, f.bob).has_value()) << "not twice";
  ASSERT_TRUE(grant(held.approval, f.human("carol", {domain::Role::kApprover})).has_value());
  EXPECT_EQ(overwrite().decision.verdict, Verdict::kAllow);
}

}  // namespace
}  // namespace ambit::service
