#include "crypto/internal/key_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "crypto/random.h"

namespace ambit::crypto::internal {
namespace {

constexpr mode_t kOwnerOnly = 0600;
constexpr std::size_t kMaxKeyFileBytes = 4096;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

// Removes a file when it goes out of scope.
class TemporaryName {
 public:
  explicit TemporaryName(std::string path) : path_(std::move(path)) {}
  ~TemporaryName() { ::unlink(path_.c_str()); }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;

 private:
  std::string path_;
};

tl::unexpected<Error> io_error(const std::string& path, const char* what) {
  const int number = errno;
  return fail(Code::kUnavailable, "key.io",
              std::string("cannot ") + what + " the key file `" + path +
                  "`: " + std::generic_category().message(number));
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<> sync_directory_of(const std::string& path) {
  const Descriptor directory(
      ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid() || ::fsync(directory.get()) != 0) {
    return io_error(path, "make durable the name of");
  }
  return {};
}

Result<> check_private(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) {
    return fail(Code::kInvalid, "key.permissions", "`" + path + "` is not a regular file");
  }
  if ((status.st_mode & 077) != 0) {
    return fail(Code::kInvalid, "key.permissions",
                "the key file `" + path + "` is open to others; make it private with `chmod 600`");
  }
  if (status.st_uid != ::geteuid() && status.st_uid != 0) {
    return fail(Code::kInvalid, "key.permissions",
                "the key file `" + path + "` belongs to another user; it must be yours or root's");
  }
  return {};
}

// Makes `path` name a complete file on disk, without replacing what is there.
Result<> create_complete(const std::string& path, std::string_view content) {
  const std::string temporary = random_token(path + ".new-");
  const Descriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly));
  if (!file.valid()) return io_error(path, "create");
  const TemporaryName cleanup(temporary);
  if (::fchmod(file.get(), kOwnerOnly) != 0 || !write_all(file.get(), content) ||
      ::fsync(file.get()) != 0) {
    return io_error(path, "write");
  }
  // A link, unlike a rename, never replaces.
  if (::link(temporary.c_str(), path.c_str()) == 0) return {};
  if (errno != EEXIST) return io_error(path, "create");
  return fail(Code::kConflict, "key.exists",
              "`" + path + "` exists already; a key file is never overwritten");
}

}  // namespace

Result<> write_private_file(const std::string& path, std::string_view content) {
  AMBIT_CHECK_OK(create_complete(path, content));
  return sync_directory_of(path);
}

Result<SecretBytes> read_private_file(const std::string& path) {
  // Not blocking, so that a pipe under this name is refused instead of waited for.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) {
    if (errno == ENOENT) {
      return fail(Code::kNotFound, "key.not_found", "there is no key file `" + path + "`");
    }
    return io_error(path, "open");
  }
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return io_error(path, "inspect");
  AMBIT_CHECK_OK(check_private(path, status));
  std::string content(kMaxKeyFileBytes + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = ::read(file.get(), content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      wipe(content);
      return io_error(path, "read");
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  if (size > kMaxKeyFileBytes) {
    wipe(content);
    return fail(Code::kInvalid, "key.malformed", "`" + path + "` is too large to be a key file");
  }
  content.resize(size);
  return SecretBytes(std::move(content));
}

Result<> move_private_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return io_error(to, "replace");
  return sync_directory_of(to);
}

}  // namespace ambit::crypto::internal
