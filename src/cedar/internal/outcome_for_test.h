// For tests: what a condition comes to, over a small world of entities.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cedar/authorizer.h"

namespace ambit::cedar {

enum class Outcome { kTrue, kFalse, kError };

// U::"a" (attributes n, s; tag t) in G::"g" in G::"h"; nothing else exists.
inline Entities small_world() {
  return Entities::make({{{"U", "a"},
                          Value::record({{"n", Value::integer(1)}, {"s", Value::string("str")}}),
                          {{"G", "g"}},
                          Value::record({{"t", Value::integer(1)}})},
                         {{"G", "g"}, Value::record(), {{"G", "h"}}}})
      .value();
}

// The condition for principal U::"a", action Action::"x", resource U::"zz" and an empty context.
// Precondition: it parses.
inline Outcome outcome_of(std::string_view condition) {
  const auto policies = PolicySet::parse("permit(principal, action, resource) when { " +
                                         std::string(condition) + " };");
  const Request request{{"U", "a"}, {"Action", "x"}, {"U", "zz"}};
  const Authorization answer = is_authorized(request, policies.value(), small_world());
  if (!answer.errors.empty()) return Outcome::kError;
  return answer.allow ? Outcome::kTrue : Outcome::kFalse;
}

struct ConditionCase {
  const char* condition;
  Outcome outcome;
};

}  // namespace ambit::cedar
