// `ambit decision`: what was decided, and why.
#include "cli/internal/output.h"
#include "cli/internal/views.h"

namespace ambit::cli {
namespace {

using text::Json;

void print_page(std::ostream& out, const Paint& paint, const Json& page) {
  print_decisions(out, paint, page);
  const std::string next = scalar_of(page, "next_before");
  if (!next.empty()) out << paint(Colour::kDim, "older ones: --before " + next) << "\n";
  const std::string behind = scalar_of(page, "not_indexed");
  if (behind.empty()) return;
  out << paint(Colour::kYellow, "the newest " + behind + " ledger entries are not indexed yet")
      << "\n";
}

Result<int> list(Call& call) {
  std::vector<std::pair<std::string, std::string>> query;
  for (const char* key : {"agent", "task", "session", "tool", "target", "verdict", "reason",
                          "label", "approver", "tier", "since", "until", "limit", "before"}) {
    query.emplace_back(key, call.arguments.text(key));
  }
  return print(call, call.api.get(path_of({"decisions"}) + query_of(query)), print_page);
}

// The approval that a decision used or asked for; null when there is none or it cannot be read.
Json approval_of(Call& call, const Json& record) {
  const Json* verdict = record.find("decision");
  std::string id = verdict != nullptr ? scalar_of(*verdict, "approval") : "";
  if (id.empty()) id = scalar_of(record, "approval");
  if (id.empty()) return nullptr;
  const auto answer = call.api.get(path_of({"approvals", id}));
  return answer ? answer->json : Json(nullptr);
}

Result<int> show(Call& call) {
  return print(call, call.api.get(path_of({"decisions", call.arguments.text("ID")})),
               [&call](std::ostream& out, const Paint& paint, const Json& record) {
                 print_decision(out, paint, record, approval_of(call, record));
               });
}

}  // namespace

std::vector<Verb> decision_verbs() {
  return {
      Verb::of("decision", "list", "decisions, newest first",
               "ambit decision list --agent report-writer --verdict deny --limit 20\n"
               "ambit decision list --target path:/srv/reports --since 2026-11-01T00:00:00Z",
               {option("--agent", "ID", "only of this agent"),
                option("--task", "ID", "only of this task"),
                option("--session", "ID", "only of this session"),
                option("--tool", "TOOL", "only calls of this tool, as server/tool"),
                option("--target", "TARGET",
                       "only on this target, as kind:value; path:/srv/a with all below"),
                option("--verdict", "VERDICT", "only with this verdict")
                    .one_of({"allow", "deny", "hold"}),
                option("--reason", "CODE", "only with this reason"),
                option("--label", "LABEL", "only where tool or session bore this label"),
                option("--approver", "HUMAN", "only what this human approved"),
                option("--tier", "TIER", "only of this tier").one_of({"low", "elevated", "high"}),
                option("--since", "TIME", "from this time on, as 2026-11-22T09:00:00Z"),
                option("--until", "TIME", "before this time"),
                option("--limit", "N", "at most so many (50, at most 500)"),
                option("--before", "ENTRY", "older than this ledger entry (the next page)")},
               list),
      Verb::of("decision", "show",
               "one decision in plain words: who, what, why, under which policy and state",
               "ambit decision show dec_01hx", {positional("ID", "the decision's id").required()},
               show)};
}

}  // namespace ambit::cli
