#include "mcp/connection.h"

#include <gtest/gtest.h>
#include <map>
#include <vector>

#include "mcp/revision.h"

namespace ambit::mcp {
namespace {

// A server in memory: keeps what it is sent, says what the test wants.
class FakeTransport final : public Transport {
 public:
  void start(TransportEvents given) override { events = std::move(given); }
  Result<> send(std::string message, std::optional<std::int64_t>) override {
    if (full) return fail(Code::kExhausted, "upstream.busy", "full");
    sent.push_back(std::move(message));
    return {};
  }
  void established(std::string_view agreed) override { revision = agreed; }
  void forget(std::int64_t id) override { forgotten.push_back(id); }
  void finish() override {}
  void close() override { closed = true; }

  TransportEvents events;
  std::vector<std::string> sent;
  std::vector<std::int64_t> forgotten;
  std::string revision;
  bool full = false;
  bool closed = false;
};

class ConnectionTest : public testing::Test {
 protected:
  void open(std::string_view revision = kNewestRevision,
            std::string_view capabilities = R"({"tools":{}})") {
    ConnectionHandlers handlers;
    handlers.on_request = [this](std::string_view method,
                                 std::string_view) -> tl::expected<std::string, RpcError> {
      if (method == "roots/list") return R"({"roots":[]})";
      requests.emplace_back(method);
      return tl::unexpected(RpcError{kMethodNotFound, "no"});
    };
    handlers.on_notification = [this](std::string_view method, std::string_view) {
      notifications.emplace_back(method);
    };
    handlers.on_closed = [this](const Error& error) { closed = error.reason; };
    handlers.on_noise = [this](std::string_view kind, std::string_view) {
      ++noise[std::string(kind)];
    };
    connection = Connection::create(loop, transport, std::move(handlers), options);
    connection->initialize(
        [this](const Result<>& result) { handshake = result ? "ok" : result.error().reason; });
    say(R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":")" + std::string(revision) +
        R"(","capabilities":)" + std::string(capabilities) + R"(,"instructions":"be kind"}})");
  }
  void say(std::string_view message) { transport->events.on_message(message); }
  AnswerDone keep() {
    return [this](Result<Answer> answer) { answers.push_back(std::move(answer)); };
  }
  void settle() {
    bool done = false;
    loop.post([&] { done = true; });
    loop.run_until([&] { return done; }, seconds(5));
  }

  net::EventLoop loop;
  std::shared_ptr<FakeTransport> transport = std::make_shared<FakeTransport>();
  ConnectionOptions options;
  std::shared_ptr<Connection> connection;
  std::vector<Result<Answer>> answers;
  std::vector<std::string> requests, notifications;
  std::map<std::string, int> noise;
  std::string handshake, closed;
};

TEST_F(ConnectionTest, OffersTheNewestRevisionAndTakesAnOlderOne) {
  open("2025-06-18");
  EXPECT_EQ(handshake, "ok");
  EXPECT_NE(transport->sent[0].find(R"("protocolVersion":"2025-11-25")"), std::string::npos);
  EXPECT_NE(transport->sent[0].find(R"("capabilities":{"roots":{}})"), std::string::npos);
  EXPECT_EQ(transport->sent[1], R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  EXPECT_EQ(transport->revision, "2025-06-18");
  EXPECT_EQ(connection->instructions(), "be kind");
}

TEST_F(ConnectionTest, RefusesAnUnknownRevision) {
  open("2031-01-01");
  EXPECT_EQ(handshake, "upstream.protocol");
  EXPECT_EQ(transport->sent.size(), 1u);
}

TEST_F(ConnectionTest, GivesTheRawBytesOfResultsAndErrors) {
  open();
  connection->request("tools/call", R"("name":"x")", {}, keep());
  connection->request("tools/call", R"("name":"y")", {}, keep());
  EXPECT_EQ(transport->sent[2],
            R"({"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"x"}})");
  say(R"({"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"m","data":1.0}})");
  say(R"({"jsonrpc":"2.0","id":2,"result":{"n": 1.0,"big":90071992547409931234}})");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0]->raw_error, R"({"code":-1,"message":"m","data":1.0})");
  EXPECT_EQ(answers[0]->error->code, -1);
  EXPECT_EQ(answers[1]->result, R"({"n": 1.0,"big":90071992547409931234})");
  EXPECT_FALSE(answers[1]->error);
}

TEST_F(ConnectionTest, RelaysProgressOfTheRequestThatAsked) {
  open();
  std::vector<std::string> progress;
  RequestOptions asking;
  asking.meta = R"("traceparent":"t")";
  asking.on_progress = [&](std::string_view params) { progress.emplace_back(params); };
  connection->request("tools/call", R"("name":"x")", std::move(asking), keep());
  connection->request("tools/call", "", {}, keep());
  EXPECT_NE(transport->sent[2].find(
                R"("params":{"name":"x","_meta":{"progressToken":2,"traceparent":"t"}})"),
            std::string::npos);
  say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2,"progress":0.50}})");
  say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":3,"progress":1}})");
  say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"2","progress":1}})");
  EXPECT_EQ(progress, std::vector<std::string>{R"({"progressToken":2,"progress":0.50})"});
  say(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":2,"progress":2}})");
  EXPECT_EQ(progress.size(), 1u);
}

TEST_F(ConnectionTest, CancelsAndIgnoresTheLateAnswer) {
  open();
  const auto id = connection->request("tools/call", "", {}, keep());
  connection->cancel(id, "user \"left\"");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error().reason, "upstream.cancelled");
  EXPECT_EQ(
      transport->sent.back(),
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,"reason":"user \"left\""}})");
  EXPECT_EQ(transport->forgotten, std::vector<std::int64_t>{id});
  say(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(ConnectionTest, TimesOutAndTellsTheServer) {
  open();
  RequestOptions brief;
  brief.timeout = {5};
  connection->request("tools/call", "", std::move(brief), keep());
  EXPECT_TRUE(loop.run_until([&] { return !answers.empty(); }, seconds(5)));
  EXPECT_EQ(answers[0].error().reason, "upstream.timeout");
  EXPECT_NE(transport->sent.back().find("notifications/cancelled"), std::string::npos);
}

TEST_F(ConnectionTest, FailsOpenRequestsOnceWhenTheServerDies) {
  open();
  connection->request("tools/call", "", {}, keep());
  connection->request("tools/call", "", {}, keep());
  transport->events.on_closed(Error{Code::kUnavailable, "upstream.died", "gone"});
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].error().reason, "upstream.died");
  EXPECT_EQ(closed, "upstream.died");
  connection->request("tools/call", "", {}, keep());
  EXPECT_EQ(answers.size(), 2u) << "an answer never comes before the request has returned";
  settle();
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[2].error().reason, "upstream.died");
}

TEST_F(ConnectionTest, SaysWhenNothingWasSent) {
  open();
  transport->full = true;
  connection->request("tools/call", "", {}, keep());
  settle();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].error().reason, "upstream.busy");
}

TEST_F(ConnectionTest, AnswersTheServersRequests) {
  open();
  say(R"({"jsonrpc":"2.0","id":"r1","method":"ping"})");
  EXPECT_EQ(transport->sent.back(), R"({"jsonrpc":"2.0","id":"r1","result":{}})");
  say(R"({"jsonrpc":"2.0","id":9,"method":"roots/list"})");
  EXPECT_EQ(transport->sent.back(), R"({"jsonrpc":"2.0","id":9,"result":{"roots":[]}})");
  say(R"({"jsonrpc":"2.0","id":10,"method":"sampling/createMessage","params":{}})");
  EXPECT_EQ(transport->sent.back(),
            R"({"jsonrpc":"2.0","id":10,"error":{"code":-32601,"message":"no"}})");
  EXPECT_EQ(requests, std::vector<std::string>{"sampling/createMessage"});
  say(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  EXPECT_EQ(notifications, std::vector<std::string>{"notifications/tools/list_changed"});
}

TEST_F(ConnectionTest, CountsGarbageAndGoesOn) {
  open();
  connection->request("tools/call", "", {}, keep());
  say("Server listening...");
  say(R"({"jsonrpc":"1.0"})");
  say(R"([{"jsonrpc":"2.0","id":2,"result":{}}])");
  EXPECT_EQ(connection->garbage(), 3u);
  EXPECT_EQ(noise["garbage"], 3);
  EXPECT_TRUE(answers.empty());
  say(R"({"jsonrpc":"2.0","id":2,"result":{}})");
  EXPECT_EQ(answers.size(), 1u);
}

TEST_F(ConnectionTest, TakesBatchesInTheRevisionThatHasThem) {
  open("2025-03-26");
  connection->request("tools/call", "", {}, keep());
  say(R"( [{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":2,"result":{}}])");
  EXPECT_EQ(answers.size(), 1u);
  EXPECT_EQ(notifications.size(), 1u);
}

class ListingTest : public ConnectionTest {
 protected:
  void list() {
    connection->list_tools([this](Result<text::JsonArray> tools) { listing = std::move(tools); });
  }
  std::optional<Result<text::JsonArray>> listing;
};

TEST_F(ListingTest, FollowsEveryPage) {
  open();
  list();
  say(R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"}],"nextCursor":"c\"1"}})");
  EXPECT_NE(transport->sent.back().find(R"("params":{"cursor":"c\"1"})"), std::string::npos);
  say(R"({"jsonrpc":"2.0","id":3,"result":{"tools":[{"name":"b"}]}})");
  ASSERT_TRUE(listing && *listing);
  EXPECT_EQ((*listing)->size(), 2u);
}

TEST_F(ListingTest, EndsWithACursorThatComesBack) {
  open();
  list();
  say(R"({"jsonrpc":"2.0","id":2,"result":{"tools":[],"nextCursor":"x"}})");
  say(R"({"jsonrpc":"2.0","id":3,"result":{"tools":[],"nextCursor":"x"}})");
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->error().reason, "upstream.protocol");
}

TEST_F(ListingTest, RefusesToolsThatCannotBeToldApart) {
  open();
  for (const char* tools :
       {R"([{"name":"a"},{"name":"a"}])", R"([{"name":""}])", R"([{}])", R"([1])", R"({})"}) {
    listing.reset();
    const auto id = std::to_string(transport->sent.size());
    list();
    say(R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"tools":)" + tools + "}}");
    ASSERT_TRUE(listing) << tools;
    EXPECT_FALSE(*listing) << tools;
  }
}

TEST_F(ListingTest, BoundsTheNumberOfTools) {
  options.max_tools = 1;
  open();
  list();
  say(R"({"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a"},{"name":"b"}]}})");
  ASSERT_TRUE(listing);
  EXPECT_FALSE(*listing);
}

TEST_F(ListingTest, IsEmptyForAServerWithoutTools) {
  open(kNewestRevision, "{}");
  list();
  settle();
  ASSERT_TRUE(listing && *listing);
  EXPECT_TRUE((*listing)->empty());
  EXPECT_EQ(transport->sent.size(), 2u);
}

}  // namespace
}  // namespace ambit::mcp
