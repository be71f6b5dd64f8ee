// Where the files of segments are: in the ledger, or, when they were archived, in another folder.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "ledger_file/internal/segment.h"

namespace ambit::ledger_file::internal {

// In the mark of a segment that was dropped; else the folder it was moved to.
inline constexpr const char* kDroppedMark = "dropped\n";

class SegmentFolders {
 public:
  // `live` is `DIR/segments`; `archive` may be empty: none is known.
  SegmentFolders(std::string live, std::string archive)
      : live_(std::move(live)), archive_(std::move(archive)) {}

  const std::string& live() const { return live_; }
  const std::string& archive() const { return archive_; }
  std::string live_path(std::uint64_t sequence) const;
  std::string archive_path(std::uint64_t sequence) const;
  // `.idx`, the index of a closed segment, `.archived`, which stands for one that was moved, and
  // `.kept`: those entries of a dropped one that later ones refer to.
  std::string index_path(std::uint64_t sequence) const;
  std::string mark_path(std::uint64_t sequence) const;
  std::string kept_path(std::uint64_t sequence) const;

  // How many segments there are, from the files in both folders; gaps are not looked for.
  Result<std::uint64_t> count() const;
  bool is_archived(std::uint64_t sequence) const;
  // Archived once, and then deleted under retention.
  bool is_dropped(std::uint64_t sequence) const;
  // The path of the segment, wherever it is: in the folder it was moved to if no other archive was
  // named. `what` says which entries are meant. `ledger.absent` when it is archived and not at
  // hand, `ledger.dropped` when it was dropped, `ledger.corrupt` when it is simply gone.
  Result<std::string> find(std::uint64_t sequence, const std::string& what) const;

  Result<SegmentReader> open(const SegmentInfo& info, std::size_t window_bytes) const;

 private:
  std::string live_;
  std::string archive_;
};

// What is known of a closed segment, from its index or else from its frames.
Result<SegmentInfo> read_closed(const SegmentFolders& folders, std::uint64_t sequence,
                                std::uint64_t next_first);

}  // namespace ambit::ledger_file::internal
