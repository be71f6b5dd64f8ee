// One decision, and one compilation, by number of policies.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <functional>
#include <string>

#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace ambit::cedar {
namespace {

// Policies that differ in principal and resource.
std::string scope_policy(std::int64_t i) {
  const std::string n = std::to_string(i);
  return "permit(principal == User::\"u_" + n + "\", action, resource == Doc::\"d_" + n + "\");\n";
}

// Policies that differ only in what their condition compares with.
std::string condition_policy(std::int64_t i) {
  const std::string n = std::to_string(i);
  return "permit(principal, action == Action::\"call\", resource) when { context.arg == \"v_" + n +
         "\" && context.n < " + n + " };\n";
}

// Rules of 50 roles about 200 tools of a gateway, after a permit for all.
std::string agent_policy(std::int64_t i) {
  if (i == 0) return "permit(principal, action, resource is Gateway);\n";
  const std::string n = std::to_string(i);
  return "forbid(principal in Role::\"role_" + std::to_string(i % 50) +
         "\", action == Action::\"tool_" + std::to_string(i % 200) +
         "\", resource is Gateway) when { context.input has amount && context.input.amount > " + n +
         " && context.input.to like \"*@x" + n + ".example\" } unless { context has approval };\n";
}

PolicySet make_policies(std::int64_t count, std::string (*policy)(std::int64_t)) {
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

std::vector<Entity> people() {
  return {{{"User", "alice"}, Value::record(), {{"Role", "role_7"}}},
          {{"Role", "role_7"}, Value::record(), {{"Tenant", "t"}}},
          {{"Gateway", "g"}},
          {{"Action", "read"}},
          {{"Action", "call"}},
          {{"Action", "tool_7"}}};
}

Request scope_request(std::int64_t count) {
  const std::string n = std::to_string(count / 2);
  return {{"User", "u_" + n}, {"Action", "read"}, {"Doc", "d_" + n}};
}

Request condition_request(std::int64_t count) {
  Request out{{"User", "alice"}, {"Action", "call"}, {"Doc", "d"}};
  out.context = Value::record(
      {{"arg", Value::string("v_" + std::to_string(count / 2))}, {"n", Value::integer(1)}});
  return out;
}

Request missing_attribute_request(std::int64_t) {
  return {{"User", "alice"}, {"Action", "call"}, {"Doc", "d"}};
}

// Half of the rules about the tool look at the recipient.
Request agent_request(std::int64_t count) {
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
constexpr Shape kScope{scope_policy, scope_request};
constexpr Shape kCondition{condition_policy, condition_request};
constexpr Shape kMissing{condition_policy, missing_attribute_request};
constexpr Shape kAgent{agent_policy, agent_request};

// A request that comes as texts and a context of values.
void decide(benchmark::State& state, const Shape& shape) {
  PolicyCompiler compiler(1);
  const PolicySet policies = make_policies(state.range(0), shape.policy);
  const auto compiled = compiler.compile(policies);
  const auto entities = compiler.compile(people()).value();
  const Request request = shape.request(state.range(0));
  RequestEvaluator evaluator;
  const Authorization expected = is_authorized(request, policies, Entities::make(people()).value());
  for (auto _ : state) {
    evaluator.begin(*compiled, entities.get());
    const CompiledOutcome outcome = evaluator.decide(request);
    if (outcome.allows() != expected.allow || outcome.errors.size() != expected.errors.size()) {
      std::abort();
    }
  }
}

// The same with names that are numbers already and a context that is built already.
void decide_built(benchmark::State& state, const Shape& shape) {
  PolicyCompiler compiler(1);
  const auto compiled = compiler.compile(make_policies(state.range(0), shape.policy));
  const auto entities = compiler.compile(people()).value();
  const Request request = shape.request(state.range(0));
  RequestEvaluator evaluator;
  evaluator.begin(*compiled, entities.get());
  const EntityId principal = evaluator.entity(request.principal);
  const EntityId action = evaluator.entity(request.action);
  const EntityId resource = evaluator.entity(request.resource);
  const Datum fields[] = {evaluator.value(request.context)};
  const Datum context = evaluator.set(fields).elements()[0];  // converted
  for (auto _ : state) {
    benchmark::DoNotOptimize(evaluator.decide(principal, action, resource, context));
  }
}

void decide_reference(benchmark::State& state, const Shape& shape) {
  const PolicySet policies = make_policies(state.range(0), shape.policy);
  const Entities entities = Entities::make(people()).value();
  const Request request = shape.request(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(request, policies, entities));
}

void compile(benchmark::State& state, const Shape& shape) {
  const PolicySet policies = make_policies(state.range(0), shape.policy);
  for (auto _ : state) {
    PolicyCompiler compiler(1);
    benchmark::DoNotOptimize(compiler.compile(policies));
  }
}

// Publishing a set of which one policy is new.
void compile_change(benchmark::State& state, const Shape& shape) {
  PolicyCompiler compiler(1);
  const PolicySet before = make_policies(state.range(0), shape.policy);
  std::vector<PolicyText> texts = before.texts();
  texts.push_back({"new", "permit(principal == User::\"new\", action, resource);"});
  const PolicySet after = PolicySet::parse_named(texts).value();
  compiler.compile(before);
  compiler.compile(after);
  for (auto _ : state) {
    const auto compiled = compiler.compile(after);
    if (compiled->newly_compiled() != 0) std::abort();
  }
}

#define AMBIT_SWEEP(name)                                                                  \
  BENCHMARK_CAPTURE(decide, name, k##name)->RangeMultiplier(10)->Range(10, 100'000);       \
  BENCHMARK_CAPTURE(decide_built, name, k##name)->RangeMultiplier(10)->Range(10, 100'000); \
  BENCHMARK_CAPTURE(decide_reference, name, k##name)->RangeMultiplier(10)->Range(10, 10'000)

AMBIT_SWEEP(Scope);
AMBIT_SWEEP(Condition);
AMBIT_SWEEP(Missing);
AMBIT_SWEEP(Agent);

BENCHMARK_CAPTURE(compile, Scope, kScope)->Arg(1000)->Arg(10'000);
BENCHMARK_CAPTURE(compile, Agent, kAgent)->Arg(1000)->Arg(10'000)->Arg(100'000);
BENCHMARK_CAPTURE(compile_change, Agent, kAgent)->Arg(1000)->Arg(10'000);

}  // namespace
}  // namespace ambit::cedar
