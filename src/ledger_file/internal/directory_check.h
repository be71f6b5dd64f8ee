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
#include "ledger_file/internal/segment.h"

namespace ambit::ledger_file::internal {

class DirectoryCheck {
 public:
  DirectoryCheck(std::string directory, ledger::NoteVerifier key,
                 std::optional<ledger::Checkpoint> since,
                 std::function<void(std::uint64_t)> progress);

  // Entries that tiles on disk cover.
  void set_sealed(std::uint64_t size) { sealed_ = size; }
  // Notes something wrong that says nothing about an entry. The first one is reported, unless the
  // walk finds an entry or a checkpoint to blame.
  void complain(std::optional<std::uint64_t> index, std::string what);
  Result<ledger::VerifyReport> run();

 private:
  Result<> check_segment(std::uint64_t sequence, bool newest);
  bool check_header(const SegmentHeader& header, std::uint64_t sequence, const std::string& name,
                    std::uint64_t file_bytes);
  Result<> check_frames(SegmentReader& reader, SegmentInfo& info, const std::string& name,
                        bool newest);
  void check_end(FrameState end, std::uint64_t bytes_end, const SegmentInfo& info,
                 const std::string& name, bool newest);
  void check_index(const SegmentInfo& info);
  void check_entry(std::string_view record);
  void check_tile(const ledger::TileId& id, const std::vector<ledger::Hash>& hashes);
  std::optional<ledger::Hash> stored_hash(std::uint64_t index);
  void check_newest_checkpoint();

  std::string directory_;
  HistoryReader history_;
  ledger::Verifier walk_;
  std::function<void(std::uint64_t)> progress_;
  std::uint64_t sealed_ = 0;
  std::optional<std::uint64_t> complaint_index_;
  std::string complaint_;
  ledger::TileBuilder tiles_;
  std::vector<ledger::Hash> stored_;  // level 0 tile of the entry being checked
};

}  // namespace ambit::ledger_file::internal
