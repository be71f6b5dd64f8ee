// The verbs of the command as data: what each takes, says about itself, and does.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "cli/cli.h"
#include "cli/internal/console.h"

namespace ambit::cli {

// Exit statuses; docs/cli.md explains them.
enum Exit : int {
  kExitOk = 0,
  kExitRefused = 1,
  kExitUsage = 2,
  kExitUnauthenticated = 3,
  kExitUnreachable = 4,
  kExitNotFound = 5,
};

// The status for an error: `usage.*` reasons and the code decide.
int exit_status_of(const Error& error);

// One argument that a verb takes.
struct Param {
  std::string names;  // `FILE` for a positional one, else `--role` or `--token-file,--as`
  std::string value;  // placeholder of an option's value; empty for a flag and a positional
  std::string about;
  bool is_required = false;
  bool is_many = false;
  std::vector<std::string> choices;

  bool is_positional() const { return !names.starts_with('-'); }
  bool is_flag() const { return !is_positional() && value.empty(); }
  // The first name without dashes: what Arguments calls it.
  std::string key() const;

  Param required() const;
  Param many() const;
  Param one_of(std::vector<std::string> allowed) const;
};

Param positional(std::string name, std::string about);
Param option(std::string names, std::string value, std::string about);
Param flag(std::string names, std::string about);
Param ca_file_param();

// What was given on the command line.
class Arguments {
 public:
  bool given(std::string_view key) const;
  // The value, or the empty string.
  const std::string& text(std::string_view key) const;
  const std::vector<std::string>& texts(std::string_view key) const;
  void set(std::string key, std::vector<std::string> values);

  // What stood after `--`.
  std::vector<std::string> command;

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

class Api;

// What a verb works with.
struct Call {
  const Arguments& arguments;
  Console& console;
  Api& api;

  bool wants_json() const { return arguments.given("json"); }
};

struct Verb {
  std::string noun;  // empty for a verb of its own, such as `serve`
  std::string name;
  std::string about;    // one line
  std::string example;  // command lines that parse, one a line
  std::vector<Param> params;
  // The exit status, or an error, which is then printed as `reason: detail`.
  std::function<Result<int>(Call&)> run;
  std::string command_about;  // what `-- COMMAND...` is; empty: the verb takes none
  bool is_online = true;      // talks to a server: takes --server, --token-file, --ca-file
  bool has_json = true;       // takes --json

  using Run = std::function<Result<int>(Call&)>;
  // One that talks to a server and has --json, as most do.
  static Verb of(std::string noun, std::string name, std::string about, std::string example,
                 std::vector<Param> params, Run run);

  // `ambit agent show`
  std::string path() const;
  // Its own and the common ones.
  std::vector<Param> all_params() const;
};

struct Noun {
  std::string name;
  std::string about;
};

struct Tree {
  std::vector<Noun> nouns;
  std::vector<Verb> verbs;

  bool has_noun(std::string_view name) const;
  const Verb* find(std::string_view noun, std::string_view name) const;
};

// All of it. `serve` is what `ambit serve` calls.
Tree all_verbs(std::function<Result<int>(const ServeOptions&)> serve);

// The verbs of each file.
std::vector<Verb> serve_verbs(std::function<Result<int>(const ServeOptions&)> serve);
std::vector<Verb> human_and_service_verbs();
std::vector<Verb> agent_verbs();
std::vector<Verb> task_verbs();
std::vector<Verb> tool_verbs();
std::vector<Verb> policy_verbs();
std::vector<Verb> policy_import_verbs();
std::vector<Verb> finding_verbs();
std::vector<Verb> approval_verbs();
std::vector<Verb> decision_verbs();
std::vector<Verb> insight_verbs();
std::vector<Verb> ledger_verbs();
std::vector<Verb> ledger_proof_verbs();
std::vector<Verb> ledger_keep_verbs();
std::vector<Verb> hold_verbs();
std::vector<Verb> ledger_s3_verbs();
std::vector<Verb> export_verbs();
Verb completeness_verb();  // of the noun `ledger`
std::vector<Verb> vault_verbs();
std::vector<Verb> replay_verbs();
std::vector<Verb> mcp_verbs();
std::vector<Verb> completion_verbs();

}  // namespace ambit::cli
