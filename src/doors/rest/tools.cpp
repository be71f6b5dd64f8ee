#include "domain/fields.h"
#include "doors/rest/internal/route.h"

namespace ambit::doors::rest {
namespace {

void import_server(Call& call) {
  domain::Fields fields(call.body, "body");
  const text::Json* server = fields.value("server");
  const text::Json* bindings = fields.value("bindings");
  if (server == nullptr) fields.problem("server", "is missing");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().registry().import_server(
      call.caller, *server, bindings ? *bindings : text::Json::object(), answer_later(call, 200));
}

void list_servers(Call& call) {
  answer(call.reply, 200, call.service().registry().list_servers(call.caller));
}

// For `ambit mcp -- COMMAND`: which server stands for a command that an agent was configured to
// run.
void server_by_command(Call& call) {
  const auto argv = text::parse_json(call.query("argv"), {16u << 10, 2});
  if (!argv) return answer(call.reply, argv.error());
  std::vector<std::string> command;
  for (const auto* item : text::resolve_pointer(*argv, "/*")) {
    if (item->is_string()) command.push_back(item->as_string());
  }
  const auto server = call.service().server_by_command(command);
  if (!server) return answer(call.reply, server.error());
  answer(call.reply, 200, text::Json::object({{"server", *server}}));
}

void list_tools(Call& call) {
  answer(call.reply, 200, call.service().registry().list_tools(call.caller, call.param("id")));
}

void show_tool(Call& call) {
  answer(call.reply, 200,
         call.service().registry().show_tool(call.caller, call.param("id"), call.param("tool")));
}

void approve_tools(Call& call) {
  domain::Fields fields(call.body, "body");
  // An empty list would read as `all`, which nobody who sends one means.
  const bool named = fields.value("tools") != nullptr;
  const std::vector<std::string> tools = fields.texts("tools");
  const text::Json* digests = fields.value("digests");
  if (named && tools.empty()) fields.problem("tools", "must name a tool, or be left out for all");
  if (const auto read = fields.finish(); !read) return answer(call.reply, read.error());
  call.service().registry().approve_tools(call.caller, call.param("id"), tools,
                                          digests ? *digests : text::Json(),
                                          answer_later(call, 200));
}

}  // namespace

std::vector<Route> tool_routes() {
  return {
      {.method = "POST",
       .path = "/v1/servers",
       .operation = "importServer",
       .tag = "tools",
       .summary = "Register a tool server and list its tools; new ones are quarantined",
       .body = "ServerImport",
       .answer = "ServerImported",
       .handle = import_server},
      {.method = "GET",
       .path = "/v1/servers",
       .operation = "listServers",
       .tag = "tools",
       .summary = "List tool servers",
       .answer = "ServerList",
       .handle = list_servers},
      {.method = "GET",
       .path = "/v1/servers/by-command",
       .operation = "serverByCommand",
       .tag = "tools",
       .summary = "Name the server that is registered with exactly this command line",
       .answer = "ServerName",
       .query = {{"argv", "the command line as a JSON array of strings"}},
       .handle = server_by_command},
      {.method = "GET",
       .path = "/v1/servers/{id}/tools",
       .operation = "listServerTools",
       .tag = "tools",
       .summary = "List the tools of one server",
       .answer = "ToolList",
       .handle = list_tools},
      {.method = "GET",
       .path = "/v1/servers/{id}/tools/{tool}",
       .operation = "showTool",
       .tag = "tools",
       .summary = "Show one tool",
       .answer = "Tool",
       .handle = show_tool},
      {.method = "POST",
       .path = "/v1/servers/{id}/approve",
       .operation = "approveTools",
       .tag = "tools",
       .summary = "Approve tools as they are listed now",
       .body = "ToolApproval",
       .answer = "ToolList",
       .handle = approve_tools},
      {.method = "GET",
       .path = "/v1/tools",
       .operation = "listTools",
       .tag = "tools",
       .summary = "List the tools of all servers",
       .answer = "ToolList",
       .handle = list_tools},
  };
}

}  // namespace ambit::doors::rest
