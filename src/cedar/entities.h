// What is known about entities: attributes, tags, and who belongs to whom.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/result.h"
#include "cedar/value.h"
#include "text/json.h"

namespace ambit::cedar {

// One entity as a caller gives it. `attributes` and `tags` are records.
struct Entity {
  EntityUid uid;
  Value attributes = Value::record();
  std::vector<EntityUid> parents = {};
  Value tags = Value::record();

  friend bool operator==(const Entity&, const Entity&) = default;
};

// One entity as a store holds it, with everything it belongs to, directly or not.
class StoredEntity {
 public:
  explicit StoredEntity(Entity entity) : entity_(std::move(entity)) {}

  const Entity& entity() const { return entity_; }

  // Whether the entity belongs to `ancestor`, directly or not. It does not belong to itself here.
  bool has_ancestor(const EntityUid& ancestor) const;

 private:
  friend class EntityLayer;

  Entity entity_;
  // INVARIANT: sorted by uid, each once; points into entities of this layer and those below it.
  std::vector<const EntityUid*> ancestors_;
};

class EntityLayer;

// An immutable store of entities, cheap to copy. It may stand over another store: a few entities of
// one request over a large set that many requests share. Thread-safe.
class Entities {
 public:
  Entities();  // no entities

  // Makes a store. Parents need not be in it. An entity may be given twice only if it is the same.
  // Errors: `cedar.entity_duplicate`, `cedar.entity_cycle`, `cedar.entity_limit`, and
  // `cedar.entity_invalid` for attributes or tags that are not records, a type that is not a name,
  // or an action with a parent that is not an action.
  static Result<Entities> make(std::vector<Entity> entities);

  // Makes a store of `entities` over `base`, as if all had been given at once, in time that depends
  // on the former only. So that this is exact, no entity of `base` may have a parent that only the
  // new ones give parents to: `cedar.entity_layer`. Other errors as in make().
  static Result<Entities> overlay(const Entities& base, std::vector<Entity> entities);

  // Reads Cedar's entity JSON: an array of `{"uid", "attrs", "parents", "tags"?}`. Errors as in
  // make() and value_from_json(), and `cedar.entity_json`.
  static Result<Entities> from_json(const text::Json& array);

  // Every entity, of the layers below too, in the form that from_json reads. Errors as in
  // value_to_json().
  Result<text::Json> to_json() const;

  // nullptr when there is none. Lives as long as any copy of this store.
  const StoredEntity* find(const EntityUid& uid) const;

  // Of all layers.
  std::size_t size() const;

 private:
  explicit Entities(std::shared_ptr<const EntityLayer> top) : top_(std::move(top)) {}

  std::shared_ptr<const EntityLayer> top_;
};

}  // namespace ambit::cedar
