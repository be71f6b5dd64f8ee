// What Ambit asks of a policy beyond the language: annotations that it acts on must be right.
#pragma once

#include <vector>

#include "decision/policy_check.h"
#include "decision/policy_state.h"

namespace ambit::policies {

// What keeps a parsed set from being published, then as warnings what is hardly meant: an
// annotation that is nearly one of Ambit's, an `@id` that is not the only one of its text. At most
// 200. Codes begin with `policy.`.
std::vector<decision::PolicyFinding> findings(const decision::PolicyState& state);

}  // namespace ambit::policies
