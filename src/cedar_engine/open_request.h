// Requests of which not everything is known: what policies may say of any of them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "cedar_engine/datum.h"

namespace ambit::cedar {

// Borrowed; made of what one RequestEvaluator gives.
struct OpenRequest {
  EntityId principal{};
  EntityId action{};
  // Where it is not known, it may be any entity of these types (of any type when there are none)
  // that belongs at least to these ancestors, with any attributes; also one that is not there yet,
  // but none that another entity belongs to.
  std::optional<EntityId> resource = {};
  std::span<const NameId> resource_types = {};
  std::span<const EntityId> resource_ancestors = {};
  // A record of what is known of it, and the names of which nothing is known: whether they are
  // there, and what they hold.
  Datum context;
  std::span<const NameId> unknown = {};
};

// What a policy may say of the requests that an open one stands for. A policy that says nothing
// but no is not reported.
struct OpenPolicy {
  std::uint32_t policy = 0;
  bool may_be_satisfied = false;
  bool may_err = false;
  bool may_be_unsatisfied = false;  // without an error
};

// In the order of the policies. Never leaves out what may be; may name what cannot be, where that
// takes more than a look at each part of a condition by itself. Valid until the evaluator is used
// again.
struct OpenOutcome {
  std::span<const OpenPolicy> permits;
  std::span<const OpenPolicy> forbids;
};

}  // namespace ambit::cedar
