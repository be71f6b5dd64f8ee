// Takes one JSON-RPC request of a caller, by the closed table: answers it, governs it, refuses it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "doors/mcp/internal/governed_call.h"
#include "doors/mcp/internal/replies.h"
#include "mcp/jsonrpc.h"
#include "service/caller.h"

namespace ambit::doors::mcp {

struct RpcRequest {
  const service::Caller& caller;
  const std::string& server;
  const ambit::mcp::Message& message;  // of kind kRequest
};

// The part of the gateway that every revision of the protocol shares.
class Governor {
 public:
  explicit Governor(Desk& desk) : desk_(desk) {}

  // Answers through `replies`, or returns the call that is to be started by whoever carries it.
  std::shared_ptr<GovernedCall> handle(const RpcRequest& request, std::shared_ptr<Replies> replies);

  std::uint64_t refused() const { return refused_; }
  // A method that is not for agents: counted and told to the log.
  void note_refused(const service::Caller& caller, const std::string& server,
                    std::string_view method);

 private:
  std::string answer(const RpcRequest& request) const;
  std::string list_tools(const RpcRequest& request) const;

  Desk& desk_;
  std::uint64_t refused_ = 0;
};

}  // namespace ambit::doors::mcp
