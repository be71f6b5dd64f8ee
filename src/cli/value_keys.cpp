#include "cli/internal/value_keys.h"

#include <filesystem>

#include "crypto/symmetric_key.h"
#include "storage/sqlite_store.h"

namespace ambit::cli {
namespace {

// The folder that a folder stands in, however its path is written.
std::string folder_of(const std::string& path) {
  std::error_code error;
  std::filesystem::path whole = std::filesystem::absolute(path, error).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // `ledger/` or `.`
  return whole.parent_path().string();
}

}  // namespace

Param ValueKeys::param() {
  return option("--keys", "DIR",
                "the data directory with the keys of sealed values; else the ledger's own");
}

Result<ValueKeys> ValueKeys::of(const Call& call, const std::string& ledger) {
  const bool named = call.arguments.given("keys");
  const std::string data = named ? call.arguments.text("keys") : folder_of(ledger);
  ValueKeys out;
  auto master = crypto::read_symmetric_key(data + "/keys/vault.jwk");
  if (!master) {
    if (!named && master.error().reason == "key.not_found") return out;
    return fail(master.error());
  }
  auto reader = storage::open_sqlite_keys(data + "/ambit.db");
  // SQLite cannot read a registry on a disk that cannot be written; what is not sealed still can
  // be.
  if (!reader && !named && reader.error().reason == "store.unopenable") return out;
  if (!reader) return fail(reader.error());
  out.reader_ = *std::move(reader);
  out.ring_ = std::make_unique<vault::StoredKeys>(*out.reader_, *std::move(master));
  return out;
}

}  // namespace ambit::cli
