// A ledger in files with the records of two tasks, for the tests of this room.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "evidence/export.h"
#include "ledger/record.h"
#include "ledger_file/file_log.h"
#include "text/base64url.h"
#include "text/json.h"

namespace ambit::evidence {

inline crypto::SigningKey test_key(char fill) {
  return *crypto::SigningKey::from_ed25519_seed(std::string(32, fill));
}
inline ledger::NoteVerifier test_verifier(char fill) {
  return *ledger::NoteVerifier::make("example.com/log", test_key(fill).public_key());
}

class EvidenceTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "ambit_evidence_XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
    open('k');
  }
  void TearDown() override {
    log.reset();
    std::filesystem::remove_all(folder);
  }

  void open(char key) {
    ledger_file::FileLogOptions options;
    options.directory = folder + "/ledger";
    options.origin = "example.com/log";
    options.archive = folder + "/archive";
    options.segment_bytes = 256u << 10;
    options.reserve_bytes = 64u << 10;
    options.checkpoint_interval = minutes(60);
    auto opened = ledger_file::FileLog::open(options, test_key(key));
    ASSERT_TRUE(opened) << opened.error().message;
    log = *std::move(opened);
  }

  std::uint64_t append(const std::string& kind, text::Json body, std::string beside = {}) {
    const std::uint64_t index = next++;
    log->append({*ledger::encode_record(Time{1'700'000'000'000 + static_cast<std::int64_t>(index)},
                                        kind, body),
                 std::move(beside)},
                [this](const Result<ports::Position>& at) { durable += at ? 1 : 0; });
    return index;
  }
  static std::string digest(const text::Json& json) {
    return text::to_base64url(crypto::sha256(text::to_canonical_json(json)).view());
  }
  // A document in one record, and one in two.
  std::string document(const std::string& kind, const text::Json& value) {
    append("document",
           text::Json::object({{"digest", digest(value)}, {"kind", kind}, {"value", value}}));
    return digest(value);
  }
  std::string long_document(const std::string& kind, const text::Json& value) {
    const std::string whole = text::to_canonical_json(value);
    for (int part = 1; part <= 2; ++part) {
      const std::string bytes =
          part == 1 ? whole.substr(0, whole.size() / 2) : whole.substr(whole.size() / 2);
      append("document", text::Json::object({{"bytes", text::to_base64(bytes)},
                                             {"digest", digest(value)},
                                             {"kind", kind},
                                             {"part", part},
                                             {"parts", 2}}));
    }
    return digest(value);
  }
  // What stands before the decisions of a task; the situation's id.
  std::string begin_task(const std::string& task, const std::string& agent,
                         const std::string& parent = "") {
    append("task.started",
           text::Json::object({{"task", task},
                               {"agent", agent},
                               {"spec", text::Json::object({{"parent", parent}})}}));
    const std::string who = document("identity", text::Json::object({{"id", agent}}));
    const std::string owner = document("identity", text::Json::object({{"id", "bob \"the\" {"}}));
    const std::string rules = long_document(
        "policies", text::Json::object({{"texts", "permit(principal, action, resource);"}}));
    text::Json chain = text::Json::array({task});
    if (!parent.empty()) chain.push_back(parent);
    const text::Json facts =
        text::Json::object({{"agent", agent},
                            {"agent_document", who},
                            {"accountable_documents", text::Json::array({owner, text::Json()})},
                            {"chain", chain},
                            {"policy", text::Json::object({{"document", rules}})},
                            {"task", task}});
    append("situation", text::Json::object({{"facts", facts}, {"id", digest(facts)}}));
    return digest(facts);
  }
  // The decision's index; its outcome is the entry behind it.
  std::uint64_t decide(const std::string& id, const std::string& task,
                       const std::string& situation) {
    const std::uint64_t index =
        append("decision",
               text::Json::object({{"id", id},
                                   {"situation", situation},
                                   {"arguments", text::Json::object({{"situation", "\\\"}"}})}}),
               "sealed beside " + id);
    append("outcome", text::Json::object({{"decision", id}, {"task", task}, {"status", "ok"}}));
    return index;
  }
  // Two tasks of two agents, the second with one below it, `rounds` decisions each in turn.
  void fill(int rounds) {
    const std::string one = begin_task("tsk_1", "writer");
    const std::string two = begin_task("tsk_2", "reader");
    const std::string below = begin_task("tsk_3", "reader", "tsk_2");
    for (int i = 0; i < rounds; ++i) {
      const std::string n = std::to_string(i);
      decide("dec_a" + n, "tsk_1", one);
      decide("dec_b" + n, "tsk_2", two);
      decide("dec_c" + n, "tsk_3", below);
    }
    seal();
  }
  std::string seal() {
    while (durable < next) std::this_thread::yield();
    auto note = log->seal();
    EXPECT_TRUE(note) << note.error().message;
    return note.value_or("");
  }

  Result<ExportedBundle> make(Selection selection, const std::string& since = "",
                              char key = 'k') const {
    ExportOptions options;
    options.directory = folder + "/ledger";
    options.selection = std::move(selection);
    options.since = since;
    return export_evidence(options, [key](std::string_view text) -> Result<std::string> {
      return ledger::sign_note(text, test_verifier(key), test_key(key));
    });
  }
  std::string bundle(Selection selection, const std::string& since = "", char key = 'k') const {
    auto made = make(std::move(selection), since, key);
    EXPECT_TRUE(made) << made.error().message;
    return made ? made->bytes : std::string();
  }

  std::string folder;
  std::unique_ptr<ledger_file::FileLog> log;
  std::uint64_t next = 0;
  std::atomic<std::uint64_t> durable{0};
};

}  // namespace ambit::evidence
