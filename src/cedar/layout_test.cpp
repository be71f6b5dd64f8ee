#include "cedar/internal/layout.h"

#include <gtest/gtest.h>

#include "cedar/internal/display_width.h"

namespace ambit::cedar {
namespace {

constexpr std::size_t kPlenty = 1u << 20;

std::string laid_out(Document document, std::size_t width) {
  return lay_out(document, width, kPlenty).value();
}

TEST(Layout, BreaksAllLinesOfAGroupThatDoesNotFit) {
  LayoutBuilder b;
  const Document inside = b.append(
      {b.text("["), b.nest(b.append({b.soft_line(), b.text("aa,"), b.line(), b.text("bb")}), 2),
       b.soft_line(), b.text("]")});
  const Document group = b.group(inside);
  EXPECT_EQ(laid_out(group, 8), "[aa, bb]");
  EXPECT_EQ(laid_out(group, 7), "[\n  aa,\n  bb\n]");
}

TEST(Layout, BreaksTheOuterGroupFirst) {
  LayoutBuilder b;
  const Document inner = b.group(b.append({b.text("c"), b.line(), b.text("d")}));
  const Document outer = b.group(b.append({b.text("a"), b.line(), inner}));
  EXPECT_EQ(laid_out(outer, 5), "a c d");
  EXPECT_EQ(laid_out(outer, 4), "a\nc d");
  EXPECT_EQ(laid_out(outer, 2), "a\nc\nd");
}

TEST(Layout, CountsWhatFollowsAGroupUpToTheNextBreak) {
  LayoutBuilder b;
  const Document group = b.group(b.append({b.text("a"), b.line(), b.text("b")}));
  const Document all = b.append({group, b.text(";;"), b.newline(), b.text("and so on")});
  EXPECT_EQ(laid_out(all, 5), "a b;;\nand so on");
  EXPECT_EQ(laid_out(all, 4), "a\nb;;\nand so on");
}

TEST(Layout, ANewlineBreaksItsGroup) {
  LayoutBuilder b;
  const Document group =
      b.group(b.append({b.text("a"), b.line(), b.text("b"), b.newline(), b.text("c")}));
  EXPECT_EQ(laid_out(group, 80), "a\nb\nc");
}

TEST(Layout, NothingIsNothing) {
  LayoutBuilder b;
  EXPECT_EQ(b.append({b.nothing(), b.text(""), b.group(b.nothing()), b.nest(nullptr, 2)}), nullptr);
  EXPECT_EQ(laid_out(nullptr, 80), "");
}

TEST(Layout, StopsWhenTheTextGrowsTooLong) {
  LayoutBuilder b;
  Document all = nullptr;
  for (int i = 0; i < 100; ++i) all = b.append({all, b.newline(), b.nest(b.text("a"), 40)});
  EXPECT_TRUE(lay_out(all, 80, 1000));
  EXPECT_FALSE(lay_out(all, 80, 100));
}

TEST(DisplayWidth, CountsColumns) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("abc\n"), 4u);
  EXPECT_EQ(display_width("é"), 1u);
  EXPECT_EQ(display_width("e\u0301"), 1u) << "a combining mark takes none";
  EXPECT_EQ(display_width("漢字"), 4u);
  EXPECT_EQ(display_width("😀"), 2u);
  EXPECT_EQ(display_width("a\u200bb"), 2u) << "a zero width space";
  EXPECT_EQ(display_width("ﾞ\u2d7f"), 2u);
}

}  // namespace
}  // namespace ambit::cedar
