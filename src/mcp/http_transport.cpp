#include "mcp/http_transport.h"

#include <algorithm>
#include <utility>

namespace ambit::mcp {
namespace {

constexpr std::size_t kMaxWaiting = 1024;
constexpr int kMaxResumes = 8;
constexpr std::int64_t kMinRetryMs = 50;
constexpr std::int64_t kMaxRetryMs = 30'000;

bool is_success(int status) { return status >= 200 && status < 300; }

bool is_media_type(std::string_view value, std::string_view type) {
  const std::string_view head = value.substr(0, value.find(';'));
  return head.substr(0, head.find(' ')) == type;
}

Duration retry_after(std::optional<std::int64_t> asked, int attempt) {
  const std::int64_t own = 250LL << std::min(attempt, 7);
  return {std::clamp(asked.value_or(own), kMinRetryMs, kMaxRetryMs)};
}

}  // namespace

HttpTransport::HttpTransport(net::EventLoop& loop, net::HttpClient& client, Options options)
    : loop_(loop), client_(client), options_(std::move(options)) {}

HttpTransport::~HttpTransport() { close(); }

void HttpTransport::start(TransportEvents events) { events_ = std::move(events); }

net::ClientRequest HttpTransport::request(std::string method) const {
  net::ClientRequest out;
  out.method = std::move(method);
  out.url = options_.url;
  out.timeout = options_.timeout;
  out.max_response_bytes = options_.max_message_bytes;
  if (!session_.empty()) out.headers.push_back({"Mcp-Session-Id", session_});
  if (!revision_.empty()) out.headers.push_back({"MCP-Protocol-Version", revision_});
  return out;
}

Result<> HttpTransport::send(std::string message, std::optional<std::int64_t> id) {
  if (closed_) return fail(Code::kUnavailable, "upstream.died", "the connection is closed");
  if (!notifying_now_) {
    post(std::move(message), id);
    return {};
  }
  if (waiting_.size() >= kMaxWaiting) {
    return fail(Code::kExhausted, "upstream.busy", "too many messages wait to be sent");
  }
  waiting_.push_back({std::move(message), id});
  return {};
}

void HttpTransport::post(std::string message, std::optional<std::int64_t> id) {
  net::ClientRequest out = request("POST");
  out.headers.push_back({"Content-Type", "application/json"});
  out.headers.push_back({"Accept", "application/json, text/event-stream"});
  out.body = std::move(message);
  const std::weak_ptr<HttpTransport> weak = weak_from_this();
  if (!id) {
    notifying_now_ = true;
    notifying_ = client_.request(std::move(out), [weak](Result<net::HttpResponse> response) {
      if (const auto self = weak.lock()) self->on_notified(std::move(response));
    });
    return;
  }
  net::StreamCallbacks callbacks;
  callbacks.on_head = [weak](const net::HttpResponse& head) {
    if (const auto self = weak.lock()) self->read_head(head);
  };
  callbacks.on_event = [weak, id = *id](net::SseEvent event) {
    const auto self = weak.lock();
    if (!self || self->closed_) return;
    const auto found = self->exchanges_.find(id);
    if (found != self->exchanges_.end()) self->on_event(std::move(event), found->second);
  };
  callbacks.on_done = [weak, id = *id](Result<net::HttpResponse> response) {
    if (const auto self = weak.lock()) self->on_posted(id, std::move(response));
  };
  exchanges_[*id].call = client_.stream(std::move(out), std::move(callbacks));
}

void HttpTransport::read_head(const net::HttpResponse& head) {
  if (session_.empty() && is_success(head.status)) session_ = head.header("mcp-session-id");
}

void HttpTransport::on_event(net::SseEvent event, Exchange& exchange) {
  if (!event.id.empty()) exchange.last_event = event.id;
  if (event.retry_ms) exchange.retry_ms = event.retry_ms;
  exchange.resumed = 0;
  if (!event.data.empty() && (event.event.empty() || event.event == "message")) {
    events_.on_message(event.data);
  }
}

bool HttpTransport::ends_session(const net::HttpResponse& response) {
  if (response.status != 404 || session_.empty()) return false;
  gone(Error{Code::kUnavailable, "upstream.session", "the server has ended the session"});
  return true;
}

void HttpTransport::lost(std::int64_t id, Error error) {
  const auto found = exchanges_.find(id);
  if (found != exchanges_.end()) {
    loop_.cancel(found->second.timer);
    exchanges_.erase(found);
  }
  if (events_.is_open(id)) events_.on_lost(id, std::move(error));
}

void HttpTransport::on_posted(std::int64_t id, Result<net::HttpResponse> response) {
  if (closed_) return;
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  const bool resumable = events_.is_open(id) && !found->second.last_event.empty();
  if (!response) {
    if (resumable) return resume_later(id);
    return lost(id, Error{Code::kUnavailable, "upstream.unreachable", response.error().message});
  }
  if (ends_session(*response)) return;
  if (!is_success(response->status)) {
    return lost(id,
                Error{Code::kUnavailable, "upstream.unreachable",
                      "the server answered with HTTP status " + std::to_string(response->status)});
  }
  const std::string_view type = response->header("content-type");
  if (is_media_type(type, "application/json")) events_.on_message(response->body);
  if (closed_) return;
  if (resumable && events_.is_open(id)) return resume_later(id);
  lost(id, Error{Code::kUnavailable, "upstream.protocol",
                 "the server ended its answer without a response"});
}

void HttpTransport::resume_later(std::int64_t id) {
  Exchange& exchange = exchanges_[id];
  if (exchange.resumed >= kMaxResumes) {
    return lost(id, Error{Code::kUnavailable, "upstream.unreachable",
                          "the server's event stream broke off and could not be resumed"});
  }
  const Duration wait = retry_after(exchange.retry_ms, exchange.resumed++);
  const std::weak_ptr<HttpTransport> weak = weak_from_this();
  exchange.timer = loop_.after(wait, [weak, id] {
    if (const auto self = weak.lock()) self->resume(id);
  });
}

void HttpTransport::resume(std::int64_t id) {
  const auto found = exchanges_.find(id);
  if (closed_ || found == exchanges_.end()) return;
  found->second.timer = 0;
  net::ClientRequest out = request("GET");
  out.headers.push_back({"Accept", "text/event-stream"});
  out.headers.push_back({"Last-Event-ID", found->second.last_event});
  const std::weak_ptr<HttpTransport> weak = weak_from_this();
  net::StreamCallbacks callbacks;
  callbacks.on_event = [weak, id](net::SseEvent event) {
    const auto self = weak.lock();
    if (!self || self->closed_) return;
    const auto open = self->exchanges_.find(id);
    if (open != self->exchanges_.end()) self->on_event(std::move(event), open->second);
  };
  callbacks.on_done = [weak, id](Result<net::HttpResponse> response) {
    if (const auto self = weak.lock()) self->on_posted(id, std::move(response));
  };
  found->second.call = client_.stream(std::move(out), std::move(callbacks));
}

void HttpTransport::on_notified(Result<net::HttpResponse> response) {
  notifying_now_ = false;
  if (closed_) return;
  if (response && ends_session(*response)) return;
  flush();
}

void HttpTransport::flush() {
  while (!waiting_.empty() && !notifying_now_ && !closed_) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    post(std::move(next.message), next.id);
  }
}

void HttpTransport::established(std::string_view revision) {
  revision_ = revision;
  open_listener();
}

void HttpTransport::open_listener() {
  listener_.timer = 0;
  net::ClientRequest out = request("GET");
  out.headers.push_back({"Accept", "text/event-stream"});
  if (!listener_.last_event.empty()) {
    out.headers.push_back({"Last-Event-ID", listener_.last_event});
  }
  const std::weak_ptr<HttpTransport> weak = weak_from_this();
  net::StreamCallbacks callbacks;
  callbacks.on_event = [weak](net::SseEvent event) {
    const auto self = weak.lock();
    if (self && !self->closed_) self->on_event(std::move(event), self->listener_);
  };
  callbacks.on_done = [weak](Result<net::HttpResponse> response) {
    if (const auto self = weak.lock()) self->on_listener_done(std::move(response));
  };
  listener_.call = client_.stream(std::move(out), std::move(callbacks));
}

void HttpTransport::on_listener_done(Result<net::HttpResponse> response) {
  if (closed_) return;
  if (response && ends_session(*response)) return;
  const bool refused = response && !is_success(response->status);
  if (refused || listener_.resumed >= kMaxResumes) return;
  const std::weak_ptr<HttpTransport> weak = weak_from_this();
  const Duration wait = retry_after(listener_.retry_ms, ++listener_.resumed);
  listener_.timer = loop_.after(wait, [weak] {
    if (const auto self = weak.lock(); self && !self->closed_) self->open_listener();
  });
}

void HttpTransport::forget(std::int64_t id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end()) return;
  found->second.call.cancel();
  loop_.cancel(found->second.timer);
  exchanges_.erase(found);
}

void HttpTransport::gone(Error error) {
  if (closed_) return;
  session_.clear();
  const auto tell = events_.on_closed;
  close();
  tell(std::move(error));
}

void HttpTransport::finish() {
  gone(Error{Code::kUnavailable, "upstream.died", "the connection was closed"});
}

void HttpTransport::close() {
  if (std::exchange(closed_, true)) return;
  if (!session_.empty()) {
    net::ClientRequest out = request("DELETE");
    out.timeout = seconds(5);
    client_.request(std::move(out), [](Result<net::HttpResponse>) {});
  }
  notifying_.cancel();
  listener_.call.cancel();
  loop_.cancel(listener_.timer);
  for (auto& [id, exchange] : exchanges_) {
    exchange.call.cancel();
    loop_.cancel(exchange.timer);
  }
  exchanges_.clear();
  waiting_.clear();
}

}  // namespace ambit::mcp
