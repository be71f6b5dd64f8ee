#include "doors/authzen/authzen_door.h"

#include <utility>

#include "doors/authzen/internal/door.h"

namespace ambit::doors::authzen {
namespace {

constexpr const char* kEvaluation = "/access/v1/evaluation";
constexpr const char* kEvaluations = "/access/v1/evaluations";
constexpr const char* kSearchSubject = "/access/v1/search/subject";
constexpr const char* kSearchResource = "/access/v1/search/resource";
constexpr const char* kSearchAction = "/access/v1/search/action";

std::string configuration_of(const AuthzenOptions& options) {
  return text::to_json(text::Json::object({
      {"policy_decision_point", options.issuer},
      {"access_evaluation_endpoint", options.issuer + kEvaluation},
      {"access_evaluations_endpoint", options.issuer + kEvaluations},
      {"search_subject_endpoint", options.issuer + kSearchSubject},
      {"search_resource_endpoint", options.issuer + kSearchResource},
      {"search_action_endpoint", options.issuer + kSearchAction},
  }));
}

void add_search(net::Router& router, const char* path, service::SearchKind kind,
                AuthzenDoor::State* door) {
  router.add("POST", path, [door, kind](SharedExchange exchange, const net::PathParams&) {
    search(*door, kind, std::move(exchange));
  });
}

void add_rule(net::Router& router, const char* path, OpaRule rule, AuthzenDoor::State* door) {
  router.add("POST", path, [door, rule](SharedExchange exchange, const net::PathParams&) {
    answer_as_opa(*door, rule, std::move(exchange));
  });
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
  State* door = state_.get();
  router.add("POST", kEvaluation, [door](SharedExchange exchange, const net::PathParams&) {
    evaluate(*door, std::move(exchange));
  });
  router.add("POST", kEvaluations, [door](SharedExchange exchange, const net::PathParams&) {
    evaluate_several(*door, std::move(exchange));
  });
  add_search(router, kSearchSubject, service::SearchKind::kSubject, door);
  add_search(router, kSearchResource, service::SearchKind::kResource, door);
  add_search(router, kSearchAction, service::SearchKind::kAction, door);
  add_rule(router, "/v1/data/ambit/decision", OpaRule::kDecision, door);
  add_rule(router, "/v1/data/ambit/allow", OpaRule::kAllow, door);
  add_rule(router, "/v1/data/ambit/tools", OpaRule::kTools, door);
  router.add_prefix("/v1/data/", [door](SharedExchange exchange) {
    undefined_as_opa(*door, std::move(exchange));
  });
  router.add("GET", "/.well-known/authzen-configuration",
             [door](SharedExchange exchange, const net::PathParams&) {
               respond(*exchange, net::HttpResponse::json(200, door->configuration));
             });
}

}  // namespace ambit::doors::authzen
