// `ambit policy proposals`, `approve`, `refuse`, `versions`: the second human's part in publishing.
#include "cli/internal/output.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/simulation_view.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

void print_proposals(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"PROPOSAL", "AUTHOR", "SINCE", "LOOSENS", "WIDENS"});
  for (const Json& item : items_of(list)) {
    table.row({scalar_of(item, "id"), visible(scalar_of(item, "author")),
               scalar_of(item, "proposed_at"), std::to_string(texts_of(item, "loosens").size()),
               std::to_string(texts_of(item, "widens").size())});
  }
  table.print(out, paint, "no proposal waits");
}

void print_lines(std::ostream& out, const Paint& paint, const char* what, Colour colour,
                 const std::vector<std::string>& items) {
  for (const auto& item : items) out << paint(colour, what) << ": " << visible(item) << "\n";
}

void print_lined(std::ostream& out, const std::string& prefix, const std::string& text) {
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    out << prefix << visible(text.substr(start, end - start)) << "\n";
    start = end + 1;
  }
}

std::string text_called(const Json& set, const std::string& name) {
  const Json* policies = set.find("policies");
  return policies ? std::string(policies->string_or(name, "")) : std::string();
}

// What an approver must see: why one human is not enough, and both versions of what differs.
void print_proposal(std::ostream& out, const Paint& paint, const Json& proposal) {
  FieldList fields;
  fields.add("proposal", scalar_of(proposal, "id"));
  fields.add("author", scalar_of(proposal, "author"));
  fields.add("proposed at", scalar_of(proposal, "proposed_at"));
  fields.add("digest", scalar_of(proposal, "digest"));
  const Json* set = proposal.find("set");
  if (set) fields.add("note", scalar_of(*set, "note"));
  fields.print(out, paint);
  print_lines(out, paint, "loosens", Colour::kRed, texts_of(proposal, "loosens"));
  print_lines(out, paint, "widens", Colour::kYellow, texts_of(proposal, "widens"));
  print_lines(out, paint, "tightens", Colour::kGreen, texts_of(proposal, "tightens"));
  print_simulation(out, paint, proposal);
  const Json nothing = Json::object();
  const Json* before = proposal.find("in_force");
  if (!before) before = &nothing;
  const Json* texts = set ? set->find("policies") : nullptr;
  for (const auto& [name, text] :
       texts && texts->is_object() ? texts->as_object() : text::JsonObject()) {
    const std::string old = text_called(*before, name);
    if (text.is_string() && old == text.as_string()) continue;
    out << "\n" << paint(Colour::kBold, "// " + visible(name)) << "\n";
    print_lined(out, "- ", old);
    if (text.is_string()) print_lined(out, "+ ", text.as_string());
  }
  const Json* olds = before->find("policies");
  for (const auto& [name, text] :
       olds && olds->is_object() ? olds->as_object() : text::JsonObject()) {
    if (texts && texts->find(name)) continue;
    out << "\n" << paint(Colour::kBold, "// " + visible(name) + " (removed)") << "\n";
    if (text.is_string()) print_lined(out, "- ", text.as_string());
  }
}

void print_done(std::ostream& out, const Paint& paint, const Json& answer) {
  FieldList fields;
  for (const char* name : {"id", "state", "version", "digest", "author", "note"}) {
    fields.add(name, scalar_of(answer, name));
  }
  fields.add("approved by", scalar_of(answer, "approved_by"));
  fields.print(out, paint);
  print_simulation(out, paint, answer);
}

void print_versions(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"VERSION", "PUBLISHED", "AUTHOR", "APPROVED BY", "DIGEST"});
  for (const Json& item : items_of(list)) {
    table.row({scalar_of(item, "version"), scalar_of(item, "published_at"),
               visible(scalar_of(item, "author")), visible(scalar_of(item, "approved_by")),
               scalar_of(item, "digest")});
  }
  table.print(out, paint, "nothing was published yet");
  const std::string next = scalar_of(list, "next_before");
  if (!next.empty()) out << paint(Colour::kDim, "older ones: --before " + next) << "\n";
}

std::string path_to(const Call& call, const std::string& what = {}) {
  std::vector<std::string> segments{"policies", "proposals", call.arguments.text("ID")};
  if (!what.empty()) segments.push_back(what);
  return path_of(segments);
}

Result<int> proposals(Call& call) {
  if (call.arguments.given("ID")) return print(call, call.api.get(path_to(call)), print_proposal);
  return print(call, call.api.get(path_of({"policies", "proposals"})), print_proposals);
}

// Shows what is approved and asks, unless told not to.
Result<int> approve(Call& call) {
  AMBIT_TRY(const auto shown, call.api.get(path_to(call)));
  if (!call.wants_json()) {
    print_proposal(call.console.out, paint_for(call.console), shown.json);
  }
  if (!confirmed(call, "publish this set?")) return kExitRefused;
  Json body = Json::object({{"digest", scalar_of(shown.json, "digest")}});
  AMBIT_CHECK_OK(add_expected(call, body));
  return print(call, call.api.post(path_to(call, "approve"), body), print_done);
}

Result<int> refuse(Call& call) {
  Json body = Json::object();
  if (call.arguments.given("note")) body.set("note", call.arguments.text("note"));
  return print(call, call.api.post(path_to(call, "refuse"), body), print_done);
}

void print_coverage(std::ostream& out, const Paint& paint, const Json& coverage) {
  Table table({"TIER", "DECISIONS", "ENFORCED", "SHARE"});
  for (const Json& item : items_of(coverage, "tiers")) {
    table.row({scalar_of(item, "tier"), scalar_of(item, "decisions"), scalar_of(item, "enforced"),
               scalar_of(item, "share")});
  }
  table.print(out, paint, "");
  const auto observed = texts_of(coverage, "observed_policies");
  out << scalar_of(coverage, "enforced_policies") << " policies are enforced, " << observed.size()
      << " only observed";
  if (!observed.empty()) out << ": " << visible(join(observed));
  out << "\n";
}

Result<int> coverage(Call& call) {
  return print(call, call.api.get(path_of({"policies", "coverage"})), print_coverage);
}

Result<int> versions(Call& call) {
  const std::string query = query_of(
      {{"before", call.arguments.text("before")}, {"limit", call.arguments.text("limit")}});
  return print(call, call.api.get(path_of({"policies", "versions"}) + query), print_versions);
}

}  // namespace

std::vector<Verb> policy_review_verbs() {
  const Param id = positional("ID", "the proposal").required();
  return {Verb::of("policy", "proposals", "policy sets that wait for another human, or one of them",
                   "ambit policy proposals\nambit policy proposals prp_01K",
                   {positional("ID", "show what it changes")}, proposals),
          Verb::of("policy", "approve", "publish a policy set that somebody else proposed",
                   "ambit policy approve prp_01K",
                   {id, flag("--yes", "do not ask"), expect_denied_param()}, approve),
          Verb::of("policy", "refuse", "refuse a proposed policy set for good",
                   "ambit policy refuse prp_01K --note \"too wide\"",
                   {id, option("--note", "TEXT", "why")}, refuse),
          Verb::of("policy", "coverage", "how far policies are enforced, by tier",
                   "ambit policy coverage", {}, coverage),
          Verb::of("policy", "versions", "the versions that were in force, newest first",
                   "ambit policy versions\nambit policy versions --limit 10",
                   {option("--limit", "N", "at most so many (50, at most 200)"),
                    option("--before", "PLACE", "the next page, as the page before named it")},
                   versions)};
}

}  // namespace ambit::cli
