// A process that is killed at any moment loses nothing that it acknowledged.
#include <csignal>
#include <cstdint>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "storage/internal/test_folder.h"
#include "storage/sqlite_store.h"

namespace ambit::storage {
namespace {

using internal::TestFolder;
using ports::Kind;

constexpr int kRounds = 30;

// Large enough that the WAL is written back every few dozen commits.
std::string json_for(std::uint64_t revision) {
  return "\"" + std::to_string(revision) + std::string(40'000, 'x') + "\"";
}

// Commits for as long as it lives and reports each acknowledged revision.
[[noreturn]] void commit_until_killed(const std::string& path, int report) {
  const auto store = open_sqlite_store(path);
  if (!store) ::_exit(1);
  while (true) {
    const std::uint64_t next = (*store)->revision().value_or(0) + 1;
    const auto revision = (*store)->commit({{Kind::kTask, std::to_string(next), 0, json_for(next)}},
                                           "child", Time{1}, "evidence of " + std::to_string(next));
    if (!revision || ::write(report, &*revision, sizeof *revision) != sizeof *revision) ::_exit(2);
  }
}

std::uint64_t last_report(int descriptor, int wanted, pid_t child) {
  std::uint64_t last = 0;
  std::uint64_t revision = 0;
  for (int i = 0; ::read(descriptor, &revision, sizeof revision) == sizeof revision; ++i) {
    last = revision;
    if (i == wanted) ::kill(child, SIGKILL);
  }
  return last;
}

TEST(SqliteCrash, KillLosesNothingAcknowledged) {
  const TestFolder folder;
  const std::string path = folder / "r.db";
  std::uint64_t floor = 0;
  for (int round = 0; round < kRounds; ++round) {
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe[0]);
      commit_until_killed(path, pipe[1]);
    }
    ::close(pipe[1]);
    const std::uint64_t acknowledged = last_report(pipe[0], round * 7 % 41, child);
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child failed by itself: " << WEXITSTATUS(status);
    ASSERT_GT(acknowledged, floor);

    const auto opened = open_sqlite_store(path);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    const std::uint64_t revision = (*opened)->revision().value();
    ASSERT_GE(revision, acknowledged);
    ASSERT_LE(revision, acknowledged + 1) << "at most one commit was under way";
    for (std::uint64_t r = floor + 1; r <= revision; ++r) {
      const auto document = (*opened)->get(Kind::kTask, std::to_string(r)).value();
      ASSERT_TRUE(document.has_value()) << r;
      ASSERT_EQ(document->revision, r);
      ASSERT_EQ(document->json, json_for(r));
    }
    const auto owed = (*opened)->owed().value();
    ASSERT_EQ(owed.size(), revision - floor);
    for (const auto& record : owed) ASSERT_TRUE((*opened)->settle(record.revision));
    ASSERT_EQ((*opened)->changes_since(floor, 1000).value().size(), revision - floor);
    floor = revision;
  }
}

}  // namespace
}  // namespace ambit::storage
