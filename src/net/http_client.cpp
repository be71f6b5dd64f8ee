#include "net/http_client.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <unordered_set>
#include <utility>

#include "net/internal/client_connection.h"
#include "net/internal/response_head.h"

namespace ambit::net {

using internal::CallPtr;
using internal::ClientConnection;
using ConnectionPtr = std::shared_ptr<ClientConnection>;

struct HttpClient::Impl : internal::ClientHost {
  Impl(EventLoop& loop_in, ClientOptions options_in)
      : loop(loop_in), options(std::move(options_in)), names(loop_in) {}

  // The connections to one scheme, host and port.
  struct Origin {
    std::vector<ConnectionPtr> all;
    std::vector<ConnectionPtr> idle;  // the most recently used last
    std::deque<CallPtr> waiting;
  };

  const ClientOptions& client_options() const override { return options; }
  internal::Resolver& resolver() override { return names; }
  Result<std::shared_ptr<internal::TlsContext>> tls() override;
  void finish(const CallPtr& call, Result<HttpResponse> done) override;
  void retry(const CallPtr& call) override { connect(call); }
  void stream_alive(const CallPtr& call) override;
  void became_idle(ClientConnection& connection) override;
  void closed(ClientConnection& connection) override;

  ClientCall start(ClientRequest request, StreamCallbacks callbacks, bool streaming);
  void begin(const CallPtr& call);
  void connect(const CallPtr& call);
  void set_timer(const CallPtr& call, Duration limit);
  void forget(const CallPtr& call);
  void serve_waiting(const std::string& key);
  void sweep();

  EventLoop& loop;
  ClientOptions options;
  internal::Resolver names;
  std::shared_ptr<internal::TlsContext> tls_context;
  std::map<std::string, Origin> origins;
  std::unordered_set<CallPtr> calls;
  TimerId sweep_timer = 0;
};

namespace {

Result<HttpUrl> check_request(const ClientRequest& request) {
  AMBIT_TRY(HttpUrl url, parse_http_url(request.url));
  if (!is_token(request.method)) {
    return fail(Code::kInvalid, "http.request", "`" + request.method + "` is not an HTTP method");
  }
  for (const HttpHeader& header : request.headers) {
    if (!internal::is_sendable_in_request(header)) {
      return fail(Code::kInvalid, "http.request",
                  "the header `" + (is_token(header.name) ? header.name : "?") +
                      "` cannot be sent as it is");
    }
  }
  return url;
}

template <class T>
void erase_from(std::vector<std::shared_ptr<T>>& items, const T* item) {
  std::erase_if(items, [item](const auto& other) { return other.get() == item; });
}

}  // namespace

Result<std::shared_ptr<internal::TlsContext>> HttpClient::Impl::tls() {
  if (!tls_context) {
    AMBIT_TRY(tls_context, internal::tls_client_context(options));
  }
  return tls_context;
}

ClientCall HttpClient::Impl::start(ClientRequest request, StreamCallbacks callbacks,
                                   bool streaming) {
  auto call = std::make_shared<ClientCall::State>();
  call->callbacks = std::move(callbacks);
  call->streaming = streaming;
  call->client = this;
  calls.insert(call);
  auto url = check_request(request);
  call->request = std::move(request);
  if (!url) {
    loop.post([call, error = url.error()] {
      if (call->client != nullptr) call->client->finish(call, fail(error));
    });
    return ClientCall(call);
  }
  call->url = *std::move(url);
  set_timer(call, call->request.timeout);
  begin(call);
  return ClientCall(call);
}

void HttpClient::Impl::begin(const CallPtr& call) {
  Origin& origin = origins[call->url.origin()];
  while (!origin.idle.empty()) {
    const ConnectionPtr connection = origin.idle.back();
    origin.idle.pop_back();
    call->connection = connection;
    if (connection->use(call)) return;
    connection->close();
  }
  call->connection = nullptr;
  if (origin.all.size() < options.max_connections_per_origin) return connect(call);
  if (origin.waiting.size() < options.max_waiting) {
    origin.waiting.push_back(call);
    return;
  }
  loop.post([call] {
    if (call->client == nullptr) return;
    call->client->finish(call, fail(Code::kExhausted, "net.busy",
                                    "too many requests wait for `" + call->url.origin() + "`"));
  });
}

void HttpClient::Impl::connect(const CallPtr& call) {
  auto connection = std::make_shared<ClientConnection>(loop, *this, call->url);
  origins[call->url.origin()].all.push_back(connection);
  call->connection = connection;
  connection->open(call);
}

void HttpClient::Impl::set_timer(const CallPtr& call, Duration limit) {
  loop.cancel(std::exchange(call->timer, 0));
  if (limit.ms == 0) return;
  call->timer = loop.after(limit, [call] {
    if (call->client == nullptr) return;
    HttpClient::Impl* client = call->client;
    if (const auto connection = call->connection) connection->close();
    client->finish(call, fail(Code::kUnavailable, "net.timeout",
                              "`" + call->url.origin() + "` did not answer in time"));
  });
}

void HttpClient::Impl::stream_alive(const CallPtr& call) {
  set_timer(call, call->request.stream_idle_timeout);
}

// Takes the call out of every list; no callback comes after.
void HttpClient::Impl::forget(const CallPtr& call) {
  loop.cancel(std::exchange(call->timer, 0));
  call->client = nullptr;
  call->connection = nullptr;
  if (const auto origin = origins.find(call->url.origin()); origin != origins.end()) {
    std::erase(origin->second.waiting, call);
  }
  calls.erase(call);
}

void HttpClient::Impl::finish(const CallPtr& call, Result<HttpResponse> done) {
  if (call->client == nullptr) return;
  const auto on_done = std::move(call->callbacks.on_done);
  forget(call);
  // Last, because the callback may destroy this client.
  if (on_done) on_done(std::move(done));
}

void HttpClient::Impl::became_idle(ClientConnection& connection) {
  const std::string key = connection.url().origin();
  Origin& origin = origins[key];
  origin.idle.push_back(connection.shared_from_this());
  if (sweep_timer == 0) sweep_timer = loop.after(seconds(1), [this] { sweep(); });
  if (!origin.waiting.empty()) serve_waiting(key);
}

void HttpClient::Impl::closed(ClientConnection& connection) {
  const std::string key = connection.url().origin();
  const auto found = origins.find(key);
  if (found == origins.end()) return;
  erase_from(found->second.idle, &connection);
  erase_from(found->second.all, &connection);
  if (!found->second.waiting.empty()) serve_waiting(key);
}

// Posted: the caller is in the middle of taking a connection back.
void HttpClient::Impl::serve_waiting(const std::string& key) {
  const auto found = origins.find(key);
  const CallPtr call = found->second.waiting.front();
  found->second.waiting.pop_front();
  loop.post([call] {
    if (call->client != nullptr) call->client->begin(call);
  });
}

void HttpClient::Impl::sweep() {
  const std::int64_t oldest = loop.now_ms() - options.idle_timeout.ms;
  std::vector<ConnectionPtr> expired;
  bool more = false;
  for (const auto& [key, origin] : origins) {
    std::size_t left = origin.idle.size();
    for (const ConnectionPtr& connection : origin.idle) {
      const bool surplus = left-- > options.max_idle_per_origin;
      if (surplus || connection->idle_since_ms() <= oldest) {
        expired.push_back(connection);
      } else {
        more = true;
      }
    }
  }
  for (const ConnectionPtr& connection : expired) connection->close();
  std::erase_if(origins, [](const auto& entry) {
    return entry.second.all.empty() && entry.second.waiting.empty();
  });
  sweep_timer = more ? loop.after(seconds(1), [this] { sweep(); }) : 0;
}

void ClientCall::cancel() {
  const auto call = state_.lock();
  if (call == nullptr || call->client == nullptr) return;
  HttpClient::Impl* client = call->client;
  const auto connection = call->connection;
  client->forget(call);
  if (connection) connection->close();
}

Result<std::unique_ptr<HttpClient>> HttpClient::create(EventLoop& loop, ClientOptions options) {
  auto impl = std::make_shared<Impl>(loop, std::move(options));
  // The system's trust is big and read when it is first needed; files that were named must be
  // right.
  if (!impl->options.ca_file.empty() || !impl->options.client_certificate_file.empty()) {
    AMBIT_CHECK_OK(impl->tls());
  }
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(impl)));
}

HttpClient::HttpClient(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpClient::~HttpClient() {
  impl_->loop.cancel(impl_->sweep_timer);
  while (!impl_->calls.empty()) ClientCall(*impl_->calls.begin()).cancel();
  for (auto& [key, origin] : impl_->origins) {
    const std::vector<ConnectionPtr> all = origin.all;
    for (const ConnectionPtr& connection : all) connection->close();
  }
}

ClientCall HttpClient::request(ClientRequest request,
                               std::function<void(Result<HttpResponse>)> done) {
  return impl_->start(std::move(request), {nullptr, nullptr, std::move(done)}, false);
}

ClientCall HttpClient::stream(ClientRequest request, StreamCallbacks callbacks) {
  return impl_->start(std::move(request), std::move(callbacks), true);
}

std::size_t HttpClient::open_connections() const {
  std::size_t count = 0;
  for (const auto& [key, origin] : impl_->origins) count += origin.all.size();
  return count;
}

Result<HttpResponse> blocking_request(ClientRequest request, ClientOptions options) {
  EventLoop loop;
  AMBIT_TRY(const auto client, HttpClient::create(loop, std::move(options)));
  std::optional<Result<HttpResponse>> answer;
  client->request(std::move(request), [&](Result<HttpResponse> done) {
    answer = std::move(done);
    loop.stop();
  });
  loop.run();
  return *std::move(answer);
}

}  // namespace ambit::net
