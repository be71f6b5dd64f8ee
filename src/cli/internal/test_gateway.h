// A stand-in for Ambit that checks each proof of possession, for tests of the shim.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "identity/dpop.h"
#include "net/http_server.h"
#include "text/json.h"

namespace ambit::cli {

inline constexpr Time kGatewayTime{1'764'000'000'000};

class TestGateway {
 public:
  struct Seen {
    std::string method;
    std::string path;
    std::string session;
    std::string version;
    std::string accept;
    std::string rpc_method;
    std::string body;
  };
  using Answer = std::function<void(std::shared_ptr<net::Exchange>, const text::Json& message)>;

  explicit TestGateway(net::EventLoop& loop) {
    server = *net::HttpServer::listen(
        loop, {}, [this](std::shared_ptr<net::Exchange> exchange) { handle(std::move(exchange)); });
    url = "http://127.0.0.1:" + std::to_string(server->port());
  }

  std::size_t count(std::string_view method, std::string_view rpc_method = {}) const {
    std::size_t out = 0;
    for (const Seen& each : seen) {
      if (each.method == method && each.path.starts_with("/mcp/") &&
          (rpc_method.empty() || each.rpc_method == rpc_method)) {
        ++out;
      }
    }
    return out;
  }
  const Seen& last(std::string_view rpc_method) const {
    for (auto it = seen.rbegin(); it != seen.rend(); ++it) {
      if (it->rpc_method == rpc_method) return *it;
    }
    static const Seen kNone;
    return kNone;
  }

  static void reply(net::Exchange& exchange, const text::Json& message, const std::string& result) {
    exchange.respond(net::HttpResponse::json(200, reply_json(message, result)));
  }
  static std::string reply_json(const text::Json& message, const std::string& result) {
    const text::Json* id = message.find("id");
    return R"({"jsonrpc":"2.0","id":)" + text::to_json(id != nullptr ? *id : text::Json()) +
           R"(,"result":)" + result + "}";
  }

  std::unique_ptr<net::HttpServer> server;
  std::string url;
  std::vector<Seen> seen;
  std::vector<std::string> faults;                     // of proofs and credentials
  std::map<std::string, Answer, std::less<>> answers;  // by JSON-RPC method
  std::shared_ptr<net::SseStream> stream;              // of GET
  std::string token;  // accepted, and the one before it, which may still be under way
  std::string previous;
  std::string key_thumbprint;
  std::string token_type = "DPoP";
  int issued = 0;
  int expires_in = 600;
  int credential_status = 201;
  int refuse_next = 0;  // so many requests to /mcp get `refuse_status`
  int refuse_status = 401;
  std::string problem =
      R"({"status":401,"reason":"token.task_ended","detail":"the task has ended"})";
  int sessions = 0;

 private:
  void handle(std::shared_ptr<net::Exchange> exchange) {
    const net::HttpRequest& request = exchange->request();
    if (!check_proof(request)) {
      return exchange->respond(net::problem(401, "dpop.bad", faults.back()));
    }
    if (request.path == "/v1/credentials") return issue(*exchange);
    if (request.path == "/v1/servers/by-command") return find_server(*exchange);
    Seen now{std::string(request.method),
             std::string(request.path),
             std::string(request.header("mcp-session-id")),
             std::string(request.header("mcp-protocol-version")),
             std::string(request.header("accept")),
             "",
             std::string(request.body)};
    const auto message = text::parse_json(request.body);
    if (message) now.rpc_method = message->string_or("method", "");
    seen.push_back(now);
    if (refuse_next > 0) {
      --refuse_next;
      return exchange->respond(net::problem(refuse_status, "token.expired", "refused"));
    }
    if (request.method == "GET") {
      stream = exchange->start_sse(200, {});
    } else if (request.method == "DELETE") {
      exchange->respond(net::HttpResponse{204, {}, {}, {}});
    } else {
      answer(std::move(exchange), now, message ? *message : text::Json());
    }
  }

  void answer(std::shared_ptr<net::Exchange> exchange, const Seen& now, const text::Json& message) {
    if (const auto found = answers.find(now.rpc_method); found != answers.end()) {
      return found->second(std::move(exchange), message);
    }
    if (now.rpc_method == "initialize") {
      auto response =
          net::HttpResponse::json(200, reply_json(message, R"({"protocolVersion":"2025-06-18"})"));
      response.headers.push_back({"Mcp-Session-Id", "session-" + std::to_string(++sessions)});
      return exchange->respond(std::move(response));
    }
    if (message.find("id") == nullptr || now.rpc_method.empty()) {
      return exchange->respond(net::HttpResponse{202, {}, {}, {}});
    }
    reply(*exchange, message, R"({"of":")" + now.rpc_method + "\"}");
  }

  // The proof must fit the request and, where a token is sent, the token and its key.
  bool check_proof(const net::HttpRequest& request) {
    const std::string uri = url + std::string(request.path);
    identity::DpopRequest expected{.method = request.method, .uri = uri};
    const std::string authorization(request.header("authorization"));
    if (!authorization.empty()) {
      if (authorization != "DPoP " + token && authorization != "DPoP " + previous) {
        return fault("the token is not one of the last two");
      }
      expected.access_token = authorization == "DPoP " + token ? token : previous;
      expected.key_thumbprint = key_thumbprint;
    }
    const auto proof =
        identity::verify_dpop(request.header("dpop"), expected, kGatewayTime, guard_);
    if (!proof) return fault(proof.error().message);
    if (authorization.empty() && request.path != "/v1/credentials") return fault("no token");
    if (authorization.empty()) key_thumbprint = proof->thumbprint;
    return true;
  }

  bool fault(std::string what) {
    faults.push_back(std::move(what));
    return false;
  }

  void issue(net::Exchange& exchange) {
    const bool is_claim = exchange.request().header_count("authorization") == 0;
    const std::string_view body = exchange.request().body;
    if (body != (is_claim ? R"({"claim":"clm_secret"})" : "{}")) fault("body " + std::string(body));
    if (credential_status != 201) {
      auto response = net::HttpResponse::json(credential_status, problem);
      return exchange.respond(std::move(response));
    }
    previous = std::exchange(token, "tok-" + std::to_string(++issued));
    exchange.respond(net::HttpResponse::json(
        201, R"({"access_token":")" + token + R"(","token_type":")" + token_type +
                 R"(","expires_in":)" + std::to_string(expires_in) +
                 R"(,"task":"t","instance":"i","session":"s"})"));
  }

  void find_server(net::Exchange& exchange) {
    const auto argv = net::query_value(exchange.request().query, "argv");
    if (argv == R"(["npx","a b"])") {
      return exchange.respond(net::HttpResponse::json(200, R"({"server":"files"})"));
    }
    exchange.respond(net::problem(404, "server.unknown", "no such command"));
  }

  identity::ReplayGuard guard_;
};

}  // namespace ambit::cli
