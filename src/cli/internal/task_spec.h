// A task's specification from command-line flags.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/internal/verb.h"
#include "text/json.h"

namespace ambit::cli {

// The flags of `ambit task start` besides the file.
std::vector<Param> task_spec_params();

// The body of POST /v1/tasks. Relative paths are taken from the working directory, links followed.
// Fails with `usage.task` when a flag is missing or wrong.
Result<text::Json> task_spec(const Arguments& arguments);

}  // namespace ambit::cli
