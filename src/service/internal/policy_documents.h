// The policy set as the registry stores it.
#pragma once

#include <memory>

#include "base/result.h"
#include "service/internal/context.h"
#include "text/json.h"

namespace ambit::service {

// Parses `{"policies": {"name": "text"}, "high_tier_needs": [...]}` into a state without a version.
Result<decision::PolicyState> policies_from_json(const text::Json& set);

// What keeps a parsed set from being published, as the findings of Policies::check.
text::JsonArray check_policies(const decision::PolicyState& state);

text::Json to_json(const decision::PolicyState& state);

// What a state's digest is of: texts and needs, without name and version.
text::Json policy_document(const decision::PolicyState& state);

// Puts the newest stored set in force; the default, which denies everything, when there is none.
Result<> load_policies(Context& context);

}  // namespace ambit::service
