// For tests: a small schema, and what checking a condition against it finds.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cedar_schema/validator.h"

namespace ambit::cedar {

inline constexpr std::string_view kTestSchema = R"(
  entity Group in [Group];
  entity User in [Group] = {
    name: String, age?: Long, manager?: User, "odd name"?: Bool,
    address?: { city?: String, zip: String }, born: datetime, limit: decimal, from: ipaddr
  } tags String;
  entity Bot = { name: Long, owner: User };
  entity Color enum ["red", "green"];
  entity File in [Folder] = { owner: User, tagged: Set<String>, color?: Color };
  entity Folder in [Folder] = { name: String };
  action "all";
  action "view" in ["all"] appliesTo {
    principal: [User], resource: [File, Folder],
    context: { flag: Bool, n?: Long, nested: { a?: { b: Long } }, users: Set<User> }
  };
  action "run" appliesTo { principal: [User, Bot], resource: [Folder], context: {} };
)";

inline Schema test_schema() { return Schema::parse(kTestSchema).value(); }

// Precondition: it parses.
inline ValidationResult check_policy(std::string_view policy,
                                     ValidationMode mode = ValidationMode::kStrict) {
  return validate(PolicySet::parse(policy).value(), test_schema(), mode);
}

// The condition, for a user who views a file.
inline ValidationResult check_condition(std::string_view condition,
                                        ValidationMode mode = ValidationMode::kStrict) {
  return check_policy("permit(principal, action == Action::\"view\", resource is File) when { " +
                          std::string(condition) + " };",
                      mode);
}

inline std::vector<std::string> reasons(const std::vector<ValidationIssue>& issues) {
  constexpr std::string_view kPrefix = "cedar.validation.";
  std::vector<std::string> out;
  for (const ValidationIssue& issue : issues) out.push_back(issue.reason.substr(kPrefix.size()));
  return out;
}

// The reasons of all errors, separated by spaces; empty when there are none.
inline std::string errors_of(const ValidationResult& result) {
  std::string out;
  for (const std::string& reason : reasons(result.errors)) out += (out.empty() ? "" : " ") + reason;
  return out;
}

inline std::string warnings_of(const ValidationResult& result) {
  std::string out;
  for (const std::string& reason : reasons(result.warnings)) {
    out += (out.empty() ? "" : " ") + reason;
  }
  return out;
}

}  // namespace ambit::cedar
