#include "cli/internal/shim.h"

#include <gtest/gtest.h>
#include <optional>

#include "cli/internal/test_gateway.h"

namespace ambit::cli {
namespace {

using text::Json;

constexpr Duration kPatience = seconds(10);
constexpr const char* kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25"}})";
constexpr const char* kInitialized = R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

std::string call(int id, const std::string& method = "tools/call") {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method + "\"}";
}

class ShimTest : public testing::Test {
 protected:
  void start(ShimOptions options = {}) {
    if (options.url.empty()) options.url = gateway.url;
    if (options.server.empty() && options.command.empty()) options.server = "files";
    shim.emplace(
        loop, *client, *crypto::SigningKey::generate(crypto::Algorithm::kEdDSA),
        [] { return kGatewayTime; }, std::move(options),
        Shim::Output{[this](std::string_view line) { lines.emplace_back(line); },
                     [this](std::string_view text) { log += std::string(text) + "\n"; },
                     [this](const Result<>& result) { outcome = result; }});
    shim->start(crypto::SecretBytes("clm_secret"));
  }

  void open() {
    shim->take_line(kInitialize);
    ASSERT_TRUE(wait_lines(1));
    shim->take_line(kInitialized);
    ASSERT_TRUE(wait([this] { return gateway.stream != nullptr; }));
    lines.clear();
  }

  void TearDown() override {
    EXPECT_TRUE(gateway.faults.empty()) << gateway.faults.front();
    for (const std::string& line : lines) {
      EXPECT_EQ(line.find('\n'), std::string::npos);
      EXPECT_TRUE(text::parse_json(line)) << line;
      EXPECT_EQ(line.find("tok-"), std::string::npos) << line;
    }
    EXPECT_EQ(log.find("tok-"), std::string::npos) << log;
    EXPECT_EQ(log.find("clm_secret"), std::string::npos) << log;
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }
  bool wait_lines(std::size_t count) {
    return wait([this, count] { return lines.size() >= count; });
  }
  Json line(std::size_t i) const { return *text::parse_json(lines.at(i)); }
  std::string reason(std::size_t i) const {
    const Json message = line(i);
    const Json* error = message.find("error");
    const Json* data = error != nullptr ? error->find("data") : nullptr;
    return data != nullptr ? std::string(data->string_or("reason", "")) : "no error";
  }

  net::EventLoop loop;
  std::unique_ptr<net::HttpClient> client = *net::HttpClient::create(loop);
  TestGateway gateway{loop};
  std::vector<std::string> lines;
  std::string log;
  std::optional<Result<>> outcome;
  std::optional<Shim> shim;
};

TEST_F(ShimTest, CarriesASessionWithProofsFromItsOpeningToItsEnd) {
  start();
  shim->take_line(kInitialize);
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(lines[0], R"({"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18"}})");
  EXPECT_EQ(gateway.seen[0].body, kInitialize);
  EXPECT_EQ(gateway.seen[0].path, "/mcp/files");
  EXPECT_EQ(gateway.seen[0].session, "");
  EXPECT_EQ(gateway.seen[0].accept, "application/json, text/event-stream");
  shim->take_line(kInitialized);
  shim->take_line(call(1, "tools/list"));
  ASSERT_TRUE(wait_lines(2));
  EXPECT_EQ(line(1).find("id")->as_int(), 1);
  EXPECT_EQ(gateway.last("tools/list").session, "session-1");
  EXPECT_EQ(gateway.last("tools/list").version, "2025-06-18");
  shim->end_of_input();
  ASSERT_TRUE(wait([this] { return outcome.has_value(); }));
  EXPECT_TRUE(*outcome);
  EXPECT_EQ(gateway.count("DELETE"), 1u);
  EXPECT_EQ(gateway.seen.back().session, "session-1");
}

TEST_F(ShimTest, ProvesItsKeyWithEveryRequest) {
  start();
  open();
  shim->take_line(call(1));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(gateway.key_thumbprint.size(), 43u);
  EXPECT_EQ(gateway.issued, 1);
  EXPECT_TRUE(gateway.faults.empty());  // the gateway refuses each request without a fitting proof
}

TEST_F(ShimTest, RelaysEventStreamsAsLines) {
  start();
  open();
  gateway.answers["tools/call"] = [](std::shared_ptr<net::Exchange> exchange, const Json& message) {
    auto stream = exchange->start_sse(200, {});
    stream->comment("held");
    stream->event(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"n":1}})");
    stream->event("{\"jsonrpc\":\"2.0\",\n\"id\":" + text::to_json(*message.find("id")) +
                  ",\n\"result\":{}}");
    stream->close();
  };
  shim->take_line(call(7));
  ASSERT_TRUE(wait_lines(2));
  EXPECT_EQ(line(0).string_or("method", ""), "notifications/progress");
  EXPECT_EQ(lines[1], R"({"jsonrpc":"2.0", "id":7, "result":{}})");
}

TEST_F(ShimTest, RelaysTheServersOwnMessagesAndTheirAnswers) {
  start();
  open();
  EXPECT_EQ(gateway.last("").method, "GET");
  EXPECT_EQ(gateway.last("").accept, "text/event-stream");
  ASSERT_TRUE(gateway.stream->event(R"({"jsonrpc":"2.0","id":"r1","method":"roots/list"})", "e1"));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(line(0).string_or("id", ""), "r1");
  shim->take_line(R"({"jsonrpc":"2.0","id":"r1","result":{"roots":[]}})");
  ASSERT_TRUE(
      wait([this] { return gateway.seen.back().body.find("roots\":[]") != std::string::npos; }));
}

TEST_F(ShimTest, ListensAgainAfterTheStreamWasCut) {
  start();
  open();
  ASSERT_TRUE(gateway.stream->event(R"({"jsonrpc":"2.0","method":"notifications/x"})", "e1"));
  ASSERT_TRUE(wait_lines(1));
  gateway.stream->close();
  ASSERT_TRUE(wait([this] { return gateway.count("GET") == 2; }));
}

TEST_F(ShimTest, HasSeveralCallsInFlight) {
  start();
  open();
  std::vector<std::pair<std::shared_ptr<net::Exchange>, Json>> held;
  gateway.answers["tools/call"] = [&](std::shared_ptr<net::Exchange> exchange,
                                      const Json& message) {
    held.emplace_back(std::move(exchange), message);
  };
  for (int id = 1; id <= 3; ++id) shim->take_line(call(id));
  ASSERT_TRUE(wait([&] { return held.size() == 3; }));
  while (!held.empty()) {
    TestGateway::reply(*held.back().first, held.back().second, "{}");
    held.pop_back();
    const std::size_t want = 3 - held.size();
    ASSERT_TRUE(wait_lines(want));
  }
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < 3; ++i) ids.push_back(line(i).find("id")->as_int());
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, (std::vector<std::int64_t>{1, 2, 3}));
}

TEST_F(ShimTest, KeepsTheOrderOfNotificationsAndWhatFollows) {
  start();
  std::shared_ptr<net::Exchange> held;
  gateway.answers["notifications/initialized"] = [&](std::shared_ptr<net::Exchange> exchange,
                                                     const Json&) { held = std::move(exchange); };
  shim->take_line(kInitialize);
  shim->take_line(kInitialized);
  shim->take_line(call(1));
  ASSERT_TRUE(wait([&] { return held != nullptr; }));
  EXPECT_EQ(gateway.count("POST", "tools/call"), 0u);
  held->respond(net::HttpResponse{202, {}, {}, {}});
  ASSERT_TRUE(wait([this] { return gateway.count("POST", "tools/call") == 1; }));
}

TEST_F(ShimTest, RenewsTheCredentialBeforeItRunsOut) {
  gateway.expires_in = 1;
  start();
  open();
  ASSERT_TRUE(wait([this] { return gateway.issued >= 3; }));
  shim->take_line(call(1));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(line(0).find("id")->as_int(), 1);
}

TEST_F(ShimTest, RenewsAndRepeatsOnceWhenTheCredentialIsRefused) {
  start();
  open();
  gateway.refuse_next = 1;
  shim->take_line(call(1));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "no error");
  EXPECT_EQ(gateway.issued, 2);
  gateway.refuse_next = 2;
  shim->take_line(call(2));
  ASSERT_TRUE(wait_lines(2));
  EXPECT_EQ(reason(1), "token.expired");
  EXPECT_EQ(gateway.count("POST", "tools/call"), 4u);
}

TEST_F(ShimTest, TellsTheAgentThatItsTaskHasEnded) {
  start();
  open();
  gateway.refuse_next = 1;
  gateway.credential_status = 401;
  shim->take_line(call(1));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "token.task_ended");
  EXPECT_EQ(line(0).find("error")->string_or("message", ""), "Ambit: the task has ended");
  shim->take_line(call(2));
  ASSERT_EQ(lines.size(), 2u);  // known at once, without asking again
  EXPECT_EQ(line(1).find("id")->as_int(), 2);
  EXPECT_EQ(reason(1), "token.task_ended");
  shim->end_of_input();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->error().code, Code::kUnauthenticated);
}

TEST_F(ShimTest, AnswersWhatWaitedWhenTheClaimIsRefused) {
  gateway.credential_status = 401;
  gateway.problem = R"({"status":401,"reason":"claim.unknown","detail":"no such claim"})";
  start();
  shim->take_line(kInitialize);
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "claim.unknown");
  EXPECT_NE(log.find("claim.unknown"), std::string::npos);
}

TEST_F(ShimTest, TakesNoCredentialThatIsNotBoundToItsKey) {
  gateway.token_type = "Bearer";
  start();
  shim->take_line(kInitialize);
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "http.response");
}

TEST_F(ShimTest, SaysThatAmbitIsAway) {
  ShimOptions options;
  options.url = gateway.url;
  gateway.server.reset();
  start(options);
  shim->take_line(kInitialize);
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "net.connect");
  EXPECT_NE(lines[0].find("is `ambit serve` running there?"), std::string::npos);
  shim->end_of_input();
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->error().code, Code::kUnavailable);
}

TEST_F(ShimTest, NeverRepeatsACallWhoseFateIsUnknown) {
  start();
  open();
  gateway.answers["tools/call"] = [](std::shared_ptr<net::Exchange> exchange, const Json&) {
    exchange->start_sse(200, {})->close();
  };
  shim->take_line(call(1));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "mcp.no_answer");
  EXPECT_EQ(gateway.count("POST", "tools/call"), 1u);
}

TEST_F(ShimTest, OpensTheSessionAgainWhenTheGatewayForgotIt) {
  start();
  open();
  gateway.refuse_next = 1;
  gateway.refuse_status = 404;
  shim->take_line(call(1));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(line(0).find("id")->as_int(), 1);
  EXPECT_EQ(reason(0), "no error");
  EXPECT_EQ(gateway.count("POST", "initialize"), 2u);
  EXPECT_EQ(gateway.count("POST", "notifications/initialized"), 2u);
  EXPECT_EQ(gateway.last("tools/call").session, "session-2");
  EXPECT_EQ(lines.size(), 1u);  // the agent sees nothing of it
}

TEST_F(ShimTest, PassesProtocolErrorsOnUnderTheIdOfTheRequest) {
  start();
  open();
  gateway.answers["tools/call"] = [](std::shared_ptr<net::Exchange> exchange, const Json&) {
    exchange->respond(net::HttpResponse::json(
        400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"duplicate key"}})"));
  };
  shim->take_line(call(5));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(lines[0],
            R"({"jsonrpc":"2.0","id":5,"error":{"code":-32602,"message":"duplicate key"}})");
}

TEST_F(ShimTest, PassesOnJsonThatItCannotHoldItself) {
  start();
  open();
  gateway.answers["tools/call"] = [](std::shared_ptr<net::Exchange> exchange, const Json&) {
    exchange->respond(net::HttpResponse::json(
        200, R"({"jsonrpc":"2.0","id":5,"result":{"n":123456789012345678901234567890}})"));
  };
  shim->take_line(call(5));
  ASSERT_TRUE(wait_lines(1));
  EXPECT_NE(lines[0].find("123456789012345678901234567890"), std::string::npos);
  lines.clear();
}

TEST_F(ShimTest, RefusesLinesThatAreNoMessages) {
  start();
  shim->take_line("{nonsense");
  shim->take_line("[]");
  shim->refuse_line();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(line(0).find("error")->find("code")->as_int(), -32700);
  EXPECT_EQ(line(1).find("error")->find("code")->as_int(), -32600);
  EXPECT_EQ(reason(2), "rpc.size");
}

TEST_F(ShimTest, FindsTheServerByItsCommand) {
  ShimOptions options;
  options.command = {"npx", "a b"};
  start(options);
  shim->take_line(kInitialize);
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(gateway.seen[0].path, "/mcp/files");
}

TEST_F(ShimTest, SaysHowToRegisterAnUnknownCommand) {
  ShimOptions options;
  options.command = {"npx", "unknown"};
  start(options);
  shim->take_line(kInitialize);
  ASSERT_TRUE(wait_lines(1));
  EXPECT_EQ(reason(0), "server.unknown");
  EXPECT_NE(lines[0].find("ambit tool import NAME -- npx unknown"), std::string::npos);
}

TEST_F(ShimTest, WaitsForCallsInFlightAtTheEndOfTheInput) {
  start();
  open();
  std::shared_ptr<net::Exchange> held;
  Json message;
  gateway.answers["tools/call"] = [&](std::shared_ptr<net::Exchange> exchange, const Json& asked) {
    held = std::move(exchange);
    message = asked;
  };
  shim->take_line(call(1));
  shim->end_of_input();
  ASSERT_TRUE(wait([&] { return held != nullptr; }));
  EXPECT_FALSE(outcome.has_value());
  TestGateway::reply(*held, message, "{}");
  ASSERT_TRUE(wait([this] { return outcome.has_value(); }));
  EXPECT_EQ(lines.size(), 1u);
  EXPECT_EQ(gateway.count("DELETE"), 1u);
}

TEST_F(ShimTest, GivesUpCallsThatOutlastTheEndOfTheInput) {
  ShimOptions options;
  options.drain = {50};
  start(options);
  open();
  std::shared_ptr<net::Exchange> held;
  gateway.answers["tools/call"] = [&](std::shared_ptr<net::Exchange> exchange, const Json&) {
    held = std::move(exchange);
  };
  shim->take_line(call(1));
  ASSERT_TRUE(wait([&] { return held != nullptr; }));
  shim->end_of_input();
  ASSERT_TRUE(wait([this] { return outcome.has_value(); }));
  EXPECT_EQ(reason(0), "mcp.input_ended");
  EXPECT_EQ(gateway.count("DELETE"), 1u);
}

TEST_F(ShimTest, EndsAtOnceWhenTold) {
  start();
  open();
  shim->take_line(call(1));
  shim->end_of_input(true);
  ASSERT_TRUE(wait([this] { return outcome.has_value(); }));
  EXPECT_EQ(gateway.count("DELETE"), 1u);
  lines.clear();
}

}  // namespace
}  // namespace ambit::cli
