// The table of keys. Each stands in bytes of its own that are written over in place, so that no
// copy of a destroyed key stays behind in a page.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ports/keys.h"
#include "sqlite/sqlite.h"

namespace ambit::storage::internal {

using sqlite::Database;
using sqlite::ResetGuard;
using sqlite::Statement;

class KeyQueries {
 public:
  static Result<KeyQueries> prepare(Database& database);

  Result<std::optional<ports::StoredKey>> find(std::string_view id);
  Result<std::vector<ports::StoredKey>> all();
  // One that was not destroyed.
  Result<std::optional<ports::StoredKey>> any();

 private:
  KeyQueries(Statement find, Statement all, Statement newest)
      : find_(std::move(find)), all_(std::move(all)), newest_(std::move(newest)) {}

  Statement find_, all_, newest_;
};

// Within a transaction of the caller's.
class KeyWriter {
 public:
  static Result<KeyWriter> prepare(Database& database);

  Result<> put(const ports::StoredKey& key);
  Result<> destroy(std::string_view id);
  Result<> replace(const ports::StoredKey& key);

 private:
  KeyWriter(KeyQueries queries, Statement put, Statement destroy, Statement replace)
      : queries_(std::move(queries)),
        put_(std::move(put)),
        destroy_(std::move(destroy)),
        replace_(std::move(replace)) {}

  KeyQueries queries_;
  Statement put_, destroy_, replace_;
};

}  // namespace ambit::storage::internal
