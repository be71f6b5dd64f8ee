#include "app/serve.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger_file/verify.h"

namespace ambit::app {
namespace {

// `ambit serve` in a process of its own; its standard output and error are read through a pipe.
class Process {
 public:
  explicit Process(const cli::ServeOptions& options) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(ends[1], STDERR_FILENO);
      ::close(ends[0]);
      ::close(ends[1]);
      const auto status = serve(options);
      if (!status)
        std::fputs((status.error().reason + ": " + status.error().message).c_str(), stderr);
      std::fflush(stderr);
      ::_exit(status ? *status : 1);
    }
    ::close(ends[1]);
    output_ = ends[0];
  }
  ~Process() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(output_);
  }

  // Reads until `text` was printed, or to the end.
  bool says(const std::string& text) {
    char buffer[512];
    while (said_.find(text) == std::string::npos) {
      const ssize_t n = ::read(output_, buffer, sizeof(buffer));
      if (n <= 0) return false;
      said_.append(buffer, static_cast<std::size_t>(n));
    }
    return true;
  }

  void signal(int number) const { ::kill(pid_, number); }

  // The exit status, or minus the signal that ended it.
  int wait() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  const std::string& said() const { return said_; }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string said_;
};

class Serve : public testing::Test {
 protected:
  Serve() {
    char name[] = "/tmp/ambit-serve-XXXXXX";
    folder_ = ::mkdtemp(name);
    options_.data_dir = folder_ + "/var";
    options_.port = 0;
  }
  ~Serve() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  cli::ServeOptions options_;
};

TEST_F(Serve, StopsInGoodOrderOnASignal) {
  for (const int number : {SIGTERM, SIGINT}) {
    Process server(options_);
    ASSERT_TRUE(server.says("ready in ")) << server.said();
    EXPECT_TRUE(std::filesystem::exists(options_.data_dir + "/serve.json"));
    server.signal(number);
    EXPECT_TRUE(server.says("serve.stopped")) << server.said();
    EXPECT_EQ(server.wait(), 0);
    EXPECT_FALSE(std::filesystem::exists(options_.data_dir + "/serve.json"));
  }
  const auto report = ledger_file::verify_directory(options_.data_dir + "/ledger");
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok()) << report->what;
  EXPECT_EQ(report->entries, report->sealed);
}

TEST_F(Serve, StartsAgainAfterItWasKilled) {
  {
    Process server(options_);
    ASSERT_TRUE(server.says("ready in ")) << server.said();
    EXPECT_TRUE(server.says("admin.token")) << server.said();
    server.signal(SIGKILL);
    EXPECT_EQ(server.wait(), -SIGKILL);
  }
  Process server(options_);
  ASSERT_TRUE(server.says("ready in ")) << server.said();
  server.signal(SIGTERM);
  EXPECT_TRUE(server.says("serve.stopped")) << server.said();
  EXPECT_EQ(server.said().find("admin.token"), std::string::npos) << "a second admin was made";
  EXPECT_EQ(server.wait(), 0);
}

TEST_F(Serve, SaysWhyItCannotStart) {
  std::filesystem::create_directory(options_.data_dir);
  std::filesystem::permissions(options_.data_dir, std::filesystem::perms(0755));
  Process server(options_);
  EXPECT_TRUE(server.says("data.permissions")) << server.said();
  EXPECT_EQ(server.wait(), 1);
}

}  // namespace
}  // namespace ambit::app
