// A tree over all policies that finds those that a request concerns, and asks what many of them ask
// only once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cedar_engine/internal/compiled_policy.h"
#include "cedar_engine/internal/datum_ops.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

// A policy's position in its set, with what emitting it needs to know.
struct PolicyRef {
  static constexpr std::uint32_t kForbid = 1u << 30;
  static constexpr std::uint32_t kRepeated = 1u << 31;  // stands at several places of the tree

  std::uint32_t bits = 0;

  std::uint32_t position() const { return bits & (kForbid - 1); }
  bool is_forbid() const { return (bits & kForbid) != 0; }
  bool is_repeated() const { return (bits & kRepeated) != 0; }
};

// A stretch of one of the index's arrays.
struct Range {
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
};

// A place in the tree: 0 is nothing, else the position of a ScopeNode or a ConditionNode.
struct NodeRef {
  static constexpr std::uint32_t kCondition = 1u << 31;

  std::uint32_t bits = 0;

  explicit operator bool() const { return bits != 0; }
  bool is_condition() const { return (bits & kCondition) != 0; }
  std::uint32_t position() const { return bits & (kCondition - 1); }
};

struct ScopeKey {
  std::uint32_t id = 0;
  NodeRef child;
};

// Asks one variable's scope. The keys stand in the order `==`, `is`, `in`.
struct ScopeNode {
  Variable variable = Variable::kAction;
  bool hashed = false;      // too many keys to look at each
  NodeRef any;              // policies that do not care
  std::uint32_t begin = 0;  // of the keys
  std::uint32_t equal_count = 0;
  std::uint32_t is_count = 0;
  std::uint32_t in_count = 0;
};

// A policy and what is left of its conditions.
struct Single {
  PolicyRef policy;
  Range conjuncts;
};

// What all `policies` ask next, word for word: asked once.
struct Guard {
  std::uint32_t node = 0;
  NodeRef if_true;
  NodeRef if_false;
  Range policies;  // all of them, for when it errs
};

// What all `policies` ask next, but of different constants: looked up.
struct Dispatch {
  enum class Kind : std::uint8_t {
    kEqual,    // subject == key
    kElement,  // subject.contains(key)
    kIn,       // subject in key, an entity
    kIs        // subject is key, a type
  };

  Kind kind = Kind::kEqual;
  std::uint32_t subject = 0;  // a node
  Range policies;             // all of them, for when the subject errs
};

struct ConditionNode {
  Range satisfied;  // of `policies`: nothing left to ask
  Range singles;
  Range guards;
  Range dispatches;
};

// Which place follows a test of the node `group` against the entity or name `id`.
class IdTable {
 public:
  struct Entry {
    std::uint64_t key = 0;
    NodeRef child;
  };
  // Scope nodes and dispatches are numbered apart from each other; scope keys are never of the kind
  // kAny, so that it can stand for dispatches.
  static constexpr auto kDispatchKind = static_cast<std::uint32_t>(ScopeTest::Kind::kAny);

  static std::uint64_t key_of(std::uint32_t group, std::uint32_t kind, std::uint32_t id) {
    return std::uint64_t{group} << 34 | std::uint64_t{kind} << 32 | id;
  }

  void build(const std::vector<Entry>& entries);
  NodeRef find(std::uint64_t key) const {
    if (slots_.empty()) return {};
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = spread(key) & mask; slots_[i].child; i = (i + 1) & mask) {
      if (slots_[i].key == key) return slots_[i].child;
    }
    return {};
  }

 private:
  std::vector<Entry> slots_;
};

// Which place follows a dispatch on a value.
class ValueTable {
 public:
  struct Entry {
    std::uint32_t group = 0;
    NodeRef child;
    Datum value;
  };

  void build(const std::vector<Entry>& entries, HashKey key);
  NodeRef find(std::uint32_t group, const Datum& value, HashKey key) const {
    if (slots_.empty()) return {};
    const std::size_t mask = slots_.size() - 1;
    const std::uint64_t hash = hash_pair(hash_datum(value, key), group, key);
    for (std::size_t i = hash & mask; slots_[i].entry.child; i = (i + 1) & mask) {
      const Slot& slot = slots_[i];
      if (slot.hash == hash && slot.entry.group == group && same(slot.entry.value, value)) {
        return slot.entry.child;
      }
    }
    return {};
  }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    Entry entry;
  };

  std::vector<Slot> slots_;
};

struct Index {
  NodeRef root;
  std::vector<ScopeNode> scopes;
  std::vector<ScopeKey> keys;
  std::vector<ConditionNode> conditions;
  std::vector<Single> singles;
  std::vector<Conjunct> conjuncts;
  std::vector<Guard> guards;
  std::vector<Dispatch> dispatches;
  std::vector<PolicyRef> policies;
  IdTable ids;
  ValueTable values;
  bool any_repeated = false;

  template <class T>
  static std::span<const T> slice(const std::vector<T>& array, Range range) {
    return {array.data() + range.begin, range.count};
  }
};

}  // namespace ambit::cedar::engine
