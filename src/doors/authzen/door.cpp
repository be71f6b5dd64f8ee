#include "doors/authzen/internal/door.h"

#include <algorithm>
#include <utility>

namespace ambit::doors::authzen {
void respond(net::Exchange& exchange, net::HttpResponse response) {
  const std::string_view sent = exchange.request().header("x-request-id");
  if (!sent.empty() && net::is_field_value(sent)) {
    response.headers.push_back({"X-Request-ID", std::string(sent)});
  }
  exchange.respond(std::move(response));
}

void add_challenge(net::HttpResponse& response) {
  if (response.status != 401) return;
  response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"ambit\""});
  response.headers.push_back({"WWW-Authenticate", "DPoP algs=\"EdDSA ES256\""});
}

void refuse(net::Exchange& exchange, const Error& error) {
  net::HttpResponse response = net::problem(error);
  add_challenge(response);
  respond(exchange, std::move(response));
}

bool is_json_type(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return std::equal(type.begin(), type.end(), kJson.begin(), kJson.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

Result<service::Caller> authenticate(AuthzenDoor::State& door, const net::HttpRequest& request) {
  if (request.header_count("authorization") > 1 || request.header_count("dpop") > 1) {
    return fail(Code::kInvalid, "http.header_repeated",
                "the headers `authorization` and `dpop` must be sent once only");
  }
  service::Presented presented{.authorization = request.header("authorization"),
                               .dpop = request.header("dpop"),
                               .method = request.method,
                               .uri = {},
                               .loopback = request.peer != nullptr && request.peer->is_loopback};
  std::string uri;
  if (!presented.dpop.empty()) {
    uri = request.tls != nullptr && request.tls->active ? "https://" : "http://";
    uri.append(request.host).append(request.path);
    presented.uri = uri;
  }
  auto caller = door.service.authenticator().authenticate(presented);
  if (caller) return caller;
  door.unauthenticated.add();
  // One that has run out is 401 like any other: that is what makes a client get a new one.
  const Error& error = caller.error();
  const Code code = error.code == Code::kExpired ? Code::kUnauthenticated : error.code;
  return fail(code, error.reason, error.message);
}

Result<service::Caller> admit(AuthzenDoor::State& door, const net::HttpRequest& request) {
  AMBIT_TRY(service::Caller caller, authenticate(door, request));
  if (is_json_type(request.header("content-type"))) return caller;
  return fail(Code::kInvalid, "http.content_type", "the body must be sent as `application/json`");
}

Result<> may_ask(const service::Caller& caller) {
  if (caller.kind == service::CallerKind::kTask) return {};
  return service::require_role(caller, {domain::Role::kEnforcement});
}

Result<Question> question_of(service::Caller caller, Evaluation evaluation) {
  Question out;
  out.not_ours = classify(evaluation, out.attempt.server, out.attempt.tool);
  if (out.not_ours != nullptr) return out;
  const bool self = evaluation.subject_id == caller.identity &&
                    (evaluation.task.empty() || evaluation.task == caller.task) &&
                    (evaluation.instance.empty() || evaluation.instance == caller.instance);
  if (caller.kind == service::CallerKind::kTask && !self) {
    return fail(Code::kDenied, "caller.not_subject",
                "a task credential asks for its own agent, task and instance only");
  }
  out.attempt.caller = std::move(caller);
  out.attempt.agent = std::move(evaluation.subject_id);
  out.attempt.task = std::move(evaluation.task);
  out.attempt.instance = std::move(evaluation.instance);
  out.attempt.channel = "authzen";
  out.attempt.arguments = std::move(evaluation.arguments);
  out.attempt.intent = std::move(evaluation.intent);
  out.attempt.justification = std::move(evaluation.justification);
  return out;
}

void decide(AuthzenDoor::State& door, service::Attempt attempt, Clock::time_point began,
            std::function<void(const service::Released&)> done) {
  door.service.decisions().attempt(std::move(attempt), [&door, began, done = std::move(done)](
                                                           const service::Released& released) {
    door.seconds.observe(std::chrono::duration<double>(Clock::now() - began).count());
    done(released);
  });
}

}  // namespace ambit::doors::authzen
