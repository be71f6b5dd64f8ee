#include "ledger_file/internal/tile_files.h"

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <system_error>

namespace ambit::ledger_file::internal {

Result<std::vector<ledger::Hash>> read_tile(const std::string& directory,
                                            const ledger::TileId& tile) {
  std::string name = ledger::tile_path(tile);
  unsigned width = tile.width;
  if (!file_exists(directory + "/" + name)) {
    // A partial tile is the beginning of the full one that took its place.
    name = ledger::tile_path({tile.level, tile.index, ledger::kTileWidth});
    width = ledger::kTileWidth;
  }
  AMBIT_TRY(const std::string bytes, read_file(directory + "/" + name));
  constexpr std::size_t kHashBytes = sizeof(ledger::Hash::bytes);
  if (bytes.size() != width * kHashBytes) {
    return fail(Code::kInternal, "ledger.tile",
                "`" + name + "` has " + std::to_string(bytes.size()) + " bytes, not " +
                    std::to_string(width * kHashBytes));
  }
  std::vector<ledger::Hash> hashes(tile.width);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * kHashBytes), kHashBytes,
                hashes[i].bytes.begin());
  }
  return hashes;
}

Result<> TileWriter::write(const ledger::TileId& tile, const std::vector<ledger::Hash>& hashes) {
  const std::filesystem::path path = directory_ + "/" + ledger::tile_path(tile);
  const std::string parent = path.parent_path().string();
  AMBIT_CHECK_OK(make_directories(ops_, parent));
  std::string bytes;
  for (const ledger::Hash& hash : hashes) bytes += hash.view();
  AMBIT_TRY(const Fd fd, open_file(path.string(), O_WRONLY | O_CREAT | O_TRUNC));
  AMBIT_CHECK_OK(write_all(ops_, fd.get(), path.string(), bytes, 0));
  AMBIT_CHECK_OK(sync_data(ops_, fd.get(), path.string()));
  unsynced_.insert(parent);
  if (tile.width == ledger::kTileWidth) {
    std::error_code ignored;  // a partial tile that stays is of no harm
    std::filesystem::remove_all(path.string() + ".p", ignored);
  }
  return {};
}

Result<> TileWriter::sync_names() {
  for (const std::string& directory : unsynced_) AMBIT_CHECK_OK(sync_directory(ops_, directory));
  unsynced_.clear();
  return {};
}

}  // namespace ambit::ledger_file::internal
