// Whether policies fit what they speak of: a misspelt argument or a number compared with a text is
// found when the policy is written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar/policy.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/validator.h"
#include "text/json.h"

namespace ambit::decision {

struct PolicyFinding {
  enum class Severity { kError, kWarning };

  Severity severity = Severity::kError;
  std::string code;              // `cedar.validation.attribute_not_found`; never changes meaning
  std::string policy_id;         // empty where the text does not parse
  cedar::Diagnostic diagnostic;  // `source` is the name of the text
  // The first kind of request that shows it, where it depends on the request.
  std::optional<cedar::RequestEnvironment> environment = {};
};

// What the schema of the tools there are says of policies; errors first. A policy that applies to
// no tool now is a warning: the tool may come later.
std::vector<PolicyFinding> check_policies(const cedar::PolicySet& policies,
                                          const cedar::Schema& schema);

// Every text by itself, so that one that does not parse hides nothing of the others; and all that
// parse against the schema.
std::vector<PolicyFinding> check_texts(const std::vector<cedar::PolicyText>& texts,
                                       const cedar::Schema& schema);

// For editors: `{"name", "policy", "severity", "code", "line", "column", "offset", "length",
// "message", "expected", "hint", "text"}`, where `expected` lists what would have been right.
// `line` and `column` count from 1, `column` in characters; `offset` and `length` are bytes; where
// there is no place, `length` is 0. `text` is the line. With an environment, `"request":
// {"principal", "action", "resource"}`.
text::Json to_json(const PolicyFinding& finding);

// Whether anything of it keeps the policies from being published.
bool has_errors(const std::vector<PolicyFinding>& findings);

}  // namespace ambit::decision
