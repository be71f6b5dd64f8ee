#include "ledger_file/archive.h"

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <unistd.h>
#include <utility>

#include "ledger_file/internal/archiver.h"
#include "ledger_file/internal/directory_lock.h"
#include "ledger_file/internal/log_keys.h"
#include "ledger_file/internal/segment_folders.h"

namespace ambit::ledger_file {
namespace {

internal::SegmentFolders folders_of(const std::string& directory, const std::string& archive) {
  return {directory + "/segments", archive};
}

// The closed segments, by their indexes: the frames are not read.
Result<std::vector<internal::SegmentInfo>> closed_segments(
    const internal::SegmentFolders& folders) {
  AMBIT_TRY(const std::uint64_t count, folders.count());
  std::vector<internal::SegmentInfo> out;
  if (count == 0) return out;
  const std::string newest = folders.live_path(count - 1);
  AMBIT_TRY(auto reader, internal::SegmentReader::open(newest, internal::kSegmentHeaderBytes));
  AMBIT_TRY(const internal::SegmentHeader header, reader.header());
  std::uint64_t next = header.first_index;
  for (std::uint64_t sequence = count - 1; sequence-- > 0;) {
    AMBIT_TRY(internal::SegmentInfo info, internal::read_closed(folders, sequence, next));
    next = info.header.first_index;
    out.push_back(std::move(info));
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::string holds_path(const std::string& directory) { return directory + "/holds"; }

bool is_hold_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  });
}

Result<> write_holds(const std::string& directory, const std::vector<Hold>& all) {
  std::string text;
  for (const Hold& hold : all) {
    text += hold.name + " " + std::to_string(hold.entries.begin) + " " +
            std::to_string(hold.entries.end) + "\n";
  }
  internal::FileOps disk;
  return internal::replace_file(disk, holds_path(directory), text);
}

bool overlap(const ledger::EntryRange& a, const ledger::EntryRange& b) {
  return a.begin < b.end && b.begin < a.end;
}

}  // namespace

Result<std::vector<SegmentState>> list_segments(const std::string& directory,
                                                const std::string& archive) {
  const auto folders = folders_of(directory, archive);
  AMBIT_TRY(const auto closed, closed_segments(folders));
  std::vector<SegmentState> out;
  for (const internal::SegmentInfo& info : closed) {
    SegmentState state{info.header.sequence,
                       {info.header.first_index, info.end_index()},
                       info.header.file_bytes,
                       SegmentPlace::kLive};
    if (folders.is_dropped(state.sequence)) {
      state.place = SegmentPlace::kDropped;
    } else if (folders.is_archived(state.sequence)) {
      const bool here = folders.find(state.sequence, "").has_value();
      state.place = here ? SegmentPlace::kArchived : SegmentPlace::kAbsent;
    }
    out.push_back(state);
  }
  return out;
}

Result<ArchiveReport> archive_segments(const std::string& directory, const std::string& archive,
                                       std::uint64_t before) {
  internal::FileOps disk;
  AMBIT_TRY(const internal::Fd lock, internal::lock_directory(disk, directory));
  AMBIT_TRY(const auto chain, internal::read_key_chain(directory));
  AMBIT_TRY(const std::string checkpoint, internal::read_file(directory + "/checkpoint"));
  if (!chain) return fail(Code::kInternal, "ledger.corrupt", "`ledger.pub` is missing");
  const auto folders = folders_of(directory, archive);
  AMBIT_TRY(const auto closed, closed_segments(folders));
  internal::Archiver archiver(
      directory, folders, checkpoint,
      [&chain](const std::string& note) { return chain->open(note); }, disk);
  return archiver.move(closed, before);
}

Result<std::vector<Hold>> holds(const std::string& directory) {
  std::vector<Hold> out;
  if (!internal::file_exists(holds_path(directory))) return out;
  AMBIT_TRY(const std::string text, internal::read_file(holds_path(directory)));
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    Hold hold;
    words >> hold.name >> hold.entries.begin >> hold.entries.end;
    // A hold that cannot be read must not be one that does not hold.
    if (!words || !is_hold_name(hold.name)) {
      return fail(Code::kInternal, "ledger.corrupt",
                  "`" + holds_path(directory) + "` has the line `" + line +
                      "`, which is no hold: name, first entry, end");
    }
    out.push_back(std::move(hold));
  }
  return out;
}

Result<> place_hold(const std::string& directory, const Hold& hold) {
  if (!is_hold_name(hold.name) || hold.entries.begin >= hold.entries.end) {
    return fail(Code::kInvalid, "hold.form",
                "a hold has a name of 1 to 64 of `a-z0-9._-` and at least one entry");
  }
  AMBIT_TRY(std::vector<Hold> all, holds(directory));
  for (const Hold& other : all) {
    if (other.name == hold.name) {
      return fail(Code::kConflict, "hold.exists", "there is a hold `" + hold.name + "`");
    }
  }
  all.push_back(hold);
  return write_holds(directory, all);
}

Result<> release_hold(const std::string& directory, const std::string& name) {
  AMBIT_TRY(std::vector<Hold> all, holds(directory));
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Hold& hold) { return hold.name == name; });
  if (found == all.end()) {
    return fail(Code::kNotFound, "hold.unknown", "there is no hold `" + name + "`");
  }
  all.erase(found);
  return write_holds(directory, all);
}

namespace {

struct DropPlan {
  std::vector<SegmentState> segments;
  ArchiveReport report;
};

Result<DropPlan> plan_drop(const std::string& directory, const std::string& archive,
                           std::uint64_t before) {
  AMBIT_TRY(const std::vector<Hold> all, holds(directory));
  AMBIT_TRY(const auto states, list_segments(directory, archive));
  DropPlan plan;
  for (const SegmentState& state : states) {
    if (state.entries.end > before) break;
    if (state.place != SegmentPlace::kArchived) continue;
    const auto hold = std::find_if(all.begin(), all.end(), [&](const Hold& each) {
      return overlap(each.entries, state.entries);
    });
    if (hold != all.end()) {
      plan.report.held_back.push_back("`" + internal::segment_name(state.sequence) +
                                      "` is kept by the hold `" + hold->name + "`");
      continue;
    }
    if (plan.report.segments++ == 0) plan.report.entries.begin = state.entries.begin;
    plan.report.entries.end = state.entries.end;
    plan.report.bytes += state.bytes;
    plan.segments.push_back(state);
  }
  return plan;
}

Result<> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return internal::io_error("remove", path, errno);
}

// At every moment what is kept is on the disk, and the mark says what is no more.
Result<> drop_segment(const internal::SegmentFolders& folders, const SegmentState& state,
                      const std::function<bool(const ports::EntryView&)>& keeps) {
  internal::FileOps disk;
  const std::string path = folders.archive_path(state.sequence);
  AMBIT_TRY(auto reader, internal::SegmentReader::open(path));
  std::string kept;
  internal::FrameState end = internal::FrameState::kEnd;
  AMBIT_TRY(const auto info, internal::scan_segment(reader, end, [&](const internal::Frame& frame) {
              if (keeps({frame.index, frame.record, frame.beside})) {
                internal::append_frame(kept, frame.index, 0, frame.record, frame.beside);
              }
              return true;
            }));
  if (info.end_index() != state.entries.end) {
    return fail(Code::kInternal, "ledger.corrupt",
                "entry " + std::to_string(info.end_index()) + " in `" + path +
                    "` is damaged, so that it is not known what later entries refer to");
  }
  if (!kept.empty()) {
    AMBIT_CHECK_OK(internal::replace_file(disk, folders.kept_path(state.sequence), kept));
  }
  AMBIT_CHECK_OK(
      internal::replace_file(disk, folders.mark_path(state.sequence), internal::kDroppedMark));
  for (const char* extension : {"seg", "proof", "idx"}) {
    AMBIT_CHECK_OK(remove_file(path.substr(0, path.size() - 3) + extension));
  }
  return internal::sync_directory(disk, folders.archive());
}

}  // namespace

Result<ArchiveReport> droppable(const std::string& directory, const std::string& archive,
                                std::uint64_t before) {
  AMBIT_TRY(DropPlan plan, plan_drop(directory, archive, before));
  return std::move(plan.report);
}

Result<ArchiveReport> drop_archived(const std::string& directory, const std::string& archive,
                                    std::uint64_t before,
                                    const std::function<bool(const ports::EntryView&)>& keeps) {
  const auto folders = folders_of(directory, archive);
  AMBIT_TRY(DropPlan plan, plan_drop(directory, archive, before));
  for (const SegmentState& state : plan.segments) {
    AMBIT_CHECK_OK(drop_segment(folders, state, keeps));
  }
  return std::move(plan.report);
}

Result<SegmentReport> verify_segment(const std::string& segment_path,
                                     const std::vector<ledger::NoteVerifier>& keys) {
  if (!segment_path.ends_with(".seg")) {
    return fail(Code::kInvalid, "proof.form",
                "a segment is a file `NUMBER.seg`, not `" + segment_path + "`");
  }
  return internal::check_segment(
      segment_path, segment_path.substr(0, segment_path.size() - 3) + "proof",
      [&keys](const std::string& note) { return ledger::open_checkpoint(note, keys); });
}

}  // namespace ambit::ledger_file
