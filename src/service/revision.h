// What decisions are made under.
#pragma once

#include <cstdint>

namespace ambit::service {

// Both numbers only grow.
struct Revision {
  std::uint64_t policy_version = 0;  // 0: no policies
  std::uint64_t epoch = 0;           // of everything that reduced authority

  friend bool operator==(const Revision&, const Revision&) = default;
};

}  // namespace ambit::service
