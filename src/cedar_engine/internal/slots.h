// Finds what is worth computing once a request.
#pragma once

#include "cedar_engine/internal/code.h"
#include "cedar_engine/internal/index.h"

namespace ambit::cedar::engine {

// Gives a slot to each node that the index can reach in more than one way and that costs more than
// a slot does. Returns the number of slots, counting the first, which means none.
std::uint32_t assign_slots(Code& code, const Index& index);

}  // namespace ambit::cedar::engine
