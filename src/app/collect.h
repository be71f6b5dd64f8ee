// What others keep, for the metrics when they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "doors/mcp/gateway.h"
#include "mcp/supervisor.h"
#include "net/http_server.h"
#include "streams/stream.h"
#include "telemetry/metrics.h"

namespace ambit::app {

// Also the memory of the process.
void collect_server(const net::ServerStats& stats, telemetry::Collector& out);
void collect_mcp(const doors::mcp::GatewayStats& gateway, const mcp::SupervisorStats& servers,
                 telemetry::Collector& out);
// `entries`: how many the ledger has.
void collect_streams(const std::vector<std::unique_ptr<streams::Stream>>& streams,
                     std::uint64_t entries, telemetry::Collector& out);

}  // namespace ambit::app
