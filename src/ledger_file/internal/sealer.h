// Makes checkpoints: tiles first, then the signed note. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/checkpoint.h"
#include "ledger/tile.h"
#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/segment_store.h"
#include "ledger_file/internal/tile_files.h"

namespace ambit::ledger_file::internal {

class Sealer {
 public:
  Sealer(std::string directory, ledger::NoteVerifier name, crypto::SigningKey key, FileOps& ops)
      : directory_(std::move(directory)),
        name_(std::move(name)),
        key_(std::move(key)),
        files_(directory_, ops),
        ops_(ops) {}

  // Reads the newest checkpoint; false when the ledger has none yet.
  Result<bool> load_checkpoint();
  // Brings the tree of the newest checkpoint back, from tiles or else from the entries. Fails with
  // `ledger.corrupt` when the entries are not those that it covers.
  Result<> load_tree(const SegmentStore& store);

  // Checkpoint of the tree with `leaves` behind those sealed so far. After an error nothing is
  // sealed that was not before, and the same leaves must come again.
  Result<> seal(const std::vector<ledger::Hash>& leaves);

  std::uint64_t sealed() const { return tiles_.size(); }
  ledger::Frontier frontier() const { return tiles_.frontier(); }
  const std::string& note() const { return note_; }

 private:
  static Result<> write_partial_tiles(const ledger::TileBuilder& tiles, TileWriter& writer);

  std::string directory_;
  ledger::NoteVerifier name_;
  crypto::SigningKey key_;
  CheckpointFiles files_;
  FileOps& ops_;
  ledger::Checkpoint checkpoint_;
  std::string note_;
  ledger::TileBuilder tiles_;  // of the sealed entries
};

}  // namespace ambit::ledger_file::internal
