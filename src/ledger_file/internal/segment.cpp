#include "ledger_file/internal/segment.h"

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <utility>

#include "ledger/record.h"
#include "ledger_file/internal/bytes.h"
#include "ledger_file/internal/crc32c.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::string_view kSegmentMagic = "AMBITLOG";

// Of everything but the CRC itself.
std::uint32_t frame_crc(std::string_view frame) {
  return crc32c(frame.substr(8), crc32c(frame.substr(0, 4)));
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

tl::unexpected<Error> corrupt(std::string message) {
  return fail(Code::kInternal, "ledger.corrupt", std::move(message));
}

}  // namespace

std::string encode_segment_header(const SegmentHeader& header) {
  std::string body;
  put(body, header.sequence);
  put(body, header.first_index);
  put(body, header.file_bytes);
  body += header.root.view();
  body.resize(kSegmentHeaderBytes - 16, '\0');
  std::string out(kSegmentMagic);
  put(out, kFormatVersion);
  put(out, crc32c(body));
  return out + body;
}

Result<SegmentHeader> parse_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMagic)) {
    return corrupt("the file does not begin with the header of a segment");
  }
  const auto version = get<std::uint32_t>(bytes, 8);
  if (version != 0 && version != kFormatVersion) {
    return fail(Code::kUnsupported, "ledger.version",
                "the segment has format version " + std::to_string(version) +
                    (version < kFormatVersion ? " of an earlier build" : " of a later build") +
                    "; this one reads only version " + std::to_string(kFormatVersion));
  }
  const std::string_view body = bytes.substr(16, kSegmentHeaderBytes - 16);
  if (version == 0 || get<std::uint32_t>(bytes, 12) != crc32c(body) || !all_zero(body.substr(56))) {
    return corrupt("the header of the segment is damaged");
  }
  SegmentHeader out;
  out.sequence = get<std::uint64_t>(body, 0);
  out.first_index = get<std::uint64_t>(body, 8);
  out.file_bytes = get<std::uint64_t>(body, 16);
  std::copy_n(body.begin() + 24, out.root.bytes.size(), out.root.bytes.begin());
  return out;
}

std::string segment_name(std::uint64_t sequence) {
  char name[32];
  std::snprintf(name, sizeof name, "%012llu.seg", static_cast<unsigned long long>(sequence));
  return name;
}

void append_frame(std::string& out, std::uint64_t index, std::uint32_t back,
                  std::string_view record, std::string_view beside) {
  const std::size_t at = out.size();
  put(out, static_cast<std::uint32_t>(record.size()));
  put(out, std::uint32_t{0});
  put(out, index);
  put(out, back);
  put(out, static_cast<std::uint32_t>(beside.size()));
  out += record;
  out += beside;
  const std::uint32_t crc = frame_crc(std::string_view(out).substr(at));
  for (std::size_t i = 0; i < sizeof crc; ++i) out[at + 4 + i] = static_cast<char>(crc >> (8 * i));
}

Result<SegmentReader> SegmentReader::open(const std::string& path, std::size_t window_bytes) {
  AMBIT_TRY(Fd fd, open_file(path, O_RDONLY));
  AMBIT_TRY(const std::uint64_t size, file_size(fd.get(), path));
  return SegmentReader(std::move(fd), path, size, window_bytes);
}

Result<std::string_view> SegmentReader::at(std::uint64_t offset, std::size_t count) {
  const std::uint64_t left = offset < file_bytes_ ? file_bytes_ - offset : 0;
  count = std::min<std::uint64_t>(count, left);
  if (offset < window_at_ || offset + count > window_at_ + window_.size()) {
    AMBIT_TRY(window_, read_at(fd_.get(), path_, offset, std::max(count, window_bytes_)));
    window_at_ = offset;
  }
  return std::string_view(window_).substr(offset - window_at_, count);
}

Result<SegmentHeader> SegmentReader::header() {
  AMBIT_TRY(const std::string_view bytes, at(0, kSegmentHeaderBytes));
  return parse_segment_header(bytes);
}

Result<FrameState> SegmentReader::frame(std::uint64_t offset, std::optional<std::uint64_t> index,
                                        Frame& out) {
  AMBIT_TRY(std::string_view header, at(offset, kFrameHeaderBytes));
  if (all_zero(header)) return FrameState::kEnd;
  if (header.size() < kFrameHeaderBytes) return FrameState::kBad;
  const auto length = get<std::uint32_t>(header, 0);
  const auto found = get<std::uint64_t>(header, 8);
  const auto back = get<std::uint32_t>(header, 16);
  const auto beside = get<std::uint32_t>(header, 20);
  if (length == 0 || length > ledger::kMaxRecordBytes || beside > ledger::kMaxBesideBytes ||
      found != index.value_or(found)) {
    return FrameState::kBad;
  }
  const std::size_t bytes = kFrameHeaderBytes + length + beside;
  AMBIT_TRY(const std::string_view whole, at(offset, bytes));
  if (whole.size() < bytes || get<std::uint32_t>(whole, 4) != frame_crc(whole)) {
    return FrameState::kBad;
  }
  out = {found, back, offset, whole.substr(kFrameHeaderBytes, length),
         whole.substr(kFrameHeaderBytes + length)};
  return FrameState::kFrame;
}

Result<std::uint64_t> SegmentReader::end_of_bytes(std::uint64_t offset) {
  std::uint64_t end = offset;
  while (offset < file_bytes_) {
    AMBIT_TRY(const std::string_view bytes, at(offset, window_bytes_));
    const std::size_t last = bytes.find_last_not_of('\0');
    if (last != std::string_view::npos) end = offset + last + 1;
    offset += bytes.size();
    if (bytes.empty()) break;  // cut off while we read
  }
  return end;
}

Result<bool> SegmentReader::later_write_after(std::uint64_t offset, std::uint64_t index) {
  AMBIT_TRY(const std::uint64_t end, end_of_bytes(offset));
  for (; offset + kFrameHeaderBytes < end; ++offset) {
    AMBIT_TRY(const std::string_view header, at(offset, kFrameHeaderBytes));
    if (header.size() < kFrameHeaderBytes) break;
    const auto found = get<std::uint64_t>(header, 8);
    const auto back = get<std::uint32_t>(header, 16);
    // A frame needs at least 25 bytes, so an index further off cannot be real.
    if (found <= index || found - index > file_bytes_ || back > found || found - back <= index) {
      continue;
    }
    Frame ignored;
    AMBIT_TRY(const FrameState state, frame(offset, found, ignored));
    if (state == FrameState::kFrame) return true;
  }
  return false;
}

void SegmentInfo::add(std::uint64_t offset, std::uint64_t end) {
  if (count % kIndexStride == 0) offsets.push_back(static_cast<std::uint32_t>(offset));
  ++count;
  used_bytes = end;
}

Result<bool> visit_frames(SegmentReader& reader, const SegmentInfo& info, std::uint64_t from,
                          std::uint64_t to, const FrameVisitor& visit) {
  const std::uint64_t slot = (from - info.header.first_index) / kIndexStride;
  if (from < info.header.first_index || slot >= info.offsets.size()) {
    return corrupt("entry " + std::to_string(from) + " is not in `" + reader.path() + "`");
  }
  std::uint64_t offset = info.offsets[slot];
  std::uint64_t index = info.header.first_index + slot * kIndexStride;
  for (; index < to; ++index) {
    Frame frame;
    AMBIT_TRY(const FrameState state, reader.frame(offset, index, frame));
    if (state != FrameState::kFrame) {
      return corrupt("entry " + std::to_string(index) + " in `" + reader.path() +
                     "` is not what was written");
    }
    offset = frame.end();
    if (index >= from && !visit(frame)) return false;
  }
  return true;
}

Result<SegmentInfo> scan_segment(SegmentReader& reader, FrameState& end,
                                 const FrameVisitor& visit) {
  SegmentInfo info;
  auto header = reader.header();
  if (!header) {
    return fail(header.error().code, header.error().reason,
                "`" + reader.path() + "`: " + header.error().message);
  }
  info.header = *header;
  for (;;) {
    Frame frame;
    AMBIT_TRY(end, reader.frame(info.used_bytes, info.end_index(), frame));
    if (end != FrameState::kFrame) return info;
    info.add(frame.offset, frame.end());
    if (visit && !visit(frame)) return info;
  }
}

}  // namespace ambit::ledger_file::internal
