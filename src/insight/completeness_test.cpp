#include "insight/completeness.h"

#include <set>

#include "insight/insight_fixture.h"
#include "insight/timeline.h"

namespace ambit::insight {
namespace {

using text::Json;

struct CompletenessTest : InsightTest {
  // Of the log as `change` makes it; an entry that it empties is left out.
  Completeness measure(const std::function<std::string(const ports::EntryView&)>& change = {},
                       CompletenessOptions options = {}) {
    options.now = f.clock.time + minutes(10);
    options.threads = 1;
    options.keys = f.vault.get();
    auto found = completeness(
        [&](const ports::EntryVisitor& visit) {
          return f.log.scan(0, [&](const ports::EntryView& entry) {
            if (!change) return visit(entry);
            const std::string record = change(entry);
            return record.empty() || visit({entry.index, record, entry.beside});
          });
        },
        options);
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Completeness{});
  }
  static Metric metric(const Completeness& report, const std::string& id) {
    for (const Metric& one : report.metrics) {
      if (one.id == id) return one;
    }
    ADD_FAILURE() << id;
    return {};
  }
  static bool is(const ports::EntryView& entry, const std::string& kind) {
    return ledger::has_kind(entry.record, kind);
  }
  static std::string without(const ports::EntryView& entry, const std::string& kind) {
    return is(entry, kind) ? std::string() : std::string(entry.record);
  }
  static std::string replaced(const ports::EntryView& entry, const std::string& kind,
                              const std::string& from, const std::string& to) {
    std::string record(entry.record);
    if (!is(entry, kind)) return record;
    const std::size_t at = record.find(from);
    if (at != std::string::npos) record.replace(at, from.size(), to);
    return record;
  }

  // Two systems, a payment, a denial; all of it complete.
  void work_completely(const std::string& agent = "payer") {
    add_agent(agent);
    const auto work = start(agent);
    act(work, "files", "read", R"({"path":"/work/a"})");
    act(work, "crm", "read", R"({"path":"/work/b"})");
    attempt(work, "crm", "read", R"({"path":"/etc/passwd"})");
    pay(work);
  }
};

TEST_F(CompletenessTest, Requirement_H8_TheScoreIsOfCompletenessAndNotOfVolume) {
  EXPECT_EQ(metric(measure(), "m09").status(), "no_data") << "nothing is not the same as all";
  work_completely();
  const Completeness report = measure();
  EXPECT_EQ(metric(report, "m09").score.value(), 1.0) << text::to_json(to_json(report));
  const Metric before =
      metric(measure([](const auto& entry) { return without(entry, "outcome"); }), "m09");
  EXPECT_LT(*before.score.value(), 1.0) << "calls without an outcome";
  EXPECT_EQ(before.status(), "not_met");
  EXPECT_EQ(before.by_kind.at("outcome"), 3u);
  // More of the same does not mend it.
  work_completely("another");
  const Metric after =
      metric(measure([](const auto& entry) { return without(entry, "outcome"); }), "m09");
  EXPECT_GT(after.score.all, before.score.all);
  EXPECT_LE(*after.score.value(), *before.score.value());
}

TEST_F(CompletenessTest, EveryFieldThatIsMissingLowersTheContextScore) {
  work_completely();
  const std::vector<std::pair<std::string, std::string>> gaps{
      {R"("trigger":{"kind":"human","reference":"ticket 7"})",
       R"("trigger":{"kind":"human","reference":""})"},
      {R"("goal":"the report")", R"("goal":"")"},
      {R"("system":"disk")", R"("system":"")"},
      {R"("data_domain":"reports")", R"("data_domain":"")"}};
  for (const auto& gap : gaps) {
    const Completeness report = measure(
        [&](const auto& entry) { return replaced(entry, "situation", gap.first, gap.second); });
    EXPECT_LT(*metric(report, "m09").score.value(), 1.0) << gap.first;
  }
}

TEST_F(CompletenessTest, ADecisionThatDoesNotComeOutAgainLowersTheReplayScore) {
  work_completely();
  EXPECT_EQ(metric(measure(), "m10").score.value(), 1.0);
  const Completeness report = measure([](const auto& entry) {
    return replaced(entry, "decision", R"("verdict":"deny")", R"("verdict":"allow")");
  });
  EXPECT_LT(*metric(report, "m10").score.value(), 1.0);
  EXPECT_FALSE(report.met());
}

TEST_F(CompletenessTest, IntegrityNeedsEveryLinkAndAFreshAnchor) {
  const auto status = [&](Integrity found) {
    CompletenessOptions options;
    options.integrity = std::move(found);
    return metric(measure({}, options), "m11").status();
  };
  const Time now = f.clock.time + minutes(10);
  EXPECT_EQ(metric(measure(), "m11").status(), "no_data") << "nobody verified";
  EXPECT_EQ(status({10, 10, "", now}), "met");
  EXPECT_EQ(status({10, 10, "", std::nullopt}), "not_met");
  EXPECT_EQ(status({10, 10, "", now - minutes(61)}), "not_met");
  EXPECT_EQ(status({10, 4, "entry 4 was changed", now}), "not_met");
}

TEST_F(CompletenessTest, Requirement_F3_EveryCallOfASharedToolIsOneInstancesOfASwarm) {
  constexpr int kAgents = 50;
  std::set<std::string> instances, tasks;
  for (int i = 0; i < kAgents; ++i) {
    const std::string agent = "swarm-" + std::to_string(i);
    add_agent(agent);
    const auto work = start(agent);
    instances.insert(work.credential.instance);
    tasks.insert(work.task);
    act(work, "files", "read", R"({"path":"/work/shared"})");
    attempt(work, "files", "read", R"({"path":"/etc/passwd"})");
  }
  const Metric attribution = metric(measure(), "m12");
  EXPECT_EQ(attribution.score.all, 2u * kAgents);
  EXPECT_EQ(attribution.score.value(), 1.0);
  // Each call stands in the evidence with its own instance, its chain and its humans.
  Evidence reading = evidence();
  ports::IndexQuery query{
      .all = {{{ports::Facet::kTool, "files/read"}}, {{ports::Facet::kKind, "decision"}}}};
  query.limit = 500;
  const auto calls = reading.records(query);
  ASSERT_TRUE(calls) << calls.error().message;
  std::set<std::string> seen;
  for (const auto& call : *calls) {
    const Json facts = reading.facts_of(call).value();
    seen.insert(std::string(facts.string_or("instance", "")));
    EXPECT_EQ(texts(facts.find("chain")).size(), 1u);
    EXPECT_TRUE(tasks.contains(texts(facts.find("chain")).front()));
    EXPECT_EQ(facts.find("accountable")->string_or("business", ""), "alice");
  }
  EXPECT_EQ(seen, instances);
  // Without the admission of one instance its calls are nobody's.
  const std::string& lost = *instances.begin();
  const Metric less =
      metric(measure([&](const auto& entry) {
               return is(entry, "instance.admitted") && entry.record.find(lost) != std::string::npos
                          ? std::string()
                          : std::string(entry.record);
             }),
             "m12");
  EXPECT_EQ(less.score.good, 2u * kAgents - 2);
}

TEST_F(CompletenessTest, NobodyAccountableLowersAttribution) {
  work_completely();
  const Metric found =
      metric(measure([](const auto& entry) {
               return replaced(entry, "document", R"("class":"human")", R"("class":"robot")");
             }),
             "m12");
  EXPECT_EQ(found.score.good, 0u);
  EXPECT_EQ(found.by_kind.at("no accountable human"), found.score.all);
}

TEST_F(CompletenessTest, AHighImpactOutcomeWithoutItsPathLowersTraceback) {
  work_completely();
  const Metric whole = metric(measure(), "m13");
  EXPECT_EQ(whole.score.all, 1u) << "the payment";
  EXPECT_EQ(whole.score.value(), 1.0);
  for (const char* kind : {"task.started", "instance.admitted", "approval.granted", "outcome"}) {
    const Metric cut =
        metric(measure([&](const auto& entry) { return without(entry, kind); }), "m13");
    EXPECT_EQ(cut.score.good, 0u) << kind;
    EXPECT_EQ(cut.score.all, 1u) << kind;
  }
}

TEST_F(CompletenessTest, Requirement_H7_DataAccessIsTrackedAndItsCoverageMeasured) {
  work_completely();
  const Metric tracked = metric(measure(), "m14");
  EXPECT_EQ(tracked.score.all, 2u) << "the two reads that were let go";
  EXPECT_EQ(tracked.score.value(), 1.0);
  EXPECT_EQ(tracked.status(), "met");
  const Metric unlabelled =
      metric(measure([](const auto& entry) {
               return replaced(entry, "situation", R"("labels":["internal"])", R"("labels":[])");
             }),
             "m14");
  EXPECT_EQ(unlabelled.score.good, 0u);
  EXPECT_EQ(unlabelled.by_kind.at("classification"), 2u);
  // Which data an agent reached can be asked for.
  Evidence reading = evidence();
  const auto answer = timeline(reading, {Subject::kIdentity, "payer", 0, 500});
  ASSERT_TRUE(answer);
  EXPECT_EQ(texts(answer->find("touched")->find("targets")),
            (std::vector<std::string>{"account:acme", "path:/work/a", "path:/work/b"}));
  EXPECT_EQ(texts(answer->find("touched")->find("labels")), std::vector<std::string>{"internal"});
}

}  // namespace
}  // namespace ambit::insight
