#include "mcp/json_scan.h"

#include <algorithm>

#include "text/json.h"
#include "text/utf8.h"

namespace ambit::mcp {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

class Scanner {
 public:
  Scanner(std::string_view bytes, ScanLimits limits) : bytes_(bytes), limits_(limits) {}

  Result<std::vector<RawMember>> object() {
    AMBIT_CHECK_OK(check_size());
    std::vector<RawMember> members;
    members.reserve(8);
    skip_space();
    if (peek() != '{') return syntax("expected an object");
    AMBIT_CHECK_OK(object_body(1, &members));
    AMBIT_CHECK_OK(expect_end());
    AMBIT_CHECK_OK(check_unique(members));
    return members;
  }

  Result<std::vector<std::string_view>> array() {
    AMBIT_CHECK_OK(check_size());
    std::vector<std::string_view> items;
    skip_space();
    if (peek() != '[') return syntax("expected an array");
    AMBIT_CHECK_OK(array_body(1, &items));
    AMBIT_CHECK_OK(expect_end());
    return items;
  }

 private:
  tl::unexpected<Error> syntax(std::string_view what) const {
    return fail(Code::kInvalid, "json.syntax",
                std::string(what) + " at byte " + std::to_string(at_));
  }

  Result<> check_size() const {
    if (bytes_.size() <= limits_.max_bytes) return {};
    return fail(Code::kExhausted, "json.size",
                "the JSON text has " + std::to_string(bytes_.size()) + " bytes; at most " +
                    std::to_string(limits_.max_bytes) + " are accepted");
  }

  // NUL stands for the end of the text; inside it NUL is a syntax error anyway.
  char peek() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }
  void skip_space() {
    while (at_ < bytes_.size() && is_space(bytes_[at_])) ++at_;
  }

  Result<> expect_end() {
    skip_space();
    if (at_ != bytes_.size()) return syntax("something follows the value");
    return {};
  }

  Result<> value(std::size_t depth) {
    switch (peek()) {
      case '{': return object_body(depth + 1, nullptr);
      case '[': return array_body(depth + 1, nullptr);
      case '"': return string();
      case 't': return word("true");
      case 'f': return word("false");
      case 'n': return word("null");
      default: return number();
    }
  }

  Result<> enter(std::size_t depth) {
    if (depth > limits_.max_depth) {
      return fail(Code::kExhausted, "json.depth",
                  "nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    ++at_;
    skip_space();
    return {};
  }

  Result<> check_count(std::size_t count) const {
    if (count < limits_.max_items) return {};
    return fail(Code::kExhausted, "json.size",
                "more than " + std::to_string(limits_.max_items) + " items in one value");
  }

  // After an item: true when another follows, false when the value closes with `end`.
  Result<bool> separator(char end) {
    skip_space();
    if (peek() == end) {
      ++at_;
      return false;
    }
    if (peek() != ',') return syntax("expected a comma or the closing bracket");
    ++at_;
    skip_space();
    return true;
  }

  Result<> object_body(std::size_t depth, std::vector<RawMember>* out) {
    AMBIT_CHECK_OK(enter(depth));
    if (peek() == '}') {
      ++at_;
      return {};
    }
    for (bool more = true; more;) {
      const std::size_t key_start = at_;
      if (peek() != '"') return syntax("expected a key");
      AMBIT_CHECK_OK(string());
      const std::string_view key = bytes_.substr(key_start, at_ - key_start);
      skip_space();
      if (peek() != ':') return syntax("expected a colon");
      ++at_;
      skip_space();
      const std::size_t start = at_;
      AMBIT_CHECK_OK(value(depth));
      if (out != nullptr) {
        AMBIT_CHECK_OK(check_count(out->size()));
        AMBIT_TRY(std::string name, decode(key));
        out->push_back({std::move(name), bytes_.substr(start, at_ - start)});
      }
      AMBIT_TRY(more, separator('}'));
    }
    return {};
  }

  Result<> array_body(std::size_t depth, std::vector<std::string_view>* out) {
    AMBIT_CHECK_OK(enter(depth));
    if (peek() == ']') {
      ++at_;
      return {};
    }
    for (bool more = true; more;) {
      const std::size_t start = at_;
      AMBIT_CHECK_OK(value(depth));
      if (out != nullptr) {
        AMBIT_CHECK_OK(check_count(out->size()));
        out->push_back(bytes_.substr(start, at_ - start));
      }
      AMBIT_TRY(more, separator(']'));
    }
    return {};
  }

  static Result<std::string> decode(std::string_view quoted) {
    if (quoted.find('\\') == std::string_view::npos) {
      return std::string(quoted.substr(1, quoted.size() - 2));
    }
    AMBIT_TRY(const text::Json key, text::parse_json(quoted));
    return key.as_string();
  }

  Result<> word(std::string_view expected) {
    if (bytes_.substr(at_, expected.size()) != expected) return syntax("expected a value");
    at_ += expected.size();
    return {};
  }

  Result<> digits() {
    if (!is_digit(peek())) return syntax("expected a value");
    while (is_digit(peek())) ++at_;
    return {};
  }

  Result<> number() {
    if (peek() == '-') ++at_;
    if (peek() == '0') {
      ++at_;
    } else {
      AMBIT_CHECK_OK(digits());
    }
    if (peek() == '.') {
      ++at_;
      AMBIT_CHECK_OK(digits());
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      AMBIT_CHECK_OK(digits());
    }
    return {};
  }

  Result<> escape() {
    ++at_;
    const char c = peek();
    if (c == 'u') {
      for (std::size_t i = 1; i <= 4; ++i) {
        if (at_ + i >= bytes_.size() || !is_hex(bytes_[at_ + i])) return syntax("wrong escape");
      }
      at_ += 5;
      return {};
    }
    if (c == '\0' || std::string_view("\"\\/bfnrt").find(c) == std::string_view::npos) {
      return syntax("wrong escape");
    }
    ++at_;
    return {};
  }

  Result<> string() {
    ++at_;
    while (at_ < bytes_.size()) {
      const auto c = static_cast<unsigned char>(bytes_[at_]);
      if (c == '"') {
        ++at_;
        return {};
      }
      if (c == '\\') {
        AMBIT_CHECK_OK(escape());
      } else if (c < 0x20) {
        return syntax("a control character stands unescaped");
      } else if (c < 0x80) {
        ++at_;
      } else {
        AMBIT_CHECK_OK(multibyte());
      }
    }
    return syntax("a string is not closed");
  }

  Result<> multibyte() {
    const text::CodePoint next = text::first_code_point(bytes_.substr(at_));
    if (!next) {
      return fail(Code::kInvalid, "json.utf8", "not valid UTF-8 at byte " + std::to_string(at_));
    }
    at_ += next.length;
    return {};
  }

  static Result<> check_unique(const std::vector<RawMember>& members) {
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const RawMember& member : members) keys.emplace_back(member.key);
    std::sort(keys.begin(), keys.end());
    const auto twin = std::adjacent_find(keys.begin(), keys.end());
    if (twin == keys.end()) return {};
    return fail(Code::kInvalid, "json.duplicate_key",
                "the key `" + std::string(twin->substr(0, 64)) + "` stands twice in one object");
  }

  std::string_view bytes_;
  ScanLimits limits_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<RawMember>> scan_object(std::string_view bytes, ScanLimits limits) {
  return Scanner(bytes, limits).object();
}

Result<std::vector<std::string_view>> scan_array(std::string_view bytes, ScanLimits limits) {
  return Scanner(bytes, limits).array();
}

std::string_view raw_member(const std::vector<RawMember>& members, std::string_view key) {
  for (const RawMember& member : members) {
    if (member.key == key) return member.value;
  }
  return {};
}

}  // namespace ambit::mcp
