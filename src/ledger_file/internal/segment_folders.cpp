#include "ledger_file/internal/segment_folders.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kScanWindow = 1u << 20;

tl::unexpected<Error> corrupt(std::string message) {
  return fail(Code::kInternal, "ledger.corrupt", std::move(message));
}

std::string with_extension(std::string path, const char* extension) {
  return path.replace(path.size() - 3, 3, extension);
}

// One more than the highest sequence number among the `.seg` and `.archived` files of a folder.
Result<std::uint64_t> count_in(const std::string& folder) {
  std::uint64_t count = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
    const std::string extension = file.path().extension().string();
    if (extension != ".seg" && extension != ".archived") continue;
    const std::string stem = file.path().stem().string();
    std::uint64_t sequence = 0;
    const auto [end, bad] = std::from_chars(stem.data(), stem.data() + stem.size(), sequence);
    if (bad == std::errc() && end == stem.data() + stem.size()) {
      count = std::max(count, sequence + 1);
    }
  }
  if (error) return io_error("list", folder, error.value());
  return count;
}

std::string entries_of(const SegmentInfo& info) {
  return "entries " + std::to_string(info.header.first_index) + " to " +
         std::to_string(info.end_index() - 1);
}

// Whether the file in the ledger begins as its index says.
bool has_header(const SegmentFolders& folders, const SegmentHeader& header) {
  auto reader = SegmentReader::open(folders.live_path(header.sequence), kSegmentHeaderBytes);
  if (!reader) return false;
  const auto found = reader->header();
  return found && *found == header;
}

}  // namespace

std::string SegmentFolders::live_path(std::uint64_t sequence) const {
  return live_ + "/" + segment_name(sequence);
}
std::string SegmentFolders::archive_path(std::uint64_t sequence) const {
  return archive_ + "/" + segment_name(sequence);
}
std::string SegmentFolders::index_path(std::uint64_t sequence) const {
  return with_extension(live_path(sequence), "idx");
}
std::string SegmentFolders::mark_path(std::uint64_t sequence) const {
  return with_extension(live_path(sequence), "archived");
}
std::string SegmentFolders::kept_path(std::uint64_t sequence) const {
  return with_extension(live_path(sequence), "kept");
}

Result<std::uint64_t> SegmentFolders::count() const { return count_in(live_); }

bool SegmentFolders::is_archived(std::uint64_t sequence) const {
  return file_exists(mark_path(sequence)) && !file_exists(live_path(sequence));
}

bool SegmentFolders::is_dropped(std::uint64_t sequence) const {
  return is_archived(sequence) && read_file(mark_path(sequence)).value_or("") == kDroppedMark;
}

Result<std::string> SegmentFolders::find(std::uint64_t sequence, const std::string& what) const {
  if (file_exists(live_path(sequence))) return live_path(sequence);
  if (!file_exists(mark_path(sequence))) {
    return corrupt("`" + live_path(sequence) + "`, which holds " + what + ", is missing");
  }
  if (!archive_.empty() && file_exists(archive_path(sequence))) return archive_path(sequence);
  AMBIT_TRY(std::string moved_to, read_file(mark_path(sequence)));
  if (moved_to == kDroppedMark) {
    return fail(Code::kUnavailable, "ledger.dropped",
                what + " were in `" + segment_name(sequence) +
                    "`, which was dropped from the archive under retention");
  }
  while (moved_to.ends_with('\n')) moved_to.pop_back();
  const std::string remembered = moved_to + "/" + segment_name(sequence);
  if (archive_.empty() && file_exists(remembered)) return remembered;
  return fail(Code::kUnavailable, "ledger.absent",
              what + " are archived in `" + segment_name(sequence) + "`, which was moved to `" +
                  moved_to + "` and is not " +
                  (archive_.empty() ? "there; name the folder where the archive is now"
                                    : "in `" + archive_ + "`"));
}

Result<SegmentReader> SegmentFolders::open(const SegmentInfo& info,
                                           std::size_t window_bytes) const {
  // The segment may move to the archive between the look and the opening.
  for (int attempt = 0;; ++attempt) {
    AMBIT_TRY(const std::string path, find(info.header.sequence, entries_of(info)));
    auto reader = SegmentReader::open(path, window_bytes);
    if (reader || attempt == 1 || file_exists(path)) return reader;
  }
}

Result<SegmentInfo> read_closed(const SegmentFolders& folders, std::uint64_t sequence,
                                std::uint64_t next_first) {
  const std::string what = "segment " + std::to_string(sequence);
  const std::string index_path = folders.index_path(sequence);
  // Of what is archived nothing but the index may be at hand, which anybody could have written.
  const auto fits = [&](const std::optional<SegmentInfo>& info) {
    return info && info->header.sequence == sequence && info->count <= next_first &&
           info->end_index() == next_first && (sequence > 0 || info->header.first_index == 0);
  };
  if (const auto bytes = read_file(index_path)) {
    auto info = parse_index(*bytes);
    if (fits(info) && (folders.is_archived(sequence) || has_header(folders, info->header))) {
      return *std::move(info);
    }
  }
  AMBIT_TRY(const std::string path, folders.find(sequence, what));
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path, kScanWindow));
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(SegmentInfo info, scan_segment(reader, end));
  const std::string entry = "entry " + std::to_string(info.end_index()) + " in `" + path + "`";
  if (info.header.sequence != sequence)
    return corrupt("`" + path + "` has the header of another segment");
  if (info.end_index() != next_first) {
    return corrupt(entry + " is damaged: the next segment begins with entry " +
                   std::to_string(next_first));
  }
  if (end != FrameState::kEnd) {
    return corrupt(entry + " is damaged: there are bytes behind the last entry");
  }
  return info;
}

}  // namespace ambit::ledger_file::internal
