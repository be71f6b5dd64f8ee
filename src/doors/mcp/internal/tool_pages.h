// `tools/list` toward agents: what the task covers, as approved, in a fixed order.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "service/service.h"

namespace ambit::doors::mcp {

// The `result` of `tools/list` with these `params`. Cursors are our own and name the tool to go on
// after, so that a listing that changes between two pages neither repeats nor loses what stayed.
// `mcp.cursor` for a cursor that is none of ours.
Result<std::string> tools_page(const std::vector<service::VisibleTool>& tools,
                               std::string_view params, std::size_t page_size);

// Digest of names and entries: equal when an agent would see the same tools.
crypto::Digest tools_digest(const std::vector<service::VisibleTool>& tools);

}  // namespace ambit::doors::mcp
