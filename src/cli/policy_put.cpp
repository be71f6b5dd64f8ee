// `ambit policy put` and `show`: publishing a set, and the one in force.
#include <charconv>

#include "cli/internal/files.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_files.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/simulation_view.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

// `approver:2` of --high-tier.
Result<Json> need_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  std::int64_t quorum = 1;
  bool valid = colon != 0 && !text.empty();
  if (colon != std::string::npos) {
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, quorum);
    valid = valid && read.ec == std::errc() && read.ptr == end && quorum > 0;
  }
  if (!valid) {
    return fail(Code::kInvalid, "usage.high_tier",
                "`" + text + "` is not APPROVERS or APPROVERS:QUORUM, such as `approver:2`");
  }
  return Json::object({{"approvers", text.substr(0, colon)}, {"quorum", quorum}});
}

void add_tiers(FieldList& fields, const domain::TierTable& tiers) {
  for (const domain::Tier tier : domain::kTiers) {
    const domain::TierControls& controls = tiers[tier];
    const std::string name = std::string(domain::name_of(tier)) + " tier";
    for (const auto& need : controls.approval) {
      fields.add(name + " needs", std::to_string(need.quorum) + " of `" + need.approvers + "`");
    }
    if (controls.max_tools > 0) {
      fields.add(name + " tools", "at most " + std::to_string(controls.max_tools) + " in a task");
    }
    if (controls.credential_lifetime.ms > 0) {
      fields.add(name + " credentials",
                 "at most " + std::to_string(controls.credential_lifetime.ms / 1000) + " s");
    }
  }
}

void print_summary(std::ostream& out, const Paint& paint, const Json& set) {
  FieldList fields;
  fields.add("version", scalar_of(set, "version"));
  fields.add("digest", scalar_of(set, "digest"));
  const Json* policies = set.find("policies");
  if (policies != nullptr && policies->is_object()) {
    std::vector<std::string> names;
    for (const auto& [name, text] : policies->as_object()) names.push_back(name);
    fields.add("texts", join(names));
  }
  if (const auto tiers = tiers_of(set)) add_tiers(fields, *tiers);
  fields.add("author", scalar_of(set, "author"));
  fields.add("approved by", scalar_of(set, "approved_by"));
  fields.add("published at", scalar_of(set, "published_at"));
  fields.add("note", scalar_of(set, "note"));
  fields.print(out, paint);
}

void print_texts(std::ostream& out, const Paint& paint, const Json& set) {
  print_summary(out, paint, set);
  const Json* policies = set.find("policies");
  if (policies == nullptr || !policies->is_object()) return;
  for (const auto& [name, text] : policies->as_object()) {
    out << "\n" << paint(Colour::kBold, "// " + visible(name)) << "\n";
    const std::string body = text.is_string() ? text.as_string() : "";
    for (std::size_t start = 0; start < body.size();) {
      const std::size_t end = std::min(body.find('\n', start), body.size());
      out << visible(body.substr(start, end - start)) << "\n";
      start = end + 1;
    }
  }
}

void print_differences(std::ostream& out, const Json& answer) {
  for (const auto& loosened : texts_of(answer, "loosens")) {
    out << "  loosens: " << visible(loosened) << "\n";
  }
  for (const auto& widened : texts_of(answer, "widens")) {
    out << "  widens: " << visible(widened) << "\n";
  }
}

// What would come of it.
void print_preview(std::ostream& out, const Paint& paint, const Json& answer) {
  const std::string outcome = scalar_of(answer, "outcome");
  if (outcome == "refused") {
    out << paint(Colour::kRed, "would be refused") << ": " << visible(scalar_of(answer, "problem"))
        << "\n";
  } else if (outcome == "proposed") {
    out << paint(Colour::kYellow, "would be proposed")
        << ": another human with the role `security` must approve it\n";
  } else {
    out << paint(Colour::kGreen, "would be published") << "\n";
  }
  print_differences(out, answer);
  print_simulation(out, paint, answer);
}

// A version, or a proposal with what to do next.
void print_published(std::ostream& out, const Paint& paint, const Json& answer) {
  if (scalar_of(answer, "state") != "open") {
    print_summary(out, paint, answer);
    return print_simulation(out, paint, answer);
  }
  const std::string id = scalar_of(answer, "id");
  out << paint(Colour::kYellow, "not yet in force") << ": another human with the role `security` "
      << "must approve it\n";
  print_differences(out, answer);
  print_simulation(out, paint, answer);
  out << "they run: ambit policy approve " << visible(id) << "\n";
}

Result<Json> set_to_put(Call& call, const std::vector<PolicyFile>& files) {
  Json set = set_of(files);
  if (call.arguments.given("high-tier")) {
    Json needs = Json::array();
    for (const std::string& text : call.arguments.texts("high-tier")) {
      AMBIT_TRY(Json need, need_of(text));
      needs.push_back(std::move(need));
    }
    set.set("high_tier_needs", std::move(needs));
  }
  if (call.arguments.given("tiers")) {
    AMBIT_TRY(auto tiers, read_tiers(call.arguments.text("tiers"), call.console));
    set.set("tiers", std::move(tiers.json));
  }
  if (call.arguments.given("tests")) {
    AMBIT_TRY(Json suites, suites_for(files, call.arguments.texts("tests"), call.console));
    set.set("tests", std::move(suites));
  }
  if (call.arguments.given("note")) set.set("note", call.arguments.text("note"));
  return set;
}

void print_refused(Call& call, const std::vector<decision::PolicyFinding>& findings) {
  Json list = Json::array();
  for (const auto& found : findings) {
    if (!call.wants_json()) print_finding(call.console.out, paint_for(call.console), found);
    list.push_back(decision::to_json(found));
  }
  if (!call.wants_json()) return;
  call.console.out << text::to_json(Json::object({{"ok", false}, {"findings", list}})) << "\n";
}

Result<int> put(Call& call) {
  AMBIT_TRY(const auto files, read_policy_files(call.arguments.texts("FILE"), call.console));
  if (const auto findings = syntax_findings(files); !findings.empty()) {
    print_refused(call, findings);
    return kExitRefused;
  }
  AMBIT_TRY(Json set, set_to_put(call, files));
  AMBIT_CHECK_OK(add_expected(call, set));
  if (!call.arguments.given("dry-run")) {
    return print(call, call.api.put(path_of({"policies"}), set), print_published);
  }
  AMBIT_TRY(const auto answer, call.api.post(path_of({"policies", "simulate"}), set));
  print(call, answer,
        [&](const Paint& paint) { print_preview(call.console.out, paint, answer.json); });
  return scalar_of(answer.json, "outcome") == "refused" ? kExitRefused : kExitOk;
}

Result<int> show(Call& call) {
  const std::string& version = call.arguments.text("version");
  const std::string path =
      version.empty() ? path_of({"policies"}) : path_of({"policies", "versions", version});
  return print(call, call.api.get(path), print_texts);
}

}  // namespace

Verb policy_put_verb() {
  return Verb::of(
      "policy", "put", "publish these files as the whole policy set",
      "ambit policy put policies/base.cedar policies/files.cedar\n"
      "ambit policy put policies/base.cedar --dry-run\n"
      "ambit policy put policies/base.cedar --tests policies/base.test.json --note \"ticket 7\"",
      {policy_files_param(),
       option("--high-tier", "APPROVERS:N",
              "who approves high-tier actions that no policy names approvers "
              "for, and how many (approver:1); repeat")
           .many(),
       tiers_param(),
       option("--tests", "FILE",
              "test documents, or a folder of them, that the set must pass and that stay with it")
           .many(),
       option("--note", "TEXT", "why, for whoever reviews it"),
       flag("--dry-run", "say what it would do, tried on recent decisions, and publish nothing"),
       expect_denied_param()},
      put);
}

Verb policy_show_verb() {
  return Verb::of("policy", "show", "show the policy set in force, or an earlier version",
                  "ambit policy show\nambit policy show --version 3",
                  {option("--version", "N", "a version by its number or digest")}, show);
}

}  // namespace ambit::cli
