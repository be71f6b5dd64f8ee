#include "cli/internal/visible.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::cli {
namespace {

TEST(Visible, LeavesOrdinaryTextAlone) {
  EXPECT_EQ(visible("Zürich, 東京, 🙂 \"x\" \\"), "Zürich, 東京, 🙂 \"x\" \\");
  EXPECT_TRUE(is_plain("plain"));
}

TEST(Visible, WritesOutControlCharacters) {
  EXPECT_EQ(visible("a\x1b[2Jb\n\t\r\x7f"), "a\\u{001B}[2Jb\\n\\t\\r\\u{007F}");
  EXPECT_EQ(visible(std::string_view("\0", 1)), "\\u{0000}");
  EXPECT_EQ(visible("\xc2\x9b"), "\\u{009B}");  // a one-character escape sequence introducer
}

TEST(Visible, WritesOutCharactersThatChangeDirection) {
  for (const char* text : {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067",
                           "\u2068", "\u2069", "\u200e", "\u200f", "\u061c"}) {
    EXPECT_FALSE(is_plain(text));
  }
  EXPECT_EQ(visible("gpj.\u202etxe"), "gpj.\\u{202E}txe");
}

TEST(Visible, WritesOutWhatCannotBeSeenOrLooksLikeASpace) {
  EXPECT_EQ(visible("a\u200bb"), "a\\u{200B}b");
  EXPECT_EQ(visible("a\u00a0b\u3000"), "a\\u{00A0}b\\u{3000}");
  EXPECT_EQ(visible("\ufeff\u00ad"), "\\u{FEFF}\\u{00AD}");
  EXPECT_EQ(visible("x\U000E0041\U000E007F"), "x\\u{E0041}\\u{E007F}");  // tags
  EXPECT_EQ(visible("\ufe0f\U000e0100"), "\\u{FE0F}\\u{E0100}");
}

TEST(Visible, WritesOutBytesThatAreNotUtf8) {
  EXPECT_EQ(visible("a\xff"), "a\\xFF");
  EXPECT_EQ(visible("\xc0\xaf"), "\\xC0\\xAF");                    // overlong
  EXPECT_EQ(visible("\xed\xa0\x80"), "\\xED\\xA0\\x80");           // surrogate
  EXPECT_EQ(visible("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80");  // beyond the last
  EXPECT_EQ(visible("\xe2\x82"), "\\xE2\\x82");                    // cut off
}

TEST(Visible, NeverPassesAControlByteOn) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    const std::string shown = visible(bytes);
    RC_ASSERT(std::none_of(shown.begin(), shown.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    }));
    RC_ASSERT(is_plain(shown));
  }));
}

TEST(Visible, CountsCharacters) { EXPECT_EQ(width_of("Zürich"), 6u); }

}  // namespace
}  // namespace ambit::cli
