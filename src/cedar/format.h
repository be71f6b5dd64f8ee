// Policies in the layout that all of them share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::cedar {

// In columns. `indent_width` is at most 80.
struct FormatOptions {
  std::size_t line_width = 80;
  std::size_t indent_width = 2;
};

// The policies and templates of `text`, laid out anew: one blank line between policies, lines
// broken where they would be too long, every comment kept. Reading the result gives the same
// policies and templates with the same ids. Errors: `cedar.syntax`, and `cedar.format_limit` for a
// policy that is, or becomes, longer than kMaxFormattedPolicyBytes.
Result<std::string> format_policies(std::string_view text, FormatOptions options = {});

}  // namespace ambit::cedar
