// The ledger as C2SP tlog-tiles clients read it.
#include <gtest/gtest.h>

#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger/receipt.h"
#include "ledger/tile.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"

namespace ambit::ledger_file {
namespace {

using Fetch = std::function<Result<std::string>(const std::string& path)>;

// What any client does that knows the log's key and a prefix: fetches the checkpoint, every entry
// bundle and every hash tile, and holds them against each other.
void expect_whole_log(const Fetch& fetch, std::uint64_t entries) {
  const auto note = fetch("checkpoint");
  ASSERT_TRUE(note) << note.error().message;
  const auto checkpoint = ledger::open_checkpoint(*note, test_verifier());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  ASSERT_EQ(checkpoint->size, entries);
  ledger::Frontier tree;
  const auto read_tile = [&](const ledger::TileId& id) -> Result<std::vector<ledger::Hash>> {
    AMBIT_TRY(const std::string bytes, fetch(ledger::tile_path(id)));
    std::vector<ledger::Hash> hashes(id.width);
    EXPECT_EQ(bytes.size(), id.width * 32u);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i * 32), 32, hashes[i].bytes.begin());
    }
    return hashes;
  };
  const ledger::HashReader hashes = ledger::tile_hash_reader(entries, read_tile);
  for (std::uint64_t first = 0; first < entries; first += ledger::kTileWidth) {
    const auto width =
        static_cast<unsigned>(std::min<std::uint64_t>(entries - first, ledger::kTileWidth));
    const auto bytes = fetch(ledger::bundle_path(first / ledger::kTileWidth, width));
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto records = ledger::parse_bundle(*bytes, width);
    ASSERT_TRUE(records) << records.error().message;
    for (const std::string_view record : *records) {
      EXPECT_EQ(record, numbered(tree.size()));
      const auto proof = ledger::inclusion_proof(tree.size(), entries, hashes);
      ASSERT_TRUE(proof) << proof.error().message;
      EXPECT_TRUE(ledger::verify_inclusion(tree.size(), entries, ledger::leaf_hash(record), *proof,
                                           checkpoint->root));
      tree.append(ledger::leaf_hash(record));
    }
  }
  EXPECT_EQ(tree.root(), checkpoint->root);
}

TEST(Resource, ServesTheWholeLogAndNothingBesideIt) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  for (const std::uint64_t size : {1u, 255u, 256u, 257u, 700u}) {
    Answers answers;
    for (std::uint64_t i = log->size(); i < size; ++i) {
      log->append({numbered(i), "secret beside " + std::to_string(i)}, answers.expect());
    }
    answers.wait_all();
    ASSERT_TRUE(log->seal());
    expect_whole_log([&](const std::string& path) { return log->resource(path); }, size);
    for (std::uint64_t i = 0; i < size; i += 50) EXPECT_TRUE(log->receipt(i));
  }
  const std::string bundle = *log->resource("tile/entries/000");
  EXPECT_EQ(bundle.find("secret"), std::string::npos);
  for (const char* beyond : {"tile/0/002", "tile/0/003", "tile/entries/002", "tile/1/001",
                             "tile/0/002.p/189", "tile/entries/002.p/189", "tile/3/000"}) {
    EXPECT_EQ(log->resource(beyond).error().reason, "ledger.no_such_entry") << beyond;
  }
  for (const char* other : {"", "LOCK", "ledger.pub", "../checkpoint", "tile/0/0",
                            "segments/000000000000.seg", "tile/entries/000.p/256"}) {
    EXPECT_EQ(log->resource(other).error().reason, "tile.path") << other;
  }
  // So can one of a width that nobody asked to be written: it begins the wider one.
  EXPECT_EQ(log->resource("tile/0/002.p/100"), log->resource("tile/0/002.p/188")->substr(0, 3200));
  // A partial tile of before can still be had where the full one took its place.
  EXPECT_EQ(log->resource("tile/0/000.p/255"), log->resource("tile/0/000")->substr(0, 255 * 32));
}

TEST(Publish, MakesAFolderThatAFileServerCanServe) {
  TempDir dir;
  const std::string target = dir / "public";
  const Fetch fetch = [&](const std::string& path) {
    return internal::read_file(target + "/" + path);
  };
  auto log = open_log(test_options(dir / "log"));
  append_numbered(*log, 0, 300);
  ASSERT_TRUE(log->seal());
  EXPECT_EQ(publish(dir / "log", "", target), 300u);
  expect_whole_log(fetch, 300);
  append_numbered(*log, 300, 1000);
  ASSERT_TRUE(log->seal());
  EXPECT_EQ(publish(dir / "log", "", target), 1000u);
  expect_whole_log(fetch, 1000);
  EXPECT_EQ(publish(dir / "nothing", "", target).error().reason, "ledger.no_checkpoint");
}

TEST(LedgerReader, ReadsACopyWhileTheLogIsWritten) {
  TempDir dir;
  auto log = open_log(test_options(dir / "log"));
  append_numbered(*log, 0, 3000, 200);
  Answers answers;
  log->append({numbered(3000), "beside"}, answers.expect());
  answers.wait_all();
  const auto reader = LedgerReader::open(dir / "log");
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(reader->size(), 3001u);
  EXPECT_EQ(*reader->read(3000), ports::Entry(numbered(3000), "beside"));
  EXPECT_EQ(reader->read(3001).error().reason, "ledger.no_such_entry");
  std::uint64_t next = 17;
  ASSERT_TRUE(reader->scan(17, 2500, [&](const ports::EntryView& entry) {
    EXPECT_EQ(entry.record, numbered(next++, 200));
    return true;
  }));
  EXPECT_EQ(next, 2500u);
  EXPECT_EQ(LedgerReader::open(dir / "nothing").error().reason, "ledger.no_ledger");
}

}  // namespace
}  // namespace ambit::ledger_file
