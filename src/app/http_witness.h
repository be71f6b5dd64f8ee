// Witnesses of the ledger over HTTP (C2SP tlog-witness).
#pragma once

#include <string>

#include "net/http_client.h"
#include "ports/witness.h"

namespace ambit::app {

class HttpWitness final : public ports::Witness {
 public:
  // `url` is the witness's submission prefix. Loop and client outlive it, and it is destroyed only
  // when the loop no longer runs.
  HttpWitness(net::EventLoop& loop, net::HttpClient& client, std::string url);

  void submit(std::string body, ports::WitnessDone done) override;

 private:
  net::EventLoop& loop_;
  net::HttpClient& client_;
  std::string url_;
};

}  // namespace ambit::app
