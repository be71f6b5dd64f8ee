#include "decision/cedar_view.h"

#include "decision/internal/policy_request.h"

namespace ambit::decision {

Result<std::vector<CedarQuestion>> cedar_questions(const Snapshot& snapshot,
                                                   const domain::Action& action) {
  ApprovalView approval;
  if (snapshot.approval) approval = approval_view(snapshot);
  AMBIT_TRY(auto requests,
            policy_requests(snapshot, action, snapshot.approval ? &approval : nullptr));
  std::vector<CedarQuestion> out;
  for (auto& [request, entities] : requests) {
    out.push_back({std::move(request), std::move(entities)});
  }
  return out;
}

}  // namespace ambit::decision
