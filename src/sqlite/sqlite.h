// SQLite's connection and statement as values that free themselves and answer with Result.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ambit::sqlite {

// Refuses a library older than 3.37 (STRICT tables, RETURNING) or built without threads.
Result<> check_version();

// What the errors call a file, and the part before the dot of their reasons.
struct Noun {
  std::string name = "registry";
  std::string reason = "store";
};

// The Error for an SQLite result code: what happened to `path`, and what to do about it. Reasons
// after the noun's own: `unwritable`, `corrupt`, `locked`, `unopenable`, `memory`, `internal`.
Error error_of(int code, const std::string& path, const std::string& detail, const Noun& noun = {});
// The Error for a file that SQLite itself calls damaged.
Error damaged(const std::string& path, const std::string& detail, const Noun& noun = {});

class Database;

// A prepared statement. Parameters and columns count from 1 and 0, as in SQLite. Bound text must
// live until the next reset().
class Statement {
 public:
  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::uint64_t number);  // beyond int64: the largest int64
  void bind(int parameter, std::int64_t number);
  void bind_blob(int parameter, std::string_view bytes);

  // True while there is a row. After an error the statement is reset.
  Result<bool> step();
  // Steps to the end, ignoring rows, and resets.
  Result<> run();

  std::int64_t integer(int column) const;
  std::uint64_t revision(int column) const;
  // Lives until the next step() or reset().
  std::string_view text(int column) const;

  // Ends the current execution, and with it the read transaction, and forgets what was bound.
  void reset();

 private:
  friend class Database;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, const Database* database)
      : statement_(statement), database_(database) {}

  std::unique_ptr<sqlite3_stmt, Finalizer> statement_;
  const Database* database_;
};

// Resets a statement when a scope ends, so that no read transaction outlives its caller.
class ResetGuard {
 public:
  explicit ResetGuard(Statement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  Statement& statement_;
};

// One connection. Not thread-safe. Statements must not outlive it.
class Database {
 public:
  // The file must exist. Waits at most two seconds for another program that holds a lock.
  static Result<std::unique_ptr<Database>> open(const std::string& path, Noun noun = {});
  // The same for one that cannot write.
  static Result<std::unique_ptr<Database>> open_to_read(const std::string& path, Noun noun = {});

  Result<> execute(const std::string& sql);
  Result<Statement> prepare(std::string_view sql);
  // The first column of the only row of `sql`.
  Result<std::int64_t> integer(std::string_view sql);
  Result<std::string> text(std::string_view sql);

  // Ends what runs on this connection now, with an error. Thread-safe.
  void interrupt();

  // From here on a row or a value of more bytes is an error, as in a file that somebody else wrote.
  void limit_rows(int bytes);

  // Closing this connection will not write the WAL back, not even if it is the last one.
  void never_checkpoint();
  // Pages in the WAL after the latest commit of this connection.
  int wal_pages() const { return wal_pages_; }
  // Writes back what it can without waiting for readers.
  Result<> checkpoint();
  // Writes everything back, waiting for readers, and cuts the WAL to nothing.
  Result<> empty_wal();

 private:
  struct Closer {
    void operator()(sqlite3* connection) const;
  };
  friend class Statement;
  static Result<std::unique_ptr<Database>> open_with(const std::string& path, Noun noun, int mode);
  Database(std::string path, Noun noun) : path_(std::move(path)), noun_(std::move(noun)) {}
  Error error(int code) const;

  std::string path_;
  Noun noun_;
  int wal_pages_ = 0;
  std::unique_ptr<sqlite3, Closer> connection_;
};

}  // namespace ambit::sqlite
