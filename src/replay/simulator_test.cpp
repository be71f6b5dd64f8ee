#include "replay/simulator.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

#include "index/evidence_index.h"
#include "ledger/record.h"
#include "replay/recent.h"
#include "replay/what_if.h"
#include "service/retention.h"
#include "service/service_fixture.h"
#include "tests/fakes/forwarding_log.h"

namespace ambit::replay {
namespace {

using service::Fixture;

std::shared_ptr<const decision::PolicyState> set_of(const std::string& text) {
  auto out = std::make_shared<decision::PolicyState>();
  out->set = cedar::PolicySet::parse_named({{"draft", text}}).value();
  return out;
}

// Each look at it takes a second.
struct SlowClock final : ports::Clock {
  Time now() const override { return time = time + seconds(1); }
  mutable Time time;
};

// Tasks one after the other, each with a held call that a human granted later.
struct SimulatorTest : ::testing::Test {
  SimulatorTest() {
    f.set_up();
    f.upstream.files["/work/old"] = "before";
    for (int i = 0; i < 4; ++i) work(i);
    std::string name = (std::filesystem::temp_directory_path() / "ambit-sim-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    search = index::EvidenceIndex::open({folder + "/index.sqlite", &f.log, f.vault.get()}).value();
    while (search->indexed() < f.log.size()) {
      EXPECT_TRUE(search->find({.all = {{{ports::Facet::kKind, "decision"}}}}));
    }
  }
  ~SimulatorTest() override {
    search.reset();
    std::filesystem::remove_all(folder);
  }

  void work(int number) {
    const auto task = f.start(f.task_spec(50), "thumb-" + std::to_string(number));
    const std::string overwrite = R"({"path":"/work/old","content":"after"})";
    const auto held = f.attempt(task.caller, "write", overwrite);
    for (int i = 0; i < 5; ++i) {
      f.clock.time = f.clock.time + seconds(1);
      f.attempt(task.caller, "read", R"({"path":"/work/a"})");
    }
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                   done);
    }));
    EXPECT_EQ(f.attempt(task.caller, "write", overwrite).decision.verdict, domain::Verdict::kAllow);
  }

  Recent recent(std::size_t most, const ports::Index* with, Time since = {}) {
    auto found = find_recent(f.log, with, {most, since, {}});
    EXPECT_TRUE(found) << found.error().message;
    return *std::move(found);
  }
  WhatIfReport try_on(const Recent& range, const std::string& draft) {
    WhatIfOptions options;
    options.policies = set_of(draft);
    options.base = set_of(Fixture::kPolicies);
    options.from = range.from;
    options.keys = f.vault.get();
    auto report = what_if(source_of(f.log, range, {}), options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *std::move(report) : WhatIfReport();
  }
  ports::SimulationQuery query(const std::string& draft, std::size_t most = 1000) {
    return {.draft = set_of(draft),
            .base = set_of(Fixture::kPolicies),
            .max_decisions = most,
            .since = {},
            .budget = seconds(60),
            .max_changes = 8};
  }

  static constexpr std::size_t kDecisions = 4 * 7;
  Fixture f;
  std::string folder;
  std::unique_ptr<index::EvidenceIndex> search;
};

TEST_F(SimulatorTest, TheNewestDecisionsComeOutAlikeWithAnIndexAndWithout) {
  const std::string draft =
      "forbid(principal, action in Ambit::Action::\"read\", resource);"
      "permit(principal, action, resource);";
  std::size_t looked_up = 0;
  for (std::size_t most = 1; most <= kDecisions + 1; ++most) {
    const Recent quick = recent(most, search.get());
    const Recent whole = recent(most, nullptr);
    EXPECT_TRUE(whole.whole);
    EXPECT_FALSE(quick.whole);
    EXPECT_EQ(quick.from, whole.from);
    EXPECT_EQ(quick.decisions, std::min(most, kDecisions));
    looked_up += quick.before.size();
    const WhatIfReport a = try_on(quick, draft);
    const WhatIfReport b = try_on(whole, draft);
    EXPECT_EQ(a.decisions, std::min(most, kDecisions));
    EXPECT_EQ(a.moved, b.moved) << most;
    EXPECT_EQ(a.same, b.same) << most;
    EXPECT_EQ(a.before, b.before) << most;
    EXPECT_EQ(a.incomplete + a.erased + a.locked, 0u);
  }
  EXPECT_GT(looked_up, 100u) << "what the decisions refer to stands before them";
}

TEST_F(SimulatorTest, UnderTheSetOfTheirTimeAllDecisionsComeOutAsTheyDid) {
  const WhatIfReport same = try_on(recent(1000, search.get()), Fixture::kPolicies);
  EXPECT_EQ(same.same, kDecisions);
  EXPECT_EQ(same.before.at(domain::Verdict::kHold), 4u);
  EXPECT_EQ(same.before.at(domain::Verdict::kAllow), kDecisions - 4u);
}

TEST_F(SimulatorTest, OnlyWhatTheNewestDecisionsNeedIsRead) {
  const Recent last = recent(1, search.get());
  EXPECT_EQ(last.decisions, 1u);
  EXPECT_LT(last.to - last.from, 5u);
  EXPECT_LT(last.before.size(), 20u);
  EXPECT_GT(last.from, 50u);
}

// The log of the fixture, the first entries of which were archived and are not at hand.
class AwayLog final : public fakes::ForwardingLog {
 public:
  AwayLog(ports::Log& log, std::uint64_t end) : ForwardingLog(log), end_(end) {}
  Result<ports::Entry> read(std::uint64_t index) const override {
    AMBIT_TRY(ports::Entry entry, ForwardingLog::read(index));
    if (index >= end_ || service::may_be_referred_to({index, entry.record, entry.beside})) {
      return entry;
    }
    return away();
  }
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override {
    if (from < end_) return away();
    return ForwardingLog::scan(from, visitor);
  }

 private:
  static tl::unexpected<Error> away() {
    return fail(Code::kUnavailable, "ledger.absent", "it is elsewhere");
  }
  std::uint64_t end_;
};

TEST_F(SimulatorTest, WhatIsArchivedElsewhereDoesNotCountAndStopsNothing) {
  const std::uint64_t size = f.log.size();
  std::size_t counted = 0;
  for (std::uint64_t end = 0; end <= size; ++end) {
    std::size_t decisions = 0;
    ASSERT_TRUE(f.log.scan(end, [&](const ports::EntryView& entry) {
      decisions += ledger::has_kind(entry.record, "decision");
      return true;
    }));
    const AwayLog log(f.log, end);
    const auto found = find_recent(log, search.get(), {1000, {}, {}});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_EQ(found->decisions, decisions) << end << " entries are elsewhere";
    if (decisions == 0) continue;
    WhatIfOptions options;
    options.policies = options.base = set_of(Fixture::kPolicies);
    options.from = found->from;
    options.keys = f.vault.get();
    const auto report = what_if(source_of(log, *found, {}), options);
    ASSERT_TRUE(report) << report.error().message << " where " << end << " entries are elsewhere";
    EXPECT_EQ(report->decisions, decisions);
    counted += report->same;
    EXPECT_EQ(report->same, decisions) << end;
  }
  EXPECT_GT(counted, kDecisions);
}

TEST_F(SimulatorTest, NothingFromBeforeATimeIsLookedAt) {
  const Time since = f.clock.time - seconds(4);
  const Recent late = recent(1000, search.get(), since);
  EXPECT_GT(late.decisions, 0u);
  EXPECT_LT(late.decisions, 7u) << "of the last task alone";
  EXPECT_GE(late.first->ms, since.ms);
  EXPECT_EQ(recent(1000, search.get(), f.clock.time + seconds(1)).decisions, 0u);
}

TEST_F(SimulatorTest, WhatMovesAlikeIsToldOnceAndWhatLoosensComesFirst) {
  LedgerSimulator simulator(f.log, search.get(), *f.vault, f.clock);
  const auto result =
      simulator.simulate(query("permit(principal, action in Ambit::Action::\"write\", resource);"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->decisions, kDecisions);
  EXPECT_EQ(result->newly_allowed, 4u);
  EXPECT_EQ(result->loosened, 4u);
  EXPECT_EQ(result->newly_denied, 20u);
  EXPECT_EQ(result->passed, kDecisions);
  EXPECT_EQ(result->same, 4u);
  ASSERT_EQ(result->changes.size(), 2u);
  EXPECT_EQ(result->changes[0].tool, "files/write");
  EXPECT_EQ(result->changes[0].before, domain::Verdict::kHold);
  EXPECT_EQ(result->changes[0].decisions, 4u);
  EXPECT_EQ(result->changes[1].decisions, 20u);
  const auto newest = f.log.read(result->changes[1].entry);
  ASSERT_TRUE(newest);
  EXPECT_NE(newest->record.find(result->changes[1].example), std::string::npos);
  auto few = query("permit(principal, action in Ambit::Action::\"write\", resource);");
  few.max_changes = 0;
  EXPECT_EQ(simulator.simulate(few)->more_changes, 2u);
}

TEST_F(SimulatorTest, WhatIsNotDoneInTimeFails) {
  const SlowClock slow;
  LedgerSimulator simulator(f.log, nullptr, *f.vault, slow);
  auto hasty = query(Fixture::kPolicies);
  hasty.budget = {0};
  const auto result = simulator.simulate(hasty);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "policy.simulation");
  EXPECT_EQ(result.error().code, Code::kUnavailable);
  LedgerSimulator stopped(f.log, nullptr, *f.vault, f.clock);
  stopped.stop();
  EXPECT_EQ(stopped.simulate(query(Fixture::kPolicies)).error().reason, "policy.simulation");
}

TEST_F(SimulatorTest, ErasedDecisionsAreCountedApart) {
  const auto work = f.start(f.task_spec(50), "thumb-9");
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->tasks().end(f.alice, work.task, "completed", done);
  }));
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->tasks().erase(f.admin, work.task, "request 42", done);
  }));
  LedgerSimulator simulator(f.log, nullptr, *f.vault, f.clock);
  const auto result = simulator.simulate(query(Fixture::kPolicies));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->undecidable, 1u);
  EXPECT_EQ(result->same, kDecisions);
}

}  // namespace
}  // namespace ambit::replay
