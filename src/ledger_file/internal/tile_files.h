// Hash tiles as files under a ledger's directory.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/tile.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file::internal {

// The hashes in `DIR/tile/...`; `ledger.tile` when the file has not exactly the tile's width.
Result<std::vector<ledger::Hash>> read_tile(const std::string& directory,
                                            const ledger::TileId& tile);

// Writes tiles. They can be made again from the entries, so that no checkpoint waits for their
// sync: `DIR/synced` tells up to which size of the tree they are known to be durable, and what is
// behind it is made again after a crash.
class TileFiles {
 public:
  TileFiles(std::string directory, FileOps& ops) : directory_(std::move(directory)), ops_(ops) {}

  // What `DIR/synced` says; 0 when it says nothing.
  std::uint64_t load_synced();
  std::uint64_t synced() const { return synced_; }

  // Under its name stands nothing or the whole tile, for whoever serves the folder meanwhile.
  Result<> write(const ledger::TileId& tile, const std::vector<ledger::Hash>& hashes);
  // Makes durable all that was written; `size` is that of the tree. Full tiles then take the place
  // of their partial ones.
  Result<> sync(std::uint64_t size);

 private:
  Result<> sync_written();

  std::string directory_;
  FileOps& ops_;
  std::uint64_t synced_ = 0;
  std::vector<std::string> written_;         // since the last sync; paths
  std::vector<std::string> full_;            // among them
  std::array<ledger::TileId, 8> partial_{};  // by level: the last one written
};

}  // namespace ambit::ledger_file::internal
