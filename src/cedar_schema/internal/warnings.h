// Texts in a policy that can look like something they are not.
#pragma once

#include "cedar_schema/internal/typecheck_expr.h"
#include "cedar_schema/internal/validator_issues.h"

namespace ambit::cedar {

// Looks at strings and patterns, and more strictly at names: types, ids and attributes.
void check_texts(const CheckedProgram& program, IssueList& warnings);

}  // namespace ambit::cedar
