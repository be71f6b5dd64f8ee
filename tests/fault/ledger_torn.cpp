// Cuts the power under a log that is being written: at random moments everything that was not
// synced is lost sector by sector, in no order, and what is left is opened and verified. Nothing
// acknowledged may be missing, nothing half-written may be believed, no checkpoint that anybody saw
// may be contradicted.
//
//   ledger_torn [ROUNDS] [SEED]
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "ledger_file/file_log.h"
#include "ledger_file/internal/file_ops.h"
#include "ledger_file/verify.h"

namespace {

using namespace ambit;
namespace fs = std::filesystem;

constexpr std::size_t kSector = 512;
constexpr int kInFlight = 128;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

// A disk that remembers what each sector held before it was written to without a sync since.
class PowerCutDisk : public ledger_file::internal::FileOps {
 public:
  ssize_t pwrite(int fd, const char* bytes, std::size_t count, std::int64_t offset) override {
    const std::lock_guard lock(mutex_);
    // Short now and then, as a disk may be.
    if (count > 1 && random_() % 8 == 0) count = 1 + random_() % count;
    remember(fd, static_cast<std::uint64_t>(offset), count);
    return FileOps::pwrite(fd, bytes, count, offset);
  }
  int fdatasync(int fd) override {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(path_of(fd));
    return FileOps::fdatasync(fd);
  }
  int syncfs(int fd) override {
    const std::lock_guard lock(mutex_);
    unsynced_.clear();
    return FileOps::syncfs(fd);
  }
  int rename(const char* from, const char* to) override {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(to);
    if (auto moved = unsynced_.extract(from)) {
      moved.key() = to;
      unsynced_.insert(std::move(moved));
    }
    return FileOps::rename(from, to);
  }
  int fsync(int fd) override {
    const std::lock_guard lock(mutex_);
    unsynced_.erase(path_of(fd));
    return FileOps::fsync(fd);
  }

  // Copies the directory as a power cut at this moment may leave it.
  template <class Before>
  void cut_power(const std::string& from, const std::string& to, std::mt19937& random,
                 const Before& before) {
    const std::lock_guard lock(mutex_);
    before();
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
    for (const auto& [path, sectors] : unsynced_) {
      if (!path.starts_with(from)) continue;
      const std::string copy = to + path.substr(from.size());
      if (!fs::exists(copy)) continue;     // deleted since
      const unsigned keep = random() % 4;  // all lost, or some, or nothing
      std::fstream file(copy, std::ios::binary | std::ios::in | std::ios::out);
      for (const auto& [at, old] : sectors) {
        if (keep == 3 || random() % 3 < keep) continue;
        file.seekp(static_cast<std::streamoff>(at));
        const std::uint64_t there = fs::file_size(copy) - std::min(at, fs::file_size(copy));
        file.write(old.data(),
                   static_cast<std::streamsize>(std::min<std::uint64_t>(there, kSector)));
        ++lost_;
      }
    }
  }
  std::uint64_t lost() const { return lost_; }

 private:
  static std::string path_of(int fd) {
    std::error_code error;
    return fs::read_symlink("/proc/self/fd/" + std::to_string(fd), error).string();
  }
  void remember(int fd, std::uint64_t offset, std::size_t count) {
    const std::string path = path_of(fd);
    auto& sectors = unsynced_[path];
    std::ifstream file(path, std::ios::binary);  // what writes may not read
    for (std::uint64_t at = offset / kSector * kSector; at < offset + count; at += kSector) {
      if (sectors.contains(at)) continue;
      std::string old(kSector, '\0');
      file.clear();
      file.seekg(static_cast<std::streamoff>(at));
      file.read(old.data(), static_cast<std::streamsize>(old.size()));
      sectors.emplace(at, std::move(old));
    }
  }

  std::mutex mutex_;
  std::mt19937 random_{1};
  std::map<std::string, std::map<std::uint64_t, std::string>> unsynced_;
  std::uint64_t lost_ = 0;
};

std::string record_of(std::uint64_t number) {
  const std::string name = std::to_string(number) + " ";
  std::string out;
  while (out.size() < 20 + number * 7919 % 900) out += name;
  return out;
}
std::string beside_of(std::uint64_t number) {
  return std::string(number % 5 == 0 ? number % 1200 : 0, static_cast<char>('a' + number % 26));
}

ledger_file::FileLogOptions options_for(const std::string& directory) {
  ledger_file::FileLogOptions options;
  options.directory = directory;
  options.origin = "example.com/torn";
  options.segment_bytes = 192 * 1024;
  options.reserve_bytes = 16 * 1024;
  options.checkpoint_interval = Duration{3};
  return options;
}
std::vector<crypto::SigningKey> keys() {
  std::vector<crypto::SigningKey> out;
  out.push_back(*crypto::SigningKey::from_ed25519_seed(std::string(32, 'k')));
  return out;
}

// Opens what the cut left and looks at every entry; returns how many there are.
std::uint64_t check(const std::string& directory, std::uint64_t acknowledged,
                    const std::string& seen_checkpoint) {
  auto log = ledger_file::FileLog::open(options_for(directory), keys());
  if (!log) die("does not open: " + log.error().message);
  const std::uint64_t size = (*log)->size();
  if (size < acknowledged) {
    die(std::to_string(acknowledged) + " acknowledged, " + std::to_string(size) + " left");
  }
  const auto scanned = (*log)->scan(0, [&](const ports::EntryView& entry) {
    if (entry.record != record_of(entry.index) || entry.beside != beside_of(entry.index)) {
      die("entry " + std::to_string(entry.index) + " is not what was appended");
    }
    return true;
  });
  if (!scanned) die(scanned.error().message);
  log->reset();
  ledger_file::VerifyOptions options;
  options.since = seen_checkpoint;
  const auto report = ledger_file::verify_directory(directory, options);
  if (!report) die("cannot be verified: " + report.error().message);
  if (!report->ok()) die("does not verify: " + report->what);
  return size;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 100;
  const unsigned seed =
      argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : std::random_device{}();
  std::printf("%d rounds, seed %u\n", rounds, seed);
  std::mt19937 random(seed);
  // In memory where possible: the syncs are the disk's above, not a real one's.
  std::string parent = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  std::string scratch = parent + "/ambit-ledger-torn-XXXXXX";
  if (::mkdtemp(scratch.data()) == nullptr) return 1;
  const std::string live = scratch + "/live";
  const std::string copy = scratch + "/copy";

  PowerCutDisk disk;
  auto log = ledger_file::FileLog::open(options_for(live), keys(), disk);
  if (!log) die(log.error().message);
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<bool> stop{false};
  std::atomic<bool> paused{
      false};  // while a cut is looked at, or it would all become one large log
  std::atomic<int> in_flight{0};
  std::thread writer([&] {
    for (std::uint64_t number = 0; !stop; ++number) {
      for (int now = in_flight; now >= kInFlight; now = in_flight) in_flight.wait(now);
      paused.wait(true);
      ++in_flight;
      (*log)->append({record_of(number), beside_of(number)}, [&](Result<ports::Position> result) {
        if (!result) die("an append failed: " + result.error().message);
        acknowledged = result->index + 1;
        --in_flight;
        in_flight.notify_one();
      });
    }
    for (int now = in_flight; now > 0; now = in_flight) in_flight.wait(now);
  });

  std::uint64_t unacknowledged = 0;
  for (int round = 0; round < rounds; ++round) {
    std::this_thread::sleep_for(
        std::chrono::microseconds(std::uniform_int_distribution<int>(100, 15'000)(random)));
    std::uint64_t at_cut = 0;
    std::string seen;
    disk.cut_power(live, copy, random, [&] {
      seen = (*log)->latest_checkpoint();
      at_cut = acknowledged;
    });
    paused = true;
    unacknowledged += check(copy, at_cut, seen) - at_cut;
    paused = false;
    paused.notify_one();
  }
  stop = true;
  writer.join();
  log->reset();
  fs::remove_all(scratch);
  std::printf(
      "%llu entries, nothing acknowledged lost in %d power cuts that lost %llu sectors; "
      "%llu whole but unacknowledged entries kept\n",
      static_cast<unsigned long long>(acknowledged), rounds,
      static_cast<unsigned long long>(disk.lost()),
      static_cast<unsigned long long>(unacknowledged));
  return disk.lost() > 0 && acknowledged > static_cast<std::uint64_t>(rounds) ? 0 : 1;
}
