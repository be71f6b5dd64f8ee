#include "process/isolation.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/hardening.h"

namespace ambit::process {
namespace {

bool is_root() { return ::geteuid() == 0; }

// Runs `body` in a process of its own and returns whether no check failed there.
bool apart(const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    body();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::string status_line(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  }
  return {};
}

TEST(Isolation, ReportSaysWhatIsMissing) {
  IsolationReport report = probe_isolation();
  EXPECT_TRUE(report.no_new_privs);
  EXPECT_EQ(report.separate_uid, is_root());
  EXPECT_TRUE(report.isolated() || !report.missing.empty());
  EXPECT_FALSE((IsolationReport{.no_new_privs = true}.isolated()));
  EXPECT_FALSE((IsolationReport{.separate_uid = true}.isolated()));
  EXPECT_TRUE((IsolationReport{.landlock_abi = 1, .no_new_privs = true}.isolated()));
}

TEST(Isolation, DedicatedUidIsNobodysElse) {
  const auto chosen = dedicated_uid();
  if (!is_root()) {
    ASSERT_FALSE(chosen);
    EXPECT_EQ(chosen.error().reason, "process.isolation");
    return;
  }
  ASSERT_TRUE(chosen) << chosen.error().message;
  EXPECT_EQ(chosen->uid, 64231u);
  EXPECT_EQ(dedicated_uid(0).error().code, Code::kConflict);
}

TEST(Isolation, DefaultPathsHoldNoSecretsAndNoState) {
  for (const std::string& path : default_read_paths()) {
    for (const char* kept_away : {"/etc/shadow", "/root", "/home", "/var", "/tmp", "/run"}) {
      const std::string away = kept_away;
      EXPECT_FALSE(away == path || away.starts_with(path + "/") || path.starts_with(away + "/"))
          << path;
    }
    EXPECT_FALSE(path.starts_with("/proc/self"));
  }
}

TEST(FindExecutable, LooksAlongThePathOnly) {
  EXPECT_EQ(*find_executable("sh", "/nowhere:/usr/bin"), "/usr/bin/sh");
  EXPECT_EQ(*find_executable("/usr/bin/sh", ""), "/usr/bin/sh");
  for (const char* bad : {"no-such-program", "./sh", "/usr/bin", "/etc/passwd", ""}) {
    EXPECT_EQ(find_executable(bad, "/usr/bin").error().reason, "process.program") << bad;
  }
  // An empty or relative entry means the current folder, which is nobody's intention here.
  EXPECT_FALSE(find_executable("sh", ":.:usr/bin"));
}

TEST(ExecutableDigest, IsTheFilesSha256) {
  const std::string path = testing::TempDir() + "/digest_test";
  std::ofstream(path) << "abc";
  const auto digest = executable_digest(path);
  ASSERT_TRUE(digest) << digest.error().message;
  EXPECT_EQ(crypto::to_string(*digest),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  std::filesystem::remove(path);
  EXPECT_EQ(executable_digest(path).error().reason, "process.program");
  EXPECT_EQ(executable_digest("/dev/zero").error().reason, "process.program");
}

TEST(HardenSelf, LeavesNothingToReadAndFewCapabilities) {
  EXPECT_TRUE(apart([] {
    const auto report = harden_self();
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
    rlimit core{1, 1};
    ::getrlimit(RLIMIT_CORE, &core);
    EXPECT_EQ(core.rlim_max, 0u);
    EXPECT_EQ(::umask(0), 077u);
    EXPECT_EQ(report->dropped_capabilities, is_root());
    if (!is_root()) return;
    // CAP_KILL 5, CAP_SETGID 6, CAP_SETUID 7.
    for (const char* set : {"CapPrm", "CapEff", "CapBnd"}) {
      EXPECT_EQ(status_line(set), "00000000000000e0") << set;
    }
    EXPECT_EQ(report->kept_capabilities.size(), 3u);
  }));
}

TEST(HardenSelf, StillStartsChildrenUnderAnotherUserAndEndsThem) {
  if (!is_root()) GTEST_SKIP() << "only root can start children under another user";
  EXPECT_TRUE(apart([] {
    ASSERT_TRUE(harden_self());
    ChildSpec spec;
    spec.argv = {"sh", "-c", "id -u; sleep 1000"};
    spec.confinement.run_as = *dedicated_uid();
    spec.confinement.landlock = false;
    auto child = spawn(spec);
    ASSERT_TRUE(child) << child.error().message;
    std::string line;
    const int out = child->take_stdout();
    for (char c = 0; ::read(out, &c, 1) == 1 && c != '\n';) line += c;
    EXPECT_EQ(line, "64231");
    EXPECT_TRUE(child->terminate({0}).signalled);
    spec.confinement.run_as.reset();
    spec.argv = {"grep", "CapEff", "/proc/self/status"};
    auto root_child = spawn(spec);
    ASSERT_TRUE(root_child) << root_child.error().message;
    std::array<char, 100> buffer{};
    (void)!::read(root_child->take_stdout(), buffer.data(), buffer.size());
    EXPECT_STREQ(buffer.data(), "CapEff:\t0000000000000000\n");
  }));
}

}  // namespace
}  // namespace ambit::process
