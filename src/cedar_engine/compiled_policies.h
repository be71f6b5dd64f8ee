// A policy set and an entity store in the form that RequestEvaluator reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "cedar/policy.h"

namespace ambit::cedar {

namespace engine {
struct Snapshot;
struct EntityStore;
}  // namespace engine

// Immutable and thread-safe: share it by pointer and swap the pointer to publish another.
class CompiledPolicies {
 public:
  // For PolicyCompiler.
  explicit CompiledPolicies(std::unique_ptr<const engine::Snapshot> snapshot);
  ~CompiledPolicies();
  CompiledPolicies(const CompiledPolicies&) = delete;
  CompiledPolicies& operator=(const CompiledPolicies&) = delete;

  const PolicySet& set() const;
  const Policy& policy(std::uint32_t position) const { return set().policies()[position]; }
  std::size_t size() const { return set().policies().size(); }

  // How many of the policies were compiled for it; the others were known from sets before.
  std::size_t newly_compiled() const;

  const engine::Snapshot& snapshot() const { return *snapshot_; }

 private:
  std::unique_ptr<const engine::Snapshot> snapshot_;
};

// The same for entities that many requests share.
class CompiledEntities {
 public:
  // For PolicyCompiler.
  explicit CompiledEntities(std::unique_ptr<const engine::EntityStore> store);
  ~CompiledEntities();
  CompiledEntities(const CompiledEntities&) = delete;
  CompiledEntities& operator=(const CompiledEntities&) = delete;

  std::size_t size() const;

  const engine::EntityStore& store() const { return *store_; }

 private:
  std::unique_ptr<const engine::EntityStore> store_;
};

}  // namespace ambit::cedar
