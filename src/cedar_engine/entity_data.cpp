#include "cedar_engine/internal/entity_data.h"

namespace ambit::cedar::engine {
namespace {

constexpr std::size_t kLinearAncestors = 8;

}  // namespace

void EntityData::set_ancestors(const std::vector<EntityId>& sorted, Arena& arena) {
  EntityId* kept = arena.array<EntityId>(sorted.size());
  std::copy(sorted.begin(), sorted.end(), kept);
  ancestors = kept;
  ancestor_count = static_cast<std::uint32_t>(sorted.size());
  std::fill(std::begin(ancestor_bits), std::end(ancestor_bits), 0);
  for (const EntityId ancestor : sorted) {
    const std::uint32_t hash = hash_of(ancestor);
    ancestor_bits[hash >> 30] |= bit_of(hash);
  }
  table = nullptr;
  if (sorted.size() <= kLinearAncestors) return;
  std::size_t slots = 32;
  while (slots < sorted.size() * 2) slots *= 2;
  std::uint32_t* filled = arena.array<std::uint32_t>(slots);
  table_mask = static_cast<std::uint32_t>(slots - 1);
  for (const EntityId ancestor : sorted) {
    std::uint32_t i = hash_of(ancestor) & table_mask;
    while (filled[i] != 0) i = (i + 1) & table_mask;
    filled[i] = raw(ancestor) + 1;
  }
  table = filled;
}

}  // namespace ambit::cedar::engine
