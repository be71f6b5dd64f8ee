// `ambit policy schema`: what policies can speak of on a server, for the verbs that work on files.
#include "cli/internal/files.h"
#include "cli/internal/output.h"
#include "cli/internal/policy_verbs.h"
#include "cli/internal/visible.h"

namespace ambit::cli {
namespace {

using text::Json;

// Whether JSON is wanted: as `--format` says, else as the name of the file does. Human syntax under
// a name that every reader takes for JSON would be of no use.
Result<bool> wants_json_schema(const Arguments& given) {
  const std::string& path = given.text("out");
  const bool is_named_json = path.ends_with(".json");
  if (!given.given("format")) return is_named_json;
  if (given.text("format") == "json") return true;
  if (!is_named_json) return false;
  return fail(Code::kInvalid, "usage.arguments",
              "`" + path +
                  "` would be read as JSON; call it `.cedarschema`, or leave out "
                  "`--format cedar`");
}

Result<std::string> schema_in(const Json& answer, bool as_json) {
  const Json* text = answer.find("schema");
  const Json* json = answer.find("json");
  if (text == nullptr || !text->is_string() || json == nullptr || !json->is_object()) {
    return fail(Code::kUnavailable, "http.response", "the server answered without a schema");
  }
  return as_json ? text::to_pretty_json(*json) + "\n" : text->as_string();
}

// The actions that are tools: those that somebody can ask for. Others only group them.
std::size_t tools_in(const Json& schema) {
  std::size_t out = 0;
  for (const auto& [name, space] : schema.as_object()) {
    const Json* actions = space.find("actions");
    if (actions == nullptr || !actions->is_object()) continue;
    for (const auto& [id, action] : actions->as_object()) {
      const Json* applies = action.find("appliesTo");
      if (applies != nullptr && !items_of(*applies, "principalTypes").empty()) ++out;
    }
  }
  return out;
}

void print_written(Call& call, std::size_t tools, std::size_t bytes, bool as_json) {
  const std::string& path = call.arguments.text("out");
  if (call.wants_json()) {
    call.console.out << text::to_json(Json::object({{"file", path},
                                                    {"format", as_json ? "json" : "cedar"},
                                                    {"bytes", json_number(bytes)},
                                                    {"tools", json_number(tools)}}))
                     << "\n";
    return;
  }
  call.console.out << "the schema of " << tools << (tools == 1 ? " tool" : " tools") << ": "
                   << bytes << " bytes in `" << visible(path) << "`\n";
}

Result<int> schema(Call& call) {
  const Arguments& given = call.arguments;
  AMBIT_TRY(const bool as_json, wants_json_schema(given));
  const std::string& path = given.text("out");
  const bool is_file = !path.empty() && path != "-";
  if (!is_file && call.wants_json() && given.given("format")) {
    return fail(Code::kInvalid, "usage.arguments",
                "`--json` prints the server's answer, which has both syntaxes; leave out one of "
                "`--json` and `--format`");
  }
  AMBIT_TRY(const auto answer, call.api.get(path_of({"policies", "schema"})));
  AMBIT_TRY(const std::string text, schema_in(answer.json, as_json));
  if (!is_file) {
    AMBIT_CHECK_OK(write_output("-", call.wants_json() ? answer.body + "\n" : text, call.console));
    return kExitOk;
  }
  AMBIT_CHECK_OK(write_whole(path, text, given.given("force"), call.console));
  print_written(call, tools_in(*answer.json.find("json")), text.size(), as_json);
  return kExitOk;
}

}  // namespace

Verb policy_schema_verb() {
  return Verb::of(
      "policy", "schema",
      "print what policies can speak of: the Cedar schema of the approved tools",
      "ambit policy schema --out live.cedarschema\n"
      "ambit policy schema --format json --out live.cedarschema.json --force",
      {option("--format", "SYNTAX", "Cedar's human syntax or JSON (as the file is called; cedar)")
           .one_of({"cedar", "json"}),
       option("--out", "FILE", "write here instead of to standard output"),
       flag("--force", "replace the file if it is there")},
      schema);
}

}  // namespace ambit::cli
