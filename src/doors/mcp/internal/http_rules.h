// What a request to the gateway must satisfy before anything in it is looked at.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "service/caller.h"

namespace ambit::doors::mcp {

// Refuses a Host or an Origin that is neither a loopback name nor one of `allowed_hosts` (DNS
// rebinding; 2025-11-25, section Transports). Ports do not matter. Errors, all Code::kDenied:
// `mcp.host`, `mcp.origin`.
Result<> check_origin(const net::HttpRequest& request,
                      const std::vector<std::string>& allowed_hosts);

// Which forms of answer the client takes. No Accept header means both.
struct Accepts {
  bool json = false;
  bool events = false;
};
Accepts accepts_of(const net::HttpRequest& request);

bool is_json(const net::HttpRequest& request);

// What the request shows to prove who asks; `uri` must outlive the result.
service::Presented presented_by(const net::HttpRequest& request, const std::string& uri);

// The URI as the client addressed it, without query: what a DPoP proof names (RFC 9449, `htu`).
std::string absolute_uri(const net::HttpRequest& request);

// An answer that is not about one JSON-RPC request: an error without an id, its reason in `data`.
net::HttpResponse refusal(int status, std::int64_t code, std::string_view reason,
                          std::string_view message);
net::HttpResponse refusal(const Error& error);
// 401 with the challenges of RFC 6750 and RFC 9449.
net::HttpResponse challenge(const Error& error);

}  // namespace ambit::doors::mcp
