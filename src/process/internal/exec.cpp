#include "process/internal/exec.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/internal/landlock.h"

namespace ambit::process::internal {
namespace {

bool set_streams(const ExecPlan& plan) {
  for (int target = 0; target < 3; ++target) {
    if (::dup2(plan.streams[static_cast<std::size_t>(target)], target) < 0) return false;
  }
  // Marked, not closed: the report must live until exec, which closes all of them.
  return ::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0;
}

void reset_signals() {
  struct sigaction action{};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool set_limits(const ExecPlan& plan) {
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    const auto& [resource, limit] = plan.limits[i];
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) return false;
  }
  return true;
}

// By system call: the C library's functions tell other threads, of which there are none here.
bool change_user(const ExecPlan& plan) {
  if (!plan.run_as) return true;
  const auto [uid, gid] = *plan.run_as;
  return ::syscall(SYS_setgroups, plan.mark == 0 ? 0 : 1, &plan.mark) == 0 &&
         ::syscall(SYS_setresgid, gid, gid, gid) == 0 &&
         ::syscall(SYS_setresuid, uid, uid, uid) == 0;
}

// A child of root that stays root must not keep what root can do beyond files, nor get it back by
// exec, which is what the bounding set is for. For others there is nothing to drop there.
bool drop_capabilities() {
  for (int capability = 0; capability <= 63; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EINVAL && errno != EPERM) {
      return false;
    }
  }
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return ::syscall(SYS_capset, &header, none) == 0;
}

bool drop_privileges(const ExecPlan& plan) {
  if (!drop_capabilities() || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  // Changing the uid clears this, so that it comes after.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return false;
  // The parent may have gone before that took effect.
  if (::getppid() != plan.parent) ::_exit(127);
  return true;
}

[[noreturn]] void report(const ExecPlan& plan, Step step) {
  const StepFailure failure{step, errno};
  (void)!::write(plan.report, &failure, sizeof failure);
  ::_exit(127);
}

}  // namespace

void run_plan(const ExecPlan& plan) {
  reset_signals();
  if (::setsid() < 0) report(plan, Step::kSession);
  if (!set_streams(plan)) report(plan, Step::kStreams);
  if (!set_limits(plan)) report(plan, Step::kLimits);
  if (!change_user(plan)) report(plan, Step::kUser);
  if (!drop_privileges(plan)) report(plan, Step::kPrivileges);
  if (plan.ruleset >= 0 && landlock_restrict(plan.ruleset) != 0) report(plan, Step::kLandlock);
  if (::chdir(plan.working_dir) != 0) report(plan, Step::kFolder);
  ::umask(066);  // folders can be passed through, so that paths below them can be resolved
  ::execve(plan.program, plan.argv, plan.envp);
  report(plan, Step::kProgram);
}

}  // namespace ambit::process::internal
