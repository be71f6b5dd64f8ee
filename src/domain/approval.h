// Approvals: a human grant for exactly one action digest, once (Requirement G3).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::domain {

// Who must agree: `quorum` different humans of the approver class `approvers`.
struct Need {
  std::string approvers;  // name of a role, or the id of one human
  std::int64_t quorum = 1;

  friend bool operator==(const Need&, const Need&) = default;
};

struct Grant {
  std::string by;
  std::vector<std::string> classes;  // approver classes that this human stood for, own id included
  Time at;
};

struct Approval {
  std::string id;
  std::string action_digest;
  std::string task;
  std::string agent;
  std::string decision;  // the held decision that asked
  std::vector<Need> needs;
  std::vector<Grant> grants;
  ApprovalState state = ApprovalState::kPending;
  Time requested_at;
  Time expires_at;
  std::string closed_by;  // who refused
  std::string note;       // the refuser's words
  std::string used_by;    // the decision that used it
  // What the approver sees: call, diff, task, agent, owners, reasons. It may be large and never
  // changes, so that copies of an approval share it; null when it is not known.
  std::shared_ptr<const text::Json> view;
};

// Whether the grants so far satisfy every need: distinct humans per class, and none of them counted
// twice for one class.
bool satisfied(const std::vector<Need>& needs, const std::vector<Grant>& grants);

// Merges needs: per approver class the largest quorum.
std::vector<Need> merge(std::vector<Need> a, const std::vector<Need>& b);

text::Json to_json(const Approval& approval);
Result<Approval> approval_from_json(const text::Json& json);
text::Json to_json(const std::vector<Need>& needs);

}  // namespace ambit::domain
