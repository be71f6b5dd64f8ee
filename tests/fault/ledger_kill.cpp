// Kills a process that writes a ledger, at random moments, and looks at what is left: nothing
// acknowledged may be lost, nothing half-written may be believed. The process appends, with bytes
// beside some records, changes the log's key now and then, and moves closed segments to an archive.
//
//   ledger_kill [ROUNDS] [SEED]
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <semaphore>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"
#include "ledger_file/archive.h"
#include "ledger_file/file_log.h"
#include "ledger_file/verify.h"

namespace {

using namespace ambit;

constexpr int kMaxInFlight = 64;
constexpr std::size_t kMostKeys = 20;

ledger_file::FileLogOptions options_for(const std::string& directory) {
  ledger_file::FileLogOptions options;
  options.directory = directory;
  options.origin = "example.com/kill";
  options.segment_bytes = 256 * 1024;  // so that closing a segment is killed too
  options.reserve_bytes = 16 * 1024;
  options.checkpoint_interval = Duration{3};
  options.archive = directory + ".archive";
  return options;
}

// The n-th key of the log, and all that it may need in a round: a change may have been begun.
crypto::SigningKey key(std::size_t n) {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, static_cast<char>('a' + n)));
}
std::vector<crypto::SigningKey> keys() {
  std::vector<crypto::SigningKey> out;
  for (std::size_t n = 0; n < kMostKeys; ++n) out.push_back(key(n));
  return out;
}
std::size_t keys_so_far(const ledger_file::FileLog& log) {
  return ledger::KeyChain::parse(log.public_keys())->keys().size();
}

// Every record of every round can be told by its text alone.
std::string record_of(int round, std::uint64_t number) {
  const std::string name = std::to_string(round) + "/" + std::to_string(number) + " ";
  const std::size_t length = 20 + (number * 7919 + static_cast<std::uint64_t>(round)) % 1500;
  std::string out;
  while (out.size() < length) out += name;
  return out;
}

std::string beside_of(std::uint64_t number) {
  return std::string(number % 3 == 0 ? number * 31 % 2000 : 0,
                     static_cast<char>('A' + number % 26));
}

// The child: appends without end and reports each acknowledged index on `pipe`.
[[noreturn]] void append_forever(const std::string& directory, int round, int pipe) {
  auto log = ledger_file::FileLog::open(options_for(directory), keys());
  if (!log) {
    std::fprintf(stderr, "child: %s\n", log.error().message.c_str());
    ::_exit(1);
  }
  // Beside the appends, so that a kill hits any step of them.
  std::thread other_work([&log, round] {
    const std::size_t have = keys_so_far(**log);
    if (round % 4 == 1 && have < kMostKeys) {
      static_cast<void>((*log)->rotate_key(key(have), Time{round}));
    }
    while (round % 3 == 2) {
      static_cast<void>((*log)->archive(
          (*log)->size(), [](const ports::EntryView& entry) { return entry.index % 7 == 0; }));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  });
  other_work.detach();
  std::atomic<int> in_flight{0};
  for (std::uint64_t number = 0;; ++number) {
    for (int now = in_flight; now >= kMaxInFlight; now = in_flight) in_flight.wait(now);
    ++in_flight;
    (*log)->append({record_of(round, number), beside_of(number)},
                   [&, pipe](Result<ports::Position> result) {
                     if (!result || ::write(pipe, &result->index, sizeof result->index) < 0)
                       ::_exit(2);
                     --in_flight;
                     in_flight.notify_one();
                   });
  }
}

// Reads acknowledged indices until the pipe ends; returns the end of their range. Lets `first` know
// of the first one, or that there will be none.
std::uint64_t read_acknowledged(int pipe, std::uint64_t begin, std::binary_semaphore& first) {
  std::uint64_t next = begin;
  std::uint64_t index = 0;
  while (::read(pipe, &index, sizeof index) == sizeof index) {
    // One may be left out: the record of a change of keys, acknowledged to another thread.
    if (index < next || index > next + 1) {
      std::fprintf(stderr, "acknowledged %llu, expected %llu\n",
                   static_cast<unsigned long long>(index), static_cast<unsigned long long>(next));
      std::exit(1);
    }
    if (next == begin) first.release();
    next = index + 1;
  }
  if (next == begin) first.release();
  return next;
}

// Starts a child and kills it `delay` after its start, if `early`, or else after it has
// acknowledged its first record. Returns the end of what it acknowledged.
std::uint64_t run_and_kill(const std::string& directory, int round, std::uint64_t begin, bool early,
                           std::chrono::microseconds delay) {
  int ends[2];
  if (::pipe(ends) != 0) std::exit(1);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    append_forever(directory, round, ends[1]);
  }
  ::close(ends[1]);
  std::binary_semaphore first(0);
  std::thread killer([&first, child, early, delay] {
    if (!early) first.acquire();
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGKILL);
  });
  const std::uint64_t acknowledged = read_acknowledged(ends[0], begin, first);
  killer.join();
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
    std::fprintf(stderr, "the child ended by itself, status %d\n", status);
    std::exit(1);
  }
  return acknowledged;
}

// Whether the entries from `begin` on are the first records of the round, whole and in order.
bool entries_are_whole(const ledger_file::FileLog& log, int round, std::uint64_t begin) {
  bool whole = true;
  std::uint64_t others = 0;  // changes of keys among them
  const auto scanned = log.scan(begin, [&](const ports::EntryView& entry) {
    if (ledger::is_key_record(entry.record)) {
      ++others;
      return true;
    }
    const std::uint64_t number = entry.index - begin - others;
    whole = entry.record == record_of(round, number) && entry.beside == beside_of(number);
    if (!whole) {
      std::fprintf(stderr, "entry %llu is not what was appended\n",
                   static_cast<unsigned long long>(entry.index));
    }
    return whole;
  });
  if (!scanned) std::fprintf(stderr, "%s\n", scanned.error().message.c_str());
  return whole && scanned;
}

bool verifies(const std::string& directory, const std::string& since) {
  ledger_file::VerifyOptions options;
  options.since = since;
  options.archive = options_for(directory).archive;
  const auto report = ledger_file::verify_directory(directory, options);
  if (report && report->ok()) return true;
  std::fprintf(stderr, "verify: %s\n",
               report ? report->what.c_str() : report.error().message.c_str());
  return false;
}

// What the killed processes came to do, besides appending.
struct Done {
  std::size_t keys = 0;
  std::size_t archived = 0;  // segments

  bool all() const { return keys >= 2 && archived > 0; }
};

Done done_in(const std::string& directory) {
  Done out{keys_so_far(**ledger_file::FileLog::open(options_for(directory), keys()))};
  for (const auto& state : *ledger_file::list_segments(directory, options_for(directory).archive)) {
    out.archived += state.place == ledger_file::SegmentPlace::kArchived ? 1 : 0;
  }
  return out;
}

}  // namespace

// On a busy machine little is done in a round: there are up to ten times as many, until keys were
// rotated and segments archived.
int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 60;
  constexpr int kRoundsForAll = 20;
  const unsigned seed =
      argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : std::random_device{}();
  std::printf("%d rounds, seed %u\n", rounds, seed);
  std::mt19937 random(seed);
  std::string directory =
      (std::filesystem::temp_directory_path() / "ambit-ledger-kill-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) return 1;

  std::uint64_t size = 0;
  std::uint64_t unacknowledged = 0;
  std::string checkpoint;
  const auto is_left = [&](int round) {
    return round < rounds ||
           (rounds >= kRoundsForAll && round < 10 * rounds && !done_in(directory).all());
  };
  for (int round = 0; is_left(round); ++round) {
    // Every fifth round may hit the child before its log is open.
    const bool early = round % 5 == 0;
    const std::chrono::microseconds delay(std::uniform_int_distribution<int>(500, 40'000)(random));
    const std::uint64_t acknowledged = run_and_kill(directory, round, size, early, delay);
    auto log = ledger_file::FileLog::open(options_for(directory), keys());
    if (!log) {
      std::fprintf(stderr, "round %d: %s\n", round, log.error().message.c_str());
      return 1;
    }
    if ((*log)->size() < acknowledged) {
      std::fprintf(stderr, "round %d: %llu acknowledged, %llu left\n", round,
                   static_cast<unsigned long long>(acknowledged),
                   static_cast<unsigned long long>((*log)->size()));
      return 1;
    }
    if (!entries_are_whole(**log, round, size)) return 1;
    unacknowledged += (*log)->size() - acknowledged;
    size = (*log)->size();
    log->reset();
    if (round % 10 == 9 && !verifies(directory, checkpoint)) return 1;
    if (round % 10 == 0)
      checkpoint =
          (*ledger_file::FileLog::open(options_for(directory), keys()))->latest_checkpoint();
  }
  if (!verifies(directory, checkpoint)) return 1;
  const Done done = done_in(directory);
  std::filesystem::remove_all(directory);
  std::filesystem::remove_all(options_for(directory).archive);
  if (size < static_cast<std::uint64_t>(rounds)) {
    std::fprintf(stderr, "only %llu entries were written: this proved nothing\n",
                 static_cast<unsigned long long>(size));
    return 1;
  }
  std::printf(
      "%llu entries, nothing acknowledged lost; %llu whole but unacknowledged; %zu keys, %zu "
      "segments archived\n",
      static_cast<unsigned long long>(size), static_cast<unsigned long long>(unacknowledged),
      done.keys, done.archived);
  return rounds >= kRoundsForAll && !done.all() ? 1 : 0;
}
