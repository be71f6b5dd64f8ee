// Calls that Ambit itself makes to a tool server on behalf of a task: probes, never agents' calls.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "domain/tool.h"
#include "text/json.h"

namespace ambit::ports {

// The answer of a tool: `is_error` when the tool itself refused or failed.
struct ToolAnswer {
  bool is_error = false;
  std::string text;  // the text parts of the content, joined by new lines
};

class Upstream {
 public:
  virtual ~Upstream() = default;
  // Calls a tool on the server as the given task sees it. `done` is called once, on the loop.
  // Errors: `upstream.unreachable`, `upstream.timeout`, `upstream.protocol`.
  virtual void call_tool(const domain::Server& server, const std::string& task,
                         const std::string& tool, const text::Json& arguments,
                         std::function<void(Result<ToolAnswer>)> done) = 0;
  // What the server offers now.
  struct Listing {
    text::JsonArray tools;  // the entries of `tools/list`, all pages
    std::string instructions;
    std::string executable_digest;  // of the program and the files its command names; empty: remote
  };
  virtual void list_tools(const domain::Server& server,
                          std::function<void(Result<Listing>)> done) = 0;
  // Ends everything that runs for a task and reports whether it is gone.
  virtual void release_task(const std::string& task) = 0;
  virtual bool task_is_released(const std::string& task) const = 0;
};

}  // namespace ambit::ports
