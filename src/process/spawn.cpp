#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "crypto/random.h"
#include "process/child.h"
#include "process/internal/exec.h"
#include "process/internal/landlock.h"
#include "process/isolation.h"

namespace ambit::process {
namespace {

using internal::ExecPlan;
using internal::Step;
using internal::StepFailure;

constexpr const char* kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

// Closes what it holds.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

struct Pipe {
  Fd read;
  Fd write;
};

tl::unexpected<Error> system_failure(const std::string& what) {
  return fail(Code::kUnavailable, "process.start", what + ": " + std::strerror(errno));
}

// Both ends close on exec and stand above 2, so that the child can move them to 0, 1 and 2.
Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_failure("cannot make a pipe");
  Pipe pipe{Fd(ends[0]), Fd(ends[1])};
  for (Fd* end : {&pipe.read, &pipe.write}) {
    if (end->get() > 2) continue;
    Fd moved(::fcntl(end->get(), F_DUPFD_CLOEXEC, 3));
    if (moved.get() < 0) return system_failure("cannot move a pipe");
    *end = std::move(moved);
  }
  return pipe;
}

Result<std::vector<std::string>> environment(const ChildSpec& spec) {
  std::map<std::string, std::string> env = spec.env;
  env.try_emplace("PATH", kDefaultPath);
  env.try_emplace("HOME", spec.working_dir.empty() ? "/" : spec.working_dir);
  env.try_emplace("LANG", "C.UTF-8");
  std::vector<std::string> lines;
  for (const auto& [name, value] : env) {
    if (name.empty() || name.find_first_of(std::string_view("=\0", 2)) != std::string::npos ||
        value.find('\0') != std::string::npos) {
      return fail(Code::kInvalid, "process.start",
                  "the variable `" + name + "` cannot be put into an environment");
    }
    lines.push_back(name + "=" + value);
  }
  return lines;
}

Result<std::string> program_of(const ChildSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) {
    return fail(Code::kInvalid, "process.program", "there is no program to start");
  }
  for (const std::string& argument : spec.argv) {
    if (argument.find('\0') != std::string::npos) {
      return fail(Code::kInvalid, "process.program", "an argument has a NUL byte");
    }
  }
  std::string name = spec.argv[0];
  if (name.front() != '/' && name.find('/') != std::string::npos) {
    name = (spec.working_dir.empty() ? "/" : spec.working_dir + "/") + name;
  }
  const auto path = spec.env.find("PATH");
  return find_executable(name, path == spec.env.end() ? kDefaultPath : path->second);
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& string : strings) out.push_back(string.data());
  out.push_back(nullptr);
  return out;
}

void add_limits(ExecPlan& plan, const Confinement& confinement) {
  const auto add = [&plan](int resource, std::optional<std::uint64_t> value) {
    if (value) plan.limits[plan.limit_count++] = {resource, rlimit{*value, *value}};
  };
  add(RLIMIT_CORE, 0);
  add(RLIMIT_NPROC, confinement.max_processes);
  add(RLIMIT_DATA, confinement.max_data_bytes);
  add(RLIMIT_NOFILE, confinement.max_open_files);
}

// A group number that nothing else on this machine has; see `Child`.
gid_t new_mark() {
  std::uint32_t number = 0;
  const std::string random = crypto::random_bytes(sizeof number);
  std::memcpy(&number, random.data(), sizeof number);
  return 0x70000000u | (number & 0x0fffffffu);
}

tl::unexpected<Error> step_failure(const StepFailure& failure, const std::string& program,
                                   const ChildSpec& spec) {
  const std::string why = std::strerror(failure.error);
  switch (failure.step) {
    case Step::kProgram: {
      const bool hidden = failure.error == EACCES && spec.confinement.landlock;
      return fail(
          Code::kInvalid, "process.program",
          "cannot execute `" + program + "`: " + why +
              (hidden ? "; is it, and its interpreter, beneath the paths it may read?" : ""));
    }
    case Step::kUser:
    case Step::kPrivileges:
    case Step::kLandlock:
      return fail(Code::kUnavailable, "process.isolation",
                  std::string("cannot confine `") + program + "` (" +
                      (failure.step == Step::kUser         ? "change its user"
                       : failure.step == Step::kPrivileges ? "drop its privileges"
                                                           : "apply Landlock") +
                      "): " + why);
    case Step::kLimits:
      return fail(Code::kInvalid, "process.limit", "cannot limit `" + program + "`: " + why);
    case Step::kFolder:
      return fail(Code::kInvalid, "process.start",
                  "cannot start in the folder `" + spec.working_dir + "`: " + why);
    case Step::kSession:
    case Step::kStreams: break;
  }
  return fail(Code::kInternal, "process.start", "cannot start `" + program + "`: " + why);
}

// Forks with all signals held back, so that no handler of ours runs in the child.
pid_t fork_quietly(const ExecPlan& plan) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  if (pid == 0) internal::run_plan(plan);
  const int error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return pid;
}

// Nothing when the program runs.
std::optional<StepFailure> read_report(int fd) {
  StepFailure failure;
  ssize_t count = 0;
  do {
    count = ::read(fd, &failure, sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == sizeof failure) return failure;
  return std::nullopt;
}

}  // namespace

Result<Child> spawn(const ChildSpec& spec) {
  AMBIT_TRY(const std::string program, program_of(spec));
  AMBIT_TRY(std::vector<std::string> env, environment(spec));
  std::vector<std::string> argv = spec.argv;
  const std::vector<char*> argv_pointers = pointers(argv);
  const std::vector<char*> env_pointers = pointers(env);
  const Confinement& confinement = spec.confinement;
  if (!confinement.allow_network && !confinement.landlock) {
    return fail(Code::kInvalid, "process.isolation",
                "a child can only be kept off the network with Landlock");
  }

  ExecPlan plan;
  Fd ruleset;
  if (confinement.landlock) {
    AMBIT_TRY(const int made,
              internal::make_ruleset(confinement.read_paths, confinement.write_paths,
                                     confinement.allow_network));
    ruleset = Fd(made);
    plan.ruleset = made;
  }
  AMBIT_TRY(Pipe input, make_pipe());
  AMBIT_TRY(Pipe output, make_pipe());
  AMBIT_TRY(Pipe errors, make_pipe());
  AMBIT_TRY(Pipe report, make_pipe());
  plan.streams = {input.read.get(), output.write.get(), errors.write.get()};
  plan.report = report.write.get();
  plan.parent = ::getpid();
  plan.run_as = confinement.run_as;
  plan.mark = confinement.run_as ? new_mark() : 0;
  add_limits(plan, confinement);
  plan.working_dir = spec.working_dir.empty() ? "/" : spec.working_dir.c_str();
  plan.program = program.c_str();
  plan.argv = argv_pointers.data();
  plan.envp = env_pointers.data();

  const pid_t pid = fork_quietly(plan);
  if (pid < 0) return system_failure("cannot start a process");
  report.write = Fd();
  if (const auto failure = read_report(report.read.get())) {
    ::waitpid(pid, nullptr, 0);
    return step_failure(*failure, program, spec);
  }
  Child child;
  child.pid_ = pid;
  child.mark_ = plan.mark;
  child.pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  child.streams_ = {input.write.release(), output.read.release(), errors.read.release()};
  if (child.pidfd_ < 0) return system_failure("cannot watch a process");
  return child;
}

}  // namespace ambit::process
