#include "tool_schema/internal/iso_duration.h"

#include <array>
#include <charconv>

namespace ambit::tool_schema {
namespace {

struct Unit {
  char letter;
  bool of_time;
  std::int64_t ms;
};

constexpr std::array<Unit, 5> kUnits = {{{'W', false, 604'800'000},
                                         {'D', false, 86'400'000},
                                         {'H', true, 3'600'000},
                                         {'M', true, 60'000},
                                         {'S', true, 1'000}}};

}  // namespace

std::optional<std::int64_t> iso_duration_ms(std::string_view text) {
  if (text.size() < 3 || text.front() != 'P' || text.back() == 'T') return std::nullopt;
  text.remove_prefix(1);
  std::int64_t total = 0;
  bool in_time = false;
  std::size_t next = 0;  // units come in their order, each at most once
  while (!text.empty()) {
    if (text.front() == 'T') {
      if (in_time) return std::nullopt;
      in_time = true;
      text.remove_prefix(1);
      continue;
    }
    std::int64_t count = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, count);
    if (text.front() == '-' || error != std::errc() || rest == end) return std::nullopt;
    while (next < kUnits.size() &&
           (kUnits[next].letter != *rest || kUnits[next].of_time != in_time)) {
      ++next;
    }
    std::int64_t ms = 0;
    if (next == kUnits.size() || __builtin_mul_overflow(count, kUnits[next].ms, &ms) ||
        __builtin_add_overflow(total, ms, &total)) {
      return std::nullopt;
    }
    ++next;
    text.remove_prefix(static_cast<std::size_t>(rest + 1 - text.data()));
  }
  return total;
}

}  // namespace ambit::tool_schema
