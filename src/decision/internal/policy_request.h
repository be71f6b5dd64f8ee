// An action as the reference evaluator sees it: principal, action, one resource per target,
// context, entities.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cedar/authorizer.h"
#include "cedar/entities.h"
#include "decision/internal/context_fields.h"
#include "decision/snapshot.h"

namespace ambit::decision {

// The approval that a snapshot has, as policies see it. Precondition: it has policies and one.
ApprovalView approval_view(const Snapshot& snapshot);

struct PolicyRequest {
  cedar::Request request;
  cedar::Entities entities;
};

// One request for each target, or one for the server when the call has none: an action on several
// targets is allowed only if it is allowed on each. docs/policies.md describes the mapping.
Result<std::vector<PolicyRequest>> policy_requests(const Snapshot& snapshot,
                                                   const domain::Action& action,
                                                   const ApprovalView* approval);

// The folders above a path, from the nearest to `/`; none for other targets.
template <class Visit>
void for_each_folder(const domain::Target& target, Visit visit) {
  if (target.kind != domain::TargetKind::kPath) return;
  const std::string_view path = target.value;
  for (std::size_t end = path.rfind('/'); end != std::string_view::npos && end > 0;
       end = path.rfind('/', end - 1)) {
    visit(path.substr(0, end));
  }
  if (path != "/") visit(std::string_view("/"));
}

}  // namespace ambit::decision
