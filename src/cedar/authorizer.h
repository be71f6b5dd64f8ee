// Decides one request by policies and entities, as the Cedar language defines it.
#pragma once

#include <string>
#include <vector>

#include "cedar/entities.h"
#include "cedar/policy.h"
#include "cedar/value.h"

namespace ambit::cedar {

// Who wants to do what to which thing, and under which circumstances. `context` is a record.
struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Value context = Value::record();
};

// A policy that has no answer for a request: a type error, a missing attribute, an overflow.
struct PolicyError {
  const Policy* policy = nullptr;
  std::string message;
};

// What each policy says of a request, in the order of the set. Policies that say nothing are in
// none of the lists. Pointers live as long as any copy of the policy set.
struct Evaluation {
  std::vector<const Policy*> satisfied_permits;
  std::vector<const Policy*> satisfied_forbids;
  std::vector<PolicyError> errors;
};

// Evaluates every policy. Pure and thread-safe; never fails. Takes time linear in the number of
// policies: the plain reference that faster engines are measured and checked against.
Evaluation evaluate(const Request& request, const PolicySet& policies, const Entities& entities);

// Cedar's answer. A policy that errs is left out of it and reported: the caller must look at the
// errors, as a forbid that errs forbids nothing. Pointers live as long as any copy of the policy
// set.
struct Authorization {
  bool allow = false;
  std::vector<std::string> determining;  // ids of the permits of an allow, the forbids of a deny
  std::vector<PolicyError> errors;
};

// Allows if and only if some permit and no forbid is satisfied.
Authorization is_authorized(const Request& request, const PolicySet& policies,
                            const Entities& entities);

}  // namespace ambit::cedar
