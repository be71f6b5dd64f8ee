#include "cli/internal/diff.h"

#include <algorithm>
#include <cstdint>

namespace ambit::cli {
namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t kMaxCells = 4'000'000;  // of the table of common subsequences

// Each line with its line end, which the last may lack.
Lines split(std::string_view text) {
  Lines out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    out.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return out;
}

using Kind = DiffLine::Kind;

void append(std::vector<DiffLine>& out, Kind kind, const std::string& line) {
  const bool has_end = line.ends_with('\n');
  out.push_back({kind, has_end ? line.substr(0, line.size() - 1) : line, has_end});
}

// Longest common subsequence by dynamic programming, over what is left between a common head and
// tail.
void append_middle(std::vector<DiffLine>& out, const Lines& a, const Lines& b) {
  const std::size_t width = b.size() + 1;
  if (a.size() * b.size() > kMaxCells) {
    for (const auto& line : a) append(out, Kind::kRemoved, line);
    for (const auto& line : b) append(out, Kind::kAdded, line);
    return;
  }
  std::vector<std::uint32_t> longest((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint32_t& {
    return longest[i * width + j];
  };
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      at(i, j) = a[i] == b[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      append(out, Kind::kSame, a[i++]);
      ++j;
    } else if (i < a.size() && (j == b.size() || at(i + 1, j) >= at(i, j + 1))) {
      append(out, Kind::kRemoved, a[i++]);
    } else {
      append(out, Kind::kAdded, b[j++]);
    }
  }
}

std::vector<DiffLine> whole_diff(const Lines& a, const Lines& b) {
  std::size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  std::size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<std::ptrdiff_t>(head),
                 lines.end() - static_cast<std::ptrdiff_t>(tail));
  };
  std::vector<DiffLine> out;
  for (std::size_t i = 0; i < head; ++i) append(out, Kind::kSame, a[i]);
  append_middle(out, middle(a), middle(b));
  for (std::size_t i = a.size() - tail; i < a.size(); ++i) append(out, Kind::kSame, a[i]);
  return out;
}

// Which lines stand within `context` of a change.
std::vector<bool> shown_lines(const std::vector<DiffLine>& lines, std::size_t context) {
  std::vector<bool> shown(lines.size(), false);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].kind == Kind::kSame) continue;
    const std::size_t first = i > context ? i - context : 0;
    const std::size_t last = std::min(lines.size(), i + context + 1);
    for (std::size_t j = first; j < last; ++j) shown[j] = true;
  }
  return shown;
}

}  // namespace

std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after,
                                 std::size_t context) {
  const std::vector<DiffLine> whole = whole_diff(split(before), split(after));
  const std::vector<bool> shown = shown_lines(whole, context);
  std::vector<DiffLine> out;
  for (std::size_t i = 0; i < whole.size();) {
    if (shown[i]) {
      out.push_back(whole[i++]);
      continue;
    }
    std::size_t end = i;
    while (end < whole.size() && !shown[end]) ++end;
    out.push_back({Kind::kSkipped, std::to_string(end - i)});
    i = end;
  }
  return out;
}

}  // namespace ambit::cli
