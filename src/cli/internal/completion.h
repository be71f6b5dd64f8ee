// Shell completion scripts, made from the tree of verbs.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/internal/verb.h"

namespace ambit::cli {

// The script for `bash`, `zsh` or `fish`.
Result<std::string> completion_script(const Tree& tree, std::string_view shell);

}  // namespace ambit::cli
