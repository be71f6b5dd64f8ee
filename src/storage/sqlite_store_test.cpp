// What only the SQLite adapter can get wrong: its file, its lock, its disk.
#include "storage/sqlite_store.h"

#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "sqlite/sqlite.h"
#include "storage/internal/migrations.h"
#include "storage/internal/test_folder.h"

namespace ambit::storage {
namespace {

using internal::TestFolder;
using ports::Kind;
using ports::Store;
using sqlite::Database;

std::unique_ptr<Store> must_open(const std::string& path) {
  auto store = open_sqlite_store(path);
  EXPECT_TRUE(store.has_value()) << store.error().message;
  return store ? *std::move(store) : nullptr;
}

Error open_error(const std::string& path) {
  const auto store = open_sqlite_store(path);
  EXPECT_FALSE(store.has_value());
  return store ? Error{} : store.error();
}

Result<std::uint64_t> put(Store& store, const std::string& key, const std::string& json) {
  return store.commit({{Kind::kTask, key, 0, json}}, "alice", Time{1}, "");
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777u : 0;
}

void spoil(const std::string& path, std::streamoff offset, std::size_t bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file << std::string(bytes, '\x5A');
}

// Lets no file of this process grow beyond `bytes`, as a full disk would.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limited{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*handler_)(int) = SIG_DFL;
};

TEST(SqliteStore, KeepsItsFilesPrivate) {
  const TestFolder folder;
  const mode_t umask_before = ::umask(0);
  const auto store = must_open(folder / "r.db");
  ASSERT_TRUE(put(*store, "k", "1"));
  ::umask(umask_before);
  for (const char* name : {"r.db", "r.db-wal", "r.db-shm", "r.db.lock", "r.db.reserve"}) {
    EXPECT_EQ(mode_of(folder / name), 0600u) << name;
  }
}

TEST(SqliteStore, TakesBackPermissionsThatWereTooWide) {
  const TestFolder folder;
  must_open(folder / "r.db");
  ASSERT_EQ(::chmod((folder / "r.db").c_str(), 0666), 0);
  const auto store = must_open(folder / "r.db");
  ASSERT_TRUE(put(*store, "k", "1"));
  EXPECT_EQ(mode_of(folder / "r.db"), 0600u);
  EXPECT_EQ(mode_of(folder / "r.db-wal"), 0600u);
}

TEST(SqliteStore, RefusesASecondOwnerAndNamesTheFirst) {
  const TestFolder folder;
  const auto first = must_open(folder / "r.db");
  ASSERT_EQ(::symlink((folder / "r.db").c_str(), (folder / "alias.db").c_str()), 0);
  for (const char* name : {"r.db", "alias.db", "./r.db"}) {
    const Error error = open_error(folder / name);
    EXPECT_EQ(error.code, Code::kConflict);
    EXPECT_EQ(error.reason, "store.locked");
    EXPECT_NE(error.message.find("process " + std::to_string(::getpid())), std::string::npos)
        << error.message;
  }
  EXPECT_TRUE(put(*first, "k", "1"));
}

TEST(SqliteStore, OpensAgainAfterItsOwnerLeft) {
  const TestFolder folder;
  must_open(folder / "r.db");
  EXPECT_NE(must_open(folder / "r.db"), nullptr);
}

TEST(SqliteStore, OpensByARelativePath) {
  const TestFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto store = must_open("r.db");
  std::filesystem::current_path(before);
  ASSERT_NE(store, nullptr);
  EXPECT_TRUE(put(*store, "k", "1"));
  EXPECT_TRUE(std::filesystem::exists(folder / "r.db"));
}

TEST(SqliteStore, SaysWhenTheFolderIsMissing) {
  const TestFolder folder;
  EXPECT_EQ(open_error(folder / "none/r.db").reason, "store.unopenable");
  EXPECT_EQ(open_error("").reason, "store.unopenable");
  EXPECT_EQ(open_error(folder.path()).reason, "store.unwritable");
}

TEST(SqliteStore, RefusesARegistryFromTheFuture) {
  const TestFolder folder;
  must_open(folder / "r.db");
  const int future = internal::newest_version() + 1;
  ASSERT_TRUE(Database::open(folder / "r.db")
                  .value()
                  ->execute("PRAGMA user_version = " + std::to_string(future)));
  const Error error = open_error(folder / "r.db");
  EXPECT_EQ(error.reason, "store.future");
  EXPECT_NE(error.message.find("version " + std::to_string(future)), std::string::npos);
}

TEST(SqliteStore, LeavesADatabaseThatIsNotARegistryAlone) {
  const TestFolder folder;
  std::ofstream(folder / "other.db").close();
  ASSERT_TRUE(Database::open(folder / "other.db").value()->execute("CREATE TABLE notes(x)"));
  EXPECT_EQ(open_error(folder / "other.db").reason, "store.foreign");
  auto other = Database::open(folder / "other.db").value();
  EXPECT_EQ(other->text("PRAGMA journal_mode").value(), "delete");
  EXPECT_EQ(other->integer("SELECT count(*) FROM sqlite_schema").value(), 1);
}

TEST(SqliteStore, SaysThatAFileIsNoRegistryAtAll) {
  const TestFolder folder;
  std::ofstream(folder / "r.db") << std::string(5000, 'x');
  const Error error = open_error(folder / "r.db");
  EXPECT_EQ(error.code, Code::kUnavailable);
  EXPECT_EQ(error.reason, "store.corrupt");
  EXPECT_NE(error.message.find("r.db"), std::string::npos);
}

TEST(SqliteStore, FindsDamageWhenItOpens) {
  const TestFolder folder;
  {
    const auto store = must_open(folder / "r.db");
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(put(*store, "k" + std::to_string(i), std::string(1000, 'v')));
    }
  }
  spoil(folder / "r.db", 4096 * 8, 4096 * 4);
  const Error error = open_error(folder / "r.db");
  EXPECT_EQ(error.reason, "store.corrupt") << error.message;
}

TEST(SqliteStore, FindsDamageOfALargeFileWhileItIsUsedAndCommitsNothingMore) {
  const TestFolder folder;
  {
    const auto store = must_open(folder / "r.db");
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(put(*store, "k" + std::to_string(i), std::string(1u << 20, 'v')));
    }
  }
  ASSERT_GT(std::filesystem::file_size(folder / "r.db"), 16u << 20);
  {
    const auto store = must_open(folder / "r.db");
    EXPECT_TRUE(put(*store, "sound", "1"));
  }
  spoil(folder / "r.db", 4096 * 8, 4096 * 4);
  const auto store = must_open(folder / "r.db");
  Result<std::uint64_t> last = 0;
  for (int i = 0; last && i < 100'000; ++i) {
    last = put(*store, "more " + std::to_string(i), "1");
    std::this_thread::yield();
  }
  ASSERT_FALSE(last.has_value());
  EXPECT_EQ(last.error().reason, "store.corrupt") << last.error().message;
}

TEST(SqliteStore, FindsAFileThatWasCutShort) {
  const TestFolder folder;
  {
    const auto store = must_open(folder / "r.db");
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(put(*store, "k" + std::to_string(i), std::string(1000, 'v')));
    }
  }
  std::filesystem::resize_file(folder / "r.db", 4096 * 5);
  EXPECT_EQ(open_error(folder / "r.db").reason, "store.corrupt");
}

TEST(SqliteStore, AnswersUnwritableWhileTheDiskRefusesAndRecovers) {
  const TestFolder folder;
  const auto store = must_open(folder / "r.db");
  ASSERT_EQ(put(*store, "before", "1").value(), 1u);
  {
    const FileSizeLimit limit(std::filesystem::file_size(folder / "r.db-wal") + 8192);
    for (int i = 0; i < 3; ++i) {
      const auto refused = put(*store, "large", std::string(200'000, 'x'));
      ASSERT_FALSE(refused.has_value());
      EXPECT_EQ(refused.error().code, Code::kUnavailable);
      EXPECT_EQ(refused.error().reason, "store.unwritable");
      EXPECT_NE(refused.error().message.find("space"), std::string::npos);
    }
    EXPECT_EQ(store->revision().value(), 1u);
    EXPECT_TRUE(store->get(Kind::kTask, "before").value().has_value());
  }
  EXPECT_EQ(put(*store, "large", std::string(200'000, 'x')).value(), 2u);
  EXPECT_EQ(store->changes_since(0, 10).value().size(), 2u);
}

TEST(SqliteStore, KeepsSpaceForRevocationsAndLetsNothingElseUseIt) {
  const TestFolder folder;
  const auto store = must_open(folder / "r.db");
  const std::string reserve = folder / "r.db.reserve";
  ASSERT_TRUE(put(*store, "k", "1"));
  ASSERT_GE(std::filesystem::file_size(reserve), 1u << 20);
  const auto revoke = [&](const std::string& json) {
    const ports::Write write{Kind::kTask, "revoked", 0, json};
    return store->commit_reserved({write}, "alice", Time{1}, "");
  };
  {
    const FileSizeLimit limit(std::filesystem::file_size(folder / "r.db-wal"));
    EXPECT_EQ(revoke(std::string(200'000, 'x')).error().reason, "store.unwritable");
    EXPECT_FALSE(std::filesystem::exists(reserve)) << "the disk has the space now";
    EXPECT_EQ(put(*store, "other", "1").error().reason, "store.unwritable");
  }
  EXPECT_TRUE(revoke("1").has_value());
  EXPECT_TRUE(put(*store, "other", "1").has_value());
  EXPECT_TRUE(std::filesystem::exists(reserve)) << "taken again";
}

TEST(SqliteStore, KeepsWhatWasAcknowledgedWhenTheDiskIsFullAtItsEnd) {
  const TestFolder folder;
  {
    const auto store = must_open(folder / "r.db");
    ASSERT_TRUE(put(*store, "kept", "1"));
    const FileSizeLimit limit(std::filesystem::file_size(folder / "r.db-wal"));
    ASSERT_FALSE(put(*store, "lost", std::string(200'000, 'x')));
    ASSERT_FALSE(put(*store, "lost", std::string(200'000, 'x')));
  }
  const auto store = must_open(folder / "r.db");
  EXPECT_TRUE(store->get(Kind::kTask, "kept").value().has_value());
  EXPECT_FALSE(store->get(Kind::kTask, "lost").value().has_value());
  EXPECT_EQ(put(*store, "next", "1").value(), 2u);
}

TEST(SqliteStore, ReadsWhileACommitWaits) {
  const TestFolder folder;
  const auto store = must_open(folder / "r.db");
  ASSERT_TRUE(put(*store, "k", "1"));
  auto intruder = Database::open(folder / "r.db").value();
  ASSERT_TRUE(intruder->execute("BEGIN IMMEDIATE"));
  Result<std::uint64_t> committed;
  std::thread writer([&] { committed = put(*store, "late", "1"); });
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(store->get(Kind::kTask, "k").value().has_value());
    ASSERT_EQ(store->revision().value(), 1u);
  }
  ASSERT_TRUE(intruder->execute("ROLLBACK"));
  writer.join();
  EXPECT_EQ(committed.value(), 2u);
}

TEST(SqliteStore, SaysThatAnotherProgramHoldsTheFile) {
  const TestFolder folder;
  const auto store = must_open(folder / "r.db");
  auto intruder = Database::open(folder / "r.db").value();
  ASSERT_TRUE(intruder->execute("BEGIN IMMEDIATE"));
  const auto refused = put(*store, "k", "1");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "store.locked");
  ASSERT_TRUE(intruder->execute("ROLLBACK"));
  EXPECT_TRUE(put(*store, "k", "1"));
}

TEST(SqliteStore, WritesTheWalBackSoThatItStaysSmall) {
  const TestFolder folder;
  const auto store = must_open(folder / "r.db");
  std::uint64_t revision = 0;
  for (int i = 0; i < 60; ++i) {
    const auto next =
        store->commit({{Kind::kTask, "k", revision, std::string(400'000, 'x')}}, "a", Time{1}, "");
    ASSERT_TRUE(next.has_value());
    revision = *next;
  }
  EXPECT_LT(std::filesystem::file_size(folder / "r.db-wal"), 8u << 20);
  EXPECT_GT(std::filesystem::file_size(folder / "r.db"), 16u << 20);
}

TEST(SqliteStore, LeavesOneFileBehindWhenItCloses) {
  const TestFolder folder;
  {
    ASSERT_TRUE(put(*must_open(folder / "r.db"), "k", "1"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "r.db-wal"));
  EXPECT_FALSE(std::filesystem::exists(folder / "r.db-shm"));
}

}  // namespace
}  // namespace ambit::storage
