#include "net/http_client.h"

#include <gtest/gtest.h>
#include <optional>
#include <thread>
#include <vector>

#include "net/http_server.h"
#include "net/internal/raw_client.h"
#include "net/internal/socket.h"

namespace ambit::net {
namespace {

using internal::kPatience;

// Answers every connection with the next of some prepared byte strings and then closes it: at once,
// or when the next request comes.
class ScriptedServer {
 public:
  ScriptedServer(EventLoop& loop, std::vector<std::string> answers, bool close_at_next = false)
      : loop_(loop), answers_(std::move(answers)), close_at_next_(close_at_next) {
    const auto listening = internal::listen_on("127.0.0.1", 0);
    port_ = listening->port;
    listener_ = std::make_unique<FdWatch>(loop, listening->fd, [this] { accept_one(); });
    listener_->arm_read();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  const std::string& received() const { return received_; }
  std::size_t connections() const { return accepted_; }

 private:
  void accept_one() {
    const int fd = ::accept4(listener_->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    listener_->arm_read();
    if (fd < 0) return;
    const std::size_t number = accepted_++;
    watches_.push_back(std::make_unique<FdWatch>(loop_, fd, [this, fd, number] {
      char buffer[4096];
      const ssize_t count = ::recv(fd, buffer, sizeof buffer, 0);
      if (count > 0) received_.append(buffer, static_cast<std::size_t>(count));
      const std::string answer =
          number < answers_.size() ? std::exchange(answers_[number], {}) : std::string();
      const bool keep = close_at_next_ && !answer.empty();
      (void)!::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
      if (keep) return watches_[number]->arm_read();
      watches_[number]->close();
    }));
    watches_.back()->arm_read();
  }

  EventLoop& loop_;
  std::vector<std::string> answers_;
  std::unique_ptr<FdWatch> listener_;
  std::vector<std::unique_ptr<FdWatch>> watches_;
  bool close_at_next_;
  std::uint16_t port_ = 0;
  std::size_t accepted_ = 0;
  std::string received_;
};

ClientRequest to(const std::string& url, const std::string& method = "GET") {
  ClientRequest request;
  request.method = method;
  request.url = url;
  return request;
}

ClientRequest with_header(ClientRequest request, HttpHeader header) {
  request.headers.push_back(std::move(header));
  return request;
}

ClientRequest with_timeout(ClientRequest request, Duration timeout) {
  request.timeout = timeout;
  return request;
}

ClientOptions bounds(std::size_t connections, std::size_t idle, std::size_t waiting) {
  ClientOptions options;
  options.max_connections_per_origin = connections;
  options.max_idle_per_origin = idle;
  options.max_waiting = waiting;
  return options;
}

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() { create({}); }

  void create(ClientOptions options) { client = *HttpClient::create(loop, std::move(options)); }

  void serve(ServerLimits limits = {}) {
    ServerOptions options;
    options.limits = limits;
    server = *HttpServer::listen(loop, options, [this](std::shared_ptr<Exchange> exchange) {
      handler(std::move(exchange));
    });
  }

  std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(server->port()) + path;
  }

  Result<HttpResponse> ask(ClientRequest request) {
    std::optional<Result<HttpResponse>> answer;
    client->request(std::move(request),
                    [&](Result<HttpResponse> done) { answer = std::move(done); });
    EXPECT_FALSE(answer.has_value());
    EXPECT_TRUE(wait([&] { return answer.has_value(); }));
    return answer.value_or(fail(Code::kInternal, "test", "no answer"));
  }

  std::string reason(ClientRequest request) {
    const auto answer = ask(std::move(request));
    return answer ? "answered " + std::to_string(answer->status) : answer.error().reason;
  }

  bool wait(const std::function<bool()>& done) { return loop.run_until(done, kPatience); }

  EventLoop loop;
  Handler handler = [](const std::shared_ptr<Exchange>& exchange) {
    const HttpRequest& request = exchange->request();
    std::string body = std::string(request.method) + " " + std::string(request.target) + " " +
                       std::string(request.header("x-name")) + " " + std::string(request.body);
    HttpResponse response = HttpResponse::text(200, std::move(body));
    response.headers.push_back({"X-Answer", "yes"});
    exchange->respond(std::move(response));
  };
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(HttpClientTest, SendsAndReceives) {
  serve();
  ClientRequest request;
  request.method = "POST";
  request.url = url("/a?b=c");
  request.headers = {{"X-Name", "value"}};
  request.body = "body";
  const auto answer = ask(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /a?b=c value body");
  EXPECT_EQ(answer->header("X-Answer"), "yes");
  request.method = "HEAD";
  request.body = "";
  EXPECT_EQ(ask(request)->body, "");
}

TEST_F(HttpClientTest, ReusesConnectionsAndBoundsThem) {
  create(bounds(3, 2, 1024));
  serve();
  int answered = 0;
  for (int i = 0; i < 30; ++i) {
    client->request(to(url()), [&](const Result<HttpResponse>& done) {
      EXPECT_TRUE(done);
      ++answered;
    });
  }
  ASSERT_TRUE(wait([&] { return answered == 30; }));
  EXPECT_EQ(server->stats().accepted, 3u);
  EXPECT_EQ(client->open_connections(), 3u);
  // What is idle beyond the bound is closed by the next sweep.
  EXPECT_TRUE(wait([&] { return client->open_connections() == 2; }));
}

TEST_F(HttpClientTest, RefusesWhenTooManyWait) {
  create(bounds(1, 1, 1));
  serve();
  std::vector<std::string> outcomes;
  for (int i = 0; i < 3; ++i) {
    client->request(to(url()), [&](const Result<HttpResponse>& done) {
      outcomes.push_back(done ? "ok" : done.error().reason);
    });
  }
  ASSERT_TRUE(wait([&] { return outcomes.size() == 3; }));
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "ok"), 2);
  EXPECT_EQ(std::count(outcomes.begin(), outcomes.end(), "net.busy"), 1);
}

TEST_F(HttpClientTest, NoticesThatTheServerClosedAnIdleConnection) {
  ServerLimits limits;
  limits.idle_timeout = {10};
  limits.sweep_interval = {2};
  serve(limits);
  ASSERT_TRUE(ask(to(url())));
  ASSERT_TRUE(wait([&] { return server->stats().connections == 0; }));
  ASSERT_TRUE(wait([&] { return client->open_connections() == 0; }));
  EXPECT_TRUE(ask(to(url(), "POST")));
  EXPECT_EQ(server->stats().accepted, 2u);
}

TEST_F(HttpClientTest, TriesAnIdempotentRequestAgainButNoOther) {
  const std::string kept = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  for (const bool idempotent : {true, false}) {
    ScriptedServer scripted(loop, {kept, kept}, true);
    ASSERT_TRUE(ask(to(scripted.url())));
    // The server takes this request on the kept connection and closes without an answer: it may or
    // may not have acted on it.
    EXPECT_EQ(reason(to(scripted.url(), idempotent ? "PUT" : "POST")),
              idempotent ? "answered 200" : "net.closed");
    EXPECT_EQ(scripted.connections(), idempotent ? 2u : 1u);
  }
}

TEST_F(HttpClientTest, RefusesMalformedAnswers) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi", "http.response"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhi", "http.response"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nhi",
       "http.response"},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", "http.response"},
      {"garbage\r\n\r\n", "http.response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "net.closed"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "net.closed"},
      {"HTTP/1.1 200 OK\r\nContent-Le", "net.closed"},
      {"", "net.closed"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "answered 200"},
      {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
       "answered 201"},
  };
  std::vector<std::string> answers;
  answers.reserve(cases.size());
  for (const auto& [answer, outcome] : cases) answers.push_back(answer);
  ScriptedServer scripted(loop, answers);
  for (const auto& [answer, outcome] : cases) {
    EXPECT_EQ(reason(to(scripted.url(), "POST")), outcome) << answer;
  }
}

TEST_F(HttpClientTest, BoundsTheAnswer) {
  handler = [](const std::shared_ptr<Exchange>& exchange) {
    exchange->respond(HttpResponse::text(200, std::string(1001, 'x')));
  };
  serve();
  const auto limited = [this](std::size_t bytes) {
    ClientRequest request = to(url());
    request.max_response_bytes = bytes;
    return request;
  };
  EXPECT_EQ(reason(limited(1001)), "answered 200");
  EXPECT_EQ(reason(limited(1000)), "http.response_size");
}

TEST_F(HttpClientTest, GivesUpInTime) {
  std::vector<std::shared_ptr<Exchange>> held;
  handler = [&](std::shared_ptr<Exchange> exchange) { held.push_back(std::move(exchange)); };
  serve();
  EXPECT_EQ(reason(with_timeout(to(url()), {30})), "net.timeout");
  EXPECT_EQ(client->open_connections(), 0u);
}

TEST_F(HttpClientTest, ReportsWhatCannotBeReached) {
  serve();
  const std::string gone = url();
  server.reset();
  EXPECT_EQ(reason(to(gone)), "net.connect");
  EXPECT_EQ(reason(to("http://name.invalid/")), "net.resolve");
  EXPECT_EQ(reason(to("ftp://h/")), "http.url");
}

TEST_F(HttpClientTest, RefusesToSendASplitRequest) {
  serve();
  EXPECT_EQ(reason(with_header(to(url()), {"X", "a\r\nY: b"})), "http.request");
  EXPECT_EQ(reason(with_header(to(url()), {"Content-Length", "3"})), "http.request");
  EXPECT_EQ(reason(with_header(to(url()), {"Host", "other"})), "http.request");
  EXPECT_EQ(reason(to(url(), "GET /x HTTP/1.1\r\n")), "http.request");
  EXPECT_EQ(server->stats().requests, 0u);
}

TEST_F(HttpClientTest, AsksBeforeConnectingToAnAddress) {
  ClientOptions options;
  options.allow_address = [](std::string_view address) { return address != "127.0.0.1"; };
  create(options);
  serve();
  EXPECT_EQ(reason(to(url())), "net.address_refused");
  EXPECT_EQ(server->stats().accepted, 0u);
}

TEST_F(HttpClientTest, ResolvesNames) {
  serve();
  EXPECT_EQ(reason(to("http://localhost:" + std::to_string(server->port()) + "/")), "answered 200");
}

TEST_F(HttpClientTest, ACancelledCallIsNeverHeardOfAgain) {
  std::vector<std::shared_ptr<Exchange>> held;
  bool gone = false;
  handler = [&](std::shared_ptr<Exchange> exchange) {
    exchange->on_disconnect([&] { gone = true; });
    held.push_back(std::move(exchange));
  };
  serve();
  ClientCall call = client->request(to(url()), [](const Result<HttpResponse>&) { FAIL(); });
  ASSERT_TRUE(wait([&] { return !held.empty(); }));
  call.cancel();
  call.cancel();
  EXPECT_TRUE(wait([&] { return gone; }));
  ClientCall unsent = client->request(to(url()), [](const Result<HttpResponse>&) { FAIL(); });
  unsent.cancel();
  EXPECT_EQ(client->open_connections(), 0u);
}

TEST_F(HttpClientTest, MayBeDestroyedInACallback) {
  serve();
  bool called = false;
  client->request(to(url()), [&](const Result<HttpResponse>&) {
    client.reset();
    called = true;
  });
  ASSERT_TRUE(wait([&] { return called; }));
  EXPECT_TRUE(wait([&] { return server->stats().connections == 0; }));
}

TEST_F(HttpClientTest, StreamsEvents) {
  std::shared_ptr<SseStream> stream;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {});
  };
  serve();
  std::vector<SseEvent> events;
  std::optional<Result<HttpResponse>> finished;
  int status = 0;
  StreamCallbacks callbacks;
  callbacks.on_head = [&](const HttpResponse& head) { status = head.status; };
  callbacks.on_event = [&](SseEvent event) { events.push_back(std::move(event)); };
  callbacks.on_done = [&](Result<HttpResponse> done) { finished = std::move(done); };
  client->stream(with_timeout(to(url()), kPatience), std::move(callbacks));
  ASSERT_TRUE(wait([&] { return stream != nullptr && status == 200; }));
  const std::string large(100000, 'x');
  ASSERT_TRUE(stream->event("one", "1", "note"));
  ASSERT_TRUE(stream->comment("ignored"));
  ASSERT_TRUE(stream->event(large));
  ASSERT_TRUE(wait([&] { return events.size() == 2; }));
  EXPECT_EQ(events[0], (SseEvent{"note", "1", "one", std::nullopt}));
  EXPECT_EQ(events[1].data, large);
  stream->close();
  ASSERT_TRUE(wait([&] { return finished.has_value(); }));
  EXPECT_TRUE(*finished);
  EXPECT_EQ(client->open_connections(), 1u);
}

TEST_F(HttpClientTest, AStreamCallTakesAnOrdinaryAnswerToo) {
  serve();
  std::optional<Result<HttpResponse>> finished;
  StreamCallbacks callbacks;
  callbacks.on_event = [](const SseEvent&) { FAIL(); };
  callbacks.on_done = [&](Result<HttpResponse> done) { finished = std::move(done); };
  client->stream(to(url("/x")), std::move(callbacks));
  ASSERT_TRUE(wait([&] { return finished.has_value(); }));
  EXPECT_EQ((*finished)->body, "GET /x  ");
}

TEST_F(HttpClientTest, AStreamCanBeCancelledFromItsOwnEvent) {
  std::shared_ptr<SseStream> stream;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {});
    stream->event("one");
    stream->event("two");
  };
  serve();
  int events = 0;
  ClientCall call;
  StreamCallbacks callbacks;
  callbacks.on_event = [&](const SseEvent&) {
    ++events;
    call.cancel();
  };
  callbacks.on_done = [](const Result<HttpResponse>&) { FAIL(); };
  call = client->stream(to(url()), std::move(callbacks));
  ASSERT_TRUE(wait([&] { return stream != nullptr && !stream->is_open(); }));
  EXPECT_EQ(events, 1);
}

TEST_F(HttpClientTest, ASilentStreamEnds) {
  std::shared_ptr<SseStream> stream;
  handler = [&](const std::shared_ptr<Exchange>& exchange) {
    stream = exchange->start_sse(200, {});
  };
  serve();
  std::string outcome;
  StreamCallbacks callbacks;
  callbacks.on_done = [&](const Result<HttpResponse>& done) { outcome = done.error().reason; };
  ClientRequest request = to(url());
  request.stream_idle_timeout = {30};
  client->stream(std::move(request), std::move(callbacks));
  ASSERT_TRUE(wait([&] { return !outcome.empty(); }));
  EXPECT_EQ(outcome, "net.timeout");
}

TEST_F(HttpClientTest, BlockingRequestNeedsNoLoop) {
  serve();
  const std::string address = url("/blocking");
  std::string body;
  std::thread other([&] {
    const auto answer = blocking_request(to(address));
    body = answer ? answer->body : answer.error().message;
    loop.post([this] { loop.stop(); });
  });
  loop.run();
  other.join();
  EXPECT_EQ(body, "GET /blocking  ");
}

}  // namespace
}  // namespace ambit::net
