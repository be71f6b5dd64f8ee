// Files: an owned descriptor, whole-file helpers, and the seam at which tests let the disk fail.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "base/result.h"

namespace ambit::ledger_file::internal {

// The calls by which bytes reach the disk. The base class makes them; tests override them.
class FileOps {
 public:
  virtual ~FileOps() = default;
  // As the system calls of these names.
  virtual ssize_t pwrite(int fd, const char* bytes, std::size_t count, std::int64_t offset);
  virtual int fdatasync(int fd);
  virtual int fsync(int fd);
  virtual int syncfs(int fd);
  virtual int rename(const char* from, const char* to);
  // As posix_fallocate from offset 0: returns an errno value.
  virtual int fallocate(int fd, std::int64_t length);
};

// An open file descriptor, closed at the end.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();
  int release();

 private:
  int fd_ = -1;
};

// `ledger.io`, or `ledger.no_space` for a full disk or quota: "cannot WHAT `path`: why".
tl::unexpected<Error> io_error(const std::string& what, const std::string& path, int error);

// With O_CLOEXEC, and mode 0600 when it creates.
Result<Fd> open_file(const std::string& path, int flags);
Result<std::uint64_t> file_size(int fd, const std::string& path);
// Also true where nobody may look, so that whoever reads it next is told why.
bool file_exists(const std::string& path);
// Creates `path` and its parents with mode 0700, durably.
Result<> make_directories(FileOps& ops, const std::string& path);

// Writes all of it, whatever the number of calls.
Result<> write_all(FileOps& ops, int fd, const std::string& path, std::string_view bytes,
                   std::uint64_t offset);
Result<> write_zeros(FileOps& ops, int fd, const std::string& path, std::uint64_t begin,
                     std::uint64_t end);
Result<> sync_data(FileOps& ops, int fd, const std::string& path);
Result<> sync_directory(FileOps& ops, const std::string& path);

// Up to `count` bytes from `offset`; fewer at the end of the file.
Result<std::string> read_at(int fd, const std::string& path, std::uint64_t offset,
                            std::size_t count);
Result<std::string> read_file(const std::string& path);
// Makes `path` hold `bytes`, all at once and durably.
Result<> replace_file(FileOps& ops, const std::string& path, std::string_view bytes);

}  // namespace ambit::ledger_file::internal
