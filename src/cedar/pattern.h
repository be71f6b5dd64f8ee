// The right side of `like`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ambit::cedar {

// `a*b` is the pieces `a` and `b`: any text may stand between two pieces. One piece is literal
// text.
struct Pattern {
  std::vector<std::string> pieces{std::string()};

  // Whether all of `text` is of this pattern. Takes at most text times pattern steps.
  bool matches(std::string_view text) const;

  friend bool operator==(const Pattern&, const Pattern&) = default;
};

}  // namespace ambit::cedar
