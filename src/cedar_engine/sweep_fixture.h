// For benchmarks: policy sets of any size in three shapes, each with a request that concerns them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cedar/authorizer.h"

namespace ambit::cedar {

// Policies that differ in principal and resource.
inline std::string scope_policy(std::int64_t i) {
  const std::string n = std::to_string(i);
  return "permit(principal == User::\"u_" + n + "\", action, resource == Doc::\"d_" + n + "\");\n";
}

// Policies that differ only in what their condition compares with.
inline std::string condition_policy(std::int64_t i) {
  const std::string n = std::to_string(i);
  return "permit(principal, action == Action::\"call\", resource) when { context.arg == \"v_" + n +
         "\" && context.n < " + n + " };\n";
}

// Rules of 50 roles about 200 tools of a gateway, after a permit for all.
inline std::string agent_policy(std::int64_t i) {
  if (i == 0) return "permit(principal, action, resource is Gateway);\n";
  const std::string n = std::to_string(i);
  return "forbid(principal in Role::\"role_" + std::to_string(i % 50) +
         "\", action == Action::\"tool_" + std::to_string(i % 200) +
         "\", resource is Gateway) when { context.input has amount && context.input.amount > " + n +
         " && context.input.to like \"*@x" + n + ".example\" } unless { context has approval };\n";
}

inline PolicySet make_policies(std::int64_t count, std::string (*policy)(std::int64_t)) {
  std::string text;
  std::vector<PolicyText> texts;
  for (std::int64_t i = 0; i < count; ++i) {
    text += policy(i);
    if (i % 10'000 == 9'999) {
      texts.push_back({"p" + std::to_string(i), std::move(text)});
      text.clear();
    }
  }
  if (!text.empty()) texts.push_back({"rest", std::move(text)});
  return PolicySet::parse_named(std::move(texts)).value();
}

inline std::vector<Entity> people() {
  return {{{"User", "alice"}, Value::record(), {{"Role", "role_7"}}},
          {{"Role", "role_7"}, Value::record(), {{"Tenant", "t"}}},
          {{"Gateway", "g"}},
          {{"Action", "read"}},
          {{"Action", "call"}},
          {{"Action", "tool_7"}}};
}

inline Request scope_request(std::int64_t count) {
  const std::string n = std::to_string(count / 2);
  return {{"User", "u_" + n}, {"Action", "read"}, {"Doc", "d_" + n}};
}

inline Request condition_request(std::int64_t count) {
  Request out{{"User", "alice"}, {"Action", "call"}, {"Doc", "d"}};
  out.context = Value::record(
      {{"arg", Value::string("v_" + std::to_string(count / 2))}, {"n", Value::integer(1)}});
  return out;
}

inline Request missing_attribute_request(std::int64_t) {
  return {{"User", "alice"}, {"Action", "call"}, {"Doc", "d"}};
}

// Half of the rules about the tool look at the recipient.
inline Request agent_request(std::int64_t count) {
  Request out{{"User", "alice"}, {"Action", "tool_7"}, {"Gateway", "g"}};
  out.context =
      Value::record({{"input", Value::record({{"amount", Value::integer(count / 2)},
                                              {"to", Value::string("bob@example.com")}})}});
  return out;
}

struct Shape {
  std::string (*policy)(std::int64_t);
  Request (*request)(std::int64_t);
};
inline constexpr Shape kScope{scope_policy, scope_request};
inline constexpr Shape kCondition{condition_policy, condition_request};
inline constexpr Shape kMissing{condition_policy, missing_attribute_request};
inline constexpr Shape kAgent{agent_policy, agent_request};

}  // namespace ambit::cedar
