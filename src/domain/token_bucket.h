// A rate: tokens that come back evenly, up to a burst.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace ambit::domain {

// Refills evenly; whole tokens are taken.
struct TokenBucket {
  double tokens = 0;
  Time at;
  bool started = false;

  // Takes one token, or refuses. `per_minute` and `burst` may change between calls.
  bool take(Time now, std::int64_t per_minute, std::int64_t burst);
  void give_back() { tokens += 1; }
};

}  // namespace ambit::domain
