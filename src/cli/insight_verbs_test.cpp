// `ambit explain`, `timeline`, `entitlements` against canned answers; `ledger completeness` on
// files.
#include "cli/internal/verbs_fixture.h"
#include "ledger/record.h"
#include "ledger_file/file_log.h"

namespace ambit::cli {
namespace {

using InsightVerbsTest = VerbsTest;

TEST_F(InsightVerbsTest, SearchDecisionsByAnything) {
  command.answer(
      "GET /v1/decisions?tool=files%2Fread&target=path%3A%2Fsrv&reason=scope.target"
      "&label=secret&approver=bob&since=2026-01-01T00%3A00%3A00Z",
      200, R"({"items":[],"not_indexed":12})");
  EXPECT_EQ(command.run({"decision", "list", "--tool", "files/read", "--target", "path:/srv",
                         "--reason", "scope.target", "--label", "secret", "--approver", "bob",
                         "--since", "2026-01-01T00:00:00Z"}),
            kExitOk)
      << command.err.str();
  EXPECT_TRUE(printed("12 ledger entries are not indexed yet"));
}

TEST_F(InsightVerbsTest, ExplainInWords) {
  command.answer("GET /v1/decisions/dec_1/explanation", 200,
                 R"({"summary":"Agent w wanted to pay.","accountable":{"authorised_by":["alice"],
                 "monitored_by":["carol"],"may_stop":["dave","erin"]},
                 "gates":[{"gate":"scope","result":"refused","why":"scope.target: no"}],
                 "policies":{"name":"default","version":3,
                 "determining":[{"id":"main#0","text":"permit(\n  principal);"}]},
                 "path":[{"entry":7,"at":"then","words":"asked\u202e"}],
                 "missing":["the outcome"]})");
  EXPECT_EQ(command.run({"explain", "dec_1"}), kExitOk) << command.err.str();
  for (const char* part :
       {"Agent w wanted to pay.", "carol", "dave, erin", "refused", "main#0", "      principal);",
        "asked\\u{202E}", "not in the ledger: the outcome"}) {
    EXPECT_TRUE(printed(part)) << part << "\n" << command.out.str();
  }
}

TEST_F(InsightVerbsTest, TheTimelineIsOfWhateverTheIdIs) {
  const std::string page = R"({"items":[{"entry":4,"at":"t","gap_ms":90000,"words":"did",
      "offered":["a/b","c/d"],"chosen":"a/b","hop":{"from":"x","to":"y"}}],
      "touched":{"systems":["x","y"]},"next_from":9})";
  command.answer("GET /v1/timeline?task=tsk_1&from=3", 200, page);
  EXPECT_EQ(command.run({"timeline", "tsk_1", "--from", "3"}), kExitOk) << command.err.str();
  for (const char* part : {"90 s", "chose a/b of a/b, c/d", "x -> y", "more: --from 9"}) {
    EXPECT_TRUE(printed(part)) << part << "\n" << command.out.str();
  }
  command.answer("GET /v1/timeline?session=ses_1", 200, page);
  EXPECT_EQ(command.run({"timeline", "ses_1"}), kExitOk);
  command.answer("GET /v1/timeline?identity=writer", 200, page);
  EXPECT_EQ(command.run({"timeline", "writer"}), kExitOk);
  command.answer("GET /v1/decisions/dec_1/trace", 200,
                 R"({"backward":[],"forward":[],"missing":["the start of task t"],"touched":{}})");
  EXPECT_EQ(command.run({"timeline", "dec_1"}), kExitOk);
  EXPECT_TRUE(printed("the start of task t"));
}

TEST_F(InsightVerbsTest, EntitlementsAtAMoment) {
  command.answer("GET /v1/identities/w/entitlements?at=2026-01-01T00%3A00%3A00Z", 200,
                 R"({"agent":"w","at":"then","may_act":true,"tasks":[{"task":"tsk_1","calls_left":4,
                 "tools":[{"tool":"files/pay","state":"approved","needs_human":true}]},
                 {"task":"tsk_2","calls_left":0,"why_not":"its budget was used up"}]})");
  EXPECT_EQ(command.run({"entitlements", "w", "--at", "2026-01-01T00:00:00Z"}), kExitOk)
      << command.err.str();
  EXPECT_TRUE(printed("could act"));
  EXPECT_TRUE(printed("must approve"));
  EXPECT_TRUE(printed("its budget was used up"));
}

TEST_F(InsightVerbsTest, CompletenessOfALedgerOfFiles) {
  ledger_file::FileLogOptions options;
  options.directory = folder + "/ledger";
  options.origin = "ambit.test/log";
  options.segment_bytes = 4u << 20;
  {
    auto log = ledger_file::FileLog::open(
        options, *crypto::SigningKey::from_ed25519_seed(std::string(32, 'k')));
    ASSERT_TRUE(log) << log.error().message;
    // A decision of which nothing else is recorded.
    (*log)->append(
        *ledger::encode_record(
            Time{1}, "decision",
            text::Json::object(
                {{"id", "dec_1"},
                 {"situation", "none"},
                 {"decision", text::Json::object({{"verdict", "deny"}, {"gate", "scope"}})}})),
        {});
    ASSERT_TRUE((*log)->seal());
  }
  EXPECT_EQ(command.run({"ledger", "completeness", folder + "/ledger", "--json"}), kExitRefused)
      << command.err.str();
  const auto report = text::parse_json(command.out.str()).value();
  EXPECT_FALSE(report.find("met")->as_bool());
  const auto& metrics = report.find("metrics")->as_array();
  ASSERT_EQ(metrics.size(), 6u);
  EXPECT_EQ(metrics[0].string_or("id", ""), "m09");
  EXPECT_EQ(metrics[0].find("numerator")->as_int(), 0);
  EXPECT_EQ(metrics[2].string_or("status", ""), "not_met") << "nobody outside anchored it";
  EXPECT_EQ(metrics[2].find("numerator")->as_int(), 1);
  EXPECT_EQ(command.run({"ledger", "completeness", folder + "/ledger"}), kExitRefused);
  EXPECT_TRUE(printed("m12"));
  EXPECT_TRUE(printed("not met"));
}

}  // namespace
}  // namespace ambit::cli
