// One policy in the form that the index is built from; made once and kept while the policy lives.
#pragma once

#include <cstdint>
#include <vector>

#include "cedar/policy.h"
#include "cedar_engine/datum.h"

namespace ambit::cedar::engine {

// A condition of a policy, or a part of one: a node, and whether it must be true or false.
class Conjunct {
 public:
  Conjunct(std::uint32_t node, bool wanted) : bits_(node << 1 | (wanted ? 1u : 0u)) {}

  std::uint32_t node() const { return bits_ >> 1; }
  bool wanted() const { return (bits_ & 1) != 0; }

 private:
  std::uint32_t bits_;
};

// What the index tells policies apart by, per variable. Everything else is a conjunct.
struct ScopeTest {
  enum class Kind : std::uint8_t { kAny, kEqual, kIs, kIn };

  Kind kind = Kind::kAny;
  std::uint32_t id = 0;  // an entity; of kIs, the name of a type

  friend bool operator==(const ScopeTest&, const ScopeTest&) = default;
};

struct CompiledPolicy {
  Effect effect = Effect::kPermit;
  bool never = false;  // it cannot be satisfied, nor err
  // Of several action tests any may hold; never empty.
  std::vector<ScopeTest> action;
  ScopeTest principal;
  ScopeTest resource;
  // All must hold, in this order: the first that does not, or errs, is the policy's answer.
  std::vector<Conjunct> conjuncts;
};

}  // namespace ambit::cedar::engine
