// The wall clock of this machine.
#pragma once

#include "ports/host.h"

namespace ambit::host {

// Thread-safe. Follows every adjustment of the machine's clock, so it may step backwards.
class SystemClock final : public ports::Clock {
 public:
  Time now() const override;
};

}  // namespace ambit::host
