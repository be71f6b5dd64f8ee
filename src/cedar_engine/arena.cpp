#include "cedar_engine/internal/arena.h"

#include <algorithm>

namespace ambit::cedar::engine {

void* Arena::allocate_in_new_block(std::size_t bytes) {
  std::size_t next = blocks_.empty() ? 0 : current_ + 1;
  while (next < blocks_.size() && blocks_[next].size < bytes) ++next;
  if (next == blocks_.size()) {
    const std::size_t size = std::max(bytes, kBlockBytes);
    blocks_.push_back({std::make_unique<std::byte[]>(size), size});
  }
  enter(next);
  void* out = at_;
  at_ += bytes;
  return out;
}

void Arena::free_blocks(std::size_t keep) {
  std::size_t kept = 0;
  const auto too_much = [&](const Block& block) {
    kept += block.size;
    return kept > keep && &block != &blocks_.front();
  };
  blocks_.erase(std::find_if(blocks_.begin(), blocks_.end(), too_much), blocks_.end());
}

}  // namespace ambit::cedar::engine
