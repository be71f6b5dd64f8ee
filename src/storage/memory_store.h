// The registry in memory: what the contract means, with nothing to survive.
#pragma once

#include <memory>

#include "ports/store.h"

namespace ambit::storage {

std::unique_ptr<ports::Store> make_memory_store();

}  // namespace ambit::storage
