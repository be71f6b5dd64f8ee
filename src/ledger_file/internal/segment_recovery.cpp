// How SegmentStore opens what a crash, or somebody else, left behind.
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "ledger_file/internal/segment_store.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::size_t kScanWindow = 1u << 20;

tl::unexpected<Error> corrupt(std::string message) {
  return fail(Code::kInternal, "ledger.corrupt", std::move(message));
}

tl::unexpected<Error> bad_entry(std::uint64_t index, const std::string& path,
                                const std::string& why) {
  return corrupt("entry " + std::to_string(index) + " in `" + path + "` is damaged: " + why);
}

}  // namespace

Result<> SegmentStore::open(std::uint64_t sealed) {
  ::unlink(next_path().c_str());
  AMBIT_TRY(const std::vector<std::string> paths, list());
  if (paths.empty()) return {};
  AMBIT_TRY(SegmentInfo newest, open_last(paths.back(), sealed));
  std::vector<SegmentInfo> reversed{std::move(newest)};
  for (std::size_t i = paths.size() - 1; i-- > 0;) {
    AMBIT_TRY(SegmentInfo info, open_closed(paths[i], reversed.back().header.first_index));
    reversed.push_back(std::move(info));
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (reversed[paths.size() - 1 - i].header.sequence != i) {
      return corrupt("`" + paths[i] + "` has the header of another segment");
    }
  }
  if (reversed.back().header.first_index != 0) {
    return corrupt("the first segment does not begin with entry 0");
  }
  segments_.assign(std::make_move_iterator(reversed.rbegin()),
                   std::make_move_iterator(reversed.rend()));
  size_.store(last()->end_index(), std::memory_order_release);
  return {};
}

// The segments' paths by sequence number, which must run from 0 without gaps.
Result<std::vector<std::string>> SegmentStore::list() const {
  std::error_code error;
  std::size_t found = 0;
  for (const auto& file : std::filesystem::directory_iterator(options_.directory, error)) {
    if (file.path().extension() == ".seg") ++found;
  }
  if (error) return io_error("list", options_.directory, error.value());
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < found; ++i) {
    paths.push_back(options_.directory + "/" + segment_name(i));
    if (!file_exists(paths.back())) return corrupt("`" + paths.back() + "` is missing");
  }
  return paths;
}

Result<SegmentInfo> SegmentStore::open_closed(const std::string& path,
                                              std::uint64_t next_first) const {
  AMBIT_TRY(SegmentReader brief, SegmentReader::open(path, kSegmentHeaderBytes));
  auto header = brief.header();
  if (!header) {
    return fail(header.error().code, header.error().reason,
                "`" + path + "`: " + header.error().message);
  }
  const std::string index_path = path.substr(0, path.size() - 3) + "idx";
  if (const auto bytes = read_file(index_path)) {
    auto info = parse_index(*bytes, path, *header);
    if (info && info->end_index() == next_first) return *std::move(info);
    ::unlink(index_path.c_str());
  }
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path, kScanWindow));
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(SegmentInfo info, scan_segment(reader, path, end));
  if (info.end_index() != next_first) {
    return bad_entry(info.end_index(), path,
                     "the next segment begins with entry " + std::to_string(next_first));
  }
  if (end != FrameState::kEnd) {
    return bad_entry(info.end_index(), path, "there are bytes behind the last entry");
  }
  return info;
}

Result<SegmentInfo> SegmentStore::open_last(const std::string& path, std::uint64_t sealed) {
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path, kScanWindow));
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(SegmentInfo info, scan_segment(reader, path, end));
  const std::uint64_t next = info.end_index();
  if (next < sealed) {
    return bad_entry(next, path,
                     "the newest checkpoint covers " + std::to_string(sealed) + " entries");
  }
  AMBIT_TRY(const std::uint64_t torn_end, reader.end_of_bytes(info.used_bytes));
  if (torn_end > info.used_bytes) {
    AMBIT_TRY(const bool durable, reader.later_write_after(info.used_bytes, next));
    if (durable) return bad_entry(next, path, "whole entries stand behind it");
  }
  AMBIT_TRY(active_, open_file(path, O_RDWR));
  AMBIT_CHECK_OK(drop_torn_end(info, torn_end, reader.file_bytes()));
  return info;
}

// Leaves nothing but zeros behind the last whole frame, up to the size the header states.
Result<> SegmentStore::drop_torn_end(const SegmentInfo& info, std::uint64_t torn_end,
                                     std::uint64_t file_bytes) {
  const bool cut = file_bytes < info.header.file_bytes;
  if (torn_end == info.used_bytes && !cut) return {};
  AMBIT_CHECK_OK(write_zeros(ops_, active_.get(), info.path, info.used_bytes, torn_end));
  if (cut) {
    AMBIT_CHECK_OK(write_zeros(ops_, active_.get(), info.path, file_bytes, info.header.file_bytes));
  }
  return sync_data(ops_, active_.get(), info.path);
}

}  // namespace ambit::ledger_file::internal
