// `ambit task`: started, shown, ended.
#include <algorithm>
#include <optional>

#include "cli/internal/files.h"
#include "cli/internal/output.h"
#include "cli/internal/task_spec.h"

namespace ambit::cli {
namespace {

using text::Json;

void add_scope(FieldList& fields, const Json& task) {
  const Json* scope = task.find("scope");
  if (scope == nullptr) return;
  fields.add("tools", texts_of(*scope, "tools"));
  fields.add("targets", targets_of(*scope, "targets"));
  fields.add("data domains", join(texts_of(*scope, "data_domains")));
  fields.add("outcomes", join(texts_of(*scope, "outcomes")));
}

// The verifier's probes after the end: how many were refused, and each that was not.
void add_end_report(FieldList& fields, const Json& task) {
  const Json* report = task.find("end_report");
  if (report == nullptr) return;
  const text::JsonArray& probes = items_of(*report, "probes");
  const auto is_refused = [](const Json& probe) { return scalar_of(probe, "refused") == "true"; };
  const auto refused = std::count_if(probes.begin(), probes.end(), is_refused);
  const bool verified = scalar_of(*report, "verified") == "true";
  fields.add("end verified",
             {std::string(verified ? "yes" : "no") + ", " + std::to_string(refused) + " of " +
                  std::to_string(probes.size()) + " probes were refused",
              verified ? Colour::kGreen : Colour::kRed});
  for (const Json& probe : probes) {
    if (is_refused(probe)) continue;
    fields.add("still open", {scalar_of(probe, "probe") + " " + scalar_of(probe, "subject") + ": " +
                                  scalar_of(probe, "detail"),
                              Colour::kRed});
  }
}

void print_task(std::ostream& out, const Paint& paint, const Json& task) {
  FieldList fields;
  fields.add("task", {scalar_of(task, "id"), Colour::kBold});
  fields.add("state", state_cell(scalar_of(task, "state")));
  fields.add("agent", scalar_of(task, "agent"));
  fields.add("goal", scalar_of(task, "goal"));
  if (const Json* trigger = task.find("trigger")) {
    fields.add("trigger", scalar_of(*trigger, "kind") + ": " + scalar_of(*trigger, "reference"));
  }
  fields.add("started by", scalar_of(task, "started_by"));
  fields.add("on behalf of", scalar_of(task, "on_behalf_of"));
  fields.add("parent", scalar_of(task, "parent"));
  add_scope(fields, task);
  if (const Json* budget = task.find("budget")) fields.add("calls", scalar_of(*budget, "calls"));
  fields.add("started", scalar_of(task, "started_at"));
  fields.add("deadline", scalar_of(task, "deadline"));
  fields.add("ended", scalar_of(task, "ended_at"));
  fields.add("end reason", scalar_of(task, "end_reason"));
  add_end_report(fields, task);
  fields.print(out, paint);
}

Result<Json> spec_of(Call& call) {
  if (!call.arguments.given("FILE")) return task_spec(call.arguments);
  for (const Param& param : task_spec_params()) {
    if (call.arguments.given(param.key())) {
      return fail(Code::kInvalid, "usage.task",
                  "give a file or flags such as `--" + param.key() + "`, not both");
    }
  }
  return read_json(call.arguments.text("FILE"), call.console);
}

void print_claim(Call& call, const Json& started) {
  const std::string& path = call.arguments.text("claim-file");
  if (!path.empty()) {
    call.console.out << "\nthe claim is in `" << path
                     << "`; hand it to the agent:\n  ambit mcp --server NAME --claim-file " << path
                     << "\n";
    return;
  }
  call.console.out << "\nclaim (shown once; admits one process of the agent):\n  "
                   << scalar_of(started, "claim") << "\n";
}

Result<int> start(Call& call) {
  AMBIT_TRY(const Json spec, spec_of(call));
  std::optional<SecretFile> file;
  const std::string& path = call.arguments.text("claim-file");
  if (!path.empty()) {
    AMBIT_TRY(SecretFile created, SecretFile::create(path, true));
    file.emplace(std::move(created));
  }
  AMBIT_TRY(auto answer, call.api.post(path_of({"tasks"}), spec));
  if (file) {
    AMBIT_CHECK_OK(file->write(answer.json.string_or("claim", "")));
    Json shown = answer.json;
    shown.erase("claim");
    shown.set("claim_file", path);
    answer.body = text::to_json(shown);
  }
  return print(call, answer, [&](const Paint& paint) {
    const Json* task = answer.json.find("task");
    print_task(call.console.out, paint, task != nullptr ? *task : answer.json);
    print_claim(call, answer.json);
  });
}

Result<int> show(Call& call) {
  return print(call, call.api.get(path_of({"tasks", call.arguments.text("ID")})), print_task);
}

void print_tasks(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"TASK", "STATE", "AGENT", "DEADLINE", "END", "GOAL"});
  for (const Json& item : items_of(list)) {
    table.row({{scalar_of(item, "id"), Colour::kBold},
               state_cell(scalar_of(item, "state")),
               scalar_of(item, "agent"),
               scalar_of(item, "deadline"),
               scalar_of(item, "end_reason"),
               scalar_of(item, "goal")});
  }
  table.print(out, paint, "no tasks");
}

Result<int> list(Call& call) {
  const std::string query = query_of({{"agent", call.arguments.text("agent")}});
  return print(call, call.api.get(path_of({"tasks"}) + query), print_tasks);
}

// An end that could not be verified is a failed check.
Result<int> end(Call& call) {
  const std::string reason =
      call.arguments.given("reason") ? call.arguments.text("reason") : "completed";
  AMBIT_TRY(const auto answer, call.api.post(path_of({"tasks", call.arguments.text("ID"), "end"}),
                                             Json::object({{"reason", reason}})));
  print(call, answer,
        [&](const Paint& paint) { print_task(call.console.out, paint, answer.json); });
  const Json* report = answer.json.find("end_report");
  const bool open = report != nullptr && scalar_of(*report, "verified") == "false";
  return open ? kExitRefused : kExitOk;
}

void print_erasure(std::ostream& out, const Paint& paint, const Json& erasure) {
  FieldList fields;
  fields.add("erased", {scalar_of(erasure, "task"), Colour::kBold});
  fields.add("keys destroyed", join(texts_of(erasure, "keys")));
  fields.add("records", scalar_of(erasure, "records"));
  fields.add("by", scalar_of(erasure, "by"));
  fields.add("reason", scalar_of(erasure, "reason"));
  fields.add("ledger entry", scalar_of(erasure, "ledger_index"));
  fields.print(out, paint);
}

Result<int> erase(Call& call) {
  return print(call,
               call.api.post(path_of({"tasks", call.arguments.text("ID"), "erase"}),
                             Json::object({{"reason", call.arguments.text("reason")}})),
               print_erasure);
}

}  // namespace

std::vector<Verb> task_verbs() {
  const Param id = positional("ID", "the task's id").required();
  std::vector<Param> start_params{positional("FILE", "the task as JSON; `-` is standard input")};
  for (Param& param : task_spec_params()) start_params.push_back(std::move(param));
  start_params.push_back(option("--claim-file", "FILE",
                                "write the claim here, mode 0600; without it it is printed once"));
  return {
      Verb::of("task", "start", "start a task for an active agent and get its claim",
               "ambit task start task.json --claim-file ./claim\n"
               "ambit task start --agent report-writer --goal \"summarise the reports\" "
               "--tool files/read_file --path ./reports --data-domain reports --outcome read "
               "--calls 20 --deadline-in 30m --claim-file ./claim",
               std::move(start_params), start),
      Verb::of("task", "show", "show one task", "ambit task show tsk_01hx", {id}, show),
      Verb::of("task", "list", "list tasks", "ambit task list --agent report-writer",
               {option("--agent", "ID", "only those of this agent")}, list),
      Verb::of("task", "end", "end a task and all that hangs from it, and verify that it ended",
               "ambit task end tsk_01hx --reason completed",
               {id, option("--reason", "TEXT", "why (completed)")}, end),
      Verb::of("task", "erase",
               "destroy the keys of what an ended task left sealed in the ledger, for good",
               "ambit task erase tsk_01hx --reason \"request 42 of the data subject\"",
               {positional("ID", "the task, with its descendants; or a past day, `day_20260131`")
                    .required(),
                option("--reason", "TEXT", "why; it is recorded").required()},
               erase)};
}

}  // namespace ambit::cli
