// The verbs of tools, policies, approvals, decisions and the ledger, against a server of canned
// answers: what they send, print and return.
#include "cli/internal/verbs_fixture.h"

namespace ambit::cli {
namespace {

using text::Json;

constexpr std::string_view kTool = R"({"server":"files","name":"read_file","state":"quarantined",
  "digest":"","listed_digest":"sha256:01","binding":{"class":"read","outcome":"read","tier":"low",
  "targets":[{"argument":"/path","kind":"path"}]}})";

using GovernanceVerbsTest = VerbsTest;

TEST_F(GovernanceVerbsTest, ImportACommandAsAServer) {
  command.answer("POST /v1/servers", 200,
                 R"({"server":{"id":"files"},"tools":[)" + std::string(kTool) + "]}");
  command.env["API_KEY"] = "k1";
  const std::string bindings = file("b.json", R"({"read_file":{"class":"read"}})");
  ASSERT_EQ(command.run({"tool", "import", "files", "--bindings", bindings, "--read", "/srv/in",
                         "--write", "/srv/out/", "--cwd", "/srv", "--env", "API_KEY", "--", "npx",
                         "-y", "server", "/srv/out"}),
            kExitOk)
      << command.err.str();
  EXPECT_EQ(text::to_json(body()),
            R"({"server":{"id":"files","transport":"stdio","command":["npx","-y","server",)"
            R"("/srv/out"],"working_directory":"/srv","env":{"API_KEY":"k1"},"confinement":)"
            R"({"read_paths":["/srv/in"],"write_paths":["/srv/out/"],"network":false}},)"
            R"("bindings":{"read_file":{"class":"read"}}})");
  EXPECT_TRUE(printed("files/read_file"));
  EXPECT_TRUE(printed("approval"));
}

TEST_F(GovernanceVerbsTest, ImportAServerFromAFile) {
  command.answer("POST /v1/servers", 200, R"({"server":{},"tools":[]})");
  EXPECT_EQ(command.run({"tool", "import", file("s.json", R"({"server":{"id":"x"}})")}), kExitOk);
  EXPECT_EQ(command.requests.back().body, R"({"server":{"id":"x"}})");
  EXPECT_EQ(command.run({"tool", "import", file("t.json", R"({"id":"x"})")}), kExitUsage);
  EXPECT_TRUE(complained("-- COMMAND"));
  EXPECT_EQ(command.run({"tool", "import", "far", "--http", "https://far.example/mcp"}), kExitOk);
  EXPECT_EQ(command.requests.back().body,
            R"({"server":{"id":"far","transport":"http","url":"https://far.example/mcp"}})");
}

TEST_F(GovernanceVerbsTest, ApproveToolsByTheDigestsThatWereListed) {
  command.answer("GET /v1/servers/files/tools", 200, R"({"items":[)" + std::string(kTool) + "]}");
  command.answer("POST /v1/servers/files/approve", 200, R"({"items":[]})");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"tool", "approve", "files"},
        {"tool", "approve", "files", "read_file"},
        {"tool", "approve", "files/read_file"}}) {
    EXPECT_EQ(command.run(words), kExitOk) << command.err.str();
    EXPECT_EQ(command.requests.back().body,
              R"({"tools":["read_file"],"digests":{"read_file":"sha256:01"}})");
  }
  EXPECT_EQ(command.run({"tool", "approve", "files", "fly"}), kExitNotFound);
  EXPECT_TRUE(complained("tool.unknown"));
}

TEST_F(GovernanceVerbsTest, AskBeforeApprovingOnATerminal) {
  command.console.in_is_terminal = true;
  command.answer("GET /v1/servers/files/tools", 200, R"({"items":[)" + std::string(kTool) + "]}");
  command.answer("POST /v1/servers/files/approve", 200, R"({"items":[]})");
  command.in.str("n\n");
  EXPECT_EQ(command.run({"tool", "approve", "files"}), kExitRefused);
  EXPECT_EQ(command.requests.back().method, "GET");
  command.in.clear();
  command.in.str("y\n");
  EXPECT_EQ(command.run({"tool", "approve", "files"}), kExitOk);
  EXPECT_EQ(command.requests.back().method, "POST");
}

TEST_F(GovernanceVerbsTest, CheckPoliciesWithoutAServer) {
  const std::string good = file("good.cedar", "permit(principal, action, resource);\n");
  const std::string bad =
      file("bad.cedar", "permit(principal, action, resource)\nwhen { context.a == };\n");
  EXPECT_EQ(command.run({"policy", "check", good}), kExitOk);
  EXPECT_TRUE(printed("ok: 1 policy in 1 file"));
  EXPECT_EQ(command.run({"policy", "check", good, bad}), kExitRefused);
  EXPECT_TRUE(printed(bad + ":2:21: error: "));
  EXPECT_TRUE(printed(" 2 | when { context.a == };\n   | " + std::string(20, ' ') + "^\n"));
  EXPECT_EQ(command.run({"policy", "check", bad, "--json"}), kExitRefused);
  const Json report = *text::parse_json(command.out.str());
  EXPECT_FALSE(report.find("ok")->as_bool());
  EXPECT_EQ(report.find("findings")->as_array()[0].find("column")->as_int(), 21);
  EXPECT_TRUE(command.requests.empty());
}

TEST_F(GovernanceVerbsTest, AskTheServerToCheckPoliciesToo) {
  const std::string good = file("good.cedar", "permit(principal, action, resource);\n");
  command.answer("POST /v1/policies/check", 200,
                 R"({"ok":false,"findings":[{"name":"good","line":1,"column":1,
                 "offset":0,"length":6,"text":"permit(principal, action, resource);",
                 "message":"needs approvers","hint":"add @approvers"}]})");
  EXPECT_EQ(command.run({"policy", "check", "--online", good}), kExitRefused);
  EXPECT_TRUE(printed("good.cedar:1:1: error: needs approvers\n"));
  EXPECT_TRUE(printed("  hint: add @approvers"));
}

TEST_F(GovernanceVerbsTest, PublishPoliciesUnderTheNamesOfTheirFiles) {
  const std::string good = file("good.cedar", "permit(principal, action, resource);");
  command.answer("PUT /v1/policies", 200,
                 R"({"version":2,"digest":"sha256:1","policies":{"good":"x"}})");
  EXPECT_EQ(command.run({"policy", "put", good, "--high-tier", "security:2"}), kExitOk);
  EXPECT_EQ(command.requests.back().body,
            R"({"policies":{"good":"permit(principal, action, resource);"},)"
            R"("high_tier_needs":[{"approvers":"security","quorum":2}]})");
  EXPECT_TRUE(printed("good"));
  const auto count = command.requests.size();
  EXPECT_EQ(command.run({"policy", "put", file("bad.cedar", "permit(")}), kExitRefused);
  EXPECT_EQ(command.requests.size(), count);
}

constexpr const char* kApproval = R"({"id":"apr_1","state":"pending","agent":"w","task":"tsk_1",
  "action_digest":"sha256:seen","digest":"sha256:seen","view":{"server":"files",
  "tool":"move_file","arguments":{"source":"/a"}}})";

TEST_F(GovernanceVerbsTest, PageThroughApprovals) {
  command.answer(
      "GET /v1/approvals?limit=1", 200,
      std::string(R"({"items":[)") + kApproval + R"(],"next_before":"pending.1.apr_1"})");
  EXPECT_EQ(command.run({"approval", "list", "--limit", "1"}), kExitOk);
  EXPECT_TRUE(printed("more: --before pending.1.apr_1"));
  command.answer("GET /v1/approvals?before=pending.1.apr_1", 200, R"({"items":[]})");
  EXPECT_EQ(command.run({"approval", "list", "--before", "pending.1.apr_1"}), kExitOk);
  EXPECT_TRUE(printed("no approvals wait or were answered lately"));
}

TEST_F(GovernanceVerbsTest, GrantWhatWasShownAndNothingElse) {
  command.answer("GET /v1/approvals/apr_1", 200, kApproval);
  command.answer("POST /v1/approvals/apr_1/grant", 200, R"({"id":"apr_1","state":"granted"})");
  EXPECT_EQ(command.run({"approval", "grant", "apr_1"}), kExitRefused);  // nobody to ask
  EXPECT_EQ(command.requests.back().method, "GET");
  EXPECT_EQ(command.run({"approval", "grant", "apr_1", "--yes"}), kExitOk);
  EXPECT_EQ(command.requests.back().body, R"({"digest":"sha256:seen"})");
  EXPECT_TRUE(printed("files/move_file"));
  EXPECT_TRUE(printed("apr_1 is granted"));
}

TEST_F(GovernanceVerbsTest, AskBeforeGrantingOnATerminal) {
  command.console.in_is_terminal = true;
  command.answer("GET /v1/approvals/apr_1", 200, kApproval);
  command.answer("POST /v1/approvals/apr_1/grant", 200, R"({"id":"apr_1","state":"pending"})");
  for (const char* answer : {"n\n", "\n", ""}) {
    command.in.clear();
    command.in.str(answer);
    EXPECT_EQ(command.run({"approval", "grant", "apr_1"}), kExitRefused);
    EXPECT_EQ(command.requests.back().method, "GET");
  }
  command.in.clear();
  command.in.str("yes\n");
  EXPECT_EQ(command.run({"approval", "grant", "apr_1"}), kExitOk);
  EXPECT_TRUE(printed("another human must grant it too"));
}

TEST_F(GovernanceVerbsTest, RefuseWithANote) {
  command.answer("POST /v1/approvals/apr_1/refuse", 200, R"({"id":"apr_1","state":"refused"})");
  EXPECT_EQ(command.run({"approval", "refuse", "apr_1", "--note", "no"}), kExitOk);
  EXPECT_EQ(command.requests.back().body, R"({"note":"no"})");
}

TEST_F(GovernanceVerbsTest, FilterDecisionsAndNameTheApproversOfOne) {
  command.answer("GET /v1/decisions?agent=w&verdict=deny&limit=5", 200,
                 R"({"items":[],"next_before":9})");
  EXPECT_EQ(command.run({"decision", "list", "--agent", "w", "--verdict", "deny", "--limit", "5"}),
            kExitOk);
  EXPECT_TRUE(printed("--before 9"));
  command.answer("GET /v1/decisions/dec_1", 200,
                 R"({"id":"dec_1","agent":"w","server":"files","tool":"move_file",
                 "decision":{"verdict":"allow","approval":"apr_1"}})");
  command.answer("GET /v1/approvals/apr_1", 200,
                 R"({"id":"apr_1","state":"used","grants":[{"by":"alice","at":"now"}]})");
  EXPECT_EQ(command.run({"decision", "show", "dec_1"}), kExitOk);
  EXPECT_TRUE(printed("alice at now"));
}

TEST_F(GovernanceVerbsTest, ListVersionsOfThePoliciesInPages) {
  command.answer("GET /v1/policies/versions?limit=1", 200,
                 R"({"items":[{"version":3,"digest":"sha256:d","author":"ann",
                 "approved_by":"sam","published_at":"now"}],"next_before":7})");
  EXPECT_EQ(command.run({"policy", "versions", "--limit", "1"}), kExitOk);
  EXPECT_TRUE(printed("sam"));
  EXPECT_TRUE(printed("older ones: --before 7"));
  command.answer("GET /v1/policies/versions?before=7", 200, R"({"items":[]})");
  EXPECT_EQ(command.run({"policy", "versions", "--before", "7"}), kExitOk);
}

TEST_F(GovernanceVerbsTest, ShowTheNewestLedgerEntries) {
  command.answer("GET /v1/ledger/entries?count=0", 200, R"({"items":[],"size":50})");
  command.answer("GET /v1/ledger/entries?from=30&count=20", 200,
                 R"({"items":[{"index":30,"record":{"at":0,"kind":"task.ended",
                 "body":{"task":"tsk_1","reason":"completed"}}}],"size":50})");
  EXPECT_EQ(command.run({"ledger", "show"}), kExitOk);
  EXPECT_TRUE(printed("task.ended"));
  EXPECT_TRUE(printed("task tsk_1, reason completed"));
  EXPECT_TRUE(printed("1970-01-01T00:00:00.000Z"));
  EXPECT_EQ(command.run({"ledger", "show", "--count", "many"}), kExitUsage);
}

}  // namespace
}  // namespace ambit::cli
