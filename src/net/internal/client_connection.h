// One connection of the client to a server: connects, sends one request at a time, reads its
// answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/internal/byte_stream.h"
#include "net/internal/message_reader.h"
#include "net/internal/resolve.h"
#include "net/internal/tls.h"
#include "net/uri.h"

namespace ambit::net {

namespace internal {
class ClientConnection;
}

// A call from `request` to its last callback.
struct ClientCall::State {
  ClientRequest request;
  HttpUrl url;
  StreamCallbacks callbacks;
  bool streaming = false;
  HttpClient::Impl* client = nullptr;  // null once finished: no callback may come any more
  std::shared_ptr<internal::ClientConnection> connection;
  TimerId timer = 0;
  bool retried = false;
};

namespace internal {

using CallPtr = std::shared_ptr<ClientCall::State>;

// What a connection needs of its client.
class ClientHost {
 public:
  virtual ~ClientHost() = default;
  virtual const ClientOptions& client_options() const = 0;
  virtual Resolver& resolver() = 0;
  virtual Result<std::shared_ptr<TlsContext>> tls() = 0;
  // The call is over; `done` is its outcome.
  virtual void finish(const CallPtr& call, Result<HttpResponse> done) = 0;
  // The call was lost with a connection that had been idle too long and is tried on a new one.
  virtual void retry(const CallPtr& call) = 0;
  // The response's headers are there: the time for the answer is replaced by that for silence.
  virtual void stream_alive(const CallPtr& call) = 0;
  virtual void became_idle(ClientConnection& connection) = 0;
  virtual void closed(ClientConnection& connection) = 0;
};

class ClientConnection : public std::enable_shared_from_this<ClientConnection> {
 public:
  ClientConnection(EventLoop& loop, ClientHost& host, HttpUrl url);

  // Connects and then sends `call`.
  void open(CallPtr call);
  // Sends `call` on this idle connection; false when the server has closed it.
  bool use(CallPtr call);
  // Closes at once; its call, if any, hears nothing.
  void close();

  const HttpUrl& url() const { return url_; }
  std::int64_t idle_since_ms() const { return idle_since_ms_; }

 private:
  void on_resolved(Result<std::vector<ResolvedAddress>> addresses);
  void try_next_address();
  void on_connected();
  void send();
  void flush();
  void on_readable();
  void on_writable();
  bool read_more();
  bool advance(bool at_end);
  bool on_head();
  bool feed_events();
  void on_end();
  void complete();
  void fail_call(Code code, std::string reason, const std::string& message);
  void fail_stream();
  HttpResponse take_head() const;
  bool may_retry() const;

  EventLoop& loop_;
  ClientHost* host_;  // null once closed
  HttpUrl url_;
  CallPtr call_;
  std::unique_ptr<FdWatch> watch_;
  std::unique_ptr<ByteStream> stream_;
  MessageReader reader_;
  SseParser events_;

  std::vector<ResolvedAddress> addresses_;
  std::size_t next_address_ = 0;
  std::string connect_error_;
  TimerId connect_timer_ = 0;

  std::string head_out_;
  std::size_t sent_ = 0;
  std::int64_t idle_since_ms_ = 0;
  bool connecting_ = false;
  bool reused_ = false;
  bool answered_ = false;  // a byte of the answer has come
  bool head_seen_ = false;
  bool is_event_stream_ = false;
  bool read_wants_write_ = false;
  int interim_responses_ = 0;
};

}  // namespace internal
}  // namespace ambit::net
