#include "storage/sqlite_store.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <mutex>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "sqlite/sqlite.h"
#include "storage/internal/key_table.h"
#include "storage/internal/later_check.h"
#include "storage/internal/lock_file.h"
#include "storage/internal/migrations.h"
#include "storage/internal/reserve.h"
#include "storage/internal/rules.h"

namespace ambit::storage {
namespace {

using internal::KeyQueries;
using internal::KeyWriter;
using internal::LockFile;
using ports::Change;
using ports::Document;
using ports::Kind;
using ports::Owed;
using ports::Write;
using sqlite::Database;
using sqlite::ResetGuard;
using sqlite::Statement;

// Written back beyond this, so that the WAL stays a few megabytes and is overwritten in place.
constexpr int kCheckpointPages = 1000;

// The only connection that writes and, because two that checkpoint can corrupt the file (the
// WAL-reset bug of SQLite up to 3.51.2), the only one that checkpoints.
struct Writer {
  std::unique_ptr<Database> database;
  Statement begin, commit, rollback, next_revision, find, put, remove, log, owe, settle;
  Statement put_task, remove_task;
  KeyWriter keys;

  static Result<Writer> open(const std::string& path);
};

// Files of more bytes are looked through for damage while they are used.
constexpr std::uintmax_t kCheckedAtOpen = 16u << 20;

bool is_large(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  return !error && size > kCheckedAtOpen;
}

// A text member of the task whose document is ?2; empty where it has none.
std::string member_of_task(const std::string& name) {
  return "coalesce(CAST(json_extract(CASE WHEN json_valid(?2) THEN ?2 END, '$." + name +
         "') AS TEXT), '')";
}

Result<Writer> Writer::open(const std::string& path) {
  AMBIT_TRY(auto database, Database::open(path));
  AMBIT_CHECK_OK(internal::check_version(*database, path));
  AMBIT_TRY(const std::string mode, database->text("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return fail(Code::kUnsupported, "store.unopenable",
                "the file system of registry `" + path + "` does not support shared memory");
  }
  AMBIT_CHECK_OK(database->execute("PRAGMA synchronous = FULL"));
  AMBIT_CHECK_OK(internal::migrate(*database, path));
  if (!is_large(path)) {
    AMBIT_TRY(const std::string health, database->text("PRAGMA quick_check(1)"));
    if (health != "ok") return fail(sqlite::damaged(path, health));
  }
  AMBIT_TRY(auto begin, database->prepare("BEGIN IMMEDIATE"));
  AMBIT_TRY(auto commit, database->prepare("COMMIT"));
  AMBIT_TRY(auto rollback, database->prepare("ROLLBACK"));
  AMBIT_TRY(auto next, database->prepare("UPDATE epoch SET n = n + 1 RETURNING n"));
  AMBIT_TRY(auto find,
            database->prepare("SELECT revision FROM documents WHERE kind = ?1 AND key = ?2"));
  AMBIT_TRY(auto put, database->prepare("INSERT INTO documents(kind, key, revision, json) "
                                        "VALUES (?1, ?2, ?3, ?4) ON CONFLICT(kind, key) DO "
                                        "UPDATE SET revision = ?3, json = ?4"));
  AMBIT_TRY(auto remove, database->prepare("DELETE FROM documents WHERE kind = ?1 AND key = ?2"));
  AMBIT_TRY(auto put_task,
            database->prepare("INSERT OR REPLACE INTO tasks(key, state, root, agent) VALUES (?1, " +
                              member_of_task("state") + ", " + member_of_task("root") + ", " +
                              member_of_task("agent") + ")"));
  AMBIT_TRY(auto remove_task, database->prepare("DELETE FROM tasks WHERE key = ?1"));
  AMBIT_TRY(auto log,
            database->prepare("INSERT INTO changes(revision, position, at, actor, kind, key, json) "
                              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  AMBIT_TRY(auto owe, database->prepare("INSERT INTO owed(revision, record) VALUES (?1, ?2)"));
  AMBIT_TRY(auto settle, database->prepare("DELETE FROM owed WHERE revision = ?1"));
  AMBIT_TRY(auto keys, KeyWriter::prepare(*database));
  return Writer{std::move(database),    std::move(begin), std::move(commit), std::move(rollback),
                std::move(next),        std::move(find),  std::move(put),    std::move(remove),
                std::move(log),         std::move(owe),   std::move(settle), std::move(put_task),
                std::move(remove_task), std::move(keys)};
}

// A connection of its own, so that reading does not wait for a commit.
struct Reader {
  std::unique_ptr<Database> database;
  Statement revision, get, list, changes, history, history_before, owed;
  Statement tasks, tasks_by_state, tasks_by_root, tasks_by_agent;
  KeyQueries keys;

  static Result<Reader> open(const std::string& path);
};

Result<Reader> Reader::open(const std::string& path) {
  AMBIT_TRY(auto database, Database::open(path));
  database->never_checkpoint();
  AMBIT_CHECK_OK(database->execute("PRAGMA query_only = ON"));
  AMBIT_TRY(auto revision, database->prepare("SELECT n FROM epoch"));
  AMBIT_TRY(auto get, database->prepare("SELECT key, revision, json FROM documents "
                                        "WHERE kind = ?1 AND key = ?2"));
  AMBIT_TRY(auto list, database->prepare("SELECT key, revision, json FROM documents "
                                         "WHERE kind = ?1 ORDER BY key"));
  // One row beyond the limit tells whether the last commit is whole; the limit reaches past the
  // first commit, however large it is.
  AMBIT_TRY(auto changes,
            database->prepare(
                "SELECT revision, at, actor, kind, key, json FROM changes WHERE revision > ?1 "
                "ORDER BY revision, position LIMIT max(?2 + 1, (SELECT count(*) + 1 FROM changes "
                "WHERE revision = (SELECT min(revision) FROM changes WHERE revision > ?1)))"));
  AMBIT_TRY(auto history,
            database->prepare("SELECT revision, at, actor, kind, key, json FROM changes "
                              "WHERE kind = ?1 AND key = ?2 AND revision > ?3 "
                              "ORDER BY revision LIMIT ?4"));
  AMBIT_TRY(auto history_before,
            database->prepare("SELECT revision, at, actor, kind, key, json FROM changes "
                              "WHERE kind = ?1 AND key = ?2 AND revision < ?3 "
                              "ORDER BY revision DESC LIMIT ?4"));
  AMBIT_TRY(auto owed, database->prepare("SELECT revision, record FROM owed ORDER BY revision"));
  const auto prepare_tasks = [&](const std::string& condition) {
    return database->prepare(
        "SELECT key, revision, json FROM tasks CROSS JOIN documents "
        "USING (key) WHERE kind = 'task' AND " +
        condition + " = ?1 ORDER BY key DESC LIMIT ?2");
  };
  AMBIT_TRY(auto tasks, prepare_tasks("''"));
  AMBIT_TRY(auto by_state, prepare_tasks("state"));
  AMBIT_TRY(auto by_root, prepare_tasks("root"));
  AMBIT_TRY(auto by_agent, prepare_tasks("agent"));
  AMBIT_TRY(auto keys, KeyQueries::prepare(*database));
  return Reader{std::move(database),
                std::move(revision),
                std::move(get),
                std::move(list),
                std::move(changes),
                std::move(history),
                std::move(history_before),
                std::move(owed),
                std::move(tasks),
                std::move(by_state),
                std::move(by_root),
                std::move(by_agent),
                std::move(keys)};
}

class SqliteStore final : public ports::Store {
 public:
  SqliteStore(LockFile lock, const std::string& path, Writer writer, Reader reader,
              std::unique_ptr<internal::LaterCheck> later)
      : lock_(std::move(lock)),
        path_(path),
        reserve_(path + ".reserve"),
        writer_(std::move(writer)),
        reader_(std::move(reader)),
        later_(std::move(later)) {
    (void)reserve_.take();  // a disk that has no space for it any more is told of by commit()
  }

  Result<std::uint64_t> commit(const std::vector<Write>& writes, std::string_view actor, Time at,
                               std::string_view evidence) override;
  Result<std::uint64_t> commit_reserved(const std::vector<Write>& writes, std::string_view actor,
                                        Time at, std::string_view evidence) override;
  Result<std::uint64_t> revision() const override;
  Result<std::optional<Document>> get(Kind kind, std::string_view key) const override;
  Result<std::vector<Document>> list(Kind kind) const override;
  Result<std::vector<Document>> tasks(const ports::TaskFilter& filter,
                                      std::size_t limit) const override;
  Result<std::vector<Change>> changes_since(std::uint64_t revision,
                                            std::size_t limit) const override;
  Result<std::vector<Change>> history(Kind kind, std::string_view key, std::uint64_t revision,
                                      std::size_t limit) const override;
  Result<std::vector<Change>> history_before(Kind kind, std::string_view key,
                                             std::uint64_t revision,
                                             std::size_t limit) const override;
  Result<std::vector<Owed>> owed() const override;
  Result<> settle(std::uint64_t revision) override;
  Result<std::optional<ports::StoredKey>> key(std::string_view id) const override;
  Result<std::vector<ports::StoredKey>> keys() const override;
  Result<std::optional<ports::StoredKey>> any_key() const override;
  Result<> put_key(const ports::StoredKey& key) override;
  Result<> destroy_keys(const std::vector<std::string>& ids) override;
  Result<> rewrap_keys(const std::vector<ports::StoredKey>& keys) override;

 private:
  // The rows of one of the two histories.
  Result<std::vector<Change>> read_history(Statement& statement, Kind kind, std::string_view key,
                                           std::uint64_t revision, std::size_t limit) const;

  template <class Work>
  Result<> in_transaction(const Work& work);
  // In_transaction, after which no file has the bytes that were written over.
  template <class Work>
  Result<> overwrite(const Work& work);
  Result<std::uint64_t> transact(const std::vector<Write>& writes, std::string_view actor, Time at,
                                 std::string_view evidence);
  Result<std::uint64_t> write_all(const std::vector<Write>& writes, std::string_view actor, Time at,
                                  std::string_view evidence);
  Result<> write_one(const Write& write, std::uint64_t revision);
  Result<> place_task(const Write& write);
  Result<> log(const Change& change, std::int64_t position);
  void write_back_if_long();

  // Declared first, released last: after both connections are closed, the writer's behind the
  // reader's, because the last one to close writes the WAL back.
  LockFile lock_;
  std::string path_;
  std::mutex writing_;
  internal::Reserve reserve_;
  Writer writer_;
  mutable std::mutex reading_;
  mutable Reader reader_;
  std::unique_ptr<internal::LaterCheck> later_;  // of a large file; written under writing_
};

Result<std::uint64_t> SqliteStore::commit(const std::vector<Write>& writes, std::string_view actor,
                                          Time at, std::string_view evidence) {
  AMBIT_CHECK_OK(internal::check_commit(writes, actor, evidence));
  const std::lock_guard lock(writing_);
  // Revocations are tried all the same.
  if (later_ && later_->found_damage()) return fail(sqlite::damaged(path_, "found while in use"));
  if (!reserve_.take()) {
    return fail(Code::kUnavailable, "store.unwritable",
                "the disk of registry `" + path_ +
                    "` is full; what little is left is kept for revocations; free some space");
  }
  return transact(writes, actor, at, evidence);
}

Result<std::uint64_t> SqliteStore::commit_reserved(const std::vector<Write>& writes,
                                                   std::string_view actor, Time at,
                                                   std::string_view evidence) {
  AMBIT_CHECK_OK(internal::check_commit(writes, actor, evidence));
  const std::lock_guard lock(writing_);
  auto revision = transact(writes, actor, at, evidence);
  if (revision || revision.error().reason != "store.unwritable" || !reserve_.release()) {
    return revision;
  }
  return transact(writes, actor, at, evidence);
}

Result<std::uint64_t> SqliteStore::transact(const std::vector<Write>& writes,
                                            std::string_view actor, Time at,
                                            std::string_view evidence) {
  AMBIT_CHECK_OK(writer_.begin.run());
  auto revision = write_all(writes, actor, at, evidence);
  if (revision) {
    if (auto committed = writer_.commit.run(); !committed) {
      revision = fail(std::move(committed).error());
    }
  }
  if (!revision) {
    // SQLite may have rolled back by itself; a second time is a harmless error.
    (void)writer_.rollback.run();
    return revision;
  }
  write_back_if_long();
  return revision;
}

Result<std::uint64_t> SqliteStore::write_all(const std::vector<Write>& writes,
                                             std::string_view actor, Time at,
                                             std::string_view evidence) {
  std::uint64_t revision = 0;
  {
    const ResetGuard guard(writer_.next_revision);
    AMBIT_TRY(const bool row, writer_.next_revision.step());
    if (!row) return fail(Code::kUnavailable, "store.corrupt", "the registry lost its epoch");
    revision = writer_.next_revision.revision(0);
  }
  std::int64_t position = 0;
  for (const Write& write : writes) {
    AMBIT_CHECK_OK(write_one(write, revision));
    AMBIT_CHECK_OK(
        log({revision, at, std::string(actor), write.kind, write.key, write.json}, position++));
  }
  if (!evidence.empty()) {
    writer_.owe.bind(1, revision);
    writer_.owe.bind_blob(2, evidence);
    AMBIT_CHECK_OK(writer_.owe.run());
  }
  return revision;
}

Result<> SqliteStore::write_one(const Write& write, std::uint64_t revision) {
  std::uint64_t found = 0;
  {
    const ResetGuard guard(writer_.find);
    writer_.find.bind(1, ports::name_of(write.kind));
    writer_.find.bind(2, write.key);
    AMBIT_TRY(const bool row, writer_.find.step());
    if (row) found = writer_.find.revision(0);
  }
  AMBIT_CHECK_OK(internal::check_expected(write, found));
  Statement& statement = write.json.empty() ? writer_.remove : writer_.put;
  statement.bind(1, ports::name_of(write.kind));
  statement.bind(2, write.key);
  if (!write.json.empty()) {
    statement.bind(3, revision);
    statement.bind(4, write.json);
  }
  AMBIT_CHECK_OK(statement.run());
  return write.kind == Kind::kTask ? place_task(write) : Result<>();
}

// By what tasks are looked for. A column of its own and no index on an expression, because the
// schema is not trusted to call functions.
Result<> SqliteStore::place_task(const Write& write) {
  Statement& statement = write.json.empty() ? writer_.remove_task : writer_.put_task;
  statement.bind(1, write.key);
  if (!write.json.empty()) statement.bind(2, write.json);
  return statement.run();
}

Result<> SqliteStore::log(const Change& change, std::int64_t position) {
  writer_.log.bind(1, change.revision);
  writer_.log.bind(2, position);
  writer_.log.bind(3, change.at.ms);
  writer_.log.bind(4, change.actor);
  writer_.log.bind(5, ports::name_of(change.kind));
  writer_.log.bind(6, change.key);
  writer_.log.bind(7, change.json);
  return writer_.log.run();
}

void SqliteStore::write_back_if_long() {
  if (writer_.database->wal_pages() < kCheckpointPages) return;
  // The commit is durable in the WAL whatever happens here; the next one tries again.
  (void)writer_.database->checkpoint();
}

Result<std::uint64_t> SqliteStore::revision() const {
  const std::lock_guard lock(reading_);
  const ResetGuard guard(reader_.revision);
  AMBIT_TRY(const bool row, reader_.revision.step());
  return row ? reader_.revision.revision(0) : 0;
}

Document document_of(const Statement& row, Kind kind) {
  return {kind, std::string(row.text(0)), row.revision(1), std::string(row.text(2))};
}

Result<std::optional<Document>> SqliteStore::get(Kind kind, std::string_view key) const {
  const std::lock_guard lock(reading_);
  const ResetGuard guard(reader_.get);
  reader_.get.bind(1, ports::name_of(kind));
  reader_.get.bind(2, key);
  AMBIT_TRY(const bool row, reader_.get.step());
  return row ? std::optional(document_of(reader_.get, kind)) : std::nullopt;
}

Result<std::vector<Document>> SqliteStore::list(Kind kind) const {
  const std::lock_guard lock(reading_);
  const ResetGuard guard(reader_.list);
  reader_.list.bind(1, ports::name_of(kind));
  std::vector<Document> documents;
  while (true) {
    AMBIT_TRY(const bool row, reader_.list.step());
    if (!row) return documents;
    documents.push_back(document_of(reader_.list, kind));
  }
}

Result<std::vector<Document>> SqliteStore::tasks(const ports::TaskFilter& filter,
                                                 std::size_t limit) const {
  const std::lock_guard lock(reading_);
  Statement& rows = !filter.state.empty()   ? reader_.tasks_by_state
                    : !filter.root.empty()  ? reader_.tasks_by_root
                    : !filter.agent.empty() ? reader_.tasks_by_agent
                                            : reader_.tasks;
  const ResetGuard guard(rows);
  const std::string value = filter.state + filter.root + filter.agent;
  rows.bind(1, value);
  rows.bind(2, static_cast<std::uint64_t>(limit));
  std::vector<Document> documents;
  while (true) {
    AMBIT_TRY(const bool row, rows.step());
    if (!row) return documents;
    documents.push_back(document_of(rows, Kind::kTask));
  }
}

constexpr std::uint64_t kMostRows = 1u << 30;

Result<std::vector<Change>> read_changes(Statement& rows) {
  std::vector<Change> changes;
  while (true) {
    AMBIT_TRY(const bool row, rows.step());
    if (!row) return changes;
    AMBIT_TRY(const Kind kind, ports::kind_of(rows.text(3)));
    changes.push_back({rows.revision(0), Time{rows.integer(1)}, std::string(rows.text(2)), kind,
                       std::string(rows.text(4)), std::string(rows.text(5))});
  }
}

Result<std::vector<Change>> SqliteStore::changes_since(std::uint64_t revision,
                                                       std::size_t limit) const {
  if (limit == 0) return std::vector<Change>();
  const std::lock_guard lock(reading_);
  const ResetGuard guard(reader_.changes);
  reader_.changes.bind(1, revision);
  reader_.changes.bind(2, std::min<std::uint64_t>(limit, kMostRows));
  AMBIT_TRY(auto changes, read_changes(reader_.changes));
  changes.resize(internal::whole_commits(changes, limit));
  return changes;
}

Result<std::vector<Change>> SqliteStore::history(Kind kind, std::string_view key,
                                                 std::uint64_t revision, std::size_t limit) const {
  return read_history(reader_.history, kind, key, revision, limit);
}

Result<std::vector<Change>> SqliteStore::history_before(Kind kind, std::string_view key,
                                                        std::uint64_t revision,
                                                        std::size_t limit) const {
  return read_history(reader_.history_before, kind, key, revision, limit);
}

Result<std::vector<Change>> SqliteStore::read_history(Statement& statement, Kind kind,
                                                      std::string_view key, std::uint64_t revision,
                                                      std::size_t limit) const {
  const std::lock_guard lock(reading_);
  const ResetGuard guard(statement);
  statement.bind(1, ports::name_of(kind));
  statement.bind(2, key);
  statement.bind(3, revision);
  statement.bind(4, std::min<std::uint64_t>(limit, kMostRows));
  return read_changes(statement);
}

Result<std::vector<Owed>> SqliteStore::owed() const {
  const std::lock_guard lock(reading_);
  const ResetGuard guard(reader_.owed);
  std::vector<Owed> owed;
  while (true) {
    AMBIT_TRY(const bool row, reader_.owed.step());
    if (!row) return owed;
    owed.push_back({reader_.owed.revision(0), std::string(reader_.owed.text(1))});
  }
}

Result<> SqliteStore::settle(std::uint64_t revision) {
  const std::lock_guard lock(writing_);
  writer_.settle.bind(1, revision);
  return writer_.settle.run();
}

Result<std::optional<ports::StoredKey>> SqliteStore::key(std::string_view id) const {
  const std::lock_guard lock(reading_);
  return reader_.keys.find(id);
}

Result<std::vector<ports::StoredKey>> SqliteStore::keys() const {
  const std::lock_guard lock(reading_);
  return reader_.keys.all();
}

Result<std::optional<ports::StoredKey>> SqliteStore::any_key() const {
  const std::lock_guard lock(reading_);
  return reader_.keys.any();
}

template <class Work>
Result<> SqliteStore::in_transaction(const Work& work) {
  AMBIT_CHECK_OK(writer_.begin.run());
  Result<> done = work();
  if (done) done = writer_.commit.run();
  if (!done) (void)writer_.rollback.run();
  return done;
}

template <class Work>
Result<> SqliteStore::overwrite(const Work& work) {
  const std::lock_guard lock(writing_);
  // The WAL is not emptied while somebody reads; the next start looks for damage again.
  if (later_ && !later_->done()) later_.reset();
  AMBIT_CHECK_OK(in_transaction(work));
  const std::lock_guard no_reader(reading_);
  return writer_.database->empty_wal();
}

Result<> SqliteStore::put_key(const ports::StoredKey& key) {
  AMBIT_CHECK_OK(internal::check_key(key));
  const std::lock_guard lock(writing_);
  AMBIT_CHECK_OK(in_transaction([&] { return writer_.keys.put(key); }));
  write_back_if_long();
  return {};
}

Result<> SqliteStore::destroy_keys(const std::vector<std::string>& ids) {
  return overwrite([&]() -> Result<> {
    for (const std::string& id : ids) AMBIT_CHECK_OK(writer_.keys.destroy(id));
    return {};
  });
}

Result<> SqliteStore::rewrap_keys(const std::vector<ports::StoredKey>& keys) {
  for (const ports::StoredKey& key : keys) AMBIT_CHECK_OK(internal::check_key(key));
  return overwrite([&]() -> Result<> {
    for (const ports::StoredKey& key : keys) AMBIT_CHECK_OK(writer_.keys.replace(key));
    return {};
  });
}

// Creates the file before SQLite would, because SQLite gives the WAL the mode of the file.
Result<> make_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(Code::kUnavailable, "store.unwritable",
                "registry `" + path + "` cannot be made or written: " + std::strerror(errno));
  }
  ::close(descriptor);
  return {};
}

// Takes back what an older umask or a restored backup left open to others.
Result<> keep_private(const std::string& path) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::string file = path + suffix;
    if (::chmod(file.c_str(), 0600) != 0 && errno != ENOENT) {
      return fail(Code::kUnavailable, "store.unwritable",
                  "`" + file + "` cannot be kept private: " + std::strerror(errno));
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ports::Store>> open_sqlite_store(const std::string& path) {
  AMBIT_CHECK_OK(sqlite::check_version());
  // Two names of one file must meet in one lock.
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path real = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error || !fs::is_directory(real.parent_path(), error) || !real.has_filename()) {
    return fail(Code::kUnavailable, "store.unopenable",
                "the folder of registry `" + path + "` does not exist or may not be entered");
  }
  const std::string file = real.string();
  AMBIT_TRY(auto lock, LockFile::acquire(file + ".lock"));
  AMBIT_CHECK_OK(make_file(file));
  AMBIT_TRY(auto writer, Writer::open(file));
  AMBIT_CHECK_OK(keep_private(file));
  AMBIT_TRY(auto reader, Reader::open(file));
  std::unique_ptr<internal::LaterCheck> later;
  if (is_large(file)) {
    AMBIT_TRY(later, internal::LaterCheck::start(file));
  }
  return std::unique_ptr<ports::Store>(std::make_unique<SqliteStore>(
      std::move(lock), file, std::move(writer), std::move(reader), std::move(later)));
}

}  // namespace ambit::storage
