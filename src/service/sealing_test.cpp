// What the ledger and the registry keep of the data that actions are about, and how it is erased.
#include <gtest/gtest.h>

#include "service/service_fixture.h"
#include "vault/open_record.h"

namespace ambit::service {
namespace {

using text::Json;
using vault::KeyState;

// Stands in arguments, targets, words and what approvers are shown, and nowhere else.
constexpr std::string_view kSecret = "hunter2";
constexpr Duration kDay{24 * 3'600'000};

struct Entry {
  std::uint64_t index = 0;
  std::string record;
  std::string beside;
};

struct SealingTest : ::testing::Test {
  Fixture f;
  SealingTest() { f.set_up(); }

  std::vector<Entry> entries() const {
    std::vector<Entry> out;
    EXPECT_TRUE(f.log.scan(0, [&](const ports::EntryView& entry) {
      out.push_back({entry.index, std::string(entry.record), std::string(entry.beside)});
      return true;
    }));
    return out;
  }

  Released attempt(const Caller& caller, const std::string& tool, const std::string& arguments,
                   const std::string& words = {}) {
    std::optional<Released> released;
    Attempt attempt;
    attempt.caller = caller;
    attempt.agent = "writer";
    attempt.task = f.task_of_attempts;
    attempt.channel = "test";
    attempt.server = "files";
    attempt.tool = tool;
    attempt.arguments = Fixture::json(arguments);
    attempt.intent = words;
    attempt.justification = words;
    f.service->decisions().attempt(std::move(attempt),
                                   [&](Released result) { released = std::move(result); });
    f.loop.run();
    return released.value();
  }

  // One of each: allowed, out of scope, against the schema, held and refused, failed.
  std::vector<std::string> use(const Fixture::Work& work) {
    f.upstream.files["/work/hunter2"] = "hunter2 before";
    std::vector<std::string> ids;
    const auto add = [&](const Released& released) { ids.push_back(released.decision_id); };
    const auto allowed = attempt(work.caller, "read", R"({"path":"/work/hunter2"})", "for hunter2");
    EXPECT_EQ(allowed.decision.verdict, domain::Verdict::kAllow);
    add(allowed);
    add(attempt(work.caller, "read", R"({"path":"/etc/hunter2"})"));
    add(attempt(work.caller, "read", R"({"hunter2":7})"));
    const auto held =
        attempt(work.caller, "write", R"({"path":"/work/hunter2","content":"hunter2"})");
    EXPECT_EQ(held.decision.verdict, domain::Verdict::kHold);
    add(held);
    approval = held.approval;
    Outcome outcome;
    outcome.status = Outcome::Status::kToolError;
    outcome.detail = "cannot read hunter2";
    EXPECT_TRUE(f.wait<void>([&](auto done) {
      f.service->decisions().report({work.caller, "test", allowed.decision_id, outcome},
                                    std::move(done));
    }));
    return ids;
  }

  Json show(const std::string& decision) {
    return Fixture::must(f.service->decisions().show(f.admin, decision));
  }
  void end(const std::string& task) {
    Fixture::must(f.ask(
        [&](Answer done) { f.service->tasks().end(f.alice, task, "completed", std::move(done)); }));
  }
  Result<Json> erase(const Caller& caller, const std::string& task,
                     const std::string& reason = "request 42") {
    return f.ask(
        [&](Answer done) { f.service->tasks().erase(caller, task, reason, std::move(done)); });
  }
  std::string reason_of(const Result<Json>& answer) const {
    return answer ? "" : answer.error().reason;
  }

  std::string approval;
};

TEST_F(SealingTest, NothingOfAnActionsDataStandsInTheClear) {
  const auto work = f.start(f.task_spec());
  use(work);
  Fixture::must(f.ask([&](Answer done) {
    f.service->approvals().refuse(f.bob, approval, "not hunter2", std::move(done));
  }));
  std::size_t sealed = 0;
  for (const Entry& entry : entries()) {
    EXPECT_EQ(entry.record.find(kSecret), std::string::npos) << entry.record;
    EXPECT_EQ(entry.beside.find(kSecret), std::string::npos) << entry.index;
    // Nor a digest that could confirm a guess.
    EXPECT_EQ(entry.record.find("\"snapshot\""), std::string::npos);
    EXPECT_EQ(entry.record.find("\"action_digest\""), std::string::npos);
    sealed += entry.beside.empty() ? 0 : 1;
    EXPECT_EQ(entry.beside.empty(), entry.record.find("\"sealed\"") == std::string::npos);
  }
  EXPECT_EQ(sealed, 4u + 1 + 1) << "decisions, the outcome, the refusal";
  const auto changes = f.store->changes_since(0, 1000);
  for (const auto& change : changes.value()) {
    EXPECT_EQ(change.json.find(kSecret), std::string::npos) << change.key;
  }
}

TEST_F(SealingTest, WhoMayReadSeesItAll) {
  const auto work = f.start(f.task_spec());
  const auto ids = use(work);
  const Json allowed = show(ids[0]);
  EXPECT_EQ(allowed.string_or("values", ""), "open");
  EXPECT_EQ(allowed.find("sealed"), nullptr);
  EXPECT_EQ(allowed.find("arguments")->string_or("path", ""), "/work/hunter2");
  EXPECT_EQ(allowed.find("targets")->as_array().front().string_or("value", ""), "/work/hunter2");
  EXPECT_EQ(allowed.string_or("intent", ""), "for hunter2");
  EXPECT_EQ(allowed.find("result")->string_or("detail", ""), "cannot read hunter2");
  EXPECT_TRUE(allowed.find("decision")->string_or("snapshot", "").starts_with("sha256:"));
  const Json denied = show(ids[2]);
  EXPECT_FALSE(denied.find("problem")->string_or("code", "").empty());
  EXPECT_FALSE(denied.find("problem")->string_or("message", "").empty());
  const Json& reason = denied.find("decision")->find("reasons")->as_array().front();
  EXPECT_FALSE(reason.string_or("code", "").empty());
  EXPECT_FALSE(reason.string_or("message", "").empty());
}

TEST_F(SealingTest, ApprovalsThatWaitAreWholeAgainAfterACrash) {
  const auto work = f.start(f.task_spec());
  use(work);
  const Json before = Fixture::must(f.service->approvals().show(f.bob, approval));
  EXPECT_NE(text::to_json(before).find(kSecret), std::string::npos);
  f.open();
  EXPECT_EQ(Fixture::must(f.service->approvals().show(f.bob, approval)), before);
}

TEST_F(SealingTest, EachTaskHasItsOwnKeyAndWhatHasNoTaskThatOfItsDay) {
  const auto one = f.start(f.task_spec());
  const auto two = f.start(f.task_spec(), "thumb-2");
  f.attempt(one.caller, "read", R"({"path":"/work/a"})");
  f.attempt(two.caller, "read", R"({"path":"/work/a"})");
  Caller nobody = f.admin;
  nobody.roles = {domain::Role::kEnforcement};
  f.task_of_attempts = "tsk_made_up";
  EXPECT_EQ(f.attempt(nobody, "read", R"({"path":"/work/a"})").decision.verdict,
            domain::Verdict::kDeny);
  std::vector<std::string> keys;
  for (const Entry& entry : entries()) {
    if (!ledger::has_kind(entry.record, "decision")) continue;
    const Json record = Fixture::json(entry.record);
    keys.emplace_back(record.find("body")->find("sealed")->string_or("key", ""));
  }
  EXPECT_EQ(keys, (std::vector<std::string>{one.task, two.task, "day_20270115"}));
}

TEST_F(SealingTest, TheKeyIsDurableBeforeTheTaskIs) {
  const auto work = f.start(f.task_spec());
  EXPECT_EQ(f.vault->find(work.task).value().state, KeyState::kHeld);
  const auto again = vault::StoredKeys(*f.store, crypto::SecretBytes(std::string(32, 'v')));
  EXPECT_EQ(again.find(work.task).value().state, KeyState::kHeld);
}

TEST_F(SealingTest, ADayHasItsKeyAndAPastOneCanBeErased) {
  Caller nobody = f.admin;
  nobody.roles = {domain::Role::kEnforcement};
  f.task_of_attempts = "tsk_made_up";
  const auto first = f.attempt(nobody, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(reason_of(erase(f.admin, "day_20270115")), "task.open");
  EXPECT_EQ(reason_of(erase(f.admin, "day_20270116")), "task.open");
  f.clock.time = f.clock.time + kDay;
  f.service->sweep();
  f.loop.run();
  const auto second = f.attempt(nobody, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(Fixture::must(erase(f.admin, "day_20270115")).find("records")->as_int(), 1);
  EXPECT_EQ(reason_of(erase(f.admin, "day_20270115")), "task.erased");
  EXPECT_EQ(show(first.decision_id).string_or("values", ""), "erased");
  EXPECT_EQ(show(second.decision_id).string_or("values", ""), "open");
  // A clock that goes back finds another key for the day that was erased.
  f.clock.time = f.clock.time - kDay;
  f.open();
  const auto third = f.attempt(nobody, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(show(third.decision_id).string_or("values", ""), "open");
}

TEST_F(SealingTest, ErasureIsRefusedWhereItMust) {
  const auto work = f.start(f.task_spec());
  use(work);
  EXPECT_EQ(reason_of(erase(f.admin, work.task)), "task.open");
  end(work.task);
  EXPECT_EQ(reason_of(erase(f.admin, "tsk_none")), "task.unknown");
  EXPECT_EQ(reason_of(erase(f.admin, work.task, "")), "erase.reason");
  EXPECT_EQ(reason_of(erase(f.admin, work.task, std::string(1001, 'x'))), "erase.reason");
  EXPECT_EQ(reason_of(erase(f.alice, work.task)), "caller.role");
  EXPECT_EQ(reason_of(erase(work.caller, work.task)), "caller.role");
  Caller service = f.admin;
  service.kind = CallerKind::kService;
  EXPECT_EQ(reason_of(erase(service, work.task)), "caller.role");
  EXPECT_EQ(f.vault->find(work.task).value().state, KeyState::kHeld);
  EXPECT_TRUE(f.records("task.erased").empty());
}

TEST_F(SealingTest, ARetentionHoldOverOneOfItsRecordsRefusesErasure) {
  const auto work = f.start(f.task_spec());
  const auto released = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  end(work.task);
  const std::uint64_t index = released.ledger_index.value();
  f.holds.held = {{"elsewhere", 0, index}, {"case-7", index, index + 1}};
  const auto refused = erase(f.admin, work.task);
  EXPECT_EQ(reason_of(refused), "erase.held");
  EXPECT_NE(refused.error().message.find("case-7"), std::string::npos);
  f.holds.held.pop_back();
  EXPECT_TRUE(erase(f.admin, work.task)) << "a hold over other records is none of its business";
}

TEST_F(SealingTest, AHoldThatIsPlacedWhileTheRecordsAreCountedRefusesErasure) {
  const auto work = f.start(f.task_spec());
  const auto released = f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  end(work.task);
  for (int i = 0; i < 20'000; ++i) f.log.append(ports::Entry("{}"), {});
  std::optional<Result<Json>> erased, held;
  f.service->tasks().erase(f.admin, work.task, "asked for", [&](auto done) { erased = done; });
  f.service->holds().place(f.sam, {"case-7", *released.ledger_index}, "court",
                           [&](auto done) { held = done; });
  f.loop.run();
  ASSERT_TRUE(held.has_value() && held->has_value());
  ASSERT_TRUE(erased.has_value());
  EXPECT_EQ(reason_of(*erased), "erase.held");
  EXPECT_EQ(f.vault->find(work.task).value().state, KeyState::kHeld);
}

TEST_F(SealingTest, ErasedIsErasedAndTheRecordsStay) {
  const auto work = f.start(f.task_spec());
  const auto other = f.start(f.task_spec(), "thumb-2");
  const auto ids = use(work);
  const auto kept = f.attempt(other.caller, "read", R"({"path":"/work/a"})");
  end(work.task);
  const auto before = entries();
  const Json answer = Fixture::must(erase(f.admin, work.task));
  EXPECT_EQ(answer.find("records")->as_int(), 4 + 1 + 1);
  const Json record = f.records("task.erased").back();
  EXPECT_EQ(record.string_or("task", ""), work.task);
  EXPECT_EQ(record.string_or("by", ""), "admin");
  EXPECT_EQ(record.string_or("reason", ""), "request 42");
  EXPECT_EQ(f.vault->find(work.task).value().state, KeyState::kErased);

  const auto after = entries();
  ASSERT_EQ(after.size(), before.size() + 1);
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].record, before[i].record);
    EXPECT_EQ(after[i].beside, before[i].beside);
  }
  for (const auto& id : ids) {
    const Json shown = show(id);
    EXPECT_EQ(shown.string_or("values", ""), "erased");
    EXPECT_EQ(shown.find("arguments"), nullptr);
    EXPECT_FALSE(shown.find("decision")->string_or("verdict", "").empty());
    EXPECT_EQ(text::to_json(shown).find(kSecret), std::string::npos);
  }
  EXPECT_EQ(show(kept.decision_id).string_or("values", ""), "open");
  const Json view = Fixture::must(f.service->approvals().show(f.bob, approval));
  EXPECT_EQ(text::to_json(view).find(kSecret), std::string::npos) << "not in memory either";
  const Json task = Fixture::must(f.show_task(f.admin, work.task));
  EXPECT_TRUE(task.find("values_erased")->as_bool());
  EXPECT_EQ(reason_of(erase(f.admin, work.task)), "task.erased");

  f.open();
  EXPECT_EQ(show(ids[0]).string_or("values", ""), "erased");
  EXPECT_TRUE(Fixture::must(f.show_task(f.admin, work.task)).find("values_erased")->as_bool());
  EXPECT_EQ(reason_of(erase(f.admin, work.task)), "task.erased");
}

TEST_F(SealingTest, DescendantsAreErasedWithTheirTask) {
  const auto parent = f.start(f.task_spec());
  Json spec = f.task_spec(3);
  spec.set("parent", parent.task);
  const auto child = f.start(spec, "thumb-2");
  const auto released = f.attempt(child.caller, "read", R"({"path":"/work/a"})");
  end(parent.task);
  const Json answer = Fixture::must(erase(f.admin, parent.task));
  EXPECT_EQ(answer.find("keys")->as_array().size(), 2u);
  EXPECT_EQ(show(released.decision_id).string_or("values", ""), "erased");
  EXPECT_EQ(reason_of(erase(f.admin, child.task)), "task.erased");
}

TEST_F(SealingTest, ACrashBetweenTheRecordAndTheKeyIsMadeGood) {
  const auto work = f.start(f.task_spec());
  const auto ids = use(work);
  end(work.task);
  // The record is durable, and the process dies before the background gets to the key.
  std::optional<Result<Json>> answer;
  f.service->tasks().erase(f.admin, work.task, "request 42",
                           [&](Result<Json> result) { answer = std::move(result); });
  for (int steps = 0; steps < 100 && f.records("task.erased").empty(); ++steps) {
    ASSERT_FALSE(f.loop.queue.empty());
    auto next = std::move(f.loop.queue.front());
    f.loop.queue.pop_front();
    next();
  }
  ASSERT_EQ(f.records("task.erased").size(), 1u);
  ASSERT_FALSE(answer);
  EXPECT_FALSE(f.store->key(work.task).value()->destroyed());
  f.open();
  EXPECT_TRUE(f.store->key(work.task).value()->destroyed());
  EXPECT_EQ(show(ids[0]).string_or("values", ""), "erased");
}

// A store whose disk refuses to destroy keys while it is told to.
class StubbornKeys final : public ports::KeyStore {
 public:
  explicit StubbornKeys(ports::KeyStore& store) : store_(store) {}
  Result<std::optional<ports::StoredKey>> key(std::string_view id) const override {
    return store_.key(id);
  }
  Result<std::vector<ports::StoredKey>> keys() const override { return store_.keys(); }
  Result<> put_key(const ports::StoredKey& key) override { return store_.put_key(key); }
  Result<> destroy_keys(const std::vector<std::string>& ids) override {
    if (stubborn) return fail(Code::kUnavailable, "store.unwritable", "no");
    return store_.destroy_keys(ids);
  }
  Result<> rewrap_keys(const std::vector<ports::StoredKey>& keys) override {
    return store_.rewrap_keys(keys);
  }

  bool stubborn = true;

 private:
  ports::KeyStore& store_;
};

TEST_F(SealingTest, AKeyThatCouldNotBeDestroyedIsTriedAgainUntilItIs) {
  StubbornKeys keys(*f.store);
  f.key_store = &keys;
  f.open();
  const auto work = f.start(f.task_spec());
  const auto ids = use(work);
  end(work.task);
  EXPECT_EQ(reason_of(erase(f.admin, work.task)), "store.unwritable")
      << "it is not said to be done";
  f.service->sweep();
  f.loop.run();
  EXPECT_FALSE(f.store->key(work.task).value()->destroyed());
  keys.stubborn = false;
  f.service->sweep();
  f.loop.run();
  EXPECT_TRUE(f.store->key(work.task).value()->destroyed());
  EXPECT_EQ(show(ids[0]).string_or("values", ""), "erased");
}

TEST_F(SealingTest, NothingIsErasedWhenTheActCannotBeRecorded) {
  const auto work = f.start(f.task_spec());
  const auto ids = use(work);
  end(work.task);
  f.log.break_disk("the disk is full");
  EXPECT_EQ(reason_of(erase(f.admin, work.task)), "ledger.unwritable");
  EXPECT_FALSE(f.store->key(work.task).value()->destroyed());
  EXPECT_EQ(show(ids[0]).string_or("values", ""), "open");
  f.log.mend_disk();
  EXPECT_TRUE(erase(f.admin, work.task));
}

TEST_F(SealingTest, WhatComesAfterTheErasureIsSealedWithTheDaysKey) {
  const auto work = f.start(f.task_spec());
  end(work.task);
  ASSERT_TRUE(erase(f.admin, work.task));
  Caller nobody = f.admin;
  nobody.roles = {domain::Role::kEnforcement};
  f.task_of_attempts = work.task;
  const auto late = f.attempt(nobody, "read", R"({"path":"/work/a"})");
  EXPECT_EQ(late.decision.verdict, domain::Verdict::kDeny);
  EXPECT_EQ(show(late.decision_id).string_or("values", ""), "open");
}

TEST_F(SealingTest, LargeArgumentsAreRecordedWholeUpToALimit) {
  const auto work = f.start(f.task_spec());
  const std::string large(100 * 1024, 'x');
  const auto whole =
      attempt(work.caller, "write", R"({"path":"/work/new","content":")" + large + R"("})");
  EXPECT_EQ(show(whole.decision_id).find("arguments")->string_or("content", ""), large);
  const std::string huge(200 * 1024, 'x');
  const auto digest =
      attempt(work.caller, "write", R"({"path":"/work/new","content":")" + huge + R"("})");
  const Json shown = show(digest.decision_id);
  EXPECT_EQ(shown.find("arguments"), nullptr);
  EXPECT_GT(shown.find("arguments_omitted")->find("bytes")->as_int(), 200 * 1024);
}

}  // namespace
}  // namespace ambit::service
