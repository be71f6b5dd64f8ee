#include "cedar_engine/internal/entity_store_builder.h"

#include "cedar_engine/internal/datum_ops.h"

namespace ambit::cedar::engine {
namespace {

class StoreBuilder {
 public:
  explicit StoreBuilder(SymbolWriter& symbols)
      : symbols_(symbols), out_(std::make_unique<EntityStore>()) {}

  std::unique_ptr<const EntityStore> build(const std::vector<Entity>& entities) {
    for (const Entity& entity : entities) add(entity);
    for (std::uint32_t i = 0; i < out_->entities.size(); ++i) close(i);
    for (const std::vector<EntityId>& parents : parents_) {
      for (const EntityId parent : parents) {
        if (out_->find(parent) == nullptr) out_->missing_parents.push_back(parent);
      }
    }
    sort_unique(out_->missing_parents);
    out_->symbols = symbols_.snapshot();
    return std::move(out_);
  }

 private:
  static void sort_unique(std::vector<EntityId>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }

  void add(const Entity& entity) {
    const EntityId id = symbols_.entity(entity.uid);
    if (out_->find(id) != nullptr) return;  // given twice, the same
    EntityData data;
    data.id = id;
    data.attributes = import(entity.attributes, symbols_, out_->arena);
    data.tags = import(entity.tags, symbols_, out_->arena);
    out_->entities.push_back(data);
    if (out_->positions.size() <= raw(id)) out_->positions.resize(raw(id) + 1, 0);
    out_->positions[raw(id)] = static_cast<std::uint32_t>(out_->entities.size());
    std::vector<EntityId> parents;
    for (const EntityUid& parent : entity.parents) parents.push_back(symbols_.entity(parent));
    sort_unique(parents);
    parents_.push_back(std::move(parents));
  }

  // Parents before children, without recursion. There are no cycles.
  void close(std::uint32_t first) {
    closed_.resize(out_->entities.size(), false);
    std::vector<std::uint32_t> open{first};
    while (!open.empty()) {
      const std::uint32_t current = open.back();
      const std::size_t before = open.size();
      for (const EntityId parent : parents_[current]) {
        const EntityData* known = out_->find(parent);
        if (known == nullptr) continue;
        const auto position = static_cast<std::uint32_t>(known - out_->entities.data());
        if (!closed_[position]) open.push_back(position);
      }
      if (open.size() != before) continue;
      open.pop_back();
      if (!closed_[current]) take_ancestors(current);
      closed_[current] = true;
    }
  }

  void take_ancestors(std::uint32_t position) {
    std::vector<EntityId> all = parents_[position];
    for (const EntityId parent : parents_[position]) {
      if (const EntityData* known = out_->find(parent)) {
        all.insert(all.end(), known->begin(), known->end());
      }
    }
    sort_unique(all);
    out_->entities[position].set_ancestors(all, out_->arena);
  }

  SymbolWriter& symbols_;
  std::unique_ptr<EntityStore> out_;
  std::vector<std::vector<EntityId>> parents_;  // by position
  std::vector<bool> closed_;
};

}  // namespace

Result<std::unique_ptr<const EntityStore>> build_entity_store(const std::vector<Entity>& entities,
                                                              SymbolWriter& symbols) {
  // Refuses what the language refuses, in the same words.
  AMBIT_TRY(const Entities checked, Entities::make(entities));
  return StoreBuilder(symbols).build(entities);
}

}  // namespace ambit::cedar::engine
