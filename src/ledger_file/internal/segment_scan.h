// Reading entries across segments.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "ledger_file/internal/segment_folders.h"
#include "ports/log.h"

namespace ambit::ledger_file::internal {

// The segment that holds an entry, if there is one.
using SegmentFinder = std::function<std::optional<SegmentInfo>(std::uint64_t index)>;

// Visits the entries in order; of dropped segments those that were kept.
Result<> scan_segments(const SegmentFolders& folders, const SegmentFinder& find, std::uint64_t from,
                       std::uint64_t to, const ports::EntryVisitor& visit);

// One entry of a log of `size` entries; `ledger.no_such_entry` beyond, `ledger.dropped`.
Result<ports::Entry> read_entry(const SegmentFolders& folders, const SegmentFinder& find,
                                std::uint64_t index, std::uint64_t size);

// Among `segments`, oldest first and without gaps.
std::optional<SegmentInfo> find_segment(const std::vector<SegmentInfo>& segments,
                                        std::uint64_t index);

}  // namespace ambit::ledger_file::internal
