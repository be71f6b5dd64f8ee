#include "decision/policy_check.h"

#include <algorithm>
#include <iterator>

namespace ambit::decision {
namespace {

using Severity = PolicyFinding::Severity;
using text::Json;

PolicyFinding finding_of(cedar::ValidationIssue issue, Severity severity) {
  PolicyFinding out{severity, std::move(issue.reason), std::move(issue.policy_id),
                    std::move(issue.diagnostic), std::move(issue.environment)};
  if (out.code == "cedar.validation.no_applicable_action") out.severity = Severity::kWarning;
  return out;
}

PolicyFinding finding_of(cedar::Diagnostic diagnostic, const std::string& name) {
  PolicyFinding out;
  out.code = "cedar.syntax";
  out.diagnostic = std::move(diagnostic);
  out.diagnostic.source = name;
  return out;
}

std::int64_t number(std::size_t value) { return static_cast<std::int64_t>(value); }

void errors_first(std::vector<PolicyFinding>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const auto& a, const auto& b) { return a.severity < b.severity; });
}

}  // namespace

std::vector<PolicyFinding> check_policies(const cedar::PolicySet& policies,
                                          const cedar::Schema& schema) {
  cedar::ValidationResult result = cedar::validate(policies, schema);
  std::vector<PolicyFinding> out;
  for (auto& issue : result.errors) out.push_back(finding_of(std::move(issue), Severity::kError));
  for (auto& issue : result.warnings) {
    out.push_back(finding_of(std::move(issue), Severity::kWarning));
  }
  errors_first(out);
  return out;
}

std::vector<PolicyFinding> check_texts(const std::vector<cedar::PolicyText>& texts,
                                       const cedar::Schema& schema) {
  std::vector<PolicyFinding> out;
  std::vector<cedar::PolicyText> parsed;
  for (const cedar::PolicyText& text : texts) {
    auto errors = cedar::syntax_errors(text.text);
    if (errors.empty()) parsed.push_back(text);
    for (auto& error : errors) out.push_back(finding_of(std::move(error), text.name));
  }
  if (auto set = cedar::PolicySet::parse_named(std::move(parsed))) {
    auto found = check_policies(*set, schema);
    out.insert(out.end(), std::make_move_iterator(found.begin()),
               std::make_move_iterator(found.end()));
  } else {
    PolicyFinding finding;
    finding.code = set.error().reason;
    finding.diagnostic.message = set.error().message;
    out.push_back(std::move(finding));
  }
  errors_first(out);
  return out;
}

Json to_json(const PolicyFinding& finding) {
  const cedar::Diagnostic& found = finding.diagnostic;
  Json expected = Json::array();
  for (const std::string& item : found.expected) expected.push_back(item);
  Json out = Json::object({{"name", found.source},
                           {"policy", finding.policy_id},
                           {"severity", finding.severity == Severity::kError ? "error" : "warning"},
                           {"code", finding.code},
                           {"line", number(found.line)},
                           {"column", number(found.column)},
                           {"offset", number(found.span.offset)},
                           {"length", number(found.span.length)},
                           {"message", found.message},
                           {"expected", std::move(expected)},
                           {"hint", found.hint},
                           {"text", found.line_text}});
  if (finding.environment) {
    out.set("request", Json::object({{"principal", finding.environment->principal_type},
                                     {"action", cedar::to_cedar_text(finding.environment->action)},
                                     {"resource", finding.environment->resource_type}}));
  }
  return out;
}

bool has_errors(const std::vector<PolicyFinding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const PolicyFinding& finding) {
    return finding.severity == Severity::kError;
  });
}

}  // namespace ambit::decision
