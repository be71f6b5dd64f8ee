// HTTP/1.1 server on one event loop: strict framing, limits on everything, SSE, TLS, graceful stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/http.h"

namespace ambit::net {

class SseStream;

// One request and the means to answer it. Loop thread only; another thread hands its answer back
// through `EventLoop::post`. The last reference may be dropped on any thread once the exchange has
// been answered; dropping it without having answered, on the loop thread, answers 500. When the
// client has gone, answering is harmless and does nothing.
class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual const HttpRequest& request() const = 0;
  virtual EventLoop& loop() = 0;

  // Sends `response`; the second answer of one exchange is ignored. Content-Length,
  // Transfer-Encoding, Connection and Date are the server's own. A response whose headers could not
  // be sent safely (CR or LF in a value, a framing header) is replaced by 500.
  virtual void respond(HttpResponse response) = 0;

  // Answers with an event stream: `status` and `headers` go out at once, with Content-Type
  // text/event-stream and Cache-Control no-store. Never null; closed from the start when the client
  // has gone or when the exchange was answered before.
  virtual std::shared_ptr<SseStream> start_sse(int status, std::vector<HttpHeader> headers) = 0;

  // `callback` is called once if the client closes its side before the answer is sent. It is
  // dropped when the answer is given.
  virtual void on_disconnect(std::function<void()> callback) = 0;

  // True after `respond` or `start_sse`.
  virtual bool answered() const = 0;
  // True when the client has closed its side.
  virtual bool disconnected() const = 0;
};

// An open event stream. Loop thread only. Dropping the last reference closes it.
class SseStream {
 public:
  virtual ~SseStream() = default;

  // Sends one event; empty `id` and `name` are left out; `data` may have several lines. False when
  // the stream is closed, which it also becomes when the client reads too slowly for the buffer's
  // bound, or when `id` or `name` has a line break.
  virtual bool event(std::string_view data, std::string_view id = {},
                     std::string_view name = {}) = 0;
  // A comment line, which clients ignore: keeps intermediaries from closing an idle stream.
  virtual bool comment(std::string_view text) = 0;
  // Ends the response; the connection may serve further requests.
  virtual void close() = 0;
  virtual bool is_open() const = 0;

  // Called once when the stream ends other than by `close`: the client went away, was too slow, or
  // the server stopped.
  virtual void on_closed(std::function<void()> callback) = 0;
  // Called once when a graceful stop begins; the stream then has until the stop's deadline. Without
  // it a graceful stop closes the stream at once.
  virtual void on_drain(std::function<void()> callback) = 0;
};

using Handler = std::function<void(std::shared_ptr<Exchange>)>;

struct TlsServerOptions {
  std::string certificate_file;  // PEM, with the chain
  std::string key_file;          // PEM
  // When set, a client certificate from this CA is required.
  std::string client_ca_file = {};
};

struct ServerLimits {
  std::size_t max_header_bytes = 16u << 10;  // request line and headers
  std::size_t max_headers = 64;
  std::size_t max_body_bytes = 4u << 20;
  std::size_t max_connections = 4096;
  std::size_t max_connections_per_source = 0;  // 0: no bound of its own
  std::size_t max_sse_buffer = 1u << 20;       // unsent bytes of one stream
  Duration header_timeout = seconds(10);       // from the first byte (or the connect) to the end
  Duration body_timeout = seconds(30);
  Duration idle_timeout = seconds(75);   // between requests
  Duration write_timeout = seconds(30);  // without progress
  Duration sweep_interval = seconds(1);  // how often timeouts are looked at
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric
  std::uint16_t port = 0;             // 0: any free port
  std::optional<TlsServerOptions> tls = {};
  ServerLimits limits = {};
};

struct ServerStats {
  std::size_t connections = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // over a connection limit
  std::uint64_t requests = 0;
  std::uint64_t bad_requests = 0;
  std::uint64_t timeouts = 0;
};

// Loop thread only. Destroying it closes everything at once.
class HttpServer {
 public:
  // Binds and starts to accept on `loop`. Fails with `net.address`, `net.bind` or `net.tls`.
  static Result<std::unique_ptr<HttpServer>> listen(EventLoop& loop, ServerOptions options,
                                                    Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  ServerStats stats() const;

  // Stops accepting, closes idle connections, lets requests in flight finish, closes what is left
  // after `deadline`, then calls `stopped` once.
  void stop(Duration deadline, std::function<void()> stopped);

 private:
  struct Impl;
  explicit HttpServer(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace ambit::net
