#include "insight/timeline.h"

#include <algorithm>
#include <set>

#include "insight/insight_fixture.h"
#include "tests/fakes/forwarding_log.h"

namespace ambit::insight {
namespace {

using text::Json;

struct Timeline : InsightTest {
  Json must(Subject subject, const std::string& id, std::uint64_t from = 0,
            std::size_t limit = 500) {
    Evidence reading = evidence();
    auto found = timeline(reading, {subject, id, from, limit});
    EXPECT_TRUE(found) << found.error().message;
    return found.value_or(Json::object({{"items", Json::array()}}));
  }
  static const text::JsonArray& items(const Json& answer) {
    return answer.find("items")->as_array();
  }
  static bool in_order(const Json& answer) {
    const auto& all = items(answer);
    return std::is_sorted(all.begin(), all.end(), [](const Json& a, const Json& b) {
      return a.find("entry")->as_int() < b.find("entry")->as_int();
    });
  }
};

TEST_F(Timeline, Requirement_C7_OneLifecycleOfAnIdentityInOrder) {
  add_agent("payer");
  const auto work = start("payer");
  f.clock.time = f.clock.time + minutes(1);
  pay(work);
  Fixture::must(f.put_policies("permit(principal, action, resource);"));
  end(work);
  Fixture::must(f.move("payer", "suspend"));
  Fixture::must(f.move("payer", "activate"));
  Fixture::must(f.move("payer", "decommission"));
  const Json answer = must(Subject::kIdentity, "payer");
  EXPECT_TRUE(in_order(answer));
  const auto kinds = texts(*answer.find("items"), "kind");
  // Provisioning, administration, credentials, acts, approvals, policy, offboarding: each in its
  // place.
  const std::vector<std::string> expected{"identity.registered",
                                          "identity.active",
                                          "task.started",
                                          "instance.admitted",
                                          "decision",
                                          "approval.granted",
                                          "decision",
                                          "outcome",
                                          "policy.published",
                                          "task.ended",
                                          "identity.suspended",
                                          "identity.active",
                                          "identity.retired"};
  auto at = kinds.begin();
  for (const std::string& kind : expected) {
    at = std::find(at, kinds.end(), kind);
    ASSERT_NE(at, kinds.end()) << kind << " is missing or out of order";
    ++at;
  }
  const auto published = std::find(kinds.begin(), kinds.end(), "policy.published");
  const Json& publication = items(answer)[static_cast<std::size_t>(published - kinds.begin())];
  EXPECT_NE(publication.string_or("words", "").find("written by admin"), std::string::npos)
      << publication.string_or("words", "");
  const auto imported = std::find(kinds.begin(), kinds.end(), "server.imported");
  EXPECT_NE(imported, kinds.end()) << "how its tools came to be";
  // The human who approved has it in hers, too.
  const auto bobs = texts(*must(Subject::kIdentity, "bob").find("items"), "kind");
  EXPECT_NE(std::find(bobs.begin(), bobs.end(), "identity.registered"), bobs.end());
  EXPECT_NE(std::find(bobs.begin(), bobs.end(), "approval.granted"), bobs.end());
}

TEST_F(Timeline, Requirement_H10_ShowsOrderGapsAndWhatWasOfferedAndChosen) {
  add_agent("reader");
  const auto work = start("reader");
  act(work, "files", "read", R"({"path":"/work/a"})");
  f.clock.time = f.clock.time + seconds(90);
  act(work, "crm", "read", R"({"path":"/work/a"})");
  const Json answer = must(Subject::kSession, work.credential.session);
  EXPECT_TRUE(in_order(answer));
  std::vector<Json> decisions;
  for (const Json& item : items(answer)) {
    if (item.string_or("kind", "") == "decision") decisions.push_back(item);
  }
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[1].find("gap_ms")->as_int(), 90'000);
  EXPECT_EQ(answer.find("longest_gap")->find("ms")->as_int(), 90'000);
  EXPECT_EQ(decisions[0].string_or("chosen", ""), "files/read");
  EXPECT_EQ(texts(decisions[0].find("offered")), kAllTools);
  EXPECT_EQ(decisions[1].string_or("chosen", ""), "crm/read");
  EXPECT_EQ(decisions[1].find("hop")->string_or("from", ""), "disk");
  EXPECT_EQ(decisions[1].find("hop")->string_or("to", ""), "crm-cloud");
}

TEST_F(Timeline, ASessionHasTheAnswersToAllOfItsHolds) {
  constexpr std::size_t kPayments = 220;  // more than are read at once
  add_agent("payer");
  const auto work = start("payer", 2 * kPayments);
  for (std::size_t i = 0; i < kPayments; ++i) {
    pay(work);
    f.clock.time = f.clock.time + seconds(2);
  }
  std::size_t answers = 0;
  std::optional<std::uint64_t> from = 0;
  while (from) {
    const Json page = must(Subject::kSession, work.credential.session, *from);
    const auto kinds = texts(*page.find("items"), "kind");
    answers += static_cast<std::size_t>(std::count(kinds.begin(), kinds.end(), "approval.granted"));
    const Json* next = page.find("next_from");
    from = next ? std::optional(static_cast<std::uint64_t>(next->as_int())) : std::nullopt;
  }
  EXPECT_EQ(answers, kPayments);
}

TEST_F(Timeline, WhatWasFrozenThenWasNotOnOffer) {
  add_agent("reader");
  const auto work = start("reader");
  act(work, "files", "read", R"({"path":"/work/a"})");
  auto listing = f.upstream.listing;
  listing.tools.pop_back();  // `pay` is gone
  f.service->registry().observe_listing("files", listing);
  f.loop.run();
  act(work, "crm", "read", R"({"path":"/work/b"})");
  std::vector<std::vector<std::string>> offered;
  const Json answer = must(Subject::kTask, work.task);
  for (const Json& item : items(answer)) {
    if (item.find("offered")) offered.push_back(texts(item.find("offered")));
  }
  ASSERT_EQ(offered.size(), 2u);
  const auto has_pay = [](const auto& tools) {
    return std::find(tools.begin(), tools.end(), "files/pay") != tools.end();
  };
  EXPECT_TRUE(has_pay(offered[0]));
  EXPECT_FALSE(has_pay(offered[1]));
}

TEST_F(Timeline, EveryKindOfRecordHasWords) {
  add_agent("payer");
  const auto work = start("payer");
  attempt(work, "files", "pay", R"({"to":"acme"})");
  end(work);
  service::Caller officer = f.bob;
  officer.roles = {domain::Role::kSecurity};
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->tasks().erase(officer, work.task, "request 17", std::move(done));
  }));
  const auto tried = f.ask([&](service::Answer done) {
    f.service->policies().put(f.alice, Fixture::json(R"({"policies":{}})"), std::move(done));
  });
  EXPECT_FALSE(tried.has_value());
  const Json task = must(Subject::kTask, work.task);
  EXPECT_EQ(items(task).back().string_or("kind", ""), "task.erased");
  EXPECT_EQ(items(task).back().string_or("words", "").find("`bob` erased the values of "), 0u)
      << items(task).back().string_or("words", "");
  for (const char* identity : {"alice", "bob", "payer"}) {
    const Json told = must(Subject::kIdentity, identity);
    for (const Json& item : items(told)) {
      EXPECT_NE(item.string_or("words", ""), item.string_or("kind", "")) << identity;
      EXPECT_EQ(item.string_or("words", "").find("``"), std::string::npos)
          << item.string_or("words", "");
    }
  }
}

TEST_F(Timeline, WhatHumansAnsweredLaterDidNotLeadToAHold) {
  add_agent("payer");
  const auto work = start("payer");
  const auto held = attempt(work, "files", "pay", R"({"to":"acme"})");
  Fixture::must(f.ask([&](service::Answer done) {
    f.service->approvals().refuse(f.bob, held.approval, "no", std::move(done));
  }));
  Evidence reading = evidence();
  const auto traced = trace(reading, {held.decision_id});
  ASSERT_TRUE(traced) << traced.error().message;
  EXPECT_EQ(texts(*traced->find("backward"), "kind"),
            (std::vector<std::string>{"task.started", "instance.admitted", "decision"}));
  EXPECT_EQ(texts(*traced->find("forward"), "kind"), std::vector<std::string>{"approval.refused"});
}

// A log of which somebody altered the values that stand beside an entry.
class Altered final : public fakes::ForwardingLog {
 public:
  Altered(ports::Log& log, std::uint64_t entry) : ForwardingLog(log), entry_(entry) {}
  Result<ports::Entry> read(std::uint64_t index) const override {
    auto entry = ForwardingLog::read(index);
    if (entry && index == entry_) entry->beside.back() ^= 1;
    return entry;
  }

 private:
  std::uint64_t entry_;
};

TEST_F(Timeline, ValuesThatWereAlteredHideNothingElse) {
  add_agent("reader");
  const auto work = start("reader");
  act(work, "files", "read", R"({"path":"/work/a"})");
  const auto altered = attempt(work, "files", "read", R"({"path":"/work/b"})");
  report(work, altered.decision_id);
  (void)evidence();
  const Altered log(f.log, *altered.ledger_index);
  Evidence reading(log, *search_index, f.vault.get());
  const auto found = timeline(reading, {Subject::kTask, work.task});
  ASSERT_TRUE(found) << found.error().message;
  std::size_t told = 0;
  for (const Json& item : items(*found)) {
    const bool is_it =
        item.find("entry")->as_int() == static_cast<std::int64_t>(*altered.ledger_index);
    EXPECT_EQ(item.find("altered") != nullptr, is_it);
    if (!is_it) continue;
    ++told;
    EXPECT_EQ(item.find("targets"), nullptr);
  }
  EXPECT_EQ(told, 1u);
  const auto traced = trace(reading, {altered.decision_id});
  ASSERT_TRUE(traced) << traced.error().message;
  EXPECT_NE(text::to_json(*traced->find("missing")).find("were altered"), std::string::npos);
}

// An index that has not read all of the log yet.
class Late final : public ports::Index {
 public:
  explicit Late(const ports::Index& whole) : whole_(whole) {}
  Result<ports::IndexPage> find(const ports::IndexQuery& query) const override {
    AMBIT_TRY(ports::IndexPage page, whole_.find(query));
    std::erase_if(page.entries, [](std::uint64_t entry) { return entry >= kRead; });
    page.indexed = kRead;
    return page;
  }
  Result<std::uint64_t> count(const ports::IndexQuery& query) const override {
    return whole_.count(query);
  }
  Result<ports::IndexPage> look(const ports::IndexQuery& query) const override {
    return find(query);
  }
  std::uint64_t indexed() const override { return kRead; }
  void hurry() const override {}

  static constexpr std::uint64_t kRead = 4;

 private:
  const ports::Index& whole_;
};

TEST_F(Timeline, WhatAnIndexThatIsBehindHasNotReadIsNotSaidToBeAbsent) {
  add_agent("payer");
  (void)evidence();
  const Late late(*search_index);
  const auto ask = [&](const std::string& identity) {
    Evidence reading(f.log, late, f.vault.get());
    return with_lag(reading, timeline(reading, {Subject::kIdentity, identity, 0, 100}));
  };
  EXPECT_EQ(ask("payer").error().reason, "index.behind");
  const auto admin = ask("admin");
  ASSERT_TRUE(admin) << admin.error().message;
  EXPECT_EQ(admin->find("not_indexed")->as_int(),
            static_cast<std::int64_t>(f.log.size() - Late::kRead));
  Evidence whole = evidence();
  const auto nobody = with_lag(whole, timeline(whole, {Subject::kIdentity, "nobody", 0, 100}));
  EXPECT_EQ(nobody.error().reason, "timeline.unknown");
  EXPECT_EQ(whole.not_indexed(), 0u);
}

TEST_F(Timeline, PagesGoOnWhereTheyEnded) {
  add_agent("reader");
  const auto work = start("reader");
  for (int i = 0; i < 7; ++i) {
    f.clock.time = f.clock.time + seconds(i + 1);
    act(work, i % 2 ? "crm" : "files", "read", R"({"path":"/work/a"})");
  }
  const Json whole = must(Subject::kTask, work.task);
  std::vector<Json> paged;
  std::uint64_t from = 0;
  for (int pages = 0; pages < 20; ++pages) {
    const Json page = must(Subject::kTask, work.task, from, 4);
    for (const Json& item : items(page)) paged.push_back(item);
    if (!page.find("next_from")) break;
    from = static_cast<std::uint64_t>(page.find("next_from")->as_int());
  }
  ASSERT_EQ(paged.size(), items(whole).size());
  for (std::size_t i = 0; i < paged.size(); ++i) {
    EXPECT_EQ(text::to_json(paged[i]), text::to_json(items(whole)[i])) << "gaps and hops, too";
  }
  Evidence reading = evidence();
  EXPECT_EQ(timeline(reading, {Subject::kTask, "tsk_none"}).error().reason, "timeline.unknown");
}

TEST_F(Timeline, Requirement_H4_AnOutcomeIsTracedBackToItsTriggerAndOnAcrossSystems) {
  add_agent("planner");
  add_agent("sender");
  const auto root = start("planner");
  act(root, "files", "read", R"({"path":"/work/a"})");
  act(root, "crm", "read", R"({"path":"/work/customers"})");
  const std::string paid = pay(root);
  const auto below = start("sender", 5, root);
  act(below, "mailer", "write", R"({"path":"/work/letter","content":"x"})");
  act(root, "crm", "write", R"({"path":"/work/done","content":"x"})");
  Evidence reading = evidence();
  const auto traced = trace(reading, {paid});
  ASSERT_TRUE(traced) << traced.error().message;
  EXPECT_TRUE(traced->find("complete")->as_bool());
  EXPECT_EQ(texts(*traced->find("backward"), "kind"),
            (std::vector<std::string>{"task.started", "instance.admitted", "decision",
                                      "approval.granted", "decision", "outcome"}));
  std::vector<std::string> path;
  for (const Json& item : traced->find("forward")->as_array()) {
    if (item.string_or("kind", "") != "decision") continue;
    path.push_back(std::string(item.string_or("relation", "")) + " " +
                   std::string(item.string_or("system", "")));
    ASSERT_NE(item.find("hop"), nullptr) << item.string_or("words", "");
  }
  EXPECT_EQ(path, (std::vector<std::string>{"task_below mail-api", "same_task crm-cloud"}));
  // And from the far end back to the human who set it off.
  std::string last;
  for (const Json& item : traced->find("forward")->as_array()) {
    if (item.string_or("relation", "") == "task_below" && item.find("decision")) {
      last = item.string_or("decision", "");
    }
  }
  const auto back = trace(reading, {last});
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->find("complete")->as_bool());
  const Json& first = back->find("backward")->as_array().front();
  EXPECT_EQ(first.string_or("kind", ""), "task.started");
  EXPECT_EQ(first.string_or("task", ""), root.task);
}

TEST_F(Timeline, Requirement_P3_AnIncidentIsContainedAndItsWholeReachIsProved) {
  add_agent("rogue");
  const auto work = start("rogue");
  act(work, "files", "read", R"({"path":"/work/a"})");
  act(work, "crm", "read", R"({"path":"/work/customers"})");
  attempt(work, "mailer", "write", R"({"path":"/etc/passwd","content":"x"})");
  // Contained: suspended, and nothing works any more.
  Fixture::must(f.move("rogue", "suspend"));
  EXPECT_EQ(attempt(work, "files", "read", R"({"path":"/work/b"})").decision.verdict,
            domain::Verdict::kDeny);
  const Json answer = must(Subject::kIdentity, "rogue");
  EXPECT_TRUE(in_order(answer));
  const auto kinds = texts(*answer.find("items"), "kind");
  const auto contained = std::find(kinds.begin(), kinds.end(), "identity.suspended");
  ASSERT_NE(contained, kinds.end());
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), "decision"), 4);
  EXPECT_EQ(std::count(contained, kinds.end(), "decision"), 1) << "the one that was refused";
  for (const Json& item : items(answer)) {
    if (item.string_or("kind", "") != "decision") continue;
    EXPECT_EQ(item.find("accountable")->string_or("business", ""), "alice");
  }
  // What it touched, and nothing that it was denied.
  const Json& touched = *answer.find("touched");
  EXPECT_EQ(texts(touched.find("systems")), (std::vector<std::string>{"crm-cloud", "disk"}));
  EXPECT_EQ(texts(touched.find("targets")),
            (std::vector<std::string>{"path:/work/a", "path:/work/customers"}));
  EXPECT_EQ(texts(touched.find("tools")), (std::vector<std::string>{"crm/read", "files/read"}));
  EXPECT_EQ(texts(touched.find("data_domains")), std::vector<std::string>{"reports"});
}

}  // namespace
}  // namespace ambit::insight
