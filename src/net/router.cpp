#include "net/router.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ambit::net {
namespace {

const std::string kNone;

// `/a/b` becomes `a`, `b`; `/` one empty segment.
void split(std::string_view path, std::vector<std::string_view>& segments) {
  segments.clear();
  segments.reserve(8);
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::size_t end = std::min(path.find('/'), path.size());
    segments.push_back(path.substr(0, end));
    path.remove_prefix(end);
  }
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  if (pattern.size() != path.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_parameter(pattern[i]) ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return true;
}

template <class Methods>
std::string allowed(const Methods& methods) {
  std::string out;
  for (const auto& [method, handler] : methods) out += (out.empty() ? "" : ", ") + method;
  if (methods.contains("GET") && !methods.contains("HEAD")) out += ", HEAD";
  return out;
}

}  // namespace

const std::string& PathParams::get(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return value;
  }
  return kNone;
}

void PathParams::add(std::string_view name, std::string value) {
  values_.emplace_back(name, std::move(value));
}

void Router::add(std::string_view method, std::string_view pattern, RouteHandler handler) {
  Route* route = nullptr;
  if (pattern.find('{') == std::string_view::npos) {
    route = &literals_[std::string(pattern)];
  } else {
    std::vector<std::string_view> parts;
    split(pattern, parts);
    const std::vector<std::string> segments(parts.begin(), parts.end());
    for (Route& known : patterns_) {
      if (known.segments == segments) route = &known;
    }
    if (route == nullptr) route = &patterns_.emplace_back(Route{segments, {}});
  }
  route->methods[std::string(method)] = std::move(handler);
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> out;
  const auto add_all = [&out](const std::string& pattern, const Route& route) {
    for (const auto& [method, handler] : route.methods) out.emplace_back(method, pattern);
  };
  for (const auto& [pattern, route] : literals_) add_all(pattern, route);
  for (const Route& route : patterns_) {
    std::string pattern;
    for (const std::string& segment : route.segments) pattern += "/" + segment;
    add_all(pattern, route);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second, a.first) < std::tie(b.second, b.first);
  });
  return out;
}

void Router::add_prefix(std::string_view prefix, Handler handler) {
  prefixes_.emplace_back(prefix, std::move(handler));
}

const Router::Route* Router::match(std::string_view path,
                                   std::vector<std::string_view>& segments) const {
  if (const auto literal = literals_.find(path); literal != literals_.end()) {
    return &literal->second;
  }
  split(path, segments);
  for (const Route& route : patterns_) {
    if (fits(route.segments, segments)) return &route;
  }
  return nullptr;
}

void Router::handle(std::shared_ptr<Exchange> exchange) const {
  const HttpRequest& request = exchange->request();
  std::vector<std::string_view> segments;
  const Route* route = match(request.path, segments);
  if (route == nullptr) {
    for (const auto& [prefix, handler] : prefixes_) {
      if (request.path.starts_with(prefix)) return handler(std::move(exchange));
    }
    return exchange->respond(problem(404, "http.not_found", "there is nothing at this path"));
  }
  auto method = route->methods.find(request.method);
  if (method == route->methods.end() && request.method == "HEAD") {
    method = route->methods.find("GET");
  }
  if (method == route->methods.end()) {
    HttpResponse response =
        problem(405, "http.method_not_allowed", "this path does not take this method");
    response.headers.push_back({"Allow", allowed(route->methods)});
    return exchange->respond(std::move(response));
  }
  PathParams params;
  for (std::size_t i = 0; i < route->segments.size(); ++i) {
    const std::string_view name = route->segments[i];
    if (!is_parameter(name)) continue;
    auto value = percent_decode(segments[i]);
    if (!value) return exchange->respond(problem(value.error()));
    params.add(name.substr(1, name.size() - 2), *std::move(value));
  }
  method->second(std::move(exchange), params);
}

}  // namespace ambit::net
