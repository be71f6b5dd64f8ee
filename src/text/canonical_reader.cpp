#include "text/canonical_reader.h"

#include <charconv>

#include "text/internal/escape.h"
#include "text/utf8.h"

namespace ambit::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What an escape of canonical JSON stands for: quote, backslash, and control characters in their
// shortest form. Negative when it is none; `size` is that of the whole escape.
int escaped_byte(std::string_view text, std::size_t& size) {
  size = 2;
  switch (text.size() < 2 ? '\0' : text[1]) {
    case '"': return '"';
    case '\\': return '\\';
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'f': return '\f';
    case 'r': return '\r';
    case 'u': break;
    default: return -1;
  }
  size = 6;
  unsigned value = 0;
  if (text.size() < size || text.substr(2, 2) != "00") return -1;
  for (const char c : text.substr(4, 2)) {
    if (!is_digit(c) && (c < 'a' || c > 'f')) return -1;
    value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : c - 'a' + 10);
  }
  const bool has_shorter = (value >= '\b' && value <= '\r' && value != '\v');
  return value < 0x20 && !has_shorter ? static_cast<int>(value) : -1;
}

// Precondition: every escape is a good one.
void append_unescaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t run = internal::end_of_run(text, at);
    out.append(text, at, run - at);
    at = run;
    if (at == text.size()) return;
    std::size_t size = 0;
    out += static_cast<char>(escaped_byte(text.substr(at), size));
    at += size;
  }
}

bool in_order_unescaped(std::string_view before, std::string_view after) {
  std::string a, b;
  append_unescaped(a, before);
  append_unescaped(b, after);
  return internal::utf16_less(a, b);
}

}  // namespace

bool CanonicalReader::expect(char c) {
  if (!failed_ && at_ < bytes_.size() && bytes_[at_] == c) {
    ++at_;
    return true;
  }
  fail_here();
  return false;
}

bool CanonicalReader::expect(std::string_view word) {
  if (!failed_ && bytes_.substr(at_).starts_with(word)) {
    at_ += word.size();
    return true;
  }
  fail_here();
  return false;
}

void CanonicalReader::enter() {
  if (++depth_ > max_depth_) fail_here();
}

CanonicalReader::Members CanonicalReader::object() {
  if (expect('{')) enter();
  return Members(*this);
}

CanonicalReader::Items CanonicalReader::array() {
  if (expect('[')) enter();
  return Items(*this);
}

bool CanonicalReader::Members::next() {
  if (in_.failed_) return false;
  if (in_.here() == '}') {
    ++in_.at_;
    --in_.depth_;
    return false;
  }
  const std::string_view before = key_;
  const bool before_escaped = escaped_;
  if (!first_ && !in_.expect(',')) return false;
  key_ = in_.quoted(escaped_);
  if (!in_.expect(':')) return false;
  const bool in_order = first_ || (escaped_ || before_escaped ? in_order_unescaped(before, key_)
                                                              : internal::utf16_less(before, key_));
  if (!in_order) in_.fail_here();
  first_ = false;
  return !in_.failed_;
}

bool CanonicalReader::Items::next() {
  if (in_.failed_) return false;
  if (in_.here() == ']') {
    ++in_.at_;
    --in_.depth_;
    return false;
  }
  if (!first_ && !in_.expect(',')) return false;
  first_ = false;
  return true;
}

// The bytes between two quotes.
std::string_view CanonicalReader::quoted(bool& escaped) {
  escaped = false;
  if (!expect('"')) return {};
  const std::size_t begin = at_;
  while (!failed_) {
    at_ = internal::end_of_run(bytes_, at_);
    if (here() == '"') {
      ++at_;
      return bytes_.substr(begin, at_ - 1 - begin);
    }
    escaped = true;
    if (!pass_escape()) fail_here();  // also at the end, and for a bare control character
  }
  return {};
}

bool CanonicalReader::pass_escape() {
  if (here() != '\\') return false;
  std::size_t size = 0;
  if (escaped_byte(bytes_.substr(at_), size) < 0) return false;
  at_ += size;
  return true;
}

void CanonicalReader::text(std::string& out) {
  bool escaped = false;
  const std::string_view found = quoted(escaped);
  if (!escaped) {
    out = found;
    return;
  }
  out.clear();
  append_unescaped(out, found);
}

std::string_view CanonicalReader::plain_text() {
  bool escaped = false;
  const std::string_view found = quoted(escaped);
  if (!escaped) return found;
  fail_here();
  return {};
}

std::int64_t CanonicalReader::integer() {
  const std::size_t begin = at_;
  pass_number();
  std::int64_t out = 0;
  const char* const last = bytes_.data() + at_;
  if (failed_ || std::from_chars(bytes_.data() + begin, last, out).ptr != last) {
    fail_here();
    return 0;
  }
  return out;
}

bool CanonicalReader::flag() {
  if (here() == 't') return expect("true");
  expect("false");
  return false;
}

std::string_view CanonicalReader::raw() {
  const std::size_t begin = at_;
  pass_value();
  return failed_ ? std::string_view() : bytes_.substr(begin, at_ - begin);
}

void CanonicalReader::pass_value() {
  bool escaped = false;
  switch (failed_ ? '\0' : here()) {
    case '{':
      for (auto member = object(); member.next();) pass_value();
      return;
    case '[':
      for (auto item = array(); item.next();) pass_value();
      return;
    case '"': (void)quoted(escaped); return;
    case 't': expect("true"); return;
    case 'f': expect("false"); return;
    case 'n': expect("null"); return;
    default: pass_number();
  }
}

// Most are short integers, whose form is plain to see.
void CanonicalReader::pass_number() {
  constexpr std::size_t kPlainDigits = 18;  // no more than fit 64 bits
  const std::size_t begin = at_;
  if (here() == '-') ++at_;
  const std::size_t digits = at_;
  while (is_digit(here())) ++at_;
  const std::size_t count = at_ - digits;
  const bool more = here() == '.' || here() == 'e';
  const bool zero = count > 0 && bytes_[digits] == '0';
  if (!more && count > 0 && count <= kPlainDigits && (!zero || (count == 1 && digits == begin))) {
    return;
  }
  while (is_digit(here()) || here() == '.' || here() == 'e' || here() == '+' || here() == '-') {
    ++at_;
  }
  const std::string_view number = bytes_.substr(begin, at_ - begin);
  const auto value = parse_json(number);
  if (!value || !value->is_number() || to_canonical_json(*value) != number) fail_here();
}

Json CanonicalReader::tree() {
  auto value = parse_json(raw(), {bytes_.size(), max_depth_});
  if (value) return *std::move(value);
  fail_here();
  return {};
}

Result<> CanonicalReader::end() const {
  if (!failed_ && at_ == bytes_.size() && is_utf8(bytes_)) return {};
  return fail(Code::kInvalid, "json.not_canonical",
              "not canonical JSON (RFC 8785) of the expected form at byte " + std::to_string(at_));
}

}  // namespace ambit::text
