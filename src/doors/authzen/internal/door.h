// What the handlers of this door share: who asks, what is decided, how an answer is sent.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "doors/authzen/authzen_door.h"
#include "doors/authzen/internal/evaluation.h"
#include "net/http_server.h"

namespace ambit::doors::authzen {

using Clock = std::chrono::steady_clock;

struct AuthzenDoor::State {
  service::Service& service;
  telemetry::Counter& unauthenticated;
  telemetry::Histogram& seconds;
  std::string configuration;
};

// Sends the request's `X-Request-ID` back with the response.
void respond(net::Exchange& exchange, net::HttpResponse response);
// Answers with problem details, on 401 with the schemes that are accepted.
void refuse(net::Exchange& exchange, const Error& error);
void add_challenge(net::HttpResponse& response);

bool is_json_type(std::string_view content_type);

Result<service::Caller> authenticate(AuthzenDoor::State& door, const net::HttpRequest& request);

// A caller who may ask for decisions at all, and whose body says that it is JSON.
Result<service::Caller> admit(AuthzenDoor::State& door, const net::HttpRequest& request);
// An enforcement point may ask about any agent, a task about itself; nobody else asks.
Result<> may_ask(const service::Caller& caller);

// One evaluation made ready: an attempt to decide, or why there is nothing to decide.
struct Question {
  service::Attempt attempt;
  const NotOurs* not_ours = nullptr;
};
// `caller.not_subject` when a task asks about another.
Result<Question> question_of(service::Caller caller, Evaluation evaluation);

// Decides and records one attempt; `done` comes on the loop.
void decide(AuthzenDoor::State& door, service::Attempt attempt, Clock::time_point began,
            std::function<void(const service::Released&)> done);

using SharedExchange = std::shared_ptr<net::Exchange>;

void evaluate(AuthzenDoor::State& door, SharedExchange exchange);
void evaluate_several(AuthzenDoor::State& door, SharedExchange exchange);
void search(AuthzenDoor::State& door, service::SearchKind kind, SharedExchange exchange);

// The OPA-compatible face.
enum class OpaRule { kDecision, kAllow, kTools };
void answer_as_opa(AuthzenDoor::State& door, OpaRule rule, SharedExchange exchange);
void undefined_as_opa(AuthzenDoor::State& door, SharedExchange exchange);

}  // namespace ambit::doors::authzen
