#include "index/evidence_index.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <thread>

#include "service/service_fixture.h"
#include "sqlite/sqlite.h"
#include "tests/fakes/forwarding_log.h"

namespace ambit::index {
namespace {

using ports::Facet;
using ports::Term;
using service::Fixture;
using text::Json;

// A service that has decided a bit of everything, and the index of its log.
struct EvidenceIndexTest : ::testing::Test {
  EvidenceIndexTest() {
    std::string name = (std::filesystem::temp_directory_path() / "ambit-index-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    f.set_up();
    f.upstream.files["/work/old"] = "before";
    work = f.start(f.task_spec(20));
    f.attempt(work.caller, "read", R"({"path":"/work/deep/a"})");
    f.attempt(work.caller, "read", R"({"path":"/etc/passwd"})");
    const std::string overwrite = R"({"path":"/work/old","content":"after"})";
    const auto held = f.attempt(work.caller, "write", overwrite);
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->approvals().grant(f.bob, held.approval, crypto::to_string(held.decision.action),
                                   done);
    }));
    f.attempt(work.caller, "write", overwrite);
  }
  ~EvidenceIndexTest() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<EvidenceIndex> open(const ports::Log* of = nullptr) {
    auto opened = EvidenceIndex::open({folder + "/index.sqlite", of ? of : &f.log, f.vault.get()});
    EXPECT_TRUE(opened) << opened.error().message;
    return *std::move(opened);
  }
  static std::vector<std::uint64_t> find(const EvidenceIndex& index, std::vector<Term> terms) {
    ports::IndexQuery query;
    for (auto& term : terms) query.all.push_back({std::move(term)});
    const auto page = index.find(query);
    EXPECT_TRUE(page) << page.error().message;
    return page ? page->entries : std::vector<std::uint64_t>();
  }
  // Verdicts of the decisions that have the terms, newest first.
  std::vector<std::string> verdicts(const EvidenceIndex& index, std::vector<Term> terms) {
    terms.push_back({Facet::kKind, "decision"});
    std::vector<std::string> out;
    for (const auto entry : find(index, std::move(terms))) {
      const Json record = text::parse_json(f.log.read(entry)->record).value();
      out.emplace_back(record.find("body")->find("decision")->string_or("verdict", ""));
    }
    return out;
  }

  // The values that a key seals: of a task, which ends first, or of a day.
  void erase(const std::string& key) {
    if (key == work.task) {
      Fixture::must(f.ask([&](service::Answer done) {
        f.service->tasks().end(f.alice, key, "completed", std::move(done));
      }));
    }
    service::Caller officer = f.bob;
    officer.roles = {domain::Role::kSecurity};
    Fixture::must(f.ask([&](service::Answer done) {
      f.service->tasks().erase(officer, key, "request 17", std::move(done));
    }));
  }

  Fixture f;
  Fixture::Work work;
  std::string folder;
};

TEST_F(EvidenceIndexTest, FindsByEverythingThatADecisionIsAbout) {
  const auto index = open();
  using V = std::vector<std::string>;
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}), (V{"allow", "hold", "deny", "allow"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kTask, work.task}}).size(), 4u);
  EXPECT_EQ(verdicts(*index, {{Facet::kSession, work.credential.session}}).size(), 4u);
  EXPECT_EQ(verdicts(*index, {{Facet::kInstance, work.credential.instance}}).size(), 4u);
  EXPECT_EQ(verdicts(*index, {{Facet::kTool, "files/write"}}), (V{"allow", "hold"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kVerdict, "deny"}}), (V{"deny"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kReason, "scope.target"}}), (V{"deny"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kTarget, "path:/work/deep/a"}}), (V{"allow"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kTarget, "path:/work"}}), (V{"allow", "hold", "allow"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kLabel, "internal"}, {Facet::kTool, "files/read"}}),
            (V{"deny", "allow"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kApprover, "bob"}}), (V{"allow"}));
  EXPECT_EQ(verdicts(*index, {{Facet::kSystem, "disk"}}).size(), 4u);
  EXPECT_TRUE(verdicts(*index, {{Facet::kAgent, "nobody"}}).empty());
  EXPECT_EQ(find(*index, {{Facet::kKind, "task.started"}, {Facet::kIdentity, "alice"}}).size(), 1u);
}

TEST_F(EvidenceIndexTest, FollowsTheLogAndGoesOnAfterARestart) {
  auto index = open();
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), 4u);
  f.attempt(work.caller, "read", R"({"path":"/work/b"})");
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), 5u) << "a search sees what is";
  index.reset();
  f.attempt(work.caller, "read", R"({"path":"/work/c"})");
  index = open();
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), 6u);
  EXPECT_EQ(verdicts(*index, {{Facet::kTool, "files/read"}}).size(), 4u);
}

// The log of the fixture, which remembers who read it last.
class WatchedLog final : public fakes::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override {
    reader = std::this_thread::get_id();
    return ForwardingLog::scan(from, visitor);
  }

  mutable std::atomic<std::thread::id> reader;
};

// The log of the fixture, without entries that were dropped since.
class DroppedLog final : public fakes::ForwardingLog {
 public:
  DroppedLog(ports::Log& log, std::set<std::uint64_t> gone)
      : ForwardingLog(log), gone_(std::move(gone)) {}
  Result<std::string> dropped_state() const override { return std::string("the state"); }
  Result<ports::Entry> read(std::uint64_t index) const override {
    if (gone_.contains(index)) return fail(Code::kUnavailable, "ledger.dropped", "it is gone");
    return ForwardingLog::read(index);
  }
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override {
    return ForwardingLog::scan(from, [&](const ports::EntryView& entry) {
      return gone_.contains(entry.index) || visitor(entry);
    });
  }

 private:
  std::set<std::uint64_t> gone_;
};

TEST_F(EvidenceIndexTest, ForgetsWhatWasDroppedSince) {
  auto index = open();
  const auto all = find(*index, {{Facet::kKind, "decision"}});
  ASSERT_EQ(all.size(), 4u);
  index.reset();
  const DroppedLog dropped(f.log, {all[3], all[1]});
  for (int starts = 0; starts < 2; ++starts) {
    index = open(&dropped);
    EXPECT_EQ(find(*index, {{Facet::kKind, "decision"}}),
              (std::vector<std::uint64_t>{all[0], all[2]}));
    EXPECT_EQ(index->indexed(), f.log.size());
    index.reset();
  }
}

// The log of the fixture, while the archive with its first entries is elsewhere.
class AwayLog final : public fakes::ForwardingLog {
 public:
  using ForwardingLog::ForwardingLog;
  Result<> scan(std::uint64_t from, const ports::EntryVisitor& visitor) const override {
    if (away) return fail(Code::kUnavailable, "ledger.absent", "it is elsewhere");
    return ForwardingLog::scan(from, visitor);
  }
  std::atomic<bool> away = true;
};

TEST_F(EvidenceIndexTest, TellsWhyItDoesNotGoOnAndWhenItDoes) {
  AwayLog log(f.log);
  std::mutex mutex;
  std::vector<std::string> told;
  auto opened = EvidenceIndex::open(
      {folder + "/index.sqlite", &log, f.vault.get(), [&](const std::string& problem) {
         const std::lock_guard lock(mutex);
         told.push_back(problem);
       }});
  ASSERT_TRUE(opened) << opened.error().message;
  const auto index = *std::move(opened);
  for (int searches = 0; searches < 2; ++searches) {
    EXPECT_TRUE(find(*index, {{Facet::kKind, "decision"}}).empty());
  }
  log.away = false;
  EXPECT_EQ(find(*index, {{Facet::kKind, "decision"}}).size(), 4u);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(told, (std::vector<std::string>{"it is elsewhere", ""}));
}

TEST_F(EvidenceIndexTest, ASearchItselfAddsWhatIsMissing) {
  const WatchedLog log(f.log);
  const auto index = open(&log);
  bool itself = false;
  for (std::size_t known = 4; !itself && known < 10; ++known) {
    EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), known);
    f.attempt(work.caller, "read", R"({"path":"/work/b"})");
    EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), known + 1);
    // Unless the thread that follows the log came at this very moment.
    itself = log.reader.load() == std::this_thread::get_id();
  }
  EXPECT_TRUE(itself);
}

TEST_F(EvidenceIndexTest, ADeletedIndexIsMadeAgainFromTheLog) {
  const std::vector<std::vector<Term>> searches{{{Facet::kAgent, "writer"}},
                                                {{Facet::kLabel, "internal"}},
                                                {{Facet::kApprover, "bob"}},
                                                {{Facet::kIdentity, "alice"}},
                                                {{Facet::kTarget, "path:/work"}}};
  std::vector<std::vector<std::uint64_t>> before;
  auto index = open();
  for (const auto& terms : searches) before.push_back(find(*index, terms));
  index.reset();
  std::filesystem::remove(folder + "/index.sqlite");
  index = open();
  for (std::size_t i = 0; i < searches.size(); ++i) {
    EXPECT_FALSE(before[i].empty());
    EXPECT_EQ(find(*index, searches[i]), before[i]);
  }
}

TEST_F(EvidenceIndexTest, ADamagedIndexIsMadeAgain) {
  open();
  std::ofstream(folder + "/index.sqlite", std::ios::trunc) << "not a database at all, by any means";
  const auto index = open();
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), 4u);
}

// Whatever stands in the file: a search does not go beyond the log.
TEST_F(EvidenceIndexTest, AnIndexThatClaimsMoreThanTheLogIsNotFollowed) {
  const auto index = open();
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), 4u);
  {
    auto file = sqlite::Database::open(folder + "/index.sqlite").value();
    ASSERT_TRUE(
        file->execute("UPDATE progress SET next = 6553600; INSERT OR REPLACE INTO posting "
                      "SELECT 99, word, entries FROM posting WHERE chunk = 0"));
  }
  ports::IndexQuery query;
  query.all = {{{Facet::kAgent, "writer"}}};
  const auto page = index->look(query);
  ASSERT_TRUE(page.has_value());
  EXPECT_EQ(page->indexed, f.log.size());
  ASSERT_FALSE(page->entries.empty());
  EXPECT_LT(page->entries.front(), f.log.size());
  EXPECT_LT(index->count(query).value(), f.log.size());
}

TEST_F(EvidenceIndexTest, AnIndexOfAnotherLogIsMadeAgain) {
  auto index = open();
  EXPECT_EQ(verdicts(*index, {{Facet::kAgent, "writer"}}).size(), 4u);
  index.reset();
  Fixture other;
  other.clock.time = Time{1'800'000'100'000};
  other.set_up();
  const auto begun = other.start(other.task_spec(50));
  for (int i = 0; i < 40; ++i) other.attempt(begun.caller, "read", R"({"path":"/work/a"})");
  ASSERT_GT(other.log.size(), f.log.size());
  index = open(&other.log);
  EXPECT_TRUE(find(*index, {{Facet::kTask, work.task}}).empty());
  EXPECT_EQ(index->count({.all = {{{Facet::kKind, "decision"}}}}).value(), 40u);
}

TEST_F(EvidenceIndexTest, APathIsFoundByTheFoldersAboveItHoweverDeepItIs) {
  std::string deep = "/work";
  for (int i = 0; i < 70; ++i) deep += "/d";
  f.attempt(work.caller, "read", R"({"path":")" + deep + R"(/secret.txt"})");
  const auto index = open();
  for (const std::string& folder_above : {std::string("/"), std::string("/work"), deep}) {
    const auto found = find(*index, {{Facet::kTarget, "path:" + folder_above}});
    ASSERT_FALSE(found.empty()) << folder_above;
    EXPECT_EQ(found.front(), f.log.size() - 1) << folder_above;
  }
}

TEST_F(EvidenceIndexTest, ADecisionIsFoundByItsIdHoweverManyTargetsItHas) {
  text::Json targets = text::Json::array();
  for (int i = 0; i < 64; ++i) {
    targets.push_back(text::Json::object(
        {{"kind", "path"}, {"value", "/work/a/b/c/d/e/f/g/" + std::to_string(i) + "/h/i"}}));
  }
  const std::string id = "dec_01m84jfygzj7x64xdqc4fjt9kc";
  const text::Json body =
      text::Json::object({{"decision", text::Json::object({{"verdict", "allow"}})},
                          {"id", id},
                          {"situation", "of a hand-made record"},
                          {"targets", targets}});
  f.log.append(*ledger::encode_record(Time{1}, "decision", body), {});
  const auto index = open();
  EXPECT_EQ(find(*index, {{Facet::kDecision, id}}).size(), 1u);
}

TEST_F(EvidenceIndexTest, TheTargetsOfAnErasedTaskAreForgotten) {
  const auto index = open();
  const Term folder_term{Facet::kTarget, "path:/work"};
  EXPECT_EQ(find(*index, {folder_term}).size(), 3u);
  erase(work.task);
  EXPECT_TRUE(find(*index, {folder_term}).empty());
  EXPECT_EQ(verdicts(*index, {{Facet::kTask, work.task}}).size(), 4u);
}

// What is attempted for a task that nobody knows is sealed by the key of the day.
TEST_F(EvidenceIndexTest, TheTargetsOfAnErasedDayAreForgottenWhateverTaskWasNamed) {
  const service::Caller gate = f.human("gate", {domain::Role::kEnforcement});
  f.task_of_attempts = "tsk_made_up";
  f.attempt(gate, "read", R"({"path":"/etc/shadow"})");
  const Term target{Facet::kTarget, "path:/etc/shadow"};
  const auto index = open();
  const auto found = find(*index, {target});
  ASSERT_EQ(found.size(), 1u);
  const Json record = text::parse_json(f.log.read(found[0])->record).value();
  const std::string day(record.find("body")->find("sealed")->string_or("key", ""));
  ASSERT_TRUE(day.starts_with("day_")) << day;
  f.clock.time = f.clock.time + minutes(24 * 60);
  f.service->sweep();
  f.loop.run();
  erase(day);
  EXPECT_TRUE(find(*index, {target}).empty());
  EXPECT_EQ(find(*index, {{Facet::kTarget, "path:/work"}}).size(), 3u) << "nobody else's";
}

}  // namespace
}  // namespace ambit::index
