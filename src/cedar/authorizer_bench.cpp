// What one decision of the reference evaluator costs, by number of policies.
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <string>

#include "cedar/authorizer.h"

namespace ambit::cedar {
namespace {

// Tools of one server, each forbidden below /x; and a permit for all of them.
std::string tool_policies(std::int64_t count) {
  std::string text = "permit(principal, action, resource == Ambit::Server::\"files\");\n";
  for (std::int64_t i = 0; i < count; ++i) {
    text += "forbid(principal, action == Ambit::Action::\"files___tool_" + std::to_string(i) +
            "\", resource) when { context.input.path like \"/x/*\" };\n";
  }
  return text;
}

// The same, but told apart by the agent's role and not by the action.
std::string role_policies(std::int64_t count) {
  std::string text = "permit(principal, action, resource == Ambit::Server::\"files\");\n";
  for (std::int64_t i = 0; i < count; ++i) {
    text += "forbid(principal in Ambit::Role::\"role_" + std::to_string(i + 100) +
            "\", action, resource) when { context.input.path like \"/x/*\" };\n";
  }
  return text;
}

// The same, but every condition is evaluated.
std::string condition_policies(std::int64_t count) {
  std::string text = "permit(principal, action, resource == Ambit::Server::\"files\");\n";
  for (std::int64_t i = 0; i < count; ++i) {
    text += "forbid(principal, action, resource) when { context.input.path like \"/x" +
            std::to_string(i) + "/*\" };\n";
  }
  return text;
}

Entities many_agents() {
  std::vector<Entity> entities{{{"Ambit::Server", "files"}}};
  for (int i = 0; i < 10'000; ++i) {
    entities.push_back({{"Ambit::Agent", "agent_" + std::to_string(i)},
                        Value::record({{"trust", Value::integer(i % 10)}}),
                        {{"Ambit::Role", "role_" + std::to_string(i % 50)}}});
  }
  for (int i = 0; i < 50; ++i) {
    entities.push_back(
        {{"Ambit::Role", "role_" + std::to_string(i)}, Value::record(), {{"Ambit::Tenant", "t"}}});
  }
  for (int i = 0; i < 1'000; ++i) {
    entities.push_back({{"Ambit::Action", "files___tool_" + std::to_string(i)},
                        Value::record(),
                        {{"Ambit::Action", "read"}, {"Ambit::Action", "server:files"}}});
  }
  return Entities::make(std::move(entities)).value();
}

Request tool_call() {
  Request out{{"Ambit::Agent", "agent_4711"},
              {"Ambit::Action", "files___tool_7"},
              {"Ambit::Server", "files"}};
  out.context = Value::record(
      {{"input", Value::record({{"path", Value::string("/home/agent/report.txt")}})}});
  return out;
}

void run(benchmark::State& state, const std::string& text) {
  const PolicySet policies = PolicySet::parse(text).value();
  const Entities entities = many_agents();
  const Request request = tool_call();
  for (auto _ : state) {
    const Authorization answer = is_authorized(request, policies, entities);
    if (!answer.allow) std::abort();
    benchmark::DoNotOptimize(answer);
  }
}

void BM_CedarByAction(benchmark::State& state) { run(state, tool_policies(state.range(0))); }
void BM_CedarByRole(benchmark::State& state) { run(state, role_policies(state.range(0))); }
void BM_CedarByCondition(benchmark::State& state) {
  run(state, condition_policies(state.range(0)));
}
BENCHMARK(BM_CedarByAction)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(BM_CedarByRole)->Arg(10)->Arg(100)->Arg(1000);
BENCHMARK(BM_CedarByCondition)->Arg(10)->Arg(100)->Arg(1000);

void BM_CedarOverlay(benchmark::State& state) {
  const Entities base = many_agents();
  for (auto _ : state) {
    auto entities = Entities::overlay(
        base, {{{"Ambit::Session", "s-1"}, Value::record({{"calls", Value::integer(3)}})},
               {{"Ambit::File", "/home/agent/report.txt"},
                Value::record(),
                {{"Ambit::Folder", "/home/agent"}, {"Ambit::Server", "files"}}}});
    benchmark::DoNotOptimize(entities);
  }
}
BENCHMARK(BM_CedarOverlay);

void BM_CedarParse(benchmark::State& state) {
  const std::string text = tool_policies(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(PolicySet::parse(text));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_CedarParse)->Arg(1000);

}  // namespace
}  // namespace ambit::cedar
