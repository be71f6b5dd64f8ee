// What every adapter of ports::Store promises. An adapter joins with one line in adapters().
#include <algorithm>
#include <atomic>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <memory>
#include <ostream>
#include <random>
#include <thread>

#include "storage/internal/rules.h"
#include "storage/internal/test_folder.h"
#include "storage/memory_store.h"
#include "storage/sqlite_store.h"

namespace ambit::storage {
namespace {

using internal::TestFolder;
using ports::Change;
using ports::Document;
using ports::Kind;
using ports::Store;
using ports::Write;

struct Adapter {
  const char* name;
  bool durable;
  std::function<Result<std::unique_ptr<Store>>(const TestFolder&)> open;
};

std::vector<Adapter> adapters() {
  return {
      {"memory", false, [](const TestFolder&) { return make_memory_store(); }},
      {"sqlite", true, [](const TestFolder& folder) { return open_sqlite_store(folder / "r.db"); }},
  };
}

std::vector<Adapter> durable_adapters() {
  auto all = adapters();
  std::erase_if(all, [](const Adapter& adapter) { return !adapter.durable; });
  return all;
}

void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }

class StoreContract : public testing::TestWithParam<Adapter> {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    auto opened = GetParam().open(folder_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = *std::move(opened);
  }

  Result<std::uint64_t> commit(const std::vector<Write>& writes, const std::string& evidence = {}) {
    return store_->commit(writes, "alice", Time{1000}, evidence);
  }

  std::uint64_t must_commit(const std::vector<Write>& writes, const std::string& evidence = {}) {
    auto revision = commit(writes, evidence);
    EXPECT_TRUE(revision.has_value()) << revision.error().message;
    return revision.value_or(0);
  }

  std::string json_of(Kind kind, const std::string& key) {
    const auto found = store_->get(kind, key);
    EXPECT_TRUE(found.has_value());
    return found->has_value() ? (*found)->json : "absent";
  }

  // By value, so that they may stand in a range-based for.
  std::vector<Document> list(Kind kind) { return store_->list(kind).value(); }
  std::vector<Change> changes_since(std::uint64_t revision, std::size_t limit) {
    return store_->changes_since(revision, limit).value();
  }

  TestFolder folder_;
  std::unique_ptr<Store> store_;
};

class DurableStoreContract : public StoreContract {};

std::string adapter_name(const testing::TestParamInfo<Adapter>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Adapters, StoreContract, testing::ValuesIn(adapters()), adapter_name);
INSTANTIATE_TEST_SUITE_P(Adapters, DurableStoreContract, testing::ValuesIn(durable_adapters()),
                         adapter_name);

TEST_P(StoreContract, StartsEmptyAtRevisionZero) {
  EXPECT_EQ(store_->revision().value(), 0u);
  EXPECT_FALSE(store_->get(Kind::kTask, "t1").value().has_value());
  EXPECT_TRUE(store_->list(Kind::kTask).value().empty());
  EXPECT_TRUE(store_->changes_since(0, 10).value().empty());
  EXPECT_TRUE(store_->history(Kind::kTask, "t1", 0, 100).value().empty());
  EXPECT_TRUE(store_->owed().value().empty());
}

TEST_P(StoreContract, ReturnsWhatWasCommittedWithItsRevision) {
  must_commit({{Kind::kIdentity, "agent-1", 0, R"({"a":1})"}});
  const auto revision = must_commit({{Kind::kTask, "t1", 0, R"({"b":2})"}});
  const auto document = store_->get(Kind::kTask, "t1").value();
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->kind, Kind::kTask);
  EXPECT_EQ(document->key, "t1");
  EXPECT_EQ(document->revision, revision);
  EXPECT_EQ(document->json, R"({"b":2})");
  EXPECT_EQ(store_->revision().value(), revision);
}

TEST_P(StoreContract, KeepsKindsApart) {
  must_commit({{Kind::kTask, "same", 0, "1"}, {Kind::kTool, "same", 0, "2"}});
  EXPECT_EQ(json_of(Kind::kTask, "same"), "1");
  EXPECT_EQ(json_of(Kind::kTool, "same"), "2");
  EXPECT_EQ(json_of(Kind::kPolicy, "same"), "absent");
}

TEST_P(StoreContract, ListsOneKindByKeyInByteOrder) {
  must_commit({{Kind::kTool, "b", 0, "1"},
               {Kind::kTool, "\xC3\xA9", 0, "2"},
               {Kind::kTool, "B", 0, "3"},
               {Kind::kTask, "a", 0, "4"}});
  std::vector<std::string> keys;
  for (const auto& document : list(Kind::kTool)) keys.push_back(document.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"B", "b", "\xC3\xA9"}));
}

TEST_P(StoreContract, FindsTasksByStateRootAndAgentNewestFirst) {
  const auto put = [&](const std::string& key, const std::string& json, Kind kind = Kind::kTask) {
    ASSERT_TRUE(commit({{kind, key, 0, json}}).has_value());
  };
  put("t1", R"({"agent":"a","root":"t1","state":"open"})");
  put("t2", R"({"agent":"b","root":"t1","state":"ended"})");
  put("t3", R"({"agent":"a","root":"t3","state":"open"})");
  put("t4", R"({"agent":"a'","root":"t3","state":"ended"})");
  put("i1", R"({"agent":"a","root":"t1","state":"open"})", Kind::kIdentity);
  const auto keys = [&](const ports::TaskFilter& filter, std::size_t limit = 10) {
    std::string out;
    const auto found = store_->tasks(filter, limit);
    EXPECT_TRUE(found) << found.error().message;
    if (!found) return out;
    for (const Document& task : *found) out += task.key + " ";
    return out;
  };
  EXPECT_EQ(keys({}), "t4 t3 t2 t1 ");
  EXPECT_EQ(keys({}, 2), "t4 t3 ");
  EXPECT_EQ(keys({.state = "open"}), "t3 t1 ");
  EXPECT_EQ(keys({.state = "open"}, 1), "t3 ");
  EXPECT_EQ(keys({.root = "t1"}), "t2 t1 ");
  EXPECT_EQ(keys({.agent = "a"}), "t3 t1 ");
  EXPECT_EQ(keys({.agent = "a'"}), "t4 ");
  EXPECT_EQ(keys({.agent = "nobody"}), "");
  const auto first = store_->get(Kind::kTask, "t1").value();
  ASSERT_TRUE(commit({{Kind::kTask, "t1", first->revision, R"({"root":"t1","state":"ended"})"}}));
  EXPECT_EQ(keys({.state = "open"}), "t3 ");
  const auto open = store_->tasks({.state = "open"}, 10).value();
  EXPECT_EQ(open.front().json, store_->get(Kind::kTask, "t3").value()->json);
}

TEST_P(StoreContract, RefusesAStaleRevisionAndNamesTheDocument) {
  const auto first = must_commit({{Kind::kTask, "t1", 0, "1"}});
  const auto second = must_commit({{Kind::kTask, "t1", first, "2"}});
  const auto stale = commit({{Kind::kTask, "t1", first, "3"}});
  ASSERT_FALSE(stale.has_value());
  EXPECT_EQ(stale.error().code, Code::kConflict);
  EXPECT_EQ(stale.error().reason, "store.conflict");
  EXPECT_NE(stale.error().message.find("task `t1` is at revision 2"), std::string::npos)
      << stale.error().message;
  EXPECT_EQ(json_of(Kind::kTask, "t1"), "2");
  EXPECT_EQ(store_->revision().value(), second);
}

TEST_P(StoreContract, RefusesToCreateWhatExistsAndToChangeWhatDoesNot) {
  must_commit({{Kind::kTask, "t1", 0, "1"}});
  EXPECT_EQ(commit({{Kind::kTask, "t1", 0, "2"}}).error().reason, "store.conflict");
  EXPECT_EQ(commit({{Kind::kTask, "t2", 1, "2"}}).error().reason, "store.conflict");
}

TEST_P(StoreContract, WritesNothingOfACommitThatConflicts) {
  must_commit({{Kind::kTask, "t1", 0, "1"}});
  const auto refused = commit(
      {{Kind::kTask, "new", 0, "1"}, {Kind::kTask, "t1", 7, "2"}, {Kind::kTool, "x", 0, "3"}},
      "evidence");
  EXPECT_EQ(refused.error().reason, "store.conflict");
  EXPECT_EQ(json_of(Kind::kTask, "new"), "absent");
  EXPECT_EQ(json_of(Kind::kTask, "t1"), "1");
  EXPECT_EQ(store_->revision().value(), 1u);
  EXPECT_EQ(store_->changes_since(0, 10).value().size(), 1u);
  EXPECT_TRUE(store_->owed().value().empty());
  EXPECT_EQ(must_commit({{Kind::kTask, "new", 0, "1"}}), 2u);
}

TEST_P(StoreContract, RemovesADocumentAndKeepsItsHistory) {
  const auto made = must_commit({{Kind::kTask, "t1", 0, "1"}});
  const auto removed = must_commit({{Kind::kTask, "t1", made, ""}});
  EXPECT_EQ(json_of(Kind::kTask, "t1"), "absent");
  EXPECT_TRUE(store_->list(Kind::kTask).value().empty());
  const auto history = store_->history(Kind::kTask, "t1", 0, 100).value();
  ASSERT_EQ(history.size(), 2u);
  EXPECT_EQ(history[1].revision, removed);
  EXPECT_EQ(history[1].json, "");
}

TEST_P(StoreContract, TellsAHistoryInPages) {
  std::vector<std::uint64_t> revisions{must_commit({{Kind::kTask, "t1", 0, "1"}})};
  for (const char* json : {"2", "3", "4"}) {
    must_commit({{Kind::kTask, std::string("other") + json, 0, "1"}});
    revisions.push_back(must_commit({{Kind::kTask, "t1", revisions.back(), json}}));
  }
  const auto first = store_->history(Kind::kTask, "t1", 0, 3).value();
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[2].revision, revisions[2]);
  const auto second = store_->history(Kind::kTask, "t1", first[2].revision, 3).value();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].json, "4");
  EXPECT_TRUE(store_->history(Kind::kTask, "t1", revisions[3], 3).value().empty());

  constexpr auto kNewest = std::numeric_limits<std::uint64_t>::max();
  const auto newest = store_->history_before(Kind::kTask, "t1", kNewest, 3).value();
  ASSERT_EQ(newest.size(), 3u);
  EXPECT_EQ(newest[0].json, "4");
  EXPECT_EQ(newest[2].revision, revisions[1]);
  const auto oldest = store_->history_before(Kind::kTask, "t1", newest[2].revision, 3).value();
  ASSERT_EQ(oldest.size(), 1u);
  EXPECT_EQ(oldest[0].json, "1");
  EXPECT_TRUE(store_->history_before(Kind::kTask, "t1", revisions[0], 3).value().empty());
  EXPECT_TRUE(store_->history_before(Kind::kIdentity, "t1", kNewest, 3).value().empty());
}

TEST_P(StoreContract, TellsARemovedAndMadeAgainDocumentFromTheOldOne) {
  const auto made = must_commit({{Kind::kTask, "t1", 0, "1"}});
  must_commit({{Kind::kTask, "t1", made, ""}});
  const auto again = must_commit({{Kind::kTask, "t1", 0, "1"}});
  EXPECT_GT(again, made);
  EXPECT_EQ(commit({{Kind::kTask, "t1", made, "2"}}).error().reason, "store.conflict");
}

TEST_P(StoreContract, RefusesToRemoveWhatIsNotThere) {
  EXPECT_EQ(commit({{Kind::kTask, "t1", 0, ""}}).error().reason, "store.nothing_to_remove");
  EXPECT_EQ(commit({{Kind::kTask, "t1", 3, ""}}).error().reason, "store.conflict");
  EXPECT_EQ(store_->revision().value(), 0u);
}

TEST_P(StoreContract, RefusesACommitThatIsNotWellFormed) {
  using namespace std::string_literals;
  const auto reason = [this](const Write& write) {
    const auto result = commit({write});
    return result ? "accepted" : result.error().reason;
  };
  EXPECT_EQ(reason({Kind::kTask, "", 0, "1"}), "store.name");
  EXPECT_EQ(reason({Kind::kTask, "a\0b"s, 0, "1"}), "store.name");
  EXPECT_EQ(reason({Kind::kTask, "\xFF", 0, "1"}), "store.name");
  EXPECT_EQ(reason({Kind::kTask, "\xC0\xAF", 0, "1"}), "store.name");          // overlong
  EXPECT_EQ(reason({Kind::kTask, "\xED\xA0\x80", 0, "1"}), "store.name");      // surrogate
  EXPECT_EQ(reason({Kind::kTask, "\xF4\x90\x80\x80", 0, "1"}), "store.name");  // beyond U+10FFFF
  EXPECT_EQ(reason({Kind::kTask, "\xE2\x82", 0, "1"}), "store.name");          // cut short
  EXPECT_EQ(reason({Kind::kTask, std::string(513, 'k'), 0, "1"}), "store.name");
  EXPECT_EQ(reason({Kind::kTask, "k", 0, "\"\xFE\""}), "store.text");
  EXPECT_EQ(reason({Kind::kTask, "k", 0, "\"\0\""s}), "store.text");
  EXPECT_EQ(reason({Kind::kTask, "k", 0, std::string(internal::kMaxPayloadBytes + 1, ' ')}),
            "store.too_large");
  EXPECT_EQ(commit({{Kind::kTask, "k", 0, "1"}, {Kind::kTask, "k", 0, "2"}}).error().reason,
            "store.twice");
  EXPECT_EQ(commit({}).error().reason, "store.empty");
  EXPECT_EQ(store_->commit({{Kind::kTask, "k", 0, "1"}}, "", Time{1}, "").error().reason,
            "store.name");
  EXPECT_EQ(store_->revision().value(), 0u);
}

TEST_P(StoreContract, KeepsNamesOfAnyScriptAndLength) {
  const std::vector<std::string> keys{"\xF0\x9F\xA6\x8A", "'; DROP TABLE documents; --", "%_\\*",
                                      std::string(512, 'k'), "\xEF\xBF\xBD\n\t\x01"};
  for (const std::string& key : keys) must_commit({{Kind::kSetting, key, 0, "1"}});
  for (const std::string& key : keys) EXPECT_EQ(json_of(Kind::kSetting, key), "1");
  EXPECT_EQ(store_->list(Kind::kSetting).value().size(), keys.size());
}

TEST_P(StoreContract, FindsNothingUnderAnImpossibleName) {
  must_commit({{Kind::kTask, "t", 0, "1"}});
  for (const std::string_view key :
       {std::string_view("t\0", 2), std::string_view("\xFF"), std::string_view()}) {
    EXPECT_FALSE(store_->get(Kind::kTask, key).value().has_value());
    EXPECT_TRUE(store_->history(Kind::kTask, key, 0, 100).value().empty());
  }
}

TEST_P(StoreContract, KeepsLargeDocumentsAndEvidenceExactly) {
  const std::string json = "\"" + std::string((8u << 20) + 17, 'x') + "\"";
  std::string evidence(3u << 20, '\0');
  for (std::size_t i = 0; i < evidence.size(); ++i) evidence[i] = static_cast<char>(i * 31 % 256);
  must_commit({{Kind::kPolicy, "large", 0, json}}, evidence);
  EXPECT_EQ(json_of(Kind::kPolicy, "large"), json);
  EXPECT_EQ(store_->owed().value().at(0).record_bytes, evidence);
}

TEST_P(StoreContract, LogsEveryWriteInCommitOrderWithItsActorAndTime) {
  ASSERT_TRUE(store_->commit({{Kind::kTask, "t1", 0, "1"}, {Kind::kIdentity, "a", 0, "2"}}, "alice",
                             Time{-5}, ""));
  ASSERT_TRUE(store_->commit({{Kind::kTask, "t1", 1, "3"}}, "bob", Time{1'700'000'000'123}, ""));
  const auto changes = store_->changes_since(0, 100).value();
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].revision, 1u);
  EXPECT_EQ(changes[0].key, "t1");
  EXPECT_EQ(changes[0].actor, "alice");
  EXPECT_EQ(changes[0].at, Time{-5});
  EXPECT_EQ(changes[1].revision, 1u);
  EXPECT_EQ(changes[1].kind, Kind::kIdentity);
  EXPECT_EQ(changes[2].revision, 2u);
  EXPECT_EQ(changes[2].actor, "bob");
  EXPECT_EQ(changes[2].at, Time{1'700'000'000'123});
  EXPECT_EQ(changes[2].json, "3");
  EXPECT_EQ(store_->history(Kind::kTask, "t1", 0, 100).value().size(), 2u);
}

TEST_P(StoreContract, NeverSplitsACommitBetweenTwoReadsOfTheLog) {
  must_commit({{Kind::kTask, "a", 0, "1"}});
  must_commit({{Kind::kTask, "b", 0, "1"}, {Kind::kTask, "c", 0, "1"}, {Kind::kTask, "d", 0, "1"}});
  must_commit({{Kind::kTask, "e", 0, "1"}});
  const auto keys_after = [this](std::uint64_t revision, std::size_t limit) {
    std::string keys;
    for (const Change& change : changes_since(revision, limit)) keys += change.key;
    return keys;
  };
  EXPECT_EQ(keys_after(0, 0), "");
  EXPECT_EQ(keys_after(0, 1), "a");
  EXPECT_EQ(keys_after(0, 3), "a");
  EXPECT_EQ(keys_after(0, 4), "abcd");
  EXPECT_EQ(keys_after(1, 1), "bcd");  // larger than the limit, but a reader must advance
  EXPECT_EQ(keys_after(1, 4), "bcde");
  EXPECT_EQ(keys_after(2, 9), "e");
  EXPECT_EQ(keys_after(3, 9), "");
  EXPECT_EQ(keys_after(~std::uint64_t{0}, 9), "");
  EXPECT_EQ(keys_after(0, ~std::size_t{0}), "abcde");
}

TEST_P(StoreContract, OwesEvidenceUntilItIsSettled) {
  must_commit({{Kind::kTask, "a", 0, "1"}}, "first");
  must_commit({{Kind::kTask, "b", 0, "1"}});
  must_commit({}, std::string("\0\xFF", 2));
  auto owed = store_->owed().value();
  ASSERT_EQ(owed.size(), 2u);
  EXPECT_EQ(owed[0].revision, 1u);
  EXPECT_EQ(owed[0].record_bytes, "first");
  EXPECT_EQ(owed[1].revision, 3u);
  EXPECT_EQ(owed[1].record_bytes, std::string("\0\xFF", 2));
  ASSERT_TRUE(store_->settle(1));
  ASSERT_TRUE(store_->settle(1)) << "settling twice is harmless";
  ASSERT_TRUE(store_->settle(99));
  owed = store_->owed().value();
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_EQ(owed[0].revision, 3u);
}

TEST_P(StoreContract, GivesConcurrentWritersGapFreeRevisionsInCommitOrder) {
  constexpr std::uint64_t kThreads = 4;
  constexpr std::uint64_t kCommits = 50;
  std::vector<std::vector<std::uint64_t>> seen(kThreads);
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, &seen] {
      for (std::uint64_t i = 0; i < kCommits; ++i) {
        const std::string key = std::to_string(t) + "-" + std::to_string(i);
        seen[t].push_back(commit({{Kind::kTask, key, 0, "1"}}).value_or(0));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::vector<std::uint64_t> all;
  std::map<std::string, std::uint64_t> by_key;
  for (std::uint64_t t = 0; t < kThreads; ++t) {
    EXPECT_TRUE(std::is_sorted(seen[t].begin(), seen[t].end()));
    for (std::uint64_t i = 0; i < kCommits; ++i) {
      by_key[std::to_string(t) + "-" + std::to_string(i)] = seen[t][i];
    }
    all.insert(all.end(), seen[t].begin(), seen[t].end());
  }
  std::sort(all.begin(), all.end());
  for (std::uint64_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i], i + 1);
  const auto changes = store_->changes_since(0, 1000).value();
  ASSERT_EQ(changes.size(), kThreads * kCommits);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].revision, i + 1);
    EXPECT_EQ(by_key[changes[i].key], i + 1);
  }
}

TEST_P(StoreContract, LetsExactlyOneOfTwoRacingWritersWin) {
  must_commit({{Kind::kTask, "t", 0, "0"}});
  constexpr int kThreads = 4;
  constexpr int kRounds = 40;
  std::atomic<int> won{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, &won] {
      for (int i = 0; i < kRounds; ++i) {
        const auto read = store_->get(Kind::kTask, "t").value().value();
        const auto next = std::to_string(std::stoi(read.json) + 1);
        if (commit({{Kind::kTask, "t", read.revision, next}})) ++won;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(won, kRounds);
  EXPECT_EQ(json_of(Kind::kTask, "t"), std::to_string(won.load()));
}

TEST_P(StoreContract, ShowsReadersWholeCommitsOnly) {
  must_commit({{Kind::kTask, "a", 0, "0"}, {Kind::kTask, "b", 0, "0"}});
  std::atomic<bool> done{false};
  std::thread writer([this, &done] {
    for (std::uint64_t i = 1; i <= 200; ++i) {
      const std::string json = std::to_string(i);
      EXPECT_TRUE(commit({{Kind::kTask, "a", i, json}, {Kind::kTask, "b", i, json}}));
    }
    done = true;
  });
  while (!done) {
    const auto both = store_->list(Kind::kTask).value();
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0].json, both[1].json);
    EXPECT_EQ(both[0].revision, both[1].revision);
  }
  writer.join();
}

// A random sequence of writes leaves what a plain map would hold, and its log leads there.
TEST_P(StoreContract, AgreesWithAMapAndCanBeRebuiltFromItsLog) {
  std::map<std::string, std::uint64_t> revisions;
  std::map<std::string, std::string> expected;
  std::mt19937 random(42);
  for (int step = 0; step < 200; ++step) {
    const auto name = random() % 8;
    const auto value = random() % 4;
    const std::string key = "k" + std::to_string(name);
    const std::string json = value == 0 ? "" : std::to_string(value);
    const auto result = commit({{Kind::kTask, key, revisions[key], json}});
    const bool removes_nothing = json.empty() && revisions[key] == 0;
    ASSERT_EQ(result.has_value(), !removes_nothing);
    if (removes_nothing) continue;
    revisions[key] = json.empty() ? 0 : *result;
    expected[key] = json;
  }
  std::erase_if(expected, [](const auto& entry) { return entry.second.empty(); });

  std::map<std::string, std::string> listed;
  for (const auto& document : list(Kind::kTask)) {
    listed[document.key] = document.json;
  }
  EXPECT_EQ(listed, expected);

  std::map<std::string, std::string> rebuilt;
  std::uint64_t revision = 0;
  while (true) {
    const auto changes = store_->changes_since(revision, 7).value();
    if (changes.empty()) break;
    for (const Change& change : changes) rebuilt[change.key] = change.json;
    revision = changes.back().revision;
  }
  std::erase_if(rebuilt, [](const auto& entry) { return entry.second.empty(); });
  EXPECT_EQ(rebuilt, expected);
}

TEST_P(DurableStoreContract, KeepsEverythingAcrossAReopening) {
  must_commit({{Kind::kTask, "t1", 0, "1"}}, "owed-1");
  must_commit({{Kind::kTask, "t2", 0, "2"}}, "owed-2");
  must_commit({{Kind::kTask, "t1", 1, ""}});
  ASSERT_TRUE(store_->settle(1));
  reopen();
  EXPECT_EQ(store_->revision().value(), 3u);
  EXPECT_EQ(json_of(Kind::kTask, "t1"), "absent");
  EXPECT_EQ(json_of(Kind::kTask, "t2"), "2");
  EXPECT_EQ(store_->changes_since(0, 10).value().size(), 3u);
  EXPECT_EQ(store_->history(Kind::kTask, "t1", 0, 100).value().size(), 2u);
  const auto owed = store_->owed().value();
  ASSERT_EQ(owed.size(), 1u);
  EXPECT_EQ(owed[0].record_bytes, "owed-2");
  EXPECT_EQ(must_commit({{Kind::kTask, "t2", 2, "3"}}), 4u);
}

TEST_P(DurableStoreContract, KeepsCountingAfterAReopening) {
  for (std::uint64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(must_commit({{Kind::kTask, "t", i, std::to_string(i)}}), i + 1);
    reopen();
  }
  EXPECT_EQ(store_->history(Kind::kTask, "t", 0, 100).value().size(), 5u);
}

}  // namespace
}  // namespace ambit::storage
