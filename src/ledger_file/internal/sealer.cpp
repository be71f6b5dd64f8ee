#include "ledger_file/internal/sealer.h"

#include <algorithm>
#include <utility>

#include "base/breather.h"

namespace ambit::ledger_file::internal {

void Unsealed::add(std::uint64_t index, const ledger::Hash& leaf, std::string_view record) {
  leaves.push_back(leaf);
  if (ledger::is_key_record(record)) key_records.push_back({index, std::string(record)});
}

void Unsealed::take(Unsealed& from) {
  leaves.insert(leaves.end(), from.leaves.begin(), from.leaves.end());
  key_records.insert(key_records.end(), from.key_records.begin(), from.key_records.end());
  from = {};
}

Result<> Sealer::load_keys(const std::string& origin, std::vector<crypto::SigningKey> held) {
  AMBIT_TRY(keys_, LogKeys::open(directory_, origin, std::move(held), ops_));
  return {};
}

Result<bool> Sealer::load_checkpoint() {
  AMBIT_TRY(note_, files_.load());
  if (note_.empty()) return false;
  auto opened = keys_->chain().open(note_);
  if (!opened) {
    return fail(Code::kInternal, "ledger.corrupt",
                "the newest checkpoint is not valid: " + opened.error().message);
  }
  checkpoint_ = *std::move(opened);
  keys_->forget_from(checkpoint_.size);
  return true;
}

Result<> Sealer::check_keys(const Unsealed& unsealed) const {
  return keys_->chain_with(unsealed.key_records).and_then([&](const ledger::KeyChain& chain) {
    return keys_->check_held(chain, sealed());
  });
}

Result<> Sealer::load_tree(const SegmentStore& store) {
  const std::uint64_t size = checkpoint_.size;
  const std::uint64_t synced = std::min(tile_files_.load_synced(), size);
  AMBIT_TRY(bool fits, load_tiles_from(synced, store));
  if (!fits && synced > 0) {
    // What was said to be durable is not there, or not right: everything anew.
    AMBIT_TRY(fits, load_tiles_from(0, store));
  }
  if (fits) return synced == size ? Result<>() : settle_tiles(0);
  return fail(Code::kInternal, "ledger.corrupt",
              "the first " + std::to_string(size) +
                  " entries are not those that the newest checkpoint covers; verify the ledger to "
                  "see which differ");
}

// Reads the tiles of the first `from` entries and adds the others up to the checkpoint. False when
// that does not lead to the checkpoint's root.
Result<bool> Sealer::load_tiles_from(std::uint64_t from, const SegmentStore& store) {
  auto loaded = ledger::TileBuilder::load(
      from, [&](const ledger::TileId& id) { return read_tile(directory_, id); });
  if (!loaded) return false;
  AMBIT_CHECK_OK(grow(*loaded, store, checkpoint_.size));
  if (loaded->frontier().root() != checkpoint_.root) return false;
  tiles_ = *std::move(loaded);
  return true;
}

// Adds the entries from the end of `tiles` to `size`.
Result<> Sealer::grow(ledger::TileBuilder& tiles, const SegmentStore& store, std::uint64_t size) {
  Result<> written;
  AMBIT_CHECK_OK(store.scan(tiles.size(), size, [&](const ports::EntryView& entry) {
    written = tiles.append(ledger::leaf_hash(entry.record),
                           [&](const ledger::TileId& id, const std::vector<ledger::Hash>& hashes) {
                             return tile_files_.write(id, hashes);
                           });
    return written.has_value();
  }));
  AMBIT_CHECK_OK(written);
  return write_partial_tiles(tiles);
}

Result<> Sealer::settle_tiles(std::uint64_t slack) {
  const std::uint64_t durable = tile_files_.synced();
  if (sealed() >= durable && sealed() - durable < slack) return {};
  return tile_files_.sync(sealed());
}

Result<> Sealer::seal(const Unsealed& unsealed) {
  ledger::TileBuilder next = tiles_;
  Breather breather;
  for (const ledger::Hash& leaf : unsealed.leaves) {
    breather.step();
    AMBIT_CHECK_OK(
        next.append(leaf, [&](const ledger::TileId& id, const std::vector<ledger::Hash>& hashes) {
          return tile_files_.write(id, hashes);
        }));
  }
  AMBIT_CHECK_OK(write_partial_tiles(next));
  const ledger::Hash root = next.frontier().root();
  AMBIT_TRY(ledger::KeyChain chain, keys_->chain_with(unsealed.key_records));
  // The next key is published before anything is signed with it.
  if (!unsealed.key_records.empty()) AMBIT_CHECK_OK(keys_->publish(chain));
  AMBIT_TRY(std::string note, keys_->sign(chain, next.size(), root, sealed()));
  AMBIT_CHECK_OK(files_.add(note));
  checkpoint_ = {chain.origin(), next.size(), root};
  keys_->adopt(std::move(chain));
  note_ = std::move(note);
  tiles_ = std::move(next);
  return {};
}

Result<> Sealer::write_partial_tiles(const ledger::TileBuilder& tiles) {
  for (const ledger::TileId& id : ledger::partial_tiles(tiles.size())) {
    AMBIT_CHECK_OK(tile_files_.write(id, tiles.partial(id.level)));
  }
  return {};
}

}  // namespace ambit::ledger_file::internal
