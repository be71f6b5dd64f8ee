// What is checked of a policy without looking at types: whether the schema knows the names in it,
// and whether some request can be for it.
#pragma once

#include <string>
#include <vector>

#include "cedar/policy.h"
#include "cedar_schema/internal/typecheck_expr.h"
#include "cedar_schema/internal/validator_issues.h"
#include "cedar_schema/schema.h"

namespace ambit::cedar {

// Entity types and actions that are not in the schema, and ids that an enumerated type does not
// have.
void check_names(const CheckedProgram& program, const Schema& schema, NameSuggester& suggester,
                 IssueList& issues);

// The entities that a link fills in. Precondition: the policy is a link of a template with these
// slots.
void check_link_names(const Policy& link, OpenSlots slots, const Schema& schema,
                      NameSuggester& suggester, IssueList& issues);

// Whether there is an action that the head allows, for a principal and a resource that it allows.
void check_application(const Policy& policy, OpenSlots slots, const Schema& schema,
                       IssueList& issues);

// The actions that the head allows; none when it names one that is not in the schema.
std::vector<const SchemaAction*> actions_in_scope(const ActionScope& scope, const Schema& schema);

// The types that a slot can be filled with when `variable_type` is that of its variable. Empty when
// the slot is not open.
std::vector<const std::string*> slot_types(const EntityScope& scope, bool open,
                                           const std::string& variable_type, const Schema& schema);

}  // namespace ambit::cedar
