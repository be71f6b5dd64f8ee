// Compiles one policy.
#pragma once

#include "cedar/policy.h"
#include "cedar_engine/internal/code_builder.h"
#include "cedar_engine/internal/compiled_policy.h"

namespace ambit::cedar::engine {

CompiledPolicy build_policy(const Policy& policy, CodeBuilder& code, SymbolWriter& symbols);

}  // namespace ambit::cedar::engine
