// `ambit decision`: what was decided, and why.
#include "cli/internal/output.h"
#include "cli/internal/views.h"

namespace ambit::cli {
namespace {

using text::Json;

Result<int> list(Call& call) {
  const Arguments& given = call.arguments;
  AMBIT_TRY(const auto answer,
            call.api.get(path_of({"decisions"}) + query_of({{"agent", given.text("agent")},
                                                            {"task", given.text("task")},
                                                            {"verdict", given.text("verdict")},
                                                            {"limit", given.text("limit")},
                                                            {"before", given.text("before")}})));
  return print(call, answer, [&](const Paint& paint) {
    print_decisions(call.console.out, paint, answer.json);
    const std::string next = scalar_of(answer.json, "next_before");
    if (!next.empty()) {
      call.console.out << paint(Colour::kDim, "older ones: --before " + next) << "\n";
    }
  });
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
  AMBIT_TRY(const auto answer, call.api.get(path_of({"decisions", call.arguments.text("ID")})));
  return print(call, answer, [&](const Paint& paint) {
    print_decision(call.console.out, paint, answer.json, approval_of(call, answer.json));
  });
}

}  // namespace

std::vector<Verb> decision_verbs() {
  Verb list_verb;
  list_verb.noun = "decision";
  list_verb.name = "list";
  list_verb.about = "decisions, newest first";
  list_verb.example = "ambit decision list --agent report-writer --verdict deny --limit 20";
  list_verb.params = {
      option("--agent", "ID", "only of this agent"), option("--task", "ID", "only of this task"),
      option("--verdict", "VERDICT", "only with this verdict").one_of({"allow", "deny", "hold"}),
      option("--limit", "N", "at most so many (50)"),
      option("--before", "ENTRY", "older than this ledger entry")};
  list_verb.run = list;
  Verb show_verb;
  show_verb.noun = "decision";
  show_verb.name = "show";
  show_verb.about = "one decision in plain words: who, what, why, under which policy and state";
  show_verb.example = "ambit decision show dec_01hx";
  show_verb.params = {positional("ID", "the decision's id").required()};
  show_verb.run = show;
  return {std::move(list_verb), std::move(show_verb)};
}

}  // namespace ambit::cli
