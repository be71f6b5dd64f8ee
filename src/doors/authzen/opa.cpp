#include "doors/authzen/internal/opa.h"

#include <algorithm>
#include <array>
#include <utility>

#include "doors/authzen/internal/fields.h"

namespace ambit::doors::authzen {
namespace {

// Takes over a text that may be said in several places, but not differently.
Result<> agree(std::string& out, text::Json& in, std::string_view key, std::string_view place) {
  std::string said;
  const std::string path = std::string(place) + "." + std::string(key);
  AMBIT_CHECK_OK(take_optional(in, key, path, said));
  if (said.empty() || said == out) return {};
  if (!out.empty()) return wrong(path, "must not differ from what stands elsewhere in the input");
  out = std::move(said);
  return {};
}

Result<> take_who(text::Json& in, std::string_view place, OpaCall& out) {
  AMBIT_CHECK_OK(agree(out.agent, in, "agent", place));
  AMBIT_CHECK_OK(agree(out.task, in, "task", place));
  AMBIT_CHECK_OK(agree(out.instance, in, "instance", place));
  AMBIT_CHECK_OK(agree(out.intent, in, "intent", place));
  return agree(out.justification, in, "justification", place);
}

// The arguments are said once: two readers could decide and execute different ones.
Result<> take_arguments(text::Json& in, std::string_view key, std::string_view place,
                        OpaCall& out) {
  text::Json* found = in.find(key);
  if (found == nullptr || found->is_null()) return {};
  const std::string path = std::string(place) + "." + std::string(key);
  if (!found->is_object()) return wrong(path, "must be an object");
  if (out.arguments) return wrong(path, "must not stand beside other arguments; send them once");
  out.arguments = std::move(*found);
  return {};
}

Result<> take_tool(text::Json& input, OpaCall& out) {
  if (text::Json* tool = input.find("tool"); tool != nullptr && tool->is_object()) {
    AMBIT_CHECK_OK(agree(out.tool, *tool, "name", "input.tool"));
    AMBIT_CHECK_OK(agree(out.server, *tool, "server", "input.tool"));
  } else {
    AMBIT_CHECK_OK(agree(out.tool, input, "tool", "input"));
  }
  AMBIT_CHECK_OK(agree(out.tool, input, "tool_name", "input"));
  return agree(out.server, input, "server", "input");
}

// A message of MCP as it stands.
Result<> take_message(text::Json& input, OpaCall& out) {
  std::string method;
  AMBIT_CHECK_OK(take_optional(input, "method", "input.method", method));
  if (method.empty()) return {};
  if (method != "tools/call") return wrong("input.method", "must be `tools/call`");
  AMBIT_TRY(text::Json * params, read_optional_object(input, "params", "input.params"));
  if (params == nullptr) return {};
  AMBIT_CHECK_OK(agree(out.tool, *params, "name", "input.params"));
  return take_arguments(*params, "arguments", "input.params", out);
}

Result<OpaCall> take_call(text::Json& input) {
  OpaCall out;
  AMBIT_CHECK_OK(take_tool(input, out));
  AMBIT_CHECK_OK(take_message(input, out));
  for (const char* key : {"args", "arguments", "tool_input"}) {
    AMBIT_CHECK_OK(take_arguments(input, key, "input", out));
  }
  AMBIT_CHECK_OK(take_who(input, "input", out));
  for (const char* key : {"runtimeContext", "context"}) {
    const std::string place = std::string("input.") + key;
    text::Json* context = input.find(key);
    if (context == nullptr || !context->is_object()) continue;
    AMBIT_CHECK_OK(take_who(*context, place, out));
  }
  return out;
}

bool is_evaluation(const text::Json& input) {
  const auto has = [&](std::string_view key) {
    const text::Json* member = input.find(key);
    return member != nullptr && member->is_object();
  };
  return has("subject") && has("action") && has("resource");
}

bool may_be_called(std::string_view full, std::string_view name) {
  const std::size_t slash = full.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view server = full.substr(0, slash);
  const std::string_view tool = full.substr(slash + 1);
  if (name == tool || name == full) return true;
  if (name.starts_with("mcp__") && name.substr(5).starts_with(server) &&
      name.substr(5 + server.size()) == "__" + std::string(tool)) {
    return true;
  }
  if (!name.starts_with(server) || !name.ends_with(tool) ||
      name.size() < server.size() + tool.size()) {
    return false;
  }
  const std::string_view between =
      name.substr(server.size(), name.size() - server.size() - tool.size());
  return between == "__" || between == "." || between == "___";
}

std::string_view own_name(std::string_view full) {
  const std::size_t slash = full.find('/');
  return slash == std::string_view::npos ? full : full.substr(slash + 1);
}

std::string_view opa_code(int status) {
  switch (status) {
    case 401:
    case 403: return "unauthorized";
    case 404: return "resource_not_found";
    default: return status < 500 && status != 429 ? "invalid_parameter" : "internal_error";
  }
}

void append_reason_text(std::string& out, const decision::Decision& decision) {
  if (decision.verdict == domain::Verdict::kAllow) {
    out += "allowed";
    return;
  }
  for (std::size_t i = 0; i < decision.reasons.size(); ++i) {
    const decision::Reason& reason = decision.reasons[i];
    if (i > 0) out += "; ";
    out.append(reason.code).append(": ").append(reason.message);
    if (!reason.remedy.empty()) out.append(" (").append(reason.remedy).append(")");
  }
}

}  // namespace

const NotOurs kUnknownOpaTool{"opa.tool", "no tool of the task, or more than one, is called this",
                              "name the tool as `server/tool`"};

Result<OpaInput> read_opa_input(std::string_view body) {
  AMBIT_TRY(text::Json json, parse_body(body));
  AMBIT_TRY(text::Json * input, read_object(json, "input"));
  if (is_evaluation(*input)) {
    AMBIT_TRY(Evaluation evaluation, take_evaluation(*input));
    return OpaInput(std::move(evaluation));
  }
  AMBIT_TRY(OpaCall call, take_call(*input));
  return OpaInput(std::move(call));
}

std::string find_tool(std::string_view name, const std::vector<std::string>& tools) {
  std::string found;
  for (const std::string& full : tools) {
    if (!may_be_called(full, name) || full == found) continue;
    if (!found.empty()) return {};
    found = full;
  }
  return found;
}

std::vector<std::string> names_of(const std::vector<std::string>& permitted,
                                  const std::vector<std::string>& tools) {
  std::vector<std::string> out;
  for (const std::string& full : permitted) {
    out.push_back(full);
    const std::string_view own = own_name(full);
    if (find_tool(own, tools) == full) out.emplace_back(own);
  }
  return out;
}

std::string write_opa_decision(const service::Released& released) {
  const bool allowed = released.decision.verdict == domain::Verdict::kAllow;
  std::string reason;
  append_reason_text(reason, released.decision);
  std::string out = "{\"decision_id\":";
  text::append_json_string(out, released.decision_id);
  // A hold is a denial here: whoever reads "requires approval" would ask its own user, who may not
  // be the one that has to approve.
  out += allowed ? ",\"result\":{\"decision\":\"allow\",\"allow\":true,\"reason\":"
                 : ",\"result\":{\"decision\":\"deny\",\"allow\":false,\"reason\":";
  text::append_json_string(out, reason);
  out.append(",\"verdict\":\"").append(domain::name_of(released.decision.verdict)).append("\",");
  append_details(out, released);
  out += "}}";
  return out;
}

std::string write_opa_decision(const NotOurs& reason) {
  std::string out = "{\"result\":{\"decision\":\"deny\",\"allow\":false,\"reason\":";
  text::append_json_string(
      out, std::string(reason.code) + ": " + reason.message + " (" + reason.remedy + ")");
  out += ",\"verdict\":\"deny\",\"reasons\":[";
  append_reason(out, reason.code, reason.message, reason.remedy);
  out += "]}}";
  return out;
}

std::string write_opa_result(std::string_view decision_id, bool result) {
  text::Json out = text::Json::object();
  if (!decision_id.empty()) out.set("decision_id", decision_id);
  out.set("result", result);
  return text::to_json(out);
}

std::string write_opa_list(std::string_view decision_id, text::Json names, bool incomplete) {
  text::Json out = text::Json::object({{"decision_id", decision_id}, {"result", std::move(names)}});
  if (incomplete) {
    out.set("warning", text::Json::object({{"code", "incomplete"},
                                           {"message",
                                            "there are more tools than one list can take; "
                                            "`/access/v1/search/resource` has them by pages"}}));
  }
  return text::to_json(out);
}

net::HttpResponse opa_error(int status, const Error& error) {
  const text::Json body =
      text::Json::object({{"code", opa_code(status)},
                          {"message", error.message},
                          {"errors", text::Json::array({text::Json::object(
                                         {{"code", error.reason}, {"message", error.message}})})}});
  return net::HttpResponse::json(status, text::to_json(body));
}

}  // namespace ambit::doors::authzen
