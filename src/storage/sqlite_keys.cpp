#include <filesystem>
#include <mutex>
#include <optional>

#include "storage/internal/key_table.h"
#include "storage/internal/migrations.h"
#include "storage/sqlite_store.h"

namespace ambit::storage {
namespace {

using internal::KeyQueries;
using sqlite::Database;

constexpr int kFirstVersionWithKeys = 2;

class SqliteKeys final : public ports::KeyReader {
 public:
  SqliteKeys(std::unique_ptr<Database> database, std::optional<KeyQueries> queries)
      : database_(std::move(database)), queries_(std::move(queries)) {}

  Result<std::optional<ports::StoredKey>> key(std::string_view id) const override {
    const std::lock_guard lock(mutex_);
    if (!queries_) return std::optional<ports::StoredKey>();
    return queries_->find(id);
  }

  Result<std::vector<ports::StoredKey>> keys() const override {
    const std::lock_guard lock(mutex_);
    if (!queries_) return std::vector<ports::StoredKey>();
    return queries_->all();
  }

 private:
  mutable std::mutex mutex_;
  std::unique_ptr<Database> database_;
  mutable std::optional<KeyQueries> queries_;
};

}  // namespace

Result<std::unique_ptr<ports::KeyReader>> open_sqlite_keys(const std::string& path) {
  AMBIT_CHECK_OK(sqlite::check_version());
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    return fail(Code::kNotFound, "store.none", "there is no registry `" + path + "`");
  }
  AMBIT_TRY(auto database, Database::open_to_read(path));
  AMBIT_TRY(const int version, internal::check_version(*database, path));
  std::optional<KeyQueries> queries;
  if (version >= kFirstVersionWithKeys) {
    AMBIT_TRY(queries, KeyQueries::prepare(*database));
  }
  return std::make_unique<SqliteKeys>(std::move(database), std::move(queries));
}

}  // namespace ambit::storage
