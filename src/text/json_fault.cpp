#include "text/json_fault.h"

#include <algorithm>
#include <vector>

namespace ambit::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Scanner {
 public:
  explicit Scanner(std::string_view bytes) : bytes_(bytes) {}

  // What is wanted at offset(); empty when all of the text is one JSON value.
  std::string_view scan() {
    if (bytes_.starts_with("\xEF\xBB\xBF")) return "no byte order mark before the value";
    std::string_view wanted = value();
    while (wanted.empty() && !open_.empty()) wanted = next_member();
    if (!wanted.empty()) return wanted;
    skip_space();
    return at_end() ? "" : "nothing after the value";
  }

  std::size_t offset() const { return offset_; }

 private:
  bool at_end() const { return offset_ == bytes_.size(); }
  char here() const { return at_end() ? '\0' : bytes_[offset_]; }

  bool accept(char c) {
    if (here() != c || at_end()) return false;
    ++offset_;
    return true;
  }

  void skip_space() {
    offset_ = std::min(bytes_.find_first_not_of(" \t\r\n", offset_), bytes_.size());
  }

  // One that stands alone, or the bracket that opens one with members and the first of these.
  std::string_view value() {
    for (;;) {
      skip_space();
      const char c = here();
      if (c == '"') return string();
      if (c == '-' || is_digit(c)) return number();
      if (c != '{' && c != '[') return word();
      ++offset_;
      skip_space();
      if (accept(c == '{' ? '}' : ']')) return "";
      open_.push_back(c);
      if (c == '[') continue;
      if (const auto wanted = key("a key in double quotes, or `}`"); !wanted.empty()) return wanted;
    }
  }

  std::string_view key(std::string_view wanted) {
    skip_space();
    if (here() != '"') return wanted;
    if (const auto in_string = string(); !in_string.empty()) return in_string;
    skip_space();
    return accept(':') ? "" : "a colon after the key";
  }

  // What follows a member: the end of what it stands in, or another one.
  std::string_view next_member() {
    const bool in_object = open_.back() == '{';
    skip_space();
    if (accept(in_object ? '}' : ']')) {
      open_.pop_back();
      return "";
    }
    if (!accept(',')) return in_object ? "a comma or `}`" : "a comma or `]`";
    if (!in_object) return value();
    const auto wanted = key("a key in double quotes");
    return wanted.empty() ? value() : wanted;
  }

  std::string_view word() {
    for (const std::string_view known : {"true", "false", "null"}) {
      if (!bytes_.substr(offset_).starts_with(known)) continue;
      offset_ += known.size();
      return "";
    }
    return "a value";
  }

  std::string_view digits() {
    if (!is_digit(here())) return "a digit";
    while (is_digit(here())) ++offset_;
    return "";
  }

  std::string_view number() {
    accept('-');
    if (!accept('0')) {
      if (const auto wanted = digits(); !wanted.empty()) return wanted;
    }
    if (accept('.')) {
      if (const auto wanted = digits(); !wanted.empty()) return wanted;
    }
    if (here() != 'e' && here() != 'E') return "";
    ++offset_;
    if (!accept('+')) accept('-');
    return digits();
  }

  std::string_view string() {
    const std::size_t begin = offset_++;
    while (!at_end()) {
      const char c = here();
      if (accept('"')) return "";
      if (static_cast<unsigned char>(c) < 0x20) return "no control character in a string";
      ++offset_;
      if (c != '\\') continue;
      if (const auto wanted = escape(); !wanted.empty()) return wanted;
    }
    offset_ = begin;
    return "a closing `\"` of this string";
  }

  std::string_view escape() {
    constexpr std::string_view kWanted = "one of the escapes of JSON";
    if (at_end()) return kWanted;
    const char c = bytes_[offset_];
    if (std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) {
      ++offset_;
      return "";
    }
    if (c != 'u') return kWanted;
    const auto code = bytes_.substr(offset_ + 1, 4);
    if (code.size() < 4 || !std::all_of(code.begin(), code.end(), is_hex)) return kWanted;
    offset_ += 5;
    return "";
  }

  std::string_view bytes_;
  std::size_t offset_ = 0;
  std::vector<char> open_;  // the brackets that are not closed yet
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view bytes) {
  Scanner scanner(bytes);
  const std::string_view wanted = scanner.scan();
  if (wanted.empty()) return std::nullopt;
  JsonFault out;
  out.wanted = wanted;
  for (const char c : bytes.substr(0, scanner.offset())) {
    if (c == '\n') {
      ++out.line;
      out.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {  // not within a character
      ++out.column;
    }
  }
  return out;
}

}  // namespace ambit::text
