// Numbers and texts in a row: little-endian, texts behind their length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/digest.h"

namespace ambit::service {

class StateWriter {
 public:
  explicit StateWriter(std::string& out) : out_(out) {}

  void number(std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) out_.push_back(static_cast<char>(value >> shift));
  }
  void signed_number(std::int64_t value) { number(static_cast<std::uint64_t>(value)); }
  void flag(bool value) { out_.push_back(value ? 1 : 0); }
  void bytes(std::string_view value) { out_ += value; }
  void text(std::string_view value) {
    number(value.size());
    bytes(value);
  }
  template <class Texts>
  void texts(const Texts& values) {
    number(values.size());
    for (const auto& value : values) text(value);
  }

 private:
  std::string& out_;
};

// After the first thing that is not there every read gives nothing, and `ok()` is false.
class StateReader {
 public:
  explicit StateReader(std::string_view bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return left_.empty(); }
  // For what was read and makes no sense.
  void refuse() {
    ok_ = false;
    left_ = {};
  }

  std::uint64_t number() {
    const std::string_view raw = bytes(8);
    std::uint64_t value = 0;
    for (std::size_t i = raw.size(); i-- > 0;) {
      value = value << 8 | static_cast<std::uint8_t>(raw[i]);
    }
    return value;
  }
  std::int64_t signed_number() { return static_cast<std::int64_t>(number()); }
  bool flag() {
    const std::string_view raw = bytes(1);
    if (!raw.empty() && static_cast<std::uint8_t>(raw[0]) > 1) refuse();
    return ok_ && raw[0] == 1;
  }
  std::string_view bytes(std::uint64_t size) {
    if (size > left_.size()) refuse();
    if (!ok_) return {};
    const std::string_view out = left_.substr(0, size);
    left_.remove_prefix(size);
    return out;
  }
  std::string text() { return std::string(bytes(number())); }
  crypto::Digest digest() {
    crypto::Digest out;
    const std::string_view raw = bytes(out.bytes.size());
    for (std::size_t i = 0; i < raw.size(); ++i) out.bytes[i] = static_cast<std::uint8_t>(raw[i]);
    return out;
  }
  // A count of things of which each takes `least` bytes or more: what cannot be there is not
  // believed.
  std::uint64_t count(std::uint64_t least = 8) {
    const std::uint64_t value = number();
    if (value > left_.size() / least) refuse();
    return ok_ ? value : 0;
  }
  template <class Texts>
  Texts texts() {
    Texts out;
    for (std::uint64_t i = count(); i > 0 && ok_; --i) out.insert(out.end(), text());
    return out;
  }

 private:
  std::string_view left_;
  bool ok_ = true;
};

}  // namespace ambit::service
