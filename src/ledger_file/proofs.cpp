#include "ledger_file/proofs.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger/receipt.h"
#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/log_keys.h"
#include "ledger_file/internal/tile_files.h"

namespace ambit::ledger_file {
namespace {

// Size that a note claims; its signature is not looked at.
Result<std::uint64_t> claimed_size(const std::string& note) {
  AMBIT_TRY(const ledger::UnverifiedNote parsed, ledger::parse_note(note));
  AMBIT_TRY(const ledger::Checkpoint checkpoint, ledger::parse_checkpoint_text(parsed.text));
  return checkpoint.size;
}

tl::unexpected<Error> beyond(std::string_view path, std::uint64_t size) {
  return fail(Code::kNotFound, "ledger.no_such_entry",
              "`" + std::string(path) + "` does not exist in a log of " + std::to_string(size) +
                  " entries");
}

// `leaves` are those of the tile.
Result<std::string> render_bundle(const ledger::TileId& tile,
                                  const std::vector<ledger::Hash>& leaves,
                                  const EntrySource& entries) {
  const std::uint64_t first = tile.index * ledger::kTileWidth;
  std::string bundle;
  Result<> sound;
  AMBIT_CHECK_OK(entries(first, first + tile.width, [&](const ports::EntryView& entry) {
    sound = check_leaf(entry.index, entry.record, leaves[entry.index - first]);
    ledger::append_to_bundle(bundle, entry.record);
    return sound.has_value();
  }));
  AMBIT_CHECK_OK(sound);
  return bundle;
}

}  // namespace

Result<ledger::Hash> leaf_in_tile(const std::string& directory, std::uint64_t index,
                                  std::uint64_t size) {
  const std::uint64_t tile = index / ledger::kTileWidth;
  const auto width = static_cast<unsigned>(
      std::min<std::uint64_t>(size - tile * ledger::kTileWidth, ledger::kTileWidth));
  AMBIT_TRY(const auto hashes, internal::read_tile(directory, {0, tile, width}));
  return hashes[index % ledger::kTileWidth];
}

Result<> check_leaf(std::uint64_t index, std::string_view record, const ledger::Hash& leaf) {
  if (ledger::leaf_hash(record) == leaf) return {};
  return fail(Code::kInternal, "ledger.corrupt",
              "entry " + std::to_string(index) +
                  " was changed: it is not the one that the ledger's tiles have; `ambit ledger "
                  "verify` tells what else is wrong");
}

// Reads each tile once: a proof takes several hashes from the same one.
Result<ledger::HashReader> hashes_of(const std::string& directory, std::uint64_t size) {
  AMBIT_TRY(const std::string newest, internal::read_file(directory + "/checkpoint"));
  AMBIT_TRY(const std::uint64_t sealed, claimed_size(newest));
  if (size > sealed) {
    return fail(Code::kNotFound, "ledger.no_such_entry",
                "the newest checkpoint covers " + std::to_string(sealed) + " entries, not " +
                    std::to_string(size));
  }
  auto seen = std::make_shared<std::map<ledger::TileId, std::vector<ledger::Hash>>>();
  return ledger::tile_hash_reader(
      sealed, [directory, seen](const ledger::TileId& id) -> Result<std::vector<ledger::Hash>> {
        if (const auto known = seen->find(id); known != seen->end()) return known->second;
        AMBIT_TRY(std::vector<ledger::Hash> tile, internal::read_tile(directory, id));
        return seen->emplace(id, std::move(tile)).first->second;
      });
}

Result<ledger::KeyChain> keys_of(const std::string& directory) {
  AMBIT_TRY(auto chain, internal::read_key_chain(directory));
  if (chain) return *std::move(chain);
  return fail(Code::kNotFound, "ledger.no_ledger",
              "`" + directory + "` is not a ledger: it has no `ledger.pub`");
}

Result<std::string> first_checkpoint_of(const std::string& directory, std::uint64_t index) {
  internal::HistoryReader history(directory);
  while (auto note = history.next()) {
    AMBIT_TRY(const std::uint64_t size, claimed_size(*note));
    if (size > index) return *std::move(note);
  }
  AMBIT_CHECK_OK(history.trouble());
  return fail(Code::kUnavailable, "ledger.not_sealed",
              "no checkpoint covers entry " + std::to_string(index) + " yet");
}

Result<std::vector<ledger::Hash>> prove_inclusion(const std::string& directory, std::uint64_t index,
                                                  std::uint64_t size) {
  AMBIT_TRY(const ledger::HashReader read, hashes_of(directory, size));
  return ledger::inclusion_proof(index, size, read);
}

Result<std::vector<ledger::Hash>> prove_consistency(const std::string& directory,
                                                    std::uint64_t old_size,
                                                    std::uint64_t new_size) {
  AMBIT_TRY(const ledger::HashReader read, hashes_of(directory, new_size));
  return ledger::consistency_proof(old_size, new_size, read);
}

Result<std::string> published_checkpoint(const std::string& directory) {
  for (const char* name : {"/witnessed", "/checkpoint"}) {
    if (internal::file_exists(directory + name)) return internal::read_file(directory + name);
  }
  return fail(Code::kNotFound, "ledger.no_checkpoint", "the ledger has no checkpoint yet");
}

Result<std::string> make_receipt(const std::string& directory, std::uint64_t index,
                                 const std::string& checkpoint) {
  AMBIT_TRY(const std::uint64_t size, claimed_size(checkpoint));
  if (index >= size) {
    return fail(Code::kUnavailable, "ledger.not_sealed",
                "the checkpoint covers " + std::to_string(size) + " entries and not yet entry " +
                    std::to_string(index));
  }
  AMBIT_TRY(std::vector<ledger::Hash> proof, prove_inclusion(directory, index, size));
  return ledger::encode_receipt({index, std::move(proof), checkpoint, {}});
}

Result<std::string> published_resource(const std::string& directory, std::string_view path,
                                       const std::string& checkpoint, const EntrySource& entries) {
  if (path == "checkpoint") return checkpoint;
  AMBIT_TRY(const ledger::TileResource wanted, ledger::parse_tile_path(path));
  AMBIT_TRY(const std::uint64_t size, claimed_size(checkpoint));
  const ledger::TileId& tile = wanted.tile;
  const std::uint64_t hashes = size >> (ledger::kTileHeight * tile.level);
  if (tile.index > hashes / ledger::kTileWidth ||
      tile.index * ledger::kTileWidth + tile.width > hashes) {
    return beyond(path, size);
  }
  // Not every width was written; a narrower tile begins a wider one.
  auto exact = internal::read_tile(directory, tile);
  const ledger::TileId wider{tile.level, tile.index,
                             static_cast<unsigned>(std::min<std::uint64_t>(
                                 hashes - tile.index * ledger::kTileWidth, ledger::kTileWidth))};
  if (!exact && wider.width > tile.width) exact = internal::read_tile(directory, wider);
  AMBIT_TRY(std::vector<ledger::Hash> found, std::move(exact));
  found.resize(tile.width);
  if (wanted.entries) return render_bundle(tile, found, entries);
  std::string bytes;
  for (const ledger::Hash& hash : found) bytes += hash.view();
  return bytes;
}

}  // namespace ambit::ledger_file
