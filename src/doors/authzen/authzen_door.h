// The AuthZEN Authorization API 1.0 (evaluation, evaluations, searches, metadata), and the same
// decisions over the Data API of the Open Policy Agent.
#pragma once

#include <memory>
#include <string>

#include "net/router.h"
#include "service/service.h"
#include "telemetry/metrics.h"

namespace ambit::doors::authzen {

struct AuthzenOptions {
  std::string issuer = "http://127.0.0.1:7700";  // the identifier of this policy decision point
};

// Loop thread only. `subject` is an agent, `action` `tools/call`, `resource` a tool as
// `server/tool`; its arguments stand in `context.arguments`. Everything else is nothing that Ambit
// has authority over and therefore `"decision": false`, or not found.
class AuthzenDoor {
 public:
  // Both outlive the door.
  AuthzenDoor(service::Service& service, telemetry::Metrics& metrics, AuthzenOptions options);
  ~AuthzenDoor();
  AuthzenDoor(const AuthzenDoor&) = delete;
  AuthzenDoor& operator=(const AuthzenDoor&) = delete;

  // POST /access/v1/evaluation, /access/v1/evaluations,
  // /access/v1/search/{subject,resource,action}, GET /.well-known/authzen-configuration, POST
  // /v1/data/ambit/{decision,allow,tools} and, undefined, whatever else is below /v1/data/.
  void add_routes(net::Router& router);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace ambit::doors::authzen
