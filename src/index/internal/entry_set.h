// Which of 65 536 consecutive entries: a sorted list while they are few, else one bit each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ambit::index::internal {

inline constexpr std::uint64_t kChunk = 65'536;
// Entries whose times stand together.
inline constexpr std::uint64_t kTimesBlock = 4096;

class EntrySet {
 public:
  // Reads what `bytes()` wrote; `index.corrupt` for anything else.
  static Result<EntrySet> parse(std::string_view bytes);
  std::string bytes() const;

  void add(std::uint16_t entry) { words_[entry >> 6] |= std::uint64_t{1} << (entry & 63); }
  bool has(std::uint16_t entry) const { return (words_[entry >> 6] >> (entry & 63)) & 1; }
  bool empty() const;
  std::uint64_t count() const;

  EntrySet& operator|=(const EntrySet& other);
  EntrySet& operator&=(const EntrySet& other);
  EntrySet& operator-=(const EntrySet& other);
  // Drops what is below `from` or not below `before`; both may be kChunk.
  void keep(std::uint64_t from, std::uint64_t before);

  // Calls `visit(entry)` in order, upwards or downwards, until it returns false.
  template <class Visit>
  bool each(bool upwards, const Visit& visit) const {
    for (std::size_t step = 0; step < kWords; ++step) {
      const std::size_t at = upwards ? step : kWords - 1 - step;
      std::uint64_t word = words_[at];
      while (word != 0) {
        const int bit = upwards ? __builtin_ctzll(word) : 63 - __builtin_clzll(word);
        word &= ~(std::uint64_t{1} << bit);
        if (!visit(static_cast<std::uint16_t>(at * 64 + static_cast<std::size_t>(bit)))) {
          return false;
        }
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kWords = kChunk / 64;
  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace ambit::index::internal
