// Sockets and their addresses.
#pragma once

#include <cstdint>
#include <string>
#include <sys/socket.h>

#include "base/result.h"
#include "net/http.h"

namespace ambit::net::internal {

struct Listener {
  int fd = -1;
  std::uint16_t port = 0;
};

// A non-blocking listening socket on a numeric address. Fails with `net.address` or `net.bind`.
Result<Listener> listen_on(const std::string& address, std::uint16_t port);

// Loopback is 127.0.0.0/8, ::1 and the first mapped into IPv6.
Peer peer_of(const sockaddr_storage& address);

// Fills `storage` from a numeric address; the length, or 0 when `address` is not one.
socklen_t numeric_address(const std::string& address, std::uint16_t port,
                          sockaddr_storage& storage);

}  // namespace ambit::net::internal
