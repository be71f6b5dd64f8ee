// MCP over streamable HTTP, as a client (2025-03-26 and later, section Transports).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "mcp/transport.h"
#include "net/event_loop.h"
#include "net/http_client.h"

namespace ambit::mcp {

// A request is posted once and never sent again. When its event stream breaks off before the
// answer, the stream is resumed by `Last-Event-ID` if the server numbers its events (2025-11-25),
// which asks for what was missed and repeats nothing.
class HttpTransport final : public Transport, public std::enable_shared_from_this<HttpTransport> {
 public:
  struct Options {
    std::string url;
    std::size_t max_message_bytes = 16u << 20;
    Duration timeout = minutes(10);  // to the head of an answer
  };

  HttpTransport(net::EventLoop& loop, net::HttpClient& client, Options options);
  ~HttpTransport() override;

  void start(TransportEvents events) override;
  Result<> send(std::string message, std::optional<std::int64_t> id) override;
  // Opens the GET stream, on which the server speaks unasked; a server may have none.
  void established(std::string_view revision) override;
  void forget(std::int64_t id) override;
  void finish() override;
  void close() override;

 private:
  struct Exchange {
    net::ClientCall call;
    std::string last_event;
    std::optional<std::int64_t> retry_ms;
    int resumed = 0;
    net::TimerId timer = 0;
  };
  struct Waiting {
    std::string message;
    std::optional<std::int64_t> id;
  };

  net::ClientRequest request(std::string method) const;
  void post(std::string message, std::optional<std::int64_t> id);
  void read_head(const net::HttpResponse& head);
  void on_event(net::SseEvent event, Exchange& exchange);
  void on_posted(std::int64_t id, Result<net::HttpResponse> response);
  void on_notified(Result<net::HttpResponse> response);
  void flush();
  // True when the answer ended the connection.
  bool ends_session(const net::HttpResponse& response);
  void lost(std::int64_t id, Error error);
  void resume_later(std::int64_t id);
  void resume(std::int64_t id);
  void open_listener();
  void on_listener_done(Result<net::HttpResponse> response);
  void gone(Error error);

  net::EventLoop& loop_;
  net::HttpClient& client_;
  Options options_;
  TransportEvents events_;
  std::string session_;
  std::string revision_;
  std::map<std::int64_t, Exchange> exchanges_;
  // What must wait until the notification before it has arrived.
  std::deque<Waiting> waiting_;
  net::ClientCall notifying_;
  bool notifying_now_ = false;
  Exchange listener_;
  bool closed_ = false;
};

}  // namespace ambit::mcp
