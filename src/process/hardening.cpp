#include "process/hardening.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace ambit::process {
namespace {

using KeptCapability = std::pair<int, const char*>;

tl::unexpected<Error> failure(const std::string& what) {
  return fail(Code::kInternal, "process.hardening", what + ": " + std::strerror(errno));
}

std::vector<KeptCapability> kept(const HardeningOptions& options) {
  std::vector<KeptCapability> out;
  if (options.keep_setuid) {
    out.emplace_back(CAP_SETUID, "CAP_SETUID");
    out.emplace_back(CAP_SETGID, "CAP_SETGID");
  }
  if (options.keep_kill) out.emplace_back(CAP_KILL, "CAP_KILL");
  if (options.keep_chown) out.emplace_back(CAP_CHOWN, "CAP_CHOWN");
  if (options.keep_dac_override) out.emplace_back(CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE");
  if (options.keep_net_bind) out.emplace_back(CAP_NET_BIND_SERVICE, "CAP_NET_BIND_SERVICE");
  return out;
}

Result<> drop_all_but(std::uint64_t mask) {
  for (int capability = 0; capability <= 63; ++capability) {
    if ((mask >> capability & 1) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL) {
      return failure("cannot reduce the bounding set");
    }
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  for (int half = 0; half < 2; ++half) {
    const auto bits = static_cast<std::uint32_t>(mask >> (32 * half));
    data[half] = {bits, bits, 0};
  }
  if (::syscall(SYS_capset, &header, data) != 0) return failure("cannot drop capabilities");
  return {};
}

// The capabilities of `wanted` that this process has.
std::uint64_t held(std::uint64_t wanted) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return 0;
  return wanted & (data[0].permitted | static_cast<std::uint64_t>(data[1].permitted) << 32);
}

}  // namespace

Result<HardeningReport> harden_self(const HardeningOptions& options) {
  HardeningReport report;
  ::umask(077);
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return failure("cannot forbid core dumps");
  report.no_core = true;
  if (::geteuid() == 0 && options.drop_capabilities) {
    std::uint64_t wanted = 0;
    for (const auto& [number, name] : kept(options)) wanted |= std::uint64_t{1} << number;
    const std::uint64_t mask = held(wanted);
    AMBIT_CHECK_OK(drop_all_but(mask));
    report.dropped_capabilities = true;
    for (const auto& [number, name] : kept(options)) {
      if ((mask >> number & 1) != 0) report.kept_capabilities.emplace_back(name);
    }
  }
  // Last: a change of credentials may set it again.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failure("cannot refuse to be traced");
  report.not_dumpable = true;
  return report;
}

}  // namespace ambit::process
