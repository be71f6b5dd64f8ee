#include "app/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace ambit::app {

std::string ListenAddress::authority(std::uint16_t port) const {
  const bool v6 = address.find(':') != std::string::npos;
  return (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Result<ListenAddress> check_listen_address(const std::string& address, bool tls) {
  ListenAddress out{address};
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    out.is_loopback = (ntohl(v4.s_addr) >> 24) == 127;
    out.is_any = v4.s_addr == INADDR_ANY;
  } else if (::inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    out.is_loopback = IN6_IS_ADDR_LOOPBACK(&v6);
    out.is_any = IN6_IS_ADDR_UNSPECIFIED(&v6);
  } else {
    return fail(Code::kInvalid, "serve.address",
                "`" + address + "` is not a numeric address such as `127.0.0.1` or `::1`");
  }
  if (!out.is_loopback && !tls) {
    return fail(Code::kInvalid, "serve.insecure",
                "`" + address +
                    "` is reachable by others: give `--tls-cert` and `--tls-key`, or listen on "
                    "`127.0.0.1`");
  }
  return out;
}

}  // namespace ambit::app
