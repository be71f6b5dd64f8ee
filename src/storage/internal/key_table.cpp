#include "storage/internal/key_table.h"

#include "storage/internal/rules.h"

namespace ambit::storage::internal {
namespace {

ports::StoredKey key_of(const Statement& row) {
  ports::StoredKey key{std::string(row.text(0)), std::string(row.text(1))};
  // A destroyed key is as many zero bytes as it was long.
  if (key.wrapped.starts_with('\0')) key.wrapped.clear();
  return key;
}

}  // namespace

Result<KeyQueries> KeyQueries::prepare(Database& database) {
  AMBIT_TRY(auto find, database.prepare("SELECT id, wrapped FROM sealing_keys WHERE id = ?1"));
  AMBIT_TRY(auto all, database.prepare("SELECT id, wrapped FROM sealing_keys ORDER BY id"));
  AMBIT_TRY(auto newest, database.prepare("SELECT id, wrapped FROM sealing_keys ORDER BY n DESC"));
  return KeyQueries(std::move(find), std::move(all), std::move(newest));
}

Result<std::optional<ports::StoredKey>> KeyQueries::find(std::string_view id) {
  const ResetGuard guard(find_);
  find_.bind(1, id);
  AMBIT_TRY(const bool row, find_.step());
  return row ? std::optional(key_of(find_)) : std::nullopt;
}

Result<std::vector<ports::StoredKey>> KeyQueries::all() {
  const ResetGuard guard(all_);
  std::vector<ports::StoredKey> keys;
  while (true) {
    AMBIT_TRY(const bool row, all_.step());
    if (!row) return keys;
    keys.push_back(key_of(all_));
  }
}

Result<std::optional<ports::StoredKey>> KeyQueries::any() {
  const ResetGuard guard(newest_);
  while (true) {
    AMBIT_TRY(const bool row, newest_.step());
    if (!row) return std::optional<ports::StoredKey>();
    ports::StoredKey key = key_of(newest_);
    if (!key.destroyed()) return std::optional<ports::StoredKey>(std::move(key));
  }
}

Result<KeyWriter> KeyWriter::prepare(Database& database) {
  // Bytes that a page no longer needs are zeroed.
  AMBIT_CHECK_OK(database.execute("PRAGMA secure_delete = ON"));
  AMBIT_TRY(auto queries, KeyQueries::prepare(database));
  AMBIT_TRY(auto put, database.prepare("INSERT INTO sealing_keys(id, wrapped) VALUES (?1, ?2)"));
  AMBIT_TRY(auto destroy, database.prepare("UPDATE sealing_keys SET wrapped = "
                                           "zeroblob(length(wrapped)) WHERE id = ?1"));
  AMBIT_TRY(auto replace, database.prepare("UPDATE sealing_keys SET wrapped = ?2 WHERE id = ?1"));
  return KeyWriter(std::move(queries), std::move(put), std::move(destroy), std::move(replace));
}

Result<> KeyWriter::put(const ports::StoredKey& key) {
  AMBIT_TRY(const auto there, queries_.find(key.id));
  if (there) return existing_key(key.id);
  put_.bind(1, key.id);
  put_.bind_blob(2, key.wrapped);
  return put_.run();
}

Result<> KeyWriter::destroy(std::string_view id) {
  AMBIT_TRY(const auto there, queries_.find(id));
  if (!there) return unknown_key(id);
  destroy_.bind(1, id);
  return destroy_.run();
}

Result<> KeyWriter::replace(const ports::StoredKey& key) {
  AMBIT_TRY(const auto there, queries_.find(key.id));
  if (!there || there->destroyed()) return unknown_key(key.id);
  replace_.bind(1, key.id);
  replace_.bind_blob(2, key.wrapped);
  return replace_.run();
}

}  // namespace ambit::storage::internal
