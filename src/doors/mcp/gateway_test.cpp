#include "doors/mcp/gateway.h"

#include <gtest/gtest.h>

#include "doors/mcp/gateway_fixture.h"

namespace ambit::doors::mcp {
namespace {

class GatewayTest : public testing::Test, protected House {
 protected:
  void SetUp() override { open(); }

  net::HttpResponse raw(const Client& client, const std::string& body,
                        std::vector<net::HttpHeader> change, const std::string& method = "POST") {
    net::ClientRequest request;
    request.method = method;
    request.url = url();
    request.headers = headers(client, method, request.url);
    for (net::HttpHeader& header : change) {
      std::erase_if(request.headers, [&](const auto& own) { return own.name == header.name; });
      if (!header.value.empty()) request.headers.push_back(std::move(header));
    }
    request.body = body;
    return finish(send(std::move(request)));
  }
  static std::string reason(const net::HttpResponse& response) {
    return std::string(json(response.body).find("error")->find("data")->string_or("reason", ""));
  }
  static constexpr const char* kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
};

TEST_F(GatewayTest, NegotiatesARevisionAndOpensASession) {
  for (const auto& [asked, given] :
       {std::pair{"2025-11-25", "2025-11-25"}, std::pair{"2025-06-18", "2025-06-18"},
        std::pair{"2025-03-26", "2025-03-26"}, std::pair{"2024-11-05", "2025-11-25"},
        std::pair{"2042-01-01", "2025-11-25"}}) {
    const Client client = start();
    const auto response = post(
        client,
        std::string(
            R"({"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":")") +
            asked + R"(","capabilities":{}}})");
    ASSERT_EQ(response.status, 200);
    const auto result = *json(response.body).find("result");
    EXPECT_EQ(result.string_or("protocolVersion", ""), given);
    EXPECT_EQ(text::to_json(*result.find("capabilities")), R"({"tools":{"listChanged":true}})");
    EXPECT_GE(response.header("mcp-session-id").size(), 43u);
  }
}

TEST_F(GatewayTest, Requirement_E8_TwoTasksOfOneAgentHaveDifferentTools) {
  const auto names = [this](const Client& client) {
    const auto answer =
        json(post(client, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").body);
    std::vector<std::string> out;
    for (const auto& tool : answer.find("result")->find("tools")->as_array()) {
      EXPECT_EQ(tool.string_or("description", ""),
                "The tool " + std::string(tool.string_or("name", "")) + ".");
      out.emplace_back(tool.string_or("name", ""));
    }
    return out;
  };
  const Client one = connect(10, {"slow", "echo"});
  const Client two = connect(10, {"refuse"});
  EXPECT_EQ(names(one), (std::vector<std::string>{"echo", "slow"}));
  EXPECT_EQ(names(two), std::vector<std::string>{"refuse"});
  EXPECT_EQ(supervisor->stats().sessions, 0u) << "listing needs no server";
  EXPECT_EQ(text_of(call(two, "refuse")), "no");
  EXPECT_EQ(call(two, "echo", R"({"text":"x"})").find("error")->find("code")->as_int(), -32602);
}

TEST_F(GatewayTest, AnswersPingAndLogLevelItself) {
  const Client client = connect();
  EXPECT_EQ(post(client, kPing).body, R"({"jsonrpc":"2.0","id":1,"result":{}})");
  EXPECT_EQ(
      post(client,
           R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"debug"}})")
          .body,
      R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_NE(
      post(client,
           R"({"jsonrpc":"2.0","id":3,"method":"logging/setLevel","params":{"level":"loud"}})")
          .body.find("-32602"),
      std::string::npos);
}

TEST_F(GatewayTest, RefusesEveryMethodThatTheTableDoesNotAnswer) {
  const Client client = connect();
  for (const char* method :
       {"resources/list", "resources/read", "prompts/get", "completion/complete", "tasks/list",
        "server/discover", "sampling/createMessage", "roots/list", "elicitation/create",
        "tools/run"}) {
    const auto response =
        post(client, std::string(R"({"jsonrpc":"2.0","id":1,"method":")") + method + R"("})");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(json(response.body).find("error")->find("code")->as_int(), -32601) << method;
  }
  EXPECT_EQ(gateway->stats().refused_methods, 10u);
  EXPECT_EQ(post(client, R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})").status,
            202);
  EXPECT_EQ(gateway->stats().refused_methods, 11u);
  EXPECT_EQ(supervisor->stats().sessions, 0u);
}

TEST_F(GatewayTest, AuthenticatesEveryRequest) {
  Client client = connect();
  const auto bare = raw(client, kPing, {{"Authorization", ""}, {"DPoP", ""}});
  EXPECT_EQ(bare.status, 401);
  EXPECT_NE(bare.header("www-authenticate").find("DPoP"), std::string::npos);
  EXPECT_EQ(reason(bare), "token.missing");
  EXPECT_EQ(raw(client, kPing, {{"DPoP", ""}}).status, 401) << "the token alone is not enough";
  EXPECT_EQ(raw(client, kPing, {{"Authorization", "DPoP x.y.z"}}).status, 401);
  EXPECT_EQ(raw(client, "", {{"Authorization", ""}, {"DPoP", ""}}, "GET").status, 401);
  EXPECT_EQ(raw(client, "", {{"Authorization", ""}, {"DPoP", ""}}, "DELETE").status, 401);
  EXPECT_EQ(post(client, kPing).status, 200);
}

TEST_F(GatewayTest, KeepsASessionToTheInstanceThatOpenedIt) {
  const Client mine = connect();
  Client other = connect();
  other.session = mine.session;
  EXPECT_EQ(post(other, kPing).status, 404);
  EXPECT_EQ(finish(begin(other, "", "DELETE")).status, 404);
  other.session = "mcp_guess";
  EXPECT_EQ(post(other, kPing).status, 404);
  other.session = "";
  EXPECT_EQ(post(other, kPing).status, 400);
  EXPECT_EQ(post(mine, kPing).status, 200);
  EXPECT_EQ(finish(begin(mine, "", "DELETE")).status, 204);
  EXPECT_EQ(post(mine, kPing).status, 404);
}

TEST_F(GatewayTest, RefusesForeignOriginsAndHosts) {
  const Client client = connect();
  EXPECT_EQ(raw(client, kPing, {{"Origin", "http://localhost:5173"}}).status, 200);
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1.evil.example",
                             "http://localhost@evil.example", "file://localhost"}) {
    const auto response = raw(client, kPing, {{"Origin", origin}});
    EXPECT_EQ(response.status, 403) << origin;
    EXPECT_EQ(reason(response), "mcp.origin");
  }
}

TEST_F(GatewayTest, ChecksVersionAcceptAndContentType) {
  const Client client = connect();
  EXPECT_EQ(raw(client, kPing, {{"MCP-Protocol-Version", "2025-11-25"}}).status, 200);
  EXPECT_EQ(raw(client, kPing, {{"MCP-Protocol-Version", "2026-07-28"}}).status, 400);
  EXPECT_EQ(raw(client, kPing, {{"Accept", "text/event-stream, application/json"}}).status, 200);
  EXPECT_EQ(raw(client, kPing, {{"Accept", "*/*"}}).status, 200);
  EXPECT_EQ(raw(client, kPing, {{"Accept", ""}}).status, 200);
  EXPECT_EQ(raw(client, kPing, {{"Accept", "text/html"}}).status, 406);
  EXPECT_EQ(raw(client, "", {{"Accept", "application/json"}}, "GET").status, 406);
  EXPECT_EQ(raw(client, kPing, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(raw(client, kPing, {{"Content-Type", "application/json; charset=utf-8"}}).status, 200);
  EXPECT_EQ(raw(client, kPing, {}, "PUT").status, 405);
  EXPECT_EQ(raw(client, "", {}, "HEAD").status, 405);
}

TEST_F(GatewayTest, RefusesBodiesThatAreNoMessage) {
  const Client client = connect();
  for (const auto& [body, code] :
       {std::pair{"", -32700}, std::pair{"{", -32700}, std::pair{"null", -32700},
        std::pair{R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})", -32600},
        std::pair{R"({"jsonrpc":"2.0","id":null,"method":"ping"})", -32600},
        std::pair{R"({"jsonrpc":"2.0","id":1,"result":{}})", -32600},
        std::pair{R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", -32600}}) {
    const auto response = post(client, body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(json(response.body).find("error")->find("code")->as_int(), code) << body;
  }
  EXPECT_EQ(post(client, std::string(5u << 20, ' ')).status, 413);
  EXPECT_EQ(post(client, kPing).status, 200);
}

TEST_F(GatewayTest, GovernsEveryElementOfABatchInTheRevisionThatHasThem) {
  Client client = start();
  initialize(client, "2025-03-26");
  const auto exchanged =
      begin(client, "[" + std::string(kPing) + "," + call_body("echo", R"({"text":"a"})", "2") +
                        "," + call_body("secret", "{}", "3") +
                        R"(,{"jsonrpc":"2.0","method":"notifications/x"}])");
  auto response = finish(exchanged);
  std::string all = response.body;
  for (const auto& event : exchanged->events) all += event;
  EXPECT_NE(all.find(R"("id":1,"result":{})"), std::string::npos) << all;
  EXPECT_NE(all.find(R"("id":2,"result":{"content")"), std::string::npos) << all;
  EXPECT_NE(all.find("Unknown tool: secret"), std::string::npos) << all;
  EXPECT_EQ(records("decision").size(), 2u);
  EXPECT_EQ(post(client, "[]").status, 400);
}

TEST_F(GatewayTest, EndsTheSessionWithTheTask) {
  Client client = connect();
  const auto listener = begin(client, "", "GET");
  until([&] { return listener->head.has_value(); });
  EXPECT_EQ(listener->head->status, 200);
  ASSERT_EQ(call(client, "echo", R"({"text":"x"})").find("error"), nullptr);
  EXPECT_EQ(gateway->stats().sessions, 1u);
  end(client);
  EXPECT_EQ(finish(listener).status, 200) << "the stream has ended";
  EXPECT_EQ(gateway->stats().sessions, 0u);
  EXPECT_EQ(supervisor->stats().sessions, 0u);
  EXPECT_EQ(post(client, kPing).status, 401);
}

TEST_F(GatewayTest, TellsTheListenerWhenItsToolsChanged) {
  Client client = connect();
  const auto listener = begin(client, "", "GET");
  until([&] { return listener->head.has_value(); });
  EXPECT_EQ(text_of(call(client, "change")), "changed");
  until([&] { return !listener->events.empty(); });
  EXPECT_EQ(listener->events[0],
            R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
}

TEST_F(GatewayTest, BoundsTheSessionsOfATask) {
  Client client = start();
  std::string first;
  for (std::size_t i = 0; i < gateway_options.max_sessions_per_task + 3; ++i) {
    client.session.clear();
    initialize(client);
    if (first.empty()) first = client.session;
  }
  EXPECT_EQ(gateway->stats().sessions, gateway_options.max_sessions_per_task);
  EXPECT_EQ(post(client, kPing).status, 200);
  client.session = first;
  EXPECT_EQ(post(client, kPing).status, 404) << "the one that was idle longest made room";
}

TEST_F(GatewayTest, HumansDoNotCallTools) {
  const auto issued =
      ask([&](auto done) { service->registry().issue_token(admin, "alice", minutes(5), done); });
  net::ClientRequest request;
  request.method = "POST";
  request.url = url();
  request.headers = {{"Authorization", "Bearer " + std::string(issued.string_or("token", ""))},
                     {"Content-Type", "application/json"}};
  request.body = kPing;
  const auto response = finish(send(std::move(request)));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(reason(response), "mcp.task_required");
}

TEST_F(GatewayTest, AnUnknownServerIsNotFound) {
  const Client client = start();
  net::ClientRequest request;
  request.method = "POST";
  request.url = url("nowhere");
  request.headers = headers(client, "POST", request.url);
  request.body = kPing;
  EXPECT_EQ(finish(send(std::move(request))).status, 404);
}

}  // namespace
}  // namespace ambit::doors::mcp
