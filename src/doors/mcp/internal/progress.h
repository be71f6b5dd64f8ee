// Progress of one call as its client hears it: our own while it waits, then the tool server's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcp/jsonrpc.h"

namespace ambit::doors::mcp {

class ProgressRelay {
 public:
  explicit ProgressRelay(std::optional<ambit::mcp::Id> token) : token_(std::move(token)) {}

  // Whether the client asked for progress.
  bool wanted() const { return token_.has_value(); }

  // A notification of our own, or nothing when the client did not ask.
  std::optional<std::string> waiting(std::string_view message);

  // The server's notification under the client's token, everything else of it unchanged. Nothing
  // when it is malformed or does not increase, as progress must.
  std::optional<std::string> relayed(std::string_view params);

 private:
  std::optional<ambit::mcp::Id> token_;
  double last_ = 0;
};

}  // namespace ambit::doors::mcp
