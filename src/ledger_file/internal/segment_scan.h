// Reading entries across segments.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/segment_folders.h"
#include "ports/log.h"

namespace ambit::ledger_file::internal {

// The segment that holds an entry, if there is one.
using SegmentFinder = std::function<std::optional<SegmentInfo>(std::uint64_t index)>;

// Visits the entries in order; of dropped segments those that were kept.
Result<> scan_segments(const SegmentFolders& folders, const SegmentFinder& find, std::uint64_t from,
                       std::uint64_t to, const ports::EntryVisitor& visit);

// One entry of a log of `size` entries, also of a segment that is not at hand where it was kept.
// `ledger.no_such_entry` beyond, `ledger.absent`, `ledger.dropped`.
Result<ports::Entry> read_entry(const SegmentFolders& folders, const SegmentFinder& find,
                                std::uint64_t index, std::uint64_t size);

// Writes those entries of the segment at `path`, which ends before `end`, to `kept_path` that
// `keeps` names; durable when it returns. `ledger.corrupt` names an entry that cannot be read.
Result<> keep_entries(FileOps& ops, const std::string& path, std::uint64_t end,
                      const std::string& kept_path,
                      const std::function<bool(const ports::EntryView& entry)>& keeps);

// Among `segments`, oldest first and without gaps.
std::optional<SegmentInfo> find_segment(const std::vector<SegmentInfo>& segments,
                                        std::uint64_t index);

}  // namespace ambit::ledger_file::internal
