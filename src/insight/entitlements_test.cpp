#include "insight/entitlements.h"

#include "insight/insight_fixture.h"

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

}  // namespace
}  // namespace ambit::insight
