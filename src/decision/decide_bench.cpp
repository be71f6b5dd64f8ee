#include <benchmark/benchmark.h>

#include "decision/decide_fixture.h"

namespace ambit::decision {
namespace {

// A permit and `range(0) - 1` policies about other tools, as a real set has.
void BM_Decide(benchmark::State& state) {
  Case c;
  c.policies = "permit(principal, action, resource);";
  for (int i = 1; i < state.range(0); ++i) {
    c.policies += "forbid(principal, action == Ambit::Action::\"other___tool_" + std::to_string(i) +
                  "\", resource) when { context.input.path like \"/x/*\" };\n";
  }
  Snapshot snapshot = c.snapshot();
  snapshot.known = known_entities(c.agent, c.server, c.tool, c.action.effect.action_class).value();
  for (auto _ : state) benchmark::DoNotOptimize(decide(snapshot, c.action));
}
BENCHMARK(BM_Decide)->Arg(1)->Arg(10)->Arg(100)->Arg(1000);

}  // namespace
}  // namespace ambit::decision
