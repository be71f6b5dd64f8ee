#include "process/isolation.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/internal/landlock.h"

namespace ambit::process {
namespace {

constexpr std::size_t kMaxExecutable = 1u << 30;

bool may_change_user() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  constexpr std::uint32_t kNeeded = (1u << CAP_SETUID) | (1u << CAP_SETGID);
  return (data[0].effective & kNeeded) == kNeeded;
}

tl::unexpected<Error> program_failure(const std::string& path, const std::string& why) {
  return fail(Code::kInvalid, "process.program", "cannot use the program `" + path + "`: " + why);
}

bool is_executable_file(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

IsolationReport probe_isolation() {
  IsolationReport report;
  report.separate_uid = may_change_user();
  report.landlock_abi = internal::landlock_abi();
  report.no_new_privs = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0;
  if (!report.no_new_privs) {
    report.missing = "the kernel has no `no_new_privs`; Linux 3.5 or later is needed";
  } else if (!report.isolated()) {
    report.missing =
        "children can neither run under a user of their own nor be confined by Landlock; start as "
        "root, or on a kernel with Landlock (`lsm=landlock,...`)";
  } else if (!report.separate_uid && report.landlock_abi < 6) {
    report.missing =
        "children can send signals to this process; start as root, or on Linux 6.12 or later";
  }
  return report;
}

std::vector<std::string> default_read_paths() {
  return {"/usr",
          "/lib",
          "/lib32",
          "/lib64",
          "/bin",
          "/sbin",
          "/etc/alternatives",
          "/etc/ca-certificates",
          "/etc/gai.conf",
          "/etc/group",
          "/etc/host.conf",
          "/etc/hosts",
          "/etc/ld.so.cache",
          "/etc/ld.so.conf",
          "/etc/ld.so.conf.d",
          "/etc/localtime",
          "/etc/mime.types",
          "/etc/nsswitch.conf",
          "/etc/os-release",
          "/etc/passwd",
          "/etc/protocols",
          "/etc/resolv.conf",
          "/etc/services",
          "/etc/ssl/certs",
          "/etc/ssl/openssl.cnf",
          "/dev/null",
          "/dev/zero",
          "/dev/random",
          "/dev/urandom",
          "/proc/cpuinfo",
          "/proc/meminfo",
          "/proc/stat",
          "/proc/sys/vm/overcommit_memory",
          "/sys/devices/system/cpu"};
}

std::vector<std::string> default_write_paths() { return {"/dev/null"}; }

Result<RunAs> dedicated_uid(uid_t preferred) {
  if (!may_change_user()) {
    return fail(Code::kUnavailable, "process.isolation",
                "this process may not start children under another user; it would have to be root");
  }
  std::array<char, 16384> buffer{};
  passwd user{};
  passwd* known_user = nullptr;
  group members{};
  group* known_group = nullptr;
  ::getpwuid_r(preferred, &user, buffer.data(), buffer.size(), &known_user);
  if (known_user == nullptr) {
    ::getgrgid_r(preferred, &members, buffer.data(), buffer.size(), &known_group);
  }
  if (known_user != nullptr || known_group != nullptr) {
    return fail(Code::kConflict, "process.isolation",
                "the number " + std::to_string(preferred) +
                    " belongs to a user or group of this machine and cannot be the children's own");
  }
  return RunAs{preferred, preferred};
}

Result<std::string> find_executable(std::string_view program, std::string_view path) {
  if (program.find('/') != std::string_view::npos) {
    const std::string name(program);
    if (name.front() != '/') return program_failure(name, "it must be an absolute path or a name");
    if (!is_executable_file(name)) {
      return program_failure(name, "it is not there, or not an executable file");
    }
    return name;
  }
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const std::string folder(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    // A relative entry would make the answer depend on where we stand.
    if (folder.empty() || folder.front() != '/') continue;
    const std::string candidate = folder + "/" + std::string(program);
    if (is_executable_file(candidate)) return candidate;
  }
  return program_failure(std::string(program), "it is not on the PATH");
}

Result<crypto::Digest> executable_digest(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    const std::string why = std::strerror(errno);
    if (fd >= 0) ::close(fd);
    return program_failure(path, why);
  }
  std::string bytes;
  std::string why;
  if (!S_ISREG(info.st_mode)) {
    why = "it is not a regular file";
  } else if (static_cast<std::size_t>(info.st_size) > kMaxExecutable) {
    why = "it is larger than 1 GiB";
  } else {
    // Read, not mapped: a file that shrinks meanwhile would end this process.
    bytes.resize(static_cast<std::size_t>(info.st_size));
    std::size_t have = 0;
    while (have < bytes.size()) {
      const ssize_t count = ::read(fd, bytes.data() + have, bytes.size() - have);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      have += static_cast<std::size_t>(count);
    }
    if (have != bytes.size()) why = "it changed while it was read";
  }
  ::close(fd);
  if (!why.empty()) return program_failure(path, why);
  return crypto::sha256(bytes);
}

}  // namespace ambit::process
