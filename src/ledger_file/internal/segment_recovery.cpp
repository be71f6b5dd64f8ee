// How SegmentStore opens what a crash, or somebody else, left behind.
#include <fcntl.h>
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

// Of the closed segments only the indexes are read, however large the ledger is.
Result<> SegmentStore::open(std::uint64_t sealed) {
  ::unlink(next_path().c_str());
  AMBIT_TRY(const std::uint64_t count, folders_.count());
  if (count == 0) return {};
  std::vector<SegmentInfo> reversed;
  AMBIT_TRY(SegmentInfo newest, open_last(count - 1, sealed));
  reversed.push_back(std::move(newest));
  for (std::uint64_t sequence = count - 1; sequence-- > 0;) {
    AMBIT_TRY(SegmentInfo info,
              read_closed(folders_, sequence, reversed.back().header.first_index));
    reversed.push_back(std::move(info));
  }
  if (reversed.back().header.first_index != 0) {
    return corrupt("the first segment does not begin with entry 0");
  }
  segments_.assign(std::make_move_iterator(reversed.rbegin()),
                   std::make_move_iterator(reversed.rend()));
  size_.store(last()->end_index(), std::memory_order_release);
  return {};
}

Result<SegmentInfo> SegmentStore::open_last(std::uint64_t sequence, std::uint64_t sealed) {
  const std::string path = folders_.live_path(sequence);
  if (!file_exists(path)) return corrupt("`" + path + "`, the newest segment, is missing");
  AMBIT_TRY(SegmentReader reader, SegmentReader::open(path, kScanWindow));
  FrameState end = FrameState::kEnd;
  AMBIT_TRY(SegmentInfo info, scan_segment(reader, end));
  if (info.header.sequence != sequence) {
    return corrupt("`" + path + "` has the header of another segment");
  }
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
  active_path_ = path;
  AMBIT_CHECK_OK(drop_torn_end(info, torn_end, reader.file_bytes()));
  return info;
}

// Leaves nothing but zeros behind the last whole frame, up to the size the header states.
Result<> SegmentStore::drop_torn_end(const SegmentInfo& info, std::uint64_t torn_end,
                                     std::uint64_t file_bytes) {
  const std::string& path = active_path_;
  const bool cut = file_bytes < info.header.file_bytes;
  if (torn_end == info.used_bytes && !cut) return {};
  AMBIT_CHECK_OK(write_zeros(ops_, active_.get(), path, info.used_bytes, torn_end));
  if (cut) {
    AMBIT_CHECK_OK(write_zeros(ops_, active_.get(), path, file_bytes, info.header.file_bytes));
  }
  return sync_data(ops_, active_.get(), path);
}

}  // namespace ambit::ledger_file::internal
