#include "ledger_file/internal/tile_files.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kMostApart = 64;
constexpr const char* kSynced = "/synced";
constexpr const char* kUnfinished = ".tmp";

}  // namespace

Result<std::vector<ledger::Hash>> read_tile(const std::string& directory,
                                            const ledger::TileId& tile) {
  std::string name = ledger::tile_path(tile);
  unsigned width = tile.width;
  auto read = read_file(directory + "/" + name);
  if (!read && tile.width != ledger::kTileWidth && !file_exists(directory + "/" + name)) {
    // A partial tile is the beginning of the full one that took its place.
    name = ledger::tile_path({tile.level, tile.index, ledger::kTileWidth});
    width = ledger::kTileWidth;
    read = read_file(directory + "/" + name);
  }
  AMBIT_TRY(const std::string bytes, std::move(read));
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

std::uint64_t TileFiles::load_synced() {
  const std::string text = read_file(directory_ + kSynced).value_or("");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool whole = error == std::errc() && std::string_view(end) == "\n";
  return synced_ = whole ? size : 0;
}

Result<> TileFiles::write(const ledger::TileId& tile, const std::vector<ledger::Hash>& hashes) {
  const bool full = tile.width == ledger::kTileWidth;
  // The upper levels change rarely.
  if (!full && partial_[tile.level] == tile) return {};
  const std::string path = directory_ + "/" + ledger::tile_path(tile);
  AMBIT_CHECK_OK(make_directories(ops_, std::filesystem::path(path).parent_path().string()));
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(ledger::Hash::bytes));
  for (const ledger::Hash& hash : hashes) bytes += hash.view();
  {
    AMBIT_TRY(const Fd fd, open_file(path + kUnfinished, O_WRONLY | O_CREAT | O_TRUNC));
    AMBIT_CHECK_OK(write_all(ops_, fd.get(), path, bytes, 0));
  }
  if (ops_.rename((path + kUnfinished).c_str(), path.c_str()) != 0) {
    return io_error("create", path, errno);
  }
  written_.push_back(path);
  if (full) full_.push_back(path);
  if (!full) partial_[tile.level] = tile;
  return {};
}

Result<> TileFiles::sync(std::uint64_t size) {
  if (size == synced_) return {};
  AMBIT_CHECK_OK(sync_written());
  AMBIT_CHECK_OK(replace_file(ops_, directory_ + kSynced, std::to_string(size) + "\n"));
  for (const std::string& path : full_) {
    std::error_code ignored;  // a partial tile that stays is of no harm
    std::filesystem::remove_all(path + ".p", ignored);
  }
  synced_ = size;
  written_.clear();
  full_.clear();
  return {};
}

// A few file by file, as a sync of the whole file system also waits for what others wrote; many
// together, as each sync costs the disk a flush.
Result<> TileFiles::sync_written() {
  if (written_.size() > kMostApart) {
    AMBIT_TRY(const Fd fd, open_file(directory_, O_RDONLY | O_DIRECTORY));
    if (ops_.syncfs(fd.get()) != 0) return io_error("sync", directory_, errno);
    return {};
  }
  std::set<std::string> parents;
  for (const std::string& path : written_) {
    parents.insert(std::filesystem::path(path).parent_path().string());
    if (!file_exists(path)) continue;  // a partial tile that went when its full one came
    AMBIT_TRY(const Fd fd, open_file(path, O_RDONLY));
    AMBIT_CHECK_OK(sync_data(ops_, fd.get(), path));
  }
  for (const std::string& parent : parents) AMBIT_CHECK_OK(sync_directory(ops_, parent));
  return {};
}

}  // namespace ambit::ledger_file::internal
