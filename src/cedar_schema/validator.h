// Checks policies against a schema before they are used: whether what they say of principals,
// actions, resources and contexts can be so.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cedar/diagnostic.h"
#include "cedar/policy.h"
#include "cedar/value.h"
#include "cedar_schema/schema.h"

namespace ambit::cedar {

enum class ValidationMode {
  kStrict,     // what Cedar asks for by default: no mixing of types, no `[]`
  kPermissive  // only what would be an error when the policy is evaluated
};

// One kind of request that a schema allows.
struct RequestEnvironment {
  std::string principal_type;
  EntityUid action;
  std::string resource_type;

  friend bool operator==(const RequestEnvironment&, const RequestEnvironment&) = default;
};

// One thing wrong with a policy, or suspicious in it.
struct ValidationIssue {
  std::string policy_id;
  std::string reason;     // `cedar.validation.attribute_not_found`, and never changes meaning
  Diagnostic diagnostic;  // of a policy that was not read from text, without place
  // The first kind of request that shows it. None for what does not depend on the request.
  std::optional<RequestEnvironment> environment;

  // Whether the diagnostic says where.
  bool has_place() const { return diagnostic.span.length > 0; }

  // One line: "policy `p`, line 3, column 14: there is no attribute `nme` on `User` (did you mean
  // `name`?)".
  std::string summary() const;

  // The summary, the line, and a caret under the place, for a terminal.
  std::string pretty() const;
};

// What was found, by policy in the order of the set, then by place; at most 200 errors and 200
// warnings of one policy. Warnings do not make a policy wrong.
struct ValidationResult {
  std::vector<ValidationIssue> errors;
  std::vector<ValidationIssue> warnings;

  bool passed() const { return errors.empty(); }
};

// Checks every policy and template for every kind of request that the schema allows, and of a link
// what it fills in. A policy without errors,
// evaluated on requests and entities that fit the schema, ends in an error only for an overflow or
// for an entity that is not there. Takes time linear in policies times kinds of request.
ValidationResult validate(const PolicySet& policies, const Schema& schema,
                          ValidationMode mode = ValidationMode::kStrict);

// The same, and of policies without errors reports those that need entities more than `max_level`
// steps of attributes, tags or ancestors away from principal, action, resource and context (Cedar
// RFC 76), or attributes of an entity that they name themselves.
ValidationResult validate_with_level(const PolicySet& policies, const Schema& schema,
                                     std::size_t max_level,
                                     ValidationMode mode = ValidationMode::kStrict);

}  // namespace ambit::cedar
