#include "storage/internal/lock_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace ambit::storage::internal {
namespace {

// The digits at the start of the file; empty when it holds none.
std::string owner_in(int descriptor) {
  std::array<char, 16> bytes{};
  const ssize_t size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  if (size <= 0) return {};
  const auto end =
      std::find_if(bytes.begin(), bytes.begin() + size, [](char c) { return c < '0' || c > '9'; });
  return std::string(bytes.begin(), end);
}

}  // namespace

Result<LockFile> LockFile::acquire(const std::string& path) {
  LockFile lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.descriptor_ < 0) {
    return fail(Code::kUnavailable, "store.unopenable",
                "`" + path + "` cannot be made: " + std::strerror(errno));
  }
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const std::string owner = owner_in(lock.descriptor_);
    return fail(Code::kConflict, "store.locked",
                "`" + path + "` is held by " +
                    (owner.empty() ? "another process" : "process " + owner) +
                    "; only one may use the registry at a time");
  }
  // The pid only helps people; the lock holds without it, also on a full disk.
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.descriptor_, 0) == 0) {
    (void)!::pwrite(lock.descriptor_, pid.data(), pid.size(), 0);
  }
  return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LockFile::~LockFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
}

}  // namespace ambit::storage::internal
