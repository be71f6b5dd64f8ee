// Compiles an entity store.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cedar/entities.h"
#include "cedar_engine/internal/entity_data.h"

namespace ambit::cedar::engine {

// Errors as in Entities::make().
Result<std::unique_ptr<const EntityStore>> build_entity_store(const std::vector<Entity>& entities,
                                                              SymbolWriter& symbols);

}  // namespace ambit::cedar::engine
