#include "app/collect.h"

#include <fstream>
#include <unistd.h>

namespace ambit::app {
namespace {

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

void collect_server(const net::ServerStats& stats, telemetry::Collector& out) {
  using telemetry::MetricType;
  const auto add = [&](const char* name, MetricType type, const char* help, auto value) {
    out.add(name, type, help, static_cast<double>(value));
  };
  add("ambit_http_connections", MetricType::kGauge, "Connections that are open.",
      stats.connections);
  add("ambit_http_accepted_total", MetricType::kCounter, "Connections accepted.", stats.accepted);
  add("ambit_http_turned_away_total", MetricType::kCounter,
      "Connections refused because there were too many.", stats.refused);
  add("ambit_http_requests_total", MetricType::kCounter, "Requests received.", stats.requests);
  add("ambit_http_bad_requests_total", MetricType::kCounter,
      "Requests refused for their framing or size.", stats.bad_requests);
  add("ambit_http_timeouts_total", MetricType::kCounter, "Connections closed for being too slow.",
      stats.timeouts);
  add("ambit_process_resident_bytes", MetricType::kGauge, "Resident memory of the process.",
      resident_bytes());
}

void collect_mcp(const doors::mcp::GatewayStats& gateway, const mcp::SupervisorStats& servers,
                 telemetry::Collector& out) {
  using telemetry::MetricType;
  const auto add = [&](const char* name, MetricType type, const char* help, auto value,
                       const telemetry::Labels& labels = {}) {
    out.add(name, type, help, static_cast<double>(value), labels);
  };
  add("ambit_mcp_sessions", MetricType::kGauge, "MCP sessions of agents that are open.",
      gateway.sessions);
  add("ambit_mcp_open_calls", MetricType::kGauge, "Tool calls that wait for an answer.",
      gateway.open_calls);
  add("ambit_mcp_calls_total", MetricType::kCounter, "Tool calls attempted.", gateway.calls);
  constexpr const char* kRefused = "Messages whose method is not let through, by who sent them.";
  add("ambit_mcp_refused_methods_total", MetricType::kCounter, kRefused, gateway.refused_methods,
      {{"by", "agent"}});
  add("ambit_mcp_refused_methods_total", MetricType::kCounter, kRefused, servers.refused_requests,
      {{"by", "server"}});
  add("ambit_mcp_server_sessions", MetricType::kGauge, "Tool servers that run or are connected.",
      servers.sessions);
  add("ambit_mcp_server_starts_total", MetricType::kCounter, "Starts of tool servers.",
      servers.starts);
}

void collect_index(const ports::Index& index, std::uint64_t entries, telemetry::Collector& out) {
  const std::uint64_t indexed = index.indexed();
  out.add("ambit_index_lag_entries", telemetry::MetricType::kGauge,
          "Entries of the ledger that cannot be searched yet.",
          static_cast<double>(entries > indexed ? entries - indexed : 0));
}

void collect_streams(const std::vector<std::unique_ptr<streams::Stream>>& streams,
                     std::uint64_t entries, telemetry::Collector& out) {
  using telemetry::MetricType;
  std::size_t number = 0;
  for (const auto& stream : streams) {
    const streams::StreamStats stats = stream->stats();
    const telemetry::Labels labels = {
        {"format", stream->options().format == streams::Format::kOcsf ? "ocsf" : "otlp"},
        {"stream", std::to_string(++number)}};
    const auto add = [&](const char* name, MetricType type, const char* help, std::uint64_t value) {
      out.add(name, type, help, static_cast<double>(value), labels);
    };
    add("ambit_stream_lag_entries", MetricType::kGauge, "Entries of the ledger not sent yet.",
        entries > stats.next ? entries - stats.next : 0);
    add("ambit_stream_sent_total", MetricType::kCounter, "Events that the target took.",
        stats.sent);
    add("ambit_stream_rejected_total", MetricType::kCounter,
        "Events that the target refused for good.", stats.rejected);
    add("ambit_stream_failures_total", MetricType::kCounter, "Attempts to send that failed.",
        stats.failures);
  }
}

void collect_witnesses(const std::vector<ledger_file::WitnessState>& witnesses,
                       telemetry::Collector& out) {
  using telemetry::MetricType;
  for (const ledger_file::WitnessState& witness : witnesses) {
    const telemetry::Labels labels = {{"witness", witness.name}};
    out.add("ambit_witness_cosigned_entries", MetricType::kGauge,
            "Entries under the newest checkpoint that the witness cosigned.",
            static_cast<double>(witness.size), labels);
    out.add("ambit_witness_trouble", MetricType::kGauge,
            "1 when the witness did not cosign the last checkpoint that it was asked for.",
            witness.trouble.empty() ? 0 : 1, labels);
    out.add("ambit_witness_contradicts", MetricType::kGauge,
            "1 when the witness saw a tree that the ledger does not continue.",
            witness.contradicts ? 1 : 0, labels);
  }
}

void tell_of_witness(const ledger_file::WitnessState& witness, telemetry::Logger& logger) {
  const std::string about = "witness `" + witness.name + "`: ";
  if (witness.contradicts) {
    logger.error("ledger.contradicted", about + witness.trouble, {{"witness", witness.name}});
  } else if (!witness.trouble.empty()) {
    logger.warning("ledger.not_cosigned", about + witness.trouble, {{"witness", witness.name}});
  } else {
    logger.info("ledger.cosigned", about + "cosigns again", {{"witness", witness.name}});
  }
}

}  // namespace ambit::app
