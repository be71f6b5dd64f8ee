#include "net/internal/connection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <sys/socket.h>

#include "net/internal/exchange.h"
#include "net/internal/response_head.h"

namespace ambit::net::internal {
namespace {

constexpr std::size_t kKeptOutput = 64u << 10;
constexpr std::size_t kMaxDiscarded = 256u << 10;
constexpr Duration kLingerTime = seconds(2);
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

ReaderLimits reader_limits(const ServerLimits& limits) {
  return {limits.max_header_bytes, limits.max_headers, limits.max_body_bytes};
}

}  // namespace

Connection::Connection(EventLoop& loop, ConnectionHost& host, int fd, Peer peer)
    : loop_(loop),
      host_(&host),
      peer_(std::move(peer)),
      watch_(
          loop, fd, [this] { on_readable(); }, [this] { on_writable(); }),
      reader_(MessageReader::Kind::kRequest, reader_limits(host.limits())) {}

Connection::~Connection() = default;

void Connection::start(std::unique_ptr<ByteStream> stream) {
  stream_ = std::move(stream);
  enter(Phase::kIdle, host_->limits().header_timeout);
  watch_.arm_read();
}

void Connection::enter(Phase phase, Duration timeout) {
  phase_ = phase;
  deadline_ms_ = timeout.ms == 0 ? 0 : loop_.now_ms() + timeout.ms;
}

void Connection::check_deadline(std::int64_t now_ms) {
  if (deadline_ms_ == 0 || now_ms < deadline_ms_) return;
  switch (phase_) {
    case Phase::kHeader:
    case Phase::kBody:
      ++host_->counters().timeouts;
      refuse({408, "http.timeout", "the request did not arrive in time"});
      break;
    case Phase::kWriting:
    case Phase::kStreaming: ++host_->counters().timeouts; [[fallthrough]];
    default: close();
  }
}

void Connection::drain() {
  if (phase_ == Phase::kIdle) return close();
  if (phase_ != Phase::kStreaming) return;
  keep_alive_ = false;
  if (sse_ == nullptr || sse_->drain()) return;
  sse_->ended();
  end_stream();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  enter(Phase::kClosed, {});
  stream_->shutdown();
  watch_.close();
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->client_gone();
  if (sse_ != nullptr) std::exchange(sse_, nullptr)->ended();
  std::exchange(host_, nullptr)->closed(*this);
}

// --- input

void Connection::on_readable() {
  const auto self = shared_from_this();
  if (std::exchange(write_wants_read_, false)) flush();
  if (phase_ == Phase::kLingering) return discard_input();
  while (read_more()) {
  }
}

// Reads once and acts on it. False when there is nothing to read now, or no room for it.
bool Connection::read_more() {
  if (phase_ == Phase::kClosed || phase_ == Phase::kLingering) return false;
  const bool accepting = phase_ <= Phase::kBody;
  // While an answer is owed nothing moves, and what the client may send ahead is bounded.
  const std::span<char> room = accepting ? reader_.space() : reader_.spare();
  if (room.empty()) return false;
  const IoResult result = stream_->read(room.data(), room.size());
  switch (result.status) {
    case IoStatus::kOk:
      reader_.commit(result.bytes);
      if (accepting) process();
      if (phase_ == Phase::kClosed || phase_ == Phase::kLingering) return false;
      if (result.bytes == room.size() || stream_->pending()) return true;
      watch_.arm_read();
      return false;
    case IoStatus::kWantRead: watch_.arm_read(); return false;
    case IoStatus::kWantWrite:
      read_wants_write_ = true;
      watch_.arm_write();
      return false;
    case IoStatus::kEnd: on_end(); return false;
    case IoStatus::kError: close(); return false;
  }
  return false;
}

void Connection::on_end() {
  ended_ = true;
  if (phase_ <= Phase::kBody || phase_ == Phase::kStreaming) return close();
  // A client may close its side and still read: the answer is sent, but its handler is told.
  if (exchange_ != nullptr) exchange_->client_gone();
}

void Connection::process() {
  processing_ = true;
  while (phase_ <= Phase::kBody) {
    const MessageReader::State state = reader_.advance();
    if (state == MessageReader::State::kNeedMore) {
      note_progress();
      break;
    }
    if (state == MessageReader::State::kRefused) {
      refuse(reader_.refusal());
      break;
    }
    dispatch();
  }
  processing_ = false;
}

void Connection::note_progress() {
  if (reader_.empty()) return;
  if (!reader_.head_done()) {
    if (phase_ != Phase::kHeader) enter(Phase::kHeader, host_->limits().header_timeout);
    return;
  }
  if (phase_ != Phase::kBody) enter(Phase::kBody, host_->limits().body_timeout);
  if (!reader_.head().expect_continue || continue_sent_ || !reader_.body().empty()) return;
  continue_sent_ = true;
  // Nothing else is being written, so that these few bytes fit or the client is gone.
  const IoResult result = stream_->write(kContinue, {});
  if (result.status != IoStatus::kOk || result.bytes != kContinue.size()) close();
}

void Connection::dispatch() {
  ++host_->counters().requests;
  keep_alive_ = reader_.head().keep_alive;
  if (!tls_.active) tls_ = stream_->tls_info();
  HttpRequest request = reader_.request();
  request.peer = &peer_;
  request.tls = &tls_;
  enter(Phase::kHandling, {});
  auto exchange = std::make_shared<ServerExchange>(shared_from_this(), request);
  exchange_ = exchange.get();
  host_->handler()(std::move(exchange));
}

void Connection::refuse(const Refusal& refusal) {
  ++host_->counters().bad_requests;
  // What follows a message that could not be framed is not a message.
  keep_alive_ = false;
  lingers_ = true;
  respond(problem(refusal.status, refusal.reason, refusal.detail));
}

// --- output

void Connection::respond(HttpResponse response) {
  if (!is_sendable(response)) {
    response = problem(500, "http.response_header", "the answer had a header that cannot be sent");
  }
  if (host_->draining()) keep_alive_ = false;
  const bool bodiless = response.status == 204 || response.status == 304;
  std::array<char, 48> framing{};
  std::size_t size = 0;
  if (!bodiless) {
    constexpr std::string_view kName = "Content-Length: ";
    std::copy(kName.begin(), kName.end(), framing.begin());
    char* end = std::to_chars(framing.data() + kName.size(), framing.data() + framing.size() - 2,
                              response.body.size())
                    .ptr;
    *end++ = '\r';
    *end++ = '\n';
    size = static_cast<std::size_t>(end - framing.data());
  }
  send_head(response, {framing.data(), size});
  if (!bodiless && !is_head_request()) body_out_ = std::move(response.body);
  enter(Phase::kWriting, host_->limits().write_timeout);
  flush();
}

void Connection::send_head(const HttpResponse& response, std::string_view framing) {
  const ConnectionHeader connection = !keep_alive_ ? ConnectionHeader::kClose
                                      : reader_.head().version_minor == 0
                                          ? ConnectionHeader::kKeepAlive
                                          : ConnectionHeader::kNone;
  append_response_head(head_out_, response, host_->date(), framing, connection);
}

bool Connection::start_stream(int status, const std::vector<HttpHeader>& headers) {
  HttpResponse response{status, "text/event-stream", headers, {}};
  response.headers.push_back({"Cache-Control", "no-store"});
  if (!is_sendable(response)) {
    respond(std::move(response));
    return false;
  }
  chunked_ = reader_.head().version_minor > 0;
  if (!chunked_ || host_->draining()) keep_alive_ = false;
  if (is_head_request()) {
    send_head(response, {});
    enter(Phase::kWriting, host_->limits().write_timeout);
    flush();
    return false;
  }
  send_head(response, chunked_ ? "Transfer-Encoding: chunked\r\n" : "");
  enter(Phase::kStreaming, host_->limits().write_timeout);
  flush();
  return phase_ == Phase::kStreaming;
}

bool Connection::send_chunk(std::string_view bytes) {
  if (phase_ != Phase::kStreaming) return false;
  if (unsent() + bytes.size() > host_->limits().max_sse_buffer) {
    close();
    return false;
  }
  const bool idle = unsent() == 0;
  if (sent_ > kKeptOutput) {
    head_out_.erase(0, sent_);
    sent_ = 0;
  }
  if (chunked_) {
    std::array<char, 20> size{};
    const char* end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
    head_out_.append(static_cast<const char*>(size.data()), end);
    head_out_.append("\r\n").append(bytes).append("\r\n");
  } else {
    head_out_.append(bytes);
  }
  if (idle) {
    enter(Phase::kStreaming, host_->limits().write_timeout);
    flush();
  }
  return phase_ == Phase::kStreaming;
}

void Connection::end_stream() {
  if (phase_ != Phase::kStreaming) return;
  sse_ = nullptr;
  if (chunked_) head_out_.append("0\r\n\r\n");
  enter(Phase::kWriting, host_->limits().write_timeout);
  flush();
}

void Connection::on_writable() {
  const auto self = shared_from_this();
  if (std::exchange(read_wants_write_, false)) on_readable();
  if (phase_ == Phase::kWriting || phase_ == Phase::kStreaming) flush();
}

void Connection::flush() {
  while (unsent() > 0) {
    const std::string_view head = head_out_;
    const std::string_view body = body_out_;
    const bool in_head = sent_ < head.size();
    const IoResult result = in_head ? stream_->write(head.substr(sent_), body)
                                    : stream_->write(body.substr(sent_ - head.size()), {});
    switch (result.status) {
      case IoStatus::kOk:
        sent_ += result.bytes;
        if (unsent() > 0) enter(phase_, host_->limits().write_timeout);
        break;
      case IoStatus::kWantWrite: return watch_.arm_write();
      case IoStatus::kWantRead: write_wants_read_ = true; return watch_.arm_read();
      case IoStatus::kEnd:
      case IoStatus::kError: return close();
    }
  }
  head_out_.clear();
  if (head_out_.capacity() > kKeptOutput) head_out_.shrink_to_fit();
  body_out_ = {};
  sent_ = 0;
  if (phase_ == Phase::kWriting) {
    written();
  } else {
    deadline_ms_ = 0;
  }
}

// The answer is out: on to the next request.
void Connection::written() {
  if (lingers_) return linger();
  if (!keep_alive_ || host_->draining()) return close();
  reader_.next();
  continue_sent_ = false;
  enter(Phase::kIdle, host_->limits().idle_timeout);
  // Inside `process` its loop goes on; a call from here would nest once per pipelined request.
  if (processing_) return;
  process();
  want_input();
}

void Connection::want_input() {
  if (phase_ == Phase::kClosed || phase_ == Phase::kLingering) return;
  if (ended_) {
    if (phase_ <= Phase::kBody) close();
    return;
  }
  if (stream_->pending()) return on_readable();
  watch_.arm_read();
}

// Closing a socket with unread input makes the kernel reset the connection, and the client may lose
// the answer that says why. So the client is given a moment to read it.
void Connection::linger() {
  enter(Phase::kLingering, kLingerTime);
  stream_->shutdown();
  ::shutdown(watch_.fd(), SHUT_WR);
  discard_input();
}

void Connection::discard_input() {
  std::array<char, 4096> scratch;
  while (discarded_ < kMaxDiscarded) {
    const IoResult result = stream_->read(scratch.data(), scratch.size());
    if (result.status == IoStatus::kWantRead) return watch_.arm_read();
    if (result.status != IoStatus::kOk) break;
    discarded_ += result.bytes;
  }
  close();
}

}  // namespace ambit::net::internal
