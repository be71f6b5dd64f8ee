#include "ledger_file/internal/segment.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "ledger/merkle.h"
#include "ledger_file/internal/crc32c.h"
#include "ledger_file/internal/test_support.h"

namespace ambit::ledger_file::internal {
namespace {

TEST(Crc32c, GivesTheValuesOfRfc3720) {
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising.push_back(c);
  EXPECT_EQ(crc32c(rising), 0x46dd794eu);
  EXPECT_EQ(crc32c(""), 0u);
}

TEST(Crc32c, InstructionAndTableAgreeHoweverTheBytesAreDivided) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const auto split = *rc::gen::inRange<std::size_t>(0, bytes.size() + 1);
    const std::string_view view = bytes;
    const std::uint32_t whole = crc32c_by_table(view);
    RC_ASSERT(crc32c(view) == whole);
    RC_ASSERT(crc32c(view.substr(split), crc32c(view.substr(0, split))) == whole);
  }));
}

TEST(Segment, HeaderReadsBackAndEveryChangedBitIsFound) {
  const SegmentHeader header{7, 123456789012345, 1u << 20, ledger::leaf_hash("x")};
  const std::string bytes = encode_segment_header(header);
  ASSERT_EQ(bytes.size(), kSegmentHeaderBytes);
  EXPECT_EQ(*parse_segment_header(bytes), header);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(parse_segment_header(changed)) << i;
  }
  EXPECT_FALSE(parse_segment_header(bytes.substr(0, 127)));
}

TEST(Segment, IndexReadsBackAndEveryChangedBitIsFound) {
  SegmentInfo info;
  info.header = {3, 1000, 1u << 20, ledger::empty_root()};
  for (std::uint64_t i = 0; i < 600; ++i) info.add(info.used_bytes, info.used_bytes + 100 + i);
  const std::string bytes = encode_index(info);
  const auto read = parse_index(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header, info.header);
  EXPECT_EQ(read->count, 600u);
  EXPECT_EQ(read->used_bytes, info.used_bytes);
  EXPECT_EQ(read->offsets, info.offsets);
  EXPECT_EQ(read->offsets.size(), 3u);
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string changed = bytes;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(parse_index(changed)) << i;
  }
}

TEST(Segment, FramesOfAnyContentReadBack) {
  TempDir dir;
  EXPECT_TRUE(rc::check([&] {
    const auto records = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::arbitrary<char>())));
    std::string bytes = encode_segment_header({0, 5, 0, ledger::empty_root()});
    for (std::size_t i = 0; i < records.size(); ++i) append_frame(bytes, 5 + i, 0, records[i]);
    const std::string path = dir / "x.seg";
    spill(path, bytes + std::string(64, '\0'));
    auto reader = SegmentReader::open(path, 64);
    RC_ASSERT(reader.has_value());
    FrameState end = FrameState::kBad;
    std::vector<std::string> found;
    const auto info = scan_segment(*reader, end, [&](const Frame& frame) {
      RC_ASSERT(frame.index == 5 + found.size());
      found.emplace_back(frame.record);
      return true;
    });
    RC_ASSERT(info.has_value());
    RC_ASSERT(end == FrameState::kEnd);
    RC_ASSERT(found == records);
    RC_ASSERT(info->used_bytes == bytes.size());
    RC_ASSERT(*reader->end_of_bytes(info->used_bytes) == bytes.size());
  }));
}

}  // namespace
}  // namespace ambit::ledger_file::internal
