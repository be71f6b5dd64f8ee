#include "app/data_dir.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace ambit::app {
namespace {

constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0600;

std::string system_words() { return std::generic_category().message(errno); }

tl::unexpected<Error> io_error(const std::string& path, std::string_view what) {
  return fail(Code::kUnavailable, "data.io",
              "cannot " + std::string(what) + " `" + path + "`: " + system_words());
}

Result<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  if (!real) return io_error(path, "resolve");
  return std::string(real.get());
}

Result<> check_private(const std::string& path) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return io_error(path, "look at");
  if (!S_ISDIR(status.st_mode)) {
    return fail(Code::kInvalid, "data.not_a_directory",
                "`" + path + "` must be a directory, because all state is kept in it");
  }
  if (status.st_uid != ::geteuid()) {
    return fail(Code::kDenied, "data.owner",
                "`" + path + "` belongs to uid " + std::to_string(status.st_uid) +
                    ", not to the uid " + std::to_string(::geteuid()) + " that runs the server");
  }
  if ((status.st_mode & 077) != 0) {
    return fail(Code::kDenied, "data.permissions",
                "`" + path +
                    "` is open to other users; run `chmod 700` on it, and consider that "
                    "what it holds may have been read");
  }
  return {};
}

std::string pid_in(int fd) {
  std::array<char, 16> buffer{};
  const ssize_t n = ::pread(fd, buffer.data(), buffer.size(), 0);
  std::string pid(buffer.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
  return pid.substr(0, pid.find_first_not_of("0123456789"));
}

Result<int> take_lock(const std::string& directory) {
  const std::string path = directory + "/ambit.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kFileMode);
  if (fd < 0) return io_error(path, "open");
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const std::string pid = pid_in(fd);
    ::close(fd);
    return fail(Code::kConflict, "data.in_use",
                "another server" + (pid.empty() ? "" : " (process " + pid + ")") +
                    " uses the data directory `" + directory + "`");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) < 0) {
    ::close(fd);
    return io_error(path, "write");
  }
  return fd;
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

Result<> sync_folder(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return io_error(path, "open");
  const bool synced = ::fsync(fd) == 0;
  ::close(fd);
  if (!synced) return io_error(path, "make durable what changed in");
  return {};
}

}  // namespace

Result<DataDir> DataDir::open(const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    if (errno == ENOENT) {
      return fail(Code::kNotFound, "data.missing_parent",
                  "the data directory `" + path + "` cannot be made: its parent does not exist");
    }
    return io_error(path, "make the data directory");
  }
  AMBIT_TRY(std::string real, real_path(path));
  AMBIT_CHECK_OK(check_private(real));
  AMBIT_TRY(const int lock, take_lock(real));
  return DataDir(std::move(real), lock);
}

DataDir::DataDir(DataDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

DataDir& DataDir::operator=(DataDir&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  return *this;
}

DataDir::~DataDir() {
  if (lock_ >= 0) ::close(lock_);
}

Result<> DataDir::make_folder(std::string_view name) const {
  const std::string path = file(name);
  if (::mkdir(path.c_str(), kFolderMode) != 0 && errno != EEXIST) return io_error(path, "make");
  return check_private(path);
}

Result<> DataDir::write_private(std::string_view name, std::string_view content) const {
  const std::string path = file(name);
  const std::string temporary = path + ".new";
  ::unlink(temporary.c_str());
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (fd < 0) return io_error(temporary, "make");
  const bool written = write_all(fd, content) && ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const auto failed = io_error(path, "write");
    ::unlink(temporary.c_str());  // what little space is left is for others
    return failed;
  }
  return sync_folder(path_);
}

Result<std::optional<std::string>> DataDir::read(std::string_view name) const {
  const std::string path = file(name);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) return std::optional<std::string>();
  if (fd < 0) return io_error(path, "open");
  std::string content;
  std::string buffer(1u << 20, '\0');
  ssize_t n = 0;
  while ((n = ::read(fd, buffer.data(), buffer.size())) > 0 || (n < 0 && errno == EINTR)) {
    if (n > 0) content.append(buffer, 0, static_cast<std::size_t>(n));
  }
  const int error = errno;
  ::close(fd);
  errno = error;
  if (n < 0) return io_error(path, "read");
  return std::optional<std::string>(std::move(content));
}

bool DataDir::has(std::string_view name) const { return ::access(file(name).c_str(), F_OK) == 0; }

void DataDir::remove(std::string_view name) const { ::unlink(file(name).c_str()); }

Result<crypto::SigningKey> DataDir::key(std::string_view name, crypto::Algorithm algorithm) const {
  AMBIT_CHECK_OK(make_folder("keys"));
  const std::string path = file("keys/" + std::string(name));
  if (has("keys/" + std::string(name))) return crypto::SigningKey::read_file(path);
  AMBIT_TRY(crypto::SigningKey made, crypto::SigningKey::generate(algorithm));
  AMBIT_CHECK_OK(made.write_file(path));
  return made;
}

}  // namespace ambit::app
