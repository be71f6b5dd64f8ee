// The verdict on one action, and why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "domain/approval.h"
#include "domain/session.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::decision {

// The gates in the order in which they are asked; the first that says no decides.
enum class Gate { kLiveness, kScope, kLimits, kPolicy, kApproval, kNone };
std::string_view name_of(Gate gate);

struct Reason {
  std::string code;     // stable, listed in docs/reasons.md
  std::string message;  // for people
  std::string remedy;   // what would make the action allowed; empty: nothing the agent can do
};

struct PolicyFault {
  std::string policy;
  std::string message;
};

struct Decision {
  domain::Verdict verdict = domain::Verdict::kDeny;
  Gate gate = Gate::kNone;  // that said no; kNone on allow
  std::vector<Reason> reasons;
  std::vector<std::string> determining;  // policy ids
  std::vector<PolicyFault> faults;       // policies that failed to evaluate
  std::vector<std::string> observed;     // policies in observe mode that had something to say
  // What it would have been, had they been enforced; nothing where none had anything to say.
  std::optional<domain::Verdict> would;
  std::vector<std::string> obligations;
  std::vector<domain::Need> needs;  // on hold: who must approve
  std::string approval;             // on allow: the approval that is used up
  crypto::Digest snapshot;
  crypto::Digest action;       // domain::action_digest
  domain::SessionEvent delta;  // what the session becomes once the record is durable
};

text::Json to_json(const Decision& decision);

}  // namespace ambit::decision
