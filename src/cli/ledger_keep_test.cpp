// The verbs on a ledger's files: proofs, keys, archives, bundles, a store that speaks S3.
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/internal/test_console.h"
#include "ledger/record.h"
#include "ledger_file/archive.h"
#include "ledger_file/file_log.h"
#include "ledger_file/hold_file.h"
#include "ledger_file/scan.h"
#include "net/http_client.h"
#include "text/json.h"

namespace ambit::cli {
namespace {

namespace fs = std::filesystem;

class LedgerKeepTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ambit_keep_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    data = pattern;
    fs::create_directories(data + "/keys");
    auto key = crypto::SigningKey::generate(crypto::Algorithm::kEdDSA);
    ASSERT_TRUE(key && key->write_file(data + "/keys/ledger.jwk"));
    append("first", 20, "ambit.test/log");
    command.env["AMBIT_DATA"] = data;
  }
  void TearDown() override { fs::remove_all(data); }

  // As the server does, with small segments.
  void append(const std::string& what, int count, const std::string& origin = "") const {
    ledger_file::FileLogOptions options;
    options.directory = data + "/ledger";
    options.origin = origin;
    options.segment_bytes = 128u << 10;
    options.reserve_bytes = 32u << 10;
    auto key = crypto::SigningKey::read_file(data + "/keys/ledger.jwk");
    ASSERT_TRUE(key);
    auto log = ledger_file::FileLog::open(options, *std::move(key));
    ASSERT_TRUE(log) << log.error().message;
    for (int i = 0; i < count; ++i) {
      const auto record = ledger::encode_record(
          {0, Time{i}, "test",
           text::Json::object({{"number", i}, {"what", what + std::string(1000, '.')}})});
      (*log)->append(*record, {});
    }
  }
  std::string slurp(const std::string& path) const {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  text::Json printed() const { return text::parse_json(command.out.str()).value(); }
  std::string first_key() const {
    const std::string keys = slurp(data + "/ledger/ledger.pub");
    return keys.substr(0, keys.find_first_of(" \n"));
  }
  ledger::Record last_entry() const {
    ledger::Record out;
    const auto scanned =
        ledger_file::scan_directory(data + "/ledger", [&](const ports::EntryView& entry) {
          out = ledger::decode_record(entry.index, entry.record).value();
          return true;
        });
    EXPECT_TRUE(scanned) << scanned.error().message;
    return out;
  }
  // All went well; else what was said.
  void ok(const std::vector<std::string>& words) {
    ASSERT_EQ(command.run(words), kExitOk) << command.err.str() << command.out.str();
  }

  std::string data;
  TestCommand command;
};

TEST_F(LedgerKeepTest, ProvesAnEntryToWhoeverHasTheKeyAlone) {
  const std::string file = data + "/7.tlog-proof";
  ok({"ledger", "proof", "7", "--out", file});
  command.env.erase("AMBIT_DATA");
  ok({"ledger", "verify", "--receipt", file, "--key", first_key(), "--json"});
  EXPECT_EQ(printed().find("index")->as_int(), 7);
  EXPECT_EQ(printed().find("record")->find("body")->find("number")->as_int(), 7);
  std::string changed = slurp(file);
  changed.replace(changed.find("index 7"), 7, "index 8");
  std::ofstream(file) << changed;
  EXPECT_EQ(command.run({"ledger", "verify", "--receipt", file, "--key", first_key()}),
            kExitRefused);
  command.env["AMBIT_DATA"] = data;
  EXPECT_EQ(command.run({"ledger", "proof", "5000"}), kExitUnreachable);
  EXPECT_EQ(command.run({"ledger", "proof", "seven"}), kExitUsage);
}

TEST_F(LedgerKeepTest, RotatesTheKeyAndFinishesWhatWasBegun) {
  const std::string before = slurp(data + "/keys/ledger.jwk");
  ok({"ledger", "rotate-key", "--json"});
  EXPECT_EQ(printed().find("keys")->as_int(), 2);
  EXPECT_NE(slurp(data + "/keys/ledger.jwk"), before);
  EXPECT_FALSE(fs::exists(data + "/keys/ledger.next.jwk"));
  append("second", 5);
  ok({"ledger", "verify", "--key", first_key()});
  // A crash before the new key took the place of the old one.
  fs::copy_file(data + "/keys/ledger.jwk", data + "/keys/ledger.next.jwk");
  std::ofstream(data + "/keys/ledger.jwk") << before;
  ok({"ledger", "rotate-key", "--json"});
  EXPECT_EQ(printed().find("keys")->as_int(), 2);
  append("third", 5);
  ok({"ledger", "verify", "--key", first_key()});
}

TEST_F(LedgerKeepTest, ExportsAndVerifiesABundle) {
  const std::string file = data + "/out.tar";
  ok({"export", "--from", "3", "--to", "9", "--out", file, "--json"});
  EXPECT_EQ(printed().find("matched")->as_int(), 6);
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  ok({"export", "verify", file, "--key", data + "/ledger/ledger.pub", "--since",
      data + "/ledger/checkpoint"});
  EXPECT_TRUE(command.out.str().starts_with("ok: 6 entries")) << command.out.str();
  EXPECT_EQ(command.run({"export", "--from", "9", "--to", "9", "--out", file}), kExitUsage);
  EXPECT_EQ(command.run({"ledger", "completeness", "--since", "2026-01-02T00:00:00Z", "--until",
                         "2026-01-01T00:00:00Z"}),
            kExitUsage);
  std::string bytes = slurp(file);
  bytes[bytes.find("\"number\":5") + 9] = '6';
  std::ofstream(file, std::ios::binary) << bytes;
  EXPECT_EQ(command.run({"export", "verify", file, "--json"}), kExitRefused);
  const text::Json finding = printed().find("findings")->as_array()[0];
  EXPECT_EQ(finding.string_or("finding", ""), "entry_edited");
  EXPECT_EQ(finding.find("entry")->as_int(), 5);
  EXPECT_EQ(command.run({"export", "--task", "tsk_none", "--out", file}), kExitNotFound);
  EXPECT_EQ(command.run({"export"}), kExitUsage);
}

TEST_F(LedgerKeepTest, PublishesAFolderOfTiles) {
  ok({"ledger", "publish", data + "/www"});
  EXPECT_EQ(slurp(data + "/www/checkpoint"), slurp(data + "/ledger/checkpoint"));
  EXPECT_TRUE(fs::exists(data + "/www/tile/entries/000.p/20"));
}

TEST_F(LedgerKeepTest, ArchivesHoldsAndDrops) {
  append("more", 400);
  const std::string archive = data + "/archive";
  ok({"ledger", "archive", archive, "--json"});
  const std::int64_t segments = printed().find("segments")->as_int();
  EXPECT_GE(segments, 2);
  const ledger::Record moved = last_entry();
  EXPECT_EQ(moved.kind, "ledger.archived");
  EXPECT_EQ(moved.body.find("to")->as_int(), printed().find("to")->as_int());
  ok({"ledger", "verify", "--archive", archive});
  command.run({"ledger", "completeness", "--archive", archive});
  EXPECT_EQ(command.out.str().find("not at hand"), std::string::npos) << command.out.str();
  ledger_file::HoldFile holds(data + "/ledger");
  ASSERT_TRUE(holds.place({"case-17", 0, 1}));
  ok({"ledger", "drop", archive, "--before", "100000", "--yes", "--json"});
  EXPECT_EQ(printed().find("segments")->as_int(), segments - 1);
  EXPECT_EQ(printed().find("held_back")->as_array().size(), 1u);
  ASSERT_TRUE(holds.release("case-17"));
  ok({"ledger", "drop", archive, "--before", "100000", "--yes"});
  ok({"ledger", "verify"});
  ok({"ledger", "verify", "--archive", archive});
  EXPECT_NE(command.out.str().find("archived or dropped"), std::string::npos);
  EXPECT_EQ(last_entry().kind, "ledger.dropped");
  EXPECT_FALSE(last_entry().body.string_or("account", "").empty());
  ok({"replay", "--json"});
  EXPECT_LT(printed().find("entries")->as_int(), 420);
  // Whole as far as it goes.
  command.run({"ledger", "completeness", "--json"});
  const text::Json report = printed();
  for (const text::Json& metric : report.find("metrics")->as_array()) {
    if (metric.string_or("id", "") != "m11") continue;
    EXPECT_EQ(metric.find("numerator")->as_int(), metric.find("denominator")->as_int());
    EXPECT_GT(metric.find("numerator")->as_int(), 0);
    EXPECT_LT(metric.find("numerator")->as_int(), 420);
  }
  EXPECT_TRUE(fs::exists(data + "/ledger/base"));
}

TEST_F(LedgerKeepTest, DropsNothingOfALedgerThatIsNotWhatItsCheckpointCovers) {
  append("more", 400);
  const std::string archive = data + "/archive";
  ok({"ledger", "archive", archive});
  // Whole as a file, and with another record.
  const std::string other = data + "/other";
  command.env["AMBIT_DATA"] = other;
  fs::create_directories(other + "/keys");
  fs::copy_file(data + "/keys/ledger.jwk", other + "/keys/ledger.jwk");
  const std::string mine = std::exchange(data, other);
  append("forged", 20, "ambit.test/log");
  append("more", 400);
  ok({"ledger", "archive", other + "/archive"});
  data = mine;
  command.env["AMBIT_DATA"] = data;
  fs::copy_file(other + "/archive/000000000000.seg", archive + "/000000000000.seg",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(command.run({"ledger", "drop", archive, "--before", "100000", "--yes"}), kExitRefused);
  EXPECT_TRUE(command.err.str().starts_with("ledger.corrupt: ")) << command.err.str();
  EXPECT_TRUE(fs::exists(archive + "/000000000000.seg"));
  EXPECT_FALSE(fs::exists(data + "/ledger/base"));
}

TEST_F(LedgerKeepTest, ReplaysWhatWasArchivedFromTheArchive) {
  append("more", 400);
  const std::string archive = data + "/archive";
  ok({"ledger", "archive", archive});
  ok({"replay", "--json"});
  EXPECT_GE(printed().find("entries")->as_int(), 420);
  fs::rename(archive, data + "/elsewhere");
  EXPECT_EQ(command.run({"replay"}), kExitUnreachable);
  EXPECT_TRUE(command.err.str().starts_with("ledger.absent: entries 0 to ")) << command.err.str();
  ok({"replay", "--archive", data + "/elsewhere", "--json"});
  EXPECT_GE(printed().find("entries")->as_int(), 420);
}

// s3rver, which checks signatures, as a child process.
class Store {
 public:
  explicit Store(const std::string& directory) {
    std::array<int, 2> in{}, out{};
    if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::close(in[1]);
      ::execlp("node", "node", "tests/s3/serve.mjs", directory.c_str(), "evidence", nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    hold_ = in[1];
    for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) port_ += c;
    ::close(out[0]);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store() {
    ::close(hold_);
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }

  std::string url() const { return "http://127.0.0.1:" + port_; }

 private:
  pid_t child_ = -1;
  int hold_ = -1;
  std::string port_;
};

TEST_F(LedgerKeepTest, MovesSegmentsToAnS3StoreAndBackWhole) {
  if (!fs::exists("tests/s3/node_modules/s3rver")) GTEST_SKIP() << "s3rver is not installed";
  append("more", 400);
  const std::string archive = data + "/archive";
  ok({"ledger", "archive", archive});
  const Store store(data + "/store");
  command.console.send = [](net::ClientRequest request, net::ClientOptions options) {
    return net::blocking_request(std::move(request), std::move(options));
  };
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  command.console.now = [now] {
    return Time{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
  };
  command.env["AWS_ENDPOINT_URL"] = store.url();
  command.env["AWS_ACCESS_KEY_ID"] = "S3RVER";
  command.env["AWS_SECRET_ACCESS_KEY"] = "wrong";
  EXPECT_EQ(command.run({"ledger", "offload", archive, "s3://evidence/node 1"}), kExitUnreachable);
  EXPECT_TRUE(fs::exists(archive + "/000000000000.seg"));
  command.env["AWS_SECRET_ACCESS_KEY"] = "S3RVER";
  ok({"ledger", "offload", archive, "s3://evidence/node 1", "--json"});
  const std::int64_t segments = printed().find("segments")->as_int();
  EXPECT_GE(segments, 2);
  EXPECT_FALSE(fs::exists(archive + "/000000000000.seg"));
  ok({"ledger", "verify"});  // by the hashes that stayed
  ok({"ledger", "fetch", "s3://evidence/node 1", archive, "--json"});
  EXPECT_EQ(printed().find("segments")->as_int(), segments);
  ok({"ledger", "verify", "--archive", archive});
  EXPECT_EQ(command.run({"ledger", "fetch", "s3://evidence/else", data + "/other"}), kExitNotFound);
  command.env.erase("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(command.run({"ledger", "offload", archive, "s3://evidence"}), kExitUnauthenticated);
}

}  // namespace
}  // namespace ambit::cli
