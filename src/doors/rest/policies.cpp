#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void show(Call& call) { answer(call.reply, 200, call.service().policies().show(call.caller)); }

// A refusal says all that is wrong at once, in the form of the check, so that an editor can show
// it.
void put(Call& call) {
  call.service().policies().put(
      call.caller, call.body, [reply = call.reply, body = call.body](Result<text::Json> result) {
        if (result || result.error().code != Code::kInvalid) return answer(reply, 200, result);
        const text::Json checked = reply.door->parts.service->policies().check(body);
        const text::Json* findings = checked.find("findings");
        net::HttpResponse response = net::problem(result.error());
        if (auto problem = text::parse_json(response.body); problem && findings) {
          problem->set("findings", *findings);
          response.body = text::to_json(*problem);
        }
        response.headers.push_back({"Cache-Control", "no-store"});
        reply.exchange->respond(std::move(response));
      });
}

void schema(Call& call) { answer(call.reply, 200, call.service().policies().schema(call.caller)); }

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
      {.method = "GET",
       .path = "/v1/policies/schema",
       .operation = "showPolicySchema",
       .tag = "policies",
       .summary = "What policies can speak of: the Cedar schema of the approved tools",
       .answer = "PolicySchema",
       .handle = schema},
  };
}

}  // namespace ambit::doors::rest
