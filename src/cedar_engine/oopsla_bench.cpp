// One decision in the applications of the OOPSLA 2024 paper. `p50_ns` and `p99_ns` are over single
// requests of a hierarchy that is in use; `cold_p99_ns` is over the first requests that each
// hierarchy sees after 19 others were used. All hold the cost of reading the clock, which is
// `clock_ns`; the time of an iteration is the mean in a batch, without it.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdlib>

#include "cedar_engine/oopsla_fixture.h"
#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"

namespace ambit::cedar {
namespace {

constexpr std::uint64_t kHierarchies = 20;
constexpr std::size_t kRequests = 500;  // of each
constexpr int kPasses = 4;
constexpr int kRounds = 3;

using Clock = std::chrono::steady_clock;

double elapsed_ns(Clock::time_point since) {
  return std::chrono::duration<double, std::nano>(Clock::now() - since).count();
}

double quantile(std::vector<double>& samples, double q) {
  const auto at =
      samples.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), at, samples.end());
  return *at;
}

double clock_cost_ns() {
  std::vector<double> samples;
  for (int i = 0; i < 10'000; ++i) samples.push_back(elapsed_ns(Clock::now()));
  return quantile(samples, 0.5);
}

struct Hierarchy {
  std::shared_ptr<const CompiledEntities> compiled;
  Entities plain;
  std::vector<Request> requests;
};

struct World {
  World(const Application& application, std::size_t size)
      : policies(PolicySet::parse(application.policies).value()),
        compiled(compiler.compile(policies)) {
    for (std::uint64_t seed = 0; seed < kHierarchies; ++seed) {
      OopslaWorld world(seed * 1000 + size, size);
      const std::vector<Entity> entities = world.entities(application);
      Hierarchy hierarchy{compiler.compile(entities).value(), Entities::make(entities).value(), {}};
      for (std::size_t i = 0; i < kRequests; ++i) {
        hierarchy.requests.push_back(world.request(application));
      }
      hierarchies.push_back(std::move(hierarchy));
    }
  }

  PolicyCompiler compiler{1};
  PolicySet policies;
  std::shared_ptr<const CompiledPolicies> compiled;
  std::vector<Hierarchy> hierarchies;
};

// A benchmark that decides otherwise than the reference measures nothing.
double check_and_count_allowed(const World& world) {
  RequestEvaluator evaluator;
  std::size_t allowed = 0;
  for (const Hierarchy& hierarchy : world.hierarchies) {
    for (const Request& request : hierarchy.requests) {
      evaluator.begin(*world.compiled, hierarchy.compiled.get());
      const CompiledOutcome outcome = evaluator.decide(request);
      const Authorization expected = is_authorized(request, world.policies, hierarchy.plain);
      if (outcome.allows() != expected.allow || !outcome.errors.empty()) std::abort();
      allowed += expected.allow ? 1 : 0;
    }
  }
  return static_cast<double>(allowed) / static_cast<double>(kHierarchies * kRequests);
}

template <class Decide>
void measure(benchmark::State& state, const World& world, Decide decide) {
  std::vector<double> warm;
  std::vector<double> cold;
  for (int round = 0; round < kRounds; ++round) {
    for (const Hierarchy& hierarchy : world.hierarchies) {
      for (int pass = 0; pass < kPasses; ++pass) {
        for (const Request& request : hierarchy.requests) {
          const auto start = Clock::now();
          benchmark::DoNotOptimize(decide(hierarchy, request));
          (pass == 0 ? cold : warm).push_back(elapsed_ns(start));
        }
      }
    }
  }
  state.counters["p50_ns"] = quantile(warm, 0.5);
  state.counters["p99_ns"] = quantile(warm, 0.99);
  state.counters["cold_p99_ns"] = quantile(cold, 0.99);
  state.counters["clock_ns"] = clock_cost_ns();
  std::size_t next = 0;
  for (auto _ : state) {
    const Hierarchy& hierarchy = world.hierarchies[next / kRequests % kHierarchies];
    benchmark::DoNotOptimize(decide(hierarchy, hierarchy.requests[next % kRequests]));
    ++next;
  }
}

void compiled(benchmark::State& state, const Application& application) {
  const World world(application, static_cast<std::size_t>(state.range(0)));
  state.counters["allowed"] = check_and_count_allowed(world);
  RequestEvaluator evaluator;
  measure(state, world, [&](const Hierarchy& hierarchy, const Request& request) {
    evaluator.begin(*world.compiled, hierarchy.compiled.get());
    return evaluator.decide(request).allows();
  });
}

void reference(benchmark::State& state, const Application& application) {
  const World world(application, static_cast<std::size_t>(state.range(0)));
  measure(state, world, [&](const Hierarchy& hierarchy, const Request& request) {
    return is_authorized(request, world.policies, hierarchy.plain).allow;
  });
}

BENCHMARK_CAPTURE(compiled, gdrive, kGdrive)->Arg(5)->Arg(10)->Arg(20)->Arg(30)->Arg(50);
BENCHMARK_CAPTURE(compiled, github, kGithub)->Arg(5)->Arg(10)->Arg(20)->Arg(30)->Arg(50);
BENCHMARK_CAPTURE(compiled, tinytodo, kTinytodo)->Arg(5)->Arg(10)->Arg(20)->Arg(30)->Arg(50);
BENCHMARK_CAPTURE(reference, gdrive, kGdrive)->Arg(5)->Arg(50);
BENCHMARK_CAPTURE(reference, github, kGithub)->Arg(5)->Arg(50);
BENCHMARK_CAPTURE(reference, tinytodo, kTinytodo)->Arg(5)->Arg(50);

}  // namespace
}  // namespace ambit::cedar
