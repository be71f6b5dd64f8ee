// Memory for many small things that die together.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ambit::cedar::engine {

// Hands out memory from blocks. reset() takes all of it back at once and keeps the blocks, so that
// a request after the first allocates nothing. Not thread-safe.
class Arena {
 public:
  void* allocate(std::size_t bytes) {
    bytes = (bytes + kAlign - 1) & ~(kAlign - 1);
    if (static_cast<std::size_t>(end_ - at_) < bytes) return allocate_in_new_block(bytes);
    void* out = at_;
    at_ += bytes;
    return out;
  }

  // Room for `count` of T, constructed. Nothing is ever destroyed.
  template <class T>
  T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    constexpr std::size_t kExtra = alignof(T) > kAlign ? alignof(T) : 0;
    void* at = allocate(count * sizeof(T) + kExtra);
    std::size_t room = count * sizeof(T) + kExtra;
    if constexpr (kExtra > 0) std::align(alignof(T), count * sizeof(T), at, room);
    T* out = static_cast<T*>(at);
    for (std::size_t i = 0; i < count; ++i) new (out + i) T();
    return out;
  }

  template <class T>
  const T* copy(const T& value) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlign);
    return new (allocate(sizeof(T))) T(value);
  }

  std::string_view copy_text(std::string_view text) {
    if (text.empty()) return {};
    char* out = static_cast<char*>(allocate(text.size()));
    std::memcpy(out, text.data(), text.size());
    return {out, text.size()};
  }

  // Takes everything back. Blocks beyond `keep` bytes are freed, so that one large request does not
  // hold its memory for ever.
  void reset(std::size_t keep = 1u << 20) {
    if (blocks_.size() > 1) free_blocks(keep);
    if (!blocks_.empty()) enter(0);
  }

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
  };
  static constexpr std::size_t kAlign = 16;
  static constexpr std::size_t kBlockBytes = 64 * 1024;

  void* allocate_in_new_block(std::size_t bytes);
  void enter(std::size_t block) {
    current_ = block;
    at_ = blocks_[block].bytes.get();
    end_ = at_ + blocks_[block].size;
  }
  void free_blocks(std::size_t keep);

  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::byte* at_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace ambit::cedar::engine
