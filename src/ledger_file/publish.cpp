// The static form of a log, for any file server.
#include <algorithm>
#include <filesystem>
#include <utility>

#include "ledger/bundle.h"
#include "ledger/checkpoint.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/tile_files.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"

namespace ambit::ledger_file {
namespace {

class Publisher {
 public:
  Publisher(std::string directory, std::string target, std::string checkpoint)
      : directory_(std::move(directory)),
        target_(std::move(target)),
        checkpoint_(std::move(checkpoint)) {}

  // Everything of a tree of `size` entries that is not there yet.
  Result<> tiles(std::uint64_t size, const EntrySource& entries) {
    for (unsigned level = 0; (size >> (ledger::kTileHeight * level)) > 0; ++level) {
      const std::uint64_t hashes = size >> (ledger::kTileHeight * level);
      for (std::uint64_t first = 0; first < hashes; first += ledger::kTileWidth) {
        const auto width =
            static_cast<unsigned>(std::min<std::uint64_t>(hashes - first, ledger::kTileWidth));
        const ledger::TileId id{level, first / ledger::kTileWidth, width};
        AMBIT_CHECK_OK(add(ledger::tile_path(id), entries));
        if (level == 0) AMBIT_CHECK_OK(add(ledger::bundle_path(id.index, width), entries));
      }
    }
    return {};
  }

  Result<> checkpoint() {
    return internal::replace_file(disk_, target_ + "/checkpoint", checkpoint_);
  }

 private:
  Result<> add(const std::string& path, const EntrySource& entries) {
    const std::string to = target_ + "/" + path;
    // A tile of one name never changes.
    if (internal::file_exists(to)) return {};
    AMBIT_TRY(const std::string bytes, published_resource(directory_, path, checkpoint_, entries));
    AMBIT_CHECK_OK(
        internal::make_directories(disk_, std::filesystem::path(to).parent_path().string()));
    return internal::replace_file(disk_, to, bytes);
  }

  internal::FileOps disk_;
  std::string directory_;
  std::string target_;
  std::string checkpoint_;
};

}  // namespace

Result<std::uint64_t> publish(const std::string& directory, const std::string& archive,
                              const std::string& target) {
  AMBIT_TRY(const std::string note, published_checkpoint(directory));
  AMBIT_TRY(const ledger::UnverifiedNote parsed, ledger::parse_note(note));
  AMBIT_TRY(const ledger::Checkpoint checkpoint, ledger::parse_checkpoint_text(parsed.text));
  AMBIT_TRY(const LedgerReader reader, LedgerReader::open(directory, archive));
  Publisher publisher(directory, target, note);
  AMBIT_CHECK_OK(publisher.tiles(checkpoint.size, [&reader](std::uint64_t from, std::uint64_t to,
                                                            const ports::EntryVisitor& visit) {
    return reader.scan(from, to, visit);
  }));
  AMBIT_CHECK_OK(publisher.checkpoint());
  return checkpoint.size;
}

}  // namespace ambit::ledger_file
