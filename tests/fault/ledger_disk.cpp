// A real disk that is full, and one that is read-only: a small file system in memory, mounted in a
// namespace of its own. Ends with 77 where the machine does not allow that.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sched.h>
#include <string>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

#include "ledger_file/file_log.h"
#include "ledger_file/verify.h"

namespace {

using namespace ambit;

constexpr int kSkipped = 77;
constexpr std::uint64_t kDiskBytes = 4u << 20;

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}
void require(bool condition, const std::string& what) {
  if (!condition) die("not so: " + what);
}

void write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text;
}

// Becomes root of a namespace of its own and mounts a file system at `path`.
bool mount_small_disk(const std::string& path) {
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  const int flags = uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS;
  if (::unshare(flags) != 0) return false;
  if (uid != 0) {
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
    write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
  }
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return false;
  const std::string size = "size=" + std::to_string(kDiskBytes);
  return ::mount("tmpfs", path.c_str(), "tmpfs", 0, size.c_str()) == 0;
}

ledger_file::FileLogOptions options_for(const std::string& directory) {
  ledger_file::FileLogOptions options;
  options.directory = directory;
  options.origin = "example.com/disk";
  options.segment_bytes = 512 * 1024;
  options.reserve_bytes = 64 * 1024;
  options.checkpoint_interval = Duration{5};
  options.retry_interval = Duration{20};
  return options;
}
crypto::SigningKey key() { return *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k')); }

Result<ports::Position> append(ports::Log& log, const std::string& record, bool reserved = false) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Result<ports::Position>> answer;
  const ports::AppendDone done = [&](Result<ports::Position> result) {
    const std::lock_guard lock(mutex);
    answer = std::move(result);
    answered.notify_one();
  };
  if (reserved) {
    static_cast<void>(log.append_reserved(record, done));
  } else {
    log.append(record, done);
  }
  std::unique_lock lock(mutex);
  require(answered.wait_for(lock, std::chrono::seconds(30), [&] { return answer.has_value(); }),
          "an append is answered");
  return *answer;
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

void full_disk(const std::string& disk) {
  const std::string directory = disk + "/ledger";
  auto log = ledger_file::FileLog::open(options_for(directory), key());
  require(log.has_value(), "the ledger opens");
  const std::string record(20'000, 'r');
  std::uint64_t written = 0;
  for (;; ++written) {
    const auto position = append(**log, record);
    if (!position) {
      require(position.error().reason == "ledger.unwritable", "the refusal says unwritable");
      break;
    }
    require(position->index == written, "indexes have no gaps");
    require(written < kDiskBytes / record.size(), "the disk fills up");
  }
  std::printf("full after %llu records: %s\n", static_cast<unsigned long long>(written),
              (*log)->why_not_writable().c_str());
  require((*log)->why_not_writable().find("No space") != std::string::npos, "and why");
  const auto reserved = append(**log, "revoked while the disk is full", true);
  require(reserved.has_value(), "a reserved record goes to the space set aside");
  // Somebody makes room.
  auto more = options_for(directory);
  require(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT,
                  ("size=" + std::to_string(2 * kDiskBytes)).c_str()) == 0,
          "the disk grows");
  require(eventually([&] { return (*log)->writable(); }), "the log recovers by itself");
  require(append(**log, record).has_value(), "and takes records");
  const std::uint64_t size = (*log)->size();
  log->reset();
  const auto report = ledger_file::verify_directory(directory);
  require(report && report->ok(), "it verifies");
  require(report->entries == size && size == written + 2, "nothing is missing");
}

void read_only_disk(const std::string& disk) {
  const std::string directory = disk + "/ledger";
  require(::mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0,
          "the disk becomes read-only");
  const auto log = ledger_file::FileLog::open(options_for(directory), key());
  require(!log, "a ledger on a read-only disk does not open for writing");
  std::printf("read-only: %s\n", log.error().message.c_str());
  require(log.error().message.find("Read-only") != std::string::npos, "and says why");
  const auto report = ledger_file::verify_directory(directory);
  require(report && report->ok(), "it can still be verified");
}

}  // namespace

int main() {
  std::string disk = (std::filesystem::temp_directory_path() / "ambit-disk-XXXXXX").string();
  if (::mkdtemp(disk.data()) == nullptr) return 1;
  if (!mount_small_disk(disk)) {
    std::printf("no file system can be mounted here\n");
    std::filesystem::remove(disk);
    return kSkipped;
  }
  full_disk(disk);
  read_only_disk(disk);
  ::umount(disk.c_str());
  std::filesystem::remove(disk);
  return 0;
}
