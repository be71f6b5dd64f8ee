// What every adapter of ports::KeyStore promises, and what SQLite must do for it.
#include <atomic>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <ostream>
#include <random>
#include <sstream>
#include <thread>

#include "storage/internal/test_folder.h"
#include "storage/memory_store.h"
#include "storage/sqlite_store.h"

namespace ambit::storage {
namespace {

using internal::TestFolder;
using ports::StoredKey;

struct Adapter {
  const char* name;
  bool durable;
  std::function<Result<std::unique_ptr<ports::Store>>(const TestFolder&)> open;
};
void PrintTo(const Adapter& adapter, std::ostream* out) { *out << adapter.name; }

class KeyStoreContract : public testing::TestWithParam<Adapter> {
 protected:
  void SetUp() override { reopen(); }

  void reopen() {
    store_.reset();
    auto opened = GetParam().open(folder_);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    store_ = *std::move(opened);
  }

  // `none`, `destroyed`, or the bytes.
  std::string state(const std::string& id) const {
    const auto key = store_->key(id).value();
    if (!key) return "none";
    EXPECT_EQ(key->id, id);
    return key->destroyed() ? "destroyed" : key->wrapped;
  }

  TestFolder folder_;
  std::unique_ptr<ports::Store> store_;
};

INSTANTIATE_TEST_SUITE_P(
    Adapters, KeyStoreContract,
    testing::Values(Adapter{"memory", false, [](const TestFolder&) { return make_memory_store(); }},
                    Adapter{"sqlite", true,
                            [](const TestFolder& folder) {
                              return open_sqlite_store(folder / "r.db");
                            }}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(KeyStoreContract, KeepsAKeyUnderItsIdOnce) {
  EXPECT_EQ(state("tsk_1"), "none");
  ASSERT_TRUE(store_->put_key({"tsk_1", std::string("\x01with\0zero", 10)}));
  EXPECT_EQ(state("tsk_1"), std::string("\x01with\0zero", 10));
  EXPECT_EQ(store_->put_key({"tsk_1", "other"}).error().reason, "key.exists");
  EXPECT_EQ(state("tsk_1"), std::string("\x01with\0zero", 10));
}

TEST_P(KeyStoreContract, RefusesWhatIsNoKey) {
  EXPECT_EQ(store_->put_key({"", "x"}).error().reason, "store.name");
  EXPECT_EQ(store_->put_key({"a", ""}).error().reason, "key.form");
  EXPECT_EQ(store_->put_key({"a", std::string("\0x", 2)}).error().reason, "key.form");
  EXPECT_EQ(store_->put_key({"a", std::string(5000, 'x')}).error().reason, "key.form");
  EXPECT_TRUE(store_->keys().value().empty());
  EXPECT_EQ(store_->any_key().value(), std::nullopt);
}

TEST_P(KeyStoreContract, DestroysForGoodAndRemembersTheId) {
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(store_->put_key({id, "bytes"}));
  ASSERT_TRUE(store_->destroy_keys({"a", "b"}));
  EXPECT_EQ(state("a"), "destroyed");
  EXPECT_EQ(state("c"), "bytes");
  EXPECT_TRUE(store_->destroy_keys({"a", "c"})) << "once more is no error";
  EXPECT_EQ(state("c"), "destroyed");
  EXPECT_EQ(store_->put_key({"a", "again"}).error().reason, "key.exists");
  EXPECT_EQ(store_->rewrap_keys({{"a", "again"}}).error().reason, "key.unknown");
  EXPECT_EQ(store_->keys().value(), (std::vector<StoredKey>{{"a", ""}, {"b", ""}, {"c", ""}}));
  EXPECT_EQ(store_->any_key().value(), std::nullopt) << "none of them is held";
}

TEST_P(KeyStoreContract, DestroysAllOrNone) {
  ASSERT_TRUE(store_->put_key({"a", "bytes"}));
  EXPECT_EQ(store_->destroy_keys({"a", "missing"}).error().reason, "key.unknown");
  EXPECT_EQ(state("a"), "bytes");
}

TEST_P(KeyStoreContract, WrapsAnewAllOrNone) {
  for (const char* id : {"a", "b"}) ASSERT_TRUE(store_->put_key({id, "old"}));
  EXPECT_EQ(store_->rewrap_keys({{"a", "new"}, {"missing", "new"}}).error().reason, "key.unknown");
  EXPECT_EQ(state("a"), "old");
  EXPECT_EQ(store_->rewrap_keys({{"a", "new"}, {"b", ""}}).error().reason, "key.form");
  EXPECT_EQ(state("a"), "old");
  ASSERT_TRUE(store_->rewrap_keys({{"a", "new"}, {"b", "new"}}));
  EXPECT_EQ(state("b"), "new");
}

TEST_P(KeyStoreContract, KeysAreNoPartOfTheRegistrysHistory) {
  ASSERT_TRUE(store_->put_key({"a", "bytes"}));
  ASSERT_TRUE(store_->destroy_keys({"a"}));
  EXPECT_EQ(store_->revision().value(), 0u);
  EXPECT_TRUE(store_->changes_since(0, 10).value().empty());
}

TEST_P(KeyStoreContract, KeepsThemAcrossAReopening) {
  if (!GetParam().durable) GTEST_SKIP() << "nothing to survive";
  ASSERT_TRUE(store_->put_key({"a", "bytes"}));
  ASSERT_TRUE(store_->put_key({"b", "bytes"}));
  ASSERT_TRUE(store_->destroy_keys({"b"}));
  reopen();
  EXPECT_EQ(state("a"), "bytes");
  EXPECT_EQ(state("b"), "destroyed");
}

TEST_P(KeyStoreContract, OneOfTwoRacingMakersWins) {
  for (int round = 0; round < 20; ++round) {
    const std::string id = "k" + std::to_string(round);
    std::atomic<int> won = 0;
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&] { won += store_->put_key({id, "x"}).has_value() ? 1 : 0; });
      }
    }
    EXPECT_EQ(won, 1);
  }
}

// --- SQLite

std::string random_wrapped(std::mt19937& random) {
  std::string out(1, '\1');
  while (out.size() < 61) out += static_cast<char>(random());
  return out;
}

std::string file_bytes(const std::string& path) {
  std::stringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

bool any_file_has(const TestFolder& folder, const std::string& bytes) {
  for (const char* name : {"r.db", "r.db-wal", "r.db-shm"}) {
    if (file_bytes(folder / name).find(bytes) != std::string::npos) return true;
  }
  return false;
}

TEST(SqliteKeys, NoFileHasTheBytesOfADestroyedKey) {
  const TestFolder folder;
  auto opened = open_sqlite_store(folder / "r.db");
  ASSERT_TRUE(opened);
  ports::Store& store = **opened;
  std::mt19937 random(7);
  std::vector<StoredKey> keys;
  for (int i = 0; i < 500; ++i) {  // many pages, as splitting one copies what it holds
    keys.push_back({"tsk_" + std::to_string(random()), random_wrapped(random)});
    ASSERT_TRUE(store.put_key(keys.back()));
  }
  ASSERT_TRUE(any_file_has(folder, keys[100].wrapped)) << "or this test proves nothing";
  std::shuffle(keys.begin(), keys.end(), random);
  for (std::size_t i = 0; i < 300; i += 3) {
    ASSERT_TRUE(store.destroy_keys({keys[i].id, keys[i + 1].id}));
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool destroyed = i < 300 && i % 3 != 2;
    EXPECT_EQ(any_file_has(folder, keys[i].wrapped), !destroyed) << i;
    // Not even the half of it.
    EXPECT_EQ(any_file_has(folder, keys[i].wrapped.substr(40, 16)), !destroyed) << i;
  }
  std::vector<StoredKey> anew;
  for (std::size_t i = 300; i < keys.size(); ++i) {
    anew.push_back({keys[i].id, random_wrapped(random)});
  }
  ASSERT_TRUE(store.rewrap_keys(anew));
  for (std::size_t i = 300; i < keys.size(); ++i) {
    EXPECT_FALSE(any_file_has(folder, keys[i].wrapped)) << i;
  }
  EXPECT_EQ(store.key(anew[5].id).value()->wrapped, anew[5].wrapped);
}

TEST(SqliteKeys, AreReadBesideTheServerThatOwnsThem) {
  const TestFolder folder;
  EXPECT_EQ(open_sqlite_keys(folder / "r.db").error().reason, "store.none");
  auto store = open_sqlite_store(folder / "r.db");
  ASSERT_TRUE(store);
  ASSERT_TRUE((*store)->put_key({"a", "bytes"}));
  const auto reader = open_sqlite_keys(folder / "r.db");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->key("a").value()->wrapped, "bytes");
  EXPECT_FALSE((*reader)->key("b").value());
  ASSERT_TRUE((*store)->destroy_keys({"a"})) << "a reader at rest holds nothing up";
  EXPECT_TRUE((*reader)->key("a").value()->destroyed());
  store->reset();
  const auto later = open_sqlite_keys(folder / "r.db");
  ASSERT_TRUE(later) << later.error().message;
  EXPECT_EQ((*later)->keys().value().size(), 1u);
}

}  // namespace
}  // namespace ambit::storage
