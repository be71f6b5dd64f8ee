#include "process/internal/landlock.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ambit::process::internal {
namespace {

// From linux/landlock.h of kernel 6.15, under our own names.
struct RulesetAttributes {
  std::uint64_t handled_fs;
  std::uint64_t handled_net;
  std::uint64_t scoped;
};

struct [[gnu::packed]] PathRule {
  std::uint64_t allowed;
  std::int32_t parent_fd;
};

constexpr unsigned kVersionFlag = 1;
constexpr int kPathBeneath = 1;

constexpr std::uint64_t kExecute = 1u << 0;
constexpr std::uint64_t kWriteFile = 1u << 1;
constexpr std::uint64_t kReadFile = 1u << 2;
constexpr std::uint64_t kReadDir = 1u << 3;
constexpr std::uint64_t kAllOfAbi1 = (1u << 13) - 1;
constexpr std::uint64_t kRefer = 1u << 13;     // ABI 2
constexpr std::uint64_t kTruncate = 1u << 14;  // ABI 3
constexpr std::uint64_t kIoctlDev = 1u << 15;  // ABI 5
constexpr std::uint64_t kTcp = 3;              // ABI 4: bind and connect
constexpr std::uint64_t kScopes = 3;           // ABI 6: abstract unix sockets and signals

constexpr std::uint64_t kReading = kExecute | kReadFile | kReadDir;
constexpr std::uint64_t kFileOnly = kExecute | kWriteFile | kReadFile | kTruncate | kIoctlDev;

std::uint64_t handled_fs(int abi) {
  return kAllOfAbi1 | (abi >= 2 ? kRefer : 0) | (abi >= 3 ? kTruncate : 0) |
         (abi >= 5 ? kIoctlDev : 0);
}

tl::unexpected<Error> failure(const std::string& what) {
  return fail(Code::kUnavailable, "process.isolation", what + ": " + std::strerror(errno));
}

Result<> allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const int fd = ::open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
  if (fd < 0) return failure("cannot open `" + path + "` to allow it");
  struct stat info{};
  const bool folder = ::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode);
  const PathRule rule{folder ? rights : rights & kFileOnly, fd};
  const long code = ::syscall(SYS_landlock_add_rule, ruleset, kPathBeneath, &rule, 0);
  const int error = errno;
  ::close(fd);
  errno = error;
  if (code != 0) return failure("cannot allow `" + path + "`");
  return {};
}

Result<> allow_all(int ruleset, const std::vector<std::string>& read_paths,
                   const std::vector<std::string>& write_paths, std::uint64_t all) {
  for (const std::string& path : read_paths) AMBIT_CHECK_OK(allow(ruleset, path, kReading));
  for (const std::string& path : write_paths) AMBIT_CHECK_OK(allow(ruleset, path, all));
  return {};
}

}  // namespace

int landlock_abi() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kVersionFlag);
  return abi < 0 ? 0 : static_cast<int>(abi);
}

Result<int> make_ruleset(const std::vector<std::string>& read_paths,
                         const std::vector<std::string>& write_paths, bool allow_network) {
  const int abi = landlock_abi();
  if (abi == 0) {
    return fail(Code::kUnsupported, "process.isolation",
                "this kernel has no Landlock: a child cannot be kept away from other files");
  }
  if (!allow_network && abi < 4) {
    return fail(Code::kUnsupported, "process.isolation",
                "this kernel cannot keep a child off the network: Landlock ABI 4 is needed");
  }
  RulesetAttributes attributes{};
  attributes.handled_fs = handled_fs(abi);
  attributes.handled_net = allow_network ? 0 : kTcp;
  attributes.scoped = abi >= 6 ? kScopes : 0;
  const long ruleset = ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (ruleset < 0) return failure("cannot make a Landlock ruleset");
  const int fd = static_cast<int>(ruleset);
  if (auto allowed = allow_all(fd, read_paths, write_paths, attributes.handled_fs); !allowed) {
    ::close(fd);
    return fail(allowed.error());
  }
  return fd;
}

int landlock_restrict(int ruleset) {
  return static_cast<int>(::syscall(SYS_landlock_restrict_self, ruleset, 0));
}

}  // namespace ambit::process::internal
