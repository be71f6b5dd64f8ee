#include "cli/internal/paint.h"

namespace ambit::cli {
namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kPlain: return "";
    case Colour::kBold: return "1";
    case Colour::kDim: return "2";
    case Colour::kRed: return "31";
    case Colour::kGreen: return "32";
    case Colour::kYellow: return "33";
    case Colour::kCyan: return "36";
  }
  return "";
}

}  // namespace

std::string Paint::operator()(Colour colour, std::string_view text) const {
  if (!on_ || colour == Colour::kPlain || text.empty()) return std::string(text);
  return "\x1b[" + std::string(code_of(colour)) + "m" + std::string(text) + "\x1b[0m";
}

Paint paint_for(const Console& console) {
  return Paint(console.out_is_terminal && !console.env("NO_COLOR") &&
               console.env("TERM").value_or("") != "dumb");
}

}  // namespace ambit::cli
