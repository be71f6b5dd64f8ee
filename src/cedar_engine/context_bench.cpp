// From the JSON of a tool call to the context that policies read, and a decision on it.
#include <benchmark/benchmark.h>
#include <cmath>
#include <cstdlib>

#include "cedar_engine/policy_compiler.h"
#include "cedar_engine/request_evaluator.h"
#include "text/json.h"

namespace ambit::cedar {
namespace {

// 1 KB: arguments as agents send them, most of them text.
constexpr std::string_view kToolCall =
    R"({"path":"/srv/reports/2026/q3/summary-of-revenue.md","mode":420,"overwrite":true,"labels":[)"
    R"("internal","finance","quarterly"],"author":{"name":"Ada Lovelace","department":"Finance and )"
    R"(Controlling","cost_center":4711,"external":false},"review":{"required":true,"reviewers":["gr)"
    R"(ace","edsger","barbara"],"deadline_days":14},"metadata":{"source":"erp-export","batch":"batch-)"
    R"(2026-11-22-0007","rows":18234,"currency":"EUR","checksum":"9f86d081884c7d659a2feaa0c55ad015a3)"
    R"(bf4f1b2b0b822cd15d6c15b0f00a08"},"content":"Revenue grew by 12.5 percent over the same quarte)"
    R"(r of last year, which is more than the plan had foreseen. Costs fell by three percent, mostly )"
    R"(because the old data centre was closed in July. The margin is therefore the highest since 201)"
    R"(9. Open points: the audit of the subsidiary in Lyon, the currency hedge for the fourth quarte)"
    R"(r, and the write-down of the licences that nobody uses any more. The board will hear of all t)"
    R"(hree in its December meeting, with a proposal.","format":"markdown","notify":["cfo@example.or)"
    R"(g"],"dry_run":false})";
static_assert(kToolCall.size() >= 1000 && kToolCall.size() <= 1048);

// Objects become records and arrays sets; texts stay where the JSON has them.
class Converter {
 public:
  explicit Converter(RequestEvaluator& evaluator) : evaluator_(evaluator) {}

  Datum convert(const text::Json& json) {
    switch (json.kind()) {
      case text::Json::Kind::kBool: return Datum::boolean(json.as_bool());
      case text::Json::Kind::kInt: return Datum::integer(json.as_int());
      case text::Json::Kind::kString: return Datum::string(json.as_string());
      case text::Json::Kind::kArray: return set(json.as_array());
      case text::Json::Kind::kObject: return record(json.as_object());
      default: std::abort();
    }
  }

 private:
  Datum set(const text::JsonArray& items) {
    const std::size_t begin = elements_.size();
    for (const text::Json& item : items) elements_.push_back(convert(item));
    const Datum out = evaluator_.set(std::span(elements_).subspan(begin));
    elements_.resize(begin);
    return out;
  }

  Datum record(const text::JsonObject& members) {
    const std::size_t begin = fields_.size();
    for (const auto& [key, value] : members) {
      fields_.push_back({evaluator_.name(key), convert(value)});
    }
    const Datum out = evaluator_.record(std::span(fields_).subspan(begin));
    fields_.resize(begin);
    return out;
  }

  RequestEvaluator& evaluator_;
  std::vector<Datum> elements_;
  std::vector<DatumField> fields_;
};

// Five policies about the tool that is called, and `others` about others.
PolicySet tool_policies(std::int64_t others = 0) {
  std::string text = R"(
permit(principal, action, resource);
forbid(principal, action, resource) when { context.input.path like "/etc/*" };
forbid(principal, action, resource) when { context.input.mode > 511 };
forbid(principal, action, resource) when { context.input.labels.contains("secret") };
forbid(principal, action, resource) unless { context.input.author.department like "Finance*" };
)";
  for (std::int64_t i = 0; i < others; ++i) {
    text += "forbid(principal, action == Action::\"tool_" + std::to_string(i) +
            "\", resource) when { context.input.path like \"/x/*\" };\n";
  }
  return PolicySet::parse(text).value();
}

void parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(text::parse_json(kToolCall));
}
BENCHMARK(parse);

void build_context(benchmark::State& state) {
  PolicyCompiler compiler(1);
  const auto compiled = compiler.compile(tool_policies());
  RequestEvaluator evaluator;
  Converter converter(evaluator);
  const text::Json json = text::parse_json(kToolCall).value();
  for (auto _ : state) {
    evaluator.begin(*compiled, nullptr);
    const DatumField input[] = {{evaluator.name("input"), converter.convert(json)}};
    benchmark::DoNotOptimize(evaluator.record(input));
  }
}
BENCHMARK(build_context);

void parse_and_build_context(benchmark::State& state) {
  PolicyCompiler compiler(1);
  const auto compiled = compiler.compile(tool_policies());
  RequestEvaluator evaluator;
  Converter converter(evaluator);
  for (auto _ : state) {
    const text::Json json = text::parse_json(kToolCall).value();
    evaluator.begin(*compiled, nullptr);
    benchmark::DoNotOptimize(converter.convert(json));
  }
}
BENCHMARK(parse_and_build_context);

void parse_build_and_decide(benchmark::State& state) {
  PolicyCompiler compiler(1);
  const auto compiled = compiler.compile(tool_policies());
  RequestEvaluator evaluator;
  Converter converter(evaluator);
  for (auto _ : state) {
    const text::Json json = text::parse_json(kToolCall).value();
    evaluator.begin(*compiled, nullptr);
    const DatumField input[] = {{evaluator.name("input"), converter.convert(json)}};
    const CompiledOutcome outcome =
        evaluator.decide(evaluator.entity("Agent", "a"), evaluator.entity("Action", "write_file"),
                         evaluator.entity("Server", "files"), evaluator.record(input));
    if (!outcome.allows() || !outcome.errors.empty()) std::abort();
  }
}
BENCHMARK(parse_build_and_decide);

// As Ambit's decision asks today: values, and a small plain store for each request.
void evaluate_plain(benchmark::State& state) {
  PolicyCompiler compiler(1);
  const PolicySet policies = tool_policies(state.range(1));
  const auto compiled = compiler.compile(policies);
  RequestEvaluator evaluator;
  const Entities entities =
      Entities::make({{{"Agent", "a"}, Value::record({{"purpose", Value::string("reports")}})},
                      {{"Action", "write_file"},
                       Value::record(),
                       {{"Action", "call_tool"}, {"Action", "write"}}},
                      {{"Server", "files"}}})
          .value();
  const Value input =
      Value::record({{"path", Value::string("/srv/reports/q3.md")},
                     {"mode", Value::integer(420)},
                     {"labels", Value::set({Value::string("internal"), Value::string("finance")})},
                     {"author", Value::record({{"department", Value::string("Finance")}})}});
  const Request request{{"Agent", "a"},
                        {"Action", "write_file"},
                        {"Server", "files"},
                        Value::record({{"input", input}})};
  for (auto _ : state) {
    if (state.range(0) == 0) {
      benchmark::DoNotOptimize(evaluate(request, policies, entities));
    } else {
      benchmark::DoNotOptimize(evaluator.evaluate(request, *compiled, entities));
    }
  }
}
BENCHMARK(evaluate_plain)->ArgNames({"compiled", "others"})->ArgsProduct({{0, 1}, {0, 95, 9995}});

}  // namespace
}  // namespace ambit::cedar
