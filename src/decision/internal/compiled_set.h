// What compile() makes of a policy set.
#pragma once

#include <array>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cedar_engine/compiled_policies.h"
#include "cedar_engine/datum.h"
#include "decision/internal/context_fields.h"
#include "decision/policy_state.h"

namespace ambit::decision {

struct CompiledSet {
  std::shared_ptr<const cedar::CompiledPolicies> policies;
  std::array<cedar::NameId, kContextFields> context_names{};
  std::vector<std::string> approver_classes;  // that any policy asks for, in order
};

// The approver classes that any policy of the set asks for, in order.
std::vector<std::string> approver_classes(const PolicyState& state);

}  // namespace ambit::decision
