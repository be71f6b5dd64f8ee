// The Data API of the Open Policy Agent, as far as agent frameworks ask it for decisions:
// `POST /v1/data/ambit/RULE` with `{"input": ...}`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "doors/authzen/internal/evaluation.h"
#include "net/http.h"

namespace ambit::doors::authzen {

// A tool call in a framework's own words. Empty: not said.
struct OpaCall {
  std::string agent;
  std::string task;
  std::string instance;
  std::string intent;
  std::string justification;
  std::string server;
  std::string tool;                     // as the framework calls it
  std::optional<text::Json> arguments;  // an object
};

// An input with `subject`, `action` and `resource` is an evaluation; any other names a tool:
// `tool` (a text, or `{name, server}`), `tool_name`, or `method: tools/call` with `params.name`;
// its arguments: `args`, `arguments`, `tool_input`, or `params.arguments`; who calls: `agent`,
// `task`, `instance`, `intent`, `justification`, there or in `runtimeContext` or `context`. What
// is said twice in different ways is refused. Errors, all Code::kInvalid: `json.*`, `field.*`.
using OpaInput = std::variant<Evaluation, OpaCall>;
Result<OpaInput> read_opa_input(std::string_view body);

// The one tool (`server/tool`) of `tools` that a framework may call `name`: by its own name or with
// its server's before it, joined by `/`, `.`, `__` or `___`, or as `mcp__server__tool`. Empty when
// there is none or more than one.
std::string find_tool(std::string_view name, const std::vector<std::string>& tools);
// The names under which a framework may know those of `permitted`: in full, and alone where no
// other of `tools` is called so.
std::vector<std::string> names_of(const std::vector<std::string>& permitted,
                                  const std::vector<std::string>& tools);

extern const NotOurs kUnknownOpaTool;

std::string write_opa_decision(const service::Released& released);
std::string write_opa_decision(const NotOurs& reason);
// `decision_id` may be empty.
std::string write_opa_result(std::string_view decision_id, bool result);
// With a warning when `names` are not all there are.
std::string write_opa_list(std::string_view decision_id, text::Json names, bool incomplete);

// An error as the Open Policy Agent writes them.
net::HttpResponse opa_error(int status, const Error& error);

}  // namespace ambit::doors::authzen
