// What the log makes of files that a crash, a bad disk or somebody else left behind.
#include <algorithm>
#include <cstring>
#include <gtest/gtest.h>

#include "ledger_file/internal/checkpoint_files.h"
#include "ledger_file/internal/segment.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

constexpr const char* kFirstSegment = "/segments/000000000000.seg";

// The smallest segment there is, so that thousands of copies are quick.
FileLogOptions tiny_options(const std::string& directory) {
  FileLogOptions options = test_options(directory);
  options.segment_bytes = 66 * 1024;
  options.reserve_bytes = 0;
  return options;
}

// A ledger as a crash leaves it: `sealed` entries behind a checkpoint, then more, no clean end.
void crashed_ledger(const std::string& directory, const std::string& scratch, std::uint64_t sealed,
                    std::uint64_t entries, bool apart = true) {
  auto log = open_log(tiny_options(scratch));
  append_numbered(*log, 0, sealed);
  ASSERT_TRUE(log->seal());
  append_numbered(*log, sealed, entries, 0, apart);
  copy_directory(scratch, directory);
}

// Ends of the frames in a segment's bytes.
std::vector<std::size_t> frame_ends(const std::string& segment) {
  std::vector<std::size_t> ends{internal::kSegmentHeaderBytes};
  for (;;) {
    std::uint32_t length = 0;
    std::memcpy(&length, &segment[ends.back()], sizeof length);
    if (length == 0) return ends;
    ends.push_back(ends.back() + internal::kFrameHeaderBytes + length);
  }
}

void expect_entries(const std::string& directory, std::uint64_t count, const std::string& where) {
  auto log = FileLog::open(tiny_options(directory), test_key());
  ASSERT_TRUE(log) << where << ": " << log.error().message;
  ASSERT_EQ((*log)->size(), count) << where;
  for (std::uint64_t i = 0; i < count; ++i)
    ASSERT_EQ((*log)->read(i)->record, numbered(i)) << where;
  ASSERT_EQ(append_one(**log, numbered(count))->index, count) << where;
}

Error open_error(const std::string& directory) {
  auto log = FileLog::open(tiny_options(directory), test_key());
  EXPECT_FALSE(log);
  return log ? Error{} : log.error();
}

class Recovery : public testing::Test {
 protected:
  TempDir dir_;
  std::string live_ = dir_ / "live";
  std::string crashed_ = dir_ / "crashed";
  std::string copy_ = dir_ / "copy";
};

TEST_F(Recovery, DropsATornEndWhereverItWasCut) {
  crashed_ledger(crashed_, live_, 3, 6);
  const std::string segment = slurp(crashed_ + kFirstSegment);
  const std::vector<std::size_t> ends = frame_ends(segment);
  ASSERT_EQ(ends.size(), 7u);
  for (std::size_t cut = ends[3]; cut <= ends[6]; ++cut) {
    const auto whole = static_cast<std::uint64_t>(std::upper_bound(ends.begin(), ends.end(), cut) -
                                                  ends.begin() - 1);
    const std::string where = "cut at " + std::to_string(cut);
    copy_directory(crashed_, copy_);
    spill(copy_ + kFirstSegment, segment.substr(0, cut));  // the file ends
    expect_entries(copy_, whole, where);
    EXPECT_TRUE(verify_directory(copy_)->ok()) << where << verify_directory(copy_)->what;

    copy_directory(crashed_, copy_);
    std::string zeroed = segment;  // the rest of the file was never written
    std::fill(zeroed.begin() + static_cast<std::ptrdiff_t>(cut), zeroed.end(), '\0');
    spill(copy_ + kFirstSegment, zeroed);
    expect_entries(copy_, whole, where);
  }
}

TEST_F(Recovery, DropsATornEndWithAnyOneByteWrong) {
  crashed_ledger(crashed_, live_, 3, 5);
  const std::string segment = slurp(crashed_ + kFirstSegment);
  const std::vector<std::size_t> ends = frame_ends(segment);
  for (std::size_t at = ends[4]; at < ends[5]; ++at) {
    copy_directory(crashed_, copy_);
    std::string changed = segment;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    spill(copy_ + kFirstSegment, changed);
    expect_entries(copy_, 4, "byte " + std::to_string(at));
    ASSERT_TRUE(verify_directory(copy_)->ok()) << at;
  }
}

TEST_F(Recovery, LeavesNothingOfATornEndBehind) {
  crashed_ledger(crashed_, live_, 0, 2);
  std::string segment = slurp(crashed_ + kFirstSegment);
  segment.replace(frame_ends(segment).back() + 500, 7, "garbage");
  spill(crashed_ + kFirstSegment, segment);
  expect_entries(crashed_, 2, "garbage behind the end");
  EXPECT_EQ(slurp(crashed_ + kFirstSegment).find("garbage"), std::string::npos);
}

// The blocks of one write may reach the disk in any order.
TEST_F(Recovery, DropsAWriteOfWhichOnlyLaterBlocksArrived) {
  FaultyDisk disk;
  disk.only = ".seg";
  {
    auto log = open_log(tiny_options(live_), disk);
    append_numbered(*log, 0, 3);
    ASSERT_TRUE(log->seal());
    disk.close_gate();
    Answers answers;
    log->append("holds up the others", answers.expect());
    ASSERT_TRUE(eventually(
        [&] { return slurp(live_ + kFirstSegment).find("holds up") != std::string::npos; }));
    for (std::uint64_t i = 4; i < 8; ++i) log->append(numbered(i), answers.expect());
    disk.open_gate();
    answers.wait_all();
    copy_directory(live_, crashed_);
  }
  std::string segment = slurp(crashed_ + kFirstSegment);
  const std::vector<std::size_t> ends = frame_ends(segment);
  std::fill(segment.begin() + static_cast<std::ptrdiff_t>(ends[4]),
            segment.begin() + static_cast<std::ptrdiff_t>(ends[5]), '\0');
  spill(crashed_ + kFirstSegment, segment);
  auto log = open_log(tiny_options(crashed_));
  EXPECT_EQ(log->size(), 4u);
}

TEST_F(Recovery, RefusesDamageBeforeEntriesThatWereWrittenLater) {
  crashed_ledger(crashed_, live_, 2, 6);
  const std::string segment = slurp(crashed_ + kFirstSegment);
  const std::vector<std::size_t> ends = frame_ends(segment);
  for (std::size_t at = ends[3]; at < ends[4]; ++at) {
    copy_directory(crashed_, copy_);
    std::string changed = segment;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    spill(copy_ + kFirstSegment, changed);
    const Error error = open_error(copy_);
    ASSERT_EQ(error.reason, "ledger.corrupt") << at;
    ASSERT_NE(error.message.find("entry 3 "), std::string::npos) << error.message;
    ASSERT_EQ(slurp(copy_ + kFirstSegment), changed) << "a refused ledger was written to";
    const auto report = verify_directory(copy_);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->first_bad_index, 3u) << report->what;
  }
}

TEST_F(Recovery, RefusesToLoseWhatACheckpointCovers) {
  crashed_ledger(crashed_, live_, 4, 4);
  const std::string segment = slurp(crashed_ + kFirstSegment);
  const std::size_t cut = frame_ends(segment)[3];
  spill(crashed_ + kFirstSegment, segment.substr(0, cut + 5));
  const Error error = open_error(crashed_);
  EXPECT_EQ(error.reason, "ledger.corrupt");
  EXPECT_NE(error.message.find("entry 3 "), std::string::npos) << error.message;
  std::filesystem::remove(crashed_ + kFirstSegment);
  EXPECT_NE(open_error(crashed_).message.find("entry 0 "), std::string::npos);
}

TEST_F(Recovery, RefusesDamageInAnOlderSegment) {
  {
    auto log = open_log(tiny_options(live_));
    append_numbered(*log, 0, 400, 500);
  }
  ASSERT_TRUE(std::filesystem::exists(live_ + "/segments/000000000002.seg"));
  std::string segment = slurp(live_ + kFirstSegment);
  segment[frame_ends(segment)[20] + 100] ^= 1;
  spill(live_ + kFirstSegment, segment);
  {
    // With the index in place the segment is not read at open; reading the entry finds it.
    auto log = open_log(tiny_options(live_));
    EXPECT_EQ(log->read(20).error().reason, "ledger.corrupt");
    EXPECT_EQ(log->read(300)->record, numbered(300, 500));
  }
  std::filesystem::remove(live_ + "/segments/000000000000.idx");
  const Error error = open_error(live_);
  EXPECT_EQ(error.reason, "ledger.corrupt");
  EXPECT_NE(error.message.find("entry 20 "), std::string::npos) << error.message;
  EXPECT_EQ(verify_directory(live_)->first_bad_index, 20u);
}

TEST_F(Recovery, RefusesSegmentsThatAreMissingOrExchanged) {
  {
    auto log = open_log(tiny_options(live_));
    append_numbered(*log, 0, 400, 500);
  }
  copy_directory(live_, copy_);
  std::filesystem::remove(copy_ + "/segments/000000000001.seg");
  EXPECT_EQ(open_error(copy_).reason, "ledger.corrupt");
  EXPECT_FALSE(verify_directory(copy_)->ok());
  copy_directory(live_, copy_);
  std::filesystem::rename(copy_ + kFirstSegment, copy_ + "/segments/swap");
  std::filesystem::rename(copy_ + "/segments/000000000001.seg", copy_ + kFirstSegment);
  std::filesystem::rename(copy_ + "/segments/swap", copy_ + "/segments/000000000001.seg");
  EXPECT_EQ(open_error(copy_).reason, "ledger.corrupt");
  EXPECT_EQ(verify_directory(copy_)->first_bad_index, 0u);
}

TEST_F(Recovery, RefusesEntriesThatTheCheckpointDoesNotCover) {
  crashed_ledger(crashed_, live_, 3, 3);
  std::filesystem::remove_all(crashed_ + "/tile");
  std::string bytes;
  for (std::uint64_t i = 0; i < 3; ++i) {
    internal::append_frame(bytes, i, 0, i == 1 ? "forged" : numbered(i));
  }
  std::string segment = slurp(crashed_ + kFirstSegment);
  segment.replace(internal::kSegmentHeaderBytes, bytes.size(), bytes);
  std::fill(
      segment.begin() + static_cast<std::ptrdiff_t>(internal::kSegmentHeaderBytes + bytes.size()),
      segment.end(), '\0');
  spill(crashed_ + kFirstSegment, segment);
  const Error error = open_error(crashed_);
  EXPECT_EQ(error.reason, "ledger.corrupt");
  EXPECT_NE(error.message.find("first 3 entries"), std::string::npos) << error.message;
}

TEST_F(Recovery, GoesOnAfterACrashBetweenTheTwoCheckpointFiles) {
  crashed_ledger(crashed_, live_, 3, 5);
  const std::string older = slurp(crashed_ + "/checkpoint");
  open_log(tiny_options(crashed_));  // seals 5
  ASSERT_NE(slurp(crashed_ + "/checkpoint"), older);
  spill(crashed_ + "/checkpoint", older);
  EXPECT_TRUE(verify_directory(crashed_)->ok());
  expect_entries(crashed_, 5, "older checkpoint");
  EXPECT_TRUE(verify_directory(crashed_)->ok()) << verify_directory(crashed_)->what;
}

TEST_F(Recovery, DropsAnUnfinishedNoteAtTheEndOfTheHistory) {
  crashed_ledger(crashed_, live_, 3, 5);
  const std::string history = slurp(crashed_ + "/checkpoints");
  const std::size_t second = history.find("\n\n\n") + 3;
  for (std::size_t cut = history.size() - 1; cut > second; --cut) {
    copy_directory(crashed_, copy_);
    const std::string torn = history + history.substr(second, cut - second);
    spill(copy_ + "/checkpoints", torn);
    ASSERT_FALSE(verify_directory(copy_)->ok()) << cut;
    expect_entries(copy_, 5, "history cut at " + std::to_string(cut));
    ASSERT_TRUE(verify_directory(copy_)->ok()) << verify_directory(copy_)->what;
  }
}

// Of a note that lies in two sectors the disk may have kept the second one alone.
TEST_F(Recovery, DropsANoteAtTheEndOfTheHistoryThatHasOnlyItsEnd) {
  crashed_ledger(crashed_, live_, 3, 5);
  const std::string history = slurp(crashed_ + "/checkpoints");
  const std::string note = history.substr(history.find("\n\n\n") + 3);
  for (std::size_t lost = 1; lost < note.size() - 3; ++lost) {
    copy_directory(crashed_, copy_);
    spill(copy_ + "/checkpoints", history + std::string(lost, '\0') + note.substr(lost));
    ASSERT_FALSE(verify_directory(copy_)->ok()) << lost;
    expect_entries(copy_, 5, "note without its first " + std::to_string(lost));
    ASSERT_TRUE(verify_directory(copy_)->ok()) << verify_directory(copy_)->what;
  }
  // Whoever edits a note that others have seen is not helped.
  copy_directory(crashed_, copy_);
  spill(copy_ + "/checkpoints", history.substr(0, history.size() - note.size()) + "x" + note);
  EXPECT_EQ(open_error(copy_).reason, "ledger.corrupt");
}

TEST_F(Recovery, RefusesCheckpointsThatDoNotBelongTogether) {
  crashed_ledger(crashed_, live_, 3, 5);
  const auto refused = [&](const std::function<void()>& change) {
    copy_directory(crashed_, copy_);
    change();
    return open_error(copy_).reason;
  };
  EXPECT_EQ(refused([&] { std::filesystem::remove(copy_ + "/checkpoints"); }), "ledger.corrupt");
  EXPECT_EQ(refused([&] {
              std::filesystem::remove(copy_ + "/checkpoint");
              std::filesystem::remove(copy_ + "/checkpoints");
            }),
            "ledger.corrupt");
  EXPECT_EQ(refused([&] { spill(copy_ + "/checkpoint", "nonsense\n"); }), "ledger.corrupt");
  EXPECT_EQ(refused([&] {
              std::string history = slurp(copy_ + "/checkpoints");
              history[history.size() - 10] ^= 1;
              spill(copy_ + "/checkpoints", history);
              spill(copy_ + "/checkpoint", history.substr(history.find("\n\n\n") + 3));
            }),
            "ledger.corrupt");
}

// Two crashes at the same place used to leave `checkpoint` two notes behind its history.
TEST_F(Recovery, MendsWhatACrashBetweenTheTwoCheckpointFilesLeft) {
  crashed_ledger(crashed_, live_, 0, 0);
  std::filesystem::remove(crashed_ + "/checkpoint");
  std::filesystem::remove(crashed_ + "/checkpoints");
  internal::FileOps disk;
  const auto note = [](const std::string& text) { return text + "\n\n— signed\n"; };
  {
    internal::CheckpointFiles files(crashed_, disk);
    ASSERT_TRUE(files.load());
    for (const char* text : {"one", "two", "three"}) ASSERT_TRUE(files.add(note(text)));
  }
  spill(crashed_ + "/checkpoint", note("two"));
  internal::CheckpointFiles files(crashed_, disk);
  EXPECT_EQ(files.load().value(), note("three"));
  EXPECT_EQ(slurp(crashed_ + "/checkpoint"), note("three"));
}

TEST_F(Recovery, StartsWhatACrashInterruptedAtTheVeryBeginning) {
  crashed_ledger(crashed_, live_, 0, 0);
  std::filesystem::remove(crashed_ + kFirstSegment);
  spill(crashed_ + "/segments/next.tmp", "half made");
  expect_entries(crashed_, 0, "no segment yet");
  copy_directory(live_, crashed_);
  std::filesystem::remove(crashed_ + kFirstSegment);
  std::filesystem::remove(crashed_ + "/checkpoint");
  const auto report = verify_directory(crashed_);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok()) << report->what;
  expect_entries(crashed_, 0, "no checkpoint yet");
  std::filesystem::remove_all(crashed_);
  std::filesystem::create_directory(crashed_);
  spill(crashed_ + "/ledger.pub", test_verifier().to_text() + "\n");
  expect_entries(crashed_, 0, "nothing but the key");
}

}  // namespace
}  // namespace ambit::ledger_file
