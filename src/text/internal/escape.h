// What both writers and readers of JSON strings know about their bytes.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ambit::text::internal {

constexpr std::array<bool, 256> escape_table() {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = true;
  table['"'] = true;
  table['\\'] = true;
  return table;
}
inline constexpr std::array<bool, 256> kNeedsEscape = escape_table();

constexpr std::uint64_t repeated(unsigned char byte) { return 0x0101010101010101u * byte; }

// The high bit of each of eight bytes that is a control character, a quote or a backslash. Above
// the lowest of them others may be set that are none.
inline std::uint64_t need_escape(std::uint64_t eight) {
  const auto zeros = [](std::uint64_t x) { return (x - repeated(1)) & ~x & repeated(0x80); };
  const std::uint64_t control = (eight - repeated(0x20)) & ~eight & repeated(0x80);
  return control | zeros(eight ^ repeated('"')) | zeros(eight ^ repeated('\\'));
}

// The first place from `at` on that needs an escape, or the end.
inline std::size_t end_of_run(std::string_view text, std::size_t at) {
  for (std::uint64_t eight = 0; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const std::uint64_t found = need_escape(eight);
    if (found == 0) continue;
    // The lowest byte stands first where the machine has it so.
    if constexpr (std::endian::native == std::endian::little) {
      return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    break;
  }
  while (at < text.size() && !kNeedsEscape[static_cast<unsigned char>(text[at])]) ++at;
  return at;
}

// Where UTF-8 order and UTF-16 order differ: U+E000..U+FFFF (lead bytes EE, EF) sort after the
// supplementary characters (F0..F4), whose UTF-16 form begins with a surrogate.
inline unsigned utf16_rank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0xEE || byte == 0xEF ? byte + 0x10u : byte;
}

// The order of keys in canonical JSON (RFC 8785 section 3.2.3).
inline bool utf16_less(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  return utf16_rank(*x) < utf16_rank(*y);
}

}  // namespace ambit::text::internal
