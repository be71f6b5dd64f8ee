// `ambit finding`: what needs attention, and what was done about it.
#include "cli/internal/output.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

void print_findings(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"FINDING", "STATE", "KIND", "AGENT", "ASSIGNED TO", "DUE", "WHAT"});
  for (const Json& item : items_of(list)) {
    table.row({{scalar_of(item, "id"), Colour::kBold},
               state_cell(scalar_of(item, "state")),
               scalar_of(item, "kind"),
               scalar_of(item, "agent"),
               scalar_of(item, "assigned_to"),
               scalar_of(item, "due_at"),
               visible(scalar_of(item, "summary"))});
  }
  table.print(out, paint, "nothing needs attention");
}

void print_finding(std::ostream& out, const Paint& paint, const Json& finding) {
  FieldList fields;
  for (const char* name : {"id", "state", "kind", "summary", "agent", "by"}) {
    fields.add(name, scalar_of(finding, name));
  }
  fields.add("assigned to", scalar_of(finding, "assigned_to"));
  fields.add("opened at", scalar_of(finding, "opened_at"));
  fields.add("due at", scalar_of(finding, "due_at"));
  fields.add("closed at", scalar_of(finding, "closed_at"));
  fields.add("closed by", scalar_of(finding, "closed_by"));
  fields.add("note", scalar_of(finding, "note"));
  if (const Json* detail = finding.find("detail")) fields.add("detail", text::to_json(*detail));
  fields.print(out, paint);
}

Result<int> list(Call& call) {
  const std::string query = query_of({{"state", call.arguments.text("state")}});
  return print(call, call.api.get(path_of({"findings"}) + query), print_findings);
}

Result<int> show(Call& call) {
  return print(call, call.api.get(path_of({"findings", call.arguments.text("ID")})), print_finding);
}

Result<int> close(Call& call) {
  return print(call,
               call.api.post(path_of({"findings", call.arguments.text("ID"), "close"}),
                             Json::object({{"note", call.arguments.text("note")}})),
               print_finding);
}

}  // namespace

std::vector<Verb> finding_verbs() {
  const Param id = positional("ID", "the finding's id").required();
  return {
      Verb::of("finding", "list", "what needs attention", "ambit finding list --state open",
               {option("--state", "STATE", "only those in this state").one_of({"open", "closed"})},
               list),
      Verb::of("finding", "show", "one finding", "ambit finding show fnd_01hx", {id}, show),
      Verb::of("finding", "close", "close it with a word on what was done",
               "ambit finding close fnd_01hx --note \"spoke with the team\"",
               {id, option("--note", "TEXT", "what was done").required()}, close)};
}

}  // namespace ambit::cli
