#include "cedar_engine/internal/request_entities.h"

#include <algorithm>

namespace ambit::cedar::engine {

const EntityData* RequestEntities::keep(EntityId id, const EntityData* data) {
  own_.push_back({id, data});
  slots_.insert(spread(raw(id)));
  return data;
}

void RequestEntities::note_missing(EntityId id) {
  const auto& types = watch_->types;
  const bool is_watched =
      types.empty() || std::find(types.begin(), types.end(), symbols_.type_of(id)) != types.end();
  watch_->was_asked = watch_->was_asked || is_watched;
}

void RequestEntities::close(EntityData& data) {
  std::sort(links_.begin(), links_.end());
  links_.erase(std::unique(links_.begin(), links_.end()), links_.end());
  data.set_ancestors(links_, arena_);
}

// Recursion is as deep as the entity's ancestry, which a plain store bounds.
const EntityData* RequestEntities::read(EntityId id) {
  symbols_.copy_uid(id, wanted_);
  const StoredEntity* stored = source_->find(wanted_);
  if (stored == nullptr) return keep(id, nullptr);
  const Entity& entity = stored->entity();
  for (const EntityUid& parent : entity.parents) find(symbols_.entity(parent));
  links_.clear();
  for (const EntityUid& parent : entity.parents) {
    const EntityId parent_id = symbols_.entity(parent);
    links_.push_back(parent_id);
    if (const EntityData* known = find(parent_id)) {
      links_.insert(links_.end(), known->begin(), known->end());
    }
  }
  EntityData* data = arena_.array<EntityData>(1);
  data->id = id;
  data->attributes = Datum::foreign(entity.attributes);
  data->tags = Datum::foreign(entity.tags);
  close(*data);
  return keep(id, data);
}

const EntityData* RequestEntities::make(std::uint32_t own) {
  const EntityId id = own_[own].id;
  LazyEntity& lazy = *own_[own].lazy;
  own_[own].lazy = nullptr;  // so that not even a cycle has no end
  EntityData* data = arena_.array<EntityData>(1);
  data->id = id;
  data->tags = Datum::sorted_record(nullptr, 0);
  std::vector<EntityId> parents = std::move(parents_);
  parents.clear();
  data->attributes = lazy.make(parents);
  for (const EntityId parent : parents) find(parent);  // makes them: links_ is free again
  links_.clear();
  for (const EntityId parent : parents) {
    links_.push_back(parent);
    if (const EntityData* known = find(parent)) {
      links_.insert(links_.end(), known->begin(), known->end());
    }
  }
  close(*data);
  parents_ = std::move(parents);
  own_[own].data = data;
  return data;
}

tl::unexpected<Error> RequestEntities::refuse(Code code, const char* reason, EntityId id,
                                              const char* why) const {
  return fail(code, reason, "entity `" + to_cedar_text(symbols_.uid_of(id)) + "` " + why);
}

bool RequestEntities::is_named_as_parent(EntityId id) const {
  const bool by_own =
      std::find(missing_parents_.begin(), missing_parents_.end(), id) != missing_parents_.end();
  return by_own || (store_ != nullptr && std::binary_search(store_->missing_parents.begin(),
                                                            store_->missing_parents.end(), id));
}

Result<void> RequestEntities::check(EntityId id, const Datum& attributes,
                                    std::span<const EntityId> parents, const Datum& tags) {
  if (source_ != nullptr) {
    return refuse(Code::kUnsupported, "cedar.entity_layer", id,
                  "can be added only to compiled entities");
  }
  if (attributes.kind() != Datum::Kind::kRecord || tags.kind() != Datum::Kind::kRecord) {
    return refuse(Code::kInvalid, "cedar.entity_invalid", id,
                  "has attributes or tags that are not a record");
  }
  if (std::find(parents.begin(), parents.end(), id) != parents.end()) {
    return refuse(Code::kInvalid, "cedar.entity_cycle", id, "is its own parent");
  }
  if (find(id) != nullptr) {
    return refuse(Code::kConflict, "cedar.entity_duplicate", id, "is there already");
  }
  if (!parents.empty() && is_named_as_parent(id)) {
    return refuse(Code::kConflict, "cedar.entity_layer", id,
                  "brings parents, and entities belong to it already; add it before them");
  }
  return {};
}

Result<void> RequestEntities::add(EntityId id, const Datum& attributes,
                                  std::span<const EntityId> parents, const Datum& tags) {
  AMBIT_CHECK_OK(check(id, attributes, parents, tags));
  links_.clear();
  for (const EntityId parent : parents) {
    links_.push_back(parent);
    if (const EntityData* known = find(parent)) {
      links_.insert(links_.end(), known->begin(), known->end());
    } else {
      missing_parents_.push_back(parent);
    }
  }
  EntityData* data = arena_.array<EntityData>(1);
  data->id = id;
  data->attributes = attributes;
  data->tags = tags;
  close(*data);
  keep(id, data);
  return {};
}

}  // namespace ambit::cedar::engine
