#include "cedar/internal/entity_layer.h"

#include <algorithm>
#include <iterator>

#include "cedar/internal/lexical.h"
#include "cedar/limits.h"

namespace ambit::cedar {
namespace {

bool by_uid(const StoredEntity& a, const EntityUid& b) { return a.entity().uid < b; }
bool by_content(const EntityUid* a, const EntityUid* b) { return *a < *b; }
bool same_content(const EntityUid* a, const EntityUid* b) { return *a == *b; }

void sort_unique(std::vector<const EntityUid*>& uids) {
  std::sort(uids.begin(), uids.end(), by_content);
  uids.erase(std::unique(uids.begin(), uids.end(), same_content), uids.end());
}

bool is_action(const EntityUid& uid) {
  return uid.type == "Action" || uid.type.ends_with("::Action");
}

tl::unexpected<Error> invalid(const EntityUid& uid, std::string_view what) {
  return fail(Code::kInvalid, "cedar.entity_invalid",
              "entity `" + to_cedar_text(uid) + "`: " + std::string(what));
}

Result<void> check(const Entity& entity) {
  if (entity.attributes.kind() != Value::Kind::kRecord) {
    return invalid(entity.uid, "its attributes are not a record");
  }
  if (entity.tags.kind() != Value::Kind::kRecord) {
    return invalid(entity.uid, "its tags are not a record");
  }
  if (!is_name(entity.uid.type)) return invalid(entity.uid, "its type is not a name");
  for (const EntityUid& parent : entity.parents) {
    if (!is_name(parent.type)) return invalid(entity.uid, "the type of a parent is not a name");
    if (is_action(entity.uid) && !is_action(parent)) {
      return invalid(entity.uid,
                     "an action belongs only to actions, not to `" + to_cedar_text(parent) + "`");
    }
  }
  return {};
}

// Equal but for the order and repetition of parents.
bool same_entity(const Entity& a, const Entity& b) {
  const auto sorted = [](std::vector<EntityUid> uids) {
    std::sort(uids.begin(), uids.end());
    uids.erase(std::unique(uids.begin(), uids.end()), uids.end());
    return uids;
  };
  return a.uid == b.uid && a.attributes == b.attributes && a.tags == b.tags &&
         sorted(a.parents) == sorted(b.parents);
}

tl::unexpected<Error> duplicate(const EntityUid& uid) {
  return fail(Code::kConflict, "cedar.entity_duplicate",
              "entity `" + to_cedar_text(uid) + "` is given twice, and not the same");
}

}  // namespace

bool StoredEntity::has_ancestor(const EntityUid& ancestor) const {
  return std::binary_search(ancestors_.begin(), ancestors_.end(), &ancestor, by_content);
}

Result<std::shared_ptr<const EntityLayer>> EntityLayer::make(
    std::shared_ptr<const EntityLayer> base, std::vector<Entity> entities) {
  auto layer = std::make_shared<EntityLayer>();
  layer->base_ = std::move(base);
  AMBIT_CHECK_OK(layer->adopt(std::move(entities)));
  AMBIT_CHECK_OK(layer->close());
  return std::shared_ptr<const EntityLayer>(std::move(layer));
}

const StoredEntity* EntityLayer::find_own(const EntityUid& uid) const {
  const auto at = std::lower_bound(own_.begin(), own_.end(), uid, by_uid);
  return at != own_.end() && at->entity().uid == uid ? &*at : nullptr;
}

const StoredEntity* EntityLayer::find(const EntityUid& uid) const {
  for (const EntityLayer* layer = this; layer != nullptr; layer = layer->base()) {
    if (const StoredEntity* found = layer->find_own(uid)) return found;
  }
  return nullptr;
}

// Whether this layer or one below it has an entity with a parent `uid` that none of them has.
bool EntityLayer::names_as_parent(const EntityUid& uid) const {
  for (const EntityLayer* layer = this; layer != nullptr; layer = layer->base()) {
    if (std::binary_search(layer->missing_parents_.begin(), layer->missing_parents_.end(), &uid,
                           by_content)) {
      return true;
    }
  }
  return false;
}

Result<void> EntityLayer::adopt(std::vector<Entity> entities) {
  std::sort(entities.begin(), entities.end(),
            [](const Entity& a, const Entity& b) { return a.uid < b.uid; });
  own_.reserve(entities.size());
  for (Entity& entity : entities) {
    AMBIT_CHECK_OK(check(entity));
    const StoredEntity* known = base_ ? base_->find(entity.uid) : nullptr;
    if (known == nullptr && !own_.empty() && own_.back().entity().uid == entity.uid) {
      known = &own_.back();
    }
    if (known != nullptr) {
      if (!same_entity(known->entity(), entity)) return duplicate(entity.uid);
      continue;
    }
    if (base_ && !entity.parents.empty() && base_->names_as_parent(entity.uid)) {
      return fail(Code::kConflict, "cedar.entity_layer",
                  "entity `" + to_cedar_text(entity.uid) +
                      "` brings parents, and entities of the store below belong to it already");
    }
    own_.emplace_back(std::move(entity));
  }
  return {};
}

StoredEntity* EntityLayer::own_parent(const EntityUid& uid) {
  return const_cast<StoredEntity*>(find_own(uid));
}

// Gives every entity its ancestors, parents before children, without recursion.
Result<void> EntityLayer::close() {
  std::vector<std::size_t> open_parents(own_.size(), 0);
  std::vector<std::vector<std::size_t>> children(own_.size());
  for (std::size_t i = 0; i < own_.size(); ++i) {
    for (const EntityUid& parent : own_[i].entity_.parents) {
      if (const StoredEntity* own = own_parent(parent)) {
        children[static_cast<std::size_t>(own - own_.data())].push_back(i);
        ++open_parents[i];
      } else if (!base_ || base_->find(parent) == nullptr) {
        missing_parents_.push_back(&parent);
      }
    }
  }
  sort_unique(missing_parents_);
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < own_.size(); ++i) {
    if (open_parents[i] == 0) ready.push_back(i);
  }
  std::size_t closed = 0;
  for (; closed < ready.size(); ++closed) {
    AMBIT_CHECK_OK(add_ancestors(own_[ready[closed]]));
    for (const std::size_t child : children[ready[closed]]) {
      if (--open_parents[child] == 0) ready.push_back(child);
    }
  }
  if (closed == own_.size()) return {};
  const auto stuck = std::find_if(open_parents.begin(), open_parents.end(),
                                  [](std::size_t open) { return open > 0; });
  const auto index = static_cast<std::size_t>(stuck - open_parents.begin());
  return fail(Code::kInvalid, "cedar.entity_cycle",
              "entity `" + to_cedar_text(own_[index].entity_.uid) +
                  "` is part of, or below, a cycle of parents");
}

Result<void> EntityLayer::add_ancestors(StoredEntity& entity) {
  std::vector<const EntityUid*>& all = entity.ancestors_;
  for (const EntityUid& parent : entity.entity_.parents) all.push_back(&parent);
  sort_unique(all);
  for (const EntityUid& parent : entity.entity_.parents) {
    const StoredEntity* stored = find(parent);
    if (stored == nullptr || stored->ancestors_.empty()) continue;
    std::vector<const EntityUid*> merged;
    merged.reserve(all.size() + stored->ancestors_.size());
    std::set_union(all.begin(), all.end(), stored->ancestors_.begin(), stored->ancestors_.end(),
                   std::back_inserter(merged), by_content);
    all = std::move(merged);
  }
  links_ += all.size();
  if (links_ <= kMaxAncestorLinks) return {};
  return fail(
      Code::kExhausted, "cedar.entity_limit",
      "these entities have more than " + std::to_string(kMaxAncestorLinks) + " ancestors together");
}

}  // namespace ambit::cedar
