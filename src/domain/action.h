// One attempted action, assembled: everything about the attempt itself that a decision reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/digest.h"
#include "domain/scope.h"
#include "domain/tool.h"
#include "text/json.h"

namespace ambit::domain {

// What a read-only call of Ambit's own found at the target just before the decision.
struct ProbeResult {
  bool present = false;    // something is there, or nobody can say
  bool unknown = false;    // nobody can say: access denied, a failure, words that mean neither
  crypto::Digest state;    // of what is there; all zero when nothing is
  std::string shown;       // the state as text, for the approver; bounded
  bool truncated = false;  // `shown` is not all of it
  std::string problem;     // the tool's words where the state could not be seen; bounded
};

// The effect of a call of a tool with a binding, given what its probe found.
Effect effect_of(const Tool& tool, const ProbeResult& probe);

struct Action {
  std::string id;  // of the decision: `dec_...`
  std::string agent;
  std::string task;
  std::string instance;
  std::string session;
  std::string credential;    // `jti` of the token, or the access token id of the enforcement point
  bool key_bound = false;    // the caller proved possession of the instance's key
  bool loopback = false;     // the attempt came over the loopback interface
  std::string channel;       // `mcp`, `authzen`, ...
  std::string requested_by;  // enforcement point that asked; empty: the agent itself

  std::string server;
  std::string tool;
  text::Json arguments;
  std::string canonical_arguments;  // exactly the bytes that are forwarded
  std::vector<Target> targets;
  std::optional<ProbeResult> probe;
  Effect effect;  // as bound, after the probe; an empty outcome is not yet known
  Tier tier = Tier::kLow;
  std::string intent;
  std::string justification;

  // What was wrong with the call before any rule was asked: arguments against the schema, a target
  // that could not be resolved. Empty `code` when nothing was. Decided on in the scope gate.
  std::string problem_code;
  std::string problem;

  std::string full_tool() const {
    std::string out;
    out.reserve(server.size() + 1 + tool.size());
    out.append(server).append(1, '/').append(tool);
    return out;
  }
};

// What an approval covers and nothing else: task, instance, tool as approved, canonical arguments,
// targets, outcome and the state that was shown (Requirement G3).
crypto::Digest action_digest(const Action& action, std::string_view tool_digest);

}  // namespace ambit::domain
