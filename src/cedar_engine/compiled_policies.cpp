#include "cedar_engine/compiled_policies.h"

#include "cedar_engine/internal/entity_data.h"
#include "cedar_engine/internal/snapshot.h"

namespace ambit::cedar {

CompiledPolicies::CompiledPolicies(std::unique_ptr<const engine::Snapshot> snapshot)
    : snapshot_(std::move(snapshot)) {}
CompiledPolicies::~CompiledPolicies() = default;

const PolicySet& CompiledPolicies::set() const { return snapshot_->set; }
std::size_t CompiledPolicies::newly_compiled() const { return snapshot_->compiled; }

CompiledEntities::CompiledEntities(std::unique_ptr<const engine::EntityStore> store)
    : store_(std::move(store)) {}
CompiledEntities::~CompiledEntities() = default;

std::size_t CompiledEntities::size() const { return store_->entities.size(); }

}  // namespace ambit::cedar
