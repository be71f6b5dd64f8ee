// Strict splitter for absolute http and https URLs (RFC 3986 section 3, RFC 9110 section 4.2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ambit::net {

struct HttpUrl {
  bool tls = false;
  std::string host;  // lower case; an IPv6 literal without its brackets
  std::uint16_t port = 0;
  std::string target;  // path and query, at least `/`

  // What goes into the Host header: brackets for IPv6, the port unless it is the scheme's own.
  std::string authority() const;
  // `https://host:port`, always with the port: the key of a connection pool.
  std::string origin() const;
};

// Refuses user information, a fragment is dropped, other schemes, white space, control and
// non-ASCII characters. Fails with `http.url`.
Result<HttpUrl> parse_http_url(std::string_view url);

}  // namespace ambit::net
