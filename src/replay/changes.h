// Changed scopes, labels and limits, to be tried on what happened.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/json.h"

namespace ambit::replay {

// JSON merge patches (RFC 7396) on the documents that decisions read.
struct Changes {
  std::map<std::string, text::Json> agents;  // by id, on the `agent` of the identity
  std::map<std::string, text::Json> tools;   // by `server/tool`, on the binding
  std::map<std::string, text::Json> tasks;   // by id of the task or of its agent, on the task

  bool empty() const { return agents.empty() && tools.empty() && tasks.empty(); }
  // A document of kind `identity`, `tool` or `task` as the changes would have it; others as it is.
  // Adds the change that met it to `met`, such as `agents.reporter`.
  text::Json applied(std::string_view kind, const text::Json& document,
                     std::set<std::string>& met) const;
  // All of them, called so.
  std::set<std::string> names() const;
};

// Reads {"agents": {ID: PATCH}, "tools": {SERVER/TOOL: PATCH}, "tasks": {ID: PATCH}}.
// Errors: `whatif.changes`, naming the member.
Result<Changes> changes_from_json(const text::Json& json);

}  // namespace ambit::replay
