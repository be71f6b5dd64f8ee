// Who is asking: the outcome of authentication, and what each role may do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/vocabulary.h"

namespace ambit::service {

enum class CallerKind { kHuman, kService, kTask };

struct Caller {
  CallerKind kind = CallerKind::kHuman;
  std::string identity;  // human, service, or the task's agent
  std::vector<domain::Role> roles;
  std::string credential;  // id of the access token, or `jti`

  // Of a task credential only.
  std::string task;
  std::string instance;
  std::string session;
  bool key_bound = false;  // possession of the instance's key was proved with this request

  bool loopback = false;
};

// What was presented with a request. Views live as long as the call.
struct Presented {
  std::string_view authorization;  // the header: `Bearer ...` or `DPoP ...`
  std::string_view dpop;           // the DPoP proof header
  std::string_view method;
  std::string_view uri;  // absolute, as the client addressed it
  bool loopback = false;
};

bool has_role(const Caller& caller, domain::Role role);

// `caller.role` unless the caller is a human or service with one of the roles; admin has them all.
Result<> require_role(const Caller& caller, std::initializer_list<domain::Role> roles);

}  // namespace ambit::service
