#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void show(Call& call) { answer(call.reply, 200, call.service().policies().show(call.caller)); }

// 202 for a set that waits for another human. A refusal says all that is wrong at once, in the form
// of the check, so that an editor can show it.
void put(Call& call) {
  call.service().policies().put(
      call.caller, call.body,
      [reply = call.reply, caller = call.caller, body = call.body](Result<text::Json> result) {
        if (result || result.error().code != Code::kInvalid) {
          const bool waits = result && result->string_or("state", "") == "open";
          return answer(reply, waits ? 202 : 200, result);
        }
        reply.door->parts.service->policies().check(
            caller, body, [reply, error = result.error()](const Result<text::Json>& checked) {
              const text::Json* findings = checked ? checked->find("findings") : nullptr;
              net::HttpResponse response = net::problem(error);
              if (auto problem = text::parse_json(response.body); problem && findings) {
                problem->set("findings", *findings);
                response.body = text::to_json(*problem);
              }
              response.headers.push_back({"Cache-Control", "no-store"});
              reply.exchange->respond(std::move(response));
            });
      });
}

void schema(Call& call) { answer(call.reply, 200, call.service().policies().schema(call.caller)); }

void check(Call& call) {
  call.service().policies().check(call.caller, call.body, answer_later(call, 200));
}

void simulate(Call& call) {
  call.service().policies().simulate(call.caller, call.body, answer_later(call, 200));
}

void coverage(Call& call) {
  answer(call.reply, 200, call.service().policies().coverage(call.caller));
}

void list_versions(Call& call) {
  const auto before = query_number(call, "before", 0);
  const auto limit = query_limit(call);
  if (!before || !limit) return answer(call.reply, before ? limit.error() : before.error());
  answer_reading(call, call.service().policies().versions(call.caller, *before, *limit));
}

void show_version(Call& call) {
  answer_reading(call, call.service().policies().version(call.caller, call.param("version")));
}

void list_proposals(Call& call) {
  answer(call.reply, 200, call.service().policies().proposals(call.caller));
}

void show_proposal(Call& call) {
  answer(call.reply, 200, call.service().policies().proposal(call.caller, call.param("id")));
}

void approve(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string digest = fields.text("digest");
  const auto expected = service::expected_newly_denied(fields);
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().policies().approve(call.caller, call.param("id"), digest, expected,
                                    answer_later(call, 200));
}

void refuse(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string note = fields.text_or("note", "");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().policies().refuse(call.caller, call.param("id"), note, answer_later(call, 200));
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
       .summary = "Check, test and simulate a policy set and publish it, or propose it where "
                  "another human must approve",
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
      {.method = "POST",
       .path = "/v1/policies/simulate",
       .operation = "simulatePolicies",
       .tag = "policies",
       .summary = "What publishing a policy set would do, tried on recent decisions, without "
                  "publishing it",
       .body = "PolicySet",
       .answer = "PolicyPreview",
       .handle = simulate},
      {.method = "GET",
       .path = "/v1/policies/schema",
       .operation = "showPolicySchema",
       .tag = "policies",
       .summary = "What policies can speak of: the Cedar schema of the approved tools",
       .answer = "PolicySchema",
       .handle = schema},
      {.method = "GET",
       .path = "/v1/policies/coverage",
       .operation = "showPolicyCoverage",
       .tag = "policies",
       .summary = "How far policies are enforced, by tier",
       .answer = "PolicyCoverage",
       .handle = coverage},
      {.method = "GET",
       .path = "/v1/policies/versions",
       .operation = "listPolicyVersions",
       .tag = "policies",
       .summary = "The versions that were in force, newest first",
       .answer = "PolicyVersionList",
       .query = {limit_parameter(50, 200),
                 {"before", "`next_before` of the page before", QueryType::kNumber}},
       .handle = list_versions},
      {.method = "GET",
       .path = "/v1/policies/versions/{version}",
       .operation = "showPolicyVersion",
       .tag = "policies",
       .summary = "One version by its number or digest, with texts and tests",
       .answer = "PolicyVersion",
       .handle = show_version},
      {.method = "GET",
       .path = "/v1/policies/proposals",
       .operation = "listPolicyProposals",
       .tag = "policies",
       .summary = "Policy sets that wait for another human",
       .answer = "PolicyProposalList",
       .handle = list_proposals},
      {.method = "GET",
       .path = "/v1/policies/proposals/{id}",
       .operation = "showPolicyProposal",
       .tag = "policies",
       .summary = "A proposal, what it loosens, and the set in force",
       .answer = "PolicyProposal",
       .handle = show_proposal},
      {.method = "POST",
       .path = "/v1/policies/proposals/{id}/approve",
       .operation = "approvePolicyProposal",
       .tag = "policies",
       .summary = "Publish a proposal of somebody else",
       .body = "PolicyApproval",
       .answer = "PolicyVersion",
       .handle = approve},
      {.method = "POST",
       .path = "/v1/policies/proposals/{id}/refuse",
       .operation = "refusePolicyProposal",
       .tag = "policies",
       .summary = "Refuse a proposal for good",
       .body = "Refusal",
       .answer = "PolicyProposal",
       .handle = refuse},
  };
}

}  // namespace ambit::doors::rest
