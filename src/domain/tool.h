// Tool servers and their tools: what can be called, what a call touches, how much it matters.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "domain/vocabulary.h"
#include "text/json.h"

namespace ambit::domain {

// What a stdio server's process may touch; nothing else of the file system is visible to it.
struct ServerConfinement {
  std::vector<std::string> read_paths;
  std::vector<std::string> write_paths;
  bool network = false;
};

struct Server {
  std::string id;
  std::string transport;                   // `stdio` or `http`
  std::vector<std::string> command;        // stdio: argv, the program absolute or on PATH
  std::string working_directory;           // stdio: relative path arguments are relative to it
  std::map<std::string, std::string> env;  // stdio: the only variables it gets, besides PATH, HOME
  ServerConfinement confinement;
  std::string url;              // http
  std::string system;           // the target system its tools act on
  std::string manifest_digest;  // of instructions and executable, as imported
  std::string instructions;
  Time created_at;
  Time updated_at;
  std::uint64_t revision = 0;
  crypto::Digest digest;
};

// An argument that bears a target: where it stands (RFC 6901, `*` for each element) and its kind.
struct TargetBinding {
  std::string argument;
  TargetKind kind = TargetKind::kResource;
};

// What changes when a probe finds something at the target, or what holds when it does not.
struct Effect {
  std::string outcome;
  ActionClass action_class = ActionClass::kRead;
};

// A read-only call that Ambit makes itself before deciding. In `arguments` a string `$/path` stands
// for the argument at that RFC 6901 pointer.
struct Probe {
  std::string tool;  // on the same server: fails when there is nothing at the target
  text::Json arguments;
  Effect present;  // when something is there; the binding's own effect holds when nothing is
  // How the tool's error begins when nothing is there; empty: with `ENOENT`, as it comes from the
  // operating system. Any other error leaves it unknown, which counts as something.
  std::vector<std::string> absent;
  std::string show_tool;  // optional: its text is the state shown to the approver
  text::Json show_arguments;
  std::string show_new;  // optional: pointer to the argument that would replace that state
};

// What an operator declares about a tool on import; without one the tool stays unusable.
struct Binding {
  Effect effect;
  Tier tier = Tier::kLow;  // raises the class's own tier, never lowers it
  std::string data_domain;
  std::vector<std::string> labels;  // carried into the session by its results
  std::vector<TargetBinding> targets;
  bool no_targets = false;  // declared to touch no target at all
  std::optional<Probe> probe;
};

struct Tool {
  std::string server;
  std::string name;
  ToolState state = ToolState::kQuarantined;
  text::Json entry;           // the listing entry that was approved, whole
  std::string digest;         // of `entry` and the server's manifest digest
  std::string listed_digest;  // what the server lists now; differs while frozen
  std::optional<Binding> binding;
  std::string approved_by;
  std::optional<Time> approved_at;
  Time updated_at;
  std::uint64_t revision = 0;
  crypto::Digest record_digest;

  std::string full_name() const { return server + "/" + name; }
};

// Digest of a tool as listed: canonical JSON of the whole entry, under the server's manifest.
std::string tool_digest(const text::Json& entry, std::string_view manifest_digest);

// The tier of an action with this effect: class default, raised by the binding and by the tool's
// own destructive hint, never lowered by a hint.
Tier tier_of(const Tool& tool, const Effect& effect);

// The highest tier that a call of it can have, whatever its probe finds. A tool without a binding
// may do anything.
Tier highest_tier(const Tool& tool);

// Whether a failed probe's words say that nothing is at the target. Only their beginning counts:
// what stands later may be the agent's own, such as a path.
bool says_absent(const Probe& probe, std::string_view words);

// What an action may do while it is not known what is there: the effect of the higher tier, and of
// two alike the one on something that is present.
const Effect& effect_on_unknown(const Tool& tool, const Effect& own, const Effect& present);

// The input schema of the listing entry, or nullptr.
const text::Json* input_schema(const Tool& tool);

text::Json to_json(const Server& server);
Result<Server> server_from_spec(const text::Json& json, const std::string& path);
Result<Server> server_from_json(const text::Json& json);
void seal(Server& server);

text::Json to_json(const Binding& binding);
Result<Binding> binding_from_json(const text::Json& json, const std::string& path);

text::Json to_json(const Tool& tool);
Result<Tool> tool_from_json(const text::Json& json);
void seal(Tool& tool);

}  // namespace ambit::domain
