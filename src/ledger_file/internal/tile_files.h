// Hash tiles as files under a ledger's directory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/tile.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file::internal {

// The hashes in `DIR/tile/...`; `ledger.tile` when the file has not exactly the tile's width.
Result<std::vector<ledger::Hash>> read_tile(const std::string& directory,
                                            const ledger::TileId& tile);

// Writes tiles; `sync` then makes all of them durable at once.
class TileWriter {
 public:
  TileWriter(std::string directory, FileOps& ops) : directory_(std::move(directory)), ops_(ops) {}

  Result<> write(const ledger::TileId& tile, const std::vector<ledger::Hash>& hashes);
  // A full tile takes the place of its partial ones.
  Result<> sync();

 private:
  struct Written {
    std::string path;
    Fd fd;
    bool full = false;
  };

  std::string directory_;
  FileOps& ops_;
  std::vector<Written> written_;
};

}  // namespace ambit::ledger_file::internal
