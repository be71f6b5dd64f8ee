// One client's connection to the server: a state machine driven by readiness.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/event_loop.h"
#include "net/http_server.h"
#include "net/internal/byte_stream.h"
#include "net/internal/message_reader.h"

namespace ambit::net::internal {

class Connection;
class ServerExchange;
class ServerSseStream;

// What a connection needs of its server, and the server of its connections.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const ServerLimits& limits() const = 0;
  virtual ServerStats& counters() = 0;
  virtual const Handler& handler() const = 0;
  // The value of the Date header now.
  virtual std::string_view date() const = 0;
  virtual bool draining() const = 0;
  virtual void closed(Connection& connection) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(EventLoop& loop, ConnectionHost& host, int fd, Peer peer);
  ~Connection();

  // `stream` reads and writes the descriptor that the constructor was given.
  void start(std::unique_ptr<ByteStream> stream);
  // Looks at the clock of the sweep.
  void check_deadline(std::int64_t now_ms);
  // A graceful stop has begun.
  void drain();
  // Closes at once and tells whoever waits.
  void close();

  const Peer& peer() const { return peer_; }

 private:
  friend class ServerExchange;
  friend class ServerSseStream;

  enum class Phase {
    kIdle,       // between requests
    kHeader,     // some of a request's head is there
    kBody,       // some of its body
    kHandling,   // the handler has it
    kWriting,    // the answer is on its way
    kStreaming,  // an event stream is open
    kLingering,  // answered and closed for writing; what the client still sends is thrown away
    kClosed,
  };

  void enter(Phase phase, Duration timeout);
  void on_readable();
  void on_writable();
  bool read_more();
  void want_input();
  void on_end();
  void process();
  void note_progress();
  void dispatch();
  void refuse(const Refusal& refusal);

  void respond(HttpResponse response);
  void send_head(const HttpResponse& response, std::string_view framing);
  bool start_stream(int status, const std::vector<HttpHeader>& headers);
  bool send_chunk(std::string_view bytes);
  void end_stream();
  void flush();
  void written();
  void linger();
  void discard_input();
  std::size_t unsent() const { return head_out_.size() + body_out_.size() - sent_; }
  bool is_head_request() const { return reader_.head().method == "HEAD"; }

  EventLoop& loop_;
  ConnectionHost* host_;  // null once closed
  Peer peer_;
  TlsInfo tls_;
  FdWatch watch_;
  std::unique_ptr<ByteStream> stream_;
  MessageReader reader_;
  Phase phase_ = Phase::kIdle;
  std::int64_t deadline_ms_ = 0;  // 0: none

  std::string head_out_;  // head, or the chunks of a stream
  std::string body_out_;
  std::size_t sent_ = 0;

  ServerExchange* exchange_ = nullptr;  // the one being answered, if anybody still holds it
  ServerSseStream* sse_ = nullptr;
  bool keep_alive_ = true;
  bool chunked_ = false;  // how the open stream is framed
  bool processing_ = false;
  bool ended_ = false;  // the client has closed its side
  bool continue_sent_ = false;
  bool read_wants_write_ = false;
  bool write_wants_read_ = false;
  bool lingers_ = false;
  std::size_t discarded_ = 0;
};

}  // namespace ambit::net::internal
