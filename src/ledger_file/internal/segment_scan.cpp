#include "ledger_file/internal/segment_scan.h"

#include <algorithm>
#include <string>

namespace ambit::ledger_file::internal {
namespace {

// Larger ones are no faster and push others out of the caches.
constexpr std::size_t kWindow = 128u << 10;

// Those entries of a segment that were kept.
Result<bool> visit_kept(const std::string& path, std::uint64_t from, std::uint64_t to,
                        const ports::EntryVisitor& visit) {
  if (!file_exists(path)) return true;
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path, kWindow));
  for (std::uint64_t offset = 0; offset < reader.file_bytes();) {
    Frame frame;
    AMBIT_TRY(const FrameState state, reader.frame(offset, {}, frame));
    if (state != FrameState::kFrame) {
      return fail(Code::kInternal, "ledger.corrupt",
                  "`" + path + "` is damaged at byte " + std::to_string(offset));
    }
    offset = frame.end();
    if (frame.index < from || frame.index >= to) continue;
    if (!visit({frame.index, frame.record, frame.beside})) return false;
  }
  return true;
}

Result<bool> visit_segment(const SegmentFolders& folders, const SegmentInfo& info,
                           std::uint64_t from, std::uint64_t to, const ports::EntryVisitor& visit) {
  const std::uint64_t sequence = info.header.sequence;
  auto reader = folders.open(info, kWindow);
  if (!reader && reader.error().reason == "ledger.dropped") {
    return visit_kept(folders.kept_path(sequence), from, to, visit);
  }
  if (!reader) return fail(reader.error());
  return visit_frames(*reader, info, from, to, [&](const Frame& frame) {
    return visit({frame.index, frame.record, frame.beside});
  });
}

}  // namespace

Result<> scan_segments(const SegmentFolders& folders, const SegmentFinder& find, std::uint64_t from,
                       std::uint64_t to, const ports::EntryVisitor& visit) {
  while (from < to) {
    const auto info = find(from);
    if (!info) return {};
    const std::uint64_t end = std::min(to, info->end_index());
    AMBIT_TRY(const bool more, visit_segment(folders, *info, from, end, visit));
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
  std::optional<ports::Entry> out;
  const auto take = [&](const ports::EntryView& entry) {
    out.emplace(std::string(entry.record), std::string(entry.beside));
    return false;
  };
  const auto scanned = scan_segments(folders, find, index, index + 1, take);
  if (!scanned && scanned.error().reason == "ledger.absent") {
    const std::uint64_t sequence = find(index)->header.sequence;
    AMBIT_CHECK_OK(visit_kept(folders.kept_path(sequence), index, index + 1, take));
  }
  if (out) return *std::move(out);
  AMBIT_CHECK_OK(scanned);
  return fail(Code::kUnavailable, "ledger.dropped",
              "entry " + std::to_string(index) + " was dropped from the archive under retention");
}

Result<> keep_entries(FileOps& ops, const std::string& path, std::uint64_t end,
                      const std::string& kept_path,
                      const std::function<bool(const ports::EntryView& entry)>& keeps) {
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path));
  std::string kept;
  FrameState state = FrameState::kEnd;
  AMBIT_TRY(const SegmentInfo info, scan_segment(reader, state, [&](const Frame& frame) {
              if (keeps({frame.index, frame.record, frame.beside})) {
                append_frame(kept, frame.index, 0, frame.record, frame.beside);
              }
              return true;
            }));
  if (info.end_index() != end) {
    return fail(Code::kInternal, "ledger.corrupt",
                "entry " + std::to_string(info.end_index()) + " in `" + path +
                    "` is damaged, so that it is not known what later entries refer to");
  }
  return replace_file(ops, kept_path, kept);
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
