// One walk over a ledger's directory for verify_directory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/tile.h"
#include "ledger/verifier.h"
#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/segment_folders.h"
#include "ports/log.h"

namespace ambit::ledger_file::internal {

class DirectoryCheck {
 public:
  DirectoryCheck(std::string directory, std::string archive,
                 std::function<void(std::uint64_t)> progress);
  DirectoryCheck(const DirectoryCheck&) = delete;
  DirectoryCheck& operator=(const DirectoryCheck&) = delete;

  // Before anything else: the log's first key and what others kept of it. Errors as of
  // ledger::Verifier::make.
  Result<> begin(ledger::NoteVerifier first, std::vector<ledger::Anchor> anchors);

  // Entries that tiles on disk cover.
  void set_sealed(std::uint64_t size) { sealed_ = size; }
  // Entries that may have been dropped under retention.
  void set_dropped(std::uint64_t size) { dropped_ = size; }
  // Notes something wrong that says nothing about an entry. The first one is reported, unless the
  // walk finds an entry or a checkpoint to blame.
  void complain(std::optional<std::uint64_t> index, ledger::Finding finding, std::string what);
  void check_values_with(std::function<Result<>(const ports::EntryView&)> check) {
    check_values_ = std::move(check);
  }
  // With `allow_absent`, entries that are not at hand are reported and not complained about.
  Result<ledger::VerifyReport> run(bool allow_absent);
  // The keys that the entries walked handed over to.
  const ledger::KeyChain& keys() const { return walk_->keys(); }

 private:
  Result<> check_segment(std::uint64_t sequence, bool newest);
  void check_kept(const SegmentInfo& info);
  void check_absent(std::uint64_t sequence, const std::string& why);
  bool check_header(const SegmentHeader& header, std::uint64_t sequence, const std::string& name,
                    std::uint64_t file_bytes);
  Result<> check_frames(SegmentReader& reader, SegmentInfo& info, const std::string& name,
                        bool newest);
  void check_end(FrameState end, std::uint64_t bytes_end, const SegmentInfo& info,
                 const std::string& name, bool newest);
  void check_index(const SegmentInfo& info);
  void check_entry(const Frame& frame);
  void add_to_tiles(std::uint64_t index, const ledger::Hash& leaf);
  void check_tile(const ledger::TileId& id, const std::vector<ledger::Hash>& hashes);
  // The stored leaf hash of the entry that is next, or of any one.
  std::optional<ledger::Hash> stored_hash(std::uint64_t index);
  std::optional<ledger::Hash> read_stored(std::uint64_t index);
  std::vector<ledger::Hash> read_leaf_tile(std::uint64_t tile_index);
  Result<> check_newest_checkpoint();

  std::function<Result<>(const ports::EntryView&)> check_values_;
  std::string directory_;
  SegmentFolders folders_;
  HistoryReader history_;
  std::optional<ledger::Verifier> walk_;  // after begin
  std::function<void(std::uint64_t)> progress_;
  std::uint64_t sealed_ = 0;
  std::uint64_t dropped_ = 0;
  std::optional<std::uint64_t> complaint_index_;
  bool allow_absent_ = false;
  ledger::Finding complaint_finding_ = ledger::Finding::kNone;
  std::string complaint_;
  ledger::TileBuilder tiles_;
  std::vector<ledger::Hash> stored_;  // level 0 tile of the entry being checked
};

}  // namespace ambit::ledger_file::internal
