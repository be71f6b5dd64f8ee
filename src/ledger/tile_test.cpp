#include "ledger/tile.h"

#include <gtest/gtest.h>
#include <map>

namespace ambit::ledger {
namespace {

Hash numbered_leaf(std::uint64_t i) { return leaf_hash("entry " + std::to_string(i)); }

// A tree of tiles kept in memory, partial tiles written for every size that is asked for.
struct MemoryTiles {
  TileBuilder builder;
  std::map<TileId, std::vector<Hash>> files;

  void grow_to(std::uint64_t size) {
    while (builder.size() < size) {
      ASSERT_TRUE(
          builder.append(numbered_leaf(builder.size()),
                         [&](const TileId& id, const std::vector<Hash>& hashes) -> Result<> {
                           files[id] = hashes;
                           return {};
                         }));
    }
    for (const TileId& id : partial_tiles(size)) files[id] = builder.partial(id.level);
  }
  TileBuilder::ReadTile read() {
    return [this](const TileId& id) -> Result<std::vector<Hash>> {
      const auto it = files.find(id);
      if (it == files.end()) return fail(Code::kNotFound, "test.tile", tile_path(id));
      return it->second;
    };
  }
};

TEST(Tile, PathsAreThoseOfTlogTiles) {
  EXPECT_EQ(tile_path({0, 1234067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path({0, 0, 256}), "tile/0/000");
  EXPECT_EQ(tile_path({2, 999, 7}), "tile/2/999.p/7");
  EXPECT_EQ(tile_path({1, 1000, 255}), "tile/1/x001/000.p/255");
}

TEST(Tile, PartialTilesAreThoseOfTheSpecificationsExample) {
  EXPECT_EQ(partial_tiles(70000), (std::vector<TileId>{{0, 273, 112}, {1, 1, 17}, {2, 0, 1}}));
  EXPECT_EQ(partial_tiles(256), (std::vector<TileId>{{1, 0, 1}}));
  EXPECT_TRUE(partial_tiles(0).empty());
  EXPECT_EQ(partial_tiles(~std::uint64_t{0}).size(), 8u);
}

TEST(Tile, BuilderKeepsTheSameTreeAsTheFrontierAndRestores) {
  Frontier frontier;
  MemoryTiles tiles;
  for (std::uint64_t size = 0; size <= 1100; ++size) {
    tiles.grow_to(size);
    ASSERT_EQ(tiles.builder.frontier().nodes(), frontier.nodes()) << size;
    auto restored = TileBuilder::load(size, tiles.read());
    ASSERT_TRUE(restored) << size;
    ASSERT_EQ(restored->frontier().root(), frontier.root());
    frontier.append(numbered_leaf(size));
  }
}

TEST(Tile, ProofsReadThroughTilesVerify) {
  constexpr std::uint64_t kSize = 66000;  // three levels
  MemoryTiles tiles;
  tiles.grow_to(kSize);
  const HashReader read = tile_hash_reader(kSize, tiles.read());
  const Hash root = tiles.builder.frontier().root();
  EXPECT_EQ(*root_at(kSize, read), root);
  for (std::uint64_t index : {0u, 255u, 256u, 65535u, 65536u, 65999u}) {
    const auto proof = inclusion_proof(index, kSize, read);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(verify_inclusion(index, kSize, numbered_leaf(index), *proof, root)) << index;
  }
  for (std::uint64_t older : {1u, 255u, 256u, 1000u, 65536u, 65999u}) {
    const auto proof = consistency_proof(older, kSize, read);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(verify_consistency(older, *root_at(older, read), kSize, root, *proof)) << older;
  }
}

TEST(Tile, ReaderRefusesWhatIsNotThere) {
  MemoryTiles tiles;
  tiles.grow_to(300);
  const HashReader read = tile_hash_reader(300, tiles.read());
  EXPECT_EQ(read(0, 300).error().reason, "ledger.no_such_entry");
  EXPECT_EQ(read(8, 1).error().reason, "ledger.no_such_entry");
  tiles.files.at({0, 1, 44}).pop_back();
  EXPECT_EQ(read(0, 256).error().reason, "ledger.tile");
  EXPECT_EQ(TileBuilder::load(300, tiles.read()).error().reason, "ledger.tile");
}

TEST(Tile, BuilderStopsWhenATileCannotBeKept) {
  TileBuilder builder;
  const TileBuilder::FullTile refuse = [](const TileId&, const std::vector<Hash>&) -> Result<> {
    return fail(Code::kUnavailable, "test.full", "no");
  };
  for (std::uint64_t i = 0; i < 255; ++i) ASSERT_TRUE(builder.append(numbered_leaf(i), refuse));
  EXPECT_FALSE(builder.append(numbered_leaf(255), refuse));
}

}  // namespace
}  // namespace ambit::ledger
