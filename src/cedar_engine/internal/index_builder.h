// Builds the index of a policy set.
#pragma once

#include <memory>
#include <vector>

#include "cedar_engine/internal/code.h"
#include "cedar_engine/internal/index.h"

namespace ambit::cedar::engine {

// `policies` in the order of their set. Takes time about linear in their number and conditions.
Index build_index(const std::vector<std::shared_ptr<const CompiledPolicy>>& policies,
                  const Code& code, HashKey key);

}  // namespace ambit::cedar::engine
