#include "service/internal/live_schema.h"

#include <algorithm>

#include "cedar_schema/schema.h"
#include "decision/policy_schema.h"

namespace ambit::service {

cedar::SchemaFragment live_schema(const World& world) {
  std::vector<std::shared_ptr<const domain::Tool>> tools;
  for (const auto& [name, entry] : world.tools) {
    const domain::ToolState state = entry.tool->state;
    if (state == domain::ToolState::kApproved || state == domain::ToolState::kFrozen) {
      tools.push_back(entry.tool);
    }
  }
  return decision::policy_schema(tools);
}

std::vector<decision::PolicyFinding> check_against(const cedar::SchemaFragment& tools,
                                                   const std::vector<cedar::PolicyText>& texts) {
  const auto schema = cedar::Schema::resolve({tools});
  if (schema) return decision::check_texts(texts, *schema);
  decision::PolicyFinding finding;
  finding.code = schema.error().reason;
  finding.diagnostic.message =
      "the tools cannot be expressed as a schema: " + schema.error().message;
  return {std::move(finding)};
}

Result<> refuse_errors(const std::vector<decision::PolicyFinding>& findings) {
  const auto errors = std::count_if(findings.begin(), findings.end(), [](const auto& finding) {
    return finding.severity == decision::PolicyFinding::Severity::kError;
  });
  if (errors == 0) return {};
  const decision::PolicyFinding& first = findings.front();
  const cedar::Diagnostic& place = first.diagnostic;
  std::string out = place.source + ":" + std::to_string(place.line) + ":" +
                    std::to_string(place.column) + ": policy `" + first.policy_id +
                    "`: " + place.message;
  if (!place.hint.empty()) out += " (" + place.hint + ")";
  if (errors > 1) out += ", and " + std::to_string(errors - 1) + " more";
  return fail(Code::kInvalid, "policy.refused", std::move(out));
}

std::vector<cedar::PolicyText> texts_of(const text::Json& set) {
  std::vector<cedar::PolicyText> out;
  const text::Json* policies = set.find("policies");
  if (!policies || !policies->is_object()) return out;
  for (const auto& [name, text] : policies->as_object()) {
    if (text.is_string()) out.push_back({name, text.as_string()});
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return out;
}

}  // namespace ambit::service
