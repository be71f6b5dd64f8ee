#include "doors/mcp/internal/http_rules.h"

#include <algorithm>

#include "mcp/jsonrpc.h"
#include "text/json.h"

namespace ambit::doors::mcp {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Whether the two are one, in whatever case the first is written; `name` is in lower case.
bool is_name(std::string_view text, std::string_view name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The host of `host[:port]`, an IPv6 literal with its brackets; empty when malformed.
std::string host_of(std::string_view authority) {
  std::size_t end = authority.find(':');
  if (!authority.empty() && authority.front() == '[') {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return {};
    end = close + 1 < authority.size() ? close + 1 : std::string_view::npos;
    if (end != std::string_view::npos && authority[end] != ':') return {};
  }
  const std::string_view port =
      end == std::string_view::npos ? std::string_view() : authority.substr(end + 1);
  const bool is_port = port.size() <= 5 && std::all_of(port.begin(), port.end(),
                                                       [](char c) { return c >= '0' && c <= '9'; });
  return is_port ? lower(authority.substr(0, end)) : std::string();
}

bool is_allowed(std::string_view authority, const std::vector<std::string>& allowed_hosts) {
  const std::string host = host_of(authority);
  if (host == "localhost" || host == "127.0.0.1" || host == "[::1]") return true;
  return !host.empty() && std::any_of(allowed_hosts.begin(), allowed_hosts.end(),
                                      [&](const std::string& own) { return host_of(own) == host; });
}

bool origin_is_allowed(std::string_view origin, const std::vector<std::string>& allowed_hosts) {
  const std::size_t scheme = origin.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string name = lower(origin.substr(0, scheme));
  return (name == "http" || name == "https") &&
         is_allowed(origin.substr(scheme + 3), allowed_hosts);
}

bool has_zero_quality(std::string_view parameters) {
  const std::size_t at = parameters.find("q=0");
  if (at == std::string_view::npos) return false;
  const std::string_view rest = parameters.substr(at + 3);
  return rest.find_first_not_of(".0 \t") == std::string_view::npos || rest.front() == ';';
}

}  // namespace

Result<> check_origin(const net::HttpRequest& request,
                      const std::vector<std::string>& allowed_hosts) {
  if (!is_allowed(request.host, allowed_hosts)) {
    return fail(Code::kDenied, "mcp.host",
                "the `Host` of the request is not a name of this server; address it by its own");
  }
  if (request.header_count("origin") > 0 &&
      !origin_is_allowed(request.header("origin"), allowed_hosts)) {
    return fail(Code::kDenied, "mcp.origin", "the `Origin` of the request is not allowed here");
  }
  return {};
}

Accepts accepts_of(const net::HttpRequest& request) {
  if (request.header_count("accept") == 0) return {true, true};
  Accepts accepts;
  for (const net::HeaderView& header : request.headers) {
    if (header.name != "accept") continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const std::size_t semicolon = std::min(item.find(';'), item.size());
      if (has_zero_quality(item.substr(semicolon))) continue;
      const std::string_view type = trim(item.substr(0, semicolon));
      const bool any = type == "*/*";
      accepts.json = accepts.json || any || is_name(type, "application/json") ||
                     is_name(type, "application/*");
      accepts.events =
          accepts.events || any || is_name(type, "text/event-stream") || is_name(type, "text/*");
    }
  }
  return accepts;
}

bool is_json(const net::HttpRequest& request) {
  const std::string_view type = request.header("content-type");
  return is_name(trim(type.substr(0, type.find(';'))), "application/json");
}

std::string absolute_uri(const net::HttpRequest& request) {
  const bool tls = request.tls != nullptr && request.tls->active;
  const std::string_view scheme = tls ? "https://" : "http://";
  std::string out;
  out.reserve(scheme.size() + request.host.size() + request.path.size());
  out.append(scheme).append(request.host).append(request.path);
  return out;
}

service::Presented presented_by(const net::HttpRequest& request, const std::string& uri) {
  service::Presented presented;
  presented.authorization = request.header("authorization");
  presented.dpop = request.header("dpop");
  presented.method = request.method;
  presented.uri = uri;
  presented.loopback = request.peer != nullptr && request.peer->is_loopback;
  return presented;
}

net::HttpResponse refusal(int status, std::int64_t code, std::string_view reason,
                          std::string_view message) {
  const std::string data = text::to_json(text::Json::object({{"reason", reason}}));
  return net::HttpResponse::json(status, ambit::mcp::make_error(std::nullopt, code, message, data));
}

net::HttpResponse refusal(const Error& error) {
  return refusal(net::status_of(error.code), ambit::mcp::kServerError, error.reason, error.message);
}

net::HttpResponse challenge(const Error& error) {
  net::HttpResponse response = refusal(401, ambit::mcp::kServerError, error.reason, error.message);
  // RFC 6750 section 3: without credentials there is no error code.
  const std::string code = error.reason == "token.missing" ? "" : ", error=\"invalid_token\"";
  response.headers.push_back({"WWW-Authenticate", "DPoP algs=\"EdDSA ES256\"" + code});
  response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"ambit\"" + code});
  return response;
}

}  // namespace ambit::doors::mcp
