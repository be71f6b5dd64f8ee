#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void show(Call& call) { answer(call.reply, 200, call.service().policies().show(call.caller)); }

void put(Call& call) {
  call.service().policies().put(call.caller, call.body, answer_later(call, 200));
}

void check(Call& call) {
  answer(call.reply, 200, text::to_json(call.service().policies().check(call.body)));
}

}  // namespace

std::vector<Route> policy_routes() {
  return {
      {.method = "GET",
       .path = "/v1/policies",
       .operation = "showPolicies",
       .tag = "policies",
       .summary = "The policy set in force",
       .answer = "PolicyVersion",
       .handle = show},
      {.method = "PUT",
       .path = "/v1/policies",
       .operation = "putPolicies",
       .tag = "policies",
       .summary = "Check a policy set and publish it as the next version",
       .body = "PolicySet",
       .answer = "PolicyVersion",
       .handle = put},
      {.method = "POST",
       .path = "/v1/policies/check",
       .operation = "checkPolicies",
       .tag = "policies",
       .summary = "Check a policy set without publishing it",
       .body = "PolicySet",
       .answer = "PolicyCheck",
       .handle = check},
  };
}

}  // namespace ambit::doors::rest
