#include "cli/internal/diff.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ambit::cli {
namespace {

using Kind = DiffLine::Kind;

// The text that one side of a diff without skipped lines says.
std::string side(const std::vector<DiffLine>& lines, Kind kind) {
  std::string out;
  for (const DiffLine& line : lines) {
    if (line.kind != Kind::kSame && line.kind != kind) continue;
    out += line.text;
    if (line.has_line_end) out += '\n';
  }
  return out;
}

TEST(Diff, ShowsAReplacedLine) {
  const std::vector<DiffLine> expected{
      {Kind::kSame, "a"}, {Kind::kRemoved, "b"}, {Kind::kAdded, "B"}, {Kind::kSame, "c"}};
  EXPECT_EQ(diff_lines("a\nb\nc\n", "a\nB\nc\n"), expected);
}

TEST(Diff, CountsUnchangedLinesFarFromAChange) {
  const auto lines = diff_lines("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n5\nsix\n", 1);
  const std::vector<DiffLine> expected{
      {Kind::kSkipped, "4"}, {Kind::kSame, "5"}, {Kind::kRemoved, "6"}, {Kind::kAdded, "six"}};
  EXPECT_EQ(lines, expected);
}

TEST(Diff, TellsAMissingLineEnd) {
  const std::vector<DiffLine> expected{{Kind::kRemoved, "a", true}, {Kind::kAdded, "a", false}};
  EXPECT_EQ(diff_lines("a\n", "a"), expected);
}

TEST(Diff, HandlesEmptyTexts) {
  EXPECT_TRUE(diff_lines("", "").empty());
  EXPECT_EQ(diff_lines("", "x\n"), (std::vector<DiffLine>{{Kind::kAdded, "x"}}));
  EXPECT_EQ(diff_lines("x\n", ""), (std::vector<DiffLine>{{Kind::kRemoved, "x"}}));
}

TEST(Diff, CountsAllLinesOfEqualTexts) {
  EXPECT_EQ(diff_lines("a\nb\n", "a\nb\n"), (std::vector<DiffLine>{{Kind::kSkipped, "2"}}));
}

TEST(Diff, ShowsHugeDifferencesWhole) {
  std::string before;
  std::string after;
  for (int i = 0; i < 3000; ++i) {
    before += "old " + std::to_string(i) + "\n";
    after += "new " + std::to_string(i) + "\n";
  }
  EXPECT_EQ(diff_lines(before, after).size(), 6000u);
}

TEST(Diff, SaysBothTextsWhole) {
  const auto line = rc::gen::element<std::string>("a\n", "b\n", "c\n", "d");
  const auto text = rc::gen::map(rc::gen::container<std::vector<std::string>>(line),
                                 [](const std::vector<std::string>& lines) {
                                   std::string out;
                                   for (const auto& each : lines) out += each;
                                   return out;
                                 });
  EXPECT_TRUE(rc::check([&] {
    const std::string before = *text;
    const std::string after = *text;
    RC_PRE(before != after);  // without a change every line is skipped
    const auto lines = diff_lines(before, after, 1000);
    RC_ASSERT(side(lines, Kind::kRemoved) == before);
    RC_ASSERT(side(lines, Kind::kAdded) == after);
  }));
}

}  // namespace
}  // namespace ambit::cli
