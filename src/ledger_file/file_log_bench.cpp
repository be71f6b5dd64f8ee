// Durable records per second by how many are in flight, and the disk's own sync as a yardstick.
// AMBIT_BENCH_DIR names a directory on the disk to measure (default: the current directory).
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <semaphore>
#include <string>
#include <unistd.h>
#include <vector>

#include "ledger_file/file_log.h"

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

}  // namespace
}  // namespace ambit::ledger_file
