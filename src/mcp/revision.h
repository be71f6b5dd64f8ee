// The revisions of MCP that open with `initialize`, and what differs between them for us.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace ambit::mcp {

inline constexpr std::string_view kNewestRevision = "2025-11-25";

// Newest first. As a client of tool servers all four are spoken; the gateway offers agents those
// that have streamable HTTP, which 2024-11-05 has not.
inline constexpr std::array<std::string_view, 4> kClientRevisions = {"2025-11-25", "2025-06-18",
                                                                     "2025-03-26", "2024-11-05"};
inline constexpr std::array<std::string_view, 3> kGatewayRevisions = {"2025-11-25", "2025-06-18",
                                                                      "2025-03-26"};

template <class Revisions>
constexpr bool is_one_of(const Revisions& revisions, std::string_view revision) {
  return std::find(revisions.begin(), revisions.end(), revision) != revisions.end();
}

// JSON-RPC batches came with 2025-03-26 and went with 2025-06-18.
constexpr bool has_batches(std::string_view revision) { return revision == "2025-03-26"; }

}  // namespace ambit::mcp
