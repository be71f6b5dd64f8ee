// `ambit tool`: servers imported, tools listed and approved.
#include <filesystem>
#include <optional>

#include "cli/internal/files.h"
#include "cli/internal/output.h"

namespace ambit::cli {
namespace {

using text::Json;

std::string bound(const Json& tool, std::string_view key) {
  const Json* binding = tool.find("binding");
  const std::string own = scalar_of(tool, key);
  return own.empty() && binding != nullptr ? scalar_of(*binding, key) : own;
}

// What still keeps a tool from being used.
std::string lacks_of(const Json& tool) {
  const std::vector<std::string> told = texts_of(tool, "lacks");
  if (!told.empty()) return join(told);
  const std::string one = scalar_of(tool, "lacks");
  if (!one.empty()) return one;
  if (tool.find("binding") == nullptr && tool.find("class") == nullptr) return "binding";
  return scalar_of(tool, "state") == "approved" ? "" : "approval";
}

// Enough of a digest to tell two apart in a table; `show` and --json have all of it.
std::string shortened(const std::string& digest) {
  constexpr std::size_t kShown = 19;
  return digest.size() > kShown ? digest.substr(0, kShown) + "..." : digest;
}

void print_tools(std::ostream& out, const Paint& paint, const text::JsonArray& tools) {
  Table table({"TOOL", "STATE", "CLASS", "OUTCOME", "TIER", "LACKS", "DIGEST"});
  for (const Json& tool : tools) {
    const std::string listed = scalar_of(tool, "listed_digest");
    table.row({{scalar_of(tool, "server") + "/" + scalar_of(tool, "name"), Colour::kBold},
               state_cell(scalar_of(tool, "state")),
               bound(tool, "class"),
               bound(tool, "outcome"),
               bound(tool, "tier"),
               lacks_of(tool),
               shortened(listed.empty() ? scalar_of(tool, "digest") : listed)});
  }
  table.print(out, paint, "no tools");
}

std::vector<std::string> target_arguments(const Json& binding) {
  std::vector<std::string> out;
  for (const Json& target : items_of(binding, "targets")) {
    out.push_back(scalar_of(target, "kind") + " in " + scalar_of(target, "argument"));
  }
  return out;
}

void print_tool(std::ostream& out, const Paint& paint, const Json& tool) {
  FieldList fields;
  fields.add("tool", {scalar_of(tool, "server") + "/" + scalar_of(tool, "name"), Colour::kBold});
  fields.add("state", state_cell(scalar_of(tool, "state")));
  fields.add("class", bound(tool, "class"));
  fields.add("outcome", bound(tool, "outcome"));
  fields.add("tier", bound(tool, "tier"));
  fields.add("data domain", bound(tool, "data_domain"));
  if (const Json* binding = tool.find("binding")) {
    fields.add("targets", target_arguments(*binding));
    fields.add("labels", join(texts_of(*binding, "labels")));
  }
  fields.add("lacks", lacks_of(tool));
  fields.add("digest", scalar_of(tool, "digest"));
  if (scalar_of(tool, "listed_digest") != scalar_of(tool, "digest")) {
    fields.add("listed now", {scalar_of(tool, "listed_digest"), Colour::kRed});
  }
  fields.add("approved by", scalar_of(tool, "approved_by"));
  fields.add("approved at", scalar_of(tool, "approved_at"));
  const Json* entry = tool.find("entry");
  if (entry != nullptr) fields.add("description", scalar_of(*entry, "description"));
  fields.print(out, paint);
  const Json* schema = entry != nullptr ? entry->find("inputSchema") : nullptr;
  if (schema != nullptr) {
    out << paint(Colour::kDim, "input schema") << "\n" << text::to_pretty_json(*schema) << "\n";
  }
}

std::string absolute(const std::string& path) {
  return std::filesystem::absolute(path).lexically_normal().string();
}

Json absolute_paths(const std::vector<std::string>& paths) {
  Json out = Json::array();
  for (const std::string& path : paths) out.push_back(absolute(path));
  return out;
}

// The variables that the server gets, each with the value it has here: never on the command line,
// where every process can read it.
Result<Json> environment_of(Call& call) {
  Json out = Json::object();
  for (const std::string& name : call.arguments.texts("env")) {
    const auto value = call.console.env(name);
    if (!value) return fail(Code::kInvalid, "usage.env", "`" + name + "` is not set here");
    out.set(name, *value);
  }
  return out;
}

Result<Json> server_from_flags(Call& call) {
  const Arguments& given = call.arguments;
  if (given.given("http")) {
    Json server = Json::object(
        {{"id", given.text("NAME")}, {"transport", "http"}, {"url", given.text("http")}});
    if (given.given("system")) server.set("system", given.text("system"));
    return server;
  }
  Json command = Json::array();
  for (const std::string& word : given.command) command.push_back(word);
  AMBIT_TRY(Json env, environment_of(call));
  Json server = Json::object(
      {{"id", given.text("NAME")},
       {"transport", "stdio"},
       {"command", std::move(command)},
       {"working_directory", absolute(given.given("cwd") ? given.text("cwd") : ".")},
       {"env", std::move(env)},
       {"confinement", Json::object({{"read_paths", absolute_paths(given.texts("read"))},
                                     {"write_paths", absolute_paths(given.texts("write"))},
                                     {"network", given.given("network")}})}});
  if (given.given("system")) server.set("system", given.text("system"));
  return server;
}

Result<Json> import_body(Call& call) {
  const Arguments& given = call.arguments;
  Json body;
  if (given.command.empty() && !given.given("http")) {
    AMBIT_TRY(body, read_json(given.text("NAME"), call.console));
    if (!body.is_object() || body.find("server") == nullptr) {
      return fail(Code::kInvalid, "usage.json",
                  "`" + given.text("NAME") +
                      "` must hold an object with `server` and `bindings`; to import a command, "
                      "write `ambit tool import NAME -- COMMAND...`");
    }
  } else {
    AMBIT_TRY(Json server, server_from_flags(call));
    body = Json::object({{"server", std::move(server)}});
  }
  if (given.given("bindings")) {
    AMBIT_TRY(Json bindings, read_json(given.text("bindings"), call.console));
    body.set("bindings", std::move(bindings));
  }
  return body;
}

Result<int> import_server(Call& call) {
  AMBIT_TRY(const Json body, import_body(call));
  return print(call, call.api.post(path_of({"servers"}), body),
               [](std::ostream& out, const Paint& paint, const Json& imported) {
                 print_tools(out, paint, items_of(imported, "tools"));
               });
}

void print_items(std::ostream& out, const Paint& paint, const Json& list) {
  print_tools(out, paint, items_of(list));
}

Result<int> list(Call& call) {
  const std::string& server = call.arguments.text("SERVER");
  return print(
      call,
      call.api.get(server.empty() ? path_of({"tools"}) : path_of({"servers", server, "tools"})),
      print_items);
}

void print_servers(std::ostream& out, const Paint& paint, const Json& list) {
  Table table({"SERVER", "TRANSPORT", "SYSTEM", "COMMAND OR URL"});
  for (const Json& item : items_of(list)) {
    const std::string url = scalar_of(item, "url");
    table.row({{scalar_of(item, "id"), Colour::kBold},
               scalar_of(item, "transport"),
               scalar_of(item, "system"),
               url.empty() ? join(texts_of(item, "command"), " ") : url});
  }
  table.print(out, paint, "no servers");
}

Result<int> servers(Call& call) {
  return print(call, call.api.get(path_of({"servers"})), print_servers);
}

Result<std::pair<std::string, std::string>> split_tool(const std::string& full) {
  const std::size_t slash = full.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == full.size()) {
    return fail(Code::kInvalid, "usage.tool", "`" + full + "` is not SERVER/TOOL");
  }
  return std::pair(full.substr(0, slash), full.substr(slash + 1));
}

Result<int> show(Call& call) {
  AMBIT_TRY(const auto name, split_tool(call.arguments.text("TOOL")));
  return print(call, call.api.get(path_of({"servers", name.first, "tools", name.second})),
               print_tool);
}

struct Chosen {
  std::string server;
  std::vector<std::string> tools;  // empty: all that have a binding
};

// `SERVER`, `SERVER TOOL...` or `SERVER/TOOL`.
Result<Chosen> chosen(const Arguments& given) {
  Chosen out{given.text("SERVER"), given.texts("TOOL")};
  if (out.server.find('/') == std::string::npos) return out;
  AMBIT_TRY(auto name, split_tool(out.server));
  out.server = std::move(name.first);
  out.tools.insert(out.tools.begin(), std::move(name.second));
  return out;
}

bool is_chosen(const Chosen& want, const Json& tool) {
  if (!want.tools.empty()) {
    const std::string name = scalar_of(tool, "name");
    return std::find(want.tools.begin(), want.tools.end(), name) != want.tools.end();
  }
  const std::string state = scalar_of(tool, "state");
  return (state == "quarantined" || state == "frozen") && tool.find("binding") != nullptr;
}

// Shows what is about to be approved and sends the digests of just that, so that a tool which
// changes in between is refused.
Result<int> approve(Call& call) {
  AMBIT_TRY(const Chosen want, chosen(call.arguments));
  AMBIT_TRY(const auto listed, call.api.get(path_of({"servers", want.server, "tools"})));
  text::JsonArray tools;
  Json names = Json::array();
  Json digests = Json::object();
  for (const Json& tool : items_of(listed.json)) {
    if (!is_chosen(want, tool)) continue;
    const std::string name = scalar_of(tool, "name");
    const std::string digest = scalar_of(tool, "listed_digest");
    names.push_back(name);
    digests.set(name, digest.empty() ? scalar_of(tool, "digest") : digest);
    tools.push_back(tool);
  }
  for (const std::string& name : want.tools) {
    if (digests.find(name) == nullptr) {
      return fail(Code::kNotFound, "tool.unknown",
                  "server `" + want.server + "` has no tool `" + name + "`");
    }
  }
  if (tools.empty()) {
    call.console.out << (call.wants_json() ? "{\"items\":[]}\n" : "nothing waits for approval\n");
    return kExitOk;
  }
  if (call.console.in_is_terminal && !call.arguments.given("yes")) {
    print_tools(call.console.err, Paint(false), tools);
    if (!confirmed(call, "approve " + std::to_string(tools.size()) + " as listed?")) {
      return kExitRefused;
    }
  }
  return print(
      call,
      call.api.post(path_of({"servers", want.server, "approve"}),
                    Json::object({{"tools", std::move(names)}, {"digests", std::move(digests)}})),
      print_items);
}

}  // namespace

std::vector<Verb> tool_verbs() {
  Verb import = Verb::of(
      "tool", "import", "register a tool server and list its tools; new ones wait for approval",
      "ambit tool import files.json\n"
      "ambit tool import files --bindings bindings.json --read ./reports --write ./reports -- "
      "npx @modelcontextprotocol/server-filesystem ./reports",
      {positional("NAME", "the server's id, or with no command a JSON file (`-`: standard input)")
           .required(),
       option("--bindings", "FILE", "JSON: what each tool's arguments and effects mean"),
       option("--read", "PATH", "what the server's process may read; repeat").many(),
       option("--write", "PATH", "what it may also write; repeat").many(),
       flag("--network", "let it use the network"), option("--cwd", "DIR", "where it runs (here)"),
       option("--env", "VARIABLE", "a variable that it gets, with the value it has here; repeat")
           .many(),
       option("--http", "URL", "a server that is reached over HTTP instead of started"),
       option("--system", "NAME", "the system that its tools act on (the server's id)")},
      import_server);
  import.command_about = "the server's command; Ambit runs it, confined, not the agent";
  return {
      std::move(import),
      Verb::of("tool", "list", "list tools and what each still lacks", "ambit tool list files",
               {positional("SERVER", "only those of this server")}, list),
      Verb::of("tool", "servers", "list the servers that tools are on", "ambit tool servers", {},
               servers),
      Verb::of("tool", "show", "show one tool with its schema", "ambit tool show files/read_file",
               {positional("TOOL", "as SERVER/TOOL").required()}, show),
      Verb::of("tool", "approve", "approve tools exactly as they are listed now",
               "ambit tool approve files\nambit tool approve files read_file write_file --yes\n"
               "ambit tool approve files/read_file",
               {positional("SERVER", "the server, or one tool as SERVER/TOOL").required(),
                positional("TOOL", "some of its tools; none: all that have a binding").many(),
                flag("--yes", "do not ask")},
               approve)};
}

}  // namespace ambit::cli
