#include "text/internal/pattern.h"

#include <algorithm>

#include "text/utf8.h"

namespace ambit::text::internal {
namespace {

// Precondition: `text` is not empty.
std::uint32_t take_code_point(std::string_view& text) {
  const CodePoint next = first_code_point(text);
  text.remove_prefix(std::max<std::size_t>(next.length, 1));
  return next.value;
}

}  // namespace

// The steps reached without reading, kept once each.
struct Pattern::Threads {
  explicit Threads(std::size_t size) : seen(size, 0) {
    steps.reserve(size);
    stack.reserve(8);
  }

  void clear() {
    for (const std::uint32_t step : steps) seen[step] = 0;
    steps.clear();
  }

  std::vector<std::uint32_t> steps;
  std::vector<std::uint8_t> seen;  // not bits, which are slower to set
  std::vector<std::uint32_t> stack;
};

bool Pattern::Set::contains(std::uint32_t point) const {
  if (point < 128) return ascii[point];
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), point,
                                      [](std::uint32_t p, const auto& r) { return p < r.first; });
  return after != ranges.begin() && point <= std::prev(after)->second;
}

// True when the match is reached.
bool Pattern::add(Threads& threads, std::uint32_t start, bool at_begin, bool at_end) const {
  threads.stack.assign(1, start);
  while (!threads.stack.empty()) {
    const std::uint32_t at = threads.stack.back();
    threads.stack.pop_back();
    if (threads.seen[at] != 0) continue;
    threads.seen[at] = 1;
    threads.steps.push_back(at);
    const Step& step = program_[at];
    switch (step.op) {
      case Op::kMatch: return true;
      case Op::kSet: break;
      case Op::kJump: threads.stack.push_back(step.next); break;
      case Op::kSplit:
        threads.stack.push_back(step.next);
        threads.stack.push_back(step.other);
        break;
      case Op::kBegin:
        if (at_begin) threads.stack.push_back(at + 1);
        break;
      case Op::kEnd:
        if (at_end) threads.stack.push_back(at + 1);
        break;
    }
  }
  return false;
}

bool Pattern::found_in(std::string_view text) const {
  Threads now(program_.size());
  Threads then(program_.size());
  if (add(now, 0, true, text.empty())) return true;
  while (!text.empty()) {
    const std::uint32_t point = take_code_point(text);
    then.clear();
    for (const std::uint32_t at : now.steps) {
      const Step& step = program_[at];
      if (step.op != Op::kSet || !sets_[step.next].contains(point)) continue;
      if (add(then, at + 1, false, text.empty())) return true;
    }
    // The pattern may also start here, unless it starts with `^`.
    if (program_.front().op != Op::kBegin) {
      if (add(then, 0, false, text.empty())) return true;
    } else if (then.steps.empty()) {
      return false;
    }
    std::swap(now, then);
  }
  return false;
}

}  // namespace ambit::text::internal
