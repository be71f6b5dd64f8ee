// `ambit explain`, `ambit timeline`, `ambit entitlements`: what the evidence says, by the server.
#include <algorithm>

#include "cli/internal/output.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

void heading(std::ostream& out, const Paint& paint, std::string_view title) {
  out << "\n" << paint(Colour::kBold, title) << "\n";
}

Cell result_cell(const std::string& result) {
  if (result == "passed") return {result, Colour::kGreen};
  if (result == "refused") return {result, Colour::kRed};
  if (result == "held") return {result, Colour::kYellow};
  return {result, Colour::kDim};
}

// Policy texts have several lines, which stay lines.
void print_policy(std::ostream& out, const Paint& paint, const Json& policy) {
  out << "  " << paint(Colour::kCyan, visible(scalar_of(policy, "id"))) << "\n";
  std::string text = scalar_of(policy, "text");
  if (text.empty()) text = "its text is not in the ledger";
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out << "    " << visible(text.substr(at, end - at)) << "\n";
    at = end + 1;
  }
}

void print_path(std::ostream& out, const Paint& paint, const Json& path) {
  Table table({"ENTRY", "AT", "WHAT"});
  if (!path.is_array()) return;
  for (const Json& item : path.as_array()) {
    table.row({scalar_of(item, "entry"), scalar_of(item, "at"), scalar_of(item, "words")});
  }
  table.print(out, paint, "nothing");
}

void print_behind(std::ostream& out, const Paint& paint, const Json& answer) {
  const std::string behind = scalar_of(answer, "not_indexed");
  if (behind.empty()) return;
  out << paint(Colour::kYellow, "note") << ": the search index is behind by " << visible(behind)
      << " entries, which this leaves out\n";
}

void print_missing(std::ostream& out, const Paint& paint, const Json& answer) {
  for (const std::string& what : texts_of(answer, "missing")) {
    out << paint(Colour::kYellow, "not in the ledger: ") << visible(what) << "\n";
  }
}

void print_explanation(std::ostream& out, const Paint& paint, const Json& answer) {
  out << visible(scalar_of(answer, "summary")) << "\n";
  heading(out, paint, "Who answers for it");
  const Json& accountable = member(answer, "accountable");
  FieldList people;
  people.add("authorised by", join(texts_of(accountable, "authorised_by")));
  people.add("monitored by", join(texts_of(accountable, "monitored_by")));
  people.add("could stop it", join(texts_of(accountable, "may_stop")));
  people.add("on behalf of", scalar_of(accountable, "on_behalf_of"));
  people.print(out, paint);
  heading(out, paint, "What each gate said");
  Table gates({"GATE", "RESULT", "WHY"});
  for (const Json& gate : items_of(answer, "gates")) {
    gates.row(
        {scalar_of(gate, "gate"), result_cell(scalar_of(gate, "result")), scalar_of(gate, "why")});
  }
  gates.print(out, paint, "none");
  const Json& policies = member(answer, "policies");
  heading(out, paint,
          "Policies as they stood: set " + visible(scalar_of(policies, "name")) + " version " +
              scalar_of(policies, "version"));
  const text::JsonArray& determining = items_of(policies, "determining");
  if (determining.empty()) out << "  no single policy decided this\n";
  for (const Json& policy : determining) print_policy(out, paint, policy);
  const text::JsonArray& observed = items_of(policies, "observed");
  if (!observed.empty()) out << "  only observed, without a say in the verdict:\n";
  for (const Json& policy : observed) print_policy(out, paint, policy);
  heading(out, paint, "From the trigger to the outcome");
  print_path(out, paint, member(answer, "path"));
  print_missing(out, paint, answer);
  print_behind(out, paint, answer);
}

Result<int> explain(Call& call) {
  return print(call, call.api.get(path_of({"decisions", call.arguments.text("ID"), "explanation"})),
               print_explanation);
}

// `1.2 s`, `3 min`
std::string duration_words(const std::string& ms_text) {
  if (ms_text.empty()) return "";
  const long long ms = std::stoll(ms_text);
  if (ms < 1000) return std::to_string(ms) + " ms";
  if (ms < 120'000) return std::to_string(ms / 1000) + " s";
  if (ms < 7'200'000) return std::to_string(ms / 60'000) + " min";
  return std::to_string(ms / 3'600'000) + " h";
}

std::string offered_words(const Json& item) {
  const std::vector<std::string> offered = texts_of(item, "offered");
  if (item.find("offered") == nullptr) return "";
  return "chose " + scalar_of(item, "chosen") + " of " +
         (offered.empty() ? std::string("nothing on offer") : join(offered));
}

void print_items(std::ostream& out, const Paint& paint, const text::JsonArray& items) {
  Table table({"ENTRY", "AT", "AFTER", "WHAT", "CHOICE", "HOP"});
  for (const Json& item : items) {
    const Json& hop = member(item, "hop");
    table.row({{scalar_of(item, "entry"), Colour::kDim},
               scalar_of(item, "at"),
               duration_words(scalar_of(item, "gap_ms")),
               scalar_of(item, "words"),
               offered_words(item),
               hop.is_object() ? scalar_of(hop, "from") + " -> " + scalar_of(hop, "to") : ""});
  }
  table.print(out, paint, "nothing");
}

void print_touched(std::ostream& out, const Paint& paint, const Json& answer) {
  const Json& touched = member(answer, "touched");
  FieldList fields;
  for (const char* key : {"systems", "data_domains", "tools", "labels", "targets"}) {
    fields.add(key, texts_of(touched, key));
  }
  if (!fields.empty()) {
    heading(out, paint, "What was reached");
    fields.print(out, paint);
  }
  const std::string next = scalar_of(answer, "next_from");
  if (!next.empty()) out << paint(Colour::kDim, "more: --from " + next) << "\n";
  print_behind(out, paint, answer);
}

void print_timeline(std::ostream& out, const Paint& paint, const Json& answer) {
  print_items(out, paint, items_of(answer));
  print_touched(out, paint, answer);
}

void print_trace(std::ostream& out, const Paint& paint, const Json& answer) {
  out << paint(Colour::kBold, "What led to it") << "\n";
  print_items(out, paint, items_of(answer, "backward"));
  print_missing(out, paint, answer);
  heading(out, paint, "What followed");
  print_items(out, paint, items_of(answer, "forward"));
  print_touched(out, paint, answer);
}

Result<int> timeline(Call& call) {
  const std::string& id = call.arguments.text("ID");
  const std::pair<std::string, std::string> from{"from", call.arguments.text("from")};
  const std::pair<std::string, std::string> limit{"limit", call.arguments.text("limit")};
  if (id.starts_with("dec_")) {
    return print(call, call.api.get(path_of({"decisions", id, "trace"}) + query_of({from, limit})),
                 print_trace);
  }
  const char* subject = "identity";
  if (id.starts_with("tsk_")) subject = "task";
  if (id.starts_with("ses_")) subject = "session";
  return print(call, call.api.get(path_of({"timeline"}) + query_of({{subject, id}, from, limit})),
               print_timeline);
}

void print_task(std::ostream& out, const Paint& paint, const Json& task) {
  heading(out, paint, "Task " + visible(scalar_of(task, "task")));
  FieldList fields;
  fields.add("goal", scalar_of(task, "goal"));
  fields.add("started by", scalar_of(task, "started_by"));
  fields.add("on behalf of", scalar_of(task, "on_behalf_of"));
  fields.add("until", scalar_of(task, "deadline"));
  fields.add("calls left", scalar_of(task, "calls_left"));
  fields.add("cannot act", scalar_of(task, "why_not"));
  std::vector<std::string> targets;
  for (const Json& rule : items_of(task, "targets")) targets.push_back(text::to_json(rule));
  fields.add("targets", targets);
  fields.add("data", join(texts_of(task, "data_domains")));
  fields.add("outcomes", join(texts_of(task, "outcomes")));
  fields.print(out, paint);
  Table tools({"TOOL", "STATE", "CLASS", "TIER", "HUMAN"});
  for (const Json& tool : items_of(task, "tools")) {
    tools.row({scalar_of(tool, "tool"), state_cell(scalar_of(tool, "state")),
               scalar_of(tool, "class"), scalar_of(tool, "tier"),
               scalar_of(tool, "needs_human") == "true" ? "must approve" : "as policies say"});
  }
  tools.print(out, paint, "no tools");
}

void print_entitlements(std::ostream& out, const Paint& paint, const Json& answer) {
  const std::string why_not = scalar_of(answer, "why_not");
  out << "At " << visible(scalar_of(answer, "at")) << " agent "
      << paint(Colour::kBold, visible(scalar_of(answer, "agent")));
  if (why_not.empty()) {
    out << " could act.\n";
  } else {
    out << paint(Colour::kRed, " could do nothing: ") << visible(why_not) << "\n";
  }
  const Json& policies = member(answer, "policies");
  if (!scalar_of(policies, "name").empty()) {
    out << "Policies in force: set " << visible(scalar_of(policies, "name")) << " version "
        << visible(scalar_of(policies, "version")) << "\n";
  }
  for (const Json& task : items_of(answer, "tasks")) print_task(out, paint, task);
  for (const Json& approval : items_of(answer, "approvals")) {
    out << "\napproval " << visible(scalar_of(approval, "approval")) << " could be used until "
        << visible(scalar_of(approval, "expires_at")) << "\n";
  }
  print_behind(out, paint, answer);
  for (const std::string& what : texts_of(answer, "unknown")) {
    out << paint(Colour::kYellow, "not in the ledger: ") << visible(what) << "\n";
  }
}

Result<int> entitlements(Call& call) {
  return print(call,
               call.api.get(path_of({"identities", call.arguments.text("AGENT"), "entitlements"}) +
                            query_of({{"at", call.arguments.text("at")}})),
               print_entitlements);
}

}  // namespace

std::vector<Verb> insight_verbs() {
  return {
      Verb::of("", "explain",
               "why one decision came out as it did: trigger, people, gates, policies, outcome",
               "ambit explain dec_01hx", {positional("ID", "the decision's id").required()},
               explain),
      Verb::of("", "timeline",
               "what happened, in order: of a task, a session, an identity, or around a decision",
               "ambit timeline tsk_01hx\nambit timeline report-writer --limit 50\n"
               "ambit timeline dec_01hx --json",
               {positional("ID",
                           "of a task, session, agent, human or service; of a decision: what "
                           "led to it and what followed")
                    .required(),
                option("--from", "ENTRY", "go on from this ledger entry"),
                option("--limit", "N", "at most so many (200, at most 1000)")},
               timeline),
      Verb::of(
          "", "entitlements", "what an agent could do at one moment, by the ledger",
          "ambit entitlements report-writer --at 2026-11-22T09:00:00Z",
          {positional("AGENT", "its id").required(), option("--at", "TIME", "that moment (now)")},
          entitlements)};
}

}  // namespace ambit::cli
