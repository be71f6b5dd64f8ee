#include "text/utf8.h"

#include <gtest/gtest.h>
#include <string>

namespace ambit::text {
namespace {

std::string encoded(std::uint32_t point) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {static_cast<char>(point)};
  if (point < 0x800) return {static_cast<char>(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {static_cast<char>(0xE0 | point >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, ReadsEveryScalarValueAndNoSurrogate) {
  for (std::uint32_t point = 0; point <= 0x110000; ++point) {
    const std::string text = encoded(point) + "x";
    const CodePoint read = first_code_point(text);
    const bool scalar = point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
    if (read.length != (scalar ? text.size() - 1 : 0) || (scalar && read.value != point)) {
      FAIL() << "U+" << std::hex << point;
    }
  }
}

// Every pair of bytes: only ASCII and the two-byte forms of U+0080 to U+07FF are whole.
TEST(Utf8, TakesTwoBytesOnlyWhereTheyAreTheShortestForm) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      const bool pair = first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;
      const std::size_t expected = first < 0x80 ? 1 : pair ? 2 : 0;
      ASSERT_EQ(first_code_point(text).length, expected) << first << " " << second;
    }
  }
}

TEST(Utf8, RefusesOverlongTruncatedAndBareBytes) {
  for (const char* text :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80",
        "\xBF", "\xC3", "\xE2\x82", "\xF0\x9F\x98", "\xFE", "\xFF", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(first_code_point(text)) << text;
    EXPECT_FALSE(is_utf8(text)) << text;
  }
  EXPECT_FALSE(first_code_point(""));
  EXPECT_TRUE(is_utf8(""));
}

TEST(Utf8, SaysHowFarATextIsWellFormed) {
  EXPECT_EQ(valid_utf8_bytes("a\xC3\xA9z"), 4u);
  EXPECT_EQ(valid_utf8_bytes("a\xC3\xA9\xC3z"), 3u);
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(Utf8, NeverCutsACharacter) {
  const std::string text = "a\xC3\xA9\xF0\x9F\x98\x80";
  const std::size_t kept[] = {0, 1, 1, 3, 3, 3, 3, 7, 7};
  for (std::size_t most = 0; most < 9; ++most) {
    EXPECT_EQ(truncate_utf8(text, most).size(), kept[most]) << most;
  }
}

TEST(Utf8, AsciiIsToldWhereverTheOtherByteStands) {
  for (std::size_t size = 0; size < 20; ++size) {
    const std::string plain(size, '\x7f');
    EXPECT_TRUE(is_ascii(plain));
    for (std::size_t at = 0; at < size; ++at) {
      std::string text = plain;
      text[at] = '\x80';
      EXPECT_FALSE(is_ascii(text)) << size << " " << at;
      EXPECT_FALSE(is_utf8(text)) << size << " " << at;
    }
  }
}

}  // namespace
}  // namespace ambit::text
