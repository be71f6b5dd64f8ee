// The gateway toward agents: MCP over streamable HTTP, every call governed.
#pragma once

#include <cstdint>
#include <memory>

#include "doors/mcp/options.h"
#include "mcp/supervisor.h"
#include "net/event_loop.h"
#include "net/router.h"
#include "service/service.h"

namespace ambit::doors::mcp {

struct GatewayStats {
  std::size_t sessions = 0;
  std::size_t open_calls = 0;
  std::uint64_t calls = 0;            // that were attempted
  std::uint64_t refused_methods = 0;  // of agents; those of servers are the supervisor's to count
};

// Loop thread only. Everything it is given outlives it. It sets the supervisor's hooks: roots are
// answered from the task's targets, listings go to the registry.
class Gateway {
 public:
  Gateway(net::EventLoop& loop, service::Service& service, ambit::mcp::Supervisor& supervisor,
          GatewayOptions options = {});
  // Open calls are not answered any more.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  // POST, GET and DELETE of `/mcp/{server}`. The gateway outlives the router's last request.
  void add_routes(net::Router& router);

  // Ends every wait for a human with the approval's id, so that a graceful stop need not last.
  void stop_waiting();

  GatewayStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ambit::doors::mcp
