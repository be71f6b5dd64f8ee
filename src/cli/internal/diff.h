// What changes between two texts, line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ambit::cli {

struct DiffLine {
  enum class Kind { kSame, kRemoved, kAdded, kSkipped };
  Kind kind = Kind::kSame;
  std::string text;          // of kSkipped: how many unchanged lines stand there
  bool has_line_end = true;  // false for the last line of a text that does not end in one

  friend bool operator==(const DiffLine&, const DiffLine&) = default;
};

// A shortest edit from `before` to `after`, with `context` unchanged lines around each change and
// the rest of the unchanged ones counted. Very large differences are shown as all removed, all
// added. A last line without its line end differs
// from the same line with it.
std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after,
                                 std::size_t context = 3);

}  // namespace ambit::cli
