// One command line from its words to its exit status.
#pragma once

#include <string>
#include <vector>

#include "cli/internal/console.h"
#include "cli/internal/verb.h"

namespace ambit::cli {

// Parses `words` (without the program's name), runs the verb, prints what went wrong.
int run_command(const std::vector<std::string>& words, Console& console, const Tree& tree);

}  // namespace ambit::cli
