#include "ledger_file/scan.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "ledger_file/internal/segment.h"

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

}  // namespace

Result<> scan_directory(const std::string& directory, const ports::EntryVisitor& visit) {
  AMBIT_TRY(const auto paths, segments_of(directory));
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    AMBIT_TRY(const bool more, scan_segment(paths[i], i + 1 == paths.size(), index, visit));
    if (!more) break;
  }
  return {};
}

}  // namespace ambit::ledger_file
