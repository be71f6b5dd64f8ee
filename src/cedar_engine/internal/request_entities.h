// The entities that one request can see.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "cedar/entities.h"
#include "cedar_engine/internal/entity_data.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

// Its own entities over a compiled store, or those of a plain store, read as they are asked for.
class RequestEntities {
 public:
  RequestEntities(RequestSymbols& symbols, Arena& arena) : symbols_(symbols), arena_(arena) {}

  // At most one of the two is not null.
  void reset(const EntityStore* store, const Entities* source) {
    store_ = store;
    source_ = source;
    own_.clear();
    slots_.clear();
    missing_parents_.clear();
  }

  // Entities of these types, or of any where there are none, may yet turn out to be there.
  struct Watch {
    std::span<const NameId> types;
    bool was_asked = false;  // for one of them that is not there
  };
  // Until it is given null.
  void watch(Watch* watch) { watch_ = watch; }

  // nullptr when there is none. Stays until reset().
  const EntityData* find(EntityId id) {
    const EntityData* found = look_up(id);
    if (found == nullptr && watch_ != nullptr) note_missing(id);
    return found;
  }

  // Fetches what find() will read first.
  void expect(EntityId id) const {
    if (store_ != nullptr && raw(id) < store_->positions.size()) {
      __builtin_prefetch(store_->positions.data() + raw(id));
    }
  }

  // Precondition as in RequestEvaluator::add_entity().
  void add(EntityId id, LazyEntity& entity) {
    own_.push_back({id, nullptr, &entity});
    slots_.insert(spread(raw(id)));
  }
  // Errors as in RequestEvaluator::add_entity().
  Result<void> add(EntityId id, const Datum& attributes, std::span<const EntityId> parents,
                   const Datum& tags);

 private:
  struct Own {
    EntityId id{};
    const EntityData* data = nullptr;  // null for one that is known not to be there
    LazyEntity* lazy = nullptr;        // until it is made
  };

  const EntityData* look_up(EntityId id) {
    if (source_ != nullptr || !own_.empty()) {
      const std::uint32_t own =
          slots_.find(spread(raw(id)), [&](std::uint32_t i) { return own_[i].id == id; });
      if (own != kNone) {
        return own_.data()[own].lazy == nullptr ? own_.data()[own].data : make(own);
      }
      if (source_ != nullptr) return read(id);
    }
    return store_ == nullptr ? nullptr : store_->find(id);
  }
  [[gnu::cold]] void note_missing(EntityId id);
  const EntityData* read(EntityId id);
  const EntityData* make(std::uint32_t own);
  const EntityData* keep(EntityId id, const EntityData* data);
  Result<void> check(EntityId id, const Datum& attributes, std::span<const EntityId> parents,
                     const Datum& tags);
  bool is_named_as_parent(EntityId id) const;
  tl::unexpected<Error> refuse(Code code, const char* reason, EntityId id, const char* why) const;
  // Sorts links_ and gives it to `data` as its ancestors.
  void close(EntityData& data);

  RequestSymbols& symbols_;
  Arena& arena_;
  const EntityStore* store_ = nullptr;
  const Entities* source_ = nullptr;
  Watch* watch_ = nullptr;
  std::vector<Own> own_;
  HashSlots slots_;
  std::vector<EntityId> missing_parents_;
  std::vector<EntityId> links_;    // of the entity being closed
  std::vector<EntityId> parents_;  // of the lazy entity being made
  EntityUid wanted_;               // keeps the memory of its texts
};

}  // namespace ambit::cedar::engine
