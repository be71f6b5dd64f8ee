#include <gtest/gtest.h>

#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using text::Json;

constexpr const char* kReadsOfA =
    "permit(principal, action in Ambit::Action::\"read\", resource)\n"
    "when { resource == Ambit::Path::\"/work/a\" };";
constexpr const char* kReads = "permit(principal, action in Ambit::Action::\"read\", resource);";

class PolicySimulationTest : public ::testing::Test, public Fixture {
 protected:
  PolicySimulationTest() { set_up(); }

  static Json set_of(const std::string& text, std::optional<int> expected = {}) {
    Json out = Json::object({{"policies", Json::object({{"main", text}})}});
    if (expected) out.set("expected_newly_denied", *expected);
    return out;
  }
  Result<Json> put(const Json& set, const Caller& caller) {
    return ask([&](Answer done) { service->policies().put(caller, set, done); });
  }
  Result<Json> put(const Json& set) { return put(set, admin); }
  Json preview(const Json& set) {
    return must(ask([&](Answer done) { service->policies().simulate(admin, set, done); }));
  }
  Result<Json> approve(const Json& proposal, std::optional<std::uint64_t> expected = {}) {
    return ask([&](Answer done) {
      service->policies().approve(sam, text_of(proposal, "id"), text_of(proposal, "digest"),
                                  expected, done);
    });
  }
  // A task whose agent reads these paths.
  Work reads(const std::vector<std::string>& of) {
    const Work work = start(task_spec(100), "thumb-" + std::to_string(++tasks));
    for (const auto& path : of) read(work, path);
    return work;
  }
  domain::Verdict read(const Work& work, const std::string& path) {
    return attempt(work.caller, "read", R"({"path":")" + path + R"("})").decision.verdict;
  }

  static std::string text_of(const Json& json, const char* key) {
    return std::string(json.string_or(key, ""));
  }
  static std::int64_t count(const Json& json, const char* key) {
    const Json* simulation = json.find("simulation");
    const Json* value = simulation ? simulation->find(key) : nullptr;
    return value && value->is_int() ? value->as_int() : -1;
  }
  static const Json& change(const Json& json, std::size_t which) {
    return json.find("simulation")->find("changes")->as_array().at(which);
  }
  Json in_force() const { return service->policies().show(admin).value(); }
  std::int64_t version() const { return in_force().find("version")->as_int(); }

  int tasks = 0;
};

TEST_F(PolicySimulationTest, Requirement_E19_AWrongChangeIsCaughtBeforeItTakesEffect) {
  reads({"/work/a", "/work/b", "/work/c", "/work/c"});
  const auto before = version();
  const std::string wrong = std::string(kPolicies) +
                            "@id(\"typo\") forbid(principal, action, resource)\n"
                            "when { resource in Ambit::Path::\"/work\" };";
  const Json seen = preview(set_of(wrong));
  EXPECT_EQ(text_of(seen, "outcome"), "refused");
  EXPECT_EQ(text_of(seen, "reason"), "policy.newly_denied");
  EXPECT_EQ(count(seen, "newly_denied"), 4);
  EXPECT_EQ(count(seen, "passed"), 4);
  EXPECT_EQ(count(seen, "newly_allowed"), 0);
  EXPECT_EQ(text_of(change(seen, 0), "tool"), "files/read");
  EXPECT_EQ(text_of(change(seen, 0), "reason"), "policy.forbidden");
  EXPECT_EQ(change(seen, 0).find("decisions")->as_int(), 4);
  EXPECT_EQ(version(), before) << "a preview publishes nothing";

  const auto refused = put(set_of(wrong));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_EQ(refused.error().reason, "policy.newly_denied");
  EXPECT_NE(refused.error().message.find("4 of `writer` on `files/read`"), std::string::npos)
      << refused.error().message;
  EXPECT_EQ(put(set_of(wrong, 3)).error().reason, "policy.newly_denied") << "more than was said";
  EXPECT_EQ(version(), before);
  EXPECT_EQ(put(set_of(wrong, -1)).error().code, Code::kInvalid);

  const Json meant = must(put(set_of(wrong, 4)));
  EXPECT_EQ(version(), before + 1);
  const Json record = records("policy.published").back();
  EXPECT_EQ(record.find("expected_newly_denied")->as_int(), 4) << "and who meant it";
  for (const Json& one : {meant, record, in_force()}) {
    EXPECT_EQ(count(one, "newly_denied"), 4);
    EXPECT_EQ(text_of(*one.find("simulation"), "draft"), text_of(meant, "digest"));
    EXPECT_EQ(text_of(*one.find("simulation"), "base"), text_of(record, "before"));
  }
  const Json stays = in_force();
  open();
  EXPECT_EQ(in_force(), stays);
}

TEST_F(PolicySimulationTest, WhatIsOnlyWiderAndConcernsNothingThatHappenedNeedsNobodyElse) {
  must(publish(set_of(kReadsOfA)));
  reads({"/work/a"});
  const Json published = must(put(set_of(kReads)));
  EXPECT_EQ(text_of(published, "state"), "");
  EXPECT_EQ(count(published, "decisions"), 1);
  EXPECT_EQ(count(published, "same"), 1);
}

TEST_F(PolicySimulationTest, Requirement_E19_TheReviewerSeesWhatWouldBeLetGo) {
  must(publish(set_of(kReadsOfA)));
  const Work work = reads({"/work/a", "/work/b", "/work/b"});
  const auto before = version();
  const Json seen = preview(set_of(kReads));
  EXPECT_EQ(text_of(seen, "outcome"), "proposed");
  const Json proposal = must(put(set_of(kReads)));
  ASSERT_EQ(text_of(proposal, "state"), "open");
  EXPECT_EQ(version(), before);
  EXPECT_EQ(proposal.find("loosens")->as_array().front().as_string(),
            "2 of 3 recent decisions come out looser: 2 newly allowed, 0 held and no longer "
            "denied");
  EXPECT_EQ(count(records("policy.proposed").back(), "newly_allowed"), 2);
  open();
  const Json shown = service->policies().proposal(sam, text_of(proposal, "id")).value();
  EXPECT_EQ(count(shown, "newly_allowed"), 2) << "what the reviewer sees, also after a restart";
  EXPECT_EQ(text_of(change(shown, 0), "before"), "deny");
  EXPECT_EQ(text_of(change(shown, 0), "after"), "allow");

  read(work, "/work/c");  // the world goes on while the proposal waits
  must(approve(proposal));
  EXPECT_EQ(version(), before + 1);
  const Json record = records("policy.published").back();
  EXPECT_EQ(count(record, "decisions"), 4) << "simulated anew when it takes effect";
  EXPECT_EQ(count(record, "newly_allowed"), 3);
  EXPECT_EQ(read(work, "/work/b"), domain::Verdict::kAllow);
}

TEST_F(PolicySimulationTest, WhatIsHeldAndWouldBeLetGoIsLooserAndWhatIsLetGoAndWouldBeHeldIsNot) {
  const Work work = reads({});
  upstream.files["/work/old"] = "before";
  attempt(work.caller, "write", R"({"path":"/work/old","content":"x"})");
  read(work, "/work/a");
  const Json looser = preview(set_of("permit(principal, action, resource);"));
  EXPECT_EQ(count(looser, "newly_allowed"), 1);
  EXPECT_EQ(count(looser, "loosened"), 1);
  EXPECT_EQ(text_of(change(looser, 0), "before"), "hold");
  const Json tighter = preview(
      set_of(std::string(kPolicies) +
             "@approvers(\"approver\") forbid(principal, action in Ambit::Action::\"read\", "
             "resource) unless { context has approval };"));
  EXPECT_EQ(count(tighter, "newly_held"), 1);
  EXPECT_EQ(count(tighter, "loosened"), 0);
  EXPECT_EQ(text_of(tighter, "outcome"), "published") << "a human can still let it go";
}

TEST_F(PolicySimulationTest, ItIsTheSetInForceThatADraftIsComparedWith) {
  must(publish(set_of(kReadsOfA)));
  reads({"/work/b"});  // denied
  must(publish(set_of(kReads)));
  const Json same = preview(set_of(std::string(kReads) + "// as it is"));
  EXPECT_EQ(count(same, "same"), 1) << "what was denied under an older version is no news";
  EXPECT_EQ(text_of(same, "outcome"), "published");
}

TEST_F(PolicySimulationTest, AFewDenialsAmongManyPassUnsaid) {
  const Work work = reads({});
  for (int i = 0; i < 38; ++i) read(work, "/work/a");
  read(work, "/work/b");
  const std::string not_b = std::string(kPolicies) +
                            "forbid(principal, action, resource)\n"
                            "when { resource == Ambit::Path::\"/work/b\" };";
  EXPECT_EQ(text_of(preview(set_of(not_b)), "outcome"), "published") << "1 of 39";
  EXPECT_EQ(text_of(preview(set_of(not_b, 0)), "outcome"), "refused") << "but none was said";
  read(work, "/work/b");
  EXPECT_EQ(text_of(preview(set_of(not_b)), "outcome"), "published") << "2 of 40 are five percent";
  read(work, "/work/b");
  EXPECT_EQ(text_of(preview(set_of(not_b)), "outcome"), "refused") << "3 of 41";
}

TEST_F(PolicySimulationTest, AnApproverMayConfirmWhatHappenedSinceItWasProposed) {
  must(publish(set_of(kReadsOfA)));
  const std::string other =
      "permit(principal, action in Ambit::Action::\"read\", resource)\n"
      "when { resource == Ambit::Path::\"/work/b\" };";
  const Work work = reads({"/work/b"});
  const Json proposal = must(put(set_of(other)));
  ASSERT_EQ(text_of(proposal, "state"), "open");
  read(work, "/work/a");  // and this would be denied
  EXPECT_EQ(approve(proposal).error().reason, "policy.newly_denied");
  EXPECT_EQ(service->policies().proposals(sam).value().find("items")->as_array().size(), 1u)
      << "it is still there";
  must(approve(proposal, 1));
  EXPECT_EQ(count(records("policy.published").back(), "newly_denied"), 1);
}

TEST_F(PolicySimulationTest, Requirement_E19_WhatCannotBeSimulatedIsNotPublished) {
  must(publish(set_of(kReadsOfA)));
  reads({"/work/b"});
  const Json proposal = must(put(set_of(kReads)));
  const auto before = version();
  const std::string none = "forbid(principal, action, resource);";
  for (const bool absent : {false, true}) {
    simulation_fails = !absent;
    has_simulator = !absent;
    open();
    EXPECT_EQ(put(set_of(none)).error().reason, "policy.simulation");
    EXPECT_EQ(put(set_of(none, 99)).error().reason, "policy.simulation");
    EXPECT_EQ(approve(proposal).error().reason, "policy.simulation");
    EXPECT_EQ(version(), before);
  }
}

// A thread of its own that does its work when the test says so.
struct SlowSimulationTest : PolicySimulationTest {
  SlowSimulationTest() {
    simulations = &slow;
    open();
  }
  void begin_put(const std::string& text, std::optional<Result<Json>>& answer) {
    service->policies().put(admin, set_of(text, 99),
                            [&](Result<Json> result) { answer = std::move(result); });
    loop.run();
  }
  FakeLoop slow;
};

TEST_F(SlowSimulationTest, Requirement_E19_DecisionsGoOnUnderTheOldSetUntilTheSimulationIsDone) {
  const auto before = version();
  const Work work = reads({"/work/a"});
  std::optional<Result<Json>> answer;
  begin_put(std::string(kPolicies) + "forbid(principal, action, resource);", answer);
  EXPECT_FALSE(answer);
  EXPECT_EQ(version(), before);
  EXPECT_EQ(read(work, "/work/a"), domain::Verdict::kAllow) << "it does not wait";
  slow.run();
  loop.run();
  ASSERT_TRUE(answer && *answer);
  EXPECT_EQ(version(), before + 1);
  EXPECT_EQ(count(**answer, "newly_denied"), 2) << "what happened until it began";
  EXPECT_EQ(read(work, "/work/a"), domain::Verdict::kDeny);
}

TEST_F(SlowSimulationTest, Requirement_E19_WhatWasComparedWithAnotherSetIsNotPublished) {
  std::optional<Result<Json>> slower, quicker;
  begin_put(std::string(kPolicies) + "// slower", slower);
  ASSERT_EQ(slow.queue.size(), 1u);
  auto late = std::move(slow.queue.front());
  slow.queue.pop_front();
  begin_put(std::string(kPolicies) + "forbid(principal == Ambit::Agent::\"x\", action, resource);",
            quicker);
  slow.run();
  loop.run();
  ASSERT_TRUE(quicker && *quicker);
  late();
  loop.run();
  ASSERT_TRUE(slower && !*slower);
  EXPECT_EQ(slower->error().reason, "policy.stale") << "it would take the other's forbid away";
}

TEST_F(PolicySimulationTest, SimulationsInFlightAreBoundedAndTheLastOneSeesWhatCameFirst) {
  std::vector<Result<Json>> answers;
  for (int i = 0; i < 6; ++i) {
    service->policies().put(admin, set_of(std::string(kPolicies) + "// " + std::to_string(i)),
                            [&](Result<Json> answer) { answers.push_back(std::move(answer)); });
  }
  loop.run();
  ASSERT_EQ(answers.size(), 6u);
  std::map<std::string, int> how;
  for (const auto& answer : answers) ++how[answer ? "published" : answer.error().reason];
  EXPECT_EQ(how["policy.simulations"], 2) << "six at once are too many";
  EXPECT_EQ(how["policy.stale"] + how["store.conflict"], 3) << "only one comes first";
  EXPECT_EQ(how["published"], 1);
  EXPECT_TRUE(put(set_of(std::string(kPolicies) + "// later"))) << "and the places are free again";
}

TEST(FreshInstallation, IsSimulatedOverNoDecisionAndSaysSo) {
  Fixture f;
  ASSERT_TRUE(f.service->bootstrap_admin("admin"));
  f.admin = Fixture::human("admin", {domain::Role::kAdmin});
  const Json published = Fixture::must(f.put_policies(kReads));
  const Json* simulation = published.find("simulation");
  ASSERT_NE(simulation, nullptr);
  EXPECT_EQ(simulation->find("decisions")->as_int(), 0);
  EXPECT_EQ(*simulation, *f.records("policy.published").back().find("simulation"));
}

}  // namespace
}  // namespace ambit::service
