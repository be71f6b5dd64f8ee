#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr const char* kPermit = "permit(principal, action, resource);";
constexpr const char* kNoPay =
    "permit(principal, action, resource);"
    "@id(\"no-pay\") forbid(principal, action in Ambit::Action::\"spend\", resource);";

class PoliciesTest : public ::testing::Test, public Fixture {
 protected:
  void register_sam() {
    must(register_identity(admin, json(R"({"id":"sam","class":"human","roles":["security"]})")));
  }

  static Json set_of(const std::string& text, const std::string& tests = {}) {
    Json out = Json::object({{"policies", Json::object({{"main", text}})}});
    if (!tests.empty()) out.set("tests", json(tests));
    return out;
  }
  static std::string case_for(const std::string& name, const std::string& verdict) {
    return R"({"s":{"cases":[{"name":")" + name +
           R"(","request":{"tool":"bank/pay","class":"spend"},"expect":{"verdict":")" + verdict +
           R"("}}]}})";
  }

  Result<Json> put(const Caller& caller, const Json& set) {
    return ask([&](Answer done) { service->policies().put(caller, set, done); });
  }
  Result<Json> approve(const Caller& caller, const Json& proposal) {
    return ask([&](Answer done) {
      service->policies().approve(caller, text_of(proposal, "id"), text_of(proposal, "digest"), {},
                                  done);
    });
  }
  static std::string text_of(const Json& json, const char* key) {
    return std::string(json.string_or(key, ""));
  }
  std::uint64_t version() const {
    return static_cast<std::uint64_t>(
        service->policies().show(admin).value().find("version")->as_int());
  }
};

// An installation with one administrator and nothing else.
class FreshPoliciesTest : public PoliciesTest {
 protected:
  FreshPoliciesTest() {
    if (!service->bootstrap_admin("admin")) throw std::runtime_error("bootstrap");
    admin = human("admin", {domain::Role::kAdmin});
    alice = human("alice", {domain::Role::kOperator});
  }
};

TEST_F(FreshPoliciesTest, ALoneAdministratorPublishesTheFirstVersion) {
  const Json published = must(put(admin, set_of(kPermit)));
  EXPECT_EQ(text_of(published, "review"), "bootstrap");
  EXPECT_EQ(version(), 1u);
  const Json record = records("policy.published").back();
  EXPECT_EQ(text_of(record, "review"), "bootstrap");
  EXPECT_EQ(text_of(record, "author"), "admin");
  EXPECT_EQ(record.find("loosens")->as_array().size(), 1u) << "it is on record what it opened";
}

TEST_F(FreshPoliciesTest, TheFirstVersionNeedsTheOtherOneWhereThereIsOne) {
  register_sam();
  const Json proposal = must(put(admin, set_of(kPermit)));
  EXPECT_EQ(text_of(proposal, "state"), "open");
  EXPECT_EQ(version(), 0u);
  must(approve(sam, proposal));
  EXPECT_EQ(version(), 1u);
}

TEST_F(FreshPoliciesTest, LooseningWaitsForAnotherHumanAndLeavesEvidence) {
  must(put(admin, set_of(kNoPay)));
  const Json proposal = must(put(admin, set_of(kPermit)));
  ASSERT_EQ(text_of(proposal, "state"), "open");
  EXPECT_EQ(version(), 1u) << "nothing changed yet";
  EXPECT_EQ(proposal.find("loosens")->as_array().front().as_string(), "forbid `no-pay` is removed");
  EXPECT_EQ(records("policy.proposed").size(), 1u);
  EXPECT_EQ(approve(admin, proposal).error().reason, "proposal.own_request");
  EXPECT_EQ(approve(alice, proposal).error().reason, "caller.role");
  Caller robot = human("robot", {domain::Role::kSecurity});
  robot.kind = CallerKind::kService;
  EXPECT_EQ(approve(robot, proposal).error().reason, "proposal.not_eligible");
  Json other = proposal;
  other.set("digest", "sha256:0");
  EXPECT_EQ(approve(sam, other).error().reason, "proposal.changed");
  const Json published = must(approve(sam, proposal));
  EXPECT_EQ(version(), 2u);
  EXPECT_EQ(text_of(published, "approved_by"), "sam");
  const Json record = records("policy.published").back();
  EXPECT_EQ(text_of(record, "author"), "admin");
  EXPECT_EQ(text_of(record, "approved_by"), "sam");
  EXPECT_EQ(text_of(record, "proposal"), text_of(proposal, "id"));
  EXPECT_EQ(approve(sam, proposal).error().reason, "proposal.unknown") << "once only";
}

TEST_F(FreshPoliciesTest, EnforceToObserveIsLoosening) {
  must(put(admin, set_of(kNoPay)));
  std::string observed = kNoPay;
  observed.insert(observed.find("@id"), "@mode(\"observe\") ");
  EXPECT_EQ(text_of(must(put(admin, set_of(observed))), "state"), "open");
}

TEST_F(FreshPoliciesTest, TheAuthorAloneMayTightenEvenWithoutALedger) {
  must(put(admin, set_of(kPermit)));
  log.break_disk("disk full");
  std::optional<Result<Json>> answer;
  service->policies().put(admin, set_of(kNoPay),
                          [&](Result<Json> result) { answer = std::move(result); });
  loop.run();
  EXPECT_EQ(version(), 2u) << "it takes effect at once";
  log.mend_disk();
  loop.run();
  EXPECT_EQ(records("policy.published").size(), 2u) << "and is recorded on recovery";
}

TEST_F(FreshPoliciesTest, LooseningNeedsTheLedger) {
  must(put(admin, set_of(kNoPay)));
  const Json proposal = must(put(admin, set_of(kPermit)));
  log.break_disk("disk full");
  EXPECT_EQ(approve(sam, proposal).error().reason, "ledger.unwritable");
  EXPECT_EQ(version(), 1u);
}

TEST_F(PoliciesTest, Requirement_E5_FailingTestsBlockTheReleaseAndDecisionsCiteTheVersion) {
  set_up();
  const std::uint64_t before = version();
  const auto refused = put(admin, set_of(kNoPay, case_for("pays", "hold")));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "policy.test_failed");
  EXPECT_NE(refused.error().message.find("`s`, case `pays`: verdict is `deny`, expected `hold`"),
            std::string::npos)
      << refused.error().message;
  EXPECT_EQ(version(), before);
  const Json passed =
      must(publish(set_of(std::string(kPolicies) + "// next", case_for("pays", "hold"))));
  EXPECT_EQ(version(), before + 1);
  const auto work = start(task_spec());
  attempt(work.caller, "read", R"({"path":"/work/a"})");
  const Json decided = records("decision").back();
  const Json* policy = decided.find("policy");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->find("version")->as_int(), static_cast<std::int64_t>(before + 1));
  EXPECT_EQ(text_of(*policy, "digest"), text_of(passed, "digest"));
}

TEST_F(FreshPoliciesTest, DefaultsThatAreNewChangeEveryCase) {
  must(put(admin, set_of(kNoPay, case_for("never pays", "deny"))));
  Json tests = json(case_for("never pays", "deny"));
  tests.find("s")->set("defaults", json(R"({"key_bound":false})"));
  const Json changed = must(put(admin, set_of(kNoPay, text::to_json(tests))));
  EXPECT_EQ(text_of(changed, "state"), "open");
  EXPECT_EQ(changed.find("loosens")->as_array().front().as_string(),
            "test case `never pays` of `s` is removed or changed");
}

TEST_F(FreshPoliciesTest, ACaseThatIsNowAboutAPartSaysLess) {
  must(put(admin, set_of(kNoPay, case_for("never pays", "deny"))));
  Json tests = json(case_for("never pays", "deny"));
  tests.find("s")->set("policies", json(R"(["main"])"));
  Json set = set_of(kNoPay, text::to_json(tests));
  EXPECT_EQ(must(put(admin, set)).find("loosens")->as_array().front().as_string(),
            "test case `never pays` of `s` is removed or changed");
  tests.find("s")->set("policies", json(R"(["gone"])"));
  const auto refused = put(admin, set_of(kNoPay, text::to_json(tests)));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "policy.test_failed");
  EXPECT_NE(refused.error().message.find("the text `gone`"), std::string::npos);
}

TEST_F(FreshPoliciesTest, TestsOfSeveralFilesTravelTogether) {
  const char* part = R"({"policies":["%"],"cases":[{"name":"pays","request":
      {"tool":"bank/pay","class":"spend"},"expect":{"verdict":"@"}}]})";
  const auto document = [&](const std::string& name, const std::string& verdict) {
    std::string out = part;
    out.replace(out.find('%'), 1, name).replace(out.find('@'), 1, verdict);
    return json(out);
  };
  const Json policies = Json::object({{"base", kPermit}, {"strict", kNoPay}});
  Json tests =
      Json::object({{"base", document("base", "hold")}, {"strict", document("strict", "deny")}});
  must(put(admin, Json::object({{"policies", policies}, {"tests", tests}})));
  EXPECT_EQ(service->policies().show(admin).value().find("tests")->as_object().size(), 2u);
  tests.set("base", document("base", "deny"));
  EXPECT_EQ(put(admin, Json::object({{"policies", policies}, {"tests", tests}})).error().reason,
            "policy.test_failed");
}

TEST_F(FreshPoliciesTest, TestsStayWithTheSet) {
  must(put(admin, set_of(kNoPay, case_for("never pays", "deny"))));
  EXPECT_NE(service->policies().show(admin).value().find("tests"), nullptr);
  const Json without = must(put(admin, set_of(kNoPay)));
  EXPECT_EQ(text_of(without, "state"), "open");
  EXPECT_EQ(without.find("loosens")->as_array().front().as_string(),
            "test case `never pays` of `s` is removed or changed");
  const std::string more = std::string(kNoPay) +
                           "forbid(principal, action, resource) when { "
                           "context.outcome == \"delete\" };";
  EXPECT_EQ(text_of(must(put(admin, set_of(more, case_for("never pays", "deny")))), "state"), "");
}

TEST_F(FreshPoliciesTest, ProposalsAndVersionsSurviveARestart) {
  must(put(admin, set_of(kNoPay, case_for("never pays", "deny"))));
  const Json proposal = must(put(admin, set_of(kPermit)));
  const Json before = service->policies().show(admin).value();
  open();
  EXPECT_EQ(service->policies().show(admin).value(), before);
  ASSERT_EQ(service->policies().proposals(admin).value().find("items")->as_array().size(), 1u);
  EXPECT_EQ(service->policies()
                .proposal(admin, text_of(proposal, "id"))
                .value()
                .find("loosens")
                ->as_array()
                .size(),
            2u);
  must(approve(sam, proposal));
  open();
  EXPECT_EQ(version(), 2u);
  EXPECT_TRUE(service->policies().proposals(admin).value().find("items")->as_array().empty());
  const Json versions = must(service->policies().versions(admin, 0, 50).value()());
  ASSERT_EQ(versions.find("items")->as_array().size(), 2u);
  EXPECT_EQ(versions.find("next_before"), nullptr);
  EXPECT_EQ(text_of(versions.find("items")->as_array()[0], "approved_by"), "sam");
  const auto called = [&](const std::string& which) {
    return service->policies().version(admin, which).value()();
  };
  const Json first = must(called("1"));
  EXPECT_EQ(first.find("policies")->string_or("main", ""), kNoPay);
  EXPECT_EQ(must(called(text_of(first, "digest"))), first) << "a version is found by its content";
  EXPECT_EQ(called("9").error().reason, "policy.unknown");
}

TEST_F(FreshPoliciesTest, VersionsAreListedInPages) {
  must(put(admin, set_of(kNoPay)));
  open();
  for (const char* id : {"two", "three"}) {
    must(put(admin, set_of("@id(\"" + std::string(id) + "\")\n" + kNoPay)));
  }
  std::vector<std::int64_t> seen;
  std::uint64_t before = 0;
  for (int pages = 0; pages < 5; ++pages) {
    const Json page = must(service->policies().versions(admin, before, 2).value()());
    for (const Json& item : page.find("items")->as_array()) {
      EXPECT_EQ(item.find("policies"), nullptr) << "texts are shown one version at a time";
      seen.push_back(item.find("version")->as_int());
    }
    const Json* next = page.find("next_before");
    if (!next) break;
    before = static_cast<std::uint64_t>(next->as_int());
  }
  EXPECT_EQ(seen, (std::vector<std::int64_t>{3, 2, 1}));
}

TEST_F(FreshPoliciesTest, AProposalThatWasComparedWithAnotherVersionIsLeftBehind) {
  must(put(admin, set_of(kNoPay)));
  const Json proposal = must(put(admin, set_of(kPermit)));
  must(put(admin, set_of(std::string(kNoPay) + "forbid(principal, action, resource);")));
  EXPECT_EQ(approve(sam, proposal).error().reason, "proposal.unknown");
  EXPECT_TRUE(service->policies().proposals(admin).value().find("items")->as_array().empty());
}

TEST_F(FreshPoliciesTest, AProposalCanBeRefused) {
  must(put(admin, set_of(kNoPay)));
  const Json proposal = must(put(admin, set_of(kPermit)));
  const auto refuse = [&](const Caller& caller) {
    return ask([&](Answer done) {
      service->policies().refuse(caller, text_of(proposal, "id"), "too much", done);
    });
  };
  EXPECT_EQ(refuse(alice).error().reason, "caller.role");
  EXPECT_EQ(text_of(must(refuse(sam)), "state"), "refused");
  EXPECT_EQ(approve(sam, proposal).error().reason, "proposal.unknown");
  EXPECT_EQ(records("policy.refused").size(), 1u);
  open();
  EXPECT_EQ(approve(sam, proposal).error().reason, "proposal.unknown");
}

TEST_F(FreshPoliciesTest, OpenProposalsAreBounded) {
  must(put(admin, set_of(kNoPay)));
  for (int i = 0; i < 16; ++i) must(put(admin, set_of(kPermit)));
  EXPECT_EQ(put(admin, set_of(kPermit)).error().reason, "policy.proposals");
}

TEST_F(FreshPoliciesTest, WhileASetIsTestedAnotherOneDoesNotSlipUnderItsReview) {
  must(put(admin, set_of(kNoPay)));
  // Both are compared with version 1; only one of them can be the second.
  std::optional<Result<Json>> first;
  std::optional<Result<Json>> second;
  service->policies().put(admin,
                          set_of(std::string(kNoPay) + "forbid(principal, action, resource);"),
                          [&](Result<Json> answer) { first = std::move(answer); });
  service->policies().put(admin, set_of(std::string(kNoPay) + "// same"),
                          [&](Result<Json> answer) { second = std::move(answer); });
  loop.run();
  ASSERT_TRUE(first && first->has_value());
  ASSERT_TRUE(second && !second->has_value()) << "it would take the first one's forbid away";
  EXPECT_EQ(second->error().reason, "store.conflict");
}

// The control owner of an agent reaches for a guardrail; the business owner is told.
TEST_F(PoliciesTest, Requirement_B3_OwnersCannotLoosenAndTheBusinessOwnerReceivesTheIncident) {
  set_up();
  const Caller carol = human("carol", {domain::Role::kOperator});
  must(register_identity(admin, json(R"({"id":"carol","class":"human","roles":["operator"]})")));
  Json spec = agent_spec();
  spec.set("id", "clerk");
  spec.find("agent")->find("owners")->set("control", "carol");
  must(register_identity(alice, spec));
  must(publish(set_of(kNoPay)));
  const std::uint64_t before = version();

  const auto refused = put(carol, set_of(kPermit));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "caller.role");
  Json threshold = set_of(kNoPay);
  threshold.set("high_tier_needs", json(R"([{"approvers":"carol","quorum":1}])"));
  EXPECT_EQ(put(carol, threshold).error().reason, "caller.role");
  EXPECT_EQ(version(), before) << "nothing changed";
  ASSERT_EQ(records("guardrail.refused").size(), 2u) << "and both attempts are on record";
  const Json record = records("guardrail.refused").front();
  EXPECT_EQ(text_of(record, "by"), "carol");
  EXPECT_EQ(record.find("detail")->find("loosens")->as_array().front().as_string(),
            "forbid `no-pay` is removed");

  open();  // what was found outlives the process
  ASSERT_TRUE(service->findings().list(carol, "").value().find("items")->as_array().empty());
  const Json mine = service->findings().list(alice, "open").value();
  ASSERT_EQ(mine.find("items")->as_array().size(), 1u) << "one incident, not one for each try";
  const Json incident = mine.find("items")->as_array().front();
  EXPECT_EQ(text_of(incident, "kind"), "guardrail.override");
  EXPECT_EQ(text_of(incident, "agent"), "clerk");
  EXPECT_EQ(text_of(incident, "assigned_to"), "alice");
  EXPECT_EQ(text_of(incident, "by"), "carol");
  const auto close = [&](const Caller& caller, const std::string& note) {
    return ask([&](Answer done) {
      service->findings().close(caller, text_of(incident, "id"), note, done);
    });
  };
  EXPECT_EQ(close(carol, "never mind").error().reason, "finding.unknown");
  EXPECT_EQ(close(alice, "").error().reason, "finding.note");
  EXPECT_EQ(text_of(must(close(alice, "spoke with carol")), "state"), "closed");
  EXPECT_EQ(close(alice, "again").error().reason, "finding.closed");
  open();
  EXPECT_EQ(text_of(service->findings().show(alice, text_of(incident, "id")).value(), "note"),
            "spoke with carol");

  // Security's own author is not enough either where the set guards the high tier.
  const Json proposal = must(put(sam, set_of(kPermit)));
  EXPECT_EQ(approve(sam, proposal).error().reason, "proposal.own_request");
  EXPECT_EQ(approve(carol, proposal).error().reason, "caller.role");
  must(approve(admin, proposal));
  EXPECT_EQ(version(), before + 1);
}

TEST_F(PoliciesTest, Requirement_E4_WhatIsOutsideAnAgentsDecisionRightsIsLeftToAHuman) {
  set_up();
  must(
      publish(set_of("permit(principal, action, resource);\n"
                     "@approvers(\"approver\") forbid(principal, action, resource)\n"
                     "unless { context has approval || "
                     "principal.decides.contains(context.outcome) };")));
  const auto verdict_of = [&](const char* key, const char* tool) {
    const Work work = start(task_spec(), key);
    return attempt(work.caller, tool, R"({"path":"/work/a","content":"x"})").decision;
  };
  upstream.files.clear();
  EXPECT_EQ(verdict_of("k1", "write").verdict, domain::Verdict::kHold) << "no rights yet";

  Json spec = agent_spec();
  spec.find("agent")->set("decides", json(R"(["create"])"));
  const auto update = [&](const Caller& caller) {
    return ask(
        [&](Answer done) { service->registry().update_identity(caller, "writer", spec, 0, done); });
  };
  EXPECT_EQ(update(alice).error().reason, "caller.role") << "its owner gives it no rights";
  EXPECT_EQ(records("guardrail.refused").size(), 1u);
  must(update(sam));
  must(move("writer", "activate"));  // a change of rights is a change to be looked at
  EXPECT_EQ(verdict_of("k2", "write").verdict, domain::Verdict::kAllow);
  upstream.files["/work/a"] = "old";
  const auto overwriting = verdict_of("k3", "write");
  EXPECT_EQ(overwriting.verdict, domain::Verdict::kHold) << "to overwrite is another decision";
  EXPECT_EQ(overwriting.needs, (std::vector<domain::Need>{{"approver", 1}}));

  spec.find("agent")->set("decides", Json::array());
  must(update(alice));  // who may take them away
  EXPECT_TRUE(
      service->registry().show_identity(admin, "writer").value().find("agent")->find("decides") ==
      nullptr);
}

TEST_F(PoliciesTest, NobodyClosesAFindingThatTheyCaused) {
  set_up();
  EXPECT_EQ(put(alice, set_of(kPermit)).error().reason, "caller.role");
  const Json mine = service->findings().list(alice, "").value();
  ASSERT_EQ(mine.find("items")->as_array().size(), 1u);
  const std::string id = text_of(mine.find("items")->as_array().front(), "id");
  const auto close = [&](const Caller& caller) {
    return ask([&](Answer done) { service->findings().close(caller, id, "looked at it", done); });
  };
  EXPECT_EQ(close(alice).error().reason, "finding.own");
  EXPECT_TRUE(close(sam).has_value());
}

TEST_F(PoliciesTest, ReachingForAGuardrailOftenIsCountedNotWrittenEachTime) {
  set_up();
  settings.default_denials_per_minute = 3;
  open();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(put(alice, set_of(kPermit)).error().reason, "caller.role");
  }
  EXPECT_EQ(records("guardrail.refused").size(), 3u);
  clock.time = clock.time + minutes(1);
  EXPECT_FALSE(put(alice, set_of(kPermit)).has_value());
  const Json last = records("guardrail.refused").back();
  EXPECT_EQ(last.find("unrecorded_before")->as_int(), 7);
}

// The highest risk is enforced first, the rest is only watched; how far that goes is measured.
TEST_F(PoliciesTest, Requirement_E13_PoliciesAreEnforcedOneByOneAndCoverageIsMeasuredByTier) {
  set_up();
  const std::string staged =
      "permit(principal, action, resource);"
      "@id(\"spend\") forbid(principal, action in Ambit::Action::\"spend\", resource);"
      "@id(\"reads\") @mode(\"observe\") forbid(principal, action in "
      "Ambit::Action::\"read\", resource) when { context.input.path == \"/work/b\" };";
  must(publish(set_of(staged)));
  const auto work = start(task_spec());
  EXPECT_EQ(attempt(work.caller, "pay", R"({"to":"acme"})").decision.verdict,
            domain::Verdict::kDeny);
  EXPECT_EQ(attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            domain::Verdict::kAllow);
  const auto watched = attempt(work.caller, "read", R"({"path":"/work/b"})");
  EXPECT_EQ(watched.decision.verdict, domain::Verdict::kAllow) << "it is only observed";
  const Json record = *records("decision").back().find("decision");
  EXPECT_EQ(text_of(record, "would"), "deny");
  EXPECT_EQ(record.find("observed")->as_array().size(), 1u);

  open();
  const Json coverage = service->policies().coverage(admin).value();
  const auto tier = [](const Json& measured, const std::string& name) {
    for (const Json& item : measured.find("tiers")->as_array()) {
      if (item.string_or("tier", "") == name) return item;
    }
    return Json();
  };
  EXPECT_EQ(tier(coverage, "high").find("share")->as_double(), 1.0);
  EXPECT_EQ(tier(coverage, "low").find("decisions")->as_int(), 2);
  EXPECT_EQ(tier(coverage, "low").find("enforced")->as_int(), 1);
  EXPECT_EQ(coverage.find("observed_policies")->as_array().front().as_string(), "reads");

  // Expanding the coverage only tightens, so the author may do it alone.
  std::string enforced = staged;
  enforced.replace(enforced.find("@mode(\"observe\") "), 17, "");
  Json meant = set_of(enforced);
  meant.set("expected_newly_denied", 1);
  EXPECT_EQ(text_of(must(put(admin, meant)), "review"), "author");
  EXPECT_EQ(attempt(work.caller, "read", R"({"path":"/work/b"})").decision.verdict,
            domain::Verdict::kDeny);
  EXPECT_EQ(tier(service->policies().coverage(admin).value(), "low").find("enforced")->as_int(), 2);
}

TEST_F(FreshPoliciesTest, CheckSaysWhatPublishingWouldMean) {
  must(put(admin, set_of(kNoPay)));
  const Json checked = must(ask([&](Answer done) {
    service->policies().check(admin, set_of(kPermit, case_for("pays", "deny")), done);
  }));
  EXPECT_FALSE(checked.find("ok")->as_bool()) << "a test fails";
  EXPECT_EQ(checked.find("failed_tests")->as_array().size(), 1u);
  EXPECT_TRUE(checked.find("needs_review")->as_bool());
  EXPECT_EQ(checked.find("loosens")->as_array().size(), 1u);
  EXPECT_EQ(version(), 1u);
}

// It runs beside what must be written, and tells of the set in force and of the tools there are.
TEST_F(FreshPoliciesTest, OnlyThoseWhoMayReadPoliciesHaveOneChecked) {
  const auto reason = [&](const Caller& caller) {
    const auto checked =
        ask([&](Answer done) { service->policies().check(caller, set_of(kPermit), done); });
    return checked ? std::string() : checked.error().reason;
  };
  Caller agent;
  agent.kind = CallerKind::kTask;
  agent.identity = "writer";
  EXPECT_EQ(reason(agent), "caller.role");
  EXPECT_EQ(reason(human("nora", {})), "caller.role");
  EXPECT_EQ(reason(human("erik", {domain::Role::kEnforcement})), "caller.role");
  EXPECT_EQ(reason(human("olga", {domain::Role::kOperator})), "");
}

}  // namespace
}  // namespace ambit::service
