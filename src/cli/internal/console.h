// What a verb reads from and writes to: streams, environment, clock, and the way to a server.
#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "net/http_client.h"

namespace ambit::cli {

// The process as a verb sees it; tests hand in their own.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // The value of an environment variable; an empty one counts as not set.
  std::function<std::optional<std::string>(const std::string& name)> env;
  std::function<Time()> now;
  std::function<Result<net::HttpResponse>(net::ClientRequest, net::ClientOptions)> send;
};

// The real one: standard streams, environment, system clock, blocking HTTP.
Console process_console();

}  // namespace ambit::cli
