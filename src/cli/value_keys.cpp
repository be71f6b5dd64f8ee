#include "cli/internal/value_keys.h"

#include <filesystem>

#include "crypto/symmetric_key.h"
#include "storage/sqlite_store.h"

namespace ambit::cli {

Param ValueKeys::param() {
  return option("--keys", "DIR",
                "the data directory with the keys of sealed values; else the ledger's own");
}

Result<ValueKeys> ValueKeys::of(const Call& call, const std::string& ledger) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool named = call.arguments.given("keys");
  const fs::path data = named ? fs::path(call.arguments.text("keys"))
                              : fs::absolute(ledger, error).lexically_normal().parent_path();
  // `ledger/` has the ledger itself as its parent.
  const fs::path parent = !named && ledger.ends_with('/') ? data.parent_path() : data;
  ValueKeys out;
  auto master = crypto::read_symmetric_key((parent / "keys" / "vault.jwk").string());
  if (!master) {
    if (!named && master.error().reason == "key.not_found") return out;
    return fail(master.error());
  }
  AMBIT_TRY(out.reader_, storage::open_sqlite_keys((parent / "ambit.db").string()));
  out.ring_ = std::make_unique<vault::StoredKeys>(*out.reader_, *std::move(master));
  return out;
}

}  // namespace ambit::cli
