#include "cli/internal/api.h"

#include "cli/internal/files.h"
#include "net/http.h"
#include "net/uri.h"

namespace ambit::cli {
namespace {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:7700";
constexpr std::size_t kMaxAnswer = 64u << 20;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<crypto::SecretBytes> find_token(const Arguments& arguments, const Console& console) {
  if (arguments.given("as")) return read_secret(arguments.text("as"));
  if (const auto path = console.env("AMBIT_TOKEN_FILE")) return read_secret(*path);
  if (auto token = console.env("AMBIT_TOKEN")) return crypto::SecretBytes(*std::move(token));
  const std::string path = console.env("AMBIT_DATA").value_or("./var") + "/admin.token";
  auto token = read_secret(path);
  if (token) return token;
  return fail(
      Code::kUnauthenticated, "token.missing",
      "no access token: give `--token-file FILE`, or set AMBIT_TOKEN_FILE or AMBIT_TOKEN (" +
          token.error().message + ")");
}

Code code_of_status(int status) {
  switch (status) {
    case 401: return Code::kUnauthenticated;
    case 403: return Code::kDenied;
    case 404: return Code::kNotFound;
    case 409:
    case 412: return Code::kConflict;
    case 410: return Code::kExpired;
    case 429: return Code::kExhausted;
    case 501: return Code::kUnsupported;
    default: return status >= 500 ? Code::kUnavailable : Code::kInvalid;
  }
}

}  // namespace

Result<std::string> server_url(std::string url, const Console& console) {
  if (url.empty()) url = console.env("AMBIT_SERVER").value_or(std::string(kDefaultServer));
  while (url.ends_with('/')) url.pop_back();
  const auto parsed = net::parse_http_url(url);
  if (!parsed) return fail(Code::kInvalid, "usage.server", parsed.error().message);
  if (!parsed->tls && !is_loopback(parsed->host) && !console.env("AMBIT_ALLOW_HTTP")) {
    return fail(Code::kInvalid, "usage.insecure",
                "`" + url +
                    "` would carry your token in the clear; use https, or set AMBIT_ALLOW_HTTP=1 "
                    "where the network is trusted");
  }
  return url;
}

net::ClientOptions client_options(const Arguments& arguments, const Console& console) {
  net::ClientOptions options;
  options.ca_file = arguments.given("ca-file") ? arguments.text("ca-file")
                                               : console.env("AMBIT_CA_FILE").value_or("");
  return options;
}

Error error_of(const net::HttpResponse& response, const std::string& url) {
  Error error{code_of_status(response.status), "http." + std::to_string(response.status), ""};
  const auto problem = text::parse_json(response.body);
  if (problem && problem->is_object()) {
    error.reason = problem->string_or("reason", error.reason);
    error.message = problem->string_or("detail", "");
  }
  if (error.message.empty()) {
    error.message = "`" + url + "` answered " + std::to_string(response.status) + " " +
                    std::string(net::reason_phrase(response.status));
  }
  return error;
}

Error unreachable(const Error& error, const std::string& url) {
  if (error.reason == "http.request") return error;
  return {Code::kUnavailable, error.reason,
          "no answer from `" + url + "`: " + error.message + "; is `ambit serve` running there?"};
}

Result<> Api::prepare() {
  if (token_) return {};
  AMBIT_TRY(url_, server_url(arguments_.text("server"), console_));
  AMBIT_TRY(token_, find_token(arguments_, console_));
  return {};
}

Result<Api::Answer> Api::send(std::string method, const std::string& path, std::string body) {
  AMBIT_CHECK_OK(prepare());
  net::ClientRequest request;
  request.method = std::move(method);
  request.url = url_ + path;
  request.headers = {{"Authorization", "Bearer " + std::string(token_->expose())},
                     {"Accept", "application/json"}};
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(body);
  request.timeout = seconds(120);  // an import starts the tool server and lists its tools
  request.max_response_bytes = kMaxAnswer;
  auto response = console_.send(std::move(request), client_options(arguments_, console_));
  if (!response) return fail(unreachable(response.error(), url_));
  if (response->status < 200 || response->status > 299) return fail(error_of(*response, url_));
  Answer answer{std::move(response->body), nullptr};
  if (!answer.body.empty() && response->header("content-type").find("json") != std::string::npos) {
    auto parsed = text::parse_json(answer.body, {kMaxAnswer, 64});
    if (!parsed) {
      return fail(Code::kUnavailable, "http.response",
                  "`" + url_ + path + "` answered with bad JSON: " + parsed.error().message);
    }
    answer.json = *std::move(parsed);
  }
  return answer;
}

Result<Api::Answer> Api::get(const std::string& path) { return send("GET", path, ""); }
Result<Api::Answer> Api::post(const std::string& path) { return send("POST", path, ""); }
Result<Api::Answer> Api::post(const std::string& path, const text::Json& body) {
  return send("POST", path, text::to_json(body));
}
Result<Api::Answer> Api::remove(const std::string& path) { return send("DELETE", path, ""); }
Result<Api::Answer> Api::put(const std::string& path, const text::Json& body) {
  return send("PUT", path, text::to_json(body));
}

std::string path_of(const std::vector<std::string>& segments) {
  std::string out = "/v1";
  for (const std::string& segment : segments) out += "/" + net::percent_encode(segment);
  return out;
}

std::string query_of(const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  for (const auto& [key, value] : values) {
    if (!value.empty()) out += (out.empty() ? "?" : "&") + key + "=" + net::percent_encode(value);
  }
  return out;
}

}  // namespace ambit::cli
