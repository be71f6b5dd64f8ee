// One decision, and one compilation, by number of policies.
#include <benchmark/benchmark.h>
#include <cstdlib>

#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"
#include "cedar_engine/sweep_fixture.h"

namespace ambit::cedar {
namespace {

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
