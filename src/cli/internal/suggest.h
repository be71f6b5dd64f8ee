// What a mistyped word was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ambit::cli {

// The word of `known` that is at most two edits (insert, delete, replace, swap of neighbours) from
// `word`, or the empty string.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

// `a`, `b` and `c`, each in backticks.
std::string listed(const std::vector<std::string>& words);

}  // namespace ambit::cli
