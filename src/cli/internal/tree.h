// From command-line words to a verb and its arguments.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cli/internal/verb.h"

namespace ambit::cli {

struct Parsed {
  const Verb* verb = nullptr;  // of the tree that was given
  Arguments arguments;
};

// Nothing to run: help or the version was asked for (status 0), or the words make no sense (2).
struct Stopped {
  int status = 0;
  std::string text;
};

// `words` are the arguments without the program's name. The tree must outlive the result.
std::variant<Parsed, Stopped> parse(const Tree& tree, const std::vector<std::string>& words);

// The help of one verb.
std::string help_of(const Tree& tree, const Verb& verb);

}  // namespace ambit::cli
