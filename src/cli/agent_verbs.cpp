// `ambit agent`: registration and lifecycle.
#include "cli/internal/files.h"
#include "cli/internal/output.h"

namespace ambit::cli {
namespace {

using text::Json;

Param id() { return positional("ID", "the agent's id").required(); }

// The spec's file, as an argument or an option.
Result<Json> read_spec(Call& call) {
  const bool as_option = call.arguments.given("file");
  if (as_option == call.arguments.given("FILE")) {
    return fail(Code::kInvalid, "usage.arguments", "give the agent's JSON file once, or `-`");
  }
  AMBIT_TRY(Json spec, read_json(call.arguments.text(as_option ? "file" : "FILE"), call.console));
  if (!spec.is_object()) {
    return fail(Code::kInvalid, "usage.json", "the file must hold a JSON object");
  }
  if (spec.find("class") == nullptr) spec.set("class", "agent");
  return spec;
}

std::string path_of_agent(const Call& call) {
  return path_of({"identities", call.arguments.text("ID")});
}

Result<int> register_agent(Call& call) {
  AMBIT_TRY(const Json spec, read_spec(call));
  return print(call, call.api.post(path_of({"identities"}), spec), print_identity);
}

Result<int> update_agent(Call& call) {
  AMBIT_TRY(const Json spec, read_spec(call));
  return print(call, call.api.put(path_of_agent(call), spec), print_identity);
}

Result<int> show_agent(Call& call) {
  return print(call, call.api.get(path_of_agent(call)), print_identity);
}

Result<int> list_agents(Call& call) {
  return print(call, call.api.get(path_of({"identities"}) + "?class=agent"), print_identities);
}

void print_history(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"REVISION", "AT", "BY", "STATE"});
  for (const Json& item : items_of(list)) {
    const Json* value = item.find("identity");
    table.row({scalar_of(item, "revision"), scalar_of(item, "at"), scalar_of(item, "actor"),
               state_cell(scalar_of(value != nullptr ? *value : item, "state"))});
  }
  table.print(out, paint, "no history");
  const std::string next = scalar_of(list, "next_after");
  if (!next.empty()) out << paint(Colour::kDim, "more: --after " + next) << "\n";
}

Result<int> history(Call& call) {
  const std::string query =
      query_of({{"after", call.arguments.text("after")}, {"limit", call.arguments.text("limit")}});
  return print(call, call.api.get(path_of_agent(call) + "/history" + query), print_history);
}

Verb move_verb(const std::string& name, const std::string& about) {
  return Verb::of(
      "agent", name, about, "ambit agent " + name + " report-writer", {id()}, [name](Call& call) {
        return print(call, call.api.post(path_of_agent(call) + "/" + name), print_identity);
      });
}

}  // namespace

std::vector<Verb> agent_verbs() {
  const Param file = positional("FILE", "the agent as JSON; `-` is standard input");
  const Param as_option = option("--file", "FILE", "the same as an option");
  return {Verb::of("agent", "register", "register an agent as a draft",
                   "ambit agent register report-writer.json", {file, as_option}, register_agent),
          Verb::of("agent", "show", "show one agent, with what it still lacks",
                   "ambit agent show report-writer", {id()}, show_agent),
          Verb::of("agent", "list", "list all agents", "ambit agent list --json", {}, list_agents),
          Verb::of("agent", "update", "replace an agent's description",
                   "ambit agent update report-writer report-writer.json", {id(), file, as_option},
                   update_agent),
          move_verb("activate", "let an agent work, once its description is complete"),
          move_verb("suspend", "stop an agent for now; all its tasks end at once"),
          move_verb("decommission", "retire an agent for good; all its tasks end at once"),
          Verb::of("agent", "history", "every change of an agent's record, oldest first",
                   "ambit agent history report-writer\n"
                   "ambit agent history report-writer --after 120",
                   {id(), option("--after", "REVISION", "only changes after this one"),
                    option("--limit", "N", "at most so many (100, at most 500)")},
                   history)};
}

}  // namespace ambit::cli
