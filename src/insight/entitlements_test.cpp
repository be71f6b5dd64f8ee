#include "insight/entitlements.h"

#include "insight/insight_fixture.h"
#include "insight/timeline.h"

namespace ambit::insight {
namespace {

using text::Json;

struct Entitlements : InsightTest {
  Json must(const std::string& agent, Time at) {
    Evidence reading = evidence();
    auto found = entitlements(reading, agent, at);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Json::object());
  }
  Time later() { return f.clock.time = f.clock.time + minutes(1); }
  static std::string why_not(const Json& answer) {
    return std::string(answer.string_or("why_not", ""));
  }
};

TEST_F(Entitlements, Requirement_H6_WhatAnAgentCouldDoAtAnyMoment) {
  const Time before = later();
  later();
  add_agent("payer");
  const Time idle = later();
  later();
  const auto work = start("payer", 5);
  act(work, "files", "read", R"({"path":"/work/a"})");
  const Time working = later();
  later();
  auto listing = f.upstream.listing;
  listing.tools.pop_back();
  f.service->registry().observe_listing("files", listing);
  f.loop.run();
  const Time frozen = later();
  later();
  Fixture::must(f.put_policies("forbid(principal, action, resource);"));
  end(work);
  const Time ended = later();
  later();
  Fixture::must(f.move("payer", "decommission"));
  const Time gone = later();

  Evidence reading = evidence();
  EXPECT_EQ(entitlements(reading, "payer", before).error().reason, "identity.unknown");
  EXPECT_NE(why_not(must("payer", idle)).find("no open task"), std::string::npos);

  const Json then = must("payer", working);
  EXPECT_TRUE(then.find("may_act")->as_bool()) << why_not(then);
  EXPECT_EQ(then.string_or("state", ""), "active");
  EXPECT_TRUE(then.find("unknown")->as_array().empty());
  const Json& task = then.find("tasks")->as_array().at(0);
  EXPECT_EQ(task.string_or("task", ""), work.task);
  EXPECT_EQ(task.find("calls_left")->as_int(), 4);
  EXPECT_EQ(texts(*task.find("tools"), "tool"), kAllTools);
  for (const Json& tool : task.find("tools")->as_array()) {
    EXPECT_TRUE(tool.find("usable")->as_bool()) << tool.string_or("tool", "");
    const bool pays = tool.string_or("tool", "") == "files/pay";
    EXPECT_EQ(tool.find("needs_human")->as_bool(), pays) << tool.string_or("tool", "");
  }
  EXPECT_NE(text::to_json(*then.find("policies")).find("permit(principal, action, resource);"),
            std::string::npos)
      << "the policies of that moment, not of now";

  const Json without = must("payer", frozen);
  const Json& tools = *without.find("tasks")->as_array().at(0).find("tools");
  EXPECT_EQ(texts(tools, "tool"), kAllTools) << "what is frozen is told";
  for (const Json& tool : tools.as_array()) {
    const bool pays = tool.string_or("tool", "") == "files/pay";
    EXPECT_EQ(tool.find("usable")->as_bool(), !pays) << tool.string_or("tool", "");
  }
  const Json after = must("payer", ended);
  EXPECT_TRUE(after.find("tasks")->as_array().empty());
  EXPECT_NE(text::to_json(*after.find("policies")).find("forbid"), std::string::npos);
  EXPECT_NE(why_not(must("payer", gone)).find("retired"), std::string::npos);
}

TEST_F(Entitlements, AnAgentOfManyTasksHasItsNewestOnesToo) {
  add_agent("busy");
  for (int i = 0; i < 140; ++i) end(start("busy"));
  const auto last = start("busy");
  const Json now = must("busy", later());
  ASSERT_EQ(now.find("tasks")->as_array().size(), 1u);
  EXPECT_EQ(now.find("tasks")->as_array().front().string_or("task", ""), last.task);
}

TEST_F(Entitlements, ATierThatTheTierTableNamesApproversForNeedsAHuman) {
  add_agent("payer");
  start("payer");
  const auto needs = [&](const std::string& tool) {
    const Json now = must("payer", later());
    for (const Json& one : now.find("tasks")->as_array().at(0).find("tools")->as_array()) {
      if (one.string_or("tool", "") == tool) return one.find("needs_human")->as_bool();
    }
    throw std::runtime_error("no such tool");
  };
  EXPECT_FALSE(needs("crm/write"));
  Fixture::must(f.publish(Fixture::json(
      R"({"policies":{"main":"permit(principal, action, resource);"},
          "tiers":{"elevated":{"approval":[{"approvers":"approver","quorum":1}]}}})")));
  EXPECT_TRUE(needs("crm/write"));
  EXPECT_FALSE(needs("crm/read"));
}

TEST_F(Entitlements, AnApprovalCountsFromItsGrantToItsUse) {
  add_agent("payer");
  const auto work = start("payer");
  const auto held = attempt(work, "files", "pay", R"({"to":"acme"})");
  const Time asked = later();
  later();
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                 done);
  }));
  const Time granted = later();
  later();
  act(work, "files", "pay", R"({"to":"acme"})");
  const Time used = later();
  const auto count = [&](Time at) {
    return must("payer", at).find("approvals")->as_array().size();
  };
  EXPECT_EQ(count(asked), 0u);
  EXPECT_EQ(count(granted), 1u);
  EXPECT_EQ(count(used), 0u);
}

TEST_F(Entitlements, AnApprovalCountsOnceEverybodyItNeedsHasGrantedIt) {
  Fixture::must(f.publish(Fixture::json(
      R"({"policies":{"main":"permit(principal, action, resource);"},
          "tiers":{"high":{"approval":[{"approvers":"approver","quorum":2}]}}})")));
  Fixture::must(f.register_identity(
      f.admin, Fixture::json(R"({"id":"bea","class":"human","roles":["approver"]})")));
  add_agent("payer");
  const auto work = start("payer");
  const auto grant = [&](const service::Caller& by, const service::Released& held) {
    return f.ask([&](service::Answer done) {
      f.service->approvals().grant(by, held.approval, crypto::to_string(held.decision.action),
                                   done);
    });
  };
  const service::Caller bea = Fixture::human("bea", {domain::Role::kApprover});
  const auto count = [&] { return must("payer", later()).find("approvals")->as_array().size(); };
  const auto held = attempt(work, "files", "pay", R"({"to":"acme"})");
  ASSERT_FALSE(held.approval.empty()) << Fixture::reason(held);
  Fixture::must(grant(f.bob, held));
  EXPECT_EQ(count(), 0u) << "one of two";
  Fixture::must(grant(bea, held));
  EXPECT_EQ(count(), 1u);
  const auto other = attempt(start("payer"), "files", "pay", R"({"to":"acme"})");
  Fixture::must(grant(f.bob, other));
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->approvals().refuse(bea, other.approval, "no", done);
  }));
  EXPECT_EQ(count(), 1u) << "the other one was refused";
}

TEST_F(Entitlements, AnApprovalIsFoundHoweverOftenItsCallWasHeld) {
  add_agent("payer");
  const auto work = start("payer", 1000);
  const auto pay = [&] {
    f.clock.time = f.clock.time + seconds(1);
    return attempt(work, "files", "pay", R"({"to":"acme"})");
  };
  const auto held = pay();
  for (int i = 0; i < 600; ++i) ASSERT_EQ(pay().decision.verdict, domain::Verdict::kHold);
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                 done);
  }));
  EXPECT_EQ(must("payer", later()).find("approvals")->as_array().size(), 1u);
  const auto paid = pay();
  ASSERT_EQ(paid.decision.verdict, domain::Verdict::kAllow);
  EXPECT_TRUE(must("payer", later()).find("approvals")->as_array().empty());
  Evidence reading = evidence();
  const auto traced = trace(reading, {paid.decision_id});
  ASSERT_TRUE(traced);
  EXPECT_EQ(text::to_json(*traced->find("missing")).find("the grant of approval"),
            std::string::npos);
}

TEST_F(Entitlements, NobodyActsWhoseHumansAreGone) {
  add_agent("payer");
  start("payer");
  EXPECT_TRUE(must("payer", later()).find("may_act")->as_bool());
  Fixture::must(f.move("bob", "suspend"));
  EXPECT_TRUE(must("payer", later()).find("may_act")->as_bool()) << "one is left";
  const Time owned = later();
  later();
  Fixture::must(f.move("alice", "suspend"));
  const Json now = must("payer", later());
  EXPECT_FALSE(now.find("may_act")->as_bool());
  EXPECT_NE(why_not(now).find("accountable"), std::string::npos) << why_not(now);
  EXPECT_TRUE(must("payer", owned).find("may_act")->as_bool()) << "at that time";
}

TEST_F(Entitlements, ABudgetThatIsUsedUpEndsWhatATaskAndThoseBelowCouldDo) {
  add_agent("payer");
  const auto parent = start("payer", 2);
  const auto child = start("payer", 1, parent);
  const auto left = [&] {
    std::map<std::string, std::int64_t> out;
    const Json now = must("payer", later());
    for (const Json& task : now.find("tasks")->as_array()) {
      out[std::string(task.string_or("task", ""))] = task.find("calls_left")->as_int();
    }
    return out;
  };
  using Left = std::map<std::string, std::int64_t>;
  EXPECT_EQ(left(), (Left{{parent.task, 2}, {child.task, 1}}));
  act(parent, "files", "read", R"({"path":"/work/a"})");
  act(parent, "files", "read", R"({"path":"/work/a"})");
  EXPECT_EQ(left(), (Left{{parent.task, 0}, {child.task, 0}}));
  EXPECT_NE(why_not(must("payer", later())).find("used up"), std::string::npos);
}

}  // namespace
}  // namespace ambit::insight
