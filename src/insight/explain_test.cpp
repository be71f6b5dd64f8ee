#include "insight/explain.h"

#include "insight/insight_fixture.h"

namespace ambit::insight {
namespace {

using text::Json;

struct Explain : InsightTest {
  Json must(const std::string& decision) {
    Evidence reading = evidence();
    auto explained = explain(reading, decision);
    EXPECT_TRUE(explained) << explained.error().message;
    return explained.value_or(Json::object());
  }
  static std::string gate(const Json& explained, const std::string& name) {
    for (const Json& one : explained.find("gates")->as_array()) {
      if (one.string_or("gate", "") == name) return std::string(one.string_or("result", ""));
    }
    return "no such gate";
  }
};

TEST_F(Explain, Requirement_B2_NamesWhoAuthorisedWhoMonitoredAndWhoCouldStopAnyAction) {
  add_agent("payer");
  const auto work = start("payer");
  const std::vector<std::string> decisions{
      act(work, "crm", "read", R"({"path":"/work/a"})"),
      attempt(work, "crm", "read", R"({"path":"/etc/shadow"})").decision_id, pay(work)};
  for (const std::string& decision : decisions) {
    const Json explained = must(decision);
    const Json& who = *explained.find("accountable");
    EXPECT_EQ(texts(who.find("authorised_by")).front(), "alice") << "who started the task";
    EXPECT_EQ(texts(who.find("monitored_by")), std::vector<std::string>{"alice"});
    EXPECT_FALSE(texts(who.find("may_stop")).empty());
  }
  const Json paid = must(decisions.back());
  EXPECT_EQ(texts(paid.find("accountable")->find("authorised_by")),
            (std::vector<std::string>{"alice", "bob"}))
      << "who approved it authorised it, too";
}

TEST_F(Explain, Requirement_H5_SaysInPlainWordsWhyWhatAndUnderWhichPolicy) {
  add_agent("payer");
  const auto work = start("payer");
  const std::string decision = pay(work);
  // What holds now is not what held then.
  Fixture::must(f.put_policies("forbid(principal, action, resource);"));
  const Json explained = must(decision);
  const std::string summary(explained.string_or("summary", ""));
  for (const char* part : {"payer", "files/pay", "account acme", "the report", "ticket 7",
                           "allowed", "Approved by bob", "alice"}) {
    EXPECT_NE(summary.find(part), std::string::npos) << part << " is not in: " << summary;
  }
  const Json& policies = *explained.find("policies");
  ASSERT_FALSE(policies.find("determining")->as_array().empty());
  EXPECT_EQ(policies.find("determining")->as_array().front().string_or("text", ""),
            "permit(principal, action, resource);")
      << "the text as it stood then";
  for (const char* name : {"liveness", "scope", "limits", "policy", "approval"}) {
    EXPECT_EQ(gate(explained, name), "passed") << name;
  }
  EXPECT_TRUE(explained.find("complete")->as_bool());
  EXPECT_EQ(texts(*explained.find("path"), "kind"),
            (std::vector<std::string>{"task.started", "instance.admitted", "decision",
                                      "approval.granted", "decision", "outcome"}));
}

TEST_F(Explain, ADenialSaysWhichGateRefusedAndWhichWereNotAsked) {
  add_agent("reader");
  const auto work = start("reader");
  const auto denied = attempt(work, "crm", "read", R"({"path":"/etc/passwd"})");
  const Json explained = must(denied.decision_id);
  EXPECT_EQ(gate(explained, "liveness"), "passed");
  EXPECT_EQ(gate(explained, "scope"), "refused");
  EXPECT_EQ(gate(explained, "policy"), "not_asked");
  EXPECT_NE(std::string(explained.string_or("summary", "")).find("denied"), std::string::npos);
}

TEST_F(Explain, AHeldCallDoesNotClaimThatPoliciesPermittedIt) {
  add_agent("payer");
  const auto work = start("payer");
  const auto held = attempt(work, "files", "pay", R"({"to":"acme"})");
  const auto why = [](const Json& explained, const std::string& name) {
    for (const Json& one : explained.find("gates")->as_array()) {
      if (one.string_or("gate", "") == name) return std::string(one.string_or("why", ""));
    }
    return std::string();
  };
  const Json waiting = must(held.decision_id);
  EXPECT_EQ(why(waiting, "policy"), "the policies would permit it with the approval that it lacks");
  EXPECT_NE(waiting.string_or("summary", "").find("Nobody has answered yet"), std::string::npos);
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->approvals().refuse(f.bob, held.approval, "not today", std::move(done));
  }));
  const Json refused = must(held.decision_id);
  EXPECT_NE(refused.string_or("summary", "").find("Then `bob` refused the held call: not today."),
            std::string::npos)
      << refused.string_or("summary", "");
  const Json paid = must(pay(work));
  EXPECT_NE(why(paid, "approval").find("granted by bob"), std::string::npos);
  const Json plain = must(act(work, "crm", "read", R"({"path":"/work/a"})"));
  EXPECT_EQ(why(plain, "approval"), "no approval was needed");
}

TEST_F(Explain, WhatWasErasedIsSaidWithWhoErasedIt) {
  add_agent("reader");
  const auto work = start("reader");
  const std::string read = act(work, "crm", "read", R"({"path":"/work/a"})");
  EXPECT_TRUE(must(read).find("complete")->as_bool());
  end(work);
  service::Caller officer = f.bob;
  officer.roles = {domain::Role::kSecurity};
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->tasks().erase(officer, work.task, "request 17", std::move(done));
  }));
  const Json explained = must(read);
  EXPECT_FALSE(explained.find("complete")->as_bool());
  const std::vector<std::string> missing = texts(explained.find("missing"));
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_NE(missing.front().find("`bob` erased them for good"), std::string::npos)
      << missing.front();
}

TEST_F(Explain, WhatTheLedgerLacksIsSaid) {
  add_agent("reader");
  const auto work = start("reader");
  const auto released = attempt(work, "crm", "read", R"({"path":"/work/a"})");
  const Json explained = must(released.decision_id);
  EXPECT_FALSE(explained.find("complete")->as_bool());
  EXPECT_NE(texts(explained.find("missing")).front().find("outcome"), std::string::npos);
  Evidence reading = evidence();
  EXPECT_EQ(explain(reading, "dec_none").error().reason, "decision.unknown");
}

}  // namespace
}  // namespace ambit::insight
