#include "doors/authzen/authzen_door.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "doors/authzen/internal/evaluation.h"

namespace ambit::doors::authzen {

struct AuthzenDoor::State {
  service::Service& service;
  telemetry::Counter& unauthenticated;
  telemetry::Histogram& seconds;
  std::string configuration;
};

namespace {

using Clock = std::chrono::steady_clock;

void respond(net::Exchange& exchange, net::HttpResponse response) {
  const std::string_view sent = exchange.request().header("x-request-id");
  if (!sent.empty()) {
    if (std::string id = sanitised_request_id(sent); !id.empty()) {
      response.headers.push_back({"X-Request-ID", std::move(id)});
    }
  }
  exchange.respond(std::move(response));
}

void refuse(net::Exchange& exchange, const Error& error) {
  net::HttpResponse response = net::problem(error);
  if (response.status == 401) {
    response.headers.push_back({"WWW-Authenticate", "Bearer realm=\"ambit\""});
    response.headers.push_back({"WWW-Authenticate", "DPoP algs=\"EdDSA ES256\""});
  }
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

// An enforcement point may ask about any agent, a task only about itself.
Result<> may_ask(const service::Caller& caller, const Evaluation& evaluation) {
  if (caller.kind != service::CallerKind::kTask) {
    return service::require_role(caller, {domain::Role::kEnforcement});
  }
  const bool self = evaluation.subject_id == caller.identity &&
                    (evaluation.task.empty() || evaluation.task == caller.task) &&
                    (evaluation.instance.empty() || evaluation.instance == caller.instance);
  if (self) return {};
  return fail(Code::kDenied, "caller.not_subject",
              "a task credential asks for its own agent, task and instance only");
}

void evaluate(AuthzenDoor::State& door, std::shared_ptr<net::Exchange> exchange) {
  const Clock::time_point began = Clock::now();
  const net::HttpRequest& request = exchange->request();
  auto caller = authenticate(door, request);
  if (!caller) return refuse(*exchange, caller.error());
  if (!is_json_type(request.header("content-type"))) {
    return refuse(*exchange, Error{Code::kInvalid, "http.content_type",
                                   "the body must be sent as `application/json`"});
  }
  auto evaluation = read_evaluation(request.body);
  if (!evaluation) return refuse(*exchange, evaluation.error());
  service::Attempt attempt;
  const NotOurs* not_ours = classify(*evaluation, attempt.server, attempt.tool);
  if (not_ours == nullptr) {
    if (const auto allowed = may_ask(*caller, *evaluation); !allowed) {
      return refuse(*exchange, allowed.error());
    }
  } else {
    return respond(*exchange, net::HttpResponse::json(200, write_answer(*not_ours)));
  }
  attempt.caller = *std::move(caller);
  attempt.agent = std::move(evaluation->subject_id);
  attempt.task = std::move(evaluation->task);
  attempt.instance = std::move(evaluation->instance);
  attempt.channel = "authzen";
  attempt.arguments = std::move(evaluation->arguments);
  attempt.intent = std::move(evaluation->intent);
  attempt.justification = std::move(evaluation->justification);
  door.service.decisions().attempt(std::move(attempt), [&door, exchange = std::move(exchange),
                                                        began](service::Released released) {
    door.seconds.observe(std::chrono::duration<double>(Clock::now() - began).count());
    respond(*exchange, net::HttpResponse::json(200, write_answer(released)));
  });
}

std::string configuration_of(const AuthzenOptions& options) {
  return text::to_json(
      text::Json::object({{"policy_decision_point", options.issuer},
                          {"access_evaluation_endpoint", options.issuer + "/access/v1/evaluation"},
                          {"capabilities", text::Json::array()}}));
}

}  // namespace

AuthzenDoor::AuthzenDoor(service::Service& service, telemetry::Metrics& metrics,
                         AuthzenOptions options) {
  telemetry::Counter& unauthenticated = metrics.counter(
      "ambit_authentication_failures_total",
      "Requests whose credential was missing or not accepted, by door.", {{"door", "authzen"}});
  telemetry::Histogram& seconds = metrics.histogram(
      "ambit_decision_seconds", "From a request to its answer, the durable record included.",
      telemetry::latency_bounds(), {{"door", "authzen"}});
  state_ =
      std::make_unique<State>(State{service, unauthenticated, seconds, configuration_of(options)});
}

AuthzenDoor::~AuthzenDoor() = default;

void AuthzenDoor::add_routes(net::Router& router) {
  router.add(
      "POST", "/access/v1/evaluation",
      [door = state_.get()](std::shared_ptr<net::Exchange> exchange, const net::PathParams&) {
        evaluate(*door, std::move(exchange));
      });
  router.add(
      "GET", "/.well-known/authzen-configuration",
      [door = state_.get()](std::shared_ptr<net::Exchange> exchange, const net::PathParams&) {
        respond(*exchange, net::HttpResponse::json(200, door->configuration));
      });
}

}  // namespace ambit::doors::authzen
