#include "cedar_schema/internal/warnings_unicode.h"

#include <algorithm>

namespace ambit::cedar::unicode {

std::uint32_t next_scalar(std::string_view text, std::size_t& offset) {
  const auto byte = [&](std::size_t at) {
    return at < text.size() ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])) : 0;
  };
  const std::uint32_t first = byte(offset);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint32_t scalar = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) scalar = scalar << 6 | (byte(offset + i) & 0x3F);
  offset += length;
  return scalar;
}

ScriptSet scripts_of(std::uint32_t scalar) {
  const auto after = std::upper_bound(kRuns.begin(), kRuns.end(), scalar << 9 | 511);
  return after == kRuns.begin() ? kSets[0] : kSets[*(after - 1) & 511];
}

bool is_allowed_in_identifier(std::uint32_t scalar) {
  const auto after = std::upper_bound(kFlips.begin(), kFlips.end(), scalar);
  return (after - kFlips.begin()) % 2 == 1;
}

bool is_bidi_control(std::uint32_t scalar) {
  return (scalar >= 0x202A && scalar <= 0x202E) || (scalar >= 0x2066 && scalar <= 0x2069);
}

bool is_single_script(std::string_view text) {
  ScriptSet common = kSets[1];
  for (std::size_t offset = 0; offset < text.size();) {
    const ScriptSet next = scripts_of(next_scalar(text, offset));
    for (std::size_t i = 0; i < common.size(); ++i) common[i] &= next[i];
  }
  return std::any_of(common.begin(), common.end(), [](std::uint64_t bits) { return bits != 0; });
}

bool has_bidi_control(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    if (is_bidi_control(next_scalar(text, offset))) return true;
  }
  return false;
}

}  // namespace ambit::cedar::unicode
