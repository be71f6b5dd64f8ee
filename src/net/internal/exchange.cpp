#include "net/internal/exchange.h"

#include <utility>

#include "net/sse.h"

namespace ambit::net::internal {

ServerExchange::~ServerExchange() {
  if (!answered_ && take_answer()) {
    connection_->respond(problem(500, "http.unanswered", "the request was not answered"));
  }
}

bool ServerExchange::take_answer() {
  answered_ = true;
  disconnect_callback_ = nullptr;
  if (connection_->exchange_ != this) return false;
  connection_->exchange_ = nullptr;
  return true;
}

void ServerExchange::respond(HttpResponse response) {
  if (!answered_ && take_answer()) connection_->respond(std::move(response));
}

std::shared_ptr<SseStream> ServerExchange::start_sse(int status, std::vector<HttpHeader> headers) {
  if (!answered_ && take_answer() && connection_->start_stream(status, headers)) {
    auto stream = std::make_shared<ServerSseStream>(connection_);
    connection_->sse_ = stream.get();
    return stream;
  }
  return std::make_shared<ServerSseStream>(nullptr);
}

void ServerExchange::on_disconnect(std::function<void()> callback) {
  if (answered_) return;
  disconnect_callback_ = std::move(callback);
  if (disconnected_) client_gone();
}

void ServerExchange::client_gone() {
  disconnected_ = true;
  // Posted: the handler may be in the middle of something.
  if (disconnect_callback_) connection_->loop_.post(std::exchange(disconnect_callback_, nullptr));
}

bool ServerSseStream::event(std::string_view data, std::string_view id, std::string_view name) {
  scratch_.clear();
  return append_sse_event(scratch_, data, id, name) && send();
}

bool ServerSseStream::comment(std::string_view text) {
  scratch_.clear();
  append_sse_comment(scratch_, text);
  return send();
}

bool ServerSseStream::send() {
  // A copy: sending may close the connection, which lets go of this stream.
  const auto connection = connection_;
  return connection != nullptr && connection->send_chunk(scratch_);
}

void ServerSseStream::close() {
  const auto connection = std::exchange(connection_, nullptr);
  closed_callback_ = nullptr;
  drain_callback_ = nullptr;
  if (connection != nullptr) connection->end_stream();
}

void ServerSseStream::on_closed(std::function<void()> callback) {
  closed_callback_ = std::move(callback);
}

void ServerSseStream::on_drain(std::function<void()> callback) {
  drain_callback_ = std::move(callback);
}

void ServerSseStream::ended() {
  const auto connection = std::exchange(connection_, nullptr);
  if (closed_callback_) connection->loop_.post(std::exchange(closed_callback_, nullptr));
}

bool ServerSseStream::drain() {
  if (!drain_callback_) return false;
  connection_->loop_.post(std::exchange(drain_callback_, nullptr));
  return true;
}

}  // namespace ambit::net::internal
