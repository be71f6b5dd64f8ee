// `ambit agent`: registration and lifecycle.
#include "cli/internal/files.h"
#include "cli/internal/output.h"

namespace ambit::cli {
namespace {

using text::Json;

Param id() { return positional("ID", "the agent's id").required(); }

int print_one(Call& call, const Api::Answer& answer) {
  return print(call, answer,
               [&](const Paint& paint) { print_identity(call.console.out, paint, answer.json); });
}

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

Result<int> register_agent(Call& call) {
  AMBIT_TRY(const Json spec, read_spec(call));
  AMBIT_TRY(const auto answer, call.api.post(path_of({"identities"}), spec));
  return print_one(call, answer);
}

Result<int> update_agent(Call& call) {
  AMBIT_TRY(const Json spec, read_spec(call));
  AMBIT_TRY(const auto answer,
            call.api.put(path_of({"identities", call.arguments.text("ID")}), spec));
  return print_one(call, answer);
}

Result<int> show_agent(Call& call) {
  AMBIT_TRY(const auto answer, call.api.get(path_of({"identities", call.arguments.text("ID")})));
  return print_one(call, answer);
}

Result<int> list_agents(Call& call) {
  AMBIT_TRY(const auto answer, call.api.get(path_of({"identities"}) + "?class=agent"));
  return print(call, answer,
               [&](const Paint& paint) { print_identities(call.console.out, paint, answer.json); });
}

Result<int> history(Call& call) {
  AMBIT_TRY(const auto answer,
            call.api.get(path_of({"identities", call.arguments.text("ID"), "history"})));
  return print(call, answer, [&](const Paint& paint) {
    Table table({"REVISION", "AT", "BY", "STATE"});
    for (const Json& item : items_of(answer.json)) {
      const Json* value = item.find("identity");
      table.row({scalar_of(item, "revision"), scalar_of(item, "at"), scalar_of(item, "actor"),
                 state_cell(scalar_of(value != nullptr ? *value : item, "state"))});
    }
    table.print(call.console.out, paint, "no history");
  });
}

Verb move_verb(const std::string& name, const std::string& about) {
  Verb verb;
  verb.noun = "agent";
  verb.name = name;
  verb.about = about;
  verb.example = "ambit agent " + name + " report-writer";
  verb.params = {id()};
  verb.run = [name](Call& call) -> Result<int> {
    AMBIT_TRY(const auto answer,
              call.api.post(path_of({"identities", call.arguments.text("ID"), name})));
    return print_one(call, answer);
  };
  return verb;
}

Verb verb_of(std::string name, std::string about, std::string example, std::vector<Param> params,
             Result<int> (*run)(Call&)) {
  Verb verb;
  verb.noun = "agent";
  verb.name = std::move(name);
  verb.about = std::move(about);
  verb.example = std::move(example);
  verb.params = std::move(params);
  verb.run = run;
  return verb;
}

}  // namespace

std::vector<Verb> agent_verbs() {
  const Param file = positional("FILE", "the agent as JSON; `-` is standard input");
  const Param as_option = option("--file", "FILE", "the same as an option");
  return {verb_of("register", "register an agent as a draft",
                  "ambit agent register report-writer.json", {file, as_option}, register_agent),
          verb_of("show", "show one agent, with what it still lacks",
                  "ambit agent show report-writer", {id()}, show_agent),
          verb_of("list", "list all agents", "ambit agent list --json", {}, list_agents),
          verb_of("update", "replace an agent's description",
                  "ambit agent update report-writer report-writer.json", {id(), file, as_option},
                  update_agent),
          move_verb("activate", "let an agent work, once its description is complete"),
          move_verb("suspend", "stop an agent for now; all its tasks end at once"),
          move_verb("decommission", "retire an agent for good; all its tasks end at once"),
          verb_of("history", "every change of an agent's record, oldest first",
                  "ambit agent history report-writer", {id()}, history)};
}

}  // namespace ambit::cli
