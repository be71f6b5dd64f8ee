#include "sqlite/sqlite.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace ambit::sqlite {
namespace {

TEST(SqliteErrors, SayWhatToDo) {
  auto database = Database::open(":memory:").value();
  ASSERT_TRUE(database->execute("CREATE TABLE t(x); PRAGMA max_page_count = 3"));
  const auto full = database->execute("INSERT INTO t VALUES (zeroblob(100000))");
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().reason, "store.unwritable");
  EXPECT_NE(full.error().message.find("full"), std::string::npos);
  EXPECT_EQ(error_of(SQLITE_IOERR_FSYNC, "p", "d").reason, "store.unwritable");
  EXPECT_EQ(error_of(SQLITE_CORRUPT_INDEX, "p", "d").reason, "store.corrupt");
  EXPECT_EQ(error_of(SQLITE_BUSY_SNAPSHOT, "p", "d").reason, "store.locked");
  EXPECT_EQ(error_of(SQLITE_MISUSE, "p", "d").code, Code::kInternal);
}

TEST(SqliteLimits, RowsOfSomebodyElseAreBounded) {
  auto database = Database::open(":memory:").value();
  ASSERT_TRUE(database->execute("CREATE TABLE t(x); INSERT INTO t VALUES (zeroblob(100000))"));
  ASSERT_TRUE(database->text("SELECT x FROM t"));
  database->limit_rows(10'000);
  const auto row = database->text("SELECT x FROM t");
  ASSERT_FALSE(row.has_value());
  EXPECT_EQ(row.error().reason, "store.corrupt");
}

TEST(SqliteErrors, AreCalledAfterTheirFile) {
  const Error error = error_of(SQLITE_FULL, "p", "d", {"search index", "index"});
  EXPECT_EQ(error.reason, "index.unwritable");
  EXPECT_NE(error.message.find("search index `p`"), std::string::npos);
}

TEST(SqliteVersion, IsNewEnough) { EXPECT_TRUE(check_version()); }

}  // namespace
}  // namespace ambit::sqlite
