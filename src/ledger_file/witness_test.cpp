// A log that others cosign.
#include <gtest/gtest.h>

#include "ledger/receipt.h"
#include "ledger_file/internal/fake_witness.h"
#include "ledger_file/internal/test_support.h"
#include "ledger_file/verify.h"

namespace ambit::ledger_file {
namespace {

class WitnessedLog : public testing::Test {
 protected:
  std::unique_ptr<FileLog> open(std::size_t quorum, const std::string& directory = "") {
    FileLogOptions options = test_options(directory.empty() ? path_ : directory);
    options.witness_quorum = quorum;
    options.witness_interval = Duration{1};
    for (FakeWitness* witness : all_) options.witnesses.push_back({witness->name(), witness});
    return open_log(options);
  }
  ledger::WitnessPolicy policy(std::size_t quorum) const {
    std::vector<ledger::WitnessKey> keys;
    for (const FakeWitness* witness : all_) keys.push_back(witness->name());
    return *ledger::WitnessPolicy::make(std::move(keys), quorum);
  }
  static std::uint64_t witnessed_size(const FileLog& log) {
    const auto opened = ledger::open_checkpoint(log.witnessed_checkpoint(), test_verifier());
    return opened ? opened->size : 0;
  }
  static bool all_cosigned(const FileLog& log, std::uint64_t size) {
    for (const WitnessState& state : log.witnesses()) {
      if (state.size < size || !state.trouble.empty()) return false;
    }
    return true;
  }

  // Twenty entries that all have cosigned, and a copy of the log from when there were ten of them.
  void grow_to_twenty(const std::string& copy_of_ten) {
    auto log = open(3);
    append_numbered(*log, 0, 10);
    ASSERT_TRUE(log->seal());
    ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 10); }));
    copy_directory(path_, copy_of_ten);
    append_numbered(*log, 10, 20);
    ASSERT_TRUE(log->seal());
    ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 20); }));
  }

  TempDir dir_;
  std::string path_ = dir_ / "log";
  FakeWitness a_{'1', test_verifier()};
  FakeWitness b_{'2', test_verifier()};
  FakeWitness c_{'3', test_verifier()};
  std::vector<FakeWitness*> all_{&a_, &b_, &c_};
};

TEST_F(WitnessedLog, KeepsTheNewestCheckpointWithItsCosignatures) {
  auto log = open(2);
  append_numbered(*log, 0, 300);
  ASSERT_TRUE(log->seal());
  ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 300); }));
  append_numbered(*log, 300, 700);
  ASSERT_TRUE(log->seal());
  ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 700); }));
  const std::string note = log->witnessed_checkpoint();
  const auto cosignatures = ledger::check_quorum(note, policy(3));
  ASSERT_TRUE(cosignatures) << cosignatures.error().message;
  EXPECT_EQ(slurp(path_ + "/witnessed"), note);
  EXPECT_EQ(log->resource("checkpoint"), note);
  VerifyOptions options;
  options.witnesses = policy(3);
  log.reset();
  EXPECT_TRUE(verify_directory(path_, options)->ok()) << verify_directory(path_, options)->what;
  // What the witnesses saw is known again after a restart.
  log = open(2);
  EXPECT_EQ(log->witnessed_checkpoint(), note);
  EXPECT_EQ(log->witnesses().front().size, 700u);
}

TEST_F(WitnessedLog, AQuorumIsEnoughAndMakesTheReceipt) {
  c_.sleep();
  auto log = open(2);
  append_numbered(*log, 0, 10);
  ASSERT_TRUE(log->seal());
  ASSERT_TRUE(eventually([&] { return witnessed_size(*log) == 10; }));
  const auto receipt = ledger::parse_receipt(*log->receipt(4));
  ASSERT_TRUE(receipt);
  const ledger::ReceiptTrust trust{{test_verifier()}, policy(2)};
  const auto verified = ledger::verify_receipt(*receipt, numbered(4), trust);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->cosignatures.size(), 2u);
  // Entries that no witnessed checkpoint covers have no receipt yet.
  b_.sleep();
  append_numbered(*log, 10, 20);
  ASSERT_TRUE(log->seal());
  ASSERT_TRUE(eventually([&] { return a_.size() == 20; }));
  EXPECT_EQ(log->receipt(15).error().reason, "ledger.not_sealed");
  b_.wake();
  ASSERT_TRUE(eventually([&] { return witnessed_size(*log) == 20; }));
  EXPECT_TRUE(log->receipt(15));
  EXPECT_EQ(log->receipt(20).error().reason, "ledger.no_such_entry");
  log.reset();
  c_.wake();  // answers a log that is gone
}

TEST_F(WitnessedLog, SilentOrBrokenWitnessesNeverStopTheLog) {
  for (FakeWitness* witness : all_) witness->sleep();
  auto log = open(1);
  EXPECT_EQ(log->resource("checkpoint").error().reason, "ledger.no_checkpoint");
  append_numbered(*log, 0, 50);
  ASSERT_TRUE(log->seal());
  EXPECT_TRUE(log->writable());
  a_.answer_next({500, "out of order"});
  b_.answer_next({200, "no cosignature\n"});
  c_.answer_next({409, "seventeen"});
  for (FakeWitness* witness : all_) witness->wake();
  ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 50); }));
  EXPECT_TRUE(log->writable());
}

TEST_F(WitnessedLog, LearnsFromAConflictWhatAWitnessSaw) {
  {
    auto log = open(3);
    append_numbered(*log, 0, 10);
    ASSERT_TRUE(log->seal());
    ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 10); }));
  }
  std::filesystem::remove(path_ + "/witnessed");
  auto log = open(3);
  append_numbered(*log, 10, 30);
  ASSERT_TRUE(log->seal());
  ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 30); }));
}

TEST_F(WitnessedLog, ARolledBackLogIsContradicted) {
  const std::string old_copy = dir_ / "old";
  ASSERT_NO_FATAL_FAILURE(grow_to_twenty(old_copy));
  // The copy of before alone is sound, and it is what a witness's newest checkpoint shows to be
  // old.
  EXPECT_TRUE(verify_directory(old_copy)->ok());
  VerifyOptions since;
  since.since = slurp(path_ + "/witnessed");
  EXPECT_EQ(verify_directory(old_copy, since)->finding, ledger::Finding::kRolledBack);
  auto log = open(3, old_copy);
  append_numbered(*log, 10, 12);
  ASSERT_TRUE(log->seal());
  ASSERT_TRUE(eventually([&] { return log->witnesses().front().contradicts; }));
  EXPECT_NE(log->witnesses().front().trouble.find("rolled back"), std::string::npos)
      << log->witnesses().front().trouble;
}

TEST_F(WitnessedLog, ALogRolledBackToACosignedSizeIsContradictedBeforeItGrows) {
  const std::string old_copy = dir_ / "old";
  ASSERT_NO_FATAL_FAILURE(grow_to_twenty(old_copy));
  auto log = open(3, old_copy);
  ASSERT_TRUE(eventually([&] { return log->witnesses().front().contradicts; }));
  EXPECT_NE(log->witnesses().front().trouble.find("rolled back"), std::string::npos)
      << log->witnesses().front().trouble;
}

TEST_F(WitnessedLog, AForkedLogIsContradicted) {
  const std::string old_copy = dir_ / "old";
  {
    auto log = open(3);
    append_numbered(*log, 0, 10);
    copy_directory(path_, old_copy);
    append_numbered(*log, 10, 20);
    ASSERT_TRUE(log->seal());
    ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 20); }));
  }
  for (const int entries : {10, 20}) {  // to the same size, and beyond it
    const std::string fork = dir_ / "fork";
    copy_directory(old_copy, fork);
    auto log = open(3, fork);
    for (int i = 0; i < entries; ++i) ASSERT_TRUE(append_one(*log, "forked"));
    ASSERT_TRUE(log->seal());
    ASSERT_TRUE(eventually([&] { return log->witnesses().front().contradicts; })) << entries;
    EXPECT_NE(log->witnesses().front().trouble.find("fork"), std::string::npos)
        << log->witnesses().front().trouble;
  }
}

TEST_F(WitnessedLog, VerificationFindsWitnessedCheckpointsThatDoNotFit) {
  {
    auto log = open(2);
    append_numbered(*log, 0, 10);
    ASSERT_TRUE(log->seal());
    ASSERT_TRUE(eventually([&] { return all_cosigned(*log, 10); }));
  }
  VerifyOptions options;
  options.witnesses = policy(2);
  const std::string note = slurp(path_ + "/witnessed");
  const auto finding = [&] { return verify_directory(path_, options)->finding; };
  EXPECT_EQ(finding(), ledger::Finding::kNone);
  // Without one of its two last lines the quorum of three is gone; altered it does not fit.
  const std::string without_last = note.substr(0, note.rfind('\n', note.size() - 2) + 1);
  spill(path_ + "/witnessed", without_last);
  EXPECT_EQ(finding(), ledger::Finding::kNone);
  options.witnesses = policy(3);
  EXPECT_EQ(finding(), ledger::Finding::kCheckpoint);
  std::filesystem::remove(path_ + "/witnessed");
  EXPECT_EQ(finding(), ledger::Finding::kCheckpoint);
  // One of a longer log, kept from before a rollback.
  std::string longer =
      ledger::sign_checkpoint(40, ledger::leaf_hash("x"), test_verifier(), test_key());
  options.witnesses = {};
  spill(path_ + "/witnessed", longer);
  EXPECT_EQ(finding(), ledger::Finding::kRolledBack);
}

}  // namespace
}  // namespace ambit::ledger_file
