#include "evidence/export.h"

#include <fstream>

#include "evidence/evidence_fixture.h"
#include "evidence/internal/bundle_files.h"
#include "evidence/tar.h"
#include "evidence/verify_export.h"
#include "ledger_file/archive.h"

namespace ambit::evidence {
namespace {

class ExportTest : public EvidenceTest {
 protected:
  // The records of a bundle by kind, as `kind id`.
  static std::vector<std::string> records(const std::string& bundle) {
    std::vector<std::string> out;
    const std::vector<TarFile> files = read_tar(bundle).value();
    for (const TarFile& file : files) {
      if (file.name != kEntries) continue;
      for (std::string_view rest = file.bytes; !rest.empty();) {
        const std::size_t end = rest.find('\n');
        const auto line = *parse_entry_line(rest.substr(0, end));
        const auto record = *text::parse_json(line.record, {1u << 20, 64});
        const text::Json& body = *record.find("body");
        std::string name(body.string_or("id", ""));
        for (const char* key : {"decision", "task", "kind"}) {
          if (name.empty()) name = body.string_or(key, "");
        }
        out.push_back(std::string(record.string_or("kind", "")) + " " + name + " " + line.beside);
        rest.remove_prefix(end + 1);
      }
    }
    return out;
  }
  static bool holds(const std::vector<std::string>& list, const std::string& part) {
    return std::any_of(list.begin(), list.end(), [&](const std::string& item) {
      return item.find(part) != std::string::npos;
    });
  }
};

TEST_F(ExportTest, TakesWhatConcernsATaskWithWhatItRefersTo) {
  fill(2);
  const std::string made = bundle({.task = "tsk_1"});
  const auto found = records(made);
  for (const char* wanted :
       {"task.started tsk_1", "decision dec_a0 sealed beside dec_a0", "outcome dec_a1",
        "situation ", "document policies", "document identity"}) {
    EXPECT_TRUE(holds(found, wanted)) << wanted;
  }
  EXPECT_FALSE(holds(found, "dec_b"));
  EXPECT_FALSE(holds(found, "tsk_2"));
  const ExportReport report =
      verify_export(made, {.key = test_verifier('k'), .since = {}, .witnesses = {}});
  EXPECT_TRUE(report.ok()) << report.findings.front().what;
  EXPECT_EQ(report.entries, found.size());
  EXPECT_EQ(report.matched, 5u);  // its start, two decisions, two outcomes
  EXPECT_EQ(report.selection.task, "tsk_1");
}

TEST_F(ExportTest, HasTheEndThatCameWithATaskAbove) {
  fill(1);
  const std::vector<std::string> both{"tsk_2", "tsk_3"};
  text::Json list = text::Json::array();
  for (const std::string& task : both) list.push_back(task);
  append("task.ended", text::Json::object({{"task", "tsk_2"}, {"ended", list}}));
  append("task.erased", text::Json::object({{"task", "tsk_2"}, {"keys", list}}));
  seal();
  for (const std::string& task : both) {
    const auto found = records(bundle({.task = task}));
    EXPECT_TRUE(holds(found, "task.ended tsk_2")) << task;
    EXPECT_TRUE(holds(found, "task.erased tsk_2")) << task;
  }
  EXPECT_FALSE(holds(records(bundle({.task = "tsk_1"})), "task.ended"));
}

TEST_F(ExportTest, MakesNoBundleThatWouldNotVerify) {
  fill(2);
  const std::string tile = folder + "/ledger/tile/0/000.p/" + std::to_string(next);
  std::fstream file(tile, std::ios::in | std::ios::out | std::ios::binary);
  ASSERT_TRUE(file) << tile;
  file.put('x');  // of the first entry's hash
  file.close();
  const auto made = make({.task = "tsk_1"});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().reason, "ledger.corrupt");
  EXPECT_NE(made.error().message.find("nothing was exported"), std::string::npos);
}

TEST_F(ExportTest, TakesTheTasksBelowAndAllThatAnAgentDid) {
  fill(2);
  const auto task = records(bundle({.task = "tsk_2"}));
  EXPECT_TRUE(holds(task, "dec_b0") && holds(task, "dec_c1") && holds(task, "started tsk_3"));
  EXPECT_FALSE(holds(task, "dec_a"));
  const auto agent = records(bundle({.agent = "reader"}));
  EXPECT_TRUE(holds(agent, "dec_b1") && holds(agent, "dec_c0"));
  EXPECT_FALSE(holds(agent, "dec_a") || holds(agent, "tsk_1"));
  EXPECT_TRUE(verify_export(bundle({.task = "tsk_2"})).ok());
  EXPECT_TRUE(verify_export(bundle({.agent = "reader"})).ok());
}

TEST_F(ExportTest, TakesARangeWhole) {
  fill(100);
  for (const Selection& range :
       {Selection{.from = 0}, Selection{.from = 300, .to = 301}, Selection{.from = 250, .to = 520},
        Selection{.from = next - 1}, Selection{.from = 0, .to = 256}}) {
    const std::string made = bundle(range);
    const ExportReport report = verify_export(made);
    EXPECT_TRUE(report.ok()) << report.findings.front().what;
    EXPECT_EQ(report.matched, std::min(range.to, next) - range.from);
    EXPECT_GE(report.entries, report.matched);
  }
  // Whole trees of every shape.
  for (std::uint64_t i = 0; i < 40; ++i) {
    append("filler", text::Json::object());
    seal();
    EXPECT_TRUE(verify_export(bundle({.from = i * 7, .to = i * 7 + 1 + i})).ok());
  }
}

TEST_F(ExportTest, RefusesWhatMightHaveBeenDropped) {
  fill(300);
  seal();
  const std::string archive = folder + "/archive";
  const auto moved = log->archive(next, [](const ports::EntryView&) { return false; });
  log.reset();
  ASSERT_TRUE(moved && moved->segments > 0);
  const std::uint64_t end = moved->entries.end;
  ASSERT_TRUE(ledger_file::drop_archived(folder + "/ledger", archive, end,
                                         [](const ports::EntryView& entry) {
                                           const auto kind = ledger::kind_of(entry.record);
                                           return kind == "document" || kind == "situation";
                                         }));
  for (const Selection& selection :
       {Selection{}, Selection{.task = "tsk_1"}, Selection{.from = end - 2}}) {
    const auto made = make(selection);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().reason, "ledger.dropped");
    EXPECT_NE(made.error().message.find("from entry " + std::to_string(end) + " on"),
              std::string::npos)
        << made.error().message;
  }
  const ExportReport report = verify_export(bundle({.from = end}));
  EXPECT_TRUE(report.ok()) << report.findings.front().what;
  EXPECT_EQ(report.matched, next - end);
}

TEST_F(ExportTest, GivesTheSameBytesForTheSameSelection) {
  fill(5);
  EXPECT_EQ(bundle({.task = "tsk_1"}), bundle({.task = "tsk_1"}));
  EXPECT_NE(bundle({.task = "tsk_1"}), bundle({.task = "tsk_2"}));
}

TEST_F(ExportTest, CarriesTheChangesOfKeys) {
  fill(1);
  const std::string before = seal();
  ASSERT_TRUE(log->rotate_key(test_key('l'), Time{1}));
  next += 1;
  durable += 1;
  decide("dec_late", "tsk_1", "none");
  seal();
  ASSERT_TRUE(log->rotate_key(test_key('m'), Time{2}));
  next += 1;
  durable += 1;
  const std::string made = bundle({.task = "tsk_2"}, "", 'm');
  for (const char key : {'k', 'l', 'm'}) {
    const ExportReport report =
        verify_export(made, {.key = test_verifier(key), .since = before, .witnesses = {}});
    EXPECT_EQ(report.keys, 3u);
    EXPECT_TRUE(report.ok()) << report.findings.front().what;
  }
  EXPECT_TRUE(verify_export(bundle({.task = "tsk_2"}, before, 'm'),
                            {.key = test_verifier('k'), .since = before, .witnesses = {}})
                  .ok());
  EXPECT_FALSE(verify_export(made, {.key = test_verifier('x'), .since = {}, .witnesses = {}}).ok());
  EXPECT_EQ(make({.task = "tsk_2"}, "", 'k').error().reason, "export.key");
}

TEST_F(ExportTest, RefusesWhatItCannotHandOver) {
  fill(1);
  EXPECT_EQ(make({.task = "tsk_none"}).error().reason, "export.empty");
  EXPECT_EQ(make({.from = 5000}).error().reason, "export.empty");
  ExportOptions small;
  small.directory = folder + "/ledger";
  small.max_bytes = 1000;
  EXPECT_EQ(export_evidence(small, {}).error().reason, "export.too_large");
  small.directory = folder + "/none";
  EXPECT_EQ(export_evidence(small, {}).error().reason, "ledger.no_checkpoint");
  const std::string other =
      ledger::sign_checkpoint(3, ledger::Hash(), test_verifier('k'), test_key('k'));
  EXPECT_EQ(make({.task = "tsk_1"}, other).error().reason, "export.since");
  const std::string later =
      ledger::sign_checkpoint(5000, ledger::Hash(), test_verifier('k'), test_key('k'));
  EXPECT_EQ(make({.task = "tsk_1"}, later).error().reason, "export.since");
}

}  // namespace
}  // namespace ambit::evidence
