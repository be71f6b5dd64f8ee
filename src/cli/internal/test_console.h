// A console and a server for tests of verbs: canned answers in, requests and text out.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cli/internal/command.h"
#include "cli/internal/verb.h"
#include "text/json.h"

namespace ambit::cli {

// Runs command lines against answers given as `METHOD /path?query`; all else is 404.
class TestCommand {
 public:
  TestCommand() {
    console.env = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = env.find(name);
      return found == env.end() ? std::nullopt : std::optional(found->second);
    };
    console.now = [] { return Time{1'764'000'000'000}; };
    console.send = [this](net::ClientRequest request, net::ClientOptions) {
      requests.push_back(request);
      if (transport_error) return Result<net::HttpResponse>(fail(*transport_error));
      const std::string path = request.url.substr(request.url.find('/', 8));
      const auto found = answers.find(request.method + " " + path);
      net::HttpResponse response;
      response.status = found == answers.end() ? 404 : found->second.first;
      response.body = found == answers.end()
                          ? R"({"status":404,"reason":"http.not_found","detail":"no route"})"
                          : found->second.second;
      response.headers = {{"content-type", "application/json"}};
      return Result<net::HttpResponse>(std::move(response));
    };
  }

  void answer(const std::string& method_and_path, int status, std::string body) {
    answers[method_and_path] = {status, std::move(body)};
  }

  int run(const std::vector<std::string>& words) {
    out.str("");
    err.str("");
    return run_command(words, console, tree);
  }

  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  std::map<std::string, std::string> env{{"AMBIT_TOKEN", "amb_secret"}};
  std::map<std::string, std::pair<int, std::string>> answers;
  std::optional<Error> transport_error;
  std::vector<net::ClientRequest> requests;
  ServeOptions served;
  Console console{in, out, err, false, false, false, {}, {}, {}};
  Tree tree = all_verbs([this](const ServeOptions& options) {
    served = options;
    return 0;
  });
};

}  // namespace ambit::cli
