// `ambit policy import`: policies written for other products, here and without a server.
#include "cli/internal/files.h"
#include "cli/internal/offline.h"
#include "cli/internal/output.h"
#include "cli/internal/visible.h"
#include "profiles/import.h"
#include "profiles/profile.h"

namespace ambit::cli {
namespace {

using profiles::Profile;
using text::Json;

Json json_of(const profiles::ImportedPolicy& policy) {
  Json notes = Json::array();
  for (const auto& note : policy.notes) {
    notes.push_back(
        Json::object({{"code", note.code}, {"blocks", note.blocks}, {"message", note.message}}));
  }
  return Json::object({{"policy", policy.id},
                       {"effect", policy.effect == cedar::Effect::kPermit ? "permit" : "forbid"},
                       {"line", static_cast<std::int64_t>(policy.place.line)},
                       {"column", static_cast<std::int64_t>(policy.place.column)},
                       {"carried", policy.carried()},
                       {"text", policy.text},
                       {"notes", std::move(notes)}});
}

void print_report(Call& call, const std::string& file, const profiles::Import& import) {
  for (const auto& policy : import.policies) {
    for (const auto& note : policy.notes) {
      call.console.err << visible(file) << ":" << policy.place.line << ":" << policy.place.column
                       << ": " << (note.blocks ? "left out" : "note") << ": "
                       << visible(note.message) << "\n";
    }
  }
}

// An error in a file names it.
template <class T>
Result<T> of_file(const Call& call, Result<T> result) {
  if (result) return result;
  return fail(result.error().code, result.error().reason,
              call.arguments.text("FILE") + ": " + result.error().message);
}

Result<int> translate(Call& call, Profile profile, const std::string& file,
                      const std::string& text) {
  profiles::ImportOptions options;
  options.server = call.arguments.text("tool-server");
  options.gateway = call.arguments.text("gateway");
  AMBIT_TRY(const auto import, of_file(call, profiles::import_policies(profile, text, options)));
  if (call.wants_json()) {
    Json policies = Json::array();
    for (const auto& policy : import.policies) policies.push_back(json_of(policy));
    call.console.out << text::to_json(Json::object({{"safe", import.is_safe()},
                                                    {"text", import.text()},
                                                    {"policies", std::move(policies)}}))
                     << "\n";
  } else {
    print_report(call, file, import);
    call.console.out << import.text();
  }
  return import.is_safe() ? kExitOk : kExitRefused;
}

struct Asked {
  profiles::ProfileRequest request;
  cedar::PolicySet policies;
};

Result<Asked> read_asked(Call& call, Profile profile, const std::string& text) {
  AMBIT_TRY(const Json json, read_json(call.arguments.text("call"), call.console));
  AMBIT_TRY(auto request, profiles::request_from_json(profile, json));
  AMBIT_TRY(auto policies, of_file(call, cedar::PolicySet::parse(text)));
  return Asked{std::move(request), std::move(policies)};
}

// What cannot be asked does not have the status of a denial.
Result<int> decide(Call& call, Profile profile, const std::string& text) {
  const auto asked = read_asked(call, profile, text);
  if (!asked) {
    print_error(call.console, asked.error());
    return kExitUsage;
  }
  const auto decision = profiles::decide(profile, asked->policies, asked->request);
  Json determining = Json::array();
  for (const auto& id : decision.determining) determining.push_back(id);
  Json errors = Json::array();
  for (const auto& error : decision.errors) {
    errors.push_back(Json::object({{"policy", error.policy->id}, {"message", error.message}}));
  }
  if (call.wants_json()) {
    call.console.out << text::to_json(Json::object({{"decision", decision.allow ? "allow" : "deny"},
                                                    {"determining", std::move(determining)},
                                                    {"errors", std::move(errors)}}))
                     << "\n";
  } else {
    call.console.out << (decision.allow ? "allow" : "deny") << "\n";
    for (const auto& id : decision.determining) call.console.out << "  by " << visible(id) << "\n";
    for (const auto& error : decision.errors) {
      call.console.out << "  " << visible(error.policy->id) << ": " << visible(error.message)
                       << "\n";
    }
  }
  return decision.allow ? kExitOk : kExitRefused;
}

Result<int> import(Call& call) {
  AMBIT_TRY(const Profile profile, profiles::profile_called(call.arguments.text("profile")));
  const std::string& file = call.arguments.text("FILE");
  AMBIT_TRY(const std::string text, read_input(file, call.console));
  return call.arguments.given("call") ? decide(call, profile, text)
                                      : translate(call, profile, file, text);
}

}  // namespace

std::vector<Verb> policy_import_verbs() {
  return {offline(Verb::of(
      "policy", "import",
      "rewrite policies of AgentCore or ToolHive, and say what does not carry over",
      "ambit policy import --profile agentcore refunds.cedar\n"
      "ambit policy import --profile toolhive --tool-server weather thv.cedar\n"
      "ambit policy import --profile toolhive --call call.json thv.cedar",
      {positional("FILE", "a Cedar file, or - for standard input").required(),
       option("--profile", "PROFILE", "who they were written for")
           .required()
           .one_of({"agentcore", "toolhive"}),
       option("--tool-server", "NAME", "toolhive: what Ambit calls the server of the tools"),
       option("--gateway", "ARN", "agentcore: only policies for this gateway"),
       option("--call", "FILE", "decide this call (JSON) as they do there, and rewrite nothing")},
      import))};
}

}  // namespace ambit::cli
