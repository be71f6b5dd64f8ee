#include "sqlite/sqlite.h"

#include <algorithm>
#include <limits>
#include <sqlite3.h>
#include <utility>

namespace ambit::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 2000;

}  // namespace

Result<> check_version() {
  if (sqlite3_libversion_number() >= 3037000 && sqlite3_threadsafe() != 0) return {};
  return fail(Code::kUnsupported, "store.sqlite",
              std::string("SQLite ") + sqlite3_libversion() +
                  " cannot hold a registry; 3.37 or newer, built with threads, is needed");
}

Error error_of(int code, const std::string& path, const std::string& detail, const Noun& noun) {
  const std::string file = noun.name + " `" + path + "`";
  const auto reason = [&](const char* what) { return noun.reason + "." + what; };
  const std::string said = " (SQLite says: " + detail + ")";
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return {Code::kUnavailable, reason("unwritable"),
              "the disk of " + file + " is full; nothing was written; free some space" + said};
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {Code::kUnavailable, reason("unwritable"),
              "the disk refuses " + file +
                  "; check its space, its limits and the permissions of its folder" + said};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
      return {Code::kUnavailable, reason("corrupt"),
              file + " is damaged or not what it should be; restore it from a backup" + said};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Code::kUnavailable, reason("locked"),
              file + " is held by another program; close it" + said};
    case SQLITE_CANTOPEN:
      return {Code::kUnavailable, reason("unopenable"), file + " cannot be opened" + said};
    case SQLITE_NOMEM: return {Code::kUnavailable, reason("memory"), "no memory left for " + file};
    default: return {Code::kInternal, reason("internal"), file + " failed" + said};
  }
}

Error damaged(const std::string& path, const std::string& detail, const Noun& noun) {
  return error_of(SQLITE_CORRUPT, path, detail, noun);
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Database::Closer::operator()(sqlite3* connection) const { sqlite3_close(connection); }

void Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data() == nullptr ? "" : text.data(),
                      text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

void Statement::bind(int parameter, std::uint64_t number) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  bind(parameter, static_cast<std::int64_t>(std::min(number, kMost)));
}

void Statement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
}

void Statement::bind_blob(int parameter, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  sqlite3* connection = sqlite3_db_handle(statement_.get());
  Error error = error_of(code, database_->path_, sqlite3_errmsg(connection), database_->noun_);
  reset();
  return fail(std::move(error));
}

Result<> Statement::run() {
  const ResetGuard guard(*this);
  while (true) {
    AMBIT_TRY(const bool row, step());
    if (!row) return {};
  }
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::uint64_t Statement::revision(int column) const {
  return static_cast<std::uint64_t>(integer(column));
}

std::string_view Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
  return bytes == nullptr ? std::string_view()
                          : std::string_view(static_cast<const char*>(bytes), size);
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, Noun noun) {
  return open_with(path, std::move(noun), SQLITE_OPEN_READWRITE);
}

Result<std::unique_ptr<Database>> Database::open_to_read(const std::string& path, Noun noun) {
  return open_with(path, std::move(noun), SQLITE_OPEN_READONLY);
}

Result<std::unique_ptr<Database>> Database::open_with(const std::string& path, Noun noun,
                                                      int mode) {
  std::unique_ptr<Database> database(new Database(path, std::move(noun)));
  sqlite3* connection = nullptr;
  const int flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  database->connection_.reset(connection);
  if (code != SQLITE_OK) return fail(database->error(code));
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // A hook of our own also switches SQLite's automatic checkpoints off.
  sqlite3_wal_hook(
      connection,
      [](void* pages, sqlite3*, const char*, int count) {
        *static_cast<int*>(pages) = count;
        return SQLITE_OK;
      },
      &database->wal_pages_);
  return database;
}

Result<> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return Statement(statement, this);
}

Result<std::int64_t> Database::integer(std::string_view sql) {
  AMBIT_TRY(Statement statement, prepare(sql));
  AMBIT_TRY(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

Result<std::string> Database::text(std::string_view sql) {
  AMBIT_TRY(Statement statement, prepare(sql));
  AMBIT_TRY(const bool row, statement.step());
  return row ? std::string(statement.text(0)) : std::string();
}

void Database::limit_rows(int bytes) {
  sqlite3_limit(connection_.get(), SQLITE_LIMIT_LENGTH, bytes);
}

void Database::never_checkpoint() {
  sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Result<> Database::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                             nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

void Database::interrupt() { sqlite3_interrupt(connection_.get()); }

Result<> Database::empty_wal() {
  const int code = sqlite3_wal_checkpoint_v2(connection_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                             nullptr, nullptr);
  if (code != SQLITE_OK) return fail(error(code));
  return {};
}

Error Database::error(int code) const {
  const char* detail =
      connection_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(connection_.get());
  return error_of(code, path_, detail, noun_);
}

}  // namespace ambit::sqlite
