#include "ledger_file/internal/archiver.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>

#include "ledger_file/internal/segment_proof.h"
#include "ledger_file/internal/segment_scan.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kCopyBytes = 1u << 20;

std::string beside(const std::string& segment_path, const char* extension) {
  return segment_path.substr(0, segment_path.size() - 3) + extension;
}

tl::unexpected<Error> corrupt(std::string message) {
  return fail(Code::kInternal, "ledger.corrupt", std::move(message));
}

}  // namespace

Result<SegmentReport> check_segment(const std::string& path, const std::string& proof_path,
                                    const NoteOpener& open) {
  AMBIT_TRY(const std::string bytes, read_file(proof_path));
  AMBIT_TRY(const SegmentProof proof, parse_segment_proof(bytes));
  AMBIT_TRY(const ledger::Checkpoint checkpoint, open(proof.checkpoint));
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path));
  ledger::Frontier tree = proof.before;
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(const SegmentInfo info, scan_segment(reader, end, [&](const Frame& frame) {
              tree.append(ledger::leaf_hash(frame.record));
              return true;
            }));
  AMBIT_TRY(const std::uint64_t bytes_end, reader.end_of_bytes(info.used_bytes));
  const bool whole = end == FrameState::kEnd && bytes_end == info.used_bytes;
  if (!whole || info.end_index() != proof.end) {
    return corrupt("entry " + std::to_string(info.end_index()) + " in `" + path +
                   "` is damaged: the segment ends with entry " + std::to_string(proof.end - 1));
  }
  if (info.header.first_index != proof.before.size() || info.header.root != proof.before.root() ||
      info.header.file_bytes != reader.file_bytes()) {
    return corrupt("the header of `" + path + "` does not fit its proof");
  }
  AMBIT_CHECK_OK(ledger::verify_consistency(proof.end, tree.root(), checkpoint.size,
                                            checkpoint.root, proof.consistency));
  return SegmentReport{{info.header.first_index, proof.end}, checkpoint};
}

Result<ArchiveReport> Archiver::move(const std::vector<SegmentInfo>& closed, std::uint64_t before,
                                     const EntryFilter& keeps) {
  AMBIT_CHECK_OK(make_directories(ops_, folders_.archive()));
  std::error_code error;
  if (std::filesystem::equivalent(folders_.archive(), folders_.live(), error)) {
    return fail(Code::kInvalid, "ledger.archive",
                "`" + folders_.archive() +
                    "` is where the ledger keeps its segments; name another "
                    "folder for the archive");
  }
  AMBIT_TRY(const ledger::Checkpoint checkpoint, open_(checkpoint_));
  ArchiveReport report;
  for (const SegmentInfo& info : closed) {
    if (info.end_index() > std::min(before, checkpoint.size)) break;
    if (!file_exists(folders_.live_path(info.header.sequence))) continue;
    AMBIT_CHECK_OK(move_one(info, keeps));
    if (report.segments == 0) report.entries.begin = info.header.first_index;
    report.entries.end = info.end_index();
    report.bytes += info.header.file_bytes;
    ++report.segments;
  }
  return report;
}

Result<> Archiver::move_one(const SegmentInfo& info, const EntryFilter& keeps) {
  const std::uint64_t sequence = info.header.sequence;
  const std::string from = folders_.live_path(sequence);
  const std::string to = folders_.archive_path(sequence);
  const std::string unfinished = to + ".tmp";
  // A crash may have left ours; what is another log's is the only copy of it.
  if (file_exists(to) && !check_segment(to, beside(to, "proof"), open_)) {
    return fail(Code::kConflict, "ledger.archive",
                "`" + to +
                    "` is not a whole segment of this ledger and would be overwritten; name a "
                    "folder for the archive of this ledger alone");
  }
  AMBIT_CHECK_OK(copy(info, from, unfinished));
  AMBIT_TRY(const SegmentProof proof,
            make_segment_proof(directory_, info.header.first_index, info.end_index(), checkpoint_));
  const std::string proof_path = beside(to, "proof");
  AMBIT_CHECK_OK(replace_file(ops_, proof_path, encode_segment_proof(proof)));
  AMBIT_CHECK_OK(replace_file(ops_, beside(to, "idx"), encode_index(info)));
  if (auto checked = check_segment(unfinished, proof_path, open_); !checked) {
    return fail(checked.error().code, checked.error().reason,
                "`" + from + "` stays where it is: " + checked.error().message);
  }
  if (ops_.rename(unfinished.c_str(), to.c_str()) != 0) return io_error("create", to, errno);
  AMBIT_CHECK_OK(sync_directory(ops_, folders_.archive()));
  AMBIT_CHECK_OK(keep_entries(ops_, to, info.end_index(), folders_.kept_path(sequence), keeps));
  // The mark before the removal: at every moment one of the two is there.
  AMBIT_CHECK_OK(replace_file(ops_, folders_.mark_path(sequence),
                              std::filesystem::absolute(folders_.archive()).string() + "\n"));
  if (::unlink(from.c_str()) != 0) return io_error("remove", from, errno);
  return sync_directory(ops_, folders_.live());
}

// What is copied is read back from the disk, not from memory, when it is checked.
Result<> Archiver::copy(const SegmentInfo& info, const std::string& from, const std::string& to) {
  AMBIT_TRY(const Fd source, open_file(from, O_RDONLY));
  AMBIT_TRY(const Fd target, open_file(to, O_RDWR | O_CREAT | O_TRUNC));
  for (std::uint64_t at = 0; at < info.used_bytes;) {
    const std::uint64_t count = std::min<std::uint64_t>(kCopyBytes, info.used_bytes - at);
    AMBIT_TRY(const std::string bytes, read_at(source.get(), from, at, count));
    if (bytes.empty()) return corrupt("`" + from + "` ends before its last entry");
    AMBIT_CHECK_OK(write_all(ops_, target.get(), to, bytes, at));
    at += bytes.size();
  }
  // Behind the last entry stand zeros, which need no room.
  if (::ftruncate(target.get(), static_cast<off_t>(info.header.file_bytes)) != 0) {
    return io_error("extend", to, errno);
  }
  if (ops_.fsync(target.get()) != 0) return io_error("sync", to, errno);
  ::posix_fadvise(target.get(), 0, 0, POSIX_FADV_DONTNEED);
  return {};
}

}  // namespace ambit::ledger_file::internal
