#include "net/uri.h"

#include <algorithm>
#include <charconv>

namespace ambit::net {
namespace {

tl::unexpected<Error> bad_url(std::string_view url, const std::string& why) {
  return fail(Code::kInvalid, "http.url",
              "`" + std::string(url.substr(0, 200)) + "` is not a usable URL: " + why);
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_';
  });
}

bool is_ipv6_text(std::string_view host) {
  return host.find(':') != std::string_view::npos &&
         std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.';
         });
}

}  // namespace

std::string HttpUrl::authority() const {
  std::string out = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) out += ":" + std::to_string(port);
  return out;
}

std::string HttpUrl::origin() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return (tls ? "https://" : "http://") + name + ":" + std::to_string(port);
}

Result<HttpUrl> parse_http_url(std::string_view url) {
  const bool clean =
      std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!clean) return bad_url("…", "it has white space, control or non-ASCII characters");
  HttpUrl out;
  std::string_view rest = url;
  const std::size_t scheme_end = rest.find("://");
  const std::string scheme = lower(rest.substr(0, std::min(scheme_end, rest.size())));
  if (scheme_end == std::string_view::npos || (scheme != "http" && scheme != "https")) {
    return bad_url(url, "it must begin with `http://` or `https://`");
  }
  out.tls = scheme == "https";
  out.port = out.tls ? 443 : 80;
  rest.remove_prefix(scheme_end + 3);
  rest = rest.substr(0, rest.find('#'));

  const std::size_t authority_end = std::min(rest.find_first_of("/?\\"), rest.size());
  std::string_view authority = rest.substr(0, authority_end);
  // Not quoted: what stands before the `@` may be a password.
  if (authority.find('@') != std::string_view::npos) return bad_url("…", "it has user information");
  const bool bracketed = authority.starts_with('[');
  const std::size_t host_end =
      bracketed ? authority.find(']') : std::min(authority.find(':'), authority.size());
  if (host_end == std::string_view::npos) return bad_url(url, "`[` without `]`");
  out.host = lower(bracketed ? authority.substr(1, host_end - 1) : authority.substr(0, host_end));
  if (bracketed ? !is_ipv6_text(out.host) : !is_name(out.host)) {
    return bad_url(url, "its host is missing or malformed");
  }
  std::string_view after =
      authority.substr(std::min(host_end + (bracketed ? 1 : 0), authority.size()));
  if (!after.empty()) {
    const char* end = after.data() + after.size();
    const auto [stopped, error] = std::from_chars(after.data() + 1, end, out.port);
    if (after.front() != ':' || error != std::errc() || stopped != end || out.port == 0) {
      return bad_url(url, "its port must be a number from 1 to 65535");
    }
  }
  out.target = rest.substr(authority_end);
  if (out.target.empty() || out.target.front() == '?') out.target.insert(0, "/");
  if (out.target.front() == '\\') return bad_url(url, "a backslash after the host");
  return out;
}

}  // namespace ambit::net
