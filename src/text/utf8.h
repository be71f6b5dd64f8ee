// UTF-8: the one place that says what is well formed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ambit::text {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t length = 0;  // in bytes; zero: the text does not begin with a code point

  constexpr explicit operator bool() const { return length > 0; }
};

// The code point that `text` begins with. Overlong forms, surrogates and what lies beyond U+10FFFF
// are none (Unicode 15, table 3-7; RFC 3629).
constexpr CodePoint first_code_point(std::string_view text) {
  if (text.empty()) return {};
  const auto byte = [text](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(text[i]);
  };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  std::uint32_t value = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0u) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

// How many bytes of `text`, from its beginning, are well formed: all of them when it is UTF-8.
constexpr std::size_t valid_utf8_bytes(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const CodePoint next = first_code_point(text.substr(at));
    if (!next) break;
    at += next.length;
  }
  return at;
}

// Eight bytes at a time: most texts are, and need no closer look.
inline bool is_ascii(std::string_view text) {
  std::uint64_t seen = 0;
  std::uint64_t eight = 0;
  std::size_t at = 0;
  for (; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    seen |= eight;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & 0x8080808080808080u) == 0;
}

inline bool is_utf8(std::string_view text) {
  return is_ascii(text) || valid_utf8_bytes(text) == text.size();
}

// The longest prefix of at most `max_bytes` that does not end inside a UTF-8 sequence.
// Precondition: `text` is valid UTF-8.
constexpr std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xc0) == 0x80) --max_bytes;
  return text.substr(0, max_bytes);
}

}  // namespace ambit::text
