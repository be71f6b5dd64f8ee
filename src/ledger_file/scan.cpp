#include "ledger_file/scan.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/internal/segment.h"
#include "ledger_file/reader.h"

namespace ambit::ledger_file {
namespace {

Result<std::vector<std::string>> segments_of(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory + "/segments", error)) {
    if (file.path().extension() == ".seg") out.push_back(file.path().string());
  }
  if (error || out.empty()) {
    return fail(Code::kNotFound, "ledger.no_ledger", "`" + directory + "` holds no ledger");
  }
  std::sort(out.begin(), out.end());
  return out;
}

// False when the visitor has seen enough.
Result<bool> scan_segment(const std::string& path, bool last, std::uint64_t& index,
                          const ports::EntryVisitor& visit) {
  // What fits a cache is read twice as cheaply as what does not.
  AMBIT_TRY(auto reader, internal::SegmentReader::open(path, 256u << 10));
  AMBIT_TRY(const internal::SegmentHeader header, reader.header());
  if (header.first_index != index) {
    return fail(Code::kInternal, "ledger.corrupt",
                "`" + path + "` begins with entry " + std::to_string(header.first_index) +
                    ", not " + std::to_string(index));
  }
  for (std::uint64_t offset = internal::kSegmentHeaderBytes; offset < reader.file_bytes();) {
    internal::Frame frame;
    AMBIT_TRY(const auto state, reader.frame(offset, index, frame));
    if (state == internal::FrameState::kEnd) break;
    if (state == internal::FrameState::kBad) {
      if (last) break;  // being written, or torn by a crash
      return fail(Code::kInternal, "ledger.corrupt",
                  "entry " + std::to_string(index) + " in `" + path + "` is damaged");
    }
    if (!visit({index, frame.record, frame.beside})) return false;
    ++index;
    offset = frame.end();
  }
  return true;
}

Result<> scan_live(const std::string& directory, const ports::EntryVisitor& visit) {
  AMBIT_TRY(const auto paths, segments_of(directory));
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    AMBIT_TRY(const bool more, scan_segment(paths[i], i + 1 == paths.size(), index, visit));
    if (!more) break;
  }
  return {};
}

Result<> scan_archived(const std::string& directory, const std::string& archive,
                       const ports::EntryVisitor& visit) {
  AMBIT_TRY(const LedgerReader reader, LedgerReader::open(directory, archive));
  return reader.scan(0, reader.size(), visit);
}

// Whether segments were moved away.
bool has_archived(const std::string& directory) {
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory + "/segments", error)) {
    if (file.path().extension() == ".archived") return true;
  }
  return false;
}

// How many entries the newest checkpoint claims; zero where there is none that can be read.
std::uint64_t claimed_entries(const std::string& directory) {
  const auto note = internal::read_file(directory + "/checkpoint");
  const auto parsed = note ? ledger::parse_note(*note) : fail(note.error());
  const auto checkpoint =
      parsed ? ledger::parse_checkpoint_text(parsed->text) : fail(parsed.error());
  return checkpoint ? checkpoint->size : 0;
}

}  // namespace

Result<> scan_directory(const std::string& directory, const ports::EntryVisitor& visit,
                        const std::string& archive) {
  // Before the entries, which may grow meanwhile.
  const std::uint64_t claimed = claimed_entries(directory);
  std::uint64_t next = 0;
  bool stopped = false;
  const auto count = [&](const ports::EntryView& entry) {
    next = entry.index + 1;
    stopped = !visit(entry);
    return !stopped;
  };
  AMBIT_CHECK_OK(has_archived(directory) ? scan_archived(directory, archive, count)
                                         : scan_live(directory, count));
  if (stopped || next >= claimed) return {};
  return fail(Code::kInternal, "ledger.corrupt",
              "entry " + std::to_string(next) + " cannot be read, and the checkpoint covers " +
                  std::to_string(claimed) + " entries");
}

}  // namespace ambit::ledger_file
