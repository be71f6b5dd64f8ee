#include "ledger_file/internal/tile_files.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <system_error>

namespace ambit::ledger_file::internal {
namespace {

// Files that are open at a time while they wait for their sync.
constexpr std::size_t kMostOpen = 256;

}  // namespace

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
  const std::string path = directory_ + "/" + ledger::tile_path(tile);
  AMBIT_CHECK_OK(make_directories(ops_, std::filesystem::path(path).parent_path().string()));
  std::string bytes;
  for (const ledger::Hash& hash : hashes) bytes += hash.view();
  AMBIT_TRY(Fd fd, open_file(path, O_WRONLY | O_CREAT | O_TRUNC));
  AMBIT_CHECK_OK(write_all(ops_, fd.get(), path, bytes, 0));
  written_.push_back({path, std::move(fd), tile.width == ledger::kTileWidth});
  return written_.size() < kMostOpen ? Result<>() : sync();
}

// File by file: a sync of the whole file system would also wait for what others wrote.
Result<> TileWriter::sync() {
  std::set<std::string> parents;
  for (const Written& tile : written_) {
    AMBIT_CHECK_OK(sync_data(ops_, tile.fd.get(), tile.path));
    parents.insert(std::filesystem::path(tile.path).parent_path().string());
  }
  for (const std::string& parent : parents) AMBIT_CHECK_OK(sync_directory(ops_, parent));
  for (const Written& tile : written_) {
    std::error_code ignored;  // a partial tile that stays is of no harm
    if (tile.full) std::filesystem::remove_all(tile.path + ".p", ignored);
  }
  written_.clear();
  return {};
}

}  // namespace ambit::ledger_file::internal
