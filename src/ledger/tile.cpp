#include "ledger/tile.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <utility>

namespace ambit::ledger {
namespace {

// How many hashes of tile `index` at `level` exist in a tree of `size` entries.
unsigned width_at(std::uint64_t size, unsigned level, std::uint64_t index) {
  const std::uint64_t hashes = size >> (kTileHeight * level);
  const std::uint64_t begin = index * kTileWidth;
  return begin >= hashes ? 0 : static_cast<unsigned>(std::min(hashes - begin, kTileWidth));
}

}  // namespace

std::string tile_index_path(std::uint64_t index) {
  char digits[8];
  std::snprintf(digits, sizeof digits, "%03u", static_cast<unsigned>(index % 1000));
  std::string path = digits;
  for (index /= 1000; index > 0; index /= 1000) {
    std::snprintf(digits, sizeof digits, "x%03u/", static_cast<unsigned>(index % 1000));
    path.insert(0, digits);
  }
  return path;
}

std::string tile_path(const TileId& tile) {
  std::string path = "tile/" + std::to_string(tile.level) + "/" + tile_index_path(tile.index);
  if (tile.width != kTileWidth) path += ".p/" + std::to_string(tile.width);
  return path;
}

std::vector<TileId> partial_tiles(std::uint64_t size) {
  std::vector<TileId> out;
  for (unsigned level = 0; (size >> (kTileHeight * level)) > 0; ++level) {
    const std::uint64_t hashes = size >> (kTileHeight * level);
    const auto width = static_cast<unsigned>(hashes % kTileWidth);
    if (width != 0) out.push_back({level, hashes / kTileWidth, width});
    if (kTileHeight * (level + 1) >= 64) break;
  }
  return out;
}

Result<TileBuilder> TileBuilder::load(std::uint64_t size, const ReadTile& read) {
  TileBuilder out;
  out.size_ = size;
  for (const TileId& tile : partial_tiles(size)) {
    AMBIT_TRY(out.levels_[tile.level], read(tile));
    if (out.levels_[tile.level].size() != tile.width) {
      return fail(
          Code::kInvalid, "ledger.tile",
          "`" + tile_path(tile) + "` does not hold " + std::to_string(tile.width) + " hashes");
    }
  }
  return out;
}

Result<> TileBuilder::append(const Hash& leaf, const FullTile& full) {
  Hash hash = leaf;
  ++size_;
  for (unsigned level = 0; level < levels_.size(); ++level) {
    std::vector<Hash>& tile = levels_[level];
    tile.push_back(hash);
    if (tile.size() < kTileWidth) break;
    const std::uint64_t index = (size_ >> (kTileHeight * (level + 1))) - 1;
    AMBIT_CHECK_OK(full({level, index, kTileWidth}, tile));
    hash = root_of(tile.data(), tile.size());
    tile.clear();
  }
  return {};
}

Frontier TileBuilder::frontier() const {
  std::vector<Hash> nodes;
  for (std::size_t level = levels_.size(); level-- > 0;) {
    const std::vector<Hash>& tile = levels_[level];
    std::size_t at = 0;
    for (std::size_t left = tile.size(); left > 0;) {
      const std::size_t take = std::bit_floor(left);
      nodes.push_back(root_of(&tile[at], take));
      at += take;
      left -= take;
    }
  }
  // The levels hold exactly the bits of size_, so the number of nodes fits.
  return *Frontier::from_nodes(size_, std::move(nodes));
}

HashReader tile_hash_reader(std::uint64_t size, TileBuilder::ReadTile read) {
  return [size, read = std::move(read)](unsigned level, std::uint64_t index) -> Result<Hash> {
    const unsigned tile_level = level / kTileHeight;
    const unsigned inner = level % kTileHeight;
    const std::uint64_t first = index << inner;
    const std::uint64_t count = std::uint64_t{1} << inner;
    const std::uint64_t tile_index = first / kTileWidth;
    const unsigned width = width_at(size, tile_level, tile_index);
    const std::uint64_t begin = first % kTileWidth;
    if (begin + count > width) {
      return fail(Code::kNotFound, "ledger.no_such_entry",
                  "no hash at level " + std::to_string(level) + ", index " + std::to_string(index) +
                      " of a tree of " + std::to_string(size) + " entries");
    }
    const TileId id{tile_level, tile_index, width};
    AMBIT_TRY(const std::vector<Hash> tile, read(id));
    if (tile.size() != width) {
      return fail(Code::kInvalid, "ledger.tile",
                  "`" + tile_path(id) + "` does not hold " + std::to_string(width) + " hashes");
    }
    return root_of(&tile[begin], count);
  };
}

}  // namespace ambit::ledger
