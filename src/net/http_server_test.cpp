#include "net/http_server.h"

#include <gtest/gtest.h>
#include <vector>

#include "net/internal/framing_vectors.h"
#include "net/internal/raw_client.h"

namespace ambit::net {
namespace {

using internal::kPatience;
using internal::RawClient;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// A server whose handler echoes method, path and body, except for the paths a test takes over.
class HttpServerTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    ServerOptions options;
    options.limits = limits;
    auto listening = HttpServer::listen(loop, options, [this](std::shared_ptr<Exchange> exchange) {
      if (handler) return handler(std::move(exchange));
      const HttpRequest& request = exchange->request();
      HttpResponse response =
          HttpResponse::text(200, std::string(request.method) + " " + std::string(request.path) +
                                      " " + std::string(request.body) + "\n");
      exchange->respond(std::move(response));
    });
    ASSERT_TRUE(listening) << listening.error().message;
    server = *std::move(listening);
  }

  RawClient connect() { return RawClient(loop, server->port()); }

  // Sends `bytes` on a connection of their own and returns all that comes until the server closes.
  std::string talk(std::string_view bytes) {
    RawClient client = connect();
    client.send(bytes);
    EXPECT_TRUE(client.wait_for_end());
    return client.take();
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }

  EventLoop loop;
  Handler handler;
  std::unique_ptr<HttpServer> server;
};

ServerLimits quick_limits() {
  ServerLimits limits;
  limits.header_timeout = {60};
  limits.body_timeout = {60};
  limits.idle_timeout = {60};
  limits.write_timeout = {60};
  limits.sweep_interval = {5};
  return limits;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

TEST_F(HttpServerTest, AnswersWithItsOwnFraming) {
  start();
  RawClient client = connect();
  client.send("POST /a/b?c HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  ASSERT_TRUE(client.wait_for("body\n"));
  EXPECT_TRUE(client.received().starts_with("HTTP/1.1 200 OK\r\nDate: ")) << client.received();
  EXPECT_NE(client.received().find("\r\nContent-Length: 15\r\n"), std::string::npos);
  EXPECT_TRUE(client.received().ends_with("\r\n\r\nPOST /a/b body\n"));
}

TEST_F(HttpServerTest, KeepsTheConnectionForFurtherRequests) {
  start();
  RawClient client = connect();
  for (int i = 0; i < 5; ++i) {
    client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(client.wait_for("GET /" + std::to_string(i) + " \n"));
  }
  EXPECT_EQ(server->stats().accepted, 1u);
  EXPECT_EQ(server->stats().requests, 5u);
}

TEST_F(HttpServerTest, ClosesWhenAskedAndAfterHttp10) {
  start();
  const std::string closed = talk("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(closed.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(talk("GET / HTTP/1.0\r\n\r\n").substr(0, 12), "HTTP/1.1 200");
}

TEST_F(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  std::vector<std::shared_ptr<Exchange>> held;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    // Every second one is answered later, so that both ways mix.
    if (exchange->request().path.size() % 2 == 0) {
      loop.post([exchange, path = std::string(exchange->request().path)] {
        exchange->respond(HttpResponse::text(200, "<" + path + ">"));
      });
    } else {
      exchange->respond(HttpResponse::text(200, "<" + std::string(exchange->request().path) + ">"));
    }
  };
  start();
  std::string requests;
  std::vector<std::string> paths;
  for (int i = 0; i < 500; ++i) {
    paths.push_back("/" + std::to_string(i));
    requests += "GET " + paths.back() + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  RawClient client = connect();
  client.send(requests);
  ASSERT_TRUE(client.wait_for("</499>"));
  std::size_t at = 0;
  for (const std::string& path : paths) {
    at = client.received().find("<" + path + ">", at);
    ASSERT_NE(at, std::string::npos) << path;
  }
}

TEST_F(HttpServerTest, ReadsChunkedBodies) {
  start();
  RawClient client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
  client.send("3\r\ncde\r\n0\r\n\r\n");
  EXPECT_TRUE(client.wait_for("POST / abcde\n"));
}

TEST_F(HttpServerTest, RefusesEveryAmbiguousRequestAndCloses) {
  start();
  for (const internal::FramingVector& vector : internal::framing_vectors()) {
    if (vector.expected != internal::Expected::kReject) continue;
    SCOPED_TRACE(vector.name);
    // The request that follows must not be seen, whatever the first one was taken for.
    const std::string answer = talk(vector.bytes + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(count(answer, "\r\nDate: "), 1u) << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(answer.find("smuggled"), std::string::npos);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400"));
  }
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(HttpServerTest, AnswersOversizedRequestsWithoutReadingThem) {
  start({.max_body_bytes = 1000});
  EXPECT_TRUE(talk("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20000, 'x') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431"));
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 64; ++i) many += "X: 1\r\n";
  EXPECT_TRUE(talk(many + "\r\n").starts_with("HTTP/1.1 431"));
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_TRUE(talk(head + "Content-Length: 1001\r\n\r\n").starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(talk(head + "Content-Length: 100000\r\n\r\n" + std::string(100000, 'b'))
                  .starts_with("HTTP/1.1 413"));
  const std::string refused = talk(head + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n");
  EXPECT_TRUE(refused.starts_with("HTTP/1.1 413"));
  EXPECT_NE(refused.find("\"reason\":\"http.body_too_large\""), std::string::npos);
}

TEST_F(HttpServerTest, SurvivesGarbage) {
  start();
  std::uint32_t seed = 1;
  for (int round = 0; round < 50; ++round) {
    std::string bytes;
    for (int i = 0; i < 200; ++i) {
      seed = seed * 1664525 + 1013904223;
      bytes += static_cast<char>(seed >> 24);
    }
    talk(bytes + "\n");
  }
  RawClient client = connect();
  client.send(kGet);
  EXPECT_TRUE(client.wait_for("GET / \n"));
}

TEST_F(HttpServerTest, SendsContinueOnlyWhenItWillReadTheBody) {
  start({.max_body_bytes = 10});
  RawClient client = connect();
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n";
  client.send(head + "Content-Length: 4\r\n\r\n");
  ASSERT_TRUE(client.wait_for("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send("body");
  EXPECT_TRUE(client.wait_for("POST / body\n"));
  EXPECT_TRUE(talk(head + "Content-Length: 40\r\n\r\n").starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(
      talk("GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n").starts_with("HTTP/1.1 417"));
}

TEST_F(HttpServerTest, AnswersHeadWithoutABody) {
  start();
  RawClient client = connect();
  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\nGET /y HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(client.wait_for("GET /y"));
  EXPECT_NE(client.received().find("Content-Length: 9\r\n"), std::string::npos);
  EXPECT_EQ(client.received().find("HEAD /x"), std::string::npos);
}

TEST_F(HttpServerTest, NeverSplitsAResponse) {
  handler = [](const std::shared_ptr<Exchange>& exchange) {
    HttpResponse response = HttpResponse::text(200, "x");
    response.headers.push_back({"X-Name", "a\r\nSet-Cookie: stolen"});
    exchange->respond(std::move(response));
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.wait_for("http.response_header"));
  EXPECT_TRUE(client.received().starts_with("HTTP/1.1 500"));
  EXPECT_EQ(client.received().find("stolen"), std::string::npos);
}

TEST_F(HttpServerTest, AnswersForAHandlerThatForgets) {
  handler = [](const std::shared_ptr<Exchange>&) {};
  start();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.wait_for("http.unanswered"));
  EXPECT_TRUE(client.received().starts_with("HTTP/1.1 500"));
}

TEST_F(HttpServerTest, IgnoresASecondAnswer) {
  handler = [this](const std::shared_ptr<Exchange>& exchange) {
    exchange->respond(HttpResponse::text(200, "first"));
    exchange->respond(HttpResponse::text(200, "second"));
    EXPECT_FALSE(exchange->start_sse(200, {})->is_open());
    loop.post([exchange] { exchange->respond(HttpResponse::text(200, "third")); });
  };
  start();
  RawClient client = connect();
  client.send(std::string(kGet) + std::string(kGet));
  ASSERT_TRUE(wait([&] { return count(client.received(), "first") == 2; }));
  EXPECT_EQ(count(client.received(), "HTTP/1.1 200"), 2u);
  EXPECT_EQ(client.received().find("second"), std::string::npos);
}

TEST_F(HttpServerTest, TimesOutSlowHeadersSlowBodiesAndIdleConnections) {
  start(quick_limits());
  EXPECT_TRUE(talk("GET / HT").starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
                  .starts_with("HTTP/1.1 408"));
  EXPECT_EQ(talk(""), "");
  EXPECT_EQ(count(talk(kGet), "HTTP/1.1"), 1u);
  EXPECT_EQ(server->stats().timeouts, 2u);
}

TEST_F(HttpServerTest, ASlowSenderCannotStretchTheHeaderTime) {
  start(quick_limits());
  RawClient client = connect();
  const std::int64_t began = loop.now_ms();
  // One byte after another, each well within the time.
  std::function<void()> drip = [&] {
    client.send("X");
    if (!client.ended()) loop.after({5}, drip);
  };
  drip();
  ASSERT_TRUE(client.wait_for_end());
  EXPECT_TRUE(client.received().starts_with("HTTP/1.1 408")) << client.received();
  EXPECT_LT(loop.now_ms() - began, 5000);
}

TEST_F(HttpServerTest, DropsAClientThatDoesNotRead) {
  handler = [](const std::shared_ptr<Exchange>& exchange) {
    exchange->respond(HttpResponse::text(200, std::string(32u << 20, 'x')));
  };
  start(quick_limits());
  RawClient client(loop, server->port(), 4096);
  client.stop_reading();
  client.send(kGet);
  EXPECT_TRUE(wait([&] { return server->stats().timeouts == 1; }));
  EXPECT_TRUE(wait([&] { return server->stats().connections == 0; }));
}

TEST_F(HttpServerTest, SendsALargeAnswerWhole) {
  const std::string body = std::string(8u << 20, 'x') + "end";
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    exchange->respond(HttpResponse::text(200, body));
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(wait([&] { return client.received().size() > body.size(); }));
  ASSERT_TRUE(wait([&] { return client.received().ends_with("end"); }));
  EXPECT_TRUE(client.received().ends_with("\r\n\r\n" + body));
}

TEST_F(HttpServerTest, TellsAPendingHandlerThatItsClientLeft) {
  std::shared_ptr<Exchange> held;
  bool told = false;
  handler = [&](std::shared_ptr<Exchange> exchange) {
    held = std::move(exchange);
    held->on_disconnect([&] { told = true; });
  };
  start();
  {
    RawClient client = connect();
    client.send("POST /pending HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    ASSERT_TRUE(wait([&] { return held != nullptr; }));
    EXPECT_FALSE(held->disconnected());
  }
  ASSERT_TRUE(wait([&] { return told; }));
  EXPECT_TRUE(held->disconnected());
  // The request's bytes outlive the connection.
  EXPECT_EQ(held->request().path, "/pending");
  EXPECT_EQ(held->request().body, "abc");
  held->respond(HttpResponse::text(200, "nobody hears this"));
  held.reset();
  EXPECT_TRUE(wait([&] { return server->stats().connections == 0; }));
}

TEST_F(HttpServerTest, StillAnswersAClientThatOnlyClosedItsSide) {
  std::shared_ptr<Exchange> held;
  handler = [&](std::shared_ptr<Exchange> exchange) { held = std::move(exchange); };
  start();
  RawClient client = connect();
  client.send(kGet);
  client.finish_sending();
  ASSERT_TRUE(wait([&] { return held != nullptr && held->disconnected(); }));
  held->respond(HttpResponse::text(200, "late"));
  EXPECT_TRUE(client.wait_for("late"));
  EXPECT_TRUE(client.wait_for_end());
}

TEST_F(HttpServerTest, BoundsWhatAClientMaySendAhead) {
  std::shared_ptr<Exchange> held;
  handler = [&](std::shared_ptr<Exchange> exchange) {
    if (held == nullptr) {
      held = std::move(exchange);
    } else {
      exchange->respond(HttpResponse::text(200, "next"));
    }
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(wait([&] { return held != nullptr; }));
  std::string flood;
  for (int i = 0; i < 4000; ++i) flood += kGet;
  client.send(flood);
  EXPECT_FALSE(loop.run_until([&] { return server->stats().requests > 1; }, {30}));
  held->respond(HttpResponse::text(200, "first"));
  EXPECT_TRUE(wait([&] { return count(client.received(), "next") == 4000; }));
}

TEST_F(HttpServerTest, LimitsConnectionsInAllAndPerSource) {
  start({.max_connections = 2});
  RawClient first = connect();
  RawClient second = connect();
  ASSERT_TRUE(wait([&] { return server->stats().connections == 2; }));
  EXPECT_TRUE(talk("").starts_with("HTTP/1.1 503"));
  EXPECT_EQ(server->stats().refused, 1u);
  first.close();
  ASSERT_TRUE(wait([&] { return server->stats().connections == 1; }));
  RawClient third = connect();
  third.send(kGet);
  EXPECT_TRUE(third.wait_for("GET / \n"));

  start({.max_connections_per_source = 1});
  RawClient only = connect();
  ASSERT_TRUE(wait([&] { return server->stats().connections == 1; }));
  EXPECT_TRUE(talk("").starts_with("HTTP/1.1 503"));
}

TEST_F(HttpServerTest, ServesAThousandConnections) {
  start();
  constexpr std::size_t kClients = 1000;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<RawClient>(loop, server->port()));
    // The backlog is finite.
    if (i % 100 == 99) {
      ASSERT_TRUE(wait([&] { return server->stats().connections == i + 1; }));
    }
  }
  for (auto& client : clients) client->send(kGet);
  for (auto& client : clients) ASSERT_TRUE(client->wait_for("GET / \n"));
  EXPECT_EQ(server->stats().requests, kClients);
}

TEST_F(HttpServerTest, NamesThePeer) {
  bool loopback = false;
  std::uint16_t port = 0;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    loopback = exchange->request().peer->is_loopback;
    port = exchange->request().peer->port;
    exchange->respond(HttpResponse::text(200, exchange->request().peer->address));
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  EXPECT_TRUE(client.wait_for("127.0.0.1"));
  EXPECT_TRUE(loopback);
  EXPECT_NE(port, 0);
}

TEST_F(HttpServerTest, RefusesAnAddressThatIsNoneAndAPortThatIsTaken) {
  ServerOptions options;
  options.address = "localhost";
  EXPECT_EQ(HttpServer::listen(loop, options, {}).error().reason, "net.address");
  start();
  options.address = "127.0.0.1";
  options.port = server->port();
  EXPECT_EQ(HttpServer::listen(loop, options, {}).error().reason, "net.bind");
}

// --- event streams

TEST_F(HttpServerTest, StreamsEventsAndServesOn) {
  std::shared_ptr<SseStream> stream;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {{"X-Session", "7"}});
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(client.wait_for("text/event-stream"));
  EXPECT_NE(client.received().find("X-Session: 7\r\n"), std::string::npos);
  EXPECT_TRUE(stream->event("one\ntwo", "1", "note"));
  EXPECT_TRUE(stream->comment("still here"));
  EXPECT_FALSE(stream->event("x", "1\n2"));
  ASSERT_TRUE(client.wait_for("event: note\nid: 1\ndata: one\ndata: two\n\n"));
  ASSERT_TRUE(client.wait_for(": still here\n"));
  stream->close();
  EXPECT_FALSE(stream->event("late"));
  ASSERT_TRUE(client.wait_for("\r\n0\r\n\r\n"));
  client.take();
  client.send(kGet);
  EXPECT_TRUE(client.wait_for("text/event-stream"));
}

TEST_F(HttpServerTest, TellsAStreamThatItsClientLeft) {
  std::shared_ptr<SseStream> stream;
  bool told = false;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {});
    stream->on_closed([&] { told = true; });
  };
  start();
  {
    RawClient client = connect();
    client.send(kGet);
    ASSERT_TRUE(client.wait_for("text/event-stream"));
  }
  ASSERT_TRUE(wait([&] { return told; }));
  EXPECT_FALSE(stream->is_open());
  EXPECT_FALSE(stream->event("x"));
}

TEST_F(HttpServerTest, DropsAStreamWhoseReaderIsTooSlow) {
  std::shared_ptr<SseStream> stream;
  bool told = false;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {});
    stream->on_closed([&] { told = true; });
  };
  start({.max_sse_buffer = 100000});
  RawClient client(loop, server->port(), 4096);
  client.send(kGet);
  ASSERT_TRUE(client.wait_for("text/event-stream"));
  client.stop_reading();
  const std::string data(10000, 'x');
  int sent = 0;
  while (stream->event(data) && sent < 10000) ++sent;
  EXPECT_LT(sent, 10000);
  EXPECT_TRUE(wait([&] { return told; }));
  EXPECT_EQ(server->stats().connections, 0u);
}

TEST_F(HttpServerTest, ADroppedStreamIsClosed) {
  handler = [](const std::shared_ptr<Exchange>& exchange) {
    exchange->start_sse(200, {})->event("only");
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  EXPECT_TRUE(client.wait_for("data: only\n\n\r\n0\r\n\r\n"));
}

// --- stopping

TEST_F(HttpServerTest, StopsGracefully) {
  std::shared_ptr<Exchange> held;
  handler = [&](std::shared_ptr<Exchange> exchange) { held = std::move(exchange); };
  start();
  RawClient idle = connect();
  RawClient busy = connect();
  busy.send(kGet);
  ASSERT_TRUE(wait([&] { return held != nullptr && server->stats().connections == 2; }));
  bool stopped = false;
  server->stop(kPatience, [&] { stopped = true; });
  EXPECT_TRUE(idle.wait_for_end());
  EXPECT_FALSE(stopped);
  EXPECT_FALSE(RawClient(loop, server->port()).connected());
  held->respond(HttpResponse::text(200, "finished"));
  EXPECT_TRUE(busy.wait_for("finished"));
  EXPECT_NE(busy.received().find("Connection: close"), std::string::npos);
  EXPECT_TRUE(busy.wait_for_end());
  EXPECT_TRUE(wait([&] { return stopped; }));
}

TEST_F(HttpServerTest, StopsAtItsDeadlineWhateverIsPending) {
  std::shared_ptr<Exchange> held;
  handler = [&](std::shared_ptr<Exchange> exchange) { held = std::move(exchange); };
  start();
  RawClient client = connect();
  client.send(kGet);
  ASSERT_TRUE(wait([&] { return held != nullptr; }));
  bool stopped = false;
  server->stop({30}, [&] { stopped = true; });
  EXPECT_TRUE(wait([&] { return stopped; }));
  EXPECT_TRUE(client.wait_for_end());
  held->respond(HttpResponse::text(200, "too late"));
}

TEST_F(HttpServerTest, AStopEndsStreamsUnlessTheyAskForTime) {
  std::vector<std::shared_ptr<SseStream>> streams;
  bool drained = false;
  bool closed = false;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    streams.push_back(exchange->start_sse(200, {}));
  };
  start();
  RawClient plain = connect();
  plain.send(kGet);
  ASSERT_TRUE(plain.wait_for("event-stream"));
  streams[0]->on_closed([&] { closed = true; });
  RawClient patient = connect();
  patient.send(kGet);
  ASSERT_TRUE(patient.wait_for("event-stream"));
  streams[1]->on_drain([&] { drained = true; });
  bool stopped = false;
  server->stop(kPatience, [&] { stopped = true; });
  EXPECT_TRUE(plain.wait_for_end());
  EXPECT_TRUE(wait([&] { return closed && drained; }));
  EXPECT_TRUE(streams[1]->event("the result"));
  streams[1]->close();
  EXPECT_TRUE(patient.wait_for("the result"));
  EXPECT_TRUE(wait([&] { return stopped; }));
}

TEST_F(HttpServerTest, CanBeDestroyedWithRequestsPending) {
  std::shared_ptr<Exchange> held;
  std::shared_ptr<SseStream> stream;
  handler = [&](std::shared_ptr<Exchange> exchange) {
    if (held == nullptr) {
      held = std::move(exchange);
    } else {
      stream = exchange->start_sse(200, {});
    }
  };
  start();
  RawClient first = connect();
  first.send(kGet);
  ASSERT_TRUE(wait([&] { return held != nullptr; }));
  RawClient second = connect();
  second.send(kGet);
  ASSERT_TRUE(wait([&] { return stream != nullptr; }));
  server.reset();
  EXPECT_TRUE(held->disconnected());
  held->respond(HttpResponse::text(200, "x"));
  EXPECT_FALSE(stream->event("x"));
}

}  // namespace
}  // namespace ambit::net
