#include "mcp/line_framer.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <vector>

namespace ambit::mcp {
namespace {

TEST(LineFramer, FindsLinesHoweverTheBytesAreCut) {
  EXPECT_TRUE(rc::check([] {
    const std::string all = "{\"a\":1}\r\n\n\nsecond\nthird\n";
    LineFramer framer;
    std::vector<std::string> lines;
    std::size_t at = 0;
    while (at < all.size()) {
      const auto size = static_cast<std::size_t>(*rc::gen::inRange(1, 9));
      RC_ASSERT(framer
                    .feed(std::string_view(all).substr(at, size),
                          [&](std::string_view line) {
                            lines.emplace_back(line);
                            return true;
                          })
                    .has_value());
      at += size;
    }
    RC_ASSERT(lines == std::vector<std::string>({"{\"a\":1}", "second", "third"}));
  }));
}

TEST(LineFramer, RefusesALineBeyondItsBound) {
  LineFramer framer(8);
  const auto ignore = [](std::string_view) { return true; };
  EXPECT_TRUE(framer.feed("12345678\n1234", ignore));
  EXPECT_EQ(framer.rest(), "1234");
  EXPECT_TRUE(framer.feed("5678", ignore));
  const auto refused = framer.feed("9", ignore);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "rpc.line_size");
}

TEST(LineFramer, StopsWhenTold) {
  LineFramer framer;
  int lines = 0;
  EXPECT_TRUE(framer.feed("a\nb\nc\n", [&](std::string_view) { return ++lines < 2; }));
  EXPECT_EQ(lines, 2);
}

}  // namespace
}  // namespace ambit::mcp
