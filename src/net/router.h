// Method and path to handler, with 404 and 405 in one place.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http_server.h"

namespace ambit::net {

// The decoded `{name}` segments of the path that matched.
class PathParams {
 public:
  // Empty when the pattern has no such name.
  const std::string& get(std::string_view name) const;
  void add(std::string_view name, std::string value);

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

using RouteHandler = std::function<void(std::shared_ptr<Exchange>, const PathParams&)>;

// Add all routes first, then let `handle` serve requests.
class Router {
 public:
  // `pattern` is a path whose segments are literal or `{name}` (one whole segment, never empty):
  // `/v1/agents/{id}/tasks`. A literal path wins over a pattern; of two patterns the first added.
  // A GET route also answers HEAD.
  void add(std::string_view method, std::string_view pattern, RouteHandler handler);

  // Takes every request whose path begins with `prefix` and matches no route.
  void add_prefix(std::string_view prefix, Handler handler);

  // Method and pattern of every route, in order of the pattern.
  std::vector<std::pair<std::string, std::string>> routes() const;

  // Calls the handler of the request's route, or answers 404 `http.not_found`, 405
  // `http.method_not_allowed` with Allow, or 400 `http.percent` for a bad escape in a parameter.
  void handle(std::shared_ptr<Exchange> exchange) const;

 private:
  struct Route {
    std::vector<std::string> segments;
    std::map<std::string, RouteHandler, std::less<>> methods;
  };
  const Route* match(std::string_view path, std::vector<std::string_view>& segments) const;

  std::map<std::string, Route, std::less<>> literals_;
  std::vector<Route> patterns_;
  std::vector<std::pair<std::string, Handler>> prefixes_;
};

}  // namespace ambit::net
