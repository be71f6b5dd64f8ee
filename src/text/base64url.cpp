#include "text/base64url.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace ambit::text {
namespace {

constexpr std::string_view kUrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kStandardAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::uint8_t kNone = 0xFF;

using ReverseTable = std::array<std::uint8_t, 256>;

constexpr ReverseTable reverse(std::string_view alphabet) {
  ReverseTable table{};
  for (auto& entry : table) entry = kNone;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr ReverseTable kUrlReverse = reverse(kUrlAlphabet);
constexpr ReverseTable kStandardReverse = reverse(kStandardAlphabet);
constexpr ReverseTable kHexReverse = reverse(kHexDigits);

std::uint32_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

void append(std::string& out, std::string_view bytes, std::string_view alphabet, bool padded) {
  const std::size_t rest = bytes.size() % 3;
  const std::size_t tail = rest == 0 ? 0 : padded ? 4 : rest + 1;
  const std::size_t before = out.size();
  out.resize(before + bytes.size() / 3 * 4 + tail, '=');
  const char* const digits = alphabet.data();
  char* to = out.data() + before;
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group =
        byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2);
    *to++ = digits[group >> 18];
    *to++ = digits[group >> 12 & 63];
    *to++ = digits[group >> 6 & 63];
    *to++ = digits[group & 63];
  }
  if (rest == 0) return;
  const std::uint32_t group =
      byte_at(bytes, i) << 16 | (rest == 2 ? byte_at(bytes, i + 1) << 8 : 0);
  *to++ = digits[group >> 18];
  *to++ = digits[group >> 12 & 63];
  if (rest == 2) *to++ = digits[group >> 6 & 63];
}

// `text` is without padding. Returns false for a foreign character, an impossible length or bits
// set that the encoding leaves over, so that one value has one encoding.
bool decode(std::string_view text, const ReverseTable& table, std::string& out) {
  const std::size_t rest = text.size() % 4;
  if (rest == 1) return false;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const std::uint8_t value = table[static_cast<std::uint8_t>(c)];
    if (value == kNone) return false;
    bits = bits << 6 | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  return (bits & ((1u << held) - 1)) == 0;
}

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string out;
  append_base64url(out, bytes);
  return out;
}

void append_base64url(std::string& out, std::string_view bytes) {
  append(out, bytes, kUrlAlphabet, false);
}

Result<std::string> from_base64url(std::string_view text) {
  std::string out;
  if (!decode(text, kUrlReverse, out)) {
    return fail(Code::kInvalid, "base64url.malformed",
                "not base64url (RFC 4648 section 5) without padding");
  }
  return out;
}

bool read_base64url(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != (out.size() * 4 + 2) / 3) return false;
  const auto value = [&text](std::size_t i) -> std::uint32_t {
    return kUrlReverse[static_cast<std::uint8_t>(text[i])];
  };
  std::size_t from = 0, to = 0;
  std::uint32_t foreign = 0;
  for (; to + 3 <= out.size(); from += 4, to += 3) {
    const std::uint32_t a = value(from), b = value(from + 1), c = value(from + 2),
                        d = value(from + 3);
    foreign |= a | b | c | d;
    const std::uint32_t group = a << 18 | b << 12 | c << 6 | d;
    out[to] = static_cast<std::uint8_t>(group >> 16);
    out[to + 1] = static_cast<std::uint8_t>(group >> 8);
    out[to + 2] = static_cast<std::uint8_t>(group);
  }
  if (to < out.size()) {
    const bool two = out.size() - to == 2;
    const std::uint32_t a = value(from), b = value(from + 1), c = two ? value(from + 2) : 0;
    foreign |= a | b | c;
    const std::uint32_t group = a << 18 | b << 12 | c << 6;
    out[to] = static_cast<std::uint8_t>(group >> 16);
    if (two) out[to + 1] = static_cast<std::uint8_t>(group >> 8);
    if ((group & (two ? 0xFFu : 0xFFFFu)) != 0) return false;  // stray low bits
  }
  return foreign < 64;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  append(out, bytes, kStandardAlphabet, true);
  return out;
}

Result<std::string> from_base64(std::string_view text) {
  std::string out;
  std::string_view body = text;
  if (body.ends_with('=')) body.remove_suffix(1);
  if (body.ends_with('=')) body.remove_suffix(1);
  if (text.size() % 4 != 0 || (body.size() != text.size() && body.size() % 4 == 0) ||
      !decode(body, kStandardReverse, out)) {
    return fail(Code::kInvalid, "base64.malformed",
                "not base64 (RFC 4648 section 4) with its padding");
  }
  return out;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  append_hex(out, bytes);
  return out;
}

void append_hex(std::string& out, std::string_view bytes) {
  std::size_t to = out.size();
  out.resize(to + bytes.size() * 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[to++] = kHexDigits[byte_at(bytes, i) >> 4];
    out[to++] = kHexDigits[byte_at(bytes, i) & 15];
  }
}

Result<std::string> from_hex(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const std::uint8_t high = kHexReverse[byte_at(text, i)];
    const std::uint8_t low = kHexReverse[byte_at(text, i + 1)];
    if (high == kNone || low == kNone) break;
    out += static_cast<char>(high << 4 | low);
  }
  if (out.size() * 2 != text.size()) {
    return fail(Code::kInvalid, "hex.malformed", "not pairs of lower-case hex digits");
  }
  return out;
}

}  // namespace ambit::text
