// One layer of an entity store: its own entities over, perhaps, another layer.
#pragma once

#include <memory>
#include <vector>

#include "cedar/entities.h"

namespace ambit::cedar {

class EntityLayer {
 public:
  // Checks and closes `entities` over `base`, which may be null. Errors as in Entities::overlay().
  static Result<std::shared_ptr<const EntityLayer>> make(std::shared_ptr<const EntityLayer> base,
                                                         std::vector<Entity> entities);

  const StoredEntity* find(const EntityUid& uid) const;
  const StoredEntity* find_own(const EntityUid& uid) const;

  const std::vector<StoredEntity>& own() const { return own_; }
  const EntityLayer* base() const { return base_.get(); }

 private:
  Result<void> adopt(std::vector<Entity> entities);
  Result<void> close();
  Result<void> add_ancestors(StoredEntity& entity);
  bool names_as_parent(const EntityUid& uid) const;
  StoredEntity* own_parent(const EntityUid& uid);

  std::shared_ptr<const EntityLayer> base_;
  // INVARIANT: sorted by uid, each once; never resized after adopt(), as ancestors point into it.
  std::vector<StoredEntity> own_;
  // Parents that neither this layer nor one below it has, sorted.
  std::vector<const EntityUid*> missing_parents_;
  std::size_t links_ = 0;
};

}  // namespace ambit::cedar
