#include "storage/internal/migrations.h"

#include <array>

namespace ambit::storage::internal {
namespace {

// Marks the file as a registry in its header: `Ambt`.
constexpr std::int64_t kApplicationId = 0x416D6274;

// A published step never changes; a new one is appended. Step n leads to version n + 1.
constexpr std::array<const char*, 3> kSteps{
    R"sql(
CREATE TABLE epoch(n INTEGER NOT NULL) STRICT;
INSERT INTO epoch(n) VALUES (0);

CREATE TABLE documents(
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT;

CREATE TABLE changes(
  revision INTEGER NOT NULL,
  position INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (revision, position)
) STRICT;
CREATE INDEX changes_of_document ON changes(kind, key, revision);

CREATE TABLE owed(
  revision INTEGER PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;
)sql",
    R"sql(
CREATE TABLE sealing_keys(
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  wrapped BLOB NOT NULL
) STRICT;
)sql",
    R"sql(
CREATE TABLE task_facts(
  key TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  root TEXT NOT NULL,
  agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_by_state ON task_facts(state, key);
CREATE INDEX tasks_by_root ON task_facts(root, key);
CREATE INDEX tasks_by_agent ON task_facts(agent, key);
INSERT INTO task_facts SELECT key,
  coalesce(CASE WHEN json_valid(json) THEN CAST(json_extract(json, '$.state') AS TEXT) END, ''),
  coalesce(CASE WHEN json_valid(json) THEN CAST(json_extract(json, '$.root') AS TEXT) END, ''),
  coalesce(CASE WHEN json_valid(json) THEN CAST(json_extract(json, '$.agent') AS TEXT) END, '')
  FROM documents WHERE kind = 'task';
)sql",
};

Result<> apply(Database& database, std::size_t step) {
  AMBIT_CHECK_OK(database.execute("BEGIN IMMEDIATE"));
  const std::string script = std::string(kSteps[step]) +
                             "PRAGMA application_id = " + std::to_string(kApplicationId) +
                             "; PRAGMA user_version = " + std::to_string(step + 1) + "; COMMIT";
  auto applied = database.execute(script);
  if (!applied) (void)database.execute("ROLLBACK");
  return applied;
}

}  // namespace

int newest_version() { return static_cast<int>(kSteps.size()); }

Result<int> check_version(Database& database, const std::string& path) {
  AMBIT_TRY(const std::int64_t application, database.integer("PRAGMA application_id"));
  AMBIT_TRY(const std::int64_t version, database.integer("PRAGMA user_version"));
  AMBIT_TRY(const std::int64_t tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  const bool fresh = application == 0 && version == 0 && tables == 0;
  if (!fresh && application != kApplicationId) {
    return fail(Code::kInvalid, "store.foreign",
                "`" + path + "` is an SQLite database, but not a registry");
  }
  if (version > newest_version()) {
    return fail(Code::kUnsupported, "store.future",
                "registry `" + path + "` has version " + std::to_string(version) +
                    ", and this program knows versions up to " + std::to_string(newest_version()) +
                    "; use the newer program that wrote it");
  }
  return static_cast<int>(version);
}

Result<> migrate(Database& database, const std::string& path) {
  AMBIT_TRY(const int version, check_version(database, path));
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    AMBIT_CHECK_OK(apply(database, step));
  }
  return {};
}

}  // namespace ambit::storage::internal
