// The evidence log as others verify it: tiles, receipts, proofs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace ambit::ports {

// Thread-safe; every call reads a few small files.
class LogProofs {
 public:
  virtual ~LogProofs() = default;

  // What C2SP tlog-tiles serves under `<prefix>/` + `path`: `checkpoint` (text/plain), `tile/...`
  // and `tile/entries/...` (application/octet-stream). What stands beside records is not in it.
  // Tiles that are full never change. Errors: `tile.path` for another path, `ledger.no_such_entry`
  // beyond the checkpoint, `ledger.no_checkpoint`, `ledger.absent` for entries whose archive is not
  // at hand.
  virtual Result<std::string> resource(std::string_view path) const = 0;

  // A receipt (ledger/receipt.h) for one entry under the newest checkpoint, or under the newest
  // witnessed one where the log has witnesses. `ledger.not_sealed` until such a checkpoint covers
  // the entry, `ledger.no_such_entry` beyond the end.
  virtual Result<std::string> receipt(std::uint64_t index) const = 0;

  // For ledger::verify_consistency between two sizes that a checkpoint covers.
  virtual Result<std::vector<ledger::Hash>> consistency(std::uint64_t old_size,
                                                        std::uint64_t new_size) const = 0;
};

}  // namespace ambit::ports
