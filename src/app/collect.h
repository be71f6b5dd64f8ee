// What others keep, for the metrics when they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "doors/mcp/gateway.h"
#include "ledger_file/file_log.h"
#include "mcp/supervisor.h"
#include "net/http_server.h"
#include "ports/index.h"
#include "streams/stream.h"
#include "telemetry/logger.h"
#include "telemetry/metrics.h"

namespace ambit::app {

// Also the memory of the process.
void collect_server(const net::ServerStats& stats, telemetry::Collector& out);
void collect_mcp(const doors::mcp::GatewayStats& gateway, const mcp::SupervisorStats& servers,
                 telemetry::Collector& out);
// `entries`: how many the ledger has.
void collect_streams(const std::vector<std::unique_ptr<streams::Stream>>& streams,
                     std::uint64_t entries, telemetry::Collector& out);
// `entries` as there.
void collect_index(const ports::Index& index, std::uint64_t entries, telemetry::Collector& out);
void collect_witnesses(const std::vector<ledger_file::WitnessState>& witnesses,
                       telemetry::Collector& out);
// Says in the log what is wrong with a witness of the ledger, or that nothing is any more.
void tell_of_witness(const ledger_file::WitnessState& witness, telemetry::Logger& logger);

}  // namespace ambit::app
