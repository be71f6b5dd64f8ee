// Whether and under which names a server may listen on an address.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace ambit::app {

struct ListenAddress {
  std::string address;  // numeric
  bool is_loopback = false;
  bool is_any = false;  // `0.0.0.0` or `::`

  // `host:port` as it stands in a URL.
  std::string authority(std::uint16_t port) const;
};

// Fails with `serve.address` for what is no numeric address, and with `serve.insecure` for one that
// others can reach when `tls` is off: credentials never travel in the clear.
Result<ListenAddress> check_listen_address(const std::string& address, bool tls);

}  // namespace ambit::app
