#include "ledger_file/internal/segment_scan.h"

#include <algorithm>
#include <string>

namespace ambit::ledger_file::internal {
namespace {

// Larger ones are no faster and push others out of the caches.
constexpr std::size_t kWindow = 128u << 10;

}  // namespace

Result<> scan_segments(const SegmentFolders& folders, const SegmentFinder& find, std::uint64_t from,
                       std::uint64_t to, const ports::EntryVisitor& visit) {
  while (from < to) {
    const auto info = find(from);
    if (!info) return {};
    const std::uint64_t end = std::min(to, info->end_index());
    AMBIT_TRY(SegmentReader reader, folders.open(*info, kWindow));
    AMBIT_TRY(const bool more, visit_frames(reader, *info, from, end, [&](const Frame& frame) {
                return visit({frame.index, frame.record, frame.beside});
              }));
    if (!more) return {};
    from = end;
  }
  return {};
}

Result<ports::Entry> read_entry(const SegmentFolders& folders, const SegmentFinder& find,
                                std::uint64_t index, std::uint64_t size) {
  if (index >= size) {
    return fail(
        Code::kNotFound, "ledger.no_such_entry",
        "there is no entry " + std::to_string(index) + "; the ledger has " + std::to_string(size));
  }
  ports::Entry out;
  AMBIT_CHECK_OK(scan_segments(folders, find, index, index + 1, [&](const ports::EntryView& entry) {
    out = {std::string(entry.record), std::string(entry.beside)};
    return false;
  }));
  return out;
}

std::optional<SegmentInfo> find_segment(const std::vector<SegmentInfo>& segments,
                                        std::uint64_t index) {
  const auto found =
      std::partition_point(segments.begin(), segments.end(),
                           [&](const SegmentInfo& info) { return info.end_index() <= index; });
  if (found == segments.end()) return {};
  return *found;
}

}  // namespace ambit::ledger_file::internal
