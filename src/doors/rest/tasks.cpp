#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void start(Call& call) {
  call.service().tasks().start(call.caller, call.body, answer_later(call, 201));
}

void list(Call& call) {
  answer_reading(call, call.service().tasks().list(call.caller, call.query("agent")));
}

void show(Call& call) {
  call.service().tasks().show(call.caller, call.param("id"), answer_later(call, 200));
}

void end(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string reason = fields.text("reason");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().tasks().end(call.caller, call.param("id"), reason, answer_later(call, 200));
}

void erase(Call& call) {
  domain::Fields fields(call.body, "body");
  const std::string reason = fields.text("reason");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().tasks().erase(call.caller, call.param("id"), reason, answer_later(call, 200));
}

std::function<void(Result<service::Credential>)> answer_credential(const Call& call) {
  return [reply = call.reply](Result<service::Credential> credential) {
    if (!credential) return answer(reply, credential.error());
    answer(reply, 201,
           text::to_json(text::Json::object({{"access_token", credential->token},
                                             {"token_type", credential->token_type},
                                             {"expires_in", credential->expires_in_s},
                                             {"task", credential->task},
                                             {"instance", credential->instance},
                                             {"session", credential->session}})));
  };
}

// The thumbprint of the key whose possession a DPoP proof without a token shows; empty when there
// is no proof.
Result<std::string> proved_key(const Call& call) {
  const net::HttpRequest& request = call.request();
  if (request.header_count("dpop") == 0) return std::string();
  const std::string uri = addressed_uri(request);
  // A repeated header reads as empty and is refused as malformed: it must not become a bearer.
  AMBIT_TRY(const identity::DpopProof proof,
            identity::verify_dpop(request.header("dpop"), {.method = request.method, .uri = uri},
                                  call.door.parts.clock->now(), call.door.claim_proofs));
  return proof.thumbprint;
}

void renew(Call& call) {
  if (!call.body.as_object().empty()) {
    return answer(call.reply,
                  Error{Code::kInvalid, "field.unknown",
                        "a renewal takes `{}`; to redeem a claim, send no `Authorization`"});
  }
  auto caller = authenticate(call.door, call.request());
  if (!caller) return answer(call.reply, caller.error());
  call.service().tasks().renew(*caller, answer_credential(call));
}

// Either redeems a claim, which is the proof of who asks, or renews the caller's own credential.
void credential(Call& call) {
  if (call.request().header_count("authorization") > 0) return renew(call);
  domain::Fields fields(call.body, "body");
  const std::string claim = fields.text("claim");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  // Before its proof is looked at and remembered: strangers must not use up the room for proofs.
  if (const auto good = call.service().tasks().check_claim(claim); !good) {
    return answer(call.reply, good.error());
  }
  const auto key = proved_key(call);
  if (!key) return answer(call.reply, key.error());
  call.service().tasks().admit(claim, *key, answer_credential(call));
}

}  // namespace

std::vector<Route> task_routes() {
  return {
      {.method = "POST",
       .path = "/v1/tasks",
       .operation = "startTask",
       .tag = "tasks",
       .summary = "Start a task; the claim in the answer admits one instance",
       .body = "TaskSpec",
       .status = 201,
       .answer = "TaskStarted",
       .handle = start},
      {.method = "GET",
       .path = "/v1/tasks",
       .operation = "listTasks",
       .tag = "tasks",
       .summary = "List tasks",
       .answer = "TaskList",
       .query = {{"agent", "only those of this agent"}},
       .handle = list},
      {.method = "GET",
       .path = "/v1/tasks/{id}",
       .operation = "showTask",
       .tag = "tasks",
       .summary = "Show one task",
       .answer = "Task",
       .handle = show},
      {.method = "POST",
       .path = "/v1/tasks/{id}/end",
       .operation = "endTask",
       .tag = "tasks",
       .summary = "End a task and everything that hangs from it, and verify that it ended",
       .body = "TaskEnd",
       .answer = "Task",
       .handle = end},
      {.method = "POST",
       .path = "/v1/tasks/{id}/erase",
       .operation = "eraseTask",
       .tag = "tasks",
       .summary = "Destroy the keys of what an ended task and its descendants left sealed in the "
                  "ledger, for good",
       .body = "TaskErase",
       .answer = "Erasure",
       .handle = erase},
      {.method = "POST",
       .path = "/v1/credentials",
       .operation = "issueCredential",
       .tag = "tasks",
       .summary = "Redeem a claim, or renew a key-bound credential with an empty object",
       .access = Access::kNobody,
       .body = "CredentialRequest",
       .status = 201,
       .answer = "Credential",
       .handle = credential},
  };
}

}  // namespace ambit::doors::rest
