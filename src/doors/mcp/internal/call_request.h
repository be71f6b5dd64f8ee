// The `params` of a `tools/call`, read strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mcp/jsonrpc.h"
#include "text/json.h"

namespace ambit::doors::mcp {

struct CallRequest {
  std::string tool;
  text::Json arguments;  // an object
  std::string intent;
  std::string justification;
  std::optional<ambit::mcp::Id> progress_token;
  // All of the client's `_meta` that goes on to the server: W3C trace context, as JSON members.
  std::string trace;
};

// Duplicate keys are refused wherever they stand: two readers could take different ones. Reasons
// are those of text::parse_json and `mcp.params`.
Result<CallRequest> read_call_request(std::string_view params);

}  // namespace ambit::doors::mcp
