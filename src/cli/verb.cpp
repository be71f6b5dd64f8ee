#include "cli/internal/verb.h"

#include <algorithm>
#include <iterator>

namespace ambit::cli {
namespace {

const std::string kNoText;
const std::vector<std::string> kNoTexts;

}  // namespace

int exit_status_of(const Error& error) {
  if (error.reason.starts_with("usage.")) return kExitUsage;
  // A check that failed, not a server that is away.
  if (error.reason == "ledger.corrupt") return kExitRefused;
  switch (error.code) {
    case Code::kUnauthenticated: return kExitUnauthenticated;
    case Code::kUnavailable:
    case Code::kInternal:
    case Code::kUnsupported: return kExitUnreachable;
    case Code::kNotFound:
    case Code::kConflict: return kExitNotFound;
    default: return kExitRefused;
  }
}

std::string Param::key() const {
  std::string first = names.substr(0, names.find(','));
  first.erase(0, first.find_first_not_of('-'));
  return first;
}

Param Param::required() const {
  Param out = *this;
  out.is_required = true;
  return out;
}

Param Param::many() const {
  Param out = *this;
  out.is_many = true;
  return out;
}

Param Param::one_of(std::vector<std::string> allowed) const {
  Param out = *this;
  out.choices = std::move(allowed);
  return out;
}

Param positional(std::string name, std::string about) {
  return {std::move(name), "", std::move(about), false, false, {}};
}
Param option(std::string names, std::string value, std::string about) {
  return {std::move(names), std::move(value), std::move(about), false, false, {}};
}
Param flag(std::string names, std::string about) {
  return {std::move(names), "", std::move(about), false, false, {}};
}

Param ca_file_param() {
  return option("--ca-file", "FILE",
                "PEM of the CA of an https server; else AMBIT_CA_FILE, else the system's");
}

bool Arguments::given(std::string_view key) const { return values_.contains(key); }

const std::string& Arguments::text(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() || found->second.empty() ? kNoText : found->second.front();
}

const std::vector<std::string>& Arguments::texts(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? kNoTexts : found->second;
}

void Arguments::set(std::string key, std::vector<std::string> values) {
  values_[std::move(key)] = std::move(values);
}

Verb Verb::of(std::string noun, std::string name, std::string about, std::string example,
              std::vector<Param> params, Run run) {
  Verb verb;
  verb.noun = std::move(noun);
  verb.name = std::move(name);
  verb.about = std::move(about);
  verb.example = std::move(example);
  verb.params = std::move(params);
  verb.run = std::move(run);
  return verb;
}

std::string Verb::path() const { return "ambit " + (noun.empty() ? name : noun + " " + name); }

std::vector<Param> Verb::all_params() const {
  std::vector<Param> out = params;
  const bool writes_token = std::any_of(
      params.begin(), params.end(), [](const Param& param) { return param.key() == "token-file"; });
  if (is_online) {
    out.push_back(
        option("--server", "URL", "the server; else AMBIT_SERVER, else http://127.0.0.1:7700"));
    out.push_back(option(writes_token ? "--as" : "--as,--token-file", "FILE",
                         "your access token; else AMBIT_TOKEN_FILE, AMBIT_TOKEN, "
                         "$AMBIT_DATA/admin.token, ./var/admin.token"));
    out.push_back(ca_file_param());
  }
  if (has_json) out.push_back(flag("--json", "print JSON instead of text"));
  return out;
}

bool Tree::has_noun(std::string_view name) const {
  return std::any_of(nouns.begin(), nouns.end(),
                     [&](const Noun& noun) { return noun.name == name; });
}

const Verb* Tree::find(std::string_view noun, std::string_view name) const {
  const auto found = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& verb) {
    return verb.noun == noun && verb.name == name;
  });
  return found == verbs.end() ? nullptr : &*found;
}

Tree all_verbs(std::function<Result<int>(const ServeOptions&)> serve) {
  Tree tree;
  tree.nouns = {{"human", "people who own, approve and administer"},
                {"service", "programs that ask for decisions on behalf of agents"},
                {"agent", "agents: who they are, who answers for them, what they may do"},
                {"task", "bounded pieces of work, which carry an agent's authority"},
                {"tool", "tools that agents can call, and the servers they are on"},
                {"policy", "the Cedar policies in force"},
                {"finding", "what needs attention, and whose"},
                {"approval", "actions that wait for a human"},
                {"decision", "what was decided, and why"},
                {"ledger", "the evidence log"},
                {"export", "hand evidence over: a signed bundle that verifies offline"},
                {"vault", "the keys of what the evidence log seals"}};
  for (auto& group : {serve_verbs(std::move(serve)),
                      human_and_service_verbs(),
                      agent_verbs(),
                      task_verbs(),
                      tool_verbs(),
                      policy_verbs(),
                      policy_import_verbs(),
                      finding_verbs(),
                      approval_verbs(),
                      decision_verbs(),
                      insight_verbs(),
                      ledger_verbs(),
                      ledger_proof_verbs(),
                      ledger_keep_verbs(),
                      hold_verbs(),
                      ledger_s3_verbs(),
                      export_verbs(),
                      vault_verbs(),
                      replay_verbs(),
                      mcp_verbs(),
                      completion_verbs()}) {
    std::copy(group.begin(), group.end(), std::back_inserter(tree.verbs));
  }
  return tree;
}

}  // namespace ambit::cli
