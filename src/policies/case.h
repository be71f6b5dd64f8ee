// Test cases of a policy set: one request each, and how it must be answered.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "decision/decide.h"
#include "domain/approval.h"
#include "domain/tier_table.h"
#include "text/json.h"

namespace ambit::policies {

// Cases of one set, all its test documents together.
inline constexpr std::size_t kMaxCases = 2000;

// A request with everything around it in order, so that policies alone decide: agent and task are
// live, the call is in scope, no limit is reached.
struct Question {
  decision::Snapshot rest;  // without policies, session and approval
  domain::Action action;
  domain::SessionState session;
  std::optional<domain::Approval> approval;

  // With `policies`; points into this question.
  decision::Snapshot snapshot(std::shared_ptr<const decision::PolicyState> policies) const;
};

// Reads the `request` of a case; docs/formats/policy-tests.md lists its members. Error reason
// `policy.test`.
Result<Question> question_from_json(const text::Json& request, const std::string& path);

// What is not given may be anything.
struct Expectation {
  domain::Verdict verdict = domain::Verdict::kDeny;
  std::optional<std::vector<std::string>> reasons;   // codes
  std::optional<std::vector<std::string>> policies;  // that determine it, by label_of()
  std::optional<std::vector<std::string>> observed;  // by label_of()
  std::optional<domain::Verdict> would;
  std::optional<std::vector<domain::Need>> needs;
  std::optional<std::vector<std::string>> obligations;
};

// What the cases of a document are about that is not about the whole set: some of its texts, by
// name, with a tier table of their own.
struct Part {
  std::vector<std::string> texts;
  domain::TierTable tiers;
};

struct Case {
  std::string suite;  // the test document it stands in
  std::string name;
  std::shared_ptr<const Part> part;  // one for all cases of a document; null: the whole set
  Question question;
  Expectation expect;
};

// Reads one test document `{"defaults"?: REQUEST, "policies"?: [NAME], "tiers"?: TABLE, "cases":
// [{"name", "request", "expect"}]}`; the members of `defaults` stand in for those that a request
// does not have. Error reason `policy.test`, naming the case.
Result<std::vector<Case>> cases_from_json(const std::string& suite, const text::Json& document);

struct CaseResult {
  std::string suite;
  std::string name;
  std::vector<std::string> problems;  // "verdict is `allow`, expected `hold`"; empty: passed
  decision::Decision decision;

  bool passed() const { return problems.empty(); }
};

// Asks one case of a set, whatever part of one it is about.
CaseResult run(const Case& test, const std::shared_ptr<const decision::PolicyState>& policies);

// Asks each case of the set, or of the part of it that the case is about. One that is about a text
// that the set does not have fails.
std::vector<CaseResult> run_all(const std::vector<Case>& tests,
                                const std::shared_ptr<const decision::PolicyState>& policies);

// How a policy is called in expectations and reports: its `@id`, or its id where it has none.
std::string label_of(const cedar::Policy& policy);
std::string label_of(const cedar::PolicySet& set, const std::string& id);

}  // namespace ambit::policies
