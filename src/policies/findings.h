// What Ambit asks of a policy beyond the language: annotations that it acts on must be right.
#pragma once

#include <string>
#include <vector>

#include "cedar/diagnostic.h"
#include "decision/snapshot.h"
#include "text/json.h"

namespace ambit::policies {

struct Finding {
  std::string policy;  // its id; empty for what is about a whole text
  std::string reason;  // `policy.approvers`, and never changes meaning
  bool is_warning = false;
  cedar::Diagnostic diagnostic;
};

// What keeps a parsed set from being published, by policy.
std::vector<Finding> findings(const decision::PolicyState& state);

// `{"severity", "name", "policy", "code", "line", "column", "offset", "length", "message",
// "expected", "hint", "text"}`: enough for an editor. Lines and columns count from 1, columns in
// characters; offset and length are bytes.
text::Json to_json(const Finding& finding);

// Whether a policy of the set is enforced rather than only observed.
bool enforced(const cedar::Policy& policy);

}  // namespace ambit::policies
