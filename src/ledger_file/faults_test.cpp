// What the log does when the disk fails, fills up, or lies.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include "ledger_file/file_log.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

// Appends until one is refused; returns how many were acknowledged.
std::uint64_t append_until_refused(FileLog& log, std::size_t length) {
  for (;;) {
    const std::uint64_t index = log.size();
    const auto result = append_one(log, numbered(index, length));
    if (!result) {
      EXPECT_EQ(result.error().reason, "ledger.unwritable");
      return index;
    }
  }
}

void expect_sound(const std::string& directory, std::uint64_t entries) {
  const auto report = verify_directory(directory);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok()) << report->what;
  EXPECT_EQ(report->entries, entries);
}

using Break = void (*)(FaultyDisk&);
class DiskFault : public testing::TestWithParam<std::pair<const char*, Break>> {};

TEST_P(DiskFault, RefusesUntilItHasRecoveredByItself) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "segments";
  {
    auto log = open_log(test_options(dir.path()), disk);
    append_numbered(*log, 0, 5);
    GetParam().second(disk);
    const auto refused = append_one(*log, "never acknowledged");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "ledger.unwritable");
    EXPECT_EQ(refused.error().code, Code::kUnavailable);
    EXPECT_FALSE(log->writable());
    EXPECT_NE(log->why_not_writable(), "");
    EXPECT_EQ(append_one(*log, "neither").error().reason, "ledger.unwritable");
    EXPECT_EQ(log->size(), 5u);
    EXPECT_EQ(log->read(4)->record, numbered(4));
    disk.write_error = 0;
    disk.sync_error = 0;
    ASSERT_TRUE(eventually([&] { return log->writable(); }));
    EXPECT_EQ(log->why_not_writable(), "");
    append_numbered(*log, 5, 8);
  }
  EXPECT_EQ(slurp(dir / "segments/000000000000.seg").find("never"), std::string::npos);
  expect_sound(dir.path(), 8);
  auto log = open_log(test_options(dir.path()));
  for (std::uint64_t i = 0; i < 8; ++i) EXPECT_EQ(log->read(i)->record, numbered(i));
}

INSTANTIATE_TEST_SUITE_P(
    Disk, DiskFault,
    testing::Values(
        std::pair<const char*, Break>{"WriteFails", [](FaultyDisk& d) { d.write_error = EIO; }},
        std::pair<const char*, Break>{"WriteFailsHalfWay",
                                      [](FaultyDisk& d) {
                                        d.short_writes = true;
                                        d.writes_before_error = 2;
                                        d.write_error = EIO;
                                      }},
        std::pair<const char*, Break>{"WriteFindsNoSpace",
                                      [](FaultyDisk& d) { d.write_error = ENOSPC; }},
        std::pair<const char*, Break>{"SyncFails", [](FaultyDisk& d) { d.sync_error = EIO; }}),
    [](const auto& instance) { return instance.param.first; });

TEST(DiskTrouble, ShortWritesAreContinued) {
  TempDir dir;
  FaultyDisk disk;
  disk.short_writes = true;
  {
    auto log = open_log(test_options(dir.path()), disk);
    append_numbered(*log, 0, 50, 300);
  }
  expect_sound(dir.path(), 50);
}

TEST(DiskTrouble, RefusesWhatWaitedBehindAFailedSync) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  auto log = open_log(test_options(dir.path()), disk);
  disk.close_gate();
  disk.sync_error = EIO;
  Answers answers;
  for (std::uint64_t i = 0; i < 20; ++i) log->append(numbered(i), answers.expect());
  disk.open_gate();
  answers.wait_all();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(answers[i].error().reason, "ledger.unwritable");
  EXPECT_EQ(log->size(), 0u);
}

TEST(DiskFull, RefusesWhenNoNewSegmentCanBeMadeAndGoesOnWhenSpaceReturns) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "next.tmp";
  std::uint64_t acknowledged = 0;
  {
    auto log = open_log(test_options(dir.path()), disk);
    disk.allocate_error = ENOSPC;
    acknowledged = append_until_refused(*log, 500);
    EXPECT_GT(acknowledged, 150u);  // 96 KiB of frames before the reserve
    EXPECT_FALSE(log->writable());
    EXPECT_NE(log->why_not_writable().find("No space left"), std::string::npos)
        << log->why_not_writable();
    disk.allocate_error = 0;
    ASSERT_TRUE(eventually([&] { return log->writable(); }));
    append_numbered(*log, acknowledged, acknowledged + 10);
  }
  expect_sound(dir.path(), acknowledged + 10);
}

TEST(DiskFull, RealFileSystemFillsUpAndIsMended) {
  TempDir dir;
  const std::string mounted = dir / "small";
  std::filesystem::create_directory(mounted);
  if (::mount("tmpfs", mounted.c_str(), "tmpfs", 0, "size=600k,mode=700") != 0) {
    GTEST_SKIP() << "needs the right to mount a file system";
  }
  const std::string ballast = mounted + "/ballast";
  std::uint64_t acknowledged = 0;
  {
    auto log = open_log(test_options(mounted + "/ledger"));
    spill(ballast, std::string(64 * 1024, 'b'));
    acknowledged = append_until_refused(*log, 500);
    EXPECT_FALSE(log->writable());
    std::filesystem::remove(ballast);
    ASSERT_EQ(::mount("tmpfs", mounted.c_str(), "tmpfs", MS_REMOUNT, "size=4m"), 0);
    ASSERT_TRUE(eventually([&] { return log->writable(); })) << log->why_not_writable();
    append_numbered(*log, acknowledged, acknowledged + 100, 500);
  }
  expect_sound(mounted + "/ledger", acknowledged + 100);
  ::umount(mounted.c_str());
}

TEST(Reserve, TakesReservedRecordsWhileTheDiskIsFull) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "next.tmp";
  std::uint64_t acknowledged = 0;
  {
    auto log = open_log(test_options(dir.path()), disk);
    disk.allocate_error = ENOSPC;
    acknowledged = append_until_refused(*log, 500);
    Answers answers;
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(log->append_reserved("revoked " + std::to_string(i), answers.expect()));
    }
    answers.wait_all();  // durable, although the disk is still full
    for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(answers[i]->index, acknowledged + i);
    EXPECT_FALSE(log->writable());
  }
  expect_sound(dir.path(), acknowledged + 50);
  auto log = open_log(test_options(dir.path()));
  EXPECT_EQ(log->read(acknowledged + 49)->record, "revoked 49");
  append_numbered(*log, acknowledged + 50, acknowledged + 60, 500);
}

TEST(Reserve, IsNotUsedWhileThereIsRoom) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  Answers answers;
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(
        log->append_reserved(numbered(static_cast<std::uint64_t>(i), 400), answers.expect()));
  }
  answers.wait_all();
  const std::string first = slurp(dir / "segments/000000000000.seg");
  EXPECT_LE(first.find_last_not_of('\0'), (128u - 32u) * 1024u);
  EXPECT_TRUE(std::filesystem::exists(dir / "segments/000000000001.seg"));
}

TEST(Reserve, HoldsReservedRecordsInMemoryWhileNothingCanBeWritten) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "segments";
  FileLogOptions options = test_options(dir.path());
  options.max_reserved = 10;
  auto log = open_log(options, disk);
  append_numbered(*log, 0, 2);
  disk.sync_error = EIO;
  Answers answers;
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(log->append_reserved("killed " + std::to_string(i), answers.expect()));
  }
  EXPECT_EQ(log->append_reserved("one too many", answers.expect()).error().reason,
            "ledger.reserve_full");
  answers.wait(1);
  EXPECT_EQ(answers[10].error().reason, "ledger.reserve_full");
  ASSERT_TRUE(eventually([&] { return !log->writable(); }));
  EXPECT_EQ(append_one(*log, "ordinary").error().reason, "ledger.unwritable");
  EXPECT_EQ(answers.answered(), 1u);
  disk.sync_error = 0;
  answers.wait_all();
  for (std::size_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(answers[i]) << answers[i].error().message;
    EXPECT_EQ(answers[i]->index, 2 + i);
  }
  EXPECT_EQ(log->read(11)->record, "killed 9");
  ASSERT_TRUE(eventually([&] { return log->writable(); }));
  append_numbered(*log, 12, 14);
}

TEST(Reserve, HoldsInMemoryWhatTheReserveHasNoRoomFor) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "next.tmp";
  auto log = open_log(test_options(dir.path()), disk);
  disk.allocate_error = ENOSPC;
  const std::uint64_t acknowledged = append_until_refused(*log, 500);
  Answers answers;
  for (std::uint64_t i = 0; i < 120; ++i) {  // about 60 KiB into 32 KiB and what was left
    ASSERT_TRUE(log->append_reserved(numbered(acknowledged + i, 500), answers.expect()));
  }
  answers.wait(50);
  EXPECT_LT(answers.answered(), 120u);
  disk.allocate_error = 0;
  answers.wait_all();
  for (std::uint64_t i = 0; i < 120; ++i) EXPECT_EQ(answers[i]->index, acknowledged + i);
}

TEST(Reserve, AnswersWhatCouldNeverBeWrittenWhenTheLogCloses) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "segments";
  Answers answers;
  {
    auto log = open_log(test_options(dir.path()), disk);
    disk.write_error = EIO;
    EXPECT_TRUE(log->append_reserved("killed", answers.expect()));
    ASSERT_TRUE(eventually([&] { return !log->writable(); }));
  }
  ASSERT_EQ(answers.answered(), 1u);
  EXPECT_EQ(answers[0].error().reason, "ledger.closed");
}

TEST(CheckpointFault, MakesTheLogUnwritableUntilItCanSealAgain) {
  for (const char* file : {"/tile/", "checkpoint"}) {
    TempDir dir;
    FaultyDisk disk;
    disk.only = file;
    {
      auto log = open_log(test_options(dir.path()), disk);
      disk.write_error = ENOSPC;
      append_numbered(*log, 0, 3);
      const auto sealed = log->seal();
      ASSERT_FALSE(sealed) << file;
      EXPECT_EQ(sealed.error().reason, "ledger.unwritable");
      EXPECT_FALSE(log->writable());
      EXPECT_EQ(append_one(*log, "refused").error().reason, "ledger.unwritable");
      Answers answers;
      EXPECT_TRUE(log->append_reserved("revoked", answers.expect()));
      answers.wait_all();
      EXPECT_EQ(answers[0]->index, 3u);
      disk.write_error = 0;
      ASSERT_TRUE(eventually([&] { return log->writable(); }));
      append_numbered(*log, 4, 6);
    }
    expect_sound(dir.path(), 6);
  }
}

}  // namespace
}  // namespace ambit::ledger_file
