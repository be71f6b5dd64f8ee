// Durable records per second by how many are in flight, and the disk's own sync as a yardstick; and
// what a large ledger costs: opening it, verifying it, a proof, a receipt.
// AMBIT_BENCH_DIR names a directory on the disk to measure (default: the current directory);
// AMBIT_BENCH_ENTRIES the size of the large ledger (default: a million).
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <semaphore>
#include <string>
#include <unistd.h>
#include <vector>

#include "ledger_file/file_log.h"
#include "ledger_file/proofs.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

constexpr std::size_t kRecordBytes = 500;
constexpr int kMostInFlight = 512;

class ScratchDirectory {
 public:
  ScratchDirectory() {
    const char* parent = std::getenv("AMBIT_BENCH_DIR");
    path_ = std::string(parent != nullptr ? parent : ".") + "/ledger-bench-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

using Clock = std::chrono::steady_clock;

double micros_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
}

void report_percentiles(benchmark::State& state, std::vector<double>& samples) {
  std::sort(samples.begin(), samples.end());
  state.counters["p50_us"] = samples[samples.size() / 2];
  state.counters["p99_us"] = samples[samples.size() * 99 / 100];
}

// One record and a sync, in a file filled with zeros before: what a log cannot beat.
void BM_RawFdatasync(benchmark::State& state) {
  const ScratchDirectory dir;
  const int fd = ::open((dir.path() + "/raw").c_str(), O_RDWR | O_CREAT, 0600);
  const std::string zeros(1 << 20, '\0');
  for (int i = 0; i < 64; ++i) {
    if (::pwrite(fd, zeros.data(), zeros.size(), static_cast<off_t>(i) << 20) < 0) std::abort();
  }
  ::fsync(fd);
  const std::string record(kRecordBytes, 'r');
  std::vector<double> samples;
  off_t offset = 0;
  for (auto _ : state) {
    const auto begin = Clock::now();
    if (::pwrite(fd, record.data(), record.size(), offset) < 0) std::abort();
    ::fdatasync(fd);
    offset = (offset + static_cast<off_t>(record.size())) % (63 << 20);
    samples.push_back(micros_since(begin));
  }
  ::close(fd);
  state.SetItemsProcessed(state.iterations());
  report_percentiles(state, samples);
}
BENCHMARK(BM_RawFdatasync)->UseRealTime();

// Each iteration is one record made durable, `range(0)` of them under way at a time.
void BM_Append(benchmark::State& state) {
  const ScratchDirectory dir;
  FileLogOptions options;
  options.directory = dir.path() + "/ledger";
  options.origin = "example.com/bench";
  auto log = FileLog::open(options, *crypto::SigningKey::from_ed25519_seed(std::string(32, 'b')));
  if (!log) return state.SkipWithError(log.error().message.c_str());
  const auto in_flight = static_cast<std::ptrdiff_t>(state.range(0));
  std::counting_semaphore<kMostInFlight> slots(in_flight);
  std::vector<double> samples;  // grows on the log's thread alone
  samples.reserve(1u << 22);
  for (auto _ : state) {
    slots.acquire();
    (*log)->append(std::string(kRecordBytes, 'r'),
                   [&, begin = Clock::now()](Result<ports::Position> result) {
                     if (!result) std::abort();
                     samples.push_back(micros_since(begin));
                     slots.release();
                   });
  }
  for (std::ptrdiff_t i = 0; i < in_flight; ++i) slots.acquire();
  state.SetItemsProcessed(state.iterations());
  report_percentiles(state, samples);
}
BENCHMARK(BM_Append)->Arg(1)->Arg(8)->Arg(64)->Arg(kMostInFlight)->UseRealTime();

// Memory of this process that is really there, in MiB.
double resident_mib() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

FileLogOptions options_for(const std::string& directory) {
  FileLogOptions options;
  options.directory = directory;
  options.origin = "example.com/bench";
  return options;
}
crypto::SigningKey bench_key() {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, 'b'));
}

// As many records as come, of `range(0)` bytes: how many a second stay, and that memory does.
void BM_Sustained(benchmark::State& state) {
  const ScratchDirectory dir;
  auto log = FileLog::open(options_for(dir.path() + "/ledger"), bench_key());
  if (!log) return state.SkipWithError(log.error().message.c_str());
  constexpr std::ptrdiff_t kInFlight = 12'000;
  std::counting_semaphore<kInFlight> slots(kInFlight);
  const std::string record(static_cast<std::size_t>(state.range(0)), 'r');
  const double before = resident_mib();
  double middle = 0;
  std::uint64_t count = 0;
  for (auto _ : state) {
    slots.acquire();
    (*log)->append(record, [&slots](Result<ports::Position> result) {
      if (!result) std::abort();
      slots.release();
    });
    if (++count == 500'000) middle = resident_mib();
  }
  for (std::ptrdiff_t i = 0; i < kInFlight; ++i) slots.acquire();
  state.SetItemsProcessed(state.iterations());
  state.counters["mib_before"] = before;
  state.counters["mib_middle"] = middle;
  state.counters["mib_after"] = resident_mib();
}
BENCHMARK(BM_Sustained)->Arg(200)->Arg(500)->Iterations(1'500'000)->Repetitions(1)->UseRealTime();

// A ledger of many small records, made once.
class LargeLedger {
 public:
  static const LargeLedger& get() {
    static const LargeLedger ledger;
    return ledger;
  }
  const std::string& path() const { return path_; }
  std::uint64_t entries() const { return entries_; }

 private:
  LargeLedger() : path_(dir_.path() + "/ledger") {
    if (const char* entries = std::getenv("AMBIT_BENCH_ENTRIES")) {
      entries_ = std::strtoull(entries, nullptr, 10);
    }
    auto log = FileLog::open(options_for(path_), bench_key());
    if (!log) std::abort();
    std::counting_semaphore<10'000> slots(10'000);
    const std::string filler(300, 'r');
    for (std::uint64_t i = 0; i < entries_; ++i) {
      slots.acquire();
      (*log)->append(std::to_string(i) + filler, [&slots](Result<ports::Position> result) {
        if (!result) std::abort();
        slots.release();
      });
    }
    for (int i = 0; i < 10'000; ++i) slots.acquire();
  }

  ScratchDirectory dir_;
  std::string path_;
  std::uint64_t entries_ = 1'000'000;
};

void BM_Verify(benchmark::State& state) {
  const LargeLedger& ledger = LargeLedger::get();
  for (auto _ : state) {
    const auto report = verify_directory(ledger.path());
    if (!report || !report->ok() || report->entries != ledger.entries()) {
      return state.SkipWithError("the ledger does not verify");
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(ledger.entries()));
}
BENCHMARK(BM_Verify)->Unit(benchmark::kMillisecond)->Iterations(1)->Repetitions(1)->UseRealTime();

// From opening the files to the log that takes records.
void BM_Open(benchmark::State& state) {
  const LargeLedger& ledger = LargeLedger::get();
  for (auto _ : state) {
    auto log = FileLog::open(options_for(ledger.path()), bench_key());
    if (!log || (*log)->size() != ledger.entries()) {
      return state.SkipWithError("the ledger does not open");
    }
    state.PauseTiming();
    log->reset();
    state.ResumeTiming();
  }
}
BENCHMARK(BM_Open)->Unit(benchmark::kMillisecond)->Iterations(3)->Repetitions(1)->UseRealTime();

void BM_InclusionProof(benchmark::State& state) {
  const LargeLedger& ledger = LargeLedger::get();
  std::uint64_t index = 0;
  for (auto _ : state) {
    index = (index + 611'953) % ledger.entries();
    benchmark::DoNotOptimize(prove_inclusion(ledger.path(), index, ledger.entries()));
  }
}
BENCHMARK(BM_InclusionProof)->Unit(benchmark::kMicrosecond)->UseRealTime();

void BM_Receipt(benchmark::State& state) {
  const LargeLedger& ledger = LargeLedger::get();
  const std::string checkpoint = *published_checkpoint(ledger.path());
  std::uint64_t index = 0;
  for (auto _ : state) {
    index = (index + 611'953) % ledger.entries();
    benchmark::DoNotOptimize(make_receipt(ledger.path(), index, checkpoint));
  }
}
BENCHMARK(BM_Receipt)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace ambit::ledger_file
