// One segment file: its header, its frames, and reading them back (docs/formats/ledger.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/merkle.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file::internal {

inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr std::size_t kSegmentHeaderBytes = 128;
inline constexpr std::size_t kFrameHeaderBytes = 24;
inline constexpr std::uint64_t kIndexStride = 256;

struct SegmentHeader {
  std::uint64_t sequence = 0;
  std::uint64_t first_index = 0;
  std::uint64_t file_bytes = 0;
  ledger::Hash root;  // of all entries before the first

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

std::string encode_segment_header(const SegmentHeader& header);
// Fails with `ledger.corrupt`, or `ledger.version` for another format.
Result<SegmentHeader> parse_segment_header(std::string_view bytes);

// `000000000042.seg`
std::string segment_name(std::uint64_t sequence);

// Appends the frame of entry `index`, the `back`-th of its write. Preconditions: a record of 1 to
// 65535 bytes, at most 256 KiB beside it.
void append_frame(std::string& out, std::uint64_t index, std::uint32_t back,
                  std::string_view record, std::string_view beside = {});

struct Frame {
  std::uint64_t index = 0;
  std::uint32_t back = 0;
  std::uint64_t offset = 0;
  std::string_view record;  // valid until the next read
  std::string_view beside;  // likewise

  std::uint64_t end() const { return offset + kFrameHeaderBytes + record.size() + beside.size(); }
};

enum class FrameState { kFrame, kEnd, kBad };

// Reads one segment file through a window in memory.
class SegmentReader {
 public:
  static Result<SegmentReader> open(const std::string& path, std::size_t window_bytes = 1u << 20);

  const std::string& path() const { return path_; }
  std::uint64_t file_bytes() const { return file_bytes_; }
  Result<SegmentHeader> header();
  // The frame at `offset` if it is whole and of entry `index`, where one is given. kEnd: zeros
  // where a frame would begin, or the end of the file.
  Result<FrameState> frame(std::uint64_t offset, std::optional<std::uint64_t> index, Frame& out);
  // Where the last byte that is not zero ends, from `offset` on; `offset` if there is none.
  Result<std::uint64_t> end_of_bytes(std::uint64_t offset);
  // Whether a whole frame behind `offset` says that it was written after entry `index` was durable.
  Result<bool> later_write_after(std::uint64_t offset, std::uint64_t index);

 private:
  SegmentReader(Fd fd, std::string path, std::uint64_t file_bytes, std::size_t window_bytes)
      : fd_(std::move(fd)),
        path_(std::move(path)),
        file_bytes_(file_bytes),
        window_bytes_(window_bytes) {}

  // Up to `count` bytes at `offset`; fewer only at the end of the file.
  Result<std::string_view> at(std::uint64_t offset, std::size_t count);

  Fd fd_;
  std::string path_;
  std::uint64_t file_bytes_ = 0;
  std::size_t window_bytes_ = 0;
  std::uint64_t window_at_ = 0;
  std::string window_;
};

// What is known of the entries in a segment.
struct SegmentInfo {
  SegmentHeader header;
  std::uint64_t count = 0;
  std::uint64_t used_bytes = kSegmentHeaderBytes;  // end of the last frame
  std::vector<std::uint32_t> offsets;              // of every 256th frame

  std::uint64_t end_index() const { return header.first_index + count; }
  void add(std::uint64_t offset, std::uint64_t end);
};

using FrameVisitor = std::function<bool(const Frame&)>;

// Visits the frames of the segment `info` from entry `from` to below `to`; precondition: they are
// its entries. Returns false when the visitor stopped it. A frame that is not whole is
// `ledger.corrupt`.
Result<bool> visit_frames(SegmentReader& reader, const SegmentInfo& info, std::uint64_t from,
                          std::uint64_t to, const FrameVisitor& visit);

// Reads the header and every frame up to the first that is not whole. `info.used_bytes` is where
// that one would begin. `end` says why it stopped (kEnd or kBad).
Result<SegmentInfo> scan_segment(SegmentReader& reader, FrameState& end,
                                 const FrameVisitor& visit = {});

std::string encode_index(const SegmentInfo& info);
// Reads exactly that; nothing when anything is odd.
std::optional<SegmentInfo> parse_index(std::string_view bytes);

}  // namespace ambit::ledger_file::internal
