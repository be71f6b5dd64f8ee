#include "ledger_file/archive.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>
#include <utility>

#include "ledger/record.h"
#include "ledger_file/hold_file.h"
#include "ledger_file/internal/archiver.h"
#include "ledger_file/internal/segment_folders.h"
#include "ledger_file/internal/segment_scan.h"

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

bool overlap(const ports::Hold& hold, const ledger::EntryRange& entries) {
  return hold.begin < entries.end && entries.begin < hold.end;
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

Result<ports::Entry> retention_record(Time at, const std::string& kind, const ArchiveReport& report,
                                      text::Json about) {
  const auto set = [&about](const char* name, std::uint64_t number) {
    about.set(name, static_cast<std::int64_t>(number));
  };
  set("from", report.entries.begin);
  set("to", report.entries.end);
  set("segments", report.segments);
  set("bytes", report.bytes);
  AMBIT_TRY(std::string record, ledger::encode_record(at, kind, about));
  return ports::Entry(std::move(record));
}

namespace {

struct DropPlan {
  std::vector<SegmentState> segments;
  ArchiveReport report;
};

Result<DropPlan> plan_drop(const std::string& directory, const std::string& archive,
                           std::uint64_t before) {
  AMBIT_TRY(const auto holds, HoldFile(directory).all());
  AMBIT_TRY(const auto states, list_segments(directory, archive));
  DropPlan plan;
  for (const SegmentState& state : states) {
    if (state.entries.end > before) break;
    if (state.place != SegmentPlace::kArchived) continue;
    const auto hold = std::find_if(holds.begin(), holds.end(), [&](const ports::Hold& each) {
      return overlap(each, state.entries);
    });
    if (hold != holds.end()) {
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
                      const EntryFilter& keeps) {
  internal::FileOps disk;
  const std::string path = folders.archive_path(state.sequence);
  AMBIT_CHECK_OK(internal::keep_entries(disk, path, state.entries.end,
                                        folders.kept_path(state.sequence), keeps));
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
                                    std::uint64_t before, const EntryFilter& keeps) {
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
