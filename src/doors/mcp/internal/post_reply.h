// The answer to one POST: JSON when it is ready at once, an event stream when it takes time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "doors/mcp/internal/http_rules.h"
#include "doors/mcp/internal/replies.h"
#include "net/http_server.h"

namespace ambit::doors::mcp {

// Shared by the requests of a batch. A client that went away is not told and hears no more; that
// cancels nothing (2025-11-25, section Transports: a disconnect is not a cancellation).
class PostReply final : public Replies {
 public:
  // `requests`: how many answers there will be; `is_batch`: whether they go out as an array.
  PostReply(std::shared_ptr<net::Exchange> exchange, Accepts accepts, std::size_t requests,
            bool is_batch);

  void notify(std::string message) override;
  void keep_alive() override;
  void respond(std::string message) override;
  void withdraw(std::string otherwise) override;

 private:
  bool open_stream();

  std::shared_ptr<net::Exchange> exchange_;
  std::shared_ptr<net::SseStream> stream_;
  Accepts accepts_;
  std::size_t missing_;
  bool is_batch_;
  std::vector<std::string> answers_;
};

}  // namespace ambit::doors::mcp
