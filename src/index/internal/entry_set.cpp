#include "index/internal/entry_set.h"

#include <cstring>

namespace ambit::index::internal {
namespace {

constexpr std::size_t kBitsBytes = kChunk / 8;

}  // namespace

Result<EntrySet> EntrySet::parse(std::string_view bytes) {
  EntrySet out;
  if (bytes.size() == kBitsBytes) {
    std::memcpy(out.words_.data(), bytes.data(), kBitsBytes);
    return out;
  }
  if (bytes.size() % 2 != 0 || bytes.size() > kBitsBytes) {
    return fail(Code::kInternal, "index.corrupt", "a posting of the search index is malformed");
  }
  for (std::size_t at = 0; at < bytes.size(); at += 2) {
    out.add(static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) |
                                       static_cast<unsigned char>(bytes[at + 1]) << 8));
  }
  return out;
}

std::string EntrySet::bytes() const {
  // A list of exactly this many would be taken for bits.
  if (count() * 2 >= kBitsBytes) {
    return std::string(reinterpret_cast<const char*>(words_.data()), kBitsBytes);
  }
  std::string out;
  each(true, [&](std::uint16_t entry) {
    out += static_cast<char>(entry & 0xFF);
    out += static_cast<char>(entry >> 8);
    return true;
  });
  return out;
}

bool EntrySet::empty() const {
  std::uint64_t any = 0;
  for (const std::uint64_t word : words_) any |= word;
  return any == 0;
}

std::uint64_t EntrySet::count() const {
  std::uint64_t out = 0;
  for (const std::uint64_t word : words_) {
    out += static_cast<std::uint64_t>(__builtin_popcountll(word));
  }
  return out;
}

EntrySet& EntrySet::operator|=(const EntrySet& other) {
  for (std::size_t at = 0; at < kWords; ++at) words_[at] |= other.words_[at];
  return *this;
}

EntrySet& EntrySet::operator&=(const EntrySet& other) {
  for (std::size_t at = 0; at < kWords; ++at) words_[at] &= other.words_[at];
  return *this;
}

EntrySet& EntrySet::operator-=(const EntrySet& other) {
  for (std::size_t at = 0; at < kWords; ++at) words_[at] &= ~other.words_[at];
  return *this;
}

void EntrySet::keep(std::uint64_t from, std::uint64_t before) {
  for (std::size_t at = 0; at < kWords; ++at) {
    const std::uint64_t first = at * 64;
    if (first + 64 <= from || first >= before) {
      words_[at] = 0;
      continue;
    }
    if (first < from) words_[at] &= ~std::uint64_t{0} << (from - first);
    if (first + 64 > before) words_[at] &= ~(~std::uint64_t{0} << (before - first));
  }
}

}  // namespace ambit::index::internal
