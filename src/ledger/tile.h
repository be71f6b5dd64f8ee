// C2SP tlog-tiles: the Merkle tree cut into files of up to 256 hashes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"

namespace ambit::ledger {

inline constexpr unsigned kTileHeight = 8;
inline constexpr std::uint64_t kTileWidth = 256;

// The tile `index` of `level`, of which `width` hashes exist. Hash i of it is the root over the
// entries [(index * 256 + i) * 256^level, (index * 256 + i + 1) * 256^level).
struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;
  unsigned width = kTileWidth;

  friend auto operator<=>(const TileId&, const TileId&) = default;
};

// `tile/<L>/<N>[.p/<W>]` with N as `x001/x234/067`.
std::string tile_path(const TileId& tile);
// N alone, as in the path.
std::string tile_index_path(std::uint64_t index);

// The tiles at the right edge of a tree of `size` entries that are not full, by level.
std::vector<TileId> partial_tiles(std::uint64_t size);

// Grows the tiles of a tree leaf by leaf and keeps only those that are not full yet.
class TileBuilder {
 public:
  // Called with each tile as it becomes full: 256 hashes.
  using FullTile = std::function<Result<>(const TileId&, const std::vector<Hash>&)>;
  // Reads `width` hashes of one tile.
  using ReadTile = std::function<Result<std::vector<Hash>>(const TileId&)>;

  TileBuilder() = default;
  // The builder after `size` leaves, from the tiles that are not full at that size.
  static Result<TileBuilder> load(std::uint64_t size, const ReadTile& read);

  // Stops at the first error of `full`; the builder must then be thrown away.
  Result<> append(const Hash& leaf, const FullTile& full);
  std::uint64_t size() const { return size_; }
  // Same tree, in the form that only appends.
  Frontier frontier() const;
  // The hashes of the tile of `level` that is not full; empty when there is none.
  const std::vector<Hash>& partial(unsigned level) const { return levels_[level]; }

 private:
  std::uint64_t size_ = 0;
  std::array<std::vector<Hash>, 64 / kTileHeight> levels_;  // INVARIANT: each below 256 hashes
};

// A HashReader over the tiles of a tree of `size` entries: inner hashes are computed from the tile.
HashReader tile_hash_reader(std::uint64_t size, TileBuilder::ReadTile read);

}  // namespace ambit::ledger
