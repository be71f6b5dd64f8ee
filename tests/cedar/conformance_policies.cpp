// What the validator says of policies.
#include <set>
#include <utility>

#include "cedar_schema/validator.h"
#include "conformance_checks.h"

namespace ambit::conformance {
namespace {

using cedar::PolicySet;
using cedar::ValidationMode;
using cedar::ValidationResult;
using text::Json;

std::string messages_of(const ValidationResult& result) {
  std::string out;
  for (const auto& issue : result.errors) out += "\n    " + issue.summary();
  return out;
}

std::set<std::string> wrong_policies(const ValidationResult& result) {
  std::set<std::string> out;
  for (const auto& issue : result.errors) out.insert(issue.policy_id);
  return out;
}

void check_mode(const fs::path& path, const Json& expected, const char* mode_name,
                const ValidationResult& result, Tally& tally) {
  const std::string kind = std::string(mode_name) + " validation";
  const auto check = [&](const std::string& name, const Json& entry, bool actual) {
    const Json* stated = entry.find(mode_name);
    if (stated == nullptr || !stated->is_bool()) return;
    tally.check(kind, path, stated->as_bool() == actual,
                name + ": expected " + (stated->as_bool() ? "valid" : "invalid") +
                    (actual ? ", got valid" : ", got invalid" + messages_of(result)));
  };
  check("all policies", expected, result.passed());
  const Json* per_policy = expected.find("perPolicy");
  if (per_policy == nullptr || !per_policy->is_object()) return;
  const std::set<std::string> wrong = wrong_policies(result);
  for (const auto& [id, entry] : per_policy->as_object()) check(id, entry, !wrong.contains(id));
}

// Whether a validation file beside the test states the same of its policies. Where it does not,
// `shouldValidate` is about the entities or requests of the test.
bool is_about_policies(const TestFile& test, bool should_validate, const Folder& folder) {
  const auto path = folder.sibling(test.path, kValidation);
  if (!path) return true;
  const auto json = read_json(*path);
  const Json* policies = json ? json->find("policyValidation") : nullptr;
  const Json* strict = policies != nullptr ? policies->find("strict") : nullptr;
  return strict == nullptr || !strict->is_bool() || strict->as_bool() == should_validate;
}

}  // namespace

void check_should_validate(const TestFile& test, const Folder& folder, Tally& tally) {
  const Json* stated = test.json.find("shouldValidate");
  if (!test.schema || stated == nullptr || !stated->is_bool()) return;
  if (!is_about_policies(test, stated->as_bool(), folder)) return;
  const auto policies = read_policies(test, folder);
  if (!policies) return tally.failed("shouldValidate", test.path, policies.error().message);
  const ValidationResult result = validate(*policies, *test.schema, ValidationMode::kStrict);
  tally.check("shouldValidate", test.path, result.passed() == stated->as_bool(),
              stated->as_bool() ? "expected valid, got invalid" + messages_of(result)
                                : "expected invalid, got valid");
}

void check_policy_validation(const fs::path& path, const Json& expected, const TestFile& test,
                             const Folder& folder, Tally& tally) {
  const auto policies = read_policies(test, folder);
  if (!policies) return tally.failed("strict validation", path, policies.error().message);
  check_mode(path, expected, "strict", validate(*policies, *test.schema, ValidationMode::kStrict),
             tally);
  check_mode(path, expected, "permissive",
             validate(*policies, *test.schema, ValidationMode::kPermissive), tally);
}

}  // namespace ambit::conformance
