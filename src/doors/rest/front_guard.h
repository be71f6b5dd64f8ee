// What every request has to pass before any door sees it: it addresses us by a name of ours, and no
// web page of somebody else's sent it.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_server.h"
#include "telemetry/metrics.h"

namespace ambit::doors::rest {

// Against DNS rebinding and cross-site requests: a browser that was lured to a name which resolves
// to this server sends that name as Host, and a foreign page its own origin as Origin.
class FrontGuard {
 public:
  // `authorities`: host and port as they stand in a Host header, such as `127.0.0.1:7700`; for the
  // scheme's own port also without it. Their `http` and `https` origins are allowed too.
  FrontGuard(std::vector<std::string> authorities, telemetry::Metrics& metrics);

  // Answers a request that must not pass, 421 for its Host and 403 for its Origin, and returns
  // true; leaves every other alone.
  bool refuses(net::Exchange& exchange);

 private:
  std::set<std::string, std::less<>> authorities_;
  std::set<std::string, std::less<>> origins_;
  telemetry::Counter& wrong_host_;
  telemetry::Counter& wrong_origin_;
};

// The authorities of a server on loopback: `127.0.0.1`, `localhost` and `[::1]` with `port`, and
// the authority of `issuer` when it is an http or https URL.
std::vector<std::string> own_authorities(std::uint16_t port, std::string_view issuer);

}  // namespace ambit::doors::rest
