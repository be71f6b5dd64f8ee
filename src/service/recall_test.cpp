// What has left memory, found again by way of the index.
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "index/evidence_index.h"
#include "service/random_history.h"
#include "service/service_fixture.h"

namespace ambit::service {
namespace {

using text::Json;

// The real index over a fake log.
struct RecallTest : ::testing::Test {
  std::string folder = make_folder();
  Fixture f;
  std::unique_ptr<index::EvidenceIndex> evidence_index;

  RecallTest() {
    evidence_index =
        index::EvidenceIndex::open({folder + "/index.sqlite", &f.log, nullptr}).value();
    f.index = evidence_index.get();
    f.takes_snapshots = true;
    f.open();
    f.set_up();
  }
  ~RecallTest() override {
    f.service.reset();
    evidence_index.reset();
    std::filesystem::remove_all(folder);
  }

  static std::string make_folder() {
    std::string name = std::filesystem::temp_directory_path() / "ambit-recall-XXXXXX";
    return ::mkdtemp(name.data());
  }
  void index_all() {
    // A search waits until the index has come up with the log.
    while (evidence_index->indexed() < f.log.size()) {
      (void)evidence_index->count({.all = {{{ports::Facet::kKind, "decision"}}}});
    }
  }
  // So much later that nothing that is over is in memory any more.
  void forget() {
    index_all();
    f.clock.time = f.clock.time + minutes(12);
    for (int i = 0; i < 3; ++i) {
      f.service->sweep();
      f.loop.run();
      index_all();
    }
    f.service->sweep();
    f.loop.run();
  }
  void end(const std::string& task) {
    Fixture::must(f.ask([&](Answer done) { f.service->tasks().end(f.alice, task, "done", done); }));
  }
  Released read(const Fixture::Work& work) {
    return f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  }
  Result<> report(const Caller& caller, const std::string& decision) {
    std::optional<Result<>> out;
    f.service->decisions().report({caller, "test", decision, {}},
                                  [&](Result<> result) { out = std::move(result); });
    f.clock.time = f.clock.time + seconds(1);
    f.loop.run();
    return *out;
  }
};

// Answers as another index does while there is one instead.
struct LosableIndex final : ports::Index {
  explicit LosableIndex(const ports::Index& index) : index_(index) {}
  Result<ports::IndexPage> find(const ports::IndexQuery& query) const override {
    return index_.find(query);
  }
  Result<ports::IndexPage> look(const ports::IndexQuery& query) const override {
    return (instead ? *instead : index_).look(query);
  }
  Result<std::uint64_t> count(const ports::IndexQuery& query) const override {
    return index_.count(query);
  }
  std::uint64_t indexed() const override { return index_.indexed(); }
  void hurry() const override {}
  const ports::Index* instead = nullptr;

 private:
  const ports::Index& index_;
};

TEST_F(RecallTest, MemoryDoesNotGrowWithWhatIsOver) {
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 15; ++i) {
      const auto work = f.start(f.task_spec(50), "key-" + std::to_string(round * 100 + i));
      for (int j = 0; j < 20; ++j) read(work);
      end(work.task);
    }
    EXPECT_GE(f.service->health().known_tasks, 15u);
    EXPECT_GE(f.service->health().known_decisions, 20u);
    forget();
    EXPECT_EQ(f.service->health().known_tasks, 0u) << round;
    EXPECT_EQ(f.service->health().known_situations, 0u) << round;
    EXPECT_EQ(f.service->health().known_decisions, 0u) << round;
  }
}

// Not all at once, so that nobody waits for it.
TEST_F(RecallTest, WhatTheIndexHasLeavesMemoryAsMoreComesIn) {
  const auto decide = [&](int tasks) {
    for (int i = 0; i < tasks; ++i) {
      const auto work = f.start(f.task_spec(50), "key-" + std::to_string(f.log.size()));
      for (int j = 0; j < 40; ++j) read(work);
    }
  };
  decide(30);
  const std::size_t known = f.service->health().known_decisions;
  ASSERT_GE(known, 1200u);
  index_all();
  f.service->sweep();
  const std::size_t swept = f.service->health().known_decisions;
  EXPECT_LT(swept, known);
  EXPECT_GT(swept, 0u);
  decide(5);
  EXPECT_LT(f.service->health().known_decisions, swept) << "two leave for each that comes";
}

TEST_F(RecallTest, OpenTasksStay) {
  const auto work = f.start(f.task_spec(50));
  auto spec = f.task_spec(10);
  spec.set("parent", work.task);
  spec.set("deadline_in", "10m");
  const auto child =
      Fixture::must(f.ask([&](Answer done) { f.service->tasks().start(work.caller, spec, done); }));
  end(std::string(child.find("task")->string_or("id", "")));
  read(work);
  forget();
  EXPECT_EQ(f.service->health().known_tasks, 2u) << "late words about the child count here";
  EXPECT_EQ(read(work).decision.verdict, domain::Verdict::kAllow);
  EXPECT_EQ(f.service->health().known_tasks, 2u);
}

TEST_F(RecallTest, AllThatWasShownIsShownWhenItHasLeftMemory) {
  RandomHistory history(f, 7);
  history.play(150);
  const auto all = f.service->tasks().list(f.admin, "").value()().value();
  for (const auto& item : all.find("items")->as_array()) {
    if (item.string_or("state", "") == "open" && item.string_or("parent", "").empty()) {
      end(std::string(item.string_or("id", "")));
    }
  }
  const auto before = history.shown();
  const auto listed = f.service->tasks().list(f.admin, "").value()().value();
  forget();
  EXPECT_EQ(f.service->health().known_tasks, 0u);
  EXPECT_EQ(history.shown(), before);
  EXPECT_EQ(f.service->tasks().list(f.admin, "").value()().value(), listed);
  EXPECT_EQ(f.service->tasks().list(f.admin, "writer").value()().value(), listed);
  f.open();
  EXPECT_EQ(history.shown(), before);
}

TEST_F(RecallTest, AnOutcomeIsStillReportedAtMostOnce) {
  const auto work = f.start(f.task_spec(50));
  const auto once = read(work).decision_id;
  const auto never = read(work).decision_id;
  ASSERT_TRUE(report(work.caller, once).has_value());
  end(work.task);
  forget();
  ASSERT_EQ(f.service->health().known_decisions, 0u);
  EXPECT_EQ(report(work.caller, once).error().reason, "outcome.known");
  EXPECT_TRUE(report(work.caller, never).has_value()) << "late, and still evidence";
  EXPECT_EQ(report(work.caller, never).error().reason, "outcome.known");
  forget();
  EXPECT_EQ(report(work.caller, never).error().reason, "outcome.known");
  f.open();
  EXPECT_EQ(report(work.caller, never).error().reason, "outcome.known");
  EXPECT_EQ(f.records("outcome").size(), 2u);
}

TEST_F(RecallTest, AnOutcomeIsNotTakenWhileItCannotBeSaidWhetherThereIsOne) {
  const auto work = f.start(f.task_spec(50));
  const auto decision = read(work).decision_id;
  ASSERT_TRUE(report(work.caller, decision).has_value());
  forget();
  ASSERT_EQ(f.service->health().known_decisions, 0u);
  // The index is lost while the service runs, and made anew from another log's first entries.
  ledger_file::MemoryLog empty;
  auto lost = index::EvidenceIndex::open({folder + "/lost.sqlite", &empty, nullptr}).value();
  LosableIndex flaky(*evidence_index);
  f.index = &flaky;
  f.open();
  ASSERT_EQ(f.service->health().known_decisions, 0u);
  flaky.instead = lost.get();
  EXPECT_EQ(report(work.caller, decision).error().reason, "index.behind");
  EXPECT_EQ(f.service->decisions().show(f.admin, decision).error().reason, "index.behind");
  flaky.instead = nullptr;
  EXPECT_EQ(report(work.caller, decision).error().reason, "outcome.known");
  f.service.reset();
  f.index = nullptr;
}

TEST_F(RecallTest, WhatAGatewaysCallBroughtInBindsWithoutTheIndex) {
  ledger_file::MemoryLog empty;
  auto lost = index::EvidenceIndex::open({folder + "/lost.sqlite", &empty, nullptr}).value();
  LosableIndex flaky(*evidence_index);
  f.index = &flaky;
  f.open();
  const auto work = f.start(f.task_spec(50));
  Attempt attempt;
  attempt.caller = work.caller;
  attempt.channel = "mcp";
  attempt.server = "files";
  attempt.tool = "read";
  attempt.arguments = Fixture::json(R"({"path":"/work/a"})");
  std::optional<Released> released;
  f.service->decisions().attempt(std::move(attempt),
                                 [&](Released result) { released = std::move(result); });
  f.loop.run();
  ASSERT_EQ(released->decision.verdict, domain::Verdict::kAllow);
  forget();
  ASSERT_EQ(f.service->health().known_decisions, 0u);
  flaky.instead = lost.get();
  std::optional<Result<>> said;
  const Report outcome{work.caller, "mcp", released->decision_id, {}};
  f.service->decisions().report(outcome, [&](Result<> result) { said = std::move(result); });
  std::optional<Result<>> again;
  f.service->decisions().report(outcome, [&](Result<> result) { again = std::move(result); });
  f.clock.time = f.clock.time + seconds(1);
  f.loop.run();
  EXPECT_TRUE(said->has_value()) << said->error().message;
  EXPECT_EQ(again->error().reason, "outcome.known");
  EXPECT_EQ(f.records("outcome").size(), 1u);
  f.service.reset();
  f.index = nullptr;
}

TEST_F(RecallTest, AWithdrawnDecisionStaysWithdrawn) {
  const auto work = f.start(f.task_spec(50));
  f.log.hold();
  std::optional<Released> released;
  f.begin(work.caller, "read", R"({"path":"/work/a"})", released);
  f.loop.run();
  f.service->tasks().end(f.alice, work.task, "stop", [](Result<Json>) {});
  f.loop.run();
  f.log.release();
  f.loop.run();
  ASSERT_TRUE(released.has_value());
  const auto shown = f.service->decisions().show(f.admin, released->decision_id).value();
  ASSERT_NE(shown.find("withdrawn"), nullptr);
  forget();
  EXPECT_EQ(f.service->decisions().show(f.admin, released->decision_id).value(), shown);
  EXPECT_EQ(report(work.caller, released->decision_id).error().reason, "outcome.not_released");
}

TEST_F(RecallTest, AClosedApprovalIsShownAndCannotBeAnswered) {
  f.upstream.files["/work/old"] = "old text";
  const auto work = f.start(f.task_spec(50));
  const std::string overwrite = R"({"path":"/work/old","content":"new"})";
  const auto used = f.attempt(work.caller, "write", overwrite).approval;
  // Asked for so often that what was answered stands far behind.
  const auto held = f.attempt(work.caller, "write", overwrite);
  ASSERT_EQ(held.approval, used);
  const ports::Entry entry = f.log.read(held.ledger_index.value()).value();
  for (int i = 0; i < 2'100; ++i) f.log.append(entry, {});
  const std::string digest(
      f.service->approvals().show(f.bob, used).value().string_or("digest", ""));
  Fixture::must(
      f.ask([&](Answer done) { f.service->approvals().grant(f.bob, used, digest, done); }));
  ASSERT_EQ(f.attempt(work.caller, "write", overwrite).decision.verdict, domain::Verdict::kAllow);
  const auto refused =
      f.attempt(work.caller, "write", R"({"path":"/work/old","content":"newer"})").approval;
  Fixture::must(
      f.ask([&](Answer done) { f.service->approvals().refuse(f.bob, refused, "no", done); }));
  end(work.task);
  const auto used_before = f.service->approvals().show(f.bob, used).value();
  const auto refused_before = f.service->approvals().show(f.bob, refused).value();
  forget();
  EXPECT_EQ(f.service->approvals().show(f.bob, used).value(), used_before);
  EXPECT_EQ(f.service->approvals().show(f.bob, refused).value(), refused_before);
  const auto again =
      f.ask([&](Answer done) { f.service->approvals().grant(f.bob, used, digest, done); });
  EXPECT_EQ(again.error().reason, "approval.not_pending");
}

TEST_F(RecallTest, AKeyServesNoSecondInstanceForEver) {
  const auto work = f.start(f.task_spec(5), "its-key");
  end(work.task);
  forget();
  const auto refused = [&] {
    try {
      f.start(f.task_spec(5), "its-key");
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string("admitted");
  };
  EXPECT_NE(refused().find("another instance has this key"), std::string::npos);
  f.open();
  EXPECT_NE(refused().find("another instance has this key"), std::string::npos);
}

TEST_F(RecallTest, AnEndedTaskIsRefusedAsEndedAndItsValuesAreErasedAsEver) {
  const auto work = f.start(f.task_spec(5));
  const auto decision = read(work).decision_id;
  auto spec = f.task_spec(1);
  spec.set("parent", work.task);
  const auto child =
      Fixture::must(f.ask([&](Answer done) { f.service->tasks().start(work.caller, spec, done); }));
  end(work.task);
  forget();
  EXPECT_EQ(f.reason(read(work)), "task.ended");
  Caller sam = f.sam;
  sam.kind = CallerKind::kHuman;
  const auto erased = Fixture::must(f.ask([&](Answer done) {
    f.service->tasks().erase(sam, work.task, "they asked for it", std::move(done));
  }));
  EXPECT_EQ(erased.find("keys")->as_array().size(), 2u) << "and those below it";
  EXPECT_EQ(f.service->decisions().show(f.admin, decision).value().string_or("values", ""),
            "erased");
  EXPECT_TRUE(f.show_task(f.admin, work.task).value().find("values_erased")->as_bool());
  const auto twice = f.ask([&](Answer done) {
    f.service->tasks().erase(sam, work.task, "they asked for it", std::move(done));
  });
  EXPECT_EQ(twice.error().reason, "task.erased");
  read(work);
  EXPECT_TRUE(f.records("decision").back().find("sealed") == nullptr ||
              f.records("decision").back().find("sealed")->string_or("key", "") != work.task);
}

}  // namespace
}  // namespace ambit::service
