// Confined child processes: what a tool server is started as.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace ambit::process {

struct RunAs {
  uid_t uid = 0;
  gid_t gid = 0;
};

struct Confinement {
  // Needs root (CAP_SETUID and CAP_SETGID). Supplementary groups are dropped. With or without, the
  // child has no capabilities.
  std::optional<RunAs> run_as = {};
  // Spawning fails when the kernel has no Landlock; see `probe_isolation`. From ABI 6 on the child
  // can also signal nothing outside of itself and its descendants.
  bool landlock = true;
  // With `landlock`, the child and all it starts can read and execute beneath these, ...
  std::vector<std::string> read_paths = {};
  // ... do everything with files beneath these, and reach no other path. Paths that do not exist
  // are skipped. A symbolic link stands for what it points to now.
  std::vector<std::string> write_paths = {};
  // False: no TCP bind or connect. Needs `landlock` and its ABI 4, else spawning fails.
  bool allow_network = true;
  // Of the child's uid as a whole, as RLIMIT_NPROC counts; root is exempt.
  std::optional<std::uint64_t> max_processes = {};
  // Private writable memory of each process (RLIMIT_DATA): address space is left alone, because
  // runtimes such as Node reserve far more than they use.
  std::optional<std::uint64_t> max_data_bytes = {};
  std::optional<std::uint64_t> max_open_files = {};
};

struct ChildSpec {
  // The program is looked up in the PATH that the child gets, or in `working_dir` when it is a
  // relative path; `argv[0]` is passed on as it is.
  std::vector<std::string> argv = {};
  // The whole environment: nothing is inherited. PATH, HOME and LANG are added when missing.
  std::map<std::string, std::string> env = {};
  // Empty: `/`.
  std::string working_dir = {};
  Confinement confinement = {};
};

struct ExitStatus {
  bool signalled = false;
  int value = 0;  // exit code, or the signal's number
};

// A started child, the leader of its own session and process group. Movable only. When the child
// has ended and is reaped (`poll`, `wait`), what is left of its group (and of its mark, see below)
// is killed. Destroying the object kills and reaps. Only for the thread that called `spawn`, or one
// at a time.
//
// What `terminate` reaches: the child's process group and session, everything that descends from it
// by parent at that moment and, when started with `run_as`, every process that carries the child's
// mark, a supplementary group that no descendant can drop. Without `run_as` a descendant that both
// made a session of its own and lost its parent escapes; it keeps the child's confinement.
class Child {
 public:
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  pid_t pid() const { return pid_; }
  // Becomes readable when the child has ended; for an event loop. Stays owned by the child object.
  int pidfd() const { return pidfd_; }

  // The parent's ends of the child's standard streams. Each can be taken once; after that it is the
  // taker's to close, else it is closed with this object.
  int take_stdin();
  int take_stdout();
  int take_stderr();

  // Nothing while it runs; does not block.
  std::optional<ExitStatus> poll();
  // Blocks until the child has ended.
  ExitStatus wait();
  // Blocks for `limit` at most.
  std::optional<ExitStatus> wait_for(Duration limit);

  // Sends `signal` to the whole group.
  void signal_group(int signal) const;
  // SIGTERM to the group, up to `grace` for the child to end, then SIGKILL to the group and to
  // every descendant. Blocks; returns how the child ended.
  ExitStatus terminate(Duration grace);

 private:
  friend Result<Child> spawn(const ChildSpec& spec);
  Child() = default;
  bool ended(int timeout_ms) const;
  ExitStatus reap();
  void close_all();

  pid_t pid_ = -1;
  gid_t mark_ = 0;  // supplementary group of everything that came from this child; 0: none
  int pidfd_ = -1;
  std::array<int, 3> streams_ = {-1, -1, -1};
  std::optional<ExitStatus> status_;
};

// Starts `spec`. The child has a session of its own, no descriptor but the three pipes, default
// signal handling, no core dumps, umask 066, `no_new_privs`, and gets SIGKILL when the thread that
// called `spawn` ends. Everything that can fail is reported: reason `process.program` (not found,
// not executable), `process.isolation` (uid, Landlock), `process.limit`, `process.start` for the
// rest, with the step and the system's words.
Result<Child> spawn(const ChildSpec& spec);

}  // namespace ambit::process
