// What several nouns print alike.
#pragma once

#include <functional>
#include <string>

#include "cli/internal/api.h"
#include "cli/internal/layout.h"
#include "cli/internal/verb.h"
#include "text/json.h"

namespace ambit::cli {

// With --json the server's own bytes and a line end, else what `render` prints.
int print(Call& call, const Api::Answer& answer, const std::function<void(const Paint&)>& render);

// The end of most verbs: the server's answer as `render` shows it, or its error.
using Render = std::function<void(std::ostream&, const Paint&, const text::Json&)>;
Result<int> print(Call& call, const Result<Api::Answer>& answer, const Render& render);

// An identity of any class, with what an agent still lacks.
void print_identity(std::ostream& out, const Paint& paint, const text::Json& identity);
// Identities, one a line.
void print_identities(std::ostream& out, const Paint& paint, const text::Json& list);

// `path /srv/a, host example.org` of an array of targets or target rules.
std::vector<std::string> targets_of(const text::Json& object, std::string_view key);

// An error as every verb says it: one line on standard error.
void print_error(Console& console, const Error& error);

// A count; none here reaches what JSON's numbers cannot hold.
text::Json json_number(std::uint64_t value);

// Asks on the terminal; true at once with --yes, false with a hint when nobody can be asked.
bool confirmed(Call& call, const std::string& question);

}  // namespace ambit::cli
