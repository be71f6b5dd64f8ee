// `ambit vault`: the keys of what the ledger's records seal.
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "storage/sqlite_store.h"
#include "vault/master_key.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<int> rotate(Call& call) {
  const std::string data = data_of(call, "DIR");
  // Opening it for writing would make one where there is none.
  AMBIT_CHECK_OK(storage::open_sqlite_keys(data + "/ambit.db"));
  AMBIT_TRY(const auto store, storage::open_sqlite_store(data + "/ambit.db"));
  AMBIT_TRY(const std::size_t count, vault::rotate_master_key(*store, data + "/keys"));
  if (call.wants_json()) {
    const Json answer = Json::object({{"keys", static_cast<std::int64_t>(count)}});
    call.console.out << text::to_json(answer) << "\n";
  } else {
    call.console.out << "a new master key wraps " << count
                     << " keys; with the old one, destroy its copies and they open no backup\n";
  }
  return kExitOk;
}

}  // namespace

std::vector<Verb> vault_verbs() {
  return {offline(Verb::of(
      "vault", "rotate", "exchange the master key of sealed values while the server is stopped",
      "ambit vault rotate\nambit vault rotate /var/lib/ambit --json",
      {positional("DIR", "the data directory; else $AMBIT_DATA, else ./var")}, rotate))};
}

}  // namespace ambit::cli
