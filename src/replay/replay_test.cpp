#include "replay/replay.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "ledger/record.h"
#include "replay/find.h"
#include "replay/internal/history.h"
#include "replay/what_if.h"
#include "service/service_fixture.h"
#include "vault/open_record.h"

namespace ambit::replay {
namespace {

using service::Fixture;

// A service that has decided a bit of everything.
struct Replay : ::testing::Test {
  Fixture f;
  std::string first_task;

  Replay() {
    f.set_up();
    f.upstream.files["/work/old"] = "before";
    const auto work = f.start(f.task_spec(6));
    first_task = work.task;
    f.attempt(work.caller, "read", R"({"path":"/work/a"})");
    f.attempt(work.caller, "read", R"({"path":"../secret"})");
    f.attempt(work.caller, "nothing", R"({})");
    f.attempt(work.caller, "read", R"({"path":7})");
    f.attempt(work.caller, "write", R"({"path":"/work/new","content":"x"})");
    const std::string overwrite = R"({"path":"/work/old","content":"after"})";
    const auto held = f.attempt(work.caller, "write", overwrite);
    EXPECT_EQ(held.decision.verdict, domain::Verdict::kHold);
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                   done);
    }));
    EXPECT_EQ(f.attempt(work.caller, "write", overwrite).decision.verdict, domain::Verdict::kAllow);
    for (int i = 0; i < 6; ++i) f.attempt(work.caller, "read", R"({"path":"/work/a"})");
    Fixture::must(
        f.put_policies("permit(principal, action, resource) when "
                       "{ context.session.calls < 3 };"));
    const auto next = f.start(f.task_spec(9), "thumb-2");
    for (int i = 0; i < 5; ++i) f.attempt(next.caller, "read", R"({"path":"/work/a"})");
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->tasks().end(f.alice, next.task, "completed", done);
    }));
    f.attempt(next.caller, "read", R"({"path":"/work/a"})");
  }

  Source source() {
    return [&](const ports::EntryVisitor& visit) { return f.log.scan(0, visit); };
  }

  Result<ReplayReport> run(ReplayOptions options = {}) {
    options.keys = f.vault.get();
    return replay(source(), options);
  }

  // The same log with one text replaced in every decision.
  Result<ReplayReport> run_changed(const std::string& from, const std::string& to) {
    return run_with([&](std::string& record, std::string&) {
      const std::size_t at = record.find(from);
      if (at != std::string::npos) record.replace(at, from.size(), to);
    });
  }

  // The same log with every decision changed.
  Result<ReplayReport> run_with(const std::function<void(std::string&, std::string&)>& change,
                                ReplayOptions options = {}) {
    options.keys = f.vault.get();
    return replay(
        [&](const ports::EntryVisitor& visit) {
          return f.log.scan(0, [&](const ports::EntryView& entry) {
            std::string record(entry.record);
            std::string beside(entry.beside);
            if (ledger::has_kind(record, "decision")) change(record, beside);
            return visit({entry.index, record, beside});
          });
        },
        options);
  }

  // The log as it was written before values were sealed.
  Result<> scan_as_version_1(const ports::EntryVisitor& visit) {
    return f.log.scan(0, [&](const ports::EntryView& entry) {
      auto opened = vault::open_record(entry.index, entry.record, entry.beside, f.vault.get());
      EXPECT_TRUE(opened);
      const std::string record = ledger::encode_record(opened->record).value();
      EXPECT_TRUE(record.ends_with("\"v\":1}"));
      return visit({entry.index, record, {}});
    });
  }

  void end_and_erase(const std::string& task) {
    Fixture::must(f.ask(
        [&](service::Answer done) { f.service->tasks().end(f.alice, task, "completed", done); }));
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->tasks().erase(f.admin, task, "request 42", done);
    }));
  }
};

// An approval stands, but the budget is used up before it is.
TEST_F(Replay, Requirement_H2_AnApprovalThatWasReadAndNotUsedIsReadAgain) {
  const auto work = f.start(f.task_spec(2), "thumb-3");
  const std::string overwrite = R"({"path":"/work/old","content":"other"})";
  Fixture::must(f.put_policies(Fixture::kPolicies));
  const auto held = f.attempt(work.caller, "write", overwrite);
  ASSERT_EQ(held.decision.verdict, domain::Verdict::kHold);
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                 done);
  }));
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  f.attempt(work.caller, "read", R"({"path":"/work/a"})");
  const auto denied = f.attempt(work.caller, "write", overwrite);
  ASSERT_EQ(denied.decision.verdict, domain::Verdict::kDeny);
  ASSERT_EQ(denied.decision.reasons.front().code, "limit.budget");
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->different, 0u);
  const auto found = find(source(), denied.decision_id, f.vault.get());
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->approval);
  EXPECT_EQ(found->approval->id, held.approval);
}

TEST_F(Replay, Requirement_H2_EveryDecisionComesOutAsRecorded) {
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GE(report->decisions, 18u);
  for (const auto& difference : report->differences) {
    ADD_FAILURE() << difference.index << " " << difference.what;
  }
  EXPECT_EQ(report->identical, report->decisions);
}

TEST_F(Replay, TellsWhatIsNotAsItWasDecided) {
  const auto verdict = run_changed(R"("verdict":"deny")", R"("verdict":"allow")");
  ASSERT_TRUE(verdict) << verdict.error().message;
  EXPECT_GT(verdict->different, 0u);
  EXPECT_NE(verdict->differences.front().what.find("recorded `allow`"), std::string::npos);
  const auto values = run_with([](std::string&, std::string& beside) { beside.back() ^= 1; });
  ASSERT_TRUE(values) << values.error().message;
  EXPECT_EQ(values->different, values->decisions);
  EXPECT_NE(values->differences.front().what.find("commits to"), std::string::npos);
}

// The words by which the decisions differ once one text is replaced in each that has it.
struct Altered {
  const char* from;
  const char* to;
  const char* words;
};

TEST_F(Replay, NamesWhateverComesOutOtherwise) {
  for (const auto& [from, to, words] : {
           // In the second task policies count calls: the fourth was denied for the third.
           Altered{R"("released":3)", R"("released":0)", "verdict is `allow`, recorded `deny`"},
           Altered{R"("determining":["main#0"])", R"("determining":["main#1"])", "other policies"},
           Altered{R"("code":"limit.budget")", R"("code":"limit.burst")", "the reasons differ"},
           Altered{R"("epoch":)", R"("epoch":1)", "what was read has another digest"},
           Altered{R"("outcome":"read")", R"("outcome":"create")", "another digest"},
           Altered{R"("verdict":"allow"})", R"("verdict":"allow","would":"deny"})",
                   "in observe mode"},
       }) {
    const auto report = run_changed(from, to);
    ASSERT_TRUE(report) << report.error().message;
    ASSERT_GT(report->different, 0u) << from;
    EXPECT_EQ(report->identical + report->different, report->decisions) << from;
    EXPECT_FALSE(report->ok());
    const bool named =
        std::any_of(report->differences.begin(), report->differences.end(),
                    [&](const auto& one) { return one.what.find(words) != std::string::npos; });
    EXPECT_TRUE(named) << from << ": " << report->differences.front().what;
  }
}

TEST_F(Replay, AnyNumberOfThreadsFindsTheSame) {
  const auto change = [](std::string& record, std::string&) {
    const std::size_t at = record.find(R"("verdict":"deny")");
    if (at != std::string::npos) record.replace(at, 16, R"("verdict":"hold")");
  };
  const auto one = run_with(change, {.threads = 1});
  ASSERT_TRUE(one);
  ASSERT_GT(one->differences.size(), 2u);
  for (const unsigned threads : {2u, 3u, 8u}) {
    const auto many = run_with(change, {.threads = threads, .max_differences = 2});
    ASSERT_TRUE(many);
    EXPECT_EQ(many->identical, one->identical);
    EXPECT_EQ(many->different, one->different) << "all are counted";
    ASSERT_EQ(many->differences.size(), 2u) << "the first ones are told";
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(many->differences[i].index, one->differences[i].index);
    }
  }
}

// A ledger a hundred times as long, so that threads have enough to share.
TEST_F(Replay, TellsHowFarItIsAndStopsWhereItUnderstandsNothing) {
  std::vector<std::uint64_t> told;
  ReplayOptions options;
  options.keys = f.vault.get();
  options.threads = 3;
  options.progress = [&](std::uint64_t decisions) { told.push_back(decisions); };
  std::uint64_t broken_at = 0;
  const auto repeated = [&](const ports::EntryVisitor& visit) {
    std::uint64_t index = 0;
    bool more = true;
    for (int round = 0; round < 2000 && more; ++round) {
      const auto scanned = f.log.scan(0, [&](const ports::EntryView& entry) {
        // Asked for again, an approval would not be granted any more.
        const bool again = ledger::has_kind(entry.record, "decision") &&
                           entry.record.find("approval_requested") == std::string_view::npos;
        if (round > 0 && !again) return true;
        std::string record(entry.record);
        if (index == broken_at && index > 0) record.insert(record.find(':') + 1, " ");
        more = visit({index++, record, entry.beside});
        return more;
      });
      if (!scanned) return scanned;
    }
    return Result<>();
  };
  const auto whole = replay(repeated, options);
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_GT(whole->decisions, 30'000u);
  EXPECT_EQ(whole->different, 0u);
  ASSERT_GE(told.size(), 2u);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), whole->decisions);
  broken_at = 20'000;
  const auto broken = replay(repeated, options);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().reason, "replay.record");
  EXPECT_NE(broken.error().message.find("entry 20000"), std::string::npos)
      << broken.error().message;
}

TEST_F(Replay, ASituationStandsBeforeItsDecisionsAndIsWhatItsDigestSays) {
  // Each record of that kind goes through `change`; null leaves it out.
  const auto with_situations = [&](const std::function<bool(std::string&)>& change) {
    ReplayOptions options;
    options.keys = f.vault.get();
    return replay(
        [&](const ports::EntryVisitor& visit) {
          return f.log.scan(0, [&](const ports::EntryView& entry) {
            std::string record(entry.record);
            const bool dropped = ledger::has_kind(record, "situation") && !change(record);
            return dropped || visit({entry.index, record, entry.beside});
          });
        },
        options);
  };
  EXPECT_TRUE(with_situations([](std::string&) { return true; }));
  const auto without = with_situations([](std::string&) { return false; });
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message.find("does not stand before it"), std::string::npos);
  const auto altered = with_situations([](std::string& record) {
    const std::size_t at = record.find(R"("loopback":)");
    EXPECT_NE(at, std::string::npos);
    record.replace(at, record.find(',', at) - at,
                   record.compare(at, 15, R"("loopback":true)") == 0 ? R"("loopback":false)"
                                                                     : R"("loopback":true)");
    return true;
  });
  ASSERT_FALSE(altered);
  EXPECT_EQ(altered.error().message, "a situation is not what its digest says");
}

TEST_F(Replay, FindsOneDecisionWithAllThatItWasMadeFrom) {
  std::vector<std::string> ids;
  ASSERT_TRUE(f.log.scan(0, [&](const ports::EntryView& entry) {
    if (ledger::has_kind(entry.record, "decision")) {
      const auto record = text::parse_json(entry.record, {1u << 20, 64}).value();
      ids.emplace_back(record.find("body")->string_or("id", ""));
    }
    return true;
  }));
  ASSERT_GE(ids.size(), 18u);
  std::size_t with_approval = 0;
  for (const std::string& id : ids) {
    const auto found = find(source(), id, f.vault.get());
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->action.id, id);
    EXPECT_EQ(found->snapshot.session, found->session.get());
    EXPECT_EQ(found->snapshot.approval, found->approval.get());
    if (!found->approval) continue;
    ++with_approval;
    EXPECT_EQ(found->approval->state, domain::ApprovalState::kGranted);
    EXPECT_EQ(found->approval->grants.size(), 1u);
  }
  EXPECT_EQ(with_approval, 1u);
  EXPECT_EQ(find(source(), "dec_none", f.vault.get()).error().reason, "decision.unknown");
  EXPECT_EQ(find(source(), ids.front()).error().reason, "replay.locked");
}

TEST_F(Replay, DecisionsOfErasedTasksAreCountedApart) {
  const auto before = run();
  ASSERT_TRUE(before);
  end_and_erase(first_task);
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok());
  EXPECT_EQ(report->decisions, before->decisions);
  EXPECT_EQ(report->erased, 13u);
  EXPECT_EQ(report->identical, before->identical - 13);
  EXPECT_EQ(report->different, 0u);
  EXPECT_EQ(report->locked, 0u);
}

TEST_F(Replay, WithoutKeysNothingIsSaidToBeIdentical) {
  const auto report = replay(source());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->locked, report->decisions);
  EXPECT_EQ(report->identical, 0u);
  EXPECT_EQ(report->erased, 0u);
  EXPECT_FALSE(report->ok());
}

TEST_F(Replay, ReadsALedgerFromBeforeValuesWereSealed) {
  const auto report =
      replay([&](const ports::EntryVisitor& visit) { return scan_as_version_1(visit); });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GT(report->decisions, 0u);
  EXPECT_EQ(report->identical, report->decisions);
}

TEST_F(Replay, ARangeIsDecidedWithAllThatStandsBeforeIt) {
  const auto whole = run();
  ASSERT_TRUE(whole);
  ReplayOptions options;
  options.from = whole->entries / 2;
  options.to = whole->entries - 1;
  const auto part = run(options);
  ASSERT_TRUE(part) << part.error().message;
  EXPECT_GT(part->decisions, 0u);
  EXPECT_LT(part->decisions, whole->decisions);
  EXPECT_EQ(part->identical, part->decisions);
}

TEST_F(Replay, RefusesALogWhoseDocumentsWereChanged) {
  const auto report = replay([&](const ports::EntryVisitor& visit) {
    return f.log.scan(0, [&](const ports::EntryView& entry) {
      std::string record(entry.record);
      const std::size_t at = record.find("writes reports");
      if (at != std::string::npos) record.replace(at, 6, "erases");
      return visit({entry.index, record, entry.beside});
    });
  });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().reason, "replay.record");
}

struct WhatIf : Replay {
  Result<WhatIfReport> ask(const std::string& policies) {
    auto state = std::make_shared<decision::PolicyState>();
    state->set = cedar::PolicySet::parse_named({{"draft", policies}}).value();
    WhatIfOptions options;
    options.policies = std::move(state);
    options.keys = f.vault.get();
    return what_if([&](const ports::EntryVisitor& visit) { return f.log.scan(0, visit); }, options);
  }
};

TEST_F(WhatIf, ADraftIsTriedOnWhatReallyHappened) {
  const auto nothing = ask("forbid(principal, action, resource);");
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(nothing->loosened(), 0u);
  EXPECT_GT(nothing->tightened(), 5u);
  for (const auto& change : nothing->changes) EXPECT_EQ(change.after, domain::Verdict::kDeny);

  const auto everything = ask("permit(principal, action, resource);");
  ASSERT_TRUE(everything) << everything.error().message;
  EXPECT_GT(everything->loosened(), 0u);
  EXPECT_TRUE(everything->changes.front().loosens()) << "the dangerous direction comes first";
  for (const auto& change : everything->changes) {
    // What is let go now and was held then uses the budget up sooner.
    EXPECT_TRUE(change.after != domain::Verdict::kDeny || change.reason == "limit.budget")
        << change.reason;
  }
}

TEST_F(WhatIf, SessionsEvolveAsTheDraftWouldHaveLetThem) {
  // In the second task the fourth call was denied, as three had gone before. Under a draft that
  // lets one go, only the first is released, and the counter stays there.
  const auto report =
      ask("permit(principal, action, resource) when { context.session.calls < 1 };");
  ASSERT_TRUE(report) << report.error().message;
  std::uint64_t to_deny = 0;
  for (const auto& change : report->changes) {
    EXPECT_FALSE(change.loosens()) << change.decision;
    if (change.after == domain::Verdict::kDeny) ++to_deny;
  }
  EXPECT_GE(to_deny, 2u);
}

TEST_F(WhatIf, WhatWasErasedIsCountedApartAndTakenAsItWas) {
  end_and_erase(first_task);
  const auto report = ask("permit(principal, action, resource);");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->erased, 13u);
  for (const auto& change : report->changes) EXPECT_NE(change.task, first_task);
}

TEST_F(WhatIf, WhatWasAlteredIsCountedAndTheRestIsTriedAllTheSame) {
  const std::uint64_t whole = ask("forbid(principal, action, resource);")->decisions;
  WhatIfOptions options;
  options.policies = std::make_shared<decision::PolicyState>();
  options.keys = f.vault.get();
  std::size_t seen = 0;
  const auto report = what_if(
      [&](const ports::EntryVisitor& visit) {
        return f.log.scan(0, [&](const ports::EntryView& entry) {
          std::string beside(entry.beside);
          if (History::is_decision(entry.record) && ++seen == 3) beside.back() ^= 1;
          return visit({entry.index, entry.record, beside});
        });
      },
      options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->tampered, 1u);
  EXPECT_EQ(report->decisions, whole);
}

struct WhatIfChanged : Replay {
  WhatIfReport ask(const std::string& changes, Time since = {}) {
    WhatIfOptions options;
    options.since = since;
    options.changes = changes_from_json(text::parse_json(changes).value()).value();
    options.keys = f.vault.get();
    auto report =
        what_if([&](const ports::EntryVisitor& visit) { return f.log.scan(0, visit); }, options);
    EXPECT_TRUE(report) << report.error().message;
    return *std::move(report);
  }
};

TEST_F(WhatIfChanged, NothingChangesWhereNothingIsChanged) {
  const auto report = ask(R"({"agents":{"writer":{"purpose":"writes reports"}}})");
  EXPECT_GT(report.decisions, 10u);
  EXPECT_EQ(report.same, report.decisions);
  EXPECT_TRUE(report.unmatched.empty());
}

TEST_F(WhatIfChanged, AWiderBudgetLetsMoreThroughAndASmallerOneLess) {
  const auto wider = ask(R"({"tasks":{"writer":{"budget":{"calls":1000}}}})");
  EXPECT_GT(wider.loosened(), 0u);
  EXPECT_EQ(wider.tightened(), 0u);
  const auto smaller = ask(R"({"tasks":{"writer":{"budget":{"calls":1}}}})");
  EXPECT_EQ(smaller.loosened(), 0u);
  EXPECT_GT(smaller.tightened(), 0u);
  for (const auto& change : smaller.changes) EXPECT_EQ(change.reason, "limit.budget");
}

// The calls of a task count against the budgets above it, also those that are not tried.
TEST_F(WhatIfChanged, WhatCameBeforeThatTimeIsNotForgotten) {
  const auto parent = f.start(f.task_spec(20), "thumb-parent");
  auto spec = f.task_spec(5);
  spec.set("parent", parent.task);
  const auto started = Fixture::must(f.ask([&](service::Answer done) {
    f.service->tasks().start(parent.caller, spec, std::move(done));
  }));
  const auto credential = f.wait<service::Credential>([&](auto done) {
    f.service->tasks().admit(std::string(started.string_or("claim", "")), "thumb-child",
                             std::move(done));
  });
  ASSERT_TRUE(credential);
  auto child = parent.caller;
  child.task = started.find("task")->string_or("id", "");
  child.instance = credential->instance;
  child.session = credential->session;
  Fixture::must(f.put_policies("permit(principal, action, resource);"));
  for (int i = 0; i < 3; ++i) f.attempt(parent.caller, "read", R"({"path":"/work/a"})");
  f.clock.time = f.clock.time + minutes(1);
  const Time since = f.clock.time;
  f.attempt(child, "read", R"({"path":"/work/a"})");
  const auto report = ask(R"({"tasks":{")" + parent.task + R"(":{"budget":{"calls":3}}}})", since);
  EXPECT_EQ(report.decisions, 1u);
  ASSERT_EQ(report.changes.size(), 1u);
  EXPECT_EQ(report.changes.front().reason, "limit.budget");
}

TEST_F(WhatIfChanged, ASmallerScopeDeniesWhatLiesOutside) {
  const auto report = ask(R"({"agents":{"writer":{"tools":["files/write"]}}})");
  EXPECT_EQ(report.loosened(), 0u);
  EXPECT_GT(report.tightened(), 5u);
  for (const auto& change : report.changes) EXPECT_EQ(change.tool, "files/read");
}

TEST_F(WhatIfChanged, ALowerRateThrottles) {
  const auto report = ask(R"({"agents":{"writer":{"limits":{"burst":1,"calls_per_minute":1}}}})");
  EXPECT_GT(report.tightened(), 3u);
  EXPECT_EQ(report.changes.front().reason, "limit.rate");
}

TEST_F(WhatIfChanged, AnotherBindingGivesAnotherClassAndTier) {
  const auto report =
      ask(R"({"tools":{"files/read":{"class":"spend","outcome":"read","tier":"high"}}})");
  EXPECT_GT(report.tightened(), 3u) << "what spends waits for a human";
  for (const auto& change : report.changes) EXPECT_NE(change.after, domain::Verdict::kAllow);
}

TEST_F(WhatIfChanged, NamesWhatIsNowhereInTheLedger) {
  const auto report = ask(R"({"agents":{"nobody":{"purpose":"x"}},"tools":{"files/gone":{}}})");
  EXPECT_EQ(report.unmatched, (std::vector<std::string>{"agents.nobody", "tools.files/gone"}));
}

TEST(Changes, AreRefusedWithTheMemberNamed) {
  const auto reason = [](const char* json) {
    return changes_from_json(text::parse_json(json).value()).error().message;
  };
  EXPECT_NE(reason(R"({"agent":{}})").find("`agent`"), std::string::npos);
  EXPECT_NE(reason(R"({"agents":[]})").find("`agents`"), std::string::npos);
  EXPECT_NE(reason(R"({"tasks":{"t":1}})").find("`tasks.t`"), std::string::npos);
  // What would be ignored, or could only be looked up anew.
  EXPECT_NE(reason(R"({"agents":{"writer":{"owners":{"business":"bob"}}}})")
                .find("`agents.writer.owners` cannot be tried; there are `purpose`"),
            std::string::npos);
  EXPECT_NE(reason(R"({"tasks":{"t":{"on_behalf_of":"bob"}}})").find("`tasks.t.on_behalf_of`"),
            std::string::npos);
  EXPECT_NE(reason(R"({"tools":{"files/read":{"targets":[]}}})").find("`tools.files/read.targets`"),
            std::string::npos);
  EXPECT_FALSE(changes_from_json(text::Json(1)));
}

}  // namespace
}  // namespace ambit::replay
