// What a compiled policy set holds.
#pragma once

#include <memory>
#include <vector>

#include "cedar/policy.h"
#include "cedar_engine/internal/code.h"
#include "cedar_engine/internal/index.h"
#include "cedar_engine/internal/symbols.h"

namespace ambit::cedar::engine {

// INVARIANT: nothing of it changes after PolicyCompiler has made it.
struct Snapshot {
  PolicySet set;
  Code code;
  Index index;
  std::vector<std::shared_ptr<const CompiledPolicy>> policies;  // by position
  std::shared_ptr<const CodeStorage> storage;
  std::shared_ptr<const Symbols> symbols;
  std::uint32_t slots = 1;  // for shared results; the first is not used
  std::size_t compiled = 0;
};

}  // namespace ambit::cedar::engine
