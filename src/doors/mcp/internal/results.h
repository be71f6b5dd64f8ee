// Tool results that the gateway itself gives: what an agent reads when a call did not go through.
#pragma once

#include <string>
#include <string_view>

#include "service/decisions.h"

namespace ambit::doors::mcp {

// Each is the JSON of a `tools/call` result with `isError`: models read it and correct themselves,
// where a JSON-RPC error would look like a fault of the protocol. `_meta` has `ambit/decision`,
// `ambit/reason` and, when there is one, `ambit/approval`.
std::string denied_result(const service::Released& released);
std::string waiting_result(const service::Released& released);
std::string refused_result(const service::Released& released, std::string_view reason,
                           std::string_view message);
// Without a decision: the call was not decided at all.
std::string undecided_result(std::string_view reason, std::string_view message);

}  // namespace ambit::doors::mcp
