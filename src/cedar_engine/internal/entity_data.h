// What the engine knows of one entity.
#pragma once

#include <algorithm>
#include <cstdint>

#include "cedar_engine/datum.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

// What is known of one entity. Who belongs to whom is asked so often that each entity of many
// ancestors has them in a table.
//
// Its first cache line answers most questions.
struct alignas(64) EntityData {
  std::uint64_t ancestor_bits[4] = {};  // one of 256 bits for each ancestor
  Datum attributes;
  EntityId id{};
  std::uint32_t ancestor_count = 0;
  const EntityId* ancestors = nullptr;  // sorted, each once

  const std::uint32_t* table = nullptr;  // by hash: an ancestor plus one, 0 for none; may be null
  std::uint32_t table_mask = 0;
  Datum tags;

  const EntityId* begin() const { return ancestors; }
  const EntityId* end() const { return ancestors + ancestor_count; }

  bool has_ancestor(EntityId wanted) const {
    const std::uint32_t hash = hash_of(wanted);
    if ((ancestor_bits[hash >> 30] & bit_of(hash)) == 0) return false;
    if (table == nullptr) return std::find(begin(), end(), wanted) != end();
    for (std::uint32_t i = hash & table_mask; table[i] != 0; i = (i + 1) & table_mask) {
      if (table[i] == raw(wanted) + 1) return true;
    }
    return false;
  }

  // Precondition: `sorted`, each once.
  void set_ancestors(const std::vector<EntityId>& sorted, Arena& arena);

 private:
  static std::uint32_t hash_of(EntityId id) {
    const std::uint32_t x = raw(id) * 0x9e3779b1u;
    return x ^ (x >> 15);
  }
  // Of the word that the two highest bits of the hash tell.
  static std::uint64_t bit_of(std::uint32_t hash) {
    return std::uint64_t{1} << ((hash >> 24) & 63);
  }
};

// A large set of entities that many requests share; immutable.
struct EntityStore {
  std::shared_ptr<const Symbols> symbols;
  Arena arena;
  std::vector<EntityData> entities;
  std::vector<std::uint32_t> positions;  // by id: the position plus one, 0 for none
  // Parents that no entity here is, sorted.
  std::vector<EntityId> missing_parents;

  const EntityData* find(EntityId id) const {
    if (raw(id) >= positions.size() || positions[raw(id)] == 0) return nullptr;
    return &entities[positions[raw(id)] - 1];
  }
};

}  // namespace ambit::cedar::engine
