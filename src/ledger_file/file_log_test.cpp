#include "ledger_file/file_log.h"

#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/record.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/proofs.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

ledger::Checkpoint opened(const std::string& note) {
  auto checkpoint = ledger::open_checkpoint(note, test_verifier());
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  return *checkpoint;
}

TEST(FileLog, AppendsReadsAndKeepsAcrossReopening) {
  TempDir dir;
  {
    auto log = open_log(test_options(dir.path()));
    EXPECT_EQ(log->size(), 0u);
    EXPECT_TRUE(log->writable());
    EXPECT_EQ(log->why_not_writable(), "");
    const auto position = append_one(*log, numbered(0));
    ASSERT_TRUE(position);
    EXPECT_EQ(position->index, 0u);
    EXPECT_EQ(position->leaf_hash, ledger::leaf_hash(numbered(0)));
    append_numbered(*log, 1, 10);
    EXPECT_EQ(log->size(), 10u);
    EXPECT_EQ(log->read(7)->record, numbered(7));
    EXPECT_EQ(log->read(10).error().reason, "ledger.no_such_entry");
  }
  auto log = open_log(test_options(dir.path()));
  EXPECT_EQ(all_records(*log).size(), 10u);
  append_numbered(*log, 10, 12);
  EXPECT_EQ(log->read(11)->record, numbered(11));
}

TEST(FileLog, ScansFromAnyEntryAndStopsWhenTold) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  append_numbered(*log, 0, 3000, 100);  // several segments
  for (const std::uint64_t from : {0u, 1u, 255u, 256u, 1700u, 2999u, 3000u, 4000u}) {
    std::uint64_t next = from;
    ASSERT_TRUE(log->scan(from, [&](const ports::EntryView& entry) {
      EXPECT_EQ(entry.index, next);
      EXPECT_EQ(entry.record, numbered(entry.index, 100));
      ++next;
      return true;
    }));
    EXPECT_EQ(next, std::max<std::uint64_t>(from, 3000));
  }
  int seen = 0;
  ASSERT_TRUE(log->scan(5, [&](const ports::EntryView&) { return ++seen < 3; }));
  EXPECT_EQ(seen, 3);
}

TEST(FileLog, AnswersOnlyAfterTheSync) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  auto log = open_log(test_options(dir.path()), disk);
  disk.close_gate();
  Answers answers;
  log->append("first", answers.expect());
  // The record reaches the file, and still nobody is told.
  ASSERT_TRUE(eventually(
      [&] { return slurp(dir / "segments/000000000000.seg").find("first") != std::string::npos; }));
  EXPECT_EQ(answers.answered(), 0u);
  EXPECT_EQ(log->size(), 0u);
  EXPECT_EQ(log->read(0).error().reason, "ledger.no_such_entry");
  disk.open_gate();
  answers.wait(1);
  EXPECT_TRUE(answers[0]);
}

TEST(FileLog, WritesTogetherWhatWaitsTogether) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  auto log = open_log(test_options(dir.path()), disk);
  const int before = disk.syncs;
  disk.close_gate();
  Answers answers;
  for (int i = 0; i < 100; ++i)
    log->append(numbered(static_cast<std::uint64_t>(i)), answers.expect());
  disk.open_gate();
  answers.wait_all();
  EXPECT_LE(disk.syncs - before, 2);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(answers[i]->index, i);
}

TEST(FileLog, RefusesRecordsThatAreNoEntry) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  EXPECT_EQ(append_one(*log, "").error().reason, "ledger.record_too_large");
  EXPECT_EQ(append_one(*log, std::string(65536, 'x')).error().reason, "ledger.record_too_large");
  EXPECT_EQ(log->append_reserved(std::string(65536, 'x'), {}).error().reason,
            "ledger.record_too_large");
  const std::string largest(65535, 'x');
  EXPECT_TRUE(append_one(*log, largest));
  EXPECT_EQ(log->read(0)->record, largest);
}

TEST(FileLog, KeepsWhatStandsBesideARecordOutOfTheTree) {
  TempDir dir;
  FileLogOptions options = test_options(dir.path());
  options.segment_bytes = 1u << 20;
  std::string note;
  {
    auto log = open_log(options);
    Answers answers;
    log->append({numbered(0), std::string("\0encrypted\xff", 11)}, answers.expect());
    log->append(numbered(1), answers.expect());
    log->append({numbered(2), std::string(ledger::kMaxBesideBytes, 'b')}, answers.expect());
    ASSERT_TRUE(log->append_reserved({numbered(3), "reserved"}, answers.expect()));
    answers.wait_all();
    log->append({numbered(4), std::string(ledger::kMaxBesideBytes + 1, 'b')}, answers.expect());
    EXPECT_EQ(answers[4].error().reason, "ledger.record_too_large");
    EXPECT_EQ(answers[2]->leaf_hash, ledger::leaf_hash(numbered(2)));
    note = *log->seal();
  }
  auto log = open_log(options);
  EXPECT_EQ(*log->read(0), ports::Entry(numbered(0), std::string("\0encrypted\xff", 11)));
  EXPECT_EQ(*log->read(1), ports::Entry(numbered(1)));
  std::vector<std::size_t> beside;
  ASSERT_TRUE(log->scan(0, [&](const ports::EntryView& entry) {
    EXPECT_EQ(entry.record, numbered(entry.index));
    beside.push_back(entry.beside.size());
    return true;
  }));
  EXPECT_EQ(beside, (std::vector<std::size_t>{11, 0, ledger::kMaxBesideBytes, 8}));
  ledger::Frontier records_alone;
  for (std::uint64_t i = 0; i < 4; ++i) records_alone.append(ledger::leaf_hash(numbered(i)));
  EXPECT_EQ(ledger::open_checkpoint(note, test_verifier())->root, records_alone.root());
}

TEST(FileLog, FindsDamageBesideARecord) {
  TempDir dir;
  {
    auto log = open_log(test_options(dir.path()));
    Answers answers;
    log->append({numbered(0), "precious ciphertext"}, answers.expect());
    answers.wait_all();
  }
  const std::string path = dir / "segments/000000000000.seg";
  std::string segment = slurp(path);
  segment[segment.find("ciphertext")] = 'X';
  spill(path, segment);
  const auto report = verify_directory(dir.path());
  ASSERT_TRUE(report);
  EXPECT_EQ(report->first_bad_index, 0u) << report->what;
  EXPECT_EQ(FileLog::open(test_options(dir.path()), test_key()).error().reason, "ledger.corrupt");
}

TEST(FileLog, RefusesAnEntryThatNoSegmentTakes) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));  // segments of 128 KiB, 32 of them reserved
  Answers answers;
  log->append({numbered(0), std::string(100'000, 'b')}, answers.expect());
  EXPECT_EQ(answers[0].error().reason, "ledger.record_too_large");
  log->append({numbered(0), std::string(90'000, 'b')}, answers.expect());
  log->append({numbered(1), std::string(90'000, 'c')}, answers.expect());
  answers.wait_all();
  EXPECT_EQ(answers[2]->index, 1u);
}

TEST(FileLog, AnswersUnderACheckpointWhereThatIsAskedFor) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));  // by itself it would seal in an hour
  for (std::uint64_t i = 0; i < 5; ++i) {
    ports::Entry entry(numbered(i));
    entry.sealed = true;
    Answers answers;
    log->append(std::move(entry), answers.expect());
    answers.wait_all();
    ASSERT_TRUE(answers[0]) << answers[0].error().message;
    EXPECT_EQ(answers[0]->index, i);
    EXPECT_GT(ledger::open_checkpoint(log->latest_checkpoint(), test_verifier())->size, i);
  }
}

TEST(FileLog, RefusesWhatAskedForACheckpointThatCannotBeMade) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = "checkpoint";
  auto log = open_log(test_options(dir.path()), disk);
  disk.sync_error = EIO;
  ports::Entry entry(numbered(0));
  entry.sealed = true;
  Answers answers;
  log->append(std::move(entry), answers.expect());
  answers.wait_all();
  EXPECT_EQ(answers[0].error().reason, "ledger.unwritable");
  EXPECT_EQ(log->size(), 1u);
  disk.sync_error = 0;
  ASSERT_TRUE(eventually([&] { return log->writable(); }));
}

TEST(FileLog, RefusesMoreThanItsQueueHolds) {
  TempDir dir;
  FaultyDisk disk;
  disk.only = ".seg";
  FileLogOptions options = test_options(dir.path());
  options.max_queued = 3;
  options.max_queued_bytes = 1000;
  auto log = open_log(options, disk);
  disk.close_gate();
  Answers answers;
  log->append("in the hands of the disk", answers.expect());
  ASSERT_TRUE(eventually(
      [&] { return slurp(dir / "segments/000000000000.seg").find("hands") != std::string::npos; }));
  log->append(std::string(1000, 'a'), answers.expect());
  log->append("too many bytes", answers.expect());
  ASSERT_EQ(answers.answered(), 1u);
  EXPECT_EQ(answers[2].error().reason, "ledger.queue_full");
  EXPECT_TRUE(log->append_reserved("always", answers.expect()));
  disk.open_gate();
  answers.wait_all();
  EXPECT_TRUE(answers[1]);
  EXPECT_TRUE(answers[3]);

  disk.close_gate();
  Answers more;
  log->append("in the hands again", more.expect());
  ASSERT_TRUE(eventually(
      [&] { return slurp(dir / "segments/000000000000.seg").find("again") != std::string::npos; }));
  for (int i = 0; i < 4; ++i) log->append("x", more.expect());
  EXPECT_EQ(more.answered(), 1u);
  EXPECT_EQ(more[4].error().reason, "ledger.queue_full");
  disk.open_gate();
  more.wait_all();
}

TEST(FileLog, KeepsTheOrderOfEachOfManyThreads) {
  TempDir dir;
  constexpr int kThreads = 8;
  constexpr int kEach = 400;
  {
    FileLogOptions options = test_options(dir.path());
    options.checkpoint_interval = Duration{2};
    auto log = open_log(options);
    std::atomic<int> acknowledged{0};
    std::atomic<bool> done{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          log->append(std::to_string(t) + ":" + std::to_string(i) + std::string(200, '.'),
                      [&](Result<ports::Position> result) { acknowledged += result ? 1 : 0; });
        }
      });
    }
    std::thread reader([&] {
      while (!done) {
        const std::uint64_t size = log->size();
        if (size > 0) {
          EXPECT_TRUE(log->read(size - 1)) << size;
        }
        EXPECT_TRUE(log->scan(size / 2, [](const ports::EntryView&) { return true; }));
        EXPECT_FALSE(log->latest_checkpoint().empty());
        EXPECT_TRUE(log->writable());
      }
    });
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(eventually([&] { return acknowledged == kThreads * kEach; }));
    done = true;
    reader.join();
  }
  auto log = open_log(test_options(dir.path()));
  std::vector<int> next(kThreads, 0);
  for (const std::string& record : all_records(*log)) {
    const int thread = record[0] - '0';
    EXPECT_EQ(std::stoi(record.substr(2)), next[static_cast<std::size_t>(thread)]++);
  }
  EXPECT_EQ(next, std::vector<int>(kThreads, kEach));
  const auto report = verify_directory(dir.path());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << report->what;
  EXPECT_EQ(report->entries, static_cast<std::uint64_t>(kThreads * kEach));
}

TEST(FileLog, SealsWithinItsIntervalAndWhenAskedAndAtTheEnd) {
  TempDir dir;
  {
    FileLogOptions options = test_options(dir.path());
    options.checkpoint_interval = Duration{20};
    auto log = open_log(options);
    EXPECT_EQ(opened(log->latest_checkpoint()).size, 0u);
    append_numbered(*log, 0, 3);
    ASSERT_TRUE(eventually([&] { return opened(log->latest_checkpoint()).size == 3; }));
  }
  ledger::Frontier tree;
  for (std::uint64_t i = 0; i < 3; ++i) tree.append(ledger::leaf_hash(numbered(i)));
  {
    auto log = open_log(test_options(dir.path()));
    append_numbered(*log, 3, 600);
    for (std::uint64_t i = 3; i < 600; ++i) tree.append(ledger::leaf_hash(numbered(i)));
    const auto note = log->seal();
    ASSERT_TRUE(note) << note.error().message;
    EXPECT_EQ(opened(*note), (ledger::Checkpoint{"example.com/log", 600, tree.root()}));
    EXPECT_EQ(slurp(dir / "checkpoint"), *note);
    append_numbered(*log, 600, 601);
  }
  EXPECT_EQ(opened(slurp(dir / "checkpoint")).size, 601u);
}

TEST(FileLog, ProvesInclusionAndConsistencyFromItsTiles) {
  TempDir dir;
  std::vector<std::string> notes;
  {
    auto log = open_log(test_options(dir.path()));
    for (const std::uint64_t size : {10u, 300u, 1000u}) {
      append_numbered(*log, log->size(), size);
      notes.push_back(*log->seal());
    }
  }
  const ledger::Checkpoint newest = opened(notes.back());
  for (const std::uint64_t index : {0u, 255u, 256u, 999u}) {
    const auto proof = prove_inclusion(dir.path(), index, 1000);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(ledger::verify_inclusion(index, 1000, ledger::leaf_hash(numbered(index)), *proof,
                                         newest.root));
  }
  for (const std::string& note : notes) {
    const ledger::Checkpoint older = opened(note);
    const auto proof = prove_consistency(dir.path(), older.size, 1000);
    ASSERT_TRUE(proof) << proof.error().message;
    EXPECT_TRUE(ledger::verify_consistency(older.size, older.root, 1000, newest.root, *proof));
  }
  EXPECT_EQ(prove_inclusion(dir.path(), 0, 1001).error().reason, "ledger.no_such_entry");
}

TEST(FileLog, RebuildsTilesAndIndexesFromTheEntries) {
  TempDir dir;
  {
    auto log = open_log(test_options(dir.path()));
    append_numbered(*log, 0, 3000, 100);
  }
  ASSERT_TRUE(std::filesystem::exists(dir / "segments/000000000000.idx"));
  const std::string tile = slurp(dir / "tile/0/005");
  ASSERT_EQ(tile.size(), 8192u);
  std::filesystem::remove_all(dir / "tile");
  std::filesystem::remove(dir / "segments/000000000000.idx");
  spill(dir / "segments/000000000001.idx", "not an index");
  {
    auto log = open_log(test_options(dir.path()));
    ASSERT_EQ(all_records(*log).size(), 3000u);
    EXPECT_EQ(log->read(1234)->record, numbered(1234, 100));
  }
  EXPECT_EQ(slurp(dir / "tile/0/005"), tile);
  const auto report = verify_directory(dir.path());
  EXPECT_TRUE(report->ok()) << report->what;
  EXPECT_TRUE(std::filesystem::exists(dir / "segments/000000000000.idx"));
}

TEST(FileLog, RefusesASecondProcessAndNamesTheFirst) {
  TempDir dir;
  auto log = open_log(test_options(dir.path()));
  const auto second = FileLog::open(test_options(dir.path()), test_key());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "ledger.locked");
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message;
  log.reset();
  EXPECT_TRUE(FileLog::open(test_options(dir.path()), test_key()));
}

TEST(FileLog, RefusesAnotherKey) {
  TempDir dir;
  open_log(test_options(dir.path()));
  const auto other = FileLog::open(test_options(dir.path()), test_key('x'));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().reason, "ledger.wrong_key");
  EXPECT_EQ(slurp(dir / "ledger.pub"), test_verifier().to_text() + "\n");
}

TEST(FileLog, RefusesALedgerFromTheFutureOrThePast) {
  TempDir dir;
  open_log(test_options(dir.path()));
  std::string segment = slurp(dir / "segments/000000000000.seg");
  for (const char version : {'\1', '\3'}) {
    segment[8] = version;
    spill(dir / "segments/000000000000.seg", segment);
    const auto other = FileLog::open(test_options(dir.path()), test_key());
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().reason, "ledger.version");
    EXPECT_NE(other.error().message.find("format version " + std::to_string(version)),
              std::string::npos)
        << other.error().message;
    EXPECT_EQ(verify_directory(dir.path()).error().reason, "ledger.version");
  }
}

TEST(FileLog, RefusesOptionsThatCannotWork) {
  TempDir dir;
  const auto refused = [&](auto change) {
    FileLogOptions options = test_options(dir.path());
    change(options);
    const auto log = FileLog::open(options, test_key());
    EXPECT_FALSE(log);
    return log ? "" : log.error().reason;
  };
  EXPECT_EQ(refused([](FileLogOptions& o) { o.directory = ""; }), "ledger.options");
  EXPECT_EQ(refused([](FileLogOptions& o) { o.segment_bytes = 90000; }), "ledger.options");
  EXPECT_EQ(refused([](FileLogOptions& o) { o.segment_bytes = 2ull << 30; }), "ledger.options");
  EXPECT_EQ(refused([](FileLogOptions& o) { o.max_queued = 0; }), "ledger.options");
  EXPECT_EQ(refused([](FileLogOptions& o) { o.origin = "two words"; }), "note.key");
  EXPECT_EQ(refused([](FileLogOptions& o) { o.directory = "/proc/nowhere"; }), "ledger.io");
}

TEST(FileLog, AnswersEverythingBeforeItIsGone) {
  TempDir dir;
  Answers answers;
  {
    auto log = open_log(test_options(dir.path()));
    for (std::uint64_t i = 0; i < 500; ++i) log->append(numbered(i), answers.expect());
  }
  EXPECT_EQ(answers.answered(), 500u);
  for (std::size_t i = 0; i < 500; ++i) EXPECT_TRUE(answers[i]);
  EXPECT_EQ(open_log(test_options(dir.path()))->size(), 500u);
}

}  // namespace
}  // namespace ambit::ledger_file
