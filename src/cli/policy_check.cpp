// `ambit policy check`: what is wrong with policies, and where.
#include <algorithm>

#include "cli/internal/files.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using Finding = decision::PolicyFinding;
using text::Json;

struct LocalCheck {
  std::size_t policies = 0;
  std::vector<Finding> findings;

  bool ok() const { return !decision::has_errors(findings); }
};

// Where all files can be read, checks what they say together.
LocalCheck check_files(const std::vector<PolicyFile>& files, const cedar::Schema* schema) {
  LocalCheck out;
  out.findings = syntax_findings(files);
  if (!out.findings.empty()) return out;
  const auto state = state_of(files);
  if (!state) {
    Finding whole;
    whole.code = state.error().reason;
    whole.diagnostic.message = state.error().message;
    out.findings.push_back(std::move(whole));
    return out;
  }
  out.policies = (*state)->set.policies().size();
  out.findings = policies::findings(**state);
  if (schema) {
    const auto found = decision::check_policies((*state)->set, *schema);
    out.findings.insert(out.findings.end(), found.begin(), found.end());
  }
  for (Finding& finding : out.findings) {
    const auto file = std::find_if(files.begin(), files.end(), [&](const PolicyFile& one) {
      return one.name == finding.diagnostic.source;
    });
    if (file != files.end()) finding.diagnostic.source = file->path;
  }
  return out;
}

// The same mistake is found once for every kind of request that shows it, one after the other.
bool is_same_mistake(const Finding& a, const Finding& b) {
  return a.environment && b.environment && a.code == b.code && a.policy_id == b.policy_id &&
         a.diagnostic.source == b.diagnostic.source &&
         a.diagnostic.span.offset == b.diagnostic.span.offset &&
         a.diagnostic.span.length == b.diagnostic.span.length && a.diagnostic.span.length > 0;
}

void print_findings(std::ostream& out, const Paint& paint, const std::vector<Finding>& findings) {
  for (std::size_t i = 0; i < findings.size();) {
    std::size_t next = i + 1;
    while (next < findings.size() && is_same_mistake(findings[i], findings[next])) ++next;
    print_finding(out, paint, findings[i]);
    if (const std::size_t others = next - i - 1; others > 0) {
      const std::string like = cedar::to_cedar_text(findings[i + 1].environment->action);
      out << "  so it is for " << others << " other kind" << (others == 1 ? "" : "s")
          << " of request, such as `" << visible(like) << "`"
          << (findings[i].code == "cedar.validation.attribute_not_found"
                  ? ": name the action in the head, or test with `has` first\n"
                  : "\n");
    }
    i = next;
  }
}

// A schema that does not parse is shown as a policy would be.
LocalCheck schema_findings(const std::string& path, const cedar::Diagnostic& found) {
  LocalCheck out;
  out.findings.push_back(syntax_finding({path, "", ""}, found));
  out.findings.front().code = "cedar.schema";
  return out;
}

int print_local(Call& call, const LocalCheck& checked, std::size_t files, bool validated) {
  const bool ok = checked.ok();
  if (call.wants_json()) {
    Json findings = Json::array();
    for (const auto& found : checked.findings) findings.push_back(decision::to_json(found));
    call.console.out << text::to_json(Json::object(
                            {{"ok", ok}, {"validated", validated}, {"findings", findings}}))
                     << "\n";
    return ok ? kExitOk : kExitRefused;
  }
  const Paint paint = paint_for(call.console);
  print_findings(call.console.out, paint, checked.findings);
  if (ok) {
    call.console.out << paint(Colour::kGreen, "ok") << ": " << checked.policies
                     << (checked.policies == 1 ? " policy" : " policies") << " in " << files
                     << (files == 1 ? " file" : " files")
                     << (validated ? "" : ", not validated: that takes `--schema` or `--online`")
                     << "\n";
  }
  return ok ? kExitOk : kExitRefused;
}

std::size_t size_of(const Json& found, const char* key) {
  const Json* number = found.find(key);
  return number && number->is_int() ? static_cast<std::size_t>(number->as_int()) : 0;
}

// A finding of the server, as decision::to_json() writes it, with the file for the text's name.
Finding finding_of(const Json& found, const std::vector<PolicyFile>& files) {
  Finding out;
  if (scalar_of(found, "severity") == "warning") out.severity = Finding::Severity::kWarning;
  out.code = scalar_of(found, "code");
  out.policy_id = scalar_of(found, "policy");
  cedar::Diagnostic& place = out.diagnostic;
  place.source = scalar_of(found, "name");
  for (const PolicyFile& file : files) {
    if (file.name == place.source) place.source = file.path;
  }
  place.span = {size_of(found, "offset"), size_of(found, "length")};
  place.line = size_of(found, "line");
  place.column = size_of(found, "column");
  place.message = scalar_of(found, "message");
  place.expected = texts_of(found, "expected");
  place.hint = scalar_of(found, "hint");
  place.line_text = scalar_of(found, "text");
  const Json* request = found.find("request");
  if (request == nullptr) return out;
  const auto action = cedar::EntityUid::parse(scalar_of(*request, "action"));
  if (!action) return out;
  out.environment = cedar::RequestEnvironment{scalar_of(*request, "principal"), *action,
                                              scalar_of(*request, "resource")};
  return out;
}

void print_online(Call& call, const Paint& paint, const Json& answer,
                  const std::vector<PolicyFile>& files) {
  std::ostream& out = call.console.out;
  std::vector<Finding> findings;
  for (const Json& found : items_of(answer, "findings")) {
    findings.push_back(finding_of(found, files));
  }
  print_findings(out, paint, findings);
  for (const Json& failed : items_of(answer, "failed_tests")) {
    out << paint(Colour::kRed, "test failed") << ": " << visible(scalar_of(failed, "suite")) << ", "
        << visible(scalar_of(failed, "case")) << ": "
        << visible(join(texts_of(failed, "problems"), "; ")) << "\n";
  }
  for (const auto& loosened : texts_of(answer, "loosens")) {
    out << paint(Colour::kYellow, "loosens") << ": " << visible(loosened) << "\n";
  }
  if (scalar_of(answer, "ok") == "true") {
    out << paint(Colour::kGreen, "ok") << ": the server accepts them";
    if (scalar_of(answer, "needs_review") == "true") {
      out << "; another human must approve their publication";
    }
    out << "\n";
  }
}

// What the server says beyond the files: its tools, its tests, what stands.
Result<int> check_online(Call& call, const std::vector<PolicyFile>& files) {
  Json set = set_of(files);
  if (call.arguments.given("tiers")) {
    AMBIT_TRY(auto tiers, read_tiers(call.arguments.text("tiers"), call.console));
    set.set("tiers", std::move(tiers.json));
  }
  if (call.arguments.given("tests")) {
    AMBIT_TRY(Json suites, suites_for(files, call.arguments.texts("tests"), call.console));
    set.set("tests", std::move(suites));
  }
  AMBIT_TRY(const auto answer, call.api.post(path_of({"policies", "check"}), set));
  print(call, answer, [&](const Paint& paint) { print_online(call, paint, answer.json, files); });
  return scalar_of(answer.json, "ok") == "true" ? kExitOk : kExitRefused;
}

Result<int> check(Call& call) {
  AMBIT_TRY(const auto files, read_policy_files(call.arguments.texts("FILE"), call.console));
  const std::string& schema_path = call.arguments.text("schema");
  std::optional<cedar::Schema> schema;
  if (!schema_path.empty()) {
    AMBIT_TRY(const std::string text, read_input(schema_path, call.console));
    if (is_json_schema(schema_path, text)) {
      AMBIT_TRY(schema, json_schema(schema_path, text));
    } else {
      auto parsed = cedar::parse_schema(text);
      if (!parsed) return print_local(call, schema_findings(schema_path, parsed.error()), 0, false);
      schema = *std::move(parsed);
    }
  }
  const LocalCheck checked = check_files(files, schema ? &*schema : nullptr);
  if (call.arguments.given("online") && checked.ok()) return check_online(call, files);
  return print_local(call, checked, files.size(), schema.has_value());
}

}  // namespace

Verb policy_check_verb() {
  return Verb::of(
      "policy", "check", "parse policies here and show what is wrong, without a server",
      "ambit policy check policies/files.cedar\n"
      "ambit policy check policies --schema policies/ambit.cedarschema --json\n"
      "ambit policy check --online policies/files.cedar",
      {policy_files_param(),
       option("--schema", "FILE", "validate against this schema (Cedar's syntax or JSON)"),
       flag("--online", "then ask the server too, which also says what publishing would loosen"),
       tiers_param(),
       option("--tests", "FILE", "with --online: test documents, or a folder of them").many()},
      check);
}

}  // namespace ambit::cli
