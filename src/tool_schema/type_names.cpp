#include "tool_schema/type_names.h"

#include <algorithm>
#include <array>

namespace ambit::tool_schema {
namespace {

constexpr std::array<std::string_view, 10> kReserved = {"true", "false", "if",   "then", "else",
                                                        "in",   "is",    "like", "has",  "__cedar"};
constexpr std::string_view kEscape = "__u";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += kEscape;
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

bool is_type_name(std::string_view name) {
  return !name.empty() && !is_digit(name.front()) &&
         std::find(kReserved.begin(), kReserved.end(), name) == kReserved.end() &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c == '_' || is_letter(c) || is_digit(c); });
}

std::string type_name_of(std::string_view name) {
  // No entity type can be called `Action`.
  if (is_type_name(name) && name != "Action" && name.find(kEscape) == std::string_view::npos)
    return std::string(name);
  if (name.empty()) return std::string(kEscape);
  // Every underscore is escaped too, so that what is read back is never ambiguous; and the first
  // byte always, which is what tells `in` from an escaped name.
  std::string out;
  append_escaped(out, name.front());
  for (const char c : name.substr(1)) {
    if (is_letter(c) || is_digit(c)) {
      out += c;
    } else {
      append_escaped(out, c);
    }
  }
  return out;
}

}  // namespace ambit::tool_schema
