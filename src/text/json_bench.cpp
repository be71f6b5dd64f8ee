#include <benchmark/benchmark.h>

#include "text/json.h"

namespace ambit::text {
namespace {

// 644 bytes: the shape of a tool call that a gateway sends for a decision.
constexpr std::string_view kToolCall =
    R"({"subject":{"type":"agent","id":"agent_01jd9zk3v5h8q2m7x4c6b1n0ta","properties":{"instance")"
    R"(:"inst_01jd9zk3v5h8q2m7x4c6b1n0tb","autonomy":"agent"}},"action":{"name":"tools/call",)"
    R"("properties":{"tool":"filesystem/write_file","class":"write","tier":"elevated"}},"resource":)"
    R"({"type":"file","id":"file:///srv/reports/2026/q3.md","properties":{"labels":["internal",)"
    R"("finance"]}},"context":{"task":"task_01jd9zk3v5h8q2m7x4c6b1n0tc","session":"sess_01jd9zk3v5)"
    R"(h8q2m7x4c6b1n0td","time":"2026-11-22T06:05:29.123Z","arguments":{"path":"/srv/reports/2026/q3.)"
    R"(md","content":"Revenue grew by 12.5 %\nCosts fell by more than was due...","mode":420,"ratio":0.125}}})";

void parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(parse_json(kToolCall));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kToolCall.size()));
}
BENCHMARK(parse);

void write(benchmark::State& state) {
  const Json value = *parse_json(kToolCall);
  for (auto _ : state) benchmark::DoNotOptimize(to_json(value));
}
BENCHMARK(write);

void write_canonical(benchmark::State& state) {
  const Json value = *parse_json(kToolCall);
  for (auto _ : state) benchmark::DoNotOptimize(to_canonical_json(value));
}
BENCHMARK(write_canonical);

}  // namespace
}  // namespace ambit::text
