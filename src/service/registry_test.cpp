#include <algorithm>
#include <gtest/gtest.h>

#include "service/service_fixture.h"
#include "tests/fakes/forwarding_store.h"

namespace ambit::service {
namespace {

struct RegistryTest : ::testing::Test {
  Fixture f;
  RegistryTest() { f.set_up(); }

  // The agent's spec under a new name with one member taken out.
  static text::Json without(const std::string& path) {
    text::Json spec = Fixture::agent_spec();
    spec.set("id", "incomplete");
    const std::size_t dot = path.rfind('.');
    text::Json* object = spec.find("agent");
    if (dot != std::string::npos) object = object->find(path.substr(0, dot));
    object->erase(path.substr(dot == std::string::npos ? 0 : dot + 1));
    return spec;
  }
};

// A registry that fails, or a process that dies, at its first commit.
class FailingOnce final : public fakes::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  Result<std::uint64_t> commit(const std::vector<ports::Write>& writes, std::string_view actor,
                               Time at, std::string_view evidence) override {
    if (!std::exchange(failed_, true)) return fail(Code::kUnavailable, "store.io", "no space");
    return ForwardingStore::commit(writes, actor, at, evidence);
  }

 private:
  bool failed_ = false;
};

struct BootstrapTest : ::testing::Test {
  Fixture f;
  std::string kept;
  Service::KeepToken keep = [this](std::string_view token) -> Result<> {
    kept = token;
    return {};
  };
  std::string who(const std::string& token) {
    const std::string header = "Bearer " + token;
    Presented presented;
    presented.authorization = header;
    const auto caller = f.service->authenticator().authenticate(presented);
    return caller ? caller->identity : caller.error().reason;
  }
};

TEST_F(BootstrapTest, TheTokenIsKeptBeforeItIsValid) {
  const Service::KeepToken careful = [this](std::string_view token) {
    EXPECT_EQ(f.store->revision().value(), 0u) << "nothing is committed yet";
    return keep(token);
  };
  const auto token = f.service->bootstrap_admin("admin", careful);
  ASSERT_TRUE(token.has_value());
  EXPECT_EQ(*token, kept);
  f.open();
  EXPECT_EQ(who(kept), "admin");
}

TEST_F(BootstrapTest, ATokenThatCannotBeKeptLeavesAnEmptyRegistry) {
  const auto refused = f.service->bootstrap_admin(
      "admin", [](std::string_view) { return fail(Code::kUnavailable, "data.io", "disk full"); });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "data.io");
  EXPECT_EQ(f.store->revision().value(), 0u);
  f.open();
  ASSERT_TRUE(f.service->bootstrap_admin("admin", keep).has_value());
  EXPECT_EQ(who(kept), "admin");
}

TEST_F(BootstrapTest, AFailureBetweenTheTokenAndTheCommitCanBeRepeated) {
  auto real = std::move(f.store);
  f.store = std::make_unique<FailingOnce>(*real);
  f.open();
  ASSERT_FALSE(f.service->bootstrap_admin("admin", keep).has_value());
  const std::string stale = kept;
  f.open();
  ASSERT_TRUE(f.service->bootstrap_admin("admin", keep).has_value());
  EXPECT_NE(kept, stale);
  EXPECT_EQ(who(kept), "admin");
  EXPECT_EQ(who(stale), "token.unknown");
  f.service.reset();
  f.store.reset();
}

TEST_F(BootstrapTest, IsDoneOnceAndItsEvidenceIsOwedUntilItIsThere) {
  f.log.break_disk("no space");
  ASSERT_TRUE(f.service->bootstrap_admin("admin", keep).has_value());
  f.loop.run();
  const std::string first = kept;
  EXPECT_TRUE(f.records("identity.registered").empty());
  f.log.mend_disk();
  f.open();
  EXPECT_EQ(f.records("identity.registered").size(), 1u);
  f.open();
  EXPECT_EQ(f.records("identity.registered").size(), 1u);
  EXPECT_EQ(f.service->bootstrap_admin("intruder", keep).error().reason, "bootstrap.done");
  EXPECT_EQ(kept, first) << "nothing is kept either";
  EXPECT_EQ(who(first), "admin");
}

TEST_F(RegistryTest, Requirement_A3_ActivationNamesEachMissingField) {
  for (const char* field :
       {"purpose", "tools", "data_domains", "outcomes", "retires_at", "policy", "owners.business",
        "owners.control", "owners.scope_approver", "owners.lifecycle", "autonomy.chooses_tools",
        "autonomy.sequences_actions", "autonomy.acts_without_gate"}) {
    Fixture fresh;
    fresh.set_up();
    Fixture::must(fresh.register_identity(fresh.alice, without(field)));
    const auto refused = fresh.move("incomplete", "activate");
    ASSERT_FALSE(refused.has_value()) << field;
    EXPECT_EQ(refused.error().reason, "agent.incomplete");
    EXPECT_NE(refused.error().message.find("agent." + std::string(field)), std::string::npos);
    auto spec = fresh.task_spec();
    spec.set("agent", "incomplete");
    EXPECT_FALSE(
        fresh.ask([&](Answer done) { fresh.service->tasks().start(fresh.alice, spec, done); })
            .has_value());
  }
}

TEST_F(RegistryTest, Requirement_A1_AnAgentIsNotRegisteredAsAMachineAccount) {
  auto spec = f.agent_spec();
  spec.set("id", "disguised");
  spec.set("class", "service");
  const auto refused = f.register_identity(f.alice, spec);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "identity.agent_profile");
  Fixture::must(f.register_identity(f.alice, Fixture::json(R"({"id":"ci","class":"service"})")));
  auto bare = Fixture::json(R"({"id":"bare","class":"agent"})");
  EXPECT_FALSE(f.register_identity(f.alice, bare).has_value());
  const auto token = f.ask(
      [&](Answer done) { f.service->registry().issue_token(f.admin, "writer", minutes(5), done); });
  ASSERT_FALSE(token.has_value()) << "agents get no lasting token";
  EXPECT_EQ(token.error().reason, "agent.static_credential");
}

TEST_F(RegistryTest, IllegalMovesAreRefusedAndSayWhatIsLegal) {
  EXPECT_FALSE(f.move("writer", "activate").has_value());
  Fixture::must(f.move("writer", "decommission"));
  const auto back = f.move("writer", "activate");
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().reason, "identity.illegal_move");
}

TEST_F(RegistryTest, ChangedPurposeOpensAReviewAndTakesRightsAway) {
  const auto work = f.start(f.task_spec());
  auto spec = f.agent_spec();
  spec.find("agent")->set("purpose", "pays bills");
  const auto updated = Fixture::must(f.ask([&](Answer done) {
    f.service->registry().update_identity(f.alice, "writer", spec, 0, done);
  }));
  EXPECT_EQ(updated.string_or("state", ""), "suspended");
  EXPECT_EQ(f.attempt(work.caller, "read", R"({"path":"/work/a"})").decision.verdict,
            domain::Verdict::kDeny);
}

TEST_F(RegistryTest, AStaleRevisionIsAConflict) {
  const auto refused = f.ask([&](Answer done) {
    f.service->registry().update_identity(f.alice, "writer", f.agent_spec(), 1, done);
  });
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "store.conflict");
}

TEST_F(RegistryTest, RolesDecideWhoMayWhat) {
  const auto bob = f.human("bob", {domain::Role::kApprover});
  EXPECT_EQ(f.register_identity(bob, Fixture::json(R"({"id":"x","class":"human"})")).error().reason,
            "caller.role");
  EXPECT_EQ(
      f.register_identity(f.alice, Fixture::json(R"({"id":"x","class":"human","roles":["admin"]})"))
          .error()
          .reason,
      "caller.role")
      << "an operator hands out no roles";
  const text::Json set = Fixture::json(R"({"policies":{}})");
  EXPECT_EQ(
      f.ask([&](Answer done) { f.service->policies().put(f.alice, set, done); }).error().reason,
      "caller.role");
}

text::Json history_of(const Fixture& f, const std::string& id, std::uint64_t after,
                      std::size_t limit) {
  return Fixture::must(f.service->registry().identity_history(f.admin, id, after, limit).value()());
}

TEST_F(RegistryTest, AHistoryIsReadInPages) {
  for (int i = 0; i < 20; ++i) {
    Fixture::must(f.move("writer", "suspend"));
    Fixture::must(f.move("writer", "activate"));
  }
  std::vector<std::int64_t> revisions;
  std::uint64_t after = 0;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const text::Json page = history_of(f, "writer", after, 17);
    ASSERT_LE(page.find("items")->as_array().size(), 17u);
    for (const text::Json& item : page.find("items")->as_array()) {
      revisions.push_back(item.find("revision")->as_int());
    }
    const text::Json* next = page.find("next_after");
    more = next != nullptr;
    if (more) after = static_cast<std::uint64_t>(next->as_int());
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(revisions.size(), 42u);
  EXPECT_TRUE(std::is_sorted(revisions.begin(), revisions.end()));
  EXPECT_EQ(history_of(f, "writer", 0, 42).find("next_after"), nullptr) << "just as many";
  const auto nobody = f.service->registry().identity_history(f.admin, "nobody", 0, 10);
  EXPECT_EQ((*nobody)().error().reason, "identity.unknown");
}

TEST_F(RegistryTest, TheLifecycleIsOneOrderedHistory) {
  Fixture::must(f.move("writer", "suspend"));
  Fixture::must(f.move("writer", "decommission"));
  const auto history = history_of(f, "writer", 0, 100);
  std::vector<std::string> states;
  std::int64_t last = 0;
  for (const auto& item : history.find("items")->as_array()) {
    states.emplace_back(item.find("identity")->string_or("state", ""));
    EXPECT_GT(item.find("revision")->as_int(), last);
    last = item.find("revision")->as_int();
  }
  EXPECT_EQ(states, (std::vector<std::string>{"draft", "active", "suspended", "retired"}));
}

TEST_F(RegistryTest, TokensWorkUntilRevokedAndAreNeverStored) {
  const auto issued = Fixture::must(f.ask(
      [&](Answer done) { f.service->registry().issue_token(f.admin, "bob", minutes(5), done); }));
  const std::string secret(issued.string_or("token", ""));
  const std::string header = "Bearer " + secret;
  Presented presented;
  presented.authorization = header;
  const auto caller = f.service->authenticator().authenticate(presented);
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->identity, "bob");
  const auto documents = f.store->list(ports::Kind::kIdentity).value();
  for (const auto& document : documents) {
    EXPECT_EQ(document.json.find(secret), std::string::npos);
  }
  (void)f.log.scan(0, [&](const ports::EntryView& entry) {
    EXPECT_EQ(entry.record.find(secret), std::string_view::npos);
    return true;
  });
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().revoke_token(f.admin, "bob", std::string(issued.string_or("id", "")),
                                       done);
  }));
  EXPECT_EQ(f.service->authenticator().authenticate(presented).error().reason, "token.unknown");
}

class OwnTokens : public RegistryTest {
 protected:
  // Who presents a token, or why it does not do.
  Result<Caller> present(const text::Json& token) {
    const std::string header = "Bearer " + std::string(token.string_or("token", ""));
    Presented presented;
    presented.authorization = header;
    return f.service->authenticator().authenticate(presented);
  }
  Result<text::Json> issue(const Caller& caller, Duration lifetime) {
    return f.ask(
        [&](Answer done) { f.service->registry().issue_token(caller, "bob", lifetime, done); });
  }
};

TEST_F(OwnTokens, DoNotOutliveTheOneTheyAreIssuedWith) {
  const Caller bob = present(Fixture::must(issue(f.admin, minutes(60)))).value();
  const auto longer = issue(bob, minutes(61));
  ASSERT_FALSE(longer.has_value());
  EXPECT_EQ(longer.error().code, Code::kDenied);
  EXPECT_EQ(longer.error().reason, "token.outlives");
  f.clock.time = f.clock.time + minutes(30);
  EXPECT_EQ(issue(bob, minutes(31)).error().reason, "token.outlives");
  const auto second = Fixture::must(issue(bob, minutes(30)));
  // Nor by way of another one.
  EXPECT_EQ(issue(present(second).value(), minutes(31)).error().reason, "token.outlives");
  f.clock.time = f.clock.time + minutes(30);
  EXPECT_EQ(present(second).error().reason, "token.expired");
}

TEST_F(OwnTokens, MayBeAsLongAsAnAdminLikes) {
  f.must(f.register_identity(f.admin,
                             Fixture::json(R"({"id":"root","class":"human","roles":["admin"]})")));
  const auto first = Fixture::must(f.ask(
      [&](Answer done) { f.service->registry().issue_token(f.admin, "root", minutes(1), done); }));
  const Caller root = present(first).value();
  const auto second = Fixture::must(f.ask(
      [&](Answer done) { f.service->registry().issue_token(root, "root", minutes(600), done); }));
  // Rotated: the old one goes, the new one stays.
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().revoke_token(root, "root", root.credential, done);
  }));
  EXPECT_TRUE(present(second).has_value());
}

TEST_F(OwnTokens, EndWithTheOneTheyWereIssuedWith) {
  const auto other = Fixture::must(issue(f.admin, minutes(60)));
  const auto stolen = Fixture::must(issue(f.admin, minutes(60)));
  const auto child = Fixture::must(issue(present(stolen).value(), minutes(60)));
  const auto grandchild = Fixture::must(issue(present(child).value(), minutes(50)));
  f.open();  // all of it is in the registry
  ASSERT_TRUE(present(grandchild).has_value());
  Fixture::must(f.ask([&](Answer done) {
    f.service->registry().revoke_token(f.admin, "bob", std::string(stolen.string_or("id", "")),
                                       done);
  }));
  for (const auto* token : {&stolen, &child, &grandchild}) {
    EXPECT_EQ(present(*token).error().reason, "token.unknown");
  }
  EXPECT_TRUE(present(other).has_value());
  f.open();
  EXPECT_EQ(present(grandchild).error().reason, "token.unknown");
}

TEST_F(OwnTokens, OneBeingIssuedEndsWithTheOneThatIsRevokedMeanwhile) {
  const auto stolen = Fixture::must(issue(f.admin, minutes(60)));
  const Caller thief = present(stolen).value();
  std::optional<Result<text::Json>> issued, revoked;
  f.service->registry().issue_token(thief, "bob", minutes(5),
                                    [&](auto answer) { issued = answer; });
  f.service->registry().revoke_token(f.admin, "bob", thief.credential,
                                     [&](auto answer) { revoked = answer; });
  f.loop.run();
  ASSERT_TRUE(revoked && revoked->has_value());
  if (issued && issued->has_value()) {
    EXPECT_EQ(present(**issued).error().reason, "token.unknown");
  }
  const auto shown = f.service->registry().show_identity(f.admin, "bob").value();
  EXPECT_EQ(shown.find("tokens"), nullptr);
}

TEST_F(OwnTokens, ComeAtABoundedRate) {
  const Caller bob = present(Fixture::must(issue(f.admin, minutes(60)))).value();
  std::size_t issued = 0;
  while (issued < 100 && issue(bob, Duration{1})) ++issued;
  EXPECT_EQ(issued, 12u);
  EXPECT_EQ(issue(bob, Duration{1}).error().reason, "token.rate");
  EXPECT_TRUE(issue(f.admin, minutes(1)).has_value()) << "that is bob's rate alone";
  f.clock.time = f.clock.time + minutes(1);
  EXPECT_TRUE(issue(bob, Duration{1}).has_value());
}

// Whom a policy names as its approvers, an operator could otherwise register.
TEST_F(RegistryTest, NobodyIsCalledLikeARole) {
  for (const char* id : {"approver", "security", "admin"}) {
    const auto refused =
        f.register_identity(f.alice, text::Json::object({{"id", id}, {"class", "human"}}));
    ASSERT_FALSE(refused.has_value()) << id;
    EXPECT_EQ(refused.error().reason, "identity.reserved") << id;
  }
}

TEST_F(RegistryTest, TokensOfAnIdentityAreBoundedAndThoseThatRanOutAreGone) {
  const auto issue = [&](Duration lifetime) {
    return f.ask(
        [&](Answer done) { f.service->registry().issue_token(f.admin, "bob", lifetime, done); });
  };
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(issue(minutes(i == 0 ? 1 : 60)).has_value()) << i;
  EXPECT_EQ(issue(minutes(60)).error().reason, "token.too_many");
  f.clock.time = f.clock.time + minutes(2);
  EXPECT_TRUE(issue(minutes(60)).has_value()) << "one has run out";
  const auto shown = f.service->registry().show_identity(f.admin, "bob").value();
  EXPECT_EQ(shown.find("tokens")->as_array().size(), 64u);
}

TEST_F(RegistryTest, PoliciesThatNeedAnApprovalMustNameApprovers) {
  const auto refused =
      f.put_policies("forbid(principal, action, resource) unless { context has approval };");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "policy.refused");
}

TEST_F(RegistryTest, NothingChangesWhileTheLedgerCannotBeWritten) {
  f.log.break_disk("disk full");
  const auto refused = f.register_identity(f.alice, Fixture::json(R"({"id":"x","class":"human"})"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "ledger.unwritable");
  f.log.mend_disk();
  EXPECT_FALSE(f.service->registry().show_identity(f.admin, "x").has_value());
}

TEST_F(RegistryTest, EvidenceOwedByACrashIsPaidAtTheNextStartOnce) {
  const auto before = f.records("identity.registered").size();
  ports::Write write{ports::Kind::kIdentity, "x", 0, "{}"};
  const std::string record =
      R"({"at":1,"body":{"identity":"x"},"kind":"identity.registered","v":1})";
  write.kind = ports::Kind::kSetting;
  ASSERT_TRUE(f.store->commit({write}, "alice", f.clock.time, record).has_value());
  f.open();
  EXPECT_EQ(f.records("identity.registered").size(), before + 1);
  f.open();
  EXPECT_EQ(f.records("identity.registered").size(), before + 1);
}

TEST_F(RegistryTest, AnOlderRegistryThatIsAcceptedHasNoOpenTask) {
  const auto work = f.start(f.task_spec());
  // As if the registry had been put back as it was before this one record.
  f.log.append(R"({"at":1,"body":{"identity":"x"},"kind":"identity.updated","v":1})", {});
  f.settings.accept_older_registry = true;
  f.open();
  EXPECT_EQ(f.show_task(f.admin, work.task).value().string_or("state", ""), "ended");
  ASSERT_EQ(f.records("registry.restored").size(), 1u);
  f.settings.accept_older_registry = false;
  f.open();
  EXPECT_EQ(f.records("registry.restored").size(), 1u) << "from there on they agree again";
}

// A registry that was lost beside an intact ledger, an older copy of it, and the ledger's own loss.
TEST_F(RegistryTest, WhatIsOlderThanTheOtherIsRefusedByName) {
  const auto reason_of_start = [this] {
    f.service.reset();
    const auto vault = vault::Vault::open(*f.store, crypto::SecretBytes(std::string(32, 'v')));
    const auto opened =
        Service::open({.store = f.store.get(),
                       .log = &f.log,
                       .clock = &f.clock,
                       .loop = &f.loop,
                       .background = &f.loop,
                       .timers = nullptr,
                       .paths = &f.paths,
                       .upstream = &f.upstream,
                       .vault = vault->get()},
                      f.settings, crypto::SigningKey::from_ed25519_seed(f.key_seed).value());
    return opened ? "" : opened.error().reason;
  };
  EXPECT_EQ(reason_of_start(), "");
  auto whole = std::move(f.store);
  f.store = storage::make_memory_store();
  EXPECT_EQ(reason_of_start(), "state.registry_behind") << "and nobody becomes the first admin";
  f.settings.accept_older_registry = true;
  EXPECT_EQ(reason_of_start(), "state.registry_behind") << "an empty one is none";
  f.store = std::move(whole);
  ports::Write write{ports::Kind::kSetting, "x", 0, "{}"};
  ASSERT_TRUE(f.store->commit({write}, "alice", f.clock.time, "").has_value());
  EXPECT_EQ(reason_of_start(), "state.ledger_behind");
}

}  // namespace
}  // namespace ambit::service
