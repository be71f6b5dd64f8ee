#include "cedar/authorizer.h"

#include "cedar/internal/evaluator.h"

namespace ambit::cedar {

Evaluation evaluate(const Request& request, const PolicySet& policies, const Entities& entities) {
  Evaluation out;
  Evaluator evaluator(request, entities);
  for (const Policy& policy : policies.policies()) {
    if (!evaluator.in_scope(policy)) continue;
    auto satisfied = evaluator.satisfies(policy);
    if (!satisfied) {
      out.errors.push_back({&policy, std::move(satisfied).error().message});
    } else if (*satisfied) {
      auto& list = policy.effect == Effect::kPermit ? out.satisfied_permits : out.satisfied_forbids;
      list.push_back(&policy);
    }
  }
  return out;
}

Authorization is_authorized(const Request& request, const PolicySet& policies,
                            const Entities& entities) {
  Evaluation evaluation = evaluate(request, policies, entities);
  Authorization out;
  out.allow = !evaluation.satisfied_permits.empty() && evaluation.satisfied_forbids.empty();
  const auto& determining = out.allow ? evaluation.satisfied_permits : evaluation.satisfied_forbids;
  for (const Policy* policy : determining) out.determining.push_back(policy->id);
  out.errors = std::move(evaluation.errors);
  return out;
}

}  // namespace ambit::cedar
