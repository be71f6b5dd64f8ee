#include "cedar_engine/internal/index.h"

namespace ambit::cedar::engine {
namespace {

std::size_t slots_for(std::size_t entries) {
  std::size_t out = 8;
  while (out < entries * 2) out *= 2;
  return out;
}

}  // namespace

void IdTable::build(const std::vector<Entry>& entries) {
  if (entries.empty()) return;
  slots_.assign(slots_for(entries.size()), {});
  const std::size_t mask = slots_.size() - 1;
  for (const Entry& entry : entries) {
    std::size_t i = spread(entry.key) & mask;
    while (slots_[i].child) i = (i + 1) & mask;
    slots_[i] = entry;
  }
}

void ValueTable::build(const std::vector<Entry>& entries, HashKey key) {
  if (entries.empty()) return;
  slots_.assign(slots_for(entries.size()), {});
  const std::size_t mask = slots_.size() - 1;
  for (const Entry& entry : entries) {
    const std::uint64_t hash = hash_pair(hash_datum(entry.value, key), entry.group, key);
    std::size_t i = hash & mask;
    while (slots_[i].entry.child) i = (i + 1) & mask;
    slots_[i] = {hash, entry};
  }
}

}  // namespace ambit::cedar::engine
