// MCP over the standard streams of a child process (2025-11-25, section Transports).
#pragma once

#include <memory>
#include <string>

#include "mcp/line_framer.h"
#include "mcp/transport.h"
#include "net/event_loop.h"
#include "net/fd_stream.h"
#include "process/child.h"

namespace ambit::mcp {

// Owns the child: `close` and destruction kill it with everything that it started.
class StdioTransport final : public Transport {
 public:
  StdioTransport(net::EventLoop& loop, process::Child child, std::size_t max_message_bytes);
  ~StdioTransport() override;

  void start(TransportEvents events) override;
  Result<> send(std::string message, std::optional<std::int64_t> id) override;
  void established(std::string_view) override {}
  void forget(std::int64_t) override {}
  void finish() override;
  void close() override;

 private:
  void on_output(std::string_view bytes);
  void on_stderr(std::string_view bytes);
  void watch_exit();
  // The last words on the other streams and the exit status are waited for, though not for long.
  void ends_soon();
  void gone(Error error);
  Error exit_error();

  net::EventLoop& loop_;
  process::Child child_;
  TransportEvents events_;
  LineFramer lines_;
  std::string stderr_line_;
  std::unique_ptr<net::FdStream> stdin_;
  std::unique_ptr<net::FdStream> stdout_;
  std::unique_ptr<net::FdStream> stderr_;
  std::unique_ptr<net::FdWatch> exit_watch_;
  net::TimerId exit_timer_ = 0;
  bool stdout_ended_ = false;
  bool stderr_ended_ = false;
  bool exited_ = false;
  bool closed_ = false;
};

}  // namespace ambit::mcp
