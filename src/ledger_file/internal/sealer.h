// Makes checkpoints: tiles first, then the signed note. Used by one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/keys.h"
#include "ledger/checkpoint.h"
#include "ledger/tile.h"
#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/log_keys.h"
#include "ledger_file/internal/segment_store.h"
#include "ledger_file/internal/tile_files.h"

namespace ambit::ledger_file::internal {

// What entries add to a log between two checkpoints.
struct Unsealed {
  std::vector<ledger::Hash> leaves;
  std::vector<KeyRecord> key_records;

  bool empty() const { return leaves.empty(); }
  void add(std::uint64_t index, const ledger::Hash& leaf, std::string_view record);
  void take(Unsealed& from);
};

class Sealer {
 public:
  Sealer(std::string directory, FileOps& ops)
      : directory_(std::move(directory)),
        files_(directory_, ops),
        tile_files_(directory_, ops),
        ops_(ops) {}

  // Reads or publishes the log's keys; `held` are the private ones at hand.
  Result<> load_keys(const std::string& origin, std::vector<crypto::SigningKey> held);

  // Reads the newest checkpoint; false when the ledger has none yet.
  Result<bool> load_checkpoint();
  // Brings the tree of the newest checkpoint back, from tiles or else from the entries. Fails with
  // `ledger.corrupt` when the entries are not those that it covers.
  Result<> load_tree(const SegmentStore& store);

  // Fails unless the private keys of the log and of the next ones that `unsealed` names are held.
  Result<> check_keys(const Unsealed& unsealed) const;
  // A private key that an entry to come names.
  void hold(crypto::SigningKey key) { keys_->hold(std::move(key)); }

  // Checkpoint of the tree with the leaves of `unsealed` behind those sealed so far. After an error
  // nothing is sealed that was not before, and the same must come again.
  Result<> seal(const Unsealed& unsealed);

  // Makes the tiles durable if those of `slack` entries or more are not: what a crash costs at the
  // next open.
  Result<> settle_tiles(std::uint64_t slack);

  std::uint64_t sealed() const { return tiles_.size(); }
  ledger::Frontier frontier() const { return tiles_.frontier(); }
  const std::string& note() const { return note_; }
  const ledger::Checkpoint& checkpoint() const { return checkpoint_; }
  const ledger::KeyChain& keys() const { return keys_->chain(); }

 private:
  Result<> write_partial_tiles(const ledger::TileBuilder& tiles);
  Result<bool> load_tiles_from(std::uint64_t from, const SegmentStore& store);
  Result<> grow(ledger::TileBuilder& tiles, const SegmentStore& store, std::uint64_t size);

  std::string directory_;
  std::optional<LogKeys> keys_;  // after load_keys
  CheckpointFiles files_;
  TileFiles tile_files_;
  FileOps& ops_;
  ledger::Checkpoint checkpoint_;
  std::string note_;
  ledger::TileBuilder tiles_;  // of the sealed entries
};

}  // namespace ambit::ledger_file::internal
