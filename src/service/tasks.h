// Tasks: started, worked on with short-lived credentials, ended for good.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "service/caller.h"
#include "text/json.h"

namespace ambit::service {

struct Context;

// The answer to an admission or a renewal.
struct Credential {
  std::string token;       // secret
  std::string token_type;  // `DPoP` or `Bearer`
  std::int64_t expires_in_s = 0;
  std::string task;
  std::string instance;
  std::string session;
};

class Tasks {
 public:
  explicit Tasks(Context& context) : context_(context) {}

  // Starts a task (domain::task_from_spec) for an active agent. The answer is the task and `claim`,
  // a secret that admits one instance within `claim_lifetime`. Needs the role operator, or the task
  // credential of the parent named in the spec. Errors: `identity.not_active`, `agent.incomplete`,
  // `scope.widened`, `task.depth`, `task.too_many`, ...
  void start(const Caller& caller, const text::Json& spec,
             std::function<void(Result<text::Json>)> done);

  // Redeems a claim: admits an instance and gives it its first credential. With a key thumbprint
  // (whose possession the door has verified) the credential is bound to that key; without, it is a
  // bearer. `instance.key_in_use` when any instance has the key already.
  // Whether the claim can be redeemed now; else `claim.unknown`.
  Result<> check_claim(std::string_view claim) const;
  void admit(std::string_view claim, const std::string& key_thumbprint,
             std::function<void(Result<Credential>)> done);

  // A fresh credential for the instance of a key-bound task caller.
  void renew(const Caller& caller, std::function<void(Result<Credential>)> done);

  void show(const Caller& caller, const std::string& task,
            std::function<void(Result<text::Json>)> done) const;
  // The newest tasks, of all agents where `agent` is empty. What is returned reads them, once, on
  // any thread while the service lives: hundreds take longer than the loop may.
  Result<std::function<Result<text::Json>()>> list(const Caller& caller,
                                                   const std::string& agent) const;

  // Ends a task and all its descendants at once: credentials, held calls, pending approvals and
  // child servers end with it, whether or not the ledger can be written. `done` comes when the end
  // is recorded and has been verified by probing; the answer is the task with its `end_report`.
  void end(const Caller& caller, const std::string& task, const std::string& reason,
           std::function<void(Result<text::Json>)> done);

  // Destroys, for good, the keys under which the records of an ended task and of its descendants
  // sealed their values, or the key of a past day (`day_20260131`), under which those stand that
  // belong to no known task. The act is recorded first, with the reason. Proofs stay valid. Needs a
  // human with the role security; a reason. `done` comes when the bytes of the keys are gone; the
  // answer names them, and how many records they sealed. Errors: `task.unknown`, `task.open`,
  // `task.erased`, `erase.reason`, `erase.held` when a retention hold covers one of the records.
  // Where the store fails once the act is recorded, its error is told and the sweep tries again.
  void erase(const Caller& caller, const std::string& task, const std::string& reason,
             std::function<void(Result<text::Json>)> done);

 private:
  Context& context_;
};

}  // namespace ambit::service
