// What the tests of this room share: a scratch directory, a disk that fails on demand, short cuts.
#pragma once

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "ledger_file/file_log.h"
#include "ledger_file/internal/file_ops.h"

namespace ambit::ledger_file {

class TempDir {
 public:
  TempDir() {
    // In memory where possible: what these tests ask for does not depend on a real disk's syncs.
    const bool memory = ::access("/dev/shm", W_OK) == 0;
    const auto parent =
        memory ? std::filesystem::path("/dev/shm") : std::filesystem::temp_directory_path();
    std::string name = (parent / "ambit-ledger-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { std::filesystem::remove_all(path_); }

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}
inline void copy_directory(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// A disk on which calls on files whose path contains `only` fail, come up short, or wait.
class FaultyDisk : public internal::FileOps {
 public:
  std::atomic<int> write_error{0};
  std::atomic<int> sync_error{0};
  std::atomic<int> allocate_error{0};
  std::atomic<bool> short_writes{false};
  std::atomic<int> writes_before_error{0};  // how many writes still succeed
  std::atomic<int> syncs{0};
  std::string only;  // set before the log is opened

  // Makes every sync wait until `open_gate`.
  void close_gate() {
    const std::lock_guard lock(mutex_);
    gate_open_ = false;
  }
  void open_gate() {
    const std::lock_guard lock(mutex_);
    gate_open_ = true;
    gate_.notify_all();
  }
  // Until somebody stands before the closed gate, however late its thread gets a processor.
  void wait_for_one_at_gate() {
    std::unique_lock lock(mutex_);
    gate_.wait(lock, [this] { return at_gate_ > 0; });
  }

  ssize_t pwrite(int fd, const char* bytes, std::size_t count, std::int64_t offset) override {
    if (concerns(fd)) {
      if (write_error != 0 && writes_before_error-- <= 0) {
        errno = write_error;
        return -1;
      }
      if (short_writes && count > 1) count = (count + 1) / 2;
    }
    return FileOps::pwrite(fd, bytes, count, offset);
  }
  int fdatasync(int fd) override {
    if (!concerns(fd)) return FileOps::fdatasync(fd);
    {
      std::unique_lock lock(mutex_);
      ++at_gate_;
      gate_.notify_all();
      gate_.wait(lock, [this] { return gate_open_; });
      --at_gate_;
    }
    ++syncs;
    if (sync_error != 0) {
      errno = sync_error;
      return -1;
    }
    return FileOps::fdatasync(fd);
  }
  int fallocate(int fd, std::int64_t length) override {
    if (concerns(fd) && allocate_error != 0) return allocate_error;
    return FileOps::fallocate(fd, length);
  }

 private:
  bool concerns(int fd) const {
    if (only.empty()) return true;
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
    return path.string().find(only) != std::string::npos;
  }

  std::mutex mutex_;
  std::condition_variable gate_;
  bool gate_open_ = true;
  int at_gate_ = 0;
};

inline crypto::SigningKey test_key(char fill = 'k') {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}
inline std::vector<crypto::SigningKey> test_keys(const std::string& fills) {
  std::vector<crypto::SigningKey> keys;
  for (const char fill : fills) keys.push_back(test_key(fill));
  return keys;
}
inline ledger::NoteVerifier test_verifier(char fill = 'k') {
  return *ledger::NoteVerifier::make("example.com/log", test_key(fill).public_key());
}

// Small segments, checkpoints only when asked for, quick recovery.
inline FileLogOptions test_options(const std::string& directory) {
  FileLogOptions options;
  options.directory = directory;
  options.origin = "example.com/log";
  options.segment_bytes = 128 * 1024;
  options.reserve_bytes = 32 * 1024;
  options.checkpoint_interval = minutes(60);
  options.retry_interval = Duration{5};
  return options;
}

inline std::unique_ptr<FileLog> open_log(const FileLogOptions& options) {
  auto log = FileLog::open(options, test_key());
  EXPECT_TRUE(log) << log.error().message;
  return log ? *std::move(log) : nullptr;
}
inline std::unique_ptr<FileLog> open_log(const FileLogOptions& options, FaultyDisk& disk) {
  auto log = FileLog::open(options, test_keys("k"), disk);
  EXPECT_TRUE(log) << log.error().message;
  return log ? *std::move(log) : nullptr;
}

// Collects the answers of appends.
class Answers {
 public:
  ports::AppendDone expect() {
    const std::lock_guard lock(mutex_);
    const std::size_t slot = results_.size();
    results_.push_back(fail(Code::kInternal, "test.pending", ""));
    return [this, slot](Result<ports::Position> result) {
      const std::lock_guard inner(mutex_);
      EXPECT_EQ(results_[slot].error().reason, "test.pending") << "answered twice";
      results_[slot] = std::move(result);
      ++answered_;
      changed_.notify_all();
    };
  }
  void wait(std::size_t count) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(
        changed_.wait_for(lock, std::chrono::seconds(30), [&] { return answered_ >= count; }))
        << answered_ << " of " << count;
  }
  void wait_all() {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(30),
                                  [&] { return answered_ == results_.size(); }))
        << answered_ << " of " << results_.size();
  }
  Result<ports::Position> operator[](std::size_t slot) {
    const std::lock_guard lock(mutex_);
    return results_[slot];
  }
  std::size_t answered() {
    const std::lock_guard lock(mutex_);
    return answered_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result<ports::Position>> results_;
  std::size_t answered_ = 0;
};

// Appends and waits for the answer.
inline Result<ports::Position> append_one(ports::Log& log, const std::string& record) {
  Answers answers;
  log.append(record, answers.expect());
  answers.wait(1);
  return answers[0];
}

inline std::string numbered(std::uint64_t i, std::size_t length = 0) {
  std::string out = "record " + std::to_string(i) + " ";
  if (out.size() < length) out.resize(length, static_cast<char>('a' + i % 26));
  return out;
}

// Appends records numbered [from, to), each in a write of its own when `apart`.
inline void append_numbered(ports::Log& log, std::uint64_t from, std::uint64_t to,
                            std::size_t length = 0, bool apart = false) {
  Answers answers;
  for (std::uint64_t i = from; i < to; ++i) {
    log.append(numbered(i, length), answers.expect());
    if (apart) answers.wait_all();
  }
  answers.wait_all();
  for (std::uint64_t i = from; i < to; ++i) {
    const auto position = answers[i - from];
    ASSERT_TRUE(position) << position.error().message;
    ASSERT_EQ(position->index, i);
  }
}

// Whether `condition` comes true within half a minute.
inline bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

inline std::vector<std::string> all_records(const ports::Log& log) {
  std::vector<std::string> out;
  EXPECT_TRUE(log.scan(0, [&](const ports::EntryView& entry) {
    EXPECT_EQ(entry.index, out.size());
    out.emplace_back(entry.record);
    return true;
  }));
  return out;
}

}  // namespace ambit::ledger_file
