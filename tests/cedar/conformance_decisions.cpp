#include <algorithm>
#include <cctype>
#include <utility>

#include "cedar_schema/conformance.h"
#include "conformance_checks.h"

namespace ambit::conformance {
namespace {

using cedar::Entities;
using cedar::Policy;
using cedar::PolicySet;
using cedar::Request;
using text::Json;

constexpr const char* kKind = "decisions";

// What a request came to, in the form the tests state it.
struct Outcome {
  std::string decision;
  std::vector<std::string> reasons;
  std::vector<std::string> errors;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// One way of reading the policies and entities of a test.
struct Reading {
  std::string name;
  PolicySet policies;
  Entities entities;
};

std::vector<std::string> sorted(std::vector<std::string> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<PolicySet> reprinted(const PolicySet& policies) {
  std::string text;
  for (const Policy& policy : policies.policies()) text += to_cedar_text(policy);
  auto again = PolicySet::parse(text);
  if (!again) return bad("printed policies cannot be read: " + again.error().message + "\n" + text);
  const auto same = [](const Policy& a, const Policy& b) { return same_policy(a, b); };
  if (!std::equal(policies.policies().begin(), policies.policies().end(), again->policies().begin(),
                  again->policies().end(), same)) {
    return bad("printed policies read differently:\n" + text);
  }
  return again;
}

// The entities of a test. Those that are wrong on purpose, as a validation file beside the test
// tells, are read without the schema.
Result<Entities> entities_of(const Json& json, const TestFile& test, const Folder& folder) {
  auto entities = read_entities(json, test);
  if (entities || !folder.sibling(test.path, kValidation)) return entities;
  return read_entities_without_schema(json);
}

Result<std::vector<Reading>> read_test(const TestFile& test, const Folder& folder) {
  AMBIT_TRY(const PolicySet policies, read_policies(test, folder));
  AMBIT_TRY(const Json json, read_entities_json(test, folder));
  AMBIT_TRY(const Entities entities, entities_of(json, test, folder));
  AMBIT_TRY(const PolicySet printed, reprinted(policies));
  AMBIT_TRY(const Json written, entities.to_json());
  AMBIT_TRY(const Entities read_again, Entities::from_json(written));
  std::vector<Reading> out{{"as written", policies, entities},
                           {"policies printed and read again", printed, entities},
                           {"entities written and read again", policies, read_again}};
  if (test.schema) {
    AMBIT_TRY(const Entities guided, entities_of(written, test, folder));
    out.push_back({"entities written and read again by the schema", policies, guided});
  }
  return out;
}

std::vector<std::string> read_ids(const Json& request, const char* member) {
  std::vector<std::string> out;
  const Json* ids = request.find(member);
  if (ids == nullptr || !ids->is_array()) return out;
  for (const Json& id : ids->as_array()) {
    if (id.is_string()) out.push_back(id.as_string());
  }
  return sorted(std::move(out));
}

Outcome expected_outcome(const Json& request) {
  std::string decision(request.string_or("decision", ""));
  std::transform(decision.begin(), decision.end(), decision.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {decision, read_ids(request, "reason"), read_ids(request, "errors")};
}

// Nothing is allowed without a reason: such a test does not say what its requests come to.
bool is_unstated(const Outcome& expected) {
  return expected.decision == "allow" && expected.reasons.empty();
}

Outcome actual_outcome(const Request& request, const Reading& reading,
                       std::vector<std::string>& messages) {
  const auto answer = is_authorized(request, reading.policies, reading.entities);
  Outcome out{answer.allow ? "allow" : "deny", sorted(answer.determining), {}};
  for (const auto& error : answer.errors) {
    out.errors.push_back(error.policy->id);
    messages.push_back(error.policy->id + ": " + error.message);
  }
  out.errors = sorted(std::move(out.errors));
  return out;
}

std::string describe(const Outcome& outcome) {
  std::string out = outcome.decision + ", reasons [";
  for (const std::string& id : outcome.reasons) out += " " + id;
  out += " ], errors [";
  for (const std::string& id : outcome.errors) out += " " + id;
  return out + " ]";
}

// What is wrong with the outcome of a request, or nothing.
Result<void> run_request(const Json& json, const TestFile& test,
                         const std::vector<Reading>& readings) {
  AMBIT_TRY(const Request request, read_request(json, test));
  const Outcome expected = expected_outcome(json);
  for (const Reading& reading : readings) {
    std::vector<std::string> messages;
    const Outcome actual = actual_outcome(request, reading, messages);
    if (actual == expected) continue;
    std::string what =
        "expected " + describe(expected) + ", got " + describe(actual) + " (" + reading.name + ")";
    for (const std::string& message : messages) what += "\n    " + message;
    return bad(std::move(what));
  }
  return {};
}

}  // namespace

void check_decisions(const TestFile& test, const Folder& folder, Tally& tally) {
  const Json* requests = test.json.find("requests");
  if (requests == nullptr || !requests->is_array() || requests->as_array().empty()) return;
  const auto readings = read_test(test, folder);
  std::size_t index = 0;
  for (const Json& request : requests->as_array()) {
    const std::string name = name_of_request(request, index++);
    if (is_unstated(expected_outcome(request))) continue;
    const Result<void> done =
        readings ? run_request(request, test, *readings) : Result<void>(fail(readings.error()));
    tally.check(kKind, test.path, done.has_value(), done ? "" : name + ": " + done.error().message);
  }
}

}  // namespace ambit::conformance
