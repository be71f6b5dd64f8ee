#include "process/child.h"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/isolation.h"

namespace ambit::process {
namespace {

constexpr Duration kPatience = seconds(20);
constexpr uid_t kUid = 64231;

struct Outcome {
  std::string out;
  std::string err;
  ExitStatus status;
};

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(fd);
  return text;
}

std::string read_line(int fd) {
  std::string line;
  for (char c = 0; ::read(fd, &c, 1) == 1 && c != '\n';) line += c;
  return line;
}

ChildSpec shell(const std::string& script) {
  ChildSpec spec;
  spec.argv = {"sh", "-c", script};
  spec.confinement.landlock = false;
  return spec;
}

ChildSpec confined_shell(const std::string& script) {
  ChildSpec spec = shell(script);
  spec.confinement.landlock = true;
  spec.confinement.read_paths = default_read_paths();
  spec.confinement.write_paths = default_write_paths();
  return spec;
}

Outcome run(const ChildSpec& spec, const std::string& input = {}) {
  auto child = spawn(spec);
  EXPECT_TRUE(child) << child.error().message;
  if (!child) return {};
  const int in = child->take_stdin();
  EXPECT_EQ(::write(in, input.data(), input.size()), static_cast<ssize_t>(input.size()));
  ::close(in);
  Outcome outcome;
  outcome.out = read_all(child->take_stdout());
  outcome.err = read_all(child->take_stderr());
  outcome.status = child->wait();
  return outcome;
}

bool is_root() { return ::geteuid() == 0; }

bool has_landlock() { return probe_isolation().landlock_abi > 0; }

// Waits until the process behind `pidfd` has ended, whoever its parent is.
bool gone(int pidfd) {
  pollfd waiting{pidfd, POLLIN, 0};
  const bool ended = ::poll(&waiting, 1, static_cast<int>(kPatience.ms)) == 1;
  ::close(pidfd);
  return ended;
}

int watch(const std::string& pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(pid), 0));
}

// Runs `body` in a process of its own under an ordinary user and returns whether no check failed.
bool as_ordinary_user(const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (is_root() && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(2);
    body();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// A folder that everybody can read, with `open/file` and `secret/file` in it.
class ChildFiles : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/child_test_XXXXXX";
    folder = ::mkdtemp(name);
    ::chmod(folder.c_str(), 0755);
    for (const char* part : {"open", "secret"}) {
      const std::string path = folder + "/" + part;
      std::filesystem::create_directory(path);
      std::ofstream(path + "/file") << part << " content";
      ::chmod(path.c_str(), 0777);
      ::chmod((path + "/file").c_str(), 0666);
    }
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  void expect_confined() const {
    ChildSpec spec =
        confined_shell("cat " + folder + "/open/file; cat " + folder + "/secret/file; ls " +
                       folder + "/secret; echo x > " + folder + "/secret/new; echo x > " + folder +
                       "/open/new; ls " + folder + "/open; sh -c 'cat " + folder + "/secret/file'");
    spec.confinement.write_paths.push_back(folder + "/open");
    const Outcome outcome = run(spec);
    EXPECT_EQ(outcome.out, "open contentfile\nnew\n");
    EXPECT_EQ(outcome.err.find("secret content"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(folder + "/secret/new"));
    // The same without Landlock reads it: what stood in the way was Landlock.
    EXPECT_EQ(run(shell("cat " + folder + "/secret/file")).out, "secret content");
  }

  std::string folder;
};

TEST(Child, CarriesBytesBothWaysAndTellsHowItEnded) {
  ChildSpec spec;
  spec.argv = {"cat"};
  spec.confinement.landlock = false;
  EXPECT_EQ(run(spec, "through the pipe").out, "through the pipe");
  const Outcome failed = run(shell("echo oops >&2; exit 7"));
  EXPECT_EQ(failed.err, "oops\n");
  EXPECT_FALSE(failed.status.signalled);
  EXPECT_EQ(failed.status.value, 7);
  const Outcome killed = run(shell("kill -9 $$"));
  EXPECT_TRUE(killed.status.signalled);
  EXPECT_EQ(killed.status.value, SIGKILL);
}

TEST(Child, InheritsNothingFromTheEnvironment) {
  ::setenv("AMBIT_TEST_SECRET", "hunter2", 1);
  ChildSpec spec = shell("env");
  spec.env = {{"GIVEN", "value with = and spaces"}};
  spec.working_dir = "/tmp";
  std::string out = run(spec).out;
  EXPECT_EQ(out.find("hunter2"), std::string::npos);
  EXPECT_NE(out.find("GIVEN=value with = and spaces\n"), std::string::npos);
  EXPECT_NE(out.find("PATH=/usr/local/bin:/usr/bin:/bin\n"), std::string::npos);
  EXPECT_NE(out.find("HOME=/tmp\n"), std::string::npos);
  EXPECT_NE(out.find("LANG=C.UTF-8\n"), std::string::npos);
  spec.env = {{"A=B", "c"}};
  EXPECT_EQ(spawn(spec).error().reason, "process.start");
}

TEST(Child, InheritsNoDescriptor) {
  const int leaked = ::open("/etc/passwd", O_RDONLY);
  const int high = ::fcntl(leaked, F_DUPFD, 200);
  // `ls` itself opens one, to read the folder.
  EXPECT_EQ(run(shell("ls /proc/self/fd")).out, "0\n1\n2\n3\n");
  ::close(leaked);
  ::close(high);
}

TEST(Child, StartsWithDefaultSignalsAndALimitedProcess) {
  ::signal(SIGPIPE, SIG_IGN);
  ChildSpec spec = shell(
      "ulimit -c; ulimit -n; ulimit -d; umask; grep -E '^Sig(Ign|Blk)' "
      "/proc/self/status");
  spec.confinement.max_open_files = 99;
  spec.confinement.max_data_bytes = 512u << 20;
  EXPECT_EQ(run(spec).out,
            "0\n99\n524288\n0066\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST(Child, CanGainNoPrivilegesAndHasNone) {
  EXPECT_EQ(run(shell("grep -E '^(NoNewPrivs|CapPrm|CapEff|CapAmb)' /proc/self/status")).out,
            "CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapAmb:\t0000000000000000\n"
            "NoNewPrivs:\t1\n");
}

TEST(Child, RunsInItsFolderAndAsItsUser) {
  ChildSpec spec = shell("pwd; id -u; id -g; ps -o sid= -p $$ | tr -d ' '; echo $$");
  spec.working_dir = "/usr";
  const uid_t uid = is_root() ? kUid : ::getuid();
  if (is_root()) spec.confinement.run_as = RunAs{kUid, kUid};
  const Outcome outcome = run(spec);
  const std::string begin = "/usr\n" + std::to_string(uid) + "\n";
  EXPECT_TRUE(outcome.out.starts_with(begin)) << outcome.out << outcome.err;
  spec.working_dir = "/nowhere";
  EXPECT_NE(spawn(spec).error().message.find("`/nowhere`"), std::string::npos);
}

TEST(Child, AnotherUserIsRefusedWithoutTheRight) {
  EXPECT_TRUE(as_ordinary_user([] {
    ChildSpec spec = shell("id");
    spec.confinement.run_as = RunAs{kUid, kUid};
    const auto child = spawn(spec);
    ASSERT_FALSE(child);
    EXPECT_EQ(child.error().reason, "process.isolation");
    EXPECT_NE(child.error().message.find("change its user"), std::string::npos);
  }));
}

TEST(Child, SaysWhatCouldNotBeExecuted) {
  ChildSpec spec = shell("");
  spec.argv = {"no-such-program"};
  auto child = spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().reason, "process.program");
  EXPECT_NE(child.error().message.find("`no-such-program`"), std::string::npos);

  const std::string script = testing::TempDir() + "/bad_interpreter";
  std::ofstream(script) << "#!/no/such/interpreter\n";
  ::chmod(script.c_str(), 0755);
  spec.argv = {script};
  child = spawn(spec);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().reason, "process.program");
  EXPECT_NE(child.error().message.find("No such file"), std::string::npos);
  std::filesystem::remove(script);

  spec.argv = {};
  EXPECT_EQ(spawn(spec).error().reason, "process.program");
}

TEST(Child, FindsARelativeProgramInItsFolder) {
  ChildSpec spec = shell("");
  spec.argv = {"bin/echo", "found"};
  spec.working_dir = "/usr";
  EXPECT_EQ(run(spec).out, "found\n");
}

TEST_F(ChildFiles, LandlockAllowsWhatIsNamedAndNothingElse) {
  if (!has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
  expect_confined();
}

TEST_F(ChildFiles, LandlockConfinesAnOrdinaryUsersChildrenToo) {
  if (!has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_TRUE(as_ordinary_user([this] { expect_confined(); }));
}

TEST_F(ChildFiles, ReadPathsCannotBeWritten) {
  if (!has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
  ChildSpec spec = confined_shell("cat " + folder + "/open/file; echo x > " + folder +
                                  "/open/file; rm " + folder + "/open/file");
  spec.confinement.read_paths.push_back(folder + "/open");
  EXPECT_EQ(run(spec).out, "open content");
  EXPECT_EQ(run(shell("cat " + folder + "/open/file")).out, "open content");
}

TEST_F(ChildFiles, AnotherUserCannotReadWhatIsOurs) {
  if (!is_root()) GTEST_SKIP() << "only root can start children under another user";
  ::chmod((folder + "/secret/file").c_str(), 0600);
  ChildSpec spec = shell("cat " + folder + "/secret/file; cat /proc/" + std::to_string(::getpid()) +
                         "/environ; kill -0 " + std::to_string(::getpid()) + " && echo signalled");
  spec.confinement.run_as = RunAs{kUid, kUid};
  EXPECT_EQ(run(spec).out, "");
}

// What an agent's tool could do to the process that governs it, if it ran under the same user.
std::string attack(pid_t target, int held) {
  const std::string proc = "/proc/" + std::to_string(target);
  return "tr '\\0' '\\n' < " + proc + "/environ | grep -q . && echo environ; head -c 0 " + proc +
         "/mem && echo mem; cat " + proc + "/fd/" + std::to_string(held);
}

TEST(Child, CannotLookIntoItsParent) {
  if (!has_landlock()) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_TRUE(as_ordinary_user([] {
    // Changing the user made this process unreadable; undone, so that only Landlock stands between.
    ASSERT_EQ(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
    std::FILE* file = std::tmpfile();
    ASSERT_NE(file, nullptr);
    std::fputs("held\n", file);
    std::fflush(file);
    const std::string script = attack(::getpid(), ::fileno(file));
    EXPECT_EQ(run(shell(script)).out, "environ\nmem\nheld\n");
    ChildSpec spec = confined_shell(script);
    // Even where its rules would let it open the files.
    spec.confinement.read_paths.insert(spec.confinement.read_paths.end(), {"/proc", "/tmp"});
    EXPECT_EQ(run(spec).out, "");
    std::fclose(file);
  }));
}

TEST(Child, CannotSignalItsParent) {
  if (probe_isolation().landlock_abi < 6) GTEST_SKIP() << "Landlock ABI 6 is needed";
  const std::string script = "kill -0 " + std::to_string(::getpid()) + " && echo signalled";
  EXPECT_EQ(run(shell(script)).out, "signalled\n");
  EXPECT_EQ(run(confined_shell(script)).out, "");
}

TEST(Child, CanBeKeptOffTheNetwork) {
  if (probe_isolation().landlock_abi < 4) GTEST_SKIP() << "Landlock ABI 4 is needed";
  // bash has sockets of its own; port 9 is closed, which is another error than a refused
  // permission.
  ChildSpec spec = confined_shell("");
  spec.argv = {"bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"};
  EXPECT_NE(run(spec).err.find("Connection refused"), std::string::npos);
  spec.confinement.allow_network = false;
  EXPECT_NE(run(spec).err.find("Permission denied"), std::string::npos);
  spec.confinement.landlock = false;
  EXPECT_EQ(spawn(spec).error().reason, "process.isolation");
}

TEST(Child, TerminateReachesGrandchildren) {
  auto child = spawn(shell("trap '' TERM; sleep 1000 & echo $!; wait; wait"));
  ASSERT_TRUE(child);
  const int out = child->take_stdout();
  const int grandchild = watch(read_line(out));
  EXPECT_FALSE(child->poll());
  // The shell ignores SIGTERM, its grandchild does not; both are gone after the grace.
  const ExitStatus status = child->terminate({50});
  EXPECT_TRUE(status.signalled || status.value != 0);
  EXPECT_TRUE(gone(grandchild));
  ::close(out);
}

TEST(Child, TerminateGivesTimeToFinish) {
  auto child =
      spawn(shell("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.01; done"));
  ASSERT_TRUE(child);
  const int out = child->take_stdout();
  EXPECT_EQ(read_line(out), "ready");
  const ExitStatus status = child->terminate(kPatience);
  EXPECT_FALSE(status.signalled);
  EXPECT_EQ(status.value, 3);
  EXPECT_EQ(read_line(out), "bye");
  ::close(out);
}

TEST(Child, TerminateReachesADescendantInASessionOfItsOwn) {
  auto child = spawn(shell("setsid sleep 1000 & echo $!; wait"));
  ASSERT_TRUE(child);
  const int out = child->take_stdout();
  const int escaped = watch(read_line(out));
  child->terminate({0});
  EXPECT_TRUE(gone(escaped));
  ::close(out);
}

TEST(Child, TerminateReachesADaemonByItsMark) {
  if (!is_root()) GTEST_SKIP() << "only root can mark children";
  // Its parent ends at once, and it has a session of its own: neither tells where it came from.
  ChildSpec spec = shell("(setsid sleep 1000 >/dev/null 2>&1 & echo $!); echo end; sleep 1000");
  spec.confinement.run_as = RunAs{kUid, kUid};
  auto child = spawn(spec);
  ASSERT_TRUE(child);
  const int out = child->take_stdout();
  const int daemon = watch(read_line(out));
  EXPECT_EQ(read_line(out), "end");
  child->terminate({0});
  EXPECT_TRUE(gone(daemon));
  ::close(out);
}

TEST(Child, WhatItLeavesBehindDiesWithIt) {
  auto child = spawn(shell("sleep 1000 >/dev/null 2>&1 & echo $!"));
  ASSERT_TRUE(child);
  const int out = child->take_stdout();
  const int left = watch(read_line(out));
  EXPECT_EQ(child->wait().value, 0);
  EXPECT_TRUE(gone(left));
  ::close(out);
}

TEST(Child, DestroyingItKillsIt) {
  int pidfd = -1;
  {
    auto child = spawn(shell("sleep 1000"));
    ASSERT_TRUE(child);
    pidfd = watch(std::to_string(child->pid()));
    Child moved = *std::move(child);
    EXPECT_FALSE(moved.poll());
  }
  EXPECT_TRUE(gone(pidfd));
}

TEST(Child, DiesWithItsParent) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ChildSpec spec = shell("sleep 1000");
    if (is_root()) spec.confinement.run_as = RunAs{kUid, kUid};
    const auto child = spawn(spec);
    const std::string pid = std::to_string(child ? child->pid() : 0) + "\n";
    (void)!::write(ends[1], pid.data(), pid.size());
    ::pause();
  }
  const int pidfd = watch(read_line(ends[0]));
  EXPECT_GE(pidfd, 0);
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  EXPECT_TRUE(gone(pidfd));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Child, PidfdBecomesReadableAtTheEnd) {
  auto child = spawn(shell("read line; exit 5"));
  ASSERT_TRUE(child);
  pollfd waiting{child->pidfd(), POLLIN, 0};
  EXPECT_EQ(::poll(&waiting, 1, 0), 0);
  ::close(child->take_stdin());
  EXPECT_EQ(::poll(&waiting, 1, static_cast<int>(kPatience.ms)), 1);
  EXPECT_EQ(child->poll()->value, 5);
}

}  // namespace
}  // namespace ambit::process
