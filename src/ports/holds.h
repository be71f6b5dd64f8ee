// Retention holds: ranges of the log that must stay as they are.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/result.h"

namespace ambit::ports {

// The entries [begin, end) are neither dropped nor are the values erased that they seal.
struct Hold {
  std::string name;  // 1 to 64 of [a-z0-9._-]
  std::uint64_t begin = 0;
  std::uint64_t end = std::numeric_limits<std::uint64_t>::max();

  friend bool operator==(const Hold&, const Hold&) = default;
};

// May wait for a disk. One caller at a time changes them.
class Holds {
 public:
  virtual ~Holds() = default;

  virtual Result<std::vector<Hold>> all() const = 0;
  // Durable when it returns. `hold.exists`, `hold.form`, `hold.too_many`.
  virtual Result<> place(const Hold& hold) = 0;
  // `hold.unknown`
  virtual Result<> release(const std::string& name) = 0;
};

}  // namespace ambit::ports
