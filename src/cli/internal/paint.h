// Colour for terminals.
#pragma once

#include <string>
#include <string_view>

#include "cli/internal/console.h"

namespace ambit::cli {

enum class Colour { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };

// Wraps text in the escape codes of a colour, or leaves it alone.
class Paint {
 public:
  explicit Paint(bool on) : on_(on) {}
  std::string operator()(Colour colour, std::string_view text) const;

 private:
  bool on_;
};

// Colour only when standard output is a terminal that knows it and NO_COLOR is not set.
Paint paint_for(const Console& console);

}  // namespace ambit::cli
