// Records that an idle caller makes durable on its own thread.
#include <gtest/gtest.h>

#include "ledger_file/file_log.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

using ports::Written;

std::vector<ports::Append> appends(Answers& answers, std::uint64_t from, std::uint64_t to) {
  std::vector<ports::Append> out;
  for (std::uint64_t i = from; i < to; ++i) {
    out.push_back({ports::Entry(numbered(i)), answers.expect(), false});
  }
  return out;
}

// Appends one more record; gives the thread that answered it.
std::thread::id thread_that_writes(FileLog& log, Written where) {
  std::thread::id wrote;
  Answers answers;
  std::vector<ports::Append> one;
  one.push_back({ports::Entry(numbered(log.size())),
                 [&wrote, done = answers.expect()](Result<ports::Position> position) {
                   wrote = std::this_thread::get_id();
                   done(std::move(position));
                 },
                 false});
  log.append_all(std::move(one), where);
  answers.wait_all();
  EXPECT_TRUE(answers[0]);
  return wrote;
}

// Whether the log does so sooner or later: it must have seen that the disk is quick.
bool writes_here(FileLog& log) {
  return eventually(
      [&] { return thread_that_writes(log, Written::kHereIfQuick) == std::this_thread::get_id(); });
}

TEST(WriteHere, UsesTheThreadOfAnIdleCallerWhileTheDiskIsQuick) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  EXPECT_NE(thread_that_writes(*log, Written::kHereIfQuick), std::this_thread::get_id())
      << "nothing is known of the disk yet";
  EXPECT_TRUE(writes_here(*log));
  EXPECT_NE(thread_that_writes(*log, Written::kElsewhere), std::this_thread::get_id());
  EXPECT_TRUE(writes_here(*log));
  for (std::uint64_t i = 0; i < log->size(); ++i) EXPECT_EQ(log->read(i)->record, numbered(i));
}

TEST(WriteHere, LeavesASlowDiskToTheThreadThatWrites) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  auto log = open_log(test_options(dir.path()), disk);
  ASSERT_TRUE(writes_here(*log));
  disk.close_gate();
  Answers slow;
  log->append_all(appends(slow, log->size(), log->size() + 1), Written::kElsewhere);
  disk.wait_for_one_at_gate();
  std::this_thread::sleep_for(std::chrono::milliseconds(3));  // is what makes it slow
  Answers behind;
  log->append_all(appends(behind, log->size() + 1, log->size() + 2), Written::kHereIfQuick);
  EXPECT_EQ(behind.answered(), 0u);  // and it did not wait for the disk
  disk.open_gate();
  slow.wait_all();
  behind.wait_all();
  EXPECT_TRUE(writes_here(*log));
}

TEST(WriteHere, LeavesManyRecordsToTheThreadThatWrites) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  auto log = open_log(test_options(dir.path()), disk);
  ASSERT_TRUE(writes_here(*log));
  const std::uint64_t before = log->size();
  disk.close_gate();
  Answers answers;
  log->append_all(appends(answers, before, before + 64), Written::kHereIfQuick);
  disk.open_gate();
  answers.wait_all();
  for (std::uint64_t i = 0; i < 64; ++i) EXPECT_EQ(answers[i]->index, before + i);
}

TEST(WriteHere, RollsSegmentsOnTheThreadThatWrites) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  while (log->size() < 3000) {  // several segments
    const std::uint64_t first = log->size();
    Answers answers;
    log->append_all(appends(answers, first, first + 3), Written::kHereIfQuick);
    answers.wait_all();
    ASSERT_EQ(answers[2]->index, first + 2);
  }
  log.reset();
  const auto report = verify_directory(dir.path());
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok()) << report->what;
}

TEST(WriteHere, AFailureIsMendedByTheThreadThatWrites) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  auto log = open_log(test_options(dir.path()), disk);
  ASSERT_TRUE(writes_here(*log));
  const std::uint64_t before = log->size();
  disk.sync_error = EIO;
  Answers answers;
  log->append_all(appends(answers, before, before + 2), Written::kHereIfQuick);
  answers.wait_all();
  EXPECT_EQ(answers[0].error().reason, "ledger.unwritable");
  EXPECT_EQ(answers[1].error().reason, "ledger.unwritable");
  EXPECT_FALSE(log->writable());
  EXPECT_EQ(log->size(), before);
  disk.sync_error = 0;
  ASSERT_TRUE(eventually([&] { return log->writable(); }));
  EXPECT_TRUE(writes_here(*log));
  for (std::uint64_t i = 0; i < log->size(); ++i) EXPECT_EQ(log->read(i)->record, numbered(i));
}

TEST(WriteHere, KeepsTheOrderOfEachOfManyThreads) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  constexpr int kThreads = 4;
  constexpr int kEach = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&log, t] {
      const Written where = t % 2 == 0 ? Written::kHereIfQuick : Written::kElsewhere;
      for (int i = 0; i < kEach; ++i) {
        Answers answers;
        std::vector<ports::Append> one;
        one.push_back({ports::Entry(std::to_string(t) + " " + std::to_string(i)), answers.expect(),
                       i % 3 == 0});
        log->append_all(std::move(one), where);
        answers.wait_all();
        EXPECT_TRUE(answers[0]);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<int> next(kThreads, 0);
  for (const std::string& record : all_records(*log)) {
    const int thread = record[0] - '0';
    EXPECT_EQ(record.substr(2), std::to_string(next[static_cast<std::size_t>(thread)]++));
  }
  EXPECT_EQ(log->size(), kThreads * kEach);
}

}  // namespace
}  // namespace ambit::ledger_file
