#include "net/internal/client_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace ambit::net::internal {
namespace {

constexpr int kMaxInterimResponses = 8;

ReaderLimits reader_limits(const ClientOptions& options) {
  return {options.max_header_bytes, options.max_headers, 0};
}

bool is_idempotent(std::string_view method) {
  constexpr std::array<std::string_view, 5> kMethods = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

std::string request_head(const ClientRequest& request, const HttpUrl& url) {
  std::string out;
  out.append(request.method).append(" ").append(url.target).append(" HTTP/1.1\r\nHost: ");
  out.append(url.authority()).append("\r\n");
  const bool expects_body =
      request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (expects_body || !request.body.empty()) {
    out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  for (const HttpHeader& header : request.headers) {
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  out.append("\r\n");
  return out;
}

}  // namespace

ClientConnection::ClientConnection(EventLoop& loop, ClientHost& host, HttpUrl url)
    : loop_(loop),
      host_(&host),
      url_(std::move(url)),
      reader_(MessageReader::Kind::kResponse, reader_limits(host.client_options())) {}

void ClientConnection::open(CallPtr call) {
  call_ = std::move(call);
  host_->resolver().resolve(url_.host, url_.port,
                            [weak = weak_from_this()](Result<std::vector<ResolvedAddress>> found) {
                              if (const auto self = weak.lock())
                                self->on_resolved(std::move(found));
                            });
}

bool ClientConnection::use(CallPtr call) {
  // What an idle connection has to say is that it is closed (or a TLS ticket, which is read here).
  char byte = 0;
  if (stream_->read(&byte, 1).status != IoStatus::kWantRead) return false;
  call_ = std::move(call);
  reused_ = true;
  send();
  return true;
}

void ClientConnection::close() {
  if (host_ == nullptr) return;
  loop_.cancel(connect_timer_);
  if (stream_) stream_->shutdown();
  if (watch_) watch_->close();
  call_ = nullptr;
  std::exchange(host_, nullptr)->closed(*this);
}

// --- connecting

void ClientConnection::on_resolved(Result<std::vector<ResolvedAddress>> addresses) {
  if (host_ == nullptr) return;
  if (!addresses) {
    return fail_call(addresses.error().code, addresses.error().reason, addresses.error().message);
  }
  addresses_ = *std::move(addresses);
  const auto& allowed = host_->client_options().allow_address;
  if (allowed) {
    std::erase_if(addresses_,
                  [&](const ResolvedAddress& address) { return !allowed(address.text); });
    if (addresses_.empty()) {
      return fail_call(Code::kDenied, "net.address_refused",
                       "the address of `" + url_.host + "` is not one to connect to");
    }
  }
  try_next_address();
}

void ClientConnection::try_next_address() {
  loop_.cancel(std::exchange(connect_timer_, 0));
  watch_.reset();
  while (next_address_ < addresses_.size()) {
    const ResolvedAddress& address = addresses_[next_address_++];
    const int fd =
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
    if (fd < 0 || (::connect(fd, target, address.length) != 0 && errno != EINPROGRESS)) {
      connect_error_ = std::strerror(errno);
      if (fd >= 0) ::close(fd);
      continue;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connecting_ = true;
    watch_ =
        std::make_unique<FdWatch>(loop_, fd, [this] { on_readable(); }, [this] { on_writable(); });
    watch_->arm_write();
    connect_timer_ = loop_.after(host_->client_options().connect_timeout, [this] {
      const auto self = shared_from_this();
      connect_error_ = "no answer in time";
      try_next_address();
    });
    return;
  }
  fail_call(Code::kUnavailable, "net.connect",
            "cannot connect to `" + url_.origin() + "`: " + connect_error_);
}

void ClientConnection::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(watch_->fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) {
    connect_error_ = std::strerror(error);
    return try_next_address();
  }
  connecting_ = false;
  loop_.cancel(std::exchange(connect_timer_, 0));
  if (!url_.tls) {
    stream_ = plain_stream(watch_->fd());
    return send();
  }
  const auto context = host_->tls();
  auto secured = context ? (*context)->connect(watch_->fd(), url_.host)
                         : Result<std::unique_ptr<ByteStream>>(fail(context.error()));
  if (!secured) {
    return fail_call(secured.error().code, secured.error().reason, secured.error().message);
  }
  stream_ = *std::move(secured);
  send();
}

// --- the request

void ClientConnection::send() {
  head_out_ = request_head(call_->request, call_->url);
  sent_ = 0;
  answered_ = head_seen_ = is_event_stream_ = false;
  interim_responses_ = 0;
  events_ = SseParser(call_->request.max_response_bytes);
  reader_.expect_response(call_->request.max_response_bytes, call_->request.method == "HEAD");
  watch_->arm_read();
  flush();
}

void ClientConnection::flush() {
  const std::string_view head = head_out_;
  const std::string_view body = call_->request.body;
  while (sent_ < head.size() + body.size()) {
    const bool in_head = sent_ < head.size();
    const IoResult result = in_head ? stream_->write(head.substr(sent_), body)
                                    : stream_->write(body.substr(sent_ - head.size()), {});
    if (result.status == IoStatus::kOk) {
      sent_ += result.bytes;
    } else if (result.status == IoStatus::kWantWrite) {
      return watch_->arm_write();
    } else if (result.status == IoStatus::kWantRead) {
      return;  // reading is always armed, and flushes
    } else {
      // The server may have answered before it closed: reading, which is armed, finds out.
      sent_ = std::numeric_limits<std::size_t>::max();
      return;
    }
  }
}

void ClientConnection::on_writable() {
  const auto self = shared_from_this();
  if (connecting_) return on_connected();
  if (std::exchange(read_wants_write_, false)) on_readable();
  if (call_ != nullptr) flush();
}

// --- the answer

void ClientConnection::on_readable() {
  const auto self = shared_from_this();
  if (call_ == nullptr) {
    // Idle: closed by the server, or it speaks without having been asked. A TLS ticket is neither.
    char byte = 0;
    if (stream_->read(&byte, 1).status != IoStatus::kWantRead) return close();
    return watch_->arm_read();
  }
  while (read_more()) {
  }
  if (call_ != nullptr && host_ != nullptr) flush();
}

bool ClientConnection::read_more() {
  if (call_ == nullptr || host_ == nullptr) return false;
  const std::span<char> room = reader_.space();
  const IoResult result = stream_->read(room.data(), room.size());
  switch (result.status) {
    case IoStatus::kOk:
      answered_ = true;
      reader_.commit(result.bytes);
      if (head_seen_ && is_event_stream_) host_->stream_alive(call_);
      if (!advance(false)) return false;
      if (result.bytes == room.size() || stream_->pending()) return true;
      watch_->arm_read();
      return false;
    case IoStatus::kWantRead: watch_->arm_read(); return false;
    case IoStatus::kWantWrite:
      read_wants_write_ = true;
      watch_->arm_write();
      return false;
    case IoStatus::kEnd: on_end(); return false;
    case IoStatus::kError: fail_stream(); return false;
  }
  return false;
}

// Acts on the bytes that are there. False when the call is over.
bool ClientConnection::advance(bool at_end) {
  while (true) {
    const MessageReader::State state = at_end ? reader_.finish() : reader_.advance();
    if (state == MessageReader::State::kRefused) {
      const Refusal& refusal = reader_.refusal();
      const bool too_large = refusal.status == 413;
      fail_call(too_large ? Code::kExhausted : Code::kUnavailable,
                too_large ? "http.response_size" : "http.response",
                "the answer of `" + url_.origin() + "` was refused: " + refusal.detail);
      return false;
    }
    const bool interim = reader_.head_done() && reader_.head().status / 100 == 1;
    if (interim) {
      if (reader_.head().status == 101 || ++interim_responses_ > kMaxInterimResponses) {
        fail_call(Code::kUnavailable, "http.response", "an interim answer that was not asked for");
        return false;
      }
      reader_.next();
      continue;
    }
    if (reader_.head_done() && call_->streaming && !(head_seen_ ? feed_events() : on_head())) {
      return false;
    }
    if (state == MessageReader::State::kNeedMore) return true;
    complete();
    return false;
  }
}

bool ClientConnection::on_head() {
  head_seen_ = true;
  const CallPtr call = call_;
  const HttpResponse head = take_head();
  is_event_stream_ = head.header("content-type").starts_with("text/event-stream");
  if (is_event_stream_) host_->stream_alive(call);
  if (call->callbacks.on_head) call->callbacks.on_head(head);
  return call_ == call && feed_events();
}

// False when the call is over, which a callback may have decided.
bool ClientConnection::feed_events() {
  if (!is_event_stream_) return true;
  const CallPtr call = call_;
  const auto fed = events_.feed(reader_.body(), [&call](SseEvent event) {
    if (call->client != nullptr && call->callbacks.on_event) {
      call->callbacks.on_event(std::move(event));
    }
  });
  if (call_ != call) return false;
  reader_.drop_body();
  if (fed) return true;
  fail_call(fed.error().code, fed.error().reason, fed.error().message);
  return false;
}

void ClientConnection::on_end() {
  if (!answered_ || !advance(true)) {
    if (call_ != nullptr) fail_stream();
    return;
  }
  fail_call(Code::kUnavailable, "net.closed",
            "`" + url_.origin() + "` closed the connection in the middle of its answer");
}

HttpResponse ClientConnection::take_head() const {
  HttpResponse response;
  response.status = reader_.head().status;
  for (const HeaderView& field : reader_.head().headers) {
    response.headers.push_back({std::string(field.name), std::string(field.value)});
  }
  return response;
}

void ClientConnection::complete() {
  HttpResponse response = take_head();
  response.body = reader_.body();
  const bool all_sent = sent_ == head_out_.size() + call_->request.body.size();
  const bool keep = reader_.head().keep_alive && all_sent;
  const CallPtr call = std::exchange(call_, nullptr);
  ClientHost* host = host_;
  reader_.next();
  // Bytes after the answer were not asked for: such a connection is not trusted with another call.
  if (keep && reader_.empty()) {
    idle_since_ms_ = loop_.now_ms();
    watch_->arm_read();
    host->became_idle(*this);
  } else {
    close();
  }
  host->finish(call, std::move(response));
}

bool ClientConnection::may_retry() const {
  return reused_ && !answered_ && !call_->retried && is_idempotent(call_->request.method);
}

void ClientConnection::fail_stream() {
  const CallPtr call = call_;
  ClientHost* host = host_;
  if (may_retry()) {
    close();
    call->retried = true;
    return host->retry(call);
  }
  const bool tls = stream_->failed_in_tls();
  const std::string why = stream_->error();
  fail_call(Code::kUnavailable, tls ? "net.tls" : "net.closed",
            "the connection to `" + url_.origin() + "` failed" + (why.empty() ? "" : ": " + why));
}

void ClientConnection::fail_call(Code code, std::string reason, const std::string& message) {
  const CallPtr call = call_;
  ClientHost* host = host_;
  close();
  host->finish(call, fail(code, std::move(reason), message));
}

}  // namespace ambit::net::internal
