// Cedar's JSON form of policies, templates and policy sets (the "EST").
#pragma once

#include <string>

#include "base/result.h"
#include "cedar/ast.h"
#include "cedar/policy.h"
#include "text/json.h"

namespace ambit::cedar {

// What the readers below read back to a policy that says the same. Writing fails only when a row of
// `&&` or `||` is so long that its JSON, which nests them, would be deeper than
// kMaxPolicyJsonDepth: reason `cedar.policy_json_depth`.
Result<text::Json> policy_to_json(const Policy& policy);
Result<text::Json> template_to_json(const Template& policy_template);
Result<text::Json> expression_to_json(const Expr& expr);

// `{"staticPolicies": {ID: POLICY}, "templates": {ID: TEMPLATE}, "templateLinks": [{"templateId",
// "newId", "values": {"?principal": ENTITY}}]}`. Ids stand in the order of the set.
Result<text::Json> policy_set_to_json(const PolicySet& policies);

// Readers. They refuse what they do not know, members included. Error reason `cedar.policy_json`;
// the message says where within the JSON. A policy's text is what to_cedar_text() prints, and its
// spans are empty.

// Refuses a template.
Result<Policy> policy_from_json(const text::Json& json, std::string id);
// Refuses a policy without slots.
Result<Template> template_from_json(const text::Json& json, std::string id);
Result<ExprPtr> expression_from_json(const text::Json& json);
// Each of the three members may be missing. Other errors as in PolicySet::make().
Result<PolicySet> policy_set_from_json(const text::Json& json);

}  // namespace ambit::cedar
