// From what a request presents to who is asking.
#pragma once

#include "base/result.h"
#include "service/caller.h"

namespace ambit::service {

struct Context;

class Authenticator {
 public:
  explicit Authenticator(Context& context) : context_(context) {}

  // Opaque access tokens of humans and services, and task credentials (with a DPoP proof when bound
  // to a key). A credential of a task that has ended is refused here already. Errors are all
  // Code::kUnauthenticated: `token.missing`, `token.malformed`, `token.unknown`, `token.expired`,
  // `token.task_ended`, `dpop.*`, ...
  Result<Caller> authenticate(const Presented& presented);

 private:
  Context& context_;
};

}  // namespace ambit::service
