// Searches over an index of a million decisions, or as many as AMBIT_BENCH_DECISIONS says.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "crypto/random.h"
#include "index/internal/postings.h"

namespace ambit::index::internal {
namespace {

using ports::Facet;
using ports::IndexQuery;
using ports::Term;

constexpr std::uint64_t kBatch = kChunk;

std::uint64_t decisions() {
  const char* given = std::getenv("AMBIT_BENCH_DECISIONS");
  return given ? std::strtoull(given, nullptr, 10) : 1'000'000;
}

// What an installation of 200 agents has: a few hot values, many tasks, targets without end.
Item decision(std::uint64_t entry, std::mt19937_64& random) {
  Item item;
  item.entry = entry;
  item.at = Time{1'800'000'000'000 + static_cast<std::int64_t>(entry) * 3};
  const auto pick = [&](std::uint64_t of) { return std::to_string(random() % of); };
  const std::string agent = "agent-" + pick(200);
  const std::string task =
      "tsk_" + std::to_string(10'000'000'000'000'000 + entry / 40) + "0000000000";
  item.owner = {Facet::kTask, task};
  const bool deny = random() % 10 == 0;
  const std::string folder = "/srv/data/" + pick(500);
  item.terms = {{Facet::kKind, "decision"},
                {Facet::kAgent, agent},
                {Facet::kIdentity, agent},
                {Facet::kTask, task},
                {Facet::kWithin, task},
                {Facet::kSession, "ses" + task.substr(3)},
                {Facet::kTool, "files/tool-" + pick(50)},
                {Facet::kSystem, "system-" + pick(10)},
                {Facet::kTarget, "path:" + folder + "/" + pick(2000)},
                {Facet::kTarget, "path:" + folder},
                {Facet::kTarget, "path:/srv"},
                {Facet::kClass, "read"},
                {Facet::kTier, "low"},
                {Facet::kVerdict, deny ? "deny" : "allow"},
                {Facet::kLabel, "label-" + pick(20)},
                {Facet::kDecision, crypto::random_id("dec_", item.at)}};
  if (deny) item.terms.push_back({Facet::kReason, "scope.target"});
  // A pair of hot values that never come together, and one decision that has them all.
  item.terms.push_back({Facet::kApprover, entry % 2 == 0 ? "even" : "odd"});
  if (entry == 77) item.terms.push_back({Facet::kReason, "only.once"});
  return item;
}

class Generated {
 public:
  Generated() {
    std::string name = (std::filesystem::temp_directory_path() / "ambit-bench-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    auto writer = PostingsWriter::open(folder_ + "/index").value();
    std::mt19937_64 random(7);
    const std::uint64_t size = decisions();
    for (std::uint64_t from = 0; from < size; from += kBatch) {
      std::vector<Item> batch;
      for (std::uint64_t entry = from; entry < std::min(from + kBatch, size); ++entry) {
        batch.push_back(decision(entry, random));
      }
      const auto added = writer->add(batch, {batch.back().entry + 1, "leaf"});
      if (!added) std::abort();
    }
    reader = PostingsReader::open(folder_ + "/index").value();
  }
  ~Generated() { std::filesystem::remove_all(folder_); }

  std::unique_ptr<PostingsReader> reader;

  std::uintmax_t bytes() const {
    std::uintmax_t out = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) out += file.file_size();
    return out;
  }

 private:
  std::string folder_;
};

Generated& generated() {
  static Generated one;
  return one;
}

void search(benchmark::State& state, const IndexQuery& query, std::size_t wanted) {
  Generated& index = generated();
  double slowest = 0;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    const auto page = index.reader->find(query);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    slowest = std::max(slowest, took.count());
    if (!page || page->entries.size() != wanted) state.SkipWithError("it found something else");
  }
  state.counters["slowest_ms"] = slowest;
  state.counters["decisions"] = static_cast<double>(decisions());
  state.counters["bytes_each"] =
      static_cast<double>(index.bytes()) / static_cast<double>(decisions());
}

IndexQuery of(std::vector<Term> terms) {
  IndexQuery query;
  for (auto& term : terms) query.all.push_back({std::move(term)});
  return query;
}

void BM_FindNewestOfAgent(benchmark::State& state) {
  search(state, of({{Facet::kAgent, "agent-7"}, {Facet::kVerdict, "deny"}}), 50);
}
void BM_FindByTargetToolAndLabel(benchmark::State& state) {
  search(state,
         of({{Facet::kTarget, "path:/srv/data/9"},
             {Facet::kTool, "files/tool-3"},
             {Facet::kLabel, "label-4"}}),
         std::min<std::size_t>(50, generated()
                                       .reader
                                       ->count(of({{Facet::kTarget, "path:/srv/data/9"},
                                                   {Facet::kTool, "files/tool-3"},
                                                   {Facet::kLabel, "label-4"}}))
                                       .value()));
}
// The worst: values that every other decision has and that never come together.
void BM_FindNothingAmongHotValues(benchmark::State& state) {
  search(state,
         of({{Facet::kApprover, "even"},
             {Facet::kApprover, "odd"},
             {Facet::kKind, "decision"},
             {Facet::kClass, "read"}}),
         0);
}
void BM_FindTheOldestOfAll(benchmark::State& state) {
  search(state, of({{Facet::kKind, "decision"}, {Facet::kReason, "only.once"}}), 1);
}
void BM_FindInATimeOfTwoHotValues(benchmark::State& state) {
  IndexQuery query = of({{Facet::kTier, "low"}, {Facet::kVerdict, "allow"}});
  query.since = Time{1'800'000'000'000 + 3 * 100'000};
  query.until = Time{1'800'000'000'000 + 3 * 200'000};
  search(state, query, 50);
}
void BM_CountOfAHotValue(benchmark::State& state) {
  Generated& index = generated();
  for (auto _ : state) {
    const auto count = index.reader->count(of({{Facet::kVerdict, "allow"}}));
    if (!count || *count == 0) state.SkipWithError("it counted nothing");
  }
}
BENCHMARK(BM_FindNewestOfAgent)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_FindByTargetToolAndLabel)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_FindNothingAmongHotValues)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_FindTheOldestOfAll)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_FindInATimeOfTwoHotValues)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_CountOfAHotValue)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace ambit::index::internal
