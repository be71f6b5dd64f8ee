// Little-endian numbers in byte strings.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace ambit::ledger_file::internal {

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8 * i))));
  }
}

// Precondition: the bytes are there.
template <std::unsigned_integral T>
T get(std::string_view bytes, std::size_t at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value |
                           (static_cast<T>(static_cast<std::uint8_t>(bytes[at + i])) << (8 * i)));
  }
  return value;
}

}  // namespace ambit::ledger_file::internal
