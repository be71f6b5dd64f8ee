// Preloaded into a server, lets a test break its disk and its clock while it runs: the file that
// AMBIT_FAULTS names holds the Faults below, mapped, so that what the test writes there holds at
// once.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

struct Faults {
  std::int64_t clock_s;      // how far the wall clock is ahead
  std::int32_t write_error;  // errno of writes to files; 0: none
  std::int32_t sync_error;   // of fsync and fdatasync
  std::int32_t most_bytes;   // that one write takes; 0: all
};

const volatile Faults* map_faults() {
  static constexpr Faults kNone{};
  const char* path = std::getenv("AMBIT_FAULTS");
  if (path == nullptr) return &kNone;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) std::abort();
  void* mapped = ::mmap(nullptr, sizeof(Faults), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  if (mapped == MAP_FAILED) std::abort();
  return static_cast<const volatile Faults*>(mapped);
}

const volatile Faults& faults() {
  static const volatile Faults* const mapped = map_faults();
  return *mapped;
}

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

bool is_file(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

int failing(std::int32_t error) {
  errno = error;
  return -1;
}

std::size_t taken(std::size_t count) {
  const auto most = static_cast<std::size_t>(faults().most_bytes);
  return most == 0 || count < most ? count : most;
}

}  // namespace

#define AMBIT_SHIM extern "C" __attribute__((visibility("default")))

AMBIT_SHIM int clock_gettime(clockid_t clock, timespec* out) noexcept {
  static const auto real = next<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = real(clock, out);
  if (clock == CLOCK_REALTIME && result == 0) out->tv_sec += faults().clock_s;
  return result;
}

AMBIT_SHIM ssize_t write(int fd, const void* bytes, size_t count) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t)>("write");
  if (!is_file(fd)) return real(fd, bytes, count);
  if (faults().write_error != 0) return failing(faults().write_error);
  return real(fd, bytes, taken(count));
}

AMBIT_SHIM ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  static const auto real = next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (faults().write_error != 0) return failing(faults().write_error);
  return real(fd, bytes, taken(count), offset);
}

AMBIT_SHIM ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
  return pwrite(fd, bytes, count, offset);
}

AMBIT_SHIM int fsync(int fd) {
  static const auto real = next<int (*)(int)>("fsync");
  return faults().sync_error != 0 ? failing(faults().sync_error) : real(fd);
}

AMBIT_SHIM int fdatasync(int fd) {
  static const auto real = next<int (*)(int)>("fdatasync");
  return faults().sync_error != 0 ? failing(faults().sync_error) : real(fd);
}

AMBIT_SHIM int posix_fallocate(int fd, off_t offset, off_t length) {
  static const auto real = next<int (*)(int, off_t, off_t)>("posix_fallocate");
  return faults().write_error != 0 ? faults().write_error : real(fd, offset, length);
}
