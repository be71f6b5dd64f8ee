// The policy set as callers send it and as the registry stores it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "policies/case.h"
#include "service/internal/context.h"
#include "text/json.h"

namespace ambit::service {

// A set as it was sent, read.
struct ParsedSet {
  decision::PolicyState state;  // without a version
  text::Json tests;             // as sent: from suite to test document
  std::string note;
  // How many recent decisions that pass now it may deny, as its author says; none: as Settings do.
  std::optional<std::uint64_t> expected_newly_denied;
  std::vector<policies::Case> cases;  // of all suites
};

// Reads `{"policies": {"name": "text"}, "high_tier_needs"?: [...], "tiers"?: {...}, "tests"?:
// {"suite": {...}}, "note"?: "why", "expected_newly_denied"?: N}`.
Result<ParsedSet> set_from_json(const text::Json& set);

// What keeps a set from being published: the first problem with what it says, or the test cases
// that fail under it. Takes as long as its tests do.
Result<> check_set(const ParsedSet& set);

// The set in force with how it came to be, as callers see it and as it is stored.
text::Json to_json(const decision::PolicyState& state, const Publication& publication);

// What a state's digest is of: texts and needs, without name and version.
text::Json policy_document(const decision::PolicyState& state);

// The key of the set in force; every other document of its kind is a proposal.
inline constexpr const char* kPolicyKey = "default";

// Puts the newest stored set in force, or the default, which denies everything, when there is none;
// and reads the proposals that are open.
Result<> load_policies(Context& context);

}  // namespace ambit::service
