#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "text/internal/escape.h"
#include "text/json.h"

namespace ambit::text {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::size_t kFirstBytes = 256;

using internal::end_of_run;
using internal::utf16_less;

void append_escape(std::string& out, char c) {
  out += '\\';
  switch (c) {
    case '"':
    case '\\': out += c; return;
    case '\b': out += 'b'; return;
    case '\t': out += 't'; return;
    case '\n': out += 'n'; return;
    case '\f': out += 'f'; return;
    case '\r': out += 'r'; return;
    default:
      out += "u00";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4];
      out += kHexDigits[static_cast<unsigned char>(c) & 15];
  }
}

void append_int(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), result.ptr);
}

// Lays out the shortest digits as ECMAScript's Number::toString does. `point` is the position of
// the decimal point relative to the first digit.
void append_digits(std::string& out, std::string_view digits, int point) {
  const int count = static_cast<int>(digits.size());
  if (count <= point && point <= 21) {
    out.append(digits).append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    const auto whole = static_cast<std::size_t>(point);
    out.append(digits.substr(0, whole)).append(1, '.').append(digits.substr(whole));
  } else if (-6 < point && point <= 0) {
    out.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
  } else {
    out += digits[0];
    if (count > 1) out.append(1, '.').append(digits.substr(1));
    out.append(point > 0 ? "e+" : "e-");
    append_int(out, std::abs(point - 1));
  }
}

// RFC 8785 section 3.2.2.3. `value` is finite: no reader makes another, and JSON has no form for
// one, so that `null` (as ECMAScript's JSON.stringify has it) stands in.
void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  if (value == 0) {
    out += '0';
    return;
  }
  std::array<char, 40> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::scientific);
  char* at = buffer.data();
  if (*at == '-') {
    out += '-';
    ++at;
  }
  char* const mark = std::find(at, result.ptr, 'e');
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, result.ptr, exponent);
  // Close the gap that the point leaves: d.ddd becomes dddd.
  char* digits = at;
  if (mark - at > 1) {
    at[1] = at[0];
    digits = at + 1;
  }
  append_digits(out, {digits, static_cast<std::size_t>(mark - digits)}, exponent + 1);
}

// A double that would look like an integer keeps a `.0`, so that reading it back gives a double.
void append_double_as_double(std::string& out, double value) {
  const std::size_t start = out.size();
  if (value == 0 && std::signbit(value)) out += '-';
  append_double(out, value);
  if (std::isfinite(value) && out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

void append_canonical_object(std::string& out, const JsonObject& object) {
  const auto append_member = [&out](const JsonMember& member) {
    append_json_string(out, member.first);
    out += ':';
    append_canonical_json(out, member.second);
    out += ',';
  };
  const auto less = [](const JsonMember& a, const JsonMember& b) {
    return utf16_less(a.first, b.first);
  };
  out += '{';
  if (std::is_sorted(object.begin(), object.end(), less)) {
    for (const JsonMember& member : object) append_member(member);
  } else {
    std::vector<const JsonMember*> members;
    members.reserve(object.size());
    for (const JsonMember& member : object) members.push_back(&member);
    std::sort(members.begin(), members.end(),
              [&less](const JsonMember* a, const JsonMember* b) { return less(*a, *b); });
    for (const JsonMember* member : members) append_member(*member);
  }
  if (object.empty()) {
    out += '}';
  } else {
    out.back() = '}';
  }
}

void append_canonical_array(std::string& out, const JsonArray& array) {
  out += '[';
  for (const Json& item : array) {
    append_canonical_json(out, item);
    out += ',';
  }
  if (array.empty()) {
    out += ']';
  } else {
    out.back() = ']';
  }
}

// indent < 0 writes everything on one line.
void append_plain(std::string& out, const Json& value, int indent);

void append_break(std::string& out, int indent) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<std::size_t>(indent) * 2, ' ');
}

void append_plain_container(std::string& out, const Json& value, int indent) {
  const int inner = indent < 0 ? indent : indent + 1;
  bool first = true;
  const auto separate = [&] {
    if (!first) out += ',';
    first = false;
    append_break(out, inner);
  };
  out += value.is_array() ? '[' : '{';
  if (value.is_array()) {
    for (const Json& item : value.as_array()) {
      separate();
      append_plain(out, item, inner);
    }
  } else {
    for (const auto& [key, member] : value.as_object()) {
      separate();
      append_json_string(out, key);
      out += indent < 0 ? ":" : ": ";
      append_plain(out, member, inner);
    }
  }
  if (!first) append_break(out, indent);
  out += value.is_array() ? ']' : '}';
}

void append_plain(std::string& out, const Json& value, int indent) {
  switch (value.kind()) {
    case Json::Kind::kNull: out += "null"; return;
    case Json::Kind::kBool: out += value.as_bool() ? "true" : "false"; return;
    case Json::Kind::kInt: append_int(out, value.as_int()); return;
    case Json::Kind::kDouble: append_double_as_double(out, value.as_double()); return;
    case Json::Kind::kString: append_json_string(out, value.as_string()); return;
    case Json::Kind::kArray:
    case Json::Kind::kObject: append_plain_container(out, value, indent); return;
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_run(text, at);
    out.append(text.substr(at, end - at));
    if (end < text.size()) append_escape(out, text[end]);
    at = end + 1;
  }
  out += '"';
}

void append_json(std::string& out, const Json& value) { append_plain(out, value, -1); }

std::string to_json(const Json& value) {
  std::string out;
  out.reserve(kFirstBytes);
  append_json(out, value);
  return out;
}

void append_canonical_json(std::string& out, const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kDouble: append_double(out, value.as_double()); return;
    case Json::Kind::kArray: append_canonical_array(out, value.as_array()); return;
    case Json::Kind::kObject: append_canonical_object(out, value.as_object()); return;
    default: append_plain(out, value, -1); return;
  }
}

std::string to_canonical_json(const Json& value) {
  std::string out;
  out.reserve(kFirstBytes);
  append_canonical_json(out, value);
  return out;
}

std::string to_pretty_json(const Json& value) {
  std::string out;
  append_plain(out, value, 0);
  return out;
}

}  // namespace ambit::text
