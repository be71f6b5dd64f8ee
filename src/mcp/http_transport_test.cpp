#include <gtest/gtest.h>
#include <map>

#include "mcp/supervisor.h"
#include "net/http_server.h"

namespace ambit::mcp {
namespace {

// A tool server over streamable HTTP, scripted: each method of a POST is answered by what the test
// put under its name.
class HttpServerTest : public testing::Test {
 protected:
  using Script = std::function<void(std::shared_ptr<net::Exchange>, const Message&)>;

  void SetUp() override {
    http = *net::HttpServer::listen(loop, {}, [this](auto exchange) { serve(exchange); });
    scripts["initialize"] = [](auto exchange, const Message& message) {
      auto response = net::HttpResponse::json(
          200, make_result(*message.id,
                           R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}}})"));
      response.headers.push_back({"Mcp-Session-Id", "s-1"});
      exchange->respond(std::move(response));
    };
    scripts["tools/list"] = [](auto exchange, const Message& message) {
      exchange->respond(
          net::HttpResponse::json(200, make_result(*message.id, R"({"tools":[{"name":"echo"}]})")));
    };
    supervisor = *Supervisor::create(loop, options);
    supervisor->set_hooks({});
    server.id = "remote";
    server.transport = "http";
    server.url = "http://127.0.0.1:" + std::to_string(http->port()) + "/mcp";
  }

  void serve(const std::shared_ptr<net::Exchange>& exchange) {
    const net::HttpRequest& request = exchange->request();
    seen.push_back(std::string(request.method) + " " +
                   std::string(request.header("mcp-session-id")) + " " +
                   std::string(request.header("mcp-protocol-version")));
    if (request.method == "GET") {
      resumed.emplace_back(request.header("last-event-id"));
      if (on_get) return on_get(exchange);
      return exchange->respond({.status = 405});
    }
    if (request.method == "DELETE") return exchange->respond({.status = 200});
    const auto message = parse_message(request.body);
    if (!message) return exchange->respond({.status = 400});
    if (message->kind != Message::Kind::kRequest) {
      told.emplace_back(request.body);
      return exchange->respond({.status = 202});
    }
    const auto script = scripts.find(message->method);
    if (script == scripts.end()) return exchange->respond({.status = 500});
    script->second(exchange, *message);
  }
  bool until(const std::function<bool()>& done) { return loop.run_until(done, seconds(20)); }
  Result<> prepare() {
    std::optional<Result<>> result;
    supervisor->prepare(server, "task", [&](Result<> given) { result = std::move(given); });
    EXPECT_TRUE(until([&] { return result.has_value(); }));
    return *result;
  }
  Result<Answer> call() {
    std::optional<Result<Answer>> result;
    ToolCall tool{"remote", "task", "echo", R"({"n":1.0})", "", {}};
    tool.on_progress = [this](std::string_view params) { progress.emplace_back(params); };
    supervisor->call(std::move(tool), [&](Result<Answer> given) { result = std::move(given); });
    EXPECT_TRUE(until([&] { return result.has_value(); }));
    return *result;
  }

  net::EventLoop loop;
  SupervisorOptions options;
  std::unique_ptr<net::HttpServer> http;
  std::unique_ptr<Supervisor> supervisor;
  domain::Server server;
  std::map<std::string, Script> scripts;
  std::function<void(std::shared_ptr<net::Exchange>)> on_get;
  std::vector<std::string> seen, resumed, told, progress;
};

TEST_F(HttpServerTest, KeepsTheSessionAndTheRevision) {
  ASSERT_TRUE(prepare());
  EXPECT_EQ(seen[0], "POST  ");
  EXPECT_EQ(seen[1], "POST s-1 ") << "the notification that ends the handshake";
  for (std::size_t i = 2; i < seen.size(); ++i) {
    EXPECT_NE(seen[i].find(" s-1 2025-11-25"), std::string::npos) << seen[i];
  }
  supervisor->release_task("task");
  EXPECT_TRUE(until([&] { return seen.back().starts_with("DELETE s-1"); }));
}

TEST_F(HttpServerTest, TakesAnAnswerFromAnEventStreamWithProgressBeforeIt) {
  scripts["tools/call"] = [](auto exchange, const Message& message) {
    EXPECT_NE(message.params.find(R"("arguments":{"n":1.0})"), std::string_view::npos);
    const auto stream = exchange->start_sse(200, {});
    stream->comment("working");
    stream->event(
        R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
        to_json(*message.id) + R"(,"progress":1}})");
    stream->event(R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})");
    stream->event(make_result(*message.id, R"({"x":1.0})"));
    stream->close();
  };
  ASSERT_TRUE(prepare());
  const auto answer = call();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->result, R"({"x":1.0})");
  EXPECT_EQ(progress.size(), 1u);
  EXPECT_TRUE(until([&] { return told.size() >= 2; }));
  EXPECT_EQ(told.back(), R"({"jsonrpc":"2.0","id":"q","result":{"roots":[]}})");
}

TEST_F(HttpServerTest, ResumesABrokenStreamWithoutSendingTheCallAgain) {
  int calls = 0;
  std::string id;
  scripts["tools/call"] = [&](auto exchange, const Message& message) {
    ++calls;
    id = to_json(*message.id);
    const auto stream = exchange->start_sse(200, {});
    stream->event("", "e-1");
    stream->close();
  };
  on_get = [&](auto exchange) {
    if (exchange->request().header("last-event-id").empty())
      return exchange->respond({.status = 405});
    const auto stream = exchange->start_sse(200, {});
    stream->event(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"late":true}})", "e-2");
    stream->close();
  };
  ASSERT_TRUE(prepare());
  const auto answer = call();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->result, R"({"late":true})");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(resumed.back(), "e-1");
}

TEST_F(HttpServerTest, FailsACallWhoseAnswerNeverComes) {
  int calls = 0;
  scripts["tools/call"] = [&](auto exchange, const Message&) {
    ++calls;
    exchange->start_sse(200, {})->close();
  };
  ASSERT_TRUE(prepare());
  const auto answer = call();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "upstream.protocol");
  EXPECT_TRUE(Supervisor::was_sent(answer.error()));
  EXPECT_EQ(calls, 1);

  scripts["tools/call"] = [&](auto exchange, const Message&) {
    exchange->respond({.status = 502});
  };
  EXPECT_EQ(call().error().reason, "upstream.unreachable");
}

TEST_F(HttpServerTest, OpensANewSessionAfterTheServerEndedTheOldOne) {
  options.min_pause = {1};
  supervisor = *Supervisor::create(loop, options);
  scripts["tools/call"] = [&](auto exchange, const Message&) {
    exchange->respond({.status = 404});
  };
  ASSERT_TRUE(prepare());
  EXPECT_EQ(call().error().reason, "upstream.session");
  EXPECT_EQ(call().error().reason, "upstream.not_running");
  EXPECT_TRUE(prepare());
}

TEST_F(HttpServerTest, ListensForChangedTools) {
  std::shared_ptr<net::SseStream> listener;
  on_get = [&](auto exchange) { listener = exchange->start_sse(200, {}); };
  int listings = 0;
  SupervisorHooks hooks;
  hooks.on_listing = [&](const std::string&, const ports::Upstream::Listing&) { ++listings; };
  supervisor->set_hooks(std::move(hooks));
  ASSERT_TRUE(prepare());
  EXPECT_TRUE(until([&] { return listener != nullptr; }));
  listener->event(make_notification("notifications/tools/list_changed"));
  EXPECT_TRUE(until([&] { return listings == 2; }));
}

TEST_F(HttpServerTest, SaysThatNobodyIsThere) {
  http.reset();
  const auto result = prepare();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, "upstream.unreachable");
}

}  // namespace
}  // namespace ambit::mcp
