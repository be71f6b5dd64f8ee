#include <gtest/gtest.h>

#include "doors/mcp/gateway_fixture.h"

namespace ambit::doors::mcp {
namespace {

class GovernedCallTest : public testing::Test, protected House {
 protected:
  void SetUp() override { open(); }
  // Waits until the call is held, and gives what the approver sees.
  text::Json held() {
    until([&] { return !pending().is_null(); });
    return pending();
  }
  static const text::Json& result_of(const text::Json& answer) { return *answer.find("result"); }
  static text::Json last(const std::shared_ptr<Exchanged>& exchanged) {
    return json(exchanged->events.empty() ? exchanged->done->value().body
                                          : exchanged->events.back());
  }
};

TEST_F(GovernedCallTest, AllowsAndGivesTheResultUntouched) {
  const Client client = connect();
  const auto exchanged = begin(client, call_body("numbers", "{}", R"("n")"));
  const auto response = finish(exchanged);
  EXPECT_EQ(exchanged->events.empty() ? response.body : exchanged->events.back(),
            R"({"jsonrpc":"2.0","id":"n","result":{"content":[],"structuredContent":{"big":)"
            R"(90071992547409931234,"one":1.0,"tiny":1e-400},"_meta":{"x/y":[ 1,2 ]}}})");
  until([&] { return !records("outcome").empty(); });
  EXPECT_EQ(records("outcome")[0].string_or("status", ""), "ok");
}

TEST_F(GovernedCallTest, ForwardsExactlyWhatWasDecided) {
  const Client client = connect();
  call(
      client, "echo", R"({ "text" : "\u00e9" })",
      R"({"progressToken":9,"claudecode/toolUseId":"x","traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","ambit/intent":"why"})");
  const auto decision = records("decision").back();
  EXPECT_EQ(decision.string_or("intent", ""), "why");
  const std::string sent = text_of(call(client, "last_call"));
  EXPECT_NE(
      sent.find(R"("params":{"name":"echo","arguments":{"text":"é"},"_meta":{"progressToken":)"),
      std::string::npos)
      << sent;
  EXPECT_NE(
      sent.find(R"("traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}})"),
      std::string::npos)
      << sent;
  EXPECT_EQ(sent.find("toolUseId"), std::string::npos) << "the client's own `_meta` stays here";
}

TEST_F(GovernedCallTest, AToolOutsideTheTaskDoesNotExistForIt) {
  const Client client = connect(10, {"echo"});
  for (const char* tool : {"slow", "no_such_tool"}) {
    const auto answer = call(client, tool);
    EXPECT_EQ(answer.find("error")->find("code")->as_int(), -32602);
    EXPECT_EQ(answer.find("error")->string_or("message", ""), std::string("Unknown tool: ") + tool);
  }
  EXPECT_EQ(records("decision").size(), 2u) << "the attempts are evidence all the same";
  EXPECT_EQ(supervisor->stats().sessions, 0u) << "and start no server";
}

TEST_F(GovernedCallTest, ADenialIsAResultThatAnAgentCanRead) {
  const Client client = connect();
  const auto answer = call(client, "echo", R"({"text":"x","extra":1})");
  const auto& result = result_of(answer);
  EXPECT_TRUE(result.find("isError")->as_bool());
  EXPECT_EQ(reason_of(answer), "arguments.invalid");
  EXPECT_TRUE(result.find("_meta")->string_or("ambit/decision", "").starts_with("dec_"));
  EXPECT_NE(text_of(answer).find("nothing was done"), std::string::npos);
  EXPECT_EQ(text_of(call(client, "last_call")), "") << "the server never saw it";
}

TEST_F(GovernedCallTest, RefusesArgumentsThatTwoReadersCouldTakeDifferently) {
  const Client client = connect();
  for (
      const char* body :
      {R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"a","text":"b"}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","name":"add"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":{"a":1,"\u0061":2}}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":[]}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":18446744073709551616}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})"}) {
    const auto answer = json(post(client, body).body);
    EXPECT_EQ(answer.find("error")->find("code")->as_int(), -32602) << body;
  }
  EXPECT_TRUE(records("decision").empty());
}

TEST_F(GovernedCallTest, HoldsTheCallOpenAndExecutesItOnAGrant) {
  const Client client = connect();
  const auto exchanged =
      begin(client, call_body("add", R"({"a":1,"b":2})", "1", R"({"progressToken":"p"})"));
  const auto approval = held();
  until([&] { return exchanged->events.size() >= 2; });
  double before = 0;
  for (const std::string& event : exchanged->events) {
    const auto progress = json(event);
    EXPECT_EQ(progress.string_or("method", ""), "notifications/progress");
    EXPECT_EQ(progress.find("params")->string_or("progressToken", ""), "p");
    EXPECT_GT(progress.find("params")->find("progress")->as_double(), before);
    before = progress.find("params")->find("progress")->as_double();
  }
  EXPECT_FALSE(exchanged->done);
  grant(approval);
  finish(exchanged);
  const auto answer = json(exchanged->events.back());
  EXPECT_EQ(text_of(answer), "3");
  const auto decisions = records("decision");
  EXPECT_EQ(decisions.size(), 2u) << "held, then decided again with the approval";
}

TEST_F(GovernedCallTest, AGrantIsForThatCallOnceAndNothingElse) {
  const Client client = connect();
  const auto exchanged = begin(client, call_body("add", R"({"a":1,"b":2})"));
  grant(held());
  finish(exchanged);
  EXPECT_EQ(text_of(json(exchanged->events.back())), "3");
  const auto again = begin(client, call_body("add", R"({"a":1,"b":2})"));
  const auto second = held();
  const auto other = begin(client, call_body("add", R"({"a":1,"b":3})", "2"));
  until([&] { return service->health().pending_approvals == 2; });
  refuse(second);
  finish(again);
  const auto refused = json(again->events.back());
  EXPECT_EQ(reason_of(refused), "approval.refused");
  EXPECT_NE(text_of(refused).find("`bob` refused this call, saying: no"), std::string::npos)
      << text_of(refused);
  EXPECT_FALSE(other->done);
}

TEST_F(GovernedCallTest, AfterTheLimitItNamesTheApprovalAndTheSameCallGoesThroughOnceGranted) {
  gateway.reset();
  router = net::Router();
  gateway_options.hold_limit = {150};
  gateway = std::make_unique<Gateway>(loop, *service, *supervisor, gateway_options);
  gateway->add_routes(router);
  const Client client = connect();
  const auto waiting = call(client, "add", R"({"a":1,"b":2})");
  const auto approval = pending();
  EXPECT_TRUE(result_of(waiting).find("isError")->as_bool());
  EXPECT_EQ(reason_of(waiting), "approval.pending");
  EXPECT_EQ(result_of(waiting).find("_meta")->string_or("ambit/approval", ""),
            approval.string_or("id", "?"));
  EXPECT_NE(text_of(waiting).find(approval.string_or("id", "?")), std::string::npos);
  grant(approval);
  EXPECT_EQ(text_of(call(client, "add", R"({"a":1,"b":2})")), "3");
}

TEST_F(GovernedCallTest, ADisconnectIsNoCancellationButACancellationIs) {
  const Client client = connect();
  const auto dropped = begin(client, call_body("add", R"({"a":1,"b":2})"));
  auto approval = held();
  dropped->call.cancel();
  grant(approval);
  until([&] { return !records("outcome").empty(); });
  EXPECT_EQ(text_of(call(client, "last_call")).find("\"add\"") == std::string::npos, false)
      << "the granted call was executed though the client had gone";

  const auto cancelled = begin(client, call_body("add", R"({"a":5,"b":2})", "77"));
  approval = held();
  EXPECT_EQ(
      post(client,
           R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}})")
          .status,
      202);
  finish(cancelled);
  EXPECT_TRUE(cancelled->events.empty()) << "a cancelled request is not answered";
  grant(approval);
  EXPECT_EQ(text_of(call(client, "last_call")).find("\"a\":5"), std::string::npos);
  EXPECT_EQ(gateway->stats().open_calls, 0u);
}

TEST_F(GovernedCallTest, CancelsACallUnderWayAtTheServer) {
  const Client client = connect();
  const auto exchanged = begin(client, call_body("never", "{}", "5"));
  until([&] { return supervisor->stats().sessions == 1 && !records("decision").empty(); });
  until([&] { return exchanged->head.has_value(); });
  post(client, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})");
  finish(exchanged);
  EXPECT_TRUE(exchanged->events.empty()) << "a cancelled request is not answered";
  EXPECT_NE(text_of(call(client, "cancelled")), "[]");
  until([&] { return !records("outcome").empty(); });
  EXPECT_EQ(records("outcome")[0].string_or("status", ""), "unknown");
}

TEST_F(GovernedCallTest, TheEndOfTheTaskRefusesAHeldCall) {
  const Client client = connect();
  const auto exchanged = begin(client, call_body("add", R"({"a":1,"b":2})"));
  held();
  end(client);
  finish(exchanged);
  EXPECT_TRUE(result_of(last(exchanged)).find("isError")->as_bool());
  EXPECT_EQ(reason_of(last(exchanged)), "task.ended") << "and nobody is said to have refused it";
  EXPECT_TRUE(pending().is_null());
}

TEST_F(GovernedCallTest, AServerThatDiesMidCallLeavesAnUnknownOutcomeAndNoSecondTry) {
  const Client client = connect();
  const auto answer = call(client, "die");
  EXPECT_TRUE(result_of(answer).find("isError")->as_bool());
  EXPECT_NE(text_of(answer).find("unknown"), std::string::npos);
  EXPECT_EQ(reason_of(answer), "upstream.died");
  until([&] { return !records("outcome").empty(); });
  EXPECT_EQ(records("outcome")[0].string_or("status", ""), "unknown");
  const auto starts = supervisor->stats().starts;
  EXPECT_EQ(text_of(call(client, "echo", R"({"text":"back"})")), "back");
  EXPECT_EQ(supervisor->stats().starts, starts + 1);
  EXPECT_EQ(text_of(call(client, "last_call")).find("\"die\""), std::string::npos);
}

TEST_F(GovernedCallTest, PassesOnTheToolsOwnErrorsAndRefusesElicitationByError) {
  const Client client = connect();
  EXPECT_EQ(text_of(call(client, "refuse")), "no");
  const auto exchanged = begin(client, call_body("rpc_error"));
  const auto error = finish(exchanged);
  EXPECT_EQ(
      exchanged->events.empty() ? error.body : exchanged->events.back(),
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32050,"message":"the tool has its own error","data":{"n":1}}})");
  EXPECT_EQ(reason_of(call(client, "url_error")), "mcp.elicitation");
  EXPECT_NE(text_of(call(client, "sample")).find("-32601"), std::string::npos);
}

TEST_F(GovernedCallTest, AnswersRootsFromTheTask) {
  const Client client = connect();
  EXPECT_EQ(text_of(call(client, "roots")), R"({"roots":[{"uri":"file:///work","name":"/work"}]})");
}

TEST_F(GovernedCallTest, RelaysProgressUnderTheClientsOwnToken) {
  const Client client = connect();
  const auto exchanged =
      begin(client, call_body("slow", R"({"ms":6,"steps":3})", "1", R"({"progressToken":"mine"})"));
  finish(exchanged);
  std::vector<std::string> progress;
  for (const std::string& event : exchanged->events) {
    if (event.find("notifications/progress") != std::string::npos) progress.push_back(event);
  }
  ASSERT_EQ(progress.size(), 3u);
  EXPECT_EQ(
      progress[2],
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"mine","progress":3,"total":3,"message":"step 3"}})");
}

TEST_F(GovernedCallTest, FreezesAToolWhoseListingChangesUnderTheAgent) {
  const Client client = connect();
  EXPECT_EQ(text_of(call(client, "change")), "changed");
  for (int again = 0; again < 3; ++again) {
    const auto refused = call(client, "echo", R"({"text":"x"})");
    EXPECT_EQ(reason_of(refused), "tool.frozen") << text::to_json(refused);
    EXPECT_TRUE(result_of(refused).find("isError")->as_bool());
    EXPECT_NE(text_of(refused).find("waits to be approved again"), std::string::npos);
  }
  const auto listed = json(post(client, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").body);
  EXPECT_EQ(text::to_json(listed).find("\"echo\""), std::string::npos) << "but is not offered";
  EXPECT_EQ(text_of(call(client, "last_call")).find("\"echo\""), std::string::npos);
  EXPECT_EQ(text_of(call(client, "slow", R"({"ms":1})")), "done") << "the others stay usable";
}

TEST_F(GovernedCallTest, AServerThatWasImportedAnewIsStartedAnewAndItsChangedToolsWait) {
  const Client client = connect();
  EXPECT_EQ(text_of(call(client, "echo", R"({"text":"x"})")), "x");
  import_server({"--v2"});
  EXPECT_EQ(reason_of(call(client, "echo", R"({"text":"x"})")), "tool.frozen");
  const Client narrow = connect(10, {"slow"});
  EXPECT_NE(call(narrow, "echo", R"({"text":"x"})").find("error"), nullptr)
      << "outside the task it does not exist, frozen or not";
  approve();
  EXPECT_EQ(text_of(call(client, "echo", R"({"text":"x","loud":true})")), "x");
}

TEST_F(GovernedCallTest, WithoutEvidenceNothingIsForwarded) {
  const Client client = connect();
  EXPECT_EQ(text_of(call(client, "echo", R"({"text":"x"})")), "x");
  log.break_disk("no space");
  const auto answer = call(client, "echo", R"({"text":"y"})");
  EXPECT_TRUE(result_of(answer).find("isError")->as_bool());
  log.mend_disk();
  EXPECT_EQ(text_of(call(client, "last_call")).find("\"y\""), std::string::npos);
}

TEST_F(GovernedCallTest, AGracefulStopEndsTheWaitWithTheApproval) {
  const Client client = connect();
  const auto exchanged = begin(client, call_body("add", R"({"a":1,"b":2})"));
  held();
  gateway->stop_waiting();
  finish(exchanged);
  EXPECT_EQ(reason_of(last(exchanged)), "approval.pending");
}

TEST_F(GovernedCallTest, TheGatewayMayGoWhileCallsAreOpen) {
  const Client client = connect();
  const auto held_call = begin(client, call_body("add", R"({"a":1,"b":2})", "1"));
  held();
  const auto open_call = begin(client, call_body("never", "{}", "2"));
  until([&] { return records("decision").size() >= 2; });
  server.reset();
  gateway.reset();
  service.reset();
  supervisor.reset();
}

}  // namespace
}  // namespace ambit::doors::mcp
