#include "doors/rest/front_guard.h"

#include <algorithm>
#include <iterator>

#include "net/uri.h"

namespace ambit::doors::rest {
namespace {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

constexpr const char* kMetric = "ambit_http_refused_total";
constexpr const char* kHelp = "Requests refused before any door saw them, by what was wrong.";

}  // namespace

FrontGuard::FrontGuard(std::vector<std::string> authorities, telemetry::Metrics& metrics)
    : wrong_host_(metrics.counter(kMetric, kHelp, {{"reason", "host"}})),
      wrong_origin_(metrics.counter(kMetric, kHelp, {{"reason", "origin"}})) {
  for (const std::string& name : authorities) {
    const std::string authority = lower_case(name);
    origins_.insert("http://" + authority);
    origins_.insert("https://" + authority);
    authorities_.insert(authority);
  }
}

bool FrontGuard::refuses(net::Exchange& exchange) {
  const net::HttpRequest& request = exchange.request();
  // Most clients write the name in lower case, so that the copy is rarely made.
  if (!authorities_.contains(request.host) && !authorities_.contains(lower_case(request.host))) {
    wrong_host_.add();
    exchange.respond(net::problem(421, "http.host",
                                  "this server does not answer for the host `" +
                                      std::string(request.host.substr(0, 256)) +
                                      "`; address it as its issuer or a loopback name"));
    return true;
  }
  if (request.header_count("origin") == 0) return false;
  const std::string origin = lower_case(request.header("origin"));
  if (origins_.contains(origin)) return false;
  wrong_origin_.add();
  exchange.respond(
      net::problem(403, "http.origin",
                   "requests from web pages of `" + origin.substr(0, 256) + "` are not accepted"));
  return true;
}

std::vector<std::string> own_authorities(std::uint16_t port, std::string_view issuer) {
  std::vector<std::string> out;
  for (const std::string name : {"127.0.0.1", "localhost", "[::1]"}) {
    out.push_back(name + ":" + std::to_string(port));
    if (port == 80 || port == 443) out.push_back(name);
  }
  if (const auto url = net::parse_http_url(issuer)) {
    out.push_back(url->authority());
    if (url->port == 80 || url->port == 443) {
      out.push_back(url->authority() + ":" + std::to_string(url->port));
    }
  }
  return out;
}

}  // namespace ambit::doors::rest
