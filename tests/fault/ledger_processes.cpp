// Many processes that want to write one ledger: at every moment one at most may, and when it dies
// another one can.
//
//   ledger_processes [ROUNDS]
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <poll.h>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "ledger_file/file_log.h"
#include "ledger_file/verify.h"

namespace {

using namespace ambit;

constexpr int kProcesses = 6;
constexpr int kWaitMs = 60'000;

ledger_file::FileLogOptions options_for(const std::string& directory) {
  ledger_file::FileLogOptions options;
  options.directory = directory;
  options.origin = "example.com/processes";
  options.segment_bytes = 256 * 1024;
  options.reserve_bytes = 16 * 1024;
  return options;
}
crypto::SigningKey key() { return *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k')); }

// A child: says on `pipe` whether it got the ledger, and keeps it, appending, until it is killed.
[[noreturn]] void contend(const std::string& directory, int pipe) {
  auto log = ledger_file::FileLog::open(options_for(directory), key());
  if (!log) {
    const char answer = log.error().reason == "ledger.locked" ? 'n' : '!';
    if (answer == '!') std::fprintf(stderr, "%s\n", log.error().message.c_str());
    static_cast<void>(!::write(pipe, &answer, 1));
    ::_exit(0);
  }
  (*log)->append("by process " + std::to_string(::getpid()), [pipe](Result<ports::Position> done) {
    const char answer = done ? 'y' : '!';
    static_cast<void>(!::write(pipe, &answer, 1));
  });
  for (;;) ::pause();
}

char read_answer(int pipe) {
  pollfd waiting{pipe, POLLIN, 0};
  char answer = '!';
  if (::poll(&waiting, 1, kWaitMs) != 1 || ::read(pipe, &answer, 1) != 1) return '!';
  return answer;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
  std::string directory =
      (std::filesystem::temp_directory_path() / "ambit-processes-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr) return 1;
  for (int round = 0; round < rounds; ++round) {
    std::vector<pid_t> children;
    std::vector<int> pipes;
    for (int i = 0; i < kProcesses; ++i) {
      int ends[2];
      if (::pipe(ends) != 0) return 1;
      const pid_t child = ::fork();
      if (child == 0) contend(directory, ends[1]);
      ::close(ends[1]);
      children.push_back(child);
      pipes.push_back(ends[0]);
    }
    int writers = 0;
    bool odd = false;
    for (const int pipe : pipes) {
      const char answer = read_answer(pipe);
      writers += answer == 'y' ? 1 : 0;
      odd = odd || answer == '!';
    }
    for (const pid_t child : children) ::kill(child, SIGKILL);
    for (const pid_t child : children) ::waitpid(child, nullptr, 0);
    for (const int pipe : pipes) ::close(pipe);
    if (writers != 1 || odd) {
      std::fprintf(stderr, "round %d: %d processes wrote at once\n", round, writers);
      return 1;
    }
  }
  {
    auto log = ledger_file::FileLog::open(options_for(directory), key());
    if (!log || (*log)->size() != static_cast<std::uint64_t>(rounds)) {
      std::fprintf(stderr, "not one entry a round is left\n");
      return 1;
    }
  }
  const auto report = ledger_file::verify_directory(directory);
  if (!report || !report->ok()) return 1;
  std::filesystem::remove_all(directory);
  std::printf("%d rounds of %d processes: one wrote at a time\n", rounds, kProcesses);
  return 0;
}
