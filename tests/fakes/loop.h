// The event loop as the service knows it: the very adapters that the application uses.
#pragma once

#include "app/loop_ports.h"

namespace ambit::fakes {

using app::LoopExecutor;
using app::LoopTimers;

}  // namespace ambit::fakes
