// HTTP URIs, brought to one form so that equal ones compare equal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ambit::identity::internal {

// Scheme, authority and path of an absolute `http` or `https` URI, normalised by RFC 3986 sections
// 6.2.2 and 6.2.3: scheme and host in lower case, no default port, `/` for an empty path, escapes
// in upper case and only where needed. Query and fragment are dropped. Nothing for anything else,
// for user information, for a dot segment and for characters that no URI has.
std::optional<std::string> normalise_http_uri(std::string_view uri);

}  // namespace ambit::identity::internal
