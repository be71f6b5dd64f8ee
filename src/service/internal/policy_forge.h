// Compiles the policy sets that are published, one after the other.
#pragma once

#include <cstddef>
#include <memory>

#include "cedar_engine/policy_compiler.h"
#include "decision/policy_state.h"

namespace ambit::service {

// Keeps what it compiled, so that a set in which one policy changed costs that policy and an index.
// Used by one thread at a time: at start by the loop, then by the background.
class PolicyForge {
 public:
  PolicyForge();
  std::shared_ptr<const decision::PolicyState> compile(decision::PolicyState state);

 private:
  cedar::PolicyCompiler compiler_;
  std::size_t sets_ = 0;  // that this compiler has seen
};

}  // namespace ambit::service
