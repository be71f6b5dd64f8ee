// HTTP/1.1 client on an event loop: keep-alive pool, TLS with verification, SSE responses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "net/event_loop.h"
#include "net/http.h"
#include "net/sse.h"

namespace ambit::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url = {};  // http or https
  // Host, Content-Length, Transfer-Encoding and Connection are the client's own.
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  // From the call to the last byte of the answer; of a stream, to its response headers.
  Duration timeout = seconds(30);
  std::size_t max_response_bytes = 8u << 20;
  // Longest silence of a stream; 0 is unbounded.
  Duration stream_idle_timeout = {0};
};

struct ClientOptions {
  std::string ca_file = {};                  // PEM; empty: the system's
  std::string client_certificate_file = {};  // PEM with the chain; empty: none
  std::string client_key_file = {};
  std::size_t max_connections_per_origin = 64;  // beyond it requests wait
  std::size_t max_idle_per_origin = 16;         // kept beyond a second
  std::size_t max_waiting = 1024;
  Duration idle_timeout = seconds(30);
  Duration connect_timeout = seconds(10);  // per address
  std::size_t max_header_bytes = 32u << 10;
  std::size_t max_headers = 128;
  // Asked with each resolved numeric address before connecting; false refuses it with
  // `net.address_refused`. Empty allows all.
  std::function<bool(std::string_view address)> allow_address = {};
};

// A request under way. Copies name the same one.
class ClientCall {
 public:
  ClientCall() = default;
  // Closes its connection; no callback comes after. Idempotent.
  void cancel();

  struct State;
  explicit ClientCall(std::weak_ptr<State> state) : state_(std::move(state)) {}

 private:
  std::weak_ptr<State> state_;
};

// What a caller of `stream` hears, in this order.
struct StreamCallbacks {
  // Once, when the response headers are there; the body is still empty. Optional.
  std::function<void(const HttpResponse& head)> on_head = {};
  // For each event of a text/event-stream response.
  std::function<void(SseEvent event)> on_event = {};
  // Once, last. When the response was no event stream it has its body.
  std::function<void(Result<HttpResponse> response)> on_done = {};
};

// Loop thread only. Redirects are answers like any other; they are never followed. A request is
// sent again, once, only when a kept-alive connection turned out to be closed before any byte of an
// answer came and the method is idempotent (GET, HEAD, PUT, DELETE, OPTIONS).
//
// Errors: `http.url`, `http.request` (a header that cannot be sent), `net.resolve`, `net.connect`,
// `net.tls` (also a certificate that does not verify), `net.address_refused`, `net.timeout`,
// `net.closed` (in the middle of an answer), `http.response` (malformed), `http.response_size`,
// `net.busy` (too many waiting).
class HttpClient {
 public:
  // Fails with `net.tls` when a file of `options` cannot be used.
  static Result<std::unique_ptr<HttpClient>> create(EventLoop& loop, ClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Calls `done` exactly once, never before returning, unless cancelled or the client is destroyed.
  ClientCall request(ClientRequest request, std::function<void(Result<HttpResponse>)> done);

  // The same for a response that may be an event stream. `max_response_bytes` then bounds one
  // event.
  ClientCall stream(ClientRequest request, StreamCallbacks callbacks);

  // Connections open now, busy or idle.
  std::size_t open_connections() const;

  struct Impl;

 private:
  explicit HttpClient(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

// One request on a loop of its own, for command-line programs.
Result<HttpResponse> blocking_request(ClientRequest request, ClientOptions options = {});

}  // namespace ambit::net
