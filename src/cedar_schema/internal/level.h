// How far from the request a policy reaches into the entities (Cedar RFC 76).
#pragma once

#include <cstddef>
#include <vector>

#include "cedar_schema/internal/typecheck.h"

namespace ambit::cedar {

// Reports what needs more than `max_level` steps, and attributes, tags and ancestors of entities
// that the policy names itself. `notes` are of checking the program for this environment.
void check_level(const CheckedProgram& program, const std::vector<CheckedNote>& notes,
                 const CheckedEnvironment& environment, std::size_t max_level, IssueList& issues);

}  // namespace ambit::cedar
