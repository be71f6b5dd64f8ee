#include "domain/token_bucket.h"

#include <algorithm>

namespace ambit::domain {

bool TokenBucket::take(Time now, std::int64_t per_minute, std::int64_t burst) {
  const double capacity = static_cast<double>(std::max<std::int64_t>(burst, 1));
  if (!started) {
    started = true;
    tokens = capacity;
  } else if (now > at) {
    const double elapsed_ms = static_cast<double>((now - at).ms);
    tokens += elapsed_ms * static_cast<double>(per_minute) / 60'000.0;
  }
  // Also where the clock was set back: what comes of waiting for it to catch up is no limit.
  at = now;
  tokens = std::min(tokens, capacity);
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

}  // namespace ambit::domain
