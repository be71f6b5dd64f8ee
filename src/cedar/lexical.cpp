#include "cedar/internal/lexical.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ambit::cedar {
namespace {

constexpr std::uint32_t kMaxScalar = 0x10FFFF;

bool is_surrogate(std::uint32_t scalar) { return scalar >= 0xD800 && scalar <= 0xDFFF; }

bool starts_identifier(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::optional<std::uint32_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A') + 10;
  return std::nullopt;
}

// The scalar of `\x41` whose digits are `digits`: two of them, ASCII only.
std::optional<std::uint32_t> hex_escape(std::string_view digits) {
  if (digits.size() != 2) return std::nullopt;
  const auto high = hex_digit(digits[0]);
  const auto low = hex_digit(digits[1]);
  if (!high || !low || *high > 7) return std::nullopt;
  return *high * 16 + *low;
}

// The scalar of `\u{1F600}` whose inside is `digits`: one to six, with `_` allowed after the first.
std::optional<std::uint32_t> unicode_escape(std::string_view digits) {
  if (digits.empty() || digits.front() == '_') return std::nullopt;
  std::uint32_t scalar = 0;
  int count = 0;
  for (char c : digits) {
    if (c == '_') continue;
    const auto digit = hex_digit(c);
    if (!digit || ++count > 6) return std::nullopt;
    scalar = scalar * 16 + *digit;
  }
  if (scalar > kMaxScalar || is_surrogate(scalar)) return std::nullopt;
  return scalar;
}

std::optional<std::uint32_t> simple_escape(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '0': return '\0';
    case '\\':
    case '\'':
    case '"': return static_cast<std::uint32_t>(c);
    default: return std::nullopt;
  }
}

struct Escape {
  std::optional<std::uint32_t> scalar;
  std::size_t length = 0;  // with its backslash
};

// Reads the escape that begins with the backslash at `offset`.
Escape read_escape(std::string_view raw, std::size_t offset, Quoted kind) {
  const std::string_view rest = raw.substr(offset + 1);
  if (rest.empty()) return {std::nullopt, 1};
  if (rest.front() == 'x') {
    const std::string_view digits = rest.substr(1, 2);
    return {hex_escape(digits), 2 + digits.size()};
  }
  if (rest.starts_with("u{")) {
    const std::size_t close = rest.find('}');
    if (close == std::string_view::npos) return {std::nullopt, 3};
    return {unicode_escape(rest.substr(2, close - 2)), close + 2};
  }
  if (rest.front() == '*' && kind == Quoted::kPattern) return {U'*', 2};
  std::uint32_t scalar = 0;
  return {simple_escape(rest.front()), 1 + std::max<std::size_t>(1, decode_utf8(rest, 0, scalar))};
}

// Controls, and what a reader would not see or would see elsewhere (bidirectional, zero width).
bool prints_as_itself(std::uint32_t scalar) {
  if (scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0) || scalar == 0xAD) return false;
  if (scalar >= 0x200B && scalar <= 0x200F) return false;
  if (scalar >= 0x2028 && scalar <= 0x202E) return false;
  if (scalar >= 0x2060 && scalar <= 0x206F) return false;
  return scalar != 0xFEFF && scalar < 0xE0000;
}

}  // namespace

bool is_identifier(std::string_view text) {
  return !text.empty() && starts_identifier(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return starts_identifier(c) || (c >= '0' && c <= '9'); });
}

bool is_reserved(std::string_view identifier) {
  static constexpr std::array<std::string_view, 10> kReserved = {
      "true", "false", "if", "then", "else", "in", "is", "like", "has", "__cedar"};
  return std::find(kReserved.begin(), kReserved.end(), identifier) != kReserved.end();
}

bool is_name(std::string_view text) {
  while (true) {
    const std::size_t separator = text.find("::");
    const std::string_view part = text.substr(0, separator);
    if (!is_identifier(part) || is_reserved(part)) return false;
    if (separator == std::string_view::npos) return true;
    text.remove_prefix(separator + 2);
  }
}

std::size_t decode_utf8(std::string_view text, std::size_t offset, std::uint32_t& scalar) {
  if (offset >= text.size()) return 0;
  const auto first = static_cast<std::uint8_t>(text[offset]);
  if (first < 0x80) {
    scalar = first;
    return 1;
  }
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || offset + length > text.size()) return 0;
  scalar = first & (0xFFu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[offset + i]);
    if ((byte & 0xC0) != 0x80) return 0;
    scalar = (scalar << 6) | (byte & 0x3Fu);
  }
  static constexpr std::array<std::uint32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (scalar < kLeast[length] || scalar > kMaxScalar || is_surrogate(scalar)) return 0;
  return length;
}

bool is_white_space(std::uint32_t scalar) {
  if (scalar == ' ' || (scalar >= '\t' && scalar <= '\r')) return true;
  if (scalar < 0x80) return false;
  return scalar == 0x85 || scalar == 0xA0 || scalar == 0x1680 ||
         (scalar >= 0x2000 && scalar <= 0x200A) || scalar == 0x2028 || scalar == 0x2029 ||
         scalar == 0x202F || scalar == 0x205F || scalar == 0x3000;
}

void append_utf8(std::string& out, std::uint32_t scalar) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | ((scalar >> shift) & 0x3F));
  };
  if (scalar < 0x80) {
    out += static_cast<char>(scalar);
  } else if (scalar < 0x800) {
    out += static_cast<char>(0xC0 | (scalar >> 6));
    tail(0);
  } else if (scalar < 0x10000) {
    out += static_cast<char>(0xE0 | (scalar >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | (scalar >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::optional<Unquoted> unquote(std::string_view raw, Quoted kind, BadEscape& bad) {
  Unquoted out;
  out.pieces.emplace_back();
  std::size_t i = 0;
  while (i < raw.size()) {
    const char c = raw[i];
    if (c == '\r') {
      bad = {i, 1};
      return std::nullopt;
    }
    if (c == '*' && kind == Quoted::kPattern) {
      out.pieces.emplace_back();
      ++i;
      continue;
    }
    if (c != '\\') {
      out.pieces.back() += c;
      ++i;
      continue;
    }
    const Escape escape = read_escape(raw, i, kind);
    if (!escape.scalar) {
      bad = {i, escape.length};
      return std::nullopt;
    }
    append_utf8(out.pieces.back(), *escape.scalar);
    i += escape.length;
  }
  return out;
}

void append_escaped(std::string& out, std::string_view text, Quoted kind) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t scalar = 0;
    const std::size_t length = decode_utf8(text, i, scalar);
    if (length == 0) {  // not UTF-8: only a caller that broke the precondition gets here
      append_utf8(out, 0xFFFD);
      ++i;
      continue;
    }
    switch (scalar) {
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      case '\0': out += "\\0"; break;
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      default:
        if (scalar == '*' && kind == Quoted::kPattern) {
          out += "\\*";
        } else if (prints_as_itself(scalar)) {
          out += text.substr(i, length);
        } else {
          char buffer[16];
          std::snprintf(buffer, sizeof buffer, "\\u{%x}", scalar);
          out += buffer;
        }
    }
    i += length;
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text, Quoted::kString);
  out += '"';
}

}  // namespace ambit::cedar
