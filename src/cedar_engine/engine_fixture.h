// For tests: a compiler, an evaluator and short ways to ask them.
#pragma once

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace ambit::cedar {

class EngineTest : public ::testing::Test {
 protected:
  // Precondition of both: it can be compiled.
  std::shared_ptr<const CompiledPolicies> policies(std::string_view text) {
    return compiler_.compile(PolicySet::parse(text).value());
  }
  std::shared_ptr<const CompiledEntities> entities(const std::vector<Entity>& all) {
    return compiler_.compile(all).value();
  }

  CompiledOutcome decide(const CompiledPolicies& policies, const Request& request,
                         const CompiledEntities* store = nullptr) {
    evaluator_.begin(policies, store);
    return evaluator_.decide(request);
  }

  static std::vector<std::uint32_t> list(std::span<const std::uint32_t> positions) {
    return {positions.begin(), positions.end()};
  }
  static Request request(Value context = Value::record()) {
    return {{"User", "alice"}, {"Action", "read"}, {"Doc", "d"}, std::move(context)};
  }

  PolicyCompiler compiler_{99};
  RequestEvaluator evaluator_;
};

using Positions = std::vector<std::uint32_t>;

}  // namespace ambit::cedar
