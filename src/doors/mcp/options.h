// What an installation may set about the gateway toward agents.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace ambit::doors::mcp {

struct GatewayOptions {
  // Names beside the loopback's by which clients address this server, such as the issuer's host,
  // with or without a port.
  std::vector<std::string> allowed_hosts;
  // How long a call is kept open for a human, from its start: below the 60 s after which common
  // clients give up.
  Duration hold_limit = seconds(50);
  Duration keep_alive = seconds(5);            // between signs of life of an open call
  Duration listener_keep_alive = seconds(15);  // the same for the stream that only listens
  Duration session_idle = minutes(12 * 60);
  Duration sweep_interval = seconds(5);
  std::size_t max_sessions = 10'000;
  std::size_t max_sessions_per_task = 32;
  std::size_t max_open_calls_per_session = 64;
  std::size_t max_batch = 50;
  std::size_t tools_per_page = 250;
  // For logs: `refused_method`, and what mcp::SupervisorHooks::on_event tells. `detail` is bounded
  // and untrusted.
  std::function<void(std::string_view what, std::string_view server, std::string_view task,
                     std::string_view detail)>
      on_event;
};

}  // namespace ambit::doors::mcp
