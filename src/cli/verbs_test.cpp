// Verbs against a server of canned answers: what they send, print and return.
#include "cli/internal/verbs_fixture.h"

namespace ambit::cli {
namespace {

using text::Json;

TEST_F(VerbsTest, SendTheTokenOfTheEnvironmentOrOfAFile) {
  command.answer("GET /v1/identities?class=agent", 200, R"({"items":[]})");
  EXPECT_EQ(command.run({"agent", "list"}), kExitOk);
  EXPECT_EQ(command.requests.back().url, "http://127.0.0.1:7700/v1/identities?class=agent");
  EXPECT_EQ(command.requests.back().headers.front().value, "Bearer amb_secret");
  EXPECT_TRUE(printed("no identities"));
  EXPECT_EQ(command.run({"agent", "list", "--as", file("token", "amb_other\n")}), kExitOk);
  EXPECT_EQ(command.requests.back().headers.front().value, "Bearer amb_other");
}

TEST_F(VerbsTest, FindTheTokenInTheDataDirectory) {
  command.env.clear();
  std::filesystem::create_directory(folder + "/var");
  file("var/admin.token", "amb_admin\n");
  command.env["AMBIT_DATA"] = folder + "/var";
  command.answer("GET /v1/tools", 200, R"({"items":[]})");
  EXPECT_EQ(command.run({"tool", "list"}), kExitOk);
  EXPECT_EQ(command.requests.back().headers.front().value, "Bearer amb_admin");
}

TEST_F(VerbsTest, WithoutATokenSayHowToGiveOne) {
  command.env = {{"AMBIT_DATA", folder}};
  EXPECT_EQ(command.run({"agent", "list"}), kExitUnauthenticated);
  EXPECT_TRUE(complained("token.missing: no access token: give `--token-file FILE`"));
  EXPECT_TRUE(command.requests.empty());
}

TEST_F(VerbsTest, DoNotCarryATokenInTheClear) {
  EXPECT_EQ(command.run({"agent", "list", "--server", "http://ambit.example:7700"}), kExitUsage);
  EXPECT_TRUE(complained("usage.insecure"));
  EXPECT_TRUE(command.requests.empty());
  command.env["AMBIT_ALLOW_HTTP"] = "1";
  command.run({"agent", "list", "--server", "http://ambit.example:7700/"});
  EXPECT_EQ(command.requests.back().url, "http://ambit.example:7700/v1/identities?class=agent");
}

TEST_F(VerbsTest, TellTheServersReasonAndExitByItsKind) {
  const std::vector<std::pair<int, int>> statuses{
      {400, kExitRefused},     {401, kExitUnauthenticated}, {403, kExitRefused},
      {404, kExitNotFound},    {409, kExitNotFound},        {429, kExitRefused},
      {500, kExitUnreachable}, {503, kExitUnreachable}};
  for (const auto& [status, exit] : statuses) {
    command.answer("GET /v1/identities/a", status,
                   R"({"status":1,"reason":"some.reason","detail":"what went wrong"})");
    EXPECT_EQ(command.run({"agent", "show", "a"}), exit) << status;
    EXPECT_EQ(command.err.str(), "some.reason: what went wrong\n");
    EXPECT_EQ(command.out.str(), "");
  }
}

TEST_F(VerbsTest, SayThatTheServerIsAway) {
  command.transport_error = Error{Code::kUnavailable, "net.connect", "connection refused"};
  EXPECT_EQ(command.run({"agent", "show", "a"}), kExitUnreachable);
  EXPECT_TRUE(complained("net.connect: no answer from `http://127.0.0.1:7700`"));
}

TEST_F(VerbsTest, PrintTheServersOwnBytesWithJson) {
  const std::string bytes = R"({"id":"a","n":1.50})";
  command.answer("GET /v1/identities/a%2Fb", 200, bytes);
  EXPECT_EQ(command.run({"agent", "show", "a/b", "--json"}), kExitOk);
  EXPECT_EQ(command.out.str(), bytes + "\n");
}

TEST_F(VerbsTest, RegisterAHumanAndKeepTheTokenInAFile) {
  command.answer("POST /v1/identities", 201, R"({"id":"alice","class":"human","state":"active"})");
  command.answer("POST /v1/identities/alice/tokens", 201,
                 R"({"id":"tok_1","token":"amb_alice","expires_at":"2027-01-01T00:00:00.000Z"})");
  const std::string path = folder + "/alice.token";
  ASSERT_EQ(command.run({"human", "register", "alice", "--role", "approver", "--role", "auditor",
                         "--token-file", path}),
            kExitOk);
  const Json spec = *text::parse_json(command.requests.front().body);
  EXPECT_EQ(text::to_json(spec),
            R"({"id":"alice","class":"human","roles":["approver","auditor"]})");
  EXPECT_EQ(content("alice.token"), "amb_alice\n");
  EXPECT_FALSE(printed("amb_alice"));
  EXPECT_TRUE(printed("written to " + path));
}

TEST_F(VerbsTest, RegisterNobodyWhenTheTokenCouldNotBeKept) {
  const std::string path = file("alice.token", "precious");
  EXPECT_EQ(command.run({"human", "register", "alice", "--token-file", path}), kExitUsage);
  EXPECT_TRUE(command.requests.empty());
  EXPECT_EQ(content("alice.token"), "precious");
}

TEST_F(VerbsTest, PrintTheTokenOnceWithoutAFile) {
  command.answer("POST /v1/identities", 201, R"({"id":"ci","class":"service","state":"active"})");
  command.answer("POST /v1/identities/ci/tokens", 201, R"({"id":"t","token":"amb_ci"})");
  EXPECT_EQ(command.run({"service", "register", "ci", "--role", "enforcement"}), kExitOk);
  EXPECT_TRUE(printed("amb_ci"));
  EXPECT_EQ(command.run({"service", "register", "ci", "--json"}), kExitOk);
  EXPECT_EQ(text::parse_json(command.out.str())->find("token")->string_or("token", ""), "amb_ci");
  EXPECT_EQ(command.run({"service", "register", "ci", "--no-token"}), kExitOk);
  EXPECT_FALSE(printed("amb_ci"));
}

TEST_F(VerbsTest, IssueAndRevokeTokens) {
  command.answer("POST /v1/identities/alice/tokens", 201, R"({"id":"tok_2","token":"amb_new"})");
  EXPECT_EQ(command.run({"human", "token", "alice", "--token-file", folder + "/t", "--json",
                         "--token-lifetime", "1h"}),
            kExitOk);
  EXPECT_EQ(command.requests.back().body, R"({"lifetime":"1h"})");
  EXPECT_EQ(content("t"), "amb_new\n");
  EXPECT_EQ(command.out.str(), R"({"id":"tok_2","token_file":")" + folder + "/t\"}\n");
  command.answer("DELETE /v1/identities/alice/tokens/tok_2", 200, R"({"id":"alice"})");
  EXPECT_EQ(command.run({"human", "revoke", "alice", "tok_2"}), kExitOk);
}

TEST_F(VerbsTest, RegisterAnAgentFromAFileOrStandardInput) {
  command.answer("POST /v1/identities", 201,
                 R"({"id":"w","class":"agent","state":"draft","agent":{"purpose":"writes"}})");
  const std::string path = file("agent.json", R"({"id":"w","agent":{}})");
  EXPECT_EQ(command.run({"agent", "register", path}), kExitOk);
  EXPECT_EQ(body().string_or("class", ""), "agent");
  EXPECT_TRUE(printed("draft"));
  EXPECT_TRUE(printed("writes"));
  EXPECT_EQ(command.run({"agent", "register", "--file", path}), kExitOk);
  command.in.str(R"({"id":"w","agent":{}})");
  EXPECT_EQ(command.run({"agent", "register", "-"}), kExitOk);
  EXPECT_EQ(command.run({"agent", "register"}), kExitUsage);
}

TEST_F(VerbsTest, MoveAnAgentThroughItsLife) {
  for (const char* move : {"activate", "suspend", "decommission"}) {
    command.answer("POST /v1/identities/w/" + std::string(move), 200,
                   R"({"id":"w","class":"agent","state":"active"})");
    EXPECT_EQ(command.run({"agent", move, "w"}), kExitOk);
  }
}

TEST_F(VerbsTest, StartATaskFromFlags) {
  command.answer("POST /v1/tasks", 201,
                 R"({"task":{"id":"tsk_1","state":"open","agent":"w"},"claim":"clm_secret"})");
  ASSERT_EQ(command.run({"task",          "start",
                         "--agent",       "w",
                         "--goal",        "tidy up",
                         "--trigger",     "human:TICKET-1",
                         "--tool",        "files/read_file",
                         "--tool",        "files/write_file",
                         "--path",        folder + "/./x/..",
                         "--target",      "host:*.example.org",
                         "--data-domain", "reports",
                         "--outcome",     "read",
                         "--calls",       "10",
                         "--deadline-in", "30m",
                         "--claim-file",  folder + "/claim"}),
            kExitOk)
      << command.err.str();
  const std::string real = std::filesystem::canonical(folder).string();
  EXPECT_EQ(text::to_json(body()),
            R"({"agent":"w","goal":"tidy up","trigger":{"kind":"human","reference":"TICKET-1"},)"
            R"("scope":{"tools":["files/read_file","files/write_file"],"targets":[)"
            R"({"kind":"path","within":")" +
                real +
                R"("},{"kind":"host","within":"*.example.org"}],"data_domains":["reports"],)"
                R"("outcomes":["read"]},"budget":{"calls":10},"deadline_in":"30m"})");
  EXPECT_EQ(content("claim"), "clm_secret\n");
  EXPECT_FALSE(printed("clm_secret"));
  ASSERT_EQ(command.run({"task", "start", "--agent", "w", "--goal", "g", "--calls", "1",
                         "--deadline-in", "1m", "--json", "--claim-file", folder + "/claim"}),
            kExitOk);
  EXPECT_FALSE(printed("clm_secret"));
  EXPECT_TRUE(printed("claim_file"));
}

TEST_F(VerbsTest, StartATaskFromAFileAndPrintTheClaimOnce) {
  command.answer("POST /v1/tasks", 201, R"({"task":{"id":"tsk_1"},"claim":"clm_secret"})");
  const std::string path = file("task.json", R"({"agent":"w"})");
  EXPECT_EQ(command.run({"task", "start", path}), kExitOk);
  EXPECT_EQ(command.requests.back().body, R"({"agent":"w"})");
  EXPECT_TRUE(printed("clm_secret"));
  EXPECT_EQ(command.run({"task", "start", path, "--goal", "x"}), kExitUsage);
}

TEST_F(VerbsTest, SayWhichFlagOfATaskIsMissingOrWrong) {
  EXPECT_EQ(command.run({"task", "start", "--agent", "w"}), kExitUsage);
  EXPECT_TRUE(complained("`--goal` is missing"));
  EXPECT_EQ(command.run({"task", "start", "--agent", "w", "--goal", "g", "--calls", "ten",
                         "--deadline-in", "1m"}),
            kExitUsage);
  EXPECT_TRUE(complained("`--calls` must be a number"));
  EXPECT_TRUE(command.requests.empty());
}

TEST_F(VerbsTest, AnEndThatCouldNotBeVerifiedIsAFailedCheck) {
  command.answer("POST /v1/tasks/t/end", 200,
                 R"({"id":"t","state":"ended","end_report":{"verified":true,"probes":[
                 {"probe":"tool","subject":"a/b","refused":true,"detail":""}]}})");
  EXPECT_EQ(command.run({"task", "end", "t"}), kExitOk);
  EXPECT_EQ(body().string_or("reason", ""), "completed");
  EXPECT_TRUE(printed("yes, 1 of 1 probes were refused"));
  command.answer("POST /v1/tasks/t/end", 200,
                 R"({"id":"t","state":"ended","end_report":{"verified":false,"probes":[
                 {"probe":"servers","subject":"t","refused":false,"detail":"still runs"}]}})");
  EXPECT_EQ(command.run({"task", "end", "t", "--reason", "wrong"}), kExitRefused);
  EXPECT_TRUE(printed("servers t: still runs"));
}

TEST_F(VerbsTest, ServeGetsItsOptions) {
  EXPECT_EQ(command.run({"serve", "--data", "/d", "--port", "0", "--quiet", "--log-level", "warn"}),
            kExitOk);
  EXPECT_EQ(command.served.data_dir, "/d");
  EXPECT_EQ(command.served.port, 0);
  EXPECT_EQ(command.served.address, "127.0.0.1");
  EXPECT_TRUE(command.served.quiet);
  EXPECT_EQ(command.served.log_level, "warn");
  EXPECT_EQ(command.run({"serve", "--port", "99999"}), kExitUsage);
  EXPECT_EQ(command.run({"serve", "--tls-cert", "c.pem"}), kExitUsage);
}

TEST_F(VerbsTest, McpNeedsAClaimAndAServer) {
  EXPECT_EQ(command.run({"mcp", "--server", "files"}), kExitUsage);
  EXPECT_TRUE(complained("usage.claim"));
  EXPECT_EQ(command.run({"mcp"}), kExitUsage);
  EXPECT_TRUE(complained("usage.server"));
}

TEST_F(VerbsTest, ColourOnlyOnATerminalAndNotWithNoColor) {
  command.answer("GET /v1/identities?class=human", 200,
                 R"({"items":[{"id":"a","class":"human","state":"active"}]})");
  command.run({"human", "list"});
  EXPECT_FALSE(printed("\x1b["));
  command.console.out_is_terminal = true;
  command.run({"human", "list"});
  EXPECT_TRUE(printed("\x1b[32mactive\x1b[0m"));
  command.env["NO_COLOR"] = "1";
  command.run({"human", "list"});
  EXPECT_FALSE(printed("\x1b["));
}

TEST_F(VerbsTest, WriteOutWhatAServerOrAgentPutsIntoNames) {
  command.answer("GET /v1/tasks", 200,
                 R"({"items":[{"id":"t","state":"open","goal":"\u001b[2Jx\u202e"}]})");
  command.run({"task", "list"});
  EXPECT_TRUE(printed("\\u{001B}[2Jx\\u{202E}"));
  command.answer("GET /v1/tasks/t", 403, R"({"reason":"a\u001b","detail":"b\u001b"})");
  command.run({"task", "show", "t"});
  EXPECT_EQ(command.err.str(), "a\\u{001B}: b\\u{001B}\n");
}

}  // namespace
}  // namespace ambit::cli
