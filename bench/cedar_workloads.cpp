// Writes policies, entities, requests and verdicts of the Cedar benchmarks as JSON, so that other
// engines can be measured with them, and prints how long ours takes for each request; of few sizes,
// or of all:
//   cedar_workloads FOLDER [--all]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "cedar/json.h"
#include "cedar_engine/oopsla_fixture.h"
#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"
#include "cedar_engine/sweep_fixture.h"

namespace {

using namespace ambit;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRequests = 100;

struct Sizes {
  std::vector<std::size_t> applications;
  std::vector<std::int64_t> sweeps;  // policies
};
const Sizes kFew{{20}, {1000}};
const Sizes kAll{{5, 10, 20, 50}, {10, 100, 1000, 10'000}};

struct Workload {
  std::string name;
  cedar::PolicySet policies;
  std::vector<cedar::Entity> entities;
  std::vector<cedar::Request> requests;
};

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::fprintf(stderr, "cedar_workloads: %s\n", result.error().message.c_str());
  std::exit(1);
}

Workload application(const cedar::Application& app, std::size_t size) {
  cedar::OopslaWorld world(7 * 1000 + size, size);
  Workload out{std::string(app.name) + "_" + std::to_string(size),
               must(cedar::PolicySet::parse(app.policies)),
               world.entities(app),
               {}};
  for (std::size_t i = 0; i < kRequests; ++i) out.requests.push_back(world.request(app));
  return out;
}

Workload sweep(const char* name, const cedar::Shape& shape, std::int64_t size) {
  return {std::string(name) + "_" + std::to_string(size), cedar::make_policies(size, shape.policy),
          cedar::people(), std::vector<cedar::Request>(10, shape.request(size))};
}

text::Json json_of(const cedar::Request& request, bool allowed) {
  return text::Json::object({{"principal", cedar::uid_to_json(request.principal)},
                             {"action", cedar::uid_to_json(request.action)},
                             {"resource", cedar::uid_to_json(request.resource)},
                             {"context", must(cedar::record_to_json(request.context))},
                             {"decision", allowed ? "allow" : "deny"}});
}

// The median over single requests, in nanoseconds, without the cost of reading the clock.
template <class Decide>
double median_ns(const Workload& workload, int passes, Decide decide) {
  const auto elapsed = [](Clock::time_point since) {
    return std::chrono::duration<double, std::nano>(Clock::now() - since).count();
  };
  std::vector<double> empty;
  std::vector<double> samples;
  for (int pass = 0; pass < passes; ++pass) {
    for (const cedar::Request& request : workload.requests) {
      empty.push_back(elapsed(Clock::now()));
      const auto start = Clock::now();
      decide(request);
      samples.push_back(elapsed(start));
    }
  }
  const auto median = [](std::vector<double>& of) {
    const auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
    std::nth_element(of.begin(), middle, of.end());
    return *middle;
  };
  return std::max(median(samples) - median(empty), 0.0);
}

text::Json run(const Workload& workload, const std::string& folder) {
  cedar::PolicyCompiler compiler(1);
  const auto compiled = compiler.compile(workload.policies);
  const auto store = must(compiler.compile(workload.entities));
  const auto plain = must(cedar::Entities::make(workload.entities));
  const std::string entities = text::to_json(must(plain.to_json()));
  cedar::RequestEvaluator evaluator;
  text::Json requests = text::Json::array();
  for (const cedar::Request& request : workload.requests) {
    const bool allowed = cedar::is_authorized(request, workload.policies, plain).allow;
    evaluator.begin(*compiled, store.get());
    if (evaluator.decide(request).allows() != allowed) std::abort();
    requests.push_back(json_of(request, allowed));
  }
  std::string policies;
  for (const auto& text : workload.policies.texts()) policies += text.text;
  const text::Json whole = text::Json::object({{"policies", policies},
                                               {"entities", must(plain.to_json())},
                                               {"requests", std::move(requests)}});
  std::ofstream(folder + "/" + workload.name + ".json") << text::to_json(whole);
  const double stored = median_ns(workload, 20, [&](const cedar::Request& request) {
    evaluator.begin(*compiled, store.get());
    evaluator.decide(request);
  });
  // What an engine does that is given its entities as JSON with each request.
  const double from_json = median_ns(workload, 1, [&](const cedar::Request& request) {
    const auto given = must(cedar::Entities::from_json(must(text::parse_json(entities))));
    evaluator.evaluate(request, *compiled, given);
  });
  return text::Json::object({{"stored_ns", stored}, {"from_json_ns", from_json}});
}

}  // namespace

int main(int argc, char** argv) {
  const bool all = argc == 3 && argv[2] == std::string_view("--all");
  if (argc != 2 && !all) {
    std::fprintf(stderr, "usage: cedar_workloads FOLDER [--all]\n");
    return 2;
  }
  const Sizes& sizes = all ? kAll : kFew;
  text::Json out = text::Json::object();
  for (const auto& app : {cedar::kGdrive, cedar::kGithub, cedar::kTinytodo}) {
    for (const std::size_t size : sizes.applications) {
      const Workload workload = application(app, size);
      out.set(workload.name, run(workload, argv[1]));
    }
  }
  for (const auto& [name, shape] :
       {std::pair{"scope", cedar::kScope}, {"cond", cedar::kCondition}, {"agent", cedar::kAgent}}) {
    for (const std::int64_t size : sizes.sweeps) {
      const Workload workload = sweep(name, shape, size);
      out.set(workload.name, run(workload, argv[1]));
    }
  }
  std::printf("%s\n", text::to_json(out).c_str());
  return 0;
}
