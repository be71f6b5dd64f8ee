#include "cli/internal/value_check.h"

#include <gtest/gtest.h>

#include "storage/memory_store.h"
#include "vault/open_record.h"
#include "vault/vault.h"

namespace ambit::cli {
namespace {

using text::Json;

struct ValueCheckTest : ::testing::Test {
  std::unique_ptr<ports::Store> store = storage::make_memory_store();
  std::unique_ptr<vault::Vault> vault =
      vault::Vault::open(*store, crypto::SecretBytes(std::string(32, 'm'))).value();
  ledger::VerifyReport report;

  ports::Entry outcome(const std::string& task, const std::string& detail) {
    Json body = Json::object({{"decision", "dec_" + task}, {"detail", detail}});
    std::string beside =
        vault::seal_members("outcome", body, {"detail"}, *vault->make(task).value());
    return {ledger::encode_record(Time{1}, "outcome", body).value(), std::move(beside)};
  }
  static ports::Entry erasure(const std::string& task) {
    const Json body = Json::object({{"keys", Json::array({task})}, {"task", task}});
    return {ledger::encode_record(Time{1}, "task.erased", body).value()};
  }
  static ports::EntryView at(std::uint64_t index, const ports::Entry& entry) {
    return {index, entry.record, entry.beside};
  }
};

TEST_F(ValueCheckTest, CountsWhatItOpensAndWhatIsLocked) {
  ValueCheck check(vault.get());
  EXPECT_TRUE(check.add(at(0, outcome("a", "one"))));
  EXPECT_TRUE(check.add(at(1, {R"({"at":1,"body":{},"kind":"x","v":1})"})));
  EXPECT_EQ(check.counts().opened, 1u);
  ValueCheck blind(nullptr);
  EXPECT_TRUE(blind.add(at(0, outcome("a", "one"))));
  EXPECT_EQ(blind.counts().locked, 1u);
  blind.conclude(report);
  EXPECT_TRUE(report.ok()) << "without keys leaves and proofs are all there is";
}

TEST_F(ValueCheckTest, NamesTheEntryWhoseValuesWereExchanged) {
  const ports::Entry one = outcome("a", "one");
  const ports::Entry two = outcome("b", "two");
  ValueCheck check(vault.get());
  const auto found = check.add(at(7, {one.record, two.beside}));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, "vault.tampered");
  EXPECT_NE(found.error().message.find("entry 7"), std::string::npos);
}

TEST_F(ValueCheckTest, AKeyThatIsGoneNeedsARecordOfIt) {
  const ports::Entry entry = outcome("a", "one");
  ASSERT_TRUE(vault->destroy({"a"}));
  ValueCheck hidden(vault.get());
  ASSERT_TRUE(hidden.add(at(5, entry)));
  EXPECT_EQ(hidden.counts().erased, 1u);
  hidden.conclude(report);
  EXPECT_EQ(report.finding, ledger::Finding::kValues);
  EXPECT_EQ(report.first_bad_index, 5u);
  EXPECT_NE(report.what.find("without a record"), std::string::npos);

  ValueCheck told(vault.get());
  ASSERT_TRUE(told.add(at(5, entry)));
  ASSERT_TRUE(told.add(at(9, erasure("a"))));
  ledger::VerifyReport clean;
  told.conclude(clean);
  EXPECT_TRUE(clean.ok());
}

}  // namespace
}  // namespace ambit::cli
