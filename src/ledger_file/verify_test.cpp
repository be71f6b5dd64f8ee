#include "ledger_file/verify.h"

#include <algorithm>
#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/tile.h"
#include "ledger_file/internal/segment.h"
#include "ledger_file/internal/test_support.h"

namespace ambit::ledger_file {
namespace {

constexpr const char* kSegment = "/segments/000000000000.seg";
constexpr std::uint64_t kEntries = 300;

// A closed ledger of 300 entries in one segment with checkpoints at 0, 100, 200 and 300, and what
// somebody with write access to its files can do to a copy.
class TamperedLedger : public testing::Test {
 protected:
  void SetUp() override {
    auto log = open_log(test_options(original_));
    for (const std::uint64_t size : {100u, 200u, 300u}) {
      append_numbered(*log, log->size(), size);
      auto note = log->seal();
      ASSERT_TRUE(note);
      notes_.push_back(*note);
    }
    log.reset();
    for (std::uint64_t i = 0; i < kEntries; ++i) records_.push_back(numbered(i));
    copy_directory(original_, copy_);
  }

  ledger::VerifyReport verify(const VerifyOptions& options = {}) const {
    auto report = verify_directory(copy_, options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : ledger::VerifyReport{};
  }
  // Writes the copy's segment anew with `records_`, all lengths, CRCs and indexes right.
  void rewrite_segment() const {
    std::string segment = slurp(original_ + kSegment);
    const std::size_t bytes = segment.size();
    segment.resize(internal::kSegmentHeaderBytes);
    for (std::uint64_t i = 0; i < records_.size(); ++i) {
      internal::append_frame(segment, i, 0, records_[i]);
    }
    segment.resize(bytes, '\0');
    spill(copy_ + kSegment, segment);
  }
  // Makes the stored hashes fit `records_`.
  void rewrite_tiles() const {
    ledger::TileBuilder builder;
    const auto write = [&](const ledger::TileId& id,
                           const std::vector<ledger::Hash>& hashes) -> Result<> {
      std::string bytes;
      for (const ledger::Hash& hash : hashes) bytes += hash.view();
      spill(copy_ + "/" + ledger::tile_path(id), bytes);
      return {};
    };
    for (const std::string& record : records_) {
      ASSERT_TRUE(builder.append(ledger::leaf_hash(record), write));
    }
    for (const ledger::TileId& id : ledger::partial_tiles(builder.size())) {
      ASSERT_TRUE(write(id, builder.partial(id.level)));
    }
  }
  // Flips one bit of byte `at` of a file of the copy, verifies, and puts it back.
  ledger::VerifyReport verify_with_flip(const std::string& file, std::size_t at) const {
    const std::string path = copy_ + "/" + file;
    std::string bytes = slurp(path);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x04);
    spill(path, bytes);
    const auto report = verify_directory(copy_);
    bytes[at] = static_cast<char>(bytes[at] ^ 0x04);
    spill(path, bytes);
    if (report) return *report;
    // A version of the future cannot be checked, which is no less of an alarm.
    EXPECT_EQ(report.error().reason, "ledger.version");
    ledger::VerifyReport out;
    out.what = report.error().message;
    return out;
  }

  TempDir dir_;
  std::string original_ = dir_ / "original";
  std::string copy_ = dir_ / "copy";
  std::vector<std::string> notes_;
  std::vector<std::string> records_;
};

// A server that runs on such files shows and proves nothing of what was changed.
TEST_F(TamperedLedger, WhoReadsAChangedEntryIsToldSo) {
  for (const std::uint64_t changed : {72u, 290u}) {  // under a full tile, and under a partial one
    records_[changed] = "another record";
    rewrite_segment();
    auto log = open_log(test_options(copy_));
    EXPECT_EQ(log->read(changed).error().reason, "ledger.corrupt");
    EXPECT_EQ(log->read(changed - 1)->record, numbered(changed - 1));
    const std::string bundle = "tile/entries/" + std::string(changed < 256 ? "000" : "001.p/44");
    EXPECT_EQ(log->resource(bundle).error().reason, "ledger.corrupt") << bundle;
    records_[changed] = numbered(changed);
  }
}

TEST_F(TamperedLedger, UntouchedPasses) {
  const ledger::VerifyReport report = verify();
  EXPECT_TRUE(report.ok()) << report.what;
  EXPECT_EQ(report.entries, kEntries);
  EXPECT_EQ(report.sealed, kEntries);
  EXPECT_EQ(report.checkpoints, 4u);
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheEntryOfAnyChangedByte) {
  const std::string segment = slurp(copy_ + kSegment);
  std::size_t at = internal::kSegmentHeaderBytes;
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    const std::size_t end = at + internal::kFrameHeaderBytes + records_[i].size();
    // Every byte of some entries, and of every entry one that moves along.
    const bool all = i < 2 || i == 99 || i == 255 || i == 256 || i == kEntries - 1;
    for (std::size_t byte = all ? at : at + i % (end - at); byte < end;
         byte += all ? 1 : end - at) {
      const ledger::VerifyReport report = verify_with_flip("segments/000000000000.seg", byte);
      ASSERT_EQ(report.first_bad_index, i) << "byte " << byte << ": " << report.what;
      ASSERT_NE(report.what.find("entry " + std::to_string(i)), std::string::npos) << report.what;
    }
    at = end;
  }
}

TEST_F(TamperedLedger, FindsAChangedByteInAnyOtherFile) {
  std::vector<std::pair<std::string, std::size_t>> places;
  for (std::size_t i = 0; i < internal::kSegmentHeaderBytes; ++i) {
    places.emplace_back("segments/000000000000.seg", i);
  }
  const std::size_t bytes = slurp(copy_ + kSegment).size();
  for (const std::size_t i : {bytes - 1, bytes / 2, bytes - 4096}) {
    places.emplace_back("segments/000000000000.seg", i);
  }
  for (const char* file : {"checkpoint", "checkpoints", "ledger.pub"}) {
    for (std::size_t i = 0; i < slurp(copy_ + "/" + file).size(); ++i) places.emplace_back(file, i);
  }
  for (const char* file : {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"}) {
    for (std::size_t i = 0; i < slurp(copy_ + "/" + file).size(); i += 31)
      places.emplace_back(file, i);
  }
  for (const auto& [file, at] : places) {
    EXPECT_FALSE(verify_with_flip(file, at).ok()) << file << " byte " << at;
  }
  EXPECT_TRUE(verify().ok());
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheChangedEntryBehindARightCrc) {
  records_[137] = "forged 137";
  rewrite_segment();
  const ledger::VerifyReport report = verify();
  EXPECT_EQ(report.first_bad_index, 137u) << report.what;
  EXPECT_EQ(report.finding, ledger::Finding::kEdited);
  EXPECT_NE(report.what.find("entry 137 was changed"), std::string::npos) << report.what;
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheDeletedEntry) {
  records_.erase(records_.begin() + 42);
  rewrite_segment();
  EXPECT_EQ(verify().first_bad_index, 42u) << verify().what;
  EXPECT_EQ(verify().finding, ledger::Finding::kRemoved);
  // Also next to the end, where only one entry moved up.
  records_.insert(records_.begin() + 42, numbered(42));
  records_.erase(records_.begin() + kEntries - 2);
  rewrite_segment();
  EXPECT_EQ(verify().first_bad_index, kEntries - 2) << verify().what;
  EXPECT_EQ(verify().finding, ledger::Finding::kRemoved);
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheInsertedEntry) {
  records_.insert(records_.begin() + 250, "forged");
  rewrite_segment();
  EXPECT_EQ(verify().first_bad_index, 250u) << verify().what;
  EXPECT_EQ(verify().finding, ledger::Finding::kInserted);
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheFirstReorderedEntry) {
  std::swap(records_[17], records_[260]);
  rewrite_segment();
  EXPECT_EQ(verify().first_bad_index, 17u) << verify().what;
  EXPECT_EQ(verify().finding, ledger::Finding::kReordered);
  EXPECT_NE(verify().what.find("entry 260"), std::string::npos);
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheFirstEntryCutOffBehindACheckpoint) {
  records_.resize(180);
  rewrite_segment();
  EXPECT_EQ(verify().first_bad_index, 180u) << verify().what;
  EXPECT_EQ(verify().finding, ledger::Finding::kTruncated);
}

TEST_F(TamperedLedger, Requirement_H3_NamesTheRangeWhenTheStoredHashesWereRewrittenToo) {
  records_[137] = "forged 137";
  rewrite_segment();
  rewrite_tiles();
  const ledger::VerifyReport report = verify();
  EXPECT_EQ(report.first_bad_index, 100u) << report.what;
  EXPECT_NE(report.what.find("entries 100 to 199"), std::string::npos) << report.what;
}

TEST_F(TamperedLedger, TellsAChangedTileFromAChangedEntry) {
  std::string tile = slurp(copy_ + "/tile/0/000");
  tile[32 * 10] ^= 1;
  spill(copy_ + "/tile/0/000", tile);
  const ledger::VerifyReport report = verify();
  EXPECT_EQ(report.first_bad_index, 10u);
  EXPECT_NE(report.what.find("stored hash of entry 10"), std::string::npos) << report.what;
}

TEST_F(TamperedLedger, FindsACheckpointSignedByAnotherKey) {
  const auto checkpoint = *ledger::open_checkpoint(notes_.back(), test_verifier());
  const std::string forged =
      ledger::sign_checkpoint(checkpoint.size, checkpoint.root, test_verifier('x'), test_key('x'));
  std::string history = slurp(copy_ + "/checkpoints");
  history.replace(history.find(notes_.back()), notes_.back().size(), forged);
  spill(copy_ + "/checkpoints", history);
  spill(copy_ + "/checkpoint", forged);
  const ledger::VerifyReport report = verify();
  EXPECT_EQ(report.finding, ledger::Finding::kKey);
  EXPECT_NE(report.what.find("checkpoint 3"), std::string::npos) << report.what;
  EXPECT_EQ(report.sealed, 200u);
}

// Everything that stands in the directory, rewritten and signed with the intruder's own key.
TEST_F(TamperedLedger, ALedgerSignedAnewIsFoundByATrustedKeyOrAnOlderCheckpoint) {
  std::filesystem::remove_all(copy_);
  {
    auto log = FileLog::open(test_options(copy_), test_key('x'));
    ASSERT_TRUE(log);
    append_numbered(**log, 0, kEntries);
  }
  EXPECT_TRUE(verify().ok());
  VerifyOptions trusting;
  trusting.trusted = test_verifier();
  EXPECT_FALSE(verify(trusting).ok());
  VerifyOptions since;
  since.since = notes_[1];
  EXPECT_EQ(verify(since).finding, ledger::Finding::kKey) << verify(since).what;
}

TEST_F(TamperedLedger, ARollbackIsFoundOnlyAgainstAnOlderCheckpoint) {
  records_.resize(200);
  rewrite_segment();
  std::filesystem::remove_all(copy_ + "/tile");
  {
    // The holder of the key lets the log sign a shorter history.
    const std::string history = slurp(copy_ + "/checkpoints");
    spill(copy_ + "/checkpoints", history.substr(0, history.find(notes_[2])));
    spill(copy_ + "/checkpoint", notes_[1]);
    open_log(test_options(copy_));
  }
  EXPECT_TRUE(verify().ok()) << verify().what;
  VerifyOptions since;
  since.since = notes_[2];
  EXPECT_EQ(verify(since).first_bad_index, 200u) << verify(since).what;
  EXPECT_EQ(verify(since).finding, ledger::Finding::kRolledBack);
  since.since = notes_[1];
  EXPECT_TRUE(verify(since).ok());
}

// The holder of the key grows another history from some point on: only somebody who kept a
// checkpoint of the first one can tell.
TEST_F(TamperedLedger, AForkByTheHolderOfTheKeyIsFoundOnlyAgainstACheckpointKeptElsewhere) {
  std::filesystem::remove_all(copy_);
  {
    auto log = open_log(test_options(copy_));
    append_numbered(*log, 0, 150);
    Answers answers;
    for (int i = 0; i < 150; ++i) log->append("forked " + std::to_string(i), answers.expect());
    answers.wait_all();
  }
  EXPECT_TRUE(verify().ok()) << verify().what;
  VerifyOptions since;
  since.since = notes_[0];  // of before the fork
  EXPECT_TRUE(verify(since).ok()) << verify(since).what;
  for (const std::size_t after : {1u, 2u}) {
    since.since = notes_[after];
    EXPECT_EQ(verify(since).finding, ledger::Finding::kForked) << verify(since).what;
    EXPECT_NE(verify(since).what.find("forked"), std::string::npos);
  }
}

TEST_F(TamperedLedger, Requirement_H3_NamesACheckpointPutBackToAnOlderOne) {
  spill(copy_ + "/checkpoint", notes_[0]);
  EXPECT_EQ(verify().finding, ledger::Finding::kCheckpoint) << verify().what;
  EXPECT_NE(verify().what.find("`checkpoint`"), std::string::npos) << verify().what;
}

// The history cut to an older checkpoint: every entry is still there, and a checkpoint kept
// elsewhere shows that none was changed; with entries cut as well, only that one shows it.
TEST_F(TamperedLedger, AHistoryOfCheckpointsPutBackHidesNoEntryFromACheckpointKeptElsewhere) {
  const std::string history = slurp(copy_ + "/checkpoints");
  spill(copy_ + "/checkpoints", history.substr(0, history.find(notes_[2])));
  spill(copy_ + "/checkpoint", notes_[1]);
  std::filesystem::remove_all(copy_ + "/tile");
  open_log(test_options(copy_));
  VerifyOptions since;
  since.since = notes_[2];
  EXPECT_TRUE(verify(since).ok()) << verify(since).what;
  records_[250] = "forged 250";
  spill(copy_ + "/checkpoints", history.substr(0, history.find(notes_[2])));
  spill(copy_ + "/checkpoint", notes_[1]);
  std::filesystem::remove_all(copy_ + "/tile");
  rewrite_segment();
  open_log(test_options(copy_));
  EXPECT_TRUE(verify().ok()) << verify().what;  // no checkpoint of its own covers entry 250
  EXPECT_EQ(verify(since).finding, ledger::Finding::kForked) << verify(since).what;
}

// As documented: nobody vouches for entries that no checkpoint covers yet.
TEST_F(TamperedLedger, CannotTellThatEntriesBehindTheNewestCheckpointAreGone) {
  std::filesystem::remove_all(copy_);
  const std::string crashed = dir_ / "crashed";
  auto log = open_log(test_options(crashed));
  append_numbered(*log, 0, 10);
  ASSERT_TRUE(log->seal());
  append_numbered(*log, 10, 15);
  copy_directory(crashed, copy_);
  EXPECT_EQ(verify().entries, 15u);
  std::string segment = slurp(copy_ + kSegment);
  const std::size_t cut = segment.find(numbered(12)) - internal::kFrameHeaderBytes;
  std::fill(segment.begin() + static_cast<std::ptrdiff_t>(cut), segment.end(), '\0');
  spill(copy_ + kSegment, segment);
  EXPECT_TRUE(verify().ok()) << verify().what;
  EXPECT_EQ(verify().entries, 12u);
}

TEST_F(TamperedLedger, FindsTilesAndIndexesThatAreMissingOrWrong) {
  std::filesystem::remove(copy_ + "/tile/1/000.p/1");
  EXPECT_FALSE(verify().ok());
  std::filesystem::remove_all(copy_ + "/tile");
  EXPECT_FALSE(verify().ok());
  open_log(test_options(copy_));
  EXPECT_TRUE(verify().ok()) << verify().what;
  spill(copy_ + "/segments/000000000000.idx", "odd");
  EXPECT_NE(verify().what.find(".idx"), std::string::npos);
}

TEST_F(TamperedLedger, WhatCannotBeReadIsNotSaidToBeTamperedWith) {
  for (const char* name : {"checkpoints", "checkpoint", "ledger.pub"}) {
    const std::string path = copy_ + "/" + name;
    const std::string kept = slurp(path);
    std::filesystem::remove(path);
    std::filesystem::create_symlink(name, path);  // to itself, which nobody can open
    const auto report = verify_directory(copy_);
    ASSERT_FALSE(report) << name << ": " << report->what;
    EXPECT_EQ(report.error().reason, "ledger.io") << name;
    EXPECT_NE(report.error().message.find(path), std::string::npos) << report.error().message;
    std::filesystem::remove(path);
    spill(path, kept);
  }
  EXPECT_TRUE(verify().ok());
}

TEST_F(TamperedLedger, ReportsProgressAndRefusesWhatIsNoLedger) {
  EXPECT_EQ(verify_directory(dir_ / "nothing").error().reason, "ledger.no_ledger");
  spill(copy_ + "/ledger.pub", "");
  EXPECT_NE(verify().what.find("`ledger.pub` is not valid"), std::string::npos);
  EXPECT_EQ(verify().finding, ledger::Finding::kKey);
  VerifyOptions trusting;
  trusting.trusted = test_verifier();
  EXPECT_NE(verify(trusting).what.find("`ledger.pub` does not hold the keys"), std::string::npos);
}

}  // namespace
}  // namespace ambit::ledger_file
