// The index of a closed segment: derived from it, so anything odd only means making it again.
#include <algorithm>
#include <utility>

#include "ledger_file/internal/bytes.h"
#include "ledger_file/internal/crc32c.h"
#include "ledger_file/internal/segment.h"

namespace ambit::ledger_file::internal {
namespace {

constexpr std::string_view kIndexMagic = "AMBITIDX";
constexpr std::size_t kIndexHeaderBytes = 96;

}  // namespace

std::string encode_index(const SegmentInfo& info) {
  std::string body;
  put(body, info.header.sequence);
  put(body, info.header.first_index);
  put(body, info.header.file_bytes);
  body += info.header.root.view();
  put(body, info.count);
  put(body, info.used_bytes);
  put(body, static_cast<std::uint32_t>(kIndexStride));
  put(body, static_cast<std::uint32_t>(info.offsets.size()));
  for (const std::uint32_t offset : info.offsets) put(body, offset);
  std::string out(kIndexMagic);
  put(out, kFormatVersion);
  put(out, crc32c(body));
  return out + body;
}

std::optional<SegmentInfo> parse_index(std::string_view bytes) {
  if (bytes.size() < kIndexHeaderBytes || !bytes.starts_with(kIndexMagic)) return {};
  if (get<std::uint32_t>(bytes, 8) != kFormatVersion) return {};
  if (get<std::uint32_t>(bytes, 12) != crc32c(bytes.substr(16))) return {};
  SegmentInfo info;
  SegmentHeader& header = info.header;
  header.sequence = get<std::uint64_t>(bytes, 16);
  header.first_index = get<std::uint64_t>(bytes, 24);
  header.file_bytes = get<std::uint64_t>(bytes, 32);
  std::copy_n(bytes.begin() + 40, header.root.bytes.size(), header.root.bytes.begin());
  info.count = get<std::uint64_t>(bytes, 72);
  info.used_bytes = get<std::uint64_t>(bytes, 80);
  const auto offsets = get<std::uint32_t>(bytes, 92);
  if (get<std::uint32_t>(bytes, 88) != kIndexStride || info.used_bytes > header.file_bytes ||
      info.count > header.file_bytes || offsets != (info.count + kIndexStride - 1) / kIndexStride ||
      bytes.size() != kIndexHeaderBytes + 4 * std::size_t{offsets}) {
    return {};
  }
  for (std::size_t i = 0; i < offsets; ++i) {
    info.offsets.push_back(get<std::uint32_t>(bytes, kIndexHeaderBytes + 4 * i));
  }
  return info;
}

}  // namespace ambit::ledger_file::internal
