// The server's REST API as verbs call it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/internal/verb.h"
#include "crypto/secret.h"
#include "text/json.h"

namespace ambit::cli {

// Where the server is: `given` (from the command line), AMBIT_SERVER, or the default; without a
// final `/`. An http address that is not loopback is refused with `usage.insecure` unless
// AMBIT_ALLOW_HTTP is set, because tokens would travel in the clear.
Result<std::string> server_url(std::string given, const Console& console);

// TLS options of the arguments and the environment.
net::ClientOptions client_options(const Arguments& arguments, const Console& console);

// The error that a response reports: its problem details, or its status when it has none. `url` is
// for the message only.
Error error_of(const net::HttpResponse& response, const std::string& url);

// `no answer from URL` of a transport error.
Error unreachable(const Error& error, const std::string& url);

class Api {
 public:
  struct Answer {
    std::string body;  // as the server sent it
    text::Json json;   // null for an answer that is not JSON
  };

  Api(const Arguments& arguments, const Console& console)
      : arguments_(arguments), console_(console) {}

  // `path` begins with `/` and is already encoded. Fails as the server says, with `token.missing`
  // when there is no access token, or with the reason of the transport.
  Result<Answer> get(const std::string& path);
  Result<Answer> post(const std::string& path, const text::Json& body);
  Result<Answer> post(const std::string& path);  // without a body
  Result<Answer> put(const std::string& path, const text::Json& body);
  Result<Answer> remove(const std::string& path);  // DELETE

 private:
  Result<Answer> send(std::string method, const std::string& path, std::string body);
  Result<> prepare();

  const Arguments& arguments_;
  const Console& console_;
  std::string url_;
  std::optional<crypto::SecretBytes> token_;
};

// `/v1/a/b%2Fc` of segments.
std::string path_of(const std::vector<std::string>& segments);
// `?a=1&b=2` of the pairs whose value is not empty; empty when there is none.
std::string query_of(const std::vector<std::pair<std::string, std::string>>& values);

}  // namespace ambit::cli
