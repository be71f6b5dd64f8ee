#include "host/local_paths.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ambit::host {
namespace {

namespace fs = std::filesystem;

class LocalPathsTest : public testing::Test {
 protected:
  LocalPathsTest() {
    std::string name = (fs::canonical(fs::temp_directory_path()) / "ambit-host-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fs::create_directories(root_ + "/work/sub");
    fs::create_directories(root_ + "/private");
    std::ofstream(root_ + "/work/file") << "x";
    std::ofstream(root_ + "/private/secret") << "x";
  }
  ~LocalPathsTest() override {
    ::chmod((root_ + "/private").c_str(), 0700);
    fs::remove_all(root_);
  }

  void link(const std::string& name, const std::string& target) {
    ASSERT_EQ(::symlink(target.c_str(), (root_ + "/" + name).c_str()), 0);
  }

  // What a path below the test's folder resolves to, without that folder; or the reason.
  std::string at(const std::string& path) const {
    return shorten(paths_.resolve(root_ + path, ""));
  }
  std::string below(const std::string& base, const std::string& path) const {
    return shorten(paths_.resolve(path, root_ + base));
  }
  std::string shorten(const Result<std::string>& result) const {
    if (!result) return result.error().reason;
    return result->starts_with(root_) ? result->substr(root_.size()) : *result;
  }

  std::string root_;
  LocalPaths paths_;
};

TEST_F(LocalPathsTest, LeavesAPlainPathAsItIs) {
  EXPECT_EQ(at("/work/file"), "/work/file");
  EXPECT_EQ(paths_.resolve("/", "").value(), "/");
  EXPECT_EQ(paths_.resolve("/usr", "/ignored").value(), "/usr");
}

TEST_F(LocalPathsTest, AnchorsARelativePath) {
  EXPECT_EQ(below("/work", "file"), "/work/file");
  EXPECT_EQ(below("/work", "./sub/new"), "/work/sub/new");
  EXPECT_EQ(below("/work/", "."), "/work");
  EXPECT_EQ(below("/work", "../private/secret"), "/private/secret");
  EXPECT_EQ(paths_.resolve("file", "").error().reason, "target.ambiguous");
  EXPECT_EQ(paths_.resolve("file", "work").error().reason, "target.ambiguous");
}

TEST_F(LocalPathsTest, RemovesDotsAndSlashes) {
  EXPECT_EQ(at("//work///sub/./../file"), "/work/file");
  EXPECT_EQ(at("/work/sub/"), "/work/sub");
  EXPECT_EQ(at("/work/sub/."), "/work/sub");
  EXPECT_EQ(at("/work/sub/.."), "/work");
  EXPECT_EQ(paths_.resolve("//usr", "").value(), "/usr");
}

TEST_F(LocalPathsTest, StaysAtTheRootWhenItClimbsBeyondIt) {
  EXPECT_EQ(paths_.resolve("/..", "").value(), "/");
  EXPECT_EQ(paths_.resolve("/../../usr/../usr", "").value(), "/usr");
}

TEST_F(LocalPathsTest, FollowsALinkOutOfTheFolder) {
  link("work/out", "../private/secret");
  link("work/far", root_ + "/private");
  EXPECT_EQ(at("/work/out"), "/private/secret");
  EXPECT_EQ(at("/work/far/secret"), "/private/secret");
  EXPECT_EQ(at("/work/far/"), "/private");
  EXPECT_EQ(below("/work", "far/secret"), "/private/secret");
}

TEST_F(LocalPathsTest, FollowsChainsOfLinksInEveryPlace) {
  link("a", "b");
  link("b", "work/c");
  link("work/c", "./sub/../../d//");
  link("d", root_ + "/private/.");
  EXPECT_EQ(at("/a"), "/private");
  EXPECT_EQ(at("/a/secret"), "/private/secret");
}

TEST_F(LocalPathsTest, FollowsExactlyAsManyLinksAsTheKernel) {
  link("l0", "work/file");
  for (int i = 1; i <= 40; ++i) link("l" + std::to_string(i), "l" + std::to_string(i - 1));
  EXPECT_EQ(at("/l39"), "/work/file");
  EXPECT_EQ(at("/l40"), "target.unresolvable");
}

TEST_F(LocalPathsTest, RefusesLoops) {
  link("self", "self");
  link("ping", "pong");
  link("pong", "ping");
  link("deep", "deep/x");
  for (const char* path : {"/self", "/ping", "/ping/file", "/deep", "/work/../self"}) {
    EXPECT_EQ(at(path), "target.unresolvable") << path;
  }
}

TEST_F(LocalPathsTest, ResolvesADanglingLinkToWhatItNames) {
  link("work/new", "../private/not-yet");
  link("work/none", "no/such/folder");
  EXPECT_EQ(at("/work/new"), "/private/not-yet");
  EXPECT_EQ(at("/work/none/file"), "/work/no/such/folder/file");
}

TEST_F(LocalPathsTest, AppendsWhatDoesNotExist) {
  EXPECT_EQ(at("/work/new/deep/er"), "/work/new/deep/er");
  EXPECT_EQ(at("/work/new//./file/"), "/work/new/file");
  EXPECT_EQ(at("/work/file/below"), "/work/file/below");
}

TEST_F(LocalPathsTest, RefusesToClimbOutOfWhatIsNoFolder) {
  link("work/new", "../private/not-yet");
  for (const char* path : {"/work/none/../file", "/work/file/../file", "/work/none/x/../../file",
                           "/work/new/../secret"}) {
    EXPECT_EQ(at(path), "target.ambiguous") << path;
  }
}

// A kernel follows the link and then climbs; a program that normalises first never sees the link.
TEST_F(LocalPathsTest, RefusesToClimbOutOfALinkThatLeadsElsewhere) {
  link("work/far", root_ + "/private");
  EXPECT_EQ(at("/work/far/../private/secret"), "target.ambiguous");
  EXPECT_EQ(at("/work/far/../work"), "target.ambiguous");
  EXPECT_EQ(below("/work/far", "../secret"), "target.ambiguous");
  link("beside", "work");
  EXPECT_EQ(at("/beside/../private/secret"), "/private/secret") << "both readings agree";
}

TEST_F(LocalPathsTest, RefusesLinksThatEveryProcessReadsDifferently) {
  link("work/proc", "/proc/self/cwd");
  EXPECT_EQ(at("/work/proc/file"), "target.ambiguous");
  for (const char* path : {"/proc/self", "/proc/self/root/etc/passwd", "/dev/fd/0"}) {
    const auto result = paths_.resolve(path, "");
    EXPECT_EQ(result ? *result : result.error().reason, "target.ambiguous") << path;
  }
  EXPECT_EQ(paths_.resolve("/proc/cpuinfo", "").value(), "/proc/cpuinfo");
}

TEST_F(LocalPathsTest, RefusesWhatProgramsReadDifferently) {
  using namespace std::string_literals;
  const std::vector<std::string> refused{"",
                                         " a",
                                         "a ",
                                         "\ta",
                                         "a\n",
                                         "a\0b"s,
                                         "a\x7F"
                                         "b",
                                         "a\x1B[2Jb",
                                         "a\\b",
                                         "~",
                                         "~/x",
                                         "~root/x",
                                         "\"a\"",
                                         "'a",
                                         "a'",
                                         "`a`",
                                         "\xC2\xA0"
                                         "a",
                                         "a\xE3\x80\x80",
                                         "\xEF\xBB\xBF"
                                         "a",
                                         "a\xC2\x85"
                                         "b",
                                         "a\xFF",
                                         "file:///etc/passwd",
                                         "FILE:/etc/passwd",
                                         std::string(4097, 'a'),
                                         "a\xE2\x80\x83"};
  for (const std::string& path : refused) {
    const auto result = paths_.resolve(path, root_);
    ASSERT_FALSE(result.has_value()) << path;
    EXPECT_EQ(result.error().reason, "target.ambiguous") << path;
    EXPECT_EQ(result.error().code, Code::kInvalid);
    for (const char c : result.error().message) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

TEST_F(LocalPathsTest, TakesNamesThatOnlyLookOdd) {
  for (const std::string name :
       {"a b", "it's", "a~", "./~", "...", "..a", "-rf", "a\"b", "$HOME", "%2e%2e", "\xC3\xBC.txt",
        "\xE6\x96\x87\xE4\xBB\xB6", "\xF0\x9F\xA6\x8A", "a:b", "file"}) {
    const std::string expected = name.starts_with("./") ? name.substr(2) : name;
    EXPECT_EQ(below("/work", name), "/work/" + expected);
  }
}

TEST_F(LocalPathsTest, SaysWhenANameIsTooLongForTheFileSystem) {
  EXPECT_EQ(at("/work/" + std::string(255, 'n')), "/work/" + std::string(255, 'n'));
  EXPECT_EQ(at("/work/" + std::string(256, 'n')), "target.unresolvable");
}

TEST_F(LocalPathsTest, RefusesAResultThatCannotBeShown) {
  link("work/bytes", "/tmp/\xFF\xFE");
  link("work/escape", "/tmp/\x1B[2J");
  EXPECT_EQ(at("/work/bytes"), "target.unresolvable");
  EXPECT_EQ(at("/work/escape/x/.."), "target.ambiguous");
  EXPECT_EQ(at("/work/escape/x"), "target.unresolvable");
}

TEST_F(LocalPathsTest, SaysWhenItMayNotLook) {
  ASSERT_EQ(::chmod((root_ + "/private").c_str(), 0), 0);
  // Root may look everywhere, so another user asks.
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (::getuid() == 0 && (::chmod(root_.c_str(), 0755) != 0 || ::setuid(65534) != 0)) ::_exit(2);
    const auto result = paths_.resolve(root_ + "/private/secret", "");
    ::_exit(!result && result.error().reason == "target.unresolvable" &&
                    result.error().code == Code::kUnavailable
                ? 0
                : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Whatever exists resolves to what the kernel says, or is refused as ambiguous.
TEST_F(LocalPathsTest, AgreesWithTheKernel) {
  link("work/far", root_ + "/private");
  link("work/up", "..");
  link("private/back", "../work/sub");
  link("loop", "loop");
  EXPECT_TRUE(rc::check([this] {
    const auto names = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "work", "private", "sub", "file", "secret", "far", "up", "back", "..", ".", "", "loop"));
    std::string path = root_;
    for (const std::string& name : names) path += "/" + name;
    const auto mine = paths_.resolve(path, "");
    char buffer[PATH_MAX];
    const char* kernel = ::realpath(path.c_str(), buffer);
    if (mine && kernel != nullptr) RC_ASSERT(*mine == std::string(kernel));
    if (!mine && kernel != nullptr) RC_ASSERT(mine.error().reason == "target.ambiguous");
    if (kernel == nullptr && errno == ELOOP) RC_ASSERT(!mine.has_value());
  }));
}

}  // namespace
}  // namespace ambit::host
