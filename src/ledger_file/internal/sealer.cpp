#include "ledger_file/internal/sealer.h"

#include <utility>

namespace ambit::ledger_file::internal {

Result<bool> Sealer::load_checkpoint() {
  AMBIT_TRY(note_, files_.load());
  if (note_.empty()) return false;
  auto opened = ledger::open_checkpoint(note_, name_);
  if (!opened) {
    return fail(Code::kInternal, "ledger.corrupt",
                "the newest checkpoint is not valid: " + opened.error().message);
  }
  checkpoint_ = *std::move(opened);
  return true;
}

Result<> Sealer::load_tree(const SegmentStore& store) {
  auto loaded = ledger::TileBuilder::load(
      checkpoint_.size, [&](const ledger::TileId& id) { return read_tile(directory_, id); });
  if (loaded && loaded->frontier().root() == checkpoint_.root) {
    tiles_ = *std::move(loaded);
    return {};
  }
  ledger::TileBuilder rebuilt;
  TileWriter writer(directory_, ops_);
  Result<> written;
  AMBIT_CHECK_OK(store.scan(0, checkpoint_.size, [&](const ports::EntryView& entry) {
    written =
        rebuilt.append(ledger::leaf_hash(entry.record),
                       [&](const ledger::TileId& id, const std::vector<ledger::Hash>& hashes) {
                         return writer.write(id, hashes);
                       });
    return written.has_value();
  }));
  AMBIT_CHECK_OK(written);
  if (rebuilt.frontier().root() != checkpoint_.root) {
    return fail(Code::kInternal, "ledger.corrupt",
                "the first " + std::to_string(checkpoint_.size) +
                    " entries are not those that the newest checkpoint covers; verify the ledger "
                    "to see which differ");
  }
  AMBIT_CHECK_OK(write_partial_tiles(rebuilt, writer));
  AMBIT_CHECK_OK(writer.sync());
  tiles_ = std::move(rebuilt);
  return {};
}

Result<> Sealer::seal(const std::vector<ledger::Hash>& leaves) {
  ledger::TileBuilder next = tiles_;
  TileWriter writer(directory_, ops_);
  for (const ledger::Hash& leaf : leaves) {
    AMBIT_CHECK_OK(
        next.append(leaf, [&](const ledger::TileId& id, const std::vector<ledger::Hash>& hashes) {
          return writer.write(id, hashes);
        }));
  }
  AMBIT_CHECK_OK(write_partial_tiles(next, writer));
  AMBIT_CHECK_OK(writer.sync());
  const ledger::Hash root = next.frontier().root();
  std::string note = ledger::sign_checkpoint(next.size(), root, name_, key_);
  AMBIT_CHECK_OK(files_.add(note));
  checkpoint_ = {name_.name(), next.size(), root};
  note_ = std::move(note);
  tiles_ = std::move(next);
  return {};
}

Result<> Sealer::write_partial_tiles(const ledger::TileBuilder& tiles, TileWriter& writer) {
  for (const ledger::TileId& id : ledger::partial_tiles(tiles.size())) {
    AMBIT_CHECK_OK(writer.write(id, tiles.partial(id.level)));
  }
  return {};
}

}  // namespace ambit::ledger_file::internal
