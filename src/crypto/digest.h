// SHA-256, HMAC-SHA-256 and constant-time comparison.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace ambit::crypto {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};

  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

Digest sha256(std::string_view bytes);

// SHA-256 of the parts one after the other, without joining them first.
Digest sha256(std::initializer_list<std::string_view> parts);

Digest hmac_sha256(std::string_view key, std::string_view bytes);

// A key of HMAC-SHA-256 whose schedule is made once, for many short texts. Thread-safe.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);

  // Of the parts one after the other.
  Digest mac(std::initializer_list<std::string_view> parts) const;

  struct State;

 private:
  std::shared_ptr<const State> state_;
};

// `sha256:` and 64 hex digits, the form in which digests appear in JSON.
std::string to_string(const Digest& digest);

// Compares in time that depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace ambit::crypto
