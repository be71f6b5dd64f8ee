#include "ledger_file/internal/directory_check.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "ledger_file/internal/segment_scan.h"
#include "ledger_file/internal/tile_files.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kScanWindow = 1u << 20;
constexpr std::uint64_t kProgressStep = 65536;

}  // namespace

DirectoryCheck::DirectoryCheck(std::string directory, std::string archive,
                               std::function<void(std::uint64_t)> progress)
    : directory_(std::move(directory)),
      folders_(directory_ + "/segments", std::move(archive)),
      history_(directory_),
      progress_(std::move(progress)) {}

Result<> DirectoryCheck::begin(ledger::NoteVerifier first, std::vector<ledger::Anchor> anchors) {
  AMBIT_TRY(walk_, ledger::Verifier::make(
                       std::move(first), [this] { return history_.next(); }, std::move(anchors)));
  walk_->look_up_stored([this](std::uint64_t index) { return read_stored(index); });
  return {};
}

void DirectoryCheck::complain(std::optional<std::uint64_t> index, ledger::Finding finding,
                              std::string what) {
  if (!complaint_.empty()) return;
  complaint_index_ = index;
  complaint_finding_ = finding;
  complaint_ = std::move(what);
}

Result<ledger::VerifyReport> DirectoryCheck::run(bool allow_absent) {
  allow_absent_ = allow_absent;
  AMBIT_TRY(const std::uint64_t segments, folders_.count());
  for (std::uint64_t i = 0; i < segments && walk_->ok(); ++i) {
    AMBIT_CHECK_OK(check_segment(i, i + 1 == segments));
  }
  ledger::VerifyReport report = walk_->finish();
  AMBIT_CHECK_OK(history_.trouble());
  if (report.ok()) {
    AMBIT_CHECK_OK(check_newest_checkpoint());
  }
  if (report.ok() && !complaint_.empty()) {
    report.what = complaint_;
    report.finding = complaint_finding_;
    report.first_bad_index = complaint_index_;
  }
  return report;
}

Result<> DirectoryCheck::check_segment(std::uint64_t sequence, bool newest) {
  const std::string name = segment_name(sequence);
  const auto path =
      folders_.find(sequence, "the entries from " + std::to_string(walk_->size()) + " on");
  if (!path) {
    check_absent(sequence, path.error().message);
    return {};
  }
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(*path, kScanWindow));
  auto header = reader.header();
  if (!header) {
    if (header.error().reason != "ledger.corrupt") return fail(std::move(header).error());
    walk_->reject(walk_->size(), ledger::Finding::kFile,
                  "`" + name + "`, which holds entry " + std::to_string(walk_->size()) + ": " +
                      header.error().message);
    return {};
  }
  SegmentInfo info;
  info.header = *header;
  if (!check_header(info.header, sequence, name, reader.file_bytes())) return {};
  AMBIT_CHECK_OK(check_frames(reader, info, name, newest));
  if (walk_->ok()) check_index(info);
  return {};
}

// False when the entries of the segment cannot be told apart any more.
bool DirectoryCheck::check_header(const SegmentHeader& header, std::uint64_t sequence,
                                  const std::string& name, std::uint64_t file_bytes) {
  if (header.sequence != sequence || header.first_index != walk_->size()) {
    walk_->reject(walk_->size(), ledger::Finding::kFile,
                  "`" + name + "` says it is segment " + std::to_string(header.sequence) +
                      " from entry " + std::to_string(header.first_index) + " on, where segment " +
                      std::to_string(sequence) + " from entry " + std::to_string(walk_->size()) +
                      " on belongs");
    return false;
  }
  if (header.root != walk_->tree().root()) {
    complain(walk_->size(), ledger::Finding::kFile,
             "the header of `" + name + "` has not the root of the " +
                 std::to_string(walk_->size()) + " entries before it");
  }
  if (header.file_bytes != file_bytes) {
    complain(walk_->size(), ledger::Finding::kFile,
             "`" + name + "` has " + std::to_string(file_bytes) + " bytes, not " +
                 std::to_string(header.file_bytes));
  }
  return true;
}

Result<> DirectoryCheck::check_frames(SegmentReader& reader, SegmentInfo& info,
                                      const std::string& name, bool newest) {
  std::uint32_t expected_back = 0;
  while (walk_->ok()) {
    Frame frame;
    AMBIT_TRY(const FrameState state, reader.frame(info.used_bytes, walk_->size(), frame));
    if (state != FrameState::kFrame) {
      AMBIT_TRY(const std::uint64_t bytes_end, reader.end_of_bytes(info.used_bytes));
      check_end(state, bytes_end, info, name, newest);
      return {};
    }
    if (frame.back != 0 && frame.back != expected_back) {
      complain(
          frame.index, ledger::Finding::kFile,
          "the frame of entry " + std::to_string(frame.index) + " in `" + name + "` was changed");
    }
    expected_back = frame.back + 1;
    info.add(frame.offset, frame.end());
    check_entry(frame);
  }
  return {};
}

void DirectoryCheck::check_end(FrameState end, std::uint64_t bytes_end, const SegmentInfo& info,
                               const std::string& name, bool newest) {
  if (end == FrameState::kEnd && bytes_end == info.used_bytes) return;
  const std::string entry = std::to_string(walk_->size());
  std::string what = end == FrameState::kBad
                         ? "entry " + entry + " in `" + name + "` is damaged"
                         : "`" + name + "` has bytes where entry " + entry + " would be";
  if (newest && walk_->size() >= sealed_) {
    what +=
        ", or unfinished: no checkpoint covers it, a crash while writing leaves this, and opening "
        "the ledger for writing drops it";
  }
  walk_->reject(walk_->size(), ledger::Finding::kEdited, std::move(what));
}

void DirectoryCheck::check_index(const SegmentInfo& info) {
  const std::string path = folders_.index_path(info.header.sequence);
  if (!file_exists(path)) return;
  const auto bytes = read_file(path);
  if (!bytes || *bytes != encode_index(info)) {
    complain({}, ledger::Finding::kFile,
             "`" + path + "` does not fit its segment; it can be deleted and is made again");
  }
}

void DirectoryCheck::check_entry(const Frame& frame) {
  const std::uint64_t index = walk_->size();
  const bool more = walk_->entry(frame.record, stored_hash(index));
  if (!more) return;
  if (check_values_) {
    if (const auto values = check_values_({index, frame.record, frame.beside}); !values) {
      complain(index, ledger::Finding::kValues, values.error().message);
    }
  }
  add_to_tiles(index, walk_->last_leaf());
  if (progress_ && walk_->size() % kProgressStep == 0) progress_(walk_->size());
}

void DirectoryCheck::add_to_tiles(std::uint64_t index, const ledger::Hash& leaf) {
  static_cast<void>(tiles_.append(
      leaf, [this](const ledger::TileId& id, const std::vector<ledger::Hash>& hashes) -> Result<> {
        check_tile(id, hashes);
        return {};
      }));
  if (index + 1 != sealed_) return;
  for (const ledger::TileId& id : ledger::partial_tiles(sealed_)) {
    check_tile(id, tiles_.partial(id.level));
  }
}

// What was kept of a dropped segment must be what was dropped.
void DirectoryCheck::check_kept(const SegmentInfo& info) {
  std::optional<std::uint64_t> tile;
  std::vector<ledger::Hash> leaves;
  const auto is_proved = [&](const ports::EntryView& entry) {
    if (entry.index >= sealed_) return false;
    if (tile != entry.index / ledger::kTileWidth) {
      tile = entry.index / ledger::kTileWidth;
      leaves = read_leaf_tile(*tile);
    }
    const std::size_t at = entry.index % ledger::kTileWidth;
    return at < leaves.size() && leaves[at] == ledger::leaf_hash(entry.record);
  };
  const auto visited = scan_segments(
      folders_, [&info](std::uint64_t) { return info; }, info.header.first_index, info.end_index(),
      [&](const ports::EntryView& entry) {
        if (is_proved(entry)) return true;
        complain(entry.index, ledger::Finding::kEdited,
                 "entry " + std::to_string(entry.index) + ", kept of `" +
                     segment_name(info.header.sequence) + "`, has other bytes");
        return false;
      });
  if (!visited && visited.error().reason == "ledger.corrupt") {
    complain(info.header.first_index, ledger::Finding::kFile, visited.error().message);
  }
}

// Entries whose bytes are not at hand take part with the leaf hashes that the ledger kept of them.
void DirectoryCheck::check_absent(std::uint64_t sequence, const std::string& why) {
  const auto bytes = read_file(folders_.index_path(sequence));
  const auto info = bytes ? parse_index(*bytes) : std::nullopt;
  const bool archived = folders_.is_archived(sequence);
  const bool fits = info && info->header.sequence == sequence &&
                    info->header.first_index == walk_->size() && info->end_index() <= sealed_;
  if (!archived || !fits) {
    return walk_->reject(walk_->size(),
                         archived ? ledger::Finding::kAbsent : ledger::Finding::kRemoved, why);
  }
  const bool dropped = folders_.is_dropped(sequence) && info->end_index() <= dropped_;
  if (!allow_absent_ && !dropped)
    complain(walk_->size(), ledger::Finding::kAbsent,
             "entries " + std::to_string(info->header.first_index) + " to " +
                 std::to_string(info->end_index() - 1) + " are not at hand: " + why);
  check_kept(*info);
  while (walk_->ok() && walk_->size() < info->end_index()) {
    const auto stored = stored_hash(walk_->size());
    if (!stored) {
      return walk_->reject(
          walk_->size(), ledger::Finding::kAbsent,
          why + ", and the ledger has no leaf hash of entry " + std::to_string(walk_->size()));
    }
    const std::uint64_t index = walk_->size();
    if (!walk_->absent(*stored)) return;
    add_to_tiles(index, *stored);
  }
}

// Level 0 is compared leaf by leaf in check_entry, where the entry can be named.
void DirectoryCheck::check_tile(const ledger::TileId& id, const std::vector<ledger::Hash>& hashes) {
  const std::uint64_t end = (id.index * ledger::kTileWidth + id.width) << (8 * id.level);
  if (id.level == 0 || end > sealed_) return;
  const auto stored = read_tile(directory_, id);
  if (!stored) return complain({}, ledger::Finding::kFile, stored.error().message);
  if (*stored != hashes)
    complain({}, ledger::Finding::kFile, "`" + ledger::tile_path(id) + "` was changed");
}

std::optional<ledger::Hash> DirectoryCheck::stored_hash(std::uint64_t index) {
  if (index >= sealed_) return {};
  if (index % ledger::kTileWidth == 0) stored_ = read_leaf_tile(index / ledger::kTileWidth);
  const std::size_t at = index % ledger::kTileWidth;
  if (at >= stored_.size()) return {};
  return stored_[at];
}

std::optional<ledger::Hash> DirectoryCheck::read_stored(std::uint64_t index) {
  if (index >= sealed_) return {};
  const auto tile = read_leaf_tile(index / ledger::kTileWidth);
  const std::size_t at = index % ledger::kTileWidth;
  if (at >= tile.size()) return {};
  return tile[at];
}

std::vector<ledger::Hash> DirectoryCheck::read_leaf_tile(std::uint64_t tile_index) {
  const std::uint64_t left = sealed_ - tile_index * ledger::kTileWidth;
  const auto width = static_cast<unsigned>(std::min(left, ledger::kTileWidth));
  auto tile = read_tile(directory_, {0, tile_index, width});
  if (tile) return *std::move(tile);
  complain({}, ledger::Finding::kFile, tile.error().message);
  return {};
}

Result<> DirectoryCheck::check_newest_checkpoint() {
  if (history_.unfinished()) {
    complain({}, ledger::Finding::kFile,
             "`checkpoints` ends in the middle of a note; a crash while writing leaves this, and "
             "opening the ledger for writing drops it");
  }
  const std::string path = directory_ + "/checkpoint";
  // A crash right after the first note of the history leaves none: nothing stands before it.
  const auto newest = file_exists(path) ? read_file(path) : Result<std::string>(std::string());
  if (!newest && newest.error().reason == "ledger.io") return fail(newest.error());
  if (!newest || (*newest != history_.last() && *newest != history_.before_last())) {
    complain({}, ledger::Finding::kCheckpoint,
             "`checkpoint` is neither the last note of `checkpoints` nor the one before");
  }
  return {};
}

}  // namespace ambit::ledger_file::internal
