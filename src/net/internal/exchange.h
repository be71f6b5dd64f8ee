// The handler's side of a connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http_server.h"
#include "net/internal/connection.h"

namespace ambit::net::internal {

class ServerExchange : public Exchange, public std::enable_shared_from_this<ServerExchange> {
 public:
  ServerExchange(std::shared_ptr<Connection> connection, const HttpRequest& request)
      : connection_(std::move(connection)), request_(request) {}
  ~ServerExchange() override;

  const HttpRequest& request() const override { return request_; }
  EventLoop& loop() override { return connection_->loop_; }
  void respond(HttpResponse response) override;
  std::shared_ptr<SseStream> start_sse(int status, std::vector<HttpHeader> headers) override;
  void on_disconnect(std::function<void()> callback) override;
  bool answered() const override { return answered_; }
  bool disconnected() const override { return disconnected_; }

  // Called by the connection, once.
  void client_gone();

 private:
  // True when the connection still waits for this exchange's answer.
  bool take_answer();

  // Keeps the bytes that `request_` points into.
  std::shared_ptr<Connection> connection_;
  HttpRequest request_;
  std::function<void()> disconnect_callback_;
  bool answered_ = false;
  bool disconnected_ = false;
};

class ServerSseStream : public SseStream {
 public:
  explicit ServerSseStream(std::shared_ptr<Connection> connection)
      : connection_(std::move(connection)) {}
  ~ServerSseStream() override { close(); }

  bool event(std::string_view data, std::string_view id, std::string_view name) override;
  bool comment(std::string_view text) override;
  void close() override;
  bool is_open() const override { return connection_ != nullptr; }
  void on_closed(std::function<void()> callback) override;
  void on_drain(std::function<void()> callback) override;

  // Called by the connection, once each.
  void ended();
  // False when nobody asked to be told.
  bool drain();

 private:
  bool send();

  std::shared_ptr<Connection> connection_;  // null once closed
  std::string scratch_;
  std::function<void()> closed_callback_;
  std::function<void()> drain_callback_;
  bool ended_ = false;
};

}  // namespace ambit::net::internal
