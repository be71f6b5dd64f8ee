#include "ledger_file/archive.h"

#include <gtest/gtest.h>

#include "ledger_file/base.h"
#include "ledger_file/hold_file.h"
#include "ledger_file/internal/segment.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/proofs.h"
#include "ledger_file/reader.h"
#include "ledger_file/scan.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

constexpr std::uint64_t kEntries = 2000;
constexpr std::size_t kBytes = 200;

// A ledger of several segments, all sealed, and an archive beside it.
class Archive : public testing::Test {
 protected:
  void SetUp() override { append(0, kEntries); }

  FileLogOptions options() const {
    FileLogOptions out = test_options(path_);
    out.archive = archive_;
    return out;
  }
  void append(std::uint64_t from, std::uint64_t to) const {
    auto log = open_log(options());
    append_numbered(*log, from, to, kBytes);
  }
  // While no other log holds the directory.
  Result<ArchiveReport> move(std::uint64_t before = kEntries) const {
    return open_log(options())->archive(before, is_kept);
  }
  std::vector<SegmentState> segments() const { return *list_segments(path_, archive_); }
  ledger::VerifyReport verify(bool with_archive, bool allow_absent = false) const {
    VerifyOptions verify_options;
    if (with_archive) verify_options.archive = archive_;
    verify_options.allow_absent = allow_absent;
    auto report = verify_directory(path_, verify_options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : ledger::VerifyReport{};
  }
  static bool is_kept(const ports::EntryView& entry) { return entry.index % 10 == 0; }
  static bool file(const std::string& path) { return std::filesystem::exists(path); }

  TempDir dir_;
  std::string path_ = dir_ / "ledger";
  std::string archive_ = dir_ / "archive";
};

TEST_F(Archive, MovesClosedSegmentsWholeAndReadsGoOn) {
  const auto before = segments();
  ASSERT_GE(before.size(), 3u);
  const std::uint64_t cut = before[2].entries.begin + 1;
  {
    auto log = open_log(options());
    const auto report = log->archive(cut, is_kept);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->segments, 2u);
    EXPECT_EQ(report->entries, (ledger::EntryRange{0, before[1].entries.end}));
    EXPECT_EQ(log->archive(cut, is_kept)->segments, 0u);
    for (const std::uint64_t i : {0ul, before[1].entries.end - 1, before[1].entries.end}) {
      EXPECT_EQ(log->read(i)->record, numbered(i, kBytes));
    }
    EXPECT_EQ(all_records(*log).size(), kEntries);
    append_numbered(*log, kEntries, kEntries + 100, kBytes);
    EXPECT_TRUE(log->resource("tile/entries/000"));
  }
  EXPECT_FALSE(file(path_ + "/segments/000000000001.seg"));
  EXPECT_TRUE(file(archive_ + "/000000000001.seg"));
  EXPECT_EQ(segments()[1].place, SegmentPlace::kArchived);
  EXPECT_EQ(segments()[2].place, SegmentPlace::kLive);
  EXPECT_TRUE(verify(true).ok()) << verify(true).what;
  // Also by a log that was opened since, and with the indexes, which are derived, deleted.
  std::filesystem::remove(path_ + "/segments/000000000000.idx");
  auto log = open_log(options());
  EXPECT_EQ(all_records(*log).size(), kEntries + 100);
  ASSERT_TRUE(eventually([&] { return file(path_ + "/segments/000000000000.idx"); }));
}

TEST_F(Archive, SaysWhatIsMissingWhenTheArchiveIsNotAtHand) {
  const auto before = segments();
  ASSERT_TRUE(move());
  const std::uint64_t gone = before.back().entries.end;
  // Where it is still in the folder that it was moved to, nobody need say so.
  EXPECT_TRUE(verify(false).ok()) << verify(false).what;
  EXPECT_EQ(LedgerReader::open(path_)->read(5)->record, numbered(5, kBytes));
  std::filesystem::rename(archive_, dir_ / "elsewhere");
  for (const bool named : {false, true}) {
    const ledger::VerifyReport report = verify(named);
    EXPECT_EQ(report.finding, ledger::Finding::kAbsent) << report.what;
    EXPECT_EQ(report.first_bad_index, 0u);
    EXPECT_NE(report.what.find("archived in `000000000000.seg`"), std::string::npos) << report.what;
    EXPECT_NE(report.what.find(archive_), std::string::npos) << report.what;
    const ledger::VerifyReport allowed = verify(named, true);
    EXPECT_TRUE(allowed.ok()) << allowed.what;
    EXPECT_EQ(allowed.absent, (std::vector<ledger::EntryRange>{{0, gone}}));
    EXPECT_EQ(allowed.sealed, kEntries);
  }
  auto log = open_log(options());
  EXPECT_EQ(log->read(5).error().reason, "ledger.absent");
  EXPECT_EQ(log->read(10)->record, numbered(10, kBytes)) << "later entries refer to it";
  EXPECT_EQ(log->scan(0, [](const ports::EntryView&) { return true; }).error().reason,
            "ledger.absent")
      << "nothing is passed over";
  EXPECT_NE(log->read(5).error().message.find("entries 0 to "), std::string::npos)
      << log->read(5).error().message;
  EXPECT_EQ(log->read(gone)->record, numbered(gone, kBytes));
  append_numbered(*log, kEntries, kEntries + 10, kBytes);
  EXPECT_EQ(segments()[0].place, SegmentPlace::kAbsent);
}

TEST_F(Archive, ASegmentThatIsSimplyGoneIsNotArchived) {
  std::filesystem::remove(path_ + "/segments/000000000001.seg");
  EXPECT_EQ(verify(true, true).finding, ledger::Finding::kRemoved) << verify(true, true).what;
  EXPECT_EQ(FileLog::open(options(), test_key()).error().reason, "ledger.corrupt");
}

// The indexes of archived segments are all that a start looks at, and anybody can write one.
TEST_F(Archive, AForgedIndexOfAnArchivedSegmentIsNotBelieved) {
  const auto before = segments();
  ASSERT_TRUE(move());
  const std::string path = path_ + "/segments/000000000000.idx";
  const auto good = internal::parse_index(slurp(path));
  ASSERT_TRUE(good.has_value());
  const std::uint64_t end = good->end_index();
  for (const std::uint64_t count : {std::uint64_t{10}, end + 1, end + 5000}) {
    internal::SegmentInfo forged = *good;
    forged.count = count;
    forged.header.first_index = end - count;  // beyond zero it wraps, and still ends where it did
    forged.header.file_bytes = forged.used_bytes = std::uint64_t{1} << 32;
    forged.offsets.assign((count + internal::kIndexStride - 1) / internal::kIndexStride,
                          internal::kSegmentHeaderBytes);
    spill(path, internal::encode_index(forged));
    // As if it were not there: the segment itself says what is in it.
    const auto reader = LedgerReader::open(path_, archive_);
    ASSERT_TRUE(reader) << count;
    EXPECT_EQ(reader->read(0)->record, numbered(0, kBytes)) << count;
    EXPECT_EQ(reader->read(end - 1)->record, numbered(end - 1, kBytes)) << count;
    const auto without = LedgerReader::open(path_);
    EXPECT_TRUE(without.has_value()) << count;
    std::filesystem::rename(archive_, dir_ / "elsewhere");
    EXPECT_FALSE(LedgerReader::open(path_).has_value()) << count;
    std::filesystem::rename(dir_ / "elsewhere", archive_);
  }
}

TEST_F(Archive, EachArchivedSegmentIsVerifiableAlone) {
  const auto before = segments();
  ASSERT_TRUE(move());
  std::filesystem::remove_all(path_);
  for (const SegmentState& state : before) {
    const std::string segment = archive_ + "/" + internal::segment_name(state.sequence);
    const auto report = verify_segment(segment, {test_verifier()});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->entries, state.entries);
    EXPECT_EQ(report->checkpoint.size, kEntries);
    EXPECT_EQ(verify_segment(segment, {test_verifier('x')}).error().reason, "note.unknown_key");
  }
  // Any changed byte of a segment or of its proof is found.
  const std::string segment = archive_ + "/000000000001.seg";
  for (const std::string& path : {segment, archive_ + "/000000000001.proof"}) {
    const std::string bytes = slurp(path);
    for (std::size_t at = 0; at < bytes.size(); at += 1 + bytes.size() / 400) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      spill(path, changed);
      EXPECT_FALSE(verify_segment(segment, {test_verifier()})) << path << " byte " << at;
    }
    spill(path, bytes);
  }
  // And so is another segment in its place.
  std::filesystem::copy_file(archive_ + "/000000000000.seg", segment,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(verify_segment(segment, {test_verifier()}));
}

TEST_F(Archive, ADamagedSegmentStaysWhereItIs) {
  const std::string segment = path_ + "/segments/000000000000.seg";
  std::string bytes = slurp(segment);
  bytes[bytes.find("record 77 ")] = 'X';
  spill(segment, bytes);
  const auto report = move();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().reason, "ledger.corrupt");
  EXPECT_NE(report.error().message.find("entry 77"), std::string::npos) << report.error().message;
  EXPECT_TRUE(file(segment));
  EXPECT_FALSE(file(archive_ + "/000000000000.seg"));
}

TEST(RetentionRecord, SaysWhatWasDoneByWhom) {
  const ArchiveReport report{2, 1000, {3, 9}, {}};
  const auto entry =
      retention_record(Time{7}, kArchivedKind, report, text::Json::object({{"account", "me"}}));
  ASSERT_TRUE(entry) << entry.error().message;
  EXPECT_EQ(entry->record,
            R"({"at":7,"body":{"account":"me","bytes":1000,"from":3,"segments":2,"to":9},)"
            R"("kind":"ledger.archived","v":1})");
}

TEST_F(Archive, NeedsAFolder) {
  FileLogOptions without = test_options(dir_ / "other");
  EXPECT_EQ(open_log(without)->archive(10, is_kept).error().reason, "ledger.options");
}

TEST_F(Archive, NeverOverwritesWhatIsNotItsOwn) {
  const std::string theirs = archive_ + "/000000000000.seg";
  std::filesystem::create_directory(archive_);
  spill(theirs, "a segment of another ledger");
  EXPECT_EQ(move().error().reason, "ledger.archive");
  EXPECT_EQ(slurp(theirs), "a segment of another ledger");
  // The folder of the segments itself would be emptied.
  FileLogOptions same = options();
  same.archive = path_ + "/segments";
  EXPECT_EQ(open_log(same)->archive(kEntries, is_kept).error().reason, "ledger.archive");
  EXPECT_TRUE(verify(false).ok()) << verify(false).what;
}

TEST_F(Archive, GoesOnWhereACrashInterruptedIt) {
  // Copied and not yet removed; and a copy that was cut off.
  const std::string original = path_ + "/segments/000000000000.seg";
  std::filesystem::create_directory(archive_);
  spill(archive_ + "/000000000000.seg.tmp", slurp(original).substr(0, 5000));
  ASSERT_TRUE(move(segments()[0].entries.end));
  std::filesystem::copy_file(archive_ + "/000000000000.seg", original);
  EXPECT_TRUE(verify(true).ok()) << verify(true).what;
  ASSERT_EQ(move()->entries.begin, 0u);
  EXPECT_FALSE(file(original));
  EXPECT_TRUE(verify(true).ok()) << verify(true).what;
}

TEST_F(Archive, DropsWhatNoHoldKeepsAndSaysSoEverAfter) {
  const auto before = segments();
  ASSERT_GE(before.size(), 3u);
  ASSERT_TRUE(move());
  HoldFile holds(path_);
  const ports::Hold hold{"case-17", before[1].entries.begin + 3, before[1].entries.begin + 4};
  ASSERT_TRUE(holds.place(hold));

  const auto report = drop_archived(path_, archive_, before[1].entries.end, is_kept);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->segments, 1u);
  EXPECT_EQ(report->entries, before[0].entries);
  ASSERT_EQ(report->held_back.size(), 1u);
  EXPECT_NE(report->held_back.front().find("case-17"), std::string::npos);
  EXPECT_TRUE(file(archive_ + "/000000000001.seg"));
  EXPECT_FALSE(file(archive_ + "/000000000000.seg"));
  EXPECT_EQ(segments()[0].place, SegmentPlace::kDropped);

  ASSERT_TRUE(holds.release("case-17"));
  EXPECT_EQ(drop_archived(path_, archive_, before[1].entries.end, is_kept)->segments, 1u);

  EXPECT_EQ(verify(true).finding, ledger::Finding::kAbsent);
  const ledger::VerifyReport allowed = verify(true, true);
  EXPECT_TRUE(allowed.ok()) << allowed.what;
  EXPECT_EQ(allowed.absent, (std::vector<ledger::EntryRange>{{0, before[1].entries.end}}));
  auto log = open_log(options());
  EXPECT_EQ(log->read(1).error().reason, "ledger.dropped");
  EXPECT_EQ(log->read(10)->record, numbered(10, kBytes));
  std::vector<std::uint64_t> seen;
  ASSERT_TRUE(scan_directory(path_, [&](const ports::EntryView& entry) {
    EXPECT_EQ(entry.record, numbered(entry.index, kBytes));
    seen.push_back(entry.index);
    return true;
  }));
  ASSERT_GT(seen.size(), kEntries - before[2].entries.begin);
  EXPECT_EQ(seen[0], 0u);
  EXPECT_EQ(seen[1], 10u);
  EXPECT_EQ(seen.back(), kEntries - 1);
  // What was kept is compared with what is proved.
  const std::string kept = path_ + "/segments/000000000000.kept";
  const std::string bytes = slurp(kept);
  std::string forged;
  internal::append_frame(forged, 10, 0, numbered(11, kBytes));
  spill(kept, forged);
  EXPECT_EQ(verify(true, true).finding, ledger::Finding::kEdited) << verify(true, true).what;
  EXPECT_EQ(verify(true, true).first_bad_index, 10u);
  EXPECT_EQ(log->read(10).error().reason, "ledger.corrupt");
  spill(kept, bytes.substr(0, bytes.size() - 1));
  EXPECT_EQ(verify(true, true).finding, ledger::Finding::kFile) << verify(true, true).what;
  spill(kept, bytes);
  EXPECT_EQ(log->read(before[2].entries.begin)->record, numbered(before[2].entries.begin, kBytes));
  // Holds that cannot be read stop every drop.
  spill(path_ + "/holds", "nonsense\n");
  EXPECT_EQ(drop_archived(path_, archive_, kEntries, is_kept).error().reason, "ledger.corrupt");
}

TEST_F(Archive, WhatDroppedEntriesLedToIsBelievedOfTheLogsOwnKeyAlone) {
  const ledger::Base base{7, std::string("state\n\nwith any bytes\0", 23)};
  const auto keys = *keys_of(path_);
  EXPECT_FALSE(read_base(path_, keys)->has_value());
  EXPECT_EQ(open_log(options())->dropped_state(), "");
  EXPECT_EQ(write_base(path_, base, test_key('x')).error().reason, "ledger.wrong_key");
  ASSERT_TRUE(write_base(path_, base, test_key()));
  EXPECT_EQ(read_base(path_, keys).value()->size, 7u);
  EXPECT_EQ(*open_log(options())->dropped_state(), base.state);
  // Also by a later key of the same log.
  ASSERT_TRUE(open_log(options())->rotate_key(test_key('y'), Time{1}));
  EXPECT_TRUE(read_base(path_, *keys_of(path_)));
  const std::string bytes = slurp(path_ + "/base");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    spill(path_ + "/base", changed);
    EXPECT_FALSE(read_base(path_, keys)) << "byte " << at;
    spill(path_ + "/base", bytes.substr(0, at));
    EXPECT_FALSE(read_base(path_, keys)) << "cut at " << at;
  }
}

}  // namespace
}  // namespace ambit::ledger_file
