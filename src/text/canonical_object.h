// Canonical JSON written in one go, for objects whose members are known beforehand.
#pragma once

#include <cassert>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "text/base64url.h"
#include "text/json.h"

namespace ambit::text {

// Writes one object in canonical form (RFC 8785) member by member, without a tree. Preconditions:
// keys are plain ASCII that needs no escape and come in ascending order; texts are valid UTF-8.
class CanonicalObject {
 public:
  explicit CanonicalObject(std::string& out) : out_(out) { out_ += '{'; }
  CanonicalObject(const CanonicalObject&) = delete;
  CanonicalObject& operator=(const CanonicalObject&) = delete;

  void text(std::string_view key, std::string_view value) { append_json_string(begin(key), value); }
  // In base64url.
  void bytes(std::string_view key, std::string_view value) {
    begin(key) += '"';
    append_base64url(out_, value);
    out_ += '"';
  }
  void number(std::string_view key, std::int64_t value) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    begin(key).append(digits, end);
  }
  void flag(std::string_view key, bool value) { begin(key) += value ? "true" : "false"; }
  void json(std::string_view key, const Json& value) { append_canonical_json(begin(key), value); }
  // The text to append one value to, which must itself be canonical.
  std::string& begin(std::string_view key) {
    assert(key > last_);
    if (!last_.empty()) out_ += ',';
    last_ = key;
    out_ += '"';
    out_ += key;
    out_ += "\":";
    return out_;
  }
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  std::string_view last_;
};

}  // namespace ambit::text
