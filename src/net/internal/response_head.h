// The head of a response as bytes.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"
#include "net/http.h"

namespace ambit::net::internal {

enum class ConnectionHeader { kNone, kClose, kKeepAlive };

// False when the status or a header could break the framing: no three digits, a name that is no
// token, a value with CR, LF or NUL, or a header that is the connection's own (Content-Length,
// Transfer-Encoding, Connection, Date, Upgrade, Trailer).
bool is_sendable(const HttpResponse& response);

// The same for one header of a request that a client sends; Host is the connection's own too.
bool is_sendable_in_request(const HttpHeader& header);

// Precondition: `is_sendable(response)`. `framing` is a whole header line or empty.
void append_response_head(std::string& out, const HttpResponse& response, std::string_view date,
                          std::string_view framing, ConnectionHeader connection);

// IMF-fixdate (RFC 9110 section 5.6.7): `Sun, 22 Nov 2026 06:11:00 GMT`.
std::string http_date(Time time);

}  // namespace ambit::net::internal
