// A keyed hash for the tables of this room: without the key nobody can choose texts that collide.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace ambit::cedar::engine {

struct HashKey {
  std::uint64_t first = 0;
  std::uint64_t second = 0;
};

// Both halves of the product of two numbers, folded into one.
inline std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Spreads a number that a caller chose over all bits.
inline std::uint64_t spread(std::uint64_t x) {
  return mix(x ^ 0x9e3779b97f4a7c15u, 0xd6e8feb86659fd93u);
}

inline HashKey make_key(std::uint64_t secret) {
  return {spread(secret) | 1, spread(secret + 0x632be59bd9b4e019u) | 1};
}

inline std::uint64_t load8(const char* from) {
  std::uint64_t out = 0;
  std::memcpy(&out, from, sizeof out);
  return out;
}

inline std::uint64_t load4(const char* from) {
  std::uint32_t out = 0;
  std::memcpy(&out, from, sizeof out);
  return out;
}

// Multiply-and-fold in the manner of wyhash, with both words of the key secret.
inline std::uint64_t hash_text(std::string_view text, HashKey key) {
  const char* at = text.data();
  const std::size_t size = text.size();
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t state = key.first;
  if (size > 16) {
    std::size_t left = size;
    for (; left > 16; left -= 16, at += 16) {
      state = mix(load8(at) ^ key.second, load8(at + 8) ^ state);
    }
    a = load8(at + left - 16);
    b = load8(at + left - 8);
  } else if (size >= 4) {
    const std::size_t middle = (size >> 3) << 2;
    a = load4(at) << 32 | load4(at + middle);
    b = load4(at + size - 4) << 32 | load4(at + size - 4 - middle);
  } else if (size > 0) {
    a = static_cast<std::uint64_t>(static_cast<unsigned char>(at[0])) << 16 |
        static_cast<std::uint64_t>(static_cast<unsigned char>(at[size >> 1])) << 8 |
        static_cast<unsigned char>(at[size - 1]);
  }
  return mix(key.second ^ size, mix(a ^ key.second, b ^ state));
}

// The bytes at `a` and `b` are the same. Inline, as most texts here are shorter than a call is
// long.
inline bool same_bytes(const char* a, const char* b, std::size_t size) {
  if (size >= 8) {
    const std::size_t last = size - 8;
    for (std::size_t i = 0; i < last; i += 8) {
      if (load8(a + i) != load8(b + i)) return false;
    }
    return load8(a + last) == load8(b + last);
  }
  if (size >= 4) {
    return load4(a) == load4(b) && load4(a + size - 4) == load4(b + size - 4);
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

inline bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && same_bytes(a.data(), b.data(), a.size());
}

inline std::uint64_t hash_pair(std::uint64_t a, std::uint64_t b, HashKey key) {
  return mix(a ^ key.first, b ^ key.second);
}

}  // namespace ambit::cedar::engine
