#include "profiles/import.h"

#include <algorithm>
#include <utility>

#include "cedar/policy_json.h"
#include "profiles/internal/rewriter.h"

namespace ambit::profiles {
namespace {

void append_comment(std::string& out, std::string_view text) {
  out += "// ";
  for (const char c : text) out += c == '\n' || c == '\r' ? ' ' : c;
  out += '\n';
}

Result<ImportedPolicy> import_policy(Profile profile, const cedar::Policy& policy,
                                     std::string_view source, const ImportOptions& options) {
  ImportedPolicy out;
  out.id = policy.id;
  out.effect = policy.effect;
  out.place.span = policy.span;
  cedar::locate(out.place, source);
  AMBIT_TRY(const text::Json json, cedar::policy_to_json(policy));
  Rewriter rewriter(profile, options);
  const text::Json rewritten = rewriter.rewrite(json);
  out.notes = rewriter.notes();
  if (rewriter.blocked()) return out;
  AMBIT_TRY(const cedar::Policy made, cedar::policy_from_json(rewritten, policy.id));
  out.text = cedar::to_cedar_text(made);
  return out;
}

}  // namespace

bool Import::is_safe() const {
  return std::none_of(policies.begin(), policies.end(), [](const ImportedPolicy& policy) {
    return policy.effect == cedar::Effect::kForbid && !policy.carried();
  });
}

std::string Import::text() const {
  std::string out;
  for (const ImportedPolicy& policy : policies) {
    if (!out.empty()) out += '\n';
    const std::string place = "`" + policy.id + "`, line " + std::to_string(policy.place.line);
    if (!policy.carried()) append_comment(out, place + " is left out:");
    for (const ImportNote& note : policy.notes) append_comment(out, note.message);
    if (policy.carried()) out += policy.text;
  }
  return out;
}

Result<Import> import_policies(Profile profile, std::string_view text,
                               const ImportOptions& options) {
  AMBIT_TRY(const auto policies, cedar::PolicySet::parse(text));
  Import out;
  for (const cedar::Policy& policy : policies.policies()) {
    AMBIT_TRY(ImportedPolicy imported, import_policy(profile, policy, text, options));
    out.policies.push_back(std::move(imported));
  }
  for (const cedar::Template& one : policies.templates()) {
    ImportedPolicy left_out;
    left_out.id = one.body.id;
    left_out.effect = one.body.effect;
    left_out.place.span = one.body.span;
    cedar::locate(left_out.place, text);
    left_out.notes.push_back({true, "profile.template", "templates are not carried over"});
    out.policies.push_back(std::move(left_out));
  }
  return out;
}

}  // namespace ambit::profiles
