#include "ledger/receipt.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck.h>

#include "ledger/bundle.h"
#include "text/base64url.h"

namespace ambit::ledger {
namespace {

crypto::SigningKey seeded_key(char fill) {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}
NoteVerifier log_name(char fill = 'k') {
  return *NoteVerifier::make("example.com/log", seeded_key(fill).public_key());
}
std::string entry(std::uint64_t i) { return "entry " + std::to_string(i); }

Receipt receipt_for(std::uint64_t index, std::uint64_t size) {
  TileBuilder tiles;
  std::map<TileId, std::vector<Hash>> full;
  for (std::uint64_t i = 0; i < size; ++i) {
    EXPECT_TRUE(tiles.append(leaf_hash(entry(i)),
                             [&](const TileId& id, const std::vector<Hash>& hashes) -> Result<> {
                               full[id] = hashes;
                               return {};
                             }));
  }
  const HashReader read =
      tile_hash_reader(size, [&](const TileId& id) -> Result<std::vector<Hash>> {
        return id.width == kTileWidth ? full.at(id) : tiles.partial(id.level);
      });
  return {index, *inclusion_proof(index, size, read),
          sign_checkpoint(size, tiles.frontier().root(), log_name(), seeded_key('k')), ""};
}

TEST(Receipt, HasTheFormOfTheSpecification) {
  Receipt receipt = receipt_for(1, 3);
  const std::string expected = "index 1\n" + text::to_base64(leaf_hash(entry(0)).view()) + "\n" +
                               text::to_base64(leaf_hash(entry(2)).view()) + "\n\n" +
                               receipt.checkpoint;
  EXPECT_EQ(encode_receipt(receipt), "c2sp.org/tlog-proof@v1\n" + expected);
  receipt.extra = "more";
  EXPECT_EQ(encode_receipt(receipt), "c2sp.org/tlog-proof@v1\nextra bW9yZQ==\n" + expected);
  EXPECT_EQ(parse_receipt(encode_receipt(receipt))->extra, "more");
}

TEST(Receipt, ProvesAnyEntryOfALogOffline) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<std::uint64_t>(1, 700);
    const auto index = *rc::gen::inRange<std::uint64_t>(0, size);
    const auto receipt = parse_receipt(encode_receipt(receipt_for(index, size)));
    RC_ASSERT(receipt.has_value());
    const auto verified = verify_receipt(*receipt, entry(index), {{log_name()}, {}});
    RC_ASSERT(verified.has_value());
    RC_ASSERT(verified->checkpoint.size == size);
    RC_ASSERT(!verify_receipt(*receipt, entry(index) + " ", {{log_name()}, {}}));
  }));
}

TEST(Receipt, RefusesAnythingChanged) {
  const std::string bytes = encode_receipt(receipt_for(5, 300));
  const ReceiptTrust trust{{log_name()}, {}};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto receipt = parse_receipt(changed);
    ASSERT_FALSE(receipt && verify_receipt(*receipt, entry(5), trust)) << i;
    ASSERT_FALSE(parse_receipt(bytes.substr(0, i))) << i;
  }
}

TEST(Receipt, AsksForTheKeyAndTheWitnessesThatItsReaderTrusts) {
  Receipt receipt = receipt_for(5, 300);
  const WitnessKey witness = *WitnessKey::make("w", seeded_key('w').public_key());
  ReceiptTrust trust{{log_name('x')}, {}};
  EXPECT_EQ(verify_receipt(receipt, entry(5), trust).error().reason, "note.unknown_key");
  trust.keys.push_back(log_name());
  EXPECT_TRUE(verify_receipt(receipt, entry(5), trust));
  trust.witnesses = *WitnessPolicy::make({witness}, 1);
  EXPECT_EQ(verify_receipt(receipt, entry(5), trust).error().reason, "witness.quorum");
  receipt.checkpoint +=
      cosign(parse_note(receipt.checkpoint)->text, witness, seeded_key('w'), Time{9000});
  const auto verified = verify_receipt(receipt, entry(5), trust);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->cosignatures.front().at, Time{9000});
}

TEST(Bundle, ReadsBackAndRefusesWhatDoesNotFit) {
  EXPECT_TRUE(rc::check([] {
    const auto records = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::arbitrary<char>()));
    RC_PRE(records.size() <= 256);
    std::string bundle;
    for (const std::string& record : records) append_to_bundle(bundle, record);
    const auto width = static_cast<unsigned>(records.size());
    const auto read = parse_bundle(bundle, width);
    RC_ASSERT(read.has_value());
    RC_ASSERT(std::equal(read->begin(), read->end(), records.begin(), records.end()));
    RC_ASSERT(!parse_bundle(bundle, width + 1));
    RC_ASSERT(width == 0 || !parse_bundle(bundle, width - 1));
    RC_ASSERT(!parse_bundle(bundle + "x", width));
  }));
  std::string bundle;
  append_to_bundle(bundle, std::string(65535, 'x'));
  EXPECT_EQ(bundle.substr(0, 2), "\xff\xff");
  EXPECT_EQ(parse_bundle(bundle, 1)->front().size(), 65535u);
}

TEST(TilePath, ReadsWhatItWritesAndNothingElse) {
  for (const std::uint64_t index :
       {0ull, 5ull, 999ull, 1000ull, 1234067ull, 72057594037927935ull}) {
    for (const unsigned width : {1u, 17u, 255u, 256u}) {
      EXPECT_EQ(*parse_tile_path(bundle_path(index, width)),
                (TileResource{true, {0, index, width}}));
      EXPECT_EQ(*parse_tile_path(tile_path({3, index, width})),
                (TileResource{false, {3, index, width}}));
    }
  }
  EXPECT_EQ(bundle_path(1234067, 256), "tile/entries/x001/x234/067");
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "tile/0/1",
                          "tile/00/001",
                          "tile/0/0001",
                          "tile/0/x000/001",
                          "tile/0/x001",
                          "tile/0/001.p",
                          "tile/0/001.p/",
                          "tile/0/001.p/0",
                          "tile/0/001.p/256",
                          "tile/0/001.p/01",
                          "tile/0/001/",
                          "tile/8/000",
                          "tile/-1/000",
                          "tile/entries/../000",
                          "tile/0/x1000/001",
                          "tile/0/../../etc",
                          "/tile/0/001",
                          "tile/entries/001 ",
                          "checkpoint",
                          "tile/0/x001x002/003"}) {
    EXPECT_EQ(parse_tile_path(bad).error().reason, "tile.path") << bad;
  }
}

}  // namespace
}  // namespace ambit::ledger
