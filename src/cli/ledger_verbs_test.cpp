// `ambit ledger verify` on a ledger of files.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include "cli/internal/test_console.h"
#include "ledger/record.h"
#include "ledger_file/file_log.h"
#include "text/json.h"

namespace ambit::cli {
namespace {

class LedgerVerifyTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ambit_ledger_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    ledger_file::FileLogOptions options;
    options.directory = folder + "/ledger";
    options.origin = "ambit.test/log";
    options.segment_bytes = 4u << 20;
    auto key = crypto::SigningKey::from_ed25519_seed(std::string(32, 'k'));
    ASSERT_TRUE(key);
    auto log = ledger_file::FileLog::open(options, *std::move(key));
    ASSERT_TRUE(log) << log.error().message;
    for (int i = 0; i < 20; ++i) {
      const auto record =
          ledger::encode_record({0, Time{i}, "test", text::Json::object({{"number", i}})});
      (*log)->append(*record, {});
    }
    ASSERT_TRUE((*log)->seal());
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  // Changes the byte at the first place where `text` stands in a segment.
  void change(const std::string& text) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder + "/ledger/segments")) {
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      const std::size_t at = bytes.find(text);
      if (at == std::string::npos) continue;
      file.clear();
      file.seekp(static_cast<std::streamoff>(at + text.size() - 1));
      file.put('0');
      return;
    }
    FAIL() << "no segment holds `" << text << "`";
  }

  std::string folder;
  TestCommand command;
};

TEST_F(LedgerVerifyTest, WhatWasNotLookedAtDoesNotPassForSound) {
  const std::string ledger = folder + "/ledger";
  EXPECT_EQ(command.run({"replay", ledger}), kExitOk) << command.err.str();
  EXPECT_EQ(command.run({"replay", ledger, "--from", "9", "--to", "3"}), kExitUsage);
  EXPECT_EQ(command.run({"replay", ledger, "--from", "1000"}), kExitNotFound);
  EXPECT_TRUE(command.err.str().starts_with("replay.empty: ")) << command.err.str();
  const std::string policy = folder + "/draft.cedar";
  std::ofstream(policy) << "permit(principal, action, resource);";
  EXPECT_EQ(command.run({"whatif", ledger, "--policy", policy}), kExitOk) << command.err.str();
  EXPECT_EQ(command.out.str(), "there is no decision in that time, so nothing was tried\n");
  // A gate that looked at nothing is not open.
  EXPECT_EQ(command.run({"whatif", ledger, "--policy", policy, "--fail-on", "loosened"}),
            kExitRefused);
  EXPECT_EQ(command.run({"whatif", ledger, "--policy", policy, "--since", "2099-01-01T00:00:00Z"}),
            kExitUsage);
  EXPECT_EQ(command.run({"whatif", ledger, "--policy", policy, "--since", "2020-01-01T00:00:00Z",
                         "--last", "3d"}),
            kExitUsage);
}

TEST_F(LedgerVerifyTest, NobodyTakesADamagedEntryForTheEndOfTheLedger) {
  const std::string ledger = folder + "/ledger";
  command.env["AMBIT_DATA"] = folder;
  change("\"number\":7");
  EXPECT_EQ(command.run({"replay", ledger}), kExitRefused);
  EXPECT_TRUE(command.err.str().starts_with("ledger.corrupt: entry 7 cannot be read"))
      << command.err.str() << command.out.str();
  const std::string policy = folder + "/draft.cedar";
  std::ofstream(policy) << "permit(principal, action, resource);";
  EXPECT_EQ(command.run({"whatif", ledger, "--policy", policy}), kExitRefused);
  EXPECT_EQ(command.run({"export", "--to", "5", "--out", folder + "/evidence.tar"}), kExitRefused);
  EXPECT_TRUE(command.err.str().starts_with("ledger.corrupt: entry 7 cannot be read"))
      << command.err.str();
  EXPECT_FALSE(std::filesystem::exists(folder + "/evidence.tar"));
}

TEST_F(LedgerVerifyTest, PassesAWholeLedger) {
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger"}), kExitOk) << command.out.str();
  EXPECT_TRUE(command.out.str().starts_with("ok: 20 entries"));
  command.env["AMBIT_DATA"] = folder;
  EXPECT_EQ(command.run({"ledger", "verify", "--json"}), kExitOk);
  EXPECT_EQ(text::parse_json(command.out.str())->find("entries")->as_int(), 20);
}

TEST_F(LedgerVerifyTest, NamesTheChangedEntry) {
  change("\"number\":13");
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger"}), kExitRefused);
  EXPECT_TRUE(command.out.str().starts_with("WRONG at entry 13: ")) << command.out.str();
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger", "--json"}), kExitRefused);
  EXPECT_EQ(text::parse_json(command.out.str())->find("first_bad_index")->as_int(), 13);
}

TEST_F(LedgerVerifyTest, AnEmptyFileIsNoCheckpointThatWasKept) {
  const std::string kept = folder + "/kept";
  std::ofstream{kept};
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger", "--since", kept}), kExitUsage)
      << command.out.str();
  EXPECT_NE(command.err.str().find("is empty"), std::string::npos) << command.err.str();
}

TEST_F(LedgerVerifyTest, BelievesOnlyTheKeyThatItIsGiven) {
  std::ifstream published(folder + "/ledger/ledger.pub");
  std::string key;
  std::getline(published, key);
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger", "--key", key}), kExitOk);
  EXPECT_EQ(
      command.run({"ledger", "verify", folder + "/ledger", "--key", folder + "/ledger/ledger.pub"}),
      kExitOk);
  const auto other = crypto::SigningKey::from_ed25519_seed(std::string(32, 'x'));
  const auto stranger = ledger::NoteVerifier::make("ambit.test/log", other->public_key());
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger", "--key", stranger->to_text()}),
            kExitRefused);
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/ledger", "--key", "nonsense"}), kExitUsage);
}

TEST_F(LedgerVerifyTest, ComparesWithACheckpointKeptElsewhere) {
  EXPECT_EQ(command.run(
                {"ledger", "verify", folder + "/ledger", "--since", folder + "/ledger/checkpoint"}),
            kExitOk);
  EXPECT_EQ(command.run({"ledger", "verify", folder + "/none"}), kExitNotFound);
}

}  // namespace
}  // namespace ambit::cli
