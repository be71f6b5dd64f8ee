// The change of signing keys inside the log.
#include <gtest/gtest.h>

#include "ledger/checkpoint.h"
#include "ledger/key_chain.h"
#include "ledger/receipt.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

std::string text_of(char fill) { return test_verifier(fill).to_text(); }

Error open_error(const std::string& directory, const std::string& fills) {
  auto log = FileLog::open(test_options(directory), test_keys(fills));
  EXPECT_FALSE(log);
  return log ? Error{} : log.error();
}

std::unique_ptr<FileLog> open_with(const std::string& directory, const std::string& fills) {
  auto log = FileLog::open(test_options(directory), test_keys(fills));
  EXPECT_TRUE(log) << log.error().message;
  return log ? *std::move(log) : nullptr;
}

void expect_sound(const std::string& directory, std::uint64_t keys) {
  for (const char trusted : {'-', 'k', 'l'}) {
    VerifyOptions options;
    if (trusted != '-') options.trusted = test_verifier(trusted);
    const auto report = verify_directory(directory, options);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->ok()) << report->what;
    EXPECT_EQ(report->keys, keys);
  }
}

TEST(KeyRotation, HandsTheLogOverToTheNextKey) {
  TempDir dir;
  std::string before;
  {
    auto log = open_with(dir.path(), "k");
    append_numbered(*log, 0, 20);
    before = *log->seal();
    const auto position = log->rotate_key(test_key('l'), Time{1000});
    ASSERT_TRUE(position) << position.error().message;
    EXPECT_EQ(position->index, 20u);
    const std::string both = log->latest_checkpoint();
    EXPECT_EQ(ledger::open_checkpoint(both, test_verifier('k'))->size, 21u);
    EXPECT_EQ(ledger::open_checkpoint(both, test_verifier('l'))->size, 21u);
    append_numbered(*log, 21, 25);
    const std::string after = *log->seal();
    EXPECT_EQ(ledger::open_checkpoint(after, test_verifier('l'))->size, 25u);
    EXPECT_EQ(ledger::open_checkpoint(after, test_verifier('k')).error().reason,
              "note.unknown_key");
    EXPECT_EQ(log->public_keys(), text_of('k') + "\n" + text_of('l') + " 20\n");
  }
  EXPECT_EQ(slurp(dir / "ledger.pub"), text_of('k') + "\n" + text_of('l') + " 20\n");
  expect_sound(dir.path(), 2);
  VerifyOptions since;
  since.since = before;
  EXPECT_TRUE(verify_directory(dir.path(), since)->ok());

  EXPECT_EQ(open_error(dir.path(), "k").reason, "ledger.wrong_key");
  auto log = open_with(dir.path(), "l");
  const auto again = log->rotate_key(test_key('m'), Time{2000});
  ASSERT_TRUE(again) << again.error().message;
  log.reset();
  expect_sound(dir.path(), 3);
  open_with(dir.path(), "m");
}

TEST(KeyRotation, RefusesAKeyThatTheLogHadAndRecordsOfThatKindByOthers) {
  TempDir dir;
  auto log = open_with(dir.path(), "k");
  EXPECT_EQ(log->rotate_key(test_key('k'), Time{1}).error().reason, "ledger.key");
  const std::string forged =
      *ledger::encode_key_record(Time{1}, test_verifier('k'), test_verifier('x'));
  EXPECT_EQ(append_one(*log, forged).error().reason, "ledger.key");
  EXPECT_EQ(log->append_reserved(forged, {}).error().reason, "ledger.key");
  EXPECT_EQ(log->size(), 0u);
}

// What a crash leaves at each step of a change of keys.
TEST(KeyRotation, GoesOnWhereverACrashInterruptedIt) {
  TempDir dir;
  const std::string live = dir / "live";
  const std::string crashed = dir / "crashed";
  const std::string sealed_with_old = dir / "sealed_with_old";
  {
    auto log = open_with(live, "k");
    append_numbered(*log, 0, 5);
    ASSERT_TRUE(log->seal());
    copy_directory(live, sealed_with_old);
    ASSERT_TRUE(log->rotate_key(test_key('l'), Time{1}));
    copy_directory(live, crashed);
  }
  const std::string segment = slurp(crashed + "/segments/000000000000.seg");
  const std::string keys = slurp(crashed + "/ledger.pub");
  // The record is there, the checkpoint is not; `ledger.pub` lists the next key already, or not
  // yet.
  for (const bool listed : {false, true}) {
    const std::string copy = dir / "copy";
    copy_directory(sealed_with_old, copy);
    spill(copy + "/segments/000000000000.seg", segment);
    if (listed) spill(copy + "/ledger.pub", keys);
    EXPECT_EQ(open_error(copy, "k").reason, "ledger.wrong_key");
    EXPECT_EQ(open_error(copy, "l").reason, "ledger.wrong_key");
    {
      auto log = open_with(copy, "kl");
      append_numbered(*log, 6, 8);
    }
    expect_sound(copy, 2);
    open_with(copy, "l");
  }
}

// Without the key of before nobody can hand the log over, whatever he writes into its directory.
TEST(KeyRotation, AForgedChangeIsFound) {
  TempDir dir;
  const std::string honest = dir / "honest";
  const std::string forged = dir / "forged";
  {
    auto log = open_with(honest, "k");
    append_numbered(*log, 0, 50);
  }
  VerifyOptions trusting;
  trusting.trusted = test_verifier('k');
  const auto finding = [&](const VerifyOptions& options) {
    const auto report = verify_directory(forged, options);
    EXPECT_TRUE(report) << report.error().message;
    return report ? report->finding : ledger::Finding::kNone;
  };

  // The list of keys alone.
  copy_directory(honest, forged);
  spill(forged + "/ledger.pub", text_of('k') + "\n" + text_of('x') + " 50\n");
  EXPECT_EQ(finding(trusting), ledger::Finding::kKey);
  EXPECT_EQ(finding({}), ledger::Finding::kKey);
  spill(forged + "/ledger.pub", text_of('x') + "\n");
  EXPECT_EQ(finding(trusting), ledger::Finding::kKey);
  EXPECT_EQ(finding({}), ledger::Finding::kKey);

  // The record and everything after it, signed by the intruder alone.
  std::filesystem::remove_all(forged);
  {
    auto log = open_with(forged, "x");
    append_numbered(*log, 0, 50);
    ASSERT_TRUE(log->rotate_key(test_key('k'), Time{1}));
  }
  // He named the trusted key as his successor, which did sign: it was his own log all along.
  EXPECT_TRUE(verify_directory(forged, trusting)->ok());

  // The same, where the trusted key signed nothing.
  std::filesystem::remove_all(forged);
  {
    auto log = open_with(forged, "x");
    append_numbered(*log, 0, 50);
    ASSERT_TRUE(log->seal());
    const std::string sealed = dir / "sealed";
    copy_directory(forged, sealed);
    ASSERT_TRUE(log->rotate_key(test_key('k'), Time{1}));
    const std::string segment = slurp(forged + "/segments/000000000000.seg");
    const std::string keys = slurp(forged + "/ledger.pub");
    log.reset();
    copy_directory(sealed, forged);
    spill(forged + "/segments/000000000000.seg", segment);
    spill(forged + "/ledger.pub", keys);
  }
  EXPECT_EQ(finding(trusting), ledger::Finding::kKey);
}

TEST(KeyRotation, ReceiptsOfBeforeAndAfterHoldUnderTheKeyOfTheirTime) {
  TempDir dir;
  auto log = open_with(dir.path(), "k");
  append_numbered(*log, 0, 5);
  ASSERT_TRUE(log->seal());
  const std::string before = *log->receipt(3);
  ASSERT_TRUE(log->rotate_key(test_key('l'), Time{1}));
  append_numbered(*log, 6, 9);
  ASSERT_TRUE(log->seal());
  const std::string after = *log->receipt(3);
  const auto verify = [](const std::string& bytes, char key) {
    return ledger::verify_receipt(*ledger::parse_receipt(bytes), numbered(3),
                                  {{test_verifier(key)}, {}})
        .has_value();
  };
  EXPECT_TRUE(verify(before, 'k'));
  EXPECT_FALSE(verify(before, 'l'));
  EXPECT_TRUE(verify(after, 'l'));
  EXPECT_FALSE(verify(after, 'k'));
}

}  // namespace
}  // namespace ambit::ledger_file
