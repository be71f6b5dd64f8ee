// Cutting text without breaking it.
#pragma once

#include <cstddef>
#include <string_view>

namespace ambit::text {

// The longest prefix of at most `max_bytes` that does not end inside a UTF-8 sequence.
// Precondition: `text` is valid UTF-8.
constexpr std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace ambit::text
