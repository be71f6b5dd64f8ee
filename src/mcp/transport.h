// How the messages of one connection travel to a server and back: stdio or streamable HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::mcp {

// What a transport tells its connection, on the loop. A callback may call `close`, but must not
// destroy the transport.
struct TransportEvents {
  std::function<void(std::string_view message)> on_message;
  // Whether the request with this id still waits for its answer.
  std::function<bool(std::int64_t id)> is_open;
  // This request will get no answer, though the connection lives.
  std::function<void(std::int64_t id, Error error)> on_lost;
  // Once, last: the connection is gone (`upstream.died`, `upstream.session`, `upstream.protocol`).
  std::function<void(Error error)> on_closed;
  // A line that the server wrote to its standard error; bounded.
  std::function<void(std::string_view line)> on_stderr;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual void start(TransportEvents events) = 0;
  // Hands over one message; `id` when it is a request. Messages keep their order as far as the
  // server can tell. Fails with `upstream.busy` when too much waits to be sent, and with
  // `upstream.died` when the connection is gone.
  virtual Result<> send(std::string message, std::optional<std::int64_t> id) = 0;
  // The handshake is over and agreed on `revision`.
  virtual void established(std::string_view revision) = 0;
  // Nobody waits for the answer to this request any more.
  virtual void forget(std::int64_t id) = 0;
  // Asks the server to finish: it should end by itself soon, which `on_closed` then tells.
  virtual void finish() = 0;
  // Ends the connection and whatever runs for it, before it returns. No callback comes after.
  virtual void close() = 0;
};

}  // namespace ambit::mcp
