// The AuthZEN Authorization API 1.0: one evaluation a request, and the discovery document.
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
// has authority over and therefore `"decision": false`.
class AuthzenDoor {
 public:
  // Both outlive the door.
  AuthzenDoor(service::Service& service, telemetry::Metrics& metrics, AuthzenOptions options);
  ~AuthzenDoor();
  AuthzenDoor(const AuthzenDoor&) = delete;
  AuthzenDoor& operator=(const AuthzenDoor&) = delete;

  // POST /access/v1/evaluation, GET /.well-known/authzen-configuration.
  void add_routes(net::Router& router);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace ambit::doors::authzen
