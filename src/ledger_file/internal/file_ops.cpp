#include "ledger_file/internal/file_ops.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace ambit::ledger_file::internal {
namespace {

constexpr std::uint64_t kMostWhole = 64u << 20;

std::string parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

}  // namespace

ssize_t FileOps::pwrite(int fd, const char* bytes, std::size_t count, std::int64_t offset) {
  return ::pwrite(fd, bytes, count, offset);
}
int FileOps::fdatasync(int fd) { return ::fdatasync(fd); }
int FileOps::fsync(int fd) { return ::fsync(fd); }
int FileOps::syncfs(int fd) { return ::syncfs(fd); }
int FileOps::rename(const char* from, const char* to) { return ::rename(from, to); }
int FileOps::fallocate(int fd, std::int64_t length) { return ::posix_fallocate(fd, 0, length); }

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int Fd::release() { return std::exchange(fd_, -1); }

tl::unexpected<Error> io_error(const std::string& what, const std::string& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(Code::kUnavailable, full ? "ledger.no_space" : "ledger.io",
              "cannot " + what + " `" + path + "`: " + std::generic_category().message(error));
}

Result<Fd> open_file(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) return io_error("open", path, errno);
  return Fd(fd);
}

Result<std::uint64_t> file_size(int fd, const std::string& path) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return io_error("examine", path, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

bool file_exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

Result<> make_directories(FileOps& ops, const std::string& path) {
  if (path.empty() || path == "/" || file_exists(path)) return {};
  const std::string parent = parent_of(path);
  AMBIT_CHECK_OK(make_directories(ops, parent));
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return io_error("create", path, errno);
  return sync_directory(ops, parent);
}

Result<> write_all(FileOps& ops, int fd, const std::string& path, std::string_view bytes,
                   std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t done =
        ops.pwrite(fd, bytes.data(), bytes.size(), static_cast<std::int64_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return io_error("write", path, done == 0 ? EIO : errno);
    bytes.remove_prefix(static_cast<std::size_t>(done));
    offset += static_cast<std::uint64_t>(done);
  }
  return {};
}

Result<> write_zeros(FileOps& ops, int fd, const std::string& path, std::uint64_t begin,
                     std::uint64_t end) {
  const std::string zeros(std::min<std::uint64_t>(end - begin, 1u << 20), '\0');
  while (begin < end) {
    const std::size_t count = std::min<std::uint64_t>(end - begin, zeros.size());
    AMBIT_CHECK_OK(write_all(ops, fd, path, std::string_view(zeros).substr(0, count), begin));
    begin += count;
  }
  return {};
}

Result<> sync_data(FileOps& ops, int fd, const std::string& path) {
  if (ops.fdatasync(fd) != 0) return io_error("sync", path, errno);
  return {};
}

Result<> sync_directory(FileOps& ops, const std::string& path) {
  AMBIT_TRY(const Fd fd, open_file(path, O_RDONLY | O_DIRECTORY));
  // Not fdatasync: a file system need not count a new name as data of its directory.
  if (ops.fsync(fd.get()) != 0) return io_error("sync", path, errno);
  return {};
}

Result<std::string> read_at(int fd, const std::string& path, std::uint64_t offset,
                            std::size_t count) {
  std::string out(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got =
        ::pread(fd, out.data() + have, count - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error("read", path, errno);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

Result<std::string> read_file(const std::string& path) {
  AMBIT_TRY(const Fd fd, open_file(path, O_RDONLY));
  AMBIT_TRY(const std::uint64_t size, file_size(fd.get(), path));
  if (size > kMostWhole) {
    return fail(Code::kInternal, "ledger.corrupt",
                "`" + path + "` has " + std::to_string(size) +
                    " bytes; of a ledger's files only segments have more than " +
                    std::to_string(kMostWhole));
  }
  return read_at(fd.get(), path, 0, size);
}

Result<> replace_file(FileOps& ops, const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp";
  {
    AMBIT_TRY(const Fd fd, open_file(temporary, O_WRONLY | O_CREAT | O_TRUNC));
    AMBIT_CHECK_OK(write_all(ops, fd.get(), temporary, bytes, 0));
    AMBIT_CHECK_OK(sync_data(ops, fd.get(), temporary));
  }
  if (ops.rename(temporary.c_str(), path.c_str()) != 0) return io_error("replace", path, errno);
  return sync_directory(ops, parent_of(path));
}

}  // namespace ambit::ledger_file::internal
