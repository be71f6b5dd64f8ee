// An action as Cedar sees it: principal, action, one resource per target, context, entities.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/entities.h"
#include "decision/snapshot.h"

namespace ambit::decision {

// The approval that the context carries: a real one, or a hypothetical one for the counterfactual.
struct ApprovalView {
  std::vector<std::string> granted_by;  // human ids
  std::vector<std::string> classes;     // approver classes that are satisfied
  Time at;
};

struct PolicyRequest {
  cedar::Request request;
  cedar::Entities entities;
};

// One request for each target, or one for the server when the call has none: an action on several
// targets is allowed only if it is allowed on each. docs/policies.md describes the mapping.
Result<std::vector<PolicyRequest>> policy_requests(const Snapshot& snapshot,
                                                   const domain::Action& action,
                                                   const ApprovalView* approval);

// A tool's arguments as a Cedar record: integers as Long, numbers that the schema declares `number`
// as decimal when they fit exactly, else as an opaque `Ambit::Number` that no comparison accepts.
cedar::Value input_record(const text::Json& arguments, const text::Json* schema);

}  // namespace ambit::decision
