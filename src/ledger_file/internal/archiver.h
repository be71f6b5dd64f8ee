// Moves segments to the archive: copied, checked, made durable, and only then removed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/checkpoint.h"
#include "ledger_file/archive.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/segment_folders.h"

namespace ambit::ledger_file::internal {

using NoteOpener = std::function<Result<ledger::Checkpoint>(const std::string& note)>;

// Verifies the segment at `path` by `proof_path`.
Result<SegmentReport> check_segment(const std::string& path, const std::string& proof_path,
                                    const NoteOpener& open);

class Archiver {
 public:
  // `checkpoint` is a signed note of the ledger in `directory`, `open` checks one.
  Archiver(std::string directory, const SegmentFolders& folders, std::string checkpoint,
           NoteOpener open, FileOps& ops)
      : directory_(std::move(directory)),
        folders_(folders),
        checkpoint_(std::move(checkpoint)),
        open_(std::move(open)),
        ops_(ops) {}

  // Moves those of `closed` of which every entry is below `before`.
  Result<ArchiveReport> move(const std::vector<SegmentInfo>& closed, std::uint64_t before,
                             const EntryFilter& keeps);

 private:
  Result<> move_one(const SegmentInfo& info, const EntryFilter& keeps);
  Result<> copy(const SegmentInfo& info, const std::string& from, const std::string& to);

  std::string directory_;
  const SegmentFolders& folders_;
  std::string checkpoint_;
  NoteOpener open_;
  FileOps& ops_;
};

}  // namespace ambit::ledger_file::internal
