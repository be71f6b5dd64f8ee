// The Cedar schema of everything that a policy of Ambit can speak of: what docs/policies.md says in
// prose, for the tools that there are.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cedar_schema/schema.h"
#include "cedar_schema/schema_fragment.h"
#include "domain/tool.h"

namespace ambit::decision {

// One action for each tool, `Ambit::Action::"server___tool"`, whose context is what decide() puts
// into requests for it; and the actions that they are members of. Tools without a binding can never
// be called and are left out. Preconditions: no null pointers, each tool once.
cedar::SchemaFragment policy_schema(const std::vector<std::shared_ptr<const domain::Tool>>& tools);

// The same, resolved. Errors as in cedar::Schema::resolve(); only for sets of tools that are too
// large.
Result<cedar::Schema> resolved_policy_schema(
    const std::vector<std::shared_ptr<const domain::Tool>>& tools);

}  // namespace ambit::decision
